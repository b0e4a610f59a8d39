"""One account, its balance opened to what made it."""

from datetime import timedelta

from ahadi.web.frame.reference import written

from .conftest import SignedIn
from .scenery import House
from .test_worklist import account


def address(number: str) -> str:
    return f"/accounts/{written('account', account(number))}/"


def test_the_balance_opens_to_its_charges(house: House, signed_in: SignedIn) -> None:
    page = signed_in("amina").get(address("P1")).content.decode()
    assert "I-P1-95" in page and "I-P1-12" in page
    assert "21,500.00" in page and "95 days late" in page and "No receipt has paid any of it." in page


def test_a_receipt_shows_what_it_paid(house: House, signed_in: SignedIn) -> None:
    page = signed_in("amina").get(f"{address('P2')}?charges=all").content.decode()
    assert "Charge I-P2-paid, due" in page and "paid to the creditor" in page and "4,800.00" in page


def test_what_is_paid_is_shown_only_when_asked_for(house: House, signed_in: SignedIn) -> None:
    client = signed_in("amina")
    rows = client.get(address("P2")).content.decode().split('id="receipts"')[0]
    assert "I-P2-20" in rows and "I-P2-paid" not in rows


def test_an_earlier_day_shows_the_account_as_it_was(house: House, signed_in: SignedIn) -> None:
    day = house.today - timedelta(days=10)
    page = signed_in("amina").get(f"{address('P2')}?as_of={day.isoformat()}").content.decode()
    assert "5,700.50" in page and "as it was on" in page and "Nothing has come in yet" in page


def test_a_hold_is_told_with_the_day_it_is_looked_at_again(house: House, signed_in: SignedIn) -> None:
    page = signed_in("amina").get(address("P3")).content.decode()
    assert "HOLD.DISPUTE" in page and "looked at again" in page and "disputed" in page


def test_an_account_of_another_organisation_is_not_here(house: House, other_house: House, signed_in: SignedIn) -> None:
    assert signed_in("mallory").get(address("P1")).status_code == 404


def test_an_account_of_another_creditor_is_not_here(house: House, signed_in: SignedIn) -> None:
    client = signed_in("portal")
    assert client.get(address("P1")).status_code == 200
    assert client.get(address("Z1")).status_code == 404
    assert "Amina" not in client.get(address("P1")).content.decode()


def test_an_account_that_never_was_answers_like_somebody_elses(house: House, signed_in: SignedIn) -> None:
    client = signed_in("portal")
    never = client.get(f"/accounts/{written('account', 999_999_999)}/")
    others = client.get(address("Z1"))
    assert never.status_code == others.status_code == 404
