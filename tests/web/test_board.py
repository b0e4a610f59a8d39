"""The board and its plans as pages: what is on them, what moves and comes back, and how much they ask."""

import operator
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from ahadi.data import law
from ahadi.data.models.account import AccountState
from ahadi.data.models.desk import DeskState
from ahadi.data.models.grant import Grant
from ahadi.data.models.person import Owner, Person
from ahadi.data.models.plan_of_work import Leave, Look, Reassignment, Roster, WorkPlan
from ahadi.domain.audit.steps import database_clock
from ahadi.domain.oversight.ports import Effort, Officer
from ahadi.web.frame.reference import written
from ahadi.web.pages.board import rows

from .conftest import SignedIn
from .scenery import House, debt, statements

PARTS = ("states", "counts", "money")


@pytest.fixture
def staffed(house: House) -> House:
    """Two more officers, and accounts for them."""
    house.join("bakari", "officer", "pwani", name="Bakari Sanga")
    house.join("chiku", "officer", name="Chiku Temu")
    house.place("pwani", [debt(f"B{n}", 20 + n, 100_000 + n) for n in range(12)])
    return house


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def owner(login: str) -> str:
    return written("owner", Owner.objects.get(code=login).id)


def at_work(house: House, login: str, state: str, **more: Any) -> None:
    now = database_clock()
    DeskState(
        person_id=house.people[login], organisation_id=house.id, state=state, since=now, seen_at=now, **more
    ).save(force_insert=True)


def test_board_shows_every_officer_with_what_they_do(staffed: House, signed_in: SignedIn) -> None:
    at_work(staffed, "bakari", "pause", code="break")
    page = text_of(signed_in("sara").get("/board/"))
    for name in ("Bakari Sanga", "Chiku Temu", "Break", "Not here", "Clients tried, NOC", "First of all"):
        assert name in page
    assert "Nobody waits for your word" in page


def test_board_is_shut_for_officers(staffed: House, signed_in: SignedIn) -> None:
    client = signed_in("bakari")
    for address in ("/board/", "/board/wall/", "/board/parts/states/", "/board/move/", "/plans/"):
        assert client.get(address).status_code == 403
    assert client.post("/board/undo/", {"move": "x"}).status_code == 403


@pytest.mark.parametrize("part", ["states", "counts", "money"])
def test_part_brings_only_its_cells(staffed: House, signed_in: SignedIn, part: str) -> None:
    at_work(staffed, "bakari", "ready")
    page = text_of(signed_in("sara").get(f"/board/parts/{part}/"))
    ref = written("person", staffed.people["bakari"])
    cells = {"states": "s", "counts": "n", "money": "m"}
    for name, cell in cells.items():
        assert (f'id="{cell}-{ref}"' in page) == (name == part)


def test_part_that_is_none_is_no_page(staffed: House, signed_in: SignedIn) -> None:
    assert signed_in("sara").get("/board/parts/everything/").status_code == 404


def test_wall_hides_names_until_somebody_asks(staffed: House, signed_in: SignedIn) -> None:
    client = signed_in("sara")
    assert "Bakari Sanga" not in text_of(client.get("/board/wall/"))
    assert "Bakari Sanga" in text_of(client.get("/board/wall/?names=1"))


def test_the_board_asks_so_many_statements_at_eighty_officers(staffed: House, signed_in: SignedIn) -> None:
    client = signed_in("sara")
    client.get("/board/")
    few = statements(lambda: client.get("/board/"))
    act = Grant.objects.latest("id").act_id
    now = database_clock()
    for n in range(77):
        person = Person(organisation_id=staffed.id, login=f"o{n}", name=f"Officer {n:02}", password="!")
        person.save(force_insert=True)
        Grant(person=person, role="officer", from_at=now, act_id=act).save(force_insert=True)
        Owner(organisation_id=staffed.id, person=person, code=f"o{n}", name=person.name).save(force_insert=True)
        DeskState(person_id=person.id, organisation_id=staffed.id, state="ready", since=now, seen_at=now).save(
            force_insert=True
        )
    assert "Officer 76" in text_of(client.get("/board/"))
    many = statements(lambda: client.get("/board/"))
    assert many == few
    parts = [statements(lambda p=part: client.get(f"/board/parts/{p}/")) for part in PARTS]  # type: ignore[misc]
    assert many <= 53 and all(map(operator.le, parts, (7, 20, 15))), (many, parts)


