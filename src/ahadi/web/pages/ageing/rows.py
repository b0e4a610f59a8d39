"""The ageing table, its ratios, and the accounts behind a figure, ready for the page."""

from dataclasses import dataclass, replace
from typing import Any

import polars as pl
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ahadi.domain.reporting.queries import Ageing
from ahadi.kernel.money import exponent, percent_text
from ahadi.web.frame import figures, words
from ahadi.web.frame.figures import Amount
from ahadi.web.frame.listing import Address
from ahadi.web.pages.ageing.forms import DIMENSIONS, NOBODY, Choice

# From so many units on, cents only widen the table; each figure opens to the exact ones.
_WHOLE_FROM_UNITS = 10_000
_PAR = {"par30": 30, "par60": 60, "par90": 90}


@dataclass(frozen=True)
class Cell:
    """One figure that opens to the accounts behind it."""

    amount: Amount
    url: str


@dataclass(frozen=True)
class Segment:
    """One part of a mix bar, in hundredths of the whole."""

    hue: int
    start: str
    length: str


@dataclass(frozen=True)
class AgeingRow:
    """One group of one currency."""

    label: str
    note: str
    mix: tuple[Segment, ...]
    cells: tuple[Cell, ...]
    total: Cell
    par30: str
    par30_url: str


@dataclass(frozen=True)
class Ratio:
    """One figure of receivables with its definition and what it was divided by what."""

    title: str
    value: str
    made_of: str
    definition: str
    url: str


@dataclass(frozen=True)
class CurrencyBlock:
    """All of one currency: rows by group, their sum, and the ratios."""

    currency: str
    is_whole: bool
    rows: tuple[AgeingRow, ...]
    together: AgeingRow
    overdue: Cell
    disputed: Cell
    unapplied: Cell
    ratios: tuple[Ratio, ...]


@dataclass(frozen=True)
class BehindRow:
    """One account behind a figure."""

    name: str
    url: str
    creditor: str
    number: str
    officer: str
    amount: Amount
    days_late: str
    charges: str
    oldest: str


def dimension_label(name: str) -> str:
    """What a figure is asked by, as the head of a column."""
    known = {
        "creditor": _("Creditor"),
        "officer": _("Officer"),
        "branch": _("Branch"),
        "product": _("Product"),
        "country": _("Country"),
    }
    return known[name]


def dimension_links(choice: Choice, address: Address, offered: tuple[str, ...]) -> list[tuple[str, str, bool]]:
    """Label, address and whether chosen, of each thing that figures may be asked by."""
    kept = [name for name in DIMENSIONS if name in offered]
    return [(dimension_label(name), address.having(by=name, of="", page=""), name == choice.by) for name in kept]


def blocks(ageing: Ageing, choice: Choice, names: dict[str, str]) -> tuple[CurrencyBlock, ...]:
    """The table by currency; `names` replace codes of officers."""
    behind = Address(reverse("behind"), {"as_of": choice.as_of.isoformat(), "by": choice.by})
    return tuple(
        _block(ageing, currency, behind, names)
        for currency in ageing.totals.filter(pl.col("open_minor") > 0)["currency"].to_list()
    )


@dataclass(frozen=True)
class _Drawing:
    """How one currency is drawn: the address behind its figures, and money in whole units or exact."""

    currency: str
    behind: Address
    is_whole: bool

    def amount(self, minor: int) -> Amount:
        """The money as the table shows it."""
        return figures.whole(minor, self.currency) if self.is_whole else figures.amount(minor, self.currency)

    def url(self, **chosen: str) -> str:
        """The address of what is behind a figure of this currency."""
        return self.behind.having(currency=self.currency, **chosen)

    def cell(self, minor: int, **chosen: str) -> Cell:
        """A figure that opens, unless there is nothing behind it."""
        return Cell(self.amount(minor), self.url(**chosen) if minor else "")


