"""The facts about what may be claimed: late interest, fixed sums, the demand, caps, limitation."""

from datetime import date, timedelta
from fractions import Fraction

import polars as pl

from ahadi.jobs.scenario.book import frame
from ahadi.jobs.scenario.conventions import minor_of
from ahadi.jobs.scenario.days import npa_since
from ahadi.jobs.scenario.view import Facts, View
from ahadi.kernel import interest
from ahadi.kernel.interest import BALANCES, CLAIMS, CLOCKS, LATE_CHARGES, SIZED_CHARGES
from ahadi.kernel.schedule import RATE_SCALE
from ahadi.kernel.schema import COMPONENT_COLUMNS, COMPONENTS, minor

_BPS = 100


def late_interest_minor(view: View, account: str) -> int | None:
    """Simple interest on each charge for every day after its due date."""
    rule = view.document.conventions.late_interest
    if rule is None or not rule.rates or view.document.account(account).is_consumer:
        return None
    rows = [row for row in view.rows_of(account) if row["amount_minor"] > 0]
    charges = [(row["instalment_id"], row["due_date"], row["amount_minor"]) for row in rows]
    rates = [interest.DatedRate(rate.start, int(rate.pct * (RATE_SCALE // 100))) for rate in rule.rates]
    made = interest.late_interest(
        frame(LATE_CHARGES, charges),
        frame(BALANCES, _balance_rows(view, account, rows)),
        as_of=view.as_of,
        rates=rates,
        day_count=rule.day_count,
        when=rule.rounding,
        rounding=view.document.conventions.rounding,
        cap_bps=None if rule.cap_pct is None else int(rule.cap_pct * _BPS),
    )
    return int(made["interest_minor"].sum())


def _balance_rows(view: View, account: str, rows: list[Facts]) -> list[tuple[object, ...]]:
    """What was open of each instalment as each day began, from the days on which that changed."""
    served: dict[int, dict[date, int]] = {}
    own = view.replayed.paid.filter(pl.col("account_id") == view.number(account))
    for row in own.iter_rows(named=True):
        by_day = served.setdefault(row["instalment_id"], {})
        day = row["value_date"] + timedelta(days=1)
        by_day[day] = by_day.get(day, 0) + sum(row[name] for name in COMPONENT_COLUMNS)
    made: list[tuple[object, ...]] = []
    for row in rows:
        by_day, left = served.get(row["instalment_id"], {}), row["amount_minor"]
        first = min([row["due_date"], *by_day]) - timedelta(days=1)
        made.append((row["instalment_id"], first, left))
        for day in sorted(by_day):
            left -= by_day[day]
            made.append((row["instalment_id"], day, left))
    return made


def compensation_minor(view: View, account: str) -> int | None:
    """The fixed sum of each charge past due."""
    scale = view.document.conventions.compensation
    if scale is None or view.document.account(account).is_consumer:
        return None
    rows = view.late_rows.get(view.number(account), [])
    charges = [(row["instalment_id"], row["amount_minor"]) for row in rows if row["past_due_days"] > 0]
    decimals = view.document.decimals
    steps = [(minor_of(start, decimals), minor_of(amount, decimals)) for start, amount in scale]
    return int(interest.compensation(frame(SIZED_CHARGES, charges), scale=steps)["compensation_minor"].sum())


def demand_minor(view: View, account: str) -> int:
    """Outstanding, late interest and compensation."""
    extra = (late_interest_minor(view, account) or 0) + (compensation_minor(view, account) or 0)
    return view.outstanding(account) + extra


def recoverable_minor(view: View, account: str) -> dict[str, int]:
    """What is open, held to the cap, and its total."""
    cap = view.document.conventions.cap
    claimed = view.open_of(account)
    base = 0 if cap is None else _base(view, account, cap.of)
    claim = (view.number(account), *(claimed[name] for name in COMPONENTS), base)
    held = None if cap is None else interest.Cap(cap.on, int(cap.pct * _BPS))
    made = interest.recoverable(frame(CLAIMS, [claim]), cap=held, rounding=view.document.conventions.rounding)
    row = made.row(0, named=True)
    return {name: row[minor(name)] for name in COMPONENTS} | {"total": row["total_minor"]}


def _base(view: View, account: str, of: str) -> int:
    """What a cap is measured by: the principal borrowed, or that open when the account became non-performing."""
    rows = [row for row in view.rows_of(account) if row["amount_minor"] >= 0]
    if of == "borrowed":
        return sum(row["principal_minor"] for row in rows)
    since = npa_since(view, account)
    if since is None:
        return view.open_of(account)["principal"]
    return View(view.foundation, view.events, since).open_of(account)["principal"]


def limitation(view: View, account: str) -> Facts:
    """When the claim is barred by time, counted from the latest of the days that start the clock."""
    given = view.document.account(account)
    first_due = min((row["due_date"] for row in view.rows_of(account)), default=None)
    cause = given.cause_of_action or first_due
    came = [receipt.value for receipt in view.receipt_acts(account) if not receipt.is_credit_note]
    days = [day for day in (cause, *came, *view.book.acknowledged.get(account, [])) if day]
    if not days:
        return {"expires": None, "barred": None}
    rows = [(view.number(account), day) for day in days]
    years = view.document.conventions.limitation_years
    # A clock that has not started is still named: its end is known though it lies beyond the day asked for.
    made = interest.limitation(frame(CLOCKS, rows), as_of=max(view.as_of, *days), years=years)
    return {"expires": made["expires_on"].item(), "barred": made["is_barred"].item()}


def pct_bps(pct: Fraction) -> int:
    """A percentage in basis points."""
    return int(pct * _BPS)
