"""Pictures of every page in light, dark and Arabic, small enough to stand in the guides.

AHADI_PICTURES=docs/guides/pictures pytest -m nightly tests/journeys/test_pictures.py     writes them anew
"""

import base64
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connections
from playwright.sync_api import Browser, Page

from . import lived, scenes, tour
from .test_first_day import CHROMIUM, browser

__all__ = ["browser"]

pytestmark = [
    pytest.mark.usefixtures("open_hours"),
    pytest.mark.nightly,
    pytest.mark.skipif(
        not Path(CHROMIUM).exists(), reason="NO BROWSER: install Debian's package chromium to run the journeys"
    ),
]

# What a picture is called: how the page looks in it, the language, and the colours.
LOOKS = {"light": ("en-GB", "light"), "dark": ("en-GB", "dark"), "arabic": ("ar", "light")}
QUALITY, SUM_MAX = 40, 8_500_000


@pytest.fixture
def house(running_site: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[tour.Walk]:
    """A book that was lived in, and the way through all pages."""
    yield tour.walk(*lived.lived_in(monkeypatch, tmp_path))
    connections.close_all()


def shoot(page: Page, target: Path) -> int:
    """A picture as WebP; its size."""
    page.wait_for_timeout(120)
    session = page.context.new_cdp_session(page)
    taken = session.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    session.detach()
    target.write_bytes(base64.b64decode(taken["data"]))
    return target.stat().st_size


@dataclass
class Album:
    """The pictures of one look, in a folder; sizes by the name of the page."""

    folder: Path
    look: str
    sizes: dict[str, int] = field(default_factory=dict)

    def take(self, page: Page, name: str) -> None:
        """A picture of what stands there."""
        self.sizes[name] = shoot(page, self.folder / f"{name}-{self.look}.webp")

    def walk(self, page: Page, site: str, stops: Iterable[tour.Stop]) -> None:
        """A picture of every page that is one."""
        for stop in stops:
            answer = page.goto(site + stop.url)
            is_there = answer is not None and answer.ok and urlsplit(page.url).path == stop.url
            if is_there and page.evaluate("document.documentElement.lang"):
                if stop.route in scenes.BEFORE:
                    scenes.BEFORE[stop.route](page, site)
                self.take(page, tour.named(stop.route))

    def desk(self, page: Page, site: str) -> None:
        """A picture of each card while somebody talks."""
        for card in scenes.CARDS:
            scenes.opened(page, site, card)
            self.take(page, card.name)


def album(site: str, house: tour.Walk, browser: Browser, folder: Path, look: str) -> Album:
    """Every page in one look; the officer stays on the line while the supervisor looks on."""
    language, scheme = LOOKS[look]
    made = Album(folder, look)
    logins = sorted({stop.login for stop in house.stops}, key=str)
    contexts = {one: house.context(browser, site, one, locale=language, color_scheme=scheme) for one in logins}
    desk = contexts["amina"].new_page()
    scenes.talking(desk, site)
    for login, context in contexts.items():
        page = desk if login == "amina" else context.new_page()
        made.walk(page, site, (stop for stop in house.stops if stop.login == login))
        if login == "amina":
            made.desk(page, site)
    scenes.hangs_up(desk, site)
    made.take(desk, "desk-wrap")
    scenes.goes_on(desk)
    for context in contexts.values():
        context.close()
    return made


def test_pictures_of_every_page_are_small(
    running_site: str, house: tour.Walk, browser: Browser, tmp_path: Path
) -> None:
    folder = Path(os.environ.get("AHADI_PICTURES", tmp_path / "pictures"))
    folder.mkdir(parents=True, exist_ok=True)
    made = [album(running_site, house, browser, folder, look) for look in LOOKS]
    # A page that is gone, or that nobody in this book may open any more, has no picture either.
    shown = {f"{name}-{each.look}.webp" for each in made for name in each.sizes}
    for old in (file for file in folder.glob("*.webp") if file.name not in shown):
        old.unlink()
    assert all(set(each.sizes) == set(made[0].sizes) for each in made)
    assert sum(sum(each.sizes.values()) for each in made) < SUM_MAX, "the pictures grow too large"
