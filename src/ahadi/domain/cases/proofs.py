"""The accountant's queue of proofs: what waits, for how long, and which receipt in suspense each may be."""

from datetime import datetime

import polars as pl

from ahadi.data import frames
from ahadi.data.facts import Selection, debtors
from ahadi.data.models.organisation import Organisation
from ahadi.data.sla import OFFICE
from ahadi.domain.audit.ports import Actor
from ahadi.domain.cases import hours
from ahadi.domain.people import access

_AT = pl.Datetime("us", "UTC")
PROOFS: frames.Schema = {
    "proof_id": pl.Int64,
    "account_id": pl.Int64,
    "number": pl.String,
    "debtor_id": pl.Int64,
    "channel": pl.String,
    "reference": pl.String,
    "currency": pl.String,
    "amount_minor": pl.Int64,
    "value_date": pl.Date,
    "document_id": pl.Int64,
    "booked_at": _AT,
    "due_at": _AT,
    "by": pl.String,
    "verdict": pl.String,
    "reason": pl.String,
}
_PROOFS = """
    SELECT f.id, f.account_id, a.number, m.stands_for_id, f.channel, f.reference, f.currency, f.amount_minor,
           f.value_date, f.document_id, f.booked_at, f.due_at, p.name, v.verdict, v.reason
    FROM proof f JOIN account a ON a.id = f.account_id JOIN party_state m ON m.party_id = a.party_id
    JOIN act t ON t.id = f.act_id LEFT JOIN person p ON p.id = t.by_id
    LEFT JOIN proof_verdict v ON v.proof_id = f.id
    WHERE NOT EXISTS (SELECT 1 FROM act_withdrawal z WHERE z.withdrawn_act_id = f.act_id) AND {condition}
    ORDER BY f.due_at, f.id
"""


def proofs(*, by: Actor, is_waiting: bool, account_id: int | None = None) -> pl.DataFrame:
    """The proofs that `by` may see, those that wait or all, the one due first on top: PROOFS, debtor_name."""
    scope = access.accounts(by)
    if is_waiting:
        scope = scope.narrowed("v.proof_id IS NULL")
    if account_id is not None:
        scope = scope.narrowed("f.account_id = %(the_account)s", the_account=account_id)
    found = frames.read(_PROOFS.format(condition=scope.condition), scope.parameters, PROOFS)
    if found.is_empty():
        return found.with_columns(debtor_name=pl.lit(None, dtype=pl.String))
    chosen = Selection("a.id = ANY(%(named)s)", {"named": found["account_id"].unique().to_list()})
    names = debtors(chosen).select("debtor_id", "debtor_name")
    return found.join(names, on="debtor_id", how="left", maintain_order="left")


def remaining(organisation_id: int, waiting: pl.DataFrame, *, at: datetime) -> pl.DataFrame:
    """[clock_id, used_bps, remaining_minutes] of proofs that wait, the clock being the proof's number."""
    clocks = waiting.select(pl.lit(OFFICE).alias("calendar"), "due_at", clock_id="proof_id", from_at="booked_at")
    return hours.remaining_minutes(organisation_id, clocks, at=at)


def zone(organisation_id: int) -> str:
    """The time zone of the office."""
    return Organisation.objects.get(id=organisation_id).time_zone
