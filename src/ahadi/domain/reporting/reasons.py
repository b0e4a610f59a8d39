"""Why people are late, in their own words: the newest reason of each late account, and whom nobody has asked yet."""

from datetime import date, timedelta
from typing import Final

import polars as pl

from ahadi.data import frames
from ahadi.domain.audit.ports import Actor
from ahadi.domain.people import access

LATELY: Final = timedelta(days=30)
"""What was told before is shown as old: people's affairs change."""

TOLD: Final = {
    "account_id": pl.Int64,
    "number": pl.String,
    "debtor": pl.String,
    "creditor": pl.String,
    "officer": pl.String,
    "currency": pl.String,
    "overdue_minor": pl.Int64,
    "days_late": pl.Int64,
    "reason": pl.String,
    "told_on": pl.Date,
}
SUMMED: Final = ("reason", "currency", "accounts", "lately", "overdue_minor", "days_late")
_TOLD = """
    SELECT a.id, a.number, n.name, c.name, o.name, a.currency, t.overdue_minor,
           %(as_of)s - t.oldest_due_date, r.reason, r.told_on
    FROM account a JOIN account_state t ON t.account_id = a.id AND t.status = 'open' AND t.overdue_minor > 0
    JOIN creditor c ON c.id = a.creditor_id JOIN organisation h ON h.id = a.organisation_id
    LEFT JOIN owner o ON o.id = t.owner_id
    LEFT JOIN LATERAL (SELECT x.name FROM party_name x WHERE x.party_id = a.party_id
                       ORDER BY x.seen DESC, x.id LIMIT 1) n ON TRUE
    LEFT JOIN LATERAL (SELECT d.reason, (d.at AT TIME ZONE h.time_zone)::date AS told_on FROM delay_reason d
                       WHERE d.account_id = a.id AND NOT EXISTS
                         (SELECT FROM act_withdrawal w WHERE w.withdrawn_act_id = d.act_id)
                       ORDER BY d.at DESC, d.id DESC LIMIT 1) r ON TRUE
    WHERE {condition}
    ORDER BY t.overdue_minor DESC, a.id
"""


def told(*, by: Actor, as_of: date) -> pl.DataFrame:
    """TOLD: every late account that `by` may see, with its newest reason; null where nobody has asked."""
    scope = access.accounts(by)
    return frames.read(_TOLD.format(condition=scope.condition), {**scope.parameters, "as_of": as_of}, TOLD)


def summed(late: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """TOLD by reason and currency: SUMMED, what is late most first; `lately` counts those told within 30 days."""
    return (
        late.group_by("reason", "currency")
        .agg(
            pl.len().cast(pl.Int64).alias("accounts"),
            (pl.col("told_on") > as_of - LATELY).sum().cast(pl.Int64).alias("lately"),
            pl.col("overdue_minor").sum(),
            pl.col("days_late").median().cast(pl.Int64),
        )
        .select(*SUMMED)
        .sort("currency", "overdue_minor", "reason", descending=[False, True, False], nulls_last=True)
    )
