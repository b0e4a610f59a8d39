"""The calendar of a country, and the days that an office knows better."""

import pytest

from ahadi.data.models.gate import DayOverride

from .conftest import SignedIn
from .scenery import House


def test_a_calendar_shows_holidays_rest_and_what_waits_for_the_moon(house: House, signed_in: SignedIn) -> None:
    page = signed_in("amina").get("/days/?country=TZ&year=2027").content.decode()
    assert "Days of Tanzania in 2027" in page and "Union Celebrations" in page
    assert "estimated: waits for the moon" in page
    assert "Ramadan" in page and "It is none here" not in page


@pytest.mark.parametrize("chosen", ["country=Kenya", "year=1066", "year=soon"])
def test_a_calendar_that_cannot_be_says_so(house: House, signed_in: SignedIn, chosen: str) -> None:
    answer = signed_in("amina").get(f"/days/?{chosen}")
    assert answer.status_code == 400 and 'role="alert"' in answer.content.decode()


def test_a_country_without_a_calendar_offers_to_begin_one(house: House, signed_in: SignedIn) -> None:
    assert "No holidays of this country are known" in signed_in("amina").get("/days/?country=XX").content.decode()


def test_a_manager_moves_a_holiday(house: House, signed_in: SignedIn) -> None:
    house.join("mara", "manager")
    client, year = signed_in("mara"), house.today.year + 1
    place = f"/days/?country=KE&year={year}"
    client.post(place, {"day": f"{year}-01-01", "name": "New Year's Day", "is_holiday": "no"})
    page = client.post(place, {"day": f"{year}-01-04", "name": "Moved", "is_holiday": "yes"}, follow=True)
    rows = page.content.decode()
    assert "said by us" in rows and "working day" in rows and "Moved" in rows
    kept = {one.day.day: one.is_holiday for one in DayOverride.objects.filter(organisation_id=house.id)}
    assert kept == {1: False, 4: True}
    client.post(place, {"day": f"{year}-01-01", "name": "New Year's Day", "is_holiday": "yes"})
    assert DayOverride.objects.get(day=f"{year}-01-01").is_holiday


def test_a_day_needs_to_be_one(house: House, signed_in: SignedIn) -> None:
    house.join("mara", "manager")
    answer = signed_in("mara").post("/days/", {"day": "31 February", "is_holiday": "yes"})
    assert answer.status_code == 400 and "Give a day" in answer.content.decode()


def test_an_officer_moves_none(house: House, signed_in: SignedIn) -> None:
    answer = signed_in("amina").post("/days/", {"day": "2027-01-04", "is_holiday": "yes"})
    assert answer.status_code == 400 and "by a manager or administrator" in answer.content.decode()
    assert not DayOverride.objects.exists()


def test_the_days_of_one_house_are_none_of_another(house: House, other_house: House, signed_in: SignedIn) -> None:
    house.join("mara", "manager")
    fields = {"day": "2027-01-04", "name": "Moved", "is_holiday": "yes"}
    signed_in("mara").post("/days/?country=KE&year=2027", fields)
    assert "Moved" not in signed_in("mallory").get("/days/?country=KE&year=2027").content.decode()
