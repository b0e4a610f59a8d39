"""What an actor may see: every query takes `by` and begins here. Nothing is visible unless a grant says so."""

from dataclasses import dataclass

import polars as pl

from ahadi.data import frames
from ahadi.data.once import asked_once
from ahadi.domain.audit.ports import Actor

# Roles that see the accounts of everybody within their creditor and branch; an officer sees the own ones.
_WHOLE = ("supervisor", "manager", "accountant", "quality", "legal", "admin", "auditor", "creditor")

_GRANTS = """
    SELECT g.role, g.creditor_id, b.code, g.role = 'supervisor' AND EXISTS (
      SELECT FROM team_member m LEFT JOIN team_member_end l ON l.member_id = m.id
      WHERE m.person_id = g.person_id AND m.part = 'leader' AND l.member_id IS NULL)
    FROM grant_given g
    JOIN person p ON p.id = g.person_id AND p.is_active
    LEFT JOIN branch b ON b.id = g.branch_id
    LEFT JOIN grant_end e ON e.grant_id = g.id
    WHERE g.person_id = %(person)s AND e.grant_id IS NULL
"""
_GRANT_COLUMNS = {"role": pl.String, "creditor_id": pl.Int64, "branch": pl.String, "leads": pl.Boolean}
# Whose accounts is asked once, as an array: beside a join the planner takes it for half of the book.
# The accounts of the people in the teams that somebody leads.
_OF_TEAM = """
    a.id IN (SELECT s.account_id FROM account_state s WHERE s.owner_id = ANY(ARRAY(
      SELECT o.id FROM owner o
      JOIN team_member m ON m.person_id = o.person_id LEFT JOIN team_member_end n ON n.member_id = m.id
      JOIN team_member l ON l.team_id = m.team_id AND l.part = 'leader' AND l.person_id = %(scope_person)s
      LEFT JOIN team_member_end k ON k.member_id = l.id
      WHERE n.member_id IS NULL AND k.member_id IS NULL)))
"""
# The own accounts, and today those of the people for whom somebody stands in.
_OWN = """
    a.id IN (SELECT s.account_id FROM account_state s WHERE s.owner_id = ANY(ARRAY(
      SELECT o.id FROM owner o WHERE o.person_id = %(scope_person)s OR o.person_id IN (
        SELECT v.person_id FROM cover v JOIN organisation h ON h.id = %(scope_organisation)s
        CROSS JOIN LATERAL (SELECT (clock_timestamp() AT TIME ZONE h.time_zone)::date AS day) d
        WHERE v.stand_in_id = %(scope_person)s AND d.day >= v.from_date
          AND (v.until_date IS NULL OR d.day <= v.until_date) AND extract(isodow FROM d.day)::int = ANY(v.weekdays)
          AND NOT EXISTS (SELECT FROM act_withdrawal w WHERE w.withdrawn_act_id = v.act_id)))))
"""


@dataclass(frozen=True)
class Scope:
    """A condition on `account a` with its parameters; the only way a query learns what may be seen.

    `is_narrow`: it leads by the owner to the accounts of a few people, so that a query may begin with them.
    """

    condition: str
    parameters: dict[str, object]
    is_narrow: bool = False

    def narrowed(self, condition: str, **parameters: object) -> "Scope":
        """This scope and a further condition on `account a`."""
        return Scope(f"{self.condition} AND ({condition})", {**self.parameters, **parameters}, self.is_narrow)


@dataclass(frozen=True)
class Rights:
    """The roles of an actor; the operator at the console has all of them."""

    roles: frozenset[str]
    may_all: bool = False

    def may(self, *roles: str) -> bool:
        """Whether the actor has one of `roles`."""
        return self.may_all or bool(self.roles & set(roles))


@asked_once
def _grants(by: Actor) -> pl.DataFrame:
    return frames.few(_GRANTS, {"person": by.person_id}, _GRANT_COLUMNS)


def rights(by: Actor) -> Rights:
    """The roles that `by` holds now."""
    if by.is_operator:
        return Rights(frozenset(), may_all=True)
    return Rights(frozenset(_grants(by)["role"].to_list()))


def accounts(by: Actor) -> Scope:
    """The accounts that `by` may see: creditor x branch, for officers the own ones, for who leads a team its own."""
    if by.is_operator:
        if by.organisation_id is None:
            return Scope("TRUE", {})
        return Scope("a.organisation_id = %(scope_organisation)s", {"scope_organisation": by.organisation_id})
    return given(by, _grants(by))


def given(by: Actor, grants: pl.DataFrame) -> Scope:
    """The accounts that `by` would see with these grants (role, creditor_id, branch, leads)."""
    parts: list[str] = []
    is_narrow = True
    parameters: dict[str, object] = {"scope_organisation": by.organisation_id, "scope_person": by.person_id}
    for number, (role, creditor_id, branch, leads) in enumerate(grants.iter_rows()):
        part = ["TRUE"]
        if creditor_id is not None:
            part.append(f"a.creditor_id = %(scope_creditor_{number})s")
            parameters[f"scope_creditor_{number}"] = creditor_id
        if branch is not None:
            part.append(f"a.branch = %(scope_branch_{number})s")
            parameters[f"scope_branch_{number}"] = branch
        if role not in _WHOLE:
            part.append(_OWN)
        elif leads:
            part.append(_OF_TEAM)
        else:
            is_narrow = False
        parts.append(" AND ".join(part))
    seen = " OR ".join(f"({part})" for part in parts) or "FALSE"
    return Scope(f"a.organisation_id = %(scope_organisation)s AND ({seen})", parameters, is_narrow)
