"""The floor: officers now, the figures of their day, and what their lists bring."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from ahadi.data import desks, facts, frames
from ahadi.domain.audit.ports import Actor
from ahadi.domain.desk import shift
from ahadi.domain.desk.queries import begin_of, moment
from ahadi.domain.oversight.ports import Cash, Effort, Officer, Yield
from ahadi.domain.people.queries import time_zone
from ahadi.domain.rosters import queries as rosters
from ahadi.kernel import effort, staffing
from ahadi.kernel.ratio import ratios

WINDOW_DAYS = 28
NO_TEAM = 0
_FLOOR = """
    SELECT p.id, o.id, p.login, p.name, coalesce(t.id, 0), coalesce(t.name, ''), d.state, d.code,
           (extract(epoch FROM d.since) * 1000000)::bigint, d.account_id
    FROM person p JOIN owner o ON o.person_id = p.id
    LEFT JOIN LATERAL (
      SELECT w.id, w.name FROM team_member m JOIN team w ON w.id = m.team_id
      LEFT JOIN team_member_end e ON e.member_id = m.id
      WHERE m.person_id = p.id AND m.part = 'member' AND e.member_id IS NULL ORDER BY m.id LIMIT 1) t ON TRUE
    LEFT JOIN desk_state d ON d.person_id = p.id AND d.since >= %(since)s
    WHERE p.organisation_id = %(organisation)s AND p.is_active
      AND EXISTS (SELECT FROM grant_given g LEFT JOIN grant_end e ON e.grant_id = g.id
                  WHERE g.person_id = p.id AND e.grant_id IS NULL AND g.role IN ('officer', 'field'))
      AND (NOT EXISTS (SELECT FROM team_member l LEFT JOIN team_member_end k ON k.member_id = l.id
                       WHERE l.person_id = %(person)s AND l.part = 'leader' AND k.member_id IS NULL)
           OR EXISTS (SELECT FROM team_member m JOIN team_member l ON l.team_id = m.team_id AND l.part = 'leader'
                      LEFT JOIN team_member_end n ON n.member_id = m.id
                      LEFT JOIN team_member_end k ON k.member_id = l.id
                      WHERE m.person_id = p.id AND l.person_id = %(person)s
                        AND n.member_id IS NULL AND k.member_id IS NULL))
    ORDER BY t.name NULLS LAST, p.name, p.id
"""
_FLOOR_COLUMNS = {
    "person_id": pl.Int64,
    "owner_id": pl.Int64,
    "login": pl.String,
    "name": pl.String,
    "team_id": pl.Int64,
    "team": pl.String,
    "state": pl.String,
    "code": pl.String,
    "since": pl.Int64,
    "account_id": pl.Int64,
}


def officers(*, by: Actor, as_of: date) -> tuple[Officer, ...]:
    """Whom somebody looks after, by team and name, with what they do now: their own teams', else everybody's."""
    since = begin_of(as_of, by.organisation_id or 0)
    bound = {"organisation": by.organisation_id, "person": by.person_id, "since": since}
    rows = frames.read(_FLOOR, bound, _FLOOR_COLUMNS)
    rows = rows.with_columns(pl.from_epoch("since", "us").dt.replace_time_zone("UTC"), pl.col("team").fill_null(""))
    names = _debtors(rows["account_id"].drop_nulls().to_list())
    return tuple(Officer(**row, debtor=names.get(row["account_id"])) for row in rows.iter_rows(named=True))


_WHOSE = """
    SELECT a.id, s.stands_for_id FROM account a JOIN party_state s ON s.party_id = a.party_id
    WHERE a.id = ANY(%(ids)s) ORDER BY a.id
