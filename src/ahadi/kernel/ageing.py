"""How late money is: per charge, per account, and as a table of buckets that ties out with the
receivables.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

import polars as pl

from ahadi.kernel.allocation import unapplied
from ahadi.kernel.money import require_currencies
from ahadi.kernel.schema import (
    ALLOCATIONS,
    CHARGES,
    COMPONENT_COLUMNS,
    DISPUTE,
    HOLDS,
    Column,
    Spec,
    WrongFrame,
    require,
    require_one_sign,
    uphold,
)

Unit = Literal["item", "account"]
"""item: each charge in its own bucket; account: the whole balance in the bucket of its oldest open charge."""

AGED: Final = Spec(
    "aged charges",
    (
        Column("account_id", pl.Int64),
        Column("charge_id", pl.Int64),
        Column("value_date", pl.Date),
        Column("due_date", pl.Date),
        Column("amount_minor", pl.Int64),
        Column("paid_minor", pl.Int64),
        Column("open_minor", pl.Int64),
        Column("days_late", pl.Int64),
        Column("bucket", pl.String, is_nullable=True),
        Column("is_disputed", pl.Boolean),
    ),
    key=("charge_id",),
)
"""What `age_charges` gives: a charge with nothing open, or a credit, is 0 days late and in no bucket; a
credit's `open_minor` is negative.
"""


class UnableToUseBuckets(ValueError):
    """The bucket set was refused: its ranges must begin at 0 days, follow one another without gap or
    overlap and end open, with different codes; or no set has that name.
    """


@dataclass(frozen=True)
class Bucket:
    """A closed range of days late; `to_days` is None in the last one."""

    code: str
    from_days: int
    to_days: int | None


@dataclass(frozen=True)
class Buckets:
    """A named set of buckets: every number of days late from 0 on lies in exactly one."""

    name: str
    ranges: tuple[Bucket, ...]

    def __post_init__(self) -> None:
        expected: int | None = 0
        for bucket in self.ranges:
            is_backward = bucket.to_days is not None and bucket.to_days < bucket.from_days
            if bucket.from_days != expected or is_backward:
                raise UnableToUseBuckets(f"buckets {self.name!r}: {bucket.code!r} must begin at day {expected}")
            expected = None if bucket.to_days is None else bucket.to_days + 1
        if not self.ranges or expected is not None:
            raise UnableToUseBuckets(f"buckets {self.name!r}: the last range must have no end")
        if len(set(self.codes)) < len(self.ranges):
            raise UnableToUseBuckets(f"buckets {self.name!r}: the codes {list(self.codes)} must differ")

    @classmethod
    def named(cls, name: str) -> "Buckets":
        """The set of that name: standard, receivables-121, quarterly. Raises UnableToUseBuckets."""
        if name not in _NAMED:
            raise UnableToUseBuckets(f"no bucket set is called {name!r}; choose one of {sorted(_NAMED)}")
        return _NAMED[name]

    @classmethod
    def from_edges(cls, name: str, first: str, edges: Sequence[int]) -> "Buckets":
        """`first` for what is not late, then a range up to each edge, coded `1-30`, and the open rest,
        coded `361+`.
        """
        starts = [1, *(edge + 1 for edge in edges)]
        late = [Bucket(f"{start}-{edge}", start, edge) for start, edge in zip(starts, edges, strict=False)]
        return cls(name, (Bucket(first, 0, 0), *late, Bucket(f"{starts[-1]}+", starts[-1], None)))

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes, from not late to latest."""
        return tuple(bucket.code for bucket in self.ranges)

    def code(self, days: pl.Expr) -> pl.Expr:
        """The code of the bucket that holds the days late; null where the days are null."""
        chosen = pl.lit(self.ranges[-1].code)
        for bucket in reversed(self.ranges[:-1]):
            chosen = pl.when(days <= bucket.to_days).then(pl.lit(bucket.code)).otherwise(chosen)
        return pl.when(days.is_not_null()).then(chosen)

    def days_to_next(self, days: pl.Expr) -> pl.Expr:
        """Days until a late debt enters the next bucket; null when it is not late or in the last one."""
        chosen = pl.lit(None, dtype=pl.Int64)
        for bucket in reversed(self.ranges[:-1]):
            chosen = pl.when(days <= bucket.to_days).then(pl.lit(bucket.to_days) + 1 - days).otherwise(chosen)
        return pl.when(days > 0).then(chosen)


_NAMED: Final = {
    buckets.name: buckets
    for buckets in (
        Buckets.from_edges("standard", "CURRENT", (30, 60, 90, 120, 180, 360)),
        Buckets.from_edges("receivables-121", "not_due", (30, 60, 90, 120)),
        Buckets.from_edges("quarterly", "CURRENT", (90, 180, 270, 360)),
    )
}


