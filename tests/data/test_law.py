"""The law is read with the line of every mistake, ships as strong as its sources, and holds where it holds."""

import ast
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from ahadi.data import law
from ahadi.data.law import ANYWHERE, GATE, NOT_YET, LawRule, UnableToReadLaw
from ahadi.data.law_example import FACTS
from ahadi.kernel.rule import HOLD_KINDS, Always, Attempts, Calendar, Content, During, Gap, Hours, Rule, Unless, Where

PROJECT = Path(__file__).parents[2]
GIVEN = PROJECT.parent / "shared" / "rules" / "compliance_rules.json"
RULES = law.rules()
LAW = [rule for rule in RULES.values() if rule.jurisdiction != ANYWHERE]
PLACES = {"US", "US-MA", "UK", "UK-EW", "EU", "IN", "KE", "NG", "TZ", "UG", "GH", "ZA", "AE", "SA"}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
TEXT = """\
jurisdiction: KE
name: Kenya
rules:
  - id: KE-A
    title: A rule
    topic: hours
    binds: any
    debtors: consumer
    from: 2022-03-18
    until: null
    action: block
    quality: L
    source: "a statute"
    values: {most: {value: 7, unit: calls}}
    applied_by: gate
    says: [agent_name]
    stores: [recording]
    channels: [call, sms]
    tests:
      - {kind: hours, start: "08:00", end: "19:00", channels: [call]}
    examples:
      - {say: "early", at: "2026-03-10 07:00", expect: block, until: "2026-03-10 08:00"}
      - {say: "in time", expect: silent}
"""
EXAMPLE = '{say: "in time", expect: silent}'
HOURS = '{kind: hours, start: "08:00", end: "19:00", channels: [call]}'


def read(text: str = TEXT) -> tuple[LawRule, ...]:
    return law.read(text, file="own.yaml")


def regime(*places: str, is_third_party: bool = True, **how: Any) -> tuple[Rule, ...]:
    return law.regime(frozenset(places), is_third_party=is_third_party, **({"debtor_kind": None} | how))


def ids(rules: tuple[Rule, ...]) -> set[str]:
    return {rule.rule_id for rule in rules}


def house_hours(rules: tuple[Rule, ...]) -> set[tuple[frozenset[str] | None, date | None, date | None]]:
    return {(rule.where.channels, rule.from_date, rule.until_date) for rule in rules if rule.rule_id == "HOUSE-HOURS"}


