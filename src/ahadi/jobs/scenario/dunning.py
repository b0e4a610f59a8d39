"""What ladder runs raise along the events of a document: lines, and the fees that they charge."""

from collections.abc import Sequence
from typing import cast

import polars as pl

from ahadi.jobs.scenario import document as doc
from ahadi.jobs.scenario.book import Foundation, KnownEvent, LadderFee, Raised, RaisedLine, frame
from ahadi.jobs.scenario.claims import pct_bps
from ahadi.jobs.scenario.conventions import LadderLevel, minor_of
from ahadi.jobs.scenario.document import Document, Event
from ahadi.jobs.scenario.view import View
from ahadi.kernel import ladder
from ahadi.kernel.ladder import CHASED, LINES
from ahadi.kernel.money import exponent
from ahadi.kernel.schema import COMPONENT_COLUMNS, COMPONENTS

Known = KnownEvent | Event


def timeline(foundation: Foundation) -> list[Known]:
    """The events of the document, and after each ladder run what it raised."""
    known: list[Known] = []
    for event in foundation.document.events:
        known.append(event)
        if isinstance(event.act, doc.LadderRun):
            before = [one for one in known if one.on <= event.on]
            known.extend(_raised(View(foundation, before, event.on), event, is_draft=event.act.is_draft))
    return known


def _raised(view: View, event: Event, *, is_draft: bool) -> list[Known]:
    conventions = view.document.conventions
    if not conventions.ladder:
        return []
    new = ladder.step(
        _chased(view, event.account),
        _lines(view),
        day=event.on,
        levels=_levels(view.document),
        step=cast("ladder.Step", conventions.ladder_step),
        rounding=conventions.rounding,
    )
    lines, fees = [], list[Known]()
    for row in new.iter_rows(named=True):
        account, instalment = view.instalments[row["instalment_id"]]
        state = "draft" if is_draft else "sent"
        level, channel = row["level"], row["channel"] or None
        lines.append(RaisedLine(account.id, instalment.id, level, channel, event.on, row["open_minor"], state))
        if row["fee_minor"]:
            fee = _fee(f"{instalment.id} level {level}", event, row["fee_minor"])
            fees.append(KnownEvent(event.on, account.id, fee, event.place, len(fees) + 1))
    return [KnownEvent(event.on, None, Raised(tuple(lines)), event.place), *fees]


def _fee(id: str, event: Event, amount: int) -> LadderFee:
    amounts = {name: amount if name == "fee" else 0 for name in COMPONENTS}
    return LadderFee(id, event.on, event.on, event.on, amounts)


def _chased(view: View, account: str | None) -> pl.DataFrame:
    """CHASED: what is open of each instalment without the fees of earlier reminders."""
    total = pl.sum_horizontal(COMPONENT_COLUMNS)
    paid = view.replayed.paid.group_by("part_id").agg(total.sum().alias("served"))
    chased = {part.number for _, one in view.instalments.values() for part in one.parts if part.is_chased}
    chased |= set(view.book.renewals()["part_id"].to_list())
    parts = view.replayed.parts.filter(pl.col("part_id").is_in(list(chased))).join(paid, on="part_id", how="left")
    sums = (
        parts.with_columns(charge_minor=total)
        .group_by("account_id", "instalment_id")
        .agg(
            pl.col("charge_minor").sum(),
            open_minor=pl.col("charge_minor").sum() - pl.col("served").fill_null(0).sum(),
        )
        .filter(pl.col("charge_minor") > 0)
        .with_columns(tolerance_minor=view.rule.tolerance.minor(pl.col("charge_minor")))
    )
    held = {name: view.held(name) for name in view.book.ledgers}
    rows = []
    for row in sums.iter_rows(named=True):
        owner, instalment = view.instalments[row["instalment_id"]]
        if account in (None, owner.id) and not view.is_written_off(owner.id):
            is_held = row["instalment_id"] in held[owner.id]
            amounts = (row["open_minor"], row["charge_minor"], row["tolerance_minor"])
            rows.append((row["account_id"], row["instalment_id"], instalment.basis, *amounts, is_held))
    return frame(CHASED, rows)


def _lines(view: View) -> pl.DataFrame:
    rows = []
    for line in view.book.lines:
        instalment = view.book.instalment(line.account, line.instalment)
        if instalment:
            rows.append((view.number(line.account), instalment.number, line.level, line.on, line.state))
    return frame(LINES, rows)


def _levels(document: Document) -> Sequence[ladder.Level]:
    levels = sorted((_level(level, document) for level in document.conventions.ladder), key=lambda one: one.level)
    return ladder.in_currency(
        levels,
        currency=document.currency,
        units_of_other=document.fx,
        rounding=document.conventions.rounding,
    )


def _level(level: LadderLevel, document: Document) -> ladder.Level:
    currency = level.fee_currency or document.currency
    return ladder.Level(
        level.level,
        cast("ladder.After", level.after),
        level.days,
        level.channel or "",
        minor_of(level.fee, exponent(currency)),
        pct_bps(level.fee_pct),
        level.fee_currency,
    )