def age_charges(
    charges: pl.DataFrame,
    allocations: pl.DataFrame,
    holds: pl.DataFrame,
    *,
    as_of: date,
    buckets: Buckets,
) -> pl.DataFrame:
    """Every charge owed by `as_of`, what of it is paid and open, how late it is: AGED, sorted by
    account, due date, id.

    Days late count from the day after the due date, for charges with something open; a part paid does
    not move them. A charge is disputed while a dispute hold lies on it or on its account. Source: Apache
    Fineract LoanDelinquencyDomainServiceImpl (the oldest instalment not fully paid decides). Raises
    WrongFrame, and BrokenLaw where allocations pay more than a charge or a charge that is not there.
    """
    require_one_sign(require(charges, CHARGES))
    in_force = require(allocations, ALLOCATIONS).filter(pl.col("value_date") <= as_of)
    paid = in_force.group_by("charge_id").agg(paid_minor=pl.sum_horizontal(COMPONENT_COLUMNS).sum())
    disputed_charges, disputed_accounts = _disputed(require(holds, HOLDS), as_of)
    aged = (
        charges.filter(pl.col("value_date") <= as_of)
        .join(paid, on="charge_id", how="left")
        .with_columns(pl.col("paid_minor").fill_null(0), amount_minor=pl.sum_horizontal(COMPONENT_COLUMNS))
        .with_columns(open_minor=pl.col("amount_minor") - pl.col("paid_minor"))
        .with_columns(days_late=pl.when(pl.col("open_minor") > 0).then(_days_past(as_of)).otherwise(0))
        .with_columns(
            bucket=pl.when(pl.col("open_minor") > 0).then(buckets.code(pl.col("days_late"))),
            is_disputed=pl.col("charge_id").is_in(disputed_charges.implode())
            | pl.col("account_id").is_in(disputed_accounts.implode()),
        )
        .select(AGED.column_names)
        .sort("account_id", "due_date", "charge_id")
    )
    require(aged, AGED)
    uphold(
        "every allocation pays a charge that is owed",
        is_kept=int(aged["paid_minor"].sum()) == int(paid["paid_minor"].sum()),
    )
    beyond = aged.filter(pl.col("paid_minor") > pl.max_horizontal(pl.col("amount_minor"), 0))
    uphold("no charge is paid beyond its amount", is_kept=beyond.is_empty())
    return aged


def age_accounts(
    aged: pl.DataFrame,
    receipts: pl.DataFrame,
    allocations: pl.DataFrame,
    *,
    as_of: date,
    buckets: Buckets,
    unit: Unit = "item",
) -> pl.DataFrame:
    """One row per account that has a charge or a receipt, sorted by account.

    Columns: account_id, outstanding_minor (open charges, due or not), overdue_minor, not_due_minor,
    disputed_minor, disputed_overdue_minor, unapplied_minor (unapplied receipts and credits, above 0),
    oldest_due_date (null if nothing is late), days_late, days_late_undisputed, bucket (of days_late),
    days_to_next_bucket (null if not late or in the last), open_count, bucket_minor (a struct: code ->
    open amount, spread by `unit`).

    `aged` comes from `age_charges` of the same day. Unapplied money is never netted into a bucket.
    Definition: docs/algorithms/ageing.md. Raises WrongFrame and BrokenLaw (buckets and unapplied money
    must tie out with charges less receipts).
    """
    items = require(aged, AGED)
    came = unapplied(receipts, allocations, as_of=as_of)
    came_by_account = came.group_by("account_id").agg(
        idle_minor=pl.col("unapplied_minor").sum(), received_minor=pl.col("amount_minor").sum()
    )
    accounts = items.group_by("account_id").agg(*_account_sums(), *_bucket_sums(buckets))
    accounts = accounts.join(came_by_account, on="account_id", how="full", coalesce=True)
    whole_numbers = [name for name, dtype in accounts.schema.items() if dtype.is_integer()]
    accounts = (
        accounts.with_columns(pl.col(whole_numbers).fill_null(0))
        .with_columns(
            unapplied_minor=pl.col("idle_minor") + pl.col("credit_minor"),
            not_due_minor=pl.col("outstanding_minor") - pl.col("overdue_minor"),
            bucket=buckets.code(pl.col("days_late")),
            days_to_next_bucket=buckets.days_to_next(pl.col("days_late")),
        )
        .with_columns(bucket_minor=_bucket_struct(buckets, unit))
        .sort("account_id")
    )
    _uphold_tie_out(accounts, buckets)
    return accounts.select(_ACCOUNT_COLUMNS)


