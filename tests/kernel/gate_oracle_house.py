"""The rules of the house as they are decided, for the oracle of the gate; and which of all rules hold for a case."""

from dataclasses import replace
from datetime import date, datetime, time
from functools import lru_cache

from .gate_oracle import Case, Law, Matter, Said, say
from .gate_oracle_rules import CHASING, CONNECTED, EIGHT, LAWS, NINE, SEVEN_PM, law

PLACES = ("US", "US-MA", "UK", "UK-EW", "IN", "KE", "NG", "TZ", "UG", "GH", "ZA", "AE", "SA", "EU")
# Those for whom the safe default is meant.
EAST_AFRICA = frozenset({"KE", "TZ", "UG", "RW", "BI", "ET", "SO", "SS", "DJ", "ER"})
WEST_AFRICA = frozenset(
    {"NG", "GH", "SN", "CI", "ML", "BF", "BJ", "TG", "NE", "GM", "GN", "GW", "LR", "SL", "CV", "MR"}
)
GULF = frozenset({"AE", "SA", "QA", "KW", "BH", "OM"})
# Their own rules say nothing of third persons or of how often.
SILENT_PLACES = frozenset({"ZA", "EU"})
EAST_WEST_GULF = EAST_AFRICA | WEST_AFRICA | GULF | SILENT_PLACES


# The house: holds and wishes everywhere, the safe default of 4.10 where the law leaves contact open.


def unless_asked(m: Matter) -> bool:
    """Contact that nobody asked for, and that does not confirm an opt-out."""
    return not m.purposed("requested", "opt_out_confirmation")


@law("HOUSE-BANKRUPTCY")
def _(m: Matter, at: datetime) -> bool:
    return not m.to("representative") and m.holds(at, "BANKRUPTCY")


@law("HOUSE-DECEASED")
def _(m: Matter, at: datetime) -> bool:
    return not m.to("representative") and m.holds(at, "DECEASED")


@law("HOUSE-RECALL")
def _(m: Matter, at: datetime) -> bool:
    return m.holds(at, "CLIENT_RECALL")


@law("HOUSE-FRAUD")
def _(m: Matter, at: datetime) -> bool:
    return m.holds(at, "FRAUD")


@law("HOUSE-CEASE")
def _(m: Matter, at: datetime) -> bool:
    return not m.purposed("notice", "opt_out_confirmation") and m.holds(at, "CEASE")


@law("HOUSE-ATTORNEY")
def _(m: Matter, at: datetime) -> bool:
    return not m.to("representative") and not m.purposed("requested") and m.holds(at, "ATTORNEY", "REPRESENTED")


@law("HOUSE-DISPUTE")
def _(m: Matter, at: datetime) -> bool:
    return m.purposed(*CHASING) and m.holds(at, "DISPUTE", "VALIDATION")


@law("HOUSE-BREATHING-SPACE")
def _(m: Matter, at: datetime) -> bool:
    return m.purposed(*CHASING) and m.holds(at, "BREATHING_SPACE", "MH_CRISIS")


@law("HOUSE-LEGAL")
def _(m: Matter, at: datetime) -> bool:
    return m.purposed("collect", "reminder") and m.holds(at, "LEGAL")


@law("HOUSE-TIME-BARRED")
def _(m: Matter, at: datetime) -> bool:
    return m.purposed("legal") and m.holds(at, "TIME_BARRED")


@law("HOUSE-NO-CONTACT-DATE")
def _(m: Matter, at: datetime) -> bool:
    return unless_asked(m) and m.holds(at, "DO_NOT_CONTACT_DATE")


@law("HOUSE-COMPLAINT", "warn")
def _(m: Matter, at: datetime) -> bool:
    return m.purposed("collect", "reminder", "legal") and m.holds(at, "COMPLAINT")


@law("HOUSE-COMPLAINT-PAUSE", is_safe_default=True)
def _(m: Matter, at: datetime) -> bool:
    return m.purposed("collect", "reminder", "legal") and m.holds(at, "COMPLAINT")


@law("HOUSE-VULNERABLE")
def _(m: Matter, at: datetime) -> bool:
    return m.by("visit") and m.holds(at, "VULNERABLE")


@law("HOUSE-VULNERABLE", "warn")
def _(m: Matter, at: datetime) -> bool:
    return m.by("call") and not m.purposed("requested") and m.holds(at, "VULNERABLE")


@law("HOUSE-PROOF", "warn")
def _(m: Matter, at: datetime) -> bool:
    return m.purposed("collect", "reminder", "legal") and m.holds(at, "PAYMENT_CLAIMED")


@law("HOUSE-PROMISE", "warn")
def _(m: Matter, at: datetime) -> bool:
    return m.purposed("collect", "location", "legal") and m.holds(at, "PTP_ACTIVE")


@law("HOUSE-PLAN", "warn")
def _(m: Matter, at: datetime) -> bool:
    return m.purposed("collect", "location", "legal") and m.holds(at, "PLAN_ACTIVE")


@law("HOUSE-OPT-OUT")
def _(m: Matter, at: datetime) -> bool:
    return not m.purposed("opt_out_confirmation") and m.holds(at, "OPT_OUT")


@law("HOUSE-WRONG-NUMBER")
def _(m: Matter, at: datetime) -> bool:
    return m.holds(at, "WRONG_NUMBER")


@law("HOUSE-WISHES", "warn")
def _(m: Matter, at: datetime) -> bool:
    return not m.by("email", "letter") and unless_asked(m) and m.is_unwished(at)


