"""The promise card: how much, on which day, by which way it comes; how likely it is kept; what stands against it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from ahadi.domain.arrangements.ports import Promised, UnableToTakePromise
from ahadi.domain.arrangements.queries import REMINDED_BEFORE, require_takable
from ahadi.domain.audit.ports import Actor
from ahadi.domain.desk import queries
from ahadi.domain.desk.queries import House, Opened
from ahadi.domain.negotiation import queries as negotiation
from ahadi.domain.negotiation.means import PRESUMED
from ahadi.domain.negotiation.proposing import UnableToProposeOffer, require_within
from ahadi.domain.negotiation.queries import Part, Table
from ahadi.web.frame import bargains, figures
from ahadi.web.frame.figures import Amount
from ahadi.web.frame.refusals import refusal
from ahadi.web.pages.desk import forms
from ahadi.web.pages.desk.panel import Said

_LAST_DAYS = 90
_BETTER_BPS = 500
"""So much likelier another promise must be to be worth a line."""


@dataclass(frozen=True)
class Likely:
    """How likely what is typed would be kept, in hundredths, with one line of advice; or why it cannot be promised.

    `other` is how likely the promise of the advice is; `reminders` are the days on which it would be reminded of.
    """

    refused: str = ""
    kept: int | None = None
    tone: str = ""
    like: str = ""
    tip: str = ""
    other: int | None = None
    grace: str = ""
    reminders: str = ""


@dataclass(frozen=True)
class PromiseCard:
    """The promise to take down: amounts and days to choose from, and the sentence to read back."""

    currency: str
    amount: str
    all: Amount
    half: Amount
    days: tuple[tuple[str, str], ...]
    day: str
    first: str
    last: str
    source: str
    sources: tuple[tuple[str, str], ...]
    kept: str
    read_back: Said | None
    likely: Likely


def table(*, by: Actor, account_id: int, as_of: date) -> Table | None:
    """What an account's promises are weighed by; None where nothing is owed on it."""
    try:
        return negotiation.table(by=by, account_id=account_id, as_of=as_of)
    except negotiation.UnableToMakeOffer:
        return None