"""


def _debtors(account_ids: list[int]) -> dict[int | None, str]:
    """The names of the debtors of these accounts."""
    if not account_ids:
        return {}
    whose = frames.read(_WHOSE, {"ids": account_ids}, {"account_id": pl.Int64, "debtor_id": pl.Int64})
    named = facts.debtors(facts.of_accounts(account_ids))
    both = whose.join(named, on="debtor_id", how="left")
    name = pl.coalesce("debtor_name", "debtor_number", pl.lit(""))
    return dict(both.select("account_id", name=name).iter_rows())


def shifts_of(officers_: Sequence[Officer], *, by: Actor, as_of: date) -> pl.DataFrame:
    """The shift of each of them today, as rosters have it."""
    people = [one.person_id for one in officers_]
    return rosters.shifts(by.organisation_id or 0, [as_of], people=people)


def minute_of_day(*, by: Actor) -> int:
    """The minute of the day that it is for an organisation."""
    found: int = frames.scalar(
        "SELECT (extract(hour FROM t) * 60 + extract(minute FROM t))::int"
        " FROM (SELECT clock_timestamp() AT TIME ZONE %(zone)s AS t) n",
        {"zone": time_zone(by.organisation_id or 0)},
    )
    return found


def past_of(shifts: pl.DataFrame, *, minute: int) -> dict[int, int]:
    """By person how much of their shift is over, in hundredths of a percent; nothing of a day off."""
    there = shifts.filter("is_present")
    return dict(staffing.by_now(desks_of(there), minute=minute).iter_rows())


def desks_of(shifts: pl.DataFrame, *, teams: Mapping[int, int] = {}, waiting: Mapping[int, int] = {}) -> pl.DataFrame:
    """Shifts as the kernel asks for them, with the team and how many accounts wait."""
    people = shifts["person_id"]
    return shifts.select(
        "person_id",
        pl.Series("team_id", [teams.get(one, NO_TEAM) for one in people], dtype=pl.Int64),
        "from_minute",
        "until_minute",
        pl.Series("waiting", [waiting.get(one, 0) for one in people], dtype=pl.Int64),
    )


def efforts(officers_: Sequence[Officer], *, by: Actor, as_of: date, past: Mapping[int, int]) -> dict[int, Effort]:
    """What each of them did today, by person; `past` is how much of each shift is over."""
    house = by.organisation_id or 0
    owners = [one.owner_id for one in officers_]
    made = shift.attempts(owners, since=begin_of(as_of, house), day=as_of, zone=time_zone(house))
    plans = {row["person_id"]: row["clients"] for row in _plans(officers_, as_of).iter_rows(named=True)}
    usual = desks.figure("clients_a_day", as_of=as_of)
    sums, hours = _sums(made), _hours(made)
    found = {}
    for one in officers_:
        planned = plans.get(one.person_id)
        planned = usual if planned is None else planned
        told = sums.get(one.owner_id, {})
        expected = planned * past.get(one.person_id, 0) // 10_000
        found[one.person_id] = Effort(planned=planned, expected=expected, hours=hours.get(one.owner_id, ()), **told)
    return found


def _plans(officers_: Sequence[Officer], day: date) -> pl.DataFrame:
    return rosters.plans([one.person_id for one in officers_], day=day)


def _sums(made: pl.DataFrame) -> dict[int, dict[str, Any]]:
    """Clients, calls, contacts, promises and effectiveness by owner."""
    if made.is_empty():
        return {}
    counts = made.group_by("agent_id").agg(
        attempts=pl.len().cast(pl.Int64),
        contacts=pl.col("is_contact").sum().cast(pl.Int64),
        promises=pl.col("is_promise").sum().cast(pl.Int64),
        effective_count=pl.col("is_effective").sum().cast(pl.Int64),
        contact_count=pl.col("is_contact").sum().cast(pl.Int64),
    )
    shown = ratios(counts, kpis=("call_effectiveness",), by=("agent_id",)).select("agent_id", effectiveness="shown")
    clients = effort.clients_worked(made).select("agent_id", clients="client_count")
    whole = counts.drop("effective_count", "contact_count").join(shown, on="agent_id").join(clients, on="agent_id")
    return {row.pop("agent_id"): row for row in whole.iter_rows(named=True)}


def _hours(made: pl.DataFrame) -> dict[int, tuple[tuple[int, int], ...]]:
    """By owner, how many clients were first tried in which hour."""
    first = made.group_by("agent_id", "debtor_id").agg(pl.col("hour").min())
    counts = first.group_by("agent_id", "hour").agg(clients=pl.len().cast(pl.Int64)).sort("agent_id", "hour")
    return {
        int(str(owner)): tuple(group.select("hour", "clients").iter_rows())
        for (owner,), group in counts.group_by(["agent_id"], maintain_order=True)
    }


_KEPT = """
    SELECT t.owner_id, count(*) FILTER (WHERE s.status = 'KEPT'), count(*) FROM promise_state s
    JOIN account_state t ON t.account_id = s.account_id
    WHERE t.owner_id = ANY(%(owners)s) AND s.as_of >= %(from)s AND s.status IN ('KEPT', 'PARTIALLY_KEPT', 'BROKEN')
    GROUP BY 1 ORDER BY 1
"""
# One pass over the lists: what is late by bucket, what came lately and today, and who was not spoken to for long.
_LISTS = """
    SELECT t.owner_id, a.currency, coalesce(t.bucket, ''), sum(t.overdue_minor)::bigint,
           coalesce(sum(r.lately), 0)::bigint, coalesce(sum(r.today), 0)::bigint,
           count(*) FILTER (WHERE t.overdue_minor > 0
                              AND (t.last_contact_on IS NULL OR t.last_contact_on < %(before)s))
    FROM account_state t JOIN account a ON a.id = t.account_id
    LEFT JOIN (
      SELECT s.account_id, sum(r.amount_minor) FILTER (WHERE r.value_date < %(day)s) AS lately,
             sum(r.amount_minor) FILTER (WHERE r.value_date = %(day)s) AS today
      FROM receipt r JOIN receipt_state s ON s.receipt_id = r.id AND s.status = 'assigned'
      WHERE r.organisation_id = %(organisation)s AND r.value_date BETWEEN %(from)s AND %(day)s
        AND r.kind <> 'forgiven' GROUP BY 1) r ON r.account_id = t.account_id
    WHERE t.organisation_id = %(organisation)s AND t.owner_id IS NOT NULL AND (t.status = 'open' OR r.today > 0)
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
_LIST_COLUMNS = {
    "owner_id": pl.Int64,
    "currency": pl.String,
    "bucket": pl.String,
    "overdue_minor": pl.Int64,
    "received_minor": pl.Int64,
    "came_minor": pl.Int64,
    "silent": pl.Int64,
}


