"""Looking after others: who is on the floor, what comes first, what moves where, and back."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import polars as pl
import pytest

from ahadi.data import frames
from ahadi.data.models.account import Assignment
from ahadi.data.models.contact import Contact, ContactOutcome
from ahadi.data.models.desk import DeskState
from ahadi.data.models.person import Owner
from ahadi.data.models.plan_of_work import Reassignment
from ahadi.data.models.promise import Promise, PromiseWithdrawal
from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import Act, Actor, Performance
from ahadi.domain.flows.reassign_accounts import reassign_accounts
from ahadi.domain.flows.undo_reassignment import undo_reassignment
from ahadi.domain.oversight import capacity, firsts, moving, operations, queries, views
from ahadi.domain.oversight.ports import (
    ReassignmentAlreadyUndone,
    ReassignmentOutcome,
    Terms,
    UnableToReassignAccounts,
    UnableToUndoReassignment,
)
from ahadi.domain.people.operations import TeamOutcome, join_team, open_team
from ahadi.domain.people.queries import today

from .book import SmallBook, broken_laws, invoice
from .desk import Desk


@pytest.fixture
def floor(book: SmallBook) -> SmallBook:
    """Two officers with four debtors each, and their supervisor."""
    for login in ("amina", "bakari"):
        book.join(login)
    book.join("sara", "supervisor")
    book.place(*(invoice(f"R{n}", 1_000 * n, debtor=f"D{n}") for n in range(1, 9)))
    return book


def actor(login: str) -> Actor:
    found = Owner.objects.filter(code=login).first()
    person, house = frames.rows("SELECT id, organisation_id FROM person WHERE login = %(l)s", {"l": login})[0]
    assert found is not None or login == "sara"
    return Actor(login, person, house)


def owner(login: str) -> int:
    return int(Owner.objects.get(code=login).id)


def owned(login: str) -> int:
    found: int = frames.scalar("SELECT count(*) FROM account_state WHERE owner_id = %(o)s", {"o": owner(login)})
    return found


def by_sara(name: str, operation: Callable[[Act], Any], outcome: type[Any], by: str = "sara") -> Any:
    who = actor(by)
    return perform(name, operation, outcome, Performance(who, who.organisation_id or 0, name.encode()))


def all_of(giver: str, *takers: str, **more: Any) -> Terms:
    return Terms((owner(giver),), tuple((owner(one), 1) for one in takers), **more)


def move(terms: Terms, digest: str = "", by: str = "sara", reason: str = "even out") -> Any:
    who = actor(by)
    seen = digest or moving.preview(by=who, terms=terms, as_of=today(who.organisation_id or 0)).digest
    act = partial(reassign_accounts, terms=terms, digest=seen, reason=reason)
    return by_sara("reassign", act, ReassignmentOutcome, by)


def tried(
    login: str, account: int, at: datetime, times: int = 1, result: str = "NC_NOANS", point: int | None = None
) -> None:
    """Calls of an officer, put down by the owner of the tables: the gate is no matter here."""
    who = actor(login)

    def book(act: Act) -> ReassignmentOutcome:
        for turn in range(times):
            made = Contact(
                account_id=account, by_id=owner(login), channel="call", direction="inbound", act_id=act.id,
                contact_point_id=point, began_at=at + timedelta(minutes=turn),
            )  # fmt: skip
            made.save(force_insert=True)
            ContactOutcome(
                contact=made, result=result, is_contact=result.startswith("RP"), is_right_party=result.startswith("RP"),
                ended_at=at, act_id=act.id,
            ).save(force_insert=True)  # fmt: skip
        return ReassignmentOutcome(0, 0)

    perform("try", book, ReassignmentOutcome, Performance(who, who.organisation_id or 0, b"t"))


def accounts_of(login: str) -> list[int]:
    rows = frames.rows("SELECT account_id FROM account_state WHERE owner_id = %(o)s ORDER BY 1", {"o": owner(login)})
    return [row[0] for row in rows]


def test_preview_says_what_moves_and_what_it_does_to_both_lists(floor: SmallBook) -> None:
    seen = moving.preview(by=actor("sara"), terms=all_of("amina", "bakari"), as_of=floor.day)
    assert seen.moves.height == owned("amina") > 0
    effect = {row["name"]: row for row in seen.effects.iter_rows(named=True)}
    assert effect["amina"]["accounts_after"] == 0
    assert effect["bakari"]["accounts_after"] == 8 == effect["bakari"]["accounts_before"] + seen.moves.height
    total = sum(row["overdue_after_minor"] for row in effect.values())
    assert total == sum(row["overdue_before_minor"] for row in effect.values()) == 36_000


def test_what_was_looked_at_moves_as_facts_and_the_lists_follow(floor: SmallBook) -> None:
    before = Assignment.objects.count()
    count = owned("amina")
    done = move(all_of("amina", "bakari"))
    assert done.accounts == count and Assignment.objects.count() == before + count
    assert owned("amina") == 0 and owned("bakari") == 8
    assert Reassignment.objects.get().reason == "even out"
    assert broken_laws() == {}


def test_what_is_no_longer_as_it_was_looked_at_does_not_move(floor: SmallBook) -> None:
    terms = all_of("amina", "bakari")
    digest = moving.preview(by=actor("sara"), terms=terms, as_of=floor.day).digest
    move(terms, digest)
    with pytest.raises(UnableToReassignAccounts, match="look once more"):
        move(terms, digest)
    assert Reassignment.objects.count() == 1


def test_a_move_is_taken_back_as_one_once_and_not_after_ten_minutes(
    floor: SmallBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    had = accounts_of("amina")
    done = move(all_of("amina", "bakari"))
    assert moving.lately(by=actor("sara"))[0].accounts == len(had)
    back = partial(undo_reassignment, reassignment_id=done.reassignment_id)
    monkeypatch.setattr("ahadi.domain.flows.undo_reassignment.UNDO_SECONDS", -1)
    with pytest.raises(UnableToUndoReassignment, match="minutes ago"):
        by_sara("undo", back, ReassignmentOutcome)
    monkeypatch.undo()
    by_sara("undo", back, ReassignmentOutcome)
    assert accounts_of("amina") == had and moving.lately(by=actor("sara")) == ()
    with pytest.raises(ReassignmentAlreadyUndone):
        by_sara("undo", back, ReassignmentOutcome)
    assert broken_laws() == {}


def test_accounts_that_moved_on_stay_where_they_are(floor: SmallBook) -> None:
    floor.join("chiku")
    first = move(all_of("amina", "bakari"))
    moved_on = accounts_of("bakari")[:1]
    move(Terms((), ((owner("chiku"), 1),), way="hand", account_ids=tuple(moved_on)))
    by_sara("undo", partial(undo_reassignment, reassignment_id=first.reassignment_id), ReassignmentOutcome)
    assert accounts_of("chiku") == moved_on
    assert broken_laws() == {}


def test_nobody_is_moved_whom_somebody_has_before_them(floor: SmallBook) -> None:
    account = accounts_of("amina")[0]
    party = frames.scalar(
        "SELECT s.stands_for_id FROM account a JOIN party_state s ON s.party_id = a.party_id WHERE a.id = %(a)s",
        {"a": account},
    )
    frames.execute(
        "INSERT INTO claim_state (party_id, organisation_id, holder_id, account_id, is_next, taken_at, expires_at)"
        " VALUES (%(p)s, %(o)s, %(h)s, %(a)s, FALSE, now(), now() + interval '1 minute')",
        {"p": party, "o": floor.organisation_id, "h": actor("amina").person_id, "a": account},
    )
    seen = moving.preview(by=actor("sara"), terms=all_of("amina", "bakari"), as_of=floor.day)
    assert seen.busy == 1 and account not in seen.moves["account_id"]


def test_by_rule_each_receiver_gets_its_share_of_hard_and_easy(floor: SmallBook) -> None:
    floor.join("chiku")
    rows = [invoice(f"S{n}", 1_000, floor.day - timedelta(days=10 + 40 * (n % 4)), debtor=f"E{n}") for n in range(40)]
    floor.place(*rows, creditor="Other", file="more")
    everybody = (owner("amina"), owner("bakari"), owner("chiku"))
    terms = Terms(everybody, tuple((one, 1) for one in everybody))
    seen = moving.preview(by=actor("sara"), terms=terms, as_of=floor.day)
    after = seen.effects["accounts_after"]
    assert int(after.max()) - int(after.min()) <= 1  # type: ignore[arg-type]
    days = seen.effects["days_after"]
    assert int(days.max()) - int(days.min()) <= 8  # type: ignore[arg-type]


def test_an_officer_moves_nothing_and_nobody_gets_what_they_may_not_see(floor: SmallBook) -> None:
    with pytest.raises(UnableToReassignAccounts, match="ask one"):
        move(all_of("amina", "bakari"), by="amina")
    floor.open_creditor("Zawadi")
    code = frames.scalar("SELECT code FROM creditor WHERE name = 'Zawadi'")
    floor.join("dida", "officer", (code,))
    with pytest.raises(UnableToReassignAccounts, match="outside of what dida may see"):
        move(all_of("amina", "dida"))


def test_floor_shows_whom_somebody_leads_and_everybody_else_the_house(floor: SmallBook) -> None:
    day = today(floor.organisation_id)
    assert [one.name for one in queries.officers(by=actor("sara"), as_of=day)] == ["amina", "bakari"]
    made = floor.perform("open", partial(open_team, code="t", name="Bahari"), TeamOutcome)
    for login, part in (("sara", "leader"), ("bakari", "member")):
        who = actor(login).person_id or 0
        floor.perform("join", partial(join_team, team_id=made.team_id, person_id=who, part=part), TeamOutcome)
    (only,) = queries.officers(by=actor("sara"), as_of=day)
    assert only.name == "bakari" and only.team == "Bahari" and only.state is None


def test_day_is_counted_as_at_the_desk(floor: SmallBook) -> None:
    day, now = today(floor.organisation_id), datetime.now(tz=UTC)
    first, second = accounts_of("amina")[:2]
    tried("amina", first, now, times=2)
    tried("amina", second, now, result="RP_PTP_FULL")
    floor_now = queries.officers(by=actor("sara"), as_of=day)
    told = queries.efforts(floor_now, by=actor("sara"), as_of=day, past={floor_now[0].person_id: 5_000})
    mine = told[floor_now[0].person_id]
    assert (mine.clients, mine.attempts, mine.contacts, mine.promises) == (2, 3, 1, 1)
    assert mine.effectiveness == "100.00" and mine.expected == 40 and sum(n for _hour, n in mine.hours) == 2


def test_yield_tells_what_came_and_who_was_not_spoken_to(floor: SmallBook) -> None:
    day = today(floor.organisation_id)
    floor_now = queries.officers(by=actor("sara"), as_of=day)
    told = queries.yields(floor_now, by=actor("sara"), as_of=day, past={})
    assert sum(one.silent for one in told.values()) == 8
    assert all(cash.came_minor == 0 for one in told.values() for cash in one.cash)


def seen(book: SmallBook, login: str = "sara") -> tuple[firsts.First, ...]:
    who, day = actor(login), today(book.organisation_id)
    here = queries.officers(by=who, as_of=day)
    left = capacity.waiting(here, by=who, as_of=day)
    minutes = {one.person_id: 60 for one in here}
    return firsts.firsts(firsts.Floor(who, queries.now(), day, here, left, minutes))


def test_quiet_floor_has_nothing_that_comes_first(floor: SmallBook) -> None:
    assert seen(floor) == ()


def test_rest_after_abuse_comes_first_until_somebody_looked(floor: SmallBook) -> None:
    who = actor("amina")
    DeskState(
        person_id=who.person_id or 0, organisation_id=floor.organisation_id, state="pause", code="reset",
        since=datetime.now(tz=UTC), seen_at=datetime.now(tz=UTC),
    ).save(force_insert=True)  # fmt: skip
    (one,) = seen(floor)
    assert one.kind == "abused" and one.who == "amina"
    by_sara("look", partial(operations.look, kind=one.kind, reference=one.reference), operations.LookOutcome)
    assert seen(floor) == ()


def test_view_is_kept_under_a_name_and_given_up(floor: SmallBook) -> None:
    keep = partial(operations.keep_view, page="ageing", name="Late ones")
    by_sara("keep", partial(keep, query="by=officer"), operations.ViewOutcome, by="amina")
    assert views.kept(by=actor("amina"), page="ageing").rows() == [("Late ones", "by=officer")]
    assert views.kept(by=actor("sara"), page="ageing").is_empty()
    by_sara("keep again", partial(keep, query=""), operations.ViewOutcome, by="amina")
    assert views.kept(by=actor("amina"), page="ageing").is_empty()


def test_two_teams_of_unlike_load_are_told_what_evens_them_out(floor: SmallBook) -> None:
    here = queries.officers(by=actor("sara"), as_of=today(floor.organisation_id))
    first, second = (one.person_id for one in here)
    shifts = pl.DataFrame(
        {
            "person_id": [first, second],
            "is_present": [True, True],
            "from_minute": [540, 540],
            "until_minute": [1080] * 2,
        }
    )
    teams = [queries.Officer(**{**vars(one), "team_id": turn}) for turn, one in enumerate(here, 1)]
    told = capacity.capacity(teams, shifts, as_of=floor.day, minute=960, seconds=120, left={first: 100, second: 20})
    assert told.move == (1, 2, 40), "60 can be worked in the two hours that are left, and the other has 40 to spare"
    assert told.short_from == 16 and told.short >= 1


def test_promises_that_were_broken_and_nobody_touched_come_first_until_somebody_tries(
    floor: SmallBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    Desk(floor).promise("D1", 100, floor.day - timedelta(days=20), floor.day - timedelta(days=10))
    assert seen(floor) == (), "two hours have not passed"
    monkeypatch.setattr(firsts, "UNTOUCHED", timedelta(seconds=-1))
    (one,) = seen(floor)
    account = Desk(floor).account("D1")
    assert one.kind == "broken_promises" and one.account_ids == (account,) and one.count == 1
    tried("amina", account, datetime.now(tz=UTC) + timedelta(seconds=1))
    assert seen(floor) == ()


def test_one_number_called_again_and_again_within_an_hour_is_told(floor: SmallBook) -> None:
    floor.place(invoice("T", 500, debtor="D20", phone="+254712345678"), file="with a phone")
    account = Desk(floor).account("D20")
    point = frames.scalar("SELECT id FROM contact_point WHERE kind = 'phone' ORDER BY id DESC LIMIT 1")
    now = datetime.now(tz=UTC)
    tried("amina", account, now, times=2, point=point)
    assert seen(floor) == ()
    tried("amina", account, now + timedelta(minutes=10), point=point)
    (one,) = seen(floor)
    assert (one.kind, one.who, one.count, one.account_ids) == ("same_number", "amina", 3, (account,))


def test_promises_moved_on_their_last_day_again_and_again_are_told(floor: SmallBook) -> None:
    day, who = today(floor.organisation_id), actor("amina")

    def book(act: Act) -> ReassignmentOutcome:
        for number in accounts_of("amina")[: firsts.MOVED_PROMISES]:
            old = Promise(
                account_id=number, made_on=day - timedelta(days=5), due_on=day, amount_minor=10, booked_at=act.at,
                act_id=act.id,
            )  # fmt: skip
            old.save(force_insert=True)
            PromiseWithdrawal(promise=old, withdrawn_on=day, reason="replaced", booked_at=act.at, act_id=act.id).save(
                force_insert=True
            )
            Promise(
                account_id=number, made_on=day, due_on=day + timedelta(days=7), amount_minor=10, booked_at=act.at,
                act_id=act.id,
            ).save(force_insert=True)  # fmt: skip
        return ReassignmentOutcome(0, 0)

    floor.place(*(invoice(f"M{n}", 700, debtor=f"M{n}") for n in range(12)), file="for moves")
    perform("move promises", book, ReassignmentOutcome, Performance(who, floor.organisation_id, b"m"))
    (one,) = seen(floor)
    assert (one.kind, one.who, one.count) == ("moved_promises", "amina", firsts.MOVED_PROMISES)


def test_list_that_is_longer_than_the_day_is_red(floor: SmallBook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capacity, "waiting", lambda officers, **how: {one.person_id: 50 for one in officers})
    found = seen(floor)
    assert [one.kind for one in found] == ["queue_red", "queue_red"]
    assert found[0].count == 50 - 60 * 60 // 170


def test_figure_of_the_board_opens_to_its_accounts(floor: SmallBook) -> None:
    here = queries.officers(by=actor("sara"), as_of=floor.day)
    silent = queries.behind(here, "silent", as_of=floor.day)
    told = queries.yields(here, by=actor("sara"), as_of=floor.day, past={})
    assert silent.height == sum(one.silent for one in told.values()) == 8
    assert queries.behind(here, "broken", as_of=floor.day).is_empty()
