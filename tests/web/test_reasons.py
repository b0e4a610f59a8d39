"""Why people are late: the newest reason of each late account, what nobody has asked, and who may see it."""

from django.test import Client

from ahadi.data.models.act import Act
from ahadi.data.models.desk import DelayReason

from .conftest import SignedIn
from .scenery import House


def tell(house: House, number: str, reason: str) -> None:
    """Somebody of an account says why."""
    act = Act.objects.order_by("-id")[0]
    DelayReason(account_id=house.account(number), contact_id=None, reason=reason, at=act.at, act=act).save(
        force_insert=True
    )


def table(client: Client, address: str = "/reasons/?format=csv") -> list[list[str]]:
    text = client.get(address).content.decode("utf-8-sig")
    return [line.split(",") for line in text.splitlines()]


def test_newest_reason_of_an_account_counts_and_what_nobody_asked_stands_apart(
    house: House, signed_in: SignedIn
) -> None:
    tell(house, "P1", "FORGOT")
    tell(house, "P1", "SALARY_DELAY")
    rows = {row[0]: row for row in table(signed_in("sara"))[1:] if row[1] == "KES"}
    assert set(rows) == {"SALARY_DELAY", ""}
    assert rows["SALARY_DELAY"][2] == "1" and "FORGOT" not in rows


def test_sum_of_all_reasons_is_what_is_late(house: House, signed_in: SignedIn) -> None:
    before = sum(float(row[4]) for row in table(signed_in("sara"))[1:])
    tell(house, "P1", "SALARY_DELAY")
    tell(house, "P2", "UNEMPLOYED")
    assert sum(float(row[4]) for row in table(signed_in("sara"))[1:]) == before > 0


def test_a_reason_opens_to_its_accounts(house: House, signed_in: SignedIn) -> None:
    tell(house, "P1", "SALARY_DELAY")
    client = signed_in("sara")
    page = client.get("/reasons/").content.decode()
    assert "The salary is late" in page and "Nobody has asked yet" in page
    assert "/reasons/?reason=SALARY_DELAY&amp;currency=KES" in page
    behind = client.get("/reasons/?reason=SALARY_DELAY&currency=KES").content.decode()
    assert "Debtor P1" in behind and "Debtor P2" not in behind


def test_an_outsider_and_a_creditor_do_not_see_it(house: House, other_house: House, signed_in: SignedIn) -> None:
    assert signed_in("portal").get("/reasons/").status_code in (403, 404)
    page = signed_in("mallory").get("/reasons/?reason=unasked").content.decode()
    assert "Debtor X1" in page and "Debtor P1" not in page
