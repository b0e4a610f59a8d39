"""One account, ready for the page: figures, charges with what paid them, receipts with what they paid."""

from dataclasses import dataclass
from typing import Any

import polars as pl
from django.urls import reverse
from django.utils.translation import gettext as _

from ahadi.domain.reporting.queries import Statement
from ahadi.kernel.schema import COMPONENT_COLUMNS, COMPONENTS
from ahadi.web.frame import figures, words
from ahadi.web.frame.figures import Amount
from ahadi.web.frame.listing import Address


@dataclass(frozen=True)
class Part:
    """A line below a charge or a receipt: a component of it, or an allocation."""

    label: str
    amount: Amount


@dataclass(frozen=True)
class ChargeRow:
    """One charge: what was charged, paid and is open, its components, and the receipts that paid it."""

    reference: str
    due: str
    days_late: int
    is_disputed: bool
    is_credit: bool
    charged: Amount
    paid: Amount
    open: Amount
    components: tuple[Part, ...]
    receipts: tuple[Part, ...]


@dataclass(frozen=True)
class ReceiptRow:
    """One receipt: what came, what of it was applied and to which charges."""

    reference: str
    day: str
    kind: str
    amount: Amount
    applied: Amount
    unapplied: Amount
    charges: tuple[Part, ...]


@dataclass(frozen=True)
class HoldRow:
    """Something that restrains collection now."""

    label: str
    code: str
    since: str
    review: str


@dataclass(frozen=True)
class OtherRow:
    """Another account of the same debtor."""

    url: str
    creditor: str
    number: str
    open: Amount
    overdue: Amount


@dataclass(frozen=True)
class AccountView:
    """The head of the page and its sides; `is_open` while anything is owed, now or later."""

    name: str
    creditor: str
    number: str
    product: str
    branch: str
    country: str
    currency: str
    outstanding: Amount
    overdue: Amount
    charged: Amount
    paid: Amount
    unapplied: Amount
    days_late: str
    since: str
    bucket: str
    owner: str
    step: str
    step_on: str
    placed: str
    is_open: bool
    holds: tuple[HoldRow, ...]
    others: tuple[OtherRow, ...]


def account_view(statement: Statement, owners: dict[str, str]) -> AccountView:
    """The head and the sides of an account's page."""
    row = _mine(statement)
    currency, today = row["currency"], statement.as_of
    step = statement.next_action.row(0, named=True) if statement.next_action.height else None

    def money(name: str) -> Amount:
        return figures.amount(row[name], currency)

    return AccountView(
        name=row["debtor_name"] or row["debtor_number"] or row["number"],
        creditor=row["creditor"],
        number=row["number"],
        product=row["product"],
        branch=row["branch"] or "",
        country=row["country"] or "",
        currency=currency,
        outstanding=money("outstanding_minor"),
        overdue=money("overdue_minor"),
        charged=money("charged_minor"),
        paid=money("allocated_minor"),
        unapplied=money("unapplied_minor"),
        days_late=figures.count(row["days_late"]),
        since=figures.day(row["oldest_due_date"], today) if row["oldest_due_date"] else "",
        bucket=words.bucket_label(row["bucket"]) if row["bucket"] and row["days_late"] else "",
        owner=owners.get(row["officer"] or "", row["officer"] or "—"),
        step=words.next_step(step["action"] if step else None),
        step_on=figures.day(step["due_on"] if step else None, today),
        placed=figures.day(row["placed_on"], today),
        is_open=row["status"] == "open",
        holds=_holds(statement),
        others=_others(statement),
    )


def charges_of(statement: Statement, *, is_all: bool) -> pl.DataFrame:
    """The charges to list: those with anything open, credits among them, or all; by due date."""
    listed = statement.charges if is_all else statement.charges.filter(pl.col("open_minor") != 0)
    return listed.sort("due_date", "charge_id")


def charge_rows(statement: Statement, charges: pl.DataFrame) -> tuple[ChargeRow, ...]:
    """Rows for the page with the receipts that paid each charge."""
    currency = _mine(statement)["currency"]
    paid = _parts(statement, charges["charge_id"], key="charge_id")
    return tuple(_charge_row(statement, row, currency, paid) for row in charges.iter_rows(named=True))


