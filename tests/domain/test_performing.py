"""An act happens once for a key, not at all in a dry run, and leaves its link in the trail."""

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from ahadi.data.models.act import Act
from ahadi.domain.audit.operations import KeyAlreadyUsed
from ahadi.domain.audit.queries import broken_links
from ahadi.domain.people.operations import OrganisationAlreadyOpened, UnableToAddPerson
from ahadi.domain.people.steps import UnableToChangeAccess
from ahadi.domain.placements.operations import CreditorAlreadyOpened

from .book import SmallBook, content, invoice, receipt


def test_key_with_the_same_inputs_gives_the_first_outcome_and_does_nothing(book: SmallBook) -> None:
    first = book.place(invoice("A", 100), how={"key": "k1"})
    before = content()
    again = book.place(invoice("A", 100), how={"key": "k1"})
    assert dataclasses.asdict(again) == dataclasses.asdict(first)
    assert content() == before


def test_without_a_key_the_same_inputs_are_another_act(book: SmallBook) -> None:
    first = book.place(invoice("A", 100))
    again = book.place(invoice("A", 100))
    assert again.already_batch_id == first.batch_id
    assert Act.objects.filter(name="place_batch").count() == 2


def test_key_with_other_inputs_is_refused(book: SmallBook) -> None:
    book.place(invoice("A", 100), how={"key": "k1"})
    with pytest.raises(KeyAlreadyUsed, match="'k1' was used before for other inputs"):
        book.place(invoice("B", 100), how={"key": "k1"})


def test_same_key_of_another_act_or_organisation_is_another_key(book: SmallBook) -> None:
    book.place(invoice("A", 100), how={"key": "k1"})
    assert book.receive(receipt("R", 10), how={"key": "k1"}).receipts == 1
    assert SmallBook.opened("other").place(invoice("A", 100), how={"key": "k1"}).charges == 1


def test_dry_run_reports_all_and_leaves_every_table_to_the_letter(book: SmallBook) -> None:
    placed = book.place(invoice("A", 100, debtor="007"), invoice("B", 50, debtor="7"))
    book.close(book.day - timedelta(days=1))
    before = content()
    dry: dict[str, Any] = {"is_dry_run": True}
    assert book.place(invoice("C", 70, settled_on=book.day), how=dry).receipts == 1
    assert book.receive(receipt("R", 10, debtor="7"), how=dry).receipts == 1
    assert book.undo(placed.batch_id, **dry).charges == 2
    assert book.decide(is_accepted=True, **dry).parties_changed == 1
    assert book.close(book.day, **dry).accounts == 2
    book.join("juma", **dry)
    book.open_creditor("Other", **dry)
    assert content() == before


def test_the_same_acts_without_dry_run_change_the_book(book: SmallBook) -> None:
    before = content()
    book.open_creditor("Other")
    assert content() != before


def test_every_act_bears_its_link(book: SmallBook) -> None:
    for number in range(10):
        book.place(invoice(f"I{number}", 10))
    assert Act.objects.filter(organisation_id=book.organisation_id).count() == 11
    assert list(broken_links(book.organisation_id)) == []


def test_refused_act_leaves_no_link(book: SmallBook) -> None:
    book.open_creditor("Other")
    before = content()
    with pytest.raises(CreditorAlreadyOpened):
        book.open_creditor("OTHER")
    assert content() == before


def test_organisation_opens_once(book: SmallBook) -> None:
    with pytest.raises(OrganisationAlreadyOpened, match="'small'"):
        SmallBook.opened()


@pytest.mark.parametrize(
    ("role", "creditors", "reason"),
    [("king", (), "'king' is no role"), ("officer", ("Nobody",), "no creditor Nobody"), ("officer", (), "is taken")],
)
def test_person_who_cannot_join_is_refused_with_the_reason(
    book: SmallBook, role: str, creditors: tuple[str, ...], reason: str
) -> None:
    book.join("juma")
    login = "juma" if "taken" in reason else "neema"
    with pytest.raises((UnableToAddPerson, UnableToChangeAccess), match=reason):
        book.join(login, role, creditors)
