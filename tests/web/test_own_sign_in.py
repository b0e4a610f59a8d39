"""Second factors, passwords, links and sessions: what somebody keeps for themselves."""

import base64
import hashlib
import hmac
import re
import struct
import time
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.test import Client, override_settings

from .conftest import SignedIn
from .scenery import PASSWORD, House

NEW = "another long sentence, quite"


def code(secret: str, *, steps: int = 0) -> str:
    """What an authenticator app shows now, or so many half minutes from now (RFC 6238)."""
    counter = struct.pack(">Q", int(time.time()) // 30 + steps)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    start = digest[-1] & 0xF
    return str((struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000).zfill(6)


def again(client: Client) -> None:
    """Shows the password once more, as before everything delicate."""
    assert client.post("/me/again/", {"password": PASSWORD}).status_code == 302


def set_up(client: Client) -> str:
    """Sets an authenticator app up and gives its secret."""
    again(client)
    page = client.get("/me/app/").content.decode()
    found = re.search(r'own__secret">([A-Z2-7]+)<', page)
    assert found and "data:image/svg+xml;base64," in page
    assert client.post("/me/app/", {"code": code(found[1], steps=-1)}).status_code == 302
    return found[1]


def at_the_second_step(login: str = "amina") -> Client:
    """A browser that has shown the password."""
    client = Client()
    answer = client.post("/sign-in/", {"login": login, "password": PASSWORD})
    assert answer["Location"] == "/sign-in/second/"
    return client


@pytest.fixture
def secret(house: House, signed_in: SignedIn) -> Iterator[str]:
    """The secret of the authenticator app that Amina has set up."""
    yield set_up(signed_in("amina"))


def test_what_decides_who_signs_in_asks_for_the_password_again(house: House, signed_in: SignedIn) -> None:
    client = signed_in("amina")
    for address in ("/me/app/", "/me/passkeys/new/", "/me/codes/new/"):
        assert client.get(address)["Location"].startswith("/me/again/"), address
    assert client.post("/me/again/", {"password": "wrong"}).status_code == 400
    assert client.get("/me/app/").status_code == 302


def test_the_password_alone_opens_nothing_once_an_app_is_set_up(secret: str) -> None:
    client = at_the_second_step()
    assert client.get("/worklist/").status_code == 302
    assert client.get("/me/")["Location"].startswith("/sign-in/")
    assert client.post("/sign-in/second/", {"code": "000000"}).status_code == 403
    assert client.post("/sign-in/second/", {"code": code(secret)})["Location"] == "/"
    assert client.get("/worklist/").status_code == 200


def test_a_code_serves_once_even_while_it_is_still_shown(secret: str) -> None:
    shown = code(secret)
    assert at_the_second_step().post("/sign-in/second/", {"code": shown}).status_code == 302
    assert at_the_second_step().post("/sign-in/second/", {"code": shown}).status_code == 403


def test_without_our_note_a_code_of_the_half_minute_before_would_serve_twice(secret: str) -> None:
    shown = code(secret)
    assert at_the_second_step().post("/sign-in/second/", {"code": shown}).status_code == 302
    person = get_user_model().objects.get(login="amina").pk
    # What the library noted is gone after thirty seconds, and the code is accepted for ninety.
    cache.delete(f"allauth.mfa.totp.used?user={person}&code={shown}")
    assert at_the_second_step().post("/sign-in/second/", {"code": shown}).status_code == 403
    cache.delete(f"code.{person}.{shown}")
    cache.delete(f"allauth.mfa.totp.used?user={person}&code={shown}")
    assert at_the_second_step().post("/sign-in/second/", {"code": shown}).status_code == 302


def test_codes_cannot_be_guessed(secret: str) -> None:
    client = at_the_second_step()
    answers = [client.post("/sign-in/second/", {"code": f"{number:06}"}).status_code for number in range(12)]
    assert answers[:10] == [403] * 10 and answers[10:] == [429] * 2
    assert client.post("/sign-in/second/", {"code": code(secret)}).status_code == 429


def test_no_secret_of_a_second_factor_stands_in_its_table_as_it_is(secret: str) -> None:
    kept = repr(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in kept
    seed = Authenticator.objects.get(type="recovery_codes").data["seed"]
    assert len(seed) > 80 and not re.fullmatch("[0-9a-f]+", seed)


def test_recovery_codes_are_shown_once_and_serve_once(house: House, signed_in: SignedIn) -> None:
    client = signed_in("amina")
    set_up(client)
    codes = re.findall(r"<li><code>(\d{8})</code>", client.get("/me/codes/").content.decode())
    assert len(codes) == 10
    assert not re.findall(r"<li><code>", client.get("/me/codes/").content.decode())
    assert at_the_second_step().post("/sign-in/second/", {"code": codes[0]}).status_code == 302
    assert at_the_second_step().post("/sign-in/second/", {"code": codes[0]}).status_code == 403


def test_a_role_may_have_to_have_a_second_factor(house: House, signed_in: SignedIn) -> None:
    client = signed_in("amina")
    with override_settings(SECOND_FACTOR_ROLES=("officer",)):
        assert client.get("/worklist/")["Location"] == "/me/"
        assert "Your role asks for a second factor" in client.get("/me/").content.decode()
        assert signed_in("sara").get("/worklist/").status_code == 200
        set_up(client)
        assert client.get("/worklist/").status_code == 200


@pytest.mark.parametrize(
    ("chosen", "word"),
    [("short words", "12"), ("password1234", "common"), ("amina komba is me", "similar")],
)
def test_a_weak_password_is_refused_with_the_reason(house: House, signed_in: SignedIn, chosen: str, word: str) -> None:
    client = signed_in("amina")
    person = get_user_model().objects.get(login="amina")
    person.name = "amina komba is me"
    person.save()
    sent = {"oldpassword": PASSWORD, "password1": chosen, "password2": chosen}
    answer = client.post("/me/password/", sent)
    assert answer.status_code == 400 and word in answer.content.decode()


@pytest.mark.parametrize("chosen", ["all small letters here", "x" + "ü漢 " * 30 + "y"])
def test_a_long_password_of_any_letters_is_taken(house: House, signed_in: SignedIn, chosen: str) -> None:
    client = signed_in("amina")
    sent = {"oldpassword": PASSWORD, "password1": chosen, "password2": chosen}
    assert client.post("/me/password/", sent).status_code == 302
    assert Client().post("/sign-in/", {"login": "amina", "password": chosen}).status_code == 302


def test_another_password_ends_every_other_session(house: House, signed_in: SignedIn) -> None:
    here, there = signed_in("amina"), signed_in("amina")
    sent = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert there.get("/worklist/").status_code == 200
    assert here.post("/me/password/", sent).status_code == 302
    assert here.get("/worklist/").status_code == 200
    assert there.get("/worklist/").status_code == 302


def test_the_present_password_is_asked_for_before_another(house: House, signed_in: SignedIn) -> None:
    client = signed_in("amina")
    sent = {"oldpassword": "wrong", "password1": NEW, "password2": NEW}
    assert client.post("/me/password/", sent).status_code == 400
    assert Client().post("/sign-in/", {"login": "amina", "password": NEW}).status_code == 403


def test_sessions_are_listed_and_one_is_ended(house: House, signed_in: SignedIn) -> None:
    here = signed_in("amina")
    there = Client(HTTP_USER_AGENT="Mozilla/5.0 (Windows NT 10.0) Firefox/140.0")
    there.post("/sign-in/", {"login": "amina", "password": PASSWORD})
    page = here.get("/me/sessions/").content.decode()
    assert "Firefox on Windows" in page and "this one" in page
    number = UserSession.objects.get(user_agent__contains="Firefox").pk
    assert here.post("/me/sessions/", {"session": number}).status_code == 302
    assert there.get("/worklist/").status_code == 302
    assert here.get("/worklist/").status_code == 200


def test_nobody_ends_a_session_of_somebody_else(house: House, signed_in: SignedIn) -> None:
    mine, theirs = signed_in("amina"), signed_in("sara")
    number = UserSession.objects.get(user__login="sara").pk
    mine.post("/me/sessions/", {"session": number})
    assert theirs.get("/worklist/").status_code == 200


def test_every_other_session_ends_at_once(house: House, signed_in: SignedIn) -> None:
    here, *others = signed_in("amina"), signed_in("amina"), signed_in("amina")
    here.post("/me/sessions/")
    assert here.get("/worklist/").status_code == 200
    assert [one.get("/worklist/").status_code for one in others] == [302, 302]


def test_a_change_of_what_somebody_may_do_ends_their_sessions(house: House, signed_in: SignedIn) -> None:
    client = signed_in("amina")
    person = get_user_model().objects.get(login="amina")
    person.access_revision += 1
    person.save()
    assert client.get("/worklist/").status_code == 302


def test_who_left_is_signed_out_at_once(house: House, signed_in: SignedIn) -> None:
    client = signed_in("amina")
    get_user_model().objects.filter(login="amina").update(is_active=False)
    assert client.get("/worklist/").status_code == 302


@pytest.fixture
def mailing(settings: Any) -> None:
    """A mail server that keeps what it is given."""
    settings.IS_MAILING = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def test_without_a_mail_server_nobody_asks_for_a_link(house: House) -> None:
    assert Client().get("/password/forgotten/").status_code == 404
    assert "Forgot the password" not in Client().get("/sign-in/").content.decode()


def test_the_answer_to_a_forgotten_password_tells_nobody_who_is_here(
    house: House, mailing: None, mailoutbox: list[Any]
) -> None:
    get_user_model().objects.filter(login="amina").update(email="amina@kisima.example")
    known = Client().post("/password/forgotten/", {"email": "amina@kisima.example"})
    unknown = Client().post("/password/forgotten/", {"email": "nobody@kisima.example"})
    assert known.status_code == unknown.status_code == 302
    assert known["Location"] == unknown["Location"]
    for _ in range(100):
        if mailoutbox:
            break
        time.sleep(0.05)
    assert [one.to for one in mailoutbox] == [["amina@kisima.example"]]
    link = re.search(r"http://testserver(/password/new/\S+/)", mailoutbox[0].body)
    assert link
    client = Client()
    form = client.get(link[1])["Location"]
    assert client.post(form, {"password1": NEW, "password2": NEW}).status_code == 302
    assert Client().post("/sign-in/", {"login": "amina", "password": NEW}).status_code == 302
    assert "This link has served" in Client().get(link[1]).content.decode()
