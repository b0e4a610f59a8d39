"""What debtors raise, from the desk to its end: disputes, complaints, hardship, claimed receipts, and strange names."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from playwright.sync_api import Browser, Page, expect

from ahadi.domain.audit.ports import OPERATOR, Actor
from ahadi.domain.people import queries as people_queries
from ahadi.domain.work import queries as work
from ahadi.jobs.closing import escalate_cases
from ahadi.web.frame.reference import written

from .test_desk import aside, at_desk, broken, count, people, recognised, state
from .test_first_day import CHROMIUM, browser

__all__ = ["browser"]

pytestmark = [
    pytest.mark.usefixtures("open_hours"),
    pytest.mark.skipif(
        not Path(CHROMIUM).exists(), reason="NO BROWSER: install Debian's package chromium to run the journeys"
    ),
]
FIRST = "Neema 1 Mrisho"


@pytest.fixture
def house(running_site: str, scenery: Any) -> Iterator[Any]:
    """An agency with an officer, a supervisor who leads the team, a manager and an accountant."""
    house = scenery.opened("kisima")
    house.creditor("pwani", scenery.PWANI)
    house.join("amina", "officer", name="Amina Komba")
    house.join("sara", "supervisor", name="Sara Said")
    house.join("musa", "manager")
    house.join("peter", "accountant")
    house.place("pwani", [row for turn in range(1, 5) for row in people(scenery, turn)])
    yield house
    connections.close_all()


def listed(house: Any) -> list[str]:
    """The account numbers on today's lists."""
    operator = Actor(OPERATOR.login, None, house.id)
    today = people_queries.today(house.id)
    return work.listing(by=operator, as_of=today).ranked["number"].to_list()


def why_not(house: Any, number: str) -> str:
    """The rule that keeps an account off the list; empty where it is on it."""
    operator = Actor(OPERATOR.login, None, house.id)
    found = work.ranking(by=operator, as_of=people_queries.today(house.id)).absent
    rules = found.filter(found["account_id"] == house.account(number))["rule"].to_list()
    return rules[0] if rules else ""


def signed_in(browser: Browser, site: str, login: str) -> Page:
    """Somebody of the house, at their first page."""
    page, _ = at_desk(browser, site, login)
    page.wait_for_load_state()
    return page


def closes(page: Page, site: str, outcome: str, text: str) -> None:
    """A supervisor closes the case that is first on the list."""
    page.goto(f"{site}/cases/")
    page.locator("#list tbody a").first.click()
    page.select_option("[name=outcome]", outcome)
    page.locator("form:has([value=close]) textarea").fill(text)
    page.click("text=Close the case")
    expect(page.locator("h1 ~ .chip").first).to_have_text("Closed")


@pytest.mark.duty("C3")
def test_a_dispute_of_one_charge_pauses_collection_until_it_is_resolved(
    running_site: str, house: Any, browser: Browser
) -> None:
    page, watch = at_desk(browser, running_site)
    recognised(page)
    page.keyboard.press("9")
    expect(page.locator('#card [data-card="dispute"]')).to_be_visible()
    expect(page.locator("#raised-category")).to_be_focused()
    page.wait_for_timeout(200)
    for key in ("Tab", "Tab", "Space", "Tab"):
        page.keyboard.press(key)
    expect(page.locator("#raised-details")).to_be_focused()
    page.keyboard.type("Two boxes of the order never came.")
    page.keyboard.press("Control+Enter")
    state(page, "wrap")
    assert count("SELECT result FROM contact_outcome") == "RP_DISPUTE"
    assert count("SELECT h.charge = x.charge_id FROM hold h JOIN case_hold k ON k.hold_id = h.id"
                 " JOIN case_charge x ON x.case_id = k.case_id")  # fmt: skip
    assert "N1" not in aside(lambda: listed(house))
    assert aside(lambda: why_not(house, "N1")) == "HOLD.DISPUTE"
    page.keyboard.press("Control+Enter")
    state(page, "preview")
    assert FIRST not in page.inner_text("#queue")

    sara = signed_in(browser, running_site, "sara")
    closes(sara, running_site, "rejected", "The delivery note is signed for all boxes.")
    assert "N1" in aside(lambda: listed(house)), "it is worked again by itself"
    assert count("SELECT count(*) FROM hold_release") == 1
    assert not watch.said
    assert aside(broken) == []


def test_a_dispute_at_the_desk_is_taken_back_whole(running_site: str, house: Any, browser: Browser) -> None:
    page, _ = at_desk(browser, running_site)
    recognised(page)
    page.keyboard.press("d")
    expect(page.locator("#raised-category")).to_be_focused()
    page.fill("#raised-details", "It is not what was agreed.")
    page.keyboard.press("Control+Enter")
    state(page, "wrap")
    expect(page.locator(".toast")).to_contain_text("Undo")
    page.locator("#act").focus()
    page.keyboard.press("z")
    expect(page.locator("text=Taken back")).to_be_visible()
    assert not aside(lambda: why_not(house, "N1")).startswith("HOLD.")
    page.goto(f"{running_site}/cases/?state=all")
    expect(page.locator("text=No case fits")).to_be_visible()
    assert aside(broken) == []


