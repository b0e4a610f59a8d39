"""The officer's day at the desk, by keys: calls, outcomes in one key, promises, stops, and what must never be lost."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest
from django.db import connections
from playwright.sync_api import Browser, Page, expect

from ahadi.data import frames
from ahadi.domain.laws.queries import LAWS, first_broken
from ahadi.jobs.reading import read_all

from .test_first_day import CHROMIUM, Watch, browser, opened, sign_in

__all__ = ["browser"]

pytestmark = [
    pytest.mark.usefixtures("open_hours"),
    pytest.mark.skipif(
        not Path(CHROMIUM).exists(), reason="NO BROWSER: install Debian's package chromium to run the journeys"
    ),
]
T = TypeVar("T")
PEOPLE = 6


@pytest.fixture
def house(running_site: str, scenery: Any) -> Iterator[Any]:
    """An agency with one officer and people who can be called, each with a receipt by which they are recognised."""
    house = scenery.opened("kisima")
    house.creditor("pwani", scenery.PWANI)
    house.join("amina", "officer", name="Amina Komba")
    house.join("sara", "supervisor")
    house.place("pwani", [row for turn in range(1, PEOPLE + 1) for row in people(scenery, turn)])
    read_all(house.id)
    yield house
    connections.close_all()


def people(scenery: Any, turn: int, late: int = 60) -> list[dict[str, Any]]:
    """Somebody who is late, and paid something before."""
    known = {
        "debtor_name": f"Neema {turn} Mrisho",
        "phone": f"+25471234{turn:04}",
        "address": f"{turn} Market Street, Nairobi",
    }
    number = f"N{turn}"
    return [
        scenery.debt(number, late, (90 - turn) * 100_000 + turn, **known),
        scenery.debt(number, 100, 150_000, settled_on=paid(), reference=f"I-{number}-paid", **known),
    ]


def paid() -> Any:
    """Some day before."""
    return frames.scalar("SELECT current_date - 90")


def aside(ask: Callable[[], T]) -> T:
    """What the book says, asked outside of the browser's thread."""

    def asked() -> T:
        try:
            return ask()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as other:
        return other.submit(asked).result()


def count(query: str, **bound: Any) -> Any:
    """One figure of the book."""
    return aside(lambda: frames.scalar(query, bound or {"none": None}))


def state(page: Page, name: str) -> None:
    """Waits until the desk is in a state."""
    expect(page.locator(f'#room[data-state="{name}"]')).to_be_visible(timeout=10_000)


def name(page: Page) -> str:
    """Who is open."""
    return page.inner_text("#main h1")


def at_desk(browser: Browser, site: str, login: str = "amina") -> tuple[Page, Watch]:
    """Somebody at the desk, watched."""
    page, watch = opened(browser), Watch(site)
    watch.over(page)
    sign_in(page, site, login)
    page.wait_for_url(f"{site}/desk/**" if login == "amina" else lambda url: "/sign-in/" not in url)
    if login == "amina":
        page.wait_for_selector("html[data-ready]")
    return page, watch


def stays(page: Page) -> None:
    """What was painted does not move by itself, whatever ticks on it."""
    page.wait_for_timeout(300)
    page.evaluate("window.shifted = 0")
    page.wait_for_timeout(1_300)
    assert page.evaluate("window.shifted") < 0.001


def broken() -> list[str]:
    """The laws that do not hold."""
    return [law.name for law in LAWS if first_broken(law)]


@pytest.mark.duty("B1")
def test_no_answer_is_one_key_and_the_next_account_is_there(running_site: str, house: Any, browser: Browser) -> None:
    page, watch = at_desk(browser, running_site)
    page.keyboard.press("Space")
    state(page, "preview")
    first = name(page)
    stays(page)
    page.keyboard.press("Space")
    state(page, "dial")
    stays(page)
    assert page.locator('a[href^="tel:+2547"]').count() == 1
    page.keyboard.press("3")
    state(page, "preview")
    assert name(page) != first
    assert "nobody answered" in page.inner_text(".toast")
    assert count("SELECT count(*) FROM contact_outcome WHERE result = 'NC_NOANS'") == 1
    stays(page)
    assert not watch.said
    assert aside(broken) == []


