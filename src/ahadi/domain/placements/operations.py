"""Opening a creditor before its first file."""

from dataclasses import dataclass

from ahadi.data.models.creditor import Creditor
from ahadi.domain.audit.ports import Act
from ahadi.domain.placements import queries, steps


class CreditorAlreadyOpened(Exception):
    """There is a creditor of this name; place its files under that name."""

    is_refusal = True

    def __init__(self, name: str) -> None:
        super().__init__(f"there is a creditor {name!r} already")
        self.name = name


@dataclass(frozen=True)
class CreditorOutcome:
    """The creditor that was opened."""

    creditor_id: int


def open_creditor(act: Act, *, name: str, country: str | None = None) -> CreditorOutcome:
    """Opens a creditor under its name; under the organisation's own name it is its own book.

    Raises: CreditorAlreadyOpened.
    """
    if queries.creditor(act.organisation_id, name) is not None:
        raise CreditorAlreadyOpened(name)
    creditor = Creditor(
        organisation_id=act.organisation_id,
        code=name.strip()[:60],
        name=name.strip()[:200],
        country=country,
        is_own=steps.is_own(act.organisation_id, name),
    )
    creditor.save(force_insert=True)
    return CreditorOutcome(creditor_id=creditor.id)
