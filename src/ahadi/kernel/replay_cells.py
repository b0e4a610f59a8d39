"""The open cells of a replay, one per part and component, and the money that meets them turn by turn."""

from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ahadi.kernel.allocation import Ints, Waterfall, flat, overlaps
from ahadi.kernel.money import Rounding, divide_array
from ahadi.kernel.schema import COMPONENT_COLUMNS, COMPONENTS

Bools = NDArray[np.bool_]
_PARTLY_LATE = [COMPONENTS.index("fee"), COMPONENTS.index("penalty")]


@dataclass(frozen=True)
class Ranks:
    """Per component, in the order of COMPONENTS: its place among what is due and in advance."""

    due_entry: Ints
    due: Ints
    in_advance: Ints

    @classmethod
    def of(cls, waterfall: Waterfall) -> "Ranks":
        """The places that a waterfall gives."""
        advance = flat(waterfall.due if waterfall.in_advance is None else waterfall.in_advance)
        entry = {name: place for place, entry in enumerate(waterfall.due) for name in entry.split("+")}
        due = flat(waterfall.due)
        return cls(
            np.array([entry[name] for name in COMPONENTS]),
            np.array([due.index(name) for name in COMPONENTS]),
            np.array([advance.index(name) for name in COMPONENTS]),
        )


