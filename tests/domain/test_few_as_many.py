"""What is asked about a handful is told as about many: the short ways give what the columns give."""

from datetime import timedelta

import polars as pl
import pytest

from ahadi.data import frames
from ahadi.domain.audit.ports import OPERATOR
from ahadi.domain.contact import places
from ahadi.domain.reporting import queries as reporting

from .book import SmallBook, invoice, receipt

NUMBERS = ["+254712345678", "+255754000111", "+2547", "+12125550100", "+442079460000", "+77012345678", "+999123", "x"]


def test_numbers_tell_the_same_places_one_by_one_and_in_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = pl.Series("normal", [*NUMBERS, None, *NUMBERS], dtype=pl.String)
    few = places.of_numbers(numbers)
    monkeypatch.setattr(frames, "FEW", 0)
    many = places.of_numbers(numbers)
    assert few.schema == many.schema and few.height == len(NUMBERS)
    assert few.sort("number").equals(many.sort("number"))
    told = {number: (country, zones) for number, country, zones in few.iter_rows()}
    assert told["+254712345678"] == ("KE", "Africa/Nairobi") and told["x"] == (None, None)
    for number in ("+254712345678", "+12125550100", "+77012345678"):
        country, zones = places.of_number(number)
        assert told[number] == (country, "+".join(sorted(zones)))


def test_ids_and_distinct_values_are_the_same_for_few_and_many(monkeypatch: pytest.MonkeyPatch) -> None:
    values = pl.Series("id", [7, 3, 7, None, 3, 9], dtype=pl.Int64)
    frame = pl.DataFrame({"id": values, "name": ["a", "b", "a", None, "b", None], "rest": range(6)})

    def told() -> tuple[str, str, list[int], list[tuple[object, ...]]]:
        each = frames.distinct(values)
        assert (each.name, each.dtype) == ("id", pl.Int64)
        return frames.ids(values), frames.ids([1, 2]), each.to_list(), frames.combinations(frame, ("id", "name"))

    few = told()
    monkeypatch.setattr(frames, "FEW", 0)
    assert (
        few
        == told()
        == (
            "{7,3,7,3,9}",
            "{1,2}",
            [7, 3, None, 9],
            [(7, "a"), (3, "b"), (None, None), (9, None)],
        )
    )


def test_an_account_without_receipts_is_told_in_the_columns_of_one_that_has_some(book: SmallBook) -> None:
    book.place(invoice("C1", 900), invoice("C2", 700, debtor="D2"))
    book.receive(receipt("R1", 300))
    ids = [row for (row,) in frames.rows("SELECT id FROM account ORDER BY id", {})]
    day = book.day + timedelta(days=1)
    paid, owed = (reporting.statement(by=OPERATOR, account_id=one, as_of=day).receipts for one in ids)
    assert (paid.height, owed.height) == (1, 0)
    assert paid.schema == owed.schema
