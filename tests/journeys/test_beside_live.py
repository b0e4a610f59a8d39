"""A supervisor beside an officer by keys: observe, whisper, join, each on the other's screen within a second."""

import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from ahadi.data import frames

from .test_board import board
from .test_desk import aside, at_desk, name, state
from .test_desk_live import browser, served
from .test_first_day import CHROMIUM

__all__ = ["browser", "served"]

pytestmark = pytest.mark.skipif(
    not Path(CHROMIUM).exists(), reason="NO BROWSER: install Debian's package chromium to run the journeys"
)
INSERTED = (
    "INSERT INTO whisper (by_id, officer_id, text, at, act_id) SELECT s.id, o.id, 'Without a word', now(),"
    " (SELECT max(id) FROM act) FROM person s, person o WHERE s.login = 'sara' AND o.login = 'amina'"
)


def test_a_supervisor_observes_whispers_and_joins_by_keys(served: Any, browser: Browser) -> None:
    _house, site, _live = served
    desk, _ = at_desk(browser, site)
    desk.keyboard.press("Space")
    state(desk, "preview")
    page, watch = board(browser, site)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("o")
    page.wait_for_url("**/desk/")
    expect(page.locator("#screen")).to_contain_text(name(desk))
    expect(desk.locator("#beside")).to_be_empty()
    desk.wait_for_timeout(1_000)
    page.keyboard.press("i")
    page.keyboard.type("Offer her Friday")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/")
    began = time.monotonic()
    expect(desk.locator("#beside")).to_contain_text("Offer her Friday", timeout=5_000)
    assert time.monotonic() - began < 1.5
    desk.keyboard.press("g")
    expect(desk.locator("#beside")).to_be_empty(timeout=5_000)
    expect(page.locator("#lines")).not_to_contain_text("not seen yet", timeout=5_000)
    page.keyboard.press("j")
    expect(desk.locator("#beside")).to_contain_text("is with you on this account", timeout=5_000)
    # What is not told stays unseen: it is the word of the database that brings it, not a look now and then.
    aside(lambda: frames.execute(INSERTED, {}))
    desk.wait_for_timeout(2_000)
    expect(desk.locator("#beside")).not_to_contain_text("Without a word")
    assert not watch.said
