"""Who was found, ready for the page: people with their accounts."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ahadi.domain.finding.queries import Found
from ahadi.web.frame import figures
from ahadi.web.frame.figures import Amount


@dataclass(frozen=True)
class AccountRow:
    """One account of somebody who was found."""

    url: str
    number: str
    creditor: str
    officer: str
    state: str
    is_open: bool
    arrears: Amount


@dataclass(frozen=True)
class PersonRow:
    """Somebody who was found, with the accounts."""

    name: str
    accounts: tuple[AccountRow, ...]


@dataclass(frozen=True)
class FoundView:
    """Everybody who was found, what was taken for what, and who looks after others that fit."""

    people: tuple[PersonRow, ...]
    taken_for: tuple[str, ...]
    elsewhere: tuple[str, ...]
    is_cut: bool


def found_view(found: Found) -> FoundView:
    """The answer as its page shows it, people in their order."""
    by_person: dict[int, list[dict[str, Any]]] = {}
    for row in found.accounts.iter_rows(named=True):
        by_person.setdefault(row["debtor_id"], []).append(row)
    return FoundView(
        people=tuple(
            PersonRow(rows[0]["name"] or rows[0]["number"], tuple(map(_account, rows))) for rows in by_person.values()
        ),
        taken_for=tuple(
            _("Nobody is called “%(word)s”; these are called “%(other)s”.") % {"word": word, "other": other}
            for word, other in found.taken_for
        ),
        elsewhere=tuple(_elsewhere(name, count) for name, count in found.elsewhere),
        is_cut=found.is_cut,
    )


def _elsewhere(name: str, count: int) -> str:
    told = {"officer": name, "number": figures.count(count)}
    return (
        ngettext(
            "%(number)s person whom %(officer)s looks after fits as well.",
            "%(number)s people whom %(officer)s looks after fit as well.",
            count,
        )
        % told
    )


def _account(row: dict[str, Any]) -> AccountRow:
    states = {"open": _("open"), "closed": _("nothing is open")}
    return AccountRow(
        url=reverse("account", args=[row["account_id"]]),
        number=row["number"],
        creditor=row["creditor"],
        officer=row["officer"] or "",
        state=states.get(row["status"], row["status"]),
        is_open=row["status"] == "open",
        arrears=figures.amount(row["overdue_minor"], row["currency"]),
    )
