"""The history of what is known of a debtor, field by field: who brought, changed, denied, took back or uncovered it."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from ahadi.data import frames
from ahadi.domain.audit.ports import Actor
from ahadi.domain.contact import steps as contact
from ahadi.domain.parties.telling import TELLINGS
from ahadi.domain.work.queries import require_seen

BROUGHT, TOLD, REPLACED, DENIED, RESTORED, UNCOVERED = "brought", "told", "replaced", "denied", "restored", "uncovered"
RELATED, ENDED, DETAIL = "related", "ended", "detail"


@dataclass(frozen=True)
class Happened:
    """One thing that happened to a field: when, by whom (None: the system), to which point, and what it is now.

    `text` is the value, `before` the one it took the place of; `source` is who told, the reason of an uncovering, or
    the basis of a relation. `taken_back` says by whom it was taken back, empty where it holds;
    `may_be_taken_back` is false for what came with a sheet or with the outcome of a call.
    """

    kind: str
    at: datetime
    by: str | None
    by_id: int | None
    point_id: int | None
    field: str
    text: str
    before: str | None
    source: str
    act_id: int
    taken_back: str | None
    is_taken_back: bool
    may_be_taken_back: bool


_HISTORY = """
    WITH known AS (SELECT unnest(%(parties)s::bigint[]) AS party_id),
    point AS (SELECT p.id, p.kind, coalesce(p.normal, p.raw) AS text, p.act_id, p.party_id
              FROM contact_point p JOIN known k ON k.party_id = p.party_id
              WHERE %(point)s::bigint IS NULL OR p.id = %(point)s OR p.id IN (
                SELECT t.replaces_id FROM point_told t WHERE t.contact_point_id = %(point)s)),
    happened AS (
      SELECT 'brought' AS kind, p.id AS point_id, p.kind AS field, p.text, NULL AS before, 'creditor' AS source,
             p.act_id FROM point p
      WHERE NOT EXISTS (SELECT 1 FROM point_told t WHERE t.contact_point_id = p.id AND t.act_id = p.act_id)
      UNION ALL
      SELECT CASE WHEN t.replaces_id IS NULL THEN 'told' ELSE 'replaced' END, p.id, p.kind, p.text,
             (SELECT coalesce(o.normal, o.raw) FROM contact_point o WHERE o.id = t.replaces_id), t.source, t.act_id
      FROM point_told t JOIN point p ON p.id = t.contact_point_id
      UNION ALL
      SELECT 'denied', p.id, p.kind, p.text, NULL, c.source, c.act_id
      FROM circumstance c JOIN point p ON p.id = c.contact_point_id WHERE c.kind = 'WRONG_NUMBER'
      UNION ALL
      SELECT 'restored', p.id, p.kind, p.text, NULL, '', e.act_id
      FROM circumstance_end e JOIN circumstance c ON c.id = e.circumstance_id
      JOIN point p ON p.id = c.contact_point_id WHERE c.kind = 'WRONG_NUMBER'
      UNION ALL
      SELECT 'uncovered', p.id, p.kind, p.text, NULL, u.reason, u.act_id
      FROM unmasking u JOIN point p ON p.id = u.contact_point_id
      UNION ALL
      SELECT 'detail', NULL, d.kind, d.value, NULL, d.source, d.act_id FROM party_detail d
      JOIN known k ON k.party_id = d.party_id WHERE %(point)s::bigint IS NULL
      UNION ALL
      SELECT 'related', NULL, r.relation, coalesce(n.name, ''), NULL, coalesce(r.basis, ''), r.act_id
      FROM related_party r JOIN known k ON k.party_id = r.party_id
      LEFT JOIN LATERAL (SELECT m.name FROM party_name m WHERE m.party_id = r.other_id
                         ORDER BY m.seen DESC, m.id LIMIT 1) n ON TRUE WHERE %(point)s::bigint IS NULL
      UNION ALL
      SELECT 'ended', NULL, r.relation, coalesce(n.name, ''), NULL, '', e.act_id
      FROM related_party_end e JOIN related_party r ON r.id = e.related_id JOIN known k ON k.party_id = r.party_id
      LEFT JOIN LATERAL (SELECT m.name FROM party_name m WHERE m.party_id = r.other_id
                         ORDER BY m.seen DESC, m.id LIMIT 1) n ON TRUE WHERE %(point)s::bigint IS NULL)
    SELECT h.kind, (extract(epoch FROM t.at) * 1000000)::bigint, q.name, t.by_id, h.point_id, h.field, h.text, h.before,
           h.source, h.act_id, x.name, w.act_id IS NOT NULL,
           t.name = ANY(%(tellings)s)
    FROM happened h JOIN act t ON t.id = h.act_id LEFT JOIN person q ON q.id = t.by_id
    LEFT JOIN act_withdrawal w ON w.withdrawn_act_id = h.act_id LEFT JOIN act y ON y.id = w.act_id
    LEFT JOIN person x ON x.id = y.by_id
    ORDER BY t.at DESC, h.act_id DESC, h.kind, h.point_id LIMIT 200
"""
_COLUMNS = {
    "kind": pl.String,
    "at": pl.Int64,
    "by": pl.String,
    "by_id": pl.Int64,
    "point_id": pl.Int64,
    "field": pl.String,
    "text": pl.String,
    "before": pl.String,
    "source": pl.String,
    "act_id": pl.Int64,
    "taken_back": pl.String,
    "is_taken_back": pl.Boolean,
    "may_be_taken_back": pl.Boolean,
}


def history(*, by: Actor, account_id: int, point_id: int | None = None) -> tuple[Happened, ...]:
    """What happened to what is known of everybody of an account, or to one number or address, newest first.

    At most 200. Raises UnableToFindAccount.
    """
    require_seen(by=by, account_id=account_id)
    bound = {
        "parties": frames.ids(sorted(contact.parties_of(account_id))),
        "point": point_id,
        "tellings": list(TELLINGS),
    }
    rows = frames.read(_HISTORY, bound, _COLUMNS).with_columns(pl.col("at").cast(pl.Datetime("us", "UTC")))
    return tuple(Happened(**row) for row in rows.iter_rows(named=True))


# No index leads from a person to their acts: what was told within seconds is among the newest acts of all.
_LAST = """
    SELECT t.id, t.name, ceil(%(seconds)s - extract(epoch FROM clock_timestamp() - t.at))::bigint FROM act t
    WHERE t.id > (SELECT max(n.id) - 20000 FROM act n) AND t.organisation_id = %(house)s AND t.by_id = %(person)s
      AND t.name = ANY(%(names)s) AND t.at > clock_timestamp() - %(seconds)s * interval '1 second'
      AND NOT EXISTS (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = t.id) ORDER BY t.id DESC LIMIT 1
"""


def last_told(*, by: Actor, seconds: int) -> tuple[int, str, int] | None:
    """What this person told last within so many seconds and did not take back: the act, its name, seconds left."""
    # What was learnt in other ways is ended on the page of the account.
    names = [one for one in TELLINGS if one != "take_down"]
    bound = {"person": by.person_id, "house": by.organisation_id, "seconds": seconds, "names": names}
    rows = frames.read(_LAST, bound, {"id": pl.Int64, "name": pl.String, "left": pl.Int64})
    return rows.row(0) if rows.height else None
