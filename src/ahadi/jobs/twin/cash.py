"""The money that came: who paid when, in part or too much, what was reversed, what it paid, and what was posted."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from ahadi.jobs.twin import seasons
from ahadi.jobs.twin.contracts import Scope
from ahadi.jobs.twin.portfolios import BEHAVIOURS
from ahadi.jobs.twin.seasons import Floats, Ints
from ahadi.kernel.allocation import allocate
from ahadi.kernel.schema import COMPONENT_COLUMNS, DESIGNATIONS, empty

_ON_PAYDAY = 0.55
_TOO_MUCH = 0.03
_REST_COMES = 0.8
_MADE_GOOD = 0.75
# Where instalments are small and come by the week, so does what is late.
_PACE_OF_WEEKS = 0.5
_REVERSED = 0.004
_UNIDENTIFIED = 0.004
_BY_ANOTHER = 0.06
_TO_CREDITOR = 0.03
_REASONS = ("bounced", "charged_back", "mistaken")
_END_OF_TIME = date(9999, 12, 31)


@dataclass(frozen=True)
class Cash:
    """What came and what it paid: receipts (with their state), allocations, and the lines of the ledger."""

    receipts: pl.DataFrame
    allocations: pl.DataFrame
    lines: pl.DataFrame


def cash(scope: Scope, accounts: pl.DataFrame, charges: pl.DataFrame) -> Cash:
    """The receipts of the accounts up to the end of the history, allocated by the kernel, and their journals."""
    receipts = _receipts(scope, accounts, charges)
    allocations = _allocations(charges, receipts)
    paid = allocations.group_by("receipt").agg(allocated_minor=pl.sum_horizontal(COMPONENT_COLUMNS).sum())
    receipts = receipts.join(paid, on="receipt", how="left", maintain_order="left").with_columns(
        pl.col("allocated_minor").fill_null(0)
    )
    return Cash(receipts, allocations, _lines(accounts, charges, receipts, allocations))


def _receipts(scope: Scope, accounts: pl.DataFrame, charges: pl.DataFrame) -> pl.DataFrame:
    random = scope.random(4)
    owed = charges.select("account", "turn", "count", "every", "due_date", "amount_minor", "step_minor").join(
        accounts.select("account", "portfolio", "behaviour", "country", "currency", "creditor", "placed_on"),
        on="account",
        maintain_order="left",
    )
    came = _paid(scope, owed, random)
    came = came.filter(pl.col("value_date") <= pl.lit(scope.until)).sort("account", "value_date", maintain_order=True)
    return _told(scope, came, random).with_row_index("receipt").with_columns(pl.col("receipt").cast(pl.Int64))


def _terms_of_behaviour(owed: pl.DataFrame, attribute: str) -> Floats:
    found: Floats = np.array([getattr(one, attribute) for one in BEHAVIOURS], dtype=float)[owed["behaviour"].to_numpy()]
    return found


def _paid(scope: Scope, owed: pl.DataFrame, random: np.random.Generator) -> pl.DataFrame:
    """One row for each instalment that is paid, and one for each rest that comes later."""
    size = owed.height
    due, country = seasons.days(owed["due_date"]), owed["country"].to_numpy().astype(str)
    is_going = owed["turn"].to_numpy() <= _last_turn(owed, random)
    in_time = _terms_of_behaviour(owed, "in_time") * seasons.season(country, due)
    draw = random.random(size)
    is_timely = is_going & (draw < in_time)
    is_late = is_going & ~is_timely & (draw < in_time + _terms_of_behaviour(owed, "late"))
    pace = np.where(owed["every"].to_numpy() == "1mo", 1.0, _PACE_OF_WEEKS)
    late_days = 1 + random.exponential(_terms_of_behaviour(owed, "days_late") * pace).astype(np.int64)
    # Most of what is missed is made good weeks later.
    is_missed = is_going & ~is_timely & ~is_late & (random.random(size) < _MADE_GOOD)
    late_days += np.where(is_missed, pace * (20 + random.exponential(15, size)), 0).astype(np.int64)
    is_late |= is_missed
    day = np.where(is_timely, due - random.integers(0, 4, size), due + late_days)
    waits = is_late & (late_days > 4) & (random.random(size) < _ON_PAYDAY)
    day[waits] = seasons.to_payday(day[waits], random)
    day = seasons.off_holidays(country, day)
    whole, step = owed["amount_minor"].to_numpy(), owed["step_minor"].to_numpy()
    part = _part(owed, whole, step, random)
    first = owed.with_columns(value_date=seasons.dates(day), amount_minor=pl.Series(part)).filter(
        pl.Series(is_timely | is_late)
    )
    rest = whole - part
    comes = (is_timely | is_late) & (rest > 0) & (random.random(size) < _REST_COMES)
    later = seasons.off_holidays(country, day + random.integers(5, 31, size))
    second = owed.with_columns(value_date=seasons.dates(later), amount_minor=pl.Series(rest)).filter(pl.Series(comes))
    return pl.concat([first, second])


def _last_turn(owed: pl.DataFrame, random: np.random.Generator) -> Floats:
    """The turn after which an account pays nothing more, the same for all of its charges."""
    draw = random.random(int(owed["account"].max() or 0) + 1)[owed["account"].to_numpy()]  # type: ignore[arg-type]
    count = owed["count"].to_numpy()
    lowest, highest = (
        np.array([one.stops[end] if one.stops else 9.0 for one in BEHAVIOURS])[owed["behaviour"].to_numpy()]
        for end in (0, 1)
    )
    found: Floats = count * (lowest + draw * (highest - lowest))
    return found


def _part(owed: pl.DataFrame, whole: Ints, step: Ints, random: np.random.Generator) -> Ints:
    """What comes of each instalment: mostly all, sometimes a part or too much, in round amounts."""
    size = owed.height
    in_part = random.random(size) < _terms_of_behaviour(owed, "part")
    too_much = ~in_part & (random.random(size) < _TOO_MUCH)
    factor = np.where(in_part, random.uniform(0.3, 0.8, size), np.where(too_much, random.uniform(1.05, 1.5, size), 1.0))
    rounded = np.maximum(np.rint(whole * factor / step), 1).astype(np.int64) * step
    found: Ints = np.where(in_part, np.minimum(rounded, whole), np.where(too_much, np.maximum(rounded, whole), whole))
    return found


def _told(scope: Scope, came: pl.DataFrame, random: np.random.Generator) -> pl.DataFrame:
    """How each receipt came, under which reference, when it was booked, and whether it holds."""
    size = came.height
    day, placed = seasons.days(came["value_date"]), seasons.days(came["placed_on"])
    mobile = scope.each(pl.col("portfolio"), "mobile", pl.Float64)
    is_agency = pl.lit(scope.enterprise.is_agency)
    is_direct = is_agency & (
        (pl.col("value_date") < pl.col("placed_on")) | (pl.Series(random.random(size)) < _TO_CREDITOR)
    )
    came = came.with_columns(
        is_mobile=pl.Series(random.random(size)) < mobile,
        kind=pl.when(is_direct).then(pl.lit("direct")).otherwise(pl.lit("cash")),
        is_unidentified=~is_direct & (pl.Series(random.random(size)) < _UNIDENTIFIED),
        is_by_another=pl.Series(random.random(size)) < _BY_ANOTHER,
        reversed_on=pl.col("value_date") + pl.duration(days=pl.lit(pl.Series(random.integers(1, 6, size)))),
        reason=pl.Series(random.choice(_REASONS, size)),
        draw=pl.Series(random.random(size)),
    )
    # The bank tells us a working day later; what came before the account did is booked with it.
    lag = np.where(came["is_mobile"].to_numpy(), 0, 1 + (seasons.weekdays(day) == 4) * 2)
    booked = np.minimum(np.maximum(day + lag, placed), scope.last)
    is_reversed = (
        (pl.col("draw") < _REVERSED)
        & (pl.col("reversed_on") <= pl.lit(scope.until))
        & (pl.col("reversed_on") > seasons.dates(booked))
        & ~pl.col("is_unidentified")
        & (pl.col("kind") == "cash")
    )
    return came.select(
        "account",
        "creditor",
        "currency",
        "kind",
        "value_date",
        "amount_minor",
        "is_unidentified",
        "is_by_another",
        "reason",
        source=pl.when("is_mobile").then(pl.lit("mobile-money")).otherwise(pl.lit("bank")),
        source_reference=_references(scope, came, random),
        booked_at=seasons.moments(booked, random.integers(7 * 3600, 21 * 3600, size), scope.zone),
        reversed_on=pl.when(is_reversed).then("reversed_on"),
    )


def _references(scope: Scope, came: pl.DataFrame, random: np.random.Generator) -> pl.Series:
    """References as channels write them, each once: letters that vary, the part, the turn in it."""
    letters = random.choice(list("ABCDEFGHJKLMNPQRSTUVWXYZ"), (2, came.height))
    frame = came.select("is_mobile").with_columns(a=letters[0], b=letters[1], turn=pl.int_range(pl.len()))
    return frame.select(
        pl.format(
            "{}{}{}{}{}",
            pl.when("is_mobile").then(pl.lit("M")).otherwise(pl.lit("B")),
            "a",
            "b",
            pl.lit(f"{scope.part:02d}"),
            pl.col("turn").cast(pl.String).str.zfill(7),
        ).alias("reference")
    )["reference"]


def standing(receipts: pl.DataFrame) -> pl.DataFrame:
    """The receipts that belong to an account and were not reversed."""
    return receipts.filter(~pl.col("is_unidentified") & pl.col("reversed_on").is_null())


def _allocations(charges: pl.DataFrame, receipts: pl.DataFrame) -> pl.DataFrame:
    """What the kernel's replay says: account, receipt, charge, value_date, components."""
    owed = charges.select("value_date", "due_date", *COMPONENT_COLUMNS, account_id="account", charge_id="charge")
    came = standing(receipts).select("value_date", "amount_minor", account_id="account", receipt_id="receipt")
    found = allocate(owed, came, empty(DESIGNATIONS), as_of=_END_OF_TIME)
    return found.sort("account_id", "receipt_id", "charge_id").rename(
        {"account_id": "account", "receipt_id": "receipt", "charge_id": "charge"}
    )


