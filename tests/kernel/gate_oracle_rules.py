"""The law of contact as the texts have it, one function for each rule, for the oracle of the gate.

Where a text leaves a choice the reading of the rulebook is taken, and said beside it.
"""

from collections.abc import Callable
from datetime import date, datetime, time

from .gate_oracle import OTHERS, Law, Matter

LAWS: list[Law] = []
Test = Callable[[Matter, datetime], bool]
# Unanswered, voicemail and dropped calls count; a busy line and a dead number do not (comment 14(b)(3)(ii)-1).
CONNECTED = ("answered", "dropped", "no_answer", "voicemail")
REACHED = ("answered", "dropped", "voicemail", "sent", "met")
CHASING = ("collect", "reminder", "legal", "location")
EIGHT, NINE, SEVEN_PM, EIGHT_PM, NINE_PM = time(8), time(9), time(19), time(20), time(21)


def law(id: str, action: str = "block", **said: object) -> Callable[[Test], Test]:
    """Enters a test of a rule; its place is told by its id."""
    place = {"US-MA": "US-MA", "UK-BS": "UK-EW", "HOUSE": "*", "POLIC": "policy"}.get(id[:5], id[:2])

    def entered(test: Test) -> Test:
        LAWS.append(Law(id, place, action, test, **said))  # type: ignore[arg-type]
        return test

    return entered


def reg_f(id: str, action: str = "block", **said: object) -> Callable[[Test], Test]:
    """A rule of the Act and Regulation F: whoever collects for others from consumers."""
    return law(id, action, binds="third_party", debtors="consumer", **said)


# United States.


@reg_f("US-7IN7")
def _(m: Matter, at: datetime) -> bool:
    calls = m.count(at, "account", "person", days=7, channels=("call",), results=CONNECTED, consent_days=7)
    return m.by("call") and not m.is_consented(at, 7) and calls >= 7


@reg_f("US-CONV7")
def _(m: Matter, at: datetime) -> bool:
    return m.by("call") and not m.is_consented(at, 7) and m.has_talked(at, "account", "person", days=7)


@reg_f("US-PER-DEBT", "warn")
def _(m: Matter, at: datetime) -> bool:
    return m.by("call") and m.count(at, "person", days=7, channels=("call",), results=CONNECTED) >= 7


@reg_f("US-PATTERN", "warn")
def _(m: Matter, at: datetime) -> bool:
    today = m.count(at, "account", "person", days=1, channels=("call",), results=CONNECTED)
    return m.by("call") and (m.has_missed(at, "person", minutes=5) or today >= 6)


@reg_f("US-HOURS")
def _(m: Matter, at: datetime) -> bool:
    # Reading: the minute of 21:00 is still open; a letter does not disturb.
    return not m.by("letter") and not m.is_open(at, EIGHT, time(21, 1))


@reg_f("US-INCONV")
def _(m: Matter, at: datetime) -> bool:
    return not m.by("letter") and not m.purposed("requested") and m.is_unwished(at)


@reg_f("US-WORK")
def _(m: Matter, at: datetime) -> bool:
    return m.case.place in ("work", None) and m.holds(at, "WORK_BARRED")


@reg_f("US-ATTORNEY")
def _(m: Matter, at: datetime) -> bool:
    return not m.to("representative") and not m.purposed("requested") and m.holds(at, "ATTORNEY", "REPRESENTED")


@reg_f("US-CEASE")
def _(m: Matter, at: datetime) -> bool:
    return not m.purposed("notice") and m.holds(at, "CEASE")


@reg_f("US-MEDIUM")
def _(m: Matter, at: datetime) -> bool:
    return not m.purposed("opt_out_confirmation") and m.holds(at, "OPT_OUT")


@reg_f("US-ECOMM-OPTOUT")
def _(m: Matter, at: datetime) -> bool:
    return m.by("email", "sms", "whatsapp") and m.lacks("opt_out")


@reg_f("US-ECOMM-ADDR", "warn")
def _(m: Matter, at: datetime) -> bool:
    return m.by("email", "sms") and not m.holds(at, "ADDRESS_PROVEN")


@reg_f("US-VALID")
def _(m: Matter, at: datetime) -> bool:
    return not m.purposed("notice", "verification") and m.holds(at, "VALIDATION_OVERDUE")


@reg_f("US-DISPUTE")
def _(m: Matter, at: datetime) -> bool:
    return m.purposed(*CHASING) and m.holds(at, "DISPUTE", "VALIDATION")


