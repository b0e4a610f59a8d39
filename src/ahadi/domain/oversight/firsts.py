"""What comes first on the board, by harm and age: each kind is one question, and one line of `KINDS`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl

from ahadi.data import desks, frames
from ahadi.domain.approvals import queries as approvals
from ahadi.domain.audit.ports import Actor
from ahadi.domain.cases import proofs
from ahadi.domain.desk.queries import begin_of
from ahadi.domain.finding import duplicates
from ahadi.domain.oversight.ports import First, Officer
from ahadi.domain.people import access
from ahadi.domain.rosters import queries as rosters

UNTOUCHED = timedelta(hours=2)
DIALS = 3
"""So many calls of one number within an hour by one person are looked at."""
MOVED_PROMISES = 3
"""So many promises moved on their last day within a week by one person are looked at."""
_MOVED_DAYS = 7
_SHOWN = 3


@dataclass(frozen=True)
class Floor:
    """Whose floor it is, now: its officers, the moment, the day, and how many accounts wait for whom."""

    by: Actor
    now: datetime
    day: date
    officers: tuple[Officer, ...]
    waiting: dict[int, int]
    minutes_left: dict[int, int]

    @property
    def owners(self) -> list[int]:
        """The owners behind the officers."""
        return [one.owner_id for one in self.officers]

    @property
    def names(self) -> dict[int, Officer]:
        """The officers by person."""
        return {one.person_id: one for one in self.officers}


Kind = Callable[[Floor], Iterator[First]]
_BROKEN = """
    SELECT t.account_id, (extract(epoch FROM j.booked_at) * 1000000)::bigint, a.currency, t.overdue_minor
    FROM account_state t JOIN account a ON a.id = t.account_id
    JOIN LATERAL (
      SELECT max(j.booked_at) AS booked_at FROM promise p JOIN promise_judgement j ON j.promise_id = p.id
      WHERE p.account_id = t.account_id AND j.status = 'BROKEN') j ON j.booked_at < %(until)s
    WHERE t.owner_id = ANY(%(owners)s) AND t.status = 'open' AND t.promise_status = 'BROKEN' AND t.overdue_minor > 0
      AND {condition}
      AND NOT EXISTS (SELECT FROM contact c WHERE c.account_id = t.account_id AND c.began_at > j.booked_at)
    ORDER BY 2, 1 LIMIT 200
"""
_BROKEN_COLUMNS = {"account_id": pl.Int64, "at": pl.Int64, "currency": pl.String, "overdue_minor": pl.Int64}


def _moment(column: str) -> pl.Expr:
    return pl.from_epoch(column, "us").dt.replace_time_zone("UTC")


def broken_promises(floor: Floor) -> Iterator[First]:
    """Promises that were broken more than two hours ago, and nobody has tried since."""
    scope = access.accounts(floor.by)
    bound = {**scope.parameters, "owners": floor.owners, "until": floor.now - UNTOUCHED}
    rows = frames.read(_BROKEN.format(condition=scope.condition), bound, _BROKEN_COLUMNS).with_columns(_moment("at"))
    if rows.height:
        ids = tuple(rows["account_id"])
        yield First("broken_promises", 90, rows.height, rows["at"][0], "", None, "", account_ids=ids)


def queue_red(floor: Floor) -> Iterator[First]:
    """Lists of which more is left than their owner can work today."""
    seconds = desks.figure("handling", as_of=floor.day)
    over = []
    for one in floor.officers:
        able = floor.minutes_left.get(one.person_id, 0) * 60 // seconds
        left = floor.waiting.get(one.person_id, 0) - able
        if left > 0 and one.person_id in floor.minutes_left:
            over.append((left, one))
    for left, one in sorted(over, key=lambda each: (-each[0], each[1].name))[:_SHOWN]:
        yield First("queue_red", 40, left, None, one.name, one.person_id, str(one.owner_id))


_DIALS = """
    SELECT x.by_id, x.account_id, max(x.near)::bigint, (extract(epoch FROM max(x.began_at)) * 1000000)::bigint FROM (
      SELECT c.by_id, c.account_id, c.contact_point_id, c.began_at, count(*) OVER (
               PARTITION BY c.by_id, c.contact_point_id ORDER BY c.began_at
               RANGE BETWEEN interval '1 hour' PRECEDING AND CURRENT ROW) AS near
      FROM contact c WHERE c.by_id = ANY(%(owners)s) AND c.began_at >= %(since)s AND c.channel = 'call'
        AND c.contact_point_id IS NOT NULL
        AND NOT EXISTS (SELECT FROM act_withdrawal w WHERE w.withdrawn_act_id = c.act_id)) x
    WHERE x.near >= %(dials)s GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT %(shown)s