def _block(ageing: Ageing, currency: str, behind: Address, names: dict[str, str]) -> CurrencyBlock:
    column = ageing.columns[0]
    table = ageing.table.filter(pl.col("currency") == currency)
    groups = ageing.groups.filter((pl.col("currency") == currency) & (pl.col("open_minor") > 0))
    totals = ageing.totals.filter(pl.col("currency") == currency).row(0, named=True)
    is_whole = totals["open_minor"] >= _WHOLE_FROM_UNITS * 10 ** exponent(currency)
    drawing = _Drawing(currency, behind, is_whole)
    rows = [
        _row(drawing, group, table.filter(pl.col(column).eq_missing(group[column])), group[column] or NOBODY)
        for group in groups.sort("open_minor", descending=True, maintain_order=True).iter_rows(named=True)
    ]
    sums = table.group_by("bucket", maintain_order=True).agg(pl.col("open_minor").sum())
    items = ageing.items.filter(pl.col("currency") == currency)
    together = {**totals, "account_count": items["account_id"].n_unique()}
    idle = ageing.unapplied.filter(pl.col("currency") == currency)["unapplied_minor"].sum()
    return CurrencyBlock(
        currency=currency,
        is_whole=is_whole,
        rows=tuple(replace(row, label=names.get(row.label, row.label)) for row in rows),
        together=replace(_row(drawing, together, sums, ""), label=_("Together")),
        overdue=drawing.cell(totals["overdue_minor"], figure="overdue"),
        disputed=drawing.cell(totals["disputed_open_minor"], figure="disputed"),
        unapplied=drawing.cell(int(idle), figure="unapplied"),
        ratios=_ratios(totals, drawing),
    )


def _row(drawing: _Drawing, group: dict[str, Any], table: pl.DataFrame, of: str) -> AgeingRow:
    marks = words.buckets(tuple(table["bucket"]))
    amounts = table["open_minor"].to_list()
    accounts = group["account_count"]
    return AgeingRow(
        label=_("Not given") if of == NOBODY else of,
        note=ngettext("%(n)s account", "%(n)s accounts", accounts) % {"n": figures.count(accounts)},
        mix=_mix(amounts, marks),
        cells=tuple(drawing.cell(minor, of=of, bucket=mark.code) for minor, mark in zip(amounts, marks, strict=True)),
        total=drawing.cell(group["open_minor"], of=of),
        par30=figures.percent(percent_text(group["par30_minor"], group["open_minor"])),
        par30_url=drawing.url(of=of, figure="par30") if group["par30_minor"] else "",
    )


def _mix(amounts: list[int], marks: tuple[words.Bucket, ...]) -> tuple[Segment, ...]:
    whole, done, segments = max(sum(amounts), 1), 0, []
    for minor, mark in zip(amounts, marks, strict=True):
        if minor:
            segments.append(Segment(mark.hue, f"{done * 100 / whole:.2f}", f"{minor * 100 / whole:.2f}"))
        done += minor
    return tuple(segments)


def _ratios(totals: dict[str, Any], at: _Drawing) -> tuple[Ratio, ...]:
    def money(name: str) -> str:
        return at.amount(totals[name]).text

    par = [
        Ratio(
            title=name.upper(),
            value=figures.percent(totals[f"{name}_pct"]),
            made_of=_("%(part)s of %(whole)s") % {"part": money(f"{name}_minor"), "whole": money("open_minor")},
            definition=_("all that is open on accounts more than %(days)s days late") % {"days": days},
            url=at.url(figure=name),
        )
        for name, days in _PAR.items()
    ]
    dso = Ratio(
        title=_("DSO, 90 days"),
        value="—" if totals["dso_90"] is None else _("%(days)s days") % {"days": totals["dso_90"]},
        made_of=_("%(open)s × 90 of %(sales)s") % {"open": money("open_minor"), "sales": money("sales_90_minor")},
        definition=_("open, for the days it takes to charge that much at the pace of the last 90"),
        url=at.url(),
    )
    cei = Ratio(
        title=_("CEI, month to date"),
        value=figures.percent(totals["cei_pct"]),
        made_of=_("%(part)s of %(whole)s")
        % {"part": money("cei_numerator_minor"), "whole": money("cei_denominator_minor")},
        definition=_("collected, of what was open at the start or charged since and could be collected"),
        url=at.url(),
    )
    return (*par, dso, cei)