def test_text_says_rule_tests_and_examples() -> None:
    (rule,) = read()
    assert (rule.id, rule.from_date, rule.until_date, rule.line) == ("KE-A", date(2022, 3, 18), None, 4)
    assert rule.tests == (
        Rule(
            "KE-A",
            "block",
            Hours(480, 1140),
            Where(channels=frozenset({"call"})),
            date(2022, 3, 18),
            None,
            ("agent_name",),
            ("recording",),
        ),
    )
    early, in_time = rule.examples
    assert early.until_at is not None and early.until_at.hour == 8 and early.expect == "block"
    assert (in_time.role, in_time.channel, in_time.purpose, in_time.zones) == ("debtor", "call", "collect", ("UTC",))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("name: Kenya", "name: [Kenya", "own.yaml, line 3: this is no YAML"),
        (TEXT, "", "own.yaml, line 1: expected entries by name, found nothing"),
        (TEXT, "- a", "own.yaml, line 1: expected entries by name, found a list"),
        ("name: Kenya\n", "", "own.yaml, line 1: name missing"),
        ("name: Kenya", "nome: Kenya", "own.yaml, line 2: unknown key 'nome'"),
        ("jurisdiction: KE", "jurisdiction: Kenya", "own.yaml, line 1: expected a place as KE or US-MA"),
        ("    title: A rule\n", "", "own.yaml, line 4: title missing"),
        ("    topic: hours", "    topic: hours\n    topic: calls", "line 7: 'topic' stands twice"),
        ("    topic: hours", "    tropic: hours", "line 6: unknown key 'tropic'"),
        ("id: KE-A", "id: ke-a", "line 4: expected an id as KE-DCP-CONTACTS, found 'ke-a'"),
        ("id: KE-A", "id: POLICY-A", "line 4: ids of '\\*', and no others, begin with HOUSE- or POLICY-"),
        ("binds: any", "binds: all", "line 7: expected one of any, third_party, lender, found 'all'"),
        ("debtors: consumer", "debtors: people", "line 8: expected one of any, consumer, business, found 'people'"),
        ("from: 2022-03-18", "from: 2022-02-30", "line 9: '2022-02-30' does not exist"),
        ("from: 2022-03-18", "from: soon", "line 9: expected a date YYYY-MM-DD, found 'soon'"),
        ("until: null", "until: 2021-01-01", "line 10: expected a day from 2022-03-18 on, found 2021-01-01"),
        ("action: block", "action: forbid", "line 11: expected one of block, warn, require, record"),
        ("quality: L", "quality: Q", "line 12: expected one of P, M, L, N, B, X, H, found 'Q'"),
        ('source: "a statute"', 'source: ""', "line 13: expected a text, found ''"),
        ('    source: "a statute"\n', "", "line 4: source missing"),
        ("value: 7,", "value: 7.5,", "line 14: expected a whole number from 0 on, found 7.5"),
        (", unit: calls", "", "line 14: unit missing"),
        ("applied_by: gate", "applied_by: kernel/dream", "line 15: expected 'gate', 'not yet' or a module"),
        ("says: [agent_name]", "says: [agent]", "line 16: 'agent' has no sentence under `says`"),
        ("stores: [recording]", "stores: [tape]", "line 17: 'tape' has no sentence under `stores`"),
        ("channels: [call, sms]", "channels: [call, pigeon]", "line 18: expected one of call, .*, found 'pigeon'"),
        ("channels: [call, sms]", "channels: [sms]", "line 20: with what else limits the channels this leaves none"),
        ("channels: [call, sms]", "channels: [call, call]", "line 18: expected a list of different ones"),
        ("channels: [call, sms]", "has_basis: no\n    unless_law: calls", "line 19: expected one of hours"),
        ("channels: [call, sms]", "holds_in: countries", "line 18: the file has no `countries`"),
        ("kind: hours", "kind: moon", "line 20: expected one of always, during, .*, found 'moon'"),
        ("kind: hours, ", "", "line 20: kind missing"),
        ('end: "19:00"', "end: 19:00", "line 20: expected a time in quotes, .*, found 1140"),
        ('end: "19:00"', 'end: "24:01"', "line 20: expected a time in quotes"),
        ('end: "19:00"', 'end: "08:00"', "line 20: the hours must begin before they end"),
        (', end: "19:00"', "", "line 20: end missing"),
        ('end: "19:00"', 'end: "19:00", weekdays: [0]', "line 20: expected a whole number from 1 on, found 0"),
        ('end: "19:00"', 'end: "19:00", weekdays: [8]', "line 20: expected weekdays from 1"),
        ('end: "19:00"', 'end: "19:00", ramadan: ["10:00"]', "line 20: expected two times"),
        ('end: "19:00"', 'end: "19:00", holidays: shut', "line 20: expected one of open, closed"),
        (HOURS, "{kind: during, facts: [GRIEF]}", "line 20: expected one of DISPUTE, .*, found 'GRIEF'"),
        (HOURS, "{kind: during, facts: []}", "line 20: expected a list of different ones"),
        (HOURS, "{kind: during}", "line 20: facts missing"),
        (HOURS, "{kind: always, most: 3}", "line 20: unknown key 'most'"),
        (HOURS, "{kind: always, action: record, roles: [debtor, judge]}", "line 20: .*, found 'judge'"),
        (HOURS, "{kind: content}", "line 20: expected elements that are `required` or `forbidden`"),
        (HOURS, "{kind: content, required: [poem]}", "line 20: expected one of .*, found 'poem'"),
        (HOURS, "{kind: content, required: [arabic], action: require}", "line 20: what a rule asks to require holds"),
        (HOURS, "{kind: attempts, most: 1, per: [street]}", "line 20: expected one of account, .*, found 'street'"),
        (HOURS, "{kind: attempts, most: 1, per: [account], days: 1, hours: 2}", "line 20: the window is given in days"),
        (HOURS, "{kind: attempts, most: 1, per: [account], days: 0}", "line 20: expected a whole number from 1 on"),
        (HOURS, "{kind: attempts, most: 0, per: [account]}", "line 20: expected a whole number from 1 on, found 0"),
        (HOURS, "{kind: gap, minutes: 0, per: [person]}", "line 20: expected a whole number from 1 on, found 0"),
        ("    tests:\n      - " + HOURS + "\n", "", "line 4: KE-A: a rule that the gate applies needs a test"),
        ("      - " + EXAMPLE + "\n", "", "line 4: KE-A: expected 2 examples or more, found 1"),
        (EXAMPLE, "{expect: block}", "line 4: KE-A: expected an example in which it speaks and one in which"),
        ("applied_by: gate", "applied_by: not yet", "line 4: KE-A: tests and examples are for rules that the gate"),
        ("applied_by: gate", "applied_by: gate\n    tested_by: [a::b]", "KE-A: `tested_by` is for rules that another"),
        (EXAMPLE, "{expect: quiet}", "line 23: expected one of block, .*, silent, found 'quiet'"),
        (EXAMPLE, '{expect: silent, at: "2026-02-30 10:00"}', "line 23: expected a moment in quotes"),
        (EXAMPLE, "{expect: silent, at: 2026-03-10 10:00:00}", "line 23: expected a moment in quotes"),
        (EXAMPLE, "{expect: silent, zones: [Africa/Atlantis]}", "line 23: there is no time zone 'Africa/Atlantis'"),
        (EXAMPLE, "{expect: silent, until: never}", "line 23: a rule that is silent has no end"),
        (EXAMPLE, '{expect: silent, facts: [{kind: JOY, from: "2026-03-10 10:00"}]}', "line 23: .*, found 'JOY'"),
        (EXAMPLE, '{expect: silent, attempts: [{at: "2026-03-10 10:00", result: lost}]}', "line 23: .*, found 'lost'"),
        (EXAMPLE, '{expect: silent, attempts: [{at: "2026-03-10 10:00", times: 0}]}', "line 23: expected a whole"),
        (EXAMPLE, "{expect: silent, content: [poem]}", "line 23: expected one of .*, found 'poem'"),
        (EXAMPLE, "{expect: silent, person: 0}", "line 23: expected a whole number from 1 on, found 0"),
        (
            EXAMPLE,
            '{expect: silent, preferences: [{weekday: 8, from: "09:00", until: "10:00"}]}',
            "line 23: expected a weekday 1",
        ),
        ("says: [agent_name]", "says: &a [agent_name]\n    reading: *a", "line 16: write the entry out again"),
    ],
)
def test_mistake_is_named_with_its_line(old: str, new: str, said: str) -> None:
    assert old in TEXT
    with pytest.raises(UnableToReadLaw, match=said):
        read(TEXT.replace(old, new, 1))