def test_a_promise_is_eight_keys_at_most(running_site: str, house: Any, browser: Browser) -> None:
    page, _ = at_desk(browser, running_site)
    for wanted in ("preview", "dial", "talk"):
        page.keyboard.press("Space")
        state(page, wanted)
    assert page.locator("#main .masked").count() > 2
    keys = ["Tab", "Tab", "Space", "Tab", "Space"]
    for key in keys:
        page.keyboard.press(key)
    expect(page.locator("text=Identity verified")).to_be_visible()
    assert page.locator("#main .masked").count() == 0
    keys += ["p"]
    page.keyboard.press("p")
    expect(page.locator("#card .promise")).to_be_visible()
    page.wait_for_timeout(200)
    keys += ["Enter"]
    page.keyboard.press("Enter")
    state(page, "wrap")
    assert len(keys) <= 8
    assert count("SELECT amount_minor FROM promise") == 8_900_001
    page.keyboard.press("z")
    expect(page.locator("text=Taken back")).to_be_visible()
    assert count("SELECT count(*) FROM promise_state WHERE status = 'PENDING'") == 0
    assert aside(broken) == []


def recognised(page: Page) -> None:
    """A call in which two facts were named."""
    for wanted in ("preview", "dial", "talk"):
        page.keyboard.press("Space")
        state(page, wanted)
    for key in ("Tab", "Tab", "Space", "Tab", "Space"):
        page.keyboard.press(key)
    expect(page.locator("text=Identity verified")).to_be_visible()


@pytest.mark.duty("C1")
def test_an_offer_of_the_ladder_is_three_keys_and_is_taken_back_whole(
    running_site: str, house: Any, browser: Browser
) -> None:
    page, _ = at_desk(browser, running_site)
    recognised(page)
    page.keyboard.press("l")
    expect(page.locator("#card .rung")).to_have_count(3)
    page.wait_for_timeout(200)
    page.keyboard.press("3")
    expect(page.locator("#card .rung").nth(2).locator("input")).to_be_checked()
    page.keyboard.press("Enter")
    state(page, "wrap")
    assert count("SELECT count(*) FROM agreement") == 1
    assert count("SELECT count(*) FROM promise") > 1
    assert count("SELECT sum(p.amount_minor) = (SELECT total_minor FROM offer) FROM promise p")
    assert count("SELECT result FROM contact_outcome") == "RP_PLAN"
    page.keyboard.press("z")
    expect(page.locator("text=Taken back")).to_be_visible()
    assert count("SELECT count(*) FROM promise_state WHERE status = 'PENDING'") == 0
    assert aside(broken) == []


def test_an_offer_beyond_an_officer_waits_and_is_no_promise(
    running_site: str, house: Any, scenery: Any, browser: Browser
) -> None:
    aside(lambda: house.place("pwani", people(scenery, 0, late=120)))
    page, _ = at_desk(browser, running_site)
    recognised(page)
    page.keyboard.press("l")
    expect(page.locator("#card .rung")).to_have_count(3)
    page.fill("#named", "82,000")
    page.select_option("#card [name=how]", "settle")
    page.click("#card button:has-text('Nearest')")
    expect(page.locator("#card .rung")).to_have_count(4)
    expect(page.locator("#card .rung").nth(3)).to_contain_text("must agree")
    page.wait_for_timeout(200)
    page.keyboard.press("Enter")
    state(page, "wrap")
    assert count("SELECT count(*) FROM promise") == 0
    assert count("SELECT result FROM contact_outcome") == "RP_SETTLE_OFFER"
    assert count("SELECT count(*) FROM approval") == 1
    page.keyboard.press("z")
    expect(page.locator("text=Taken back")).to_be_visible()
    assert count("SELECT decision FROM approval_decision") == "withdrawn"
    assert aside(broken) == []


@pytest.mark.duty("B7")
def test_somebody_who_calls_is_found_by_the_end_of_a_number_even_a_wrong_one(
    running_site: str, house: Any, browser: Browser
) -> None:
    page, watch = at_desk(browser, running_site)
    name_of = calls(page)
    number = page.locator('a[href^="tel:"]').inner_text()
    page.keyboard.press("6")
    state(page, "preview")
    page.keyboard.press("/")
    expect(page.locator("#who")).to_be_focused()
    page.keyboard.type(number[-6:])
    expect(page.locator(".candidate")).to_have_count(1)
    expect(page.locator(".candidate")).to_contain_text(name_of)
    expect(page.locator(".candidate")).to_contain_text("not theirs")
    page.keyboard.press("Enter")
    page.keyboard.press("1")
    state(page, "talk")
    assert name(page) == name_of
    assert page.locator("#main .masked").count() > 2
    assert count("SELECT channel || ' ' || direction FROM contact ORDER BY id DESC LIMIT 1") == "call inbound"
    page.keyboard.press("8")
    state(page, "wrap")
    assert not watch.said
    assert aside(broken) == []


