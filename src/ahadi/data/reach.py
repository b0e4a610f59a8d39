"""Who could be reached about an account, where, and what is known that bears on it, as columns of the gate."""

from datetime import datetime
from typing import Final

import polars as pl

from ahadi.data import frames
from ahadi.data.facts import Selection, _live, counts
from ahadi.kernel.gate import ATTEMPTS, FACTS
from ahadi.kernel.schema import Spec, empty

NOTHING: Final = {spec.name: empty(spec) for spec in (FACTS, ATTEMPTS)}
"""What the gate is told where nothing is known, made once."""
_INSTANT: Final = pl.Datetime("us", "UTC")
_FIRST_HOLD = 1
_FIRST_CIRCUMSTANCE = 2
SOURCES = 8
"""Facts come from several tables: the number of a fact is its id there times this, and which table it is."""


WRONG_NUMBER = "WRONG_NUMBER"
"""The kind of circumstance which says that a number or address is not the person's."""


def ended(circumstance: str) -> str:
    """A condition: `circumstance`, an alias in SQL, was ended, and that end was not taken back."""
    return (
        f"EXISTS (SELECT 1 FROM circumstance_end finish WHERE finish.circumstance_id = {circumstance}.id"
        f" AND {counts('finish')})"
    )


def wrong_marks(point: str) -> str:
    """A query [id, from_at] of the marks that hold now, by which a number or address is not the person's.

    `point` is its id as an expression in SQL. Whoever asks which numbers are wrong asks this; the gate alone reads all
    circumstances as they were known at its moment.
    """
    return (
        "SELECT mark.id, mark.from_at FROM circumstance mark"
        f" WHERE mark.kind = '{WRONG_NUMBER}' AND mark.contact_point_id = {point}"
        f" AND {counts('mark')} AND NOT {ended('mark')}"
    )


def _micros(column: str) -> str:
    return f"(extract(epoch FROM {column}) * 1000000)::bigint"


def _of(people_: pl.Series, query: str, schema: frames.Schema, **bound: object) -> pl.DataFrame:
    """What a query about these people yields; a few of them as a page asks."""
    return frames.asking(len(people_))(query, {"people": frames.ids(people_), **bound}, schema)


def _instants(frame: pl.DataFrame, spec: Spec) -> pl.DataFrame:
    """The rows with the types of the spec, whose instants are whole microseconds so far."""
    if frame.is_empty():
        return NOTHING[spec.name]
    return frame.with_columns(pl.col(name).cast(_INSTANT) for name in frame.columns if name.endswith("at"))


PEOPLE = {
    "account_id": pl.Int64,
    "organisation_id": pl.Int64,
    "debtor_id": pl.Int64,
    "person_id": pl.Int64,
    "party_id": pl.Int64,
    "role": pl.String,
    "basis": pl.String,
    "is_third_party": pl.Boolean,
    "country": pl.String,
    "creditor_country": pl.String,
    "organisation_country": pl.String,
    "organisation_zone": pl.String,
}
_RELATED = f"""
    SELECT DISTINCT ON (r.party_id, r.other_id) r.party_id, r.other_id, r.relation, r.basis
    FROM related_party r JOIN act t ON t.id = r.act_id
    WHERE t.at <= %(known_at)s AND {_live("r")} AND NOT EXISTS (
        SELECT 1 FROM related_party_end e WHERE e.related_id = r.id AND e.ended_at <= %(known_at)s AND {_live("e")})
      AND r.party_id IN (
      SELECT s.party_id FROM party_state s WHERE s.stands_for_id IN (
        SELECT d.stands_for_id FROM account a JOIN party_state d ON d.party_id = a.party_id
        WHERE {{keys[a.id]}} AND {{condition}}))
    ORDER BY r.party_id, r.other_id, r.id DESC
"""
_PEOPLE = f"""
    WITH chosen AS (
      SELECT a.id, a.organisation_id, a.creditor_id, a.party_id, a.country, s.stands_for_id
      FROM account a JOIN party_state s ON s.party_id = a.party_id WHERE {{keys[a.id]}} AND {{condition}}),
    related AS ({_RELATED}),
    both_ AS (
      SELECT c.id, c.stands_for_id AS person_id, c.party_id, 'debtor' AS role, NULL::text AS basis FROM chosen c
      UNION ALL
      SELECT DISTINCT c.id, o.stands_for_id, r.other_id, r.relation, r.basis
      FROM chosen c JOIN party_state s ON s.stands_for_id = c.stands_for_id
      JOIN related r ON r.party_id = s.party_id JOIN party_state o ON o.party_id = r.other_id)
    SELECT c.id, c.organisation_id, c.stands_for_id, b.person_id, b.party_id, b.role, b.basis, NOT r.is_own,
           c.country, r.country, g.country, g.time_zone
    FROM chosen c JOIN both_ b ON b.id = c.id
    JOIN creditor r ON r.id = c.creditor_id JOIN organisation g ON g.id = c.organisation_id
    ORDER BY c.id, (b.role <> 'debtor'), b.role, b.person_id
"""


