"""Inner moves of looking after others: who may, and handing accounts over."""

from ahadi.data import frames
from ahadi.domain.audit.ports import Act
from ahadi.domain.people import access

OVERSEERS = ("supervisor", "manager")


def require_overseer(act: Act, refusal: type[Exception]) -> None:
    """One at a time in an organisation: whoever waited finds what the other did. Raises the refusal."""
    frames.lock("reassignment", act.organisation_id)
    if not access.rights(act.by).may(*OVERSEERS):
        raise refusal("a supervisor or a manager does that; ask one")
