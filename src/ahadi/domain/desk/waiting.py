"""Who waits for an officer, in order: a few rows of the stored list, and what happened since it was made."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

import polars as pl
from django.db import connections

from ahadi.data import desks, facts, frames, reach
from ahadi.domain.audit.ports import Actor
from ahadi.domain.contact import queries as gate
from ahadi.domain.contact.ports import Asked
from ahadi.domain.desk.ports import Queue, Waiting
from ahadi.domain.people.queries import now, owner_of, time_zone
from ahadi.domain.rosters import queries as rosters
from ahadi.domain.work import queries as work
from ahadi.kernel.gate import BLOCK

_WINDOWS = (40, 160, 400, 700, 700)
"""Rows of the stored list that are looked at in one go: few at first, and an officer does not work 2,000 in a day."""
_NEW = 50

_LIST = """
    SELECT w.id, w.day, cardinality(w.account_ids) FROM worklist w
    WHERE w.owner_id = %(owner)s AND w.day <= %(day)s ORDER BY w.day DESC LIMIT 1
"""
_LIST_COLUMNS = ("list_id", "day", "length")
_SINCE = f"""
    SELECT (%(day)s::date)::timestamp AT TIME ZONE %(zone)s, ARRAY({rosters.STANDS_IN})
"""
_DONE = """
    SELECT DISTINCT s.stands_for_id FROM (
      SELECT c.account_id FROM contact c WHERE c.by_id = %(owner)s AND c.began_at >= %(since)s
      UNION SELECT m.account_id FROM list_move m
            WHERE m.person_id = %(person)s AND m.at >= %(since)s AND m.kind = 'skipped') x
    JOIN account a ON a.id = x.account_id JOIN party_state s ON s.party_id = a.party_id ORDER BY 1
"""
_FREE = """
    t.owner_id = %(owner)s AND t.status = 'open' AND p.stands_for_id <> ALL(%(done)s)
    AND NOT EXISTS (SELECT 1 FROM claim_state k WHERE k.party_id = p.stands_for_id
                    AND k.holder_id <> %(person)s AND k.expires_at > clock_timestamp())
"""
# Arrays are cut before they are opened: of a list of twenty thousand the first rows are enough.
_TOP = f"""
    SELECT e.account_id, p.stands_for_id, e.points, e.overdue_minor, e.days_late, a.currency, t.revision,
           t.as_of >= w.day, array_to_string(w.reasons, ','),
           array_to_string(w.reason_points[(e.turn + %(skip)s - 1) * cardinality(w.reasons) + 1 :
                                           (e.turn + %(skip)s) * cardinality(w.reasons)], ',')
    FROM worklist w
    CROSS JOIN LATERAL unnest(w.account_ids[%(from)s:%(to)s], w.points[%(from)s:%(to)s],
        w.overdue_minor[%(from)s:%(to)s], w.days_late[%(from)s:%(to)s]) WITH ORDINALITY
        AS e (account_id, points, overdue_minor, days_late, turn)
    JOIN account_state t ON t.account_id = e.account_id JOIN account a ON a.id = e.account_id
    JOIN party_state p ON p.party_id = a.party_id
    WHERE w.id = %(list)s AND {_FREE}
      AND NOT EXISTS (SELECT 1 FROM contact c WHERE c.account_id = e.account_id AND c.began_at >= %(since)s)
    ORDER BY e.turn LIMIT %(rows)s
"""
_ROW = (
    "account_id",
    "debtor_id",
    "points",
    "overdue_minor",
    "days_late",
    "currency",
    "revision",
    "is_changed",
    "reasons",
    "reason_points",
)
_FRESH = f"""
    SELECT t.account_id, p.stands_for_id, 0, t.overdue_minor, 0, a.currency, t.revision, TRUE, '', ''
    FROM account_state t JOIN account a ON a.id = t.account_id JOIN party_state p ON p.party_id = a.party_id
    WHERE {_FREE} AND t.as_of >= %(day)s AND t.overdue_minor > 0
      AND NOT EXISTS (SELECT 1 FROM worklist w, unnest(w.account_ids) l WHERE w.id = %(list)s AND l = t.account_id)
      AND NOT EXISTS (SELECT 1 FROM contact c WHERE c.account_id = t.account_id AND c.began_at >= %(since)s)
    ORDER BY t.overdue_minor DESC, t.account_id LIMIT {_NEW}
