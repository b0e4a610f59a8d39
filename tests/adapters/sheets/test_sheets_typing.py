"""Texts become dates, minor units, flags and counts by strict rules, and every refusal names its cell."""

import datetime
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ahadi.adapters.sheets.datings import Order, dates, guess_order
from ahadi.adapters.sheets.mapping import Mapping, Source
from ahadi.adapters.sheets.numerals import Marks, guess_marks
from ahadi.adapters.sheets.sheet import Sheet
from ahadi.adapters.sheets.typing_rows import TypedRows, UnableToTypeSheet, type_rows
from ahadi.kernel.money import UnknownCurrency


def sheet_of(**columns: list[str | None]) -> Sheet:
    height = len(next(iter(columns.values())))
    rows = pl.DataFrame(
        {"line": pl.Series(range(2, height + 2), dtype=pl.Int64)}
        | {name: pl.Series(values, dtype=pl.String) for name, values in columns.items()}
    )
    return Sheet("a.csv", "0" * 64, "csv", tuple(columns), rows, (), ())


def typed(columns: dict[str, Source], currency: str | None = "KES", **cells: list[str | None]) -> TypedRows:
    """Type cells with the other needed columns filled in."""
    height = len(next(iter(cells.values())))
    filled: dict[str, list[str | None]] = {
        "id": [f"C{i}" for i in range(height)], "sum": ["1"] * height, "due": ["2024-01-31"] * height,
    }  # fmt: skip
    needed = {"debtor_number": Source("id"), "amount": Source("sum"), "due_on": Source("due", dates="ymd")}
    return type_rows(sheet_of(**{**filled, **cells}), Mapping("placement", {**needed, **columns}), currency=currency)


def amount_of(text: str, currency: str = "KES", marks: tuple[str, str] = (".", ",")) -> int | None:
    source = Source("sum", decimal=marks[0], thousands=marks[1])
    result = typed({"amount": source}, currency, sum=[text])
    return result.rows["amount_minor"].to_list()[0] if result.rows.height else None


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("0", 0), ("5", 500), ("5.5", 550), ("5.50", 550), ("5.", 500), (".5", 50), ("8352.0", 835200),
        ("1,234.50", 123450), ("1,234,567.89", 123456789), ("12,34,567.00", 123456700), ("1 234.50", 123450),
        ("1'234.50", 123450), ("1\u00a0234.50", 123450), ("1\u202f234.50", 123450), ("1’234.50", 123450),
        ("-5.50", -550), ("5.50-", -550), ("(5.50)", -550), ("−5.50", -550), ("+5.50", 550), ("- 5.50", -550),
        ("KES 5.50", 550), ("5.50 KES", 550), ("KES5.50", 550), ("KSh 5.50", 550), ("Ksh5.50", 550), ("Ksh. 5.50", 550),
        ("-KES 5.50", -550), ("KES -5.50", -550), ("(KES 5.50)", -550), ("$5.50", 550), ("-$5.50", -550),
        ("$-5.50", -550), ("€ 5.50", 550), ("5.50€", 550), ("KSh 1,234.00", 123400),
        ("٥٫٥٠", 550), ("١٬٢٣٤٫٥٠", 123450), ("۵۵", 5500), ("5.500000", 550), ("999999999999999", 99999999999999900),
    ],
)  # fmt: skip
def test_amount_is_read_as_people_write_it(text: str, minor: int) -> None:
    assert amount_of(text) == minor


@pytest.mark.parametrize(
    "text",
    [
        "NaN", "Infinity", "-inf", "1e9", "1E+09", "1_000", "0x1F", "five", "5,50.5", "1,23", "12,3456", "1,2345.00",
        "5.555", "3.999", "5..5", "5.5.5", "--5", "-5-", "(-5)", "(5", "5)", "५५", "５５", "1 23", "5 5", "=5", "#N/A",
        "KES", "-", ".", ",", "5 CR", "1234567890123456", "KES KES 5", "5%", "5/6", "½", "2024-01-31", "1,,234",
        ",123", "'5", "5'",
    ],
)  # fmt: skip
def test_what_is_no_amount_is_an_error_and_never_zero(text: str) -> None:
    """Python's Decimal takes NaN, Infinity, 1e9, underscores and digits of any script."""
    result = typed({"amount": Source("sum", decimal=".", thousands=",")}, sum=["7", text])
    assert result.rows["amount_minor"].to_list() == [700]
    (error,) = result.errors
    assert (error.line, error.column, error.target, error.raw) == (3, "sum", "amount", text)


