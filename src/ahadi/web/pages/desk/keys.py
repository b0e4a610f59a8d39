"""Which key does what at the desk: by the place of a key on the board, the same on every layout."""

import re
from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext as _

HOUSE: Final[Mapping[str, str]] = {
    "call": "Space",
    **{f"outcome-{digit}": f"Digit{digit}" for digit in range(1, 10)},
    "more": "Digit0",
    "promise": "KeyP",
    "ladder": "KeyL",
    "proof": "KeyA",
    "dispute": "KeyD",
    "complaint": "KeyC",
    "hardship": "KeyV",
    "call-back": "KeyB",
    "bad-number": "KeyX",
    "tell": "KeyE",
    "third-party": "KeyO",
    "note": "KeyN",
    "skip": "KeyS",
    "find": "Slash",
    "history": "KeyH",
    "why": "KeyW",
    "undo": "KeyZ",
    "heard": "KeyG",
    "codes": "Period",
}
"""Command to key. Not to be changed: Ctrl+Enter goes on, Escape goes back, ? shows all keys."""

_SIGNS: Final = {"Period": ".", "Comma": ",", "Semicolon": ";", "Slash": "/", "Quote": "'", "Minus": "-"}
_CODE: Final = re.compile(rf"Key[A-Z]|Digit[0-9]|Space|{'|'.join(_SIGNS)}|Bracket(Left|Right)|Equal")


def chosen(own: Mapping[str, str]) -> dict[str, str]:
    """The keys of somebody: the house's, and their own where they chose others."""
    return {command: own.get(command, code) for command, code in HOUSE.items()}


def label(code: str) -> str:
    """What stands on a key."""
    known = {"Space": _("Space"), **_SIGNS}
    return known.get(code) or code.removeprefix("Key").removeprefix("Digit")


def own(posted: Mapping[str, str]) -> dict[str, str]:
    """The keys that differ from the house's, of those that may be; with them no two commands are on one key."""
    asked = {command: posted.get(command, "") for command in HOUSE}
    return {
        command: code for command, code in asked.items() if code and code != HOUSE[command] and _CODE.fullmatch(code)
    }
