"""Caps of contact over the floor: whose accounts are at the limit of a rule, and whose one call short of it."""

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from ahadi.data import frames
from ahadi.domain.audit.ports import Actor
from ahadi.domain.contact import caps
from ahadi.domain.oversight.ports import Officer
from ahadi.domain.people import access

CAPPED: dict[str, pl.DataType] = {
    **caps.NEAR,
    "owner_id": pl.Int64(),
    "number": pl.String(),
    "debtor_name": pl.String(),
    "currency": pl.String(),
    "overdue_minor": pl.Int64(),
}
_WHOSE = """
    SELECT t.account_id, t.owner_id, a.number, coalesce(
      (SELECT n.name FROM party_name n WHERE n.party_id = a.party_id ORDER BY n.seen DESC, n.id LIMIT 1), a.number),
      a.currency, t.overdue_minor
    FROM account_state t JOIN account a ON a.id = t.account_id
    WHERE a.id = ANY(%(ids)s) AND {condition} ORDER BY t.account_id
"""


def capped(officers: Sequence[Officer], *, by: Actor, now: datetime) -> pl.DataFrame:
    """CAPPED: accounts of these officers at a cap or one call short of it, as far as `by` may see them.

    By the gate's own answer, so that this says what a call would be told. First those at the limit.
    """
    tried = caps.tried([one.owner_id for one in officers], at=now)
    if tried.is_empty():
        return pl.DataFrame(schema=CAPPED)
    near = caps.near(tried, organisation_id=by.organisation_id or 0, at=now)
    scope = access.accounts(by)
    told = {name: kind for name, kind in CAPPED.items() if name not in caps.NEAR}
    bound = {**scope.parameters, "ids": frames.ids(near["account_id"].unique())}
    rows = frames.read(_WHOSE.format(condition=scope.condition), bound, {"account_id": pl.Int64(), **told})
    return near.join(rows, on="account_id", maintain_order="left").select(list(CAPPED))
