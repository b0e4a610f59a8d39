"""What is stored of accounts against plain SQL over the raw facts, written from the rules and using nothing of ours."""

import random
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import connection

from .book import DAY, Row, SmallBook, broken_laws, invoice, receipt
from .desk import Desk

STATEMENT = (Path(__file__).parents[2] / "benchmarks" / "load" / "plain.sql").read_text("utf-8")
DIFFERENT = tuple[int | date | None, ...]


def different(accounts: list[int], day: date = DAY) -> list[DIFFERENT]:
    """Accounts for which plain SQL over the facts comes to other figures than are stored, with both."""
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT, {"ids": accounts, "day": day})
        found: list[DIFFERENT] = cursor.fetchall()
    return found


def every_account() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT account_id FROM account_state ORDER BY 1")
        return [row[0] for row in cursor.fetchall()]


def debts(draw: random.Random, accounts: range) -> list[Row]:
    """One to five charges for each account, some told with their components, some in advance, some credits."""
    rows = []
    for account in accounts:
        for turn in range(draw.randint(1, 5)):
            amount = draw.choice([draw.randint(1, 50_000), draw.randint(1, 50_000), -draw.randint(1, 9_000)])
            due = DAY + timedelta(days=draw.randint(-200, 60))
            row = invoice(f"I{account}-{turn}", amount, due, f"D{account}", invoiced_on=due - timedelta(days=30))
            if amount > 3 and draw.random() < 0.3:
                row |= {"principal_minor": amount - 3, "interest_minor": 2, "fee_minor": 1}
            if amount > 0 and draw.random() < 0.1:
                row |= {"settled_on": due - timedelta(days=2)} if due - timedelta(days=2) <= DAY else {}
            rows.append(row)
    return rows


def money(draw: random.Random, accounts: range, sheet: str) -> list[Row]:
    """Receipts on some of the accounts, early and late, some naming a charge, some more than is owed."""
    rows = []
    for turn in range(len(accounts)):
        account = draw.choice(accounts)
        named = {"reference": f"I{account}-{draw.randint(0, 5)}"} if draw.random() < 0.3 else {}
        on = DAY - timedelta(days=draw.randint(0, 150))
        rows.append(receipt(f"{sheet}-{turn}", draw.randint(1, 60_000), on, f"D{account}", **named))
    return rows


def lively_book(book: SmallBook, accounts: int, *, seed: int) -> None:
    """A book loaded by sheets, of which one of each kind is undone again, with reversed receipts and promises."""
    draw, desk = random.Random(seed), Desk(book)
    half, middle = range(accounts // 2), range(accounts // 3, 2 * accounts // 3)
    book.place(*debts(draw, half), file="first.csv")
    taken_back = book.place(*debts(draw, middle), file="undone.csv", currency="KES")
    book.place(*debts(draw, range(accounts // 2, accounts)), file="second.csv")
    came = money(draw, range(accounts), "A")
    book.receive(*came, file="a.csv")
    undone = book.receive(*money(draw, half, "B"), file="b.csv")
    book.receive(*money(draw, half, "C"), file="c.csv")
    book.undo(undone.batch_id)
    book.undo(taken_back.batch_id)
    of_others = [row for row in came if int(row["debtor_number"][1:]) >= middle.stop]
    for row in draw.sample(of_others, 20):
        desk.reverse(row["debtor_number"], row["receipt_reference"])
    for account in range(0, 60, 3):
        desk.promise(f"D{account}", 5_000, DAY - timedelta(days=20), DAY - timedelta(days=account % 9))


@pytest.mark.parametrize(
    ("accounts", "sample"), [(300, 300), pytest.param(22_000, 10_000, marks=pytest.mark.nightly, id="ten thousand")]
)
def test_stored_figures_are_those_of_plain_sql_over_the_facts(book: SmallBook, accounts: int, sample: int) -> None:
    lively_book(book, accounts, seed=accounts)
    known = every_account()
    drawn = random.Random(1).sample(known, min(sample, len(known)))
    assert len(drawn) >= min(sample, accounts)
    assert different(drawn) == []
    if accounts < 1_000:
        assert broken_laws() == {}


@pytest.mark.parametrize(
    "harm",
    [
        "overdue_minor = overdue_minor + 1",
        "allocated_minor = allocated_minor - 1",
        "received_minor = received_minor + 1",
        "oldest_due_date = oldest_due_date - 1",
    ],
)
def test_plain_sql_finds_a_state_that_was_tampered_with(book: SmallBook, harm: str) -> None:
    book.place(invoice("A", 100), invoice("B", 50, debtor="D2"))
    book.receive(receipt("R", 30))
    accounts = every_account()
    assert different(accounts) == []
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE account_state SET {harm} WHERE account_id = %s", [accounts[0]])
    assert [row[0] for row in different(accounts)] == [accounts[0]]


def test_plain_sql_finds_money_that_was_reversed_behind_the_back_of_the_state(book: SmallBook) -> None:
    book.place(invoice("A", 100))
    book.receive(receipt("R", 30))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO receipt_reversal (receipt_id, reason, booked_at, act_id)"
            " SELECT id, 'bounced', booked_at, act_id FROM receipt"
        )
    assert [row[1:3] for row in different(every_account())] == [(100, 70)]
