"""The gate at the door: nothing goes out without its word, and what it said can be said again to the letter."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from django.db import IntegrityError, connections, transaction

from ahadi.data import facts, frames
from ahadi.data.models.contact import Contact
from ahadi.data.models.gate import GateDecision
from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import Act, Actor, Performance
from ahadi.domain.contact import queries, replay
from ahadi.domain.contact.ports import Asked, CareOutcome
from ahadi.domain.contact.steps import UnableToKeepCareRecord
from ahadi.domain.flows import begin_contact, queue_contact, record_outcome, take_down
from ahadi.domain.flows.begin_contact import ReachOutcome
from ahadi.domain.flows.issue_visit import IssueOutcome, issue_visit
from ahadi.domain.flows.keep_care import forget_care, keep_care
from ahadi.domain.flows.open_care import open_care, text_of
from ahadi.domain.flows.queue_contact import QueueOutcome
from ahadi.domain.flows.record_outcome import ContactResult
from ahadi.domain.flows.record_visit import UnableToRecordVisit, VisitOutcome, record_visit
from ahadi.domain.flows.take_down import Learnt, LearntOutcome, QuietOutcome
from ahadi.domain.reporting.forecast import forecast
from ahadi.domain.work import queries as work

from .book import DAY, SmallBook, broken_laws, invoice
from .desk import Desk

TUESDAY_NOON = datetime(2026, 3, 10, 9, tzinfo=UTC)
"""12:00 in Nairobi."""


@pytest.fixture
def placed(book: SmallBook) -> SmallBook:
    """A book in which D1 owes 1,000 and has a Kenyan number and an address for e-mail."""
    book.place(invoice("A", 1_000, phone="+254712345678", email="d1@example.org"))
    return book


@pytest.fixture
def owned(request: pytest.FixtureRequest) -> Iterator[SmallBook]:
    """The same book, whose every statement runs under the owner of the tables, who may take a protection off."""
    request.getfixturevalue("db")
    app = connections["default"]
    connections["default"] = connections["owner"]
    try:
        book = SmallBook.opened()
        book.place(invoice("A", 1_000, phone="+254712345678", email="d1@example.org"))
        yield book
    finally:
        connections["default"] = app


def account_of(book: SmallBook, number: str = "D1") -> int:
    found: int = frames.scalar(
        "SELECT id FROM account WHERE number = %(n)s AND organisation_id = %(o)s",
        {"n": number, "o": book.organisation_id},
    )
    return found


def point(book: SmallBook, kind: str) -> int:
    found: int = frames.scalar(
        "SELECT p.id FROM contact_point p JOIN account a ON a.party_id = p.party_id"
        " WHERE p.kind = %(k)s AND a.id = %(a)s",
        {"k": kind, "a": account_of(book)},
    )
    return found


def learns(book: SmallBook, kind: str, **more: Any) -> LearntOutcome:
    learnt = Learnt(kind, more.pop("source", "debtor"), **more)
    return book.perform(
        "take_down",
        lambda act: take_down.take_down(act, account_id=account_of(book), person_id=None, learnt=learnt),
        LearntOutcome,
    )


def begins(book: SmallBook, by: Actor | None = None, override: str | None = None, **more: Any) -> ReachOutcome:
    """Begins an e-mail, which no hours restrain, unless another channel is named."""
    asked = Asked(account_of(book), **{"channel": "email", **more})

    def run(act: Act) -> ReachOutcome:
        return begin_contact.begin_contact(act, asked=asked, override_reason=override)

    if by is None:
        return book.perform("begin_contact", run, ReachOutcome)
    return perform("begin_contact", run, ReachOutcome, Performance(by, book.organisation_id, b"x"))


def answer(book: SmallBook, channel: str = "call", at: datetime = TUESDAY_NOON, **more: Any) -> Any:
    found, _, _ = queries.ask(Asked(account_of(book), channel, **more), at=at, known_at=facts.FOREVER)
    return found


def contacts() -> int:
    found: int = frames.scalar("SELECT count(*) FROM contact")
    return found


def test_debtor_in_nairobi_is_reached_by_day_and_not_by_night(placed: SmallBook) -> None:
    assert answer(placed).answer == "allow"
    assert answer(placed).zones == ("Africa/Nairobi",)
    night = answer(placed, at=TUESDAY_NOON + timedelta(hours=10))
    assert night.answer == "block"
    assert night.next_lawful_at == datetime(2026, 3, 11, 5, tzinfo=UTC)
    assert [reason.rule_id for reason in night.reasons] == ["HOUSE-HOURS"]


def test_second_zone_is_kept_until_one_is_confirmed(placed: SmallBook) -> None:
    learns(placed, "TIME_ZONE", value="America/New_York", source="officer")
    assert answer(placed).zones == ("America/New_York",)
    assert answer(placed).answer == "block"


def test_lawful_contact_begins_with_its_decision(placed: SmallBook) -> None:
    begun = begins(placed)
    assert (begun.answer, contacts()) == ("allow", 1)
    contact = Contact.objects.get(id=begun.contact_id)
    assert contact.decision_id == begun.decision_id
    assert broken_laws() == {}


def test_blocked_contact_does_not_begin_and_the_refusal_is_kept(placed: SmallBook) -> None:
    learns(placed, "CEASE")
    begun = begins(placed)
    assert (begun.answer, begun.contact_id, contacts()) == ("block", None, 0)
    assert "HOUSE-CEASE" in begun.rules
    assert GateDecision.objects.get(id=begun.decision_id).answer == "block"


def test_opt_out_of_one_channel_leaves_the_others(placed: SmallBook) -> None:
    learns(placed, "OPT_OUT", channel="sms", from_at=TUESDAY_NOON)
    assert answer(placed, "sms").answer == "block"
    assert answer(placed, "call").answer == "allow"


def test_opt_out_of_one_address_ends_when_it_is_taken_back(placed: SmallBook) -> None:
    address = point(placed, "email")
    told = learns(placed, "OPT_OUT", contact_point_id=address)
    assert begins(placed, contact_point_id=address).answer == "block"
    placed.perform(
        "end",
        lambda act: take_down.end(act, circumstance_id=told.circumstance_id, account_id=account_of(placed)),
        LearntOutcome,
    )
    assert begins(placed, contact_point_id=address).answer == "allow"


def test_quiet_week_restrains_by_the_local_clock(placed: SmallBook) -> None:
    placed.perform(
        "set_quiet_week",
        lambda act: take_down.set_quiet_week(
            act, account_id=account_of(placed), person_id=None, source="debtor", times=[(2, 540, 780)]
        ),
        QuietOutcome,
    )
    told = answer(placed)
    assert (told.answer, told.reasons[0].rule_id) == ("warn", "HOUSE-WISHES")
    assert told.reasons[0].until_at == datetime(2026, 3, 10, 10, tzinfo=UTC)


def test_warning_is_overridden_by_a_supervisor_alone(placed: SmallBook) -> None:
    accountant, supervisor = placed.join("ac", role="accountant"), placed.join("su", role="supervisor")
    Desk(placed).hold("D1", "PAYMENT_CLAIMED", DAY, DAY + timedelta(days=5))
    warned = begins(placed)
    assert (warned.answer, warned.contact_id) == ("warn", None)
    with pytest.raises(begin_contact.UnableToOverrideGate):
        begins(placed, by=accountant, override="debtor_asked")
    assert begins(placed, by=supervisor, override="debtor_asked").contact_id is not None
    learns(placed, "CEASE")
    assert begins(placed, by=supervisor, override="debtor_asked").contact_id is None


def test_every_decision_comes_out_again_as_it_was(placed: SmallBook) -> None:
    for kind in ("OPT_OUT", "VULNERABLE", "CEASE"):
        begins(placed)
        begins(placed, channel="call", contact_point_id=point(placed, "phone"))
        learns(placed, kind)
    begins(placed)
    made = list(replay.replayed())
    assert len(made) == 7
    assert all(one.is_equal for one in made)


def test_decision_that_was_tampered_with_comes_out_otherwise(placed: SmallBook) -> None:
    begun = begins(placed)
    decision = GateDecision.objects.select_related("rule_set").get(id=begun.decision_id)
    decision.answer = "block"
    assert not replay.again(decision).is_equal


def test_cease_stops_what_waits_in_the_same_act(placed: SmallBook) -> None:
    due = datetime.now(UTC) + timedelta(days=1)
    queued = placed.perform(
        "queue_contact",
        lambda act: queue_contact.queue_contact(act, asked=Asked(account_of(placed), "email"), due_at=due),
        QueueOutcome,
    )
    assert queued.planned_contact_id is not None
    assert learns(placed, "CEASE").stopped == 1
    status = frames.scalar("SELECT status || ' ' || rule FROM planned_contact_state")
    assert status == "stopped HOUSE-CEASE"
    with pytest.raises(begin_contact.PlannedContactAlreadySettled):
        placed.perform(
            "begin_planned",
            lambda act: begin_contact.begin_planned(act, planned_contact_id=queued.planned_contact_id or 0),
            ReachOutcome,
        )


def test_planned_contact_begins_after_the_gate_is_asked_again(placed: SmallBook) -> None:
    queued = placed.perform(
        "queue_contact",
        lambda act: queue_contact.queue_contact(
            act, asked=Asked(account_of(placed), "email"), due_at=datetime.now(UTC)
        ),
        QueueOutcome,
    )
    begun = placed.perform(
        "begin_planned",
        lambda act: begin_contact.begin_planned(act, planned_contact_id=queued.planned_contact_id or 0),
        ReachOutcome,
    )
    assert begun.contact_id is not None
    assert begun.decision_id != queued.decision_id


def test_outcome_is_written_down_once_with_a_known_code(placed: SmallBook) -> None:
    begun = begins(placed)
    assert begun.contact_id is not None

    def ends(result: str) -> ContactResult:
        return placed.perform(
            "record_outcome",
            lambda act: record_outcome.record_outcome(act, contact_id=begun.contact_id or 0, result=result),
            ContactResult,
        )

    with pytest.raises(record_outcome.UnableToRecordOutcome, match="does not come of this channel"):
        ends("NICE_CHAT")
    assert ends("REPLIED").result == "REPLIED"
    with pytest.raises(record_outcome.ContactAlreadyEnded):
        ends("REPLIED")


def ungated(book: SmallBook, **more: Any) -> None:
    """A row of an outbound contact, as nobody should write it."""
    columns = {
        "account_id": account_of(book),
        "party_id": frames.scalar("SELECT party_id FROM account WHERE id = %(a)s", {"a": account_of(book)}),
        "channel": "email",
        "direction": "outbound",
        "began_at": datetime.now(UTC),
        "act_id": frames.scalar("SELECT max(id) FROM act"),
        **more,
    }
    names = ", ".join(columns)
    values = ", ".join(f"%({name})s" for name in columns)
    with transaction.atomic():
        frames.execute(f"INSERT INTO contact ({names}) VALUES ({values})", columns)


def test_plain_sql_without_a_decision_is_refused(placed: SmallBook) -> None:
    with pytest.raises(IntegrityError, match="the gate was not asked"):
        ungated(placed)


def test_bulk_copy_without_a_decision_is_refused(placed: SmallBook) -> None:
    rows = pl.DataFrame(
        {
            "account_id": [account_of(placed)],
            "channel": ["email"],
            "direction": ["outbound"],
            "began_at": [datetime.now(UTC)],
            "act_id": [frames.scalar("SELECT max(id) FROM act")],
        }
    )
    with pytest.raises(Exception, match="the gate was not asked"), transaction.atomic():
        frames.append("contact", rows)
    assert contacts() == 0


@pytest.mark.django_db(databases=["default", "owner"])
@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"channel": "sms"}, "about something else"),
        ({"purpose": "legal"}, "about something else"),
        ({"began_at": datetime(2026, 1, 1, tzinfo=UTC)}, "did not begin when the gate was asked"),
    ],
)
def test_decision_about_something_else_opens_no_door(owned: SmallBook, change: dict[str, Any], why: str) -> None:
    begun = begins(owned)
    frames.execute("DELETE FROM contact", {})
    with pytest.raises(IntegrityError, match=why):
        ungated(owned, decision_id=begun.decision_id, **change)
    ungated(owned, decision_id=begun.decision_id)


@pytest.mark.django_db(databases=["default", "owner"])
def test_old_decision_opens_no_door(owned: SmallBook) -> None:
    begun = begins(owned)
    frames.execute("DELETE FROM contact", {})
    frames.execute("UPDATE gate_decision SET decided_at = decided_at - interval '11 seconds'", {})
    with pytest.raises(IntegrityError, match="older than ten seconds"):
        ungated(owned, decision_id=begun.decision_id)


def test_blocked_decision_opens_no_door(placed: SmallBook) -> None:
    learns(placed, "CEASE")
    begun = begins(placed)
    with pytest.raises(IntegrityError, match="the gate said block"):
        ungated(placed, decision_id=begun.decision_id)


@pytest.mark.django_db(databases=["default", "owner"])
def test_without_the_trigger_the_same_row_goes_in(owned: SmallBook) -> None:
    frames.execute("ALTER TABLE contact DISABLE TRIGGER contact_gated", {})
    ungated(owned)
    assert contacts() == 1


def test_care_is_kept_encrypted_opened_on_record_and_forgotten(placed: SmallBook) -> None:
    told = learns(placed, "VULNERABLE")

    def run(operation: Any, **more: Any) -> CareOutcome:
        return placed.perform(
            operation.__name__,
            lambda act: operation(act, account_id=account_of(placed), circumstance_id=told.circumstance_id, **more),
            CareOutcome,
        )

    with pytest.raises(UnableToKeepCareRecord, match="without their consent"):
        run(keep_care, text="speaks slowly", has_consent=False)
    run(keep_care, text="speaks slowly, prefers text", has_consent=True)
    sealed = bytes(frames.scalar("SELECT sealed FROM care_record"))
    assert b"slowly" not in sealed
    assert text_of(run(open_care)) == "speaks slowly, prefers text"
    assert frames.scalar("SELECT count(*) FROM act WHERE name = 'open_care'") == 1
    run(forget_care)
    with pytest.raises(UnableToKeepCareRecord, match="nothing is kept"):
        run(open_care)


def test_debtor_who_cannot_be_reached_leaves_the_list_at_once_and_the_absence_names_the_rule(placed: SmallBook) -> None:
    monday = date(2026, 3, 2)
    placed.place(invoice("B", 900, debtor="D2", phone="+254712345679"), file="second")
    placed.close(DAY)

    def listed() -> list[str]:
        found = work.listing(by=placed.operator, as_of=monday).ranked
        return sorted(found["number"].to_list())

    assert listed() == ["D1", "D2"]
    learns(placed, "CEASE", from_at=TUESDAY_NOON - timedelta(days=30))
    assert listed() == ["D2"]
    standing = work.standing(by=placed.operator, as_of=date(2026, 12, 1), account_id=account_of(placed))
    mine = standing.ranking.absent.filter(pl.col("account_id") == account_of(placed))
    assert mine.select("rule", "until_date").rows() == [("GATE.HOUSE-CEASE", None)]


def test_close_keeps_off_the_lists_whom_the_gate_stops(placed: SmallBook) -> None:
    learns(placed, "CEASE", from_at=TUESDAY_NOON - timedelta(days=30))
    outcome = placed.close(DAY)
    assert (outcome.listed, outcome.absent) == (0, {"GATE.HOUSE-CEASE": 1})
    told = forecast(by=placed.operator, day=date(2026, 3, 2))
    assert (told.planned, told.lawful, told.stopped.rows()) == (1, 0, [("HOUSE-CEASE", 1)])


def issues(book: SmallBook, hours: int = 4) -> IssueOutcome:
    """Issues a visit of D1 for so many hours from now, by the clock that acts read."""

    def run(act: Act) -> IssueOutcome:
        asked = Asked(account_of(book), "visit", purpose="requested")
        return issue_visit(act, asked=asked, until=act.at + timedelta(hours=hours))

    return book.perform("issue_visit", run, IssueOutcome)


def visits(book: SmallBook, decision_id: int, began_at: datetime) -> VisitOutcome:
    return book.perform(
        "record_visit", lambda act: record_visit(act, decision_id=decision_id, began_at=began_at), VisitOutcome
    )


def confirmed_at_ten(book: SmallBook) -> None:
    """The debtor is where it is about ten in the morning now, so that the hours are open whenever this runs."""
    now = datetime.now(UTC)
    hour = (10 - now.hour + 12) % 24 - 12
    learns(book, "TIME_ZONE", value=f"Etc/GMT{-hour:+d}" if hour else "Etc/GMT", source="officer")


def test_visit_that_was_issued_is_recorded_later_by_its_decision(placed: SmallBook) -> None:
    confirmed_at_ten(placed)
    issued = issues(placed)
    assert (issued.answer, issued.rules) == ("allow", [])
    assert issued.decision_id is not None and issued.valid_until is not None
    decided = GateDecision.objects.get(id=issued.decision_id)
    recorded = visits(placed, issued.decision_id, decided.decided_at)
    assert Contact.objects.get(id=recorded.contact_id).decision_id == issued.decision_id
    with pytest.raises(UnableToRecordVisit, match="used for a visit already"):
        visits(placed, issued.decision_id, decided.decided_at)
    assert broken_laws() == {}


def test_visit_is_lawful_no_longer_than_the_hours(placed: SmallBook) -> None:
    confirmed_at_ten(placed)
    issued = issues(placed, hours=23)
    assert issued.decision_id is not None
    made = GateDecision.objects.get(id=issued.decision_id)
    assert made.valid_until is not None
    assert timedelta(hours=6) < made.valid_until - made.decided_at < timedelta(hours=10)


def test_visit_outside_of_what_was_issued_is_refused_by_act_and_database(placed: SmallBook) -> None:
    confirmed_at_ten(placed)
    issued = issues(placed)
    assert issued.decision_id is not None
    made = GateDecision.objects.get(id=issued.decision_id)
    with pytest.raises(UnableToRecordVisit, match="does not hold"):
        visits(placed, made.id, made.decided_at - timedelta(hours=1))
    late = {"channel": "visit", "purpose": "requested", "role": "debtor", "decision_id": made.id}
    with pytest.raises(IntegrityError, match="does not hold at that time"):
        ungated(placed, **late, began_at=made.decided_at + timedelta(hours=20))
    learns(placed, "CEASE")
    assert issues(placed).decision_id is None


def test_visit_is_lawful_at_the_end_that_was_asked_for_and_not_only_a_quarter_before(placed: SmallBook) -> None:
    asked = Asked(account_of(placed), "visit", purpose="requested")
    begin = datetime(2026, 3, 10, 15, 31, tzinfo=UTC)  # 18:31 in Nairobi, where the hours end at 19:00
    last = begin + timedelta(minutes=28)
    assert queries.lawful_through(asked, begin=begin, end=last) == last
    assert queries.lawful_through(asked, begin=begin, end=last + timedelta(minutes=1)) == begin + timedelta(minutes=15)
