"""Contact in plain words: channels, people, purposes, what is known of somebody, and what a rule does."""

from django.utils.translation import gettext as _

from ahadi.web.frame import figures, words

ICONS = {
    "call": "phone",
    "sms": "message-square",
    "whatsapp": "message-square",
    "email": "inbox",
    "letter": "file-text",
    "visit": "map-pin",
    "app": "smartphone",
    "in_person": "users",
}
TONES = {"allow": "kept", "warn": "warn", "block": "late"}
ANSWER_ICONS = {"allow": "shield-check", "warn": "triangle-alert", "block": "octagon-x"}
"""A word stands beside each: colour alone says nothing."""


def channel(code: str) -> str:
    """By which way somebody is reached."""
    known = {
        "call": _("Call"),
        "sms": _("Text message"),
        "whatsapp": _("WhatsApp"),
        "email": _("E-mail"),
        "letter": _("Letter"),
        "visit": _("Visit"),
        "app": _("Message in the app"),
        "in_person": _("At our counter"),
    }
    return known.get(code, code)


def answer(code: str) -> str:
    """What the gate says, in one word or two."""
    known = {"allow": _("Yes"), "warn": _("Ask first"), "block": _("Not now")}
    return known.get(code, code)


def action(code: str) -> str:
    """What a rule does where it speaks."""
    known = {
        "block": _("refuses"),
        "warn": _("asks for a second thought"),
        "require": _("asks for something to be said or done"),
        "record": _("asks for something to be kept"),
    }
    return known.get(code, code)


def role(code: str) -> str:
    """Who somebody is to a debt."""
    known = {
        "debtor": _("debtor"),
        "co_borrower": _("co-borrower"),
        "guarantor": _("guarantor"),
        "spouse": _("spouse"),
        "representative": _("representative"),
        "relative": _("relative"),
        "employer": _("employer"),
        "reference": _("reference"),
    }
    return known.get(code, code)


def purpose(code: str) -> str:
    """What somebody is reached for."""
    known = {
        "collect": _("To collect"),
        "reminder": _("To remind of a promise"),
        "requested": _("Because they asked for it"),
        "location": _("To ask where the debtor is"),
        "notice": _("To give a notice"),
        "opt_out_confirmation": _("To confirm an opt-out"),
        "verification": _("To send the proof asked for"),
        "legal": _("To announce legal steps"),
    }
    return known.get(code, code)


def place(code: str | None) -> str:
    """Where a number or address reaches somebody; empty where nobody knows."""
    known = {"home": _("at home"), "mobile": _("mobile"), "work": _("at work"), "other": _("elsewhere")}
    return known.get(code or "", "")


def source(code: str) -> str:
    """Who told."""
    known = {
        "debtor": _("the debtor"),
        "person": _("the person"),
        "representative": _("a representative"),
        "court": _("a court"),
        "creditor": _("the creditor"),
        "officer": _("an officer"),
        "portal": _("the portal"),
        "message": _("a message"),
        "registry": _("a registry"),
    }
    return known.get(code, code)


def fact(kind: str) -> str:
    """Something that is known and bears on contact: a circumstance, or what holds an account."""
    known = {
        "CEASE": _("asked not to be contacted"),
        "REPRESENTED": _("represented by somebody"),
        "OPT_OUT": _("opted out"),
        "CONSENT": _("consents to be reached"),
        "CALL_CONSENT": _("consents to be called"),
        "WORK_BARRED": _("the employer prohibits contact at work"),
        "ADDRESS_PROVEN": _("the address is proven"),
        "VISIT_NOTICED": _("a visit was announced"),
        "BUSINESS": _("trades as a firm"),
        "TIME_ZONE": _("time zone"),
        "LANGUAGE": _("language"),
        "VALIDATION_OVERDUE": _("the notice of the debt was not sent in time"),
        "UNREGISTERED": _("a licence is missing"),
        "WRONG_NUMBER": _("not their number"),
    }
    return known.get(kind) or words.hold(kind)


def result(code: str) -> str:
    """How an attempt counts under rules of frequency."""
    known = {
        "answered": _("answered"),
        "dropped": _("dropped"),
        "no_answer": _("no answer"),
        "voicemail": _("voicemail"),
        "busy": _("busy"),
        "not_in_service": _("not in service"),
        "sent": _("sent"),
        "failed": _("failed"),
        "met": _("met"),
    }
    return known.get(code, code)


def override(code: str) -> str:
    """Why a warning may be taken on."""
    known = {
        "debtor_asked": _("The debtor asked for it"),
        "legal_duty": _("The law obliges us to"),
        "safety": _("Somebody’s safety"),
        "facts_checked": _("The facts were checked and differ"),
    }
    return known.get(code, code)


def weekday(number: int) -> str:
    """A day of the week, 1 Monday to 7 Sunday."""
    names = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
    return names[number - 1]


def masked(text: str, kind: str) -> str:
    """A number or e-mail address with its middle covered; an address for post as it is."""
    if kind == "phone":
        return figures.apart(f"{text[:-6]} ••• {text[-3:]}") if len(text) > 8 else "•••"
    name, at, host = text.partition("@")
    return f"{name[:1]}•••@{host}" if kind == "email" and at else text
