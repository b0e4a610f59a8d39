"""Passkeys and the lock in a real browser: what was typed is still there, and nothing can be read over it."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from .test_first_day import CHROMIUM, Watch, browser, opened, sign_in

__all__ = ["browser"]

pytestmark = pytest.mark.skipif(
    not Path(CHROMIUM).exists(), reason="NO BROWSER: install Debian's package chromium to run the journeys"
)


@pytest.fixture
def site(running_site: str) -> str:
    """The site under a name that browsers take passkeys for."""
    return running_site.replace("127.0.0.1", "localhost")


def with_a_key(page: Page) -> None:
    """Plugs a security key into the browser, one that knows its owner."""
    link = page.context.new_cdp_session(page)
    link.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    link.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_a_passkey_is_set_up_opens_the_door_and_the_lock(site: str, house: Any, browser: Browser) -> None:
    page, watch = opened(browser), Watch(site)
    with_a_key(page)
    watch.over(page)
    sign_in(page, site, "amina")
    page.locator("details.mine summary").last.click()
    page.click("text=How you sign in")
    page.click("text=Set one up")
    page.fill("main [name=password]", "a long sentence for tests")
    page.click("button:has-text('Go on')")
    page.fill("[name=name]", "Blue key")
    page.click("button:has-text('Make it')")
    page.wait_for_selector("text=Write them down")
    page.click("text=I have written them down")
    assert "Blue key" in page.inner_text("main") and "without a password" in page.inner_text("main")

    page.locator("details.mine summary").last.click()
    page.click("button:has-text('Sign out')")
    page.click("button:has-text('Sign in with a passkey')")
    page.wait_for_url("**/desk/")

    page.locator("details.mine summary").last.click()
    page.click("[data-lock]")
    page.wait_for_selector("#lock:visible")
    page.click("#lock button:has-text('Unlock with a passkey')")
    page.wait_for_selector("#lock", state="hidden")
    assert page.is_visible("h2:has-text('Today’s list')") and page.url.endswith("/desk/")
    assert watch.is_quiet()


def test_what_was_typed_is_still_there_after_the_lock_and_cannot_be_read_under_it(
    site: str, house: Any, browser: Browser
) -> None:
    page = opened(browser)
    sign_in(page, site, "sara")
    page.fill("[name=q]", "half a thought")
    page.locator("details.mine summary").last.click()
    page.click("[data-lock]")
    page.wait_for_selector("#lock:visible")
    assert not page.is_visible("main") and not page.is_visible(".topbar")
    assert page.title() == "Locked · Ahadi"
    assert "Debtor" not in page.locator("body").inner_text()
    # Another page of the same browser is locked too, and so is what a script asks.
    assert page.evaluate("fetch('/ageing/').then((answer) => answer.status)") == 423
    other = page.context.new_page()
    other.goto(f"{site}/ageing/")
    assert other.url.startswith(f"{site}/unlock/")
    other.close()

    page.fill("#lock-pw", "wrong")
    page.click("#lock button:has-text('Unlock') >> nth=0")
    page.wait_for_selector("text=This is not your password")
    assert not page.is_visible("main")
    page.fill("#lock-pw", "a long sentence for tests")
    page.press("#lock-pw", "Enter")
    page.wait_for_selector("#lock", state="hidden")
    assert page.input_value("[name=q]") == "half a thought"
    assert page.is_visible("main") and "Locked" not in page.title()


def test_a_page_that_was_left_covers_itself(site: str, house: Any, browser: Browser, settings: Any) -> None:
    settings.IDLE_SECONDS = 2
    page = opened(browser)
    sign_in(page, site, "sara")
    page.fill("[name=q]", "half a thought")
    page.wait_for_selector("#lock:visible", timeout=10_000)
    settings.IDLE_SECONDS = 600
    page.fill("#lock-pw", "a long sentence for tests")
    page.press("#lock-pw", "Enter")
    page.wait_for_selector("#lock", state="hidden")
    assert page.input_value("[name=q]") == "half a thought"


def test_without_script_a_locked_session_is_unlocked_on_a_page(site: str, house: Any, browser: Browser) -> None:
    page = opened(browser, java_script_enabled=False)
    sign_in(page, site, "sara")
    page.context.request.post(
        f"{site}/here/", form={"lock": "now", "csrfmiddlewaretoken": token(page)}, headers={"Origin": site}
    )
    page.goto(f"{site}/ageing/")
    assert page.inner_text("h1") == "Locked"
    page.fill("[name=password]", "a long sentence for tests")
    page.click("button:has-text('Unlock') >> nth=0")
    assert page.url == f"{site}/ageing/"


def token(page: Page) -> str:
    """The token of a form of the page."""
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.content())
    assert found
    return found[1]


@pytest.fixture
def root(house: Any) -> str:
    """Somebody who looks after access."""
    house.join("root", "admin")
    return "root"


def test_nothing_overflows_when_the_pages_of_access_are_mirrored(
    site: str, house: Any, root: str, browser: Browser
) -> None:
    page = opened(browser)
    sign_in(page, site, root)
    for address in ("/people/", "/people/new/", "/teams/", "/me/", "/me/access/", "/me/sessions/", "/me/password/"):
        page.goto(site + address)
        page.evaluate("document.documentElement.dir = 'rtl'")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
