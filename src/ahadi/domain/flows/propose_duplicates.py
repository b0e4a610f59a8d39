"""Proposes which debtors may be one person: those of whom something changed, the debtor of an account, or everybody."""

from dataclasses import dataclass
from typing import Literal

import polars as pl

from ahadi.data import facts
from ahadi.domain.audit.ports import Act
from ahadi.domain.contact import steps as gate
from ahadi.domain.finding import steps
from ahadi.domain.work import queries

Whom = Literal["changed", "everybody"]


@dataclass(frozen=True)
class DuplicatesOutcome:
    """How many debtors were compared, and how many pairs were proposed that were not before."""

    compared: int
    proposed: int


def propose_duplicates(act: Act, *, whom: Whom = "everybody") -> DuplicatesOutcome:
    """Proposes pairs that were never proposed; who was judged to be two people is not asked about again.

    With `changed` only those are compared of whom something changed, or who came, since the last time.
    """
    steps.hold(act)
    changed = steps.taken(act)
    parties = steps.everybody(act) if whom == "everybody" else changed
    return DuplicatesOutcome(parties.len(), steps.propose(act, parties))


def look_for_duplicates(act: Act, *, account_id: int) -> DuplicatesOutcome:
    """Proposes who may be the debtor of an account. Raises UnableToFindAccount."""
    queries.require_seen(by=act.by, account_id=account_id)
    debtor = int(facts.accounts(facts.of_accounts([account_id]))["debtor_id"][0])
    steps.hold(act)
    parties = pl.Series(sorted(gate.merged(debtor)), dtype=pl.Int64)
    return DuplicatesOutcome(parties.len(), steps.look(act, parties))
