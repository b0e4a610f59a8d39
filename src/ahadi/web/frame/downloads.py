"""Tables as files: typed cells, and no text that a spreadsheet program would run."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

import polars as pl
from django.http import HttpResponse

from ahadi.adapters.sheets.exporting import write_table
from ahadi.web.frame.listing import Address

TITLES = {"csv": "CSV", "xlsx": "Excel"}
FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True)
class Export:
    """A link to the whole table as a file."""

    title: str
    url: str


def exports(address: Address) -> tuple[Export, ...]:
    """A link for each format, with what was chosen kept."""
    return tuple(Export(TITLES[kind], address.having(format=kind)) for kind in FORMATS)


def download(frame: pl.DataFrame, *, name: str, format: str, money: Mapping[str, str]) -> HttpResponse:
    """The frame as a file to keep; `money` names columns of minor units and the column of their currency."""
    stream = io.BytesIO()
    kind = cast(Literal["csv", "xlsx"], format)
    write_table(stream, frame, format=kind, money=money, sheet_name=name)
    response = HttpResponse(stream.getvalue(), content_type=FORMATS[format])
    response["Content-Disposition"] = f'attachment; filename="{name}.{format}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
