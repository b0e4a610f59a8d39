"""Which receipt pays which charge: the payer's own choice first, then the oldest due.

Problem: millions of receipts against millions of charges, a ragged number of each per account, exact to
the minor unit. Choice: lay the charges of an account end to end in the order in which they are to be
paid, and its receipts end to end in the order in which they came; both become stretches of one axis, and
every overlap of a receipt's stretch with a charge's stretch is an allocation. Cumulative sums and one
merge do that for all accounts at once, and the laws are counted on the same arrays. The components of a
charge are again stretches of the charge. It refuses to look at one account at a time, and it keeps no
memory: every `as_of` is computed from the facts, so a reversed or back-dated receipt needs no special case.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ahadi.kernel.ragged import (
    Flags,
    Groups,
    by_id,
    dates,
    days,
    in_order,
    ints,
    is_rising,
    starts,
    steps,
    sums,
    valued,
)
from ahadi.kernel.schema import (
    ALLOCATIONS,
    CHARGES,
    COMPONENT_COLUMNS,
    COMPONENTS,
    DESIGNATIONS,
    RECEIPTS,
    WrongFrame,
    minor,
    require,
    require_one_sign,
    uphold,
)

Ints = NDArray[np.int64]
_AXIS_MAX = 2**61
_TURN = ("account_id", "receipt_id", "charge_id")


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
    return rows(serve(charges, receipts, designations, as_of=as_of, waterfall=waterfall))


@dataclass(frozen=True)
class Served:
    """What the money of a day did, as arrays beside the frames they belong to.

    `charges` are those that exist, in the order in which they are paid, with what each amounts to and
    what of it is paid; `receipts` those that came, in their order, with what of each paid nothing.
    `paid` holds the part of each stretch that lies on each component.
    """

    charges: pl.DataFrame
    amount_minor: Ints
    paid_minor: Ints
    receipts: pl.DataFrame
    idle_minor: Ints
    stretches: _Stretches
    paid: dict[str, Ints]


def serve(
    charges: pl.DataFrame,
    receipts: pl.DataFrame,
    designations: pl.DataFrame,
    *,
    as_of: date,
    waterfall: Waterfall = STANDARD,
) -> Served:
    """What `allocate` computes, before it becomes rows; takes and refuses the same and upholds its laws."""
    if not waterfall.is_static:
        raise UnableToUseWaterfall(f"{waterfall} pays in an order that depends on the day; use replay instead")
    known = require(charges, CHARGES)
    require_one_sign(known)
    owed = in_order(valued(known, as_of=as_of), "account_id", "due_date", "charge_id")
    came = valued(require(receipts, RECEIPTS), as_of=as_of)
    came = in_order(came, "account_id", "value_date", "receipt_id")
    chosen = require(designations, DESIGNATIONS)
    _require_designations(chosen, charges, receipts)

    amount = total(owed)
    is_free = _is_free(came, chosen)
    designated = _designated(chosen.sort("receipt_id", "charge_id"), owed, came, amount)
    in_turn = _in_turn(owed, came, amount, designated, is_free)
    stretches = in_turn if chosen.is_empty() else _together(designated, in_turn)
    paid = _components(stretches, owed, waterfall)
    served = _summed(owed, amount, came, stretches, paid)
    _uphold_laws(served, is_free)
    return served


def unapplied(receipts: pl.DataFrame, allocations: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """Per receipt valued by `as_of`: account_id, receipt_id, value_date, amount_minor, applied_minor,
    unapplied_minor.

    Sorted by account, value date and id. Raises WrongFrame, and BrokenLaw where more was applied than
    came.
    """
    came = valued(require(receipts, RECEIPTS), as_of=as_of)
    came = in_order(came, "account_id", "value_date", "receipt_id")
    applied = valued(require(allocations, ALLOCATIONS), as_of=as_of)
    applied_minor, _ = by_id(came, applied, "receipt_id", total(applied))
    result = came.with_columns(
        pl.Series("applied_minor", applied_minor),
        pl.Series("unapplied_minor", ints(came, "amount_minor") - applied_minor),
    )
    uphold("no receipt is applied beyond its amount", is_kept=bool((result["unapplied_minor"] >= 0).all()))
    return result


def total(frame: pl.DataFrame) -> Ints:
    """The sum of the components of each charge or allocation."""
    return _added({name: ints(frame, name) for name in COMPONENT_COLUMNS})


def _is_free(came: pl.DataFrame, chosen: pl.DataFrame) -> Flags:
    """Which receipts name no charge."""
    if chosen.is_empty():
        return np.ones(came.height, dtype=np.bool_)
    return ~came["receipt_id"].is_in(chosen["receipt_id"].unique().implode()).to_numpy()


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


def _designated(chosen: pl.DataFrame, owed: pl.DataFrame, came: pl.DataFrame, amount: Ints) -> _Stretches:
    """Each designation's stretch of its charge, from the charge's start, in the order of the receipts."""
    if chosen.is_empty():
        return _Stretches(*(np.zeros(0, dtype=np.int64) for _ in range(4)))
    pairs = (
        chosen.join(came.select("receipt_id").with_row_index("receipt_row"), on="receipt_id")
        .join(
            owed.select("charge_id").with_columns(total_minor=pl.Series(amount)).with_row_index("charge_row"),
            on="charge_id",
        )
        .with_columns(pl.col("receipt_row", "charge_row").cast(pl.Int64))
        .sort("charge_row", "receipt_row")
        .with_columns(reach=pl.col("amount_minor").cum_sum().over("charge_row"))
    )
    whole, reach = ints(pairs, "total_minor"), ints(pairs, "reach")
    start = np.minimum(reach - ints(pairs, "amount_minor"), whole)
    end = np.minimum(reach, whole)
    paid = end > start
    return _Stretches(ints(pairs, "receipt_row")[paid], ints(pairs, "charge_row")[paid], start[paid], end[paid])


def _in_turn(
    owed: pl.DataFrame, came: pl.DataFrame, amount: Ints, designated: _Stretches, is_free: Flags
) -> _Stretches:
    """Oldest due first, after what was designated."""
    money, rest = ints(came, "amount_minor"), np.maximum(amount, 0)
    if is_free.all():
        met = overlaps(ints(came, "account_id"), money, ints(owed, "account_id"), rest)
        return _Stretches(met.money_row, met.owed_row, met.start, met.start + met.length)
    designated_minor = np.zeros(owed.height, dtype=np.int64)
    np.maximum.at(designated_minor, designated.charge_row, designated.end)
    money, rest = np.where(is_free, money, 0), rest - designated_minor
    met = overlaps(ints(came, "account_id"), money, ints(owed, "account_id"), rest)
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
    owed_begin, money_begin = starts(owed_account), starts(money_account)
    known, paying = owed_account[owed_begin], money_account[money_begin]
    for amount in (owed, money):
        require_range(amount)
    if not len(owed) or not len(money):
        return Overlaps(*(np.zeros(0, dtype=np.int64) for _ in range(4)))
    place = np.searchsorted(known, paying)
    is_owing = np.append(known, 0)[place] == paying
    is_owing &= place < len(known)
    came_of = np.zeros(len(known), dtype=np.int64)
    came_of[place[is_owing]] = sums(money, money_begin)[is_owing]
    moved = np.minimum(sums(owed, owed_begin), came_of)
    room = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(moved)])
    owed_end = _ends(owed, owed_begin, room[:-1], moved)
    money_end = _ends(money, money_begin, room[place], np.where(is_owing, np.append(moved, 0)[place], 0))
    return _merged(owed_end, money_end)


def _merged(owed_end: Ints, money_end: Ints) -> Overlaps:
    """The stretches between neighbouring ends: a side's row is the number of its ends that came before.

    The lowest bit of a cut says whose end it is, so that one merge of two sorted rows is all it takes; what
    no money reaches stays out of it.
    """
    owed_start = np.concatenate([np.zeros(1, dtype=np.int64), owed_end[:-1]])
    served = np.flatnonzero(owed_end > owed_start)
    cuts = np.concatenate([owed_end[served] * 2 + 1, money_end * 2])
    cuts.sort(kind="stable")
    is_owed = cuts & 1
    cuts >>= 1
    length = steps(cuts)
    row = np.flatnonzero(length)
    place = (np.cumsum(is_owed) - is_owed)[row]
    owed_row, length = served[place], length[row]
    return Overlaps(row - place, owed_row, length, cuts[row] - length - owed_start[owed_row])


def require_range(amount: Ints) -> None:
    """Raise UnableToAllocateReceipts where the amounts, which are 0 or more, add up beyond whole numbers."""
    if int(amount.max(initial=0)) * len(amount) > _AXIS_MAX and float(amount.sum(dtype=np.float64)) > _AXIS_MAX:
        raise UnableToAllocateReceipts(f"{len(amount)} amounts add up beyond {_AXIS_MAX}; give fewer accounts at once")


def _ends(amount: Ints, begin: Ints, room: Ints, moved: Ints) -> Ints:
    """Where each item ends on the common axis, on which every account has as much room as money moves in
    it, from `room` on.
    """
    reach = np.cumsum(amount)
    count = np.diff(begin, append=len(amount))
    before = reach[begin] - amount[begin]
    reach -= np.repeat(before - room, count)
    return np.minimum(reach, np.repeat(room + moved, count), out=reach)


def _together(one: _Stretches, other: _Stretches) -> _Stretches:
    return _Stretches(
        np.concatenate([one.receipt_row, other.receipt_row]),
        np.concatenate([one.charge_row, other.charge_row]),
        np.concatenate([one.start, other.start]),
        np.concatenate([one.end, other.end]),
    )


def _components(stretches: _Stretches, owed: pl.DataFrame, waterfall: Waterfall) -> dict[str, Ints]:
    """How much of each stretch lies on each component, which are laid end to end within their charge."""
    paid: dict[str, Ints] = {}
    component_start: Ints | None = None
    for component in flat(waterfall.due):
        component_end = ints(owed, minor(component))[stretches.charge_row]
        if component_start is not None:
            component_end += component_start
        overlap = np.minimum(stretches.end, component_end)
        overlap -= stretches.start if component_start is None else np.maximum(stretches.start, component_start)
        paid[minor(component)] = np.maximum(overlap, 0, out=overlap)
        component_start = component_end
    return paid


def _summed(
    owed: pl.DataFrame, amount: Ints, came: pl.DataFrame, stretches: _Stretches, paid: dict[str, Ints]
) -> Served:
    """The sums of the components per charge and per receipt, with the law of the components of a charge."""
    of_charge, of_receipt = Groups.of(stretches.charge_row), Groups.of(stretches.receipt_row)
    paid_of_charge = {name: of_charge.sums(part) for name, part in paid.items()}
    uphold(
        "no component of a charge is paid beyond its amount",
        is_kept=all(bool((part <= ints(owed, name)[of_charge.rows]).all()) for name, part in paid_of_charge.items()),
    )
    whole = _added(paid)
    uphold(
        "every part of an allocation is 0 or more, and the whole above 0",
        is_kept=all(int(part.min(initial=0)) >= 0 for part in paid.values()) and int(whole.min(initial=1)) > 0,
    )
    uphold("components add up to what moved", is_kept=np.array_equal(whole, stretches.end - stretches.start))
    return Served(
        charges=owed,
        amount_minor=amount,
        paid_minor=of_charge.spread(_added(paid_of_charge), owed.height),
        receipts=came,
        idle_minor=ints(came, "amount_minor") - of_receipt.spread(of_receipt.sums(whole), came.height),
        stretches=stretches,
        paid=paid,
    )


def _added(parts: dict[str, Ints]) -> Ints:
    first, *others = parts.values()
    whole = first.copy()
    for other in others:
        whole += other
    return whole


def _uphold_laws(served: Served, is_free: Flags) -> None:
    idle = served.idle_minor
    uphold("no receipt is applied beyond its amount", is_kept=int(idle.min(initial=0)) >= 0)
    resting = ints(served.receipts, "account_id")[(idle > 0) & is_free]
    resting, account = resting[starts(resting)], ints(served.charges, "account_id")
    owing = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(served.paid_minor < served.amount_minor)])
    first, end = (np.searchsorted(account, resting, side=side) for side in ("left", "right"))
    uphold(
        "no undesignated money lies idle in an account that still owes",
        is_kept=np.array_equal(owing[first], owing[end]),
    )


def rows(served: Served) -> pl.DataFrame:
    """ALLOCATIONS of what was served, sorted by account, receipt, charge."""
    charge, receipt = served.stretches.charge_row, served.stretches.receipt_row
    owed, came = served.charges, served.receipts
    columns: dict[str, Ints | pl.Series] = {
        "account_id": ints(came, "account_id")[receipt],
        "receipt_id": ints(came, "receipt_id")[receipt],
        "charge_id": ints(owed, "charge_id")[charge],
        "value_date": dates(np.maximum(days(came, "value_date")[receipt], days(owed, "value_date")[charge])),
        **served.paid,
    }
    made = pl.DataFrame({name: columns[name] for name in ALLOCATIONS.column_names})
    if not is_rising(made.select(_TURN)):
        made = made.sort(_TURN)
        uphold("a receipt pays a charge in one row", is_kept=is_rising(made.select(_TURN)))
    return made
