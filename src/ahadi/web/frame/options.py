"""Entries to choose from: in a list, as buttons or as links."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Option:
    """One entry, `url` where it is a link."""

    value: str
    label: str
    is_chosen: bool
    url: str = ""


def options(labels: Mapping[str, str], chosen: str, every: str = "") -> tuple[Option, ...]:
    """The entries in their order, with `every` on top where nothing need be chosen."""
    head = (Option("", every, not chosen),) if every else ()
    return (*head, *(Option(value, label, value == chosen) for value, label in labels.items()))
