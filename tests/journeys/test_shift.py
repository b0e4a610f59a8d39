"""A shift by keyboard alone over a book of many: every account with its outcome and what is next, and what it weighs.

AHADI_DESK_TABLE=docs/operating/desk.md pytest -m nightly tests/journeys/test_shift.py     writes the table anew
"""

import gzip
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import pytest
from django.db import connections
from playwright.sync_api import Browser, Page, Response, expect

from ahadi.jobs.reading import read_all

from .test_desk import aside, at_desk, broken, count, people, state
from .test_first_day import CHROMIUM, browser

__all__ = ["browser"]

pytestmark = [
    pytest.mark.usefixtures("open_hours"),
    pytest.mark.skipif(
        not Path(CHROMIUM).exists(), reason="NO BROWSER: install Debian's package chromium to run the journeys"
    ),
]

FIRST_MAX, LATER_MAX = 250_000, 40_000
KEYS_MAX = 8
PAINT_MAX = 50.0
# From a key to the paint after it, and to the paint of what the server answered to it. What moves while a key waits for
# its answer, or in the half second after it, was asked for; whatever moves later moves by itself.
PAINTS = """
    window.paints = []; window.answers = []; window.moved = 0; let asked = 0, answered = 0;
    const painted = (since, told) => requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => told.push(performance.now() - since);
      channel.port2.postMessage(0);
    });
    addEventListener("keydown", () => { asked = performance.now(); painted(asked, window.paints); }, true);
    new MutationObserver(() => {
      answered = performance.now();
      if (asked) painted(asked, window.answers);
      asked = 0;
    }).observe(document, { subtree: true, attributes: true, attributeFilter: ["data-state", "data-account"] });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        if (!entry.hadRecentInput && !asked && entry.startTime > answered + 500) window.moved += entry.value;
    }).observe({ type: "layout-shift" });
"""


@dataclass
class Measured:
    """What one shift weighed: bytes as they would be sent, keys of each account, milliseconds, how far it moved."""

    sent: list[tuple[str, int]] = field(default_factory=list)
    keys: list[int] = field(default_factory=list)
    paints: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    shifted: float = 0.0

    def over(self, page: Page) -> None:
        """Begins to weigh and to measure."""
        page.on("response", self._weigh)
        page.add_init_script(PAINTS)

    def take(self, page: Page) -> None:
        """Remembers what the page has measured so far."""
        page.wait_for_timeout(200)
        self.paints = list(page.evaluate("window.paints"))
        self.answers = list(page.evaluate("window.answers"))
        self.shifted = float(page.evaluate("window.moved"))

    def first(self) -> int:
        """What the first page weighed, with all that it brings along."""
        return sum(size for _kind, size in self.sent)

    def _weigh(self, response: Response) -> None:
        if response.status == 200:
            self.sent.append((response.request.resource_type, len(gzip.compress(response.body(), 6))))


@pytest.fixture
def house(running_site: str, scenery: Any) -> Iterator[Any]:
    """An agency with one officer, and nobody who is late yet."""
    house = scenery.opened("kisima")
    house.creditor("pwani", scenery.PWANI)
    house.join("amina", "officer", name="Amina Komba")
    yield house
    connections.close_all()


def pressed(page: Page, *keys: str) -> int:
    """Presses keys one after the other; how many they are."""
    for key in keys:
        page.keyboard.press(key)
    return len(keys)


def dialled(page: Page) -> None:
    """Begins the call, which belongs to every account and is no key of its outcome."""
    page.keyboard.press("Space")
    state(page, "dial")


def promises(page: Page) -> int:
    """Somebody answers and promises: from the first word to the next account."""
    page.keyboard.press("Space")
    state(page, "talk")
    keys = pressed(page, "Tab", "Tab", "Space", "Tab", "Space")
    expect(page.locator("text=Identity verified")).to_be_visible()
    keys += pressed(page, "p")
    expect(page.locator("#card .promise")).to_be_visible()
    page.wait_for_timeout(200)
    keys += pressed(page, "Enter")
    state(page, "wrap")
    return keys + pressed(page, "Control+Enter")


def calls_back(page: Page) -> int:
    """It is to be tried again in an hour."""
    keys = pressed(page, "7")
    expect(page.locator("#card #at-time")).to_be_focused()
    return keys + pressed(page, "Enter")


