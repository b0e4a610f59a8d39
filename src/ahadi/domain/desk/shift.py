"""A shift in figures: clients tried, calls that led to something, money that came, who was not spoken to for long."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import polars as pl

from ahadi.data import desks, frames
from ahadi.domain.audit.ports import Actor
from ahadi.domain.desk.queries import begin_of
from ahadi.domain.people.queries import owner_of, time_zone
from ahadi.domain.rosters import queries as rosters
from ahadi.domain.rosters.ports import Planned
from ahadi.kernel import effort
from ahadi.kernel.money import percent_text

_EFFECTIVE = (
    "RP_PTP_FULL",
    "RP_PTP_PART",
    "RP_PLAN",
    "RP_SETTLE_OFFER",
    "RP_SETTLE_OK",
    "RP_PAID_NOW",
    "RP_CLAIM_PAID",
    "RP_DISPUTE",
    "RP_NOT_MINE",
)
"""What a call is to lead to: a promise, a receipt, a plan, a dispute, or data that somebody verified."""
_PROMISES = ("RP_PTP_FULL", "RP_PTP_PART")
_ATTEMPTS = """
    SELECT c.account_id, s.stands_for_id, c.by_id,
           coalesce(o.result NOT IN ('NC_NOANS', 'NC_BUSY', 'NC_OFF', 'NC_INVALID', 'NC_DISC', 'NC_NETFAIL'), FALSE),
           coalesce(o.is_contact, FALSE), coalesce(o.is_right_party, FALSE), o.result,
           extract(hour FROM c.began_at AT TIME ZONE %(zone)s)::int
    FROM contact c JOIN account a ON a.id = c.account_id JOIN party_state s ON s.party_id = a.party_id
    LEFT JOIN contact_outcome o ON o.contact_id = c.id
      AND NOT EXISTS (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = o.act_id)
    WHERE c.by_id = ANY(%(owners)s) AND c.began_at >= %(since)s AND c.channel = 'call'
      AND NOT EXISTS (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = c.act_id)
    ORDER BY c.id
"""
_ATTEMPT = {
    "account_id": pl.Int64,
    "debtor_id": pl.Int64,
    "agent_id": pl.Int64,
    "was_answered": pl.Boolean,
    "is_contact": pl.Boolean,
    "is_rpc": pl.Boolean,
    "result": pl.String,
    "hour": pl.Int64,
}
_CAME = """
    SELECT r.currency, sum(r.amount_minor)::bigint FROM account_state t
    JOIN receipt_state s ON s.account_id = t.account_id AND s.status = 'assigned'
    JOIN receipt r ON r.id = s.receipt_id AND r.value_date = %(day)s
    WHERE t.owner_id = %(owner)s AND t.last_receipt_on = %(day)s GROUP BY r.currency ORDER BY 2 DESC
"""
_TURNS = """
    SELECT d.state, coalesce(d.code, ''), sum(extract(epoch FROM d.until_at - d.from_at))::bigint FROM desk_turn d
    WHERE d.person_id = %(person)s AND d.until_at >= %(since)s GROUP BY 1, 2 ORDER BY 1, 2
"""
_SILENT = """
    SELECT count(*) FROM account_state t WHERE t.owner_id = %(owner)s AND t.status = 'open' AND t.overdue_minor > 0
      AND (t.last_contact_on IS NULL OR t.last_contact_on < %(before)s)
"""
_KEPT = """
    SELECT count(*) FILTER (WHERE s.status = 'KEPT'), count(*) FROM promise_state s
    JOIN account_state t ON t.account_id = s.account_id
    WHERE t.owner_id = %(owner)s AND s.as_of >= %(day)s AND s.status IN ('KEPT', 'PARTIALLY_KEPT', 'BROKEN')
"""


@dataclass(frozen=True)
class Shift:
    """What an officer did on a day: clients tried of those planned, the share of contacts that led to something as
    text (None: no contact yet), promises made, money by currency, and seconds by state.
    """

    clients: int
    planned: int
    attempts: int
    contacts: int
    effectiveness: str | None
    promises: int
    came: tuple[tuple[str, int], ...]
    seconds: tuple[tuple[str, str, int], ...] = ()
    silent: int = 0
    kept: int = 0
    judged: int = 0
    plan: Planned = field(default_factory=Planned)


def so_far(*, by: Actor, as_of: date) -> Shift:
    """The figures that stand at the top of the desk; the effectiveness is `call_effectiveness` of kernel/ratio.py."""
    owner_id = owner_of(by.login)
    since = begin_of(as_of, by.organisation_id or 0)
    zone = time_zone(by.organisation_id or 0)
    made = attempts([owner_id] if owner_id is not None else [], since=since, day=as_of, zone=zone)
    contacts = int(made["is_contact"].sum())
    clients = effort.clients_worked(made)
    came = frames.told(_CAME, {"owner": owner_id, "day": as_of}, ("currency", "minor"))
    plan = rosters.planned(by=by, day=as_of)
    return Shift(
        clients=int(clients["client_count"].sum()),
        planned=plan.clients if plan.clients is not None else desks.figure("clients_a_day", as_of=as_of),
        attempts=made.height,
        contacts=contacts,
        effectiveness=percent_text(int(made["is_effective"].sum()), contacts),
        promises=int(made["is_promise"].sum()),
        came=tuple((row["currency"], row["minor"]) for row in came),
        plan=plan,
    )


def whole(*, by: Actor, as_of: date) -> Shift:
    """The same with how the time went, who was not spoken to for long, and promises that were judged today."""
    owner_id = owner_of(by.login)
    since = begin_of(as_of, by.organisation_id or 0)
    first = so_far(by=by, as_of=as_of)
    told = {"state": pl.String, "code": pl.String, "seconds": pl.Int64}
    turns = frames.few(_TURNS, {"person": by.person_id, "since": since}, told)
    days = desks.figure("no_talk_days", as_of=as_of)
    before = date.fromordinal(as_of.toordinal() - days)
    silent: int = frames.scalar(_SILENT, {"owner": owner_id, "before": before})
    kept = frames.few(_KEPT, {"owner": owner_id, "day": as_of}, {"kept": pl.Int64, "judged": pl.Int64}).row(0)
    resets = {one.code for one in desks.terms().pauses if not one.counts}
    counted = tuple(row for row in turns.iter_rows() if not (row[0] == "pause" and row[1] in resets))
    return Shift(
        **{
            **{name: getattr(first, name) for name in first.__dataclass_fields__},
            "seconds": counted,
            "silent": silent,
            "kept": kept[0],
            "judged": kept[1],
        }
    )


def attempts(owner_ids: Sequence[int], *, since: datetime, day: date, zone: str) -> pl.DataFrame:
    """The calls that owners began since a moment of a day, as `kernel/effort.py` counts them, with the `hour` by the
    clock of a zone.
    """
    rows = frames.few(_ATTEMPTS, {"owners": list(owner_ids), "since": since, "zone": zone}, _ATTEMPT)
    is_promise = pl.col("result").is_in(_PROMISES).fill_null(value=False)
    is_effective = pl.col("result").is_in(_EFFECTIVE).fill_null(value=False)
    return rows.select(
        "account_id",
        "debtor_id",
        "agent_id",
        "hour",
        on_date=pl.lit(day),
        is_connected=pl.col("was_answered") | pl.col("is_contact"),
        is_contact=pl.col("is_contact"),
        is_rpc=pl.col("is_rpc"),
        is_promise=is_promise,
        is_effective=is_effective,
    )