def test_id_that_stands_twice_is_refused_with_both_lines() -> None:
    twice = TEXT + TEXT.split("rules:\n")[1]
    with pytest.raises(UnableToReadLaw, match=r"own\.yaml, line 24: KE-A stands in line 4 already"):
        read(twice)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (TEXT, r"law/b\.yaml, line 1: there is a pack for KE already"),
        (
            TEXT.replace("jurisdiction: KE", "jurisdiction: TZ"),
            r"law/b\.yaml, line 4: KE-A stands in .*a\.yaml, line 4",
        ),
    ],
)
def test_two_files_never_hold_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: str, said: str) -> None:
    law.words()
    folder = tmp_path / "rulebook" / "law"
    folder.mkdir(parents=True)
    (folder / "a.yaml").write_text(TEXT, "utf-8")
    monkeypatch.setattr(law, "files", lambda package: tmp_path)
    assert [pack.name for pack in law.packs.__wrapped__()] == ["Kenya"]
    (folder / "b.yaml").write_text(other, "utf-8")
    with pytest.raises(UnableToReadLaw, match=said):
        law.packs.__wrapped__()


def test_rule_of_another_module_shows_where_it_is_tested() -> None:
    lines = [line for line in TEXT.splitlines() if not line.startswith(("      - ", "    tests", "    examples"))]
    text = "\n".join(lines).replace("applied_by: gate", "applied_by: kernel/interest")
    with pytest.raises(UnableToReadLaw, match="line 4: KE-A: expected 2 tests or more in `tested_by`, found 0"):
        read(text)
    assert read(text + "\n    tested_by: [a::b, a::c]\n")[0].tested_by == ("a::b", "a::c")


