"""Reminders of promises: which are to be planned, and what became of those that were."""

from datetime import date, timedelta
from typing import Any

import polars as pl

from ahadi.data import frames

PROMISE_OVER = "PROMISE_OVER"
"""Why a reminder is not sent that the gate had nothing against: its promise is not open any more."""
NO_ADDRESS = "NO_ADDRESS"
"""Why none is planned: the debtor has no number or address for a message."""
CODES = (PROMISE_OVER, NO_ADDRESS)

DUE = {"reminder_id": pl.Int64, "account_id": pl.Int64, "remind_on": pl.Date}
# Planned the day before, when most is known of it; what was withdrawn, kept or broken until then is never asked about.
_DUE = """
    SELECT r.id, p.account_id, r.remind_on FROM promise_reminder r
    JOIN promise p ON p.id = r.promise_id
    JOIN promise_state s ON s.promise_id = p.id AND s.status = 'PENDING'
    JOIN account a ON a.id = p.account_id AND a.organisation_id = %(organisation)s
    JOIN account_state t ON t.account_id = a.id AND t.status = 'open'
    WHERE r.remind_on BETWEEN %(first)s AND %(last)s
      AND NOT EXISTS (SELECT FROM reminder_plan q WHERE q.reminder_id = r.id)
      AND NOT EXISTS (SELECT FROM act_withdrawal w WHERE w.withdrawn_act_id = p.act_id)
    ORDER BY r.remind_on, r.id LIMIT %(most)s
"""


def due(organisation_id: int, *, today: date, most: int) -> pl.DataFrame:
    """DUE: reminders of open promises for today and tomorrow that nobody planned yet, the soonest first."""
    bound = {"organisation": organisation_id, "first": today, "last": today + timedelta(days=1), "most": most}
    return frames.read(_DUE, bound, DUE)


_OVER = """
    SELECT q.planned_contact_id, p.account_id FROM reminder_plan q
    JOIN planned_contact_state t ON t.planned_contact_id = q.planned_contact_id AND t.status = 'waiting'
    JOIN promise_reminder r ON r.id = q.reminder_id JOIN promise p ON p.id = r.promise_id
    JOIN account a ON a.id = p.account_id AND a.organisation_id = %(organisation)s
    JOIN promise_state s ON s.promise_id = p.id AND s.status <> 'PENDING'
    ORDER BY q.planned_contact_id LIMIT %(most)s
"""


def over(organisation_id: int, *, most: int) -> pl.DataFrame:
    """[planned_contact_id, account_id] of reminders that wait although their promise is not open any more."""
    told = {"planned_contact_id": pl.Int64, "account_id": pl.Int64}
    return frames.read(_OVER, {"organisation": organisation_id, "most": most}, told)


def is_over(planned_contact_id: int) -> bool:
    """Whether a planned contact was to remind of a promise that is not open any more."""
    found: bool = frames.scalar(
        "SELECT EXISTS (SELECT FROM reminder_plan q JOIN promise_reminder r ON r.id = q.reminder_id"
        " JOIN promise_state s ON s.promise_id = r.promise_id"
        " WHERE q.planned_contact_id = %(planned)s AND s.status <> 'PENDING')",
        {"planned": planned_contact_id},
    )
    return found


REMINDED: dict[str, Any] = {
    "promise_id": pl.Int64,
    "remind_on": pl.Date,
    "due_at": pl.Datetime("us", "UTC"),
    "status": pl.String,
    "rule": pl.String,
    "channel": pl.String,
}
BECAME = """
    CASE WHEN s.status <> 'PENDING' AND coalesce(t.status, 'waiting') <> 'begun' THEN 'over'
         WHEN q.reminder_id IS NULL THEN 'ahead' WHEN q.planned_contact_id IS NULL THEN 'stopped' ELSE t.status END
"""
"""What became of a reminder, of `promise_state s`, `reminder_plan q` and `planned_contact_state t`."""
_REMINDED = f"""
    SELECT r.promise_id, r.remind_on, (extract(epoch FROM c.due_at) * 1000000)::bigint, {BECAME},
      coalesce(q.rule, t.rule), c.channel
    FROM promise_reminder r JOIN promise_state s ON s.promise_id = r.promise_id
    LEFT JOIN reminder_plan q ON q.reminder_id = r.id
    LEFT JOIN planned_contact c ON c.id = q.planned_contact_id
    LEFT JOIN planned_contact_state t ON t.planned_contact_id = c.id
    WHERE r.promise_id = ANY(%(ids)s) ORDER BY r.promise_id, r.remind_on
"""


def reminded(promise_ids: pl.Series) -> pl.DataFrame:
    """REMINDED: what became of the reminders of these promises, by promise and day.

    `status`: `ahead` (not planned yet), `waiting` (for `due_at`), `stopped` (`rule` says why nothing is sent), `begun`
    (it went out), `over` (the promise is not open any more, and nothing is sent).
    """
    rows = frames.read(_REMINDED, {"ids": frames.ids(promise_ids)}, {**REMINDED, "due_at": pl.Int64})
    return rows.with_columns(pl.col("due_at").cast(pl.Datetime("us", "UTC")))


def next_reminder(found: pl.DataFrame, *, today: date) -> pl.DataFrame:
    """Of REMINDED the row of each promise that says most now: what comes next, else what was last."""
    is_ahead = pl.col("remind_on") >= today
    return found.sort(~is_ahead, "remind_on").unique("promise_id", keep="first", maintain_order=True)
