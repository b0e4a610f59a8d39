"""Beside an officer at the desk: looking on, writing a line to their screen, joining them; each kept in the trail."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl

from ahadi.data import frames, news
from ahadi.data.models.beside import DeskWatch, DeskWatchEnd, Whisper
from ahadi.domain.audit.ports import Act, Actor
from ahadi.domain.desk import queries as desk
from ahadi.domain.desk.ports import WITH_ACCOUNT, At
from ahadi.domain.oversight import queries
from ahadi.domain.oversight.ports import Officer
from ahadi.domain.people import access
from ahadi.domain.rosters.steps import OVERSEERS, today

OBSERVED, JOINED = "observed", "joined"
TEXT_MAX = 300
_BESIDE = "beside"
_SHOWN = 5


class UnableToStandBeside(Exception):
    """Nobody stands beside an officer of another floor, or one with nobody before them: the text says which."""

    is_refusal = True


@dataclass(frozen=True)
class BesideOutcome:
    """The officer whose desk it is, and the account that is before them."""

    officer_id: int
    account_id: int | None = None


@dataclass(frozen=True)
class Line:
    """A line that was written to an officer, and when they had seen it."""

    whisper_id: int
    by: str
    text: str
    at: datetime
    seen_at: datetime | None


@dataclass(frozen=True)
class OnScreen:
    """What an officer has before them now: the state, the account as far as the looker may see it, what is typed."""

    at: At
    account_id: int | None
    debtor: str
    number: str
    creditor: str
    currency: str
    overdue_minor: int
    owed_minor: int
    days_late: int
    typed: Mapping[str, str]
    is_joined: bool


def officer_of(by: Actor, person_id: int, *, as_of: date) -> Officer | None:
    """An officer of the own floor; None where nobody of it is meant."""
    return next((one for one in queries.officers(by=by, as_of=as_of) if one.person_id == person_id), None)


def observe(act: Act, *, officer_id: int) -> BesideOutcome:
    """Begins to look on at an officer's desk. Raises UnableToStandBeside."""
    officer = _officer(act, officer_id)
    account_id = _account(act, officer)
    _watch(act, officer, OBSERVED, account_id)
    return BesideOutcome(officer.person_id, account_id)


def join(act: Act, *, officer_id: int) -> BesideOutcome:
    """Joins an officer on the account before them, which their screen says. Raises UnableToStandBeside."""
    officer = _officer(act, officer_id)
    account_id = _account(act, officer)
    if account_id is None:
        raise UnableToStandBeside(f"{officer.name} has nobody before them whom you may see; join when they do")
    _watch(act, officer, JOINED, account_id)
    news.of_people(act.organisation_id, [officer.person_id], what=_BESIDE)
    return BesideOutcome(officer.person_id, account_id)


def leave(act: Act, *, officer_id: int) -> BesideOutcome:
    """Leaves the desk of an officer: nobody looks on or is with them any more."""
    for watch_id in _open(act.by.person_id or 0, officer_id)["watch_id"]:
        DeskWatchEnd(watch_id=watch_id, at=act.at, act_id=act.id).save(force_insert=True)
    news.of_people(act.organisation_id, [officer_id], what=_BESIDE)
    return BesideOutcome(officer_id)


def whisper(act: Act, *, officer_id: int, text: str) -> BesideOutcome:
    """Writes a line to the screen of an officer. Raises UnableToStandBeside."""
    officer = _officer(act, officer_id)
    if not text.strip():
        raise UnableToStandBeside("the line is empty; write what helps")
    account_id = _account(act, officer)
    Whisper(
        by_id=act.by.person_id or 0,
        officer_id=officer.person_id,
        account_id=account_id,
        text=text.strip()[:TEXT_MAX],
        at=act.at,
        act_id=act.id,
    ).save(force_insert=True)
    news.of_people(act.organisation_id, [officer.person_id], what=_BESIDE)
    return BesideOutcome(officer.person_id, account_id)


def hear(act: Act) -> BesideOutcome:
    """An officer has seen what was written to them; whoever wrote it sees that."""
    person_id = act.by.person_id or 0
    unseen = Whisper.objects.filter(officer_id=person_id, seen_at=None)
    writers = sorted(set(unseen.values_list("by_id", flat=True)))
    unseen.update(seen_at=act.at)
    news.of_people(act.organisation_id, writers, what=_BESIDE)
    return BesideOutcome(person_id)


_JOINED = """
    SELECT DISTINCT p.name FROM desk_watch w JOIN person p ON p.id = w.person_id
    JOIN desk_state d ON d.person_id = w.officer_id AND d.account_id = w.account_id AND d.opened_at <= w.at
    LEFT JOIN desk_watch_end e ON e.watch_id = w.id
    WHERE w.officer_id = %(officer)s AND w.kind = 'joined' AND e.watch_id IS NULL
      AND w.at > clock_timestamp() - interval '12 hours' ORDER BY 1
"""


