"""What was asked, narrowed: what waits or is decided, and what somebody typed."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from ahadi.domain.approvals.queries import WAITING, AskedFor
from ahadi.web.frame.asked import AskedRow
from ahadi.web.frame.listing import Address
from ahadi.web.frame.options import Option

DECIDED = "decided"
STATES = (WAITING, DECIDED)


def states(chosen: str, address: Address) -> tuple[Option, ...]:
    """What may be shown."""
    labels = {"": _("All"), WAITING: _("Waits"), DECIDED: _("Decided")}
    return tuple(Option(code, label, code == chosen, address.having(state=code)) for code, label in labels.items())


def of_state(found: Sequence[AskedFor], state: str) -> list[AskedFor]:
    """Those that wait, those that do not, or all."""
    return [one for one in found if not state or (one.state == WAITING) == (state == WAITING)]


def narrowed(rows: Sequence[AskedRow], wanted: str) -> list[AskedRow]:
    """The rows in which the typed text stands."""
    text = wanted.casefold()
    return [one for one in rows if text in f"{one.debtor} {one.number} {one.what} {one.asked_by}".casefold()]
