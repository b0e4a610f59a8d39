"""Locating a debtor, by keys: a number that is wrong, one that was told, who looked, and two who are one person."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections
from playwright.sync_api import Browser, Page, expect

from ahadi.data import frames
from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import OPERATOR, Performance
from ahadi.domain.flows.propose_duplicates import DuplicatesOutcome, propose_duplicates
from ahadi.jobs.reading import read_all
from ahadi.web.frame.reference import written

from .test_desk import aside, at_desk, broken, count, name, paid, pytestmark, state
from .test_first_day import browser

__all__ = ["browser", "pytestmark"]

OLD, NEW = "+254712340001", "+254733000111"


@pytest.fixture
def house(running_site: str, scenery: Any) -> Iterator[Any]:
    """An agency with two creditors, who know one woman under two spellings."""
    house = scenery.opened("kisima")
    house.creditor("pwani", scenery.PWANI)
    house.creditor("zawadi", scenery.ZAWADI)
    house.join("amina", "officer", name="Amina Komba")
    house.join("sara", "supervisor")
    known = {"debtor_name": "Neema Mrisho", "phone": OLD, "address": "1 Market Street, Nairobi"}
    house.place(
        "pwani",
        [
            scenery.debt("N1", 60, 8_900_001, **known),
            scenery.debt("N1", 100, 150_000, settled_on=paid(), reference="I-N1-paid", **known),
        ],
    )
    other = {"debtor_name": "MRISHO Neema", "phone": "0712 340 001", "address": "1 Market Street, Nairobi"}
    house.place("zawadi", [scenery.debt("Z1", 40, 500_000, **other)])
    read_all(house.id)
    yield house
    connections.close_all()


def numbers(page: Page) -> list[str]:
    """The numbers at the desk, the best believed first, with the word and figure of each."""
    return [text.replace("\n", " ") for text in page.locator(".beliefs > li > details > summary").all_inner_texts()]


@pytest.mark.duty("A7")
def test_a_number_that_is_wrong_gives_way_to_one_that_was_told_and_comes_back(
    running_site: str, house: Any, browser: Browser
) -> None:
    page, watch = at_desk(browser, running_site)
    page.keyboard.press("Space")
    state(page, "preview")
    while "Neema Mrisho" not in name(page):
        page.keyboard.press("s")
        page.locator('#card [data-card="skip"] button[name]').first.click()
        state(page, "preview")
    assert len(numbers(page)) == 1 and "001" in numbers(page)[0] and "doubtful 30" in numbers(page)[0]
    page.keyboard.press("x")
    page.locator('#card [data-card="bad-number"] [data-commit]').press("Enter")
    expect(page.locator(".toast")).to_contain_text("not used any more")
    assert "not theirs 0" in numbers(page)[0]
    page.keyboard.press("e")
    page.locator("#told-text").press_sequentially("12")
    page.locator("#told-text").press("Enter")
    expect(page.locator("#card [role=alert]")).to_contain_text("no telephone number")
    assert page.input_value("#told-text") == "12"
    page.locator("#told-text").fill("0733 000 111")
    page.locator("#told-text").press("Enter")
    expect(page.locator(".toast")).to_contain_text("tried first")
    expect(page.locator(".beliefs > li").first).to_contain_text("111")
    assert "likely 50" in numbers(page)[0]
    assert count("SELECT count(*) FROM point_told WHERE source = 'debtor'") == 1
    page.keyboard.press("z")
    expect(page.locator(".beliefs")).not_to_contain_text("111")
    assert count("SELECT count(*) FROM act a JOIN act_withdrawal w ON w.withdrawn_act_id = a.id") == 1
    assert not watch.said
    assert aside(broken) == []


@pytest.mark.duty("A8")
def test_the_history_of_a_number_says_who_changed_it_and_who_looked(
    running_site: str, house: Any, browser: Browser
) -> None:
    page, watch = at_desk(browser, running_site)
    page.keyboard.press("Space")
    state(page, "preview")
    page.keyboard.press("Space")
    state(page, "dial")
    page.keyboard.press("3")
    page.goto(f"{running_site}/desk/")
    account = aside(lambda: frames.scalar("SELECT max(account_id) FROM unmasking"))
    page.goto(f"{running_site}/accounts/{reference(account)}/")
    page.locator("#numbers").scroll_into_view_if_needed()
    page.locator(".beliefs summary").first.click()
    page.get_by_role("link", name="Correct it").first.click()
    page.fill("#text", NEW)
    page.select_option("#source", "relative")
    page.locator("#text").press("Enter")
    page.wait_for_url("**/accounts/**")
    page.locator(".beliefs summary").first.click()
    page.locator(".belief details[open]").get_by_role("link", name="History").click()
    told = page.inner_text("#events")
    assert "looked at in full" in told and "to dial it" in told and "Amina Komba" in told
    assert "before: +254712 ••• 001; told by a relative" in told.replace("\xa0", " ") or "before:" in told
    assert OLD not in told and NEW not in told
    page.get_by_role("button", name="Take back").first.click()
    expect(page.locator("#events")).to_contain_text("taken back by Amina Komba")
    assert count("SELECT count(*) FROM point_told WHERE replaces_id IS NOT NULL") == 1
    assert not watch.said
    assert aside(broken) == []


@pytest.mark.duty("A9")
def test_two_debtors_are_judged_one_person_and_split_again(running_site: str, house: Any, browser: Browser) -> None:
    how = Performance(OPERATOR, house.id, b"look")
    made = aside(lambda: perform("propose_duplicates", propose_duplicates, DuplicatesOutcome, how))
    assert made.proposed == 1
    page, watch = at_desk(browser, running_site, "sara")
    page.goto(f"{running_site}/duplicates/")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/duplicates/*-*/")
    assert "the same" in page.inner_text("main") and "Their names are alike." in page.inner_text("main")
    page.keyboard.press("y")
    expect(page.locator("main")).to_contain_text("They are one person now")
    persons = "SELECT count(DISTINCT s.stands_for_id) FROM account a JOIN party_state s ON s.party_id = a.party_id"
    assert count(persons) == 1
    page.goto(f"{running_site}/accounts/{reference(account_of('N1'))}/")
    assert "Same debtor" in page.inner_text("main") and "Z1" in page.inner_text("main")
    page.goto(f"{running_site}/desk/{reference(account_of('Z1'))}/")
    assert page.locator(".accts tbody tr:not(.sub)").count() == 2
    page.goto(f"{running_site}/duplicates/?state=one")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/duplicates/*-*/")
    page.keyboard.press("n")
    expect(page.locator("main")).to_contain_text("two people")
    assert count(persons) == 2
    page.keyboard.press("z")
    expect(page.locator("main")).to_contain_text("They are one person now")
    assert count(persons) == 1
    assert not watch.said
    assert aside(broken) == []


def account_of(number: str) -> int:
    """The account of a number."""
    found: int = aside(lambda: frames.scalar("SELECT id FROM account WHERE number = %(n)s", {"n": number}))
    return found


def reference(account: int) -> str:
    """An account as addresses name it."""
    return written("account", account)
