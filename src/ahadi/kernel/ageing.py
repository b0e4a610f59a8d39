"""How late money is: per charge, per account, and as a table of buckets that ties out with the
receivables.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

import numpy as np
import polars as pl

from ahadi.kernel.allocation import total, unapplied
from ahadi.kernel.money import require_currencies
from ahadi.kernel.ragged import (
    Flags,
    Ints,
    by_cell,
    by_id,
    dates,
    days,
    extremes,
    in_order,
    ints,
    nullable,
    of_account,
    starts,
    sums,
    union,
    valued,
)
from ahadi.kernel.schema import (
    ALLOCATIONS,
    CHARGES,
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


_TABLED_DAYS: Final = 50_000


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

    def places(self, days: Ints) -> Ints:
        """The place among `codes` of the bucket that holds each number of days late."""
        ends = np.array([bucket.to_days for bucket in self.ranges[:-1]], dtype=np.int64)
        longest = int(days.max(initial=0))
        if not 0 <= longest < _TABLED_DAYS or int(days.min(initial=0)) < 0:
            return np.searchsorted(ends, days, side="left")
        return np.searchsorted(ends, np.arange(longest + 1), side="left")[days]

    def days_after(self, places: Ints) -> Ints:
        """The first number of days beyond the bucket at each place; of the last, which has none, 0."""
        after = np.array([(bucket.to_days or -1) + 1 for bucket in self.ranges], dtype=np.int64)
        found: Ints = after[places]
        return found

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
    owed = require(charges, CHARGES)
    require_one_sign(owed)
    in_force = valued(require(allocations, ALLOCATIONS), as_of=as_of)
    owed = in_order(valued(owed, as_of=as_of), "account_id", "due_date", "charge_id")
    paid, is_owed = by_id(owed, in_force, "charge_id", total(in_force))
    uphold("every allocation pays a charge that is owed", is_kept=is_owed)
    return charge_rows(owed, total(owed), paid, holds, as_of=as_of, buckets=buckets)


def charge_rows(
    owed: pl.DataFrame, amount: Ints, paid: Ints, holds: pl.DataFrame, *, as_of: date, buckets: Buckets
) -> pl.DataFrame:
    """AGED of charges that exist, in their order of payment, of which so much is paid.

    `owed` has the columns of CHARGES, `amount` and `paid` a number for each of its rows, in minor units.
    Raises WrongFrame, and BrokenLaw where more is paid than a charge amounts to.
    """
    open_minor = amount - paid
    is_within = int(open_minor.min(initial=0)) >= 0 or bool((paid <= np.maximum(amount, 0)).all())
    uphold("no charge is paid beyond its amount", is_kept=is_within)
    late = np.where(open_minor > 0, _days_past(owed, as_of), 0)
    place = np.where(open_minor > 0, buckets.places(late), len(buckets.codes))
    columns: dict[str, Ints | Flags | pl.Series] = {
        **{name: owed[name] for name in ("account_id", "charge_id", "value_date", "due_date")},
        "amount_minor": amount,
        "paid_minor": paid,
        "open_minor": open_minor,
        "days_late": late,
        "bucket": pl.Series([*buckets.codes, None])[place],
        "is_disputed": _is_disputed(owed, require(holds, HOLDS), as_of),
    }
    return require(pl.DataFrame(columns), AGED)


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
    items = in_order(require(aged, AGED), "account_id")
    came = unapplied(receipts, allocations, as_of=as_of)
    rows, in_buckets = account_rows(items, came, ints(came, "unapplied_minor"), as_of=as_of, buckets=buckets, unit=unit)
    by_code = {code: np.ascontiguousarray(in_buckets[:, number]) for number, code in enumerate(buckets.codes)}
    return rows.hstack([pl.DataFrame(by_code).to_struct("bucket_minor")])


def account_rows(
    items: pl.DataFrame, came: pl.DataFrame, idle: Ints, *, as_of: date, buckets: Buckets, unit: Unit = "item"
) -> tuple[pl.DataFrame, Ints]:
    """What `age_accounts` gives, of aged charges and receipts that are sorted by account, and instead of
    `bucket_minor` a row for each account with a number for each bucket.

    `came` has an account_id and an amount_minor, and `idle` says for each of its rows how much of it
    paid nothing. Raises BrokenLaw.
    """
    begin, came_begin = starts(ints(items, "account_id")), starts(ints(came, "account_id"))
    charged, paying = ints(items, "account_id")[begin], ints(came, "account_id")[came_begin]
    account = union(charged, paying)
    figures = {name: of_account(account, charged, found) for name, found in _account_sums(items, begin).items()}
    idle_minor = of_account(account, paying, sums(idle, came_begin))
    figures["received_minor"] = of_account(account, paying, sums(ints(came, "amount_minor"), came_begin))
    figures["not_due_minor"] = figures["outstanding_minor"] - figures["overdue_minor"]
    figures["unapplied_minor"] = idle_minor + figures["credit_minor"]
    days_late, place = figures["days_late"], buckets.places(figures["days_late"])
    after = buckets.days_after(place)
    in_buckets = (
        _item_buckets(
            items, np.repeat(np.searchsorted(account, charged), _lengths(begin, items)), len(account), buckets
        )
        if unit == "item"
        else np.where(place[:, None] == np.arange(len(buckets.codes)), figures["outstanding_minor"][:, None], 0)
    )
    _uphold_tie_out(figures, in_buckets)
    columns: dict[str, Ints | pl.Series] = {
        "account_id": account,
        **figures,
        "oldest_due_date": dates((as_of - date(1970, 1, 1)).days - days_late, days_late == 0),
        "bucket": pl.Series(buckets.codes)[place],
        "days_to_next_bucket": nullable(after - days_late, (days_late == 0) | (after == 0)),
    }
    return pl.DataFrame({name: columns[name] for name in ACCOUNT_COLUMNS}), in_buckets


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


ACCOUNT_COLUMNS: Final = [
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
]


def _days_past(owed: pl.DataFrame, as_of: date) -> Ints:
    past: Ints = np.int64((as_of - date(1970, 1, 1)).days) - days(owed, "due_date")
    return np.maximum(past, 0, out=past)


def disputed(holds: pl.DataFrame, *, as_of: date) -> tuple[pl.Series, pl.Series]:
    """The charges and the accounts on which a dispute lies on a day, each once; `holds` are HOLDS."""
    if holds.is_empty():
        return holds["charge_id"], holds["account_id"]
    disputes = holds.filter(
        (pl.col("kind") == DISPUTE)
        & (pl.col("from_date") <= as_of)
        & (pl.col("until_date").is_null() | (pl.col("until_date") >= as_of))
    )
    whole = disputes.filter(pl.col("charge_id").is_null())["account_id"].unique()
    return disputes["charge_id"].drop_nulls().unique(), whole


def _is_disputed(owed: pl.DataFrame, holds: pl.DataFrame, as_of: date) -> Flags:
    charge_ids, account_ids = disputed(holds, as_of=as_of)
    found = np.zeros(owed.height, dtype=np.bool_)
    for name, ids in (("charge_id", charge_ids), ("account_id", account_ids)):
        if len(ids):
            found |= np.isin(ints(owed, name), ids.to_numpy())
    return found


def _account_sums(items: pl.DataFrame, begin: Ints) -> dict[str, Ints]:
    """Sums of the items of each account, whose items begin at these rows."""
    late, is_disputed = ints(items, "days_late"), items["is_disputed"].to_numpy()
    debt, overdue = _debt(items), ints(items, "open_minor") * (late > 0)
    nothing = np.zeros(len(begin), dtype=np.int64)
    outstanding, days_late = sums(debt, begin), extremes(np.maximum, late, begin)
    is_contested = bool(is_disputed.any())
    return {
        "outstanding_minor": outstanding,
        "overdue_minor": sums(overdue, begin),
        "credit_minor": outstanding - sums(ints(items, "open_minor"), begin),
        "charged_minor": sums(ints(items, "amount_minor"), begin),
        "open_count": sums(np.minimum(debt, 1), begin),
        "days_late": days_late,
        "days_late_undisputed": extremes(np.maximum, late * ~is_disputed, begin) if is_contested else days_late,
        "disputed_minor": sums(debt * is_disputed, begin) if is_contested else nothing,
        "disputed_overdue_minor": sums(overdue * is_disputed, begin) if is_contested else nothing,
    }


def _debt(items: pl.DataFrame) -> Ints:
    """What is open of each charge, 0 for a credit."""
    open_minor = ints(items, "open_minor")
    return open_minor if int(open_minor.min(initial=0)) >= 0 else np.maximum(open_minor, 0)


def _lengths(begin: Ints, items: pl.DataFrame) -> Ints:
    return np.diff(begin, append=items.height)


def _item_buckets(items: pl.DataFrame, row: Ints, count: int, buckets: Buckets) -> Ints:
    """The open money of each account in each bucket, a row per account; `row` says whose an item is."""
    width = len(buckets.codes)
    cell = row * width
    cell += buckets.places(ints(items, "days_late"))
    return by_cell(cell, _debt(items), count * width).reshape(-1, width)


def _uphold_tie_out(figures: dict[str, Ints], in_buckets: Ints) -> None:
    whole = in_buckets @ np.ones(in_buckets.shape[1], dtype=np.int64)
    uphold(
        "the buckets of an account add up to what is outstanding",
        is_kept=np.array_equal(whole, figures["outstanding_minor"]),
    )
    uphold(
        "buckets less unapplied money are charges less receipts",
        is_kept=np.array_equal(
            whole - figures["unapplied_minor"], figures["charged_minor"] - figures["received_minor"]
        ),
    )


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
