"""The worked tables of docs/algorithms are run, so that the manual cannot drift from the program."""

from collections.abc import Callable
from datetime import date
from typing import Any

import polars as pl
import pytest

from ahadi.kernel import calendar, money
from ahadi.kernel.ageing import Buckets, age_accounts, age_charges, ageing_table
from ahadi.kernel.allocation import STANDARD, Waterfall, allocate, unapplied
from ahadi.kernel.metric import punctuality, receivables
from ahadi.kernel.priority import SCORED_ACCOUNTS, score, total
from ahadi.kernel.schedule import LOANS, equal_instalments
from ahadi.kernel.schema import CHARGES, DESIGNATIONS, HOLDS, RECEIPTS, Spec
from ahadi.kernel.standing import OWED, RECEIVED, stand
from ahadi.kernel.worklist import LISTED_ACCOUNTS, build

from .clock_runners import CLOCK_RUNNERS
from .notice_runners import NOTICE_RUNNERS
from .offer_runners import OFFER_RUNNERS
from .page_runners import KERNEL_RUNNERS
from .worked_tables import PAGES, Example, Table, column_of, examples, minor_units

EXAMPLES = examples()
STANDARD_BUCKETS = Buckets.named("standard")
# What a page leaves out because it is the same in every row.
_UNSAID: dict[str, Any] = {"account_id": 1, "value_date": date(2025, 1, 1)}


def test_every_page_but_that_of_the_schema_has_a_worked_example() -> None:
    assert {path.name for path in PAGES.glob("*.md")} == {example.page for example in EXAMPLES} | {"schema.md"}
    assert all(example.then for example in EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example.page}:{example.line}")
def test_worked_example_comes_out(example: Example) -> None:
    found = RUNNERS[example.name](example)
    for label, table in example.then:
        columns = [column_of(heading, found[label].columns) for heading in table.headings]
        expected = [
            tuple(
                minor_units(cell) if column.endswith("_minor") else cell
                for column, cell in zip(columns, row, strict=True)
            )
            for row in table.rows
        ]
        shown = found[label].select(columns).rows()
        assert [tuple(map(_as_cell, row)) for row in shown] == [tuple(map(_as_cell, row)) for row in expected]


def test_wrong_figure_in_a_page_is_noticed() -> None:
    example = next(example for example in EXAMPLES if example.page == "allocation.md")
    test_worked_example_comes_out(example)
    rows = [list(row) for row in example.then[0][1].rows]
    rows[0][-1] = "9.99"
    wrong = [("allocations", Table(example.then[0][1].headings, rows))]
    with pytest.raises(AssertionError):
        test_worked_example_comes_out(
            Example(example.page, example.line, example.name, example.options, example.given, wrong)
        )


def _as_cell(value: object) -> object:
    """Text that reads as a whole number is one in a table; the rest is compared as it is."""
    return int(value) if isinstance(value, str) and value.lstrip("-").isdigit() else value


def _frame(example: Example, name: str, spec: Spec) -> pl.DataFrame:
    """The given table as a frame of the spec; what the page leaves out is 0, empty, or unsaid above."""
    table = example.given.get(name, Table([]))
    columns = [column_of(heading, spec.column_names) for heading in table.headings]
    rows = [
        {
            column.name: _UNSAID.get(column.name, 0 if column.name.endswith("_minor") else None)
            for column in spec.columns
        }
        | {
            column: minor_units(cell) if column.endswith("_minor") else cell
            for column, cell in zip(columns, row, strict=True)
        }
        for row in table.rows
    ]
    return pl.DataFrame(rows, schema={column.name: column.dtype for column in spec.columns})


def _plain(example: Example, name: str, **dtypes: type[pl.DataType]) -> pl.DataFrame:
    table = example.given[name]
    rows = [dict(zip(dtypes, row, strict=True)) for row in table.rows]
    return pl.DataFrame(rows, schema=dtypes)


def _as_of(example: Example) -> date:
    return date.fromisoformat(example.options["as_of"])


def _amount_texts(example: Example) -> dict[str, pl.DataFrame]:
    given = _plain(example, "amounts", minor=pl.Int64, currency=pl.String)
    text = given.select(text=money.plain_text(pl.col("minor"), pl.col("currency")))
    stored = [money.exponent(code) for code in given["currency"]]
    shown = [money.shown_decimals(code) for code in given["currency"]]
    return {"amounts": text.with_columns(stored_decimals=pl.Series(stored), shown_decimals=pl.Series(shown))}


def _roundings(example: Example) -> dict[str, pl.DataFrame]:
    given = _plain(example, "divisions", number=pl.Int64, by=pl.Int64)
    modes: list[money.Rounding] = ["half_even", "half_up", "up", "down"]
    return {
        "divisions": given.select(
            money.divide_rounded(pl.col("number"), pl.col("by"), mode).alias(mode) for mode in modes
        )
    }


def _splits(example: Example) -> dict[str, pl.DataFrame]:
    parts = []
    for amount, count in example.given["totals"].rows:
        units = minor_units(amount)
        assert isinstance(units, int) and isinstance(count, int)
        parts.append(money.split_minor(units, count))
    return {"totals": pl.DataFrame({"each_minor": [p[0] for p in parts], "last_minor": [p[-1] for p in parts]})}