@reg_f("US-THIRDPARTY")
def _(m: Matter, at: datetime) -> bool:
    # A spouse is the consumer.
    if not m.to("relative", "employer", "reference"):
        return False
    if m.bears("debt_detail"):
        return True
    if m.case.has_basis:
        return False
    return not m.purposed("location") or m.count(at, "person", results=REACHED) >= 1


@reg_f("US-THREAT")
def _(m: Matter, at: datetime) -> bool:
    return m.bears("false_threat", "false_authority", "simulated_process")


@law("US-BANKRUPTCY")
def _(m: Matter, at: datetime) -> bool:
    return not m.to("representative") and m.holds(at, "BANKRUPTCY")


@reg_f("US-TIMEBARRED", is_weak=True)
def _(m: Matter, at: datetime) -> bool:
    return m.purposed("legal") and m.holds(at, "TIME_BARRED")


@law("US-MA-2IN7", debtors="consumer")
def _(m: Matter, at: datetime) -> bool:
    # Home or cell in seven days, elsewhere in thirty; where it is not known which, both.
    ours, near, far = ("call", "sms"), ("home", "mobile"), ("work", "other")
    is_near = m.case.place in (*near, None) and m.count(at, "account", days=7, channels=ours, places=near) >= 2
    is_far = m.case.place in (*far, None) and m.count(at, "account", days=30, channels=ours, places=far) >= 2
    return m.by(*ours) and (is_near or is_far)


# United Kingdom.


def conc(id: str, action: str = "block", **said: object) -> Callable[[Test], Test]:
    """A rule for consumers, whoever collects."""
    return law(id, action, debtors="consumer", **said)


@conc("UK-CONC-7.9.4")
def _(m: Matter, at: datetime) -> bool:
    is_asked = m.purposed("requested")
    is_late = not m.is_open(at, EIGHT, NINE_PM) or (not is_asked and m.is_unwished(at))
    return not m.by("email", "letter") and is_late


@conc("UK-CONC-7.9.6")
def _(m: Matter, at: datetime) -> bool:
    tells = m.is_stranger() and (m.bears("debt_detail") or not m.purposed("location", "requested"))
    return tells or m.bears("debt_visible_outside")


@conc("UK-CONC-7.9.12")
def _(m: Matter, at: datetime) -> bool:
    is_unannounced = not m.holds(at, "VISIT_NOTICED") and not m.purposed("requested")
    return m.by("visit") and (m.holds(at, "VULNERABLE") or is_unannounced)


@conc("UK-CONC-7.9.PREM")
def _(m: Matter, at: datetime) -> bool:
    return m.bears("premium_rate_number")


@conc("UK-CONC-7.9.2")
def _(m: Matter, at: datetime) -> bool:
    return m.bears("pretext")


@conc("UK-CONC-7.3.10", "warn")
def _(m: Matter, at: datetime) -> bool:
    return m.bears("pressure")


@conc("UK-CONC-7.11")
def _(m: Matter, at: datetime) -> bool:
    return m.bears("false_authority", "simulated_process", "false_threat")


@conc("UK-CONC-7.14")
def _(m: Matter, at: datetime) -> bool:
    return m.purposed(*CHASING) and m.holds(at, "DISPUTE")


@conc("UK-CONC-7.15", is_weak=True)
def _(m: Matter, at: datetime) -> bool:
    return m.purposed("legal") and m.holds(at, "TIME_BARRED")


@conc("UK-CONC-7.15", "warn", is_weak=True)
def _(m: Matter, at: datetime) -> bool:
    return m.purposed("collect", "reminder") and m.holds(at, "TIME_BARRED")


@conc("UK-BS-STD")
def _(m: Matter, at: datetime) -> bool:
    return m.purposed(*CHASING) and m.holds(at, "BREATHING_SPACE")


@conc("UK-BS-MHC")
def _(m: Matter, at: datetime) -> bool:
    return m.purposed(*CHASING) and m.holds(at, "MH_CRISIS")


# India. The circular of 12 August 2022 is known from the news; the draft of 2026 from the bank itself.

CIRCULAR, DRAFT = date(2022, 8, 12), date(2026, 7, 1)


@law("IN-HOURS", is_weak=True, since=CIRCULAR)
def _(m: Matter, at: datetime) -> bool:
    return m.by("call") and not m.is_open(at, EIGHT, SEVEN_PM)


