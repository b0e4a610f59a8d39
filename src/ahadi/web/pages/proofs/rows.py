"""Proofs ready for the page."""

from dataclasses import dataclass
from datetime import date

import polars as pl
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from ahadi.domain.cases.claiming import PROOF_CHANNELS
from ahadi.domain.contact import codes
from ahadi.domain.receipts import queries as receipts
from ahadi.web.frame import figures
from ahadi.web.frame.figures import Amount
from ahadi.web.frame.options import Option, options
from ahadi.web.frame.reference import written

_NEAR_MINUTES = 60
_CANDIDATES_MAX = 20


@dataclass(frozen=True)
class ProofRow:
    """One proof that waits, and the receipts in suspense that it may be, the likeliest first."""

    url: str
    account_url: str
    name: str
    number: str
    channel: str
    reference: str
    amount: Amount
    sent: str
    by: str
    at: str
    word: str
    tone: str
    likely: tuple[Option, ...]
    others: tuple[Option, ...]


def proof_rows(
    waiting: pl.DataFrame, left: dict[int, int], *, house: int, zone: str, today: date
) -> tuple[ProofRow, ...]:
    """What waits."""
    suspended = receipts.suspended(house)
    names = _names()
    made = []
    for row in waiting.iter_rows(named=True):
        minutes = left.get(row["proof_id"], 0)
        word = (_("%(time)s left") if minutes > 0 else _("%(time)s late")) % {"time": figures.span(abs(minutes))}
        made.append(
            ProofRow(
                url=reverse("judge-proof", args=[row["proof_id"]]),
                account_url=reverse("account", args=[row["account_id"]]),
                name=row["debtor_name"] or row["number"],
                number=row["number"],
                channel=names.get(row["channel"], row["channel"]),
                reference=row["reference"],
                amount=figures.amount(row["amount_minor"], row["currency"]),
                sent=figures.day(row["value_date"], today),
                by=row["by"] or "",
                at=figures.moment(row["booked_at"], zone, today),
                word=word,
                tone="late" if minutes <= 0 else "next" if minutes <= _NEAR_MINUTES else "",
                likely=_candidates(suspended.filter(_is_likely(row)), row),
                others=_candidates(suspended.filter(~_is_likely(row)), row),
            )
        )
    return tuple(made)


def refusals(house: int) -> tuple[Option, ...]:
    """Why a proof may be refused."""
    kept = codes.kept(house, "proof_refusals").codes
    return options({one.code.code: one.code.label for one in kept if one.is_active}, "")


def channels(chosen: str) -> tuple[Option, ...]:
    """By what money may have been sent."""
    return options({one: _names()[one] for one in PROOF_CHANNELS}, chosen)


def _names() -> dict[str, str]:
    return {
        "mobile_money": _("Mobile money"),
        "bank": _("Bank"),
        "cash": pgettext("banknotes", "Cash"),
        "cheque": _("Cheque"),
        "other": _("Otherwise"),
    }


def _is_likely(row: dict[str, object]) -> pl.Expr:
    """Money that bears the reference, or is as much."""
    bears_it = pl.col("source_reference").str.to_uppercase().eq(pl.lit(row["reference"]))
    return bears_it | pl.col("amount_minor").eq(pl.lit(row["amount_minor"]))


def _candidates(suspended: pl.DataFrame, row: dict[str, object]) -> tuple[Option, ...]:
    """Those with the reference first, then those of the amount, then by how near the day is."""
    mine = suspended.filter(pl.col("currency") == row["currency"]).sort(
        pl.col("source_reference").str.to_uppercase() != row["reference"],
        pl.col("amount_minor") != row["amount_minor"],
        (pl.col("value_date") - pl.lit(row["value_date"])).dt.total_days().abs(),
        "receipt_id",
    )
    return tuple(
        Option(
            written("receipt", one["receipt_id"]),
            f"{one['value_date']} · {figures.amount(one['amount_minor'], one['currency']).text} · "
            f"{one['source_reference'][:40]} · {one['payer_name'] or ''}",
            is_chosen=False,
        )
        for one in mine.head(_CANDIDATES_MAX).iter_rows(named=True)
    )
