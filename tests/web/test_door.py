"""Signing in and out."""

from collections import Counter
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.core import signing
from django.test import Client, override_settings
from django.utils import timezone

from ahadi.data.models.scratch import Scratch

from .conftest import SignedIn
from .scenery import PASSWORD, House


def attempt(client: Client, login: str = "amina", password: str = "wrong", **more: str) -> int:
    return client.post("/sign-in/", {"login": login, "password": password, **more}).status_code


def test_the_right_password_opens_the_first_page(house: House) -> None:
    answer = Client().post("/sign-in/", {"login": "amina", "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_unknown_login_and_wrong_password_get_the_same_answer(house: House) -> None:
    one = Client().post("/sign-in/", {"login": "amina", "password": "wrong"})
    other = Client().post("/sign-in/", {"login": "nobody", "password": "wrong"})
    assert one.status_code == other.status_code == 403

    def said(answer: bytes) -> str:
        return answer.decode().split('role="alert"')[1].split("</p>")[0]

    assert said(one.content) == said(other.content)


def test_the_session_key_changes_at_the_door(house: House) -> None:
    client = Client()
    session = client.session
    session["before"] = True
    session.save()
    before = session.session_key
    assert attempt(client, password=PASSWORD) == 302
    assert client.session.session_key != before
    assert not SessionStore().exists(str(before))


@pytest.mark.parametrize("goal", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_nobody_is_sent_to_another_site(house: House, goal: str) -> None:
    answer = Client().post("/sign-in/", {"login": "amina", "password": PASSWORD, "next": goal})
    assert answer["Location"] == "/"


def test_the_page_asked_for_opens_after_signing_in(house: House) -> None:
    client = Client()
    asked = client.get("/ageing/?by=branch")
    assert asked["Location"] == "/sign-in/?next=/ageing/%3Fby%3Dbranch"
    answer = client.post("/sign-in/", {"login": "amina", "password": PASSWORD, "next": "/ageing/?by=branch"})
    assert answer["Location"] == "/ageing/?by=branch"


def test_without_a_budget_any_number_of_guesses_would_be_looked_at(house: House) -> None:
    with override_settings(ACCOUNT_RATE_LIMITS={"login": None}):
        assert [attempt(Client()) for _ in range(12)] == [403] * 12
        assert attempt(Client(), password=PASSWORD) == 302


def test_ten_failures_close_the_door_to_new_devices_even_with_the_right_password(house: House) -> None:
    assert [attempt(Client()) for _ in range(10)] == [403] * 10
    assert attempt(Client(), password=PASSWORD) == 429
    assert attempt(Client(REMOTE_ADDR="192.0.2.7"), password=PASSWORD) == 429


def test_failures_elsewhere_never_keep_somebody_out_of_their_own_browser(house: House, signed_in: SignedIn) -> None:
    mine = signed_in("amina")
    mine.post("/sign-out/")
    for _ in range(12):
        attempt(Client())
    assert attempt(Client(), password=PASSWORD) == 429
    assert attempt(mine, password=PASSWORD) == 302


def test_one_login_is_closed_and_not_its_neighbours(house: House) -> None:
    for _ in range(10):
        attempt(Client())
    assert attempt(Client(), login="sara", password=PASSWORD) == 302


def test_a_browser_that_is_known_has_a_budget_too(house: House, signed_in: SignedIn) -> None:
    mine = signed_in("amina")
    mine.post("/sign-out/")
    assert [attempt(mine) for _ in range(11)] == [403] * 10 + [429]


def test_a_browser_is_known_for_its_own_login_only(house: House, signed_in: SignedIn) -> None:
    mine = signed_in("amina")
    mine.post("/sign-out/")
    for _ in range(10):
        attempt(Client(), login="sara")
    assert attempt(mine, login="sara", password=PASSWORD) == 429


def test_a_forged_device_is_a_new_one(house: House) -> None:
    for _ in range(10):
        attempt(Client())
    forger = Client()
    forger.cookies["device"] = signing.dumps({"amina": "x"}, salt="another")
    assert attempt(forger, password=PASSWORD) == 429


def test_a_device_signs_nobody_in(house: House, signed_in: SignedIn) -> None:
    mine = signed_in("amina")
    thief = Client()
    thief.cookies["device"] = mine.cookies["device"].value
    assert thief.get("/worklist/").status_code == 302
    assert "amina" not in mine.cookies["device"].value


def test_a_success_takes_back_its_own_attempt_and_hides_no_other(house: House) -> None:
    for _ in range(9):
        attempt(Client())
    assert attempt(Client(), password=PASSWORD) == 302
    assert attempt(Client()) == 403
    assert attempt(Client()) == 429


def test_the_door_opens_again_when_the_hour_is_over(house: House) -> None:
    for _ in range(10):
        attempt(Client())
    Scratch.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert attempt(Client(), password=PASSWORD) == 302


def test_stuffing_gets_its_budget_and_the_office_behind_the_same_address_goes_on(
    house: House, signed_in: SignedIn
) -> None:
    """1,000 tries over 20 logins from 10 addresses; two of the logins exist, one of them signs in meanwhile."""
    mine = signed_in("amina")
    mine.post("/sign-out/")
    looked_at: Counter[str] = Counter()
    logins = ["amina", "sara", *(f"person{number}" for number in range(18))]
    for number in range(1000):
        login, address = logins[number % 20], f"192.0.2.{number % 10}"
        if attempt(Client(REMOTE_ADDR=address), login=login, password=f"guess {number}") == 403:
            looked_at[login] += 1
    assert max(looked_at.values()) <= 10
    mine.defaults["REMOTE_ADDR"] = "192.0.2.1"
    assert attempt(mine, password=PASSWORD) == 302


def test_who_left_is_answered_as_a_stranger_is(house: House) -> None:
    get_user_model().objects.filter(login="amina").update(is_active=False)
    one = Client().post("/sign-in/", {"login": "amina", "password": PASSWORD})
    other = Client().post("/sign-in/", {"login": "nobody", "password": PASSWORD})
    assert one.status_code == other.status_code == 403


def test_nobody_signs_up(house: House) -> None:
    for address in ("/sign-up/", "/signup/", "/accounts/signup/", "/sign-in/signup/"):
        assert Client().post(address, {"username": "x", "password1": PASSWORD}).status_code == 404


def test_what_is_counted_names_neither_login_nor_address(house: House) -> None:
    attempt(Client(), login="amina")
    rows = list(Scratch.objects.all())
    assert rows
    for row in rows:
        assert "amina" not in row.key + row.value
        assert "127.0.0.1" not in row.key + row.value


def test_signing_out_ends_the_session_and_needs_a_form(house: House, signed_in: SignedIn) -> None:
    client = signed_in("amina")
    assert client.get("/sign-out/").status_code == 405
    client.post("/sign-out/")
    assert client.get("/worklist/")["Location"].startswith("/sign-in/")


def test_a_form_without_its_token_is_refused_in_plain_words(house: House) -> None:
    answer = Client(enforce_csrf_checks=True).post("/sign-in/", {"login": "amina", "password": PASSWORD})
    assert answer.status_code == 403
    assert "This form is too old" in answer.content.decode()


def test_empty_fields_are_asked_for(house: House) -> None:
    answer = Client().post("/sign-in/", {"login": "amina", "password": ""})
    assert answer.status_code == 400
    assert 'value="amina"' in answer.content.decode()
