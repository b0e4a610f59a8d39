"""Gathers what the gate needs to know, in columns: people, places, facts, attempts, and the rules that hold there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache

import polars as pl

from ahadi.data import frames, law, locating, reach
from ahadi.data.facts import Selection
from ahadi.data.models.circumstance import OF_DEBTOR
from ahadi.domain.arrangements import queries as arrangements
from ahadi.domain.contact import codes, places
from ahadi.domain.contact.lawbook import Lawbook, lawbook, named, organisation_of
from ahadi.kernel.gate import FACTS, QUESTIONS, Known
from ahadi.kernel.interest import limitation
from ahadi.kernel.promise import PENDING
from ahadi.kernel.rule import Attempts, Calendar, Conversation, Gap, Rule
from ahadi.kernel.zone import zone_names

DEBTOR = "debtor"
KIND_OF_POINT = {
    "call": "phone",
    "sms": "phone",
    "whatsapp": "phone",
    "email": "email",
    "letter": "address",
    "visit": "address",
}
"""By which kind of contact point each channel reaches somebody; the others need none."""

# A basis that is for asking where somebody is does not let anybody speak of a debt.
_HAS_BASIS = (
    pl.col("basis").is_not_null()
    & (
        ~pl.col("basis")
        .is_in([one.code for one in locating.terms().bases.values() if one.is_for_location])
        .fill_null(False)
        | (pl.col("purpose") == "location")
    )
).alias("has_basis")
_SLACK = timedelta(days=3)
_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_PROMISE, _LIMITATION = 3, 4
_INSTANT = pl.Datetime("us", "UTC")


@dataclass(frozen=True)
class Gathered:
    """People of the accounts with their regime, zones and calendar; their contact points and traits (`reach.traits` at
    the moment); what is known of them.
    """

    people: pl.DataFrame
    points: pl.DataFrame
    traits: pl.DataFrame
    known: Known
    books: Mapping[int, Lawbook]
    at: datetime

    def questions(self, wanted: pl.DataFrame) -> pl.DataFrame:
        """QUESTIONS for [account_id, person_id, channel, point_id, purpose, content] at the moment, numbered from 0."""
        asked = wanted.join(self.people, on=["account_id", "person_id"], maintain_order="left")
        places_ = self.points[["point_id", "place"]]
        asked = asked.join(places_, on="point_id", how="left", maintain_order="left").with_row_index("question_id")
        return asked.select(
            pl.col("question_id").cast(pl.Int64),
            *(_HAS_BASIS if name == "has_basis" else name for name in QUESTIONS.column_names[1:-1]),
            at=pl.lit(self.at.astimezone(UTC), dtype=_INSTANT),
        )


def gather(
    selection: Selection,
    *,
    at: datetime,
    known_at: datetime,
    roles: frozenset[str] | None = None,
    proposed: tuple[Rule, ...] = (),
) -> Gathered:
    """What is known at `known_at` of the accounts, for contact at `at` with people of these roles (None: all).

    `proposed` are rules that hold besides those in force, to see what they would do.
    """
    selection = replace(selection, known_at=known_at)
    people = reach.people(selection)
    if roles is not None:
        people = people.filter(pl.col("role").is_in(list(roles)))
    ids = frames.distinct(people["person_id"])
    points = reach.points(ids, known_at=known_at)
    traits = reach.traits(ids, at=at, known_at=known_at)
    placed = _placed(people, points, traits)
    houses = frames.distinct(people["organisation_id"])
    books = {one: lawbook(one, known_at=known_at).with_policies(proposed) for one in houses}
    regimes = {name: books[organisation_of(name)].rules(name) for name in frames.distinct(placed["regime"])}
    both = frames.distinct(pl.concat([people["debtor_id"], ids]))
    known = Known(
        _facts_of(reach.holds(selection), _circumstances(both, known_at), *_stated(selection, regimes, placed, at)),
        _attempts(both, codes.results(books), since=_since(regimes, people, at), known_at=known_at),
        reach.quiet_times(ids, known_at=known_at),
        regimes,
        _calendars(placed, books, at),
    )
    return Gathered(placed, points, traits, known, books, at)


def _facts_of(*parts: pl.DataFrame) -> pl.DataFrame:
    told = [part for part in parts if part.height]
    return pl.concat(told) if told else parts[0]


def _circumstances(people: pl.Series, known_at: datetime) -> pl.DataFrame:
    return reach.circumstances(people, of_debtor=OF_DEBTOR, known_at=known_at)


def _placed(people: pl.DataFrame, points: pl.DataFrame, traits: pl.DataFrame) -> pl.DataFrame:
    """The people with `regime`, `zones`, `calendar`.

    A zone that was confirmed stands alone. Otherwise every zone that a number or the account's country allows is
    possible; a country of several zones adds none where a number in it tells which. Nothing known: the zone of the
    organisation.
    """
    numbers = places.of_numbers(points["normal"].filter(points["kind"] == "phone"))
    phones = points.join(numbers, left_on="normal", right_on="number").group_by("person_id").agg(*_PHONES)
    both = people.join(phones, on="person_id", how="left", maintain_order="left")
    if traits.is_empty():
        both = both.with_columns(*_NO_TRAITS)
    else:
        confirmed = traits.filter(pl.col("kind") == "TIME_ZONE").select("person_id", TIME_ZONE="value")
        firms = traits.filter(pl.col("kind") == "BUSINESS").select("person_id", BUSINESS=pl.lit("business"))
        for trait in (confirmed, firms):
            both = both.join(trait, on="person_id", how="left", maintain_order="left")
    columns = (
        "country",
        "phone_countries",
        "phone_zones",
        "creditor_country",
        "organisation_country",
        "organisation_zone",
        "TIME_ZONE",
    )
    distinct = frames.combinations(both, columns)
    if len(distinct) == 1:
        found = _place(*distinct[0])
        return both.with_columns(
            *(pl.lit(value).alias(name) for name, value in zip(_PLACE, found, strict=True)),
            regime=_named(pl.lit(found[0])),
        )
    placed = pl.DataFrame(
        [(*values, *_place(*values)) for values in distinct],
        schema=dict.fromkeys((*columns, *_PLACE), pl.String),
        orient="row",
    )
    both = both.join(placed, on=columns, nulls_equal=True, maintain_order="left")
    return both.with_columns(regime=_named(pl.col("places")))


def _named(places_: pl.Expr) -> pl.Expr:
    third, kind = pl.col("is_third_party"), pl.col("BUSINESS")
    return named(pl.col("organisation_id"), is_third_party=third, kind=kind, places=places_)


_PLACE = ("places", "zones", "calendar")
_PHONES = tuple(
    pl.col(name).drop_nulls().unique().sort().str.join("+").alias(f"phone_{plural}")
    for name, plural in (("country", "countries"), ("zones", "zones"))
)
_NO_TRAITS = tuple(pl.lit(None, dtype=pl.String).alias(name) for name in ("TIME_ZONE", "BUSINESS"))


def _place(
    country: str | None,
    phone_countries: str | None,
    phone_zones: str | None,
    creditor_country: str | None,
    organisation_country: str,
    organisation_zone: str,
    confirmed: str | None,
) -> tuple[str, str, str]:
    """Places of the regime, zones and countries of the calendar, each joined by `+`."""
    lives = places.country_of(country) if country else None
    ring = set((phone_countries or "").split("+")) - {""}
    home = {lives.partition("-")[0]} if lives else set()
    zones = set(zone_names(phone_zones or "")) - {""}
    if lives and (len(places.zones_of(lives)) == 1 or not home & ring):
        zones |= places.zones_of(lives)
    theirs = creditor_country or organisation_country
    return (
        places.joined([lives, phone_countries, theirs]),
        confirmed or places.joined(zones) or organisation_zone,
        places.joined([*(home | ring)] or [organisation_country]),
    )


def _calendars(placed: pl.DataFrame, books: Mapping[int, Lawbook], at: datetime) -> dict[str, Calendar]:
    # One organisation asks at a time on every path but the operator's; days of one never bind another.
    found: dict[str, Calendar] = {}
    for organisation_id, name in frames.combinations(placed, ("organisation_id", "calendar")):
        found[name] = books[organisation_id].calendar(name, at=at)
    return found


def _since(regimes: Mapping[str, tuple[Rule, ...]], people: pl.DataFrame, at: datetime) -> datetime:
    """The earliest attempt that any rule about these people still counts."""
    roles = set(frames.distinct(people["role"]))
    reaches = [
        _reach(rule)
        for rules in regimes.values()
        for rule in rules
        if isinstance(rule.test, Attempts | Conversation | Gap)
        and (rule.where.roles is None or rule.where.roles & roles)
    ]
    if None in reaches:
        return _EVER
    return at - _SLACK - max((reach for reach in reaches if reach is not None), default=timedelta())


def _reach(rule: Rule) -> timedelta | None:
    test = rule.test
    if isinstance(test, Attempts):
        if test.days is None and test.hours is None:
            return None
        return timedelta(days=(test.days or 0) + (test.consent_days or 0), hours=test.hours or 0)
    if isinstance(test, Conversation):
        return timedelta(days=test.days + (test.consent_days or 0))
    return timedelta(minutes=test.minutes) if isinstance(test, Gap) else timedelta()


def _attempts(
    people: pl.Series, meant: Mapping[str, tuple[str | None, bool]], *, since: datetime, known_at: datetime
) -> pl.DataFrame:
    """Attempts with the people, as the rules count them: the code of a disposition says what happened on the line."""
    told = reach.attempts(reach.accounts_of(people, known_at=known_at), since=since)
    if told.is_empty():
        return told
    results = {code: result for code, (result, _) in meant.items()}
    spoken = [code for code, (_, is_conversation) in meant.items() if is_conversation]
    return told.with_columns(
        is_conversation=pl.col("result").is_in(spoken).fill_null(False) & (pl.col("channel") == "call"),
        result=pl.col("result").replace_strict(results, default=None, return_dtype=pl.String),
    )


def _stated(
    selection: Selection, regimes: Mapping[str, tuple[Rule, ...]], placed: pl.DataFrame, at: datetime
) -> list[pl.DataFrame]:
    """What follows from the states: an open promise or plan, and a debt that is time-barred."""
    kinds = {kind for rules in regimes.values() for rule in rules for kind in getattr(rule.test, "facts", ())}
    if not kinds & {"PTP_ACTIVE", "TIME_BARRED"}:
        return []
    now = reach.standings(selection)
    has_promise = bool((now["promise_status"] == PENDING).any())
    has_limit = any(limitation_years(one) is not None for one in frames.distinct(placed["places"]))
    if not has_promise and not has_limit:
        return []
    where = placed.filter(pl.col("role") == DEBTOR)[["account_id", "organisation_zone", "places"]]
    now = now.join(where, on="account_id")
    return [*([_promised(now, at)] if has_promise else []), *([_barred(now, at)] if has_limit else [])]


def _promised(now: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """An open promise restrains from always until the day after its last day of grace."""
    days = arrangements.grace_days(as_of=at.date()) + 1
    open_ = now.filter(pl.col("promise_status") == PENDING).with_columns(
        day=pl.col("promise_due_on") + timedelta(days=days)
    )
    return _facts(open_, "PTP_ACTIVE", _PROMISE, until_day="day")


def _barred(now: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """A claim is barred from the day after the years of the strictest place have passed since it was last alive."""
    found = []
    for (places_,), mine in _parted(now, "places"):
        years = limitation_years(str(places_))
        if years is None:
            continue
        clocks = pl.concat(
            mine.select("account_id", on_date=name).drop_nulls() for name in ("oldest_due_date", "last_receipt_on")
        )
        expired = limitation(clocks, as_of=at.date(), years=years).join(mine, on="account_id")
        found.append(expired.with_columns(day=pl.col("expires_on") + timedelta(days=1)))
    if not found:
        return reach.NOTHING[FACTS.name]
    return _facts(pl.concat(found), "TIME_BARRED", _LIMITATION, from_day="day")


@cache
def limitation_years(places_: str) -> int | None:
    """After how many years a claim is barred in the strictest of these places, where one says so."""
    names = {name for place in places_.split("+") for name in (place, place.partition("-")[0])}
    names |= {"UK"} if "GB" in names else set()
    years = [
        value.value
        for rule in law.rules().values()
        if rule.topic == "limitation" and rule.jurisdiction in names
        for value in rule.values
        if value.name.startswith("years") and isinstance(value.value, int)
    ]
    return min(years, default=None)


def _facts(
    rows: pl.DataFrame, kind: str, source: int, *, from_day: str | None = None, until_day: str | None = None
) -> pl.DataFrame:
    """FACTS of a kind about accounts, from always or the beginning of a day and without end or until that of another,
    in the zone of the organisation.
    """
    parts = [reach.NOTHING[FACTS.name]]
    nothing = {name: pl.lit(None, dtype=pl.Int64) for name in ("debtor_id", "person_id", "point_id")}
    for (zone,), mine in _parted(rows, "organisation_zone"):
        made = mine.select(
            "account_id",
            fact_id=pl.col("account_id") * reach.SOURCES + source,
            kind=pl.lit(kind),
            channel=pl.lit(None, dtype=pl.String),
            from_at=pl.lit(0).cast(_INSTANT) if from_day is None else _begin_of(from_day, str(zone)),
            until_at=pl.lit(None, dtype=_INSTANT) if until_day is None else _begin_of(until_day, str(zone)),
            **nothing,
        )
        parts.append(made.select(FACTS.column_names))
    return pl.concat(parts)


def _parted(rows: pl.DataFrame, name: str) -> Iterable[tuple[tuple[object, ...], pl.DataFrame]]:
    """The rows of each value of a column, as `group_by` gives them: nearly always they have one value."""
    if len(told := frames.combinations(rows, (name,))) == 1:
        return [(told[0], rows)]
    return rows.group_by(name, maintain_order=True)


def _begin_of(day: str, zone: str) -> pl.Expr:
    """The first instant of a day in a zone; where midnight does not exist that day, it begins an hour later."""
    midnight = pl.col(day).cast(pl.Datetime("us"))
    begins = (
        each.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
        for each in (midnight, midnight + timedelta(hours=1))
    )
    return pl.coalesce(begins).dt.convert_time_zone("UTC")
