"""Where somebody may go: what is worked with every day stands in the bar, what the house has settled in its menu."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from ahadi.web.frame.admission import JUDGES, OVERSEERS, Visitor


@dataclass(frozen=True)
class Place:
    """One entry of the navigation."""

    label: str
    url: str
    is_here: bool


def places(path: str, visitor: Visitor) -> tuple[Place, ...]:
    """What is worked with every day."""
    portfolio = _place(path, _("Portfolio"), "ageing")
    if not visitor.is_staff:
        return (portfolio,)
    worklist = _place(path, _("Today’s list"), "worklist")
    board = _place(path, _("Floor"), "board")
    floor = Place(board.label, board.url, board.is_here or path.startswith("/plans/"))
    return (
        *([floor] if visitor.rights.may(*OVERSEERS) else []),
        *([_place(path, _("Desk"), "desk")] if visitor.is_caller else []),
        Place(worklist.label, worklist.url, path == "/" or worklist.is_here),
        portfolio,
        _place(path, _("Promises"), "promises"),
        _place(path, _("Cases"), "cases"),
        _place(path, _("Proofs"), "proofs"),
        _place(path, _("Approvals"), "approvals"),
        _place(path, _("Papers"), "papers-search"),
    )


def house(path: str, visitor: Visitor) -> tuple[Place, ...]:
    """What the house has settled, and who works in it."""
    if not visitor.is_staff:
        return ()
    named = [
        (_("Guidelines"), "guidelines"),
        (_("Mandates"), "mandates"),
        (_("Rules"), "rules"),
        (_("Policies"), "policies"),
        (_("Days"), "days"),
        (_("Codes"), "codes"),
    ]
    people = _place(path, _("People"), "people")
    listed = [_place(path, label, name) for label, name in named]
    if visitor.rights.may(*JUDGES):
        listed.append(_place(path, _("One person?"), "duplicates"))
    if visitor.rights.may("admin"):
        listed.append(Place(people.label, people.url, people.is_here or path.startswith("/teams/")))
    return tuple(listed)


def _place(path: str, label: str, name: str) -> Place:
    url = reverse(name)
    return Place(label, url, path.startswith(url))
