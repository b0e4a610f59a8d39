"""The laws of offers: within the mandate as it stood, agreed to by who may, forgiven exactly when they were kept."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import polars as pl

from ahadi.data import frames
from ahadi.data.models.negotiation import Offer
from ahadi.domain.arrangements import settling
from ahadi.domain.laws.ports import LIVE_FACT, Law, rows
from ahadi.domain.negotiation.steps import digest_of, parts_of
from ahadi.kernel.offer import LEVELS, OFFERS, PARTS, TERMS, judge
from ahadi.kernel.schema import Spec

_AT_ONCE = 500


def _unlawful() -> Iterator[str]:
    """Offers that the mandate stored with them does not allow, or that are not what their digest says."""
    for day in Offer.objects.values_list("as_of", flat=True).distinct().order_by("as_of"):
        waiting: list[Offer] = []
        for offer in Offer.objects.filter(as_of=day).order_by("id").iterator(chunk_size=_AT_ONCE):
            if digest_of(offer) != bytes(offer.digest):
                yield f"offer {offer.id}: is not what its digest says"
            waiting.append(offer)
            if len(waiting) == _AT_ONCE:
                yield from _judged(waiting, day)
                waiting = []
        yield from _judged(waiting, day)


def _judged(offers: list[Offer], day: date) -> Iterator[str]:
    if not offers:
        return
    # Each offer as an account of its own, so that its own terms are asked.
    told = [
        {"account_id": one.id, "offer_id": one.id, "kind": one.kind, "total_minor": one.total_minor} for one in offers
    ]
    parts = [
        {"account_id": one.id, "offer_id": one.id, "number": number, "due_on": on, "amount_minor": minor}
        for one in offers
        for number, (on, minor) in enumerate(parts_of(one), 1)
    ]
    terms = [{**one.terms[0], "account_id": one.id} for one in offers]
    levels = [{**level, "account_id": one.id} for one in offers for level in one.levels]
    verdicts, _ = judge(
        _frame(told, OFFERS), _frame(parts, PARTS), _frame(terms, TERMS), _frame(levels, LEVELS), as_of=day
    )
    stored = {one.id: one for one in offers}
    for row in verdicts.iter_rows(named=True):
        one = stored[row["offer_id"]]
        if not row["is_lawful"]:
            yield f"offer {one.id}: is outside of the mandate {one.mandate} that is stored with it"
        elif one.rank < row["rank"]:
            yield f"offer {one.id}: needs the rank {row['rank']}, and says {one.rank}"
        elif not row["is_affordable"] and not one.excess_reason:
            yield f"offer {one.id}: asks for more than the household can spare, and nobody says why"


def _frame(told: list[dict[str, Any]], spec: Spec) -> pl.DataFrame:
    return pl.DataFrame(told, schema={column.name: column.dtype for column in spec.columns})


def _unsettled() -> Iterator[str]:
    """Settlements that were kept and are not forgiven, and those that are forgiven and were not kept."""
    stated = frames.read(
        "SELECT g.account_id, s.as_of FROM agreement g JOIN account_state s ON s.account_id = g.account_id"
        " WHERE g.forgiven_minor > 0 GROUP BY g.account_id, s.as_of ORDER BY 1",
        {},
        {"account_id": pl.Int64, "as_of": pl.Date},
    )
    for (day,), part in stated.group_by(["as_of"], maintain_order=True):
        known = settling.settlements(part["account_id"])
        if known.is_empty() or not isinstance(day, date):
            continue
        for row in settling.told(known, as_of=day).iter_rows(named=True):
            if row["is_kept"] and row["credit_id"] is None and row["open_minor"] > 0:
                yield f"settlement {row['agreement_id']}: was kept, and {row['open_minor']} is still owed"
            if not row["is_kept"] and row["credit_id"] is not None:
                yield f"settlement {row['agreement_id']}: was not kept, and its rest is forgiven"


BARGAIN_LAWS: tuple[Law, ...] = (
    Law(
        "offers-within-mandate",
        22,
        "Every offer is within the mandate that is stored with it, and needs the word of the level that may agree.",
        _unlawful,
    ),
    Law(
        "approved-by-another",
        22,
        "What is approved was decided by somebody else than who asked, of the rank needed, in time, as it was asked.",
        rows(
            "SELECT p.id FROM approval_decision d JOIN approval p ON p.id = d.approval_id"
            " JOIN act maker ON maker.id = p.act_id JOIN act checker ON checker.id = d.act_id"
            " WHERE d.decision = 'approved' AND (maker.by_id IS NOT DISTINCT FROM checker.by_id"
            " OR d.rank < p.rank OR d.digest <> p.digest OR d.at > p.expires_at) ORDER BY 1",
            "approval {}: is approved by who asked, by too low a rank, too late, or as something else",
        ),
    ),
    Law(
        "agreed-by-a-word",
        22,
        "An offer that waits for somebody's word is agreed by that word alone.",
        rows(
            "SELECT g.offer_id FROM agreement g JOIN approval p ON p.offer_id = g.offer_id"
            " LEFT JOIN approval_decision d ON d.approval_id = p.id AND d.decision = 'approved' AND d.act_id = g.act_id"
            f" WHERE d.approval_id IS NULL AND {LIVE_FACT.format('g')} ORDER BY 1",
            "offer {}: was agreed, and the word that it waited for was not given",
        ),
    ),
    Law(
        "settled-is-forgiven",
        12,
        "The rest of a settlement is forgiven exactly when all that was agreed came in time.",
        _unsettled,
    ),
)