_HEAD = ["creditor", "account", "currency", "kind", "value_date", "is_placed"]
LINE = [*_HEAD, "ledger", "component", "amount_minor"]


def _lines(
    accounts: pl.DataFrame, charges: pl.DataFrame, receipts: pl.DataFrame, allocations: pl.DataFrame
) -> pl.DataFrame:
    """The postings of the whole history: one journal per account for what was placed and one for what was paid,
    one per creditor, currency and day for the money that came and for what was reversed.
    """
    of_account = accounts.select("account", "creditor", "currency", "placed_on")
    placed = (
        _by_component(charges)
        .join(of_account, on="account")
        .with_columns(kind=pl.lit("placement"), value_date="placed_on", is_placed=pl.lit(True))
    )
    kinds = receipts.select("receipt", receipt_kind="kind")
    paid_until = allocations.group_by("account").agg(value_date=pl.col("value_date").max())
    told = of_account.join(paid_until, on="account").with_columns(kind=pl.lit("allocation"), is_placed=pl.lit(False))
    paid = _by_component(allocations).join(told, on="account")
    in_trust = (
        allocations.join(kinds, on="receipt")
        .filter(pl.col("receipt_kind") == "cash")
        .group_by("account")
        .agg(amount_minor=pl.sum_horizontal(COMPONENT_COLUMNS).sum())
        .join(told, on="account")
        .with_columns(component=pl.lit(None, dtype=pl.String))
    )
    came = receipts.filter(pl.col("kind") == "cash").with_columns(
        kind=pl.lit("receipt"),
        account=pl.lit(None, dtype=pl.Int64),
        component=pl.lit(None, dtype=pl.String),
        is_placed=pl.lit(False),
    )
    gone = came.filter(pl.col("reversed_on").is_not_null()).with_columns(
        kind=pl.lit("reversal"), value_date="reversed_on"
    )
    return pl.concat(
        [
            _both(placed, debit="debtor_receivable", credit="placed"),
            _both(paid, debit="placed", credit="debtor_receivable"),
            _both(in_trust, debit="suspense", credit="creditor_trust"),
            _both(_summed(came), debit="bank", credit="suspense"),
            _both(_summed(gone), debit="suspense", credit="bank"),
        ]
    )


