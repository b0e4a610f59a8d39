"""A session that nobody sits at is locked: nothing comes out of it until its person is back."""

import time

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client, override_settings
from django.utils import timezone

from .conftest import SignedIn
from .scenery import PASSWORD, House

SCRIPT = {"Sec-Fetch-Mode": "cors"}


def leave(client: Client, seconds: int = 31 * 60) -> None:
    """Lets so much time pass without anybody there."""
    session = client.session
    session["seen"] = int(time.time()) - seconds
    session.save()


@pytest.fixture
def client(house: House, signed_in: SignedIn) -> Client:
    """Amina's browser, left alone for half an hour."""
    client = signed_in("amina")
    leave(client)
    return client


def test_a_page_of_a_session_that_was_left_leads_to_the_lock(client: Client) -> None:
    answer = client.get("/ageing/?by=branch")
    assert (answer.status_code, answer["Location"]) == (302, "/unlock/?next=%2Fageing%2F%3Fby%3Dbranch")


def test_with_a_hand_on_it_nothing_is_locked(house: House, signed_in: SignedIn) -> None:
    client = signed_in("amina")
    leave(client, 29 * 60)
    assert client.get("/worklist/").status_code == 200


def test_what_is_sent_from_a_locked_session_is_not_done(client: Client) -> None:
    answer = client.post("/policies/new/", {"text": "x"})
    assert answer.status_code == 423
    assert "Nothing was sent" in answer.content.decode()


def test_a_script_gets_no_data_from_a_locked_session(client: Client) -> None:
    answer = client.get("/worklist/", headers=SCRIPT)
    assert answer.status_code == 423
    assert "Debtor" not in answer.content.decode()


def test_a_session_stays_locked_however_often_it_is_asked(client: Client) -> None:
    for _ in range(3):
        assert client.get("/worklist/").status_code == 302
    assert client.post("/here/").json() == {"left": 0, "is_over": False}
    assert client.get("/worklist/").status_code == 302


def test_only_the_own_password_unlocks(client: Client) -> None:
    client.get("/worklist/")
    assert client.post("/unlock/", {"password": "wrong"}).status_code == 403
    assert client.get("/worklist/").status_code == 302
    answer = client.post("/unlock/", {"password": PASSWORD, "next": "/ageing/"})
    assert (answer.status_code, answer["Location"]) == (302, "/ageing/")
    assert client.get("/ageing/").status_code == 200


def test_a_script_unlocks_without_leaving_its_page(client: Client) -> None:
    client.get("/worklist/")
    assert client.post("/unlock/", {"password": PASSWORD}, headers=SCRIPT).status_code == 204
    assert client.get("/worklist/", headers=SCRIPT).status_code == 200


def test_unlocking_cannot_be_guessed(client: Client) -> None:
    client.get("/worklist/")
    answers = [client.post("/unlock/", {"password": f"guess {number}"}).status_code for number in range(12)]
    assert answers[:9] == [403] * 9 and answers[-1] == 429
    assert client.get("/worklist/").status_code == 302


def test_nobody_is_unlocked_onto_another_site(client: Client) -> None:
    assert client.post("/unlock/", {"password": PASSWORD, "next": "//evil.example"})["Location"] == "/"


def test_what_a_script_asks_by_itself_keeps_nobody_there(house: House, signed_in: SignedIn) -> None:
    client = signed_in("amina")
    leave(client, 29 * 60)
    assert client.get("/worklist/", headers=SCRIPT).status_code == 200
    assert client.session["seen"] < time.time() - 28 * 60
    assert client.get("/worklist/").status_code == 200
    assert client.session["seen"] > time.time() - 60


def test_a_page_can_be_locked_by_hand(house: House, signed_in: SignedIn) -> None:
    client = signed_in("amina")
    assert client.post("/here/").json()["left"] > 29 * 60
    assert client.post("/here/", {"lock": "now"}).json()["left"] == 0
    assert client.get("/worklist/").status_code == 302


def test_a_locked_session_can_be_signed_out(client: Client) -> None:
    client.get("/worklist/")
    assert client.post("/sign-out/").status_code == 302
    assert client.get("/worklist/")["Location"].startswith("/sign-in/")


def test_a_session_ends_twelve_hours_after_signing_in_however_busy(house: House, signed_in: SignedIn) -> None:
    client = signed_in("amina")
    leave(client, 120)
    first = Session.objects.get(session_key=client.session.session_key).expire_date
    assert client.get("/worklist/").status_code == 200
    again = Session.objects.get(session_key=client.session.session_key).expire_date
    assert abs((again - first).total_seconds()) < 1
    assert abs((first - timezone.now()).total_seconds() - settings.SESSION_COOKIE_AGE) < 60


def test_without_the_lock_a_session_that_was_left_would_show_everything(client: Client) -> None:
    kept = [name for name in settings.MIDDLEWARE if "Attendance" not in name]
    with override_settings(MIDDLEWARE=kept):
        unguarded = Client()
        unguarded.cookies = client.cookies
        answer = unguarded.get("/worklist/")
    assert answer.status_code == 200 and "Amina" in answer.content.decode()