def move_form(page: str) -> dict[str, Any]:
    digest = re.search(r'name="digest" value="([0-9a-f]+)"', page)
    assert digest
    return {"digest": digest.group(1)}


def previewed(client: Client, giver: str, taker: str, **more: str) -> tuple[str, dict[str, Any]]:
    chosen = {"from": owner(giver), "to": owner(taker), **more}
    page = text_of(client.get("/board/move/", chosen))
    return page, {**chosen, **move_form(page)}


def count_of(login: str) -> int:
    return AccountState.objects.filter(owner__code=login, status="open").count()


def test_accounts_are_looked_at_moved_and_taken_back(staffed: House, signed_in: SignedIn) -> None:
    client = signed_in("sara")
    had, theirs = count_of("bakari"), count_of("chiku")
    assert had
    page, form = previewed(client, "bakari", "chiku")
    assert f"{had} accounts would move" in page and "Change" in page
    assert count_of("bakari") == had, "looking moves nothing"
    refused = client.post("/board/move/", form)
    assert refused.status_code == 400 and "in a few words" in text_of(refused)
    answer = client.post("/board/move/", {**form, "reason": "Bakari is ill", "key": "one"}, follow=True)
    assert count_of("chiku") == had + theirs and "it can be taken back until" in text_of(answer)
    client.post("/board/move/", {**form, "reason": "Bakari is ill", "key": "one"})
    assert Reassignment.objects.count() == 1, "sent twice, moved once"
    move = written("reassignment", Reassignment.objects.get().id)
    assert "Taken back" in text_of(client.post("/board/undo/", {"move": move}, follow=True))
    assert count_of("bakari") == had
    assert "was taken back before" in text_of(client.post("/board/undo/", {"move": move}, follow=True))


def test_another_digest_than_was_looked_at_moves_nothing(staffed: House, signed_in: SignedIn) -> None:
    client = signed_in("sara")
    _page, form = previewed(client, "bakari", "chiku")
    answer = client.post("/board/move/", {**form, "digest": "0" * 64, "reason": "so"})
    assert answer.status_code == 400 and "look once more" in text_of(answer)
    assert not Reassignment.objects.exists()


def test_so_many_and_narrowed_move(staffed: House, signed_in: SignedIn) -> None:
    client = signed_in("sara")
    page, _form = previewed(client, "bakari", "chiku", count="3", bucket="1-30", way="capacity")
    assert "3 accounts would move" in page or "2 accounts would move" in page
    assert "Nothing would move" in text_of(
        client.get("/board/move/", {"from": owner("bakari"), "to": owner("chiku"), "creditor": "zawadi"})
    )


def test_rest_after_abuse_is_looked_at_and_gone(staffed: House, signed_in: SignedIn) -> None:
    at_work(staffed, "bakari", "pause", code="reset")
    client = signed_in("sara")
    page = text_of(client.get("/board/"))
    assert "Rest after abuse" in page
    reference = re.search(r'name="kind" value="abused"><input type="hidden" name="reference" value="([^"]+)"', page)
    assert reference
    client.post("/board/look/", {"kind": "abused", "reference": reference.group(1)})
    assert Look.objects.count() == 1 and "Rest after abuse" not in text_of(client.get("/board/"))


def test_officer_opens_with_plan_and_done(staffed: House, signed_in: SignedIn) -> None:
    client = signed_in("sara")
    person = written("colleague", staffed.people["bakari"])
    assert "Planned and done today" in text_of(client.get(f"/board/people/{person}/"))
    stranger = written("colleague", staffed.people["sara"])
    assert client.get(f"/board/people/{stranger}/").status_code == 404


def test_what_waits_for_approval_is_decided_from_the_board(staffed: House, signed_in: SignedIn) -> None:
    staffed.offer("P1")
    client = signed_in("sara")
    page = text_of(client.get("/board/"))
    if "Nobody waits for your word" in page:
        client = signed_in("moses")
        page = text_of(client.get("/board/"))
    assert "ask__mandate" in page and 'data-key="y"' in page
    url = re.search(r'action="(/approvals/[^"]+)"', page)
    digest = re.search(r'name="digest" value="([0-9a-f]+)"', page)
    assert url and digest
    answer = client.post(url.group(1), {"decision": "approved", "digest": digest.group(1), "back": "board"})
    assert answer.status_code == 302 and answer["Location"] == "/board/"