def test_decimal_itself_would_take_what_is_refused_here() -> None:
    assert [Decimal(text).is_nan() or Decimal(text) > 1 for text in ("NaN", "1e9", "1_000", "५५")] == [True] * 4


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("100.00", "UGX", 100), ("100", "UGX", 100), ("100.50", "UGX", None), ("3.999", "KES", None),
        ("3.990", "KES", 399), ("3.999", "KWD", 3999), ("3.9", "KWD", 3900), ("5", "TZS", 500),
    ],
)  # fmt: skip
def test_decimals_are_those_of_the_currency(text: str, currency: str, minor: int | None) -> None:
    assert amount_of(text, currency) == minor


@pytest.mark.parametrize(
    ("text", "minor"),
    [("1.234,50", 123450), ("5,5", 550), ("1 234,50", 123450), ("-1.234.567,00", -123456700), ("5.5", None)],
)
def test_decimal_comma_is_read_where_the_mapping_says_so(text: str, minor: int | None) -> None:
    assert amount_of(text, marks=(",", ".")) == minor


@settings(deadline=None)
@given(st.integers(-(10**15) + 1, 10**15 - 1), st.sampled_from(["KES", "UGX", "KWD"]), st.booleans())
def test_amount_written_and_read_is_the_same(minor: int, currency: str, is_grouped: bool) -> None:
    exponent = {"KES": 2, "UGX": 0, "KWD": 3}[currency]
    value = Decimal(minor).scaleb(-exponent)
    assert amount_of(f"{value:,.{exponent}f}" if is_grouped else f"{value:.{exponent}f}", currency) == minor


@pytest.mark.parametrize(
    ("values", "marks"),
    [
        (["1,234.50"], (".", ",", True)), (["1.234,50"], (",", ".", True)), (["5,5", "6,25"], (",", ".", True)),
        (["5.5"], (".", ",", True)), (["5", "6"], (".", ",", True)), (["1,234"], (".", ",", False)),
        (["1.234"], (".", ",", False)), (["1.234", "1.234.567"], (",", ".", True)), (["1 234,5"], (",", ".", True)),
        (["1,234", "5.50"], (".", ",", True)),
    ],
)  # fmt: skip
def test_marks_are_found_from_all_values_of_a_column(values: list[str], marks: tuple[str, str, bool]) -> None:
    assert guess_marks(pl.Series(values)) == Marks(*marks)


def test_currency_comes_from_the_row_then_from_the_amount_then_from_the_caller() -> None:
    result = typed(
        {"amount": Source("sum"), "currency": Source("ccy")}, "KES",
        sum=["5", "USD 5", "5", "USD 5"], ccy=["ugx", None, None, "KES"],
    )  # fmt: skip
    assert result.rows["currency"].to_list() == ["UGX", "USD", "KES"]
    assert result.rows["amount_minor"].to_list() == [5, 500, 500]
    assert "names another currency" in result.errors[0].message


def test_row_without_any_currency_is_an_error() -> None:
    result = typed({}, None, sum=["5"])
    assert result.rows.height == 0
    assert "names no currency" in result.errors[0].message


def test_unknown_currencies_are_refused() -> None:
    assert "no ISO 4217" in typed({"currency": Source("ccy")}, ccy=["KSH"]).errors[0].message
    with pytest.raises(UnknownCurrency):
        typed({}, "KSH", sum=["5"])


def test_values_are_translated_and_a_constant_fills_every_row() -> None:
    result = typed(
        {"currency": Source("co", values=(("CA02", "CAD"),), otherwise="USD"), "country": Source(value="TZ")},
        co=["CA02", "U001"],
    )
    assert result.rows["currency"].to_list() == ["CAD", "USD"]
    assert result.rows["country"].to_list() == ["TZ", "TZ"]