def people(selection: Selection) -> pl.DataFrame:
    """The debtor of each account, and those who are related to the debtor, with the newest basis (a code of
    rulebook/locating.yaml) recorded for each; whom a relation joins no more is left out.
    """
    return selection.read(_PEOPLE, PEOPLE)


POINTS = {
    "person_id": pl.Int64,
    "point_id": pl.Int64,
    "kind": pl.String,
    "normal": pl.String,
    "place": pl.String,
}
_POINTS = """
    SELECT s.stands_for_id, p.id, p.kind, p.normal, p.place
    FROM contact_point p JOIN party_state s ON s.party_id = p.party_id JOIN act t ON t.id = p.act_id
    WHERE s.stands_for_id = ANY(%(people)s) AND t.at <= %(known_at)s
      AND NOT EXISTS (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = p.act_id AND w.at <= %(known_at)s)
    ORDER BY s.stands_for_id, p.id
"""


def points(people_: pl.Series, *, known_at: datetime) -> pl.DataFrame:
    """The contact points of these people, oldest first."""
    return _of(people_, _POINTS, POINTS, known_at=known_at)


_FACTS = {column.name: (pl.Int64 if column.name.endswith("_at") else column.dtype) for column in FACTS.columns}
_HOLDS = f"""
    SELECT h.id * {SOURCES} + {_FIRST_HOLD}, h.kind, h.account_id, NULL, NULL, NULL, NULL,
           {_micros("h.from_date::timestamp AT TIME ZONE g.time_zone")},
           {_micros("least((h.ends_on + 1)::timestamp AT TIME ZONE g.time_zone, e.booked_at)")}
    FROM hold h JOIN account a ON a.id = h.account_id JOIN organisation g ON g.id = a.organisation_id
    LEFT JOIN hold_release e ON e.hold_id = h.id AND e.booked_at <= %(known_at)s AND {_live("e")}
    WHERE h.charge IS NULL AND h.booked_at <= %(known_at)s AND {_live("h")} AND {{keys[h.account_id]}} AND {{condition}}
    ORDER BY h.id
"""
_CIRCUMSTANCES = f"""
    SELECT c.id * {SOURCES} + {_FIRST_CIRCUMSTANCE}, c.kind, c.account_id,
           CASE WHEN c.kind = ANY(%(of_debtor)s) THEN s.stands_for_id END,
           CASE WHEN c.kind = ANY(%(of_debtor)s) THEN NULL ELSE s.stands_for_id END,
           c.contact_point_id, c.channel,
           {_micros("c.from_at")}, {_micros("least(c.until_at, e.ended_at)")}
    FROM circumstance c JOIN party_state s ON s.party_id = c.party_id
    LEFT JOIN circumstance_end e ON e.circumstance_id = c.id AND e.booked_at <= %(known_at)s AND {_live("e")}
    WHERE s.stands_for_id = ANY(%(people)s) AND c.booked_at <= %(known_at)s AND {_live("c")}
      AND c.kind NOT IN ('TIME_ZONE', 'LANGUAGE')
    ORDER BY c.id
"""


def holds(selection: Selection) -> pl.DataFrame:
    """The holds on whole accounts as FACTS of the gate, in the days of the organisation's own zone."""
    return _instants(selection.read(_HOLDS, _FACTS), FACTS)


def circumstances(people_: pl.Series, *, of_debtor: tuple[str, ...], known_at: datetime) -> pl.DataFrame:
    """What is known of these people as FACTS; the kinds of `of_debtor` meet all that concerns their debts."""
    found = _of(people_, _CIRCUMSTANCES, _FACTS, of_debtor=list(of_debtor), known_at=known_at)
    return _instants(found, FACTS)


TRAITS = {"person_id": pl.Int64, "kind": pl.String, "value": pl.String}
_TRAITS = f"""
    SELECT DISTINCT ON (s.stands_for_id, c.kind) s.stands_for_id, c.kind, c.value
    FROM circumstance c JOIN party_state s ON s.party_id = c.party_id
    LEFT JOIN circumstance_end e ON e.circumstance_id = c.id AND e.booked_at <= %(known_at)s AND {_live("e")}
    WHERE s.stands_for_id = ANY(%(people)s) AND c.booked_at <= %(known_at)s AND {_live("c")}
      AND c.kind IN ('TIME_ZONE', 'LANGUAGE', 'BUSINESS') AND c.from_at <= %(known_at)s
      AND (c.until_at IS NULL OR c.until_at > %(at)s) AND (e.ended_at IS NULL OR e.ended_at > %(at)s)
    ORDER BY s.stands_for_id, c.kind, c.from_at DESC, c.id DESC
"""


