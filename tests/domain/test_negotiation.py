"""Offers within the mandate and the means, whose word they need, and what becomes of a settlement that is kept."""

from collections.abc import Iterator
from datetime import date, timedelta

import polars as pl
import pytest
from django.db import IntegrityError, transaction

from ahadi.data import frames
from ahadi.data.mandates import UnableToReadMandate, read, standard
from ahadi.data.models.account import PRODUCTS
from ahadi.domain.approvals.queries import UnableToFindApproval, approval, approvals
from ahadi.domain.approvals.steps import ApprovalAlreadyDecided, UnableToDecideApproval
from ahadi.domain.arrangements.ports import PromiseAlreadyOpen
from ahadi.domain.audit.ports import OPERATOR
from ahadi.domain.negotiation import means, queries
from ahadi.domain.negotiation.mandates import holding
from ahadi.domain.negotiation.operations import UnableToSetMandate, judge_mandate, propose_mandate
from ahadi.domain.negotiation.proposing import UnableToProposeOffer

from .book import SmallBook, broken_laws, invoice, receipt
from .dated import Clock, DatedBook, shown
from .haggling import MANDATE, Haggling, weeks


@pytest.fixture
def dated(book: SmallBook) -> Iterator[DatedBook]:
    """A book under way, with a clock."""
    clock = Clock()
    with shown(clock):
        yield DatedBook(book, clock)


@pytest.fixture
def desk(dated: DatedBook) -> Haggling:
    """The people of the desk; D1 owes 100.00 and is 200 days late; D2 owes 600.00."""
    made, late = Haggling.begun(dated), dated.day_after(-200)
    dated.place(
        invoice("A", 10_000, due_on=late, invoiced_on=late),
        invoice("B", 60_000, due_on=late, invoiced_on=late, debtor="D2"),
    )
    return made


def test_every_product_has_a_mandate_of_the_house() -> None:
    for product in PRODUCTS:
        known = standard(product)
        assert known.product == product and known.clauses and known.levels[0].discount_bps == 0


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("product: invoice", "product must be one of"),
        ("level: officer", "level must be one of"),
        ("share_pct: 65", "share_pct must be"),
        ("count_max: 6, days", "count_max must be a whole number"),
    ],
)
def test_mandate_that_cannot_be_read_names_the_place(wrong: str, told: str) -> None:
    name, _, value = wrong.partition(": ")
    with pytest.raises(UnableToReadMandate, match=told):
        read(MANDATE.replace(wrong, f"{name}: -7{value.lstrip('0123456789abcdefghijklmnopqrstuvwxyz')}"), file="x")


def test_mandate_holds_once_another_approved_it(desk: Haggling, book: SmallBook) -> None:
    house, creditor = book.organisation_id, desk.table("D1").holding
    assert creditor.label == "invoice test-1" and creditor.is_own
    text = MANDATE.replace("test-1", "test-2")
    made = desk.act(desk.manager, "propose", lambda act: propose_mandate(act, text=text), object)
    assert holding(house, 0, "invoice", as_of=desk.dated.day).label == "invoice test-1"
    with pytest.raises(UnableToSetMandate, match="somebody else"):
        desk.act(
            desk.manager,
            "judge",
            lambda act: judge_mandate(act, mandate_id=made.mandate_id, verdict="approved"),
            object,
        )
    with pytest.raises(UnableToSetMandate, match="manager"):
        desk.act(desk.supervisor, "propose", lambda act: propose_mandate(act, text=text), object)


def test_database_refuses_a_mandate_that_its_maker_approves(desk: Haggling) -> None:
    text = MANDATE.replace("test-1", "test-3")
    made = desk.act(desk.manager, "propose", lambda act: propose_mandate(act, text=text), object)
    statement = (
        "INSERT INTO mandate_verdict (mandate_id, verdict, at, act_id)"
        " SELECT id, 'approved', at, act_id FROM mandate WHERE id = %(id)s"
    )
    with pytest.raises(IntegrityError, match="somebody else"), transaction.atomic():
        frames.execute(statement, {"id": made.mandate_id})


def test_ladder_is_three_offers_within_the_mandate(desk: Haggling) -> None:
    found = desk.ladder("D1")
    assert len(found.offers) == 3 and found.count > 10
    assert [one.parts[0].amount_minor for one in found.offers] == sorted(
        (one.parts[0].amount_minor for one in found.offers), reverse=True
    )
    assert all(one.total_minor >= 8_000 and len(one.parts) <= 6 for one in found.offers)
    assert all(one.level in ("officer", "supervisor", "manager") for one in found.offers)


