"""Roles as words: what each is called, what it sees, and what it may do."""

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl
from django.utils.translation import gettext as _

from ahadi.web.frame.admission import CALLERS, DECIDERS, JUDGES, LEADERS, OVERSEERS, STAFF

ROLES = (
    "officer",
    "field",
    "supervisor",
    "manager",
    "accountant",
    "quality",
    "legal",
    "creditor",
    "admin",
    "auditor",
)


@dataclass(frozen=True)
class GrantRow:
    """One thing that somebody may see, in words."""

    role: str
    sight: str
    creditor: str
    branch: str
    since: str


def role(code: str) -> str:
    """What a role is called."""
    known = {
        "officer": _("Officer"),
        "field": _("Field officer"),
        "supervisor": _("Supervisor"),
        "manager": _("Manager"),
        "accountant": _("Accountant"),
        "quality": _("Quality reviewer"),
        "legal": _("Legal clerk"),
        "creditor": _("Creditor’s person"),
        "admin": _("Administrator"),
        "auditor": _("Auditor"),
    }
    return known.get(code, code)


def sight(code: str, *, is_leader: bool = False) -> str:
    """Which accounts a role shows."""
    if code in ("officer", "field"):
        return _("the accounts that are theirs")
    if code == "supervisor" and is_leader:
        return _("the accounts of the people in the teams that they lead")
    return _("all accounts")


def deeds(roles: Iterable[str]) -> tuple[str, ...]:
    """What people with these roles may do, a sentence each."""
    held = set(roles)
    known = [
        (STAFF, _("See today’s list, and why each account stands where it does.")),
        ((*STAFF, "creditor"), _("See the portfolio by age, open it down to the account, and take tables away.")),
        (CALLERS, _("Ask whether somebody may be reached, reach them, and write down what came of it.")),
        (CALLERS, _("Take down what is learnt about somebody, and end what no longer holds.")),
        (("supervisor", "manager", "legal", "admin"), _("Release what restrains an account.")),
        (LEADERS, _("Look at lists officer by officer.")),
        (STAFF, _("Read rules, policies, days and codes.")),
        (OVERSEERS, _("See what everybody on the floor does, move accounts, and keep weeks, leave and plans.")),
        (JUDGES, _("Judge whether two debtors are one person.")),
        (DECIDERS, _("Write policies and judge those of others; say which days are holidays.")),
        (("admin",), _("Sign rules off, let people join, move and leave, and open teams.")),
    ]
    return tuple(text for who, text in known if held & set(who))


def grant_rows(grants: pl.DataFrame, *, is_leader: bool) -> tuple[GrantRow, ...]:
    """What somebody may see."""
    return tuple(
        GrantRow(
            role=role(code),
            sight=sight(code, is_leader=is_leader),
            creditor=creditor or _("every creditor"),
            branch=branch or _("every branch"),
            since=since,
        )
        for code, creditor, branch, since in grants.iter_rows()
    )