def behind_frame(ageing: Ageing, choice: Choice) -> pl.DataFrame:
    """The accounts behind a figure, one row each: who, whose, `amount_minor` of it, days late, oldest due date."""
    items = ageing.items.with_columns(worst=pl.col("days_late").max().over("account_id"))
    if choice.figure == "unapplied":
        never = pl.lit(None, dtype=pl.Date)
        rows = ageing.unapplied.with_columns(open_minor="unapplied_minor", due_date=never, days_late=pl.lit(0))
    else:
        rows = items.filter(_figure(choice.figure))
    rows = rows.filter(pl.col("currency") == choice.currency) if choice.currency else rows
    rows = rows.filter(pl.col("bucket") == choice.bucket) if choice.bucket and "bucket" in rows.columns else rows
    if choice.of:
        wanted = None if choice.of == NOBODY else choice.of
        rows = rows.filter(pl.col(ageing.columns[0]).eq_missing(pl.lit(wanted, dtype=pl.String)))
    name = pl.coalesce("debtor_name", "debtor_number", "number")
    return rows.group_by("account_id", "number", "creditor", "officer", "currency", maintain_order=True).agg(
        debtor_name=name.first(),
        amount_minor=pl.col("open_minor").sum(),
        days_late=pl.col("days_late").max(),
        oldest_due_date=pl.col("due_date").min(),
        charge_count=pl.len(),
    )


def _figure(name: str) -> pl.Expr:
    if name == "overdue":
        return pl.col("days_late") > 0
    if name == "disputed":
        return pl.col("is_disputed")
    return pl.col("worst") > _PAR[name] if name in _PAR else pl.lit(True)


def behind_rows(frame: pl.DataFrame, choice: Choice, names: dict[str, str]) -> tuple[BehindRow, ...]:
    """Rows for the page; each leads to its account on the same day."""
    day = {"as_of": choice.as_of.isoformat()}
    return tuple(
        BehindRow(
            name=row["debtor_name"] or row["number"],
            url=Address(reverse("account", args=[row["account_id"]]), day).having(),
            creditor=row["creditor"],
            number=row["number"],
            officer=names.get(row["officer"] or "", row["officer"] or ""),
            amount=figures.amount(row["amount_minor"], row["currency"]),
            days_late=figures.count(row["days_late"]),
            charges=figures.count(row["charge_count"]),
            oldest=figures.day(row["oldest_due_date"], choice.as_of),
        )
        for row in frame.iter_rows(named=True)
    )


def behind_title(choice: Choice, names: dict[str, str]) -> str:
    """What is behind: whose, of which age or kind."""
    whose = _("Whole book") if not choice.of else names.get(choice.of, choice.of)
    if choice.of == NOBODY:
        whose = _("%(dimension)s not given") % {"dimension": dimension_label(choice.by)}
    kinds = {
        "open": _("all that is open"),
        "overdue": _("late"),
        "disputed": _("disputed"),
        "par30": "PAR30",
        "par60": "PAR60",
        "par90": "PAR90",
        "unapplied": _("came and not applied"),
    }
    if choice.bucket:
        age = words.bucket_label(choice.bucket)
        days = age if not any(letter.isdigit() for letter in age) else _("%(age)s days") % {"age": age}
        return words.listed((whose, days))
    return words.listed((whose, kinds[choice.figure]))


def behind_sums(frame: pl.DataFrame) -> tuple[Amount, ...]:
    """What the rows add up to, by currency: the figure that was opened."""
    sums = frame.group_by("currency").agg(pl.col("amount_minor").sum()).sort("currency")
    return tuple(figures.amount(minor, currency) for currency, minor in sums.iter_rows())
