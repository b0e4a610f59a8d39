"""Proposing who may be one person: whose details changed, the keys that are kept of them, and the proposals."""

import polars as pl

from ahadi.data import frames
from ahadi.domain.audit.ports import Act
from ahadi.domain.finding import comparing
from ahadi.domain.parties.queries import SAME_PERSON

_AT_ONCE = 50_000

_CHANGED = """
    UPDATE search_due SET is_compared = TRUE WHERE id IN (
        SELECT d.id FROM search_due d JOIN act a ON a.id = d.act_id AND a.organisation_id = %(house)s
        WHERE NOT d.is_compared ORDER BY d.id FOR UPDATE OF d SKIP LOCKED)
    RETURNING act_id, party_id
"""
_OF_ACTS = """
    SELECT party_id FROM party_name WHERE act_id = ANY(%(acts)s)
    UNION SELECT party_id FROM contact_point WHERE act_id = ANY(%(acts)s)
    UNION SELECT party_id FROM party_detail WHERE act_id = ANY(%(acts)s)
    UNION SELECT party_id FROM account WHERE act_id = ANY(%(acts)s)
    UNION SELECT party_id FROM circumstance WHERE act_id = ANY(%(acts)s) AND kind = 'WRONG_NUMBER'
    UNION SELECT c.party_id FROM circumstance_end e JOIN circumstance c ON c.id = e.circumstance_id
    WHERE e.act_id = ANY(%(acts)s) AND c.kind = 'WRONG_NUMBER'
    UNION SELECT x.party_id FROM identity_decision d JOIN identity_proposal p ON p.id = d.proposal_id
    CROSS JOIN LATERAL (VALUES (p.party_id), (p.other_id)) x (party_id)
    WHERE d.act_id = ANY(%(acts)s) AND x.party_id IS NOT NULL
    ORDER BY 1
"""
_OWING = """
    SELECT DISTINCT a.party_id FROM account a JOIN account_state t ON t.account_id = a.id AND t.status <> 'withdrawn'
    WHERE a.organisation_id = %(house)s AND (%(every)s OR a.party_id = ANY(%(parties)s)) ORDER BY 1
"""
_SHARING = """
    SELECT x.party_id FROM (
      SELECT o.party_id FROM contact_point p JOIN contact_point o ON o.normal = p.normal AND o.kind = p.kind
      WHERE p.party_id = ANY(%(parties)s)
      UNION SELECT o.party_id FROM party_detail p
      JOIN party_detail o ON o.kind = p.kind AND o.normal = p.normal AND o.kind = 'identity'
      WHERE p.party_id = ANY(%(parties)s)) x
    JOIN party y ON y.id = x.party_id AND y.organisation_id = %(house)s ORDER BY 1 LIMIT 200
"""
_PARTY = {"party_id": pl.Int64}


def hold(act: Act) -> None:
    """Lets one act at a time propose who may be one person: whoever looks beside waits, and proposes nothing twice."""
    frames.lock("duplicates", act.organisation_id)


def taken(act: Act) -> pl.Series:
    """The debtors of whom something changed or who came since they were last taken; from now on they are compared."""
    rows = frames.read(_CHANGED, {"house": act.organisation_id}, {"act_id": pl.Int64, **_PARTY})
    parties = rows["party_id"].drop_nulls()
    whole = rows.filter(pl.col("party_id").is_null())["act_id"].unique()
    if whole.len():
        of_acts = frames.read(_OF_ACTS, {"acts": frames.ids(whole)}, _PARTY)["party_id"]
        parties = pl.concat([parties, of_acts])
    return _owing(act, parties.unique())


def everybody(act: Act) -> pl.Series:
    """Every debtor of the organisation."""
    return _owing(act, None)


def _owing(act: Act, parties: pl.Series | None) -> pl.Series:
    ids = frames.ids(parties if parties is not None else [])
    bound = {"house": act.organisation_id, "every": parties is None, "parties": ids}
    return frames.read(_OWING, bound, _PARTY)["party_id"]


def propose(act: Act, parties: pl.Series) -> int:
    """Compares these debtors with everybody who shares something with them; how many pairs are new.

    What they share is written down of all before any is compared, so that a crowd is seen as one.
    """
    parts = [parties.slice(start, _AT_ONCE) for start in range(0, parties.len(), _AT_ONCE)]
    for part in parts:
        _keep_keys(act, part)
    return sum(_propose(act, part) for part in parts)


def look(act: Act, parties: pl.Series) -> int:
    """The same of one person: those who came today are seen as well, where number, e-mail address or paper is one."""
    known = {"house": act.organisation_id, "parties": frames.ids(parties)}
    _keep_keys(act, pl.concat([parties, frames.read(_SHARING, known, _PARTY)["party_id"]]).unique())
    return _propose(act, parties)


def _keep_keys(act: Act, parties: pl.Series) -> None:
    frames.execute("DELETE FROM likeness_key WHERE party_id = ANY(%(ids)s)", {"ids": frames.ids(parties)})
    frames.append("likeness_key", comparing.keys(act.organisation_id, parties))


def _propose(act: Act, parties: pl.Series) -> int:
    rows = comparing.likely(parties).with_columns(
        kind=pl.lit(SAME_PERSON), organisation_id=pl.lit(act.organisation_id), act_id=pl.lit(act.id)
    )
    return frames.append("identity_proposal", rows)
