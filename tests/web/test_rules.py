"""The rules of contact as people read them, and counsel's word on weak sources."""

import html
import re
from collections.abc import Callable
from datetime import date

import pytest
from django.utils import translation

from ahadi.data import law
from ahadi.data.law import LawRule
from ahadi.data.models.gate import SignOff
from ahadi.domain.contact.catalogue import HeldRule
from ahadi.web.pages.rules import rows

from .conftest import SignedIn
from .scenery import House

WEAK = "GH-DCSP"


def ids(page: str) -> set[str]:
    """The rules of a list."""
    return set(re.findall(r'class="rule-id" href="/rules/([^/]+)/"', page))


def test_every_rule_of_the_rulebook_is_listed(house: House, signed_in: SignedIn) -> None:
    assert ids(signed_in("amina").get("/rules/").content.decode()) == set(law.rules())


@pytest.mark.parametrize(
    ("chosen", "fits"),
    [
        ("place=KE", lambda rule: rule.jurisdiction == "KE"),
        ("topic=frequency", lambda rule: rule.topic == "frequency"),
        ("state=not+yet", lambda rule: rule.applied_by == law.NOT_YET),
        ("state=module", lambda rule: rule.applied_by not in (law.GATE, law.NOT_YET)),
        ("state=needs+sign-off", lambda rule: law.strength(rule, signed_off=frozenset()) != rule.action),
        ("action=block", lambda rule: law.strength(rule, signed_off=frozenset()) == "block"),
        ("q=phone+book", lambda rule: "phone book" in rule.title),
    ],
)
def test_a_list_is_narrowed(house: House, signed_in: SignedIn, chosen: str, fits: Callable[[LawRule], bool]) -> None:
    page = signed_in("amina").get(f"/rules/?{chosen}").content.decode()
    wanted = {rule.id for rule in law.rules().values() if fits(rule)}
    assert wanted and ids(page) == wanted


def test_what_fits_nothing_says_what_to_do(house: House, signed_in: SignedIn) -> None:
    page = signed_in("amina").get("/rules/?place=XX").content.decode()
    assert "No rule fits what you chose" in page and "Show all rules" in page


@pytest.mark.parametrize("rule", sorted(law.rules()))
def test_every_rule_has_a_page_with_its_words_examples_and_source(rule: str) -> None:
    one = law.rules()[rule]
    held = HeldRule(one, "somewhere", one.action, needs_sign_off=False, is_signed_off=False, words=())
    with translation.override("en"):
        view = rows.rule_view(held, zone="UTC", today=date(2026, 3, 10))
    assert len(view.clauses) == len(one.tests) and all(text.endswith(".") for text in view.clauses)
    assert len(view.examples) == len(one.examples) and len(view.says) == len(one.says)


def test_a_rule_tells_its_hours_and_shows_its_examples(house: House, signed_in: SignedIn) -> None:
    page = html.unescape(signed_in("amina").get("/rules/HOUSE-HOURS/").content.decode())
    assert "only from 08:00 to before 19:00" in page and "not on holidays" in page
    assert "eight in Nairobi is not yet eight in Lagos" in page and "refuses until 2026-03-10 10:00" in page


def test_a_rule_that_never_was_is_not_found(house: House, signed_in: SignedIn) -> None:
    assert signed_in("amina").get("/rules/KE-NOTHING/").status_code == 404


def test_an_administrator_signs_a_weak_rule_off_and_takes_it_back(house: House, signed_in: SignedIn) -> None:
    house.join("root", "admin")
    client, place = signed_in("root"), f"/rules/{WEAK}/"
    assert "it warns until counsel has signed it off" in client.get(place).content.decode()
    signed = client.post(f"{place}sign-off/", {"step": "give", "reference": "Opinion 7 of 2026"}, follow=True)
    page = signed.content.decode()
    assert "Signed off: it does what its text asks." in page and "Opinion 7 of 2026" in page and "Root" in page
    assert WEAK in ids(client.get("/rules/?action=block").content.decode())
    client.post(f"{place}sign-off/", {"step": "take", "reference": "Opinion 8 of 2026"})
    assert WEAK not in ids(client.get("/rules/?action=block").content.decode())
    assert SignOff.objects.count() == 2


def test_a_sign_off_needs_its_reference(house: House, signed_in: SignedIn) -> None:
    house.join("root", "admin")
    page = signed_in("root").post(f"/rules/{WEAK}/sign-off/", {"step": "give", "reference": " "}, follow=True)
    assert "name the opinion" in page.content.decode() and not SignOff.objects.exists()


def test_a_manager_signs_nothing_off(house: House, signed_in: SignedIn) -> None:
    house.join("mara", "manager")
    client = signed_in("mara")
    assert "Sign it off" not in client.get(f"/rules/{WEAK}/").content.decode()
    assert client.post(f"/rules/{WEAK}/sign-off/", {"step": "give", "reference": "x"}).status_code == 403


def test_a_sign_off_of_one_house_is_none_of_another(house: House, other_house: House, signed_in: SignedIn) -> None:
    house.join("root", "admin")
    signed_in("root").post(f"/rules/{WEAK}/sign-off/", {"step": "give", "reference": "Opinion 7"})
    page = signed_in("mallory").get(f"/rules/{WEAK}/").content.decode()
    assert "Opinion 7" not in page and "it warns until counsel has signed it off" in page