"""


def same_number(floor: Floor) -> Iterator[First]:
    """One number that one person called again and again within an hour."""
    since = begin_of(floor.day, floor.by.organisation_id or 0)
    bound = {"owners": floor.owners, "since": since, "dials": DIALS, "shown": _SHOWN}
    told = {"owner_id": pl.Int64, "account_id": pl.Int64, "count": pl.Int64, "at": pl.Int64}
    whose = {one.owner_id: one for one in floor.officers}
    for row in frames.read(_DIALS, bound, told).with_columns(_moment("at")).iter_rows(named=True):
        one, account = whose[row["owner_id"]], row["account_id"]
        reference = f"{one.person_id}:{account}"
        yield First("same_number", 60, row["count"], row["at"], one.name, one.person_id, reference, (account,))


_MOVED = """
    SELECT t.by_id, count(*), (extract(epoch FROM max(w.booked_at)) * 1000000)::bigint
    FROM promise_withdrawal w JOIN promise p ON p.id = w.promise_id JOIN act t ON t.id = w.act_id
    WHERE t.by_id = ANY(%(people)s) AND w.withdrawn_on > %(from)s AND w.reason <> 'taken_back'
      AND w.withdrawn_on >= p.due_on AND p.made_on < w.withdrawn_on
      AND EXISTS (SELECT FROM promise n WHERE n.account_id = p.account_id AND n.due_on > p.due_on
                    AND n.made_on >= w.withdrawn_on)
    GROUP BY 1 HAVING count(*) >= %(moved)s ORDER BY 2 DESC, 1 LIMIT %(shown)s
"""


def moved_promises(floor: Floor) -> Iterator[First]:
    """Promises that somebody moved on their last day, before they could be judged, again and again."""
    people = sorted(floor.names)
    bound = {
        "people": people,
        "from": floor.day - timedelta(days=_MOVED_DAYS),
        "moved": MOVED_PROMISES,
        "shown": _SHOWN,
    }
    told = {"person_id": pl.Int64, "count": pl.Int64, "at": pl.Int64}
    for row in frames.read(_MOVED, bound, told).with_columns(_moment("at")).iter_rows(named=True):
        name = floor.names[row["person_id"]].name
        yield First("moved_promises", 55, row["count"], row["at"], name, row["person_id"], str(row["person_id"]))


_RESETS = """
    SELECT person_id, (extract(epoch FROM max(at)) * 1000000)::bigint FROM (
      SELECT d.person_id, d.from_at AS at FROM desk_turn d
      WHERE d.person_id = ANY(%(people)s) AND d.until_at >= %(since)s AND d.code = 'reset'
      UNION ALL SELECT s.person_id, s.since FROM desk_state s
      WHERE s.person_id = ANY(%(people)s) AND s.since >= %(since)s AND s.code = 'reset') x
    GROUP BY 1 ORDER BY 2, 1
"""


def abused(floor: Floor) -> Iterator[First]:
    """Somebody who needed a rest after being abused; that rest is not counted."""
    since = begin_of(floor.day, floor.by.organisation_id or 0)
    rows = frames.read(
        _RESETS, {"people": sorted(floor.names), "since": since}, {"person_id": pl.Int64, "at": pl.Int64}
    )
    for person_id, at in rows.with_columns(_moment("at")).iter_rows():
        yield First("abused", 85, 1, at, floor.names[person_id].name, person_id, str(person_id))


def approvals_wait(floor: Floor) -> Iterator[First]:
    """Offers that wait for somebody's word."""
    waiting = [one for one in approvals.approvals(by=floor.by, at=floor.now) if one.state == approvals.WAITING]
    rank = approvals.rank(floor.by)
    mine = [one for one in waiting if one.rank <= rank and one.asked_by_id != floor.by.person_id]
    if mine:
        yield First("approvals_wait", 50, len(mine), min(one.asked_at for one in mine), "", None, "")


