"""How far each number and address of somebody is believed to reach them, with what speaks for and against it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

import polars as pl

from ahadi.data import codes, frames, locating
from ahadi.kernel import belief

CREDITOR = "creditor"
"""Who told of what no person was asked about: it stood in the creditor's sheet."""

_POINTS = """
    SELECT s.stands_for_id, p.id, p.kind, coalesce(p.normal, p.raw), p.raw, p.place, t.source,
           (greatest(coalesce(t.booked_at, c.at), c.at) AT TIME ZONE g.time_zone)::date,
           coalesce(x.others, 0), coalesce(x.marked, 0), m.marked_on, r.contact_point_id
    FROM contact_point p JOIN party_state s ON s.party_id = p.party_id JOIN act c ON c.id = p.act_id
    JOIN organisation g ON g.id = c.organisation_id
    LEFT JOIN LATERAL (
      SELECT n.source, n.booked_at FROM point_told n WHERE n.contact_point_id = p.id AND NOT EXISTS
        (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = n.act_id) ORDER BY n.id DESC LIMIT 1) t ON TRUE
    LEFT JOIN LATERAL (
      SELECT n.contact_point_id FROM point_told n WHERE n.replaces_id = p.id AND NOT EXISTS
        (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = n.act_id) ORDER BY n.id DESC LIMIT 1) r ON TRUE
    LEFT JOIN LATERAL (
      SELECT (k.from_at AT TIME ZONE g.time_zone)::date AS marked_on FROM circumstance k
      LEFT JOIN circumstance_end e ON e.circumstance_id = k.id AND NOT EXISTS
        (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = e.act_id)
      WHERE k.contact_point_id = p.id AND k.kind = 'WRONG_NUMBER' AND e.circumstance_id IS NULL AND NOT EXISTS
        (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = k.act_id) ORDER BY k.id DESC LIMIT 1) m ON TRUE
    LEFT JOIN LATERAL (
      SELECT count(DISTINCT q.stands_for_id) AS others, count(DISTINCT q.stands_for_id) FILTER (WHERE EXISTS (
          SELECT 1 FROM circumstance k WHERE k.contact_point_id = o.id AND k.kind = 'WRONG_NUMBER' AND NOT EXISTS
            (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = k.act_id))) AS marked
      FROM contact_point o JOIN party_state q ON q.party_id = o.party_id JOIN party y ON y.id = o.party_id
      WHERE p.normal IS NOT NULL AND o.normal = p.normal AND o.kind = p.kind AND q.stands_for_id <> s.stands_for_id
        AND y.organisation_id = c.organisation_id AND NOT EXISTS
        (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = o.act_id)) x ON TRUE
    WHERE s.stands_for_id = ANY(%(people)s) AND NOT EXISTS
      (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = p.act_id)
    ORDER BY s.stands_for_id, p.id
"""
_COLUMNS = {
    "person_id": pl.Int64,
    "point_id": pl.Int64,
    "kind": pl.String,
    "text": pl.String,
    "raw": pl.String,
    "place": pl.String,
    "source": pl.String,
    "told_on": pl.Date,
    "others": pl.Int64,
    "others_marked": pl.Int64,
    "marked_on": pl.Date,
    "replaced_by": pl.Int64,
}
_TRIES = """
    SELECT c.contact_point_id, (c.began_at AT TIME ZONE g.time_zone)::date, o.result, o.is_contact, o.is_right_party
    FROM contact c JOIN contact_outcome o ON o.contact_id = c.id JOIN account a ON a.id = c.account_id
    JOIN organisation g ON g.id = a.organisation_id
    WHERE c.account_id IN (
        SELECT x.id FROM account x JOIN party_state s ON s.party_id = x.party_id
        WHERE s.stands_for_id = ANY(%(debtors)s))
      AND c.contact_point_id = ANY(%(points)s) AND NOT EXISTS
      (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = o.act_id)
    ORDER BY c.id
"""


