"""Every fact that a scenario can ask for, the answers as JSON values, and where they differ from what was expected."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ahadi.jobs.scenario import arrangements, claims, credit, days, portfolio, tables
from ahadi.jobs.scenario.book import Foundation
from ahadi.jobs.scenario.cells import Cell
from ahadi.jobs.scenario.document import Document, Question
from ahadi.jobs.scenario.dunning import Known, timeline
from ahadi.jobs.scenario.view import DISPUTE, View
from ahadi.kernel.cohort import RATES
from ahadi.kernel.money import plain_text

MINOR = "_minor"
"""Keys that end so hold money; an answer names them without it."""

_Fact = Callable[[View, str], Any]
_Whole = Callable[[View], Any]


@dataclass(frozen=True)
class Answer:
    """What is true on a day, of an account or of the whole document."""

    scenario: str
    as_of: date
    account: str | None
    facts: dict[str, Any]

    def row(self) -> dict[str, Any]:
        """The answer line."""
        return {
            "scenario": self.scenario,
            "as_of": self.as_of.isoformat(),
            "account": self.account,
            "facts": self.facts,
        }


@dataclass(frozen=True)
class Difference:
    """A fact that is not as expected: where, what was expected and what was found."""

    question: Question
    path: str
    expected: Any
    found: Any


class Evaluation:
    """A document ready to be asked; days that are asked twice are computed once."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._foundation = Foundation.of(document)
        self._events: list[Known] = timeline(self._foundation)
        self._views: dict[date, View] = {}

    def answer(self, question: Question) -> Answer:
        """The facts that the question wants."""
        view = self._view(question.as_of)
        facts = {name: self._fact(view, question.account, name) for name in question.want}
        return Answer(self.document.name, question.as_of, question.account, facts)

    def differences(self, question: Question) -> Iterator[Difference]:
        """What of the expected answers is not so."""
        found = self.answer(question).facts
        for name, expected in question.expected.items():
            yield from _compared(question, name, expected, found[name], is_whole=name in IN_FULL)

    def _view(self, as_of: date) -> View:
        if as_of not in self._views:
            known = [event for event in self._events if event.on <= as_of]
            self._views[as_of] = View(self._foundation, known, as_of)
        return self._views[as_of]

    def _fact(self, view: View, account: str | None, name: str) -> Any:
        if account is None:
            value = WHOLE_FACTS[name](view) if name in WHOLE_FACTS else None
        else:
            value = ACCOUNT_FACTS[name](view, account) if name in ACCOUNT_FACTS else None
        return rendered(value, self.document.currency)


def rendered(value: Any, currency: str) -> Any:
    """A value as JSON says it: money as text with the currency's decimals, dates as YYYY-MM-DD."""
    if isinstance(value, dict):
        return {key.removesuffix(MINOR): _part(key, part, currency) for key, part in value.items()}
    if isinstance(value, list):
        return [rendered(part, currency) for part in value]
    return value.isoformat() if isinstance(value, date) else value


def _part(key: str, value: Any, currency: str) -> Any:
    if key.endswith(MINOR) and isinstance(value, int):
        return plain_text(value, currency)
    return rendered(value, currency)


def _money(function: Callable[[View, str], int | None]) -> _Fact:
    def fact(view: View, account: str) -> str | None:
        amount = function(view, account)
        return None if amount is None else plain_text(amount, view.document.currency)

    return fact


def _moneys(function: Callable[[View, str], dict[str, int]]) -> _Fact:
    return lambda view, account: {
        key: plain_text(amount, view.document.currency) for key, amount in function(view, account).items()
    }


def _position(name: str) -> _Fact:
    def fact(view: View, account: str) -> Any:
        stood = credit.position(view, account)
        return None if stood is None else stood[name]

    return fact


def _by_term(name: str) -> _Fact:
    """A figure that needs a price a day or a term."""

    def fact(view: View, account: str) -> Any:
        stood, given = credit.position(view, account), view.document.account(account).payg
        return None if stood is None or not (given and given.term_days) else stood[name]

    return fact


def _credits(view: View, account: str) -> Any:
    rows = credit.credits_of(view, account)
    if rows is None:
        return None
    names = {number: known.receipt.id for number, known in view.receipts.items()}
    return [
        {"receipt": names[row["receipt_id"]], "days": row["days"], "carried_minor": row["carried_minor"]}
        for row in rows
    ]


def _disputed(view: View, account: str) -> int:
    held = view.held(account, kind=DISPUTE)
    return sum(
        row["open_minor"] for row in view.rows_of(account) if row["instalment_id"] in held and row["open_minor"] > 0
    )


def _paid(view: View, account: str) -> int:
    return sum(view.applied.get(known.number, 0) for known in view.came.get(account, []))


def _net(view: View, account: str) -> int:
    return view.outstanding(account) - view.credit(account)


def _remaining(view: View, account: str) -> int:
    return _net(view, account) - view.future_minor(account)


def _written_off(view: View, account: str) -> int | None:
    before = _before_write_off(view, account)
    return None if before is None else before.outstanding(account)


def _recovered(view: View, account: str) -> int | None:
    before = _before_write_off(view, account)
    if before is None:
        return None
    received = sum(known.receipt.amount for known in view.came.get(account, []))
    return received - sum(
        known.receipt.amount for known in before.came.get(account, []) if known.number in view.receipts
    )


def _before_write_off(view: View, account: str) -> View | None:
    event = view.book.written_off.get(account)
    if event is None:
        return None
    count = next(place for place, one in enumerate(view.events, 1) if one is event)
    return view.earlier(count)