def worked(page: Page, turn: int) -> int:
    """One account of the shift, as days go: most do not answer, some promise; the keys of its outcome."""
    dialled(page)
    if turn % 10 == 4:
        return promises(page)
    if turn % 10 == 7:
        return calls_back(page)
    return pressed(page, "6" if turn % 10 == 9 else "34"[turn % 2])


@pytest.mark.duty("B1", "B11")
@pytest.mark.parametrize("accounts", [10, pytest.param(80, marks=pytest.mark.nightly)])
def test_a_shift_goes_by_keyboard_alone_and_leaves_nobody_without_what_is_next(
    running_site: str, house: Any, scenery: Any, browser: Browser, accounts: int
) -> None:
    aside(lambda: house.place("pwani", [row for turn in range(1, accounts + 1) for row in people(scenery, turn)]))
    aside(lambda: read_all(house.id))
    page, watch = at_desk(browser, running_site)
    fresh = browser.new_context(viewport={"width": 1366, "height": 768}, storage_state=page.context.storage_state())
    measured = Measured()
    page.context.close()
    page = fresh.new_page()
    watch.over(page)
    measured.over(page)
    page.goto(f"{running_site}/desk/", wait_until="networkidle")
    first, later = measured.first(), []
    page.keyboard.press("Space")
    for turn in range(accounts):
        state(page, "preview")
        expect(page.locator("#main h1")).not_to_have_text("")
        if turn % 5 == 0:
            page.wait_for_timeout(1_200)
        before, so_far = page.url, len(measured.sent)
        measured.keys.append(worked(page, turn))
        if turn < accounts - 1:
            page.wait_for_url(lambda url, before=before: url != before)
        later.append(max((size for _kind, size in measured.sent[so_far:]), default=0))
    state(page, "ready")
    measured.take(page)

    assert count("SELECT count(DISTINCT account_id) FROM contact") == accounts
    assert count("SELECT count(*) FROM contact_outcome") == accounts
    waits = "SELECT count(*) FROM account_state WHERE status = 'open' AND next_action IS NULL"
    assert count(waits) == 0
    assert max(measured.keys) <= KEYS_MAX
    assert first <= FIRST_MAX and max(later) <= LATER_MAX
    assert measured.shifted < 0.001
    assert not watch.said
    assert aside(broken) == []
    if accounts >= 80:
        assert median(measured.paints) <= PAINT_MAX
        keep(measured, accounts, first, max(later))


def keep(measured: Measured, accounts: int, first: int, later: int) -> None:
    """Writes what was measured into the page of the manual, where one is named."""
    if not (page := os.environ.get("AHADI_DESK_TABLE")):
        return
    lines = [
        ("accounts worked, by keyboard alone", f"{accounts}", ""),
        ("a key to the paint after it, median", f"{median(measured.paints):.0f} ms", f"{PAINT_MAX:.0f} ms"),
        ("a key to the paint of the server's answer, median", f"{median(measured.answers):.0f} ms", ""),
        ("the same, 95 of 100", f"{quantiles(measured.answers, n=20)[-1]:.0f} ms", "150 ms"),
        ("keys for an outcome, mean", f"{sum(measured.keys) / accounts:.1f}", ""),
        (
            "keys for an outcome, most: a promise, from the first word to the next account",
            f"{max(measured.keys)}",
            f"{KEYS_MAX}",
        ),
        ("moved by itself once an answer was painted (layout shift)", f"{measured.shifted:.3f}", "0"),
        ("the first page with all it brings, gzipped", f"{first // 1000} kB", f"{FIRST_MAX // 1000} kB"),
        ("the heaviest answer after it, gzipped", f"{later // 1000} kB", f"{LATER_MAX // 1000} kB"),
    ]
    table = "\n".join(f"| {what} | {found} | {budget} |" for what, found, budget in lines)
    target = Path(page)
    text = target.read_text("utf-8")
    part = re.compile(r"(<!-- measured: desk -->\n).*?(<!-- end -->)", re.DOTALL)
    head = "| What | Measured | Budget |\n| --- | --- | --- |\n"
    target.write_text(part.sub(lambda found: f"{found[1]}\n{head}{table}\n\n{found[2]}", text), "utf-8")
