"""The table of docs/reference/duties.md: each duty of the people who work here, and the journey that walks it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
JOURNEYS = PROJECT / "tests" / "journeys"


@dataclass(frozen=True)
class Duty:
    """What somebody does here from start to end, and on which pages."""

    id: str
    who: str
    what: str
    pages: tuple[str, ...]


# Listed are those that can be carried out from start to end; each must have its journey.
DUTIES = (
    Duty("A2", "supervisor", "Share accounts among officers by rule and by hand, cover leave, leave nobody alone.",
         ("/board/move/", "/plans/")),
    Duty("A3", "officer, manager", "Open a figure of the ageing down to its accounts, and take the table away.",
         ("/ageing/", "/ageing/accounts/")),
    Duty("A4", "officer, manager", "See how somebody pays, due date by due date, and whether it gets better or worse.",
         ("/desk/", "/accounts/…/")),
    Duty("A7", "officer", "Put right what is known of a debtor; find one who moved by numbers, relatives, work.",
         ("/desk/", "/accounts/…/")),
    Duty("A8", "everyone", "See who changed a detail of somebody, from what to what, and who looked at it in full.",
         ("/accounts/…/",)),
    Duty("A9", "officer, supervisor", "See somebody with several accounts and names as one person; join and split.",
         ("/duplicates/", "/desk/")),
    Duty("B1", "officer", "Work through the list of the day: call, write down the outcome by a key, see the history.",
         ("/desk/",)),
    Duty("B7", "officer", "Find and serve somebody who stands at the counter or calls, ahead of their turn.",
         ("/desk/find/",)),
    Duty("B8", "officer", "Answer a question within its office hours; when they run out it goes up by itself.",
         ("/cases/",)),
    Duty("B9", "officer, supervisor", "Take down why somebody has not paid, and see the reasons of the whole book.",
         ("/desk/", "/reasons/")),
    Duty("B10", "officer", "Have the words, the creditor’s rules and the consequences at hand while agreeing.",
         ("/desk/", "/guidelines/")),
    Duty("B11", "officer, supervisor", "Work every lead of the day; what is left is counted where everybody sees it.",
         ("/desk/", "/board/")),
    Duty("C1", "officer", "Agree on a date, a plan or a settlement within one’s word; beyond it, ask for another’s.",
         ("/desk/", "/accounts/…/offers/", "/approvals/")),
    Duty("C2", "officer", "Follow promises without typing them again: money keeps them, its absence breaks them.",
         ("/promises/",)),
    Duty("C3", "officer", "Take down a dispute of single charges; collection pauses until it is resolved.",
         ("/desk/", "/cases/")),
    Duty("C4", "officer", "Take down a complaint, answer it in time, let it go up when its clock runs out.",
         ("/cases/",)),
    Duty("C5", "officer", "Hand a difficult case up to the supervisor, and further to the manager.",
         ("/cases/",)),
    Duty("D1", "officer, accountant", "Take down a claimed receipt; the accountant posts it, or says why not.",
         ("/desk/", "/proofs/")),
    Duty("F4", "supervisor", "See while the day runs whom each officer tried, reached and left without a talk.",
         ("/board/",)),
    Duty("F11", "supervisor", "Plan the work of each officer and day, with weekends, shifts and leave.",
         ("/plans/",)),
)  # fmt: skip


def table_rows() -> list[list[str]]:
    """A row for each duty: its id, who does it, what it is, its journeys and its pages."""
    walked = journeys()
    return [
        [duty.id, duty.who, duty.what, "<br>".join(walked.get(duty.id, [])), " ".join(f"`{one}`" for one in duty.pages)]
        for duty in DUTIES
    ]


def journeys() -> dict[str, list[str]]:
    """The tests that bear the mark of a duty, each as a link."""
    found: dict[str, list[str]] = {}
    for file in sorted(JOURNEYS.glob("test_*.py")):
        for test, duty in _marked(ast.parse(file.read_text("utf-8"))):
            words = test.removeprefix("test_").replace("_", " ")
            found.setdefault(duty, []).append(f"[{words}](../../tests/journeys/{file.name})")
    return found


def _marked(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.duty":
                    yield from ((node.name, str(ast.literal_eval(one))) for one in mark.args)
