"""The laws of the night: what is closed stays closed, lists add up, and nobody is lost between list and absence."""

from collections.abc import Iterator

from ahadi.data import snapshot
from ahadi.data.models.organisation import Organisation
from ahadi.domain.laws.ports import Law, rows

_POINTS = (
    "SELECT w.owner_id::text, w.day, 'the points of ' || (e.place) || ' are not the sum of their reasons'"
    " FROM worklist w, unnest(w.points) WITH ORDINALITY AS e (points, place) WHERE e.points <> coalesce("
    " (SELECT sum(p) FROM unnest(w.reason_points[(e.place - 1) * cardinality(w.reasons) + 1 :"
    " e.place * cardinality(w.reasons)]) p), 0)"
    " UNION ALL SELECT owner_id::text, day, 'its columns differ in length' FROM worklist"
    " WHERE NOT (cardinality(account_ids) = cardinality(points)"
    " AND cardinality(points) = cardinality(overdue_minor) AND cardinality(points) = cardinality(days_late)"
    " AND cardinality(points) * cardinality(reasons) = cardinality(reason_points))"
    " UNION ALL SELECT w.owner_id::text, w.day, 'account ' || a || ' is listed twice' FROM worklist w,"
    " unnest(w.account_ids) a GROUP BY 1, 2, a HAVING count(*) > 1"
    " UNION ALL SELECT w.owner_id::text, w.day, 'its points do not fall' FROM worklist w WHERE EXISTS"
    " (SELECT 1 FROM unnest(w.points[:cardinality(w.points) - 1], w.points[2:]) AS n (one, next)"
    " WHERE one < next) ORDER BY 2, 1, 3"
)

# What the close of a day said of the lists of the next, and what these lists hold. A close that was broken off and goes
# on looks again at the parts that were done, and may find accounts that were placed meanwhile: more than were read.
_CLOSES = """
    SELECT c.organisation_id, c.business_date, c.read, (c.summary ->> 'listed')::bigint AS listed,
           coalesce((SELECT sum(e.value::bigint) FROM jsonb_each_text(c.summary -> 'absent') e), 0) AS absent,
           c.summary -> 'absent' AS rules
    FROM close c WHERE c.stage = 'day' AND c.summary IS NOT NULL
"""
_LISTS = """
    SELECT o.organisation_id, w.day - 1 AS business_date, sum(cardinality(w.account_ids)) AS listed
    FROM worklist w JOIN owner o ON o.id = w.owner_id GROUP BY 1, 2
"""
_RULES = """
    SELECT organisation_id, business_date, jsonb_object_agg(rule, count) AS rules FROM (
      SELECT o.organisation_id, w.day - 1 AS business_date, e.key AS rule, sum(e.value::bigint) AS count
      FROM worklist w JOIN owner o ON o.id = w.owner_id, jsonb_each_text(w.absent) e GROUP BY 1, 2, 3) x
    GROUP BY 1, 2
"""
_LOST = f"""
    SELECT c.organisation_id::text, c.business_date,
           'of ' || c.read || ' accounts ' || c.listed || ' were listed and ' || c.absent || ' absent'
    FROM ({_CLOSES}) c WHERE c.read > c.listed + c.absent
    UNION ALL
    SELECT c.organisation_id::text, c.business_date,
           c.listed || ' were listed, and the lists hold ' || coalesce(l.listed, 0)
    FROM ({_CLOSES}) c LEFT JOIN ({_LISTS}) l USING (organisation_id, business_date)
    WHERE c.listed <> coalesce(l.listed, 0)
    UNION ALL
    SELECT c.organisation_id::text, c.business_date, 'who is absent by which rule is not what its lists say'
    FROM ({_CLOSES}) c LEFT JOIN ({_RULES}) r USING (organisation_id, business_date)
    WHERE c.rules <> coalesce(r.rules, '{{}}'::jsonb)
    UNION ALL
    SELECT o.organisation_id::text, w.day - 1, 'account ' || a || ' is on the lists of several owners'
    FROM worklist w JOIN owner o ON o.id = w.owner_id, unnest(w.account_ids) a
    WHERE w.day = (SELECT max(x.day) FROM worklist x JOIN owner p ON p.id = x.owner_id
                   WHERE p.organisation_id = o.organisation_id)
    GROUP BY 1, 2, a HAVING count(DISTINCT w.owner_id) > 1
    ORDER BY 2, 1, 3
"""


def _strange_copies() -> Iterator[str]:
    """What the newest snapshot of each organisation says otherwise than the tables."""
    for organisation_id in Organisation.objects.order_by("id").values_list("id", flat=True):
        held = snapshot.newest(organisation_id)
        if held is not None:
            yield from snapshot.differences(held)


SNAPSHOT = Law(
    "snapshot",
    3,
    "The snapshot of the schedules says what the tables say, of every account that did not move on since.",
    _strange_copies,
)

NIGHT_LAWS: tuple[Law, ...] = (
    Law(
        "closed-days-stay-closed",
        8,
        "Nothing is booked in a closed business date after its close.",
        rows(
            "SELECT j.id, c.business_date FROM journal j JOIN organisation o ON o.id = j.organisation_id"
            " JOIN close c ON c.organisation_id = o.id AND c.stage = 'day'"
            " AND c.business_date = (j.booked_at AT TIME ZONE o.time_zone)::date AND j.booked_at > c.at ORDER BY 1",
            "journal {}: was booked in {} after that day was closed",
        ),
    ),
    Law(
        "points-add-up",
        17,
        "The points on a worklist are the sum of their reasons and fall from rank to rank; nobody is on it twice.",
        rows(_POINTS, "the list of owner {} for {}: {}"),
    ),
    Law(
        "nobody-lost-overnight",
        24,
        "Every account of a closed day is on one list of the next or absent by a rule, once, and the lists say so.",
        rows(_LOST, "organisation {}, close of {}: {}"),
    ),
)
