"""Promises as a list for whoever may see their accounts: due today, coming, broken, kept."""

from datetime import date, timedelta
from typing import Final

import polars as pl

from ahadi.data import frames
from ahadi.domain.audit.ports import Actor
from ahadi.domain.people import access

TODAY, WEEK, BROKEN, KEPT = "today", "week", "broken", "kept"
VIEWS: Final = (TODAY, WEEK, BROKEN, KEPT)
# So far back are promises listed whose time is over.
_BACK = timedelta(days=30)
_AHEAD = timedelta(days=7)
LISTED: Final = {
    "promise_id": pl.Int64,
    "account_id": pl.Int64,
    "number": pl.String,
    "debtor": pl.String,
    "creditor": pl.String,
    "officer": pl.String,
    "currency": pl.String,
    "made_on": pl.Date,
    "due_on": pl.Date,
    "amount_minor": pl.Int64,
    "received_minor": pl.Int64,
    "status": pl.String,
    "is_instalment": pl.Boolean,
    "next_action": pl.String,
    "next_action_on": pl.Date,
}
_LISTED = """
    SELECT p.id, a.id, a.number, n.name, c.name, o.name, a.currency, p.made_on, p.due_on, p.amount_minor,
      s.received_minor, s.status, s.is_instalment, t.next_action, t.next_action_on
    FROM promise_state s JOIN promise p ON p.id = s.promise_id JOIN account a ON a.id = s.account_id
    JOIN creditor c ON c.id = a.creditor_id JOIN account_state t ON t.account_id = a.id
    LEFT JOIN owner o ON o.id = t.owner_id
    LEFT JOIN LATERAL (SELECT x.name FROM party_name x WHERE x.party_id = a.party_id
                       ORDER BY x.seen DESC, x.id LIMIT 1) n ON TRUE
    WHERE {condition} AND t.status <> 'withdrawn' AND s.status = ANY(%(statuses)s)
      AND p.due_on BETWEEN %(first)s AND %(last)s
    ORDER BY p.due_on, p.id
"""


def promises(*, by: Actor, view: str, as_of: date) -> pl.DataFrame:
    """The promises of a view for what `by` may see: LISTED, by due day.

    `today`: open and due, also those within their grace; `week`: open and due in the next seven days; `broken` (also
    kept in part) and `kept`: those of the last 30 days.
    """
    statuses = {BROKEN: ["BROKEN", "PARTIALLY_KEPT"], KEPT: ["KEPT"]}.get(view, ["PENDING"])
    first, last = {
        TODAY: (as_of - _BACK, as_of),
        WEEK: (as_of, as_of + _AHEAD),
        KEPT: (as_of - _BACK, as_of + _BACK),
    }.get(view, (as_of - _BACK, as_of))
    scope = access.accounts(by)
    bound = {**scope.parameters, "statuses": statuses, "first": first, "last": last}
    return frames.read(_LISTED.format(condition=scope.condition), bound, LISTED)
