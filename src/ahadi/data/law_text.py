"""The text of law: packs of rules with their source, tests and examples, read with the line of every mistake."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Final, cast

from ahadi.data.law_example import SILENT, Example, read_example
from ahadi.data.law_restraint import LIMITS, read_test, read_where
from ahadi.data.marked import Entry, read_entries
from ahadi.kernel.rule import ACTIONS, Action, Always, Rule

ANYWHERE: Final = "*"
UNKNOWN: Final = "unknown"
GATE: Final = "gate"
NOT_YET: Final = "not yet"
QUALITIES: Final = {
    "P": "primary text or page of the regulator",
    "M": "quoted or checked mirror",
    "L": "law firm or practitioner",
    "N": "news",
    "B": "blog",
    "X": "not confirmed by a stored source",
    "H": "decided in this house",
}
BINDS: Final = ("any", "third_party", "lender")
DEBTORS: Final = ("any", "consumer", "business")
_HEAD: Final = ("jurisdiction", "name", "rules")
_REQUIRED: Final = (
    "id",
    "title",
    "topic",
    "binds",
    "debtors",
    "from",
    "until",
    "action",
    "quality",
    "source",
    "applied_by",
)
_OPTIONAL: Final = ("values", "says", "stores", "reading", "tests", "examples", "tested_by", "holds_in", "unless_law")
_ID: Final = re.compile(r"[A-Z][A-Z0-9]+(?:-[A-Z0-9.]+)+")
_OWN: Final = ("HOUSE-", "POLICY-")
_PLACE: Final = re.compile(r"[A-Z]{2}(?:-[A-Z0-9]{1,3})?")
_LEAST: Final = 2


class UnableToReadLaw(Exception):
    """A text of law cannot be used: the message names the file, the line, what was found and what was expected."""

    is_refusal = True


@dataclass(frozen=True)
class LawValue:
    """One figure of a rule with its unit; several where the rule names a list. A broken number is text."""

    name: str
    value: int | str | tuple[int | str, ...]
    unit: str


@dataclass(frozen=True)
class LawRule:
    """One rule of a place as its file says it.

    `from_date` is None where no source states since when it is in force. `action` is what the text asks for; what is
    shipped depends on the quality of the source (`law.strength`). `applied_by` is `gate`, the module that computes
    it, or `not yet`; `tests` are those of the gate, `tested_by` shows the others at work. `countries` are those where
    a rule of the house holds (None everywhere); `unless_law` is the kind of test that lets it give way to the law.
    """

    id: str
    jurisdiction: str
    title: str
    topic: str
    binds: str
    debtors: str
    from_date: date | None
    until_date: date | None
    action: Action
    quality: str
    source: str
    values: tuple[LawValue, ...]
    applied_by: str
    says: tuple[str, ...]
    stores: tuple[str, ...]
    reading: str
    tests: tuple[Rule, ...]
    examples: tuple[Example, ...]
    tested_by: tuple[str, ...]
    countries: frozenset[str] | None
    unless_law: str | None
    file: str
    line: int


@dataclass(frozen=True)
class Pack:
    """The rules of one place, `*` for those of the house."""

    jurisdiction: str
    name: str
    rules: tuple[LawRule, ...]


@dataclass(frozen=True)
class Words:
    """The sentence of every tag: what is said or done, what is kept, and the elements of a message."""

    says: dict[str, str]
    stores: dict[str, str]
    content: dict[str, str]


@cache
def words() -> Words:
    """What the tags of rules mean. Raises UnableToReadLaw."""
    file = "rulebook/law/words.yaml"
    text = files("ahadi").joinpath(file).read_text("utf-8")
    parts = read_entries(text, file=file, error=UnableToReadLaw).fields(required=("says", "stores", "content"))
    return Words(**{part: {tag: one.text() for tag, one in parts[part].named().items()} for part in parts})


def read_pack(text: str, *, file: str) -> Pack:
    """The pack that a text holds. Raises UnableToReadLaw."""
    head = read_entries(text, file=file, error=UnableToReadLaw)
    fields = head.fields(required=_HEAD, optional=("countries",))
    jurisdiction = fields["jurisdiction"].text()
    if jurisdiction != ANYWHERE and not _PLACE.fullmatch(jurisdiction):
        raise fields["jurisdiction"].refused(
            f"expected a place as KE or US-MA, or {ANYWHERE!r}, found {jurisdiction!r}"
        )
    countries = _countries(fields.get("countries"))
    found = tuple(_rule(entry, jurisdiction, countries) for entry in fields["rules"].items())
    lines: dict[str, int] = {}
    for rule in found:
        if rule.id in lines:
            raise UnableToReadLaw(
                f"{file}, line {rule.line}: {rule.id} stands in line {lines[rule.id]} already; give it an id of its own"
            )
        lines[rule.id] = rule.line
    return Pack(jurisdiction, fields["name"].text(), found)


def _countries(entry: Entry | None) -> frozenset[str]:
    if entry is None:
        return frozenset()
    for item in entry.items():
        if item.value != UNKNOWN and not (isinstance(item.value, str) and _PLACE.fullmatch(item.value)):
            raise item.refused(f"expected a country as KE, or {UNKNOWN}, found {item.value!r}")
    return frozenset(item.text() for item in entry.items())


def _rule(entry: Entry, jurisdiction: str, countries: frozenset[str]) -> LawRule:
    fields = entry.fields(required=_REQUIRED, optional=(*_OPTIONAL, *LIMITS))
    rule_id = _rule_id(fields["id"], jurisdiction)
    from_date, until_date = _dates(fields)
    action = cast(Action, fields["action"].choice(ACTIONS))
    says, stores = (_tags(fields, name, known) for name, known in (("says", words().says), ("stores", words().stores)))
    plain = Rule(rule_id, action, read_test(None), read_where(fields), from_date, until_date, says, stores)
    content = frozenset(words().content)
    made = LawRule(
        id=rule_id,
        jurisdiction=jurisdiction,
        title=fields["title"].text(),
        topic=fields["topic"].text(),
        binds=fields["binds"].choice(BINDS),
        debtors=fields["debtors"].choice(DEBTORS),
        from_date=from_date,
        until_date=until_date,
        action=action,
        quality=fields["quality"].choice(QUALITIES),
        source=fields["source"].text(),
        values=tuple(_value(name, one) for name, one in fields["values"].named().items()) if "values" in fields else (),
        applied_by=_applied_by(fields["applied_by"]),
        says=says,
        stores=stores,
        reading=fields["reading"].text() if "reading" in fields else "",
        tests=tuple(_test(one, plain, content) for one in _listed(fields, "tests")),
        examples=tuple(read_example(one, tags=content) for one in _listed(fields, "examples")),
        tested_by=tuple(one.text() for one in _listed(fields, "tested_by")),
        countries=_where_it_holds(fields.get("holds_in"), countries),
        unless_law=fields["unless_law"].choice(("hours",)) if "unless_law" in fields else None,
        file=entry.file,
        line=entry.line,
    )
    _require_shown(made, entry)
    return made


def _rule_id(entry: Entry, jurisdiction: str) -> str:
    rule_id = entry.text()
    if not _ID.fullmatch(rule_id):
        raise entry.refused(f"expected an id as KE-DCP-CONTACTS, found {rule_id!r}")
    if rule_id.startswith(_OWN) != (jurisdiction == ANYWHERE):
        raise entry.refused(f"ids of {ANYWHERE!r}, and no others, begin with {' or '.join(_OWN)}; found {rule_id!r}")
    return rule_id


def _dates(fields: dict[str, Entry]) -> tuple[date | None, date | None]:
    first, last = fields["from"], fields["until"]
    from_date = None if first.value == UNKNOWN else first.day()
    until_date = None if last.value is None else last.day()
    if from_date and until_date and until_date < from_date:
        raise last.refused(f"expected a day from {from_date} on, found {until_date}")
    return from_date, until_date


def _tags(fields: dict[str, Entry], name: str, known: Collection[str]) -> tuple[str, ...]:
    found = []
    for item in _listed(fields, name):
        if item.text() not in known:
            raise item.refused(
                f"{item.value!r} has no sentence under `{name}` in rulebook/law/words.yaml; add it there"
            )
        found.append(item.text())
    return tuple(found)


def _value(name: str, entry: Entry) -> LawValue:
    fields = entry.fields(required=("value", "unit"))
    value = fields["value"]
    if isinstance(value.value, tuple):
        return LawValue(name, tuple(_figure(item) for item in value.items()), fields["unit"].text())
    return LawValue(name, _figure(value), fields["unit"].text())


def _figure(entry: Entry) -> int | str:
    """A whole number or a text: a number with decimals is written in quotes, so that it stays what it is."""
    return entry.text() if isinstance(entry.value, str) else entry.whole()


def _applied_by(entry: Entry) -> str:
    where = entry.text()
    if where in (GATE, NOT_YET) or files("ahadi").joinpath(f"{where}.py").is_file():
        return where
    raise entry.refused(f"expected {GATE!r}, {NOT_YET!r} or a module as kernel/interest, found {where!r}")


def _test(entry: Entry, plain: Rule, content: frozenset[str]) -> Rule:
    fields = entry.named()
    action = cast(Action, fields["action"].choice(ACTIONS)) if "action" in fields else plain.action
    test = read_test(entry, tags=content)
    if action in ("require", "record") and not isinstance(test, Always):
        raise entry.refused(f"what a rule asks to {action} holds wherever it is about the question; expected `always`")
    return Rule(
        plain.rule_id,
        action,
        test,
        read_where(fields, within=plain.where),
        plain.from_date,
        plain.until_date,
        plain.says,
        plain.stores,
    )


def _where_it_holds(entry: Entry | None, countries: frozenset[str]) -> frozenset[str] | None:
    if entry is None or entry.choice(("everywhere", "countries")) == "everywhere":
        return None
    if not countries:
        raise entry.refused("the file has no `countries`; list them at its head")
    return countries


def _require_shown(rule: LawRule, entry: Entry) -> None:
    """A rule of the gate has tests and examples on both sides of its edge; another shows where it is tested."""
    if rule.applied_by != GATE and (rule.tests or rule.examples):
        raise entry.refused(f"{rule.id}: tests and examples are for rules that the gate applies; take them out")
    if rule.applied_by == GATE and not rule.tests:
        raise entry.refused(f"{rule.id}: a rule that the gate applies needs a test")
    if rule.applied_by == GATE and len(rule.examples) < _LEAST:
        raise entry.refused(f"{rule.id}: expected {_LEAST} examples or more, found {len(rule.examples)}")
    if rule.applied_by == GATE and len({example.expect == SILENT for example in rule.examples}) < _LEAST:
        raise entry.refused(f"{rule.id}: expected an example in which it speaks and one in which it is silent")
    is_elsewhere = rule.applied_by not in (GATE, NOT_YET)
    if is_elsewhere and len(rule.tested_by) < _LEAST:
        raise entry.refused(f"{rule.id}: expected {_LEAST} tests or more in `tested_by`, found {len(rule.tested_by)}")
    if not is_elsewhere and rule.tested_by:
        raise entry.refused(f"{rule.id}: `tested_by` is for rules that another module applies; take it out")


def _listed(fields: dict[str, Entry], name: str) -> tuple[Entry, ...]:
    return tuple(fields[name].items()) if name in fields else ()
