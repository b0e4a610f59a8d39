"""The law as rules of the gate: what is in force somewhere, for whom, and how strongly it ships."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

from ahadi.data.law_text import (
    ANYWHERE,
    GATE,
    NOT_YET,
    QUALITIES,
    UNKNOWN,
    LawRule,
    LawValue,
    Pack,
    UnableToReadLaw,
    Words,
    read_pack,
    words,
)
from ahadi.kernel.rule import CHANNELS, Action, Hours, Rule

__all__ = [
    "ANYWHERE",
    "GATE",
    "NOT_YET",
    "QUALITIES",
    "LawRule",
    "LawValue",
    "Pack",
    "UnableToReadLaw",
    "Words",
    "packs",
    "read",
    "regime",
    "rules",
    "strength",
    "words",
]

_FIRM: Final = frozenset("PMLH")
_CALLED: Final = {"GB": "UK", "GB-ENG": "UK-EW", "GB-WLS": "UK-EW", "UK-ENG": "UK-EW", "UK-WLS": "UK-EW"}
_FILES: Final = "rulebook/law"
_WORDS: Final = "words.yaml"
_ALWAYS: Final = (date.min, date.max)

_Span = tuple[date, date]


@cache
def packs() -> tuple[Pack, ...]:
    """Every pack of the rulebook by place, that of the house (`*`) first. Raises UnableToReadLaw."""
    found: dict[str, Pack] = {}
    lines: dict[str, str] = {}
    folder = files("ahadi").joinpath(_FILES)
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if not file.name.endswith(".yaml") or file.name == _WORDS:
            continue
        pack = read_pack(file.read_text("utf-8"), file=f"{_FILES}/{file.name}")
        if pack.jurisdiction in found:
            raise UnableToReadLaw(f"{_FILES}/{file.name}, line 1: there is a pack for {pack.jurisdiction} already")
        found[pack.jurisdiction] = pack
        for rule in pack.rules:
            if rule.id in lines:
                raise UnableToReadLaw(f"{rule.file}, line {rule.line}: {rule.id} stands in {lines[rule.id]} already")
            lines[rule.id] = f"{rule.file}, line {rule.line}"
    return tuple(found[place] for place in sorted(found))


@cache
def rules() -> dict[str, LawRule]:
    """Every rule of every pack by its id. Raises UnableToReadLaw."""
    return {rule.id: rule for pack in packs() for rule in pack.rules}


def read(text: str, *, file: str) -> tuple[LawRule, ...]:
    """The rules of a text in the form of a law file, such as an office's own policy. Raises UnableToReadLaw."""
    return read_pack(text, file=file).rules


def strength(rule: LawRule, *, signed_off: frozenset[str]) -> Action:
    """What a rule does as shipped: one whose source is news, a blog or none warns until its id is signed off."""
    return _softened(rule.action, rule, signed_off)


def _softened(action: Action, rule: LawRule, signed_off: frozenset[str]) -> Action:
    is_firm = rule.quality in _FIRM or rule.id in signed_off
    return action if is_firm or action == "record" else "warn"


