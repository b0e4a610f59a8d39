"""What is to be done with whom on a day: a dated strategy of segments, steps by day, and events that stop it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final, Literal

import numpy as np
import polars as pl

from ahadi.kernel.ragged import Flags, Ints, dates
from ahadi.kernel.schema import Column, Spec, require, uphold
from ahadi.kernel.segment import Segment, assign, condition, conditions, first_of, named

CatchUp = Literal["latest", "all"]
"""latest: of the steps that are open only the furthest is due; all: every one."""

STAGED_ACCOUNTS: Final = Spec(
    "accounts",
    (Column("account_id", pl.Int64), Column("anchor_date", pl.Date, is_nullable=True)),
    key=("account_id",),
)
"""Accounts with the columns that rules use; `anchor_date` is the day steps count from (the oldest unpaid
due date, or the next one), null while nothing is to be done.
"""

DONE: Final = Spec(
    "done",
    (
        Column("account_id", pl.Int64),
        Column("anchor_date", pl.Date),
        Column("step", pl.String),
        Column("on_date", pl.Date),
    ),
)
"""Steps taken: a step is taken once for each anchor, so that a new arrear begins anew."""

EVENTS: Final = Spec("events", (Column("account_id", pl.Int64), Column("event", pl.String), Column("on_date", pl.Date)))

DUE_STEPS: Final = Spec(
    "due steps",
    (
        Column("account_id", pl.Int64),
        Column("segment", pl.String),
        Column("step", pl.String),
        Column("action", pl.String),
        Column("channel", pl.String, is_nullable=True),
        Column("due_on", pl.Date),
    ),
    key=("account_id", "step"),
)


class UnableToUseStrategy(ValueError):
    """The strategy was refused: it is not in force on the day asked for, two of its codes are the same, or
    a step is for a segment that it does not have.
    """


@dataclass(frozen=True)
class Step:
    """One act on a day counted from the anchor (before it when negative), for some segments (None: all),
    where its condition holds (None: always).
    """

    code: str
    day: int
    action: str
    channel: str | None = None
    segments: tuple[str, ...] | None = None
    condition: str | None = None


@dataclass(frozen=True)
class Stop:
    """An event that stops the steps: for so many days from its own on, or (None) for this anchor."""

    event: str
    days: int | None = None


@dataclass(frozen=True)
class Strategy:
    """A version of a strategy and the day from which it holds; a change is a new version."""

    version: str
    in_force_from: date
    segments: tuple[Segment, ...]
    steps: tuple[Step, ...]
    stops: tuple[Stop, ...] = ()
    catch_up: CatchUp = "latest"

    @cached_property
    def in_order(self) -> tuple[Step, ...]:
        """The steps by day and code."""
        return tuple(sorted(self.steps, key=lambda step: (step.day, step.code)))

    @cached_property
    def conditions(self) -> tuple[str, ...]:
        """The conditions of its segments and steps, each once."""
        of_steps = (step.condition for step in self.steps if step.condition is not None)
        return tuple(dict.fromkeys([*(segment.condition for segment in self.segments), *of_steps]))

    def __post_init__(self) -> None:
        known = {segment.code for segment in self.segments}
        for what, codes in (
            ("segments", [segment.code for segment in self.segments]),
            ("steps", [step.code for step in self.steps]),
            ("stops", [stop.event for stop in self.stops]),
        ):
            if len(set(codes)) < len(codes):
                raise UnableToUseStrategy(f"strategy {self.version}: the codes of its {what} {codes} must differ")
        for step in self.steps:
            strange = sorted(set(step.segments or ()) - known)
            if strange:
                raise UnableToUseStrategy(f"strategy {self.version}: step {step.code} is for {strange[0]}, no segment")


def in_force(versions: Sequence[Strategy], *, as_of: date) -> Strategy:
    """The version that holds on a day: the latest begun. Raises UnableToUseStrategy where none has."""
    begun = [one for one in versions if one.in_force_from <= as_of]
    if not begun:
        raise UnableToUseStrategy(f"no version of the strategy is in force on {as_of}")
    return max(begun, key=lambda one: (one.in_force_from, one.version))


def due_steps(
    accounts: pl.DataFrame, done: pl.DataFrame, events: pl.DataFrame, *, as_of: date, strategy: Strategy
) -> pl.DataFrame:
    """The steps that are due on a day: DUE_STEPS, sorted by account, day and code.

    An account is in the first segment whose condition holds, else nothing is due. A step is due once its
    day has come (`due_on` = anchor + day), its segment and condition hold, it was not taken for this
    anchor, and no event stops it: one within its days, or one since the anchor. With `latest`, steps
    before one that was already taken, or before the furthest that has come, are passed over. Project
    definition. Raises UnableToUseStrategy, UnableToReadRule, WrongFrame, BrokenLaw.
    """
    if as_of < strategy.in_force_from:
        raise UnableToUseStrategy(
            f"strategy {strategy.version} is in force from {strategy.in_force_from}, not on {as_of}"
        )
    require(accounts, STAGED_ACCOUNTS)
    taken = require(done, DONE).filter(pl.col("on_date") <= as_of)
    placed = accounts.join(assign(accounts, strategy.segments, as_of=as_of), on="account_id").filter(
        pl.col("segment").is_not_null() & pl.col("anchor_date").is_not_null()
    )
    free = placed.join(_stopped(placed, events, strategy, as_of), on="account_id", how="anti")
    came = _came(free, strategy, as_of)
    keys = ["account_id", "anchor_date", "step"]
    open_steps = came.join(taken.select(keys).unique(), on=keys, how="anti")
    if strategy.catch_up == "latest":
        furthest = _furthest_taken(taken, strategy)
        open_steps = (
            open_steps.join(furthest, on=["account_id", "anchor_date"], how="left")
            .filter(pl.col("taken_day").is_null() | (pl.col("day") > pl.col("taken_day")))
            .filter(pl.col("day") == pl.col("day").max().over("account_id"))
        )
    uphold("no step is due before its day", is_kept=bool((open_steps["due_on"] <= as_of).all()))
    return require(open_steps.sort("account_id", "day", "step"), DUE_STEPS)


def _came(free: pl.DataFrame, strategy: Strategy, as_of: date) -> pl.DataFrame:
    """Every step whose day, segment and condition hold, with the account's anchor."""
    rows = [_rows_of(free, step, as_of) for step in strategy.steps]
    columns = {column.name: column.dtype for column in DUE_STEPS.columns} | {"anchor_date": pl.Date, "day": pl.Int64}
    return pl.concat([pl.DataFrame(schema=columns), *(row.select(list(columns)) for row in rows)])


