"""The close restates what the day changed, writes tomorrow's worklists, and happens once."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from ahadi.data import frames
from ahadi.domain.people import queries as people
from ahadi.domain.work.ports import DayAlreadyClosed, UnableToCloseDay
from ahadi.domain.work.queries import ranking

from .book import DAY, SmallBook, broken_laws, invoice, receipt

TOMORROW = DAY + timedelta(days=1)


@pytest.fixture
def worked(book: SmallBook) -> SmallBook:
    """Two officers and accounts that are late, not late yet, disputed and closed."""
    book.join("juma")
    book.join("neema")
    book.place(
        *(invoice(f"I{n}", 90_000 * (n + 1), DAY - timedelta(days=20 * n), debtor=f"D{n}") for n in range(6)),
        invoice("LATER", 10, DAY + timedelta(days=40), debtor="LATER"),
        invoice("HELD", 500, debtor="HELD", disputed=True),
        invoice("PAID", 500, debtor="PAID", settled_on=DAY),
    )
    book.receive(receipt("R", 500, DAY - timedelta(days=3), "D3"))
    return book


def written(day: date) -> list[tuple[Any, ...]]:
    return frames.read(
        "SELECT o.code, e.rank, a.number, e.points FROM worklist w JOIN owner o ON o.id = w.owner_id,"
        " unnest(w.account_ids, w.points) WITH ORDINALITY AS e (account_id, points, rank)"
        " JOIN account a ON a.id = e.account_id WHERE w.day = %(day)s ORDER BY 1, 2",
        {"day": day},
        {"owner": pl.String, "rank": pl.Int64, "number": pl.String, "points": pl.Int64},
    ).rows()


def test_close_writes_the_worklist_that_the_next_day_would_show(worked: SmallBook) -> None:
    outcome = worked.close(DAY)
    live = ranking(by=worked.operator, as_of=TOMORROW)
    assert written(TOMORROW) == live.ranked.select("officer", "rank", "number", "points").sort("officer", "rank").rows()
    assert (outcome.accounts, outcome.listed) == (9, live.ranked.height)
    assert outcome.listed + sum(outcome.absent.values()) == outcome.accounts
    assert outcome.absent["CLOSED"] == 1
    assert broken_laws() == {}


def test_close_restates_accounts_that_became_late(worked: SmallBook) -> None:
    due_today = pl.col("number") == "D0"
    assert worked.states().filter(due_today)["overdue_minor"].item() == 0
    assert worked.close(TOMORROW).changed >= 1
    row = worked.states().filter(due_today).row(0, named=True)
    # The next step of the strategy for invoices comes on the tenth day after the due date.
    assert (row["overdue_minor"], row["next_action"]) == (90_000, "send_statement")
    assert broken_laws() == {}


def test_day_is_closed_once(worked: SmallBook) -> None:
    worked.close(DAY)
    with pytest.raises(DayAlreadyClosed, match="2026-03-01 is closed already"):
        worked.close(DAY)


def test_other_organisation_closes_the_same_day_itself(worked: SmallBook) -> None:
    worked.close(DAY)
    assert SmallBook.opened("other").close(DAY).accounts == 0


def test_days_are_closed_one_after_the_other(worked: SmallBook) -> None:
    for offset in range(3):
        worked.close(DAY + timedelta(days=offset))
    assert broken_laws() == {}
    assert len({row[0] for row in written(DAY + timedelta(days=3))}) == 2


@pytest.mark.parametrize("days", [0, 1, 400])
def test_day_that_is_not_over_is_not_closed(worked: SmallBook, days: int) -> None:
    day = people.today(worked.organisation_id) + timedelta(days=days)
    with pytest.raises(UnableToCloseDay, match=f"{day} cannot be closed: it is"):
        worked.close(day)


def test_yesterday_is_closed_and_what_comes_today_breaks_nothing(worked: SmallBook) -> None:
    worked.close(people.today(worked.organisation_id) - timedelta(days=1))
    worked.place(invoice("NEXT", 100, debtor="NEXT"))
    assert broken_laws() == {}


def test_account_that_owes_only_later_is_stated_alike_by_the_night_and_by_its_facts(book: SmallBook) -> None:
    book.place(invoice("A", 100), invoice("LATER", 50, date(2026, 6, 30), debtor="D2", invoiced_on=date(2026, 6, 1)))
    assert broken_laws() == {}
    book.close(DAY)
    assert broken_laws() == {}
    states = book.states().filter(pl.col("number") == "D2")
    assert states.select("status", "bucket", "overdue_minor").rows() == [("open", "CURRENT", 0)]