def receipt_rows(statement: Statement, receipts: pl.DataFrame) -> tuple[ReceiptRow, ...]:
    """Rows for the page with the charges that each receipt paid."""
    currency = _mine(statement)["currency"]
    paid = _parts(statement, receipts["receipt_id"], key="receipt_id")
    return tuple(
        ReceiptRow(
            reference=row["source_reference"] or "",
            day=figures.day(row["value_date"], statement.as_of),
            kind=_kind(row["kind"]),
            amount=figures.amount(row["amount_minor"], currency),
            applied=figures.amount(row["applied_minor"], currency),
            unapplied=figures.amount(row["unapplied_minor"], currency),
            charges=tuple(
                Part(
                    _("Charge %(reference)s, due %(day)s")
                    % {"reference": one["reference"], "day": figures.day(one["due_date"], statement.as_of)},
                    figures.amount(one["paid_minor"], currency),
                )
                for one in paid.get(row["receipt_id"], [])
            ),
        )
        for row in receipts.iter_rows(named=True)
    )


def _mine(statement: Statement) -> dict[str, Any]:
    return statement.accounts.filter(pl.col("account_id") == statement.account_id).row(0, named=True)


def _charge_row(
    statement: Statement, row: dict[str, Any], currency: str, paid: dict[int, list[dict[str, Any]]]
) -> ChargeRow:
    return ChargeRow(
        reference=row["reference"],
        due=figures.day(row["due_date"], statement.as_of),
        days_late=row["days_late"],
        is_disputed=row["is_disputed"],
        is_credit=row["amount_minor"] < 0,
        charged=figures.amount(row["amount_minor"], currency),
        paid=figures.amount(row["paid_minor"], currency),
        open=figures.amount(row["open_minor"], currency),
        components=tuple(
            Part(_component(name), figures.amount(row[column], currency))
            for name, column in zip(COMPONENTS, COMPONENT_COLUMNS, strict=True)
            if row[column]
        ),
        receipts=tuple(
            Part(
                _("Receipt %(reference)s, %(kind)s, %(day)s")
                % {
                    "reference": one["source_reference"],
                    "kind": _kind(one["kind"]),
                    "day": figures.day(one["came_on"], statement.as_of),
                },
                figures.amount(one["paid_minor"], currency),
            )
            for one in paid.get(row["charge_id"], [])
        ),
    )


def _parts(statement: Statement, ids: pl.Series, *, key: str) -> dict[int, list[dict[str, Any]]]:
    """The allocations of these charges or receipts, with what stands at their other end, by `key`."""
    chosen = statement.allocations.filter(pl.col(key).is_in(ids.implode()))
    receipts = statement.receipts.select("receipt_id", "source_reference", "kind", came_on="value_date")
    rows = (
        chosen.with_columns(paid_minor=pl.sum_horizontal(COMPONENT_COLUMNS))
        .join(receipts, on="receipt_id", how="left")
        .join(statement.charges.select("charge_id", "reference", "due_date"), on="charge_id", how="left")
        .sort("came_on", "receipt_id", "due_date", "charge_id")
    )
    parts: dict[int, list[dict[str, Any]]] = {}
    for row in rows.iter_rows(named=True):
        parts.setdefault(row[key], []).append(row)
    return parts


def _holds(statement: Statement) -> tuple[HoldRow, ...]:
    references = dict(statement.charges.select("charge_id", "reference").iter_rows())
    return tuple(
        HoldRow(
            label=_("Charge %(reference)s: %(hold)s")
            % {"reference": references.get(row["charge_id"], "—"), "hold": words.hold(row["kind"])}
            if row["charge_id"] is not None
            else words.rule(f"HOLD.{row['kind']}"),
            code=f"HOLD.{row['kind']}",
            since=figures.day(row["from_date"], statement.as_of),
            review=figures.day(row["review_on"], statement.as_of),
        )
        for row in statement.holds.iter_rows(named=True)
    )


def _others(statement: Statement) -> tuple[OtherRow, ...]:
    others = statement.accounts.filter(pl.col("account_id") != statement.account_id)
    day = {"as_of": statement.as_of.isoformat()}
    return tuple(
        OtherRow(
            url=Address(reverse("account", args=[row["account_id"]]), day).having(),
            creditor=row["creditor"],
            number=row["number"],
            open=figures.amount(row["outstanding_minor"], row["currency"]),
            overdue=figures.amount(row["overdue_minor"], row["currency"]),
        )
        for row in others.sort("overdue_minor", descending=True).iter_rows(named=True)
    )


def _component(name: str) -> str:
    known = {
        "principal": _("Principal"),
        "interest": _("Interest"),
        "fee": _("Fee"),
        "penalty": _("Penalty"),
    }
    return known.get(name, name)


def _kind(code: str) -> str:
    known = {
        "cash": _("received by us"),
        "direct": _("paid to the creditor"),
        "credit_note": _("credit note"),
        "forgiven": _("forgiven: a settlement was kept"),
    }
    return known.get(code, code)
