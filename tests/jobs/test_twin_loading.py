"""The twin in the database: every law holds, its states are all there, it is built once, and only the owner may."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from django.db import IntegrityError, connections, transaction

from ahadi.data import frames, loading
from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import OPERATOR, Performance
from ahadi.domain.flows.import_history import HistoryOutcome, UnableToImportHistory, import_history
from ahadi.domain.laws.queries import LAWS, first_broken
from ahadi.domain.people import queries as people
from ahadi.jobs.twin import book, floor, raised, staff
from ahadi.jobs.twin.portfolios import ENTERPRISES

from .conftest import Ahadi
from .test_twin import UNTIL, history

ACCOUNTS = 600
SMALL = book.Plan(60, 1, UNTIL)


def count(query: str) -> int:
    """The one number that a query gives."""
    return int(frames.scalar(query))


def column(query: str) -> set[str]:
    """The texts that a query gives."""
    return set(frames.read(query, {}, {"text": pl.String})["text"])


@pytest.fixture
def built(committed_book: Any, tmp_path: Path) -> list[str]:
    """A small twin up to a day of the past, and the lines that the build told."""
    lines: list[str] = []
    book.build(book.Plan(ACCOUNTS, 1, UNTIL), folder=tmp_path, tell=lines.append)
    return lines


@pytest.fixture
def small(committed_book: Any, tmp_path: Path) -> list[str]:
    """A twin that holds the least, and the lines that the build told."""
    lines: list[str] = []
    book.build(SMALL, folder=tmp_path, tell=lines.append)
    return lines


def _floor_is_alive(house: Any) -> None:
    """Teams, weeks with a Saturday, leave with cover, plans and offers that wait, made once."""
    assert floor.man(house) >= 1 and floor.man(house) == 0
    assert count("SELECT count(*) FROM team") == 2
    assert count("SELECT count(*) FROM team_member WHERE part = 'leader'") == 2
    assert count("SELECT count(*) FROM roster WHERE 6 = ANY(weekdays)") >= 1
    assert count("SELECT count(*) FROM work_plan WHERE clients > 0") >= 5
    assert count("SELECT count(*) FROM approval") >= 1


def test_debtors_of_the_twin_raise_something_of_every_kind_once(committed_book: Any, tmp_path: Path) -> None:
    book.build(book.Plan(ACCOUNTS, 1), folder=tmp_path, tell=lambda _line: None)
    house = next(one for one in people.houses() if one.code == "kisima")
    assert raised.raise_some(house) >= 6
    assert column('SELECT DISTINCT kind FROM "case"') == {"dispute", "complaint", "hardship", "query"}
    assert {"posted", "refused"} == column("SELECT DISTINCT verdict FROM proof_verdict")
    assert count("SELECT count(*) FROM proof") > count("SELECT count(*) FROM proof_verdict"), "some wait"
    assert count("SELECT count(*) FROM adjustment") > count("SELECT count(*) FROM adjustment_verdict"), "some wait"
    assert count("SELECT count(*) FROM document") >= 2 and count("SELECT count(*) FROM note") >= 2
    assert raised.raise_some(house) == 0
    _floor_is_alive(house)
    assert {law.name: first_broken(law) for law in LAWS} == {law.name: [] for law in LAWS}


def test_twin_keeps_every_law_and_holds_everything_that_happens(built: list[str], tmp_path: Path) -> None:
    assert {law.name: first_broken(law) for law in LAWS} == {law.name: [] for law in LAWS}
    assert {house.code for house in people.houses()} == set(book.codes())
    assert count("SELECT count(*) FROM account") == ACCOUNTS
    statuses = column("SELECT DISTINCT status FROM promise_state")
    assert statuses == {"PENDING", "KEPT", "PARTIALLY_KEPT", "BROKEN", "WITHDRAWN"}
    assert {"DISPUTE", "PAYMENT_CLAIMED"} <= column("SELECT DISTINCT kind FROM hold")
    assert column("SELECT DISTINCT status FROM account_state") == {"open", "closed"}
    assert column("SELECT DISTINCT origin FROM act WHERE name NOT IN ('open_organisation', 'read_names')") == {
        "generated"
    }
    assert frames.scalar("SELECT max(value_date) FROM receipt") == UNTIL
    assert count("SELECT count(DISTINCT owner_id) FROM assignment") >= 9
    several = "SELECT party_id FROM account GROUP BY party_id HAVING count(DISTINCT creditor_id) > 1"
    assert count(f"SELECT count(*) FROM ({several}) s") > 3
    assert count("SELECT count(*) FROM related_party") > 10
    shown = staff.kept(tmp_path)
    assert {one.role for one in shown} == {
        "officer",
        "supervisor",
        "manager",
        "accountant",
        "creditor",
        "admin",
        "auditor",
    }
    assert len(built) == len(ENTERPRISES)
    assert count("SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND NOT convalidated") == 0
    assert count("SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conrelid = 'posting'::regclass") == 1


def test_build_is_taken_up_again_and_another_is_refused(small: list[str], tmp_path: Path) -> None:
    before = count("SELECT max(id) FROM act")
    again: list[str] = []
    book.build(SMALL, folder=tmp_path, tell=again.append)
    assert again == small
    assert count("SELECT max(id) FROM act") == before
    kept = staff.kept(tmp_path)
    with pytest.raises(book.TwinAlreadyBuilt, match="kisima"):
        book.build(book.Plan(60, 2, UNTIL), folder=tmp_path, tell=again.append)
    assert staff.kept(tmp_path) == kept


def test_build_that_was_stopped_goes_on(committed_book: Any, tmp_path: Path) -> None:
    def stop(_line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        book.build(SMALL, folder=tmp_path, tell=stop)
    passwords = staff.kept(tmp_path)
    assert count("SELECT count(DISTINCT organisation_id) FROM account") == 1
    book.build(SMALL, folder=tmp_path, tell=lambda _line: None)
    assert count("SELECT count(DISTINCT organisation_id) FROM account") == 3
    assert staff.kept(tmp_path) == passwords
    assert not first_broken(next(law for law in LAWS if law.name == "accounts-stated"))


def test_application_may_not_import_what_the_owner_may(small: list[str]) -> None:
    house = people.house("mwanga")
    more = history(ENTERPRISES[2], seed=9, size=20, number=30)
    creditor = frames.scalar("SELECT id FROM creditor WHERE organisation_id = %(id)s", {"id": house.id})
    owner = frames.scalar("SELECT min(id) FROM owner WHERE organisation_id = %(id)s", {"id": house.id})
    tables = {
        name: frame.with_columns(
            pl.lit(value).alias(name)
            for name, value in (("creditor_id", creditor), ("owner_id", owner), ("by_id", owner))
            if name in frame.columns
        )
        for name, frame in more.tables.items()
    }
    mine = type(more)(more.batches.with_columns(creditor_id=pl.lit(creditor)), tables)
    how = Performance(OPERATOR, house.id, b"more", origin="imported")

    def run() -> HistoryOutcome:
        return perform(
            "import_history",
            lambda act: import_history(act, history=mine, origin="imported", as_of=UNTIL),
            HistoryOutcome,
            how,
        )

    with pytest.raises(UnableToImportHistory, match="owns the tables"):
        run()
    application = connections["default"]
    connections["default"] = connections["owner"]
    try:
        assert run().accounts == 20
    finally:
        connections["default"] = application


_DANGLING = "INSERT INTO hold_release (hold_id, released_on, booked_at, act_id) VALUES (0, '2026-01-01', now(), 0)"


@pytest.fixture
def owner(committed_book: Any) -> Any:
    """The domain's connection is the owner's, as while a history is imported."""
    application = connections["default"]
    connections["default"] = connections["owner"]
    yield connections["owner"]
    connections["default"] = application


def test_row_that_names_nothing_is_refused_by_the_proof(owner: Any) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        frames.execute(_DANGLING, {})
        frames.execute("SET CONSTRAINTS ALL IMMEDIATE", {})
    with transaction.atomic(), loading.deferred_keys(["hold_release"]):
        # With the keys off, the same row goes in ...
        frames.execute(_DANGLING, {})
    # ... and stays out of every book that is proved.
    with pytest.raises(IntegrityError), transaction.atomic():
        loading.prove()
    with pytest.raises(IntegrityError), transaction.atomic():
        frames.execute(_DANGLING.replace("(0,", "(1,"), {})
        frames.execute("SET CONSTRAINTS ALL IMMEDIATE", {})


def test_numbers_are_in_a_row_and_never_given_twice(owner: Any) -> None:
    with transaction.atomic():
        first, second = loading.numbers("charge", 3), loading.numbers("charge", 2)
        one = frames.reserve("charge", 1)
    assert [*first, *second, *one] == list(range(first[0], first[0] + 6))


def test_demonstration_ends_yesterday_however_old_it_is(ahadi: Ahadi) -> None:
    assert ahadi("twin", "--accounts", 60, "--until", (date.today() - timedelta(days=3)).isoformat()).code == 0  # noqa: DTZ011
    said = ahadi("demo", "--no-serve")
    assert said.code == 0, said.err
    assert "Building" not in said.out
    assert said.out.count(" closed: ") == 21
    again = ahadi("demo", "--no-serve")
    assert (again.code, again.out.count(" closed: ")) == (0, 0)
