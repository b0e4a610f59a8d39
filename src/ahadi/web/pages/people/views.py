"""People for whoever looks after access: joining, moving, leaving, resets; and teams."""

from collections.abc import Callable
from functools import partial
from typing import Any

import polars as pl
from django.conf import settings
from django.contrib import messages
from django.core.mail import EmailMessage
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ahadi.domain.audit.ports import Act, Actor
from ahadi.domain.flows.move_person import move_person
from ahadi.domain.people import operations, queries
from ahadi.domain.people.operations import Joining, PersonOutcome, ResetOutcome, TeamOutcome
from ahadi.domain.people.ports import Access, AccessOutcome
from ahadi.web.frame import duties, listing
from ahadi.web.frame.acting import Refused, act, new_key
from ahadi.web.frame.admission import Visitor, admits
from ahadi.web.frame.downloads import download, exports
from ahadi.web.frame.listing import page_of, paging
from ahadi.web.frame.options import options
from ahadi.web.frame.rendering import show
from ahadi.web.pages.people import forms, rows
from ahadi.web.pages.people.forms import ORDERS

_ASKED = ["GET", "HEAD", "POST"]
_EXPORTED = ["login", "name", "email", "role", "creditors", "branch", "teams", "is_active", "last_login", "accounts"]
_LINK = "link"


