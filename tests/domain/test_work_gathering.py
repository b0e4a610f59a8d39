"""What the night gathers as arrays and lists in parts is what the tables and one whole list say."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from django.db import ProgrammingError, connection, transaction

from ahadi.data import facts, frames, gathered, snapshot
from ahadi.data.facts import Selection
from ahadi.data.snapshot import Span
from ahadi.domain.work import lists, states
from ahadi.domain.work.lists import REASONS, Share
from ahadi.kernel.schema import COMPONENT_COLUMNS

from .book import DAY, SmallBook, invoice, receipt

pytestmark = pytest.mark.django_db
EVERY_KIND = {"number": pl.Int64, "text": pl.String, "day": pl.Date, "is_so": pl.Boolean, "small": pl.Int64}
ROWS = """
    SELECT * FROM (VALUES
      (3::bigint, 'it''s "so"', date '1969-12-31', TRUE, 1::smallint),
      (2, E'two\\nlines, and a comma', NULL, FALSE, NULL),
      (9007199254740993, 'ሰላም', date '2400-02-29', NULL, -1),
      (-4, '', date '2000-01-01', TRUE, 0),
      (NULL, NULL, date '1900-01-01', FALSE, 7)) AS v (number, text, day, is_so, small)
"""


@pytest.fixture
def worn(book: SmallBook) -> SmallBook:
    """Accounts with money, a batch that was undone, one that was placed again, and a receipt that moved with it."""
    book.join("juma")
    book.place(*(invoice(f"I{n}", 9_000 * (n + 1), DAY - timedelta(days=25 * n), debtor=f"D{n}") for n in range(6)))
    parts = {"principal_minor": 3_000, "interest_minor": 700, "fee_minor": 50, "penalty_minor": 9}
    book.place(
        *(invoice(f"P{n}", 3_759, DAY - timedelta(days=40), debtor=f"D{n}", **parts) for n in range(3)), file="p.csv"
    )
    undone = book.place(invoice("U1", 700, debtor="D1"), invoice("U2", 800, debtor="GONE"), file="undone.csv")
    book.receive(*(receipt(f"R{n}", 2_000, DAY - timedelta(days=n), f"D{n}") for n in range(5)))
    taken = book.receive(receipt("BACK", 500, DAY, "D2"), file="taken back.csv")
    book.undo(taken.batch_id)
    book.undo(undone.batch_id)
    book.place(invoice("U1", 700, debtor="D1"), file="again.csv")
    return book


def moved(receipt_of: str, to: str) -> None:
    """Assigns the receipt of one account to another, as a later act would."""
    frames.execute(
        "INSERT INTO receipt_assignment (receipt_id, account_id, booked_at, act_id)"
        " SELECT x.receipt_id, b.id, x.booked_at, (SELECT max(id) FROM act)"
        " FROM receipt_assignment x JOIN account a ON a.id = x.account_id, account b"
        " WHERE a.number = %(from)s AND b.number = %(to)s",
        {"from": receipt_of, "to": to},
    )


def selections(book: SmallBook) -> list[Selection]:
    ids = frames.read("SELECT id FROM account ORDER BY id", {}, {"id": pl.Int64})["id"].to_list()
    of_house = "a.organisation_id = %(organisation)s"
    return [
        Span(book.organisation_id, 0, None).selection(),
        Span(book.organisation_id, ids[1], ids[4]).selection(),
        facts.of_accounts(ids[2:5]),
        Selection(of_house, {"organisation": book.organisation_id}),
    ]


def test_gathered_rows_are_those_that_are_read() -> None:
    gathered = frames.gather(ROWS, {}, EVERY_KIND, by=["number"])
    assert gathered.equals(frames.read(f"{ROWS} ORDER BY number NULLS FIRST", {}, EVERY_KIND))
    assert gathered["text"].null_count() == 1


@pytest.mark.parametrize("wanted", ["TRUE", "number = 3", "text = ''", "text IS NULL", "FALSE"])
def test_a_handful_is_what_is_read_however_it_is_asked(wanted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    query = f"SELECT * FROM ({ROWS}) every WHERE {wanted} ORDER BY number NULLS FIRST"
    few = frames.few(query, {}, EVERY_KIND)
    assert few.equals(frames.read(query, {}, EVERY_KIND))
    assert frames.told(query, {}, EVERY_KIND) == few.to_dicts()
    monkeypatch.setattr(frames, "_FEW_BYTES", -1)
    if few.height:
        assert few.equals(frames.read(query, {}, EVERY_KIND)), "the parser of columns tells the same"


@pytest.mark.parametrize("beside", [0, 50])
def test_states_are_written_alike_from_a_statement_and_from_a_table_beside(
    worn: SmallBook, beside: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frames, "_BESIDE", beside)
    before = states.of(frames.read("SELECT id FROM account ORDER BY id", {}, {"id": pl.Int64})["id"])
    late = before.with_columns(overdue_minor=pl.col("overdue_minor") + 1).head(3).select("account_id", "overdue_minor")
    assert frames.upsert("account_state", late, key="account_id", counting="revision") == 3
    assert frames.upsert("account_state", late, key="account_id", counting="revision") == 0, "the same is not touched"
    after = states.of(before["account_id"])
    assert after["overdue_minor"].to_list()[:3] == late["overdue_minor"].to_list()
    assert after.drop("overdue_minor", "revision", strict=False).equals(
        before.drop("overdue_minor", "revision", strict=False)
    )


def test_dates_and_flags_share_one_number_of_an_array() -> None:
    many = {f"day{n}": pl.Date for n in range(3)} | {f"flag{n}": pl.Boolean for n in range(9)}
    days = "NULL::date, DATE '0044-03-15 BC', DATE '9999-12-31'"
    query = f"SELECT {days}, {', '.join(['NULL::boolean, FALSE, TRUE'] * 3)} FROM generate_series(1, 2)"
    found = frames.gather(query, {}, many)
    assert found.height == 2
    assert found.select(pl.col("^day.*$").dt.year()).row(1) == (None, -43, 9999)
    assert found.select("^flag.*$").row(1) == (None, False, True) * 3


def test_gathering_no_rows_keeps_the_columns() -> None:
    assert frames.gather(f"{ROWS} WHERE number = 0", {}, EVERY_KIND, by=["number"]).schema == pl.Schema(EVERY_KIND)


def test_gathering_what_is_not_there_is_an_error_of_the_database() -> None:
    with pytest.raises(ProgrammingError, match="no_such_table"), transaction.atomic():
        frames.gather("SELECT 1 FROM no_such_table", {}, {"number": pl.Int64}, by=["number"])


def whole_as_principal(charges: pl.DataFrame) -> pl.DataFrame:
    """Charges with their components as a gathered book bears them."""
    nothing = [pl.lit(0, dtype=pl.Int64).alias(name) for name in COMPONENT_COLUMNS if name != "principal_minor"]
    return charges.with_columns(pl.sum_horizontal(COMPONENT_COLUMNS).alias("principal_minor")).with_columns(nothing)


def told(receipts: pl.DataFrame) -> pl.DataFrame:
    """Receipts as a gathered book bears them: of their kind only whether they are what was forgiven."""
    return receipts.with_columns(is_forgiven=pl.col("kind") == "forgiven").select(list(gathered.RECEIPTS))


@pytest.mark.parametrize("place", range(4))
def test_gathered_book_holds_the_facts_of_the_whole_one(worn: SmallBook, place: int) -> None:
    selection = selections(worn)[place]
    mine, whole = gathered.book(selection), facts.book(selection)
    known = whole.accounts.join(facts.schedule_versions(selection), on="account_id", how="left")
    assert mine.accounts.height >= 3
    assert mine.accounts.equals(known.select(mine.accounts.columns))
    assert mine.charges.equals(whole_as_principal(whole.charges).select(mine.charges.columns))
    assert mine.receipts.equals(told(whole.receipts))


@pytest.mark.parametrize("few", [100, 0])
def test_accounts_are_stated_alike_alone_and_together(
    worn: SmallBook, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    everybody = Span(worn.organisation_id, 0, None).selection()
    for day in (DAY, DAY + timedelta(days=45)):
        together = states.current(everybody, as_of=day)
        monkeypatch.setattr(frames, "FEW", few)
        alone = [states.current(facts.of_accounts([one]), as_of=day) for one in together["account_id"]]
        stored = states.of(together["account_id"])
        monkeypatch.undo()
        assert together.height >= 6
        assert together.equals(pl.concat(alone))
        assert stored.equals(states.stored(Selection("s.status <> 'withdrawn'")))


def test_states_do_not_depend_on_what_charges_are_made_of(worn: SmallBook) -> None:
    span = Span(worn.organisation_id, 0, None).selection()
    mine, whole = gathered.book(span), facts.book(span)
    made_of = replace(mine, charges=whole.charges.select(mine.charges.columns))
    assert not made_of.charges.equals(mine.charges), "without components in the book nothing is compared"
    for day in (DAY, DAY + timedelta(days=45)):
        assert states.derived(made_of, span, as_of=day).equals(states.derived(mine, span, as_of=day))


def test_receipts_that_lie_scattered_are_asked_for_by_their_ids(worn: SmallBook) -> None:
    span = Span(worn.organisation_id, 0, None).selection()
    assert any("BETWEEN" in statement for statement in said(span)), "close together, they are read in stretches"
    for turn in range(40):
        frames.reserve("receipt", 60)
        worn.receive(receipt(f"FAR{turn}", 300, DAY, f"D{turn % 4}"), file=f"{turn}.csv")
    assert not any("BETWEEN" in statement for statement in said(span))
    mine = gathered.book(span).receipts
    assert mine.height >= 40
    assert mine.equals(told(facts.receipts(span)))


def test_replay_reads_what_every_reader_of_facts_reads(worn: SmallBook) -> None:
    for selection in selections(worn):
        charges, receipts = gathered.charges(selection), gathered.receipts(selection)
        assert charges.equals(facts.charges(selection).select(charges.columns))
        assert receipts.equals(told(facts.receipts(selection)))


def said(selection: Selection) -> list[str]:
    """The statements by which a book is gathered."""
    statements: list[str] = []

    def note(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        statements.append(sql)
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(note):
        gathered.book(selection)
    return statements


def test_gathered_book_knows_what_was_known_then(worn: SmallBook) -> None:
    before = frames.read(
        "SELECT (extract(epoch FROM min(booked_at)) * 1000000)::bigint - 1 FROM receipt", {}, {"at": pl.Int64}
    )
    then = before["at"].cast(pl.Datetime("us", "UTC")).item()
    span = replace(Span(worn.organisation_id, 0, None).selection(), known_at=then)
    plain, whole = gathered.book(span), facts.book(span)
    assert plain.receipts.is_empty()
    assert plain.charges["charge_id"].to_list() == whole.charges["charge_id"].to_list()
    assert plain.charges.height > gathered.book(replace(span, known_at=None)).charges.height


def test_receipt_that_moved_belongs_to_the_newest_account_alone(worn: SmallBook) -> None:
    span = Span(worn.organisation_id, 0, None).selection()
    numbers = dict(facts.accounts(span).select("number", "account_id").rows())
    first, second = list(numbers)[3:5]
    moved(first, second)
    live = "SELECT count(*) FROM receipt_assignment x JOIN receipt_assignment y USING (receipt_id) WHERE x.id < y.id"
    assert frames.scalar(live, {}) == 1, "without the look at newer assignments the receipt would count twice"
    plain = gathered.book(span).receipts
    assert plain["receipt_id"].is_unique().all()
    assert plain.equals(told(facts.receipts(span)))
    assert numbers[first] not in plain["account_id"]


def test_receipt_that_moved_out_of_a_part_belongs_to_the_other(worn: SmallBook) -> None:
    ids = facts.accounts(Span(worn.organisation_id, 0, None).selection()).sort("account_id")["account_id"].to_list()
    lower, upper = (
        Span(worn.organisation_id, 0, ids[4]).selection(),
        Span(worn.organisation_id, ids[4], None).selection(),
    )
    was = gathered.book(lower).receipts.filter(pl.col("account_id") == ids[3])
    assert was.height == 1
    numbers = dict(facts.accounts(lower).select("account_id", "number").rows())
    moved(numbers[ids[3]], dict(facts.accounts(upper).select("account_id", "number").rows())[ids[4]])
    assert any("BETWEEN" in statement for statement in said(lower))
    assert gathered.book(lower).receipts.filter(pl.col("account_id") == ids[3]).is_empty()
    assert was["receipt_id"].item() in gathered.book(upper).receipts["receipt_id"]


def test_states_of_a_part_do_not_depend_on_how_it_was_chosen(worn: SmallBook) -> None:
    whole = states.current(Span(worn.organisation_id, 0, None).selection(), as_of=DAY)
    for selection in selections(worn):
        mine = states.current(selection, as_of=DAY)
        assert mine.equals(whole.join(mine, on="account_id", how="semi", maintain_order="left"))
    stored = states.stored(Selection("s.status <> 'withdrawn'")).select(list(states.STATE))
    assert whole.select(list(states.STATE)).sort("account_id").equals(stored)


@pytest.mark.parametrize(
    ("accounts", "parts"), [(0, 1), (49_999, 1), (50_000, 2), (250_000, 2), (250_001, 4), (10**6, 8), (10**7, 128)]
)
def test_book_is_cut_in_two_before_it_is_large(accounts: int, parts: int) -> None:
    assert snapshot.parts_for(accounts) == parts


def shares() -> list[Share]:
    """Two parts of a book with six owners; of the last there are absent accounts only."""
    nothing = dict.fromkeys(REASONS, 0)
    ranked = [
        {"owner_id": n % 5, "account_id": n, "points": n % 3, "overdue_minor": 10 * n, "days_late": n % 4} | nothing
        for n in range(40)
    ]
    told = pl.DataFrame(ranked).with_columns(pl.col("points").alias(REASONS[0]))
    absent = pl.DataFrame({"owner_id": [5, 1], "rule": ["CLOSED", "NOT_LATE"], "len": [3, 2]}).cast({"len": pl.UInt32})
    return [Share(told[:17], absent), Share(told[17:], absent)]


def test_lists_written_in_several_turns_are_those_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    (whole,) = lists.rows(shares())
    monkeypatch.setattr(lists, "_WRITTEN", 10)
    turns = list(lists.rows(shares()))
    assert len(turns) > 1
    assert pl.concat(turns).equals(whole)
    assert whole["owner_id"].to_list() == [0, 1, 2, 3, 4, 5]
    assert whole.row(5, named=True)["absent"] == '{"CLOSED":6}'
    assert whole.row(5, named=True)["account_ids"] == "{}"


def test_first_of_a_list_has_the_most_points_then_days_then_the_lower_id() -> None:
    (whole,) = lists.rows(shares())
    for owner, text in whole.select("owner_id", "account_ids").head(5).rows():
        ids = [int(one) for one in text.strip("{}").split(",")]
        assert ids == sorted(range(owner, 40, 5), key=lambda n: (-(n % 3), -(n % 4), n))
