"""What brings each rule of the gate up: random questions are drawn towards it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Towards:
    """What a question needs for a rule to have something to say."""

    facts: str = ""
    bears: str = ""
    lacks: str = ""
    channels: str = ""
    purposes: str = ""
    place: str = ""
    is_stranger: bool = False
    is_early_or_late: bool = False
    is_unwished: bool = False
    tried: int = 0
    within: int = 0
    is_talk: bool = False


RULES: Mapping[str, Towards] = {
    "US-7IN7": Towards(channels="call", tried=7, within=7),
    "US-CONV7": Towards(channels="call", tried=1, within=7, is_talk=True),
    "US-PER-DEBT": Towards(channels="call", tried=7, within=7),
    "US-PATTERN": Towards(channels="call", tried=6, within=1),
    "US-HOURS": Towards(is_early_or_late=True),
    "US-INCONV": Towards(is_unwished=True),
    "US-WORK": Towards(facts="WORK_BARRED", place="work"),
    "US-ATTORNEY": Towards(facts="ATTORNEY REPRESENTED"),
    "US-CEASE": Towards(facts="CEASE"),
    "US-MEDIUM": Towards(facts="OPT_OUT"),
    "US-ECOMM-OPTOUT": Towards(channels="email sms whatsapp", lacks="opt_out"),
    "US-ECOMM-ADDR": Towards(channels="email sms"),
    "US-VALID": Towards(facts="VALIDATION_OVERDUE"),
    "US-DISPUTE": Towards(facts="DISPUTE VALIDATION"),
    "US-THIRDPARTY": Towards(is_stranger=True, purposes="location", tried=1, within=39),
    "US-THREAT": Towards(bears="false_threat false_authority simulated_process"),
    "US-BANKRUPTCY": Towards(facts="BANKRUPTCY"),
    "US-TIMEBARRED": Towards(facts="TIME_BARRED", purposes="legal"),
    "US-MA-2IN7": Towards(channels="call sms", tried=2, within=30),
    "UK-CONC-7.9.4": Towards(channels="call sms whatsapp visit app", is_early_or_late=True, is_unwished=True),
    "UK-CONC-7.9.6": Towards(is_stranger=True, bears="debt_detail debt_visible_outside"),
    "UK-CONC-7.9.12": Towards(channels="visit", facts="VISIT_NOTICED VULNERABLE"),
    "UK-CONC-7.9.PREM": Towards(bears="premium_rate_number"),
    "UK-CONC-7.9.2": Towards(bears="pretext"),
    "UK-CONC-7.3.10": Towards(bears="pressure"),
    "UK-CONC-7.11": Towards(bears="false_authority simulated_process false_threat"),
    "UK-CONC-7.14": Towards(facts="DISPUTE"),
    "UK-CONC-7.15": Towards(facts="TIME_BARRED", purposes="legal collect reminder"),
    "UK-BS-STD": Towards(facts="BREATHING_SPACE"),
    "UK-BS-MHC": Towards(facts="MH_CRISIS"),
    "IN-HOURS": Towards(channels="call", is_early_or_late=True),
    "IN-CONDUCT": Towards(is_stranger=True, bears="threat obscene public_posting false_authority"),
    "IN-2026": Towards(channels="call visit", is_early_or_late=True, facts="DO_NOT_CONTACT_DATE COMPLAINT"),
    "KE-DCP-THREAT": Towards(bears="threat"),
    "KE-DCP-OBSCENE": Towards(bears="obscene"),
    "KE-DCP-CONTACTS": Towards(is_stranger=True),
    "KE-DCP-SHAME": Towards(bears="public_posting"),
    "KE-DPA": Towards(is_stranger=True),
    "NG-DEON": Towards(facts="UNREGISTERED"),
    "NG-INTERIM": Towards(is_stranger=True, bears="public_posting threat"),
    "TZ-GUID": Towards(is_stranger=True, lacks="kiswahili licensed_name"),
    "UG-UMRA": Towards(is_stranger=True, bears="threat"),
    "UG-FITSPA": Towards(channels="call visit", place="work"),
    "GH-DCSP": Towards(is_stranger=True, bears="threat obscene public_posting"),
    "ZA-DCA-REG": Towards(facts="UNREGISTERED"),
    "ZA-DCA-CODE": Towards(facts="ATTORNEY REPRESENTED", bears="false_threat simulated_process threat obscene"),
    "AE-CHQ-CRIME": Towards(bears="police_threat"),
    "AE-HOURS": Towards(channels="call", is_early_or_late=True),
    "SA-CHANNELS": Towards(channels="whatsapp visit sms email", lacks="arabic"),
    "SA-CONTENT": Towards(channels="sms email letter", lacks="department contact_number"),
    "SA-OBJECTION": Towards(facts="DISPUTE COMPLAINT"),
    "SA-FREQ": Towards(channels="call", tried=10, within=30),
    "SA-THIRD": Towards(is_stranger=True, bears="bureau_threat"),
    "HOUSE-BANKRUPTCY": Towards(facts="BANKRUPTCY"),
    "HOUSE-DECEASED": Towards(facts="DECEASED"),
    "HOUSE-RECALL": Towards(facts="CLIENT_RECALL"),
    "HOUSE-FRAUD": Towards(facts="FRAUD"),
    "HOUSE-CEASE": Towards(facts="CEASE"),
    "HOUSE-ATTORNEY": Towards(facts="ATTORNEY REPRESENTED"),
    "HOUSE-DISPUTE": Towards(facts="DISPUTE VALIDATION"),
    "HOUSE-BREATHING-SPACE": Towards(facts="BREATHING_SPACE MH_CRISIS"),
    "HOUSE-LEGAL": Towards(facts="LEGAL", purposes="collect reminder"),
    "HOUSE-TIME-BARRED": Towards(facts="TIME_BARRED", purposes="legal"),
    "HOUSE-NO-CONTACT-DATE": Towards(facts="DO_NOT_CONTACT_DATE"),
    "HOUSE-COMPLAINT": Towards(facts="COMPLAINT"),
    "HOUSE-COMPLAINT-PAUSE": Towards(facts="COMPLAINT"),
    "HOUSE-VULNERABLE": Towards(facts="VULNERABLE", channels="call visit"),
    "HOUSE-PROOF": Towards(facts="PAYMENT_CLAIMED"),
    "HOUSE-PROMISE": Towards(facts="PTP_ACTIVE"),
    "HOUSE-PLAN": Towards(facts="PLAN_ACTIVE"),
    "HOUSE-OPT-OUT": Towards(facts="OPT_OUT"),
    "HOUSE-WRONG-NUMBER": Towards(facts="WRONG_NUMBER"),
    "HOUSE-WISHES": Towards(is_unwished=True),
    "HOUSE-HOURS": Towards(is_early_or_late=True),
    "HOUSE-3-A-DAY": Towards(channels="call sms whatsapp visit", tried=3, within=1),
    "HOUSE-7IN7": Towards(channels="call sms whatsapp visit", tried=7, within=7),
    "HOUSE-10IN30": Towards(channels="call sms whatsapp", tried=10, within=30),
    "HOUSE-THIRD-PARTY": Towards(is_stranger=True),
    "HOUSE-SENDER": Towards(channels="sms email letter", lacks="creditor_name"),
    "POLICY-RAMADAN": Towards(channels="letter"),
    "POLICY-DEBTOR": Towards(channels="sms email", tried=2, within=2),
    "POLICY-TALKED": Towards(channels="email", tried=1, within=3, is_talk=True),
    "POLICY-GAP": Towards(channels="call", tried=1, within=1),
    "POLICY-CONSENT": Towards(channels="app", facts="CONSENT"),
}
"""What brings each rule up."""