@require_safe
@admits("admin")
def people(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Everybody who works here, or did."""
    choice = forms.chosen(request.GET)
    fitting = rows.narrowed(queries.people(visitor.actor), choice)
    fitting = listing.sorted_by(fitting, choice.sort, ORDERS)
    if choice.format:
        return download(fitting.select(_EXPORTED), name="people", format=choice.format, money={})
    shown, number = page_of(fitting, choice.page)
    address = choice.address(request.path)
    where = {"left": _("Who left"), "all": _("Everybody")}
    return show(
        request,
        "people/templates/people.html",
        visitor=visitor,
        choice=choice,
        roles=options({code: duties.role(code) for code in duties.ROLES}, choice.role, _("All roles")),
        wheres=options(where, "" if choice.where == "here" else choice.where, _("Who works here")),
        exports=exports(address),
        heads=address.heads(_columns(), choice.sort, {}),
        page=paging(rows.person_rows(shown), fitting.height, number, address),
    )


@admits("admin")
@require_http_methods(_ASKED)
def join(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Lets somebody join; they choose a password by a link."""
    errors: dict[str, str] = {}
    if request.method == "POST":
        typed = forms.joining(request.POST)
        done = _joined(request, visitor, typed) if isinstance(typed, Joining) else typed
        if isinstance(done, PersonOutcome):
            _hand_link(request, visitor, done.person_id)
            return HttpResponseRedirect(reverse("person", args=[done.person_id]))
        errors = {"refused": done.text} if isinstance(done, Refused) else done
    wanted = forms.change(request.POST)
    return show(
        request,
        "people/templates/join.html",
        visitor=visitor,
        status=400 if errors else 200,
        errors=errors,
        typed={name: request.POST.get(name, "") for name in ("login", "name", "email")},
        chooser=rows.chooser(queries.choices(visitor.actor), wanted.terms if wanted else None),
        key=new_key(),
    )


@require_safe
@admits("admin")
def person(request: HttpRequest, visitor: Visitor, person: int) -> HttpResponse:
    """One person: what they may see and do, how they sign in, and what can be changed."""
    found = _person(visitor, person)
    grants = queries.grants(person)
    return show(
        request,
        "people/templates/person.html",
        visitor=visitor,
        person=rows.person_row(found),
        number=person,
        grants=duties.grant_rows(grants, is_leader=bool(found["teams"])),
        deeds=duties.deeds(grants["role"]),
        seen=queries.seen(Actor(found["login"], person, visitor.actor.organisation_id)),
        link=request.session.pop(_LINK, None),
        is_oneself=person == visitor.actor.person_id,
        is_mailing=settings.IS_MAILING,
        key=new_key(),
    )


@admits("admin")
@require_http_methods(_ASKED)
def move(request: HttpRequest, visitor: Visitor, person: int) -> HttpResponse:
    """Another access for somebody: chosen, shown in words, then given."""
    found = _person(visitor, person)
    wanted = forms.change(request.POST if request.method == "POST" else request.GET)
    error = ""
    if request.method == "POST" and wanted:
        done = _moved(request, visitor, person, wanted.terms, wanted.receiver)
        if not isinstance(done, Refused):
            messages.success(request, _("%(name)s: the change holds from now on.") % {"name": found["name"]})
            return HttpResponseRedirect(reverse("person", args=[person]))
        error = done.text
    return show(
        request,
        "people/templates/move.html",
        visitor=visitor,
        status=400 if error else 200,
        person=rows.person_row(found),
        error=error,
        effect=_effect(visitor, found, wanted.terms) if wanted else None,
        chooser=rows.chooser(
            queries.choices(visitor.actor), wanted.terms if wanted else None, wanted.receiver if wanted else ""
        ),
        key=new_key(),
    )


@admits("admin")
@require_http_methods(_ASKED)
def leave(request: HttpRequest, visitor: Visitor, person: int) -> HttpResponse:
    """Lets somebody leave: they are signed out at once, and their accounts go to somebody else."""
    found, error, receiver = _person(visitor, person), "", request.POST.get("receiver", "")
    if request.method == "POST":
        done = _moved(request, visitor, person, None, receiver)
        if not isinstance(done, Refused):
            messages.success(request, _("%(name)s has left.") % {"name": found["name"]})
            return HttpResponseRedirect(reverse("person", args=[person]))
        error = done.text
    return show(
        request,
        "people/templates/leave.html",
        visitor=visitor,
        status=400 if error else 200,
        person=rows.person_row(found),
        owned=found["accounts"],
        error=error,
        chooser=rows.chooser(queries.choices(visitor.actor), None, receiver),
        key=new_key(),
    )


@require_POST
@admits("admin")
def give_link(request: HttpRequest, visitor: Visitor, person: int) -> HttpResponse:
    """Voids somebody's password and hands out a link by which they choose another: shown once, or mailed."""
    found = _person(visitor, person)
    done = act(
        request,
        visitor,
        "reset_password",
        lambda act: operations.reset_password(act, person_id=person),
        ResetOutcome,
    )
    if isinstance(done, Refused):
        messages.error(request, done.text)
    elif "mail" in request.POST and settings.IS_MAILING and found["email"]:
        _mail_link(request, visitor, found)
    else:
        _hand_link(request, visitor, person)
    return HttpResponseRedirect(reverse("person", args=[person]))


@require_POST
@admits("admin")
def take_factors(request: HttpRequest, visitor: Visitor, person: int) -> HttpResponse:
    """Takes the second factors away from somebody who lost them."""
    found = _person(visitor, person)
    done = act(
        request,
        visitor,
        "reset_second_factors",
        lambda act: operations.reset_second_factors(act, person_id=person),
        ResetOutcome,
    )
    if isinstance(done, Refused):
        messages.error(request, done.text)
    else:
        messages.success(request, _("%(name)s signs in by password alone now.") % {"name": found["name"]})
    return HttpResponseRedirect(reverse("person", args=[person]))


@admits("admin")
@require_http_methods(_ASKED)
def teams(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """The teams; opens another."""
    error = ""
    if request.method == "POST":
        typed = forms.team(request.POST)
        done = _opened(request, visitor, *typed) if typed else None
        if isinstance(done, TeamOutcome):
            return HttpResponseRedirect(reverse("team", args=[done.team_id]))
        error = done.text if done else _("Give the team a name, and a code of letters, digits and dashes.")
    return show(
        request,
        "people/templates/teams.html",
        visitor=visitor,
        status=400 if error else 200,
        teams=rows.team_rows(queries.teams(visitor.actor)),
        error=error,
        key=new_key(),
    )


@admits("admin")
@require_http_methods(_ASKED)
def team(request: HttpRequest, visitor: Visitor, team: int) -> HttpResponse:
    """Who is in a team; puts somebody in, or takes somebody out."""
    found = queries.teams(visitor.actor).filter(pl.col("team_id") == team)
    if found.is_empty():
        raise Http404("no such team here")
    everybody = queries.people(visitor.actor)
    if request.method == "POST":
        done = _placed(request, visitor, team, everybody)
        if isinstance(done, Refused):
            messages.error(request, done.text)
        return HttpResponseRedirect(request.path)
    members = rows.member_rows(queries.members(visitor.actor, team_id=team))
    return show(
        request,
        "people/templates/team.html",
        visitor=visitor,
        team=rows.team_rows(found)[0],
        members=members,
        free=rows.free(everybody, members),
        key=new_key(),
    )


def _columns() -> dict[str, tuple[str, bool]]:
    return {
        "name": (_("Name"), False),
        "login": (_("Login"), False),
        "role": (_("Role"), False),
        "accounts": (_("Open accounts"), True),
        "seen": (_("Signed in last"), False),
    }


def _person(visitor: Visitor, person_id: int) -> dict[str, Any]:
    found = queries.people(visitor.actor, person_id=person_id)
    if found.is_empty():
        raise Http404("nobody here")
    return found.row(0, named=True)


def _joined(request: HttpRequest, visitor: Visitor, joining: Joining) -> PersonOutcome | Refused:
    return act(request, visitor, "add_person", lambda act: operations.add_person(act, joining=joining), PersonOutcome)


def _moved(
    request: HttpRequest, visitor: Visitor, person_id: int, terms: Access | None, receiver: str
) -> AccessOutcome | Refused:
    return act(
        request,
        visitor,
        "move_person" if terms else "let_person_leave",
        lambda act: move_person(act, person_id=person_id, terms=terms, receiver=receiver),
        AccessOutcome,
    )


def _effect(visitor: Visitor, found: dict[str, Any], terms: Access) -> rows.Effect:
    number = found["person_id"]
    return rows.effect(
        found["name"],
        terms,
        before=queries.seen(Actor(found["login"], number, visitor.actor.organisation_id)),
        after=queries.would_see(visitor.actor, person_id=number, terms=terms),
        is_owning=bool(found["accounts"]),
    )


def _link(request: HttpRequest, visitor: Visitor, person_id: int) -> str:
    uid, _dash, key = queries.password_link(visitor.actor, person_id=person_id).partition("-")
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": key})
    return request.build_absolute_uri(path)


def _hand_link(request: HttpRequest, visitor: Visitor, person_id: int) -> None:
    """Kept until the next page shows it, and no longer."""
    request.session[_LINK] = _link(request, visitor, person_id)


def _mail_link(request: HttpRequest, visitor: Visitor, found: dict[str, Any]) -> None:
    text = _("By this link you choose a password for Ahadi. It serves once, and for a day.\n\n%(link)s") % {
        "link": _link(request, visitor, found["person_id"])
    }
    EmailMessage(_("A password for Ahadi"), text, to=[found["email"]]).send()
    messages.success(request, _("The link was mailed to %(email)s.") % {"email": found["email"]})


def _opened(request: HttpRequest, visitor: Visitor, code: str, name: str) -> TeamOutcome | Refused:
    return _team_act(request, visitor, "open_team", partial(operations.open_team, code=code, name=name))


def _team_act(
    request: HttpRequest, visitor: Visitor, name: str, operation: Callable[[Act], TeamOutcome]
) -> TeamOutcome | Refused:
    return act(request, visitor, name, operation, TeamOutcome)


def _placed(request: HttpRequest, visitor: Visitor, team_id: int, everybody: pl.DataFrame) -> TeamOutcome | Refused:
    logins = dict(everybody.select("login", "person_id").iter_rows())
    person_id, part = logins.get(request.POST.get("login", ""), 0), request.POST.get("part", "")
    if part == "none":
        take_out = partial(operations.leave_team, team_id=team_id, person_id=person_id)
        return _team_act(request, visitor, "leave_team", take_out)
    put_in = partial(operations.join_team, team_id=team_id, person_id=person_id, part=part)
    return _team_act(request, visitor, "join_team", put_in)
