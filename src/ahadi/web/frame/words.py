"""Codes of the domain as words: buckets, reasons for points, rules that keep an account off a list, holds; lists."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import Any, Literal, TypeVar, cast

from babel.lists import format_list
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ahadi.web.frame import figures

_HUES = 7
# What stands between parts; the library's own lists of units say "and" where a language has no such list, and say the
# second part twice in Arabic.
_COMMAS = {"ar": "، "}
_COMMA = ", "


F = TypeVar("F", bound=Callable[..., Any])


def worded(saying: F) -> F:
    """Marks what words a few codes and nothing else: it is said once in each language for the same arguments.

    Whoever says something looks up every text that could be said, which a page of many words does a thousand times.
    """
    known = lru_cache(maxsize=4096)(lambda _language, *args: saying(*args))
    return cast(F, wraps(saying)(lambda *args: known(get_language(), *args)))


def said(text: str) -> str:
    """A text of the rulebook in the language of the page; what an organisation wrote itself stays as it is."""
    return _(text) if text else ""


def listed(parts: Iterable[str], style: Literal["unit", "standard"] = "unit") -> str:
    """Parts in one line with the comma of the language; `standard` lists them with its word for "and"."""
    told, language = [part for part in parts if part], get_language() or "en"
    if style == "standard":
        return format_list(told, style=style, locale=language)
    return _COMMAS.get(language, _COMMA).join(told)


def source(text: str) -> str:
    """Where a rule comes from: the name of a law as it is written, what this house defined in words."""
    return _("project definition") if text == "project definition" else text


def doer(name: str | None) -> str:
    """Who did something; what the console did and what happens by itself is told as the system's."""
    return name if name and name != "operator" else _("The system")


@dataclass(frozen=True)
class Bucket:
    """A bucket to show: its code, its words and its hue, 0 (not yet due) to 6."""

    code: str
    label: str
    hue: int


def buckets(codes: tuple[str, ...]) -> tuple[Bucket, ...]:
    """The buckets of a set, from not yet due to the oldest; beyond seven the oldest share a hue."""
    return tuple(Bucket(code, bucket_label(code), min(place, _HUES - 1)) for place, code in enumerate(codes))


def bucket_label(code: str) -> str:
    """`31-60` with a proper dash; what is not late, in words."""
    if code in ("CURRENT", "not_due"):
        return _("Not yet due")
    return figures.apart(code.replace("-", "–"))


def reason(code: str) -> str:
    """Why an account has points, in a few words."""
    known = {
        "ARREARS": _("Arrears"),
        "DISPUTED": _("Part of it is disputed"),
        "DAYS_LATE": _("Days late"),
        "NEAR_NEXT_BUCKET": _("Near the next bucket"),
        "NO_CONTACT": _("Days since we talked"),
        "NEWLY_PLACED": _("Newly placed"),
        "BROKEN_PROMISE": _("Promise broken"),
        "RECENT_RECEIPT": _("Money came lately"),
    }
    return known.get(code, code)


GATE = "GATE."
"""So begins the code of a rule of contact that keeps an account off a list."""


def rule(code: str, titles: Mapping[str, str] | None = None) -> str:
    """Why an account is on no list, as a sentence; `titles` words the rules of contact by their ids."""
    if code.startswith(GATE):
        return said((titles or {}).get(code.removeprefix(GATE), code))
    if code.startswith("HOLD."):
        return _("On hold: %(hold)s") % {"hold": hold(code.removeprefix("HOLD."))}
    known = {
        "CLOSED": _("Nothing is open"),
        "NOT_LATE": _("Nothing is late"),
        "NEXT_ACTION_LATER": _("The next step is set for a later day"),
        "PROMISE_OVER": _("The promise is not open any more"),
        "NO_ADDRESS": _("There is no number or address for a message"),
    }
    return known.get(code, code)


def hold(kind: str) -> str:
    """What restrains an account."""
    known = {
        "DISPUTE": _("disputed"),
        "VALIDATION": _("proof of the debt was asked for"),
        "COMPLAINT": _("a complaint is open"),
        "BREATHING_SPACE": _("breathing space"),
        "MH_CRISIS": _("mental health crisis"),
        "BANKRUPTCY": _("bankruptcy"),
        "DECEASED": _("the debtor has died"),
        "VULNERABLE": _("needs particular care"),
        "CEASE": _("asked not to be contacted"),
        "ATTORNEY": _("represented by a lawyer"),
        "PAYMENT_CLAIMED": _("says it is paid"),
        "PTP_ACTIVE": _("a promise is open"),
        "PLAN_ACTIVE": _("a plan is running"),
        "CLIENT_RECALL": _("recalled by the creditor"),
        "LEGAL": _("in legal"),
        "FRAUD": _("fraud is looked into"),
        "TIME_BARRED": _("time-barred"),
        "DO_NOT_CONTACT_DATE": _("not to be contacted until a day"),
    }
    return known.get(kind, kind)


def next_step(code: str | None) -> str:
    """What is to happen next on an account."""
    if code is None:
        return "—"
    known = {
        "call": _("Call"),
        "review": _("Look at it again"),
        "review_hold": _("Look whether the hold is still needed"),
        "answer_dispute": _("Answer the dispute"),
        "answer_complaint": _("Answer the complaint"),
        "check_proof": _("Look whether the proof came"),
        "tell_outcome": _("Tell them how the case came out"),
        "tell_refused_proof": _("Tell them why the proof was refused"),
        "remind": _("Remind"),
        "reminder_letter": _("Write a reminder"),
        "demand_letter": _("Write a letter of demand"),
        "final_notice": _("Give final notice"),
        "visit": _("Visit"),
        "refer": _("Hand over"),
        "send_statement": _("Send a statement"),
        "escalate": _("Look at it with the supervisor"),
        "trace": _("Find out where they are"),
        "review_hardship": _("Look at the hardship"),
        "verify_report": _("Check what was reported"),
        "approve_offer": _("Decide on the offer"),
        "call_other_number": _("Call another number"),
        "call_representative": _("Call whoever represents them"),
    }
    return known.get(code, code.replace("_", " ").capitalize())
