"""Which rows of a table are totals of the rows above and no records."""

from bisect import bisect

import polars as pl

from ahadi.adapters.sheets.numerals import bare, guess_marks, is_negative, is_number_like, minor_units, plain

LABEL = (
    r"^[ *:.=-]*(?:grand|sub|sous|net|overall|report|page)?[ _-]*"
    r"(?:totals?|totaux|sum|somme|jumla|jumla kuu|jumla ndogo|summe|gesamt|suma)"
    r"(?:[ _-]+(?:g[eé]n[eé]ral|amount|due|outstanding|balance|kuu|ndogo|sum|of|for|page|all|ya|:)+)*"
    r"[ *:.=-]*$"
    r"|^[ *:.=-]*(?:المجموع|الإجمالي|الاجمالي|إجمالي|اجمالي|مجموع"
    r"|المجموع الكلي|الإجمالي الكلي|المجموع الفرعي)[ *:.=-]*$"
)
USUALLY_FILLED = 0.9
SCALE = 4
LEAST_ROWS = 2


def is_total(rows: pl.DataFrame) -> pl.Series:
    """Return for each row (String columns only, in file order) whether it is a total.

    A row is one when its label says so and it lacks cells that records have, or when its only filled cells,
    fewer than records have, are the sums of the cells above them. A debtor whose name begins with "Total" has
    the other cells of a record and stays.
    """
    nothing = pl.Series([False] * rows.height, dtype=pl.Boolean)
    if rows.height < 2 or not rows.width:
        return nothing
    labelled = _labelled(rows)
    return labelled | _unlabelled(rows, labelled)


def _labelled(rows: pl.DataFrame) -> pl.Series:
    names = rows.columns
    has_label = rows.select(
        pl.any_horizontal([pl.col(name).str.to_lowercase().str.contains(LABEL).fill_null(False) for name in names])
    ).to_series()
    if not has_label.any():
        return has_label
    found = rows.filter(has_label)
    others = rows.filter(~has_label)
    shares = others.select(pl.all().is_not_null().mean()).row(0) if others.height else (1.0,) * rows.width
    usual = [name for name, share in zip(names, shares, strict=True) if share is not None and share >= USUALLY_FILLED]
    lacking = found.select(
        pl.any_horizontal([pl.col(name).is_null() for name in usual]) if usual else pl.lit(True)
    ).to_series()
    plain_cells = found.select(
        pl.all_horizontal(
            [
                pl.col(name).is_null()
                | pl.col(name).str.to_lowercase().str.contains(LABEL)
                | is_number_like(pl.col(name))
                for name in names
            ]
        )
    ).to_series()
    positions = has_label.arg_true().filter((lacking | (len(usual) < 3)) & plain_cells)
    return _flags(rows.height, positions)


def _unlabelled(rows: pl.DataFrame, labelled: pl.Series) -> pl.Series:
    """Find rows of figures alone, each the sum of its column since the last total or since the top."""
    filled = rows.select(pl.sum_horizontal([pl.col(name).is_not_null() for name in rows.columns])).to_series()
    usual = filled.filter(~labelled).median()
    sparse = (filled > 0) & (filled * 2 <= (usual if isinstance(usual, float) else 0.0)) & ~labelled
    candidates = sparse.arg_true().to_list()
    if not candidates:
        return _flags(rows.height, pl.Series([], dtype=pl.UInt32))
    is_used = rows.filter(sparse).select(pl.all().is_not_null().any()).row(0)
    columns = [
        (position, _Sums(rows[name], labelled))
        for position, (name, used) in enumerate(zip(rows.columns, is_used, strict=True))
        if used
    ]
    totals = labelled.arg_true().to_list()
    found: list[int] = []
    for row in candidates:
        start = max(found[-1] + 1 if found else 0, totals[bisect(totals, row) - 1] + 1 if bisect(totals, row) else 0)
        cells = rows.row(row)
        sums = [column for position, column in columns if cells[position] is not None]
        if all(column.is_sum(row, start) for column in sums):
            found.append(row)
            for column in sums:
                column.leave_out(row)
    return _flags(rows.height, pl.Series(found, dtype=pl.UInt32))


class _Sums:
    """Running sums of one column, so that each candidate costs a subtraction and not a pass over the rows above."""

    def __init__(self, texts: pl.Series, labelled: pl.Series) -> None:
        figures = _figures(texts)
        self.figures: list[int | None] = figures.to_list()
        self.sums: list[int] = [0, *figures.fill_null(0).cum_sum().to_list()]
        self.counts: list[int] = [0, *figures.is_not_null().cast(pl.Int64).cum_sum().to_list()]
        self.records: list[int] = [0, *figures.fill_null(0).set(labelled, 0).cum_sum().to_list()]
        self.left_out = 0

    def is_sum(self, row: int, start: int) -> bool:
        value = self.figures[row]
        if not value or self.counts[row] < LEAST_ROWS:
            return False
        is_recent = self.counts[row] - self.counts[start] >= LEAST_ROWS and self.sums[row] - self.sums[start] == value
        return is_recent or self.records[row] - self.left_out == value

    def leave_out(self, row: int) -> None:
        self.left_out += self.figures[row] or 0


def _figures(texts: pl.Series) -> pl.Series:
    """Return a column's figures as whole ten-thousandths, null where a cell is none."""
    marks = guess_marks(texts)
    cleaned = plain(pl.col("text"), marks)
    units = minor_units(bare(cleaned), marks, pl.lit(SCALE))
    signed = pl.when(is_negative(cleaned)).then(-units).otherwise(units)
    usable = is_number_like(pl.col("text"))
    return texts.to_frame("text").select(pl.when(usable).then(signed)).to_series()


def _flags(height: int, positions: pl.Series) -> pl.Series:
    flags = pl.Series([False] * height, dtype=pl.Boolean)
    return flags.scatter(positions, True) if positions.len() else flags
