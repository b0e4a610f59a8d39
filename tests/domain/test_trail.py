"""What the chain of acts shows of tampering, and what only a copy of its heads kept elsewhere shows."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.db import connections

from ahadi.data import frames
from ahadi.data.models.act import Act, ChainHead
from ahadi.domain.audit.queries import broken_links
from ahadi.domain.audit.steps import link, row_parts

from .book import SmallBook, invoice

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
Heads = dict[int, tuple[int, bytes]]


@pytest.fixture
def chained(request: pytest.FixtureRequest) -> Iterator[SmallBook]:
    """A book of 25 acts, in the hands of the owner of the tables."""
    request.getfixturevalue("db")
    application = connections["default"]
    connections["default"] = connections["owner"]
    try:
        book = SmallBook.opened()
        for number in range(24):
            book.open_creditor(f"Creditor {number}")
        book.place(invoice("A", 10))
        _run("SET CONSTRAINTS ALL IMMEDIATE")
        yield replace(book)
    finally:
        connections["default"] = application


def _run(statement: str) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute(statement)


def _heads() -> Heads:
    """What an outside copy holds: the position and digest of each chain's head."""
    return {head.chain: (head.position, bytes(head.digest)) for head in ChainHead.objects.all()}


def _longest() -> tuple[int, int]:
    """The chain with the most acts, and how many it has."""
    chain = frames.scalar("SELECT chain FROM act GROUP BY chain ORDER BY count(*) DESC, chain LIMIT 1")
    return chain, frames.scalar("SELECT max(position) FROM act WHERE chain = %(c)s", {"c": chain})


def _found() -> list[str]:
    return list(broken_links())


def _free_the_acts() -> None:
    """Foreign keys to the acts go, so that rows can be removed."""
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, conname FROM pg_constraint"
            " WHERE confrelid = 'act'::regclass AND contype = 'f'"
        )
        for table, name in cursor.fetchall():
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')


def test_untouched_chain_holds(chained: SmallBook) -> None:
    assert _found() == []


def test_edited_act_is_found(chained: SmallBook) -> None:
    chain, length = _longest()
    _run(f"UPDATE act SET name = 'nothing' WHERE chain = {chain} AND position = {length}")
    assert [sentence.split(": ")[1] for sentence in _found()] == ["was changed after it was written"]


def test_deleted_act_is_found(chained: SmallBook) -> None:
    chain, length = _longest()
    assert length > 2
    _free_the_acts()
    _run(f"DELETE FROM act WHERE chain = {chain} AND position = 2")
    assert any("follows 1" in sentence for sentence in _found())


def test_inserted_act_is_found(chained: SmallBook) -> None:
    chain, length = _longest()
    _run(
        "INSERT INTO act (organisation_id, at, name, origin, inputs_digest, chain, position, previous, digest)"
        f" SELECT organisation_id, at, 'forged', origin, inputs_digest, chain, {length + 1}, digest, digest FROM act"
        f" WHERE chain = {chain} AND position = {length}"
    )
    found = _found()
    assert any("was changed after it was written" in sentence for sentence in found)
    assert any("acts are missing at its end" in sentence for sentence in found)


def test_reordered_acts_are_found(chained: SmallBook) -> None:
    chain, _ = _longest()
    _run("ALTER TABLE act DROP CONSTRAINT act_position_once")
    _run(f"UPDATE act SET position = 3 - position WHERE chain = {chain} AND position IN (1, 2)")
    assert any("does not follow the act before it" in sentence for sentence in _found())


def test_truncated_tail_is_found_while_the_head_is_left_as_it_was(chained: SmallBook) -> None:
    chain, length = _longest()
    _free_the_acts()
    _run(f"DELETE FROM act WHERE chain = {chain} AND position = {length}")
    assert _found() == [f"chain {chain} of organisation {chained.organisation_id}: acts are missing at its end"]


def test_truncated_tail_with_its_head_put_back_is_found_by_an_outside_copy_alone(chained: SmallBook) -> None:
    kept_elsewhere = _heads()
    chain, length = _longest()
    _free_the_acts()
    _run(f"DELETE FROM act WHERE chain = {chain} AND position = {length}")
    last = Act.objects.get(chain=chain, position=length - 1)
    ChainHead.objects.filter(chain=chain).update(position=last.position, digest=last.digest)
    assert _found() == []
    assert _heads() != kept_elsewhere


def test_chain_rewritten_from_its_first_act_is_found_by_an_outside_copy_alone(chained: SmallBook) -> None:
    kept_elsewhere = _heads()
    chain, _ = _longest()
    previous, position = bytes(32), 0
    for act in Act.objects.filter(chain=chain).order_by("position"):
        act.name, act.previous, position = "forged", previous, act.position
        act.digest = previous = link(previous, row_parts(act))
        act.save()
    ChainHead.objects.filter(chain=chain).update(position=position, digest=previous)
    assert _found() == []
    assert _heads() != kept_elsewhere
