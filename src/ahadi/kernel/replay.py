"""What every receipt paid when charges arise, fall due and are re-aged along the way: the general replay.

Problem: an order of payment that depends on the day (what is due, what is in advance, a choice of the
payer, an instalment that did not exist yet) cannot be laid end to end once. Choice: take the k-th event of
every account at once (a receipt, a charge that arises, a re-ageing), order what is open in those accounts
as that day orders it, and meet it with the money by the same cumulative sums as `allocate`. The number of
turns is that of the longest account, never that of the accounts. Where the order is the same on every day
the whole is one call of `allocate`. It keeps no memory: a reversed or back-dated receipt is simply absent
or earlier in the next replay.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ahadi.kernel.allocation import Ints, Waterfall, allocate
from ahadi.kernel.money import Rounding
from ahadi.kernel.replay_cells import Cells
from ahadi.kernel.schema import (
    CHARGES,
    COMPONENT_COLUMNS,
    COMPONENTS,
    DESIGNATIONS,
    Column,
    Spec,
    empty,
    minor,
    require,
    uphold,
)

PARTS: Final = Spec(
    "parts",
    (
        Column("account_id", pl.Int64),
        Column("instalment_id", pl.Int64),
        Column("part_id", pl.Int64),
        Column("due_date", pl.Date),
        Column("own_due_date", pl.Date),
        Column("from_date", pl.Date, is_nullable=True),
        Column("place", pl.Int64),
        *(Column(name, pl.Int64) for name in COMPONENT_COLUMNS),
    ),
    key=("part_id",),
)
"""What is owed: each charge is a part of an instalment. Principal and interest fall due with the
instalment (`due_date`), fee and penalty on `own_due_date`. A part takes part from `from_date` on, null:
from the start; `place` orders what happens on one day. A part below 0 is a credit.
"""

MOVES: Final = Spec(
    "moves",
    (
        Column("account_id", pl.Int64),
        Column("receipt_id", pl.Int64),
        Column("value_date", pl.Date),
        Column("place", pl.Int64),
        Column("amount_minor", pl.Int64),
    ),
    key=("receipt_id",),
)
"""Money that came, in the order of value date and place."""

CHOICES: Final = Spec(
    "choices",
    (
        Column("receipt_id", pl.Int64),
        Column("part_id", pl.Int64, is_nullable=True),
        Column("instalment_id", pl.Int64, is_nullable=True),
        Column("amount_minor", pl.Int64),
    ),
)
"""The payer's own choice: so much for that part, or for all parts of that instalment; an amount below 0
uses up a credit.
"""

RENEWALS: Final = Spec(
    "renewals",
    (
        Column("account_id", pl.Int64),
        Column("on_date", pl.Date),
        Column("place", pl.Int64),
        Column("instalment_id", pl.Int64),
        Column("part_id", pl.Int64),
        Column("due_date", pl.Date),
    ),
    key=("part_id",),
)
"""The empty instalments into which a re-ageing moves what is open on that day, in equal shares."""

PAID: Final = Spec(
    "paid",
    (
        Column("account_id", pl.Int64),
        Column("receipt_id", pl.Int64),
        Column("instalment_id", pl.Int64),
        Column("part_id", pl.Int64),
        Column("value_date", pl.Date),
        *(Column(name, pl.Int64) for name in COMPONENT_COLUMNS),
    ),
    key=("receipt_id", "part_id", "value_date"),
)
"""Which receipt paid how much of which part, from which day on; below 0 where a credit was used up."""

_ORDER: Final = ("account_id", "due_date", "instalment_id", "place", "part_id")
_ARISES, _COMES, _CHOSEN, _RENEWS = range(4)
_NO_CHOICE: Final = {name: pl.lit(None, dtype=pl.Int64) for name in ("part_id", "instalment_id", "amount_minor")} | {
    "choice": pl.lit(0, dtype=pl.Int64)
}


@dataclass(frozen=True)
class Replayed:
    """`parts`: PARTS after every re-ageing, by account, due date, instalment and place; `paid`: PAID, by
    account, receipt, part and day.
    """

    parts: pl.DataFrame
    paid: pl.DataFrame


def replay(
    parts: pl.DataFrame,
    moves: pl.DataFrame,
    choices: pl.DataFrame | None = None,
    renewals: pl.DataFrame | None = None,
    *,
    as_of: date,
    waterfall: Waterfall,
    rounding: Rounding = "half_even",
) -> Replayed:
    """Replay the receipts valued by `as_of`, by value date and place, over PARTS as they arise.

    First what is due on the day, by `waterfall.due` and `spread`, the oldest instalment first; then in
    advance, by `in_advance` and `advance_to`. Money that finds nothing waits for the next part that
    arises. A receipt with CHOICES serves those only, up to what is open, and its rest stays unapplied. A
    renewal moves all that is open into its instalments, each component in equal shares rounded by
    `rounding`, the rest in the last. Minor units throughout.

    Source: Apache Fineract, chronological reprocessing of transactions and charges
    (advanced-payment-allocation); South Africa, National Credit Act s126(3). Raises WrongFrame,
    UnableToAllocateReceipts, BrokenLaw.
    """
    owed = require(parts, PARTS).filter(pl.col("from_date").is_null() | (pl.col("from_date") <= as_of)).sort(_ORDER)
    came = require(moves, MOVES).filter(pl.col("value_date") <= as_of)
    came = came.sort("account_id", "value_date", "place", "receipt_id")
    chosen = empty(CHOICES) if choices is None else require(choices, CHOICES)
    if chosen.height:
        chosen = chosen.join(came.select("receipt_id"), on="receipt_id", how="semi")
    renewed = empty(RENEWALS) if renewals is None else require(renewals, RENEWALS)
    if renewed.height:
        renewed = renewed.filter(pl.col("on_date") <= as_of)
    if came.is_empty() and renewed.is_empty():
        replayed = Replayed(owed, empty(PAID))
    elif waterfall.is_static and chosen.is_empty() and renewed.is_empty() and _is_settled_at_once(owed):
        replayed = Replayed(owed, _in_one_sweep(owed, came, waterfall, as_of))
    else:
        replayed = _turn_by_turn(owed, came, chosen, renewed, waterfall, rounding)
    _uphold_laws(replayed, owed, came)
    return replayed


def _is_settled_at_once(owed: pl.DataFrame) -> bool:
    """Whether everything is there from the start and every instalment falls due as a whole."""
    return (
        owed["from_date"].null_count() == owed.height
        and owed["instalment_id"].n_unique() == owed.height
        and bool((owed["own_due_date"] == owed["due_date"]).all())
        and bool(owed.select((pl.min_horizontal(COMPONENT_COLUMNS) >= 0).all()).item())
    )


def _in_one_sweep(owed: pl.DataFrame, came: pl.DataFrame, waterfall: Waterfall, as_of: date) -> pl.DataFrame:
    charges = owed.select("account_id", "due_date", *COMPONENT_COLUMNS, charge_id="instalment_id", value_date=date.min)
    # The order of the rows of `came` is the order of payment; numbering them makes it that of the ids too.
    numbered = (
        came.with_row_index("turn").with_columns(pl.col("turn").cast(pl.Int64)).filter(pl.col("amount_minor") > 0)
    )
    made = allocate(
        charges.select(CHARGES.column_names),
        numbered.select("account_id", "value_date", "amount_minor", receipt_id="turn"),
        empty(DESIGNATIONS),
        as_of=as_of,
        waterfall=waterfall,
    )
    return (
        made.rename({"receipt_id": "turn", "charge_id": "instalment_id"})
        .join(numbered.select("turn", "receipt_id"), on="turn")
        .join(owed.select("instalment_id", "part_id"), on="instalment_id")
        .select(PAID.column_names)
        .sort("account_id", "receipt_id", "part_id", "value_date")
    )


def _turn_by_turn(
    owed: pl.DataFrame,
    came: pl.DataFrame,
    chosen: pl.DataFrame,
    renewed: pl.DataFrame,
    waterfall: Waterfall,
    rounding: Rounding,
) -> Replayed:
    blank = renewed.select(
        "account_id",
        "instalment_id",
        "part_id",
        "due_date",
        "place",
        own_due_date="due_date",
        from_date="on_date",
        **{name: pl.lit(0, dtype=pl.Int64) for name in COMPONENT_COLUMNS},
    )
    every = pl.concat([owed, blank.select(PARTS.column_names)]).sort(_ORDER)
    cells = Cells.of(every, came, waterfall, rounding)
    events = _events(every, owed, came, chosen, renewed)
    for turn in events.partition_by("turn", maintain_order=True):
        for kind in turn.partition_by("kind", maintain_order=True):
            _TURNS[kind["kind"][0]](cells, kind)
    return Replayed(_parts_after(every, cells), _paid(every, came, cells))


def _events(
    every: pl.DataFrame, owed: pl.DataFrame, came: pl.DataFrame, chosen: pl.DataFrame, renewed: pl.DataFrame
) -> pl.DataFrame:
    """What happens to each account, sorted by its turn: account_id, turn, kind, day, row and the choice."""
    rows = every.with_row_index("row").select("row", "part_id")
    arising = owed.filter(pl.col("from_date").is_not_null()).join(rows, on="part_id")
    receipts = came.with_row_index("row")
    free = receipts.join(chosen, on="receipt_id", how="anti")
    renewing = renewed.join(rows, on="part_id")
    frames = [
        arising.select("account_id", "row", "place", kind=_ARISES, day="from_date", **_NO_CHOICE),
        free.select("account_id", "row", "place", kind=_COMES, day="value_date", **_NO_CHOICE),
        _choosing(receipts, chosen, owed),
        renewing.select("account_id", "row", "place", kind=_RENEWS, day="on_date", **_NO_CHOICE),
    ]
    columns = ["account_id", "kind", "day", "place", "choice", "row", "part_id", "instalment_id", "amount_minor"]
    whole = ["kind", "row", "choice"]
    events = pl.concat([frame.with_columns(pl.col(whole).cast(pl.Int64)).select(columns) for frame in frames])
    events = events.sort("account_id", "day", "place", "kind", "choice", "row")
    # The instalments of one renewal are one event and share its turn.
    here = pl.struct("account_id", "day", "place", "kind")
    is_new = (pl.col("kind") != _RENEWS) | (here != here.shift(1)).fill_null(value=True)
    return events.with_columns(turn=is_new.cast(pl.Int64).cum_sum().over("account_id")).sort(
        "turn", "kind", "account_id", "row"
    )


def _choosing(receipts: pl.DataFrame, chosen: pl.DataFrame, owed: pl.DataFrame) -> pl.DataFrame:
    """The choices of receipts, credits first; a choice waits for a part that arises later."""
    arising = owed.select("part_id", "from_date", part_place="place")
    waits = pl.col("from_date") > pl.col("value_date")
    return (
        receipts.rename({"amount_minor": "received_minor"})
        .join(chosen.with_row_index("choice"), on="receipt_id")
        .join(arising, on="part_id", how="left")
        .select(
            "account_id",
            "row",
            "part_id",
            "instalment_id",
            "amount_minor",
            choice=pl.col("choice").cast(pl.Int64)
            - pl.when(pl.col("amount_minor") < 0).then(chosen.height).otherwise(0),
            kind=_CHOSEN,
            day=pl.when(waits).then("from_date").otherwise("value_date"),
            place=pl.when(waits).then("part_place").otherwise("place"),
        )
    )


def _arise(cells: Cells, events: pl.DataFrame) -> None:
    cells.begin(_ints(events, "row"))
    cells.pay_waiting(_ints(events, "account_id"), _days(events, "day"))


def _come(cells: Cells, events: pl.DataFrame) -> None:
    cells.pay(_ints(events, "row"), _days(events, "day"))


def _choose(cells: Cells, events: pl.DataFrame) -> None:
    cells.pay_chosen(
        _ints(events, "row"),
        _days(events, "day"),
        events["part_id"].fill_null(-1).to_numpy(),
        events["instalment_id"].fill_null(-1).to_numpy(),
        _ints(events, "amount_minor"),
    )


def _renew(cells: Cells, events: pl.DataFrame) -> None:
    cells.renew(_ints(events, "account_id"), _ints(events, "row"))


_TURNS = {_ARISES: _arise, _COMES: _come, _CHOSEN: _choose, _RENEWS: _renew}


def _parts_after(every: pl.DataFrame, cells: Cells) -> pl.DataFrame:
    amounts = cells.charged.reshape(-1, len(COMPONENTS))
    return every.with_columns(
        pl.Series(minor(component), amounts[:, place]) for place, component in enumerate(COMPONENTS)
    )


def _paid(every: pl.DataFrame, came: pl.DataFrame, cells: Cells) -> pl.DataFrame:
    receipt_row, cell, day, amount = cells.served()
    if not len(cell):
        return empty(PAID)
    part_row, component = np.divmod(cell, len(COMPONENTS))
    columns = {
        minor(name): np.where(component == place, amount, 0).astype(np.int64) for place, name in enumerate(COMPONENTS)
    }
    return (
        every.select("account_id", "instalment_id", "part_id")[part_row]
        .with_columns(came["receipt_id"].gather(receipt_row), pl.Series("value_date", day).cast(pl.Date))
        .with_columns(pl.Series(name, values) for name, values in columns.items())
        .group_by("account_id", "receipt_id", "instalment_id", "part_id", "value_date")
        .agg(pl.col(COMPONENT_COLUMNS).sum())
        .select(PAID.column_names)
        .sort("account_id", "receipt_id", "part_id", "value_date")
    )


def _uphold_laws(replayed: Replayed, owed: pl.DataFrame, came: pl.DataFrame) -> None:
    require(replayed.parts, PARTS)
    require(replayed.paid, PAID)
    uphold(
        "a re-ageing moves what is owed and changes nothing of its sum",
        is_kept=_total(replayed.parts) == _total(owed),
    )
    if replayed.paid.is_empty():
        return
    paid = replayed.paid.group_by("part_id").agg(pl.col(COMPONENT_COLUMNS).sum())
    both = paid.join(replayed.parts, on="part_id", suffix="_owed")
    is_within = pl.all_horizontal(
        pl.col(name).is_between(pl.min_horizontal(f"{name}_owed", 0), pl.max_horizontal(f"{name}_owed", 0))
        for name in COMPONENT_COLUMNS
    )
    uphold("no component is paid beyond its amount", is_kept=bool(both.select(is_within.all()).item()))
    applied = replayed.paid.group_by("receipt_id").agg(applied=pl.sum_horizontal(COMPONENT_COLUMNS).sum())
    used = came.join(applied, on="receipt_id")
    uphold("no receipt pays more than it brought", is_kept=bool((used["applied"] <= used["amount_minor"]).all()))


def _total(parts: pl.DataFrame) -> int:
    return sum(int(parts[name].sum()) for name in COMPONENT_COLUMNS)


def _ints(frame: pl.DataFrame, column: str) -> Ints:
    return frame[column].cast(pl.Int64).to_numpy()


def _days(frame: pl.DataFrame, column: str) -> NDArray[np.int64]:
    return frame[column].cast(pl.Int32).cast(pl.Int64).to_numpy()
