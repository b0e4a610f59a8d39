"""Acts from a page: once for each form that was sent, however often; what is refused comes back as a sentence."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from django.db import IntegrityError
from django.http import HttpRequest

from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import Act, Performance
from ahadi.domain.cases.queries import UnableToFindCase
from ahadi.domain.filing.queries import UnableToFindDocument
from ahadi.domain.finding.duplicates import UnableToFindDuplicate
from ahadi.domain.reporting.contacts import UnableToFindDecision
from ahadi.domain.work.queries import UnableToFindAccount
from ahadi.web.frame.admission import Visitor
from ahadi.web.frame.refusals import refusal

T = TypeVar("T")
_KEY_MAX = 64
_APART = ("csrfmiddlewaretoken", "key")


@dataclass(frozen=True)
class Refused:
    """Why an act was not done, and what to do instead."""

    text: str


def new_key() -> str:
    """A key for a form, so that sending it twice acts once."""
    return secrets.token_urlsafe(18)


def act(
    request: HttpRequest,
    visitor: Visitor,
    name: str,
    operation: Callable[[Act], T],
    outcome: type[T],
    *,
    part: str = "",
) -> T | Refused:
    """Performs an operation with what the form holds as its inputs and the form's `key`.

    A form that does several acts says of each which `part` it is, so that each is done once.
    What is not there for the visitor is raised on; every other refusal is returned.
    """
    inputs = repr(sorted((field, values) for field, values in request.POST.lists() if field not in _APART))
    sent = request.POST.get("key", "")[: _KEY_MAX - len(part)]
    key = f"{sent}{part}" if sent else None
    how = Performance(visitor.actor, visitor.actor.organisation_id or 0, inputs.encode(), key)
    try:
        return _performed(name, operation, outcome, how)
    except (UnableToFindAccount, UnableToFindCase, UnableToFindDecision, UnableToFindDocument, UnableToFindDuplicate):
        raise
    except Exception as error:
        if not getattr(error, "is_refusal", False):
            raise
        return Refused(refusal(str(error)))


def _performed(name: str, operation: Callable[[Act], T], outcome: type[T], how: Performance) -> T:
    try:
        return perform(name, operation, outcome, how)
    except IntegrityError:
        if how.key is None:
            raise
        # The same form sent twice at once: the other one was first, and its outcome is found by the key.
        return perform(name, operation, outcome, how)
