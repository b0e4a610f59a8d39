"""Proposes which debtors may be one person: of the whole book, or those who are like the debtor of one account."""

from dataclasses import dataclass

import polars as pl

from ahadi.data import facts, frames
from ahadi.domain.audit.ports import Act
from ahadi.domain.finding import duplicates
from ahadi.domain.parties.queries import SAME_PERSON
from ahadi.domain.work import queries


@dataclass(frozen=True)
class DuplicatesOutcome:
    """How many pairs were proposed that were not before."""

    proposed: int


def propose_duplicates(act: Act, *, account_id: int | None = None) -> DuplicatesOutcome:
    """Proposes pairs that were never proposed; who was judged to be two people is not asked about again.

    Raises UnableToFindAccount.
    """
    person_id = None
    if account_id is not None:
        queries.require_seen(by=act.by, account_id=account_id)
        person_id = int(facts.accounts(facts.of_accounts([account_id]))["debtor_id"][0])
    # Whoever looks at the same time waits, and proposes nothing twice.
    frames.lock("duplicates", act.organisation_id)
    found = duplicates.likely(act.organisation_id, person_id=person_id)
    fresh = found.join(duplicates.known_pairs(act.organisation_id), on=["party_id", "other_id"], how="anti")
    rows = fresh.with_columns(
        kind=pl.lit(SAME_PERSON), organisation_id=pl.lit(act.organisation_id), act_id=pl.lit(act.id)
    )
    return DuplicatesOutcome(frames.append("identity_proposal", rows))
