"""Beside an officer: what a supervisor sees of a desk once they say so, lines to it, joining; and who may not."""

import re
from functools import partial
from typing import Any

import pytest

from ahadi.data.models.act import Act
from ahadi.data.models.beside import DeskWatch, Whisper
from ahadi.domain.people.operations import TeamOutcome, join_team, open_team
from ahadi.web.frame.reference import written

from .conftest import SignedIn
from .scenery import House, debt


@pytest.fixture
def desk(house: House, signed_in: SignedIn) -> str:
    """Amina has somebody before her; the address of her desk on the board."""
    house.place("pwani", [debt("N1", 60, 9_000_000, debtor_name="Neema Mrisho", phone="+254712345678")])
    client = signed_in("amina")
    client.post("/desk/next/")
    client.post(
        f"/desk/{written('account', house.account('N1'))}/draft/", {"note": "She asks about the fee", "amount": "500"}
    )
    return f"/board/people/{written('colleague', house.people['amina'])}/desk/"


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def test_a_desk_is_seen_once_somebody_said_that_they_look(house: House, desk: str, signed_in: SignedIn) -> None:
    sara = signed_in("sara")
    before = text_of(sara.get(desk))
    assert "Neema Mrisho" not in before and "Looking on is written down" in before
    assert not DeskWatch.objects.exists(), "looking at the page writes nothing"
    page = text_of(sara.post(f"{desk}observe/", follow=True))
    assert "Neema Mrisho" in page and "She asks about the fee" in page and "Not verified in this call" in page
    watch = DeskWatch.objects.get()
    assert (watch.kind, watch.person_id, watch.account_id) == ("observed", house.people["sara"], house.account("N1"))
    assert Act.objects.filter(name="beside_observe", by_id=house.people["sara"]).count() == 1
    assert "is with you" not in text_of(signed_in("amina").get("/desk/")), "looking on is not announced"
    sara.post(f"{desk}leave/")
    assert "Neema Mrisho" not in text_of(sara.get(desk))


def test_a_line_comes_to_the_screen_and_its_mark_comes_back(desk: str, signed_in: SignedIn) -> None:
    sara, amina = signed_in("sara"), signed_in("amina")
    page = text_of(sara.post(f"{desk}whisper/", {"text": "Offer her Friday"}, follow=True))
    assert "not seen yet" in page
    assert "Offer her Friday" in text_of(amina.get("/desk/")) and "Offer her Friday" in text_of(
        amina.get("/desk/beside/")
    )
    assert Whisper.objects.get().seen_at is None, "a page that is looked at marks nothing"
    assert "Offer her Friday" not in text_of(amina.post("/desk/heard/", HTTP_HX_REQUEST="true"))
    assert "not seen yet" not in text_of(sara.get(desk)) and "seen " in text_of(sara.get(desk))
    assert "The line is empty" in text_of(sara.post(f"{desk}whisper/", {"text": "  "}, follow=True)) or (
        Whisper.objects.count() == 1
    )


def test_joining_is_announced_and_ends_with_the_account(house: House, desk: str, signed_in: SignedIn) -> None:
    sara, amina = signed_in("sara"), signed_in("amina")
    sara.post(f"{desk}observe/")
    assert "sees that you are with them" in text_of(sara.post(f"{desk}join/", follow=True))
    assert "Sara is with you on this account" in text_of(amina.get("/desk/"))
    account = written("account", house.account("N1"))
    amina.post(f"/desk/{account}/moves/skip/", {"reason": "not_now"})
    assert "is with you" not in text_of(amina.get("/desk/"))
    amina.post("/desk/pause/", {"code": "break"})
    page = text_of(sara.post(f"{desk}join/", follow=True))
    assert "has nobody before them whom you may see" in page
    assert DeskWatch.objects.filter(kind="joined").count() == 1


def test_leaving_ends_what_was_announced(desk: str, signed_in: SignedIn) -> None:
    sara, amina = signed_in("sara"), signed_in("amina")
    sara.post(f"{desk}join/")
    assert "Sara is with you" in text_of(amina.get("/desk/beside/"))
    sara.post(f"{desk}leave/")
    assert "Sara is with you" not in text_of(amina.get("/desk/beside/"))


def test_nobody_stands_beside_officers_of_other_teams(house: House, desk: str, signed_in: SignedIn) -> None:
    house.join("seif", "supervisor")
    house.join("bakari", "officer", name="Bakari Sanga")
    team = house.perform("open", partial(open_team, code="t", name="Bahari"), TeamOutcome).team_id
    for login, part in (("bakari", "member"), ("seif", "leader")):
        join = partial(join_team, team_id=team, person_id=house.people[login], part=part)
        house.perform("join", join, TeamOutcome)
    seif = signed_in("seif")
    assert seif.get(desk).status_code == 404
    for how in ("observe", "join", "whisper"):
        seif.post(f"{desk}{how}/", {"text": "Hello"})
    assert not DeskWatch.objects.exists() and not Whisper.objects.exists()
    assert "Offer" not in text_of(signed_in("bakari").get("/desk/beside/"))
    # Whose floor it is may: the protection is the floor, not the role.
    signed_in("sara").post(f"{desk}whisper/", {"text": "Hello"})
    assert Whisper.objects.count() == 1


def test_an_account_that_the_looker_may_not_see_stays_hidden(house: House, desk: str, signed_in: SignedIn) -> None:
    house.creditor("bara", "Bara Foods")
    house.join("seif", "supervisor", "bara")
    seif = signed_in("seif")
    page = text_of(seif.post(f"{desk}observe/", follow=True))
    assert "Neema Mrisho" not in page and "Nobody is before them whom you may see" in page
    assert "has nobody before them whom you may see" in text_of(seif.post(f"{desk}join/", follow=True))
