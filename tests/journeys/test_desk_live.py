"""News reaches an open desk within a second, from the site as it is really served; and nothing does without a word."""

import contextlib
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from playwright.sync_api import Browser, Page, expect, sync_playwright

from ahadi.data import frames

from .test_desk import aside, at_desk, name, people, state
from .test_first_day import CHROMIUM, FLAGS, sign_in

pytestmark = pytest.mark.skipif(
    not Path(CHROMIUM).exists(), reason="NO BROWSER: install Debian's package chromium to run the journeys"
)


def _ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


@pytest.fixture
def served(committed_book: Any, scenery: Any) -> Iterator[tuple[Any, str, str]]:
    """The site and its push in processes of their own: the house, and their addresses."""
    house = scenery.opened("kisima")
    house.creditor("pwani", scenery.PWANI)
    house.join("amina", "officer", name="Amina Komba")
    house.join("bakari", "officer", name="Bakari Sanga")
    house.join("sara", "supervisor")
    house.place("pwani", [row for turn in range(1, 5) for row in people(scenery, turn)])
    site, live = _ports()
    environment = {
        **os.environ,
        "AHADI_DATABASE_URL": committed_book.app_url,
        "AHADI_OWNER_DATABASE_URL": committed_book.owner_url,
        "AHADI_SECRET_KEY": settings.SECRET_KEY,
        "AHADI_SNAPSHOTS": str(settings.SNAPSHOT_FOLDER),
    }
    words = ["serve", "--port", str(site), "--live-port", str(live), "--workers", "1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "ahadi.project.cli", *words], env=environment, stdout=subprocess.DEVNULL
    )
    try:
        for port in (site, live):
            _await(port)
        yield house, f"http://127.0.0.1:{site}", f"http://127.0.0.1:{live}/live/"
    finally:
        process.terminate()
        process.wait(timeout=30)
        connections.close_all()


def _await(port: int) -> None:
    latest = time.monotonic() + 60
    while time.monotonic() < latest:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise AssertionError(f"nobody listens on {port}")


@pytest.fixture
def browser(served: Any) -> Iterator[Browser]:
    """A real one, without a window."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def receive(house: Any, scenery: Any, number: str, amount_minor: int) -> None:
    """Money that comes in now."""
    row = scenery.debt(number, 130, amount_minor, settled_on=house.today, reference=f"R-{number}-{time.monotonic_ns()}")
    house.place("pwani", [row])


def opens(page: Page) -> str:
    """Takes the first account; the number of it."""
    page.keyboard.press("Space")
    state(page, "preview")
    found = re.search(r"Neema (\d)", name(page))
    assert found
    return f"N{found.group(1)}"


def test_a_receipt_shows_a_banner_within_a_second(served: Any, scenery: Any, browser: Browser) -> None:
    house, site, _ = served
    page, watch = at_desk(browser, site)
    watch.asked.clear()
    number = opens(page)
    page.wait_for_timeout(800)
    aside(lambda: receive(house, scenery, number, 2_500_000))
    began = time.monotonic()
    expect(page.locator("#banner .banner")).to_be_visible(timeout=5_000)
    assert time.monotonic() - began < 1.0
    assert "Late now" in page.inner_text("#banner")
    assert not watch.said


def test_without_a_word_of_the_database_nothing_arrives(
    served: Any, scenery: Any, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, site, _ = served
    page, _watch = at_desk(browser, site)
    number = opens(page)
    page.wait_for_timeout(800)
    monkeypatch.setattr("ahadi.data.news._send", lambda news: None)
    aside(lambda: receive(house, scenery, number, 2_500_000))
    page.wait_for_timeout(2_000)
    assert page.locator("#banner .banner").count() == 0


def test_somebody_elses_account_tells_one_nothing(served: Any, scenery: Any, browser: Browser) -> None:
    house, site, _ = served
    page, _watch = at_desk(browser, site)
    number = opens(page)
    other = aside(
        lambda: frames.scalar(
            "SELECT a.number FROM account a JOIN account_state t ON t.account_id = a.id WHERE t.owner_id <> (SELECT"
            " s.owner_id FROM account_state s JOIN account b ON b.id = s.account_id WHERE b.number = %(n)s) LIMIT 1",
            {"n": number},
        )
    )
    page.wait_for_timeout(800)
    aside(lambda: receive(house, scenery, other, 2_500_000))
    page.wait_for_timeout(1_500)
    assert page.locator("#banner .banner").count() == 0


def _asked(live: str, **heads: str) -> tuple[int, str | None]:
    host, path = live.removeprefix("http://").split("/", 1)
    link = HTTPConnection(host, timeout=5)
    link.request("GET", f"/{path}", headers=heads)
    answer = link.getresponse()
    told = answer.status, answer.headers["Access-Control-Allow-Origin"]
    link.close()
    return told


def test_news_is_for_who_is_signed_in_and_for_pages_of_this_site(served: Any, browser: Browser) -> None:
    _house, site, live = served
    page, _watch = at_desk(browser, site)
    cookies = {one["name"]: one["value"] for one in page.context.cookies()}
    mine = f"session={cookies['session']}"
    assert _asked(live, Origin=site) == (403, site)
    assert _asked(live, Origin=site, Cookie="session=abc") == (403, site)
    assert _asked(live, Origin="http://evil.example", Cookie=mine) == (403, None)
    assert _asked(live, Origin=site.replace("127.0.0.1", "localhost"), Cookie=mine) == (403, None)
    assert _asked(live, Origin=live.removesuffix("/live/"), Cookie=mine) == (403, None)
    assert _asked(live, Origin=site, Cookie=mine) == (200, site)
    page.click("#me summary")
    page.click("#me >> text=Sign out")
    page.wait_for_url("**/sign-in/**")
    assert _asked(live, Origin=site, Cookie=mine) == (403, site)


def test_the_page_may_hear_that_port_and_no_other(served: Any) -> None:
    _house, site, live = served
    with urllib.request.urlopen(f"{site}/sign-in/") as answer:
        policy = answer.headers["Content-Security-Policy"]
    assert live.removesuffix("/live/") in policy and "connect-src 'self'" in policy


def test_names_of_a_batch_are_found_soon_after_it_came(served: tuple[Any, str, str], browser: Browser) -> None:
    _house, site, _live = served
    page = browser.new_context().new_page()
    sign_in(page, site, "sara")
    latest = time.monotonic() + 30
    while time.monotonic() < latest:
        page.goto(f"{site}/search/?q=mrisho")
        if page.locator("#people").count():
            break
        time.sleep(0.5)
    assert "Mrisho" in page.inner_text("#people")
    waiting = aside(lambda: frames.scalar("SELECT count(*) FROM search_due WHERE NOT is_done"))
    assert waiting == 0
