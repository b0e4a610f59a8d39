"""People, what they may do, and teams, as rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ahadi.domain.people.ports import Access
from ahadi.domain.people.queries import Choices
from ahadi.web.frame import duties, figures, words
from ahadi.web.frame.options import Option, options
from ahadi.web.pages.people.forms import Choice


@dataclass(frozen=True)
class PersonRow:
    """Somebody who works here, or did."""

    url: str
    name: str
    login: str
    email: str
    role: str
    scope: str
    teams: str
    accounts: str
    seen: str
    is_active: bool
    has_second_factor: bool
    has_password: bool


@dataclass(frozen=True)
class Chooser:
    """What access can be made of, with what is chosen."""

    roles: tuple[Option, ...]
    creditors: tuple[Option, ...]
    branches: tuple[Option, ...]
    receivers: tuple[Option, ...]


@dataclass(frozen=True)
class Effect:
    """What a change would bring, a sentence each."""

    title: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class TeamRow:
    """A team."""

    url: str
    code: str
    name: str
    leaders: str
    members: str


@dataclass(frozen=True)
class MemberRow:
    """Somebody in a team."""

    login: str
    url: str
    name: str
    part: str
    since: str


def narrowed(people: pl.DataFrame, choice: Choice) -> pl.DataFrame:
    """Those who fit what was chosen."""
    if choice.where != "all":
        people = people.filter(pl.col("is_active") == (choice.where == "here"))
    if choice.role:
        people = people.filter(pl.col("role").str.split(", ").list.contains(choice.role))
    words = choice.q.casefold()
    if words:
        text = pl.concat_str("name", "login", "email", "teams", separator=" ", ignore_nulls=True)
        people = people.filter(text.str.to_lowercase().str.contains(words, literal=True))
    return people


def person_rows(people: pl.DataFrame) -> tuple[PersonRow, ...]:
    """Each as a row."""
    return tuple(person_row(row) for row in people.iter_rows(named=True))


def person_row(row: dict[str, Any]) -> PersonRow:
    """One person."""
    roles = (row["role"] or "").split(", ") if row["role"] else []
    scope = [row["creditors"] or _("all creditors"), *([row["branch"]] if row["branch"] else [])]
    return PersonRow(
        url=reverse("person", args=[row["person_id"]]),
        name=row["name"],
        login=row["login"],
        email=row["email"] or "",
        role=words.listed(duties.role(code) for code in roles),
        scope=" · ".join(scope) if roles else "",
        teams=row["teams"] or "",
        accounts=figures.count(row["accounts"]),
        seen=figures.written(row["last_login"] or ""),
        is_active=row["is_active"],
        has_second_factor=row["has_second_factor"],
        has_password=row["has_password"],
    )


def chooser(choices: Choices, terms: Access | None, receiver: str = "") -> Chooser:
    """The entries of a form of access."""
    wanted = set(terms.creditors) if terms else set()
    return Chooser(
        roles=options({code: duties.role(code) for code in duties.ROLES}, terms.role if terms else ""),
        creditors=tuple(Option(code, name, code in wanted) for code, name in choices.creditors.items()),
        branches=options(choices.branches, (terms.branch or "") if terms else "", _("Every branch")),
        receivers=options(
            {
                "unassigned": _("The queue"),
                **{code: name for code, name in choices.receivers.items() if code != "unassigned"},
            },
            receiver,
            _("Nobody"),
        ),
    )


def effect(name: str, terms: Access, *, before: int, after: int, is_owning: bool) -> Effect:
    """What another access would bring."""
    sentences = [
        ngettext(
            "They see %(count)s open account; now it is %(before)s.",
            "They see %(count)s open accounts; now it is %(before)s.",
            after,
        )
        % {"count": figures.count(after), "before": figures.count(before)},
        _("Every session of theirs ends, and they sign in again."),
        *duties.deeds([terms.role]),
    ]
    if is_owning and before:
        sentences.insert(1, _("Open accounts of theirs that this does not cover go to whom you choose below."))
    told = {"name": name, "role": duties.role(terms.role)}
    return Effect(_("%(name)s as %(role)s") % told, tuple(sentences))


def team_rows(teams: pl.DataFrame) -> tuple[TeamRow, ...]:
    """Each team as a row."""
    return tuple(
        TeamRow(reverse("team", args=[number]), code, name, leaders or "", figures.count(members))
        for number, code, name, leaders, members in teams.iter_rows()
    )


def member_rows(members: pl.DataFrame) -> tuple[MemberRow, ...]:
    """Who is in a team."""
    parts = {"leader": _("leads it"), "member": _("is in it")}
    return tuple(
        MemberRow(login, reverse("person", args=[number]), name, parts[part], figures.written(since))
        for number, login, name, part, since in members.iter_rows()
    )


def free(people: pl.DataFrame, members: Sequence[MemberRow]) -> tuple[Option, ...]:
    """Those who could be put into a team, by login."""
    inside = {one.login for one in members}
    fitting = people.filter(pl.col("is_active") & ~pl.col("login").is_in(list(inside)))
    return tuple(Option(login, name, False) for login, name in fitting.select("login", "name").iter_rows())
