"""The shares and quotients of the trade: one definition each, in words that are printed and computed alike."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

import polars as pl

from ahadi.kernel.money import percent_text, ratio_text
from ahadi.kernel.schema import Column, Spec, WrongFrame, require

Shown = Literal["percent", "quotient"]


class UnableToFindRatio(ValueError):
    """There is no figure of that name; the message lists those there are."""


@dataclass(frozen=True)
class Ratio:
    """A figure: what stands above the line and below it, as sums of named whole numbers, and how it is
    shown. A name without a column is a constant of the question (`days`, `months`).
    """

    kpi: str
    above: str
    below: str
    shown: Shown = "percent"

    @property
    def names(self) -> tuple[str, ...]:
        """The columns and constants it is made of, once each, in order."""
        return tuple(dict.fromkeys(re.findall(r"[a-z]\w*", f"{self.above} {self.below}")))


_RATIOS: Final = (
    Ratio("par", "at_risk_minor", "gross_minor"),
    Ratio("par_lagged", "at_risk_minor", "gross_before_minor"),
    Ratio("par_with_restructured", "at_risk_minor + restructured_minor", "gross_minor"),
    Ratio("par_with_written_off", "at_risk_minor + written_off_minor", "gross_minor + written_off_minor"),
    Ratio("cure", "cured_count", "late_before_count"),
    Ratio("re_default", "late_again_count", "cured_count"),
    Ratio(
        "cei",
        "beginning_minor * months + sales_minor - ending_minor * months",
        "beginning_minor * months + sales_minor - ending_not_due_minor * months",
    ),
    Ratio("dso", "ending_minor * days", "sales_minor", "quotient"),
    Ratio("bpdso", "ending_not_due_minor * days", "sales_minor", "quotient"),
    Ratio("add", "(ending_minor - ending_not_due_minor) * days", "sales_minor", "quotient"),
    Ratio("collection_rate", "collected_of_due_minor", "fell_due_minor"),
    Ratio("cer_current", "applied_to_current_minor", "fell_due_minor"),
    Ratio("cer_total", "applied_to_current_minor + applied_to_overdue_minor", "overdue_before_minor + fell_due_minor"),
    Ratio("cer_loose", "applied_to_current_minor + applied_to_overdue_minor", "fell_due_minor"),
    Ratio("recovery", "collected_minor", "outstanding_placed_minor"),
    Ratio("recovery_after_write_off", "recovered_minor", "written_off_minor"),
    Ratio("write_off_ratio", "written_off_minor * 2", "outstanding_before_minor + outstanding_after_minor"),
    Ratio("liquidation", "collected_minor", "placed_minor"),
    Ratio("liquidation_net", "collected_minor", "placed_minor + adjusted_minor - recalled_minor"),
    Ratio("cost_to_collect", "cost_minor", "collected_minor"),
    Ratio("contact_rate", "contact_count", "attempt_count"),
    Ratio("rpc_per_attempt", "rpc_count", "attempt_count"),
    Ratio("rpc_per_contact", "rpc_count", "contact_count"),
    Ratio("penetration", "attempted_accounts", "assigned_accounts"),
    Ratio("rpc_penetration", "rpc_accounts", "assigned_accounts"),
    Ratio("intensity_per_attempted", "attempt_count", "attempted_accounts", "quotient"),
    Ratio("intensity_per_assigned", "attempt_count", "assigned_accounts", "quotient"),
    Ratio("promise_rate", "promise_count", "rpc_count"),
    Ratio("promise_rate_by_account", "promise_accounts", "rpc_accounts"),
    Ratio("kept_rate", "kept_count", "matured_count"),
    Ratio("kept_rate_by_value", "kept_minor", "promised_minor"),
    Ratio("promised_value_received", "received_minor", "promised_minor"),
    Ratio("call_effectiveness", "effective_count", "contact_count"),
    Ratio("record_accuracy", "sampled_count - wrong_record_count", "sampled_count"),
    Ratio("field_accuracy", "checked_field_count - wrong_field_count", "checked_field_count"),
    Ratio("handle_seconds_mean", "talk_seconds + hold_seconds + after_seconds", "call_count", "quotient"),
    Ratio("occupancy", "handle_seconds", "handle_seconds + idle_seconds"),
    Ratio("occupancy_by_volume", "call_count * handle_seconds_mean", "agent_count * 3600"),
    Ratio("utilisation", "handle_seconds", "paid_seconds"),
    Ratio("first_call_resolution", "resolved_once_accounts", "handled_accounts"),
    Ratio("credits_per_account", "credit_days", "worked_accounts", "quotient"),
)
RATIOS: Final = MappingProxyType({ratio.kpi: ratio for ratio in _RATIOS})
"""Every figure that is one sum over another, by its name; docs/algorithms/ratio.md says what each means."""


def ratios(
    sums: pl.DataFrame,
    *,
    kpis: Sequence[str],
    by: Sequence[str] = (),
    constants: Mapping[str, int] = MappingProxyType({}),
) -> pl.DataFrame:
    """The figures of each group: [*by, kpi, numerator, denominator, shown], by group, then in the order
    asked.

    `sums` has a column (Int64: minor units, counts, days or seconds) for every name in the definitions
    that is not one of `constants`; rows of one group are added first, so that a figure of a group is a
    sum over a sum and never a mean of rates. `shown` is a text of two decimals, half up: a percentage or
    a quotient; null on a zero denominator, never 0 and never 100.

    Sources: docs/algorithms/ratio.md. Raises UnableToFindRatio, WrongFrame.
    """
    unknown = [kpi for kpi in kpis if kpi not in RATIOS]
    if unknown:
        raise UnableToFindRatio(f"there is no figure {unknown[0]!r}; there are {', '.join(sorted(RATIOS))}")
    wanted = [RATIOS[kpi] for kpi in kpis]
    columns = [
        name for name in dict.fromkeys(name for ratio in wanted for name in ratio.names) if name not in constants
    ]
    require(sums, Spec("sums", tuple(Column(name, pl.Int64) for name in columns)))
    for name in by:
        if name not in sums.columns:
            raise WrongFrame(f"sums: column '{name}' is missing")
    added = sums.group_by(by).agg(pl.col(columns).sum()) if by else sums.select(pl.col(columns).sum())
    known = added.with_columns(pl.lit(value, dtype=pl.Int64).alias(name) for name, value in constants.items())
    rows = [_row(known, by, ratio).with_columns(place=pl.lit(place)) for place, ratio in enumerate(wanted)]
    empty = {"kpi": pl.String, "numerator": pl.Int64, "denominator": pl.Int64, "shown": pl.String, "place": pl.Int32}
    made = (
        pl.concat(rows)
        if rows
        else known.select(by).clear().with_columns(pl.lit(None, t).alias(n) for n, t in empty.items())
    )
    return made.sort(*by, "place").drop("place")


def _row(known: pl.DataFrame, by: Sequence[str], ratio: Ratio) -> pl.DataFrame:
    text = percent_text if ratio.shown == "percent" else ratio_text
    return known.select(
        *by,
        kpi=pl.lit(ratio.kpi),
        numerator=pl.sql_expr(ratio.above).cast(pl.Int64),
        denominator=pl.sql_expr(ratio.below).cast(pl.Int64),
    ).with_columns(shown=text(pl.col("numerator"), pl.col("denominator")))
