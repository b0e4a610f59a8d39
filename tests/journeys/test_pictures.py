"""Pictures of every page in light, dark and Arabic, small enough to stand in the guides.

AHADI_PICTURES=docs/guides/pictures pytest -m nightly tests/journeys/test_pictures.py     writes them anew
"""

import base64
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from playwright.sync_api import Browser, Page

from ahadi.data import law
from ahadi.domain.people.operations import Joining, PersonOutcome, add_person
from ahadi.jobs.reading import read_all

from . import tour
from .test_desk import state
from .test_first_day import CHROMIUM, browser

__all__ = ["browser"]

pytestmark = [
    pytest.mark.nightly,
    pytest.mark.skipif(
        not Path(CHROMIUM).exists(), reason="NO BROWSER: install Debian's package chromium to run the journeys"
    ),
]

# What a picture is called: how the page looks in it, the language, and the colours.
LOOKS = {"light": ("en-GB", "light"), "dark": ("en-GB", "dark"), "arabic": ("ar", "light")}
QUALITY, SUM_MAX = 52, 6_000_000
NAMES = (
    "Neema Mrisho", "Juma Bakari", "Asha Mwinyi", "Baraka Otieno", "Fatuma Ali", "Grace Wanjiru", "Hassan Omar",
    "Irene Achieng", "Joseph Mwangi", "Khadija Said", "Lucy Njeri", "Musa Kamau", "Nuru Salim", "Peter Kiprop",
    "Rehema Juma", "Salma Hamisi", "Thomas Odhiambo", "Upendo Massawe", "Victor Kimani", "Zainab Abdi",
)  # fmt: skip


@pytest.fixture(autouse=True)
def open_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is never too late to call, whenever the pictures are taken."""
    regime = law.regime
    shut = {rule.id for rule in law.rules().values() if rule.topic == "contact hours"}
    monkeypatch.setattr(
        law, "regime", lambda *of, **how: tuple(rule for rule in regime(*of, **how) if rule.rule_id not in shut)
    )


@pytest.fixture
def house(running_site: str) -> Iterator[tour.Walk]:
    """A book with people in it, and the way through all pages."""
    scenery = tour.pages_of_tests("scenery")
    house = scenery.opened("kisima")
    house.creditor("pwani", scenery.PWANI)
    house.creditor("zawadi", scenery.ZAWADI)
    for login, role, name in (("amina", "officer", "Amina Komba"), ("sara", "supervisor", "Sara Lema")):
        join(house, login, role, name)
    house.place("pwani", list(rows(house, scenery)))
    house.place("zawadi", list(pendo(house, scenery)), currency="USD")
    house.hold("P3", "DISPUTE")
    read_all(house.id)
    yield tour.walk(house)
    connections.close_all()


def join(house: Any, login: str, role: str, name: str) -> None:
    """Lets somebody join under a full name."""
    scenery = tour.pages_of_tests("scenery")
    joining = Joining(login, name, scenery.PASSWORD, role)
    made = house.perform("add_person", lambda act: add_person(act, joining=joining), PersonOutcome)
    house.people[login] = made.person_id


def rows(house: Any, scenery: Any) -> Iterator[dict[str, Any]]:
    """Everybody with what is late, and one receipt each by which they are recognised."""
    paid = house.today - timedelta(days=90)
    for turn, name in enumerate(NAMES, 1):
        number = f"P{turn}"
        known = {
            "debtor_name": name,
            "phone": f"+25471234{turn:04}",
            "address": f"{turn} Market Street, Nairobi",
            "branch": "Mombasa" if turn % 3 else "Nairobi",
        }
        yield scenery.debt(number, 95 - 4 * turn, (2_400 - 97 * turn) * 1_000, **known)
        yield scenery.debt(number, 12, 150_000 + 1_000 * turn, **known)
        yield scenery.debt(number, 120, 150_000, settled_on=paid, reference=f"I-{number}-paid", **known)


def pendo(house: Any, scenery: Any) -> Iterator[dict[str, Any]]:
    """Somebody of another creditor, who pays later each time."""
    known = {"debtor_name": "Pendo Mushi", "phone": "+254712340099", "address": "9 Harbour Road, Mombasa"}
    yield scenery.debt("Z1", 3, 1_234_500, **known)
    for late, came in ((150, 150), (120, 117), (90, 80), (60, 46)):
        paid = house.today - timedelta(days=came)
        yield scenery.debt("Z1", late, 150_000, settled_on=paid, reference=f"I-Z1-{late}", **known)


def talking(page: Page, site: str) -> None:
    """The officer has somebody on the line who named two facts."""
    page.goto(f"{site}/desk/")
    steps = ("ready", "preview", "dial", "talk")
    now = steps.index(str(page.get_attribute("#room", "data-state")))
    for wanted in steps[now + 1 :]:
        page.keyboard.press("Space")
        state(page, wanted)
    for key in ("Tab", "Tab", "Space", "Tab", "Space"):
        page.keyboard.press(key)
    page.locator("text=Identity verified").or_(page.locator(".step--done")).first.wait_for()


def hangs_up(page: Page, site: str) -> None:
    """The call ends, and the next account is there."""
    page.goto(f"{site}/desk/")
    page.locator("#act").focus()
    page.keyboard.press("8")
    state(page, "wrap")
    page.keyboard.press("Control+Enter")
    state(page, "preview")


def shoot(page: Page, target: Path) -> int:
    """A picture as WebP; its size."""
    page.wait_for_timeout(120)
    session = page.context.new_cdp_session(page)
    taken = session.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    session.detach()
    target.write_bytes(base64.b64decode(taken["data"]))
    return target.stat().st_size


def named(route: str) -> str:
    """A file's name for a route."""
    words = [word for word in route.strip("/").split("/") if word and not word.startswith("<")]
    last = "-one" if route.rstrip("/").endswith(">") else ""
    return ("-".join(words) or "first") + last


def test_pictures_of_every_page_are_small(
    running_site: str, house: tour.Walk, browser: Browser, tmp_path: Path
) -> None:
    folder = Path(os.environ.get("AHADI_PICTURES", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    taken: dict[str, dict[str, int]] = {}
    for look, (language, scheme) in LOOKS.items():
        for login in sorted({stop.login for stop in house.stops}, key=str):
            context = house.context(browser, running_site, login, locale=language, color_scheme=scheme)
            page = context.new_page()
            if login == "amina":
                talking(page, running_site)
            for stop in (one for one in house.stops if one.login == login):
                answer = page.goto(running_site + stop.url)
                if answer is not None and answer.ok and page.evaluate("document.documentElement.lang"):
                    name = named(stop.route)
                    taken.setdefault(name, {})[look] = shoot(page, folder / f"{name}-{look}.webp")
            if login == "amina":
                hangs_up(page, running_site)
            context.close()
    # A page that is gone, or that nobody in this book may open any more, has no picture either.
    shown = {f"{name}-{look}.webp" for name in taken for look in LOOKS}
    for old in (file for file in folder.glob("*.webp") if file.name not in shown):
        old.unlink()
    assert all(set(sizes) == set(LOOKS) for sizes in taken.values())
    assert sum(size for sizes in taken.values() for size in sizes.values()) < SUM_MAX, "the pictures grow too large"