@law("IN-CONDUCT", is_weak=True, since=CIRCULAR)
def _(m: Matter, at: datetime) -> bool:
    return m.is_stranger() or m.bears("threat", "obscene", "public_posting", "false_authority")


@law("IN-2026", since=DRAFT)
def _(m: Matter, at: datetime) -> bool:
    is_late = m.by("call", "visit") and not m.is_open(at, EIGHT, SEVEN_PM)
    is_sensitive = not m.purposed("requested") and m.holds(at, "DO_NOT_CONTACT_DATE")
    return is_late or m.to(*OTHERS) or is_sensitive


@law("IN-2026", "warn", since=DRAFT)
def _(m: Matter, at: datetime) -> bool:
    return m.purposed("collect", "reminder", "legal") and m.holds(at, "COMPLAINT")


# Africa.


@conc("KE-DCP-THREAT")
def _(m: Matter, at: datetime) -> bool:
    return m.bears("threat")


@conc("KE-DCP-OBSCENE")
def _(m: Matter, at: datetime) -> bool:
    return m.bears("obscene")


@conc("KE-DCP-CONTACTS")
def _(m: Matter, at: datetime) -> bool:
    return m.is_stranger()


@conc("KE-DCP-SHAME", is_weak=True)
def _(m: Matter, at: datetime) -> bool:
    return m.bears("public_posting")


@law("KE-DPA", is_weak=True)
def _(m: Matter, at: datetime) -> bool:
    return m.is_stranger()


@conc("NG-DEON", is_weak=True, since=date(2025, 7, 21))
def _(m: Matter, at: datetime) -> bool:
    return m.holds(at, "UNREGISTERED")


@conc("NG-INTERIM")
def _(m: Matter, at: datetime) -> bool:
    return m.is_stranger() or m.bears("public_posting", "threat")


@conc("TZ-GUID", since=date(2024, 8, 27))
def _(m: Matter, at: datetime) -> bool:
    is_foreign = not m.by("call", "visit") and m.lacks("kiswahili", "licensed_name")
    return m.is_stranger() or m.bears("threat", "obscene", "public_posting") or is_foreign


@conc("UG-UMRA", is_weak=True)
def _(m: Matter, at: datetime) -> bool:
    return m.is_stranger() or m.bears("threat")


@conc("UG-FITSPA", is_weak=True)
def _(m: Matter, at: datetime) -> bool:
    is_at_work = m.by("call", "visit") and m.case.place in ("work", None) and not m.purposed("requested")
    return m.is_stranger() or is_at_work


@law("GH-DCSP", is_weak=True, since=date(2025, 11, 1))
def _(m: Matter, at: datetime) -> bool:
    return m.is_stranger() or m.bears("threat", "obscene", "public_posting")


@law("ZA-DCA-REG", binds="third_party")
def _(m: Matter, at: datetime) -> bool:
    return m.holds(at, "UNREGISTERED")


@law("ZA-DCA-CODE", binds="third_party")
def _(m: Matter, at: datetime) -> bool:
    is_advised = not m.to("representative") and not m.purposed("requested") and m.holds(at, "ATTORNEY", "REPRESENTED")
    return is_advised or m.bears("false_threat", "simulated_process", "threat", "obscene")


# The Gulf.


@law("AE-CHQ-CRIME")
def _(m: Matter, at: datetime) -> bool:
    return m.bears("police_threat")


@conc("AE-HOURS", is_weak=True)
def _(m: Matter, at: datetime) -> bool:
    return m.by("call") and not m.is_open(at, NINE, EIGHT_PM)


@conc("SA-CHANNELS")
def _(m: Matter, at: datetime) -> bool:
    return m.by("whatsapp", "visit") or (m.by("sms", "email", "letter", "app") and m.lacks("arabic"))


@conc("SA-CONTENT")
def _(m: Matter, at: datetime) -> bool:
    return not m.by("call") and m.lacks("creditor_name", "department", "contact_number", "working_hours")


@conc("SA-OBJECTION")
def _(m: Matter, at: datetime) -> bool:
    return m.purposed(*CHASING) and m.holds(at, "DISPUTE", "COMPLAINT")


@conc("SA-FREQ")
def _(m: Matter, at: datetime) -> bool:
    return m.by("call") and m.count(at, "point", days=30, channels=("call",)) >= 10


@conc("SA-THIRD")
def _(m: Matter, at: datetime) -> bool:
    return m.to(*OTHERS) or m.bears("bureau_threat")
