"""Random questions to the gate with all that is known, half of them drawn towards one rule."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from .gate_hints import RULES, Towards
from .gate_oracle import ALL_CHANNELS, DAY, OTHERS, TICK, Attempt, Case, Fact, Law, Wish, changes
from .gate_oracle_house import EAST_WEST_GULF, LAWS
from .gate_oracle_house import PLACES as JURISDICTIONS

ZONES = (
    "UTC",
    "Africa/Nairobi",
    "Africa/Lagos",
    "Africa/Accra",
    "Africa/Johannesburg",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Europe/London",
    "Europe/Paris",
    "Europe/Lisbon",
    "Europe/Moscow",
    "Asia/Dubai",
    "Asia/Riyadh",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Asia/Karachi",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Asia/Beirut",
    "Asia/Gaza",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Australia/Adelaide",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Pacific/Marquesas",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/St_Johns",
    "America/Sao_Paulo",
    "America/Santiago",
    "America/Havana",
    "America/Nuuk",
    "Atlantic/Azores",
    "Antarctica/Troll",
)
TOGETHER = (
    ("America/New_York", "America/Los_Angeles"),
    ("America/New_York", "America/Denver"),
    ("Africa/Nairobi", "Africa/Lagos"),
    ("Africa/Cairo", "Asia/Riyadh"),
    ("Europe/London", "Africa/Casablanca"),
    ("Asia/Kolkata", "Asia/Kathmandu"),
    ("Pacific/Kiritimati", "Asia/Tokyo"),
    ("Pacific/Kiritimati", "Pacific/Pago_Pago"),
    ("Australia/Lord_Howe", "Australia/Adelaide"),
    ("America/Havana", "America/New_York", "America/Los_Angeles"),
)
RAMADAN = (
    (date(2024, 3, 11), date(2024, 4, 9)),
    (date(2025, 3, 1), date(2025, 3, 29)),
    (date(2026, 2, 18), date(2026, 3, 19)),
    (date(2027, 2, 8), date(2027, 3, 9)),
    (date(2028, 1, 28), date(2028, 2, 25)),
)
FEASTS = frozenset(
    date(year, month, day)
    for year in range(2024, 2030)
    for month, day in ((1, 1), (2, 29), (5, 1), (7, 4), (12, 12), (12, 24), (12, 25))
    if (month, day) != (2, 29) or year % 4 == 0
)
# holidays, days of rest, months of Ramadan
CALENDARS = (
    (frozenset[date](), frozenset({7}), ()),
    (FEASTS, frozenset({7}), ()),
    (FEASTS, frozenset({5}), RAMADAN),
    (FEASTS, frozenset({6, 7}), ()),
    (FEASTS, frozenset({5, 6}), RAMADAN),
)
ABROAD = (
    "",
    "RW",
    "XX",
    "FR+XX",
    "US+KE",
    "KE+UK-EW",
    "SA+AE",
    "IN+UK",
    "UG+TZ",
    "US-MA+GH",
    "ZA+EU",
    "GB-ENG",
    "IN+SA",
)
RESTRAINING = (
    "DISPUTE",
    "VALIDATION",
    "COMPLAINT",
    "BREATHING_SPACE",
    "MH_CRISIS",
    "BANKRUPTCY",
    "DECEASED",
    "VULNERABLE",
    "CEASE",
    "ATTORNEY",
    "PAYMENT_CLAIMED",
    "PTP_ACTIVE",
    "PLAN_ACTIVE",
    "CLIENT_RECALL",
    "LEGAL",
    "FRAUD",
    "TIME_BARRED",
    "DO_NOT_CONTACT_DATE",
    "OPT_OUT",
    "WRONG_NUMBER",
    "WORK_BARRED",
    "VALIDATION_OVERDUE",
    "UNREGISTERED",
    "REPRESENTED",
)
PERMITTING = ("CONSENT", "CALL_CONSENT", "ADDRESS_PROVEN", "VISIT_NOTICED")
FORBIDDEN = (
    "bureau_threat",
    "debt_detail",
    "debt_visible_outside",
    "false_authority",
    "false_threat",
    "obscene",
    "police_threat",
    "premium_rate_number",
    "pressure",
    "pretext",
    "public_posting",
    "simulated_process",
    "threat",
)
WANTED = (
    "arabic",
    "contact_number",
    "creditor_name",
    "department",
    "kiswahili",
    "licensed_name",
    "opt_out",
    "working_hours",
)
EDGES = ("00:00", "08:00", "09:00", "10:00", "12:00", "14:00", "17:00", "19:00", "20:00", "21:00", "21:01", "22:00")
RESULTS = ("answered", "dropped", "no_answer", "voicemail", "busy", "not_in_service", "sent", "failed", "met")
SPOTS = ("home", "mobile", "work", "other")
ROLES = ("debtor", "co_borrower", "guarantor", "spouse", "representative", "relative", "employer", "reference")
PURPOSES = (
    "collect",
    "reminder",
    "requested",
    "location",
    "notice",
    "opt_out_confirmation",
    "verification",
    "legal",
)
FIRST, LAST = date(2024, 1, 2), date(2028, 12, 28)
BY_ID = {law.id: law for law in LAWS}
SAFE = tuple(sorted(EAST_WEST_GULF & set(JURISDICTIONS)))


def draw(random: Random) -> Case:
    """One question with all that is known about it."""
    goal = random.choice(tuple(RULES)) if random.random() < 0.5 else None
    return draw_towards(random, goal)


def draw_towards(random: Random, goal: str | None) -> Case:
    """A question to which the rule of this id may have something to say; about anything without one."""
    hint, law = (RULES[goal], BY_ID[goal]) if goal else (Towards(), None)
    zones = _zones(random)
    at = _instant(random, zones, hint, law)
    channel = random.choice(hint.channels.split() or ("call", "call", "call", *ALL_CHANNELS))
    holidays, rest, ramadan = random.choice(CALENDARS)
    place = hint.place or random.choice(("mobile", "mobile", "home", *SPOTS, None))
    role = random.choice(OTHERS) if hint.is_stranger else random.choice((*["debtor"] * 12, *ROLES))
    basis = 0.15 if hint.is_stranger else 0.8
    is_for_others = law is not None and law.binds == "third_party"
    is_consumer = law is not None and law.debtors == "consumer"
    return Case(
        at=at,
        places=_places(random, law),
        is_third_party=is_for_others or random.random() < 0.7,
        debtor_kind="consumer" if is_consumer else random.choice(("consumer", "consumer", None, "business")),
        is_signed_off=random.random() < 0.4,
        has_policy=random.random() < 0.9 if law is not None and law.place == "policy" else random.random() < 0.05,
        zones=zones,
        holidays=holidays,
        rest=rest,
        ramadan=ramadan,
        role=role,
        has_basis=random.random() < basis,
        channel=channel,
        place=place,
        purpose=_purpose(random, hint),
        content=_content(random, channel, hint),
        point=random.choice((1, 1, 1, 1, 1, 1, None)),
        facts=_facts(random, at, hint),
        attempts=_attempts(random, at, zones, channel, place, hint),
        wishes=_wishes(random, at, zones, hint),
    )


def _purpose(random: Random, hint: Towards) -> str:
    chasing = ("collect", "collect", "reminder", "legal", "location")
    some = chasing if hint.facts and random.random() < 0.7 else ("collect", "collect", "collect", *PURPOSES)
    return random.choice(hint.purposes.split() or some)


def _zones(random: Random) -> tuple[str, ...]:
    chance = random.random()
    if chance < 0.72:
        return (random.choice(ZONES),)
    return random.choice(TOGETHER) if chance < 0.9 else tuple(random.sample(ZONES, 2))


def _places(random: Random, law: Law | None) -> frozenset[str]:
    if law is None or law.place in ("*", "policy"):
        own = law is not None and law.is_safe_default
        named = random.choice(SAFE if own else (*JURISDICTIONS, *ABROAD))
    else:
        named = law.place
    if random.random() < 0.1:
        named = f"{named}+{random.choice(JURISDICTIONS)}"
    return frozenset(named.split("+")) - {""}


def _instant(random: Random, zones: tuple[str, ...], hint: Towards, law: Law | None) -> datetime:
    zone = random.choice(zones)
    since = law.since if law is not None and law.since is not None else FIRST
    chance = random.random()
    if chance < 0.1 and changes(zone):
        day = random.choice(changes(zone)).astimezone(ZoneInfo(zone)).date() + random.choice((-1, 0, 0, 1)) * DAY
    elif chance < 0.2:
        day = random.choice(sorted(FEASTS)) - random.choice((0, 1)) * DAY
    elif chance < 0.25:
        day = date(random.randint(2024, 2028), random.randint(2, 12), 1) - DAY
    elif chance < 0.35:
        day = since + random.choice((-1, 0, 0, 1)) * DAY
    else:
        first = max(since, FIRST)
        day = first + random.randrange((LAST - first).days) * DAY
    return datetime.combine(min(max(day, FIRST), LAST), _time(random, hint), ZoneInfo(zone)).astimezone(UTC)


def _time(random: Random, hint: Towards) -> time:
    chance = random.random()
    is_at_edge = chance < (0.6 if hint.is_early_or_late else 0.15)
    if is_at_edge:
        edge = datetime.combine(FIRST, time.fromisoformat(random.choice(EDGES)))
        return (edge + random.choice((-1, 0, 0, 1)) * TICK).time()
    first, last = (0, 24) if hint.is_early_or_late or chance > 0.93 else (9, 18)
    return time(random.randrange(first, last), random.randrange(60), random.randrange(60), random.randrange(10**6))


def _content(random: Random, channel: str, hint: Towards) -> frozenset[str] | None:
    is_wanted = bool(hint.bears or hint.lacks)
    if not is_wanted and random.random() < (0.95 if channel in ("call", "visit") else 0.4):
        return None
    found = set(WANTED)
    if random.random() < 0.25:
        found -= set(random.sample(WANTED, random.randint(1, len(WANTED))))
    if hint.lacks and random.random() < 0.9:
        found -= {random.choice(hint.lacks.split())}
    if hint.bears and random.random() < 0.9:
        found.add(random.choice(hint.bears.split()))
    if random.random() < 0.08:
        found.add(random.choice(FORBIDDEN))
    return frozenset(found)


def _facts(random: Random, at: datetime, hint: Towards) -> tuple[Fact, ...]:
    found = []
    for _ in range(random.choice((0, 0, 0, 0, 1, 1, 2, 3))):
        kind = random.choice(RESTRAINING if random.random() < 0.4 else PERMITTING)
        found.append(_fact(random, at, kind, is_ours=random.random() < 0.5))
    if hint.facts and random.random() < 0.95:
        fact = _fact(random, at, random.choice(hint.facts.split()), is_ours=random.random() < 0.9)
        is_plain = random.random() < 0.6
        begin = at - timedelta(seconds=random.randrange(30 * 86400))
        found.append(replace(fact, begin=begin, end=None, channel=None) if is_plain else fact)
    if hint.tried and random.random() < 0.3:
        found.append(_fact(random, at, "CALL_CONSENT", is_ours=True))
    return tuple(found)


def _fact(random: Random, at: datetime, kind: str, *, is_ours: bool) -> Fact:
    names = random.sample(("account", "debtor", "person", "point"), random.choice((1, 1, 1, 2, 3)))
    ids = {name: 1 if is_ours or random.random() < 0.5 else 2 for name in names}
    begin = at + random.choice(
        (
            -timedelta(seconds=random.randrange(60 * 86400)),
            -timedelta(seconds=random.randrange(9 * 86400)),
            -timedelta(seconds=random.randrange(9 * 86400)),
            timedelta(seconds=random.randrange(20 * 86400)),
            random.choice((-TICK, 0 * TICK, TICK)),
        )
    )
    end = random.choice(
        (
            None,
            None,
            at + timedelta(seconds=random.randrange(40 * 86400)),
            at + timedelta(seconds=random.randrange(-5 * 86400, 5 * 86400)),
            at + random.choice((-TICK, 0 * TICK, TICK)),
            at + timedelta(days=random.choice((399, 400, 401))),
        )
    )
    channel = random.choice((None, None, None, "call", random.choice(ALL_CHANNELS)))
    return Fact(kind, begin, end, channel=channel if is_ours or random.random() < 0.5 else "letter", **ids)


def _attempts(
    random: Random, at: datetime, zones: tuple[str, ...], channel: str, place: str | None, hint: Towards
) -> tuple[Attempt, ...]:
    found = [_any_attempt(random, at) for _ in range(random.choice((0, 0, 0, 0, 1, 2, 3, 5, 8, 12)))]
    if hint.tried:
        count = max(1, hint.tried + random.choice((-1, 0, 1, 2, hint.tried // 3)))
        begin = _begin(random, at, zones, hint)
        for _ in range(count):
            found.append(_fit_attempt(random, at, begin, channel, place, hint))
    return tuple(found)


def _begin(random: Random, at: datetime, zones: tuple[str, ...], hint: Towards) -> datetime:
    """Where attempts that fill a window begin: often at its very edge in one of the zones."""
    here = at.astimezone(ZoneInfo(random.choice(zones)))
    first = datetime.combine(here.date() - (hint.within - 1) * DAY, time(), here.tzinfo).astimezone(UTC)
    return first + random.choice(
        (-TICK, 0 * TICK, 0 * TICK, timedelta(hours=1), timedelta(hours=-random.randrange(30)))
    )


def _fit_attempt(
    random: Random, at: datetime, begin: datetime, channel: str, place: str | None, hint: Towards
) -> Attempt:
    """An attempt that the rule probably counts, in its window."""
    moment = begin if random.random() < 0.3 else begin + random.random() * (at - begin)
    if random.random() < 0.2:
        moment = at - timedelta(seconds=random.randrange(600))
    texts = {"sms": "sent", "whatsapp": "sent", "email": "sent", "letter": "sent", "app": "sent", "visit": "met"}
    usual = random.choice((texts.get(channel, "no_answer"), texts.get(channel, "voicemail")))
    result = usual if random.random() < 0.93 else random.choice(RESULTS)
    return Attempt(
        at=min(moment, at),
        channel="call" if hint.is_talk else channel,
        result="answered" if hint.is_talk else result,
        place=place if random.random() < 0.9 else random.choice(SPOTS),
        debts=random.choice((*[((1, 1),)] * 9, *[((1, 1), (2, 1))] * 4, ((2, 1),))),
        is_outbound=not hint.is_talk or random.random() < 0.5,
        is_conversation=hint.is_talk or random.random() < 0.02,
    )


def _any_attempt(random: Random, at: datetime) -> Attempt:
    moment = at - timedelta(seconds=random.randrange(-86400 if random.random() < 0.2 else 0, 40 * 86400))
    if random.random() < 0.1:
        moment = at + random.choice((-TICK, 0 * TICK, TICK))
    return Attempt(
        at=moment,
        channel=random.choice(("call", "call", "call", *ALL_CHANNELS)),
        result=random.choice((*RESULTS, None)),
        place=random.choice((*SPOTS, None)),
        debts=random.choice((((1, 1),), ((2, 1),), ((1, 1), (2, 1)), ((3, 2), (1, 1)), ((3, 2),))),
        person=random.choice((1, 1, 1, 2)),
        point=random.choice((1, 1, 1, 2, None)),
        is_outbound=random.random() < 0.85,
        is_conversation=random.random() < 0.1,
    )


def _wishes(random: Random, at: datetime, zones: tuple[str, ...], hint: Towards) -> tuple[Wish, ...]:
    found = []
    for _ in range(random.choice((0, 0, 0, 0, 0, 0, 0, 1, 3))):
        start = random.randrange(0, 1440)
        found.append(Wish(random.randint(1, 7), start, random.randint(start + 1, 1440), random.choice((1, 1, 2))))
    if hint.is_unwished and random.random() < 0.9:
        here = at.astimezone(ZoneInfo(random.choice(zones)))
        minute = 60 * here.hour + here.minute
        start = max(0, minute - random.choice((0, 1, 30, 600)))
        end = min(1440, minute + random.choice((0, 1, 30, 600)))
        found += [Wish(here.isoweekday(), start, max(end, start + 1))]
    return tuple(found)
