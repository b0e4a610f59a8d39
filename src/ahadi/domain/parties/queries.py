"""Who the parties are, and which proposals wait for a decision."""

from collections.abc import Iterator

import polars as pl

from ahadi.data import frames


def lives(party: str) -> str:
    """A condition: the party owes on an account that some living batch placed. `party` is an expression in SQL."""
    return (
        "EXISTS (SELECT 1 FROM account alive JOIN placement alive_by ON alive_by.account_id = alive.id"
        f" WHERE alive.party_id = {party} AND NOT EXISTS"
        " (SELECT 1 FROM act_withdrawal gone WHERE gone.withdrawn_act_id = alive_by.act_id))"
    )


# A pair is a question of the two numbers, whichever batch brought it up; several names are one batch's writing.
_STANDS = f"((p.other_id IS NULL AND w.act_id IS NULL) OR ({lives('p.party_id')} AND {lives('p.other_id')}))"
_NAME = "(SELECT m.name FROM party_name m WHERE m.party_id = {party} ORDER BY m.seen DESC, m.id LIMIT 1)"
_PROPOSALS = f"""
    SELECT p.id, p.kind, c.name, n.number, o.number, {_NAME.format(party="p.party_id")},
           {_NAME.format(party="p.other_id")},
           (SELECT string_agg(m.name, ' · ' ORDER BY m.seen DESC, m.id)
            FROM party_name m WHERE m.party_id = p.party_id),
           p.certainty_pct, p.party_id, p.other_id
    FROM identity_proposal p
    JOIN party_number n ON n.party_id = p.party_id
    LEFT JOIN party_number o ON o.party_id = p.other_id AND o.creditor_id = n.creditor_id
    JOIN creditor c ON c.id = n.creditor_id
    LEFT JOIN act_withdrawal w ON w.withdrawn_act_id = p.act_id
    WHERE {_STANDS}
      AND (%(organisation)s::bigint IS NULL OR p.organisation_id = %(organisation)s)
      AND (%(creditor)s::bigint IS NULL OR n.creditor_id = %(creditor)s)
      AND (%(kind)s::text IS NULL OR p.kind = %(kind)s)
      AND (p.other_id IS NULL OR o.number IS NOT NULL)
      AND NOT EXISTS (SELECT 1 FROM identity_decision d WHERE d.proposal_id = p.id)
    ORDER BY p.kind, c.name, n.number, o.number
"""


def open_proposals(
    *, organisation_id: int | None = None, creditor_id: int | None = None, kind: str | None = None
) -> pl.DataFrame:
    """The proposals nobody has decided: which numbers or names, how sure, and of which parties."""
    return frames.read(
        _PROPOSALS,
        {"organisation": organisation_id, "creditor": creditor_id, "kind": kind},
        {
            "proposal": pl.Int64,
            "kind": pl.String,
            "creditor": pl.String,
            "number": pl.String,
            "other_number": pl.String,
            "name": pl.String,
            "other_name": pl.String,
            "names": pl.String,
            "certainty_pct": pl.Int64,
            "party_id": pl.Int64,
            "other_id": pl.Int64,
        },
    )


def accepted_pairs(organisation_id: int | None) -> pl.DataFrame:
    """Accepted proposals that two numbers are one debtor, oldest first: organisation, party, the other."""
    return frames.read(
        "SELECT p.organisation_id, p.party_id, p.other_id FROM identity_proposal p"
        " JOIN LATERAL (SELECT is_accepted FROM identity_decision d WHERE d.proposal_id = p.id"
        "   ORDER BY d.id DESC LIMIT 1) d ON d.is_accepted"
        " LEFT JOIN act_withdrawal w ON w.withdrawn_act_id = p.act_id"
        " WHERE (%(organisation)s::bigint IS NULL OR p.organisation_id = %(organisation)s)"
        f" AND p.other_id IS NOT NULL AND {_STANDS} ORDER BY p.id",
        {"organisation": organisation_id},
        {"organisation_id": pl.Int64, "party_id": pl.Int64, "other_id": pl.Int64},
    )


def roots(pairs: pl.DataFrame) -> dict[int, int]:
    """For every party of `pairs` (party_id, other_id) the one that stands for its whole group."""
    above: dict[int, int] = {}

    def root(party: int) -> int:
        while above.get(party, party) != party:
            party = above[party]
        return party

    rows = pairs.select("party_id", "other_id").rows()
    for party, other in rows:
        above[root(other)] = root(party)
    return {party: root(party) for pair in rows for party in pair}


def standing_for_others() -> pl.DataFrame:
    """Parties for which another one stands: organisation, party, and which."""
    return frames.read(
        "SELECT p.organisation_id, s.party_id, s.stands_for_id FROM party_state s JOIN party p ON p.id = s.party_id"
        " WHERE s.stands_for_id <> s.party_id ORDER BY s.party_id",
        {},
        {"organisation_id": pl.Int64, "party_id": pl.Int64, "stands_for_id": pl.Int64},
    )


def misstated_parties() -> Iterator[str]:
    """Parties for which the state names another than the accepted proposals do."""
    derived = {party: root for party, root in roots(accepted_pairs(None)).items() if party != root}
    stored = dict(standing_for_others().select("party_id", "stands_for_id").rows())
    for party in sorted(set(derived) | set(stored)):
        if derived.get(party) != stored.get(party):
            yield f"party {party}: party {stored.get(party)} stands for it, accepted is {derived.get(party)}"


def standing_proposals(organisation_id: int, ids: list[int]) -> pl.Series:
    """Those of `ids` that are proposals of this organisation about parties that live."""
    return frames.read(
        "SELECT p.id FROM identity_proposal p LEFT JOIN act_withdrawal w ON w.withdrawn_act_id = p.act_id"
        f" WHERE p.organisation_id = %(organisation)s AND p.id = ANY(%(ids)s) AND {_STANDS} ORDER BY p.id",
        {"organisation": organisation_id, "ids": ids},
        {"id": pl.Int64},
    )["id"]
