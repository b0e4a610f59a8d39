"""Signing in and out."""

from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from ahadi.web.frame import throttle

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


def test_without_throttle_an_eleventh_guess_would_be_looked_at(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "takes_place", lambda login, address: True)
    codes = [attempt(Client()) for _ in range(10)]
    assert codes == [403] * 10
    assert attempt(Client(), password=PASSWORD) == 302


def test_ten_failures_close_the_door_even_to_the_right_password(house: House) -> None:
    assert [attempt(Client()) for _ in range(10)] == [403] * 10
    assert attempt(Client(), password=PASSWORD) == 429


def test_the_door_is_closed_for_one_login_and_address_only(house: House) -> None:
    for _ in range(10):
        attempt(Client())
    assert attempt(Client(), login="sara", password=PASSWORD) == 302
    from_elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert attempt(from_elsewhere, password=PASSWORD) == 302


def test_the_door_opens_again_after_ten_minutes(house: House) -> None:
    for _ in range(10):
        attempt(Client())
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert attempt(Client(), password=PASSWORD) == 302


def test_a_success_forgets_the_failures_before_it(house: House) -> None:
    for _ in range(9):
        attempt(Client())
    assert attempt(Client(), password=PASSWORD) == 302
    assert [attempt(Client()) for _ in range(10)] == [403] * 10


def test_the_store_of_attempts_holds_neither_login_nor_address(house: House) -> None:
    attempt(Client(), login="amina")
    row = Session.objects.get()
    assert "amina" not in row.session_key + str(row.get_decoded())
    assert "127.0.0.1" not in row.session_key + str(row.get_decoded())


def test_a_key_of_the_attempts_signs_nobody_in(house: House) -> None:
    attempt(Client())
    client = Client()
    client.cookies["session"] = Session.objects.get().session_key
    assert client.get("/").status_code == 302


def test_signing_out_ends_the_session_and_needs_a_form(house: House, signed_in: SignedIn) -> None:
    client = signed_in("amina")
    assert client.get("/sign-out/").status_code == 405
    client.post("/sign-out/")
    assert client.get("/")["Location"].startswith("/sign-in/")


def test_a_form_without_its_token_is_refused_in_plain_words(house: House) -> None:
    answer = Client(enforce_csrf_checks=True).post("/sign-in/", {"login": "amina", "password": PASSWORD})
    assert answer.status_code == 403
    assert "This form is too old" in answer.content.decode()


def test_empty_fields_are_asked_for(house: House) -> None:
    answer = Client().post("/sign-in/", {"login": "amina", "password": ""})
    assert answer.status_code == 400
    assert 'value="amina"' in answer.content.decode()
