"""Who works when, who stands in for whom, and what is planned of a day: one page, and an act for each of its forms."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from ahadi.domain.audit.ports import Act
from ahadi.domain.oversight import queries as oversight
from ahadi.domain.people import queries as people
from ahadi.domain.rosters import operations, queries
from ahadi.domain.rosters.ports import PlanOutcome, RosterOutcome
from ahadi.web.frame import figures
from ahadi.web.frame.acting import Refused, act, new_key
from ahadi.web.frame.admission import OVERSEERS, Visitor, admits
from ahadi.web.frame.reference import UnableToReadReference, read, written
from ahadi.web.frame.rendering import show
from ahadi.web.pages.plans import forms, rows

_DAYS = 7
_KINDS = ("annual", "sick", "training", "family", "other")
Asked = tuple[Callable[[Act], Any], type[Any]]


@admits(*OVERSEERS)
@require_safe
def plans(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """The week to come, leave, and the plan of a day."""
    house, today = visitor.actor.organisation_id or 0, visitor.today
    first = _day(request.GET.get("from", ""), today)
    days = [first + timedelta(days=offset) for offset in range(_DAYS)]
    shifts = queries.shifts(house, days)
    alone = queries.alone(house, days)
    known = people.people(visitor.actor)
    named = dict(known.select("person_id", "name").iter_rows())
    workers = list(dict.fromkeys(shifts["person_id"]))
    return show(
        request,
        "plans/templates/plans.html",
        visitor=visitor,
        heads=rows.heads(days),
        weeks=rows.week_rows(shifts, alone),
        alone=alone.height,
        leaves=rows.leave_rows(queries.leaves(house, from_date=today), today=today),
        workers=[(written("person", one), named.get(one, "")) for one in workers],
        kinds=[(one, rows.leave_kind(one)) for one in _KINDS],
        weekdays=rows.weekdays(),
        today=today.isoformat(),
        earlier=f"?from={(first - timedelta(days=_DAYS)).isoformat()}",
        later=f"?from={(first + timedelta(days=_DAYS)).isoformat()}",
        plan=_plan_table(visitor, first),
        plan_day=figures.day(first, today),
        currency=_currency(visitor),
        key=new_key(),
    )


def _day(text: str, today: date) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return today


def _currency(visitor: Visitor) -> str:
    house = next(one for one in people.houses() if one.id == visitor.actor.organisation_id)
    return house.currency


def _plan_table(visitor: Visitor, day: date) -> list[rows.PlanRow]:
    """What was planned of a day, and of today what was done of it."""
    officers = oversight.officers(by=visitor.actor, as_of=visitor.today)
    held = queries.plans([one.person_id for one in officers], day=day)
    planned = {row["person_id"]: row for row in held.iter_rows(named=True)}
    done = oversight.efforts(officers, by=visitor.actor, as_of=visitor.today, past={}) if day == visitor.today else {}
    return [rows.plan_row(one, planned.get(one.person_id), done.get(one.person_id)) for one in officers]


@admits(*OVERSEERS)
@require_POST
def keep(request: HttpRequest, visitor: Visitor, what: str) -> HttpResponse:
    """One of the forms: a week, a day, leave, leave taken back, who stands in, a plan."""
    try:
        operation, outcome = _asked(request, visitor, what)
    except forms.UnableToReadPlan as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse("plans"))
    done = act(request, visitor, f"keep_{what}", operation, outcome)
    if isinstance(done, Refused):
        messages.error(request, done.text)
    else:
        messages.success(request, _("It is kept."))
    return HttpResponseRedirect(reverse("plans"))


def _asked(request: HttpRequest, visitor: Visitor, what: str) -> Asked:
    """The operation that a form asks for. Raises UnableToReadPlan, Http404."""
    posted = request.POST
    who, other = forms.person(posted.get("person", "")), forms.person(posted.get("stand_in", "")) or None
    if what == "week":
        week = forms.week(posted)
        return partial(operations.keep_roster, person_id=who, week=week, stand_in_id=other), RosterOutcome
    if what == "day":
        day, minutes = forms.day(posted, "day", _("Day")), forms.shift(posted)
        return (
            partial(operations.change_shift, person_id=who, day=day, minutes=minutes, stand_in_id=other),
            RosterOutcome,
        )
    if what == "leave":
        return partial(operations.take_leave, person_id=who, away=forms.away(posted)), RosterOutcome
    if what == "back":
        return partial(operations.take_back_leave, leave_id=_leave(posted.get("leave", ""))), RosterOutcome
    if what == "work":
        days = forms.days(posted)
        planned = forms.planned(posted, currency=_currency(visitor))
        return partial(operations.plan_work, people=forms.people(posted), days=days, planned=planned), PlanOutcome
    raise Http404(f"nothing of the kind {what} is kept here")


def _leave(text: str) -> int:
    try:
        return read("leave", text)
    except UnableToReadReference:
        return 0
