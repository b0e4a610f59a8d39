"""Which mandate holds for an account, what its limits come to in money, and what the house has of mandates."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

import polars as pl

from ahadi.data import frames
from ahadi.data.mandates import INSTALMENTS, MandateText, Share, read, standard, standard_text
from ahadi.data.models.account import PRODUCTS
from ahadi.domain.audit.ports import Actor
from ahadi.domain.work.queries import arrears_step_minor
from ahadi.kernel.money import exponent
from ahadi.kernel.offer import LEVELS, TERMS, WHOLE_BPS

PROPOSED = "proposed"


class UnableToFindMandate(Exception):
    """There is no such mandate in your organisation; choose one from the list."""

    is_refusal = True


@dataclass(frozen=True)
class Verdict:
    """Something that was decided about a mandate."""

    verdict: str
    at: datetime
    by: str


@dataclass(frozen=True)
class MandateSeen:
    """A mandate with who proposed it, what was decided since, and its state."""

    mandate_id: int
    creditor: str | None
    text: str
    mandate: MandateText
    at: datetime
    by_id: int | None
    by: str
    verdicts: tuple[Verdict, ...]

    @property
    def state(self) -> str:
        """What the newest verdict says; proposed where there is none."""
        return self.verdicts[-1].verdict if self.verdicts else PROPOSED


@dataclass(frozen=True)
class Holding:
    """The mandate that holds for an account; `label` names whose and which version it is."""

    mandate: MandateText
    label: str
    is_own: bool


_MANDATES = """
    SELECT m.id, c.name, m.text, m.at, maker.by_id, coalesce(p.name, '') FROM mandate m
    JOIN act maker ON maker.id = m.act_id LEFT JOIN person p ON p.id = maker.by_id
    LEFT JOIN creditor c ON c.id = m.creditor_id
    WHERE m.organisation_id = %(organisation)s AND (%(id)s::bigint IS NULL OR m.id = %(id)s) ORDER BY m.id DESC
"""
_VERDICTS = """
    SELECT v.mandate_id, v.verdict, v.at, coalesce(p.name, '') FROM mandate_verdict v
    JOIN mandate m ON m.id = v.mandate_id JOIN act t ON t.id = v.act_id LEFT JOIN person p ON p.id = t.by_id
    WHERE m.organisation_id = %(organisation)s ORDER BY v.id
"""
_HOLDING = """
    SELECT m.text, c.name FROM mandate m LEFT JOIN creditor c ON c.id = m.creditor_id
    WHERE m.organisation_id = %(organisation)s AND m.product = %(product)s AND m.in_force_from <= %(as_of)s
      AND (m.creditor_id IS NULL OR m.creditor_id = %(creditor)s)
      AND (SELECT v.verdict FROM mandate_verdict v WHERE v.mandate_id = m.id ORDER BY v.id DESC LIMIT 1) = 'approved'
    ORDER BY m.creditor_id IS NULL, m.in_force_from DESC, m.id DESC LIMIT 1
"""


def mandates(*, by: Actor, mandate_id: int | None = None) -> tuple[MandateSeen, ...]:
    """The organisation's own mandates, newest first."""
    organisation = by.organisation_id or 0
    told: dict[int, list[Verdict]] = {}
    for one, verdict, at, who in frames.rows(_VERDICTS, {"organisation": organisation}):
        told.setdefault(one, []).append(Verdict(verdict, at, who))
    return tuple(
        MandateSeen(one, creditor, text, read(text, file="mandate"), at, by_id, who, tuple(told.get(one, ())))
        for one, creditor, text, at, by_id, who in frames.rows(
            _MANDATES, {"organisation": organisation, "id": mandate_id}
        )
    )


def mandate(*, by: Actor, mandate_id: int) -> MandateSeen:
    """One of them. Raises UnableToFindMandate."""
    for one in mandates(by=by, mandate_id=mandate_id):
        return one
    raise UnableToFindMandate("there is no such mandate in your organisation; choose one from the list")


def standards() -> tuple[tuple[MandateText, str], ...]:
    """The house's own mandates that come with the product, and how each is written."""
    return tuple((standard(product), standard_text(product)) for product in PRODUCTS)


def holding(organisation_id: int, creditor_id: int, product: str, *, as_of: date) -> Holding:
    """The mandate for a creditor's product on a day: the creditor's, else the organisation's, else the house's own."""
    found = frames.rows(
        _HOLDING, {"organisation": organisation_id, "creditor": creditor_id, "product": product, "as_of": as_of}
    )
    for text, creditor in found:
        known = read(text, file="mandate")
        return Holding(known, f"{creditor or product} {known.version}"[:90], is_own=True)
    known = standard(product)
    return Holding(known, f"{product} {known.version}", is_own=False)


def minor(amount: Decimal, mandate: MandateText, currency: str, *, as_of: date) -> int:
    """An amount of a mandate in minor units of a currency, one at least."""
    one = (
        arrears_step_minor(currency, as_of=as_of)
        if mandate.amounts_in == INSTALMENTS
        else int(10 ** exponent(currency))
    )
    return max(1, int((amount * one).to_integral_value(ROUND_HALF_UP)))


def share(mandate: MandateText, currency: str, *, days_late: int, owed_minor: int, as_of: date) -> Share | None:
    """The first row of the settlement table whose limits hold; None where none does: nothing is forgiven."""
    for row in mandate.settlement:
        is_young = row.age_max is None or days_late <= row.age_max
        is_small = row.balance_max is None or owed_minor <= minor(row.balance_max, mandate, currency, as_of=as_of)
        if is_young and is_small:
            return row
    return None


def terms(
    mandate: MandateText,
    *,
    account_id: int,
    currency: str,
    late_minor: int,
    owed_minor: int,
    days_late: int,
    monthly_max_minor: int | None,
    as_of: date,
) -> pl.DataFrame:
    """What the mandate and the means allow for an account: TERMS of one row."""
    row = share(mandate, currency, days_late=days_late, owed_minor=owed_minor, as_of=as_of)
    amounts = {name: minor(value, mandate, currency, as_of=as_of) for name, value in mandate.amounts.items()}
    known = {
        **mandate.terms,
        "account_id": account_id,
        "late_minor": late_minor,
        "owed_minor": owed_minor,
        "instalment_min_minor": amounts["instalment_min"],
        "multiple_minor": amounts["multiple"],
        "settle_min_bps": row.share_bps if row is not None and row.share_bps < WHOLE_BPS else None,
        "monthly_max_minor": monthly_max_minor,
    }
    return pl.DataFrame([known], schema={column.name: column.dtype for column in TERMS.columns})


def levels(mandate: MandateText, *, account_id: int, currency: str, as_of: date) -> pl.DataFrame:
    """Who may agree to what about an account: LEVELS."""
    told = [
        {
            "account_id": account_id,
            "rank": one.rank,
            "level": one.level,
            "discount_max_bps": one.discount_bps,
            "owed_max_minor": None if one.owed_max is None else minor(one.owed_max, mandate, currency, as_of=as_of),
            "count_max": one.count_max,
            "days_max": one.days_max,
        }
        for one in mandate.levels
    ]
    return pl.DataFrame(told, schema={column.name: column.dtype for column in LEVELS.columns})
