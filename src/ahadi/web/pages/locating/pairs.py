"""Two debtors who may be one person, ready for the page: the list, and both sides with what they share."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import polars as pl
from django.urls import reverse
from django.utils.translation import gettext as _

from ahadi.domain.finding import duplicates as finding
from ahadi.domain.finding.duplicates import Proposed
from ahadi.domain.parties.believing import Believed
from ahadi.domain.reporting.queries import Statement
from ahadi.web.frame import beliefs, contact, figures
from ahadi.web.frame.doings import Word
from ahadi.web.frame.figures import Amount
from ahadi.web.frame.options import Option


@dataclass(frozen=True)
class PairRow:
    """One pair of the list."""

    url: str
    name: str
    other_name: str
    creditors: str
    figure: str
    word: Word
    why: str
    decided: str


@dataclass(frozen=True)
class PairView:
    """The pair: how likely, why, and what was judged."""

    name: str
    other_name: str
    figure: str
    word: Word
    reasons: tuple[tuple[str, str, bool], ...]
    state: str
    decided: str
    is_open: bool
    is_one: bool


@dataclass(frozen=True)
class AccountLine:
    """One account of a side."""

    creditor: str
    number: str
    product: str
    arrears: Amount
    days: str
    url: str


@dataclass(frozen=True)
class PointLine:
    """A number or address of a side; `is_same` where the other side has it too."""

    icon: str
    kind: str
    text: str
    is_same: bool
    value: str


@dataclass(frozen=True)
class Side:
    """One of both."""

    name: str
    accounts: tuple[AccountLine, ...]
    more: int
    points: tuple[PointLine, ...]


def states(chosen: str) -> tuple[Option, ...]:
    """What may be shown."""
    labels = {finding.OPEN: _("To judge"), finding.ONE: _("One person"), finding.TWO: _("Two people")}
    url = reverse("duplicates")
    return tuple(Option(code, label, code == chosen, f"{url}?state={code}") for code, label in labels.items())


def pair_rows(found: pl.DataFrame, *, today: date) -> tuple[PairRow, ...]:
    """The rows of a page."""
    return tuple(_pair_row(finding.row(told), today) for told in found.iter_rows(named=True))


def _pair_row(one: Proposed, today: date) -> PairRow:
    named = [_reason(reason) for reason, points in one.reasons if points > 0]
    return PairRow(
        url=reverse("duplicate", args=[one.proposal_id]),
        name=one.name,
        other_name=one.other_name,
        creditors=one.creditors,
        figure=figures.count(one.certainty_pct),
        word=_word(one.certainty_pct),
        why=" ".join(named[:2]),
        decided=_decided(one, today),
    )


def pair_view(one: Proposed, *, today: date) -> PairView:
    """The pair as its page shows it."""
    return PairView(
        name=one.name,
        other_name=one.other_name,
        figure=figures.count(one.certainty_pct),
        word=_word(one.certainty_pct),
        reasons=tuple((_reason(reason), figures.signed(points), points < 0) for reason, points in one.reasons),
        state={finding.ONE: _("One person"), finding.TWO: _("Two people")}.get(one.state, _("To judge")),
        decided=_decided(one, today),
        is_open=one.state == finding.OPEN,
        is_one=one.state == finding.ONE,
    )


def side(
    found: Proposed,
    party: int,
    statements: Sequence[Statement],
    accounts: Sequence[int],
    known: Sequence[Believed],
    *,
    today: date,
) -> Side:
    """One of both, with the accounts that may be seen."""
    lines = tuple(_line(statement, one) for statement, one in zip(statements, accounts, strict=False))
    points = tuple(
        PointLine(
            "map-pin" if one.kind == "address" else "phone" if one.kind == "phone" else "inbox",
            beliefs.kind(one.kind),
            contact.masked(one.text, one.kind),
            is_same=False,
            value=one.text.casefold(),
        )
        for one in known
        if not one.is_wrong
    )
    name = found.name if party == found.party_id else found.other_name
    return Side(name, lines, len(accounts) - len(lines), points)


def marked(one: Side, other: Side) -> tuple[Side, Side]:
    """Both sides with what they share marked on each."""
    shared = {point.value for point in one.points} & {point.value for point in other.points}

    def told(of: Side) -> Side:
        return replace(of, points=tuple(replace(point, is_same=point.value in shared) for point in of.points))

    return told(one), told(other)


def judged(state: str) -> str:
    """What was just judged."""
    known = {
        finding.ONE: _("They are one person now: one at the desk, counted as one by the rules of contact."),
        finding.TWO: _("They are two people, and are not asked about again."),
        finding.OPEN: _("Taken back. It waits to be judged again."),
    }
    return known[state]


def _line(statement: Statement, account: int) -> AccountLine:
    row = statement.accounts.filter(pl.col("account_id") == account).row(0, named=True)
    return AccountLine(
        creditor=row["creditor"],
        number=row["number"],
        product=row["product"],
        arrears=figures.whole(row["overdue_minor"], row["currency"]),
        days=figures.count(row["days_late"]),
        url=reverse("account", args=[account]),
    )


def _word(score: int) -> Word:
    if score >= 85:
        return Word(_("almost sure"), "badge-check", "kept")
    if score >= 70:
        return Word(_("likely"), "circle-check", "next")
    return Word(_("possible"), "circle-dashed", "warn")


def _decided(one: Proposed, today: date) -> str:
    if one.decided_on is None:
        return ""
    day = figures.day(date.fromisoformat(one.decided_on), today)
    return _("%(who)s, %(day)s") % {"who": one.decided_by or _("The system"), "day": day}


def _reason(code: str) -> str:
    known = {
        "name": _("Their names are alike."),
        "sound": _("Their names sound the same."),
        "phone": _("They have the same telephone number."),
        "email": _("They have the same e-mail address."),
        "paper": _("They have the same paper."),
        "birth": _("They were born on the same day."),
        "place": _("They have the same address."),
        "employer": _("They have the same employer."),
        "strange": _("Their names are quite different."),
    }
    return known.get(code, code)
