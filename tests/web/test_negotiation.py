"""The ladder, approvals and mandates as pages: each works, refuses, and stays shut for whom it does not concern."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client

from ahadi.data.models.act import Act
from ahadi.data.models.approval import ApprovalDecision
from ahadi.data.models.grant import Grant
from ahadi.data.models.negotiation import MandateVerdict, Offer
from ahadi.data.models.promise import Promise
from ahadi.domain.audit.steps import database_clock
from ahadi.web.frame.reference import written

from .scenery import House, debt

SignedIn = Callable[[str], Client]


@pytest.fixture
def ladder(house: House) -> str:
    """The ladder of an account."""
    return f"/accounts/{written('account', house.account('P1'))}/offers/"


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def offers_of(answer: Any) -> list[str]:
    return re.findall(r'name="offer" value="([^"]+)"', answer.content.decode())


def test_ladder_shows_three_offers_and_whose_word_each_needs(signed_in: SignedIn, ladder: str) -> None:
    answer = signed_in("amina").get(ladder)
    assert answer.status_code == 200 and len(offers_of(answer)) == 3
    assert "Likely kept" in text_of(answer) and "house-1" in text_of(answer)


def test_own_figure_finds_the_nearest_and_one_below_the_mandate_is_told_why(signed_in: SignedIn, ladder: str) -> None:
    near = text_of(signed_in("amina").get(ladder, {"named": "4,000", "how": "each"}))
    assert "Comes nearest" in near
    low = text_of(signed_in("amina").get(ladder, {"named": "100", "how": "settle"}))
    assert "is not possible" in low and "the least is" in low


def test_offer_that_is_proposed_is_promised_or_waits(house: House, signed_in: SignedIn, ladder: str) -> None:
    client = signed_in("sara")
    mine = offers_of(client.get(ladder))[-1]
    answer = client.post(ladder, {"offer": mine, "key": "one"}, follow=True)
    assert "Promised." in text_of(answer) or "It waits" in text_of(answer)
    assert Offer.objects.filter(account_id=house.account("P1")).count() == 1
    client.post(ladder, {"offer": mine, "key": "one"})
    assert Offer.objects.filter(account_id=house.account("P1")).count() == 1, "sent twice, acted on once"


@pytest.mark.parametrize(
    "offer", ["", "nonsense", "payoff|2020-01-01:5", "gift|2030-01-01:5", "settlement|2030-01-01:x", "payoff|"]
)
def test_what_is_no_offer_is_refused_in_a_sentence(house: House, signed_in: SignedIn, ladder: str, offer: str) -> None:
    answer = signed_in("sara").post(ladder, {"offer": offer})
    assert answer.status_code == 400 and 'role="alert"' in text_of(answer)
    assert not Promise.objects.filter(account_id=house.account("P1")).exists()


def test_offer_below_the_mandate_is_refused_whoever_sends_it(house: House, signed_in: SignedIn, ladder: str) -> None:
    tomorrow = house.today + timedelta(days=1)
    answer = signed_in("sara").post(ladder, {"offer": f"settlement|{tomorrow}:100"})
    assert answer.status_code == 400 and "TOO_LITTLE" in text_of(answer)


def test_means_are_kept_and_shown(signed_in: SignedIn, ladder: str) -> None:
    client = signed_in("amina")
    told = {"income": "9000", "expenses": "4000", "household": "3", "payday": "25"}
    answer = client.post(ladder.replace("/offers/", "/means/"), told, follow=True)
    assert "income 9,000" in text_of(answer) and "5,000" in text_of(answer) and "payday as told: 25" in text_of(answer)


def test_approval_is_decided_by_one_key_and_once(house: House, signed_in: SignedIn) -> None:
    approval = house.offer("P1")
    address = f"/approvals/{written('approval', approval)}/"
    assert 'data-key="y"' not in text_of(signed_in("amina").get(address))
    page = text_of(signed_in("sara").get(address))
    assert 'data-key="y"' in page and "is forgiven" in page and "clause 2.1" in page
    digest = re.findall(r'name="digest" value="(\w+)"', page)[0]
    refused = signed_in("amina").post(address, {"decision": "approved", "digest": digest})
    assert refused.status_code == 400 and not ApprovalDecision.objects.filter(approval_id=approval).exists()
    done = signed_in("sara").post(address, {"decision": "approved", "digest": digest}, follow=True)
    assert "It is decided: Approved." in text_of(done)
    assert Promise.objects.filter(account_id=house.account("P1")).count() == 1
    again = signed_in("sara").post(address, {"decision": "refused", "digest": digest, "reason": "no"})
    assert again.status_code == 400 and "decided before" in text_of(again)
    assert "Approved" in text_of(signed_in("sara").get("/approvals/"))


def alike(house: House, signed_in: SignedIn) -> str:
    """Three settlements of the same rule wait, asked by Amina; where they are decided together."""
    house.join("musa", "manager")
    house.place("pwani", [debt(f"S{turn}", 150, 15_000_000) for turn in range(3)])
    for turn in range(3):
        house.offer(f"S{turn}")
    page = unescape(signed_in("musa").get("/approvals/").content.decode())
    assert "3 wait under the same rule" in page
    return re.findall(r'href="(/approvals/together/[^"]+)"', page)[0]


def ticked(answer: Any) -> list[str]:
    return re.findall(r'name="approval" value="([^"]+)"', answer.content.decode())


def test_identical_rules_are_decided_together_each_by_itself(house: House, signed_in: SignedIn) -> None:
    address = alike(house, signed_in)
    musa = signed_in("musa")
    sent = ticked(musa.get(address))
    assert len(sent) == 3
    # One changed meanwhile: another digest was looked at than stands now. It is left, and the others are decided.
    changed = [f"{sent[0].partition(':')[0]}:{'0' * 64}", *sent[1:]]
    page = text_of(musa.post(address, {"approval": changed, "decision": "approved", "key": "k"}))
    assert "2 are decided." in page and "not what was asked for" in page
    assert ApprovalDecision.objects.filter(decision="approved").count() == 2
    musa.post(address, {"approval": changed, "decision": "approved", "key": "k"})
    assert ApprovalDecision.objects.count() == 2, "sent twice, decided once"
    assert len(ticked(musa.get(address))) == 1


def test_nobody_decides_what_they_asked_for_in_a_batch(house: House, signed_in: SignedIn) -> None:
    address = alike(house, signed_in)
    everything = ticked(signed_in("musa").get(address))
    act_id = Act.objects.latest("id").id
    Grant(person_id=house.people["amina"], role="supervisor", from_at=database_clock(), act_id=act_id).save(
        force_insert=True
    )
    amina = signed_in("amina")
    assert ticked(amina.get(address)) == [], "the own ones are not in the list"
    page = text_of(amina.post(address, {"approval": everything, "decision": "approved"}))
    assert page.count("somebody else decides it") == 3 and not ApprovalDecision.objects.exists()
    # The level is hers now: what another asked for she decides.
    signed_in("sara").post(address, {"approval": everything, "decision": "approved"})
    assert ApprovalDecision.objects.count() == 3


def test_another_rule_slips_into_no_batch(house: House, signed_in: SignedIn) -> None:
    address = alike(house, signed_in).replace("kind=settlement", "kind=payoff")
    musa = signed_in("musa")
    sent = ticked(musa.get(address.replace("kind=payoff", "kind=settlement")))
    assert ticked(musa.get(address)) == []
    page = text_of(musa.post(address, {"approval": [*sent, "nonsense:1"], "decision": "approved"}))
    assert page.count("of another rule than the others") == 3 and not ApprovalDecision.objects.exists()


def test_approval_of_another_organisation_is_not_there(house: House, other_house: House, signed_in: SignedIn) -> None:
    address = f"/approvals/{written('approval', house.offer('P1'))}/"
    assert signed_in("mallory").get(address).status_code == 404


def test_mandate_is_written_by_one_and_approved_by_another(house: House, signed_in: SignedIn) -> None:
    for login in ("musa", "maria"):
        house.join(login, "manager")
    client = signed_in("musa")
    text = house_text(client)
    wrong = client.post("/mandates/new/", {"text": text.replace("product: loan", "product: rocket")})
    assert wrong.status_code == 400 and "product must be one of" in text_of(wrong)
    answer = client.post("/mandates/new/", {"text": text.replace("house-1", "own-1")}, follow=True)
    assert "somebody else approves it" in text_of(answer)
    address = answer.redirect_chain[-1][0]
    client.post(f"{address}verdict/", {"verdict": "approved"})
    assert not MandateVerdict.objects.exists()
    signed_in("maria").post(f"{address}verdict/", {"verdict": "approved"})
    assert MandateVerdict.objects.get().verdict == "approved"
    assert "Approved" in text_of(signed_in("maria").get("/mandates/"))


def house_text(client: Client) -> str:
    page = client.get("/mandates/new/?product=loan").content.decode()
    return unescape(re.findall(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)[0])