def test_figure_that_a_debtor_names_finds_the_nearest_lawful_offer(desk: Haggling) -> None:
    near = queries.nearest(desk.ladder("D1"), named_minor=1_700)
    assert near is not None and abs(max(one.amount_minor for one in near.parts) - 1_700) <= 100
    assert near.is_lawful and near.is_affordable


def test_means_bound_what_a_month_asks_for(desk: Haggling) -> None:
    desk.tell("D1", income_minor=9_000, expenses_minor=7_000, payday="25")
    known = desk.table("D1")
    assert known.spare.monthly_max_minor == 2_000 and known.payday.rule == "25"
    for one in queries.ladder(known).offers:
        months = pl.DataFrame([(part.due_on.replace(day=1), part.amount_minor) for part in one.parts], orient="row")
        assert months.group_by("column_0").agg(pl.col("column_1").sum())["column_1"].max() <= 2_000


def test_what_other_plans_of_the_debtor_ask_for_is_taken_off(desk: Haggling) -> None:
    desk.dated.place(invoice("C", 5_000, currency="USD", debtor="D1"), product="loan", file="second")
    desk.tell("D1", income_minor=9_000, expenses_minor=5_000)
    ids = frames.read("SELECT id FROM account WHERE number = 'D1' ORDER BY id", {}, {"id": pl.Int64})["id"].to_list()
    (other,) = set(ids) - {desk.dated.account("D1")}
    table = queries.table(by=desk.manager, account_id=other, as_of=desk.dated.day)
    assert table.spare.monthly_max_minor == 4_000
    owed = desk.table("D1").owed_minor
    desk.propose(desk.manager, "D1", "payoff", (0, 1_000), (21, owed - 1_000), excess_reason="a bonus comes")
    table = queries.table(by=desk.manager, account_id=other, as_of=desk.dated.day)
    assert (table.spare.elsewhere_minor, table.spare.monthly_max_minor) == (owed, max(0, 4_000 - owed))


def test_paydays_are_told_learnt_or_the_end_of_the_month() -> None:
    days = [date(2026, month, 5) for month in (1, 2, 3)]
    came = pl.DataFrame({"value_date": days})
    assert means.payday("fri", came, as_of=date(2026, 4, 1)).source == means.TOLD
    learnt = means.payday(None, came, as_of=date(2026, 4, 1))
    assert (learnt.rule, learnt.source, learnt.near, learnt.of) == ("5", means.LEARNT, 3, 3)
    assert means.payday(None, came.head(2), as_of=date(2026, 4, 1)).rule == means.END
    assert means.paydays("end", after=date(2026, 1, 31), until=date(2026, 3, 1)) == [date(2026, 2, 28)]
    assert means.paydays("2w:2026-01-02", after=date(2026, 1, 2), until=date(2026, 1, 20)) == [date(2026, 1, 16)]


def test_offer_within_own_authority_is_a_plan_at_once(desk: Haggling) -> None:
    by = desk.owner("D1")
    made = desk.propose(by, "D1", "payoff", *weeks(2, 5_000, first=3))
    assert made.approval_id is None and made.plan_id is not None and len(made.promise_ids) == 2
    assert desk.dated.promises("D1") == [("PENDING", 0)] * 2
    reminded = frames.read("SELECT remind_on FROM promise_reminder ORDER BY 1", {}, {"on": pl.Date})["on"].to_list()
    assert reminded == [desk.dated.day_after(days) for days in (2, 3, 9, 10)]
    assert desk.dated.state("D1")["next_action"] is not None
    with pytest.raises(PromiseAlreadyOpen):
        desk.propose(by, "D1", "payoff", (3, 10_000))
    again = desk.propose(by, "D1", "payoff", (5, 10_000), is_replacing=True)
    assert [status for status, _ in desk.dated.promises("D1")] == ["WITHDRAWN", "WITHDRAWN", "PENDING"]
    assert again.plan_id is None and broken_laws() == {}


@pytest.mark.parametrize(
    ("kind", "parts", "code"),
    [
        ("settlement", ((0, 7_900),), "TOO_LITTLE"),
        ("payoff", ((0, 10_001),), "TOO_MUCH"),
        ("payoff", ((32, 10_000),), "FIRST_LATE"),
        ("payoff", ((-1, 10_000),), "FIRST_PAST"),
        ("payoff", ((0, 5_000), (3, 5_000)), "GAP_SHORT"),
        ("payoff", ((0, 9_950), (7, 50)), None),
        ("payoff", ((0, 50), (7, 9_950)), "PART_SMALL"),
        ("payoff", weeks(8, 1_250), "TOO_MANY"),
        ("cure", ((0, 5_000),), "TOO_LITTLE"),
    ],
)
def test_what_is_posted_is_judged_again_at_the_door(
    desk: Haggling, kind: str, parts: tuple[tuple[int, int], ...], code: str | None
) -> None:
    if code is None:
        desk.propose(desk.manager, "D1", kind, *parts)
        return
    with pytest.raises(UnableToProposeOffer) as refused:
        desk.propose(desk.manager, "D1", kind, *parts)
    assert code in {one.code for one in refused.value.refusals}
    assert desk.dated.promises("D1") == []