@dataclass(frozen=True)
class Believed:
    """A number or address, how far it is believed (0 to 100), and why: reason and points, the heaviest first.

    `source` is who told of it last and `told_on` when; `reached` and `tried` count talks with the person and attempts;
    `others` are other debtors of whom it is told as well, at `others_marked` of whom somebody said it is not theirs.
    `marked_on` is since when it counts as not theirs, `replaced_by` which one took its place.
    """

    point_id: int
    person_id: int
    kind: str
    text: str
    place: str | None
    source: str
    told_on: date
    tried: int
    reached: int
    others: int
    others_marked: int
    marked_on: date | None
    replaced_by: int | None
    belief: int
    reasons: tuple[tuple[str, int], ...]

    @property
    def is_wrong(self) -> bool:
        """Whether somebody said that it is not theirs."""
        return self.marked_on is not None


def believed(people: pl.Series, *, debtor_id: int, as_of: date) -> Mapping[int, tuple[Believed, ...]]:
    """The numbers and addresses of these people, the best believed first; tried about the debts of the debtor.

    The same number that stands with two parties of one person is shown once, as it was told last.
    """
    points = frames.few(_POINTS, {"people": frames.ids(people)}, _COLUMNS)
    if points.is_empty():
        return MappingProxyType({})
    bound = {"debtors": frames.ids([debtor_id]), "points": frames.ids(points["point_id"])}
    schema = {
        "point_id": pl.Int64,
        "on": pl.Date,
        "result": pl.String,
        "is_contact": pl.Boolean,
        "is_right": pl.Boolean,
    }
    own = points.select("point_id", first=pl.col("point_id").max().over("person_id", "kind", "text"))
    tries = (
        _tries(frames.few(_TRIES, bound, schema))
        .join(own, on="point_id")
        .drop("point_id")
        .rename({"first": "point_id"})
    )
    marks = points.group_by("person_id", "kind", "text").agg(pl.col("marked_on").max().alias("marked_ever"))
    shown = (
        points.join(own.filter(pl.col("point_id") == pl.col("first")), on="point_id", how="semi")
        .join(marks, on=["person_id", "kind", "text"], maintain_order="left")
        .with_columns(marked_on="marked_ever", source=pl.col("source").fill_null(CREDITOR))
        .drop("marked_ever")
    )
    weighed = shown.select(
        "point_id",
        "told_on",
        "others",
        told_by=pl.col("source").replace_strict(dict(locating.terms().sources), default="", return_dtype=pl.String),
        is_marked=pl.col("marked_on").is_not_null(),
    )
    beliefs, reasons = belief.believe(weighed.select(belief.POINTS.column_names), tries, as_of=as_of)
    return _in_order(shown, tries, beliefs, reasons)


def _tries(found: pl.DataFrame) -> pl.DataFrame:
    dead = [one.code for one in codes.codes("dispositions") if one.result == "not_in_service"]
    came = (
        pl.when("is_right")
        .then(pl.lit(belief.RIGHT))
        .when("is_contact")
        .then(pl.lit(belief.OTHER))
        .when(pl.col("result").is_in(dead))
        .then(pl.lit(belief.DEAD))
        .otherwise(pl.lit(belief.SILENT))
    )
    return found.select("point_id", "on", came=came)


def _in_order(
    shown: pl.DataFrame, tries: pl.DataFrame, beliefs: pl.DataFrame, reasons: pl.DataFrame
) -> Mapping[int, tuple[Believed, ...]]:
    counted = tries.group_by("point_id").agg(
        tried=pl.len().cast(pl.Int64), reached=(pl.col("came") == belief.RIGHT).sum().cast(pl.Int64)
    )
    rows = (
        shown.join(beliefs, on="point_id")
        .join(counted, on="point_id", how="left")
        .with_columns(pl.col("tried", "reached").fill_null(0))
        .sort(
            "person_id", pl.col("marked_on").is_not_null(), "belief", "point_id", descending=[False, False, True, True]
        )
    )
    why: dict[int, tuple[tuple[str, int], ...]] = {}
    for point, reason, value in reasons.iter_rows():
        why[point] = (*why.get(point, ()), (reason, value))
    found: dict[int, tuple[Believed, ...]] = {}
    for row in rows.drop("raw").iter_rows(named=True):
        one = Believed(**row, reasons=why.get(row["point_id"], ()))
        found[one.person_id] = (*found.get(one.person_id, ()), one)
    return found
