"""Who is present on a day, who stands in for whom, whose accounts would be alone, and what is planned."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import polars as pl

from ahadi.data import calendars, facts, frames
from ahadi.data.models.organisation import Organisation
from ahadi.domain.audit.ports import Actor
from ahadi.domain.rosters.ports import DAY_BEGINS, DAY_ENDS, Planned

_LOOK_AHEAD = 21
WORKED = pl.col("is_present") | pl.col("is_usual")
"""A shift that is worked, or would be if nobody were on leave."""
SHIFTS = {
    "person_id": pl.Int64,
    "name": pl.String,
    "day": pl.Date,
    "is_present": pl.Boolean,
    "is_usual": pl.Boolean,
    "from_minute": pl.Int64,
    "until_minute": pl.Int64,
    "leave": pl.String,
    "has_roster": pl.Boolean,
    "stand_in_id": pl.Int64,
    "stand_in": pl.String,
}
# Of each person and day: the newest week that holds, else the weekdays outside of the weekend; the day's own change
# above it; leave above both; and who stands in.
_SHIFTS = f"""
    SELECT p.id, p.name, d.day::date,
           CASE WHEN l.kind IS NOT NULL THEN FALSE WHEN c.day IS NOT NULL THEN c.is_present ELSE u.is_usual END,
           u.is_usual,
           coalesce(c.from_minute, r.from_minute, {DAY_BEGINS}), coalesce(c.until_minute, r.until_minute, {DAY_ENDS}),
           l.kind, r.id IS NOT NULL OR c.day IS NOT NULL OR l.kind IS NOT NULL, v.stand_in_id, v.name
    FROM person p CROSS JOIN unnest(%(days)s::date[]) AS d (day)
    LEFT JOIN LATERAL (
      SELECT r.id, r.weekdays, r.from_minute, r.until_minute FROM roster r
      WHERE r.person_id = p.id AND r.from_date <= d.day AND {facts.counts("r")}
      ORDER BY r.from_date DESC, r.id DESC LIMIT 1) r ON TRUE
    CROSS JOIN LATERAL (
      SELECT NOT d.day::date = ANY(%(closed)s::date[]) AND CASE
               WHEN r.id IS NOT NULL THEN extract(isodow FROM d.day)::int = ANY(r.weekdays)
               ELSE extract(isodow FROM d.day)::int <> ALL(%(weekend)s) END AS is_usual) u
    LEFT JOIN LATERAL (
      SELECT c.day, c.is_present, c.from_minute, c.until_minute FROM shift_change c
      WHERE c.person_id = p.id AND c.day = d.day AND {facts.counts("c")} ORDER BY c.id DESC LIMIT 1) c ON TRUE
    LEFT JOIN LATERAL (
      SELECT l.kind FROM leave l WHERE l.person_id = p.id AND d.day BETWEEN l.from_date AND l.until_date
        AND {facts.counts("l")} ORDER BY l.id DESC LIMIT 1) l ON TRUE
    LEFT JOIN LATERAL (
      SELECT v.stand_in_id, q.name FROM cover v JOIN person q ON q.id = v.stand_in_id
      WHERE v.person_id = p.id AND d.day >= v.from_date AND (v.until_date IS NULL OR d.day <= v.until_date)
        AND extract(isodow FROM d.day)::int = ANY(v.weekdays) AND {facts.counts("v")}
      ORDER BY v.id DESC LIMIT 1) v ON TRUE
    WHERE p.organisation_id = %(organisation)s AND p.is_active
      AND (%(people)s::bigint[] IS NULL OR p.id = ANY(%(people)s))
      AND EXISTS (SELECT 1 FROM owner o WHERE o.person_id = p.id)
    ORDER BY p.name, p.id, d.day
"""


def shifts(organisation_id: int, days: Sequence[date], *, people: Sequence[int] | None = None) -> pl.DataFrame:
    """SHIFTS of everybody who may own accounts, on each of these days.

    Without a roster the days outside of the weekend and of holidays are worked, as the country has them.
    """
    country = Organisation.objects.values_list("country", flat=True).get(id=organisation_id)
    bound = {
        "organisation": organisation_id,
        "days": list(days),
        "people": list(people) if people is not None else None,
        "weekend": sorted(calendars.week(country).weekend),
        "closed": _holidays(organisation_id, country, days),
    }
    return frames.read(_SHIFTS, bound, SHIFTS)


def _holidays(organisation_id: int, country: str, days: Sequence[date]) -> list[date]:
    years = range(min(days).year, max(days).year + 1)
    known = frames.read(
        "SELECT country, day, is_holiday FROM day_override WHERE organisation_id = %(organisation)s ORDER BY 1, 2",
        {"organisation": organisation_id},
        {"country": pl.String, "day": pl.Date, "is_holiday": pl.Boolean},
    )
    overrides = tuple(calendars.Override(*row) for row in known.iter_rows())
    closed = calendars.calendar(frozenset([country]), years=years, overrides=overrides).holidays
    return sorted(set(days) & closed)


def next_working_day(organisation_id: int, *, after: date) -> date:
    """The next day on which somebody of the organisation works; the day after where nobody does for three weeks."""
    days = [after + timedelta(days=offset) for offset in range(1, _LOOK_AHEAD + 1)]
    worked = shifts(organisation_id, days).filter(WORKED)["day"].unique().sort().to_list()
    return next(iter(worked), days[0])


_OWNED = """
    SELECT o.person_id, count(*) FROM account_state s JOIN owner o ON o.id = s.owner_id
    WHERE s.organisation_id = %(organisation)s AND s.status = 'open' AND o.person_id = ANY(%(people)s)
    GROUP BY 1 ORDER BY 1
