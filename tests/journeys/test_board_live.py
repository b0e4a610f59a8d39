"""The floor hears within a second what somebody does at their desk, from the site as it is really served."""

import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from ahadi.data import frames

from .test_board import board
from .test_desk import aside, at_desk, broken, state
from .test_desk_live import browser, served
from .test_first_day import CHROMIUM

__all__ = ["browser", "served"]

pytestmark = pytest.mark.skipif(
    not Path(CHROMIUM).exists(), reason="NO BROWSER: install Debian's package chromium to run the journeys"
)


@pytest.mark.duty("F4")
def test_floor_shows_within_a_second_that_somebody_began(served: Any, browser: Browser) -> None:
    _house, site, _live = served
    page, watch = board(browser, site)
    page.wait_for_timeout(1_500)
    watch.asked.clear()
    desk, _watch = at_desk(browser, site)
    desk.keyboard.press("Space")
    state(desk, "preview")
    began = time.monotonic()
    row = page.locator("#floor tr", has_text="Amina Komba")
    expect(row).to_contain_text("Preview", timeout=5_000)
    assert time.monotonic() - began < 1.5
    page.wait_for_timeout(1_500)
    assert any("counts" in url for url in watch.asked), "what was done is counted with it"
    assert not watch.said
    assert aside(broken) == []


def test_without_a_word_of_the_database_the_floor_waits(served: Any, browser: Browser) -> None:
    _house, site, _live = served
    page, _watch = board(browser, site)
    page.wait_for_timeout(1_500)
    query = (
        "INSERT INTO desk_state (person_id, organisation_id, state, code, since, seen_at, extensions)"
        " SELECT id, organisation_id, 'pause', 'break', now(), now(), 0 FROM person WHERE login = 'bakari'"
    )
    aside(lambda: frames.execute(query, {}))
    page.wait_for_timeout(2_500)
    assert "Break" not in page.inner_text("#floor")
