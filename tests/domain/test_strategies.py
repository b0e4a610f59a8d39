"""Strategies are dated text: read with the place of every mistake, and heard from their day on."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from ahadi.data.models.account import PRODUCTS
from ahadi.data.strategies import UnableToReadStrategy, read, standard
from ahadi.domain.audit.ports import Act
from ahadi.domain.strategy import operations, queries
from ahadi.domain.strategy.operations import (
    AdoptionOutcome,
    StrategyWithdrawalOutcome,
    UnableToAdoptStrategy,
    UnableToWithdrawStrategy,
    adopt_strategy,
    withdraw_strategy,
)

from .book import DAY, SmallBook, broken_laws, invoice

TOMORROW = DAY + timedelta(days=1)
TEXT = """\
product: invoice
version: own-1
in_force_from: 2026-03-02
segments:
  - {code: ALL, condition: days_late >= 0}
steps:
  - {code: VISIT-NOW, day: 0, action: visit, channel: visit}
"""


@pytest.mark.parametrize("product", PRODUCTS)
def test_rulebook_has_a_strategy_for_every_product(product: str) -> None:
    found = standard(product)
    assert found.in_force_from == date(1970, 1, 1)
    assert len(found.steps) > 3
    assert {"PAID", "PROMISE", "DISPUTE", "HOLD"} <= {stop.event for stop in found.stops}


def test_text_says_product_and_steps() -> None:
    product, found = read(TEXT, file="own.yaml")
    assert (product, found.version, found.in_force_from) == ("invoice", "own-1", TOMORROW)
    assert [(step.code, step.day, step.channel) for step in found.steps] == [("VISIT-NOW", 0, "visit")]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("product: invoice", "product: [invoice", "own.yaml, line 2: this is no YAML"),
        (TEXT, "- a\n- b\n", "own.yaml: in_force_from, product, segments, steps, version missing"),
        ("version: own-1\n", "", "own.yaml: version missing"),
        ("product: invoice", "product: boat", "own.yaml: product must be one of loan, .*, found 'boat'"),
        ("2026-03-02", "soon", "own.yaml: in_force_from must be a date YYYY-MM-DD, found 'soon'"),
        ("days_late >= 0", "days_late >= / 0", "own.yaml, segment 1: rule refused at character"),
        ("days_late >= 0", "weather = 'fair'", "own.yaml, segment 1: .*there is no column 'weather'"),
        ("days_late >= 0", "days_late", "own.yaml, segment 1: a condition gives yes or no, 'days_late' gives a whole"),
        ("code: ALL, ", "", "own.yaml, segment 1: needs a code and a condition"),
        ("day: 0", "day: soon", "own.yaml, step 1: needs a code, an action and a whole number of days"),
        ("day: 0", "day: yes", "own.yaml, step 1: needs a code, an action and a whole number of days"),
        ("channel: visit", "channel: pigeon", "own.yaml, step 1: channel must be one of call, .*, found 'pigeon'"),
        ("channel: visit", "condition: overdue >", "own.yaml, step 1: rule refused at character"),
        ("channel: visit", "segments: [SOME]", "own.yaml: .*step VISIT-NOW is for SOME, no segment"),
        ("steps:\n", "steps:\n  - {code: VISIT-NOW, day: 9, action: x}\n", "own.yaml: .*its steps .* must differ"),
        ("steps:\n", "stops:\n  - {days: 3}\nsteps:\n", "own.yaml, stop 1: needs an event"),
        ("steps:\n", "stops:\n  - {event: PAID, days: few}\nsteps:\n", "own.yaml, stop 1: needs an event, and maybe"),
        ("steps:\n  - ", "steps: ", "own.yaml: steps must be a list"),
    ],
)
def test_mistake_is_named_with_its_file_and_place(old: str, new: str, said: str) -> None:
    assert old in TEXT
    with pytest.raises(UnableToReadStrategy, match=said):
        read(TEXT.replace(old, new), file="own.yaml")


def adopt(book: SmallBook, text: str = TEXT, **how: Any) -> AdoptionOutcome:
    def act(performed: Act) -> AdoptionOutcome:
        return adopt_strategy(performed, text=text, file="own.yaml")

    return book.perform("adopt_strategy", act, AdoptionOutcome, inputs=text.encode(), **how)


def withdraw(book: SmallBook, version: str = "own-1", product: str = "invoice") -> StrategyWithdrawalOutcome:
    def act(performed: Act) -> StrategyWithdrawalOutcome:
        return withdraw_strategy(performed, product=product, version=version)

    return book.perform("withdraw_strategy", act, StrategyWithdrawalOutcome)


def next_action(book: SmallBook) -> tuple[str, date]:
    found: tuple[str, date] = book.states().select("next_action", "next_action_on").row(0)
    return found


REMINDED = ("reminder_letter", date(2026, 3, 2))


@pytest.mark.django_db
def test_adopted_version_decides_from_its_day_on_and_not_before(book: SmallBook) -> None:
    book.place(invoice("A", 100))
    assert adopt(book) == AdoptionOutcome("invoice", "own-1", "2026-03-02", 1)
    called = ("call", date(2026, 2, 15))
    assert next_action(book) == called
    book.close(DAY)
    assert next_action(book) == called
    book.close(TOMORROW)
    assert next_action(book) == ("visit", date(2026, 1, 31))
    assert broken_laws() == {}


@pytest.mark.django_db
def test_withdrawn_version_decides_nothing(book: SmallBook) -> None:
    book.place(invoice("A", 100))
    adopt(book)
    assert withdraw(book) == StrategyWithdrawalOutcome("invoice", "own-1")
    for day in (DAY, TOMORROW):
        book.close(day)
    assert next_action(book) == REMINDED
    assert queries.versions(book.organisation_id).is_empty()
    assert broken_laws() == {}


@pytest.mark.django_db
def test_strategy_of_another_product_or_organisation_decides_nothing_here(book: SmallBook) -> None:
    book.place(invoice("A", 100))
    adopt(book, TEXT.replace("product: invoice", "product: loan"))
    adopt(SmallBook.opened("other"))
    for day in (DAY, TOMORROW):
        book.close(day)
    assert next_action(book) == REMINDED


@pytest.mark.django_db
def test_dry_run_adopts_nothing(book: SmallBook) -> None:
    assert adopt(book, is_dry_run=True).steps == 1
    assert queries.versions(book.organisation_id).is_empty()


@pytest.mark.django_db
def test_version_reaching_back_into_stated_days_is_refused(book: SmallBook) -> None:
    book.place(invoice("A", 100))
    with pytest.raises(UnableToAdoptStrategy, match="invoice accounts are stated as of 2026-03-01 already"):
        adopt(book, TEXT.replace("2026-03-02", "2026-03-01"))


@pytest.mark.django_db
def test_states_would_contradict_their_facts_if_a_version_reached_back(
    book: SmallBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "_require_free_day", lambda *_: None)
    book.place(invoice("A", 100))
    adopt(book, TEXT.replace("2026-03-02", "2026-03-01"))
    assert list(broken_laws()) == ["accounts-stated"]


@pytest.mark.django_db
def test_version_is_adopted_once_and_one_holds_from_a_day(book: SmallBook) -> None:
    adopt(book)
    with pytest.raises(UnableToReadStrategy, match="version 'own-1' for invoice was adopted before"):
        adopt(book)
    with pytest.raises(UnableToAdoptStrategy, match="version 'own-1' for invoice holds from 2026-03-02 too"):
        adopt(book, TEXT.replace("own-1", "own-2"))
    withdraw(book)
    assert adopt(book, TEXT.replace("own-1", "own-2")).version == "own-2"


def _used(book: SmallBook) -> None:
    book.place(invoice("A", 100))
    adopt(book)
    book.close(DAY)
    book.close(TOMORROW)


def _withdrawn(book: SmallBook) -> None:
    adopt(book)
    withdraw(book)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("before", "said"),
    [
        (lambda book: None, "no version 'own-1' for invoice was adopted here"),
        (_withdrawn, "was withdrawn before"),
        (_used, "accounts are stated by it as of 2026-03-02; adopt another"),
    ],
    ids=["unknown", "withdrawn", "used"],
)
def test_version_that_cannot_be_withdrawn_is_refused(
    book: SmallBook, before: Callable[[SmallBook], None], said: str
) -> None:
    before(book)
    with pytest.raises(UnableToWithdrawStrategy, match=said):
        withdraw(book)


@pytest.mark.django_db
def test_list_says_which_versions_hold_on_a_day(book: SmallBook) -> None:
    adopt(book)
    for day, held in ((DAY, "standard-1"), (TOMORROW, "own-1")):
        found = queries.listed(book.organisation_id, as_of=day)
        of_invoices = {row["version"]: row["is_in_force"] for row in found.to_dicts() if row["product"] == "invoice"}
        assert of_invoices == {"standard-1": held == "standard-1", "own-1": held == "own-1"}
        assert found.height == len(PRODUCTS) + 1
