"""The one wrapper of every act: clock, transaction, trail, idempotency key, dry run."""

import hashlib
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from django.db import transaction

from ahadi.data.models.act import Act as ActRow
from ahadi.data.models.act import ActOutcome
from ahadi.data.once import asking_anew, remembering
from ahadi.domain.audit import steps
from ahadi.domain.audit.ports import Operation, Performance

T = TypeVar("T")


class KeyAlreadyUsed(Exception):
    """This idempotency key was used before for other inputs. Send the same inputs again, or a new key."""

    is_refusal = True

    def __init__(self, key: str) -> None:
        super().__init__(f"the key {key!r} was used before for other inputs: send those again, or use a new key")
        self.key = key


def perform(name: str, operation: Operation, outcome: type[T], how: Performance) -> T:
    """Performs `operation` as one act in one transaction and returns its outcome.

    With a key that was used before for the same inputs nothing is done and the first outcome is returned.
    A dry run does everything, reports it and takes it back.

    Raises: KeyAlreadyUsed, and whatever the operation refuses.
    """
    with asking_anew(), transaction.atomic(durable=True):
        done = _replay(name, outcome, how)
        if done is not None:
            return done
        act = steps.begin(name, how)
        result = operation(act)
        steps.finish(act, result)
        if how.is_dry_run:
            transaction.set_rollback(True)
        answer: T = result
        return answer


def looking() -> AbstractContextManager[None]:
    """While a page is made: what does not change between two of its parts is asked for once, by acts always anew."""
    return remembering()


def _replay(name: str, outcome: type[T], how: Performance) -> T | None:
    if how.key is None:
        return None
    earlier = ActRow.objects.filter(organisation_id=how.organisation_id, name=name, idempotency_key=how.key).first()
    if earlier is None:
        return None
    if bytes(earlier.inputs_digest) != hashlib.sha256(how.inputs).digest():
        raise KeyAlreadyUsed(how.key)
    stored: dict[str, Any] = ActOutcome.objects.get(act_id=earlier.id).outcome
    return outcome(**stored)
