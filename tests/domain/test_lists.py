"""Today's list is the one that the close wrote, with what changed since in its place."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from ahadi.data import frames
from ahadi.domain.audit.ports import Actor
from ahadi.domain.people import queries as people
from ahadi.domain.work.queries import Listing, listing, ranking

from .book import SmallBook, broken_laws, invoice, receipt

TOLD = ["officer", "rank", "number", "points", "overdue_minor", "days_late", "bucket", "currency", "creditor"]


@pytest.fixture
def today(book: SmallBook) -> date:
    return people.today(book.organisation_id)


@pytest.fixture
def closed(book: SmallBook, today: date) -> SmallBook:
    """Two officers with late accounts, and yesterday closed."""
    now = replace(book, day=today - timedelta(days=1))
    now.join("juma")
    now.join("neema")
    late = [today - timedelta(days=20 * n + 5) for n in range(8)]
    now.place(*(invoice(f"I{n}", 9_000_000 * (n + 1), late[n], debtor=f"D{n}") for n in range(8)))
    now.place(invoice("DUE", 500, today - timedelta(days=1), debtor="DUE"))
    now.close(today - timedelta(days=1))
    return replace(book, day=today)


def actor(book: SmallBook) -> Actor:
    return replace(book.operator, organisation_id=book.organisation_id)


def shown(book: SmallBook, day: date) -> Listing:
    return listing(by=actor(book), as_of=day)


def rows(frame: pl.DataFrame) -> list[tuple[Any, ...]]:
    return frame.select(TOLD).sort("officer", "rank").rows()


def test_list_that_was_written_is_the_one_that_the_facts_make(closed: SmallBook, today: date) -> None:
    asked = ranking(by=actor(closed), as_of=today)
    told = shown(closed, today)
    assert rows(told.ranked) == rows(asked.ranked)
    assert "DUE" in told.ranked["number"]
    points = ["account_id", "reason", "points"]
    assert told.points.select(points).sort(points).rows() == asked.points.select(points).sort(points).rows()
    assert told.absent == asked.absent.height


def test_account_that_is_paid_today_leaves_the_list_at_once(closed: SmallBook, today: date) -> None:
    closed.receive(receipt("R", 9_000_000, today, "D0"))
    assert "D0" not in shown(closed, today).ranked["number"]
    assert rows(shown(closed, today).ranked) == rows(ranking(by=actor(closed), as_of=today).ranked)
    assert broken_laws() == {}


def test_account_that_is_placed_today_takes_its_place(closed: SmallBook, today: date) -> None:
    closed.place(invoice("NEW", 99_000_000, today - timedelta(days=100), debtor="NEW"))
    found = shown(closed, today).ranked
    assert found.filter(pl.col("number") == "NEW").height == 1
    assert rows(found) == rows(ranking(by=actor(closed), as_of=today).ranked)


def test_day_without_written_lists_is_asked_of_the_facts(closed: SmallBook, today: date) -> None:
    earlier = today - timedelta(days=1)
    found = shown(closed, earlier).ranked
    assert found.height == 8
    assert rows(found) == rows(ranking(by=actor(closed), as_of=earlier).ranked)


def test_list_of_an_earlier_day_stays_as_it_was(closed: SmallBook, today: date) -> None:
    before = rows(shown(closed, today).ranked)
    closed.receive(receipt("R", 9_000_000, today, "D0"))
    assert rows(shown(closed, today).ranked) != before
    frames.execute(
        "INSERT INTO worklist (owner_id, day, account_ids, points, overdue_minor, days_late, reasons, reason_points,"
        " absent, act_id) SELECT owner_id, day + 1, account_ids, points, overdue_minor, days_late, reasons,"
        " reason_points, absent, act_id FROM worklist",
        {},
    )
    assert rows(shown(closed, today).ranked) == before


def test_officer_sees_only_the_own_list(closed: SmallBook, today: date) -> None:
    owners = people.owners(closed.organisation_id)
    chosen = owners.filter(pl.col("code").str.contains("juma"))["owner_id"][0]
    found = listing(by=actor(closed), as_of=today, owner_id=chosen)
    assert found.ranked["owner_id"].unique().to_list() == [chosen]
    assert 0 < found.ranked.height < shown(closed, today).ranked.height
