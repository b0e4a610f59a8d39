"""Who can be reached on a day at all, by the channel that is planned: the gate asked for many accounts at once."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from ahadi.data.facts import FOREVER, Selection
from ahadi.domain.contact.gathering import DEBTOR, KIND_OF_POINT, gather
from ahadi.kernel.gate import BLOCK, decide

REACHABLE = {
    "account_id": pl.Int64,
    "channel": pl.String,
    "is_reachable": pl.Boolean,
    "lawful_at": pl.Datetime("us", "UTC"),
    "rule_id": pl.String,
    "until_at": pl.Datetime("us", "UTC"),
}
CALL = "call"


def reachable(
    selection: Selection, planned: pl.DataFrame, *, day: date, zone: str, known_at: datetime = FOREVER
) -> pl.DataFrame:
    """Whether the debtor of each planned account may be reached at some moment of a day: REACHABLE.

    `planned` is [account_id, channel] of accounts of the selection, a call where it is null; the day is one of the
    zone. `lawful_at` is the first lawful moment from the day's beginning on; where that is not on the day, `rule_id`
    is the rule that restrains longest, and `until_at` when it lets go (null: not within 400 days).
    """
    begin = datetime.combine(day, datetime.min.time(), ZoneInfo(zone))
    end = datetime.combine(day + timedelta(days=1), datetime.min.time(), ZoneInfo(zone))
    gathered = gather(selection, at=begin, known_at=known_at, roles=frozenset({DEBTOR}))
    wanted = _wanted(planned, gathered.people, gathered.points)
    questions = gathered.questions(wanted)
    made = decide(questions, gathered.known)
    longest = (
        made.reasons.filter(pl.col("action") == BLOCK)
        .sort("question_id", "until_at", "rule_id", descending=[False, True, False], nulls_last=False)
        .group_by("question_id", maintain_order=True)
        .agg(pl.col("rule_id").first(), pl.col("until_at").first())
    )
    told = questions.select("question_id", "account_id", "channel").join(
        made.answers, on="question_id", maintain_order="left"
    )
    is_reachable = (pl.col("next_lawful_at") < end).fill_null(value=False)
    told = told.join(longest, on="question_id", how="left", maintain_order="left").with_columns(
        is_reachable=is_reachable, lawful_at=pl.col("next_lawful_at")
    )
    restrained = ~pl.col("is_reachable")
    return told.with_columns(
        rule_id=pl.when(restrained).then("rule_id"), until_at=pl.when(restrained).then("until_at")
    ).select(list(REACHABLE))


def _wanted(planned: pl.DataFrame, people: pl.DataFrame, points: pl.DataFrame) -> pl.DataFrame:
    """The questions: the debtor of each account, at the newest contact point that the channel needs."""
    newest = points.group_by("person_id", "kind", maintain_order=True).agg(pl.col("point_id").last())
    asked = planned.with_columns(pl.col("channel").fill_null(CALL)).join(
        people.select("account_id", "person_id"), on="account_id", maintain_order="left"
    )
    kind = pl.col("channel").replace_strict(KIND_OF_POINT, default=None, return_dtype=pl.String)
    return asked.with_columns(kind=kind, purpose=pl.lit("collect"), content=pl.lit(None, dtype=pl.String)).join(
        newest, on=["person_id", "kind"], how="left", maintain_order="left"
    )