def test_leave_needs_somebody_who_stands_in(staffed: House, signed_in: SignedIn) -> None:
    client = signed_in("sara")
    person = {login: written("person", staffed.people[login]) for login in ("bakari", "chiku")}
    first = (staffed.today + timedelta(days=1)).isoformat()
    leave = {"person": person["bakari"], "kind": "annual", "from_date": first, "until_date": first}
    assert "choose who stands in" in text_of(client.post("/plans/leave/", leave, follow=True))
    assert not Leave.objects.exists()
    page = text_of(client.post("/plans/leave/", {**leave, "stand_in": person["chiku"]}, follow=True))
    assert "Annual leave" in page and "Chiku Temu stands in" in page
    back = re.search(r'name="leave" value="([^"]+)"', page)
    assert back
    assert "Nobody is away" in text_of(client.post("/plans/back/", {"leave": back.group(1)}, follow=True))


def test_week_day_and_plan_are_kept_and_what_cannot_be_read_is_told(staffed: House, signed_in: SignedIn) -> None:
    client = signed_in("sara")
    today, who = staffed.today.isoformat(), written("person", staffed.people["chiku"])
    week = {"person": who, "weekday": list("1234567"), "from": "08:00", "until": "16:30", "from_date": today}
    assert "08:00–16:30" in text_of(client.post("/plans/week/", week, follow=True))
    assert "is no time" in text_of(client.post("/plans/week/", {**week, "from": "eight"}, follow=True))
    plan = {"person": who, "from_date": today, "clients": "35", "cash": "1,000", "effectiveness": "45"}
    client.post("/plans/work/", plan)
    assert Roster.objects.count() == 1 and WorkPlan.objects.get().cash_minor == 100_000
    assert "1,000" in text_of(client.get(f"/board/people/{written('colleague', staffed.people['chiku'])}/"))
    assert client.post("/plans/nonsense/", {}).status_code == 404


def test_figure_opens_to_accounts_and_is_taken_away_as_a_table(staffed: House, signed_in: SignedIn) -> None:
    client = signed_in("sara")
    page = text_of(client.get("/board/accounts/?figure=silent"))
    assert "More than 7 days without a talk: whole floor" in page and "B1" in page
    one = text_of(client.get("/board/accounts/", {"figure": "silent", "of": owner("chiku")}))
    assert "Chiku Temu" in one
    assert client.get("/board/accounts/?figure=silent&format=csv")["Content-Type"].startswith("text/csv")
    assert client.get("/board/accounts/?figure=none").status_code == 404


def test_view_is_kept_shown_and_given_up(staffed: House, signed_in: SignedIn) -> None:
    client = signed_in("sara")
    kept = {"page": "ageing", "name": "By officer", "query": "by=officer"}
    assert client.post("/views/", kept)["Location"] == "/ageing/?by=officer"
    assert "By officer</a>" in text_of(client.get("/ageing/"))
    assert "By officer</a>" not in text_of(signed_in("amina").get("/ageing/"))
    client.post("/views/", {**kept, "query": ""})
    assert "By officer</a>" not in text_of(client.get("/ageing/"))
    assert client.post("/views/", {**kept, "page": "people"})["Location"] == "/"


