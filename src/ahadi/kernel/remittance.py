"""What collecting earns and what goes to the creditor: commission, tax, remittance by line, net back."""

from typing import Final

import polars as pl

from ahadi.kernel.money import Rounding, divide_rounded
from ahadi.kernel.schema import Column, Spec, WrongFrame, require, uphold

WHOLE_BPS: Final = 10_000

COLLECTED: Final = Spec(
    "collected",
    (
        Column("creditor_id", pl.Int64),
        Column("receipt_id", pl.Int64),
        Column("amount_minor", pl.Int64),
        Column("is_direct", pl.Boolean),
        Column("commission_bps", pl.Int64),
        Column("tax_bps", pl.Int64),
    ),
)
"""Cleared money: `is_direct` went to the creditor itself; a reversal is a row of its own below 0. The rates
are those of the contract, in basis points; tax is on the commission.
"""

OFFERS: Final = Spec(
    "offers",
    (Column("offer_id", pl.Int64), Column("collected_minor", pl.Int64), Column("commission_bps", pl.Int64)),
    key=("offer_id",),
)


def lines(collected: pl.DataFrame, *, rounding: Rounding) -> pl.DataFrame:
    """The lines of a remittance: COLLECTED with commission_minor, tax_minor and net_minor, by creditor and
    receipt.

    Commission = amount x rate, rounded, on what was really paid and on money paid to the creditor itself;
    tax = commission x rate, rounded. net_minor is what goes to the creditor for the line: nothing of
    direct money, whose commission and tax are kept back. A reversal takes its commission back the same
    way. Source: 209 CMR 18.14(3) (commission on direct money, documented); agency contracts (success fee
    on what is paid, also in a settlement). Raises WrongFrame, also for a rate outside 0 to 10,000.
    """
    given = require(collected, COLLECTED).sort("creditor_id", "receipt_id", "amount_minor")
    for column in ("commission_bps", "tax_bps"):
        if not given[column].is_between(0, WHOLE_BPS).all():
            raise WrongFrame(f"collected: column '{column}' must be 0 to {WHOLE_BPS}")
    held = pl.when(pl.col("is_direct")).then(0).otherwise(pl.col("amount_minor"))
    return (
        given.with_columns(commission_minor=_share("amount_minor", "commission_bps", rounding))
        .with_columns(tax_minor=_share("commission_minor", "tax_bps", rounding))
        .with_columns(net_minor=held - pl.col("commission_minor") - pl.col("tax_minor"))
    )


def totals(statement: pl.DataFrame) -> pl.DataFrame:
    """The totals of `lines` for each creditor, both ways of settling: creditor_id, held_minor, direct_minor,
    collected_minor, commission_minor, tax_minor, net_remitted_minor, gross_remitted_minor, invoice_minor.

    Net: held money less commission and tax. Gross: all held money, and an invoice for commission and tax.
    Sorted by creditor; both ways leave the creditor the same. Raises WrongFrame, BrokenLaw.
    """
    extra = tuple(Column(name, pl.Int64) for name in ("commission_minor", "tax_minor", "net_minor"))
    given = require(statement, Spec("statement", COLLECTED.columns + extra))
    amount, is_direct = pl.col("amount_minor"), pl.col("is_direct")
    made = (
        given.group_by("creditor_id")
        .agg(
            held_minor=amount.filter(~is_direct).sum(),
            direct_minor=amount.filter(is_direct).sum(),
            collected_minor=amount.sum(),
            commission_minor=pl.col("commission_minor").sum(),
            tax_minor=pl.col("tax_minor").sum(),
            net_remitted_minor=pl.col("net_minor").sum(),
        )
        .with_columns(
            gross_remitted_minor=pl.col("held_minor"), invoice_minor=pl.col("commission_minor") + pl.col("tax_minor")
        )
        .sort("creditor_id")
    )
    uphold(
        "gross remittance less the invoice is the net remittance",
        is_kept=bool((made["gross_remitted_minor"] - made["invoice_minor"] == made["net_remitted_minor"]).all()),
    )
    return made


def net_back(offers: pl.DataFrame, *, rounding: Rounding) -> pl.DataFrame:
    """What each agency leaves the creditor: [offer_id, commission_minor, net_back_minor], best first.

    Net back = collected - commission, which tells a dear agency that collects from a cheap one that does
    not. Source: Commercial Collection Agency Association. Raises WrongFrame.
    """
    given = require(offers, OFFERS)
    made = given.with_columns(commission_minor=_share("collected_minor", "commission_bps", rounding))
    return made.select(
        "offer_id", "commission_minor", net_back_minor=pl.col("collected_minor") - pl.col("commission_minor")
    ).sort("net_back_minor", "offer_id", descending=[True, False])


def _share(amount: str, bps: str, rounding: Rounding) -> pl.Expr:
    return divide_rounded(pl.col(amount).cast(pl.Int128) * pl.col(bps), WHOLE_BPS, rounding)