def joined_by(officer_id: int) -> tuple[str, ...]:
    """Who is with an officer on the account before them; it ends as they leave or as the account does."""
    return tuple(row["name"] for row in frames.told(_JOINED, {"officer": officer_id}, ("name",)))


_LINES = """
    SELECT w.id, p.name, w.text, w.at, w.seen_at FROM whisper w JOIN person p ON p.id = w.by_id
    WHERE w.officer_id = %(officer)s AND w.at > clock_timestamp() - interval '12 hours'
      AND (NOT %(is_unseen)s OR w.seen_at IS NULL) ORDER BY w.id DESC LIMIT %(shown)s
"""


def lines(officer_id: int, *, is_unseen: bool = False) -> tuple[Line, ...]:
    """What was written to an officer today, the newest first; what they have not seen alone where that is asked."""
    bound = {"officer": officer_id, "is_unseen": is_unseen, "shown": _SHOWN}
    return frames.made(Line, _LINES, bound)


_OPEN = """
    SELECT w.id, w.kind, w.account_id FROM desk_watch w LEFT JOIN desk_watch_end e ON e.watch_id = w.id
    WHERE w.person_id = %(person)s AND w.officer_id = %(officer)s AND e.watch_id IS NULL
      AND w.at > clock_timestamp() - interval '12 hours' ORDER BY w.id
"""


def _open(person_id: int, officer_id: int) -> pl.DataFrame:
    told = {"watch_id": pl.Int64, "kind": pl.String, "account_id": pl.Int64}
    return frames.few(_OPEN, {"person": person_id, "officer": officer_id}, told)


def is_observing(*, by: Actor, officer_id: int) -> bool:
    """Whether somebody said that they look on at this desk, and has not left it."""
    return not _open(by.person_id or 0, officer_id).is_empty()


_ACCOUNT = """
    SELECT a.id, coalesce((SELECT n.name FROM party_name n WHERE n.party_id = a.party_id
                           ORDER BY n.seen DESC, n.id LIMIT 1), a.number), a.number, c.name, a.currency,
           t.overdue_minor, t.charged_minor - t.allocated_minor, greatest(%(day)s::date - t.oldest_due_date, 0),
           (SELECT r.content::text FROM draft_state r WHERE r.person_id = %(officer)s AND r.account_id = a.id)
    FROM account a JOIN account_state t ON t.account_id = a.id JOIN creditor c ON c.id = a.creditor_id
    WHERE a.id = %(account)s AND {condition}
"""
_SCREEN: dict[str, Any] = {
    "account_id": pl.Int64,
    "debtor": pl.String,
    "number": pl.String,
    "creditor": pl.String,
    "currency": pl.String,
    "overdue_minor": pl.Int64,
    "owed_minor": pl.Int64,
    "days_late": pl.Int64,
    "typed": pl.String,
}


def on_screen(officer: Officer, *, by: Actor, as_of: date) -> OnScreen:
    """What an officer has before them, the account only where `by` may see it."""
    now = desk.at(by=Actor(officer.login, officer.person_id, by.organisation_id))
    shown = now.account_id if now.state in WITH_ACCOUNT else None
    scope = access.accounts(by)
    bound = {**scope.parameters, "account": shown, "officer": officer.person_id, "day": as_of}
    rows = frames.few(_ACCOUNT.format(condition=scope.condition), bound, _SCREEN)
    mine = _open(by.person_id or 0, officer.person_id)
    is_joined = not mine.filter((pl.col("kind") == JOINED) & (pl.col("account_id") == pl.lit(shown))).is_empty()
    if rows.is_empty():
        return OnScreen(now, None, "", "", "", "", 0, 0, 0, {}, is_joined=False)
    row = rows.row(0, named=True)
    typed = json.loads(row.pop("typed") or "{}")
    return OnScreen(at=now, typed=typed, is_joined=is_joined, **{**row, "days_late": row["days_late"] or 0})


def _officer(act: Act, officer_id: int) -> Officer:
    if not access.rights(act.by).may(*OVERSEERS) or act.by.person_id is None:
        raise UnableToStandBeside("a supervisor or a manager does that; ask one")
    found = officer_of(act.by, officer_id, as_of=today(act))
    if found is None:
        raise UnableToStandBeside("nobody of this reference is on your floor; choose an officer of your teams")
    return found


def _account(act: Act, officer: Officer) -> int | None:
    """The account before an officer, where the actor may see it."""
    return on_screen(officer, by=act.by, as_of=today(act)).account_id


def _watch(act: Act, officer: Officer, kind: str, account_id: int | None) -> None:
    DeskWatch(
        person_id=act.by.person_id or 0,
        officer_id=officer.person_id,
        kind=kind,
        account_id=account_id,
        at=act.at,
        act_id=act.id,
    ).save(force_insert=True)
