"""Where every charge and every account stands on a day, with the allocations behind it, in one pass.

Problem: allocating, ageing the charges and ageing the accounts one after the other makes each step find
again, by id, what the step before it knew by position. Choice: the three answers are taken from the same
arrays. It refuses to be a second opinion: the rules stand in `allocation` and `ageing`, whose functions
give the same rows one by one.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import polars as pl

from ahadi.kernel.ageing import Buckets, Unit, account_rows, charge_rows
from ahadi.kernel.allocation import STANDARD, Served, Waterfall, rows, serve
from ahadi.kernel.ragged import Ints, dates, days, extremes, in_order, ints, starts, sums

_NO_DAY: Final = np.int32(2**31 - 1)


@dataclass(frozen=True)
class Position:
    """`charges` as `age_charges` gives them, `accounts` as `age_accounts` with the money of each by bucket beside them
    in `in_buckets`, and what was served of which.

    `charged`: [account_id, charged_minor, allocated_minor, next_due_date] of each account with a charge: what was
    charged without credits, what of it is paid, and the first day from today on that an open charge falls due (null:
    none does). `received`: [account_id, received_minor, last_receipt_on, is_early] of each account with a receipt: what
    came, on which day the last of it (null: nothing did), and whether some is valued later. `ahead`: the accounts of
    charges that do not exist yet, each once. All of them by account; money in minor units.
    """

    served: Served
    charges: pl.DataFrame
    accounts: pl.DataFrame
    in_buckets: Ints
    charged: pl.DataFrame
    received: pl.DataFrame
    ahead: Ints

    def allocations(self) -> pl.DataFrame:
        """The allocations as `allocate` gives them: rows that only those look at who ask for them."""
        return rows(self.served)


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
    accounts, in_buckets = account_rows(
        items, served.receipts, served.idle_minor, as_of=as_of, buckets=buckets, unit=unit
    )
    today = (as_of - date(1970, 1, 1)).days
    return Position(
        served=served,
        charges=items,
        accounts=accounts,
        in_buckets=in_buckets,
        charged=_charged(items, today),
        received=_received(in_order(receipts, "account_id"), today),
        ahead=np.unique(ints(charges, "account_id")[days(charges, "value_date") > today]),
    )


def _charged(items: pl.DataFrame, today: int) -> pl.DataFrame:
    account, due = ints(items, "account_id"), days(items, "due_date")
    begin = starts(account)
    is_next = (ints(items, "open_minor") > 0) & (due >= today)
    upcoming = extremes(np.minimum, np.where(is_next, due, _NO_DAY), begin)
    return pl.DataFrame(
        {
            "account_id": account[begin],
            "charged_minor": sums(np.maximum(ints(items, "amount_minor"), 0), begin),
            "allocated_minor": sums(ints(items, "paid_minor"), begin),
            "next_due_date": dates(upcoming, upcoming == _NO_DAY),
        }
    )


def _received(came: pl.DataFrame, today: int) -> pl.DataFrame:
    account, day = ints(came, "account_id"), days(came, "value_date")
    begin = starts(account)
    is_here = day <= today
    last = extremes(np.maximum, np.where(is_here, day, -_NO_DAY), begin)
    return pl.DataFrame(
        {
            "account_id": account[begin],
            "received_minor": sums(ints(came, "amount_minor") * is_here, begin),
            "last_receipt_on": dates(last, last == -_NO_DAY),
            "is_early": sums(~is_here, begin) > 0,
        }
    )
