"""A supervisor's day: the floor by keys, work moved and taken back, leave with cover, a plan that the desk counts."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from playwright.sync_api import Browser, Page, expect

from ahadi.data import frames

from .test_desk import aside, at_desk, people
from .test_first_day import CHROMIUM, browser

__all__ = ["browser"]

pytestmark = pytest.mark.skipif(
    not Path(CHROMIUM).exists(), reason="NO BROWSER: install Debian's package chromium to run the journeys"
)


@pytest.fixture
def house(running_site: str, scenery: Any) -> Iterator[Any]:
    """Two officers with four debtors between them, and their supervisor."""
    house = scenery.opened("kisima")
    house.creditor("pwani", scenery.PWANI)
    house.join("amina", "officer", name="Amina Komba")
    house.join("bakari", "officer", name="Bakari Sanga")
    house.join("sara", "supervisor", name="Sara Msuya")
    house.place("pwani", [row for turn in range(1, 7) for row in people(scenery, turn)])
    yield house
    connections.close_all()


def owned(login: str) -> int:
    query = "SELECT count(*) FROM account_state s JOIN owner o ON o.id = s.owner_id WHERE o.code = %(l)s"
    found: int = aside(lambda: frames.scalar(query, {"l": login}))
    return found


def board(browser: Browser, site: str) -> tuple[Page, Any]:
    page, watch = at_desk(browser, site, "sara")
    page.goto(f"{site}/board/")
    return page, watch


def test_work_is_moved_by_keys_and_taken_back_by_one(house: Any, running_site: str, browser: Browser) -> None:
    page, watch = board(browser, running_site)
    expect(page.locator("#floor")).to_contain_text("Amina Komba")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("r")
    page.wait_for_url("**/board/move/**")
    had = owned("amina")
    assert page.get_by_label("From Amina Komba").is_checked()
    page.get_by_label("To Bakari Sanga").check()
    page.get_by_role("button", name="Look at what would move").click()
    expect(page.get_by_text(f"{had} accounts would move")).to_be_visible()
    assert owned("amina") == had
    page.get_by_label("Why they move").fill("Amina is at a training")
    page.get_by_role("button", name=f"Move {had} accounts").click()
    expect(page.locator(".board__undo")).to_contain_text("it can be taken back until")
    assert owned("amina") == 0
    page.keyboard.press("z")
    expect(page.get_by_text("Taken back")).to_be_visible()
    assert owned("amina") == had
    watch.look(page)
    assert watch.is_quiet()


def test_leave_has_cover_and_a_plan_is_counted_at_the_desk(house: Any, running_site: str, browser: Browser) -> None:
    page, watch = at_desk(browser, running_site, "sara")
    page.goto(f"{running_site}/plans/")
    leave = page.locator("form[action$='/leave/']")
    leave.get_by_label("Who", exact=True).select_option(label="Amina Komba")
    for label in ("First day", "Last day"):
        leave.get_by_label(label).fill((house.today + timedelta(days=1)).isoformat())
    leave.get_by_role("button", name="Book leave").click()
    expect(page.get_by_role("status")).to_contain_text("choose who stands in")
    leave.get_by_label("Who", exact=True).select_option(label="Amina Komba")
    for label in ("First day", "Last day"):
        leave.get_by_label(label).fill((house.today + timedelta(days=1)).isoformat())
    leave.get_by_label("Who stands in").select_option(label="Bakari Sanga")
    leave.get_by_role("button", name="Book leave").click()
    expect(page.locator("#week")).to_contain_text("Bakari Sanga stands in")
    plan = page.locator("form[action$='work/']")
    plan.get_by_label("Clients (NOC)").fill("33")
    plan.get_by_label("Promises", exact=True).fill("5")
    plan.get_by_role("button", name="Keep plan").click()
    expect(page.locator("#plan")).to_contain_text("33")
    watch.look(page)
    assert watch.is_quiet()
    desk, _watch = at_desk(browser, running_site)
    expect(desk.locator(".kpis")).to_contain_text("/33")
    expect(desk.locator(".kpis")).to_contain_text("/5")


def test_figure_opens_to_its_accounts_and_a_view_is_kept(house: Any, running_site: str, browser: Browser) -> None:
    page, watch = board(browser, running_site)
    page.locator("#tile-silent a").click()
    expect(page.locator("#list")).to_contain_text("Neema 1 Mrisho")
    page.goto(f"{running_site}/ageing/?by=officer")
    page.get_by_text("Views", exact=True).click()
    page.get_by_label("Keep these choices as").fill("By officer")
    page.get_by_role("button", name="Keep", exact=True).click()
    page.goto(f"{running_site}/ageing/")
    page.get_by_text("Views", exact=True).click()
    page.get_by_role("link", name="By officer").click()
    page.wait_for_url("**/ageing/?by=officer")
    watch.look(page)
    assert watch.is_quiet()


def test_rows_of_a_list_are_chosen_by_keys_and_go_to_somebody_else(
    house: Any, running_site: str, browser: Browser
) -> None:
    page, watch = board(browser, running_site)
    page.goto(f"{running_site}/board/accounts/?figure=silent")
    rows = page.locator("#list tbody tr")
    had, count = owned("bakari"), rows.count()
    assert count >= 4
    # The box of the first row, and with Shift that of the third: what lies between is chosen too.
    rows.nth(0).get_by_role("checkbox").click()
    rows.nth(2).get_by_role("checkbox").click(modifiers=["Shift"])
    expect(page.locator("[data-chosen]")).to_have_text("3")
    page.keyboard.press("x")
    expect(page.locator("[data-chosen]")).to_have_text("2")
    rows.nth(3).locator("a").focus()
    page.keyboard.press("Shift+X")
    expect(page.locator("[data-chosen]")).to_have_text("4")
    page.keyboard.press("r")
    page.wait_for_url("**/board/move/**")
    expect(page.get_by_text("4 accounts that you chose.")).to_be_visible()
    page.get_by_label("To Bakari Sanga").check()
    page.get_by_role("button", name="Look at what would move").click()
    page.get_by_label("Why they move").fill("Amina is at a training")
    page.get_by_role("button", name=re.compile("^Move ")).click()
    expect(page.locator(".board__undo")).to_contain_text("it can be taken back until")
    moved = owned("bakari")
    assert moved > had
    page.keyboard.press("z")
    expect(page.get_by_text("Taken back")).to_be_visible()
    assert owned("bakari") == had
    watch.look(page)
    assert watch.is_quiet()
