"""Policies of the house: written by a form, shown before they are proposed, approved by somebody else."""

import html
import re

import pytest

from ahadi.data import law
from ahadi.data.models.gate import Policy, PolicyVerdict
from ahadi.web.frame.reference import written

from .conftest import SignedIn
from .scenery import POLICY, House, debt

HEAD = {"step": "make", "title": "A policy: “of ours”", "code": "lunch break", "source": "the board", "action": "block"}
FORMS: dict[str, dict[str, object]] = {
    "hours": {"start": "09:00", "end": "17:00", "weekdays": ["1", "2", "3"], "holidays": "on", "channels": ["call"]},
    "hours to midnight": {"kind": "hours", "start": "00:00", "end": "00:00", "weekdays": ["1"]},
    "hours but holidays": {"kind": "hours", "start": "00:00", "end": "00:00", "holidays": "on"},
    "hours from midnight": {"kind": "hours", "start": "00:00", "end": "12:00", "weekdays": ["6", "7"]},
    "attempts": {"most": "2", "days": "7", "per": "debtor", "channels": ["call", "sms"]},
    "attempts, one": {"kind": "attempts", "most": "1", "days": "1", "per": "account"},
    "pause": {"facts": ["COMPLAINT", "DISPUTE"], "channels": ["visit"]},
    "people": {"roles": ["relative", "guarantor"]},
    "people for good": {"kind": "people", "roles": ["guarantor"], "basis": "on"},
    "content": {"required": ["creditor_name"], "channels": ["sms"]},
    "content, forbidden": {"kind": "content", "forbidden": ["threat"], "channels": ["email"]},
}


@pytest.fixture
def managers(house: House) -> House:
    """The house with two managers, and a debtor who can be called tomorrow."""
    house.join("mara", "manager", name="Mara")
    house.join("musa", "manager", name="Musa")
    house.place("pwani", [debt("K1", 60, 4_500_000, phone="+254712345678")])
    return house


def made(page: str) -> str:
    """The text in the field."""
    found = re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.S)
    assert found, "no text was made"
    return html.unescape(found[1])


@pytest.mark.parametrize("name", FORMS)
def test_a_form_makes_a_text_whose_examples_hold(managers: House, signed_in: SignedIn, name: str) -> None:
    fields = {"kind": name, **HEAD, **FORMS[name]}
    answer = signed_in("mara").post("/policies/new/", fields)
    page = answer.content.decode()
    assert answer.status_code == 200, re.findall(r'field__error"[^>]*>.*?</span>', page)
    (rule,) = law.read(made(page).lstrip("\n"), file="policy")
    assert rule.id == "POLICY-LUNCH-BREAK" and len(rule.examples) == 2
    assert "In plain words" in page and "it would stop" in page and not Policy.objects.exists()


def test_the_effect_counts_what_would_be_stopped_tomorrow(managers: House, signed_in: SignedIn) -> None:
    fields = {"kind": "hours", **HEAD, "start": "00:00", "end": "00:01", "channels": ["call"]}
    page = signed_in("mara").post("/policies/new/", fields).content.decode()
    counts = re.search(r"(\d+) contacts are planned. (\d+) are lawful .*?, (\d+) with this policy", page, re.S)
    assert counts, page
    planned, before, after = map(int, counts.groups())
    assert planned >= before > after


