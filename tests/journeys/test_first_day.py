"""A supervisor signs in, looks at the list, asks why, and opens a figure of the ageing down to an account."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
SHIFTS = """
    window.shifted = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
"""

pytestmark = pytest.mark.skipif(
    not Path(CHROMIUM).exists(), reason="NO BROWSER: install Debian's package chromium to run the journeys"
)


@dataclass
class Watch:
    """What a page must never do: break its policy, fail, ask another host, move after its first paint."""

    site: str
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    shifted: float = 0.0

    def over(self, page: Page) -> None:
        """Begins to listen."""
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))
        page.add_init_script(SHIFTS)

    def look(self, page: Page) -> None:
        """Remembers how far the page moved by itself."""
        page.wait_for_timeout(150)
        self.shifted = max(self.shifted, float(page.evaluate("window.shifted")))

    def is_quiet(self) -> bool:
        """Whether nothing of it happened."""
        strangers = [url for url in self.asked if urlsplit(url).netloc != urlsplit(self.site).netloc]
        assert not self.said and not strangers, (self.said, strangers)
        return self.shifted < 0.01


@pytest.fixture
def browser(house: Any) -> Iterator[Browser]:
    """A real one, without a window."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def opened(browser: Browser, **settings: Any) -> Page:
    return browser.new_context(viewport={"width": 1366, "height": 768}, **settings).new_page()


def sign_in(page: Page, site: str, login: str = "sara") -> None:
    page.goto(f"{site}/sign-in/")
    page.fill("[name=login]", login)
    page.fill("[name=password]", "a long sentence for tests")
    page.click("button:has-text('Sign in')")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_figure_opens_down_to_the_account(running_site: str, browser: Browser, scheme: str, tmp_path: Path) -> None:
    page, watch = opened(browser, color_scheme=scheme), Watch(running_site)
    watch.over(page)
    sign_in(page, running_site)
    seen = []

    def look(name: str) -> None:
        watch.look(page)
        picture = tmp_path / f"{name}-{scheme}.png"
        page.screenshot(path=picture)
        seen.append(picture)

    look("worklist")
    page.click("tbody tr:has-text('Debtor P1') th a")
    assert "Why Debtor P1" in page.inner_text("h1")
    look("why")
    page.keyboard.press("Escape")
    page.wait_for_url(f"{running_site}/worklist/")
    page.click("nav >> text=Portfolio")
    look("ageing")
    figure = page.locator("tr:has-text('Pwani') td.n a").filter(has_text="20,000").first
    figure.click()
    assert page.inner_text("h1") == "Pwani Home Credit, 91–120 days"
    look("behind")
    page.click("tbody th a")
    assert page.inner_text("h1") == "Debtor P1"
    assert not page.is_visible("text=No receipt has paid any of it.")
    page.click("section:has(#charges) tbody label >> nth=0")
    assert page.is_visible("text=No receipt has paid any of it.")
    look("account")
    assert watch.is_quiet()
    assert all(picture.stat().st_size > 10_000 for picture in seen)


def test_without_script_every_page_does_the_same(running_site: str, browser: Browser) -> None:
    page = opened(browser, java_script_enabled=False)
    sign_in(page, running_site)
    assert page.locator("tbody tr").count() == 50
    assert not page.is_visible("text=Copy table")
    page.select_option("[name=bucket]", "91-120")
    page.click("button:has-text('Show')")
    assert page.locator("tbody tr").count() == 1
    page.click("tbody th a")
    assert "Why Debtor P1" in page.inner_text("h1")
    page.click("text=Open the account")
    page.click("section:has(#charges) tbody label >> nth=0")
    assert page.is_visible("text=No receipt has paid any of it.")
    page.click("details.mine:not(.mine--start) > summary")
    page.click("button:has-text('Dark')")
    assert page.get_attribute("html", "data-theme") == "dark"
    page.click("details.mine:not(.mine--start) > summary")
    page.click("button:has-text('Sign out')")
    assert page.url.startswith(f"{running_site}/sign-in/")


def test_arrows_move_between_cells_and_enter_opens_them(running_site: str, browser: Browser) -> None:
    page = opened(browser)
    sign_in(page, running_site)
    page.goto(f"{running_site}/ageing/")
    page.keyboard.press("ArrowDown")
    first = page.evaluate("document.activeElement.href")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.href") != first
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.href") == first
    page.keyboard.press("Enter")
    page.wait_for_url("**/ageing/accounts/**")
    page.keyboard.press("Backspace")
    page.wait_for_url("**/ageing/?**")


def test_a_copied_table_has_raw_figures_and_runs_nothing(running_site: str, browser: Browser) -> None:
    page = opened(browser, permissions=["clipboard-read", "clipboard-write"])
    sign_in(page, running_site)
    page.goto(f"{running_site}/worklist/?q=zawadi")
    page.click("text=Copy table")
    page.wait_for_selector("text=Copied")
    lines = str(page.evaluate("navigator.clipboard.readText()")).splitlines()
    cells = [line.split("\t") for line in lines]
    assert cells[0][1] == "Debtor"
    row = next(row for row in cells if "F1" in row)
    assert row[1] == "'=1+1" and "90000.00" in row


def test_nothing_overflows_when_the_page_is_mirrored(running_site: str, browser: Browser) -> None:
    page = opened(browser)
    sign_in(page, running_site)
    for address in ("/", "/worklist/absent/", "/ageing/", "/ageing/accounts/"):
        page.goto(running_site + address)
        page.evaluate("document.documentElement.dir = 'rtl'")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
