"""How near accounts are to what the gate lets them be tried: at the limit, or with the next call; by its own answer."""

from dataclasses import replace
from datetime import datetime, timedelta

import polars as pl

from ahadi.data import frames
from ahadi.data.facts import FOREVER, of_accounts
from ahadi.domain.contact.days import CALL, wanted
from ahadi.domain.contact.gathering import DEBTOR, Gathered, gather
from ahadi.kernel.gate import ATTEMPTS, decide
from ahadi.kernel.rule import Attempts

NEAR: dict[str, pl.DataType] = {
    "account_id": pl.Int64(),
    "rule_id": pl.String(),
    "most": pl.Int64(),
    "until_at": pl.Datetime("us", "UTC"),
    "is_reached": pl.Boolean(),
}
TRIED_DAYS = 31
"""Caps of the rulebook count a month at most; who was not tried for so long is near none."""
_INSTANT = pl.Datetime("us", "UTC")
_TRIED = """
    SELECT DISTINCT t.account_id FROM account_state t JOIN account a ON a.id = t.account_id
    JOIN party_state s ON s.party_id = a.party_id
    JOIN party_state o ON o.stands_for_id = s.stands_for_id JOIN account b ON b.party_id = o.party_id
    JOIN contact c ON c.account_id = b.id AND c.began_at >= %(since)s AND c.direction = 'outbound'
    WHERE t.owner_id = ANY(%(owners)s) AND t.status = 'open' AND t.overdue_minor > 0 ORDER BY 1
"""


def tried(owner_ids: list[int], *, at: datetime) -> pl.Series:
    """The late accounts of these owners whose debtors were tried within the time that any cap counts."""
    bound = {"owners": owner_ids, "since": at - timedelta(days=TRIED_DAYS)}
    return frames.read(_TRIED, bound, {"account_id": pl.Int64})["account_id"]


def near(account_ids: pl.Series, *, organisation_id: int, at: datetime) -> pl.DataFrame:
    """NEAR: the caps that restrain a call to the debtor of each account now, and those that would after one more.

    The gate is asked twice, once as things are and once as if a call had just been tried in vain; nothing is counted
    here that it does not count. Source: project definition.
    """
    gathered = gather(of_accounts(account_ids), at=at, known_at=FOREVER, roles=frozenset({DEBTOR}))
    planned = pl.DataFrame({"account_id": account_ids}).with_columns(
        organisation_id=pl.lit(organisation_id), channel=pl.lit(CALL)
    )
    questions = gathered.questions(wanted(planned, gathered.people, gathered.points))
    caps = _caps(gathered)
    now = decide(questions, gathered.known).reasons
    after = decide(questions, replace(gathered.known, attempts=_with_one_more(gathered, questions, at))).reasons
    reached = now.join(caps, on="rule_id").with_columns(is_reached=pl.lit(value=True))
    short = after.join(caps, on="rule_id").join(now, on=["question_id", "rule_id"], how="anti")
    told = pl.concat([reached, short.with_columns(is_reached=pl.lit(value=False))], how="diagonal")
    whose = questions.select("question_id", "account_id")
    found = told.join(whose, on="question_id").unique(["account_id", "rule_id"], keep="first", maintain_order=True)
    return found.select(list(NEAR)).sort("is_reached", "rule_id", "account_id", descending=[True, False, False])


def _caps(gathered: Gathered) -> pl.DataFrame:
    """[rule_id, most] of the rules that count attempts of a time."""
    rules = (rule for rules in gathered.known.regimes.values() for rule in rules)
    counted = {
        rule.rule_id: rule.test.most for rule in rules if isinstance(rule.test, Attempts) and _is_of_time(rule.test)
    }
    return pl.DataFrame(list(counted.items()), schema={"rule_id": pl.String, "most": pl.Int64}, orient="row")


def _is_of_time(test: Attempts) -> bool:
    return test.days is not None or test.hours is not None


def _with_one_more(gathered: Gathered, questions: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """The attempts, and one to each debtor a moment ago that nobody answered."""
    one_more = questions.select(
        "account_id",
        "debtor_id",
        "person_id",
        "point_id",
        "channel",
        "place",
        attempt_id=-pl.col("question_id") - 1,
        at=pl.lit(at - timedelta(seconds=1), dtype=_INSTANT),
        result=pl.lit("no_answer"),
        is_outbound=pl.lit(value=True),
        is_conversation=pl.lit(value=False),
    )
    known = gathered.known.attempts
    return pl.concat([known, one_more.select(ATTEMPTS.column_names).cast(dict(known.schema))])  # type: ignore[arg-type]
