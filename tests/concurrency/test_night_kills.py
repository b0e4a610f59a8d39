"""The close is killed at any moment, run twice at once, run late, and met by receipts: the rows are the same."""

import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from ahadi.data import frames
from ahadi.domain.people.queries import houses, last_close
from ahadi.domain.work import steps
from ahadi.jobs import closing

from .acts import DAY, Acts, broken_laws
from .children import Child, Children, children

KILLS = 30
NIGHTS = 56
LOANS = 60
LAST = DAY + timedelta(days=NIGHTS - 1)
STATE = "account_id, status, owner_id, next_action, next_action_on, step, segment, charged_minor, received_minor, allocated_minor, unapplied_minor, overdue_minor, oldest_due_date, bucket, promise_status, promise_due_on"  # noqa: E501
ROWS = {
    "account_state": f"SELECT {STATE}, as_of FROM account_state ORDER BY 1",
    "next_action": "SELECT account_id, action, channel, step, due_on FROM next_action ORDER BY id",
    "promise_state": "SELECT promise_id, status, received_minor, as_of FROM promise_state ORDER BY 1",
    "promise_judgement": "SELECT promise_id, status, received_minor, as_of FROM promise_judgement ORDER BY 1, 4, 2",
    "worklist": "SELECT owner_id, day, account_ids, points, overdue_minor, days_late, reason_points, absent::text"
    " FROM worklist ORDER BY 2, 1",
    "close": "SELECT business_date, stage, partition, read, changed FROM close ORDER BY 1, 2, 3",
}


Rows = dict[str, list[tuple[Any, ...]]]
Start = Callable[..., Child]
Copies = Callable[[], AbstractContextManager[Any]]


@pytest.fixture
def seed() -> int:
    """The seed of this run, printed so that it can be played again."""
    chosen = int(os.environ.get("AHADI_TEST_SEED", random.SystemRandom().randrange(10**9)))
    print(f"AHADI_TEST_SEED={chosen}")
    return chosen


def filled() -> Acts:
    """A book of accounts that fall due all through the nights, with receipts and promises; always the same."""
    acts = Acts.opened()
    acts.place_loans(LOANS, seed=7)
    acts.receive(*((f"L{n}", f"R{n}", 1_500 + n) for n in range(0, LOANS, 3)))
    acts.promise_earlier(*((f"L{n}", DAY + timedelta(days=n % 20), 500) for n in range(0, LOANS, 4)))
    return acts


@pytest.fixture
def acts(committed_book: Any) -> Acts:
    """The book, committed."""
    return filled()


def rows() -> dict[str, list[tuple[Any, ...]]]:
    """What a night leaves, without the ids and the instants of its acts."""
    found = {}
    for name, query in ROWS.items():
        width = query.split(" FROM ")[0].count(",") + 1
        found[name] = frames.read(query, {}, {f"c{place}": pl.String for place in range(width)}).rows()
    return found


def states() -> list[tuple[Any, ...]]:
    """What the nights leave of the accounts, whenever it was written."""
    return [row[:-1] for row in rows()["account_state"]]


@pytest.fixture(scope="module")
def loaded() -> Iterator[Children]:
    """A process that forks children which close nights."""
    with children() as made:
        yield made


@pytest.fixture
def start(loaded: Children) -> Iterator[Start]:
    """Starts a child that closes the nights up to the last; it has begun when this returns."""

    def started(book: Any, last: date = LAST, work: str = "close_nights") -> Child:
        return loaded.start(work, book, first=DAY.isoformat(), last=last.isoformat())

    yield started
    loaded.kill()


def awaited(child: Child) -> float:
    """Seconds until the child has closed its next day."""
    began = time.monotonic()
    assert child.line.hear().startswith("closed")
    return time.monotonic() - began


def kill(start: Start, book: Any, chance: random.Random) -> int:
    """Starts the close again and again and kills it at any moment of its first night or its second; how often it was
    alive then.
    """
    child = start(book)
    first, second = awaited(child), awaited(child)
    done = int(child.kill())
    while done < KILLS and closed() < NIGHTS:
        child = start(book)
        if is_second := chance.random() < 0.5:
            first = awaited(child)
        time.sleep(chance.uniform(0, second if is_second else first))
        done += child.kill()
    return done


def closed() -> int:
    return int(frames.scalar("SELECT count(*) FROM close WHERE stage = 'day'"))


def undisturbed(start: Start, copied_book: Copies, last: date = LAST) -> Rows:
    """The rows of the same nights, one after the other, of a copy of the book that nobody disturbs."""
    with copied_book() as copy:
        assert start(copy, last).ended() == 0
        return rows()


