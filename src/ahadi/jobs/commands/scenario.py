"""`ahadi scenario`: what should have happened on an account, computed from a page; no database is needed."""

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ahadi.jobs.scenario.answers import FACTS, Difference, Evaluation
from ahadi.jobs.scenario.cells import Source
from ahadi.jobs.scenario.document import Document
from ahadi.jobs.scenario.parsing import read_documents
from ahadi.kernel.allocation import UnableToAllocateReceipts
from ahadi.kernel.ladder import UnableToUseLadder
from ahadi.kernel.schema import WrongFrame

HELP = "Answer scenario files: `scenario run FILE...`, `scenario test FILE...`"
NEEDS = "nothing"
SUFFIXES = (".yaml", ".yml", ".json")


class UnableToFindScenarios(FileNotFoundError):
    """No scenario file stands there; give a file, or a folder that holds .yaml, .yml or .json files."""

    is_refusal = True


class UnableToAnswerScenario(ValueError):
    """The kernel refused what a document says: the message names file, document and its first line, and what
    must be otherwise.
    """

    is_refusal = True


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes without a word of its own."""
    parser.add_argument(
        "word", choices=sorted(ACTS), help="run prints answers, test compares them with what is expected"
    )


def run(arguments: argparse.Namespace) -> int:
    """Never reached: the command's words are acts of their own."""
    return 2


def configure_files(parser: argparse.ArgumentParser) -> None:
    """Declare the files."""
    parser.add_argument("paths", nargs="+", metavar="FILE", help="a scenario file, or a folder of them")


def run_files(arguments: argparse.Namespace) -> int:
    """Print one JSON object a line for every question of the files."""
    for _, document in _documents(arguments.paths):
        with _refusing(document):
            evaluation = Evaluation(document)
            for question in document.asks:
                print(json.dumps(evaluation.answer(question).row(), ensure_ascii=False))
    return 0


def test_files(arguments: argparse.Namespace) -> int:
    """Compare the answers with what is expected; print the differences and the counts per family."""
    passed: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for family, document in _documents(arguments.paths):
        with _refusing(document):
            evaluation = Evaluation(document)
            differences = [found for question in document.expects for found in evaluation.differences(question)]
        for difference in differences:
            print(_told(document, difference))
        (failed if differences else passed)[family] += 1
    for family in sorted({*passed, *failed}):
        print(_counted(family, passed[family], failed[family]))
    print(_counted("total", passed.total(), failed.total()))
    return 1 if failed else 0


@contextmanager
def _refusing(document: Document) -> Iterator[None]:
    """Tell in which document the kernel found terms that cannot be followed."""
    try:
        yield
    except (WrongFrame, UnableToUseLadder, UnableToAllocateReceipts) as error:
        where = f"{document.source.file}, document {document.source.document}, line {document.line}"
        raise UnableToAnswerScenario(f"{where}: {document.name}: {error}") from error


def _documents(paths: list[str]) -> Iterator[tuple[str, Document]]:
    """Every document with its family: the folder below a folder that was given, else the file's name."""
    for given in paths:
        path = Path(given)
        if path.is_dir():
            found = sorted(one for one in path.rglob("*") if one.suffix in SUFFIXES)
        else:
            found = [path] if path.is_file() else []
        if not found:
            raise UnableToFindScenarios(f"no scenario file at {given}; give a .yaml, .yml or .json file or a folder")
        for one in found:
            inner = one.relative_to(path).parts if path.is_dir() else ()
            family = inner[0] if len(inner) > 1 else one.stem
            for document in read_documents(_text(one), str(one), FACTS):
                yield family, document


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise Source(str(path), 1).refusal(line, "text in UTF-8", f"the byte {error.object[error.start]:#x}") from error


def _told(document: Document, difference: Difference) -> str:
    question = difference.question
    asked = f"account {question.account}" if question.account else "the whole document"
    return (
        f"{document.source.file}:{question.line}: {document.name}: on {question.as_of}, {asked}: {difference.path}: "
        f"expected {difference.expected!r}, found {difference.found!r}"
    )


def _counted(name: str, passed: int, failed: int) -> str:
    return f"{name}: {passed + failed} scenarios, {passed} as expected, {failed} different"


ACTS = {"run": (configure_files, run_files), "test": (configure_files, test_files)}