def _rows_of(free: pl.DataFrame, step: Step, as_of: date) -> pl.DataFrame:
    due_on = pl.col("anchor_date") + pl.duration(days=step.day)
    wanted = free.filter(due_on <= as_of)
    if step.segments is not None:
        wanted = wanted.filter(pl.col("segment").is_in(step.segments))
    if step.condition is not None:
        wanted = wanted.filter(condition(wanted, step.condition, as_of=as_of))
    return wanted.with_columns(
        due_on=due_on,
        step=pl.lit(step.code),
        action=pl.lit(step.action),
        channel=pl.lit(step.channel, dtype=pl.String),
        day=pl.lit(step.day, dtype=pl.Int64),
    )


def _stopped(placed: pl.DataFrame, events: pl.DataFrame, strategy: Strategy, as_of: date) -> pl.DataFrame:
    """The accounts that an event keeps still."""
    stops = pl.DataFrame(
        [(stop.event, stop.days) for stop in strategy.stops],
        schema={"event": pl.String, "days": pl.Int64},
        orient="row",
    )
    happened = require(events, EVENTS).filter(pl.col("on_date") <= as_of)
    last_day = pl.col("on_date") + pl.duration(days=pl.col("days"))
    is_still = (
        pl.when(pl.col("days").is_null()).then(pl.col("on_date") >= pl.col("anchor_date")).otherwise(last_day > as_of)
    )
    known = happened.join(stops, on="event").join(placed.select("account_id", "anchor_date"), on="account_id")
    return known.filter(is_still).select("account_id").unique()


def _furthest_taken(taken: pl.DataFrame, strategy: Strategy) -> pl.DataFrame:
    """The day of the furthest step taken for each anchor."""
    days = pl.DataFrame(
        [(step.code, step.day) for step in strategy.steps], schema={"step": pl.String, "day": pl.Int64}, orient="row"
    )
    known = taken.join(days, on="step")
    return known.group_by("account_id", "anchor_date").agg(taken_day=pl.col("day").max())


NEXT_STEPS: Final = Spec(
    "next steps",
    (
        Column("account_id", pl.Int64),
        Column("segment", pl.String, is_nullable=True),
        Column("step", pl.String, is_nullable=True),
        Column("action", pl.String, is_nullable=True),
        Column("channel", pl.String, is_nullable=True),
        Column("due_on", pl.Date, is_nullable=True),
    ),
    key=("account_id",),
)
"""One row per account: the step that is due, else the nearest that comes; all null but the segment where none does."""


