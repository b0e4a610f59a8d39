"""An officer offers what needs another's word, a supervisor gives it by one key, money comes, the rest is forgiven."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import Browser, Page

from ahadi.data.models.approval import ApprovalDecision
from ahadi.data.models.promise import PromiseState
from ahadi.domain.laws.queries import LAWS, first_broken

from .test_first_day import CHROMIUM, Watch, browser, opened, sign_in

__all__ = ["browser"]

pytestmark = pytest.mark.skipif(
    not Path(CHROMIUM).exists(), reason="NO BROWSER: install Debian's package chromium to run the journeys"
)


BARGAINS = (
    "offers-within-mandate",
    "approved-by-another",
    "agreed-by-a-word",
    "settled-is-forgiven",
    "promises-stated",
    "one-open-promise",
)


@pytest.fixture
def neema(house: Any, scenery: Any) -> str:
    """Somebody whose debt is 120 days late."""
    house.place("pwani", [scenery.debt("K1", 120, 4_500_000, debtor_name="Neema Mrisho")])
    return "Neema Mrisho"


def opens(page: Page, site: str, name: str) -> None:
    """Opens the ladder of an account from the list."""
    page.goto(f"{site}/?q={name.split()[0].lower()}")
    page.click("tbody td a.num")
    page.click("a:has-text('Ladder')")
    assert page.inner_text("h1") == name


def facts() -> tuple[list[tuple[str, bool]], list[str], list[str]]:
    """The promises, the decisions, and the laws that are broken."""
    promises = list(PromiseState.objects.order_by("promise_id").values_list("status", "is_instalment"))
    decisions = list(ApprovalDecision.objects.order_by("approval_id").values_list("decision", flat=True))
    broken = [law.name for law in LAWS if law.name in BARGAINS and first_broken(law)]
    connection.close()
    return promises, decisions, broken


@pytest.mark.duty("C1")
def test_a_settlement_is_named_refused_offered_approved(
    running_site: str, neema: str, house: Any, browser: Browser, tmp_path: Path
) -> None:
    officer, watch = opened(browser), Watch(running_site)
    watch.over(officer)
    sign_in(officer, running_site, "amina")
    opens(officer, running_site, neema)
    watch.look(officer)
    assert officer.locator(".offer").count() == 3

    # A figure below the mandate is refused with its reason; one within it is offered.
    officer.fill("[name=named]", "1,000")
    officer.select_option("[name=how]", "settle")
    officer.click("button:has-text('Nearest')")
    assert "is not possible" in officer.inner_text(".ladder__notes")
    officer.fill("[name=named]", "41,000")
    officer.click("button:has-text('Nearest')")
    assert "A supervisor must agree" in officer.inner_text(".ladder__notes")
    officer.click("button:has-text('Propose')")
    assert "It waits for the word of somebody" in officer.inner_text("main")

    supervisor = opened(browser)
    watch.over(supervisor)
    sign_in(supervisor, running_site, "sara")
    supervisor.goto(f"{running_site}/approvals/")
    supervisor.click(f"a:has-text('{neema}')")
    assert "is forgiven" in supervisor.inner_text("main")
    watch.look(supervisor)
    supervisor.locator("body").press("y")
    supervisor.wait_for_selector("text=It is decided: Approved.")

    # Whose promise is due today stands on the page of promises.
    officer.goto(f"{running_site}/promises/")
    assert neema in officer.inner_text("main")
    watch.look(officer)
    assert watch.is_quiet()
    with ThreadPoolExecutor(1) as aside:
        promises, decisions, broken = aside.submit(facts).result()
    assert (promises, decisions, broken) == ([("PENDING", False)], ["approved"], [])


def test_an_offer_is_chosen_by_its_number_and_nothing_overflows_when_mirrored(
    running_site: str, neema: str, house: Any, browser: Browser
) -> None:
    page = opened(browser)
    sign_in(page, running_site, "amina")
    opens(page, running_site, neema)
    ladder = page.url
    page.locator("body").press("3")
    assert page.locator(".offer input").nth(2).is_checked()
    page.locator("body").press("1")
    assert page.locator(".offer input").nth(0).is_checked()
    places = ("promises", "approvals", "mandates")
    for address in (ladder, f"{ladder}?named=900&how=settle", *(f"{running_site}/{place}/" for place in places)):
        page.goto(address)
        page.evaluate("document.documentElement.dir = 'rtl'")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