def promise_card(
    opened: Opened, known: Table | None, *, house: House, today: date, grace_days: int, typed: Mapping[str, str]
) -> PromiseCard:
    """All arrears by the next payday that is known, else by Friday, unless something else was typed before."""
    mine = next(
        row for row in opened.statement.accounts.iter_rows(named=True) if row["account_id"] == opened.account_id
    )
    arrears, currency = mine["overdue_minor"], mine["currency"]
    days = _days(known, today)
    everything = figures.amount(arrears, currency)
    amount, day = typed.get("amount") or everything.text, typed.get("day") or days[-1][1]
    return PromiseCard(
        currency=currency,
        amount=amount,
        all=everything,
        half=figures.amount(arrears // 2, currency),
        days=tuple(sorted(days, key=lambda each: each[1])),
        day=day,
        first=today.isoformat(),
        last=(today + timedelta(days=known.terms["first_days_max"][0] if known else _LAST_DAYS)).isoformat(),
        source=typed.get("source", ""),
        sources=tuple(sources().items()),
        kept=_("Kept %(kept)s of %(all)s so far") % {"kept": opened.kept, "all": opened.judged},
        read_back=_read_back(opened, house, today),
        likely=likely(known, amount=amount, day=day, today=today, grace_days=grace_days),
    )


def likely(known: Table | None, *, amount: str, day: str, today: date, grace_days: int) -> Likely:
    """How likely what is typed would be kept, or why it cannot be promised."""
    if known is None:
        return Likely()
    try:
        promised = Promised(forms.day_of(day), forms.minor_of(amount, known.currency))
        require_takable([promised], owed_minor=known.owed_minor, today=today)
        require_within(known.bounds, promised)
    except forms.UnableToReadForm as error:
        return Likely(refused=str(error))
    except (UnableToTakePromise, UnableToProposeOffer):
        return Likely(refused=_against(known, promised, today))
    return _weighed(known, promised, today=today, grace_days=grace_days)


def sources() -> dict[str, str]:
    """The ways by which money comes, as words."""
    return {
        "mobile_money": _("Mobile money"),
        "bank": _("Bank"),
        "cash": pgettext("banknotes", "Cash"),
        "cheque": _("Cheque"),
    }


def _days(known: Table | None, today: date) -> list[tuple[str, str]]:
    """The days to choose from; the last one is chosen first."""
    friday = today + timedelta(days=(4 - today.weekday()) % 7 or 7)
    found = [(_("Today"), today), (_("+7"), today + timedelta(days=7)), (date_format(friday, "D"), friday)]
    if known is not None and known.paydays.height:
        payday = known.paydays["day"][0]
        is_known = known.payday.source != PRESUMED
        is_soon = (payday - today).days <= known.terms["first_days_max"][0]
        chip = (_("Payday") if is_known else _("Month end"), payday)
        if is_soon:
            found.insert(len(found) if is_known else 0, chip)
    return [(label, one.isoformat()) for label, one in found]


def _against(known: Table, promised: Promised, today: date) -> str:
    """What stands against a promise, in amounts as people write them."""
    currency, spare = known.currency, known.spare.monthly_max_minor
    if promised.amount_minor <= 0:
        return refusal("the amount must be above 0")
    if promised.due_on < today:
        return _("%(day)s has passed.") % {"day": figures.day(promised.due_on, today)}
    if promised.amount_minor > known.owed_minor:
        owed = figures.amount(known.owed_minor, currency).text
        return _("No more than %(currency)s %(owed)s is owed.") % {"currency": currency, "owed": owed}
    if spare is not None and promised.amount_minor > spare:
        most = figures.amount(spare, currency).text
        told = {"currency": currency, "spare": most}
        return _("A month can spare %(currency)s %(spare)s: offer parts by the ladder.") % told
    days = known.terms["first_days_max"][0]
    told = {"day": figures.day(today + timedelta(days=days), today)}
    return _("The mandate lets a promise wait until %(day)s.") % told


def _weighed(known: Table, promised: Promised, *, today: date, grace_days: int) -> Likely:
    others = _others(known, promised, today)
    asked = [Part(promised.due_on, promised.amount_minor), *others]
    mine, *rest = negotiation.likely(known, asked)
    best = max(zip(others, rest, strict=True), key=lambda each: each[1].kept_bps, default=None)
    is_better = best is not None and best[1].kept_bps >= mine.kept_bps + _BETTER_BPS
    grace = {"n": grace_days, "day": figures.day(promised.due_on + timedelta(days=grace_days), today)}
    return Likely(
        kept=round(mine.kept_bps / 100),
        tone=bargains.tone(mine.kept_bps),
        like=bargains.like(mine.like_count),
        tip=_tip(best[0], round(best[1].kept_bps / 100), known.currency, today) if best and is_better else "",
        other=round(best[1].kept_bps / 100) if best and is_better else None,
        grace=ngettext("%(n)s day of grace, to %(day)s.", "%(n)s days of grace, to %(day)s.", grace_days) % grace,
        reminders=_reminders(promised.due_on, today),
    )


def _others(known: Table, promised: Promised, today: date) -> list[Part]:
    """Promises beside the one that is typed: half of it, or all of it on the payday or within a week."""
    found = [Part(promised.due_on, promised.amount_minor // 2)] if promised.amount_minor > 1 else []
    soon = [today + timedelta(days=7), *known.paydays["day"].head(1).to_list()]
    return found + [Part(day, promised.amount_minor) for day in soon if day != promised.due_on]


def _tip(other: Part, kept: int, currency: str, today: date) -> str:
    told = {
        "currency": currency,
        "amount": figures.amount(other.amount_minor, currency).text,
        "day": figures.day(other.due_on, today),
        "kept": kept,
    }
    return _("%(currency)s %(amount)s on %(day)s: %(kept)s %%") % told


def _reminders(due_on: date, today: date) -> str:
    days = [figures.day(due_on - before, today) for before in REMINDED_BEFORE if due_on - before > today]
    if not days:
        return _("No reminder: it is too soon for one.")
    if len(days) == 1:
        return _("Reminder planned for %(day)s.") % {"day": days[0]}
    return _("Reminders planned for %(first)s and %(second)s.") % {"first": days[0], "second": days[1]}


def _read_back(opened: Opened, house: House, today: date) -> Said | None:
    """The sentence with {amount} and {day} left open: the page puts in what is typed."""
    met = next((one for one in opened.reach.people if one.role == "debtor"), None)
    theirs = (met.language if met else None) or house.language
    text = queries.said("read_back", theirs, house=house.code, as_of=today)
    return Said(text, theirs, "rtl" if theirs == "ar" else "ltr", "") if text else None
