"""Deciding whether two numbers are one debtor."""

from dataclasses import dataclass

import polars as pl

from ahadi.data import frames
from ahadi.domain.audit.ports import Act
from ahadi.domain.parties import queries
from ahadi.domain.parties.steps import restate_parties


class UnableToDecideIdentity(Exception):
    """There is no such proposal in this organisation. List them with `ahadi parties proposals`."""

    is_refusal = True

    def __init__(self, proposals: list[int]) -> None:
        names = ", ".join(map(str, proposals))
        super().__init__(f"no proposal {names} here: list them with `ahadi parties proposals`")
        self.proposals = proposals


@dataclass(frozen=True)
class IdentityOutcome:
    """How many proposals were decided, and how many parties stand for another since."""

    decided: int
    parties_changed: int


def decide_identities(act: Act, *, proposals: list[int], is_accepted: bool) -> IdentityOutcome:
    """Accepts or rejects proposals; a later decision overrides an earlier one, so that a merge can be taken back.

    Raises: UnableToDecideIdentity.
    """
    known = queries.standing_proposals(act.organisation_id, proposals)
    unknown = sorted(set(proposals) - set(known))
    if unknown:
        raise UnableToDecideIdentity(unknown)
    decisions = pl.DataFrame({"proposal_id": sorted(set(proposals))}, schema={"proposal_id": pl.Int64})
    frames.append(
        "identity_decision",
        decisions.with_columns(is_accepted=pl.lit(is_accepted), act_id=pl.lit(act.id), at=pl.lit(act.at.isoformat())),
    )
    return IdentityOutcome(decided=decisions.height, parties_changed=restate_parties(act.organisation_id))
