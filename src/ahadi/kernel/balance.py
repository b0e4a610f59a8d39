"""What every instalment was, what of it is paid, by whom it was credited, and what is open, by component."""

from typing import Final

import polars as pl

from ahadi.kernel.replay import PAID, PARTS
from ahadi.kernel.schema import COMPONENT_COLUMNS, COMPONENTS, Column, Spec, require, uphold

SOURCES: Final = Spec(
    "sources",
    (
        Column("receipt_id", pl.Int64),
        Column("value_date", pl.Date),
        Column("is_credit_note", pl.Boolean),
    ),
    key=("receipt_id",),
)
"""Of each receipt: when it counts, and whether it is a credit note and no money."""

OPEN_COLUMNS: Final = tuple(f"{component}_open_minor" for component in COMPONENTS)

BALANCES: Final = Spec(
    "balances",
    (
        Column("account_id", pl.Int64),
        Column("instalment_id", pl.Int64),
        Column("due_date", pl.Date),
        *(Column(name, pl.Int64) for name in COMPONENT_COLUMNS),
        *(Column(name, pl.Int64) for name in OPEN_COLUMNS),
        Column("amount_minor", pl.Int64),
        Column("open_minor", pl.Int64),
        Column("paid_minor", pl.Int64),
        Column("credited_minor", pl.Int64),
        Column("in_advance_minor", pl.Int64),
        Column("late_minor", pl.Int64),
    ),
    key=("instalment_id",),
)
"""`paid_minor` came as money, `credited_minor` by credit notes; `in_advance_minor` and `late_minor` are
what was received before and after the due date. A credit is an instalment below 0.
"""


def balances(parts: pl.DataFrame, paid: pl.DataFrame, sources: pl.DataFrame) -> pl.DataFrame:
    """One row per instalment of PARTS after the replay that gave PAID: BALANCES, by account, due date, id.

    Minor units. Raises WrongFrame, and BrokenLaw where what was paid and what is open is not what was
    charged.
    """
    charged = (
        require(parts, PARTS)
        .group_by("account_id", "instalment_id", "due_date")
        .agg(pl.col(COMPONENT_COLUMNS).sum(), amount_minor=pl.sum_horizontal(COMPONENT_COLUMNS).sum())
    )
    served = (
        require(paid, PAID)
        .drop("value_date")
        .join(require(sources, SOURCES), on="receipt_id")
        .join(charged.select("instalment_id", "due_date"), on="instalment_id")
        .with_columns(served_minor=pl.sum_horizontal(COMPONENT_COLUMNS))
    )
    amount = pl.col("served_minor")
    by_instalment = served.group_by("instalment_id").agg(
        *(pl.col(name).sum().alias(f"{name} paid") for name in COMPONENT_COLUMNS),
        served_minor=amount.sum(),
        credited_minor=amount.filter(pl.col("is_credit_note")).sum(),
        in_advance_minor=amount.filter(pl.col("value_date") < pl.col("due_date")).sum(),
        late_minor=amount.filter(pl.col("value_date") > pl.col("due_date")).sum(),
    )
    opened = [
        (pl.col(name) - pl.col(f"{name} paid")).alias(opened)
        for name, opened in zip(COMPONENT_COLUMNS, OPEN_COLUMNS, strict=True)
    ]
    result = (
        charged.join(by_instalment, on="instalment_id", how="left")
        .with_columns(pl.col(pl.Int64).fill_null(0))
        .with_columns(*opened, paid_minor=pl.col("served_minor") - pl.col("credited_minor"))
        .with_columns(open_minor=pl.sum_horizontal(OPEN_COLUMNS))
        .select(BALANCES.column_names)
        .sort("account_id", "due_date", "instalment_id")
    )
    uphold(
        "what was paid, credited and is open is what was charged",
        is_kept=bool(
            (result["paid_minor"] + result["credited_minor"] + result["open_minor"] == result["amount_minor"]).all()
        ),
    )
    return result