def _percentages(example: Example) -> dict[str, pl.DataFrame]:
    given = _plain(example, "shares", part=pl.Int64, whole=pl.Int64)
    return {"shares": given.select(percent=money.percent_text(pl.col("part"), pl.col("whole")))}


def _months(example: Example) -> dict[str, pl.DataFrame]:
    given = _plain(example, "dates", first=pl.Date, months=pl.Int64, contract_day=pl.Int64)
    anchor = pl.col("contract_day").fill_null(pl.col("first").dt.day())
    return {"dates": given.select(date=calendar.add_months(pl.col("first"), pl.col("months"), anchor_day=anchor))}


def _business_days(example: Example) -> dict[str, pl.DataFrame]:
    given = _plain(example, "dates", first=pl.Date, days=pl.Int64)
    weekend = {int(day) for day in example.options["weekend"].split(",")}
    holidays = [date.fromisoformat(day) for day in example.options["holidays"].split(",")]
    stepped = calendar.add_business_days(pl.col("first"), pl.col("days"), weekend=weekend, holidays=holidays)
    return {"dates": given.select(date=stepped)}


def _instalments(example: Example) -> dict[str, pl.DataFrame]:
    return {"charges": equal_instalments(_frame(example, "loans", LOANS))}


def _allocate(example: Example) -> dict[str, pl.DataFrame]:
    named = example.options.get("waterfall")
    waterfall = Waterfall(tuple(named.split(","))) if named else STANDARD
    receipts = _frame(example, "receipts", RECEIPTS)
    made = allocate(
        _frame(example, "charges", CHARGES),
        receipts,
        _frame(example, "designations", DESIGNATIONS),
        as_of=_as_of(example),
        waterfall=waterfall,
    )
    return {"allocations": made, "unapplied": unapplied(receipts, made, as_of=_as_of(example))}


def _age(example: Example) -> dict[str, pl.DataFrame]:
    as_of, made = _as_of(example), _allocate(example)["allocations"]
    charges, holds = _frame(example, "charges", CHARGES), _frame(example, "holds", HOLDS)
    aged = age_charges(charges, made, holds, as_of=as_of, buckets=STANDARD_BUCKETS)
    receipts = _frame(example, "receipts", RECEIPTS)
    items = aged.with_columns(currency=pl.lit("USD"))
    return {
        "charges": aged,
        "accounts": age_accounts(aged, receipts, made, as_of=as_of, buckets=STANDARD_BUCKETS),
        "by item": ageing_table(items, buckets=STANDARD_BUCKETS),
        "by account": ageing_table(items, buckets=STANDARD_BUCKETS, unit="account"),
    }


def _stand(example: Example) -> dict[str, pl.DataFrame]:
    charges, received = _frame(example, "charges", OWED), _frame(example, "received", RECEIVED)
    return {"accounts": stand(charges, received, as_of=_as_of(example), buckets=STANDARD_BUCKETS)}


def _buckets(example: Example) -> dict[str, pl.DataFrame]:
    given = _plain(example, "days", days=pl.Int64)
    names = ("standard", "receivables-121", "quarterly")
    return {"days": given.select(Buckets.named(name).code(pl.col("days")).alias(name) for name in names)}


def _figures(example: Example) -> dict[str, pl.DataFrame]:
    as_of, made = _as_of(example), _allocate(example)["allocations"]
    charges, receipts = _frame(example, "charges", CHARGES), _frame(example, "receipts", RECEIPTS)
    holds = _frame(example, "holds", HOLDS)
    dimensions = charges.select("account_id", currency=pl.lit("USD")).unique()
    return {
        "figures": receivables(charges, made, receipts, holds, dimensions, as_of=as_of),
        "punctuality": punctuality(charges, made, holds, dimensions, as_of=as_of),
    }


def _points(example: Example) -> dict[str, pl.DataFrame]:
    points = score(_frame(example, "accounts", SCORED_ACCOUNTS), as_of=_as_of(example))
    return {"points": points, "totals": total(points)}


def _worklist(example: Example) -> dict[str, pl.DataFrame]:
    points = _plain(example, "points", account_id=pl.Int64, points=pl.Int64)
    day = date.fromisoformat(example.options["day"])
    made = build(_frame(example, "accounts", LISTED_ACCOUNTS), points, day=day)
    return {"ranked": made.ranked, "absent": made.absent}


RUNNERS: dict[str, Callable[[Example], dict[str, pl.DataFrame]]] = {
    "amount_texts": _amount_texts,
    "roundings": _roundings,
    "splits": _splits,
    "percentages": _percentages,
    "months": _months,
    "business_days": _business_days,
    "instalments": _instalments,
    "allocate": _allocate,
    "age": _age,
    "stand": _stand,
    "buckets": _buckets,
    "figures": _figures,
    "points": _points,
    "worklist": _worklist,
    **KERNEL_RUNNERS,
    **CLOCK_RUNNERS,
    **NOTICE_RUNNERS,
    **OFFER_RUNNERS,
}
