"""What the gate should say, found the slow way: one question, one rule, one instant at a time.

It is written from the texts of the rules and shares nothing with the kernel: instants are datetimes, local time is
asked of the zone for every instant anew, and the next lawful moment is the first of all moments at which anything can
change at which nothing blocks.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

ALL_CHANNELS = ("call", "sms", "whatsapp", "email", "letter", "visit", "app")
OTHERS = ("spouse", "relative", "employer", "reference")
TICK = timedelta(microseconds=1)
DAY = timedelta(days=1)
HORIZON = timedelta(days=400)
STRIDE = timedelta(days=8)
# Every time of day at which some rule begins or ends; local midnight ends every window of days.
TIMES_OF_DAY = (*(hour * 60 for hour in (0, 8, 9, 10, 14, 17, 19, 20, 21)), 21 * 60 + 1)


@dataclass(frozen=True)
class Fact:
    """What was so from an instant until before another, for everything that it names."""

    kind: str
    begin: datetime
    end: datetime | None = None
    account: int | None = None
    debtor: int | None = None
    person: int | None = None
    point: int | None = None
    channel: str | None = None


@dataclass(frozen=True)
class Attempt:
    """One attempt or contact; `debts` are the accounts that it was about, each with its debtor."""

    at: datetime
    channel: str = "call"
    result: str | None = "no_answer"
    place: str | None = "mobile"
    debts: tuple[tuple[int, int], ...] = ((1, 1),)
    person: int = 1
    point: int | None = 1
    is_outbound: bool = True
    is_conversation: bool = False


@dataclass(frozen=True)
class Wish:
    """A time of a weekday (1 Monday) that a person called inconvenient, in minutes of the day."""

    weekday: int
    start: int
    end: int
    person: int = 1


@dataclass(frozen=True)
class Case:
    """A question with everything that is known."""

    at: datetime
    places: frozenset[str] = frozenset()
    is_third_party: bool = True
    debtor_kind: str | None = "consumer"
    is_signed_off: bool = False
    has_policy: bool = False
    zones: tuple[str, ...] = ("UTC",)
    holidays: frozenset[date] = frozenset()
    rest: frozenset[int] = frozenset({7})
    ramadan: tuple[tuple[date, date], ...] = ()
    role: str = "debtor"
    has_basis: bool = False
    channel: str = "call"
    place: str | None = "mobile"
    purpose: str = "collect"
    content: frozenset[str] | None = None
    account: int = 1
    debtor: int = 1
    person: int = 1
    point: int | None = 1
    facts: tuple[Fact, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    wishes: tuple[Wish, ...] = ()


@dataclass(frozen=True)
class Law:
    """One test of one rule: whom it binds, since when, how strong, and whether it restrains at an instant."""

    id: str
    place: str
    action: str
    test: Callable[["Matter", datetime], bool]
    binds: str = "any"
    debtors: str = "any"
    is_weak: bool = False
    since: date | None = None
    until: date | None = None
    is_safe_default: bool = False


@dataclass(frozen=True)
class Said:
    """The answer, the rules that spoke with what they do, and when it is next lawful."""

    answer: str
    spoken: frozenset[tuple[str, str]]
    next_lawful_at: datetime | None


@dataclass
class Matter:
    """A case, and what can be asked about it at an instant."""

    case: Case
    mine: tuple[Fact, ...] = field(init=False)
    known: tuple[Attempt, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Leaves out the facts of others and what happened after the moment asked for."""
        self.mine = tuple(fact for fact in self.case.facts if self._meets(fact))
        self.known = tuple(one for one in self.case.attempts if one.at <= self.case.at)

    def _meets(self, fact: Fact) -> bool:
        case = self.case
        named = (
            (fact.account, case.account),
            (fact.debtor, case.debtor),
            (fact.person, case.person),
            (fact.point, case.point),
            (fact.channel, case.channel),
        )
        return all(theirs is None or theirs == ours for theirs, ours in named)

    def by(self, *channels: str) -> bool:
        """Whether it is asked about one of these ways of contact."""
        return self.case.channel in channels

    def to(self, *roles: str) -> bool:
        """Whether it is asked about a person in one of these roles."""
        return self.case.role in roles

    def purposed(self, *purposes: str) -> bool:
        """Whether contact is for one of these purposes."""
        return self.case.purpose in purposes

    def is_stranger(self) -> bool:
        """Somebody other than who owes, without a basis on which they may be reached."""
        return self.to(*OTHERS) and not self.case.has_basis

    def bears(self, *elements: str) -> bool:
        """Whether the message is written and bears one of these."""
        return self.case.content is not None and bool(self.case.content & set(elements))

    def lacks(self, *elements: str) -> bool:
        """Whether the message is written and does not bear all of these."""
        return self.case.content is not None and not set(elements) <= self.case.content

    def holds(self, at: datetime, *kinds: str) -> bool:
        """Whether a fact of one of these kinds is in force."""
        return any(one.kind in kinds and one.begin <= at and (one.end is None or at < one.end) for one in self.mine)

    def is_open(
        self,
        at: datetime,
        start: time,
        end: time,
        *,
        is_working_only: bool = False,
        ramadan: tuple[time, time] | None = None,
    ) -> bool:
        """Whether the hours are open in every zone; on working days only, where asked."""
        for zone in self.case.zones:
            here = local(zone, at)
            day = here.date()
            if is_working_only and (day.isoweekday() in self.case.rest or day in self.case.holidays):
                return False
            is_fasting = ramadan is not None and any(first <= day <= last for first, last in self.case.ramadan)
            first, last = ramadan if ramadan is not None and is_fasting else (start, end)
            if not first <= here.time() < last:
                return False
        return True

    def is_unwished(self, at: datetime) -> bool:
        """Whether it is a time that the person called inconvenient, in any of the zones."""
        for zone in self.case.zones:
            here = local(zone, at)
            minute = 60 * here.hour + here.minute
            for wish in self.case.wishes:
                is_mine = wish.person == self.case.person and wish.weekday == here.isoweekday()
                if is_mine and wish.start <= minute < wish.end:
                    return True
        return False

    def is_past(self, begin: datetime, days: int, at: datetime, *, in_all: bool) -> bool:
        """Whether so many local days, that of `begin` the first, have passed: in all zones, or in any."""
        passed = [(local(zone, at).date() - local(zone, begin).date()).days >= days for zone in self.case.zones]
        return all(passed) if in_all else any(passed)

    def count(
        self,
        at: datetime,
        *per: str,
        days: int | None = None,
        hours: int | None = None,
        channels: Sequence[str] = ALL_CHANNELS,
        results: Sequence[str] | None = None,
        places: Sequence[str] | None = None,
        consent_days: int | None = None,
    ) -> int:
        """How many counted attempts the window holds: of so many local days, of hours, or without end."""
        found = 0
        for one in self.known:
            is_counted = one.is_outbound and one.channel in channels and self._shares(one, per)
            is_counted = is_counted and (results is None or one.result is None or one.result in results)
            is_counted = is_counted and (places is None or one.place is None or one.place in places)
            if not is_counted or (days is not None and self.is_past(one.at, days, at, in_all=True)):
                continue
            if hours is not None and at >= one.at + timedelta(hours=hours):
                continue
            if consent_days is not None and self.is_consented(one.at, consent_days):
                continue
            found += 1
        return found

    def has_talked(self, at: datetime, *per: str, days: int) -> bool:
        """Whether a conversation by telephone lies in so many local days, whoever began it."""
        return any(
            one.is_conversation
            and one.channel == "call"
            and self._shares(one, per)
            and not self.is_past(one.at, days, at, in_all=True)
            for one in self.known
        )

    def has_missed(self, at: datetime, *per: str, minutes: int, channels: Sequence[str] = ("call",)) -> bool:
        """Whether somebody was tried in vain so few minutes ago."""
        return any(
            one.is_outbound
            and one.channel in channels
            and one.result in ("no_answer", "voicemail")
            and self._shares(one, per)
            and at < one.at + timedelta(minutes=minutes)
            for one in self.known
        )

    def is_consented(self, at: datetime, days: int) -> bool:
        """Whether a consent to be called lives: so many days, until taken back, until after the conversation."""
        return any(
            one.kind == "CALL_CONSENT"
            and one.begin <= at
            and (one.end is None or at < one.end)
            and not self.is_past(one.begin, days, at, in_all=False)
            and not any(one.begin < talk.at < at for talk in self._talks())
            for one in self.mine
        )

    def _talks(self) -> list[Attempt]:
        return [
            one
            for one in self.known
            if one.is_conversation and one.channel == "call" and self._shares(one, ("account", "person"))
        ]

    def _shares(self, one: Attempt, per: Sequence[str]) -> bool:
        """Whether an attempt was about the same account, person and so on."""
        case = self.case
        return all(
            {
                "account": any(account == case.account for account, _ in one.debts),
                "debtor": any(debtor == case.debtor for _, debtor in one.debts),
                "person": one.person == case.person,
                "point": one.point is not None and one.point == case.point,
            }[key]
            for key in per
        )

    def is_in_force(self, law: Law, at: datetime) -> bool:
        """From the first moment of the first day anywhere to the last moment of the last day anywhere."""
        if law.since is None and law.until is None:
            return True
        days = [local(zone, at).date() for zone in self.case.zones]
        return (law.since is None or max(days) >= law.since) and (law.until is None or min(days) <= law.until)