def yields(officers_: Sequence[Officer], *, by: Actor, as_of: date, past: Mapping[int, int]) -> dict[int, Yield]:
    """What the list of each of them brings, by person: an old list is expected to bring less."""
    house = by.organisation_id or 0
    quiet = desks.figure("no_talk_days", as_of=as_of)
    bound = {
        "organisation": house,
        "day": as_of,
        "from": as_of - timedelta(days=WINDOW_DAYS),
        "before": as_of - timedelta(days=quiet),
    }
    lists = frames.read(_LISTS, bound, _LIST_COLUMNS).with_columns(pl.col("bucket").fill_null(""))
    expected = staffing.expected_cash(lists.select(list(_LIST_COLUMNS)[:5]), days=WINDOW_DAYS)
    money = lists.group_by("owner_id", "currency").agg(pl.col("came_minor").sum(), pl.col("silent").sum())
    money = money.join(expected, on=["owner_id", "currency"]).sort("owner_id", "expected_minor", descending=True)
    monday = as_of - timedelta(days=as_of.weekday())
    counted = {"owner_id": pl.Int64, "kept": pl.Int64, "judged": pl.Int64}
    kept = frames.read(_KEPT, {"owners": [one.owner_id for one in officers_], "from": monday}, counted)
    return {one.person_id: _yield(one, money, kept, past.get(one.person_id, 0)) for one in officers_}


def _yield(one: Officer, money: pl.DataFrame, kept: pl.DataFrame, past_bps: int) -> Yield:
    rows = money.filter(pl.col("owner_id") == one.owner_id)
    judged = kept.filter(pl.col("owner_id") == one.owner_id)
    return Yield(
        cash=tuple(
            Cash(
                currency=row["currency"],
                came_minor=row["came_minor"],
                expected_minor=row["expected_minor"] * past_bps // 10_000,
                day_minor=row["expected_minor"],
            )
            for row in rows.iter_rows(named=True)
        ),
        kept=int(judged["kept"].sum()),
        judged=int(judged["judged"].sum()),
        silent=int(rows["silent"].sum()),
    )


def now() -> datetime:
    """This moment, by the database's clock."""
    return moment()


def quiet_from(*, as_of: date) -> int:
    """After so many days without a talk an account counts as silent."""
    return desks.figure("no_talk_days", as_of=as_of)


def thresholds(*, as_of: date) -> dict[str, int]:
    """After how many seconds each state at the desk is long."""
    names = {
        "preview": "preview",
        "no_answer": "no_answer",
        "talk_amber": "account_amber",
        "talk_red": "account_red",
        "wrap_amber": "wrap_amber",
        "wrap": "wrap",
    }
    return {name: desks.figure(figure, as_of=as_of) for name, figure in names.items()}


BEHIND = {
    "account_id": pl.Int64,
    "owner_id": pl.Int64,
    "number": pl.String,
    "debtor_id": pl.Int64,
    "currency": pl.String,
    "overdue_minor": pl.Int64,
    "days_late": pl.Int64,
    "last_contact_on": pl.Date,
    "promise_due_on": pl.Date,
}
_BEHIND = """
    SELECT t.account_id, t.owner_id, a.number, s.stands_for_id, a.currency, t.overdue_minor,
           greatest(%(day)s::date - t.oldest_due_date, 0), t.last_contact_on, t.promise_due_on
    FROM account_state t JOIN account a ON a.id = t.account_id JOIN party_state s ON s.party_id = a.party_id
    WHERE t.owner_id = ANY(%(owners)s) AND t.status = 'open' AND t.overdue_minor > 0 AND {figure}
    ORDER BY t.overdue_minor DESC, t.account_id
"""
FIGURES = {
    "silent": "(t.last_contact_on IS NULL OR t.last_contact_on < %(before)s)",
    "broken": "t.promise_status = 'BROKEN'",
    "promised": "t.promise_status = 'PENDING'",
}
"""A figure of the board -> which accounts of the floor are behind it."""


def behind(officers_: Sequence[Officer], figure: str, *, as_of: date) -> pl.DataFrame:
    """BEHIND a figure of the board: the accounts of these officers that make it up, the largest first, with the
    `debtor_name`.
    """
    bound = {
        "owners": [one.owner_id for one in officers_],
        "day": as_of,
        "before": as_of - timedelta(days=quiet_from(as_of=as_of)),
    }
    found = frames.read(_BEHIND.format(figure=FIGURES[figure]), bound, BEHIND)
    named = facts.debtors(facts.of_accounts(found["account_id"]))
    name = pl.coalesce("debtor_name", "debtor_number", "number")
    return found.join(named, on="debtor_id", how="left", maintain_order="left").with_columns(debtor_name=name)
