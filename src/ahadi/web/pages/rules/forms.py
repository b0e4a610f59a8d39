"""What the list of rules can be narrowed by."""

from dataclasses import dataclass

from django.http import QueryDict

STATES = ("gate", "module", "not yet", "needs sign-off")


@dataclass(frozen=True)
class Choice:
    """What was chosen, empty where nothing was."""

    place: str
    topic: str
    action: str
    state: str
    q: str

    @property
    def is_narrow(self) -> bool:
        """Whether anything is left out."""
        return any(vars(self).values())


def chosen(query: QueryDict) -> Choice:
    """The choices of an address; what is not known simply finds nothing."""
    return Choice(*(query.get(name, "").strip()[:100] for name in ("place", "topic", "action", "state", "q")))
