"""Long lists: one page at a time, sorted by a head, every link keeping what was chosen before."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

import polars as pl

from ahadi.web.frame import figures

PAGE_ROWS = 50
T = TypeVar("T")


@dataclass(frozen=True)
class Head:
    """The head of a column; `sort` is what aria-sort says, empty where the column is not sorted by."""

    label: str
    url: str
    sort: str
    is_number: bool
    unit: str = ""


@dataclass(frozen=True)
class Paging(Generic[T]):
    """The rows of one page and the way to its neighbours; an empty address where there is none."""

    rows: tuple[T, ...]
    count: int
    first: int
    last: int
    earlier_url: str
    later_url: str

    @property
    def span(self) -> str:
        """Which rows of all these are."""
        return figures.apart(f"{self.first}–{self.last}")


@dataclass(frozen=True)
class Address:
    """A path and the choices in its query; what is empty is left out."""

    path: str
    chosen: Mapping[str, str]

    def having(self, **changes: str) -> str:
        """The address with some choices changed."""
        kept = {name: text for name, text in {**self.chosen, **changes}.items() if text}
        return f"{self.path}?{urlencode(kept)}" if kept else self.path

    def heads(self, columns: Mapping[str, tuple[str, bool]], sort: str, unit: Mapping[str, str]) -> tuple[Head, ...]:
        """A head for each column (name: label, is a number); a second press turns the order round."""
        return tuple(
            Head(
                label=label,
                url=self.having(sort=f"-{name}" if sort == name else name, page=""),
                sort={name: "ascending", f"-{name}": "descending"}.get(sort, ""),
                is_number=is_number,
                unit=unit.get(name, ""),
            )
            for name, (label, is_number) in columns.items()
        )


def sorted_by(frame: pl.DataFrame, sort: str, orders: Mapping[str, list[str]]) -> pl.DataFrame:
    """The rows by the columns that `sort` stands for (a minus in front: from the top); stable, nulls last."""
    columns = orders[sort.lstrip("-")]
    return frame.sort(columns, descending=sort.startswith("-"), nulls_last=True, maintain_order=True)


def page_of(frame: pl.DataFrame, page: int) -> tuple[pl.DataFrame, int]:
    """The rows of a page, and its number within what there is."""
    pages = max(1, -(-frame.height // PAGE_ROWS))
    number = min(max(page, 1), pages)
    return frame.slice((number - 1) * PAGE_ROWS, PAGE_ROWS), number


def paging(rows: tuple[T, ...], count: int, number: int, address: Address) -> Paging[T]:
    """The page `number` of `count` rows."""
    first = (number - 1) * PAGE_ROWS
    return Paging(
        rows=rows,
        count=count,
        first=first + 1 if rows else 0,
        last=first + len(rows),
        earlier_url=address.having(page=str(number - 1)) if number > 1 else "",
        later_url=address.having(page=str(number + 1)) if first + len(rows) < count else "",
    )
