"""The pages of locating: what they take down, what they refuse, whom they hide, and how many questions they ask."""

import pytest

from ahadi.data import frames
from ahadi.domain.flows.propose_duplicates import DuplicatesOutcome, propose_duplicates
from ahadi.web.frame.reference import written

from .conftest import SignedIn
from .scenery import House, debt, statements

PHONE = "+254712345678"


@pytest.fixture
def known(house: House) -> House:
    """Two debtors of two creditors who may be one person."""
    house.join("lea", "manager")
    house.place("pwani", [debt("K1", 60, 4_500_000, phone=PHONE, debtor_name="Neema Mrisho")])
    house.place("zawadi", [debt("K2", 40, 1_000_000, phone=PHONE, debtor_name="MRISHO, Neema")])
    house.perform("propose_duplicates", propose_duplicates, DuplicatesOutcome)
    return house


def at(house: House, number: str, rest: str = "") -> str:
    return f"/accounts/{written('account', house.account(number))}/{rest}"


def test_number_is_shown_masked_with_word_figure_and_reasons(known: House, signed_in: SignedIn) -> None:
    page = signed_in("lea").get(at(known, "K1")).content.decode()
    assert (PHONE not in page and "+254712 ••• 678".replace(" ", "\u202f") in page) or "•••" in page
    assert "doubtful" in page and "1 other debtor has it too." in page and "Told by the creditor" in page


def test_what_cannot_be_is_refused_and_stays_as_it_was_typed(known: House, signed_in: SignedIn) -> None:
    typed = {"kind": "phone", "text": "0712 nobody", "source": "relative"}
    answer = signed_in("lea").post(at(known, "K1", "told/"), typed)
    page = answer.content.decode()
    assert answer.status_code == 400 and 'value="0712 nobody"' in page and "no telephone number" in page
    assert '<option value="relative" selected>' in page


def test_relation_without_a_basis_says_that_nobody_is_contacted(known: House, signed_in: SignedIn) -> None:
    client = signed_in("lea")
    typed = {"relation": "relative", "name": "Juma Beside", "source": "debtor", "basis": ""}
    assert client.post(at(known, "K1", "related/"), typed).status_code == 302
    page = client.get(at(known, "K1")).content.decode()
    assert "Juma Beside" in page and "no basis is recorded" in page


def test_pair_is_judged_and_shown_to_those_who_see_both_sides_alone(known: House, signed_in: SignedIn) -> None:
    known.join("half", "supervisor", "pwani")
    assert "Neema Mrisho" not in signed_in("half").get("/duplicates/").content.decode()
    client = signed_in("lea")
    assert "Neema Mrisho" in client.get("/duplicates/").content.decode()
    proposal = written("proposal", frames.scalar("SELECT max(id) FROM identity_proposal"))
    assert signed_in("half").get(f"/duplicates/{proposal}/").status_code == 404
    assert client.post(f"/duplicates/{proposal}/", {"verdict": "perhaps"}).status_code == 400
    assert client.post(f"/duplicates/{proposal}/", {"verdict": "one"}).status_code == 302
    assert "Same debtor" in client.get(at(known, "K1")).content.decode()
    assert "Nobody waits to be judged" in client.get("/duplicates/").content.decode()


def test_list_of_pairs_asks_so_many_questions_whatever_the_rows(known: House, signed_in: SignedIn) -> None:
    client = signed_in("lea")
    few = statements(lambda: client.get("/duplicates/"))
    for turn in range(12):
        one = {"phone": f"+2547123400{turn:02}", "debtor_name": f"Asha Omar {turn}"}
        known.place("pwani", [debt(f"A{turn}", 20, 1_000, **one)])
        known.place("zawadi", [debt(f"B{turn}", 20, 1_000, **one)])
    known.perform("propose_duplicates", propose_duplicates, DuplicatesOutcome)
    assert "Asha Omar 11" in client.get("/duplicates/").content.decode()
    assert statements(lambda: client.get("/duplicates/")) <= few


def test_account_asks_two_questions_for_its_numbers(known: House, signed_in: SignedIn) -> None:
    client = signed_in("lea")
    address = at(known, "K1")
    few = statements(lambda: client.get(address))
    for turn in range(5):
        typed = {"kind": "phone", "text": f"+2547123500{turn:02}", "source": "debtor"}
        assert client.post(at(known, "K1", "told/"), typed).status_code == 302
    client.get(address)
    assert statements(lambda: client.get(address)) <= few + 1