def say(case: Case, laws: Sequence[Law]) -> Said:
    """What the rules that hold for the case say to it."""
    matter = Matter(case)
    spoken = frozenset((law.id, law.action) for law in laws if restrains(law, matter, case.at))
    actions = {action for _, action in spoken}
    answer = "block" if "block" in actions else "warn" if "warn" in actions else "allow"
    return Said(answer, spoken, next_lawful(matter, [law for law in laws if law.action == "block"]))


def restrains(law: Law, matter: Matter, at: datetime) -> bool:
    """Whether a rule that holds here restrains at an instant."""
    return matter.is_in_force(law, at) and law.test(matter, at)


def next_lawful(matter: Matter, laws: Sequence[Law]) -> datetime | None:
    """The first moment within 400 days at which none of them restrains."""
    waiting = list(laws)
    for at in moments(matter.case):
        culprit = next((law for law in waiting if restrains(law, matter, at)), None)
        if culprit is None:
            return at
        # Whoever forbade it last is asked first: it is quicker, and changes nothing.
        waiting.remove(culprit)
        waiting.insert(0, culprit)
    return None


def moments(case: Case) -> Iterator[datetime]:
    """In order, every moment in the next 400 days at which anything can change, that asked for first."""
    yield case.at
    marked = set(_marked(case))
    wished = tuple({edge for wish in case.wishes for edge in (wish.start, wish.end)})
    low, last = case.at, case.at + HORIZON
    while low < last:
        high = min(low + STRIDE, last)
        found = {one for one in marked if low < one <= high}
        for zone in case.zones:
            found |= {one for one in changes(zone) if low < one <= high}
            for ahead in range(-1, STRIDE.days + 2):
                day = low.date() + ahead * DAY
                found.update(at_usual_times(zone, day), *(on_the_wall(zone, day, minute) for minute in wished))
        yield from sorted(one for one in found if low < one <= high)
        low = high


