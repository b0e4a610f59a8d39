"""Rows of one file that name the same charge or receipt twice."""

from dataclasses import dataclass

import polars as pl

from ahadi.adapters.sheets.mapping import Mapping
from ahadi.adapters.sheets.row_errors import RowError
from ahadi.adapters.sheets.sheet import LINE
from ahadi.adapters.sheets.vocabulary import Purpose

FIRST = "first_line"
KEYS: dict[Purpose, tuple[tuple[str, ...], str]] = {
    "placement": (("account_number", "debtor_number"), "reference"),
    "receipts": ((), "receipt_reference"),
}


@dataclass(frozen=True)
class Repeated:
    """Errors on later rows that contradict an earlier one, and the lines that merely repeat one."""

    errors: tuple[RowError, ...]
    lines: tuple[int, ...]


def find_duplicates(rows: pl.DataFrame, mapping: Mapping) -> Repeated:
    """Compare typed rows that bear the same owner and reference with the first of them.

    Another amount is an error; the same cells throughout are a repetition. Rows with the same reference and
    amount but other dates stay: they are instalments of one contract. Without a mapped reference nothing
    can be
    told, since two equal rows may be two charges.
    """
    owners, reference = KEYS[mapping.purpose]
    if reference not in rows.columns:
        return Repeated((), ())
    key = [*(owner for owner in owners if owner in rows.columns), reference]
    amounts = [name for name in rows.columns if name.endswith("_minor")]
    with_first = rows.filter(pl.col(reference).is_not_null()).with_columns(pl.col(LINE).min().over(key).alias(FIRST))
    later = with_first.filter(pl.col(LINE) > pl.col(FIRST))
    if not later.height:
        return Repeated((), ())
    firsts = rows.rename({LINE: FIRST}).select(FIRST, pl.exclude(FIRST).name.suffix("_of_first"))
    compared = later.join(firsts, on=FIRST, how="left", maintain_order="left")
    differs = _differs(amounts)
    source = mapping.columns[reference].column or ""
    errors = tuple(
        RowError(line, source, reference, _message(raw, first), raw)
        for line, raw, first in compared.filter(differs).select(LINE, reference, FIRST).iter_rows()
    )
    return Repeated(errors, _repetitions(compared.filter(~differs), rows))


def _differs(names: list[str]) -> pl.Expr:
    if not names:
        return pl.lit(False)
    return pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_of_first")) for name in names)


def _message(raw: str, first: int) -> str:
    return f"{raw!r} stands on row {first} already, with another amount; keep one of them."


def _repetitions(candidates: pl.DataFrame, rows: pl.DataFrame) -> tuple[int, ...]:
    """Return the lines among the candidates whose typed cells all equal those of their first row."""
    names = [name for name in rows.columns if name != LINE]
    return tuple(candidates.filter(~_differs(names))[LINE].to_list())