@pytest.mark.duty("B7")
def test_somebody_at_the_counter_is_taken_before_their_turn(running_site: str, house: Any, browser: Browser) -> None:
    page, _ = at_desk(browser, running_site)
    page.keyboard.press("/")
    page.keyboard.type("neema 4")
    expect(page.locator(".candidate").first).to_contain_text("Neema 4 Mrisho")
    page.locator(".candidate").first.locator("text=They are here").click()
    state(page, "talk")
    assert name(page) == "Neema 4 Mrisho"
    assert count("SELECT channel || ' ' || direction FROM contact") == "in_person inbound"
    assert count("SELECT kind || ' ' || reason FROM list_move") == "pulled walked_in"
    assert aside(broken) == []


def calls(page: Page) -> str:
    """Takes the next account and dials; who it is."""
    page.keyboard.press("Space")
    state(page, "preview")
    page.keyboard.press("Space")
    state(page, "dial")
    return name(page)


def test_a_wrong_number_is_one_key_and_is_never_offered_again(running_site: str, house: Any, browser: Browser) -> None:
    page, watch = at_desk(browser, running_site)
    first = calls(page)
    account = page.url
    page.keyboard.press("6")
    state(page, "preview")
    assert name(page) != first
    page.goto(account)
    expect(page.locator("text=Not to be called now")).to_be_visible()
    assert count("SELECT kind FROM circumstance") == "WRONG_NUMBER"
    assert not watch.said


def test_a_call_back_is_two_keys_and_has_its_moment(running_site: str, house: Any, browser: Browser) -> None:
    page, _ = at_desk(browser, running_site)
    calls(page)
    page.keyboard.press("7")
    expect(page.locator("#card #at-time")).to_be_focused()
    page.keyboard.press("Enter")
    state(page, "preview")
    assert count("SELECT count(*) FROM call_back WHERE due_at > now() + interval '50 minutes'") == 1
    assert count("SELECT result FROM contact_outcome") == "RP_CALLBACK"


def test_a_hard_stop_names_rule_and_moment_and_cannot_be_pressed_past(
    running_site: str, house: Any, browser: Browser
) -> None:
    page, watch = at_desk(browser, running_site)
    page.keyboard.press("Space")
    state(page, "preview")
    number = "N1"
    aside(lambda: house.learn(number, "CEASE"))
    page.keyboard.press("Space")
    expect(page.locator("#banner >> text=The gate says not now")).to_be_visible()
    expect(page.locator(".stop")).to_contain_text("HOUSE-CEASE")
    page.keyboard.press("Space")
    page.wait_for_timeout(400)
    assert count("SELECT count(*) FROM contact") == 0
    page.keyboard.press("s")
    expect(page.locator("#main h1")).not_to_have_text("Neema 1 Mrisho")
    assert not watch.said


def test_killing_the_browser_in_wrap_loses_nothing(running_site: str, house: Any, browser: Browser) -> None:
    page, _ = at_desk(browser, running_site)
    first = calls(page)
    page.keyboard.press("Space")
    state(page, "talk")
    page.keyboard.press("Space")
    state(page, "wrap")
    page.keyboard.press("n")
    expect(page.locator("#note")).to_be_focused()
    page.keyboard.type(" Asked for a letter to her sister")
    expect(page.locator("#saved")).to_contain_text("Saved")
    cookies = page.context.cookies()
    page.context.close()

    again = opened(browser)
    again.context.add_cookies(cookies)
    again.goto(f"{running_site}/desk/")
    state(again, "wrap")
    assert name(again) == first
    assert again.input_value("#note").endswith("Asked for a letter to her sister")
    again.locator("#act").focus()
    again.keyboard.press("8")
    expect(again.locator(".step--done >> text=Outcome written down")).to_be_visible()
    assert str(count("SELECT text FROM note")).endswith("Asked for a letter to her sister")
    again.keyboard.press("Control+Enter")
    state(again, "preview")


def test_what_was_typed_without_a_network_is_still_in_the_browser(
    running_site: str, house: Any, browser: Browser
) -> None:
    page, _ = at_desk(browser, running_site)
    calls(page)
    page.keyboard.press("Space")
    state(page, "talk")
    page.route("**/draft/", lambda route: route.abort())
    page.keyboard.press("n")
    page.keyboard.type(" Heard a dog")
    expect(page.locator("#saved")).to_contain_text("Kept in this browser")
    page.unroute("**/draft/")
    page.reload()
    state(page, "talk")
    assert page.input_value("#note").endswith("Heard a dog")


