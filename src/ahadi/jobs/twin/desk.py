"""What the desk did about late money: steps of the strategy, calls by hour and weekday, and what came of each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from ahadi.jobs.twin import seasons
from ahadi.jobs.twin.contracts import Scope
from ahadi.jobs.twin.portfolios import BEHAVIOURS
from ahadi.jobs.twin.seasons import Ints

_TAKEN = 0.8
_CALLED_AGAIN = 0.45
_RIGHT_PARTY = 0.72
_CALLED_IN = 0.02
_SILENT = ("NC_NOANS", "NC_BUSY", "NC_OFF", "NC_VM_NOMSG")
_SILENT_WEIGHTS = (0.55, 0.12, 0.25, 0.08)
_OTHERS = ("TP_MSG", "TP_WRONG", "TP_ALT")
_OTHERS_WEIGHTS = (0.7, 0.2, 0.1)
_SPOKEN = ("RP_CALLBACK", "RP_NOCOMMIT", "RP_CLAIM_PAID", "RP_INABILITY", "RP_REFUSE", "RP_HANGUP", "RP_DISPUTE")
_SPOKEN_WEIGHTS = (0.28, 0.34, 0.10, 0.12, 0.07, 0.06, 0.03)
_MESSAGES = ("sms", "email", "whatsapp", "letter")
_AWAY = ("FV_NOT_HOME", "FV_LOCKED", "FV_BUSINESS_CLOSED", "FV_ADDR_BAD")
_AWAY_WEIGHTS = (0.62, 0.2, 0.1, 0.08)
_AROUND = ("FV_MET_FAMILY", "FV_SHIFTED")
_AROUND_WEIGHTS = (0.75, 0.25)
_MET = ("FV_MET_REFUSE", "FV_MET_DISPUTE", "FV_MET_HARDSHIP")
_MET_WEIGHTS = (0.45, 0.1, 0.45)


@dataclass(frozen=True)
class Call:
    """One step of a strategy as the twin takes it: its code, the day of the arrear, and its channel."""

    code: str
    day: int
    channel: str


Calendar = Mapping[str, Sequence[Call]]
"""The steps of each product."""


def episodes(
    scope: Scope, accounts: pl.DataFrame, charges: pl.DataFrame, paid_off: npt.NDArray[np.float64]
) -> pl.DataFrame:
    """One row per arrear: account, the charge that was the oldest unpaid, its anchor date, from when until when.

    `until` is the day on which the charge was paid off, or the last of the history, where `is_open`. What went
    by before the account was placed is nobody's work here.
    """
    rows = charges.select("account", "charge", "amount_minor", anchor=pl.col("due_date").cast(pl.Int32).cast(pl.Int64))
    rows = rows.with_columns(paid=pl.Series(paid_off)).with_columns(
        before=pl.col("paid").shift(1).over("account").fill_null(float("-inf")).cum_max().over("account")
    )
    placed = accounts.select(
        "account", "product", "behaviour", "debtor", placed=pl.col("placed_on").cast(pl.Int32).cast(pl.Int64)
    )
    rows = rows.join(placed, on="account", maintain_order="left")
    begins = pl.max_horizontal(pl.col("before"), pl.col("anchor").cast(pl.Float64), pl.col("placed").cast(pl.Float64))
    return (
        rows.with_columns(begins=begins, is_open=pl.col("paid").is_infinite())
        .filter((pl.col("begins") < pl.col("paid")) & (pl.col("begins") < scope.last))
        .with_columns(
            pl.col("begins").cast(pl.Int64),
            until=pl.min_horizontal(pl.col("paid"), pl.lit(float(scope.last))).cast(pl.Int64),
        )
        .with_columns(length=pl.col("until") - pl.col("begins"))
        .with_row_index("episode")
        .with_columns(pl.col("episode").cast(pl.Int64))
    )


def steps(scope: Scope, episodes: pl.DataFrame, calendar: Calendar) -> pl.DataFrame:
    """The steps that were taken in each episode, each on its day or shortly after; once for an anchor."""
    random = scope.random(5)
    listed = pl.DataFrame(
        [(product, call.code, call.day, call.channel) for product, calls in calendar.items() for call in calls],
        schema={"product": pl.String, "step": pl.String, "day": pl.Int64, "channel": pl.String},
        orient="row",
    ).filter(pl.col("day") >= 0)
    due = episodes.join(listed, on="product", maintain_order="left_right").with_columns(
        on=pl.col("anchor") + pl.col("day")
    )
    due = due.filter((pl.col("on") >= pl.col("begins")) & (pl.col("on") < pl.col("until")))
    is_taken = pl.Series(random.random(due.height) < _TAKEN)
    slack = pl.Series(random.integers(0, 2, due.height))
    taken = due.filter(is_taken).with_columns(slack=slack.filter(is_taken))
    on = seasons.off_sundays((taken["on"] + taken["slack"]).to_numpy())
    return (
        taken.with_columns(on=pl.Series(on))
        .filter(pl.col("on") <= scope.last)
        .unique(["account", "anchor", "step"], keep="first", maintain_order=True)
    )


def attempts(scope: Scope, episodes: pl.DataFrame, steps: pl.DataFrame, promises: pl.DataFrame) -> pl.DataFrame:
    """Every attempt: those of the steps, calls that were tried again, and the talks in which promises were made.

    Columns: account, debtor, behaviour, on, channel, direction, promise (which it led to, or null).
    """
    random = scope.random(6)
    told = ["account", "debtor", "behaviour", "on", "channel"]
    # What is referred to somebody at the counter reaches nobody.
    done = steps.filter(pl.col("channel") != "in_person").select(told)
    calls = done.filter(pl.col("channel") == "call")
    again = calls.filter(pl.Series(random.random(calls.height) < _CALLED_AGAIN))
    later = seasons.off_sundays(again["on"].to_numpy() + random.integers(1, 4, again.height))
    again = again.with_columns(on=pl.Series(later)).filter(pl.col("on") <= scope.last)
    came = episodes.filter(pl.Series(random.random(episodes.height) < _CALLED_IN) & (pl.col("length") > 3))
    came = came.with_columns(on=pl.col("begins") + 2, channel=pl.lit("call")).select(told)
    talks = promises.select("account", "debtor", "behaviour", on="made", channel=pl.lit("call"), promise="promise")
    both = pl.concat(
        [
            done.with_columns(direction=pl.lit("outbound")),
            again.with_columns(direction=pl.lit("outbound")),
            came.with_columns(direction=pl.lit("inbound")),
            talks.with_columns(direction=pl.lit("outbound")),
        ],
        how="diagonal",
    )
    return _outcomes(scope, both.sort("account", "on", maintain_order=True), random)


def _outcomes(scope: Scope, attempts: pl.DataFrame, random: np.random.Generator) -> pl.DataFrame:
    """When each attempt began and ended, whether somebody was reached, and who."""
    size = attempts.height
    hour = random.choice(len(seasons.CALL_HOURS), size, p=seasons.CALL_WEIGHTS / seasons.CALL_WEIGHTS.sum())
    is_spoken = attempts["channel"].is_in(["call", "visit", "in_person"]).to_numpy()
    leads = attempts["promise"].is_not_null().to_numpy()
    answer = np.array([one.answer for one in BEHAVIOURS])[attempts["behaviour"].to_numpy()]
    reached = random.random(size) < answer * seasons.ANSWER_BY_HOUR[hour]
    is_inbound = (attempts["direction"] == "inbound").to_numpy()
    is_contact = (is_spoken & reached) | leads | is_inbound
    is_right = is_contact & (leads | is_inbound | (random.random(size) < _RIGHT_PARTY))
    calls = _drawn(random, (_SILENT, _SILENT_WEIGHTS), (_OTHERS, _OTHERS_WEIGHTS), (_SPOKEN, _SPOKEN_WEIGHTS))
    visits = _drawn(random, (_AWAY, _AWAY_WEIGHTS), (_AROUND, _AROUND_WEIGHTS), (_MET, _MET_WEIGHTS))
    result = np.where(attempts["channel"] == "visit", visits(is_contact, is_right), calls(is_contact, is_right))
    result[attempts["channel"].is_in(_MESSAGES).to_numpy()] = "SENT"
    result[leads] = "RP_PTP_FULL"
    began = np.array(seasons.CALL_HOURS)[hour] * 3600 + random.integers(0, 3600, size)
    lasts = np.where(is_right, random.integers(60, 420, size), np.where(is_contact, random.integers(15, 90, size), 20))
    on = attempts["on"].to_numpy()
    return attempts.with_columns(
        contact=pl.int_range(pl.len(), dtype=pl.Int64),
        began_at=seasons.moments(on, began, scope.zone),
        ended_at=seasons.moments(on, began + lasts, scope.zone),
        result=pl.Series(result, dtype=pl.String),
        is_contact=pl.Series(is_contact),
        is_right_party=pl.Series(is_right),
    )


def _drawn(
    random: np.random.Generator, *drawn: tuple[Sequence[str], Sequence[float]]
) -> Callable[[npt.NDArray[np.bool_], npt.NDArray[np.bool_]], npt.NDArray[np.object_]]:
    """What came of attempts that reached nobody, somebody else and the debtor, each drawn by its weights."""

    def results(is_contact: npt.NDArray[np.bool_], is_right: npt.NDArray[np.bool_]) -> npt.NDArray[np.object_]:
        nobody, other, debtor = (
            random.choice(codes, is_contact.size, p=weights).astype(object) for codes, weights in drawn
        )
        found: npt.NDArray[np.object_] = np.where(is_right, debtor, np.where(is_contact, other, nobody))
        return found

    return results


def next_actions(scope: Scope, attempts: pl.DataFrame, episodes: pl.DataFrame) -> pl.DataFrame:
    """What officers set after the last talk on an account that is late still: a call, some days on."""
    random = scope.random(7)
    late = episodes.filter("is_open").select("account").unique(maintain_order=True)
    spoken = attempts.filter(pl.col("is_right_party") & (pl.col("on") > scope.last - 21))
    last = spoken.join(late, on="account", how="semi", maintain_order="left").unique(
        "account", keep="last", maintain_order=True
    )
    on: Ints = np.maximum(last["on"].to_numpy() + random.integers(1, 10, last.height), scope.last - 2)
    return last.select(
        "account",
        action=pl.lit("call"),
        channel=pl.lit("call"),
        due_on=seasons.dates(seasons.off_sundays(on)),
        set_at="ended_at",
    )
