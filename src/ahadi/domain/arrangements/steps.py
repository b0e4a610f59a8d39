"""Judging promises: the only writer of `promise_state`."""

from datetime import date

import polars as pl

from ahadi.data import facts, frames, gathered
from ahadi.domain.arrangements import queries
from ahadi.domain.audit.ports import Act
from ahadi.kernel.promise import PENDING

REPLACED = "replaced"
"""Why a promise is withdrawn that would be open again beside a newer one."""


def judge(act: Act, account_ids: pl.Series, *, as_of: date) -> int:
    """States the promises of these accounts as of a day and notes each verdict that changed; how many did.

    A promise is never judged as of an earlier day than it was before by booking alone: the caller gives the day
    that the accounts are restated as of. One that money taken back opens again beside a newer one is withdrawn.
    """
    selection = facts.of_accounts(account_ids)
    promises = facts.promises(selection)
    if promises.is_empty():
        return 0
    came = gathered.receipts(facts.of_accounts(promises["account_id"].unique()))
    judged = queries.judged(promises, came, as_of=as_of)
    replaced = queries.replaced(judged)
    frames.append(
        "promise_withdrawal",
        pl.DataFrame({"promise_id": replaced}).with_columns(
            withdrawn_on=pl.lit(as_of),
            reason=pl.lit(REPLACED),
            booked_at=pl.lit(act.at.isoformat()),
            act_id=pl.lit(act.id),
        ),
    )
    is_gone = pl.col("promise_id").is_in(replaced.implode())
    gone = pl.when(is_gone).then(pl.lit(queries.WITHDRAWN)).otherwise("status")
    return state(act, judged.with_columns(status=gone), as_of=as_of)


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