def test_caps_say_who_is_at_the_limit_and_who_one_call_short_as_the_gate_does(
    staffed: House, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    regime = law.regime
    shut = {rule.id for rule in law.rules().values() if rule.topic == "contact hours"}
    monkeypatch.setattr(
        law, "regime", lambda *of, **how: tuple(one for one in regime(*of, **how) if one.rule_id not in shut)
    )
    known = {"phone": "+254712345678"}
    staffed.place("pwani", [debt("C1", 30, 100_000, **known), debt("C2", 30, 100_000), debt("C3", 30, 100_000)])
    sara = signed_in("sara")
    assert "No account is at a cap" in text_of(sara.get("/board/caps/?part=1"))
    for number, times in (("C1", 3), ("C2", 2), ("C3", 1)):
        for _ in range(times):
            begun = staffed.begin(number, "visit")
            assert begun.contact_id is not None, begun
    told = text_of(sara.get("/board/caps/?part=1"))
    assert "1 at the limit" in told and "1 one call short" in told
    page = text_of(sara.get("/board/caps/"))
    assert "Debtor C1" in page and "Debtor C2" in page and "Debtor C3" not in page
    assert "Debtor C2" not in text_of(sara.get("/board/caps/?which=reached"))
    # The meter is no second truth: the gate says the same of the next attempt.
    assert staffed.begin("C1", "visit").contact_id is None
    assert staffed.begin("C2", "visit").contact_id is not None and staffed.begin("C2", "visit").contact_id is None
    assert "Debtor C2" in text_of(sara.get("/board/caps/?which=reached"))
    assert sara.get("/board/caps/?format=csv").status_code == 200


def test_caps_of_others_are_not_shown(staffed: House, other_house: House, signed_in: SignedIn) -> None:
    assert signed_in("bakari").get("/board/caps/").status_code == 403


def test_views_of_approvals_and_of_the_lists_behind_the_board_are_kept(staffed: House, signed_in: SignedIn) -> None:
    client = signed_in("sara")
    pages = {
        "approvals": ("/approvals/", "state=waiting"),
        "board-accounts": ("/board/accounts/", "figure=silent"),
        "board-caps": ("/board/caps/", "which=short"),
        "cases": ("/cases/", "kind=complaint"),
        "duplicates": ("/duplicates/", "state=two"),
    }
    for page, (address, query) in pages.items():
        kept = {"page": page, "name": f"My {page}", "query": query}
        assert client.post("/views/", kept)["Location"] == f"{address}?{query}"
        assert f"My {page}</a>" in text_of(client.get(f"{address}?{query}"))


def test_what_was_asked_is_narrowed_by_state_and_by_what_is_typed(staffed: House, signed_in: SignedIn) -> None:
    page = text_of(signed_in("sara").get("/approvals/?state=waiting&q=nobody"))
    assert "Nothing that was asked fits what you chose" in page


def test_accounts_that_were_chosen_from_a_list_go_to_another_and_come_back(staffed: House, signed_in: SignedIn) -> None:
    client = signed_in("sara")
    listed = text_of(client.get("/board/accounts/", {"figure": "silent", "of": owner("bakari")}))
    chosen = re.findall(r'name="account" value="([^"]+)"', listed)[:2]
    had, theirs = count_of("bakari"), count_of("chiku")
    terms = {"account": chosen, "to": owner("chiku")}
    page = text_of(client.get("/board/move/", terms))
    assert "2 accounts that you chose." in page and "2 accounts would move" in page
    client.post("/board/move/", {**terms, **move_form(page), "reason": "their language"})
    assert (count_of("bakari"), count_of("chiku")) == (had - 2, theirs + 2)
    moved = written("reassignment", Reassignment.objects.get().id)
    client.post("/board/undo/", {"move": moved})
    assert (count_of("bakari"), count_of("chiku")) == (had, theirs)


def test_desk_says_how_many_are_done_of_how_many_that_were_planned(staffed: House, signed_in: SignedIn) -> None:
    officer = signed_in("bakari")
    officer.get("/desk/")
    bare = text_of(officer.get("/desk/"))
    without = statements(lambda: officer.get("/desk/"))
    assert "<dt>Calls</dt>" not in bare
    who, today = written("person", staffed.people["bakari"]), staffed.today.isoformat()
    plan = {"person": who, "from_date": today, "clients": "35", "calls": "60", "promises": "5", "cash": "25,000"}
    signed_in("sara").post("/plans/work/", plan)
    page = text_of(officer.get("/desk/"))
    for figure in ("<span>/35</span>", "0<span>/60</span>", "0<span>/5</span>", "0<span>/25,000 "):
        assert figure in page, figure
    assert statements(lambda: officer.get("/desk/")) == without


@pytest.mark.parametrize("hours", [(8, 18), (22, 23), (5, 9), (0, 10)])
def test_chart_of_the_day_shows_the_hours_in_which_the_work_was(hours: tuple[int, int]) -> None:
    officer = Officer(1, 1, "amina", "Amina", 1, "Coast", None, None, None, None, None)
    effort = Effort(clients=6, planned=60, hours=tuple((hour, 3) for hour in hours))
    bars = rows.count_cell(officer, effort).bars
    assert len(bars) == 2 and all(0 <= float(bar.x) < 56 for bar in bars)


def test_silence_stands_once_on_the_page_of_an_officer(staffed: House, signed_in: SignedIn) -> None:
    page = text_of(signed_in("sara").get(f"/board/people/{written('colleague', staffed.people['bakari'])}/"))
    assert page.count("No talk for over 7 days (DSLC)") == 1 and "Long without a talk, at most" not in page
