"""What the worklist shows, ready for the page."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from django.urls import reverse
from django.utils.translation import gettext as _

from ahadi.domain.accounts.queries import STANDARD
from ahadi.web.frame import figures, words
from ahadi.web.frame.figures import Amount
from ahadi.web.frame.words import Bucket
from ahadi.web.pages.worklist.forms import Choice


@dataclass(frozen=True)
class WorklistRow:
    """One account on the list."""

    rank: str
    name: str
    why_url: str
    account_url: str
    creditor: str
    number: str
    officer: str
    arrears: Amount
    days_late: str
    bucket: Bucket
    points: str
    reason: str


@dataclass(frozen=True)
class AbsentRow:
    """One account that is not on the list, by which rule and until when."""

    name: str
    account_url: str
    creditor: str
    number: str
    officer: str
    arrears: Amount
    rule: str
    code: str
    rule_url: str
    until: str


@dataclass(frozen=True)
class Option:
    """One entry of a chooser."""

    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True)
class Choosers:
    """What a list can be narrowed by; a chooser without entries is not shown."""

    creditors: tuple[Option, ...]
    buckets: tuple[Option, ...] = ()
    officers: tuple[Option, ...] = ()
    rules: tuple[Option, ...] = ()


def named(rows: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """Rows of a ranking with `debtor_name`; who has no name is called by number."""
    known = names.select("debtor_id", debtor_name=pl.coalesce("debtor_name", "debtor_number"))
    joined = rows.join(known, on="debtor_id", how="left", maintain_order="left")
    return joined.with_columns(pl.col("debtor_name").fill_null(pl.col("number")))


def narrowed(rows: pl.DataFrame, choice: Choice) -> pl.DataFrame:
    """The rows that fit what was chosen; `rows` are named."""
    for column, text in (("creditor", choice.creditor), ("bucket", choice.bucket), ("officer", choice.officer)):
        rows = rows.filter(pl.col(column) == text) if text else rows
    if choice.rule and "rule" in rows.columns:
        rows = rows.filter(pl.col("rule") == choice.rule)
    for word in choice.q.casefold().split():
        haystack = pl.concat_str("debtor_name", "number", "creditor", separator=" ").str.to_lowercase()
        rows = rows.filter(haystack.str.contains(word, literal=True))
    return rows


def reasons(points: pl.DataFrame) -> pl.DataFrame:
    """[account_id, reason]: what gave each account most of its points."""
    top = points.sort("points", "reason", descending=[True, False])
    return top.group_by("account_id", maintain_order=True).agg(pl.col("reason").first())


def worklist_rows(rows: pl.DataFrame, officers: dict[str, str]) -> tuple[WorklistRow, ...]:
    """Rows for the page from named rows with a `reason`; `officers` names their codes."""
    marks = {bucket.code: bucket for bucket in words.buckets(STANDARD.codes)}
    return tuple(_worklist_row(row, marks[row["bucket"]], officers) for row in rows.iter_rows(named=True))


def _worklist_row(row: dict[str, Any], bucket: Bucket, officers: dict[str, str]) -> WorklistRow:
    return WorklistRow(
        rank=figures.count(row["rank"]),
        name=row["debtor_name"],
        why_url=reverse("why", args=[row["account_id"]]),
        account_url=reverse("account", args=[row["account_id"]]),
        creditor=row["creditor"],
        number=row["number"],
        officer=officers.get(row["officer"] or "", row["officer"] or ""),
        arrears=figures.amount(row["overdue_minor"], row["currency"]),
        days_late=figures.count(row["days_late"]),
        bucket=bucket,
        points=figures.count(row["points"]),
        reason=words.reason(row["reason"]) if row["reason"] else "",
    )


def absent_rows(
    rows: pl.DataFrame, officers: dict[str, str], titles: dict[str, str], *, today: date
) -> tuple[AbsentRow, ...]:
    """Rows of accounts that a rule keeps off the list, from named rows; `titles` words the rules of contact."""
    return tuple(
        AbsentRow(
            name=row["debtor_name"],
            account_url=reverse("account", args=[row["account_id"]]),
            creditor=row["creditor"],
            number=row["number"],
            officer=officers.get(row["officer"] or "", row["officer"] or ""),
            arrears=figures.amount(row["overdue_minor"], row["currency"]),
            rule=words.rule(row["rule"], titles),
            code=row["rule"].removeprefix(words.GATE),
            rule_url=_rule_url(row["rule"]),
            until=figures.day(row["until_date"], today),
        )
        for row in rows.iter_rows(named=True)
    )


def _rule_url(code: str) -> str:
    return reverse("rule", args=[code.removeprefix(words.GATE)]) if code.startswith(words.GATE) else ""


def options(values: Iterable[str | None], chosen: str, every: str) -> tuple[Option, ...]:
    """A chooser's entries with `every` on top; what was chosen stays even when nothing fits it any more."""
    known = sorted({value for value in values if value} | ({chosen} if chosen else set()))
    return (Option("", every, not chosen), *(Option(value, value, value == chosen) for value in known))


def bucket_options(chosen: str) -> tuple[Option, ...]:
    """The buckets that something late can lie in."""
    late = [Option(code, words.bucket_label(code), code == chosen) for code in STANDARD.codes[1:]]
    return (Option("", _("All ages"), not chosen), *late)


def officer_options(rows: pl.DataFrame, names: dict[str, str], chosen: str) -> tuple[Option, ...]:
    """The owners who have any of these rows, by name."""
    codes = sorted(set(rows["officer"].drop_nulls()) | ({chosen} if chosen else set()), key=lambda c: names.get(c, c))
    return (
        Option("", _("All officers"), not chosen),
        *(Option(code, names.get(code, code), code == chosen) for code in codes),
    )


def rule_options(absent: pl.DataFrame, chosen: str, titles: dict[str, str]) -> tuple[Option, ...]:
    """The rules that keep anybody off the list, with how many."""
    counts = absent.group_by("rule").len().sort("rule").iter_rows()
    entries = [Option(code, f"{words.rule(code, titles)} ({figures.count(n)})", code == chosen) for code, n in counts]
    return (Option("", _("Every rule"), not chosen), *entries)
