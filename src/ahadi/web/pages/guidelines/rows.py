"""Guidelines ready for the page."""

from dataclasses import dataclass
from datetime import date

import polars as pl
from django.utils.translation import gettext as _

from ahadi.web.frame import figures
from ahadi.web.frame.options import Option, options


@dataclass(frozen=True)
class SectionRow:
    """A section: its code and word, what stands in it now, and since when."""

    code: str
    label: str
    text: str
    since: str


def creditor_options(creditors: pl.DataFrame, chosen: str) -> tuple[Option, ...]:
    """The creditors to choose from."""
    return options(dict(creditors.select("code", "name").iter_rows()), chosen)


def section_rows(found: pl.DataFrame, *, today: date) -> tuple[SectionRow, ...]:
    """Every section, written or not."""
    labels = {"work": _("Work"), "settlement": _("Settlement"), "misc": _("Also")}
    now = {row["section"]: row for row in found.iter_rows(named=True)}
    return tuple(
        SectionRow(
            code,
            label,
            now[code]["text"] if code in now else "",
            figures.day(now[code]["from_date"], today) if code in now else "",
        )
        for code, label in labels.items()
    )
