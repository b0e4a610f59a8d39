"""What restrains collection in the twin: disputes of single charges, claims of having paid, vulnerability, deaths."""

import json

import numpy as np
import polars as pl

from ahadi.jobs.twin import seasons
from ahadi.jobs.twin.contracts import Scope

# kind, part of the late accounts, days until somebody looks again, part that was released since.
_KINDS = (
    ("DISPUTE", 0.040, (10, 30), 0.55),
    ("PAYMENT_CLAIMED", 0.020, (3, 8), 0.70),
    ("VULNERABLE", 0.012, (30, 90), 0.20),
    ("DECEASED", 0.005, (60, 180), 0.0),
)


def holds(scope: Scope, episodes: pl.DataFrame) -> pl.DataFrame:
    """Holds on accounts that were late: hold, account, charge (of a dispute), kind, begins, review_on, released."""
    random = scope.random(10)
    late = episodes.filter(pl.col("length") >= 5).unique("account", keep="last", maintain_order=True)
    draw, found = random.random(late.height), []
    lowest = 0.0
    for kind, part, (soonest, latest), released in _KINDS:
        mine = late.filter(pl.Series((draw >= lowest) & (draw < lowest + part)))
        lowest += part
        begins = mine["begins"].to_numpy() + np.minimum(random.integers(2, 30, mine.height), mine["length"].to_numpy())
        ended = begins + random.integers(3, 25, mine.height)
        is_over = (random.random(mine.height) < released) & (ended <= scope.last)
        after = random.integers(soonest, latest + 1, mine.height)
        # Whoever reviews a hold and keeps it sets the next day: none lies long in the past.
        rounds = np.maximum(0, np.ceil((scope.last - 1 - begins - after) / np.maximum(after, 1))).astype(np.int64)
        review = np.where(is_over, begins + after, begins + after * (rounds + 1))
        found.append(
            mine.select("account", "charge").with_columns(
                kind=pl.lit(kind),
                charge=pl.col("charge") if kind == "DISPUTE" else pl.lit(None, dtype=pl.Int64),
                begins=pl.Series(begins),
                review_on=seasons.dates(review),
                released=pl.when(pl.Series(is_over)).then(pl.Series(ended)),
            )
        )
    return (
        pl.concat(found).sort("account", maintain_order=True).with_columns(hold=pl.int_range(pl.len(), dtype=pl.Int64))
    )


# kind, source, channel, part of the debtors, days it lasts (none: until further notice).
_CIRCUMSTANCES = (
    ("OPT_OUT", "message", "sms", 0.020, None),
    ("OPT_OUT", "debtor", "whatsapp", 0.010, None),
    ("OPT_OUT", "debtor", "call", 0.006, None),
    ("CEASE", "debtor", None, 0.003, None),
    ("REPRESENTED", "representative", None, 0.003, None),
    ("DO_NOT_CONTACT_DATE", "debtor", None, 0.004, 14),
    ("CONSENT", "debtor", None, 0.300, None),
)
# Mornings at work, prayer on Friday, the evening at home: (weekday, from minute, until minute).
_WISHES = (
    tuple((day, 480, 720) for day in range(1, 6)),
    ((5, 690, 840),),
    tuple((day, 1020, 1140) for day in range(1, 8)),
)
_WISHING = 0.03


def circumstances(scope: Scope, debtors: pl.DataFrame) -> pl.DataFrame:
    """What debtors said about contact: debtor, kind, source, channel, day, until (a day, or none)."""
    random = scope.random(11)
    own = debtors.filter(pl.col("of").is_null()).select("debtor").sort("debtor")
    found = []
    for kind, source, channel, part, lasts in _CIRCUMSTANCES:
        mine = own.filter(pl.Series(random.random(own.height) < part))
        day = scope.last - random.integers(0, 240, mine.height)
        if lasts is not None:
            day = scope.last - random.integers(0, lasts, mine.height)
        found.append(
            mine.with_columns(
                kind=pl.lit(kind),
                source=pl.lit(source),
                channel=pl.lit(channel, dtype=pl.String),
                day=pl.Series(day),
                until=pl.Series(day + lasts) if lasts is not None else pl.lit(None, dtype=pl.Int64),
            )
        )
    return pl.concat(found)


def quiet_weeks(scope: Scope, debtors: pl.DataFrame) -> pl.DataFrame:
    """When debtors do not want to be disturbed: debtor, times (text of JSON), day."""
    random = scope.random(12)
    own = debtors.filter(pl.col("of").is_null()).select("debtor").sort("debtor")
    mine = own.filter(pl.Series(random.random(own.height) < _WISHING))
    texts = pl.Series([json.dumps([list(one) for one in week]) for week in _WISHES])
    return mine.with_columns(
        times=texts.gather(pl.Series(random.integers(0, len(_WISHES), mine.height))),
        day=pl.Series(scope.last - random.integers(0, 200, mine.height)),
    )
