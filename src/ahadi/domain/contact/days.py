"""Who can be reached on a day at all, by the channel that is planned: the gate asked for many accounts at once."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from ahadi.data.facts import FOREVER, of_accounts
from ahadi.data.models.organisation import Organisation
from ahadi.domain.contact.gathering import DEBTOR, KIND_OF_POINT, gather
from ahadi.kernel.gate import BLOCK, decide
from ahadi.kernel.rule import Rule

REACHABLE: dict[str, pl.DataType] = {
    "account_id": pl.Int64(),
    "channel": pl.String(),
    "is_reachable": pl.Boolean(),
    "lawful_at": pl.Datetime("us", "UTC"),
    "rule_id": pl.String(),
    "until_at": pl.Datetime("us", "UTC"),
}
CALL = "call"
_DAYS_MAX = 60


def reachable(
    planned: pl.DataFrame, *, day: date, known_at: datetime = FOREVER, proposed: tuple[Rule, ...] = ()
) -> pl.DataFrame:
    """Whether the debtor of each planned account may be reached at some moment of a day: REACHABLE.

    `planned` is [account_id, organisation_id, channel], a call where the channel is null. On a day on which the
    organisation rests, its list is for the next one on which it works, and that is the day that counts. `lawful_at`
    is the first lawful moment from the beginning of `day` on; where it lies after the day that counts, `rule_id` is
    the rule that restrains longest, and `until_at` when it lets go (null: not within 400 days). `proposed` are rules
    that hold besides those in force.
    """
    parts = [
        _reachable(mine, int(str(organisation_id)), day, known_at, proposed)
        for (organisation_id,), mine in planned.group_by("organisation_id", maintain_order=True)
    ]
    return pl.concat(parts) if parts else pl.DataFrame(schema=REACHABLE)


def _reachable(
    planned: pl.DataFrame, organisation_id: int, day: date, known_at: datetime, proposed: tuple[Rule, ...]
) -> pl.DataFrame:
    house = Organisation.objects.get(id=organisation_id)
    zone = ZoneInfo(house.time_zone)
    begin = datetime.combine(day, time.min, zone).astimezone(UTC)
    selection = of_accounts(planned["account_id"])
    gathered = gather(selection, at=begin, known_at=known_at, roles=frozenset({DEBTOR}), proposed=proposed)
    calendar = gathered.books[organisation_id].calendar(house.country, at=begin)
    last = next(
        one for one in _days_from(day) if one.isoweekday() not in calendar.rest and one not in calendar.holidays
    )
    end = datetime.combine(last + timedelta(days=1), time.min, zone).astimezone(UTC)
    questions = gathered.questions(wanted(planned, gathered.people, gathered.points))
    made = decide(questions, gathered.known)
    longest = (
        made.reasons.filter(pl.col("action") == BLOCK)
        .sort("question_id", "until_at", "rule_id", descending=[False, True, False], nulls_last=False)
        .group_by("question_id", maintain_order=True)
        .agg(pl.col("rule_id").first(), pl.col("until_at").first())
    )
    is_reachable = (pl.col("next_lawful_at") < end).fill_null(value=False)
    told = (
        questions.select("question_id", "account_id", "channel")
        .join(made.answers, on="question_id", maintain_order="left")
        .join(longest, on="question_id", how="left", maintain_order="left")
        .with_columns(is_reachable=is_reachable, lawful_at=pl.col("next_lawful_at"))
    )
    restrained = ~pl.col("is_reachable")
    # Where several restrain in turn none of them lasts to the end by itself: the last moment is what counts.
    until = pl.when(pl.col("until_at").is_not_null()).then(pl.max_horizontal("until_at", "lawful_at"))
    return told.with_columns(
        rule_id=pl.when(restrained).then("rule_id"), until_at=pl.when(restrained).then(until)
    ).select(list(REACHABLE))


def _days_from(day: date) -> Iterator[date]:
    return (day + timedelta(days=step) for step in range(_DAYS_MAX))


def wanted(planned: pl.DataFrame, people: pl.DataFrame, points: pl.DataFrame) -> pl.DataFrame:
    """The questions: the debtor of each account, at the newest contact point that the channel needs."""
    newest = points.group_by("person_id", "kind", maintain_order=True).agg(pl.col("point_id").last())
    asked = planned.with_columns(pl.col("channel").fill_null(CALL)).join(
        people.select("account_id", "person_id"), on="account_id", maintain_order="left"
    )
    kind = pl.col("channel").replace_strict(KIND_OF_POINT, default=None, return_dtype=pl.String)
    return asked.with_columns(kind=kind, purpose=pl.lit("collect"), content=pl.lit(None, dtype=pl.String)).join(
        newest, on=["person_id", "kind"], how="left", maintain_order="left"
    )