def test_two_officers_never_have_one_customer(running_site: str, house: Any, browser: Browser) -> None:
    amina, _ = at_desk(browser, running_site)
    amina.keyboard.press("Space")
    state(amina, "preview")
    sara, _ = at_desk(browser, running_site, "sara")
    sara.goto(amina.url)
    expect(sara.locator("#banner")).to_contain_text("Amina Komba has this debtor")
    assert sara.locator("text=Work on it").count() == 0
    second = amina.locator("#queue .queue__list a").first.get_attribute("href")
    sara.goto(f"{running_site}{second}")
    sara.select_option("[name=reason]", "walked_in")
    sara.click("text=Work on it")
    state(sara, "preview")
    taken = name(sara)
    amina.reload()
    assert taken not in amina.inner_text("#queue .queue__list")


def test_back_and_forward_walk_through_the_accounts(running_site: str, house: Any, browser: Browser) -> None:
    page, watch = at_desk(browser, running_site)
    first = calls(page)
    page.keyboard.press("3")
    state(page, "preview")
    second = name(page)
    page.go_back()
    expect(page.locator("#main h1")).to_have_text(first)
    page.go_forward()
    expect(page.locator("#main h1")).to_have_text(second)
    assert not watch.said


def test_the_time_on_an_account_goes_on_while_parts_of_the_page_come(
    running_site: str, house: Any, browser: Browser
) -> None:
    page, _watch = at_desk(browser, running_site)
    page.keyboard.press("Space")
    state(page, "preview")
    page.wait_for_timeout(2_500)
    with page.expect_response("**/desk/queue/"):
        page.evaluate("another()")
    page.wait_for_timeout(1_500)
    assert page.inner_text(".statusbar [data-timer] b") >= "00:03"


def test_an_outcome_leaves_the_account_on_the_screen_and_its_history_follows(
    running_site: str, house: Any, browser: Browser
) -> None:
    page, watch = at_desk(browser, running_site)
    page.keyboard.press("Space")
    state(page, "preview")
    first = name(page)
    with page.expect_response("**/desk/ahead/"):
        page.keyboard.press("Space")
    state(page, "dial")
    page.evaluate("window.shifted = 0")
    with page.expect_response("**/sheet/"):
        page.keyboard.press("8")
    state(page, "wrap")
    expect(page.locator("#history")).to_contain_text("Will not pay")
    assert name(page) == first and page.evaluate("window.shifted") < 0.001
    second = page.inner_text(".upnext b")
    page.keyboard.press("Control+Enter")
    state(page, "preview")
    assert name(page) == second != first
    assert not watch.said


def test_every_key_is_told_and_may_be_another(running_site: str, house: Any, browser: Browser) -> None:
    page, _ = at_desk(browser, running_site)
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    assert "Take the last outcome back" in page.inner_text("#keys")
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.goto(f"{running_site}/desk/keys/")
    page.fill("[name=call]", "KeyQ")
    page.click("text=Keep these keys")
    page.goto(f"{running_site}/desk/")
    page.keyboard.press("q")
    state(page, "preview")


def test_why_opens_over_the_list_and_escape_closes_it(running_site: str, house: Any, browser: Browser) -> None:
    page, watch = at_desk(browser, running_site)
    page.keyboard.press("Space")
    state(page, "preview")
    page.keyboard.press("w")
    expect(page.locator("section.why h1")).to_contain_text("Why Neema 1 Mrisho is number 1")
    expect(page.locator("#act")).to_be_visible()
    there = page.url
    page.keyboard.press("Escape")
    expect(page.locator("section.why h1")).to_have_count(0)
    expect(page.locator("#act")).to_be_visible()
    assert page.url == there and page.title().startswith("Desk"), "it closes over the desk, and nobody is sent away"
    assert not watch.said


@pytest.mark.parametrize("accounts", [10, pytest.param(80, marks=pytest.mark.nightly)])
def test_a_shift_goes_by_keyboard_alone(
    running_site: str, house: Any, scenery: Any, browser: Browser, accounts: int
) -> None:
    aside(lambda: house.place("pwani", [row for turn in range(10, 5 + accounts) for row in people(scenery, turn)]))
    page, watch = at_desk(browser, running_site)
    page.keyboard.press("Space")
    for turn in range(accounts):
        state(page, "preview")
        before = page.url
        page.keyboard.press("Space")
        state(page, "dial")
        page.keyboard.press("34"[turn % 2])
        if turn < accounts - 1:
            page.wait_for_url(lambda url, before=before: url != before)
    assert count("SELECT count(DISTINCT account_id) FROM contact") == accounts
    page.reload()
    assert f"{accounts}/" in page.inner_text(".kpis")
    assert not watch.said
    assert aside(broken) == []


def test_the_desk_is_light_and_does_not_overflow(running_site: str, house: Any, browser: Browser) -> None:
    page, _ = at_desk(browser, running_site)
    page.keyboard.press("Space")
    state(page, "preview")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    page.evaluate("document.documentElement.dir = 'rtl'")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
