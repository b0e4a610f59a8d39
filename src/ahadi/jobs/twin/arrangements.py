"""What debtors promised: single promises by what they did later, and plans whose instalments add up."""

import numpy as np
import polars as pl

from ahadi.jobs.twin import seasons
from ahadi.jobs.twin.contracts import Scope
from ahadi.jobs.twin.seasons import Ints

_PROMISED = 0.42
_PROMISED_AGAIN = 0.45
_MEANT = 0.72
_PLANNED = 0.05
_WITHDRAWN = 0.03
# A promise that may be running still: no account has two of these.
_RUNS_DAYS = 10
# Reached often enough to be asked, by BEHAVIOURS.
_ASKED = np.array([0.9, 1.0, 0.8, 0.5, 0.08])


def plans(scope: Scope, episodes: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Plans of 3 to 6 monthly instalments on arrears that last, and their instalments as promises.

    Plans: plan, account, made, instalments, total_minor. Instalments: plan, number, account, made, due, amount_minor.
    """
    random = scope.random(8)
    fit = episodes.filter((pl.col("length") > 20) & (pl.Series(random.random(episodes.height)) < _PLANNED))
    fit = fit.unique("account", keep="last", maintain_order=True)
    count = random.integers(3, 7, fit.height)
    share = random.integers(1, 4, fit.height)
    made = seasons.off_sundays(fit["begins"].to_numpy() + random.integers(7, 20, fit.height))
    found = fit.select("account", "debtor", "behaviour", "amount_minor").with_columns(
        made=np.minimum(made, scope.last),
        instalments=pl.Series(count),
        plan=pl.int_range(pl.len(), dtype=pl.Int64),
        total_minor=fit["amount_minor"] * pl.Series(share),
    )
    number = pl.col("number")
    cut = pl.col("total_minor") * number // pl.col("instalments")
    rows = found.with_columns(number=pl.int_ranges(1, pl.col("instalments") + 1)).explode("number")
    rows = rows.with_columns(
        due=pl.col("made") + 30 * number - 15,
        amount_minor=cut - pl.col("total_minor") * (number - 1) // pl.col("instalments"),
    )
    return found, rows


def promises(scope: Scope, episodes: pl.DataFrame, planned: pl.DataFrame) -> pl.DataFrame:
    """Single promises: account, debtor, behaviour, made, due, amount_minor, withdrawn (day or null).

    Most of those who paid late had said so; others said a day and let it pass. Accounts with a plan promise
    nothing beside it.
    """
    random = scope.random(9)
    fit = episodes.join(planned.select("account"), on="account", how="anti", maintain_order="left")
    asked = _ASKED[fit["behaviour"].to_numpy()]
    first = fit.filter(pl.Series(random.random(fit.height) < _PROMISED * asked) & (pl.col("length") >= 3))
    first = _promised(first, random, earliest=1, latest=8)
    long = fit.filter(pl.Series(random.random(fit.height) < _PROMISED_AGAIN * asked) & (pl.col("length") >= 40))
    second = _promised(long, random, earliest=18, latest=38)
    both = pl.concat([first, second]).filter(pl.col("made") <= scope.last)
    draw = pl.Series(random.random(both.height))
    withdrawn = pl.col("made") + 1
    both = both.with_columns(withdrawn=pl.when((draw < _WITHDRAWN) & (withdrawn <= scope.last)).then(withdrawn))
    return _one_running(scope, both.sort("account", "made", "due", maintain_order=True))


def _promised(fit: pl.DataFrame, random: np.random.Generator, *, earliest: int, latest: int) -> pl.DataFrame:
    size = fit.height
    begins, until, length = (fit[name].to_numpy() for name in ("begins", "until", "length"))
    is_meant = ~fit["is_open"].to_numpy() & (random.random(size) < _MEANT)
    made = begins + np.minimum(random.integers(earliest, latest + 1, size), np.maximum(length - 1, 0))
    # Whoever means it names the day on which the money is there, and is asked not long before it.
    made = np.where(is_meant, np.maximum(made, until - random.integers(1, 11, size)), made)
    made = np.minimum(seasons.off_sundays(made), np.where(is_meant, until, made + 1))
    is_working_day = pl.Series(seasons.weekdays(made) != 6)
    due: Ints = np.where(is_meant, np.maximum(until, made), made + random.integers(2, 12, size))
    share = np.where(random.random(size) < 0.15, 2, 1)
    whole = fit["amount_minor"].to_numpy()
    return (
        fit.select("account", "debtor", "behaviour")
        .with_columns(made=pl.Series(made), due=pl.Series(due), amount_minor=pl.Series(np.maximum(whole // share, 1)))
        .filter(is_working_day)
    )


def _one_running(scope: Scope, promises: pl.DataFrame) -> pl.DataFrame:
    """Of the promises of an account that may run still, the last; and never two made on one day."""
    runs = (pl.col("due") >= scope.last - _RUNS_DAYS) & pl.col("withdrawn").is_null()
    once = promises.unique(["account", "made"], keep="last", maintain_order=True)
    kept = once.filter(~runs)
    running = once.filter(runs).unique("account", keep="last", maintain_order=True)
    return (
        pl.concat([kept, running])
        .sort("account", "made", maintain_order=True)
        .with_columns(promise=pl.int_range(pl.len(), dtype=pl.Int64))
    )