@dataclass
class Cells:
    """What is open of every component of every part, and what is left of every receipt.

    Cells are numbered part by part in the order of the frame of parts, which is sorted by account; so is
    the frame of receipts.
    """

    account: Ints
    part_id: Ints
    instalment: Ints
    instalment_due: Ints
    due: Ints
    component: Ints
    charged: Ints
    open: Ints
    is_active: Bools
    receipt_account: Ints
    left: Ints
    is_waiting: Bools
    waterfall: Waterfall
    ranks: Ranks
    rounding: Rounding
    _served: list[tuple[Ints, Ints, Ints, Ints]] = field(default_factory=list)

    @classmethod
    def of(cls, parts: pl.DataFrame, came: pl.DataFrame, waterfall: Waterfall, rounding: Rounding) -> "Cells":
        """The cells before the first event; those with a `from_date` begin later."""
        width = len(COMPONENTS)
        due = np.repeat(_days(parts, "due_date"), width).reshape(-1, width)
        due[:, _PARTLY_LATE] = _days(parts, "own_due_date")[:, None]
        amounts = parts.select(COMPONENT_COLUMNS).to_numpy().astype(np.int64).reshape(-1)
        return cls(
            account=np.repeat(parts["account_id"].to_numpy(), width),
            part_id=np.repeat(parts["part_id"].to_numpy(), width),
            instalment=np.repeat(parts["instalment_id"].to_numpy(), width),
            instalment_due=np.repeat(_days(parts, "due_date"), width),
            due=due.reshape(-1),
            component=np.tile(np.arange(width), parts.height),
            charged=amounts,
            open=amounts.copy(),
            is_active=np.repeat(parts["from_date"].is_null().to_numpy(), width),
            receipt_account=came["account_id"].to_numpy(),
            left=came["amount_minor"].to_numpy().copy(),
            is_waiting=np.zeros(came.height, dtype=bool),
            waterfall=waterfall,
            ranks=Ranks.of(waterfall),
            rounding=rounding,
        )

    def begin(self, part_rows: Ints) -> None:
        """Let parts take part from now on."""
        width = len(COMPONENTS)
        self.is_active[(part_rows[:, None] * width + np.arange(width)).reshape(-1)] = True

    def pay(self, receipt_rows: Ints, days: Ints) -> None:
        """Pay with one receipt per account, and let its rest wait."""
        self.is_waiting[receipt_rows] = True
        self._meet(receipt_rows, self.left[receipt_rows], self.receipt_account[receipt_rows], days)

    def pay_waiting(self, accounts: Ints, days: Ints) -> None:
        """Pay with what waits in these accounts, the oldest receipt first."""
        rows = np.flatnonzero(self.is_waiting & (self.left > 0))
        rows = rows[_place(accounts, self.receipt_account[rows]) >= 0]
        if len(rows):
            self._meet(rows, self.left[rows], accounts, days)

    def pay_chosen(self, receipt_rows: Ints, days: Ints, part_id: Ints, instalment: Ints, amounts: Ints) -> None:
        """Serve one choice per account: the named part (-1: none), or all parts of the named instalment."""
        accounts = self.receipt_account[receipt_rows]
        place = _place(accounts, self.account)
        named = (self.part_id == part_id[place]) | (self.instalment == instalment[place])
        named &= (place >= 0) & self.is_active
        self._use_credit(receipt_rows, days, np.maximum(-amounts, 0), np.flatnonzero(named & (self.open < 0)))
        money = np.minimum(np.maximum(amounts, 0), self.left[receipt_rows])
        self._meet(receipt_rows, money, accounts, days, named)

    def renew(self, accounts: Ints, part_rows: Ints) -> None:
        """Move all that is open in the accounts into the new parts, in equal shares of each component."""
        distinct, first, count = np.unique(accounts, return_index=True, return_counts=True)
        place = _place(distinct, self.account)
        moved = np.flatnonzero((place >= 0) & self.is_active & (self.open > 0))
        sums = np.zeros((len(distinct), len(COMPONENTS)), dtype=np.int64)
        np.add.at(sums, (place[moved], self.component[moved]), self.open[moved])
        self.charged[moved] -= self.open[moved]
        self.open[moved] = 0
        at = _place(distinct, accounts)
        number = (np.arange(len(accounts)) - first[at])[:, None]
        whole, parts = sums[at], count[at][:, None]
        share = divide_array(whole, parts, self.rounding)
        end = np.where(number == parts - 1, whole, np.minimum((number + 1) * share, whole))
        amount = (end - np.minimum(number * share, whole)).astype(np.int64)
        cells = part_rows[:, None] * len(COMPONENTS) + np.arange(len(COMPONENTS))
        self.charged[cells] = amount
        self.open[cells] = amount
        self.is_active[cells] = True

    def served(self) -> tuple[Ints, Ints, Ints, Ints]:
        """Receipt row, cell, day and amount of everything paid so far."""
        if not self._served:
            nothing = np.zeros(0, dtype=np.int64)
            return nothing, nothing, nothing, nothing
        receipt, cell, day, amount = (np.concatenate(column) for column in zip(*self._served, strict=True))
        return receipt, cell, day, amount

    def _meet(self, receipt_rows: Ints, money: Ints, accounts: Ints, days: Ints, is_named: Bools | None = None) -> None:
        """Meet the money with what is open in the accounts, as the day of each account orders it."""
        is_open = self.is_active & (self.open > 0)
        cells = np.flatnonzero(is_open if is_named is None else is_open & is_named)
        place = _place(accounts, self.account[cells])
        cells, day = cells[place >= 0], days[place[place >= 0]]
        is_due = self.due[cells] <= day
        if self.waterfall.advance_to != "reamortise":
            self._serve(receipt_rows, money, self._ordered(cells, is_due), accounts, days)
            return
        money = self._serve(receipt_rows, money, self._ordered(cells[is_due], is_due[is_due]), accounts, days)
        advance = cells[~is_due]
        later = self._ordered(advance, np.zeros(len(advance), dtype=bool))
        principal = later[self.component[later] == COMPONENTS.index("principal")]
        shares = self._equal_shares(receipt_rows, money, principal)
        money = self._serve(receipt_rows, money, principal, accounts, days, shares)
        self._serve(receipt_rows, money, later[self.open[later] > 0], accounts, days)

    def _ordered(self, cells: Ints, is_due: Bools) -> Ints:
        """The cells in the order in which they are paid, account by account."""
        component = self.component[cells]
        sign = np.where(is_due | (self.waterfall.advance_to != "last"), 1, -1)
        by_entry = self.waterfall.spread == "component_first"
        entry = np.where(is_due, self.ranks.due_entry[component], 0) if by_entry else np.zeros(len(cells), np.int64)
        rank = np.where(is_due, self.ranks.due[component], self.ranks.in_advance[component])
        order = np.lexsort(
            (
                cells,
                rank,
                sign * self.instalment[cells],
                sign * self.instalment_due[cells],
                entry,
                ~is_due,
                self.account[cells],
            )
        )
        ordered: Ints = cells[order]
        return ordered

    def _serve(
        self,
        receipt_rows: Ints,
        money: Ints,
        cells: Ints,
        accounts: Ints,
        days: Ints,
        limits: Ints | None = None,
    ) -> Ints:
        """Pay the cells in their order with the money in its order; gives what is left of each money."""
        owed = self.open[cells] if limits is None else limits
        met = overlaps(self.receipt_account[receipt_rows], money, self.account[cells], owed)
        cell, receipt = cells[met.owed_row], receipt_rows[met.money_row]
        np.subtract.at(self.open, cell, met.length)
        np.subtract.at(self.left, receipt, met.length)
        day = days[_place(accounts, self.account[cell])]
        self._served.append((receipt, cell, day, met.length))
        rest = money.copy()
        np.subtract.at(rest, met.money_row, met.length)
        return rest

    def _use_credit(self, receipt_rows: Ints, days: Ints, wanted: Ints, cells: Ints) -> None:
        accounts = self.receipt_account[receipt_rows]
        met = overlaps(accounts, wanted, self.account[cells], -self.open[cells])
        cell, receipt = cells[met.owed_row], receipt_rows[met.money_row]
        np.add.at(self.open, cell, met.length)
        np.add.at(self.left, receipt, met.length)
        self._served.append((receipt, cell, days[_place(accounts, self.account[cell])], -met.length))

    def _equal_shares(self, receipt_rows: Ints, money: Ints, cells: Ints) -> Ints:
        """How much of each cell the money of its account pays in equal shares, rounded, the rest in the last.

        A cell that takes less than its share leaves the difference to the others.
        """
        paid = np.zeros(len(cells), dtype=np.int64)
        accounts, place = np.unique(self.account[cells], return_inverse=True)
        left = np.zeros(len(accounts), dtype=np.int64)
        at = _place(accounts, self.receipt_account[receipt_rows])
        np.add.at(left, at[at >= 0], money[at >= 0])
        while True:
            room = self.open[cells] - paid
            sharing = np.flatnonzero((room > 0) & (left[place] > 0))
            if not len(sharing):
                return paid
            where = place[sharing]
            count = np.bincount(where, minlength=len(accounts))
            number = np.arange(len(sharing)) - np.searchsorted(where, where, side="left")
            share = divide_array(left, np.maximum(count, 1), self.rounding).astype(np.int64)[where]
            end = np.where(number == count[where] - 1, left[where], np.minimum((number + 1) * share, left[where]))
            taken = np.minimum(end - np.minimum(number * share, left[where]), room[sharing])
            paid[sharing] += taken
            np.subtract.at(left, where, taken)


def _place(accounts: Ints, sought: Ints) -> Ints:
    """Where each sought account stands among the sorted accounts; -1 where it does not."""
    if not len(accounts):
        return np.full(len(sought), -1, dtype=np.int64)
    at = np.minimum(np.searchsorted(accounts, sought), len(accounts) - 1)
    return np.where(accounts[at] == sought, at, -1)


def _days(frame: pl.DataFrame, column: str) -> Ints:
    return frame[column].cast(pl.Int32).cast(pl.Int64).to_numpy()
