"""What holds in an organisation, as people read it: rules and who signed them off, policies and verdicts, days."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from ahadi.data import calendars, law
from ahadi.data.law import GATE, NOT_YET, QUALITIES, LawRule, LawValue, UnableToReadLaw
from ahadi.data.law_example import FACTS, Example
from ahadi.data.models.gate import DayOverride, Policy, PolicyVerdict, SignOff
from ahadi.data.models.organisation import Organisation
from ahadi.domain.audit.ports import Actor
from ahadi.domain.contact import examples
from ahadi.kernel.rule import Action

__all__ = [
    "FACTS",
    "GATE",
    "NOT_YET",
    "OWN_RULES",
    "QUALITIES",
    "Example",
    "HeldRule",
    "LawRule",
    "LawValue",
    "Place",
    "PolicySeen",
    "UnableToReadLaw",
    "Verdict",
    "Word",
    "Year",
    "YearDay",
    "country_of",
    "places",
    "policies",
    "policy",
    "policy_titles",
    "read_policy",
    "rule",
    "words",
    "wrong_examples",
    "year",
]


OWN_RULES: Final = "POLICY-"
"""How the ids of policies begin."""


class UnableToFindRule(Exception):
    """There is no rule or policy of this name in your organisation; choose one from the list."""

    is_refusal = True


@dataclass(frozen=True)
class Word:
    """Counsel's word on a rule: given or taken back, on which opinion, by whom and when."""

    is_given: bool
    reference: str
    at: datetime
    by: str


@dataclass(frozen=True)
class HeldRule:
    """A rule with what it does here; `words` are the sign-offs and their taking back, newest first."""

    rule: LawRule
    place: str
    action: Action
    needs_sign_off: bool
    is_signed_off: bool
    words: tuple[Word, ...]


@dataclass(frozen=True)
class Place:
    """A place of the rulebook with its rules; `code` is `*` for the house."""

    code: str
    name: str
    rules: tuple[HeldRule, ...]


@dataclass(frozen=True)
class Verdict:
    """What was decided about a policy, by whom and when."""

    verdict: str
    at: datetime
    by: str


@dataclass(frozen=True)
class PolicySeen:
    """A policy of an organisation: its text read, who proposed it when, and what was decided, oldest first."""

    policy_id: int
    rule: LawRule
    text: str
    at: datetime
    by: str
    by_id: int | None
    verdicts: tuple[Verdict, ...]

    @property
    def state(self) -> str:
        """`proposed`, or the newest verdict."""
        return self.verdicts[-1].verdict if self.verdicts else "proposed"


@dataclass(frozen=True)
class YearDay:
    """A day of the calendar: national, estimated where it waits for the moon, and what the office says instead."""

    day: date
    name: str
    is_estimated: bool
    is_national: bool
    override: bool | None


@dataclass(frozen=True)
class Year:
    """A country's days of a year: weekly rest and weekend (1 Monday to 7), holidays, and months of Ramadan."""

    country: str
    year: int
    rest: frozenset[int]
    weekend: frozenset[int]
    days: tuple[YearDay, ...]
    fasts: tuple[tuple[date, date, bool], ...]


def places(*, by: Actor) -> tuple[Place, ...]:
    """Every place of the rulebook with its rules as they hold for an organisation: the house first, then by name."""
    said = _words(by)
    found = [
        Place(pack.jurisdiction, pack.name, tuple(_held(one, pack.name, said) for one in pack.rules))
        for pack in law.packs()
    ]
    return tuple(sorted(found, key=lambda place: (place.code != law.ANYWHERE, place.name)))


def rule(*, by: Actor, rule_id: str) -> HeldRule:
    """One rule of the rulebook. Raises UnableToFindRule."""
    for pack in law.packs():
        for one in pack.rules:
            if one.id == rule_id:
                return _held(one, pack.name, _words(by))
    raise UnableToFindRule(f"there is no rule {rule_id!r}; the page of rules lists them")


def words() -> law.Words:
    """The sentence of every tag of a rule."""
    return law.words()


def policies(*, by: Actor) -> tuple[PolicySeen, ...]:
    """The policies of an organisation, newest first."""
    return tuple(_policies(organisation_id=by.organisation_id or 0))