"""
_CALL_BACKS = """
    SELECT b.account_id, p.stands_for_id, 0, t.overdue_minor, 0, a.currency, t.revision, FALSE,
           b.due_at, ''
    FROM call_back b JOIN account_state t ON t.account_id = b.account_id JOIN account a ON a.id = b.account_id
    JOIN party_state p ON p.party_id = a.party_id
    WHERE (b.person_id = %(person)s OR t.owner_id = ANY(%(stands_in)s))
      AND b.due_at >= %(since)s - interval '7 days' AND b.due_at <= %(until)s
      AND t.status = 'open'
      AND NOT EXISTS (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = b.act_id)
      AND NOT EXISTS (SELECT 1 FROM call_back n WHERE n.account_id = b.account_id AND n.id > b.id
                      AND NOT EXISTS (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = n.act_id))
      AND NOT EXISTS (SELECT 1 FROM contact c WHERE c.account_id = b.account_id
                      AND c.began_at >= b.due_at - %(early)s * interval '1 second' AND c.began_at > b.booked_at)
      AND NOT EXISTS (SELECT 1 FROM claim_state k WHERE k.party_id = p.stands_for_id
                      AND k.holder_id <> %(person)s AND k.expires_at > clock_timestamp())
    ORDER BY b.due_at, b.id LIMIT 20
