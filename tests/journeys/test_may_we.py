"""An officer sees what stops a contact and takes down an opt-out; a supervisor ends it; the contact begins and ends."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import Browser, Page

from ahadi.data.models.circumstance import Circumstance, CircumstanceEnd
from ahadi.data.models.contact import ContactOutcome
from ahadi.data.models.gate import GateDecision
from ahadi.domain.contact import replay
from ahadi.domain.laws.queries import LAWS, first_broken

from .test_first_day import CHROMIUM, Watch, browser, opened, sign_in

__all__ = ["browser"]

pytestmark = pytest.mark.skipif(
    not Path(CHROMIUM).exists(), reason="NO BROWSER: install Debian's package chromium to run the journeys"
)


@pytest.fixture
def neema(house: Any, scenery: Any) -> str:
    """Somebody who can be called and written to."""
    contacts = {"phone": "+254712345678", "email": "neema@example.org", "debtor_name": "Neema Mrisho"}
    house.place("pwani", [scenery.debt("K1", 60, 4_500_000, **contacts)])
    return "Neema Mrisho"


def opens(page: Page, site: str, name: str) -> None:
    """Opens an account from the list."""
    page.goto(f"{site}/?q={name.split()[0].lower()}")
    page.click("tbody td a.num")
    assert page.inner_text("h1") == name


def row(page: Page, way: str) -> Any:
    """The line of a way to reach somebody."""
    return page.locator(f".may__table tbody.part:has(th:has-text('{way}'))")


def facts() -> tuple[dict[str, Any], list[str]]:
    """What the book holds of it afterwards, and the laws of contact that are broken."""
    outcome = ContactOutcome.objects.select_related("contact").get()
    learnt = Circumstance.objects.get()
    answers = list(GateDecision.objects.order_by("id").values_list("answer", flat=True))
    told = {
        "learnt": (learnt.kind, learnt.channel, learnt.source),
        "is_ended": CircumstanceEnd.objects.filter(circumstance_id=learnt.id).exists(),
        "answers": answers,
        "contact": (outcome.contact.channel, outcome.contact.decision_id is not None, outcome.result),
        "again": [one.is_equal for one in replay.replayed()],
    }
    broken = [law.name for law in LAWS if law.name.startswith("contact") and first_broken(law)]
    connection.close()
    return told, broken


def test_an_opt_out_stops_a_contact_until_a_supervisor_ends_it(
    running_site: str, neema: str, house: Any, browser: Browser, tmp_path: Path
) -> None:
    officer, watch = opened(browser), Watch(running_site)
    watch.over(officer)
    sign_in(officer, running_site, "amina")
    opens(officer, running_site, neema)
    watch.look(officer)

    # A call by night, as it would be: the hard stop with rule and next lawful moment.
    officer.fill("[name=at]", f"{house.today.isoformat()}T01:00")
    officer.click(".may button:has-text('Ask')")
    assert "Not now" in row(officer, "Call").inner_text() and "HOUSE-HOURS" in row(officer, "Call").inner_text()
    row(officer, "Call").locator("a:has-text('Not now')").click()
    assert "Not now" in officer.inner_text(".stop h2")
    assert "08:00" in officer.inner_text(".stop__when") and not officer.is_visible("button:has-text('Begin')")
    officer.keyboard.press("Escape")

    # The debtor does not want e-mails.
    officer.click("text=Take down")
    officer.click("text=opted out")
    officer.select_option("[name=channel]", "email")
    officer.click("button:has-text('Take it down')")
    assert "opted out" in officer.inner_text("main") and "Not now" in row(officer, "E-mail").inner_text()
    row(officer, "E-mail").locator("a:has-text('Not now')").click()
    assert "HOUSE-OPT-OUT" in officer.inner_text(".stop") and not officer.is_visible("button:has-text('Begin')")
    watch.look(officer)

    # It was a misunderstanding, which a supervisor clears up.
    supervisor = opened(browser)
    sign_in(supervisor, running_site, "sara")
    opens(supervisor, running_site, neema)
    supervisor.click("a:has-text('End')")
    assert "does not keep us from reaching people any more" in supervisor.inner_text("main")
    supervisor.click("button:has-text('End it')")
    assert "Ended." in supervisor.inner_text("main")

    officer.reload()
    assert "Yes, nothing is against it" in officer.inner_text(".stop h2")
    officer.locator("body").press(" ")
    officer.wait_for_url("**/contact/**-**/")
    assert "neema@example.org" in officer.inner_text("main")
    officer.click("button:has-text('It did not arrive')")
    assert "What came of it is written down." in officer.inner_text("main")
    watch.look(officer)
    assert watch.is_quiet()

    with ThreadPoolExecutor(1) as aside:
        told, broken = aside.submit(facts).result()
    assert told == {
        "learnt": ("OPT_OUT", "email", "debtor"),
        "is_ended": True,
        "answers": ["allow"],
        "contact": ("email", True, "UNDELIVERED"),
        "again": [True],
    }
    assert broken == []


def test_nothing_of_the_gate_overflows_when_it_is_mirrored(
    running_site: str, neema: str, house: Any, scenery: Any, browser: Browser
) -> None:
    page = opened(browser)
    sign_in(page, running_site)
    opens(page, running_site, neema)
    account = page.url
    page.click("text=Take down")
    known = page.url
    addresses = (account, f"{account}contact/?at={house.today}T01:00", f"{known}?kind=OPT_OUT", f"{known}week/")
    lists = [
        f"{running_site}/{place}/" for place in ("rules", "rules/GH-DCSP", "policies", "days", "codes/dispositions")
    ]
    for address in (*addresses, *lists):
        page.goto(address)
        page.evaluate("document.documentElement.dir = 'rtl'")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
