"""Every scenario file says what happened, and the kernel agrees with what it expects; no database is there."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ahadi.jobs.commands import scenario as command
from ahadi.jobs.scenario.answers import FACTS, Evaluation
from ahadi.jobs.scenario.cells import UnableToReadScenario
from ahadi.jobs.scenario.conventions import PRESETS, READERS
from ahadi.jobs.scenario.document import Document
from ahadi.jobs.scenario.parsing import read_documents
from ahadi.project.cli import main

HERE = Path(__file__).parent
FILES = sorted(HERE.rglob("*.yaml"))


def read(text: str, file: str = "page.yaml") -> list[Document]:
    return list(read_documents(text, file, FACTS))


def _documents() -> Iterator[object]:
    for file in FILES:
        for document in read(file.read_text(encoding="utf-8"), str(file.relative_to(HERE))):
            yield pytest.param(document, id=f"{document.source.file}:{document.source.document}")


@pytest.mark.parametrize("document", list(_documents()))
def test_scenario_has_the_answers_it_expects(document: Document) -> None:
    evaluation = Evaluation(document)
    assert document.expects, "a scenario without expectations shows nothing"
    found = [difference for question in document.expects for difference in evaluation.differences(question)]
    assert not found, "\n".join(f"{one.path}: expected {one.expected}, found {one.found}" for one in found)


PAGE = """
scenario: one invoice
currency: KES
accounts:
  - {id: A1, product: invoice, charges: [{id: I1, due: 2026-01-31, principal: "100"}]}
events:
  - {on: 2026-02-03, account: A1, receipt: {id: R1, amount: "40.5"}}
ask:
  - {as_of: 2026-02-05, account: A1, want: [past_due_days, overdue, delinquent_since, last_receipt, promises, bucket]}
  - {as_of: 2026-02-05, want: [suspense, rr_pvp]}
expect:
  - {as_of: 2026-02-05, account: A1, overdue: 59.5, last_receipt: {amount: "40.50"}}