def test_text_nested_beyond_measure_is_refused() -> None:
    with pytest.raises(UnableToReadLaw, match=r"own\.yaml: it is nested too deeply"):
        read("jurisdiction: " + "[" * 20_000 + "]" * 20_000)


def test_limits_of_a_rule_and_of_its_test_are_joined() -> None:
    test = "{kind: during, facts: [CEASE], except_purposes: [notice], roles: [debtor, relative], action: warn}"
    text = TEXT.replace(HOURS, test).replace("    channels: [call, sms]", "    except_roles: [relative]")
    (rule,) = read(text)
    assert rule.tests[0].test == During(frozenset({"CEASE"})) and rule.tests[0].action == "warn"
    where = rule.tests[0].where
    assert where.roles == frozenset({"debtor"}) and where.channels is None
    assert where.purposes is not None and "notice" not in where.purposes and "collect" in where.purposes


def test_channels_of_attempts_are_both_asked_and_counted() -> None:
    test = "{kind: attempts, most: 2, days: 7, per: [person, account], channels: [call], results: [busy]}"
    (rule,) = read(TEXT.replace(HOURS, test))
    assert rule.tests[0].test == Attempts(
        2, ("account", "person"), days=7, channels=frozenset({"call"}), results=frozenset({"busy"})
    )
    assert rule.tests[0].where.channels == frozenset({"call"})


@pytest.mark.parametrize(
    ("written", "made"),
    [
        ("{kind: always}", Always()),
        ("{kind: unless, facts: [VISIT_NOTICED]}", Unless(frozenset({"VISIT_NOTICED"}))),
        ("{kind: gap, minutes: 5, per: [person]}", Gap(5, ("person",))),
        ("{kind: content, forbidden: [threat]}", Content(forbidden=frozenset({"threat"}))),
        (
            '{kind: hours, start: "00:00", end: "24:00", weekdays: working, holidays: closed}',
            Hours(0, 1440, weekdays=None, with_holidays=False),
        ),
        (
            '{kind: hours, start: "09:00", end: "17:00", weekdays: [1, 2], ramadan: ["10:00", "16:00"]}',
            Hours(540, 1020, weekdays=frozenset({1, 2}), ramadan=(600, 960)),
        ),
    ],
)
def test_each_kind_of_test_is_read(written: str, made: object) -> None:
    assert read(TEXT.replace(HOURS, written))[0].tests[0].test == made


def test_house_policy_has_the_same_form() -> None:
    (rule,) = read(TEXT.replace("jurisdiction: KE", 'jurisdiction: "*"').replace("KE-A", "POLICY-A"))
    assert rule.id == "POLICY-A" and regime("KE", policies=rule.tests)[-1] == rule.tests[0]


def test_ninety_five_rules_of_fourteen_places_stand_in_the_book() -> None:
    assert len(LAW) == 95
    assert {pack.jurisdiction for pack in law.packs()} == PLACES | {ANYWHERE}