def policy(*, by: Actor, policy_id: int) -> PolicySeen:
    """One policy. Raises UnableToFindRule."""
    for one in _policies(organisation_id=by.organisation_id or 0, id=policy_id):
        return one
    raise UnableToFindRule("there is no such policy in your organisation; choose one from the list")


def policy_titles(organisation_id: int) -> dict[str, str]:
    """The titles of an organisation's policies by the id of their rule; of several versions the newest."""
    rows = Policy.objects.filter(organisation_id=organisation_id).order_by("id").values_list("code", "text")
    return {code: one.title for code, text in rows for one in law.read(text, file=code)}


def read_policy(text: str) -> tuple[LawRule, ...]:
    """The rules of a text, not kept anywhere. Raises UnableToReadLaw."""
    return law.read(text, file="policy")


def wrong_examples(rule: LawRule) -> tuple[str, ...]:
    """A sentence for each example of a rule to which the rule says something else."""
    return tuple(examples.wrong(rule))


def country_of(*, by: Actor) -> str:
    """The country an organisation is in, by its code of two letters."""
    return Organisation.objects.values_list("country", flat=True).get(id=by.organisation_id or 0)


def year(*, by: Actor, country: str, year: int) -> Year:
    """The calendar of a country in a year, with what the organisation knows better."""
    overrides = {
        row.day: row
        for row in DayOverride.objects.filter(organisation_id=by.organisation_id or 0, country=country, day__year=year)
    }
    national = {one.day: one for one in calendars.holidays(country, years=range(year, year + 1))}
    week = calendars.week(country)
    return Year(
        country=country,
        year=year,
        rest=week.rest,
        weekend=week.weekend,
        days=tuple(_day(day, national.get(day), overrides.get(day)) for day in sorted({*national, *overrides})),
        fasts=tuple(
            (one.first, one.last, one.is_estimated) for one in calendars.fasts(country, years=range(year, year + 1))
        ),
    )


def _day(day: date, holiday: calendars.Holiday | None, override: DayOverride | None) -> YearDay:
    return YearDay(
        day=day,
        name=holiday.name if holiday is not None else str(override.name if override is not None else ""),
        is_estimated=holiday is not None and holiday.is_estimated,
        is_national=holiday is not None,
        override=override.is_holiday if override is not None else None,
    )


def _held(one: LawRule, place: str, said: dict[str, tuple[Word, ...]]) -> HeldRule:
    mine = said.get(one.id, ())
    is_given = bool(mine) and mine[0].is_given
    return HeldRule(
        rule=one,
        place=place,
        action=law.strength(one, signed_off=frozenset({one.id}) if is_given else frozenset()),
        needs_sign_off=law.strength(one, signed_off=frozenset()) != one.action,
        is_signed_off=is_given,
        words=mine,
    )


def _words(by: Actor) -> dict[str, tuple[Word, ...]]:
    found: dict[str, tuple[Word, ...]] = {}
    rows = SignOff.objects.filter(organisation_id=by.organisation_id or 0).select_related("act__by").order_by("-id")
    for row in rows:
        word = Word(row.is_given, row.reference, row.at, _name(row.act))
        found[row.rule] = (*found.get(row.rule, ()), word)
    return found


def _policies(**which: Any) -> list[PolicySeen]:
    rows = list(Policy.objects.filter(**which).select_related("act__by").order_by("-id"))
    verdicts: dict[int, tuple[Verdict, ...]] = {}
    made = PolicyVerdict.objects.filter(policy_id__in=[row.id for row in rows]).select_related("act__by").order_by("id")
    for one in made:
        seen = Verdict(one.verdict, one.at, _name(one.act))
        verdicts[one.policy_id] = (*verdicts.get(one.policy_id, ()), seen)
    return [
        PolicySeen(
            policy_id=row.id,
            rule=law.read(row.text, file=row.code)[0],
            text=row.text,
            at=row.at,
            by=_name(row.act),
            by_id=row.act.by_id,
            verdicts=verdicts.get(row.id, ()),
        )
        for row in rows
    ]


def _name(act: Any) -> str:
    return str(act.by.name) if act.by is not None else "operator"
