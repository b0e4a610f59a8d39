"""Who may be one person with whom: what was proposed, what was judged of it, and who may see both sides."""

import json
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from ahadi.data import frames
from ahadi.domain.audit.ports import Actor
from ahadi.domain.people import access


class UnableToFindDuplicate(Exception):
    """There is no such proposal among the people whom you may see; open one from the list of duplicates."""

    is_refusal = True


OPEN, ONE, TWO = "open", "one", "two"
STATES = (OPEN, ONE, TWO)
LISTED_MAX = 500
"""So many pairs are shown at once: who has judged them sees the next."""


@dataclass(frozen=True)
class Proposed:
    """Two debtors who may be one person: how likely, why (reason and points), and what was decided of it, if anything.

    `person_id` and `other_id` are who stands for each now, `name` and `other_name` how they are called, `accounts` and
    `others` the accounts of each side. `decided_by` and `decided_on` are None while it is open.
    """

    proposal_id: int
    party_id: int
    other_party_id: int
    certainty_pct: int
    reasons: tuple[tuple[str, int], ...]
    state: str
    name: str
    other_name: str
    accounts: tuple[int, ...]
    others: tuple[int, ...]
    creditors: str
    decided_by: str | None
    decided_on: str | None


_SIDE = """
    SELECT array_agg(a.id ORDER BY a.id) AS ids, string_agg(DISTINCT c.name, ' · ') AS creditors FROM account a
    JOIN account_state t ON t.account_id = a.id AND t.status <> 'withdrawn' JOIN creditor c ON c.id = a.creditor_id
    WHERE a.party_id IN (SELECT m.party_id FROM party_state m WHERE m.party_id = p.{party} OR
      (m.stands_for_id = {stand}.stands_for_id AND x.stands_for_id <> y.stands_for_id)) AND {condition}
"""
_CALLED = """
    (SELECT n.name FROM party_name n LEFT JOIN act_withdrawal g ON g.withdrawn_act_id = n.act_id
     WHERE n.party_id = p.{party} ORDER BY g.act_id IS NOT NULL, n.seen DESC, n.id LIMIT 1)
"""
_PROPOSED = """
    SELECT p.id, p.party_id, p.other_id, p.certainty_pct, p.reasons::text,
           CASE WHEN d.is_accepted THEN 'one' WHEN NOT d.is_accepted THEN 'two' ELSE 'open' END,
           coalesce({name}, ''), coalesce({other_name}, ''), array_to_string(l.ids, ','), array_to_string(r.ids, ','),
           l.creditors || ' · ' || r.creditors, q.name, (d.at AT TIME ZONE g.time_zone)::date::text
    FROM identity_proposal p JOIN party_state x ON x.party_id = p.party_id JOIN party_state y ON y.party_id = p.other_id
    JOIN organisation g ON g.id = p.organisation_id
    CROSS JOIN LATERAL ({left}) l CROSS JOIN LATERAL ({right}) r
    LEFT JOIN LATERAL (
      SELECT e.is_accepted, e.at, e.act_id FROM identity_decision e WHERE e.proposal_id = p.id AND NOT EXISTS
        (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = e.act_id) ORDER BY e.id DESC LIMIT 1) d ON TRUE
    LEFT JOIN act b ON b.id = d.act_id LEFT JOIN person q ON q.id = b.by_id
    WHERE p.kind = 'same_person' AND p.organisation_id = %(house)s AND l.ids IS NOT NULL AND r.ids IS NOT NULL
      AND (d.is_accepted IS NOT NULL OR x.stands_for_id <> y.stands_for_id) AND {chosen}
      AND NOT EXISTS (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = p.act_id)
    ORDER BY p.certainty_pct DESC, p.id LIMIT %(most)s
"""
_OF_STATE = {OPEN: "d.is_accepted IS NULL", ONE: "d.is_accepted", TWO: "NOT d.is_accepted"}
_OF_ACCOUNT = """
    (p.party_id = ANY(%(theirs)s) OR p.other_id = ANY(%(theirs)s))
"""
_THEIRS = """
    SELECT m.party_id FROM account a JOIN party_state s ON s.party_id = a.party_id
    JOIN party_state m ON m.stands_for_id = s.stands_for_id WHERE a.id = %(account)s ORDER BY 1
"""
_COLUMNS = {
    "proposal_id": pl.Int64,
    "party_id": pl.Int64,
    "other_party_id": pl.Int64,
    "certainty_pct": pl.Int64,
    "reasons": pl.String,
    "state": pl.String,
    "name": pl.String,
    "other_name": pl.String,
    "accounts": pl.String,
    "others": pl.String,
    "creditors": pl.String,
    "decided_by": pl.String,
    "decided_on": pl.String,
}