def test_every_rule_is_there_with_its_source_and_quality() -> None:
    if not GIVEN.exists():
        pytest.skip("the list of rules is not beside the project")
    given = {rule["id"]: rule for rule in json.loads(GIVEN.read_text("utf-8"))["rules"]}
    assert {rule.id for rule in LAW} == set(given)
    for rule in LAW:
        asked = given[rule.id]
        assert (rule.quality, rule.source) == (asked["source_quality"], asked["source"]), rule.id
        assert rule.jurisdiction == asked["jurisdiction"], rule.id
        assert rule.title != asked["rule"], rule.id


def test_no_day_is_invented() -> None:
    if not GIVEN.exists():
        pytest.skip("the list of rules is not beside the project")
    given = {rule["id"]: json.dumps(rule) for rule in json.loads(GIVEN.read_text("utf-8"))["rules"]}
    dated = [(rule, day) for rule in LAW for day in (rule.from_date, rule.until_date) if day]
    assert dated
    for rule, day in dated:
        written = rf"{day}|\b{day.day}(-\d+)? {MONTHS[day.month - 1]} {day.year}"
        assert re.search(written, given[rule.id]), f"{rule.id}: no source says {day}"


def test_every_rule_cites_and_is_shown() -> None:
    for rule in RULES.values():
        assert rule.source.strip() and rule.title.strip(), rule.id
        if rule.applied_by == GATE:
            assert len(rule.examples) >= 2 and rule.tests, rule.id
    assert all(rule.source == "project definition" for rule in RULES.values() if rule.jurisdiction == ANYWHERE)


def test_tests_that_a_rule_names_exist() -> None:
    for rule in RULES.values():
        for named in rule.tested_by:
            path, _, name = named.replace("::", "#").partition("#")
            text = (PROJECT / path).read_text("utf-8")
            if path.endswith(".py"):
                found = {node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}
            else:
                found = {str(document["scenario"]).partition(",")[0] for document in yaml.safe_load_all(text)}
            assert name in found, f"{rule.id}: {named}"
        assert rule.applied_by in (GATE, NOT_YET) or rule.tested_by, rule.id


def test_every_word_is_used_and_every_kind_of_hold_is_a_fact() -> None:
    words = law.words()
    assert set(words.says) == {tag for rule in RULES.values() for tag in rule.says}
    assert set(words.stores) == {tag for rule in RULES.values() for tag in rule.stores}
    tests = [test.test for rule in RULES.values() for test in rule.tests]
    borne = {tag for test in tests if isinstance(test, Content) for tag in test.required | test.forbidden}
    assert borne <= set(words.content)
    assert set(HOLD_KINDS) <= set(FACTS)


@pytest.mark.parametrize(
    ("rule_id", "shipped", "signed"),
    [
        ("KE-DCP-CONTACTS", "block", "block"),
        ("KE-DCP-SHAME", "warn", "block"),
        ("AE-HOURS", "warn", "block"),
        ("US-TIMEBARRED", "warn", "block"),
        ("US-IDENTITY", "require", "require"),
        ("ZA-DCA-FEES", "record", "record"),
        ("UK-CONC-7.3.10", "warn", "warn"),
    ],
)
def test_rule_without_a_firm_source_warns_until_it_is_signed_off(rule_id: str, shipped: str, signed: str) -> None:
    assert law.strength(RULES[rule_id], signed_off=frozenset()) == shipped
    assert law.strength(RULES[rule_id], signed_off=frozenset({rule_id})) == signed


def test_signing_off_one_rule_leaves_the_others() -> None:
    unsigned = {test.action for test in regime("KE") if test.rule_id == "KE-DCP-SHAME"}
    signed = regime("KE", signed_off=frozenset({"KE-DCP-SHAME"}))
    assert unsigned == {"warn"}
    assert {test.action for test in signed if test.rule_id == "KE-DCP-SHAME"} == {"block"}
    assert {test.action for test in signed if test.rule_id == "KE-DPA"} == {"warn"}


