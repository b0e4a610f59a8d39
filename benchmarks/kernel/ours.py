"""The night's figures from the kernel, by its public functions."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from ahadi.kernel.ageing import Buckets
from ahadi.kernel.position import position
from ahadi.kernel.priority import score, total
from ahadi.kernel.promise import BROKEN, STATUSES, judge
from ahadi.kernel.schema import DESIGNATIONS, HOLDS, empty
from ahadi.kernel.worklist import build
from kernel.book import AS_OF, EDGES, GRACE_DAYS, NEVER, THRESHOLD_BPS, Book, Columns

BUCKETS = Buckets.from_edges("standard", "CURRENT", EDGES)
REASONS = (
    "ARREARS",
    "BROKEN_PROMISE",
    "DAYS_LATE",
    "DISPUTED",
    "NEAR_NEXT_BUCKET",
    "NEWLY_PLACED",
    "NO_CONTACT",
    "RECENT_RECEIPT",
)
RULES = ("NOT_LATE", "NEXT_ACTION_LATER")
_DATES = ("value_date", "due_date", "made_on", "due_on", "next_action_on")


@dataclass(frozen=True)
class Frames:
    """The book as frames."""

    accounts: pl.DataFrame
    charges: pl.DataFrame
    receipts: pl.DataFrame
    promises: pl.DataFrame


def prepared(book: Book) -> Frames:
    """The book as this engine takes it: dates are dates, and what there is none of is null."""
    return Frames(*(_frame(columns) for columns in (book.accounts, book.charges, book.receipts, book.promises)))


def _frame(columns: Columns) -> pl.DataFrame:
    frame = pl.DataFrame(columns)
    nullable = [name for name in ("days_since_contact", "next_action_on") if name in columns]
    return frame.with_columns(
        pl.when(pl.col(name) != NEVER).then(pl.col(name)).alias(name) for name in nullable
    ).with_columns(pl.col(name).cast(pl.Int32).cast(pl.Date) for name in _DATES if name in columns)


def run(book: Frames) -> dict[str, pl.DataFrame]:
    """Allocations, charges, accounts, promises, points and lists of a part of the book."""
    found = position(book.charges, book.receipts, empty(DESIGNATIONS), empty(HOLDS), as_of=AS_OF, buckets=BUCKETS)
    promises = judge(book.promises, book.receipts, as_of=AS_OF, grace_days=GRACE_DAYS, threshold_bps=THRESHOLD_BPS)
    known = _known(book, found.accounts, promises)
    points = score(known, as_of=AS_OF)
    work = build(known, total(points), day=AS_OF)
    return {
        "allocations": found.allocations(),
        "charges": found.charges,
        "accounts": found.accounts.with_columns(
            pl.Series(f"in_bucket_{place}", found.in_buckets[:, place]) for place in range(len(BUCKETS.codes))
        ),
        "promises": promises,
        "points": points,
        "ranks": work.ranked,
        "absent": work.absent,
    }


def _known(book: Frames, accounts: pl.DataFrame, promises: pl.DataFrame) -> pl.DataFrame:
    """What is scored and listed: the accounts of the book beside where they stand; all are sorted by account."""
    account_id = book.accounts["account_id"].to_numpy()
    if not np.array_equal(account_id, accounts["account_id"].to_numpy()):
        raise ValueError("the accounts of the book and those that stand somewhere differ")
    payer = book.receipts["account_id"].to_numpy()
    last_receipt = book.receipts["value_date"][np.flatnonzero(np.append(payer[1:] != payer[:-1], True))]
    has_broken = np.zeros(len(account_id), dtype=np.bool_)
    promising = book.promises["account_id"].filter(promises["status"] == BROKEN)
    has_broken[np.searchsorted(account_id, promising.to_numpy())] = True
    return book.accounts.with_columns(
        accounts["overdue_minor"],
        accounts["days_late"],
        accounts["days_to_next_bucket"],
        accounts["disputed_minor"],
        days_since_receipt=(pl.lit(AS_OF) - last_receipt).dt.total_days(),
        has_broken_promise=pl.Series(has_broken),
        is_open=pl.lit(True),
        hold_kind=pl.lit(None, dtype=pl.String),
        hold_review_on=pl.lit(None, dtype=pl.Date),
        stopped_by=pl.lit(None, dtype=pl.String),
        stopped_until=pl.lit(None, dtype=pl.Date),
    )


def results(found: dict[str, pl.DataFrame]) -> dict[str, Columns]:
    """The results as plain arrays, in the words of the bare version."""
    names = {name: frame.columns for name, frame in found.items()}
    return {name: _plain(found[name], names[name]) for name in found}


def _plain(frame: pl.DataFrame, names: list[str]) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for name in names:
        values = frame[name]
        if values.dtype == pl.String:
            columns[name] = _codes(values)
        else:
            columns[name] = (
                values.to_physical().fill_null(NEVER).to_numpy() if values.dtype != pl.Boolean else values.to_numpy()
            )
    return columns


def _codes(values: pl.Series) -> Any:
    for known in (BUCKETS.codes, REASONS, STATUSES, RULES):
        if values.drop_nulls().is_in(list(known)).all():
            place = {code: number for number, code in enumerate(known)}
            return values.replace_strict(place, default=NEVER, return_dtype=pl.Int64).to_numpy()
    raise ValueError(values.name)