def _status(view: View, account: str) -> str:
    if view.is_written_off(account):
        return "written_off"
    if view.outstanding(account):
        return "active"
    return "overpaid" if view.credit(account) else "paid"


def _rate(kpi: str) -> _Whole:
    def fact(view: View) -> Any:
        rate = portfolio.rates(view)[kpi]
        if not portfolio.is_money(kpi):
            return rate
        return {
            "numerator_minor": rate["numerator"],
            "denominator_minor": rate["denominator"],
            "pct": rate["pct"],
        }

    return fact


ACCOUNT_FACTS: dict[str, _Fact] = {
    "past_due_days": days.past_due_days,
    "past_due_days_undisputed": days.past_due_days_undisputed,
    "cycles_past_due": days.cycles_past_due,
    "delinquent_days": days.delinquent_days,
    "delinquent_since": days.delinquent_since,
    "overdue": _money(days.overdue_minor),
    "bucket": days.bucket,
    "instalment_buckets": days.instalment_buckets,
    "outstanding": _money(lambda view, account: view.outstanding(account)),
    "open": _moneys(lambda view, account: view.open_of(account)),
    "credit": _money(lambda view, account: view.credit(account)),
    "net": _money(_net),
    "disputed": _money(_disputed),
    "paid": _money(_paid),
    "future": _money(lambda view, account: view.future_minor(account)),
    "remaining": _money(_remaining),
    "written_off": _money(_written_off),
    "recovered": _money(_recovered),
    "status": _status,
    "weighted_days_overdue": days.weighted_days_overdue,
    "schedule": tables.schedule,
    "items": tables.items,
    "next_instalment": tables.next_instalment,
    "receipts": tables.receipts,
    "last_receipt": tables.last_receipt,
    "allocations": tables.allocations,
    "pauses": days.pauses,
    "promises": arrangements.promises,
    "plans": arrangements.plans,
    "npa": days.is_npa,
    "stage": days.stage_of,
    "ladder": arrangements.ladder,
    "ladder_level": arrangements.ladder_level,
    "late_interest": _money(claims.late_interest_minor),
    "compensation": _money(claims.compensation_minor),
    "demand": _money(claims.demand_minor),
    "recoverable": _moneys(claims.recoverable_minor),
    "limitation": claims.limitation,
    "credits": _credits,
    "credit_expiry": _position("credit_expiry"),
    "credit_days": _position("credit_days"),
    "zero_credit_days": _position("zero_credit_days"),
    "zero_credit_days_total": _position("zero_credit_days_total"),
    "pace": _position("pace"),
    "projected_days": _by_term("projected_days"),
    "utilisation_pct": _position("utilisation_pct"),
}

WHOLE_FACTS: dict[str, _Whole] = {
    "suspense": lambda view: plain_text(portfolio.suspense_minor(view), view.document.currency),
    "provision": lambda view: {
        code: plain_text(amount, view.document.currency) for code, amount in portfolio.provision_minor(view).items()
    },
    **{kpi: _rate(kpi) for kpi in RATES},
}

FACTS: Sequence[str] = (*ACCOUNT_FACTS, *WHOLE_FACTS)

IN_FULL = ("instalment_buckets", "open", "recoverable", "provision")
"""Facts that are money by code: an expectation names all of it."""


def _compared(question: Question, path: str, expected: Cell, found: Any, *, is_whole: bool) -> Iterator[Difference]:
    """The differences of an expected value: keys it names at any depth, lists and money by code in full."""
    if isinstance(expected.value, dict) and isinstance(found, dict):
        for key, part in expected.value.items():
            yield from _compared(question, f"{path}.{key}", part, found.get(key, _ABSENT), is_whole=False)
        for key in [key for key in found if is_whole and key not in expected.value]:
            yield Difference(question, f"{path}.{key}", _ABSENT, found[key])
    elif isinstance(expected.value, list) and isinstance(found, list):
        for place in range(max(len(expected.value), len(found))):
            here = f"{path}[{place}]"
            if place >= len(expected.value):
                yield Difference(question, here, _ABSENT, found[place])
            elif place >= len(found):
                yield Difference(question, here, plain(expected.value[place]), _ABSENT)
            else:
                yield from _compared(question, here, expected.value[place], found[place], is_whole=False)
    elif not _is_same(expected, found):
        yield Difference(question, path, plain(expected), found)


class _Absent:
    def __repr__(self) -> str:
        return "nothing"


_ABSENT = _Absent()


def _is_same(expected: Cell, found: Any) -> bool:
    if isinstance(expected.value, dict | list) or isinstance(found, dict | list | _Absent):
        return bool(plain(expected) == found)
    if found is None or expected.value is None:
        return found is expected.value
    if isinstance(found, bool):
        return expected.value == str(found).lower()
    return expected.value == str(found) or _is_same_number(expected.value, found)


def _is_same_number(expected: str, found: Any) -> bool:
    """Money may be expected without its last zeros: 250 is 250.00; a count is written as it is."""
    whole, point, decimals = expected.partition(".")
    if not isinstance(found, str) or not whole.lstrip("-").isdigit() or bool(point) != bool(decimals):
        return False
    shown_whole, _, shown = found.partition(".")
    return shown != "" and shown_whole == whole and decimals.ljust(len(shown), "0") == shown


def plain(cell: Cell) -> Any:
    """A cell as plain values, for a message."""
    if isinstance(cell.value, dict):
        return {key: plain(part) for key, part in cell.value.items()}
    if isinstance(cell.value, list):
        return [plain(part) for part in cell.value]
    return cell.value
