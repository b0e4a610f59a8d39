"""Who works in the twin: officers by creditor or branch, supervisors, and one of each of the others."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import polars as pl

from ahadi.jobs.twin import names
from ahadi.jobs.twin.portfolios import Enterprise

_FILE = "demo-sign-ins.json"
_ACCOUNTS_PER_OFFICER = 600
_OFFICERS_MIN = 3
# So many officers of each organisation can sign in; the others stand in the book only.
_OFFICERS_SHOWN = 3


@dataclass(frozen=True)
class SignIn:
    """How somebody of the twin signs in."""

    organisation: str
    role: str
    name: str
    login: str
    password: str


@dataclass(frozen=True)
class Member:
    """Somebody of the staff: their role, and the creditor and branch that it is limited to (None: all)."""

    login: str
    name: str
    role: str
    password: str | None
    creditor: str | None = None
    branch: str | None = None


def staff(enterprise: Enterprise, *, accounts: int, seed: int, sign_ins: list[SignIn]) -> list[Member]:
    """The staff of an organisation for so many accounts; those who may sign in have a password of `sign_ins`."""
    known = {one.login: one.password for one in sign_ins}
    roles = [*_officers(enterprise, accounts), *_others(enterprise, accounts)]
    drawn = names.people(np.random.default_rng([seed, 77]), len(roles), enterprise.terms.country).to_list()
    members = []
    for place, ((role, creditor, branch), name) in enumerate(zip(roles, drawn, strict=True)):
        given, _, family = name.partition(" ")
        # Two people may bear one name: the place in the list tells their logins apart.
        login = f"{given}.{family.split()[-1]}{place + 1}@{enterprise.domain}".lower()
        members.append(Member(login, name.replace(".", ""), role, known.get(login), creditor, branch))
    return members


def _officers(enterprise: Enterprise, accounts: int) -> list[tuple[str, str | None, str | None]]:
    """Each officer works for one creditor of an agency, or in one branch; everything is somebody's."""
    count = max(_OFFICERS_MIN, round(accounts / _ACCOUNTS_PER_OFFICER))
    if enterprise.is_agency:
        desks = [
            (creditor, sum(one.share for one in enterprise.portfolios if one.creditor == creditor))
            for creditor in enterprise.creditors
        ]
    else:
        shares: dict[str, float] = {}
        for one in enterprise.portfolios:
            for branch in one.branches:
                shares[branch] = shares.get(branch, 0.0) + one.share / len(one.branches)
        desks = list(shares.items())
    bounds = np.cumsum([share for _, share in desks])
    found = [desks[int(np.searchsorted(bounds, (place + 0.5) / count))][0] for place in range(count)]
    found += [desk for desk, _ in desks if desk not in found]
    return [("officer", desk, None) if enterprise.is_agency else ("officer", None, desk) for desk in found]


def _others(enterprise: Enterprise, accounts: int) -> list[tuple[str, str | None, str | None]]:
    supervisors = 1 if accounts < 10_000 else 2
    return [
        *(("supervisor", None, None) for _ in range(supervisors)),
        ("manager", None, None),
        ("accountant", None, None),
        ("creditor", enterprise.creditors[0], None),
        ("admin", None, None),
        ("auditor", None, None),
    ]


def new_sign_ins(enterprise: Enterprise, *, accounts: int, seed: int) -> list[SignIn]:
    """Passwords for the first officers and for everybody else; drawn anew each time, and not from the seed."""
    shown, officers = [], 0
    for member in staff(enterprise, accounts=accounts, seed=seed, sign_ins=[]):
        officers += member.role == "officer"
        if member.role != "officer" or officers <= _OFFICERS_SHOWN:
            password = secrets.token_urlsafe(9)
            shown.append(SignIn(enterprise.terms.name, member.role, member.name, member.login, password))
    return shown


def owners(members: list[Member], known: pl.DataFrame) -> pl.DataFrame:
    """owner_id, creditor, branch of the officers; `known` gives owner_id and code, which is the login."""
    rows = [(one.login, one.creditor, one.branch) for one in members if one.role == "officer"]
    told = pl.DataFrame(rows, schema={"code": pl.String, "creditor": pl.String, "branch": pl.String}, orient="row")
    return told.join(known, on="code").select("owner_id", "creditor", "branch").sort("owner_id")


def keep(folder: Path, sign_ins: list[SignIn]) -> None:
    """Writes the sign-ins to a file that only this user of the machine can read."""
    descriptor = os.open(folder / _FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump([asdict(one) for one in sign_ins], file)


def kept(folder: Path) -> list[SignIn]:
    """The sign-ins that were kept in this folder, if any."""
    path = folder / _FILE
    return [SignIn(**one) for one in json.loads(path.read_text())] if path.exists() else []


def told(sign_ins: list[SignIn]) -> list[str]:
    """The sign-ins as lines to print, by organisation."""
    if not sign_ins:
        return ["The sign-ins of this book were kept on the machine that built it."]
    lines = []
    for organisation in dict.fromkeys(one.organisation for one in sign_ins):
        lines += ["", f"Sign in to {organisation} as"]
        lines += [
            f"  {one.role:<11} {one.login:<40} {one.password}" for one in sign_ins if one.organisation == organisation
        ]
    return [*lines, ""]
