"""Where each account stands on a day, from its charges and the sum of its money: the night's door.

Problem: the close needs the figures of an account and not which receipt paid what, and millions of
allocations cost most of the time of computing them. Choice: where nothing is designated, money pays the
charges in their order, so how far it reaches is its sum laid against the running sum of the charges, and
the first charge beyond that point decides everything. It refuses designations: those accounts go through
`allocate`, with which this door agrees on all others.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import polars as pl

from ahadi.kernel.ageing import Buckets, disputed
from ahadi.kernel.allocation import require_range
from ahadi.kernel.ragged import (
    Days,
    Flags,
    Ints,
    at,
    dates,
    days,
    in_order,
    ints,
    nullable,
    of_account,
    places,
    starts,
    sums,
    union,
)
from ahadi.kernel.schema import HOLDS, Column, Spec, WrongFrame, empty, require, uphold

OWED: Final = Spec(
    "charges",
    (
        Column("account_id", pl.Int64),
        Column("charge_id", pl.Int64),
        Column("value_date", pl.Date),
        Column("due_date", pl.Date),
        Column("amount_minor", pl.Int64),
    ),
    key=("charge_id",),
)
"""Charges by their whole amount; a negative one is a credit."""

RECEIVED: Final = Spec(
    "received",
    (Column("account_id", pl.Int64), Column("received_minor", pl.Int64)),
    key=("account_id",),
)
"""The sum of the receipts of an account that are valued by the day and name no charge: 0 or more."""

STANDING: Final = Spec(
    "standing",
    (
        Column("account_id", pl.Int64),
        Column("charged_minor", pl.Int64),
        Column("received_minor", pl.Int64),
        Column("allocated_minor", pl.Int64),
        Column("unapplied_minor", pl.Int64),
        Column("outstanding_minor", pl.Int64),
        Column("overdue_minor", pl.Int64),
        Column("disputed_minor", pl.Int64),
        Column("disputed_overdue_minor", pl.Int64),
        Column("oldest_due_date", pl.Date, is_nullable=True),
        Column("days_late", pl.Int64),
        Column("days_late_undisputed", pl.Int64),
        Column("bucket", pl.String),
        Column("days_to_next_bucket", pl.Int64, is_nullable=True),
        Column("open_count", pl.Int64),
        Column("next_due_date", pl.Date, is_nullable=True),
        Column("ahead_count", pl.Int64),
    ),
    key=("account_id",),
)
"""`charged_minor` is what was charged, without credits; `next_due_date` the first day from today on that an open
charge falls due; `ahead_count` the charges that do not exist yet on the day.
"""

NO_HOLDS: Final = empty(HOLDS)


@dataclass(frozen=True)
class _Debts:
    """The charges above 0 that exist, by account and turn, and the running sum of all of them."""

    account_id: Ints
    charge_id: Ints
    due: Days
    amount: Ints
    reach: Ints


@dataclass(frozen=True)
class _Reached:
    """Per account: where its debts begin and end, how many fell due, and the first that is not wholly paid."""

    begin: Ints
    end: Ints
    fell_due: Ints
    first_open: Ints
    before: Ints
    charged: Ints
    allocated: Ints


def stand(
    charges: pl.DataFrame,
    received: pl.DataFrame,
    holds: pl.DataFrame = NO_HOLDS,
    *,
    as_of: date,
    buckets: Buckets,
) -> pl.DataFrame:
    """One row per account that has a charge or received money, at the end of a day: STANDING, sorted by
    account.

    `charges` are OWED (of a frame of CHARGES `amount_minor` is the sum of the components), `received`
    is RECEIVED, both quickest sorted by account, due date and id; `holds` are HOLDS. Money in minor
    units. The same figures as `allocate`, `age_charges` and `age_accounts` give for receipts without
    designations, where they are defined alike: docs/algorithms/ageing.md. Raises WrongFrame,
    UnableToAllocateReceipts where the amounts leave the range of whole numbers, and BrokenLaw.
    """
    known = in_order(require(charges, OWED), "account_id", "due_date", "charge_id")
    money = in_order(require(received, RECEIVED), "account_id")
    if money.height and int(ints(money, "received_minor").min()) < 0:
        raise WrongFrame("received: column 'received_minor' must be 0 or more; give receipts without their reversals")
    day = (as_of - date(1970, 1, 1)).days
    exists = days(known, "value_date") <= day
    account = union(ints(known, "account_id"), ints(money, "account_id"))
    debts = _debts(known, exists)
    came = of_account(account, ints(money, "account_id"), ints(money, "received_minor"))
    reached = _reached(account, debts, came, day)
    figures = _figures(account, debts, reached, came, day, buckets)
    figures |= _around(account, known, exists)
    figures["unapplied_minor"] = came - reached.allocated + figures.pop("credit_minor")
    figures |= _contested(debts, reached, require(holds, HOLDS), as_of=as_of)
    _uphold_laws(figures)
    return require(pl.DataFrame({name: figures[name] for name in STANDING.column_names}), STANDING)


def _debts(known: pl.DataFrame, exists: Flags) -> _Debts:
    amount = ints(known, "amount_minor")
    is_debt = exists & (amount > 0)
    which = slice(None) if is_debt.all() else is_debt
    amount = amount[which]
    require_range(amount)
    return _Debts(
        account_id=ints(known, "account_id")[which],
        charge_id=ints(known, "charge_id")[which],
        due=days(known, "due_date")[which],
        amount=amount,
        reach=np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(amount)]),
    )


def _reached(account: Ints, debts: _Debts, came: Ints, day: int) -> _Reached:
    """How far the money of each account reaches into its debts, which are paid in their order."""
    begins = starts(debts.account_id)
    place, has_debts = places(debts.account_id[begins], account)
    count = at(np.diff(np.append(begins, len(debts.account_id))), place, has_debts)
    late = at(sums(debts.due < day, begins), place, has_debts)
    end = np.cumsum(count)
    begin = end - count
    before = debts.reach[begin]
    charged = debts.reach[end] - before
    allocated = np.minimum(came, charged)
    first_open = np.searchsorted(debts.reach, before + allocated, side="right") - 1
    return _Reached(begin, end, begin + late, np.minimum(first_open, end), before, charged, allocated)


def _figures(
    account: Ints, debts: _Debts, reached: _Reached, came: Ints, day: int, buckets: Buckets
) -> dict[str, Ints | pl.Series]:
    due_of = np.append(debts.due, np.int32(day))
    is_late = reached.first_open < reached.fell_due
    oldest = np.where(is_late, due_of[reached.first_open], day)
    days_late = (day - oldest).astype(np.int64)
    upcoming = np.maximum(reached.first_open, reached.fell_due)
    place = buckets.places(days_late)
    to_next = buckets.days_after(place) - days_late
    return {
        "account_id": account,
        "charged_minor": reached.charged,
        "received_minor": came,
        "allocated_minor": reached.allocated,
        "outstanding_minor": reached.charged - reached.allocated,
        "overdue_minor": np.maximum(debts.reach[reached.fell_due] - reached.before - reached.allocated, 0),
        "oldest_due_date": dates(oldest, ~is_late),
        "days_late": days_late,
        "bucket": pl.Series(buckets.codes)[place],
        "days_to_next_bucket": nullable(to_next, (days_late == 0) | (place == len(buckets.codes) - 1)),
        "open_count": reached.end - reached.first_open,
        "next_due_date": dates(due_of[upcoming], upcoming >= reached.end),
    }


def _around(account: Ints, known: pl.DataFrame, exists: Flags) -> dict[str, Ints]:
    """What no money pays: credits, and the charges that are still ahead."""
    amount, account_id = ints(known, "amount_minor"), ints(known, "account_id")
    is_credit = exists & (amount < 0)
    credit, ahead = account_id[is_credit], account_id[~exists]
    credits_begin, ahead_begins = starts(credit), starts(ahead)
    return {
        "credit_minor": of_account(account, credit[credits_begin], -sums(amount[is_credit], credits_begin)),
        "ahead_count": of_account(account, ahead[ahead_begins], np.diff(np.append(ahead_begins, len(ahead)))),
    }


def _contested(debts: _Debts, reached: _Reached, holds: pl.DataFrame, *, as_of: date) -> dict[str, Ints]:
    """The open and the overdue under dispute, and how late the oldest open debt is that is not."""
    day = (as_of - date(1970, 1, 1)).days
    charge_ids, account_ids = disputed(holds, as_of=as_of)
    disputed_minor, overdue_minor = np.zeros_like(reached.begin), np.zeros_like(reached.begin)
    due_of = np.append(debts.due, np.int32(day))
    days_late = np.maximum(day - np.where(reached.first_open < reached.end, due_of[reached.first_open], day), 0)
    is_disputed = np.isin(debts.charge_id, charge_ids.to_numpy()) | np.isin(debts.account_id, account_ids.to_numpy())
    if is_disputed.any():
        which = np.flatnonzero(np.diff(np.append(0, np.cumsum(is_disputed))[np.append(0, reached.end)]))
        count = (reached.end - reached.begin)[which]
        run = np.cumsum(count) - count
        row = np.arange(count.sum()) + np.repeat(reached.begin[which] - run, count)
        paid_up_to = np.repeat((reached.before + reached.allocated)[which], count)
        open_minor = np.clip(debts.reach[row + 1] - paid_up_to, 0, debts.amount[row])
        late = np.maximum(day - debts.due[row], 0)
        is_contested = is_disputed[row]
        disputed_minor[which] = sums(open_minor * is_contested, run)
        overdue_minor[which] = sums(open_minor * (is_contested & (late > 0)), run)
        days_late[which] = np.maximum.reduceat(late * (~is_contested & (open_minor > 0)), run)
    return {
        "disputed_minor": disputed_minor,
        "disputed_overdue_minor": overdue_minor,
        "days_late_undisputed": days_late.astype(np.int64),
    }


def _uphold_laws(figures: dict[str, Ints | pl.Series]) -> None:
    """Sums and days come by different ways, one from the amounts and one from the dates: they must agree."""
    value = {name: column for name, column in figures.items() if isinstance(column, np.ndarray)}
    outstanding, overdue, late = value["outstanding_minor"], value["overdue_minor"], value["days_late"]
    uphold("an account is late exactly where something is overdue", is_kept=np.array_equal(overdue > 0, late > 0))
    uphold(
        "something is open exactly where something is outstanding",
        is_kept=np.array_equal(outstanding > 0, value["open_count"] > 0),
    )
    uphold("no more is overdue than is outstanding", is_kept=bool((overdue <= outstanding).all()))
    uphold(
        "no undesignated money lies idle in an account that still owes",
        is_kept=not ((value["received_minor"] > value["allocated_minor"]) & (outstanding > 0)).any(),
    )
    uphold("no more is disputed than is open", is_kept=bool((value["disputed_minor"] <= outstanding).all()))
    uphold(
        "no more is disputed and late than is overdue",
        is_kept=bool((value["disputed_overdue_minor"] <= overdue).all()),
    )