def _marked(case: Case) -> Iterator[datetime]:
    for fact in case.facts:
        yield fact.begin
        if fact.end is not None:
            yield fact.end
    for one in case.attempts:
        yield one.at + TICK
        yield from (one.at + timedelta(minutes=minutes) for minutes in (5, 90))
        yield one.at + timedelta(hours=36)


@lru_cache(maxsize=200_000)
def local(zone: str, at: datetime) -> datetime:
    """An instant by the clock of a zone."""
    return at.astimezone(ZoneInfo(zone))


@lru_cache(maxsize=200_000)
def at_usual_times(zone: str, day: date) -> tuple[datetime, ...]:
    """The instants at which the clocks of a zone show one of the usual times of this day."""
    return tuple(one for minute in TIMES_OF_DAY for one in on_the_wall(zone, day, minute))


def on_the_wall(zone: str, day: date, minute: int) -> tuple[datetime, ...]:
    """The instants at which the clocks of a zone show this minute of this day; two where it comes twice."""
    shown = datetime.combine(day + minute // 1440 * DAY, time(minute % 1440 // 60, minute % 60), ZoneInfo(zone))
    return tuple(sorted({shown.astimezone(UTC), shown.replace(fold=1).astimezone(UTC)}))


@lru_cache(maxsize=1000)
def changes(zone: str) -> tuple[datetime, ...]:
    """When the clocks of a zone are changed, from the end of 2023 to the spring of 2030."""
    found, at, step = [], datetime(2023, 12, 1, tzinfo=UTC), timedelta(hours=6)
    while at < datetime(2030, 4, 1, tzinfo=UTC):
        low, high, old = at, at + step, at.astimezone(ZoneInfo(zone)).utcoffset()
        if high.astimezone(ZoneInfo(zone)).utcoffset() != old:
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                middle = middle.replace(microsecond=0)
                low, high = (middle, high) if middle.astimezone(ZoneInfo(zone)).utcoffset() == old else (low, middle)
            found.append(high)
        at += step
    return tuple(found)