def proposed(
    *, by: Actor, state: str | None = None, proposal_id: int | None = None, account_id: int | None = None
) -> pl.DataFrame:
    """Proposals that two debtors are one person, the likeliest first, of people of whom `by` may see both sides.

    At most LISTED_MAX; of an account those of its debtor.
    """
    scope = access.accounts(by)
    bound: dict[str, object] = {**scope.parameters, "house": by.organisation_id, "most": LISTED_MAX}
    chosen = [_OF_STATE[state]] if state is not None else []
    if proposal_id is not None:
        chosen, bound["id"] = [*chosen, "p.id = %(id)s"], proposal_id
    if account_id is not None:
        theirs = frames.read(_THEIRS, {"account": account_id}, {"party_id": pl.Int64})["party_id"]
        chosen, bound["theirs"] = [*chosen, _OF_ACCOUNT], frames.ids(theirs)
    query = _PROPOSED.format(
        name=_CALLED.format(party="party_id"),
        other_name=_CALLED.format(party="other_id"),
        left=_SIDE.format(party="party_id", stand="x", condition=scope.condition),
        right=_SIDE.format(party="other_id", stand="y", condition=scope.condition),
        chosen=" AND ".join(chosen) or "TRUE",
    )
    return frames.read(query, bound, _COLUMNS)


_WAITING = """
    SELECT count(*), min(x.at) FROM (
      SELECT b.at FROM identity_proposal p JOIN act b ON b.id = p.act_id
      JOIN party_state x ON x.party_id = p.party_id JOIN party_state y ON y.party_id = p.other_id
      WHERE p.kind = 'same_person' AND p.organisation_id = %(house)s AND x.stands_for_id <> y.stands_for_id
        AND EXISTS (SELECT 1 FROM account a WHERE a.party_id = p.party_id AND {condition})
        AND EXISTS (SELECT 1 FROM account a WHERE a.party_id = p.other_id AND {condition})
        AND NOT EXISTS (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = p.act_id)
        AND NOT EXISTS (
          SELECT 1 FROM identity_decision e WHERE e.proposal_id = p.id AND NOT EXISTS
            (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = e.act_id))
      ORDER BY p.certainty_pct DESC, p.id LIMIT %(most)s) x
"""


def waiting(*, by: Actor) -> tuple[int, datetime | None]:
    """How many pairs wait to be judged by who sees what `by` sees, LISTED_MAX at most, and since when the oldest."""
    scope = access.accounts(by)
    bound = {**scope.parameters, "house": by.organisation_id, "most": LISTED_MAX}
    ((count, since),) = frames.rows(_WAITING.format(condition=scope.condition), bound)
    return count, since


def duplicate(*, by: Actor, proposal_id: int) -> Proposed:
    """One proposal. Raises UnableToFindDuplicate."""
    found = proposed(by=by, proposal_id=proposal_id)
    if found.is_empty():
        raise UnableToFindDuplicate(
            "there is no such proposal among the people whom you may see; open one from the list of duplicates"
        )
    return row(found.row(0, named=True))


def row(told: dict[str, object]) -> Proposed:
    """A proposal of its columns."""
    ids = {name: tuple(int(one) for one in str(told[name]).split(",")) for name in ("accounts", "others")}
    reasons = tuple((reason, points) for reason, points in json.loads(str(told["reasons"])))
    return Proposed(**{**told, **ids, "reasons": reasons})  # type: ignore[arg-type]