"""
ALONE = {"person_id": pl.Int64, "name": pl.String, "day": pl.Date, "accounts": pl.Int64, "leave": pl.String}


def alone(organisation_id: int, days: Sequence[date]) -> pl.DataFrame:
    """ALONE: who is away on a day on which somebody works or would, and has nobody present who stands in, with how many
    open accounts, of which there may be none.

    People without roster, change or leave are not judged: their book never used any. By day and name.
    """
    found = shifts(organisation_id, days)
    present = found.filter("is_present").select("day", stand_in_id="person_id", is_there=pl.lit(value=True))
    worked = found.filter(WORKED).select("day").unique()
    away = found.filter("has_roster", ~pl.col("is_present")).join(worked, on="day", how="semi")
    left = away.join(present, on=["day", "stand_in_id"], how="left").filter(pl.col("is_there").is_null())
    if left.is_empty():
        return pl.DataFrame(schema=ALONE)
    bound = {"organisation": organisation_id, "people": left["person_id"].unique().to_list()}
    theirs = frames.read(_OWNED, bound, {"person_id": pl.Int64, "accounts": pl.Int64})
    whole = left.join(theirs, on="person_id", how="left").with_columns(pl.col("accounts").fill_null(0))
    return whole.select(list(ALONE)).sort("day", "name", "person_id")


def owned(person_id: int) -> int:
    """How many open accounts somebody has."""
    return int(
        frames.scalar(
            "SELECT count(*) FROM account_state s JOIN owner o ON o.id = s.owner_id"
            " WHERE o.person_id = %(person)s AND s.status = 'open'",
            {"person": person_id},
        )
    )


STANDS_IN = f"""
    SELECT o.id FROM cover v JOIN owner o ON o.person_id = v.person_id
    WHERE v.stand_in_id = %(person)s AND %(day)s::date >= v.from_date
      AND (v.until_date IS NULL OR %(day)s::date <= v.until_date)
      AND extract(isodow FROM %(day)s::date)::int = ANY(v.weekdays) AND {facts.counts("v")} ORDER BY 1
"""
"""The owners for whom `person` stands in on `day`; asked together with other questions by the desk."""


def stands_in_for(*, by: Actor, as_of: date) -> tuple[int, ...]:
    """The owners for whom somebody stands in on a day."""
    found = frames.read(STANDS_IN, {"person": by.person_id, "day": as_of}, {"owner_id": pl.Int64})["owner_id"]
    return tuple(found.unique().sort())


LEAVES = {
    "leave_id": pl.Int64,
    "person_id": pl.Int64,
    "name": pl.String,
    "kind": pl.String,
    "from_date": pl.Date,
    "until_date": pl.Date,
    "stand_in": pl.String,
    "accounts": pl.Int64,
}


def leaves(organisation_id: int, *, from_date: date) -> pl.DataFrame:
    """LEAVES that are not over on a day, the next first."""
    return frames.read(
        "SELECT l.id, p.id, p.name, l.kind, l.from_date, l.until_date, q.name,"
        " (SELECT count(*) FROM account_state s JOIN owner o ON o.id = s.owner_id"
        "  WHERE o.person_id = p.id AND s.status = 'open')"
        " FROM leave l JOIN person p ON p.id = l.person_id LEFT JOIN cover v ON v.leave_id = l.id"
        " LEFT JOIN person q ON q.id = v.stand_in_id"
        f" WHERE p.organisation_id = %(organisation)s AND l.until_date >= %(day)s AND {facts.counts('l')}"
        " ORDER BY l.from_date, p.name, l.id",
        {"organisation": organisation_id, "day": from_date},
        LEAVES,
    )


PLANS = {
    "person_id": pl.Int64,
    "clients": pl.Int64,
    "calls": pl.Int64,
    "effectiveness_bps": pl.Int64,
    "promises": pl.Int64,
    "cash_minor": pl.Int64,
    "currency": pl.String,
    "silent_max": pl.Int64,
}
_PLANS = f"""
    SELECT DISTINCT ON (w.person_id) w.person_id, w.clients, w.calls, w.effectiveness_bps, w.promises, w.cash_minor,
           w.currency, w.silent_max
    FROM work_plan w WHERE w.person_id = ANY(%(people)s) AND w.day = %(day)s AND {facts.counts("w")}
    ORDER BY w.person_id, w.id DESC
"""


def plans(people: Iterable[int], *, day: date) -> pl.DataFrame:
    """PLANS of these people for a day; nobody is in it for whom nothing was planned."""
    return frames.few(_PLANS, {"people": list(people), "day": day}, PLANS)


def planned(*, by: Actor, day: date) -> Planned:
    """What is planned of somebody for a day."""
    found = plans([by.person_id or 0], day=day).drop("person_id")
    return Planned(**found.row(0, named=True)) if found.height else Planned()