def test_nights_that_are_killed_leave_the_rows_of_nights_that_are_not(
    acts: Acts, committed_book: Any, copied_book: Copies, start: Start, seed: int
) -> None:
    expected = undisturbed(start, copied_book)
    kills = kill(start, committed_book, random.Random(seed))
    nights = closed()
    assert start(committed_book).ended() == 0
    assert rows() == expected
    assert broken_laws() == {}
    print(f"{kills} kills over {nights} of {NIGHTS} nights, 0 rows differ")
    assert kills == KILLS


def test_night_that_is_marked_before_it_is_written_does_not_survive_a_kill(
    acts: Acts, committed_book: Any, copied_book: Copies, start: Start
) -> None:
    """The control: where the mark of a part is committed first, what was not written is never written."""
    last = DAY + timedelta(days=5)
    expected = undisturbed(start, copied_book, last)
    for _ in range(6):
        child = start(committed_book, last, "mark_nights_first")
        child.await_word("marked")
        assert child.kill()
    assert start(committed_book, last).ended() == 0
    found = rows()
    differing = {name for name in ("account_state", "next_action", "worklist") if found[name] != expected[name]}
    assert {"account_state", "next_action"} <= differing


def test_nights_that_two_processes_close_at_once_are_closed_once(
    acts: Acts, committed_book: Any, copied_book: Copies, start: Start
) -> None:
    last = DAY + timedelta(days=9)
    expected = undisturbed(start, copied_book, last)
    both = [start(committed_book, last) for _ in range(2)]
    assert [one.ended() for one in both] == [0, 0]
    assert rows() == expected
    assert broken_laws() == {}


def test_receipts_that_come_while_nights_are_closed_end_in_the_same_states(
    acts: Acts, committed_book: Any, copied_book: Copies, start: Start
) -> None:
    last = DAY + timedelta(days=9)
    came = [tuple((f"L{n}", f"LATE{turn}-{n}", 700 + n) for n in range(turn, LOANS, 5)) for turn in range(8)]
    with copied_book() as copy:
        for turn, receipts in enumerate(came):
            acts.receive(*receipts, file=f"late {turn}")
        assert start(copy, last).ended() == 0
        expected = states()
    started = start(committed_book, last)
    for turn, receipts in enumerate(came):
        acts.receive(*receipts, file=f"late {turn}")
    assert started.ended() == 0
    assert states() == expected
    assert broken_laws() == {}


# What comes when the one part of the book is closed, and the day is not.
BETWEEN = tuple((f"L{n}", f"LATE-{n}", 700 + n) for n in range(LOANS))


def between_stages(acts: Acts, day: date) -> list[tuple[Any, ...]]:
    """The states after the close of a day in whose middle receipts of the first day came."""
    night = acts.night(day)
    acts.open_night(night)
    acts.close_partition(night)
    acts.receive(*BETWEEN, file="between")
    acts.close_day(night)
    return states()


@pytest.mark.parametrize("is_begun", [True, False])
def test_receipt_that_comes_when_its_part_is_closed_is_as_of_the_night(
    acts: Acts, committed_book: Any, copied_book: Copies, start: Start, monkeypatch: pytest.MonkeyPatch, is_begun: bool
) -> None:
    """The control: where nobody is told that the night began, the receipt puts back what the night had made."""
    acts.close(DAY)
    day = DAY + timedelta(days=9)
    with copied_book() as copy:
        acts.receive(*BETWEEN, file="between")
        assert start(copy, day).ended() == 0
        expected = states()
    for offset in range(1, 9):
        acts.close(DAY + timedelta(days=offset))
    if not is_begun:
        monkeypatch.setattr(steps, "begin", lambda _act, _day: True)
        monkeypatch.setattr(steps, "last_begun", last_closed)
    assert (between_stages(acts, day) == expected) is is_begun


def last_closed(organisation_id: int) -> date | None:
    """What a receipt would ask if it knew of closed days alone."""
    last = last_close(organisation_id)
    return last[0] if last else None


def test_nights_that_are_late_are_closed_in_order(acts: Acts, copied_book: Copies, start: Start) -> None:
    """Three days missed are three nights, each as if it had been closed in time."""
    last = DAY + timedelta(days=3)
    expected = undisturbed(start, copied_book, last)
    acts.close(DAY)
    house = next(house for house in houses() if house.id == acts.organisation_id)
    days = [day for day, _ in closing.close_days(house, until=last, tell=lambda _progress: None)]
    assert days == [DAY + timedelta(days=offset) for offset in (1, 2, 3)]
    assert rows() == expected