def test_value_that_the_mapping_does_not_translate_is_an_error() -> None:
    result = typed({"branch": Source("co", values=(("A", "Arusha"),))}, co=["A", "B", None])
    assert result.rows["branch"].to_list() == ["Arusha", None]
    assert "'B' is not among the mapped values" in result.errors[0].message


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("31/01/2024", "dmy", "2024-01-31"), ("31.1.24", "dmy", "2024-01-31"), ("1-2-2024", "dmy", "2024-02-01"),
        ("1/31/2024", "mdy", "2024-01-31"), ("01/02/2024", "mdy", "2024-01-02"), ("1/2/71", "mdy", "1971-01-02"),
        ("2024-01-31", "dmy", "2024-01-31"), ("2024/1/31", "mdy", "2024-01-31"), ("20240131", "ymd", "2024-01-31"),
        ("24-01-31", "ymd", "2024-01-31"), ("2024-01-31 00:00:00.000000000", "ymd", "2024-01-31"),
        ("2024-01-31T23:59:59+03:00", "ymd", "2024-01-31"), ("31/01/2024 5:15 PM", "dmy", "2024-01-31"),
        ("31 Jan 2024", "dmy", "2024-01-31"), ("Jan 31, 2024", "mdy", "2024-01-31"), ("31-Jan-24", "mdy", "2024-01-31"),
        ("31 janvier 2024", "dmy", "2024-01-31"), ("5 août 2024", "dmy", "2024-08-05"),
        ("3 Machi 2024", "dmy", "2024-03-03"),
        ("5 مارس 2024", "dmy", "2024-03-05"), ("٣١/٠١/٢٠٢٤", "dmy", "2024-01-31"),
        ("1st February 2024", "dmy", "2024-02-01"),
        ("Wed, 31 Jan 2024", "dmy", "2024-01-31"), ("45322", "serial", "2024-01-31"),
        ("45322.75", "serial", "2024-01-31"),
        ("29/02/2024", "dmy", "2024-02-29"), ("29/02/2023", "dmy", None), ("31/04/2024", "dmy", None),
        ("13/13/2024", "dmy", None), ("1/31/2024", "dmy", None), ("00/01/2024", "dmy", None), ("soon", "dmy", None),
        ("45322", "dmy", None), ("0", "serial", None), ("5 Foo 2024", "dmy", None), ("31/01/0204", "dmy", None),
        ("2024-01", "ymd", None), ("1/2", "dmy", None), ("99999999", "ymd", None),
    ],
)  # fmt: skip
def test_date_is_read_in_the_order_of_its_column(text: str, order: Order, expected: str | None) -> None:
    found = pl.DataFrame({"text": [text]}).select(dates(pl.col("text"), order)).item()
    assert found == (datetime.date.fromisoformat(expected) if expected else None)


def test_impossible_date_names_its_row_and_column() -> None:
    result = typed({"due_on": Source("due", dates="dmy")}, due=["31/01/2024", "31/02/2024"])
    assert str(result.errors[0]) == "row 3, column due: '31/02/2024' is no date in the order dmy."
    assert result.rows["due_on"].to_list() == [datetime.date(2024, 1, 31)]


@pytest.mark.parametrize(
    ("values", "order", "is_decided"),
    [
        (["01/02/2024", "25/02/2024"], "dmy", True), (["01/02/2024", "02/25/2024"], "mdy", True),
        (["01/02/2024", "03/04/2024"], "dmy", False), (["2024-01-02"], "ymd", True),
        (["45322", "45323"], "serial", True),
        (["01/02/2024", "x"], None, False), ([], None, False),
    ],
)  # fmt: skip
def test_order_is_found_from_all_values(values: list[str], order: Order | None, is_decided: bool) -> None:
    assert guess_order(pl.Series(values, dtype=pl.String)) == (order, is_decided)


def test_one_impossible_month_among_thousands_decides_the_order() -> None:
    values = ["01/02/2024"] * 5_000 + ["25/02/2024"]
    assert guess_order(pl.Series(values)) == ("dmy", True)


def test_identifiers_lose_the_tail_of_a_float_and_keep_leading_zeros() -> None:
    result = typed({"reference": Source("ref")}, ref=["2960623488.0", "00123", "INV-1.0", "1E5", "12.50"])
    assert result.rows["reference"].to_list() == ["2960623488", "00123", "INV-1.0", "1E5", "12.50"]


def test_rounded_identifier_is_an_error_that_says_why() -> None:
    result = typed({"reference": Source("ref")}, ref=["2.96E+09"])
    assert "its last digits are lost" in result.errors[0].message


def test_spreadsheet_errors_are_errors_in_every_column() -> None:
    result = typed({"branch": Source("br")}, br=["#REF!", "ok"], sum=["5", "#FORMULA!"])
    assert [error.column for error in result.errors] == ["br", "sum"]
    assert "never calculated" in result.errors[1].message
    assert result.rows.height == 0


def test_flags_are_read_in_four_languages_and_blank_is_unknown() -> None:
    result = typed({"disputed": Source("d")}, d=["Yes", "no", "NDIYO", "non", "نعم", "1", "0", None])
    assert result.rows["disputed"].to_list() == [True, False, True, False, True, True, False, None]


