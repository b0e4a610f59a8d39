"""The officer's day at the desk, by keys: calls, outcomes in one key, promises, stops, and what must never be lost."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest
from django.db import connections
from playwright.sync_api import Browser, Page, expect

from ahadi.data import frames, law
from ahadi.domain.laws.queries import LAWS, first_broken

from .test_first_day import CHROMIUM, Watch, browser, opened, sign_in

__all__ = ["browser"]

pytestmark = pytest.mark.skipif(
    not Path(CHROMIUM).exists(), reason="NO BROWSER: install Debian's package chromium to run the journeys"
)
T = TypeVar("T")
PEOPLE = 6


@pytest.fixture(autouse=True)
def open_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is never too late to call, whenever the tests run."""
    regime = law.regime
    shut = {rule.id for rule in law.rules().values() if rule.topic == "contact hours"}
    monkeypatch.setattr(
        law, "regime", lambda *of, **how: tuple(rule for rule in regime(*of, **how) if rule.rule_id not in shut)
    )


@pytest.fixture
def house(running_site: str, scenery: Any) -> Iterator[Any]:
    """An agency with one officer and people who can be called, each with a receipt by which they are recognised."""
    house = scenery.opened("kisima")
    house.creditor("pwani", scenery.PWANI)
    house.join("amina", "officer", name="Amina Komba")
    house.join("sara", "supervisor")
    house.place("pwani", [row for turn in range(1, PEOPLE + 1) for row in people(scenery, turn)])
    yield house
    connections.close_all()


def people(scenery: Any, turn: int) -> list[dict[str, Any]]:
    """Somebody who is late, and paid something before."""
    known = {
        "debtor_name": f"Neema {turn} Mrisho",
        "phone": f"+25471234{turn:04}",
        "address": f"{turn} Market Street, Nairobi",
    }
    number = f"N{turn}"
    return [
        scenery.debt(number, 60, (9 - turn) * 1_000_000 + turn, **known),
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
    page.wait_for_url(f"{site}/desk/**" if login == "amina" else f"{site}/**")
    return page, watch


def broken() -> list[str]:
    """The laws that do not hold."""
    return [law.name for law in LAWS if first_broken(law)]


def test_no_answer_is_one_key_and_the_next_account_is_there(running_site: str, house: Any, browser: Browser) -> None:
    page, watch = at_desk(browser, running_site)
    page.keyboard.press("Space")
    state(page, "preview")
    first = name(page)
    watch.look(page)
    page.keyboard.press("Space")
    state(page, "dial")
    page.screenshot(path="/tmp/wDnotes/j-dial.png")
    assert page.locator('a[href^="tel:+2547"]').count() == 1
    page.keyboard.press("3")
    state(page, "preview")
    assert name(page) != first
    assert "nobody answered" in page.inner_text(".toast")
    assert count("SELECT count(*) FROM contact_outcome WHERE result = 'NC_NOANS'") == 1
    watch.look(page)
    assert watch.is_quiet()
    assert aside(broken) == []


def test_a_promise_is_eight_keys_at_most(running_site: str, house: Any, browser: Browser) -> None:
    page, _ = at_desk(browser, running_site)
    for wanted in ("preview", "dial", "talk"):
        page.keyboard.press("Space")
        state(page, wanted)
    assert page.locator("#main .masked").count() > 2
    page.screenshot(path="/tmp/wDnotes/j-talk.png")
    keys = ["Tab", "Tab", "Space", "Tab", "Space"]
    for key in keys:
        page.keyboard.press(key)
    expect(page.locator("text=Identity verified")).to_be_visible()
    assert page.locator("#main .masked").count() == 0
    keys += ["p"]
    page.keyboard.press("p")
    expect(page.locator("#card .promise")).to_be_visible()
    page.wait_for_timeout(200)
    page.screenshot(path="/tmp/wDnotes/j-promise.png")
    keys += ["Enter"]
    page.keyboard.press("Enter")
    state(page, "wrap")
    page.screenshot(path="/tmp/wDnotes/j-wrap.png")
    assert len(keys) <= 8
    assert count("SELECT amount_minor FROM promise") == 8_000_001
    page.keyboard.press("z")
    expect(page.locator("text=Taken back")).to_be_visible()
    assert count("SELECT count(*) FROM promise_state WHERE status = 'PENDING'") == 0
    assert aside(broken) == []
