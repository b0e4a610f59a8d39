"""Rows of text into typed rows, column by column, and for every cell that cannot be typed an error that
names it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from ahadi.adapters.sheets import datings, numerals
from ahadi.adapters.sheets.duplicates import find_duplicates
from ahadi.adapters.sheets.mapping import Mapping, Source
from ahadi.adapters.sheets.numerals import Marks
from ahadi.adapters.sheets.row_errors import RowError, errors_where
from ahadi.adapters.sheets.sheet import LINE, Sheet
from ahadi.adapters.sheets.vocabulary import NO, YES, Purpose, Target, target
from ahadi.kernel.money import EXPONENTS, exponent

CURRENCY = "currency"
MANY = 10_000
FLOAT_WHOLE = r"^([0-9]+)\.0+$"
EXCEL_ERROR = r"^#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|ERROR!|FORMULA!|SPILL!|CALC!|GETTING_DATA)$"
COUNT = r"^([0-9]{1,6})(?:\.0+)?(?: *(?:[Mm]onths?|[Mm]ths?|[Mm]ois|[Mm]iezi|[Mm]o\.?|شهر|أشهر))?$"
NEEDED: dict[Purpose, tuple[tuple[tuple[str, ...], str], ...]] = {
    "placement": (
        (("debtor_number", "account_number"), "the row has neither a debtor number nor an account number"),
        (("amount_minor", "principal_minor", "instalment_minor"), "the row has no amount"),
        (
            ("due_on", "invoiced_on", "first_due_on", "opened_on"),
            "the row has no due date and no date of an invoice or loan",
        ),
    ),
    "receipts": (
        (("amount_minor",), "the row has no amount"),
        (("value_date",), "the row has no date"),
    ),
}


class UnableToTypeSheet(Exception):
    """The mapping does not fit the sheet: its text names the columns that are missing."""

    def __init__(self, file_name: str, missing: tuple[str, ...]) -> None:
        self.file_name = file_name
        self.missing = missing
        super().__init__(
            f"Unable to type {file_name}: the mapping names columns it does not have: {', '.join(missing)}. "
            "Correct the mapping, or ask the client for the columns."
        )


@dataclass(frozen=True)
class TypedRows:
    """The good rows, typed; the errors of the others; and the lines left out as exact repetitions.

    `rows` has `line` (Int64) and per mapped target: Date, Boolean, Int64 (counts), String, or for money
    `<target>_minor` as Int64 minor units of the row's `currency`. Row counts tie out: every line of the
    sheet is
    in `rows`, in `errors` or in `duplicates`.
    """

    rows: pl.DataFrame
    errors: tuple[RowError, ...]
    duplicates: tuple[int, ...]


def type_rows(sheet: Sheet, mapping: Mapping, *, currency: str | None = None) -> TypedRows:
    """Type the sheet's rows by the mapping; `currency` is the ISO code for rows that name none themselves.

    Raise `UnableToTypeSheet` when a mapped column is missing and `UnknownCurrency` for an unknown `currency`.
    """
    missing = mapping.missing(sheet)
    if missing:
        raise UnableToTypeSheet(sheet.file_name, missing)
    typing = _Typing(sheet, mapping, currency)
    frame = typing.frame()
    errors = [*typing.errors, *_lacking(frame, mapping, {error.line for error in typing.errors})]
    good = frame.filter(~pl.col(LINE).is_in(sorted({error.line for error in errors})))
    repeated = find_duplicates(good, mapping)
    out = {*repeated.lines, *(error.line for error in repeated.errors)}
    good = good.filter(~pl.col(LINE).is_in(sorted(out))) if out else good
    return TypedRows(good, tuple(sorted((*errors, *repeated.errors), key=_place)), repeated.lines)


def _place(error: RowError) -> tuple[int, str]:
    return error.line, error.column


def _lacking(frame: pl.DataFrame, mapping: Mapping, failed: set[int]) -> list[RowError]:
    """Return an error for each row without what every row needs; cells that failed are not reported twice."""
    errors = []
    for names, message in NEEDED[mapping.purpose]:
        present = [name for name in names if name in frame.columns]
        lines = frame if not present else frame.filter(pl.all_horizontal(pl.col(name).is_null() for name in present))
        column = next(
            (source.column for name in present if (source := mapping.columns.get(name.removesuffix("_minor")))),
            None,
        )
        target_name = (present or list(names))[0].removesuffix("_minor")
        errors += [
            RowError(line, column or "", target_name, f"{message}.", None)
            for line in lines[LINE].to_list()
            if line not in failed
        ]
    return errors


class _Typing:
    """One pass over the mapped columns, collecting errors beside the typed columns."""

    def __init__(self, sheet: Sheet, mapping: Mapping, currency: str | None) -> None:
        self.rows = sheet.rows
        self.mapping = mapping
        self.default = currency
        self.errors: list[RowError] = []
        self.typers: dict[str, Callable[[Target, Source, pl.Series], pl.Series]] = {
            "identifier": self._identifier,
            "phone": self._identifier,
            "text": self._text,
            "date": self._date,
            "flag": self._flag,
            "count": self._count,
        }
        if currency is not None:
            exponent(currency)

    def frame(self) -> pl.DataFrame:
        typed = [self.rows[LINE]]
        amounts: list[tuple[Target, Source, pl.Series]] = []
        for name, source in self.mapping.columns.items():
            item = target(self.mapping.purpose, name)
            cells = self._cells(item, source)
            if item.holds == "amount":
                amounts.append((item, source, cells))
            elif item.holds != CURRENCY:
                typed.append(self.typers[item.holds](item, source, cells).alias(name))
        if amounts or CURRENCY in self.mapping.columns:
            currency = self._currency(amounts)
            typed.append(currency)
            typed += [self._amount(*amount, currency) for amount in amounts]
        return _with_term(pl.DataFrame(typed), self.mapping)

    def _cells(self, item: Target, source: Source) -> pl.Series:
        """Return the texts of a target: the column's or the constant, translated, spreadsheet errors
        reported.
        """
        if source.column is None:
            return pl.Series(item.name, [source.value], dtype=pl.String).new_from_index(0, self.rows.height)
        cells = self.rows[source.column]
        is_error = cells.str.contains(EXCEL_ERROR)
        if is_error.any():
            self._report(item, source, cells, is_error, _excel_error)
            cells = cells.set(is_error.fill_null(False), None)
        if not source.values:
            return cells
        known = dict(source.values)
        translated = cells.replace_strict(known, default=source.otherwise, return_dtype=pl.String)
        if source.otherwise is None:
            wrong = cells.is_not_null() & translated.is_null()
            self._report(item, source, cells, wrong, lambda raw: f"{raw!r} is not among the mapped values.")
        return translated

    def _report(
        self, item: Target, source: Source, cells: pl.Series, wrong: pl.Series, message: Callable[[str], str]
    ) -> None:
        self.errors += errors_where(self.rows[LINE], wrong, cells, source.column or "", item.name, message)

    def _identifier(self, item: Target, source: Source, cells: pl.Series) -> pl.Series:
        """Undo `2960623488.0`; refuse `2.96E+09`, whose last digits are gone."""
        is_rounded = cells.str.contains(r"^[0-9](?:[.,][0-9]+)?[eE]\+[0-9]+$")
        self._report(item, source, cells, is_rounded, _rounded)
        return cells.str.replace(FLOAT_WHOLE, "$1")

    def _text(self, item: Target, source: Source, cells: pl.Series) -> pl.Series:
        return cells

    def _date(self, item: Target, source: Source, cells: pl.Series) -> pl.Series:
        order = source.dates or datings.guess_order(cells)[0] or "ymd"
        typed = _evaluated(cells, datings.dates(pl.col("text"), order))
        wrong = cells.is_not_null() & typed.is_null()
        self._report(item, source, cells, wrong, lambda raw: f"{raw!r} is no date in the order {order}.")
        return typed

    def _flag(self, item: Target, source: Source, cells: pl.Series) -> pl.Series:
        yes = {word.casefold() for word in source.true} or YES
        no = {word.casefold() for word in source.false} or (NO if not source.true else frozenset())
        lowered = cells.str.to_lowercase()
        typed = lowered.is_in(sorted(yes))
        if no:
            wrong = cells.is_not_null() & ~typed & ~lowered.is_in(sorted(no))
            self._report(item, source, cells, wrong, lambda raw: f"{raw!r} says neither yes nor no.")
        return typed

    def _count(self, item: Target, source: Source, cells: pl.Series) -> pl.Series:
        typed = _evaluated(cells, numerals.plain(pl.col("text")).str.extract(COUNT, 1).str.to_integer(strict=False))
        wrong = cells.is_not_null() & typed.is_null()
        self._report(item, source, cells, wrong, lambda raw: f"{raw!r} is no whole number.")
        return typed

    def _currency(self, amounts: list[tuple[Target, Source, pl.Series]]) -> pl.Series:
        """Return each row's currency: its own column, else the code written with an amount, else the
        default.
        """
        nothing = pl.Series(CURRENCY, [None], dtype=pl.String).new_from_index(0, self.rows.height)
        found = nothing
        if CURRENCY in self.mapping.columns:
            item, source = target(self.mapping.purpose, CURRENCY), self.mapping.columns[CURRENCY]
            cells = self._cells(item, source)
            found = cells.str.to_uppercase().alias(CURRENCY)
            wrong = found.is_not_null() & ~found.is_in(list(EXPONENTS))
            self._report(item, source, cells, wrong, lambda raw: f"{raw!r} is no ISO 4217 currency code.")
            found = found.set(wrong.fill_null(False), None)
        for item, source, cells in amounts:
            written = _evaluated(cells, numerals.currency_code(numerals.plain(pl.col("text"))))
            if written.null_count() == written.len():
                continue
            written = written.set((~written.is_in(list(EXPONENTS))).fill_null(False), None)
            differs = (written != found).fill_null(False)
            self._report(item, source, cells, differs, lambda raw: f"{raw!r} names another currency than its row.")
            found = found.zip_with(found.is_not_null(), written).alias(CURRENCY)
        return found.fill_null(self.default) if self.default else found

    def _amount(self, item: Target, source: Source, cells: pl.Series, currency: pl.Series) -> pl.Series:
        marks = _marks(source, cells)
        text = pl.col("text")
        exponents = currency.replace_strict(dict(EXPONENTS), default=None, return_dtype=pl.Int64)
        frame = pl.DataFrame({"text": cells, "exponent": exponents}).with_columns(
            numerals.plain(text, marks).alias("text")
        )
        negative = frame.select(numerals.is_negative(text)).to_series()
        signed = frame.select(numerals.has_balanced_sign(text)).to_series()
        frame = frame.with_columns(numerals.bare(text).alias("text"))
        is_shaped = frame.select(text.str.contains(numerals.pattern(marks))).to_series() & signed
        units = frame.select(numerals.minor_units(text, marks, pl.col("exponent"))).to_series()
        filled = cells.is_not_null()
        self._report(item, source, cells, filled & ~is_shaped, _no_amount)
        nameless = filled & is_shaped & exponents.is_null()
        self._report(
            item,
            source,
            cells,
            nameless,
            lambda raw: f"the row names no currency for {raw!r}; map one or give one.",
        )
        beyond = filled & is_shaped & exponents.is_not_null() & units.is_null()
        self._report(item, source, cells, beyond, lambda raw: f"{raw!r} has more digits than its currency.")
        usable = units.set((~is_shaped).fill_null(True), None)
        return (usable * (1 - 2 * negative.cast(pl.Int64))).alias(f"{item.name}_minor")


def _marks(source: Source, cells: pl.Series) -> Marks:
    if source.decimal is None and source.thousands is None:
        return numerals.guess_marks(cells.drop_nulls().unique())
    decimal = source.decimal or ("," if source.thousands == "." else ".")
    thousands = source.thousands if source.thousands is not None else ("." if decimal == "," else ",")
    return Marks(decimal, thousands)


def _evaluated(cells: pl.Series, expression: pl.Expr) -> pl.Series:
    """Evaluate an expression over the cells as the column `text`: each distinct cell once where many repeat."""
    frame = cells.alias("text").to_frame()
    if cells.len() < MANY or cells.n_unique() * 4 > cells.len():
        return frame.select(expression).to_series()
    distinct = frame.unique().with_columns(expression.alias("result"))
    return frame.join(distinct, on="text", how="left", nulls_equal=True, maintain_order="left")["result"]


def _with_term(frame: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    """Fill a missing due date from the invoice's date and the mapping's term."""
    if mapping.default_term_days is None or "invoiced_on" not in frame.columns:
        return frame
    from_term = pl.col("invoiced_on") + pl.duration(days=mapping.default_term_days)
    due_on = pl.col("due_on").fill_null(from_term) if "due_on" in frame.columns else from_term.alias("due_on")
    return frame.with_columns(due_on)


def _no_amount(raw: str) -> str:
    if raw[:1] == "#":
        return f"the cell holds the spreadsheet error {raw}."
    if "e" in raw.casefold() and any(letter.isdigit() for letter in raw):
        return f"{raw!r} is in scientific notation, which hides digits; write the amount in full."
    return f"{raw!r} is no amount in the column's notation; it is not taken as 0."


def _excel_error(raw: str) -> str:
    if raw == "#FORMULA!":
        return "the cell holds a formula that was never calculated; open the file, let it calculate, save it."
    return f"the cell holds the spreadsheet error {raw}; mend the formula."


def _rounded(raw: str) -> str:
    return f"{raw!r} is a number the spreadsheet program rounded; its last digits are lost. Export the column as text."
