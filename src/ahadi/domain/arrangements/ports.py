"""What higher rooms hand to this one about promises, and what is refused about them."""

from dataclasses import dataclass
from datetime import date


class UnableToTakePromise(Exception):
    """What was promised cannot be taken down: the text says what is wrong with it, and what to do."""

    is_refusal = True


class PromiseAlreadyOpen(Exception):
    """One promise is open on the account already; withdraw it before another is made."""

    is_refusal = True

    def __init__(self, promise_id: int) -> None:
        super().__init__("a promise is open on this account already; withdraw it first, then take the new one down")
        self.promise_id = promise_id


@dataclass(frozen=True)
class Promised:
    """So much, in minor units of the account's currency, by a day; `source` where it was said how it comes."""

    due_on: date
    amount_minor: int
    source: str | None = None


@dataclass(frozen=True)
class PromiseOutcome:
    """The promises that were taken down, and the plan where there are several."""

    promise_ids: list[int]
    plan_id: int | None