@pytest.mark.parametrize(
    ("kind", "fields", "said"),
    [
        ("hours", {"start": "17:00", "end": "09:00"}, "A time after the one at which it begins"),
        ("hours", {"start": "9", "end": "17:00"}, "A time such as 08:00."),
        ("attempts", {"most": "0", "days": "7", "per": "account"}, "A whole number from 1 to 1000."),
        ("pause", {}, "Choose at least one."),
        ("people", {"roles": ["debtor"]}, "Choose at least one."),
        ("content", {"required": ["threat"], "forbidden": ["threat"]}, "and nothing twice"),
        ("hours", {"start": "09:00", "end": "17:00", "code": "Ümlaut!"}, "A short name of letters"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(
    managers: House, signed_in: SignedIn, kind: str, fields: dict[str, object], said: str
) -> None:
    answer = signed_in("mara").post("/policies/new/", {"kind": kind, **HEAD, **fields})
    page = answer.content.decode()
    assert answer.status_code == 400 and said in page and "<textarea" not in page
    assert 'value="the board"' in page


def test_an_error_of_the_text_is_shown_at_its_field(managers: House, signed_in: SignedIn) -> None:
    client = signed_in("mara")
    for text, said in (
        (POLICY.replace("kind: hours", "kind: ours"), "expected one of always"),
        (POLICY.replace("POLICY-NO-LUNCH", "KE-NO-LUNCH"), "ids of"),
        (POLICY.replace('"2026-03-10 12:00"', '"2026-03-10 14:00"'), "expects block, and the rule says silent"),
        ("rules: [", "this is no YAML"),
    ):
        answer = client.post("/policies/new/", {"step": "propose", "text": text})
        page = html.unescape(answer.content.decode())
        assert answer.status_code == 400 and said in page and 'id="text-error"' in page, said
    assert not Policy.objects.exists()


def test_one_proposes_and_another_approves_and_it_holds(managers: House, signed_in: SignedIn) -> None:
    mara, musa = signed_in("mara"), signed_in("musa")
    asked = f"/accounts/{written('account', managers.account('K1'))}/contact/?at=2026-03-10T09:30"
    assert "POLICY-NO-LUNCH" not in mara.get(asked).content.decode()
    page = mara.post("/policies/new/", {"step": "propose", "text": POLICY}, follow=True).content.decode()
    assert "somebody else approves it" in page and "Nobody is called at lunch" in page
    policy = Policy.objects.get()
    verdict = f"/policies/{written('policy', policy.id)}/verdict/"
    refused = mara.post(verdict, {"verdict": "approved"}, follow=True).content.decode()
    assert "you proposed this policy yourself" in refused and not PolicyVerdict.objects.exists()
    musa.post(verdict, {"verdict": "approved"})
    stopped = mara.get(asked).content.decode()
    assert "Not now. Nobody is called at lunch." in stopped and "a policy of the house" in stopped
    listed = mara.get("/policies/").content.decode()
    assert "approved: it holds" in listed and "Mara" in listed and "Musa" in listed
    assert mara.get("/rules/POLICY-NO-LUNCH/")["Location"] == verdict.removesuffix("verdict/")
    musa.post(verdict, {"verdict": "withdrawn"})
    assert "POLICY-NO-LUNCH" not in mara.get(asked).content.decode()
    assert "withdrawn" in mara.get("/policies/").content.decode()


def test_a_policy_is_refused_once(managers: House, signed_in: SignedIn) -> None:
    policy = managers.propose(POLICY, by="mara")
    verdict, client = f"/policies/{written('policy', policy)}/verdict/", signed_in("musa")
    assert (
        "It is decided: POLICY-NO-LUNCH." in client.post(verdict, {"verdict": "refused"}, follow=True).content.decode()
    )
    again = client.post(verdict, {"verdict": "approved"}, follow=True).content.decode()
    assert "cannot be approved" in html.unescape(again) and PolicyVerdict.objects.count() == 1


def test_an_officer_reads_and_writes_none(managers: House, signed_in: SignedIn) -> None:
    policy, client = managers.propose(POLICY, by="mara"), signed_in("amina")
    page = client.get(f"/policies/{written('policy', policy)}/").content.decode()
    assert "Nobody is called at lunch" in page and "Approve" not in page
    assert client.get("/policies/new/").status_code == 403
    assert client.post(f"/policies/{written('policy', policy)}/verdict/", {"verdict": "refused"}).status_code == 403


def test_a_policy_of_one_house_is_not_found_in_another(
    managers: House, other_house: House, signed_in: SignedIn
) -> None:
    policy, client = managers.propose(POLICY, by="mara"), signed_in("mallory")
    place = f"/policies/{written('policy', policy)}/"
    assert client.get(place).status_code == 404
    assert "POLICY-NO-LUNCH" not in client.get("/policies/").content.decode()
    assert client.get("/rules/POLICY-NO-LUNCH/").status_code == 404
    refused = client.post(f"{place}verdict/", {"verdict": "approved"})
    assert refused.status_code == 302 and not PolicyVerdict.objects.exists()