@law("HOUSE-HOURS")
def _(m: Matter, at: datetime) -> bool:
    if m.by("email", "letter") or m.purposed("opt_out_confirmation"):
        return False
    return not m.is_open(at, EIGHT, SEVEN_PM, is_working_only=not m.purposed("requested"))


# What the house counts as trying to reach somebody about an account.
TRIED, TRIED_AT_A_NUMBER = ("call", "sms", "whatsapp", "visit"), ("call", "sms", "whatsapp")


@law("HOUSE-3-A-DAY", is_safe_default=True)
def _(m: Matter, at: datetime) -> bool:
    tried = m.count(at, "account", days=1, channels=TRIED, results=(*CONNECTED, "sent", "met"))
    return m.by(*TRIED) and unless_asked(m) and tried >= 3


@law("HOUSE-7IN7", is_safe_default=True)
def _(m: Matter, at: datetime) -> bool:
    tried = m.count(at, "account", days=7, channels=TRIED, results=(*CONNECTED, "sent", "met"))
    return m.by(*TRIED) and unless_asked(m) and tried >= 7


@law("HOUSE-10IN30", "warn", is_safe_default=True)
def _(m: Matter, at: datetime) -> bool:
    tried = m.count(at, "point", days=30, channels=TRIED_AT_A_NUMBER, results=(*CONNECTED, "sent"))
    return m.by(*TRIED_AT_A_NUMBER) and unless_asked(m) and tried >= 10


@law("HOUSE-THIRD-PARTY", is_safe_default=True)
def _(m: Matter, at: datetime) -> bool:
    return m.is_stranger()


@law("HOUSE-SENDER", is_safe_default=True)
def _(m: Matter, at: datetime) -> bool:
    return not m.by("call", "visit") and m.lacks("creditor_name")


# An office's own policy, so that every kind of test is met: fasting, hours as a window, debtors, a last day.


@law("POLICY-RAMADAN")
def _(m: Matter, at: datetime) -> bool:
    hours = m.is_open(at, NINE, time(17), is_working_only=True, ramadan=(time(10), time(14)))
    return m.by("letter") and not hours


@law("POLICY-DEBTOR")
def _(m: Matter, at: datetime) -> bool:
    return m.by("sms", "email") and m.count(at, "debtor", hours=36) >= 2


@law("POLICY-TALKED", since=date(2025, 3, 1), until=date(2027, 6, 30))
def _(m: Matter, at: datetime) -> bool:
    return m.by("email") and m.has_talked(at, "person", days=3)


@law("POLICY-GAP")
def _(m: Matter, at: datetime) -> bool:
    return m.by("call") and m.has_missed(at, "account", "point", minutes=90, channels=("call", "visit"))


@law("POLICY-CONSENT")
def _(m: Matter, at: datetime) -> bool:
    return m.by("app") and not m.holds(at, "CONSENT")


# Which rules hold for a case.


def ask(case: Case) -> Said:
    """What the texts say to a case."""
    return say(case, held_for(case))


def held_for(case: Case) -> tuple[Law, ...]:
    """The rules that hold for a case."""
    return held(case.places, case.is_third_party, case.debtor_kind, case.is_signed_off, case.has_policy, case.channel)


@lru_cache(maxsize=100_000)
def held(
    places: frozenset[str],
    is_third_party: bool,
    debtor_kind: str | None,
    is_signed_off: bool,
    has_policy: bool,
    channel: str,
) -> tuple[Law, ...]:
    """The rules of these places, the house's where they hold, and the policy's, as strong as they ship."""
    # England and Wales share a file; a part of a country brings the whole of it.
    places = frozenset({"GB": "UK", "GB-ENG": "UK-EW", "GB-WLS": "UK-EW"}.get(place, place) for place in places)
    kind = "business" if debtor_kind == "business" else "consumer"
    party = "third_party" if is_third_party else "lender"
    named = places | {place.partition("-")[0] for place in places}
    wholes = {place.partition("-")[0] for place in places}
    is_unknown = not wholes or not wholes <= set(PLACES)
    is_default = is_unknown or bool(wholes & EAST_WEST_GULF)
    found = []
    for one in LAWS:
        is_here = one.place in named or one.place == "*" or (one.place == "policy" and has_policy)
        if not is_here or one.binds not in ("any", party) or one.debtors not in ("any", kind):
            continue
        if one.is_safe_default and not is_default:
            continue
        # Sources of quality X, B and N warn until counsel has signed them off.
        found.append(replace(one, action="warn") if one.is_weak and not is_signed_off else one)
    return tuple(_without_hours(found, channel, wholes))


# Which rules give hours, for which ways of contact.
HOURS = {
    "US-HOURS": ("call", "sms", "whatsapp", "email", "visit", "app"),
    "UK-CONC-7.9.4": ("call", "sms", "whatsapp", "visit", "app"),
    "IN-HOURS": ("call",),
    "IN-2026": ("call", "visit"),
    "AE-HOURS": ("call",),
}


def _without_hours(laws: list[Law], channel: str, countries: set[str]) -> list[Law]:
    """The house's hours hold until every country's law gives hours that block: until the day before the last does."""
    latest = date.min
    for country in countries or {"nowhere"}:
        firsts = [
            one.since or date.min
            for one in laws
            if one.place.partition("-")[0] == country and one.action == "block" and channel in HOURS.get(one.id, ())
        ]
        if not firsts:
            return laws
        latest = max(latest, min(firsts))
    others = [one for one in laws if one.id != "HOUSE-HOURS"]
    if latest == date.min:
        return others
    until = latest - date.resolution
    return [replace(one, until=until) if one.id == "HOUSE-HOURS" else one for one in laws]
