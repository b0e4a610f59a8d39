"""The page that moves accounts: who may give and receive, what would move, and what it does to every list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

import polars as pl
from django.urls import reverse
from django.utils.translation import gettext as _

from ahadi.domain.desk.shift import Shift
from ahadi.domain.oversight import capacity, firsts, queries
from ahadi.domain.oversight import moving as moved
from ahadi.domain.oversight.ports import Officer, Preview, Terms, UnableToReassignAccounts
from ahadi.domain.people import queries as people
from ahadi.web.frame import figures
from ahadi.web.frame.acting import new_key
from ahadi.web.frame.admission import Visitor
from ahadi.web.frame.figures import Amount
from ahadi.web.frame.listing import Address, Paging, page_of, paging
from ahadi.web.frame.options import Option, options
from ahadi.web.frame.reference import written
from ahadi.web.frame.words import bucket_label
from ahadi.web.pages.board.forms import Choice

_SHOWN = 50
_BUCKETS = ("1-30", "31-60", "61-90", "91-120", "121-180", "181+")
_LANGUAGES = ("en", "sw", "fr", "ar", "ha", "lg")


@dataclass(frozen=True)
class OwnerRow:
    """Somebody who may give or receive."""

    ref: str
    name: str
    accounts: str
    gives: bool
    takes: bool
    is_here: bool


@dataclass(frozen=True)
class EffectRow:
    """A list before and after."""

    name: str
    before: str
    after: str
    change: str
    overdue_before: Amount
    overdue_after: Amount
    days_before: str
    days_after: str


@dataclass(frozen=True)
class MoveRow:
    """An account that would go from one to another."""

    url: str
    number: str
    giver: str
    taker: str
    amount: Amount
    days: str


@dataclass(frozen=True)
class PlanLine:
    """A figure of a day: planned and done; `planned` empty where nothing was."""

    label: str
    planned: str
    done: str
    is_reached: bool


def move_url(owner_ids: Sequence[int]) -> str:
    """The address at which the accounts of these owners are moved."""
    return f"{reverse('board-move')}?{urlencode([('from', written('owner', one)) for one in owner_ids])}"


def terms(visitor: Visitor, choice: Choice) -> Terms:
    """The terms that were chosen, with weights by the hours that are left and accounts of what comes first."""
    by, today = visitor.actor, visitor.today
    weights: dict[int, int] = {}
    accounts: tuple[int, ...] = ()
    if choice.way == "capacity" or choice.first:
        officers = queries.officers(by=by, as_of=today)
        shifts = queries.shifts_of(officers, by=by, as_of=today)
        left = capacity.minutes_left(shifts, minute=queries.minute_of_day(by=by))
        weights = {one.owner_id: max(1, left.get(one.person_id, 0) // 60) for one in officers}
        if choice.first in firsts.KINDS:
            here = firsts.Floor(by, queries.now(), today, officers, {}, left)
            accounts = tuple(one for first in firsts.KINDS[choice.first](here) for one in first.account_ids)
            if not accounts:
                raise UnableToReassignAccounts("somebody has seen to these accounts already; nothing is left to move")
    return choice.terms(weights=weights if choice.way == "capacity" else {}, accounts=accounts)


def page(visitor: Visitor, choice: Choice, *, refused: str) -> dict[str, Any]:
    """All that the page shows."""
    preview: Preview | None = None
    if choice.is_complete:
        try:
            preview = moved.preview(by=visitor.actor, terms=terms(visitor, choice), as_of=visitor.today)
        except UnableToReassignAccounts as error:
            refused = refused or str(error)
    known = moved.owners(by=visitor.actor)
    names = dict(known.select("owner_id", "name").iter_rows())
    here = {one.owner_id for one in queries.officers(by=visitor.actor, as_of=visitor.today)}
    choices = people.choices(visitor.actor)
    return {
        "refused": refused,
        "owners": [
            OwnerRow(
                ref=written("owner", row["owner_id"]),
                name=row["name"],
                accounts=figures.count(row["accounts"]),
                gives=row["owner_id"] in choice.givers,
                takes=row["owner_id"] in choice.takers,
                is_here=row["owner_id"] in here,
            )
            for row in known.iter_rows(named=True)
        ],
        "preview": preview,
        "effects": _effects(preview),
        "moves": _moves(preview, names),
        "moving": figures.count(preview.moves.height) if preview else "",
        "shown": figures.count(min(_SHOWN, preview.moves.height)) if preview else "",
        "named": [written("account", one) for one in choice.accounts],
        "creditors": options(choices.creditors, choice.texts["creditor"], _("Every creditor")),
        "branches": options(choices.branches, choice.texts["branch"], _("Every branch")),
        "buckets": options({one: bucket_label(one) for one in _BUCKETS}, choice.texts["bucket"], _("Every age")),
        "languages": _languages(choice),
        "key": new_key(),
    }


def _languages(choice: Choice) -> tuple[Option, ...]:
    return options({one: one for one in _LANGUAGES}, choice.texts["language"], _("Every language"))


def _effects(preview: Preview | None) -> list[EffectRow]:
    if preview is None or preview.moves.is_empty():
        return []
    return [
        EffectRow(
            name=row["name"],
            before=figures.count(row["accounts_before"]),
            after=figures.count(row["accounts_after"]),
            change=figures.signed(row["accounts_after"] - row["accounts_before"]),
            overdue_before=figures.whole(row["overdue_before_minor"], row["currency"]),
            overdue_after=figures.whole(row["overdue_after_minor"], row["currency"]),
            days_before=figures.count(row["days_before"]),
            days_after=figures.count(row["days_after"]),
        )
        for row in preview.effects.filter(preview.effects["currency"] != "").iter_rows(named=True)
    ]


def _moves(preview: Preview | None, names: dict[int, str]) -> list[MoveRow]:
    if preview is None:
        return []
    return [
        MoveRow(
            url=reverse("account", args=[row["account_id"]]),
            number=row["number"],
            giver=names.get(row["before_id"], ""),
            taker=names.get(row["owner_id"], ""),
            amount=figures.amount(row["overdue_minor"], row["currency"]),
            days=figures.count(row["days_late"]),
        )
        for row in preview.moves.head(_SHOWN).iter_rows(named=True)
    ]


def plan_lines(told: Shift) -> list[PlanLine]:
    """What was planned of a day and what was done of it."""
    plan = told.plan
    came = dict(told.came)
    lines = [
        _line(_("Clients tried (NOC)"), told.planned, told.clients),
        _line(_("Calls"), plan.calls, told.attempts),
        _line(_("Promises"), plan.promises, told.promises),
    ]
    if plan.cash_minor is not None and plan.currency is not None:
        done = came.get(plan.currency, 0)
        lines.append(
            PlanLine(
                _("Cash, %(currency)s") % {"currency": plan.currency},
                figures.amount(plan.cash_minor, plan.currency).text,
                figures.amount(done, plan.currency).text,
                done >= plan.cash_minor,
            )
        )
    if plan.effectiveness_bps is not None:
        wanted = f"{plan.effectiveness_bps / 100:.2f}"
        done_pct = told.effectiveness
        reached = done_pct is not None and float(done_pct) * 100 >= plan.effectiveness_bps
        lines.append(PlanLine(_("Effectiveness (CE)"), figures.percent(wanted), figures.percent(done_pct), reached))
    if plan.silent_max is not None:
        most = figures.count(plan.silent_max)
        reached = told.silent <= plan.silent_max
        lines.append(PlanLine(_("Long without a talk, at most"), most, figures.count(told.silent), reached))
    return lines


def _line(label: str, planned: int | None, done: int) -> PlanLine:
    text = "" if planned is None else figures.count(planned)
    return PlanLine(label, text, figures.count(done), planned is None or done >= planned)


@dataclass(frozen=True)
class BehindRow:
    """An account behind a figure of the board."""

    ref: str
    url: str
    debtor: str
    number: str
    officer: str
    amount: Amount
    days: str
    last_talk: str
    promised: str


def behind_title(figure: str, officers: Sequence[Officer], *, is_all: bool) -> str:
    """What is behind the figure, and whose."""
    known = {
        "silent": _("More than 7 days without a talk"),
        "broken": _("A promise was broken"),
        "promised": _("A promise is open"),
    }
    whose = _("whole floor") if is_all or not officers else officers[0].name
    return _("%(figure)s: %(whose)s") % {"figure": known.get(figure, figure), "whose": whose}


def told(found: pl.DataFrame, officers: Sequence[Officer]) -> pl.DataFrame:
    """The accounts as a table to take away."""
    names = {one.owner_id: one.name for one in officers}
    officer = pl.col("owner_id").replace_strict(names, default="", return_dtype=pl.String)
    return found.select(
        "debtor_name", "number", "currency", "overdue_minor", "days_late", "last_contact_on", officer=officer
    )


def behind_page(
    found: pl.DataFrame, officers: Sequence[Officer], address: Address, page: str, *, today: date
) -> Paging[BehindRow]:
    """One page of the accounts."""
    names = {one.owner_id: one.name for one in officers}
    part, number = page_of(found, int(page) if page.isdecimal() and len(page) < 7 else 1)
    rows = tuple(
        BehindRow(
            ref=written("account", row["account_id"]),
            url=reverse("account", args=[row["account_id"]]),
            debtor=row["debtor_name"],
            number=row["number"],
            officer=names.get(row["owner_id"], ""),
            amount=figures.amount(row["overdue_minor"], row["currency"]),
            days=figures.count(row["days_late"] or 0),
            last_talk=figures.day(row["last_contact_on"], today),
            promised=figures.day(row["promise_due_on"], today),
        )
        for row in part.iter_rows(named=True)
    )
    return paging(rows, found.height, number, address)
