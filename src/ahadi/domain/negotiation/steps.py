"""Learning from matured promises, keeping offers as they were judged, and keeping what was agreed."""

import hashlib
import json
from datetime import date
from typing import Any

import polars as pl

from ahadi.data import frames
from ahadi.data.models.negotiation import Agreement, ChanceLearnt, Offer
from ahadi.domain.arrangements.ports import PromiseOutcome
from ahadi.domain.audit.ports import Act
from ahadi.kernel import chance
from ahadi.kernel.offer import SETTLEMENT

# The newest of so many say what the next will do; a book of millions needs no more to say it well.
_LEARNT_MAX = 20_000
# The first instalment of a plan is a promise like any other; those after it only count where the one before was kept.
_MATURED = """
    SELECT p.id, CASE
        WHEN b.status IS NULL THEN 'none' WHEN b.status = 'KEPT' THEN 'kept' ELSE 'broken' END,
      p.due_on - CASE WHEN p.number > 1 THEN b.due_on ELSE p.made_on END, p.amount_minor,
      (SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY r.amount_minor) FROM receipt_state t
        JOIN receipt r ON r.id = t.receipt_id AND r.kind IN ('cash', 'direct')
        WHERE t.account_id = p.account_id AND t.status = 'assigned'
          AND r.value_date < p.made_on AND r.value_date >= p.made_on - 365)::bigint, s.status = 'KEPT'
    FROM (SELECT x.promise_id, x.status FROM promise_state x JOIN account a ON a.id = x.account_id
          WHERE a.organisation_id = %(organisation)s AND x.status IN ('KEPT', 'PARTIALLY_KEPT', 'BROKEN')
          ORDER BY x.promise_id DESC LIMIT %(most)s) s
    JOIN promise p ON p.id = s.promise_id
    LEFT JOIN LATERAL (
      SELECT q.due_on, z.status FROM promise q JOIN promise_state z ON z.promise_id = q.id
      WHERE q.account_id = p.account_id AND z.status IN ('KEPT', 'PARTIALLY_KEPT', 'BROKEN')
        AND CASE WHEN p.number > 1 THEN q.plan_id = p.plan_id AND q.number = p.number - 1 ELSE q.made_on < p.made_on END
      ORDER BY q.made_on DESC, q.id DESC LIMIT 1) b ON TRUE
    WHERE p.number IS NULL OR p.number = 1 OR b.status = 'KEPT' ORDER BY p.id
"""
_MATURED_COLUMNS = {column.name: column.dtype for column in chance.MATURED.columns}


def learn(act: Act, *, as_of: date) -> int:
    """Keeps what the book's matured promises say of the next, once for a day; how many they are."""
    if ChanceLearnt.objects.filter(organisation_id=act.organisation_id, as_of=as_of).exists():
        return 0
    matured = frames.read(_MATURED, {"organisation": act.organisation_id, "most": _LEARNT_MAX}, _MATURED_COLUMNS)
    cells = chance.learn(matured)
    ChanceLearnt(
        organisation_id=act.organisation_id,
        as_of=as_of,
        matured_count=matured.height,
        cells=cells.rows(),
        booked_at=act.at,
        act_id=act.id,
    ).save(force_insert=True)
    return matured.height


def digest(kind: str, total_minor: int, parts: list[list[Any]], terms: list[Any], levels: list[Any], why: str) -> bytes:
    """What an offer is, in 32 bytes: an approval is given for this and for nothing else."""
    told = json.dumps([kind, total_minor, parts, terms, levels, why], sort_keys=True)
    return hashlib.sha256(told.encode()).digest()


def keep(act: Act, *, account_id: int, judged: dict[str, Any]) -> Offer:
    """Keeps an offer with everything by which it was judged."""
    made = Offer(account_id=account_id, booked_at=act.at, act_id=act.id, **judged)
    made.digest = digest_of(made)
    made.save(force_insert=True)
    return made


def digest_of(offer: Offer) -> bytes:
    """The digest of an offer as it stands."""
    return digest(offer.kind, offer.total_minor, offer.parts, offer.terms, offer.levels, offer.excess_reason or "")


def agree(act: Act, offer: Offer, made: PromiseOutcome, *, today: date) -> Agreement:
    """Keeps that an offer was agreed and which promises it became."""
    forgiven = offer.owed_minor - offer.total_minor if offer.kind == SETTLEMENT else 0
    agreed = Agreement(
        offer_id=offer.id,
        account_id=offer.account_id,
        plan_id=made.plan_id,
        last_promise_id=made.promise_ids[-1],
        forgiven_minor=forgiven,
        agreed_on=today,
        booked_at=act.at,
        act_id=act.id,
    )
    agreed.save(force_insert=True)
    return agreed


def parts_of(offer: Offer) -> list[tuple[date, int]]:
    """The parts of a stored offer."""
    return [(date.fromisoformat(day), int(minor)) for day, minor in offer.parts]


def frame_of(account_id: int, parts: list[tuple[date, int]]) -> pl.DataFrame:
    """Parts as the kernel takes them, of an offer with the number 1."""
    return pl.DataFrame(
        [
            {"account_id": account_id, "offer_id": 1, "number": number, "due_on": day, "amount_minor": minor}
            for number, (day, minor) in enumerate(parts, 1)
        ],
        schema={
            "account_id": pl.Int64,
            "offer_id": pl.Int64,
            "number": pl.Int64,
            "due_on": pl.Date,
            "amount_minor": pl.Int64,
        },
    )
