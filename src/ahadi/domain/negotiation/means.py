"""What a household can spare in a month and when money comes to it: told, or learnt from how it paid."""

from calendar import monthrange
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from ahadi.data import frames
from ahadi.data.floors import floor_units
from ahadi.data.mandates import MandateText
from ahadi.domain.negotiation import mandates
from ahadi.kernel.money import exponent

END, TWO_WEEKLY = "end", "2w:"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TOLD, LEARNT, PRESUMED = "told", "learnt", "presumed"
_LEARNT_FROM = 3
_NEAR_DAYS = 2
_MONTHS = 31


class UnableToReadPayday(Exception):
    """A payday is a day of the month (25), `end`, a weekday (mon ... sun) or `2w:` and one of its days."""

    is_refusal = True


@dataclass(frozen=True)
class Payday:
    """When money comes: the text of the rule, how it is known, and from how many of how many receipts."""

    rule: str
    source: str
    near: int = 0
    of: int = 0


@dataclass(frozen=True)
class Spare:
    """What a calendar month may ask of a household, and what makes it; `monthly_max_minor` None: not known.

    `floor_minor` None: no source says what such a household needs.
    """

    monthly_max_minor: int | None
    income_minor: int | None = None
    expenses_minor: int | None = None
    household: int | None = None
    floor_minor: int | None = None
    elsewhere_minor: int = 0
    told_on: date | None = None


_MEANS = """
    SELECT v.income_minor, v.expenses_minor, v.household, v.payday, v.currency, m.told_on
    FROM means m LEFT JOIN means_value v ON v.means_id = m.id
    WHERE m.party_id = ANY(%(parties)s) AND NOT EXISTS
      (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = m.act_id) ORDER BY m.id DESC LIMIT 1
"""
# What the debtor has promised on other accounts, in the month that asks for most.
_ELSEWHERE = """
    SELECT coalesce(max(asked.minor), 0)::bigint FROM (
      SELECT sum(p.amount_minor - least(p.amount_minor, s.received_minor)) AS minor FROM promise p
      JOIN promise_state s ON s.promise_id = p.id AND s.status = 'PENDING'
      JOIN account a ON a.id = p.account_id
      JOIN party_state t ON t.party_id = a.party_id
      WHERE t.stands_for_id = %(debtor)s AND a.currency = %(currency)s AND a.id <> %(account)s
      GROUP BY date_trunc('month', p.due_on)) asked
"""
_SAME = "SELECT party_id FROM party_state WHERE stands_for_id = %(debtor)s"


def told(debtor_id: int) -> tuple[int, int, int, str | None, str, date] | None:
    """What the household told last: income, expenses, size, payday, currency, day; None where nothing is kept."""
    parties = frames.read(_SAME, {"debtor": debtor_id}, {"party_id": pl.Int64})["party_id"].to_list()
    for income, expenses, household, payday, currency, on in frames.rows(_MEANS, {"parties": parties}):
        return None if income is None else (income, expenses, household, payday, currency, on)
    return None


def spare(
    *, debtor_id: int, account_id: int, currency: str, country: str | None, mandate: MandateText, as_of: date
) -> tuple[Spare, str | None]:
    """What a month may ask for, and the payday that was told.

    Income without the expenses, or without the floor where that is more, and without what plans on other accounts of
    the same debtor ask for. Source: project definition.
    """
    elsewhere: int = frames.scalar(_ELSEWHERE, {"debtor": debtor_id, "currency": currency, "account": account_id})
    known = told(debtor_id)
    if known is None or known[4] != currency:
        return Spare(None, elsewhere_minor=elsewhere), known[3] if known else None
    income, expenses, household, payday, _, on = known
    floor = _floor(household, currency, country, mandate, as_of)
    left = max(0, income - max(expenses, floor or 0) - elsewhere)
    return Spare(left, income, expenses, household, floor, elsewhere, on), payday


def _floor(household: int, currency: str, country: str | None, mandate: MandateText, as_of: date) -> int | None:
    fit = [size for size in mandate.floors if size <= household]
    if fit:
        return mandates.minor(mandate.floors[max(fit)], mandate, currency, as_of=as_of)
    units = floor_units(country, household, as_of=as_of)
    return None if units is None else units * int(10 ** exponent(currency))


def payday(rule: str | None, receipts: pl.DataFrame, *, as_of: date) -> Payday:
    """When money comes: as was told; else the day of the month near which most receipts of a year came; else its end.

    Receipts within two days of a day count for it; it needs three of them, and half of all.
    """
    if rule:
        return Payday(rule, TOLD)
    came = receipts.filter(pl.col("value_date").is_between(as_of - timedelta(days=365), as_of))
    days = Counter(came["value_date"].dt.day().to_list())
    total = sum(days.values())
    near = {
        day: sum(count for other, count in days.items() if min((day - other) % 31, (other - day) % 31) <= _NEAR_DAYS)
        for day in days
    }
    if near:
        best = max(near, key=lambda day: (near[day], days[day], day))
        if near[best] >= _LEARNT_FROM and near[best] * 2 >= total:
            return Payday(str(best), LEARNT, near[best], total)
    return Payday(END, PRESUMED)


def require_payday(rule: str) -> str:
    """The rule as it is kept. Raises UnableToReadPayday."""
    text = rule.strip().lower()
    if text in (END, *WEEKDAYS) or (text.isdigit() and 1 <= int(text) <= _MONTHS):
        return text
    if text.startswith(TWO_WEEKLY):
        return TWO_WEEKLY + _day(rule, text.removeprefix(TWO_WEEKLY)).isoformat()
    raise _unreadable(rule)


def _day(rule: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _unreadable(rule) from None


def _unreadable(rule: str) -> UnableToReadPayday:
    return UnableToReadPayday(f"{rule!r} is no payday: a day of the month, end, a weekday, or 2w: and one of its days")


def paydays(rule: str, *, after: date, until: date) -> list[date]:
    """The days on which money comes, after a day and up to another; a short month has its last day."""
    span = [after + timedelta(days=number) for number in range(1, (until - after).days + 1)]
    return [day for day in span if _is_payday(rule, day)]


def _is_payday(rule: str, day: date) -> bool:
    if rule in WEEKDAYS:
        return day.weekday() == WEEKDAYS.index(rule)
    if rule.startswith(TWO_WEEKLY):
        return (day - date.fromisoformat(rule.removeprefix(TWO_WEEKLY))).days % 14 == 0
    last = monthrange(day.year, day.month)[1]
    return day.day == (last if rule == END else min(int(rule), last))
