"""Two numbers are one debtor when somebody says so, and until somebody says otherwise."""

import polars as pl
import pytest

from ahadi.domain.parties.operations import UnableToDecideIdentity

from .book import SmallBook, broken_laws, invoice, receipt


@pytest.fixture
def zeros(book: SmallBook) -> SmallBook:
    """One number with and without its zeros, and two that only look alike."""
    book.place(
        invoice("A", 10, debtor="007", debtor_name="Mwangi Stores Ltd"),
        invoice("B", 20, debtor="7", debtor_name="MWANGI STORES LTD"),
        invoice("C", 30, debtor="0070", debtor_name="Otieno"),
        invoice("D", 40, debtor="70", debtor_name="Zuhura Textiles"),
        invoice("E", 50, debtor="8", debtor_name="Kamau"),
        invoice("F", 60, debtor="8", debtor_name="K. Amau & Sons"),
    )
    return book


def test_lost_zeros_and_several_names_are_proposed_with_their_certainty(zeros: SmallBook) -> None:
    found = zeros.proposals().select("kind", "number", "other_number", "certainty_pct").rows()
    assert found == [
        ("lost_zeros", "007", "7", 95),
        ("lost_zeros", "0070", "70", 60),
        ("several_names", "8", None, 80),
    ]


def test_nothing_is_merged_until_somebody_accepts(zeros: SmallBook) -> None:
    assert zeros.aged().overdue_debtors == 5


def test_accepted_numbers_are_one_debtor_under_the_fullest_number(zeros: SmallBook) -> None:
    outcome = zeros.decide(is_accepted=True)
    assert (outcome.decided, outcome.parties_changed) == (2, 2)
    found = zeros.aged(dimensions=("debtor",))
    assert found.overdue_debtors == 3
    assert found.groups.select("debtor_number", "open_minor").rows() == [("007", 30), ("0070", 70), ("8", 110)]
    assert zeros.proposals("lost_zeros").is_empty()
    assert broken_laws() == {}


def test_rejected_numbers_stay_two_and_are_not_proposed_again(zeros: SmallBook) -> None:
    zeros.decide(is_accepted=False)
    zeros.place(invoice("G", 10, debtor="007"), invoice("H", 10, debtor="7"))
    assert zeros.aged().overdue_debtors == 5
    assert zeros.proposals("lost_zeros").is_empty()


def test_merge_that_is_taken_back_splits_the_debtor_again(zeros: SmallBook) -> None:
    before = zeros.figures()
    proposals = zeros.proposals("lost_zeros")["proposal"].to_list()
    zeros.decide(is_accepted=True, proposals=proposals)
    zeros.decide(is_accepted=False, proposals=proposals)
    after = zeros.figures()
    assert {**after, "proposals": None} == {**before, "proposals": None}
    assert broken_laws() == {}


def test_chain_of_merges_ends_at_one_debtor(book: SmallBook) -> None:
    book.place(*(invoice(f"I{n}", 10, debtor="0" * n + "7") for n in range(4)))
    assert book.decide(is_accepted=True).decided == 3
    assert book.aged().overdue_debtors == 1


def test_undone_numbers_split_and_placed_again_are_one_as_decided(book: SmallBook) -> None:
    book.place(invoice("A", 10, debtor="7"))
    second = book.place(invoice("B", 10, debtor="007"))
    book.decide(is_accepted=True)
    assert book.aged(dimensions=("debtor",)).groups["debtor_number"].to_list() == ["007"]
    book.undo(second.batch_id)
    assert book.aged(dimensions=("debtor",)).groups["debtor_number"].to_list() == ["7"]
    assert broken_laws() == {}
    book.place(invoice("B", 10, debtor="007"))
    assert book.aged(dimensions=("debtor",)).groups["debtor_number"].to_list() == ["007"]
    assert broken_laws() == {}


def test_merged_debtors_keep_their_accounts_and_their_money_apart(zeros: SmallBook) -> None:
    zeros.decide(is_accepted=True)
    zeros.receive(receipt("R", 10, debtor="7"))
    assert zeros.states().filter(pl.col("number").is_in(["7", "007"]))["overdue_minor"].to_list() == [10, 10]


def test_proposal_of_another_organisation_cannot_be_decided(zeros: SmallBook) -> None:
    other = SmallBook.opened("other")
    proposals = zeros.proposals()["proposal"].to_list()
    with pytest.raises(UnableToDecideIdentity, match="list them with"):
        other.decide(is_accepted=True, proposals=proposals)
    assert zeros.aged().overdue_debtors == 5


def test_same_number_with_another_creditor_is_another_party(book: SmallBook) -> None:
    book.place(invoice("A", 10, debtor="007"))
    book.place(invoice("A", 10, debtor="7"), creditor="Other")
    assert book.proposals().is_empty()
    assert book.aged().overdue_debtors == 2
