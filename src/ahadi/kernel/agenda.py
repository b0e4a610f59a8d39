"""What happens next on every open account, and on which day: one thing, from one of five sources.

Problem: a strategy, a promise, a hold and a person may all want something of the same account, and an
account of which nobody wants anything is forgotten. Choice: a fixed order of precedence, of which the last
always answers; the answer depends on the day only where it must, so that it changes seldom.
"""

from datetime import date
from functools import lru_cache
from typing import Final

import polars as pl

from ahadi.kernel.schema import Column, Spec, require, uphold

REVIEW_DAYS: Final = 30
"""An account that waits for nothing else is looked at again every so many days."""

OPEN_ACCOUNTS: Final = Spec(
    "accounts",
    (
        Column("account_id", pl.Int64),
        Column("is_open", pl.Boolean),
        Column("asked_action", pl.String, is_nullable=True),
        Column("asked_on", pl.Date, is_nullable=True),
        Column("last_contact_on", pl.Date, is_nullable=True),
        Column("hold_review_on", pl.Date, is_nullable=True),
        Column("promise_last_day", pl.Date, is_nullable=True),
        Column("anchor_date", pl.Date, is_nullable=True),
        Column("opened_on", pl.Date),
        Column("step", pl.String, is_nullable=True),
        Column("action", pl.String, is_nullable=True),
        Column("channel", pl.String, is_nullable=True),
        Column("due_on", pl.Date, is_nullable=True),
    ),
    key=("account_id",),
)
"""`asked_action` on `asked_on` is what a person asked for, null: nothing; `hold_review_on` of a hold in force
on the whole account; `promise_last_day` the last day of grace of an open promise; `anchor_date` the oldest
unpaid due date, else the next, null where nothing is due yet; step, action, channel and due_on as
`strategy.next_steps` gives them.
"""

NEXT: Final = Spec(
    "next actions",
    (
        Column("account_id", pl.Int64),
        Column("next_action", pl.String, is_nullable=True),
        Column("channel", pl.String, is_nullable=True),
        Column("step", pl.String, is_nullable=True),
        Column("next_action_on", pl.Date, is_nullable=True),
    ),
    key=("account_id",),
)
"""`step` names the source: the strategy's step, @HOLD, @PROMISE or @REVIEW; null where a person asked. All null where
the account is closed.
"""


def decide(accounts: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """The next action of each account: NEXT, in the order of `accounts`.

    By the first that applies: what a person asked for, until the debtor is reached on its day or after; a
    hold, looked at on its review day; an open promise, judged on the day after its last; the strategy's
    step, on its day; a review, every REVIEW_DAYS from the anchor on, which stays until the debtor is reached.
    Project definition. Raises WrongFrame, BrokenLaw.
    """
    known = require(accounts, OPEN_ACCOUNTS)
    result = known.select(_told(as_of))
    open_count = known["is_open"].sum()
    told = [result.height - result[name].null_count() for name in ("next_action", "next_action_on")]
    uphold("every open account has a next action with a day", is_kept=told == [open_count, open_count])
    return require(result, NEXT)


@lru_cache(maxsize=8)
def _told(as_of: date) -> tuple[pl.Expr, ...]:
    """The columns of NEXT by the first source that applies, null where the account is closed."""
    is_done = (pl.col("last_contact_on") >= pl.col("asked_on")).fill_null(value=False)
    sources = (
        (pl.col("asked_on").is_not_null() & ~is_done, pl.col("asked_action"), None, None, pl.col("asked_on")),
        (pl.col("hold_review_on").is_not_null(), _text("review_hold"), None, "@HOLD", pl.col("hold_review_on")),
        (
            pl.col("promise_last_day").is_not_null(),
            _text("check_promise"),
            None,
            "@PROMISE",
            pl.col("promise_last_day") + pl.duration(days=1),
        ),
        (pl.col("due_on").is_not_null(), pl.col("action"), pl.col("channel"), pl.col("step"), pl.col("due_on")),
        (pl.lit(value=True), _text("review"), None, "@REVIEW", _review_day(as_of)),
    )
    columns = {"next_action": _none(), "channel": _none(), "step": _none(), "next_action_on": pl.lit(None, pl.Date)}
    for applies, action, channel, step, day in reversed(sources):
        told = (action, _text(channel), _text(step), day)
        columns = {
            name: pl.when(applies).then(value).otherwise(column)
            for (name, column), value in zip(columns.items(), told, strict=True)
        }
    is_open = pl.col("is_open")
    return (pl.col("account_id"), *(pl.when(is_open).then(value).alias(name) for name, value in columns.items()))


def _none() -> pl.Expr:
    return pl.lit(None, dtype=pl.String)


def _text(value: pl.Expr | str | None) -> pl.Expr:
    return value if isinstance(value, pl.Expr) else pl.lit(value, dtype=pl.String)


def _review_day(as_of: date) -> pl.Expr:
    """The last day up to `as_of` that lies whole review periods after the anchor, or the anchor itself ahead; the one
    after it where the debtor was reached since. A review that nobody did stays.
    """
    anchor = pl.coalesce("anchor_date", "opened_on")
    elapsed = (pl.lit(as_of) - anchor).dt.total_days()
    periods = pl.max_horizontal(elapsed // REVIEW_DAYS, pl.lit(0, dtype=pl.Int64))
    day = anchor + pl.duration(days=periods * REVIEW_DAYS)
    is_done = (pl.col("last_contact_on") >= day).fill_null(value=False)
    return pl.when(is_done).then(day + pl.duration(days=REVIEW_DAYS)).otherwise(day)