def left_alone(floor: Floor) -> Iterator[First]:
    """Somebody whose accounts have nobody present on the next working day."""
    house = floor.by.organisation_id or 0
    day = rosters.next_working_day(house, after=floor.day)
    for row in rosters.alone(house, [day]).filter(pl.col("accounts") > 0).iter_rows(named=True):
        person = row["person_id"]
        if person in floor.names:
            yield First("left_alone", 95, row["accounts"], None, row["name"], person, f"{person}:{day}")


_COMPLAINTS = """
    SELECT c.id, c.account_id, (extract(epoch FROM k.due_at) * 1000000)::bigint FROM "case" c
    JOIN account a ON a.id = c.account_id
    JOIN LATERAL (SELECT status FROM case_status WHERE case_id = c.id ORDER BY id DESC LIMIT 1) s
      ON s.status <> 'closed'
    JOIN LATERAL (SELECT due_at FROM case_clock WHERE case_id = c.id ORDER BY id DESC LIMIT 1) k
      ON k.due_at <= %(until)s
    WHERE c.kind = 'complaint' AND {condition}
      AND NOT EXISTS (SELECT FROM act_withdrawal z WHERE z.withdrawn_act_id = c.act_id)
    ORDER BY k.due_at, c.id
"""
DUE_WITHIN = timedelta(days=2)


def complaints_due(floor: Floor) -> Iterator[First]:
    """Complaints that are to be answered within two days, or should have been."""
    scope = access.accounts(floor.by)
    bound = {**scope.parameters, "until": floor.now + DUE_WITHIN}
    told = {"case_id": pl.Int64, "account_id": pl.Int64, "due": pl.Int64}
    rows = frames.read(_COMPLAINTS.format(condition=scope.condition), bound, told)
    if rows.height:
        first = rows.with_columns(_moment("due"))["due"][0]
        yield First("complaints_due", 80, rows.height, first, "", None, "", tuple(rows["account_id"]))


def proofs_late(floor: Floor) -> Iterator[First]:
    """Proofs that nobody has looked at in the time that they have."""
    waiting = proofs.proofs(by=floor.by, is_waiting=True).filter(pl.col("due_at") < floor.now)
    if waiting.height:
        yield First("proofs_late", 45, waiting.height, waiting["booked_at"].min(), "", None, "")  # type: ignore[arg-type]


def pairs_wait(floor: Floor) -> Iterator[First]:
    """Debtors who may be one person, until somebody judges it."""
    count, since = duplicates.waiting(by=floor.by)
    if count:
        yield First("pairs_wait", 30, count, since, "", None, "")


KINDS: dict[str, Kind] = {
    "left_alone": left_alone,
    "complaints_due": complaints_due,
    "proofs_late": proofs_late,
    "broken_promises": broken_promises,
    "abused": abused,
    "same_number": same_number,
    "moved_promises": moved_promises,
    "approvals_wait": approvals_wait,
    "queue_red": queue_red,
    "pairs_wait": pairs_wait,
}
"""Rooms that come later put their own question here."""


def firsts(floor: Floor) -> tuple[First, ...]:
    """What comes first, the most harmful and oldest on top, without what somebody looked at today."""
    seen = _looked(floor)
    found = [one for kind in KINDS.values() for one in kind(floor)]
    left = [one for one in found if not one.reference or (one.kind, one.reference) not in seen]
    return tuple(sorted(left, key=lambda one: (-one.harm, one.since or floor.now, one.who)))


def _looked(floor: Floor) -> set[tuple[str, str]]:
    rows = frames.read(
        "SELECT l.kind, l.reference FROM look l WHERE l.organisation_id = %(organisation)s AND l.day = %(day)s"
        " ORDER BY l.id",
        {"organisation": floor.by.organisation_id, "day": floor.day},
        {"kind": pl.String, "reference": pl.String},
    )
    return set(rows.iter_rows())
