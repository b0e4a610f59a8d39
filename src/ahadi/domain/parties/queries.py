"""Who the parties are, and which proposals wait for a decision."""

import polars as pl

from ahadi.data import frames

_NAME = (
    "(SELECT m.name FROM party_name m WHERE m.party_id = {party} ORDER BY m.seen DESC, m.id LIMIT 1)"
)
_PROPOSALS = f"""
    SELECT p.id, p.kind, c.name, n.number, o.number, {_NAME.format(party="p.party_id")},
           {_NAME.format(party="p.other_id")},
           (SELECT string_agg(m.name, ' · ' ORDER BY m.seen DESC, m.id) FROM party_name m WHERE m.party_id = p.party_id),
           p.certainty_pct, p.party_id, p.other_id
    FROM identity_proposal p
    JOIN party_number n ON n.party_id = p.party_id
    LEFT JOIN party_number o ON o.party_id = p.other_id AND o.creditor_id = n.creditor_id
    JOIN creditor c ON c.id = n.creditor_id
    LEFT JOIN act_withdrawal w ON w.withdrawn_act_id = p.act_id
    WHERE w.act_id IS NULL
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