def test_settlement_waits_for_somebody_above_and_is_one_effect(desk: Haggling) -> None:
    by = desk.owner("D1")
    asked = desk.propose(by, "D1", "settlement", *weeks(2, 4_000, first=1))
    assert asked.approval_id is not None and asked.level == "supervisor" and desk.dated.promises("D1") == []
    with pytest.raises(UnableToDecideApproval, match="supervisor"):
        desk.decide(by, asked.approval_id)
    done = desk.decide(desk.supervisor, asked.approval_id)
    assert len(done.promise_ids) == 2
    with pytest.raises(ApprovalAlreadyDecided):
        desk.decide(desk.second, asked.approval_id, "refused", reason="too late")
    assert broken_laws() == {}


def test_nobody_approves_what_they_asked_for_themselves(desk: Haggling) -> None:
    asked = desk.propose(desk.supervisor, "D2", "settlement", (1, 39_000))
    assert asked.level == "manager"
    with pytest.raises(UnableToDecideApproval):
        desk.decide(desk.supervisor, asked.approval_id)
    statement = (
        "INSERT INTO approval_decision (approval_id, decision, rank, digest, at, act_id)"
        " SELECT id, 'approved', {rank}, {digest}, asked_at, {act} FROM approval"
    )
    other = "(SELECT max(id) FROM act WHERE by_id <> (SELECT by_id FROM act t WHERE t.id = approval.act_id))"
    for rank, digest, act in (("9", "digest", "act_id"), ("1", "digest", other), ("9", "'\\x00'::bytea", other)):
        with pytest.raises(IntegrityError, match="approval"), transaction.atomic():
            frames.execute(statement.format(rank=rank, digest=digest, act=act), {})


def test_another_offer_takes_back_what_waits_and_its_approval_is_refused(desk: Haggling) -> None:
    by = desk.owner("D1")
    first = desk.propose(by, "D1", "settlement", (1, 8_000))
    second = desk.propose(by, "D1", "settlement", (1, 8_500))
    with pytest.raises(ApprovalAlreadyDecided, match="withdrawn"):
        desk.decide(desk.supervisor, first.approval_id)
    with pytest.raises(UnableToDecideApproval, match="not what was asked"):
        desk.decide(desk.supervisor, second.approval_id, digest="00")
    assert desk.decide(desk.supervisor, second.approval_id).promise_ids


def test_approval_expires_and_does_not_outlive_the_figures(desk: Haggling) -> None:
    by = desk.owner("D1")
    asked = desk.propose(by, "D1", "settlement", (5, 8_000))
    desk.dated.receive(receipt("R", 500, on=desk.dated.day))
    with pytest.raises(UnableToDecideApproval, match="owed now"):
        desk.decide(desk.supervisor, asked.approval_id)
    desk.dated.clock.day += timedelta(days=4)
    with pytest.raises(UnableToDecideApproval, match="expired"):
        desk.decide(desk.supervisor, asked.approval_id)


def test_above_the_means_needs_a_reason_of_a_supervisor(desk: Haggling) -> None:
    desk.tell("D1", income_minor=3_000, expenses_minor=2_000)
    by = desk.owner("D1")
    with pytest.raises(UnableToProposeOffer, match="can spare"):
        desk.propose(by, "D1", "payoff", (1, 10_000))
    asked = desk.propose(by, "D1", "payoff", (1, 10_000), excess_reason="a brother pays")
    assert asked.approval_id is not None and asked.level == "supervisor"
    with pytest.raises(UnableToDecideApproval, match="reason"):
        desk.decide(desk.supervisor, asked.approval_id)
    assert desk.decide(desk.supervisor, asked.approval_id, reason="his letter is here").promise_ids