def test_part_brings_its_whole_and_not_the_contrary() -> None:
    assert {"US-MA-2IN7", "US-7IN7"} <= ids(regime("US-MA"))
    assert "US-MA-2IN7" not in ids(regime("US"))
    assert {"UK-BS-STD", "UK-CONC-7.9.4"} <= ids(regime("GB-ENG"))
    assert ids(regime("GB")) == ids(regime("UK"))


def test_collector_for_others_and_creditor_are_bound_by_their_own_rules() -> None:
    assert "US-7IN7" in ids(regime("US"))
    lender = ids(regime("US", is_third_party=False))
    assert "US-7IN7" not in lender and {"US-BANKRUPTCY", "HOUSE-HOURS"} <= lender
    assert "US-MA-2IN7" in ids(regime("US-MA", is_third_party=False))


def test_debtor_of_unknown_kind_is_a_consumer() -> None:
    assert regime("US") == regime("US", debtor_kind="consumer")
    assert "US-7IN7" not in ids(regime("US", debtor_kind="business"))


def test_safe_default_holds_where_no_law_is_known() -> None:
    default = {"HOUSE-7IN7", "HOUSE-3-A-DAY", "HOUSE-10IN30", "HOUSE-THIRD-PARTY", "HOUSE-COMPLAINT-PAUSE"}
    for places in ((), ("XX",), ("KE",), ("RW",), ("DE",), ("ZA",), ("EU",), ("US", "XX")):
        assert default <= ids(regime(*places)), places
    for places in (("US",), ("UK",), ("IN",)):
        assert not default & ids(regime(*places)), places


def test_holds_and_refusals_hold_everywhere() -> None:
    holds = {"HOUSE-CEASE", "HOUSE-DISPUTE", "HOUSE-OPT-OUT", "HOUSE-BANKRUPTCY", "HOUSE-RECALL", "HOUSE-COMPLAINT"}
    for place in (*PLACES, "XX"):
        assert holds <= ids(regime(place)), place


def test_several_places_bring_all_of_their_rules() -> None:
    both = ids(regime("US", "KE"))
    assert ids(regime("US")) - {"HOUSE-HOURS"} | ids(regime("KE")) - {"HOUSE-HOURS"} == both - {"HOUSE-HOURS"}


def test_house_hours_give_way_to_hours_of_the_law_that_block() -> None:
    everything = frozenset({"call", "sms", "whatsapp", "visit", "app"})
    assert house_hours(regime("KE")) == {(everything, None, None)}
    assert house_hours(regime("US")) == house_hours(regime("UK")) == set()


def test_house_hours_stand_beside_hours_that_only_warn() -> None:
    assert any(rule.rule_id == "AE-HOURS" and rule.action == "warn" for rule in regime("AE"))
    assert house_hours(regime("AE")) == house_hours(regime("KE"))
    ((channels, _, _),) = house_hours(regime("AE", signed_off=frozenset({"AE-HOURS"})))
    assert channels is not None and "call" not in channels and "sms" in channels


def test_house_hours_end_the_day_before_the_laws_begin() -> None:
    assert house_hours(regime("IN")) == {
        (frozenset({"call", "visit"}), None, date(2026, 6, 30)),
        (frozenset({"sms", "whatsapp", "app"}), None, None),
    }


def test_regime_is_made_once() -> None:
    assert regime("KE", "US") is regime("US", "KE")


def test_calendar_of_an_example_rests_on_sunday() -> None:
    assert Calendar().rest == {7}


def test_one_more_place_never_makes_contact_more_lawful() -> None:
    """The house's hours give way only where every place has hours of its own."""

    def holds(*places: str, channel: str = "call") -> bool:
        return any(rule.rule_id == "HOUSE-HOURS" and channel in (rule.where.channels or ()) for rule in regime(*places))

    assert holds("KE")
    assert not holds("US")
    assert holds("KE", "US")
    assert holds("US", "XX")
    assert not holds("US", "UK")
    assert holds("US", "IN", channel="sms")