def traits(people_: pl.Series, *, at: datetime, known_at: datetime) -> pl.DataFrame:
    """Confirmed time zone, language, and whether they trade as a firm: the newest of each that holds."""
    return _of(people_, _TRAITS, TRAITS, at=at, known_at=known_at)


QUIET = {"person_id": pl.Int64, "weekday": pl.Int64, "from_minute": pl.Int64, "until_minute": pl.Int64}
_QUIET = f"""
    SELECT q.person_id, (t ->> 0)::bigint, (t ->> 1)::bigint, (t ->> 2)::bigint
    FROM (SELECT DISTINCT ON (s.stands_for_id) s.stands_for_id AS person_id, k.times
          FROM quiet_week k JOIN party_state s ON s.party_id = k.party_id
          WHERE s.stands_for_id = ANY(%(people)s) AND k.booked_at <= %(known_at)s AND {_live("k")}
          ORDER BY s.stands_for_id, k.booked_at DESC, k.id DESC) q, jsonb_array_elements(q.times) t
    ORDER BY 1, 2, 3
"""


def quiet_times(people_: pl.Series, *, known_at: datetime) -> pl.DataFrame:
    """When these people do not want to be disturbed, as PREFERENCES of the gate."""
    return _of(people_, _QUIET, QUIET, known_at=known_at)


_ATTEMPTS = {column.name: (pl.Int64 if column.name == "at" else column.dtype) for column in ATTEMPTS.columns}
# From the accounts to their contacts: from every contact to its accounts the whole floor would be read for one debtor.
_ATTEMPTS_QUERY = f"""
    WITH mine AS MATERIALIZED (
      SELECT a.id, d.stands_for_id FROM account a JOIN party_state d ON d.party_id = a.party_id WHERE {{condition}})
    SELECT c.id, x.account_id, x.stands_for_id, coalesce(s.stands_for_id, x.stands_for_id), c.contact_point_id,
           c.channel, p.place, {_micros("c.began_at")}, o.result, c.direction = 'outbound', FALSE
    FROM (SELECT k.id AS contact_id, k.account_id, mine.stands_for_id FROM mine JOIN contact k ON k.account_id = mine.id
          WHERE k.began_at > %(since)s
          UNION SELECT m.contact_id, m.account_id, mine.stands_for_id FROM mine
          JOIN contact_account m ON m.account_id = mine.id) x
    JOIN contact c ON c.id = x.contact_id
    LEFT JOIN party_state s ON s.party_id = c.party_id
    LEFT JOIN contact_point p ON p.id = c.contact_point_id
    LEFT JOIN contact_outcome o ON o.contact_id = c.id AND o.ended_at <= %(known_at)s AND {_live("o")}
    WHERE c.channel <> 'in_person' AND c.began_at > %(since)s AND c.began_at <= %(known_at)s AND {_live("c")}
    ORDER BY c.id, x.account_id
"""


def attempts(selection: Selection, *, since: datetime) -> pl.DataFrame:
    """Attempts and contacts about these accounts as ATTEMPTS of the gate, `result` the code of the disposition."""
    return _instants(selection.read(_ATTEMPTS_QUERY, _ATTEMPTS, since=since), ATTEMPTS)


def accounts_of(people_: pl.Series, *, known_at: datetime | None) -> Selection:
    """Every account of these debtors: what is counted per person is counted over all of them."""
    condition = "a.party_id IN (SELECT party_id FROM party_state WHERE stands_for_id = ANY(%(of_people)s))"
    return Selection(condition, {"of_people": frames.ids(people_)}, known_at, is_few=len(people_) <= frames.FEW)


STANDINGS = {
    "account_id": pl.Int64,
    "promise_status": pl.String,
    "promise_due_on": pl.Date,
    "oldest_due_date": pl.Date,
    "last_receipt_on": pl.Date,
}
_STANDINGS = """
    SELECT a.id, t.promise_status, t.promise_due_on, t.oldest_due_date, t.last_receipt_on
    FROM account_state t JOIN account a ON a.id = t.account_id WHERE {keys[a.id]} AND {condition} ORDER BY a.id
"""


def standings(selection: Selection) -> pl.DataFrame:
    """What the states say that bears on contact: an open promise, and since when the debt is old."""
    return selection.read(_STANDINGS, STANDINGS)


_LEARNT = """
    SELECT DISTINCT s.stands_for_id FROM party_state s JOIN (
      SELECT party_id FROM circumstance WHERE booked_at >= %(since)s
      UNION SELECT c.party_id FROM circumstance_end e JOIN circumstance c ON c.id = e.circumstance_id
            WHERE e.booked_at >= %(since)s
      UNION SELECT party_id FROM quiet_week WHERE booked_at >= %(since)s) k ON k.party_id = s.party_id
    ORDER BY 1
"""


def learnt_about(*, since: datetime) -> pl.Series:
    """The people about whom something that bears on contact was booked since a moment."""
    return frames.few(_LEARNT, {"since": since}, {"person_id": pl.Int64})["person_id"]