def _by_component(rows: pl.DataFrame) -> pl.DataFrame:
    """account, component, amount_minor: the sums of the rows of each account, where there is something."""
    return (
        rows.group_by("account")
        .agg(pl.col(COMPONENT_COLUMNS).sum())
        .unpivot(COMPONENT_COLUMNS, index="account", variable_name="component", value_name="amount_minor")
        .filter(pl.col("amount_minor") != 0)
        .with_columns(pl.col("component").str.strip_suffix("_minor"))
    )


def _summed(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.group_by([*_HEAD, "component"]).agg(pl.col("amount_minor").sum())


def _both(rows: pl.DataFrame, *, debit: str, credit: str) -> pl.DataFrame:
    """Each amount once as debit and once, negative, as credit."""
    return pl.concat(
        [
            rows.with_columns(ledger=pl.lit(debit)).select(LINE),
            rows.with_columns(ledger=pl.lit(credit), amount_minor=-pl.col("amount_minor")).select(LINE),
        ]
    )


def paid_off(charges: pl.DataFrame, allocations: pl.DataFrame) -> npt.NDArray[np.float64]:
    """For each charge the day, since 1970, on which its last part was paid; infinite while something is open."""
    paid = allocations.group_by("charge").agg(
        paid_minor=pl.sum_horizontal(COMPONENT_COLUMNS).sum(), paid_on=pl.col("value_date").max()
    )
    both = charges.select("charge", "amount_minor", "due_date").join(
        paid, on="charge", how="left", maintain_order="left"
    )
    is_paid = (both["paid_minor"].fill_null(0) >= both["amount_minor"]).to_numpy()
    day = both["paid_on"].fill_null(both["due_date"]).cast(pl.Int32).to_numpy()
    return np.where(is_paid, day.astype(float), np.inf)
