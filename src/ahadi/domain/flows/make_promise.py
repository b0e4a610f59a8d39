"""Takes down what a debtor promises: one payment, or several that make a plan."""

from collections.abc import Sequence

from ahadi.domain.arrangements.ports import PromiseAlreadyOpen, Promised, PromiseOutcome, UnableToTakePromise
from ahadi.domain.audit.ports import Act
from ahadi.domain.work import steps

__all__ = ["PromiseAlreadyOpen", "PromiseOutcome", "Promised", "UnableToTakePromise", "make_promise"]


def make_promise(act: Act, *, account_id: int, promised: Sequence[Promised]) -> PromiseOutcome:
    """Books one promise, or a plan of several, made today.

    Raises, in this order: UnableToFindAccount, UnableToTakePromise, PromiseAlreadyOpen.
    """
    return steps.take_promise(act, account_id=account_id, promised=promised)
