"""Nobody is kept out by how a page is made: axe finds nothing serious on any page, in light and in dark."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from . import tour
from .test_first_day import CHROMIUM, browser

__all__ = ["browser"]

pytestmark = pytest.mark.skipif(
    not Path(CHROMIUM).exists(), reason="NO BROWSER: install Debian's package chromium to run the journeys"
)

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
RUN = """async (rules) => {
  const found = await axe.run(document, { resultTypes: ["violations"], ...rules });
  return found.violations.filter((one) => ["serious", "critical"].includes(one.impact))
    .map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
}"""
# Colours pass into one another for a moment; what is looked at is where they come to rest.
SETTLE = """async () => {
  for (let turn = 0; turn < 2; turn++) await new Promise(requestAnimationFrame);
  for (const one of document.getAnimations()) one.finish();
}"""
# A part of a page that a script puts in has neither a head nor the styles of the page around it.
PART = {"rules": {name: {"enabled": False} for name in ("document-title", "html-has-lang", "color-contrast")}}
COLOURS = {"runOnly": ["color-contrast"]}


@pytest.fixture
def house(running_site: str) -> tour.Walk:
    """The book of the page tests, with somebody for every page, and the way through all of them."""
    return tour.walk(tour.pages_of_tests("scenery").kisima())


def found(page: Page, rules: dict[str, Any] | None = None) -> list[str]:
    """What axe says of the page as it stands."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE)
    told: list[str] = page.evaluate(RUN, rules or {})
    return told


def found_at_rest(page: Page) -> list[str]:
    """What axe says of the colours, and still says a moment later."""
    told = found(page, COLOURS)
    for _ in range(3):
        if not told:
            break
        page.wait_for_timeout(400)
        told = found(page, COLOURS)
    return told


def wrong(site: str, walk: tour.Walk, browser: Browser, language: str) -> Iterator[str]:
    """Everything serious on every page in a language, in light and in dark."""
    for login in sorted({stop.login for stop in walk.stops}, key=str):
        context = walk.context(browser, site, login, locale=language, color_scheme="light", reduced_motion="reduce")
        page = context.new_page()
        if login == "amina":
            with_somebody_at_the_desk(page, site)
        for stop in (one for one in walk.stops if one.login == login):
            answer = page.goto(site + stop.url)
            # Nobody has an app to take away, nothing is mailed, a supervisor is on no floor: what stands there instead
            # is the page of what is not there.
            assert answer is not None and answer.status in (200, 404), stop.route
            if not page.evaluate("document.documentElement.lang"):
                yield from (f"{stop.route} {language}: {one}" for one in found(page, PART))
                continue
            assert page.evaluate("document.documentElement.lang") == language, stop.route
            yield from (f"{stop.route} {language} light: {one}" for one in found(page))
            page.emulate_media(color_scheme="dark", reduced_motion="reduce")
            page.evaluate(SETTLE)
            yield from (f"{stop.route} {language} dark: {one}" for one in found_at_rest(page))
            page.emulate_media(color_scheme="light", reduced_motion="reduce")
        context.close()


def with_somebody_at_the_desk(page: Page, site: str) -> None:
    """Takes the first account where one waits, so that the desk is drawn with everything on it."""
    page.goto(f"{site}/desk/")
    take = page.locator("form[action$='/desk/next/'] button")
    if take.count():
        take.first.click()
        page.wait_for_load_state()


def test_nothing_serious_is_found_on_any_page(running_site: str, house: tour.Walk, browser: Browser) -> None:
    told = [line for language in ("en", "ar") for line in wrong(running_site, house, browser, language)]
    assert not told, "\n".join(told)


@pytest.mark.nightly
def test_nothing_serious_is_found_in_the_other_languages(running_site: str, house: tour.Walk, browser: Browser) -> None:
    told = [line for language in ("sw", "fr") for line in wrong(running_site, house, browser, language)]
    assert not told, "\n".join(told)


def test_page_that_keeps_somebody_out_is_found(running_site: str, house: tour.Walk, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{running_site}/sign-in/")
    assert not found(page)
    page.evaluate("document.querySelector('label[for=who]').remove()")
    assert any(one.startswith("label:") for one in found(page))
    page.evaluate("document.querySelector('#in-h').style.color = '#bbb'")
    assert any(one.startswith("color-contrast:") for one in found(page, COLOURS))
