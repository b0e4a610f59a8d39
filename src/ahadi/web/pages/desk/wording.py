"""The desk in words: states, outcomes, reasons, cards, what happened."""

from django.utils.translation import gettext as _

from ahadi.web.frame import words
from ahadi.web.frame.doings import Word
from ahadi.web.frame.words import worded


@worded
def why(code: str, at: str = "") -> Word:
    """Why an account waits."""
    known = {
        "call_back": Word(_("Call back %(time)s") % {"time": at}, "alarm-clock", "warn"),
        "BROKEN_PROMISE": Word(_("Promise broken"), "undo-2", "late"),
        "NEWLY_PLACED": Word(_("Newly placed"), "inbox", "next"),
        "NO_CONTACT": Word(_("No talk for long"), "clock", "late"),
        "NEAR_NEXT_BUCKET": Word(_("Near the next bucket"), "hourglass", "warn"),
        "DISPUTED": Word(_("Part of it is disputed"), "scale", "care"),
        "RECENT_RECEIPT": Word(_("Money came lately"), "coins"),
        "DAYS_LATE": Word(_("Long late"), "calendar-clock"),
    }
    return known.get(code, Word(words.reason(code), "coins"))


@worded
def outcome(name: str) -> str:
    """What a number key writes down."""
    known = {
        "promise": _("Promise"),
        "proof": _("Says it is paid"),
        "no_answer": _("No answer"),
        "busy": _("Busy"),
        "message_left": _("Message left"),
        "wrong_number": _("Wrong number"),
        "call_back": _("Call back"),
        "refuses": _("Refuses"),
        "dispute": _("Dispute"),
    }
    return known.get(name, name)


@worded
def card(name: str) -> str:
    """What a card is for."""
    known = {
        "promise": _("Promise"),
        "ladder": _("Ladder"),
        "proof": _("Says it is paid"),
        "dispute": _("Dispute"),
        "complaint": _("Complaint"),
        "hardship": _("Hardship"),
        "call-back": _("Call back"),
        "bad-number": _("Bad number"),
        "tell": _("Number told"),
        "third-party": _("Somebody else answered"),
        "note": _("Note"),
        "skip": _("Skip"),
        "longer": _("30 s more"),
        "more": _("More outcomes"),
    }
    return known.get(name, name)


@worded
def reason(code: str) -> str:
    """Why somebody skips an account, takes it before its turn, wraps longer, or uncovers a number."""
    known = {
        "not_now": _("Not a good hour for them"),
        "language": _("Another language is needed"),
        "known_to_me": _("I know them"),
        "looks_wrong": _("Something on the account looks wrong"),
        "debtor_called": _("They called us"),
        "walked_in": _("They came to the counter"),
        "creditor_asks": _("The creditor asks for it"),
        "supervisor_asks": _("My supervisor asks for it"),
        "long_note": _("The note is long"),
        "debtor_waits": _("They wait for something"),
        "asked_colleague": _("I asked a colleague"),
        "to_dial": _("To dial it"),
        "to_verify": _("To check it with them"),
        "to_correct": _("To correct it"),
        "debtor_asks": _("They ask for it"),
        "other": _("Another reason"),
    }
    return known.get(code, code)


@worded
def proof(code: str) -> str:
    """A fact by which somebody is recognised."""
    known = {
        "birth_year": _("Full name, and year of birth"),
        "last_receipt": _("Last amount paid"),
        "address": _("Street or place"),
        "account_end": _("End of the account number"),
    }
    return known.get(code, code)


@worded
def section(code: str) -> str:
    """A part of a creditor's guidelines."""
    known = {"work": _("Work"), "settlement": _("Settlement"), "misc": _("Also")}
    return known.get(code, code)


@worded
def command(name: str) -> str:
    """What a key does."""
    known = {
        "call": _("Call, answered, hang up, call again"),
        "next": _("Save and go to the next account"),
        "why": _("Why this account"),
        "find": _("Somebody calls or is here: find them"),
        "history": _("History; then t c s v l p choose what is shown"),
        "undo": _("Take the last outcome back, for 8 seconds"),
        "heard": _("Seen what your supervisor wrote"),
        "keys": _("All keys"),
        "codes": _("Command: type the code of an outcome"),
        "back": _("Close what is open"),
    }
    if name.startswith("outcome-"):
        return _("Outcome %(number)s") % {"number": name.removeprefix("outcome-")}
    return known.get(name) or card(name)


@worded
def filters() -> dict[str, tuple[str, str]]:
    """What a timeline may show: kind to its word and its key."""
    return {
        "": (_("All"), "t"),
        "calls": (_("Calls"), "c"),
        "messages": (_("SMS"), "s"),
        "visits": (_("Visits"), "v"),
        "letters": (_("Letters"), "l"),
        "receipts": (_("Paid"), "p"),
        "promises": (_("Promises"), ""),
        "notes": (_("Notes"), ""),
        "disputes": (_("Disputes"), ""),
    }


@worded
def told(act: str) -> str:
    """What was just told of a debtor."""
    known = {
        "tell_detail": _("Taken down. It is tried first from now on, as far as it is believed."),
        "disown_point": _("That number is not used any more."),
        "relate_party": _("Taken down who stands beside them."),
        "end_relation": _("The relation is ended."),
    }
    return known[act]
