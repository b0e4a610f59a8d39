"""What is set aside for money that may not come: the matrix of open amounts by bucket and loss rates."""

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from ahadi.kernel.money import Rounding, divide_rounded
from ahadi.kernel.schedule import RATE_SCALE
from ahadi.kernel.schema import Column, Spec, WrongFrame, require, uphold

IN_BUCKETS: Final = Spec("buckets", (Column("bucket", pl.String), Column("open_minor", pl.Int64)))
"""Open money in buckets, any number of rows a bucket."""


def provision(
    buckets: pl.DataFrame, *, rates_e8: Mapping[str, int], rounding: Rounding, by: Sequence[str] = ()
) -> pl.DataFrame:
    """What is set aside for each bucket that has a rate: [*by, bucket, open_minor, provision_minor].

    Open money is summed by bucket, then multiplied by the bucket's rate (hundred-millionths: 1.5 % is
    1,500,000) and rounded once. Every bucket with a rate has a row for every group, 0 where nothing is in
    it; buckets without a rate are left out; rows are in the order of the rates. The total is the sum of
    the rows.

    Source: IFRS 9 B5.5.35 (provision matrix of the simplified approach). Raises WrongFrame, also for a
    rate outside 0 to 100 % or a missing column of `by`; BrokenLaw.
    """
    require(buckets, IN_BUCKETS)
    for name in by:
        if name not in buckets.columns:
            raise WrongFrame(f"buckets: column '{name}' is missing")
    for code, rate in rates_e8.items():
        if not 0 <= rate <= RATE_SCALE:
            raise WrongFrame(f"buckets: the rate of {code!r} must be 0 to {RATE_SCALE}, found {rate}")
    rates = pl.DataFrame(
        {"bucket": list(rates_e8), "rate_e8": list(rates_e8.values()), "place": range(len(rates_e8))},
        schema={"bucket": pl.String, "rate_e8": pl.Int64, "place": pl.Int64},
    )
    sums = buckets.group_by(*by, "bucket").agg(pl.col("open_minor").sum())
    groups = buckets.select(by).unique() if by else None
    wanted = rates if groups is None else groups.join(rates, how="cross")
    share = divide_rounded(pl.col("open_minor").cast(pl.Int128) * pl.col("rate_e8"), RATE_SCALE, rounding)
    made = (
        wanted.join(sums, on=[*by, "bucket"], how="left", nulls_equal=True)
        .with_columns(pl.col("open_minor").fill_null(0))
        .with_columns(provision_minor=share)
        .sort(*by, "place")
    )
    uphold(
        "a provision is never more than the money it stands for",
        is_kept=bool((made["provision_minor"].abs() <= made["open_minor"].abs()).all()),
    )
    return made.select(*by, "bucket", "open_minor", "provision_minor")