def next_steps(accounts: pl.DataFrame, done: pl.DataFrame, *, as_of: date, strategy: Strategy) -> pl.DataFrame:
    """The one step that each account waits for: NEXT_STEPS, in the order of `accounts`.

    The furthest step that has come and lies beyond the furthest taken for this anchor is due, on the day that
    it came (`due_steps` with `latest` gives the same); where none is, the nearest that is still to come. The
    stop events are not looked at: what they mean for the day of work is decided by `agenda`. Raises
    UnableToUseStrategy, UnableToReadRule, WrongFrame, BrokenLaw.
    """
    if as_of < strategy.in_force_from:
        raise UnableToUseStrategy(
            f"strategy {strategy.version} is in force from {strategy.in_force_from}, not on {as_of}"
        )
    require(accounts, STAGED_ACCOUNTS)
    placed = _placed(accounts, require(done, DONE), as_of, strategy)
    steps = strategy.in_order
    applies = [_applies(step, placed, strategy) for step in steps]
    chosen = np.full(accounts.height, len(steps))
    for number in reversed(range(len(steps))):
        chosen[applies[number] & (placed.elapsed < steps[number].day)] = number
    for number, step in enumerate(steps):
        chosen[applies[number] & (placed.elapsed >= step.day)] = number
    due = placed.anchor + np.array([*(step.day for step in steps), 0])[chosen]
    result = accounts.select("account_id").hstack(
        [
            named(placed.segment, [segment.code for segment in strategy.segments], "segment"),
            named(chosen, [step.code for step in steps], "step"),
            named(chosen, [step.action for step in steps], "action"),
            named(chosen, [step.channel for step in steps], "channel"),
            dates(due, chosen == len(steps)).alias("due_on"),
        ]
    )
    return require(result, NEXT_STEPS)


_NEVER: Final = -(2**40)
_ANCHOR: Final = pl.col("anchor_date").to_physical().cast(pl.Int64)


@dataclass(frozen=True)
class _Placed:
    """Where accounts stand on the way of a strategy: the place of their segment, the day of their anchor and the days
    since then (0 where there is none), the day of the furthest step taken for it, and which conditions hold.
    """

    segment: Ints
    is_walking: Flags
    anchor: Ints
    elapsed: Ints
    taken_day: Ints
    holding: dict[str, Flags]


def _placed(accounts: pl.DataFrame, done: pl.DataFrame, as_of: date, strategy: Strategy) -> _Placed:
    texts = strategy.conditions
    holding = dict(zip(texts, conditions(accounts, texts, as_of=as_of), strict=True))
    segment = first_of([holding[one.condition] for one in strategy.segments], accounts.height)
    is_anchored = accounts["anchor_date"].is_not_null().to_numpy()
    anchor = accounts.select(_ANCHOR.fill_null(0)).to_series().to_numpy()
    return _Placed(
        segment=segment,
        is_walking=is_anchored & (segment < len(strategy.segments)),
        anchor=anchor,
        elapsed=np.where(is_anchored, (as_of - date(1970, 1, 1)).days - anchor, 0),
        taken_day=_taken_days(accounts, done, as_of, strategy),
        holding=holding,
    )


def _taken_days(accounts: pl.DataFrame, done: pl.DataFrame, as_of: date, strategy: Strategy) -> Ints:
    """The day of the furthest step taken for the anchor of each account, _NEVER where none was."""
    if done.is_empty():
        return np.full(accounts.height, _NEVER)
    taken = _furthest_taken(done.filter(pl.col("on_date") <= as_of), strategy)
    keys = ["account_id", "anchor_date"]
    found = accounts.select(keys).join(taken, on=keys, how="left", maintain_order="left")
    days: Ints = found["taken_day"].fill_null(_NEVER).to_numpy()
    return days


def _applies(step: Step, placed: _Placed, strategy: Strategy) -> Flags:
    """Whether a step is for each account: its segment, its condition, and beyond what was taken."""
    is_for = placed.is_walking & (placed.taken_day < step.day)
    if step.segments is not None:
        is_mine = np.array([*(segment.code in step.segments for segment in strategy.segments), False])
        is_for &= is_mine[placed.segment]
    if step.condition is not None:
        is_for &= placed.holding[step.condition]
    return is_for
