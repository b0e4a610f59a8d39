"""Judging promises: the only writer of `promise_state`."""

from datetime import date

import polars as pl

from ahadi.data import facts, frames
from ahadi.domain.arrangements import queries
from ahadi.domain.audit.ports import Act
from ahadi.kernel.promise import PENDING


def judge(act: Act, account_ids: pl.Series, *, as_of: date) -> int:
    """States the promises of these accounts as of a day and notes each verdict that changed; how many did.

    A promise is never judged as of an earlier day than it was before by booking alone: the caller gives the day
    that the accounts are restated as of.
    """
    selection = facts.of_accounts(account_ids)
    promises = facts.promises(selection)
    if promises.is_empty():
        return 0
    return state(act, queries.judged(promises, facts.receipts(selection), as_of=as_of), as_of=as_of)


def news(judged: pl.DataFrame) -> pl.DataFrame:
    """Those of `judged` whose verdict or money is not what is stored."""
    stored = queries.states(judged["account_id"].unique())
    same = ["promise_id", "status", "received_minor"]
    return judged.join(stored, on=same, how="anti")


def state(act: Act, judged: pl.DataFrame, *, as_of: date) -> int:
    """Writes what `judged` says where it is new: a verdict as a fact, and the state."""
    stored = queries.states(judged["account_id"].unique()).select("promise_id", stored_status="status")
    changed = news(judged).join(stored, on="promise_id", how="left").with_columns(as_of=pl.lit(as_of))
    verdicts = changed.filter(pl.col("status") != pl.coalesce("stored_status", pl.lit(PENDING)))
    frames.append(
        "promise_judgement",
        verdicts.select(
            "promise_id",
            "status",
            "received_minor",
            "as_of",
            booked_at=pl.lit(act.at.isoformat()),
            act_id=pl.lit(act.id),
        ),
    )
    frames.upsert("promise_state", changed.select(*queries.STATED, "as_of"), key="promise_id")
    return verdicts.height
