"""Duties of officers and supervisors from start to end, each ending with the facts of the book and its laws."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from django.db import connections
from playwright.sync_api import Browser, Page, expect

from ahadi.data import frames
from ahadi.domain.people import queries as people_queries
from ahadi.jobs.closing import escalate_cases
from ahadi.jobs.reading import read_all
from ahadi.web.frame.reference import written

from .test_cases import closes, signed_in
from .test_desk import aside, at_desk, broken, count, name, people, recognised, state
from .test_first_day import CHROMIUM, Watch, browser, opened, sign_in

__all__ = ["browser"]

pytestmark = [
    pytest.mark.usefixtures("open_hours"),
    pytest.mark.skipif(
        not Path(CHROMIUM).exists(), reason="NO BROWSER: install Debian's package chromium to run the journeys"
    ),
]


@pytest.fixture
def house(running_site: str, scenery: Any) -> Iterator[Any]:
    """Two officers, who lead no team, their supervisor and a manager; eight people who are late."""
    house = scenery.opened("kisima")
    house.creditor("pwani", scenery.PWANI)
    house.join("amina", "officer", name="Amina Komba")
    house.join("bakari", "officer", name="Bakari Sanga")
    house.join("sara", "supervisor", name="Sara Said")
    house.join("musa", "manager", name="Musa Omari")
    house.place("pwani", [row for turn in range(1, 9) for row in people(scenery, turn)])
    read_all(house.id)
    yield house
    connections.close_all()


def owned(login: str) -> int:
    """How many open accounts somebody has."""
    found: int = count(
        "SELECT count(*) FROM account_state s JOIN owner o ON o.id = s.owner_id"
        " WHERE s.status = 'open' AND o.code = %(login)s",
        login=login,
    )
    return found


def owner_of(account_id: int) -> str:
    """The login of whoever has an account."""
    query = "SELECT o.code FROM account_state s JOIN owner o ON o.id = s.owner_id WHERE s.account_id = %(id)s"
    return str(count(query, id=account_id))


def mine(login: str) -> int:
    """An account that somebody has."""
    query = "SELECT min(s.account_id) FROM account_state s JOIN owner o ON o.id = s.owner_id WHERE o.code = %(login)s"
    return int(count(query, login=login))


def chosen(page: Page, label: str) -> None:
    """Ticks a box by the keyboard."""
    page.get_by_label(label, exact=True).focus()
    page.keyboard.press("Space")
    expect(page.get_by_label(label, exact=True)).to_be_checked()


def moved(page: Page, count_of: int, why: str) -> None:
    """Looks at a move, gives its reason and sends it."""
    page.get_by_role("button", name="Look at what would move").press("Enter")
    expect(page.get_by_text(f"{count_of} accounts would move")).to_be_visible()
    page.get_by_label("Why they move").focus()
    page.keyboard.type(why)
    page.keyboard.press("Enter")
    expect(page.locator(".board__undo").first).to_contain_text(f"moved {count_of} accounts")


@pytest.mark.duty("A2", "F11")
def test_work_is_shared_by_rule_and_by_hand_and_leave_leaves_nobody_alone(
    running_site: str, house: Any, browser: Browser
) -> None:
    had, of_bakari = owned("amina"), owned("bakari")
    page = signed_in(browser, running_site, "sara")
    page.goto(f"{running_site}/board/move/")
    chosen(page, "From Amina Komba")
    chosen(page, "To Bakari Sanga")
    page.get_by_label("At most").fill("2")
    moved(page, 2, "Even lists")
    assert (owned("amina"), owned("bakari")) == (had - 2, of_bakari + 2)

    named, other = aside(
        lambda: frames.read(
            "SELECT s.account_id FROM account_state s JOIN owner o ON o.id = s.owner_id"
            " WHERE o.code = 'bakari' ORDER BY 1 LIMIT 2",
            {},
            {"account_id": pl.Int64},
        )["account_id"].to_list()
    )
    page.goto(f"{running_site}/board/move/?account={written('account', named)}&account={written('account', other)}")
    chosen(page, "To Amina Komba")
    moved(page, 2, "They speak with her already")
    assert owned("amina") == had

    day = house.today + timedelta(days=1)
    page.goto(f"{running_site}/plans/")
    leave = page.locator("form[action$='/leave/']")
    leave.get_by_label("Who", exact=True).select_option(label="Amina Komba")
    for label in ("First day", "Last day"):
        leave.get_by_label(label).fill(day.isoformat())
    leave.get_by_label("Who stands in").select_option(label="Bakari Sanga")
    leave.get_by_role("button", name="Book leave").press("Enter")
    expect(page.locator("#week")).to_contain_text("Bakari Sanga stands in")
    assert count("SELECT count(*) FROM cover") == 1
    assert count("SELECT count(*) FROM account_state WHERE status = 'open' AND owner_id IS NULL") == 0
    assert aside(broken) == []


@pytest.mark.duty("F11")
def test_a_saturday_is_worked_by_one_with_a_plan_of_their_own_and_covered_for_the_other(
    running_site: str, house: Any, browser: Browser
) -> None:
    page = signed_in(browser, running_site, "sara")
    page.goto(f"{running_site}/plans/")
    for worker, stand_in, has_saturday in (("Amina Komba", "Bakari Sanga", False), ("Bakari Sanga", "", True)):
        week = page.locator("form[action$='/week/']")
        week.get_by_label("Who", exact=True).select_option(label=worker)
        if has_saturday:
            week.get_by_label("Sat").check()
        week.get_by_label("Until").fill("17:00")
        if stand_in:
            week.get_by_label("Who stands in on the other days").select_option(label=stand_in)
        week.get_by_role("button", name="Keep week").press("Enter")
        expect(page.locator("#week")).to_contain_text("09:00–17:00")
    saturday = house.today + timedelta(days=(5 - house.today.weekday()) % 7)
    plan = page.locator("form[action$='work/']")
    plan.get_by_label("Amina Komba").uncheck()
    for label in ("First day", "Last day"):
        plan.get_by_label(label).fill(saturday.isoformat())
    plan.get_by_label("Clients (NOC)").fill("25")
    plan.get_by_role("button", name="Keep plan").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("It is kept.")
    assert count("SELECT count(DISTINCT person_id) FROM work_plan WHERE clients = 25") == 1
    assert count("SELECT extract(isodow FROM day)::int FROM work_plan") == 6
    assert aside(broken) == []


@pytest.mark.duty("A3")
def test_a_figure_the_table_behind_it_and_its_copies_are_one_number(
    running_site: str, house: Any, browser: Browser
) -> None:
    page = opened(browser, permissions=["clipboard-read", "clipboard-write"], accept_downloads=True)
    watch = Watch(running_site)
    watch.over(page)
    sign_in(page, running_site, "sara")
    page.goto(f"{running_site}/ageing/?by=officer")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    figure = page.evaluate("document.activeElement.closest('td').dataset.v")
    while figure == "0.00":
        page.keyboard.press("ArrowRight")
        figure = page.evaluate("document.activeElement.closest('td').dataset.v")
    page.keyboard.press("Enter")
    page.wait_for_url("**/ageing/accounts/**")
    page.click("text=Copy table")
    page.wait_for_selector("text=Copied")
    lines = [line.split("\t") for line in str(page.evaluate("navigator.clipboard.readText()")).splitlines()]
    place = next(at for at, head in enumerate(lines[0]) if head.startswith("Behind the figure"))
    copied = sum(round(100 * float(line[place])) for line in lines[1:])
    with page.expect_download() as taken:
        page.click("a[download]:has-text('CSV')")
    rows = list(csv.DictReader(io.StringIO(Path(taken.value.path()).read_text("utf-8-sig"))))
    kept = sum(round(100 * float(row["amount"])) for row in rows)
    assert copied == kept == round(100 * float(figure)) > 0
    assert len(rows) == len(lines) - 1
    assert kept == count(
        "SELECT sum(s.charged_minor - s.allocated_minor) FROM account_state s JOIN account a ON a.id = s.account_id"
        " WHERE a.number = ANY(%(numbers)s)",
        numbers=[row["number"] for row in rows],
    )
    watch.look(page)
    assert watch.is_quiet()
    assert aside(broken) == []


@pytest.mark.duty("A4")
def test_how_somebody_pays_stands_due_date_by_due_date(
    running_site: str, house: Any, scenery: Any, browser: Browser
) -> None:
    known = {"debtor_name": "Rehema Juma", "phone": "+254712350000", "address": "1 Market Street, Nairobi"}
    paid = [
        scenery.debt(
            "R1", late, 100_000, settled_on=house.today - timedelta(days=came), reference=f"I-R1-{late}", **known
        )
        for late, came in ((150, 150), (120, 117), (90, 80))
    ]
    aside(lambda: house.place("pwani", [*paid, scenery.debt("R1", 40, 9_900_000, **known)]))
    account = aside(lambda: house.account("R1"))
    page, watch = at_desk(browser, running_site, owner_of(account))
    page.goto(f"{running_site}/desk/{written('account', account)}/")
    marks = page.locator("#main .rhythm li")
    expect(marks).to_have_count(4)
    assert [marks.nth(at).locator("svg").get_attribute("class").rsplit("-", 1)[-1] for at in (0, 3)] == ["kept", "late"]
    assert "3 d" in marks.nth(1).inner_text() and "10 d" in marks.nth(2).inner_text(), "later each time"
    assert "40 d" in marks.nth(3).inner_text()
    assert count("SELECT allocated_minor FROM account_state WHERE account_id = %(id)s", id=account) == 300_000
    assert not watch.said
    assert aside(broken) == []


@pytest.mark.duty("B8")
def test_a_question_is_answered_in_time_and_one_that_is_not_goes_up(
    running_site: str, house: Any, browser: Browser
) -> None:
    page = signed_in(browser, running_site, "amina")
    address = f"{running_site}/accounts/{written('account', mine('amina'))}/cases/new/?kind=query"
    page.goto(address)
    page.select_option("[name=category]", "STATEMENT")
    page.fill("[name=details]", "Asks for a statement of the year.")
    page.get_by_role("button", name="Take it down").press("Enter")
    expect(page.locator("h1 ~ .chip").nth(1)).to_contain_text("left")
    page.locator("form:has([value=move]) textarea").fill("The statement was sent by e-mail.")
    page.get_by_role("button", name="Write down").press("Enter")
    expect(page.locator("main")).to_contain_text("The statement was sent by e-mail.")
    page.select_option("[name=outcome]", index=0)
    page.locator("form:has([value=close]) textarea").fill("Answered with the statement.")
    page.get_by_role("button", name="Close the case").press("Enter")
    expect(page.locator("h1 ~ .chip").first).to_have_text("Closed")

    page.goto(address)
    long_ago = aside(lambda: people_queries.today(house.id)) - timedelta(days=30)
    page.fill("[name=received_at]", f"{long_ago}T10:00")
    page.fill("[name=details]", "Where is the money that I sent?")
    page.get_by_role("button", name="Take it down").press("Enter")
    expect(page.locator(".chip--late").first).to_contain_text("late")
    gone_up = aside(lambda: escalate_cases(house.id))
    assert gone_up.to_supervisor == 1
    sara = signed_in(browser, running_site, "sara")
    sara.goto(f"{running_site}/cases/?sla=late")
    expect(sara.locator("#list tbody tr")).to_have_count(1)
    closes(sara, running_site, "answered" if sara.locator("[value=answered]").count() else "upheld", "It was found.")
    assert count("SELECT count(*) FROM case_status WHERE status = 'closed'") == 2
    assert aside(broken) == []


@pytest.mark.duty("B9")
def test_why_somebody_is_late_is_taken_down_in_the_call_and_reported(
    running_site: str, house: Any, browser: Browser
) -> None:
    page, watch = at_desk(browser, running_site)
    recognised(page)
    who = name(page)
    page.get_by_label("Why they are behind").focus()
    page.keyboard.type("The salary")
    assert page.input_value("[name=reason]") == "SALARY_DELAY"
    page.locator("#act").focus()
    page.keyboard.press("8")
    state(page, "wrap")
    assert count("SELECT reason FROM delay_reason") == "SALARY_DELAY"

    sara = signed_in(browser, running_site, "sara")
    sara.goto(f"{running_site}/ageing/")
    expect(sara.locator("h1")).to_have_text("Ageing of balances")
    sara.click("text=Why people are late")
    expect(sara.locator("#list tbody tr")).to_have_count(2)
    told = sara.locator("#list tbody tr", has_text="The salary is late")
    late = count(
        "SELECT overdue_minor FROM account_state s JOIN account a ON a.id = s.account_id WHERE a.number = %(number)s",
        number=f"N{who.split()[1]}",
    )
    assert float(str(told.locator("td.strong").get_attribute("data-v"))) == late / 100
    sara.keyboard.press("ArrowDown")
    told.locator("a").first.press("Enter")
    expect(sara.locator("#list tbody tr")).to_have_count(1)
    expect(sara.locator("#list tbody")).to_contain_text(who)
    assert not watch.said
    assert aside(broken) == []


@pytest.mark.duty("B10")
def test_words_and_the_rules_of_the_creditor_are_at_hand_while_talking(
    running_site: str, house: Any, browser: Browser
) -> None:
    musa = signed_in(browser, running_site, "musa")
    musa.goto(f"{running_site}/guidelines/")
    rule = "A plan that is broken goes back to the creditor; say so before they agree."
    musa.locator("main summary").first.press("Enter")
    musa.locator("textarea[name=text]").first.fill(rule)
    musa.locator("main form:has(textarea) button").first.press("Enter")
    expect(musa.locator("main")).to_contain_text(rule)

    page, watch = at_desk(browser, running_site)
    for wanted in ("preview", "dial", "talk"):
        page.keyboard.press("Space")
        state(page, wanted)
    expect(page.locator("#act .say")).to_contain_text("I am Amina from Kisima")
    expect(page.locator("#act .duties")).to_contain_text("Two things that only the debtor knows")
    for key in ("Tab", "Tab", "Space", "Tab", "Space"):
        page.keyboard.press(key)
    expect(page.locator("text=Identity verified")).to_be_visible()
    page.locator("a:has-text('Rules of')").press("Enter")
    expect(page.locator("#over")).to_contain_text(rule)
    expect(page.locator("#act .say")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#over")).to_be_hidden()
    page.locator("#act").focus()
    page.keyboard.press("l")
    expect(page.locator("#card .rung")).to_have_count(3)
    page.wait_for_timeout(200)
    page.keyboard.press("Enter")
    state(page, "wrap")
    assert count("SELECT count(*) FROM contact") == 1, "it was resolved in the first call"
    assert count("SELECT count(*) FROM agreement") == 1
    assert not watch.said
    assert aside(broken) == []


@pytest.mark.duty("B11")
def test_every_lead_of_the_day_is_worked_and_what_is_left_is_seen(
    running_site: str, house: Any, browser: Browser
) -> None:
    sara = signed_in(browser, running_site, "sara")
    page, watch = at_desk(browser, running_site)
    leads = owned("amina")
    page.keyboard.press("Space")
    for turn in range(leads):
        state(page, "preview")
        expect(page.locator(".queue__head")).to_contain_text(f"{leads - turn} left") if turn == 0 else None
        before = page.url
        page.keyboard.press("Space")
        state(page, "dial")
        if turn == leads - 1:
            sara.goto(f"{running_site}/board/")
            expect(sara.locator("#tile-clients")).not_to_contain_text("100 % tried")
        page.keyboard.press("34"[turn % 2])
        if turn < leads - 1:
            page.wait_for_url(lambda url, before=before: url != before)
    expect(page.locator("#queue")).to_contain_text("Nobody else waits for you today")
    tried = count(
        "SELECT count(DISTINCT c.account_id) FROM contact c JOIN account_state s ON s.account_id = c.account_id"
        " JOIN owner o ON o.id = s.owner_id WHERE o.code = 'amina'"
    )
    assert tried == leads
    assert not watch.said
    assert aside(broken) == []


@pytest.mark.duty("C2")
def test_money_keeps_a_promise_without_anybody_typing_it_again(
    running_site: str, house: Any, scenery: Any, browser: Browser
) -> None:
    page, watch = at_desk(browser, running_site)
    recognised(page)
    number = f"N{name(page).split()[1]}"
    page.keyboard.press("p")
    expect(page.locator("#card .promise")).to_be_visible()
    page.wait_for_timeout(200)
    page.keyboard.press("Enter")
    state(page, "wrap")
    promised = count("SELECT amount_minor FROM promise")
    aside(
        lambda: house.place(
            "pwani", [scenery.debt(number, 130, promised, settled_on=house.today, reference=f"R-{number}-came")]
        )
    )
    sara = signed_in(browser, running_site, "sara")
    sara.goto(f"{running_site}/promises/?view=kept")
    expect(sara.locator("#list tbody tr")).to_have_count(1)
    expect(sara.locator("#list tbody")).to_contain_text("Kept")
    assert count("SELECT status FROM promise_state") == "KEPT"
    assert not watch.said
    assert aside(broken) == []


@pytest.mark.duty("C5")
def test_a_difficult_case_is_handed_up_by_hand_step_by_step(running_site: str, house: Any, browser: Browser) -> None:
    page = signed_in(browser, running_site, "amina")
    page.goto(f"{running_site}/accounts/{written('account', mine('amina'))}/cases/new/?kind=complaint")
    page.fill("[name=details]", "Says that a colleague shouted at her; she wants to speak with somebody above.")
    page.get_by_role("button", name="Take it down").press("Enter")
    page.locator("form:has([value=move]) textarea").fill("She asks for the supervisor.")
    page.get_by_role("button", name="Hand up").press("Enter")
    expect(page.locator("main")).to_contain_text("Goes to: Supervisor")

    sara = signed_in(browser, running_site, "sara")
    sara.goto(f"{running_site}/cases/")
    expect(sara.locator("#list tbody")).to_contain_text("Supervisor")
    sara.locator("#list tbody a").first.press("Enter")
    sara.locator("form:has([value=move]) textarea").fill("It is about one of mine: the manager decides.")
    sara.get_by_role("button", name="Hand up").press("Enter")
    expect(sara.locator("main")).to_contain_text("Goes to: Manager")
    musa = signed_in(browser, running_site, "musa")
    closes(musa, running_site, "upheld", "We apologised, and the colleague is coached.")
    assert count("SELECT level FROM case_assignment ORDER BY id DESC LIMIT 1") == "manager"
    assert count("SELECT status FROM case_status ORDER BY id DESC LIMIT 1") == "closed"
    assert aside(broken) == []


@pytest.mark.duty("F4")
def test_what_an_officer_does_is_counted_on_the_floor_while_the_day_runs(
    running_site: str, house: Any, browser: Browser
) -> None:
    floor = signed_in(browser, running_site, "sara")
    floor.goto(f"{running_site}/board/")
    expect(floor.locator("#tile-clients")).to_contain_text("0 % tried")
    expect(floor.locator("#tile-silent .team__value")).to_have_text("8")
    page, watch = at_desk(browser, running_site)
    for wanted, key in (("preview", "Space"), ("dial", "Space"), ("preview", "3")):
        page.keyboard.press(key)
        state(page, wanted)
    expect(floor.locator("#tile-clients .team__value")).to_contain_text("1 /", timeout=20_000)
    expect(floor.locator("#tile-clients")).to_contain_text("12 % tried")
    expect(floor.locator("#tile-contacts")).to_contain_text("of 1 call")
    expect(floor.locator("#floor tr", has_text="Amina Komba")).to_contain_text("1")
    assert count("SELECT count(*) FROM contact_outcome WHERE result = 'NC_NOANS'") == 1
    assert not watch.said
    assert aside(broken) == []
