"""The night: restates what the passing of the day changed and writes the worklists of the next day."""

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from ahadi.data import facts, frames
from ahadi.data.facts import Selection
from ahadi.data.models.organisation import Organisation
from ahadi.data.models.worklist import Close
from ahadi.domain.accounts import steps as accounts
from ahadi.domain.audit.ports import Act
from ahadi.domain.placements import steps as placements
from ahadi.domain.work import queries as work

STAGE = "day"


class DayAlreadyClosed(Exception):
    """This business date is closed; a closed day is never closed again. Corrections are booked on an open day."""

    is_refusal = True

    def __init__(self, day: date) -> None:
        super().__init__(f"{day} is closed already; what is booked from now on belongs to a later day")
        self.day = day


class UnableToCloseDay(Exception):
    """The day is not over where the organisation works: more may be booked in it. Close it when it has passed."""

    is_refusal = True

    def __init__(self, day: date, today: date) -> None:
        super().__init__(f"{day} cannot be closed: it is {today} here; close a day when it has passed")
        self.day = day
        self.today = today


@dataclass(frozen=True)
class CloseOutcome:
    """Accounts looked at, states changed, rows on tomorrow's worklists, and accounts absent from them by rule."""

    accounts: int
    changed: int
    listed: int
    absent: dict[str, int]


def close_day(act: Act, *, as_of: date) -> CloseOutcome:
    """Closes `as_of` for one organisation, in one transaction. Raises: UnableToCloseDay, DayAlreadyClosed."""
    organisation = Organisation.objects.get(id=act.organisation_id)
    today = act.at.astimezone(ZoneInfo(organisation.time_zone)).date()
    if as_of >= today:
        raise UnableToCloseDay(as_of, today)
    frames.lock("close", act.organisation_id)
    # What is read here is written again below: no batch may come or go in between.
    placements.hold_all_batches(act.organisation_id)
    if Close.objects.filter(organisation_id=act.organisation_id, business_date=as_of, stage=STAGE).exists():
        raise DayAlreadyClosed(as_of)
    everything = Selection("a.organisation_id = %(organisation)s", {"organisation": act.organisation_id})
    ids = facts.accounts(everything)["account_id"]
    changed = accounts.restate(act, ids, as_of=as_of)
    tomorrow = work.rank(facts.book(everything), as_of=as_of + timedelta(days=1))
    close = Close(
        organisation_id=act.organisation_id,
        business_date=as_of,
        stage=STAGE,
        read=len(ids),
        changed=changed,
        act_id=act.id,
        at=act.at,
    )
    close.save(force_insert=True)
    listed = frames.append("worklist_row", _rows(tomorrow, close.id))
    absent = tomorrow.absent.group_by("rule").len().sort("rule")
    return CloseOutcome(accounts=len(ids), changed=changed, listed=listed, absent=dict(absent.rows()))


def _rows(ranking: work.Ranking, close_id: int) -> pl.DataFrame:
    """Worklist rows with their points as JSON: reason, points, and the amount or days that made them."""
    reasons = ranking.points.select(
        "account_id", reason=pl.struct("reason", "points", "amount_minor", "days").struct.json_encode()
    )
    told = reasons.group_by("account_id", maintain_order=True).agg(pl.col("reason"))
    return (
        ranking.ranked.select("account_id", "owner_id", "rank", "points")
        .join(told, on="account_id", how="left")
        .select(
            "account_id",
            "owner_id",
            "rank",
            "points",
            reasons=pl.format("[{}]", pl.col("reason").list.join(",").fill_null("")),
            day=pl.lit(ranking.day),
            close_id=pl.lit(close_id),
        )
        .sort("owner_id", "rank")
    )