@lru_cache(maxsize=256)
def regime(
    jurisdictions: frozenset[str],
    *,
    is_third_party: bool,
    debtor_kind: str | None,
    signed_off: frozenset[str] = frozenset(),
    policies: tuple[Rule, ...] = (),
) -> tuple[Rule, ...]:
    """Every test of the gate that holds in these places, those of the law first, then the house's, then `policies`.

    A place is a country (KE) or a part of one (US-MA, which brings US). Where several are given all of their rules
    hold. None, or one without a pack, brings the safe default besides. `is_third_party`: the account is collected for
    somebody else. A debtor is a consumer unless `debtor_kind` is `business`. `signed_off` are the rules whose source
    counsel has confirmed. Raises UnableToReadLaw.
    """
    places = {_CALLED.get(place, place) for place in jurisdictions}
    wholes = {place.partition("-")[0] for place in places}
    held = [pack for pack in packs() if pack.jurisdiction in places | wholes and pack.jurisdiction != ANYWHERE]
    known = {pack.jurisdiction.partition("-")[0] for pack in held}
    named = wholes | ({UNKNOWN} if not wholes or wholes - known else set())
    kind = "business" if debtor_kind == "business" else "consumer"
    binding = ("any", "third_party" if is_third_party else "lender")
    by_country: dict[str, list[Rule]] = {country: [] for country in sorted(wholes) or [UNKNOWN]}
    for pack in held:
        for rule in pack.rules:
            mine = by_country[pack.jurisdiction.partition("-")[0]]
            mine.extend(_held(rule, binding=binding, kind=kind, signed=signed_off))
    law = [test for tests in by_country.values() for test in tests]
    return (*law, *_house(by_country, named=named, binding=binding, kind=kind, signed=signed_off), *policies)


def _held(rule: LawRule, *, binding: tuple[str, ...], kind: str, signed: frozenset[str]) -> Iterator[Rule]:
    """The tests of a rule that bind this collector about this debtor, as strong as they ship."""
    if rule.binds in binding and rule.debtors in ("any", kind):
        for test in rule.tests:
            yield replace(test, action=_softened(test.action, rule, signed))


def _house(
    law: Mapping[str, Sequence[Rule]], *, named: set[str], binding: tuple[str, ...], kind: str, signed: frozenset[str]
) -> Iterator[Rule]:
    for pack in packs():
        for rule in pack.rules if pack.jurisdiction == ANYWHERE else ():
            if rule.countries is not None and not rule.countries & named:
                continue
            for test in _held(rule, binding=binding, kind=kind, signed=signed):
                if rule.unless_law == "hours":
                    yield from _giving_way(test, law)
                else:
                    yield test


def _giving_way(test: Rule, law: Mapping[str, Sequence[Rule]]) -> Iterator[Rule]:
    """The test for each channel and the spans of days in which some country's law has no hours for it that block.

    Of several countries the strictest holds: it gives way only where every one of them has hours of its own.
    """
    channels: dict[tuple[_Span, ...], set[str]] = {}
    for channel in test.where.channels or CHANNELS:
        left = (span for rules_ in law.values() for span in _left(_hours(rules_, channel)))
        channels.setdefault(tuple(_joined(left)), set()).add(channel)
    for spans, those in channels.items():
        for first, last in spans:
            begin = max(first, test.from_date or date.min)
            end = min(last, test.until_date or date.max)
            if begin <= end:
                yield replace(
                    test,
                    where=replace(test.where, channels=frozenset(those)),
                    from_date=None if begin == date.min else begin,
                    until_date=None if end == date.max else end,
                )


def _hours(rules_: Sequence[Rule], channel: str) -> Iterator[_Span]:
    """The spans of days in which a rule that blocks has hours for a channel."""
    for rule in rules_:
        is_about = rule.where.channels is None or channel in rule.where.channels
        if rule.action == "block" and isinstance(rule.test, Hours) and is_about:
            yield rule.from_date or date.min, rule.until_date or date.max


def _joined(spans: Iterable[_Span]) -> Iterator[_Span]:
    """The spans that cover the same days, in order, none of them touching another."""
    held: _Span | None = None
    for first, last in sorted(spans):
        if held is None:
            held = first, last
        elif held[1] == date.max or first <= held[1] + timedelta(days=1):
            held = held[0], max(held[1], last)
        else:
            yield held
            held = first, last
    if held is not None:
        yield held


def _left(taken: Iterable[_Span]) -> Iterator[_Span]:
    """What is left of all days when these spans are taken out."""
    begin, end = _ALWAYS
    for first, last in sorted(taken):
        if first > begin:
            yield begin, first - timedelta(days=1)
        if last == end:
            return
        begin = max(begin, last + timedelta(days=1))
    yield begin, end
