"""Hours of people against hours of work for the rest of the day, and the move that evens them out."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from ahadi.data import desks, frames
from ahadi.domain.audit.ports import Actor
from ahadi.domain.desk.queries import begin_of
from ahadi.domain.oversight.ports import Capacity, Officer, TeamHours
from ahadi.domain.oversight.queries import desks_of
from ahadi.kernel import staffing

# The newest list of each owner, less the debtors who were tried today; before the first night made lists, the accounts
# whose next step is due and whom nobody tried.
_WAITING = """
    SELECT o.id, (SELECT cardinality(w.account_ids) FROM worklist w
                  WHERE w.owner_id = o.id AND w.day <= %(day)s ORDER BY w.day DESC LIMIT 1),
           CASE WHEN NOT EXISTS (SELECT FROM worklist w WHERE w.owner_id = o.id AND w.day <= %(day)s) THEN
             (SELECT count(*) FROM account_state s
              WHERE s.owner_id = o.id AND s.status = 'open' AND s.overdue_minor > 0 AND s.next_action_on <= %(day)s
                AND NOT EXISTS (SELECT FROM contact c WHERE c.account_id = s.account_id AND c.began_at >= %(since)s))
           ELSE 0 END,
           (SELECT count(DISTINCT c.account_id) FROM contact c WHERE c.by_id = o.id AND c.began_at >= %(since)s
              AND NOT EXISTS (SELECT FROM act_withdrawal x WHERE x.withdrawn_act_id = c.act_id))
    FROM owner o WHERE o.id = ANY(%(owners)s) ORDER BY 1
"""
_WEEKS = 4
# How long an account takes at this desk: from its turns of the last weeks, preview to wrap.
_HANDLING = """
    SELECT coalesce(sum(extract(epoch FROM d.until_at - d.from_at))::bigint, 0), count(DISTINCT d.contact_id)
    FROM desk_turn d WHERE d.person_id = ANY(%(people)s) AND d.until_at >= %(since)s - %(weeks)s * interval '7 days'
      AND d.state IN ('preview', 'dial', 'talk', 'wrap')
"""
_ENOUGH = 50
"""From so many contacts on the book's own duration counts."""


def waiting(officers: Sequence[Officer], *, by: Actor, as_of: date) -> dict[int, int]:
    """How many accounts of today's list wait for each of them, by person."""
    since = begin_of(as_of, by.organisation_id or 0)
    bound = {"owners": [one.owner_id for one in officers], "day": as_of, "since": since}
    columns = {"owner_id": pl.Int64, "listed": pl.Int64, "due": pl.Int64, "tried": pl.Int64}
    rows = frames.read(_WAITING, bound, columns)
    left = {owner: due if listed is None else max(listed - tried, 0) for owner, listed, due, tried in rows.iter_rows()}
    return {one.person_id: left.get(one.owner_id, 0) for one in officers}


def handling_seconds(officers: Sequence[Officer], *, by: Actor, as_of: date) -> int:
    """How long an account takes, in seconds: as the book's own last weeks say, else as the house has it."""
    bound = {
        "people": [one.person_id for one in officers],
        "since": begin_of(as_of, by.organisation_id or 0),
        "weeks": _WEEKS,
    }
    seconds, contacts = frames.read(_HANDLING, bound, {"seconds": pl.Int64, "contacts": pl.Int64}).row(0)
    usual = desks.figure("handling", as_of=as_of)
    return max(int(seconds) // int(contacts), 30) if contacts >= _ENOUGH else usual


def minutes_left(shifts: pl.DataFrame, *, minute: int) -> dict[int, int]:
    """By person how many minutes of their shift are left; nobody is in it who is away."""
    there = shifts.filter("is_present")
    left = (pl.col("until_minute") - pl.max_horizontal("from_minute", pl.lit(minute))).clip(lower_bound=0)
    return dict(there.select("person_id", left=left).iter_rows())


def capacity(
    officers: Sequence[Officer],
    shifts: pl.DataFrame,
    *,
    as_of: date,
    minute: int,
    seconds: int,
    left: Mapping[int, int],
) -> Capacity:
    """Each team's hours against its work; `left` is how many accounts wait by person, `seconds` what each takes."""
    teams = {one.person_id: one.team_id for one in officers}
    names = {one.team_id: one.team for one in officers}
    desks_now = desks_of(shifts.filter("is_present"), teams=teams, waiting=left)
    hours = staffing.hours_left(desks_now, minute=minute, seconds_each=seconds)
    spare = {row[0]: row[1:] for row in staffing.to_move(desks_now, minute=minute, seconds_each=seconds).iter_rows()}
    found = tuple(_team(team, names.get(team, ""), hours, spare[team]) for team in sorted(spare))
    short = hours.group_by("hour").agg(pl.col("short_minutes").sum()).filter(pl.col("short_minutes") > 0).sort("hour")
    return Capacity(
        day=as_of,
        minute=minute,
        teams=found,
        move=_move(found),
        short_from=short["hour"][0] if short.height else None,
        short=-(-int(str(short["short_minutes"].max())) // staffing.HOUR) if short.height else 0,
    )


def _team(team: int, name: str, hours: pl.DataFrame, spare: tuple[Any, ...]) -> TeamHours:
    rows = hours.filter(pl.col("team_id") == team).drop("team_id")
    return TeamHours(
        team_id=team,
        team=name,
        work_minutes=int(rows["work_minutes"].sum()),
        people_minutes=int(rows["people_minutes"].sum()),
        hours=tuple(rows.iter_rows()),
        left=spare[0],
        room=spare[1],
    )


def _move(teams: Sequence[TeamHours]) -> tuple[int, int, int] | None:
    """So many accounts from the team with most too many to the one with most room."""
    giver = max(teams, key=lambda one: one.left, default=None)
    taker = max(teams, key=lambda one: one.room, default=None)
    if giver is None or taker is None or not giver.left or not taker.room:
        return None
    return giver.team_id, taker.team_id, min(giver.left, taker.room)