def ageing_table(items: pl.DataFrame, *, by: Sequence[str] = (), buckets: Buckets, unit: Unit = "item") -> pl.DataFrame:
    """Open money by bucket: [*by, currency, bucket, charge_count, account_count, open_minor], every
    bucket present.

    `items` are charges as `age_charges` gives them, with a currency and the columns of `by` joined on;
    rows are sorted by `by`, currency, and the order of the buckets. Amounts of different currencies are
    never added. Raises WrongFrame, UnknownCurrency.
    """
    groups = list(dict.fromkeys([*by, "currency"]))
    _require_columns(items, groups)
    require_currencies(items["currency"])
    worst = pl.col("days_late").max().over("account_id", "currency")
    days = pl.col("days_late") if unit == "item" else worst
    counted = (
        items.filter(pl.col("open_minor") > 0)
        .with_columns(bucket=buckets.code(days))
        .group_by([*groups, "bucket"])
        .agg(
            charge_count=pl.len().cast(pl.Int64),
            account_count=pl.col("account_id").n_unique().cast(pl.Int64),
            open_minor=pl.col("open_minor").sum(),
        )
    )
    order = pl.DataFrame({"bucket": buckets.codes, "place": range(len(buckets.codes))})
    table = (
        items.select(groups)
        .unique()
        .join(order, how="cross")
        .join(counted, on=[*groups, "bucket"], how="left", nulls_equal=True)
        .with_columns(pl.col("charge_count", "account_count", "open_minor").fill_null(0))
        .sort(*groups, "place")
        .select(*groups, "bucket", "charge_count", "account_count", "open_minor")
    )
    open_minor = items.filter(pl.col("open_minor") > 0)["open_minor"].sum()
    uphold("the buckets add up to what is open", is_kept=int(table["open_minor"].sum()) == int(open_minor))
    return table


_ACCOUNT_COLUMNS: Final = [
    "account_id",
    "outstanding_minor",
    "overdue_minor",
    "not_due_minor",
    "disputed_minor",
    "disputed_overdue_minor",
    "unapplied_minor",
    "oldest_due_date",
    "days_late",
    "days_late_undisputed",
    "bucket",
    "days_to_next_bucket",
    "open_count",
    "bucket_minor",
]


def _days_past(as_of: date) -> pl.Expr:
    return pl.max_horizontal((pl.lit(as_of) - pl.col("due_date")).dt.total_days(), pl.lit(0, dtype=pl.Int64))


def _disputed(holds: pl.DataFrame, as_of: date) -> tuple[pl.Series, pl.Series]:
    """The charges and the accounts on which a dispute lies."""
    disputes = holds.filter(
        (pl.col("kind") == DISPUTE)
        & (pl.col("from_date") <= as_of)
        & (pl.col("until_date").is_null() | (pl.col("until_date") >= as_of))
    )
    whole = disputes.filter(pl.col("charge_id").is_null())["account_id"].unique()
    return disputes["charge_id"].drop_nulls().unique(), whole


def _account_sums() -> list[pl.Expr]:
    open_minor, days = pl.col("open_minor"), pl.col("days_late")
    is_open, is_late, is_disputed = open_minor > 0, days > 0, pl.col("is_disputed")
    return [
        open_minor.filter(is_open).sum().alias("outstanding_minor"),
        open_minor.filter(is_late).sum().alias("overdue_minor"),
        open_minor.filter(is_open & is_disputed).sum().alias("disputed_minor"),
        open_minor.filter(is_late & is_disputed).sum().alias("disputed_overdue_minor"),
        -open_minor.filter(open_minor < 0).sum().alias("credit_minor"),
        pl.col("amount_minor").sum().alias("charged_minor"),
        pl.col("due_date").filter(is_late).min().alias("oldest_due_date"),
        days.max().alias("days_late"),
        days.filter(~is_disputed).max().alias("days_late_undisputed"),
        is_open.sum().cast(pl.Int64).alias("open_count"),
    ]


def _bucket_sums(buckets: Buckets) -> list[pl.Expr]:
    return [
        pl.col("open_minor").filter(pl.col("bucket") == code).sum().alias(_bucket_column(code))
        for code in buckets.codes
    ]


def _bucket_struct(buckets: Buckets, unit: Unit) -> pl.Expr:
    if unit == "item":
        return pl.struct(pl.col(_bucket_column(code)).alias(code) for code in buckets.codes)
    whole = [
        pl.when(pl.col("bucket") == code).then(pl.col("outstanding_minor")).otherwise(0).alias(code)
        for code in buckets.codes
    ]
    return pl.struct(whole)


def _bucket_column(code: str) -> str:
    return f"open in {code}"


def _uphold_tie_out(accounts: pl.DataFrame, buckets: Buckets) -> None:
    in_buckets = pl.sum_horizontal(pl.col("bucket_minor").struct.field(code) for code in buckets.codes)
    owed = pl.col("charged_minor") - pl.col("received_minor")
    ties = accounts.select(
        buckets=in_buckets == pl.col("outstanding_minor"),
        receivables=in_buckets - pl.col("unapplied_minor") == owed,
    )
    uphold("the buckets of an account add up to what is outstanding", is_kept=bool(ties["buckets"].all()))
    uphold("buckets less unapplied money are charges less receipts", is_kept=bool(ties["receivables"].all()))


def _require_columns(items: pl.DataFrame, groups: Sequence[str]) -> None:
    spec = Spec(
        "items",
        (
            Column("account_id", pl.Int64),
            Column("open_minor", pl.Int64),
            Column("days_late", pl.Int64),
            Column("currency", pl.String),
        ),
    )
    require(items, spec)
    for name in groups:
        if name not in items.columns:
            raise WrongFrame(f"items: column '{name}' is missing")