def test_refusal_needs_a_reason_and_books_nothing(desk: Haggling) -> None:
    asked = desk.propose(desk.owner("D1"), "D1", "settlement", (1, 8_000))
    with pytest.raises(UnableToDecideApproval, match="reason"):
        desk.decide(desk.supervisor, asked.approval_id, "refused")
    desk.decide(desk.supervisor, asked.approval_id, "asked_back", reason="offer him three parts")
    assert desk.dated.promises("D1") == []
    with pytest.raises(UnableToFindApproval):
        approval(by=desk.supervisor, at=desk.dated.clock(), approval_id=0)
    (seen,) = approvals(by=desk.supervisor, at=desk.dated.clock())
    assert seen.state == "asked_back" and seen.reason == "offer him three parts"


def settles(desk: Haggling) -> None:
    desk.propose(desk.supervisor, "D1", "settlement", *weeks(2, 4_000))
    desk.dated.receive(receipt("R1", 4_000, on=desk.dated.day))
    assert desk.dated.promises("D1")[0][0] == "KEPT" and desk.dated.state("D1")["status"] == "open"


def test_rest_is_forgiven_when_the_last_part_is_kept_and_owed_again_when_it_bounces(desk: Haggling) -> None:
    settles(desk)
    desk.dated.pass_days(7)
    desk.dated.receive(receipt("R2", 4_000, on=desk.dated.day))
    assert [status for status, _ in desk.dated.promises("D1")] == ["KEPT", "KEPT"]
    state = desk.dated.state("D1")
    assert (state["status"], state["charged_minor"] - state["allocated_minor"]) == ("closed", 0)
    assert frames.scalar("SELECT sum(amount_minor)::bigint FROM receipt WHERE kind = 'forgiven'") == 2_000
    assert broken_laws() == {}
    desk.dated.reverse("R2")
    state = desk.dated.state("D1")
    assert (state["status"], state["charged_minor"] - state["allocated_minor"]) == ("open", 6_000)
    assert broken_laws() == {}
    desk.dated.receive(receipt("R3", 4_000, on=desk.dated.day))
    assert desk.dated.state("D1")["status"] == "closed" and broken_laws() == {}


def test_nothing_is_forgiven_of_a_settlement_that_is_broken(desk: Haggling) -> None:
    settles(desk)
    desk.dated.pass_days(14)
    desk.dated.receive(receipt("R2", 4_000, on=desk.dated.day))
    assert desk.dated.promises("D1")[1][0] != "KEPT"
    assert desk.dated.state("D1")["status"] == "open"
    assert frames.scalar("SELECT count(*) FROM receipt WHERE kind = 'forgiven'") == 0


def test_settlement_that_is_nearly_paid_is_not_settled(desk: Haggling) -> None:
    settles(desk)
    desk.dated.receive(receipt("R2", 3_900, on=desk.dated.day))
    assert desk.dated.promises("D1")[1][0] == "KEPT", "a promise has a tolerance"
    assert desk.dated.state("D1")["status"] == "open", "and what is forgiven has none"


def test_plan_is_broken_once_an_instalment_is_missing_too_long(desk: Haggling) -> None:
    desk.propose(desk.manager, "D1", "payoff", *weeks(4, 2_500))
    desk.dated.receive(receipt("R", 2_500, on=desk.dated.day))
    desk.dated.pass_days(13)
    assert frames.scalar("SELECT count(*) FROM plan_break") == 0
    desk.dated.pass_days(1)
    assert frames.scalar("SELECT rule FROM plan_break") == "missed"
    statuses = [status for status, _ in desk.dated.promises("D1")]
    assert statuses == ["KEPT", "BROKEN", "WITHDRAWN", "WITHDRAWN"]
    assert desk.dated.state("D1")["next_action"] is not None and broken_laws() == {}


def test_first_instalment_does_not_keep_the_second(desk: Haggling) -> None:
    desk.propose(desk.manager, "D1", "payoff", *weeks(2, 5_000))
    desk.dated.receive(receipt("R", 5_000, on=desk.dated.day))
    assert desk.dated.promises("D1") == [("KEPT", 5_000), ("PENDING", 0)]


def test_close_learns_from_the_promises_that_matured(desk: Haggling) -> None:
    desk.propose(desk.manager, "D1", "payoff", (0, 10_000))
    desk.dated.pass_days(5)
    assert queries.table(by=desk.manager, account_id=desk.dated.account("D2"), as_of=desk.dated.day).learnt_from == 1


def test_operator_may_propose_and_an_outsider_finds_nothing(desk: Haggling) -> None:
    assert desk.propose(OPERATOR, "D2", "payoff", (1, 60_000)).promise_ids
    other = desk.other if desk.owner("D1") == desk.officer else desk.officer
    with pytest.raises(queries.UnableToFindAccount):
        desk.table("D1", by=other)
