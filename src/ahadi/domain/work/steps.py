"""Restating accounts: the only writer of `account_state` and of the next actions that rules ask for."""

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

import polars as pl

from ahadi.data import facts, frames, news
from ahadi.data.models.worklist import Close
from ahadi.domain.arrangements import queries as promises
from ahadi.domain.arrangements import steps as arrangements
from ahadi.domain.arrangements.ports import PromiseAlreadyOpen, Promised, PromiseOutcome
from ahadi.domain.audit.ports import Act
from ahadi.domain.people.queries import time_zone
from ahadi.domain.placements import steps as placements
from ahadi.domain.work import queries, states
from ahadi.domain.work.ports import BEGUN, DAY, DayAlreadyClosed, UnableToCloseDay
from ahadi.kernel.ragged import kept, laid_beside

_REVISION = "revision"
_NIGHT = "night"


def business_date(act: Act) -> date:
    """The day that it is for the organisation when the act happens."""
    return act.at.astimezone(ZoneInfo(time_zone(act.organisation_id))).date()


def hold_close(organisation_id: int) -> None:
    """Keeps a second close of the organisation's day waiting until this one is through."""
    frames.lock("close", organisation_id)


def hold_partition(organisation_id: int, partition: int) -> None:
    """Keeps a second close of a part waiting until this one is through; other parts go on."""
    frames.lock(f"close {partition}", organisation_id)


def begin(act: Act, day: date) -> bool:
    """Notes that the close of a day begins, when everything that was restated before has been written; whether this
    was the first time.
    """
    frames.lock_in_passing(_NIGHT, act.organisation_id)
    mark = {"organisation_id": act.organisation_id, "business_date": day, "stage": BEGUN}
    if Close.objects.filter(**mark).exists():
        return False
    Close(**mark, read=0, changed=0, act_id=act.id, at=act.at).save(force_insert=True)
    return True


def last_begun(organisation_id: int) -> date | None:
    """The last business date whose close has begun; it stays the last until this transaction ends."""
    frames.share(_NIGHT, organisation_id)
    begun: date | None = frames.scalar(
        "SELECT max(business_date) FROM close WHERE organisation_id = %(organisation)s",
        {"organisation": organisation_id},
    )
    return begun


def require_open(act: Act, day: date) -> None:
    """Raises UnableToCloseDay where the day is not over, DayAlreadyClosed where it is closed."""
    today = business_date(act)
    if day >= today:
        raise UnableToCloseDay(day, today)
    if Close.objects.filter(organisation_id=act.organisation_id, business_date=day, stage=DAY).exists():
        raise DayAlreadyClosed(day)


def restate(act: Act, account_ids: pl.Series, *, as_of: date, is_told: bool = False) -> int:
    """Writes what is current of these accounts as of a date, from the facts: promises, figures, next actions.

    A state never goes back behind the last close, nor behind one under way: its part may be through. Rows whose
    business state is the same stay untouched, unless it is to be told that something else about them changed, which
    lists and screens are to look at again. Returns the number of states written.
    """
    wanted = account_ids.unique().sort()
    if wanted.is_empty():
        return 0
    as_of = max(as_of, last_begun(act.organisation_id) or as_of)
    arrangements.judge(act, wanted, as_of=as_of)
    now = states.current(facts.of_accounts(wanted), as_of=as_of)
    rows = now if now.height == len(wanted) else _with_withdrawn(now, wanted)
    changed = differing(rows, states.of(wanted))
    append_next_actions(act, changed)
    changed = rows if is_told else changed
    written = changed[list(states.STATE)].with_columns(as_of=pl.lit(as_of))
    news.of_accounts(act.organisation_id, changed["account_id"].to_list(), what=act.name)
    return frames.upsert("account_state", written, key="account_id", counting=_REVISION)


_BEFORE = {name: f"{name}_before" for name in states.BUSINESS} | {
    "next_action": "was_action",
    "next_action_on": "was_on",
    "step": "was_step",
}
_WAS = ("was_action", "was_on", "was_step")
_IS_OTHER = pl.any_horizontal(pl.col(name).ne_missing(pl.col(was)) for name, was in _BEFORE.items())
_IS_NEW_ACTION = (
    pl.any_horizontal(pl.col(name).ne_missing(pl.col(was)) for name, was in _BEFORE.items() if was in _WAS)
    & pl.col("next_action").is_not_null()
    & pl.col("step").is_not_null()
)


def differing(rows: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """Those of `rows` whose business state is not the stored one, with `was_action, was_on, was_step`."""
    before = stored[["account_id", *_BEFORE]]
    before.columns = ["account_id", *_BEFORE.values()]
    return kept(laid_beside(rows, before), _IS_OTHER)[[*rows.columns, *_WAS]]


def append_next_actions(act: Act, changed: pl.DataFrame) -> int:
    """Notes each next action that is another than before (`differing` gives the rows); what a person asked for is
    noted already.
    """
    fresh = changed.filter(_IS_NEW_ACTION)
    if fresh.is_empty():
        return 0
    return frames.append(
        "next_action",
        fresh.select(
            "account_id",
            "channel",
            "step",
            action="next_action",
            due_on="next_action_on",
            set_at=pl.lit(act.at.isoformat()),
            act_id=pl.lit(act.id),
        ),
    )


def _with_withdrawn(now: pl.DataFrame, wanted: pl.Series) -> pl.DataFrame:
    """What is current, and the rows of accounts whose every placement was undone: nothing is current of them."""
    gone = pl.DataFrame({"account_id": wanted}).join(now, on="account_id", how="anti")
    selection = facts.of_accounts(gone["account_id"])
    rows = frames.read(
        f"SELECT a.id, a.organisation_id, a.shard FROM account a WHERE {selection.condition} ORDER BY a.id",
        selection.parameters,
        {"account_id": pl.Int64, "organisation_id": pl.Int64, "shard": pl.Int64},
    )
    nothing = pl.lit(0, dtype=pl.Int64)
    money = ("charged_minor", "received_minor", "allocated_minor", "unapplied_minor", "overdue_minor")
    withdrawn = rows.join(facts.schedule_versions(selection), on="account_id", how="left").with_columns(
        **dict.fromkeys(money, nothing),
        schedule_version=pl.col("schedule_version").fill_null(0),
        status=pl.lit("withdrawn"),
        is_irregular=pl.lit(value=False),
    )
    return pl.concat([now, withdrawn], how="diagonal")


def take_promise(act: Act, *, account_id: int, promised: Sequence[Promised]) -> PromiseOutcome:
    """Books one promise, or a plan of several, made today, and states the account anew. Raises as `book_promise`."""
    made = book_promise(act, account_id=account_id, promised=promised)
    restate(act, pl.Series([account_id]), as_of=business_date(act))
    return made


def book_promise(act: Act, *, account_id: int, promised: Sequence[Promised]) -> PromiseOutcome:
    """Books one promise, or a plan of several, made today; the caller restates the account.

    Raises, in this order: UnableToFindAccount, UnableToTakePromise, PromiseAlreadyOpen.
    """
    creditor_id = queries.require_seen(by=act.by, account_id=account_id)
    placements.hold_creditor(creditor_id)
    ids, today = pl.Series([account_id]), business_date(act)
    state = states.of(ids).row(0, named=True)
    promises.require_takable(promised, owed_minor=state["charged_minor"] - state["allocated_minor"], today=today)
    still_open = arrangements.open_ones(act, account_id, today=today)
    if still_open:
        raise PromiseAlreadyOpen(still_open[0])
    return arrangements.book(act, account_id=account_id, promised=promised, today=today)
