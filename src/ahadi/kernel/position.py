"""Where every charge and every account stands on a day, with the allocations behind it, in one pass.

Problem: allocating, ageing the charges and ageing the accounts one after the other makes each step find
again, by id, what the step before it knew by position. Choice: the three answers are taken from the same
arrays. It refuses to be a second opinion: the rules stand in `allocation` and `ageing`, whose functions
give the same rows one by one.
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

from ahadi.kernel.ageing import Buckets, Unit, account_rows, charge_rows
from ahadi.kernel.allocation import STANDARD, Waterfall, rows, serve


@dataclass(frozen=True)
class Position:
    """`allocations` as `allocate` gives them, `charges` as `age_charges`, `accounts` as `age_accounts`."""

    allocations: pl.DataFrame
    charges: pl.DataFrame
    accounts: pl.DataFrame


def position(
    charges: pl.DataFrame,
    receipts: pl.DataFrame,
    designations: pl.DataFrame,
    holds: pl.DataFrame,
    *,
    as_of: date,
    buckets: Buckets,
    waterfall: Waterfall = STANDARD,
    unit: Unit = "item",
) -> Position:
    """What `allocate`, `age_charges` and `age_accounts` give for the same facts at the end of a day.

    Raises what they raise: UnableToUseWaterfall, WrongFrame, UnableToAllocateReceipts, BrokenLaw.
    """
    served = serve(charges, receipts, designations, as_of=as_of, waterfall=waterfall)
    items = charge_rows(served.charges, served.amount_minor, served.paid_minor, holds, as_of=as_of, buckets=buckets)
    accounts = account_rows(items, served.receipts, served.idle_minor, as_of=as_of, buckets=buckets, unit=unit)
    return Position(allocations=rows(served), charges=items, accounts=accounts)
