"""How far each number and address of somebody is believed to reach them, with what speaks for and against it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Any

import polars as pl

from ahadi.data import codes, frames, locating, reach
from ahadi.kernel import belief
from ahadi.kernel.schema import Spec

CREDITOR = "creditor"
"""Who told of what no person was asked about: it stood in the creditor's sheet."""

_POINTS = f"""
    SELECT s.stands_for_id, p.id, p.kind, coalesce(p.normal, p.raw), p.place, t.source,
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
      SELECT (k.from_at AT TIME ZONE g.time_zone)::date AS marked_on
      FROM ({reach.wrong_marks("p.id")}) k ORDER BY k.id DESC LIMIT 1) m ON TRUE
    LEFT JOIN LATERAL (
      SELECT count(DISTINCT q.stands_for_id) AS others, count(DISTINCT q.stands_for_id) FILTER (
          WHERE EXISTS ({reach.wrong_marks("o.id")})) AS marked
      FROM contact_point o JOIN party_state q ON q.party_id = o.party_id JOIN party y ON y.id = o.party_id
      WHERE p.normal IS NOT NULL AND o.normal = p.normal AND o.kind = p.kind AND q.stands_for_id <> s.stands_for_id
        AND y.organisation_id = c.organisation_id AND NOT EXISTS
        (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = o.act_id)) x ON TRUE
    WHERE s.stands_for_id = ANY(%(people)s) AND NOT EXISTS
      (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = p.act_id)
    ORDER BY s.stands_for_id, p.id
"""
_COLUMNS = (
    "person_id",
    "point_id",
    "kind",
    "text",
    "place",
    "source",
    "told_on",
    "others",
    "others_marked",
    "marked_on",
    "replaced_by",
)
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
_TRIED = ("point_id", "on", "result", "is_contact", "is_right")
_TELLERS = dict(locating.terms().sources)


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
    points = frames.told(_POINTS, {"people": frames.ids(people)}, _COLUMNS)
    if not points:
        return MappingProxyType({})
    shown, newest = _shown(points)
    bound = {"debtors": frames.ids([debtor_id]), "points": frames.ids(list(newest))}
    tries = [(newest[row["point_id"]], row["on"], _came(row)) for row in frames.told(_TRIES, bound, _TRIED)]
    weighed = [
        (one["point_id"], _TELLERS.get(one["source"], ""), one["told_on"], one["others"], one["marked_on"] is not None)
        for one in shown
    ]
    beliefs, reasons = belief.believe(_frame(weighed, belief.POINTS), _frame(tries, belief.TRIES), as_of=as_of)
    return _in_order(shown, tries, dict(beliefs.iter_rows()), reasons)


def _shown(points: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], dict[int, int]]:
    """Each number of a person once, as it was told last and not theirs where any of its twins is not; and which of them
    stands for each.
    """
    same: dict[tuple[object, ...], list[dict[str, Any]]] = {}
    for one in points:
        same.setdefault((one["person_id"], one["kind"], one["text"]), []).append(one)
    shown: list[dict[str, Any]] = []
    newest: dict[int, int] = {}
    for twins in same.values():
        last = max(twins, key=lambda one: int(one["point_id"]))
        marked_on = max((one["marked_on"] for one in twins if one["marked_on"] is not None), default=None)
        source = CREDITOR if last["source"] is None else last["source"]
        shown.append({**last, "marked_on": marked_on, "source": source})
        newest |= {one["point_id"]: last["point_id"] for one in twins}
    return shown, newest


def _came(row: dict[str, Any]) -> str:
    if row["is_right"]:
        return belief.RIGHT
    if row["is_contact"]:
        return belief.OTHER
    return belief.DEAD if row["result"] in _dead() else belief.SILENT


@cache
def _dead() -> frozenset[str]:
    return frozenset(one.code for one in codes.codes("dispositions") if one.result == "not_in_service")


def _frame(rows: list[tuple[Any, ...]], spec: Spec) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={column.name: column.dtype for column in spec.columns}, orient="row")


def _in_order(
    shown: list[dict[str, Any]],
    tries: list[tuple[int, date, str]],
    beliefs: Mapping[int, int],
    reasons: pl.DataFrame,
) -> Mapping[int, tuple[Believed, ...]]:
    tried = Counter(point_id for point_id, _, _ in tries)
    reached = Counter(point_id for point_id, _, came in tries if came == belief.RIGHT)
    why: dict[int, tuple[tuple[str, int], ...]] = {}
    for point_id, reason, value in reasons.iter_rows():
        why[point_id] = (*why.get(point_id, ()), (reason, value))
    told = (
        Believed(
            **one,
            tried=tried[one["point_id"]],
            reached=reached[one["point_id"]],
            belief=beliefs[one["point_id"]],
            reasons=why.get(one["point_id"], ()),
        )
        for one in shown
    )
    found: dict[int, tuple[Believed, ...]] = {}
    for one in sorted(told, key=lambda one: (one.person_id, one.is_wrong, -one.belief, -one.point_id)):
        found[one.person_id] = (*found.get(one.person_id, ()), one)
    return found