def test_own_true_words_make_all_others_false_unless_false_words_are_given() -> None:
    assert typed({"disputed": Source("d", true=("open",))}, d=["OPEN", "closed"]).rows["disputed"].to_list() == [
        True,
        False,
    ]
    strict = typed({"disputed": Source("d", true=("open",), false=("closed",))}, d=["open", "opne"])
    assert "neither yes nor no" in strict.errors[0].message
    assert "neither yes nor no" in typed({"disputed": Source("d")}, d=["maybe"]).errors[0].message


def test_counts_are_whole_numbers_with_or_without_months() -> None:
    result = typed({"instalments": Source("n")}, n=["36", "36.0", "36 months", "miezi", "3.5", "-2"])
    assert result.rows["instalments"].to_list() == [36, 36, 36]
    assert len(result.errors) == 3


def test_several_errors_of_a_row_are_all_told() -> None:
    result = typed({}, sum=["x"], due=["y"])
    assert [error.target for error in result.errors] == ["due_on", "amount"]


def test_row_without_number_amount_or_date_is_refused() -> None:
    result = typed({}, id=["A", None, "C", "D"], sum=["1", "1", None, "1"], due=["2024-01-01"] * 3 + [None])
    assert [(error.line, error.target) for error in result.errors] == [
        (3, "debtor_number"), (4, "amount"), (5, "due_on"),
    ]  # fmt: skip
    assert result.rows["line"].to_list() == [2]


def test_due_date_comes_from_the_term_where_the_row_has_none() -> None:
    sheet = sheet_of(id=["A", "B"], sum=["1", "1"], inv=["2024-01-31"] * 2, due=["2024-02-10", None])
    columns = {
        "debtor_number": Source("id"), "amount": Source("sum"),
        "invoiced_on": Source("inv", dates="ymd"), "due_on": Source("due", dates="ymd"),
    }  # fmt: skip
    result = type_rows(sheet, Mapping("placement", columns, default_term_days=30), currency="KES")
    assert result.rows["due_on"].to_list() == [datetime.date(2024, 2, 10), datetime.date(2024, 3, 1)]


def test_later_row_with_the_same_reference_and_another_amount_is_an_error() -> None:
    result = typed(
        {"reference": Source("ref")}, id=["A", "A", "A", "B"], ref=["1", "1", "1", "1"], sum=["5", "5", "6", "5"]
    )
    assert result.duplicates == (3,)
    assert [(error.line, error.target) for error in result.errors] == [(4, "reference")]
    assert "stands on row 2 already" in result.errors[0].message
    assert result.rows["line"].to_list() == [2, 5]


def test_instalments_of_one_contract_and_equal_rows_without_reference_stay() -> None:
    instalments = typed({"reference": Source("ref")}, id=["A", "A"], ref=["1", "1"], due=["2024-01-31", "2024-02-29"])
    assert instalments.rows.height == 2
    assert typed({}, id=["A", "A"]).rows.height == 2


def test_every_line_is_loaded_refused_or_repeated() -> None:
    result = typed({"reference": Source("ref")}, id=["A", "A", "A"], ref=["1", "1", "2"], sum=["5", "5", "x"])
    lines = [*result.rows["line"].to_list(), *result.duplicates, *{error.line for error in result.errors}]
    assert sorted(lines) == [2, 3, 4]


def test_mapping_that_names_absent_columns_is_refused() -> None:
    with pytest.raises(UnableToTypeSheet, match="does not have: nothere"):
        typed({"branch": Source("nothere")}, id=["A"])


def test_receipts_are_typed_by_their_own_targets() -> None:
    columns = {"receipt_reference": Source("no"), "value_date": Source("day", dates="dmy"), "amount": Source("sum")}
    sheet = sheet_of(no=["T1", "T1", "T2"], day=["01/02/2024"] * 3, sum=["5", "6", None])
    result = type_rows(sheet, Mapping("receipts", columns), currency="KES")
    assert result.rows["amount_minor"].to_list() == [500]
    assert [error.line for error in result.errors] == [3, 4]


def test_million_rows_take_seconds() -> None:
    """A tenth of a million here; the floor is generous for a loaded machine and far below a loop over rows."""
    height = 100_000
    began = datetime.datetime.now(datetime.UTC)
    result = typed(
        {"reference": Source("ref")}, ref=[str(i) for i in range(height)], sum=[f"{i}.50" for i in range(height)]
    )
    assert result.rows.height == height
    assert (datetime.datetime.now(datetime.UTC) - began).total_seconds() < 10
