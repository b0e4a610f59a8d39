"""What somebody does at a desk, in words: states of a call, and reasons for a pause."""

from dataclasses import dataclass

from django.utils.translation import gettext as _


@dataclass(frozen=True)
class Word:
    """A word with the icon and the tone that stand beside it."""

    text: str
    icon: str
    tone: str = ""


def state(code: str) -> Word:
    """What somebody is doing."""
    known = {
        "ready": Word(_("Ready"), "circle-dot", "ready"),
        "preview": Word(_("Preview"), "eye", "preview"),
        "dial": Word(_("Dialling"), "phone", "dial"),
        "talk": Word(_("Talking"), "phone-call", "talk"),
        "wrap": Word(_("Wrap"), "timer", "wrap"),
        "pause": Word(_("Pause"), "pause", "pause"),
    }
    return known[code]


def pause(code: str) -> Word:
    """Why somebody is away from the calls."""
    known = {
        "break": Word(_("Break"), "coffee"),
        "training": Word(_("Training"), "graduation-cap"),
        "coaching": Word(_("Coaching"), "users"),
        "system": Word(_("The system fails"), "unplug"),
        "reset": Word(_("Reset after abuse"), "heart-handshake", "care"),
    }
    return known.get(code, Word(code, "pause"))
