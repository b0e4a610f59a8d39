"""Who may open a page: a signed-in person with one of its roles; everybody else is sent away.

A page says whom it admits by one of three marks: `admits` (people with a role), `admits_oneself` (whoever is
signed in, for what is theirs alone) and `admits_anybody`. The Doorkeeper refuses a page without a mark.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from ahadi.domain.approvals.queries import UnableToFindApproval
from ahadi.domain.audit.operations import looking
from ahadi.domain.audit.ports import Actor
from ahadi.domain.cases.queries import UnableToFindAdjustment, UnableToFindCase
from ahadi.domain.contact.catalogue import UnableToFindRule
from ahadi.domain.filing.queries import UnableToFindDocument
from ahadi.domain.finding.duplicates import UnableToFindDuplicate
from ahadi.domain.negotiation.mandates import UnableToFindMandate
from ahadi.domain.people import access, queries
from ahadi.domain.reporting.contacts import UnableToFindDecision
from ahadi.domain.work.queries import UnableToFindAccount

STAFF = ("officer", "field", "supervisor", "manager", "accountant", "quality", "legal", "admin", "auditor")
LEADERS = ("supervisor", "manager", "quality", "legal", "accountant", "admin", "auditor")
EVERYBODY = (*STAFF, "creditor")
# Who reaches people and writes down what is learnt about them; the others look.
CALLERS = ("officer", "field", "supervisor", "manager", "legal")
ACCOUNTANTS = ("accountant", "manager")
# Who looks after others: their floor, their lists and their weeks.
OVERSEERS = ("supervisor", "manager")
DECIDERS = ("manager", "admin")
# Who says whether two debtors are one person.
JUDGES = ("supervisor", "manager", "admin")
ANYBODY = ("anybody",)
ONESELF = ("oneself",)

# What a page cannot show because it is not there for whoever asks.
_NOT_THERE = (
    UnableToFindAccount,
    UnableToFindAdjustment,
    UnableToFindApproval,
    UnableToFindCase,
    UnableToFindDecision,
    UnableToFindDocument,
    UnableToFindDuplicate,
    UnableToFindMandate,
    UnableToFindRule,
)
_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Visitor:
    """Who looks: the actor every query is asked by, the roles, a name to greet, and the business date."""

    actor: Actor
    rights: access.Rights
    name: str
    today: date

    @property
    def is_leader(self) -> bool:
        """Whether lists may be looked at officer by officer."""
        return self.rights.may(*LEADERS)

    @property
    def is_caller(self) -> bool:
        """Whether this person reaches debtors."""
        return self.rights.may(*CALLERS)

    @property
    def is_staff(self) -> bool:
        """Whether worklists concern this person at all; a creditor's own people see figures only."""
        return self.rights.may(*STAFF)


Page = Callable[..., HttpResponse]


def admits(*roles: str) -> Callable[[Page], Page]:
    """Opens a page to people with one of `roles` and hands it the visitor."""

    def around(page: Page) -> Page:
        @wraps(page)
        def admitted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            visitor = _visitor(request)
            if not visitor.rights.may(*roles):
                raise PermissionDenied
            if lacks_second_factor(visitor):
                return HttpResponseRedirect(reverse("mfa_index"))
            try:
                return page(request, visitor, *args, **kwargs)
            except _NOT_THERE as error:
                raise Http404(str(error)) from error

        cast(Any, admitted).admits = roles
        return admitted

    return around


def admits_oneself(page: Page) -> Page:
    """Opens what is a person's own to whoever is signed in, even without any role; `request.visitor` is theirs."""

    @wraps(page)
    def admitted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        cast(Any, request).visitor = _visitor(request)
        return page(request, *args, **kwargs)

    cast(Any, admitted).admits = ONESELF
    return admitted


def admits_anybody(page: Page) -> Page:
    """Opens a page to whoever comes, signed in or not, and while a session is locked."""

    @wraps(page)
    def admitted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return page(request, *args, **kwargs)

    cast(Any, admitted).admits = ANYBODY
    return admitted


def lacks_second_factor(visitor: Visitor) -> bool:
    """Whether one of the visitor's roles asks for a second factor that they have not set up."""
    must = visitor.rights.roles & set(settings.SECOND_FACTOR_ROLES)
    return bool(must) and not queries.has_second_factor(visitor.actor)


class Doorkeeper:
    """Middleware: nothing opens by being forgotten. A page that does not say whom it admits admits nobody."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Hands the request on; whatever the answer is, no browser and no proxy keeps it."""
        with looking():
            response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    def process_view(self, request: HttpRequest, view: Page, args: Any, kwargs: Any) -> None:
        """Refuses a page without a mark."""
        if not hasattr(view, "admits"):
            _logger.error("a page says not whom it admits: %s.%s", view.__module__, view.__name__)
            raise PermissionDenied


def _visitor(request: HttpRequest) -> Visitor:
    person = cast(Any, request.user)
    actor = Actor(login=person.login, person_id=person.id, organisation_id=person.organisation_id)
    return Visitor(
        actor=actor,
        rights=access.rights(actor),
        name=person.name,
        today=queries.today(person.organisation_id),
    )
