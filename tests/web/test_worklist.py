"""Today's list, who is not on it, and why."""

import io
import re

import openpyxl
import pytest
from django.test import Client

from ahadi.data.models.account import Account
from ahadi.web.frame.reference import written

from .conftest import SignedIn
from .scenery import PWANI, ZAWADI, House, debt, statements


def names(page: bytes) -> list[str]:
    return re.findall(r"Debtor [A-Z]+\d+", re.sub(r"<option.*?</option>", "", page.decode()))


def account(number: str) -> int:
    return int(Account.objects.get(number=number).id)


def test_the_most_points_stand_first_with_all_that_made_them(house: House, signed_in: SignedIn) -> None:
    page = signed_in("amina").get("/worklist/").content.decode()
    assert names(page.encode()) == ["Debtor Z1", "Debtor P1", "Debtor P2"]
    row = page[page.index("Debtor P1") : page.index("Debtor P2")]
    assert "21,500.00" in row and ">95<" in row and "91–120" in row and PWANI in row and "Arrears" in row


def test_who_is_on_hold_or_not_late_is_absent_with_the_rule(house: House, signed_in: SignedIn) -> None:
    client = signed_in("amina")
    assert not {"Debtor P3", "Debtor P4"} & set(names(client.get("/worklist/").content))
    page = client.get("/worklist/absent/").content.decode()
    assert set(names(page.encode())) == {"Debtor P3", "Debtor P4"}
    assert "On hold: disputed" in page and "NOT_LATE" in page
    only = client.get("/worklist/absent/?rule=NOT_LATE").content
    assert set(names(only)) == {"Debtor P4"}


def test_the_points_of_a_row_add_up(house: House, signed_in: SignedIn) -> None:
    page = signed_in("amina").get(f"/worklist/{written('account', account('P1'))}/why/").content.decode()
    parts = [int(text.replace("−", "-")) for text in re.findall(r"<bdi>([+−]\d+)</bdi>", page)]
    together = re.search(r"Together</div><span></span><b class=\"num\">(\d+)</b>", page)
    assert parts and together and sum(parts) == int(together.group(1))
    assert "Why Debtor P1 is number 2" in page
    assert "KES 21,500.00 late; 7 points for each KES 4,000.00" in page
    assert "Debtor P3" in page and "HOLD.DISPUTE" in page


def test_why_tells_the_rule_of_an_account_that_is_not_listed(house: House, signed_in: SignedIn) -> None:
    page = signed_in("amina").get(f"/worklist/{written('account', account('P3'))}/why/").content.decode()
    assert "Why Debtor P3 is not on the list" in page and "On hold: disputed, until" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=p2", {"Debtor P2"}),
        ("q=debtor+zawadi", {"Debtor Z1"}),
        (f"creditor={ZAWADI.replace(' ', '+')}", {"Debtor Z1"}),
        ("bucket=91-120", {"Debtor P1"}),
        ("officer=amina", {"Debtor P1", "Debtor P2", "Debtor Z1"}),
        ("q=.*", set()),
    ],
)
def test_the_list_is_narrowed_by_what_was_chosen(
    house: House, signed_in: SignedIn, query: str, found: set[str]
) -> None:
    assert set(names(signed_in("sara").get(f"/worklist/?{query}").content)) == found


def test_a_head_sorts_both_ways(house: House, signed_in: SignedIn) -> None:
    client = signed_in("sara")
    up, down = (names(client.get(f"/worklist/?sort={sort}").content) for sort in ("name", "-name"))
    assert up == sorted(up) == down[::-1]


def test_fifty_rows_make_a_page(house: House, signed_in: SignedIn) -> None:
    house.place("pwani", [debt(f"M{n}", 10, 50_000 + n) for n in range(60)])
    client = signed_in("amina")
    first, second = client.get("/worklist/"), client.get("/worklist/?page=2")
    assert len(names(first.content)) == 50 and "1–50 of 63" in first.content.decode()
    assert len(names(second.content)) == 13 and "51–63 of 63" in second.content.decode()
    assert names(client.get("/worklist/?page=99").content) == names(second.content)


def test_the_number_of_statements_does_not_grow_with_the_rows(house: House, signed_in: SignedIn) -> None:
    client = signed_in("amina")
    why = f"/worklist/{written('account', account('P1'))}/why/"
    addresses = ("/", "/worklist/absent/", why, "/ageing/", "/ageing/accounts/")
    few = [statements(lambda a=address: client.get(a)) for address in addresses]  # type: ignore[misc]
    house.place("pwani", [debt(f"M{n}", 10, 50_000) for n in range(45)])
    many = [statements(lambda a=address: client.get(a)) for address in addresses]  # type: ignore[misc]
    assert few == many
    assert max(few) <= 40


def test_an_impossible_choice_is_no_choice(house: House, signed_in: SignedIn) -> None:
    client = signed_in("sara")
    for query in ("sort=nothing", "page=0", "page=x", "format=exe", "bucket=%00"):
        assert client.get(f"/worklist/?{query}").status_code == 200, query


def test_the_file_has_every_row_and_runs_nothing(house: House, signed_in: SignedIn) -> None:
    house.place("pwani", [debt("F1", 30, 70_000) | {"debtor_name": '=HYPERLINK("http://evil","x")'}])
    client = signed_in("sara")
    answer = client.get("/worklist/?format=csv")
    assert answer["Content-Disposition"] == 'attachment; filename="worklist.csv"'
    text = answer.content.decode("utf-8-sig")
    assert "\"'=HYPERLINK" in text and "21500.00" in text
    sheet = openpyxl.load_workbook(io.BytesIO(client.get("/worklist/?format=xlsx").content)).active
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert sheet.max_row == 5 and all(cell.data_type != "f" for cell in cells)


def test_a_name_is_shown_and_never_run(house: House, signed_in: SignedIn) -> None:
    house.place("pwani", [debt("S1", 30, 70_000) | {"debtor_name": "<script>alert(1)</script>"}])
    page = signed_in("sara").get("/worklist/").content.decode()
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page


def test_an_officer_sees_the_own_accounts_only(house: House, signed_in: SignedIn) -> None:
    house.join("neema", "officer")
    page = signed_in("neema").get("/worklist/").content.decode()
    assert not names(page.encode()) and "No account is yours yet" in page


def test_another_organisation_sees_nothing(house: House, other_house: House, signed_in: SignedIn) -> None:
    client = signed_in("mallory")
    assert set(names(client.get("/worklist/").content)) == {"Debtor X1"}
    assert client.get(f"/worklist/{written('account', account('P1'))}/why/").status_code == 404


def test_a_creditors_person_is_taken_to_the_figures(house: House, signed_in: SignedIn) -> None:
    client: Client = signed_in("portal")
    assert client.get("/worklist/")["Location"] == "/ageing/"
    assert client.get("/worklist/absent/").status_code == 403


def test_an_empty_choice_says_the_next_step(house: House, signed_in: SignedIn) -> None:
    page = signed_in("amina").get("/worklist/?q=nobody").content.decode()
    assert "No account fits what you chose" in page and "Show the whole list" in page
