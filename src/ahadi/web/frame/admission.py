"""Who may open a page: a signed-in person with one of its roles; everybody else is sent away."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import Any, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from ahadi.domain.audit.ports import Actor
from ahadi.domain.contact.catalogue import UnableToFindRule
from ahadi.domain.people import access, queries
from ahadi.domain.reporting.contacts import UnableToFindDecision
from ahadi.domain.work.queries import UnableToFindAccount

STAFF = ("officer", "field", "supervisor", "manager", "accountant", "quality", "legal", "admin", "auditor")
LEADERS = ("supervisor", "manager", "quality", "legal", "accountant", "admin", "auditor")
EVERYBODY = (*STAFF, "creditor")
# Who reaches people and writes down what is learnt about them; the others look.
CALLERS = ("officer", "field", "supervisor", "manager", "legal")
DECIDERS = ("manager", "admin")


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
    """Opens a page to people with one of `roles` and hands it the visitor; what it shows is never stored."""

    def around(page: Page) -> Page:
        @wraps(page)
        def admitted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            visitor = _visitor(request)
            if not visitor.rights.may(*roles):
                raise PermissionDenied
            try:
                response = page(request, visitor, *args, **kwargs)
            except (UnableToFindAccount, UnableToFindDecision, UnableToFindRule) as error:
                raise Http404(str(error)) from error
            response["Cache-Control"] = "private, no-store"
            return response

        cast(Any, admitted).admits = roles
        return admitted

    return around


def _visitor(request: HttpRequest) -> Visitor:
    person = cast(Any, request.user)
    actor = Actor(login=person.login, person_id=person.id, organisation_id=person.organisation_id)
    return Visitor(
        actor=actor,
        rights=access.rights(actor),
        name=person.name,
        today=queries.today(person.organisation_id),
    )