def test_without_a_call_a_dispute_is_one_key_and_the_list_lets_go_and_takes_back(
    running_site: str, house: Any, browser: Browser
) -> None:
    page, _ = at_desk(browser, running_site)
    page.keyboard.press("Space")
    state(page, "preview")
    assert "N1" in aside(lambda: listed(house))
    page.keyboard.press("d")
    expect(page.locator("#raised-category")).to_be_focused()
    page.fill("#raised-details", "A letter says that it was paid to the shop.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".stop")).to_contain_text("HOUSE-DISPUTE")
    assert "N1" not in aside(lambda: listed(house))
    sara = signed_in(browser, running_site, "sara")
    closes(sara, running_site, "upheld", "It was another shop.")
    assert "N1" in aside(lambda: listed(house))
    assert count("SELECT next_action FROM account_state s JOIN account a ON a.id = s.account_id"
                 " WHERE a.number = 'N1'") == "tell_outcome"  # fmt: skip
    assert aside(broken) == []


@pytest.mark.duty("C4")
def test_a_complaint_goes_up_when_its_clock_runs_out(running_site: str, house: Any, browser: Browser) -> None:
    page = signed_in(browser, running_site, "amina")
    account = aside(lambda: house.account("N2"))
    reference = f"{running_site}/accounts/{written('account', account)}/"
    page.goto(f"{reference}cases/new/?kind=complaint")
    long_ago = aside(lambda: people_queries.today(house.id)) - timedelta(days=40)
    page.fill("[name=received_at]", f"{long_ago}T10:00")
    page.fill("[name=details]", "Called at six in the morning.")
    page.click("button:has-text('Take it down')")
    expect(page.locator("h1")).to_contain_text("Complaint")
    expect(page.locator(".chip--late").first).to_contain_text("late")
    outcome = aside(lambda: escalate_cases(house.id))
    assert (outcome.to_supervisor, outcome.to_manager) == (1, 1)
    sara = signed_in(browser, running_site, "sara")
    sara.goto(f"{running_site}/cases/?sla=late")
    expect(sara.locator("#list tbody tr")).to_have_count(1)
    expect(sara.locator("#list tbody")).to_contain_text("Manager")
    sara.locator("#list tbody a").first.click()
    expect(sara.locator("text=Overdue, goes to: Supervisor")).to_be_visible()
    assert aside(lambda: why_not(house, "N2")) == "HOLD.COMPLAINT"
    closes(sara, running_site, "upheld", "Apologised; no calls before nine.")
    assert aside(lambda: why_not(house, "N2")) != "HOLD.COMPLAINT"
    assert aside(broken) == []


def test_hardship_is_held_with_care_for_as_long_as_was_agreed(running_site: str, house: Any, browser: Browser) -> None:
    page, watch = at_desk(browser, running_site)
    recognised(page)
    page.keyboard.press("v")
    expect(page.locator("#raised-category")).to_be_focused()
    page.select_option("#raised-category", "ILLNESS_SELF")
    page.fill("#raised-severity", "8")
    page.fill("#raised-days", "45")
    page.fill("#raised-details", "In hospital since Monday.")
    page.keyboard.press("Control+Enter")
    page.wait_for_timeout(300)
    assert count('SELECT count(*) FROM "case"') == 0, "without their consent nothing is kept"
    page.check("[name=has_consent]")
    page.keyboard.press("Control+Enter")
    state(page, "wrap")
    assert count("SELECT result FROM contact_outcome") == "RP_INABILITY"
    assert count("SELECT severity FROM case_care") == 8
    assert count("SELECT review_on - from_date FROM hold") == 45
    assert aside(lambda: why_not(house, "N1")) == "HOLD.VULNERABLE"
    page.locator("#act").focus()
    page.keyboard.press("h")
    page.locator("#history .filter", has_text="Disputes").click()
    expect(page.locator("#history")).to_contain_text("In hospital since Monday.")
    assert not watch.said
    assert aside(broken) == []


def claims(page: Page, reference: str) -> None:
    """In a call somebody says that they paid: by keys, to the wrap."""
    recognised(page)
    page.keyboard.press("2")
    expect(page.locator("#claimed-reference")).to_be_focused()
    page.wait_for_timeout(200)
    page.keyboard.type(reference)
    page.keyboard.press("Tab")
    page.keyboard.type("50,000")
    page.keyboard.press("Enter")
    state(page, "wrap")


@pytest.mark.duty("D1")
def test_a_proof_pauses_dunning_and_is_posted_by_the_accountant(
    running_site: str, house: Any, browser: Browser
) -> None:
    page, watch = at_desk(browser, running_site)
    claims(page, "SJK4H7L2QW")
    assert count("SELECT result FROM contact_outcome") == "RP_CLAIM_PAID"
    assert aside(lambda: why_not(house, "N1")) == "HOLD.PAYMENT_CLAIMED"
    peter = signed_in(browser, running_site, "peter")
    peter.goto(f"{running_site}/proofs/")
    expect(peter.locator("#list")).to_contain_text("SJK4H7L2QW")
    peter.click("text=Post it")
    expect(peter.locator("text=No proof waits")).to_be_visible()
    assert count("SELECT amount_minor FROM receipt WHERE source_reference = 'SJK4H7L2QW'") == 5_000_000
    assert count("SELECT received_minor - allocated_minor FROM account_state s JOIN account a ON a.id = s.account_id"
                 " WHERE a.number = 'N1'") == 0  # fmt: skip
    assert count("SELECT count(*) FROM hold_release") == 1
    assert not watch.said
    assert aside(broken) == []


def test_a_refused_proof_lets_dunning_go_on_and_somebody_tells_the_debtor(
    running_site: str, house: Any, browser: Browser
) -> None:
    page, _ = at_desk(browser, running_site)
    claims(page, "QQQQ1111")
    peter = signed_in(browser, running_site, "peter")
    peter.goto(f"{running_site}/proofs/")
    peter.select_option("[name=reason]", "NOT_FOUND")
    peter.click("button:has-text('Refuse')")
    expect(peter.locator("text=No proof waits")).to_be_visible()
    assert aside(lambda: why_not(house, "N1")) != "HOLD.PAYMENT_CLAIMED"
    assert count("SELECT action FROM next_action ORDER BY id DESC LIMIT 1") == "tell_refused_proof" or count(
        "SELECT count(*) FROM next_action WHERE action = 'tell_refused_proof'"
    )
    assert count("SELECT count(*) FROM receipt WHERE source LIKE 'proof%%'") == 0
    assert aside(broken) == []


def test_what_a_dispute_takes_off_is_approved_by_a_second_person(
    running_site: str, house: Any, browser: Browser
) -> None:
    page = signed_in(browser, running_site, "amina")
    account = aside(lambda: house.account("N3"))
    page.goto(f"{running_site}/accounts/{written('account', account)}/cases/new/?kind=dispute")
    page.fill("[name=details]", "A fee that is in no letter.")
    page.click("button:has-text('Take it down')")
    page.click("summary:has-text('Ask for an adjustment')")
    page.select_option("[name=charge]", index=1)
    page.fill("[name=amount]", "1,000")
    page.click("button:has-text('Ask'):not(:has-text('for'))")
    expect(page.locator("text=Waits for approval")).to_be_visible()
    before = count("SELECT charged_minor - allocated_minor FROM account_state WHERE account_id = %(id)s", id=account)
    page.click("text=Look at it")
    expect(page.locator("text=You asked for it: somebody else decides.")).to_be_visible()

    sara = signed_in(browser, running_site, "sara")
    sara.goto(f"{running_site}/approvals/")
    expect(sara.locator("#list")).to_contain_text("Credit")
    sara.locator("#list tbody a").first.click()
    expect(sara.locator("button[data-key=y]")).to_be_visible()
    sara.keyboard.press("y")
    expect(sara.locator("h1 ~ .chip")).to_contain_text("Approved")
    now = count("SELECT charged_minor - allocated_minor FROM account_state WHERE account_id = %(id)s", id=account)
    assert before - now == 100_000
    closes(sara, running_site, "upheld", "The fee was taken off.")
    assert aside(broken) == []


STRANGE = (
    "<script>window.harmed=1</script>",
    "\"><img src=x onerror='window.harmed=1'>",
    "'; DROP TABLE receipt; --",
    "{{ 7*7 }}{% debug %}",
)


def test_strange_names_notes_and_files_are_only_words(
    running_site: str, house: Any, scenery: Any, browser: Browser, tmp_path: Path
) -> None:
    name = f"{STRANGE[0]}{STRANGE[1]}"
    rows = [scenery.debt("X1", 60, 9_000_000, phone="+254712349999") | {"debtor_name": name}]
    aside(lambda: house.place("pwani", rows))
    page, watch = at_desk(browser, running_site)
    account = f"{running_site}/accounts/{written('account', aside(lambda: house.account('X1')))}/"
    paper = tmp_path / "<img src=x onerror=window.harmed=1>.txt"
    paper.write_text("; ".join(STRANGE))
    for text in STRANGE:
        page.goto(f"{account}papers/")
        page.fill("[name=text]", text)
        page.click("button:has-text('Write it down')")
        expect(page.locator("main")).to_contain_text(text)
    page.set_input_files("[name=file]", paper)
    page.click("button:has-text('File it')")
    expect(page.locator("main")).to_contain_text("onerror=window.harmed=1")
    page.goto(f"{account}cases/new/?kind=complaint")
    page.fill("[name=details]", " ".join(STRANGE))
    page.click("button:has-text('Take it down')")
    expect(page.locator("main")).to_contain_text("DROP TABLE receipt")
    for where in (account, f"{running_site}/cases/", f"{running_site}/papers/?q=DROP", f"{running_site}/worklist/",
                  account.replace("/accounts/", "/desk/")):  # fmt: skip
        page.goto(where)
        page.wait_for_timeout(100)
        assert page.evaluate("window.harmed === undefined"), where
        assert page.locator("img").count() == 0, where
    assert not watch.said
    assert aside(broken) == []
