"""Which receipt pays which charge: the payer's own choice first, then the oldest due.

Problem: millions of receipts against millions of charges, a ragged number of each per account, exact to
the minor unit. Choice: lay the charges of an account end to end in the order in which they are to be
paid, and its receipts end to end in the order in which they came; both become stretches of one axis, and
every overlap of a receipt's stretch with a charge's stretch is an allocation. Cumulative sums and one
merge do that for all accounts at once. The components of a charge are again stretches of the charge. It
refuses to look at one account at a time, and it keeps no memory: every `as_of` is computed from the
facts, so a reversed or back-dated receipt needs no special case.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ahadi.kernel.schema import (
    ALLOCATIONS,
    CHARGES,
    COMPONENT_COLUMNS,
    COMPONENTS,
    DESIGNATIONS,
    RECEIPTS,
    WrongFrame,
    empty,
    minor,
    require,
    require_one_sign,
    uphold,
)

Ints = NDArray[np.int64]
_AXIS_MAX = 2**62


Spread = Literal["instalment_first", "component_first"]
"""instalment_first: an instalment with all its components before the next one; component_first: an entry
of the waterfall over all due instalments before the next entry.
"""

AdvanceTo = Literal["next", "last", "reamortise"]
"""Which instalment money in advance serves first: the nearest, the furthest, or the principal of all in
equal shares.
"""


class UnableToUseWaterfall(ValueError):
    """The waterfall was refused: it must name principal, interest, fee and penalty once each, in the
    order they are paid; or its order depends on the day and the door asked for serves one order only.
    """


class UnableToAllocateReceipts(ValueError):
    """The amounts of this frame together leave the range of whole numbers; give the accounts in smaller
    parts.
    """


@dataclass(frozen=True)
class Waterfall:
    """In which order components are paid: those that are due, and those paid in advance (None: the same).

    An entry is a component, or several joined by `+`, which `component_first` takes as one.
    """

    due: Sequence[str] = ("penalty", "fee", "interest", "principal")
    in_advance: Sequence[str] | None = None
    spread: Spread = "instalment_first"
    advance_to: AdvanceTo = "next"

    def __post_init__(self) -> None:
        for entries in (self.due, self.in_advance):
            if entries is not None and sorted(flat(entries)) != sorted(COMPONENTS):
                raise UnableToUseWaterfall(f"the waterfall {list(entries)} must name each of {sorted(COMPONENTS)} once")

    @property
    def is_static(self) -> bool:
        """Whether the order of payment is the same on every day, where all of a charge falls due at once."""
        same = self.in_advance is None or flat(self.in_advance) == flat(self.due)
        return same and self.spread == "instalment_first" and self.advance_to == "next"


def flat(entries: Sequence[str]) -> list[str]:
    """The components of the entries in order: `interest+principal, fee` -> interest, principal, fee."""
    return [component for entry in entries for component in entry.split("+")]


STANDARD: Final = Waterfall()


@dataclass(frozen=True)
class _Stretches:
    """Receipt row, charge row, and the stretch [start, end) of that charge which the receipt pays."""

    receipt_row: Ints
    charge_row: Ints
    start: Ints
    end: Ints


def allocate(
    charges: pl.DataFrame,
    receipts: pl.DataFrame,
    designations: pl.DataFrame,
    *,
    as_of: date,
    waterfall: Waterfall = STANDARD,
) -> pl.DataFrame:
    """What each receipt paid, as of the end of a day: ALLOCATIONS, one row per receipt and charge,
    sorted by account, receipt, charge.

    Charges and receipts valued after `as_of` do not exist yet. A receipt with designations pays the
    charges it names, up to what is open, receipts in order of value date and id; what remains of it
    stays unapplied. Every other receipt, in that order, pays the charges by due date and id. Within a
    charge the waterfall decides. Credits (negative charges) are not paid and pay nothing. An
    allocation's value date is the later of the receipt's and the charge's.

    Source: South Africa, National Credit Act s126(3) (credit as of the date of receipt); the default
    order of components is Apache Fineract's mifos-standard-strategy. Raises UnableToUseWaterfall for an
    order that depends on the day (`replay` serves those), WrongFrame (also when a designation crosses
    accounts or a receipt's designations exceed it) and UnableToAllocateReceipts.
    """
    if not waterfall.is_static:
        raise UnableToUseWaterfall(f"{waterfall} pays in an order that depends on the day; use replay instead")
    owed = _owed(require(charges, CHARGES), as_of)
    came = require(receipts, RECEIPTS).filter(pl.col("value_date") <= as_of)
    came = came.sort("account_id", "value_date", "receipt_id").with_row_index("receipt_row")
    chosen = require(designations, DESIGNATIONS).sort("receipt_id", "charge_id")
    _require_designations(chosen, charges, receipts)

    total = _ints(owed, "total_minor")
    designated = _designated(chosen, owed, came)
    designated_minor = np.zeros_like(total)
    np.maximum.at(designated_minor, designated.charge_row, designated.end)

    is_free = ~came["receipt_id"].is_in(chosen["receipt_id"].unique().implode()).to_numpy()
    in_turn = _in_turn(owed, came, total - designated_minor, designated_minor, is_free)
    stretches = _together(designated, in_turn)
    allocations = _rows(stretches, owed, came, waterfall)
    _uphold_laws(allocations, owed, came.filter(pl.Series(is_free)), int((stretches.end - stretches.start).sum()))
    return allocations


def unapplied(receipts: pl.DataFrame, allocations: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """Per receipt valued by `as_of`: account_id, receipt_id, value_date, amount_minor, applied_minor,
    unapplied_minor.

    Sorted by account, value date and id. Raises WrongFrame, and BrokenLaw where more was applied than
    came.
    """
    came = require(receipts, RECEIPTS).filter(pl.col("value_date") <= as_of)
    applied = (
        require(allocations, ALLOCATIONS)
        .filter(pl.col("value_date") <= as_of)
        .group_by("receipt_id")
        .agg(applied_minor=pl.sum_horizontal(COMPONENT_COLUMNS).sum())
    )
    result = (
        came.join(applied, on="receipt_id", how="left")
        .with_columns(pl.col("applied_minor").fill_null(0))
        .with_columns(unapplied_minor=pl.col("amount_minor") - pl.col("applied_minor"))
        .sort("account_id", "value_date", "receipt_id")
    )
    uphold("no receipt is applied beyond its amount", is_kept=bool((result["unapplied_minor"] >= 0).all()))
    return result


def _owed(charges: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """The charges that can be paid, in the order in which they are paid, with their row number."""
    require_one_sign(charges)
    return (
        charges.filter(pl.col("value_date") <= as_of)
        .with_columns(total_minor=pl.sum_horizontal(COMPONENT_COLUMNS))
        .filter(pl.col("total_minor") > 0)
        .sort("account_id", "due_date", "charge_id")
        .with_row_index("charge_row")
    )


def _require_designations(chosen: pl.DataFrame, charges: pl.DataFrame, receipts: pl.DataFrame) -> None:
    if chosen.is_empty():
        return
    known = chosen.join(receipts.select("receipt_id", "account_id", receipt_minor="amount_minor"), on="receipt_id")
    crossing = known.join(charges.select("charge_id", charge_account_id="account_id"), on="charge_id").filter(
        pl.col("account_id") != pl.col("charge_account_id")
    )
    if crossing.height:
        row = crossing.sort("receipt_id", "charge_id").row(0, named=True)
        raise WrongFrame(
            f"designations: receipt {row['receipt_id']} of account {row['account_id']} names "
            f"charge {row['charge_id']} of account {row['charge_account_id']}"
        )
    beyond = known.group_by("receipt_id").agg(pl.col("amount_minor").sum(), pl.col("receipt_minor").first())
    beyond = beyond.filter(pl.col("amount_minor") > pl.col("receipt_minor")).sort("receipt_id")
    if beyond.height:
        receipt_id, named, amount = beyond.row(0)
        raise WrongFrame(f"designations: receipt {receipt_id} names {named} of its {amount}")


def _designated(chosen: pl.DataFrame, owed: pl.DataFrame, came: pl.DataFrame) -> _Stretches:
    """Each designation's stretch of its charge, from the charge's start, in the order of the receipts."""
    pairs = (
        chosen.join(came.select("receipt_id", "receipt_row"), on="receipt_id")
        .join(owed.select("charge_id", "charge_row", "total_minor"), on="charge_id")
        .sort("charge_row", "receipt_row")
        .with_columns(reach=pl.col("amount_minor").cum_sum().over("charge_row"))
    )
    total, reach = _ints(pairs, "total_minor"), _ints(pairs, "reach")
    start = np.minimum(reach - _ints(pairs, "amount_minor"), total)
    end = np.minimum(reach, total)
    paid = end > start
    return _Stretches(_ints(pairs, "receipt_row")[paid], _ints(pairs, "charge_row")[paid], start[paid], end[paid])


def _in_turn(
    owed: pl.DataFrame, came: pl.DataFrame, rest: Ints, designated_minor: Ints, is_free: NDArray[np.bool_]
) -> _Stretches:
    """Oldest due first, after what was designated."""
    amount = np.where(is_free, _ints(came, "amount_minor"), 0)
    met = overlaps(_ints(came, "account_id"), amount, _ints(owed, "account_id"), rest)
    start = met.start + designated_minor[met.owed_row]
    return _Stretches(met.money_row, met.owed_row, start, start + met.length)


@dataclass(frozen=True)
class Overlaps:
    """Money row, owed row, how much of the one serves the other, and where in the owed row it starts."""

    money_row: Ints
    owed_row: Ints
    length: Ints
    start: Ints


def overlaps(money_account: Ints, money: Ints, owed_account: Ints, owed: Ints) -> Overlaps:
    """The overlaps of the money laid end to end with what is owed laid end to end, per account.

    Both sides are sorted by account and, within it, by the order in which they are served; amounts are
    whole and not below 0. Raises UnableToAllocateReceipts where the sums leave the range.
    """
    accounts = _distinct(owed_account)
    accounts = accounts[np.isin(accounts, _distinct(money_account), assume_unique=True)]
    owed_of, came_of = _sums(owed, owed_account, accounts), _sums(money, money_account, accounts)
    moved = np.minimum(owed_of, came_of)
    owed_end = _ends(owed, owed_account, accounts, moved)
    money_end = _ends(money, money_account, accounts, moved)
    cuts = np.concatenate([owed_end, money_end])
    cuts.sort(kind="stable")
    cuts = cuts[np.flatnonzero(np.diff(cuts, prepend=0) > 0)]
    owed_row = np.searchsorted(owed_end, cuts, side="left")
    money_row = np.searchsorted(money_end, cuts, side="left")
    length = np.diff(cuts, prepend=0)
    owed_start = np.concatenate([np.zeros(1, dtype=np.int64), owed_end])[owed_row]
    return Overlaps(money_row, owed_row, length, cuts - length - owed_start)


def _distinct(account: Ints) -> Ints:
    """Each account once; `account` is sorted."""
    return account[np.flatnonzero(np.diff(account, prepend=account[:1] - 1))]


def _sums(amount: Ints, account: Ints, accounts: Ints) -> Ints:
    """The sum of the amounts of each of `accounts`; `account` is sorted."""
    if float(amount.sum(dtype=np.float64)) > _AXIS_MAX:
        raise UnableToAllocateReceipts(f"{len(amount)} amounts add up beyond {_AXIS_MAX}; give fewer accounts at once")
    reach = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(amount)])
    sums: Ints = (
        reach[np.searchsorted(account, accounts, side="right")] - reach[np.searchsorted(account, accounts, side="left")]
    )
    return sums


def _ends(amount: Ints, account: Ints, accounts: Ints, moved: Ints) -> Ints:
    """Where each item ends on the common axis, on which every account has as much room as money moves in
    it.
    """
    reach = np.cumsum(amount)
    first = np.searchsorted(account, accounts, side="left")
    before_account = np.concatenate([np.zeros(1, dtype=np.int64), reach])[first]
    room_before = np.cumsum(moved) - moved
    code = np.searchsorted(accounts, account, side="left")
    is_moving = code < len(accounts)
    is_moving[is_moving] = accounts[code[is_moving]] == account[is_moving]
    ends: Ints = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(moved)])[code]
    at = code[is_moving]
    ends[is_moving] = room_before[at] + np.minimum(reach[is_moving] - before_account[at], moved[at])
    return ends


def _together(one: _Stretches, other: _Stretches) -> _Stretches:
    return _Stretches(
        np.concatenate([one.receipt_row, other.receipt_row]),
        np.concatenate([one.charge_row, other.charge_row]),
        np.concatenate([one.start, other.start]),
        np.concatenate([one.end, other.end]),
    )


def _rows(stretches: _Stretches, owed: pl.DataFrame, came: pl.DataFrame, waterfall: Waterfall) -> pl.DataFrame:
    if not len(stretches.start):
        return empty(ALLOCATIONS)
    paid: dict[str, Ints] = {}
    component_start = np.zeros(len(stretches.start), dtype=np.int64)
    for component in flat(waterfall.due):
        component_end = component_start + _ints(owed, minor(component))[stretches.charge_row]
        overlap = np.minimum(stretches.end, component_end) - np.maximum(stretches.start, component_start)
        paid[minor(component)] = np.maximum(overlap, 0)
        component_start = component_end
    charge_of = owed.select("charge_id", charge_date="value_date")[stretches.charge_row]
    receipt_of = came.select("account_id", "receipt_id", receipt_date="value_date")[stretches.receipt_row]
    return (
        receipt_of.hstack(charge_of)
        .with_columns(value_date=pl.max_horizontal("receipt_date", "charge_date"))
        .with_columns(pl.Series(name, values) for name, values in paid.items())
        .select(ALLOCATIONS.column_names)
        .sort("account_id", "receipt_id", "charge_id")
    )


def _uphold_laws(allocations: pl.DataFrame, owed: pl.DataFrame, free: pl.DataFrame, moved: int) -> None:
    require(allocations, ALLOCATIONS)
    rows = allocations.with_columns(applied_minor=pl.sum_horizontal(COMPONENT_COLUMNS))
    uphold(
        "every part of an allocation is 0 or more, and the whole above 0",
        is_kept=bool(
            rows.select((pl.min_horizontal(COMPONENT_COLUMNS) >= 0) & (pl.col("applied_minor") > 0)).to_series().all()
        ),
    )
    uphold("components add up to what moved", is_kept=int(rows["applied_minor"].sum()) == moved)
    paid = rows.group_by("charge_id").agg(pl.col(COMPONENT_COLUMNS).sum())
    paid = paid.join(owed, on="charge_id", suffix="_owed")
    is_within = pl.all_horizontal(pl.col(name) <= pl.col(f"{name}_owed") for name in COMPONENT_COLUMNS)
    uphold(
        "no component of a charge is paid beyond its amount",
        is_kept=paid.height == rows["charge_id"].n_unique() and bool(paid.select(is_within).to_series().all()),
    )
    _uphold_no_idle_money(rows, owed, free)


def _uphold_no_idle_money(rows: pl.DataFrame, owed: pl.DataFrame, free: pl.DataFrame) -> None:
    by_receipt = rows.group_by("receipt_id").agg(pl.col("applied_minor").sum())
    idle = free.join(by_receipt, on="receipt_id", how="left").select(
        "account_id", idle_minor=pl.col("amount_minor") - pl.col("applied_minor").fill_null(0)
    )
    uphold("no receipt is applied beyond its amount", is_kept=bool((idle["idle_minor"] >= 0).all()))
    with_idle = idle.filter(pl.col("idle_minor") > 0).select("account_id").unique()
    owed_there = owed.join(with_idle, on="account_id", how="semi")["total_minor"].sum()
    paid_there = rows.join(with_idle, on="account_id", how="semi")["applied_minor"].sum()
    uphold(
        "no undesignated money lies idle in an account that still owes",
        is_kept=int(owed_there) == int(paid_there),
    )


def _ints(frame: pl.DataFrame, column: str) -> Ints:
    return frame[column].cast(pl.Int64).to_numpy()