"""


def write(folder: Path, text: str, name: str = "page.yaml") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_run_prints_one_object_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scenario", "run", write(tmp_path, PAGE)]) == 0
    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert first == {
        "scenario": "one invoice",
        "as_of": "2026-02-05",
        "account": "A1",
        "facts": {
            "past_due_days": 5,
            "overdue": "59.50",
            "delinquent_since": "2026-01-31",
            "last_receipt": {"on": "2026-02-03", "amount": "40.50"},
            "promises": [],
            "bucket": "1-30",
        },
    }
    assert second["account"] is None
    assert second["facts"] == {
        "suspense": "0.00",
        "rr_pvp": {"numerator": "0.00", "denominator": "0.00", "pct": None},
    }


def test_test_counts_what_agrees_by_family(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "invoices").mkdir()
    write(tmp_path / "invoices", PAGE)
    assert main(["scenario", "test", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "invoices: 1 scenarios, 1 as expected, 0 different",
        "total: 1 scenarios, 1 as expected, 0 different",
    ]


def test_difference_is_told_with_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, PAGE.replace("overdue: 59.5", "overdue: 59"))
    assert main(["scenario", "test", path]) == 1
    first, *_ = capsys.readouterr().out.splitlines()
    assert first == f"{path}:12: one invoice: on 2026-02-05, account A1: overdue: expected '59', found '59.50'"


@pytest.mark.parametrize(
    ("expected", "path"),
    [
        ("instalment_buckets: {}", "instalment_buckets.1-30"),
        ("items: []", "items[0]"),
        ("items: [{charge: I1}, {charge: I2}]", "items[1]"),
        ("items: [{charge: I1, open: 59.51}]", "items[0].open"),
        ("last_receipt: null", "last_receipt"),
        ("delinquent_since: null", "delinquent_since"),
        ("npa: 0", "npa"),
        ("past_due_days: 5.0", "past_due_days"),
        ("open: {principal: 59.5}", "open.interest"),
    ],
)
def test_expectation_that_is_not_so_differs_where_it_is_not(expected: str, path: str) -> None:
    (document,) = read(PAGE.replace('overdue: 59.5, last_receipt: {amount: "40.50"}', expected))
    found = next(Evaluation(document).differences(document.expects[0]))
    assert found.path == path


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("product: invoice", "produce: invoice", "line 5: expected one of the keys id, debtor,"),
        ("2026-01-31", "2026-02-30", "line 5: expected a date of the calendar such as 2023-10-31, found '2026-02-30'"),
        ('"100"', '"1,000"', "line 5: expected an amount of KES"),
        ('"100"', '"1e3"', "line 5: expected an amount of KES"),
        ('"100"', '"99999999999999999999"', "of at most 10000000000000"),
        ("2026-01-31", "0026-01-31", "from 1900 to 2999, found '0026-01-31'"),
        ('"100"', '"100.005"', "with at most 2 decimals and no grouping, found '100.005'"),
        ("currency: KES", "currency: KSH", "line 3: expected the ISO 4217 code of a currency in use such as KES"),
        ("account: A1, receipt", "account: A2, receipt", "line 7: expected the id of a account that stands above"),
        ("receipt: {", "receive: {", "line 7: expected one of the keys on, account, pause"),
        ("overdue, ", "overdoo, ", "line 9: expected one of past_due_days"),
        (
            "want: [suspense",
            "want: suspense, also: [suspense",
            "line 10: expected one of the keys as_of, account, want",
        ),
        ("id: R1, amount", "id: R1, to: {I9: 4}, amount", "line 7: expected the id of a charge of account A1"),
        ("id: R1, amount", "id: R1, to: {I1: 41}, amount", "expected parts that do not exceed the receipt"),
        ('amount: "40.5"', "amount: [40]", 'line 7: expected an amount of KES such as "250.00"'),
        (
            "currency: KES",
            'currency: KES\nconventions: {promise: {threshold_pct: "66.667"}}',
            "line 4: expected a percentage with at most 2 decimals",
        ),
        ("scenario: one invoice", "scenario: {a: b}", "line 2: expected a word, found a mapping of keys"),
        ("currency: KES", "currency: KES\ncurrency: KES", "line 4: expected each key once, found 'currency' again"),
        ("  - {id: A1", "\t- {id: A1", "line 5: expected YAML 1.2 or JSON"),
    ],
)
def test_wrong_line_is_refused_by_file_document_and_line(
    old: str, new: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert old in PAGE
    path = write(tmp_path, PAGE.replace(old, new, 1))
    assert main(["scenario", "run", path]) == 2
    error = capsys.readouterr().err
    assert f"{path}, document 1, line " in error
    assert message in error


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ("{on: 2026-02-04, account: A1, resume: P9}", "expected the id of a pause that stands above, found 'P9'"),
        ("{on: 2026-02-04, reverse: R9}", "expected the id of a receipt that stands above, found 'R9'"),
        ("{on: 2026-02-04, account: A1, assign: R1}", "expected a receipt without account"),
        ("{on: 2026-02-04, account: A1, release: H9}", "expected the id of a hold that stands above"),
        ("{on: 2026-02-04, pause: {id: P1}}", "expected the key 'account' beside 'pause'"),
        ("{on: 2026-02-04, account: A1}", "found none of them"),
        (
            "{on: 2026-02-04, account: A1, charge: {id: I1, due: 2026-03-01, fee: 4}}",
            "that no other charge of the account",
        ),
        ("{on: 2026-02-04, close: true, reverse: R1}", "found close and reverse"),
        ("{on: 2026-02-04, account: A1, receipt: {id: R1, amount: 4}}", "expected an id that no other receipt has"),
        ("{on: 2026-02-04, account: A1, hold: {id: H1, kind: dispute, charge: I9}}", "expected the id of a charge"),
        (
            "{on: 2026-02-04, account: A1, plan: {id: P1, amount: 9, instalments: 0, first_due: 2026-03-01}}",
            "a whole number from 1",
        ),
    ],
)
def test_event_that_names_what_is_not_there_is_refused(event: str, message: str) -> None:
    text = PAGE.replace("ask:\n", f"  - {event}\nask:\n", 1)
    with pytest.raises(UnableToReadScenario, match="document 1, line 8: ") as refused:
        read(text)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("conventions", "message"),
    [
        ("ladder: [{level: 1, after: net_days, days: 1, fee: 5, fee_currency: EUR}]", "no rate of exchange for EUR"),
        ("ladder: [{level: 1, after: net_days, days: 1}, {level: 1, after: net_days, days: 2}]", "levels must rise"),
        ("stages: {two_after: 90, three_from: 30}", "two_after must lie below three_from"),
    ],
)
def test_convention_that_cannot_be_followed_is_refused(
    conventions: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = PAGE.replace("accounts:", f"conventions: {{{conventions}}}\naccounts:", 1).replace(
        "bucket]", "bucket, stage]"
    )
    path = write(tmp_path, page.replace("ask:", "  - {on: 2026-02-04, ladder_run: true}\nask:", 1))
    assert main(["scenario", "run", path]) == 2
    error = capsys.readouterr().err
    assert f"{path}, document 1, line 2: one invoice: " in error
    assert message in error


def test_second_document_is_named_with_its_own_line() -> None:
    with pytest.raises(UnableToReadScenario, match=r"page\.yaml, document 2, line 14: .*'XXX'"):
        read(f"{PAGE}---\nscenario: two\ncurrency: XXX\n".lstrip("\n"))


def test_json_says_the_same_as_yaml(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = {
        "scenario": "one",
        "currency": "KES",
        "accounts": [{"id": "A1", "charges": [{"id": "I1", "due": "2026-01-31", "principal": 100}]}],
        "ask": [{"as_of": "2026-02-05", "account": "A1", "want": ["overdue"]}],
    }
    text = "\n".join(json.dumps(page | {"scenario": name}, indent="\t") for name in ("one", "two"))
    assert main(["scenario", "run", write(tmp_path, text, "page.json")]) == 0
    assert [json.loads(line)["facts"] for line in capsys.readouterr().out.splitlines()] == [{"overdue": "100.00"}] * 2


def test_json_is_refused_by_line() -> None:
    with pytest.raises(UnableToReadScenario, match=r"page\.json, document 1, line 2: expected JSON"):
        read('{"scenario": "one",\n currency: "KES"}', "page.json")


def test_on_is_a_word_and_a_leading_zero_counts_for_nothing() -> None:
    (document,) = read(PAGE.replace("currency: KES", "currency: KES\nconventions: {grace_days: 010}"))
    assert document.events[0].on.isoformat() == "2026-02-03"
    assert document.conventions.grace_days == 10


def test_text_that_is_not_utf_8_is_refused_by_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "page.yaml"
    path.write_bytes(PAGE.replace("one invoice", "une facture payée").encode("latin-1"))
    assert main(["scenario", "test", str(path)]) == 2
    assert f"{path}, document 1, line 2: expected text in UTF-8, found the byte 0xe9" in capsys.readouterr().err


def test_anchor_that_holds_itself_is_refused() -> None:
    with pytest.raises(UnableToReadScenario, match="expected at most 40 levels"):
        read("scenario: one\ncurrency: KES\naccounts: &a [*a]\n")


def test_missing_file_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scenario", "run", "nowhere.yaml"]) == 2
    assert "no scenario file at nowhere.yaml" in capsys.readouterr().err


def test_scenario_never_sets_django_up(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom ahadi.project.cli import main\n"
        f"code = main(['scenario', 'run', {write(tmp_path, PAGE)!r}])\n"
        "assert 'django.apps' not in sys.modules, 'Django was set up'\n"
        "sys.exit(code)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


PAGES = [page for page in sorted((HERE.parents[1] / "docs").rglob("*.md")) if "```yaml\nscenario:" in page.read_text()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_scenarios_of_the_manual_are_true(page: Path) -> None:
    blocks = re.findall(r"```yaml\n(scenario:.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    for document in (document for block in blocks for document in read(block, page.name)):
        evaluation = Evaluation(document)
        assert not [one for question in document.expects for one in evaluation.differences(question)]


def test_manual_names_every_fact_convention_and_preset() -> None:
    page = (HERE.parents[1] / "docs" / "reference" / "scenarios.md").read_text(encoding="utf-8")
    assert [name for name in (*FACTS, *PRESETS, *READERS) if f"`{name}`" not in page] == []


def test_every_family_is_run_by_the_command() -> None:
    assert {path.parent.name for path in FILES} >= {"allocation", "fineract_delinquency", "schedules", "lending"}
    assert command.NEEDS == "nothing"
