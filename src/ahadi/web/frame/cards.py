"""The cards that open in place at the desk: each a fragment of its own address, shown by the family that knows it.

A family adds its card here and nowhere else: the key opens it, the number key of its outcome does so too. What it
answers when it was sent is either the whole desk, or nothing and the header `HX-Trigger: desk` on which the desk
looks again.
"""

from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from ahadi.domain.desk.ports import At


@dataclass(frozen=True)
class Card:
    """A card: its name in rulebook/desk.yaml and in the desk's keys, the address that shows it, whether it is for a
    call that is under way, and whether money is spoken of in it, so that somebody must have been recognised.
    """

    name: str
    url_name: str
    icon: str
    is_for_call: bool = False
    is_about_money: bool = False


CARDS: Final[tuple[Card, ...]] = (
    Card("promise", "desk-card", "handshake", is_for_call=True, is_about_money=True),
    Card("ladder", "ladder-card", "route", is_for_call=True, is_about_money=True),
    Card("call-back", "desk-card", "alarm-clock", is_for_call=True),
    Card("bad-number", "desk-card", "phone-off"),
    Card("tell", "tell-card", "plus"),
    Card("third-party", "desk-card", "users", is_for_call=True),
    Card("proof", "proof-card", "receipt"),
    Card("dispute", "dispute-card", "scale"),
    Card("complaint", "complaint-card", "message-square-warning"),
    Card("hardship", "hardship-card", "hand-heart"),
    Card("note", "desk-card", "notebook-pen"),
    Card("skip", "desk-card", "arrow-right"),
    Card("longer", "desk-card", "plus", is_for_call=True),
    Card("more", "desk-card", "list-checks", is_for_call=True),
)


def card(name: str) -> Card | None:
    """The card of a name, None where there is none yet."""
    return next((one for one in CARDS if one.name == name), None)


def refusal(card: Card, at: At) -> str:
    """Why a card does not open where somebody is at the desk; empty where it does."""
    if card.is_for_call and at.contact_id is None:
        return _("This belongs to a call. Begin one first.")
    if card.is_about_money and not at.is_verified:
        return _("First make sure who it is: two facts, then money may be spoken of.")
    return ""