"""


@dataclass(frozen=True)
class _Desk:
    """Whose queue it is, on which day, who was worked since it began, and for which owners they stand in."""

    by: Actor
    owner_id: int
    day: date
    since: datetime
    done: list[int]
    stands_in: tuple[int, ...] = ()

    @property
    def bound(self) -> dict[str, Any]:
        """What every query of the queue binds."""
        return {
            "owner": self.owner_id,
            "person": self.by.person_id,
            "since": self.since,
            "done": self.done,
            "stands_in": list(self.stands_in),
        }


def queue(*, by: Actor, as_of: date, rows: int, but: int | None = None) -> Queue:
    """The first rows that wait for an officer: call-backs that are due, then the list in its order.

    `but` is the account that is open already. Nobody is in it whom another has before them, or who was worked today.
    """
    desk = _desk(by, as_of)
    if desk is None:
        return Queue((), 0, 0)
    shown, length, due_now = _first_rows(desk, rows, but)
    names = _names([row["account_id"] for row in shown])
    left = max(length - len(desk.done), len(shown))
    return Queue(tuple(_waiting(row, names) for row in shown), left, due_now)


def _first_rows(desk: _Desk, rows: int, but: int | None) -> tuple[list[dict[str, Any]], int, int]:
    """The first rows, one for each debtor; how long the list is, and how many call-backs are due."""
    due = _due(desk)
    own = set(_debtor_of(but))
    listed, length = _listed(desk, rows + len(due) + 1, own)
    first = [*due, *(row for row in listed if row["account_id"] not in {one["account_id"] for one in due})]
    chosen = [row for row in first if row["debtor_id"] not in own]
    return _distinct(chosen)[:rows], length, len(due)


def candidates(*, by: Actor, as_of: date, but: int | None = None) -> Iterator[int]:
    """The accounts that would come next, in order."""
    desk = _desk(by, as_of)
    if desk is not None:
        for row in _first_rows(desk, 10, but)[0]:
            yield row["account_id"]


def _desk(by: Actor, as_of: date) -> _Desk | None:
    owner_id = owner_of(by.login)
    if owner_id is None or by.organisation_id is None:
        return None
    asked = {"day": as_of, "zone": time_zone(by.organisation_id), "person": by.person_id}
    ((since, stands_in),) = frames.rows(_SINCE, asked)
    bound = {"owner": owner_id, "person": by.person_id, "since": since}
    done = [row["debtor_id"] for row in frames.told(_DONE, bound, ("debtor_id",))]
    return _Desk(by, owner_id, as_of, since, done, tuple(stands_in))


def _due(desk: _Desk) -> list[dict[str, Any]]:
    early = desks.figure("call_back_early", as_of=desk.day)
    until = now() + timedelta(seconds=early)
    found = frames.told(_CALL_BACKS, {**desk.bound, "until": until, "early": early}, _ROW)
    return [{**row, "reason": "call_back", "due_at": row["reasons"]} for row in found]


def _listed(desk: _Desk, wanted: int, own: set[int]) -> tuple[list[dict[str, Any]], int]:
    """Rows of their own list and of the lists of those for whom they stand in, in one order; how many there are."""
    owners = (desk.owner_id, *desk.stands_in)
    parts = [_of_owner(replace(desk, owner_id=owner_id), wanted, own) for owner_id in owners]
    found = [row for rows, _length in parts for row in rows]
    if len(parts) > 1:
        found.sort(key=lambda row: (-row["points"], -row["days_late"], row["account_id"]))
    return found, sum(length for _rows, length in parts)


def _of_owner(desk: _Desk, wanted: int, own: set[int]) -> tuple[list[dict[str, Any]], int]:
    """Rows of the newest stored list with what changed since put in its place, and how long the list is."""
    stored = frames.told(_LIST, {"owner": desk.owner_id, "day": desk.day}, _LIST_COLUMNS)
    if not stored:
        return _asked(desk)
    list_id, day, length = stored[0].values()
    changed_about = set(reach.learnt_about(since=desk.since))
    found: list[dict[str, Any]] = []
    skip = 0
    for size in _WINDOWS:
        rows = _window(desk, list_id, skip, size, wanted + 8)
        skip += size
        found += [one for row in rows if (one := _current(row, desk.day, changed_about)) is not None]
        if len(_distinct([row for row in found if row["debtor_id"] not in own])) >= wanted:
            break
        if skip >= length:
            break
    fresh = frames.told(_FRESH, {**desk.bound, "day": day, "list": list_id}, _ROW)
    found += [one for row in fresh if (one := _current(row, desk.day, set())) is not None]
    found.sort(key=lambda row: (-row["points"], -row["days_late"], row["account_id"]))
    return found, length + len(fresh)


def _window(desk: _Desk, list_id: int, skip: int, size: int, rows: int) -> list[dict[str, Any]]:
    bound = {**desk.bound, "list": list_id, "skip": skip, "from": skip + 1, "to": skip + size, "rows": rows}
    return frames.told(_TOP, bound, _ROW)


def _current(row: dict[str, Any], day: date, changed_about: set[int]) -> dict[str, Any] | None:
    """A row as it stands now: one whose account changed since the list was made is ranked again, or falls off it."""
    if not row["is_changed"] and row["debtor_id"] not in changed_about:
        return {**row, "reason": _heaviest(row["reasons"], row["reason_points"])}
    is_learnt = row["debtor_id"] in changed_about
    if is_learnt and _is_closed(row["account_id"], day):
        return None
    book = str(connections["default"].settings_dict["NAME"])
    again = _rank(row["account_id"], day) if is_learnt else _ranked(book, row["account_id"], row["revision"], day)
    return None if again is None else {**row, **again}


def _is_closed(account_id: int, day: date) -> bool:
    """Whether what was learnt today keeps an account from being called for the rest of the day."""
    answer, _, _ = gate.ask(Asked(account_id, "call"), at=now())
    later = answer.next_lawful_at
    return answer.answer == BLOCK and (later is None or later.date() > day)


@lru_cache(maxsize=20_000)
def _ranked(_book: str, account_id: int, _revision: int, day: date) -> dict[str, Any] | None:
    """What an account comes to on a day; the same for as long as its state has the same revision."""
    return _rank(account_id, day)


def _rank(account_id: int, day: date) -> dict[str, Any] | None:
    found = work.rank_of(pl.Series([account_id]), as_of=day)
    if found.ranked.is_empty():
        return None
    row = found.ranked.row(0, named=True)
    return {name: row[name] for name in ("points", "overdue_minor", "days_late")} | {"reason": _first(found.points)}


def _asked(desk: _Desk) -> tuple[list[dict[str, Any]], int]:
    """Where no list was written yet the facts are asked."""
    found = work.ranking(by=desk.by, as_of=desk.day, owner_id=desk.owner_id)
    taken = set(_claimed(desk))
    rows = [
        {**row, "reason": _first(found.points.filter(pl.col("account_id") == row["account_id"]))}
        for row in found.ranked.iter_rows(named=True)
        if row["debtor_id"] not in taken and row["debtor_id"] not in desk.done
    ]
    return rows, found.ranked.height


def _claimed(desk: _Desk) -> list[int]:
    rows = frames.told(
        "SELECT party_id FROM claim_state WHERE organisation_id = %(organisation)s AND holder_id <> %(person)s"
        " AND expires_at > clock_timestamp() ORDER BY 1",
        {"organisation": desk.by.organisation_id, "person": desk.by.person_id},
        ("party_id",),
    )
    return [row["party_id"] for row in rows]


def _first(points: pl.DataFrame) -> str:
    return str(points.sort("points", "reason", descending=[True, False])["reason"][0]) if points.height else "ARREARS"


def _heaviest(reasons: str, points: str) -> str:
    both = zip(reasons.split(","), (int(one) for one in points.split(",")), strict=True)
    return max(both, key=lambda one: one[1])[0]


def _distinct(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row for each debtor: the first of theirs."""
    found: dict[int, dict[str, Any]] = {}
    for row in rows:
        found.setdefault(row["debtor_id"], row)
    return list(found.values())


def _debtor_of(account_id: int | None) -> list[int]:
    if account_id is None:
        return []
    found = frames.scalar(
        "SELECT s.stands_for_id FROM account a JOIN party_state s ON s.party_id = a.party_id WHERE a.id = %(id)s",
        {"id": account_id},
    )
    return [found]


def _names(account_ids: list[int]) -> dict[int, str]:
    if not account_ids:
        return {}
    known = facts.debtors(facts.of_accounts(account_ids))
    return {row[0]: row[2] or row[1] or "" for row in known.iter_rows()}


def _waiting(row: dict[str, Any], names: dict[int, str]) -> Waiting:
    return Waiting(
        account_id=row["account_id"],
        debtor_id=row["debtor_id"],
        name=names.get(row["debtor_id"], ""),
        currency=row["currency"],
        overdue_minor=row["overdue_minor"],
        days_late=row["days_late"],
        points=row["points"],
        reason=row["reason"],
        due_at=row.get("due_at"),
    )
