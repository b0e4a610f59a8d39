"""What may be offered to somebody who is late: every lawful amount, term and date, and who may agree to it."""

from datetime import date
from typing import Final

import numpy as np
import polars as pl

from ahadi.kernel.money import divide_rounded
from ahadi.kernel.ragged import Ints, days, ints
from ahadi.kernel.schema import Column, Spec, WrongFrame, require, uphold

WHOLE_BPS: Final = 10_000
CURE, PAYOFF, SETTLEMENT = "cure", "payoff", "settlement"
KINDS: Final = (CURE, PAYOFF, SETTLEMENT)
"""cure: what is late, at once or in parts; payoff: all that is owed; settlement: less than that, and the rest is
forgiven.
"""
_STEP_BPS: Final = 500
_FIRSTS: Final = 6

TERMS: Final = Spec(
    "terms",
    (
        Column("account_id", pl.Int64),
        Column("late_minor", pl.Int64),
        Column("owed_minor", pl.Int64, is_positive=True),
        Column("count_max", pl.Int64, is_positive=True),
        Column("days_max", pl.Int64),
        Column("first_days_max", pl.Int64),
        Column("gap_days_min", pl.Int64, is_positive=True),
        Column("gap_days_max", pl.Int64, is_positive=True),
        Column("instalment_min_minor", pl.Int64, is_positive=True),
        Column("multiple_minor", pl.Int64, is_positive=True),
        Column("settle_min_bps", pl.Int64, is_nullable=True),
        Column("settle_count_max", pl.Int64, is_positive=True),
        Column("settle_days_max", pl.Int64),
        Column("monthly_max_minor", pl.Int64, is_nullable=True),
    ),
    key=("account_id",),
)
"""The creditor's mandate for an account, and what the household can spare.

`settle_min_bps` is the least share of what is owed that settles it, null: nothing is forgiven. Dates: the first
within `first_days_max` days, the last within `days_max` (`settle_days_max`), from one to the next `gap_days_min` to
`gap_days_max`. `multiple_minor` is what instalments are lifted to, all but the last. `monthly_max_minor` is what a
calendar month may ask for, null: not known.
"""

LEVELS: Final = Spec(
    "levels",
    (
        Column("account_id", pl.Int64),
        Column("rank", pl.Int64),
        Column("level", pl.String),
        Column("discount_max_bps", pl.Int64),
        Column("owed_max_minor", pl.Int64, is_nullable=True),
        Column("count_max", pl.Int64),
        Column("days_max", pl.Int64),
    ),
    key=("account_id", "rank"),
)
"""Who may agree to what, the lowest rank first. `owed_max_minor` limits whose debt they may forgive a part of,
null: anybody's.
"""

OFFERS: Final = Spec(
    "offers",
    (
        Column("account_id", pl.Int64),
        Column("offer_id", pl.Int64),
        Column("kind", pl.String),
        Column("total_minor", pl.Int64, is_positive=True),
    ),
    key=("account_id", "offer_id"),
)

PARTS: Final = Spec(
    "parts of offers",
    (
        Column("account_id", pl.Int64),
        Column("offer_id", pl.Int64),
        Column("number", pl.Int64, is_positive=True),
        Column("due_on", pl.Date),
        Column("amount_minor", pl.Int64, is_positive=True),
    ),
    key=("account_id", "offer_id", "number"),
)

PAYDAYS: Final = Spec("paydays", (Column("account_id", pl.Int64), Column("day", pl.Date)), key=("account_id", "day"))
"""The days on which money comes to the household."""

VERDICTS: Final = Spec(
    "verdicts",
    (
        Column("account_id", pl.Int64),
        Column("offer_id", pl.Int64),
        Column("level", pl.String, is_nullable=True),
        Column("rank", pl.Int64, is_nullable=True),
        Column("is_lawful", pl.Boolean),
        Column("is_affordable", pl.Boolean),
    ),
    key=("account_id", "offer_id"),
)
"""`level` is the lowest that may agree, null: nobody may. `is_lawful`: within the mandate; `is_affordable` is told
apart, since somebody with a name may take that upon themselves.
"""

REFUSALS: Final = Spec(
    "refusals",
    (
        Column("account_id", pl.Int64),
        Column("offer_id", pl.Int64),
        Column("code", pl.String),
        Column("found", pl.Int64),
        Column("limit", pl.Int64, is_nullable=True),
    ),
    key=("account_id", "offer_id", "code"),
)
"""Why an offer is refused: what was found and the limit it breaks, in minor units, days, basis points or a count."""

TOO_LITTLE, TOO_MUCH, TOO_MANY, TOO_LONG = "TOO_LITTLE", "TOO_MUCH", "TOO_MANY", "TOO_LONG"
FIRST_PAST, FIRST_LATE, GAP_SHORT, GAP_LONG = "FIRST_PAST", "FIRST_LATE", "GAP_SHORT", "GAP_LONG"
PART_SMALL, ABOVE_MEANS, BEYOND_AUTHORITY = "PART_SMALL", "ABOVE_MEANS", "BEYOND_AUTHORITY"
CODES: Final = (
    TOO_LITTLE,
    TOO_MUCH,
    TOO_MANY,
    TOO_LONG,
    FIRST_PAST,
    FIRST_LATE,
    GAP_SHORT,
    GAP_LONG,
    PART_SMALL,
    ABOVE_MEANS,
    BEYOND_AUTHORITY,
)


def judge(
    offers: pl.DataFrame, parts: pl.DataFrame, terms: pl.DataFrame, levels: pl.DataFrame, *, as_of: date
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Whether offers stand within the mandate and by whose authority: VERDICTS, and REFUSALS of those that do not.

    A cure pays what is late or more, a payoff all that is owed, a settlement `settle_min_bps` of it or more. The
    lowest level whose limits on discount, debt, count and days hold it may agree; the debt is limited only where
    something is forgiven. What a calendar month asks for stays within the means of the household, where they are
    known. A limit itself is kept: as much as allowed is allowed.

    Source: settlement rules as data, Finvi; levels, Interprose; the rest is a project definition. Raises WrongFrame,
    also for parts that do not add up to their offer; BrokenLaw.
    """
    given, cut = require(offers, OFFERS), require(parts, PARTS)
    strange = given.filter(~pl.col("kind").is_in(KINDS))
    if strange.height:
        raise WrongFrame(f"offers: kind must be one of {list(KINDS)}, found {strange['kind'][0]!r}")
    facts = _measured(given, cut, as_of).join(require(terms, TERMS), on="account_id", how="left")
    if facts["owed_minor"].null_count():
        raise WrongFrame("offers: an account has no terms; give its mandate")
    allowed = _levels(facts, require(levels, LEVELS))
    refusals = _refusals(facts.join(allowed, on=["account_id", "offer_id"], how="left"), as_of)
    verdicts = (
        facts.select("account_id", "offer_id")
        .join(allowed, on=["account_id", "offer_id"], how="left")
        .join(_refused(refusals, pl.col("code") != ABOVE_MEANS, "is_lawful"), on=["account_id", "offer_id"], how="left")
        .join(
            _refused(refusals, pl.col("code") == ABOVE_MEANS, "is_affordable"),
            on=["account_id", "offer_id"],
            how="left",
        )
        .with_columns(pl.col("is_lawful", "is_affordable").fill_null(value=True))
        .sort("account_id", "offer_id")
    )
    uphold(
        "an offer that nobody may agree to is not within the mandate",
        is_kept=verdicts.filter(pl.col("level").is_null() & pl.col("is_lawful")).is_empty(),
    )
    return require(verdicts, VERDICTS), require(refusals, REFUSALS)


def enumerate_offers(
    terms: pl.DataFrame, levels: pl.DataFrame, paydays: pl.DataFrame, *, as_of: date
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Every offer that the mandate, the means and somebody's authority allow: OFFERS, PARTS and VERDICTS, by account.

    Amounts: what is late, all that is owed, and from the least that settles it upwards in steps of 5 % of what is
    owed. Terms: at once and in every count of parts, equal, lifted to the multiple, the last takes the rest. Dates:
    today and the next paydays for the first part, each other part on the first payday that is far enough from the
    one before. `paydays` must reach as far as the longest term. Source: project definition. Raises WrongFrame.
    """
    known, when = require(terms, TERMS), require(paydays, PAYDAYS).filter(pl.col("day") > as_of)
    wanted = (
        _amounts(known)
        .join(_firsts(known, when, as_of), on="account_id")
        .join(known.select("account_id", "count_max", "settle_count_max"), on="account_id")
    )
    most = pl.when(pl.col("kind") == SETTLEMENT).then("settle_count_max").otherwise("count_max")
    wanted = wanted.with_columns(count=pl.int_ranges(1, most + 1)).explode("count")
    wanted = wanted.sort("account_id", "kind", "total_minor", "count", "first_on").with_columns(
        offer_id=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("account_id")
    )
    parts = _cut(wanted, known, when)
    # Lifting to the multiple may pay it off in fewer parts, and there may be too few paydays: that offer is another.
    whole = parts.group_by("account_id", "offer_id").agg(
        found=pl.len().cast(pl.Int64), sum=pl.col("amount_minor").sum()
    )
    kept = wanted.join(whole, on=["account_id", "offer_id"]).filter(
        (pl.col("found") == pl.col("count")) & (pl.col("sum") == pl.col("total_minor"))
    )
    offers = kept.select(OFFERS.column_names)
    parts = parts.join(offers, on=["account_id", "offer_id"], how="semi")
    verdicts, _ = judge(offers, parts, known, levels, as_of=as_of)
    fit = verdicts.filter("is_lawful", "is_affordable")
    keys = ["account_id", "offer_id"]
    return (
        require(offers.join(fit, on=keys, how="semi").sort(keys), OFFERS),
        require(parts.join(fit, on=keys, how="semi").sort(*keys, "number"), PARTS),
        fit,
    )


def _measured(offers: pl.DataFrame, parts: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Each offer with what its parts come to: count, sum, days and gaps, the least of them and the worst month."""
    keys = ["account_id", "offer_id"]
    cut = parts.sort(*keys, "number").with_columns(
        gap=(pl.col("due_on") - pl.col("due_on").shift(1)).dt.total_days().over(keys)
    )
    is_last = pl.col("number") == pl.col("number").max().over(keys)
    each = cut.group_by(keys).agg(
        count=pl.len().cast(pl.Int64),
        sum=pl.col("amount_minor").sum(),
        first_days=(pl.col("due_on").min() - pl.lit(as_of)).dt.total_days(),
        last_days=(pl.col("due_on").max() - pl.lit(as_of)).dt.total_days(),
        gap_min=pl.col("gap").min(),
        gap_max=pl.col("gap").max(),
    )
    small = cut.filter(~is_last).group_by(keys).agg(part_min=pl.col("amount_minor").min())
    months = cut.group_by(*keys, month=pl.col("due_on").dt.truncate("1mo")).agg(pl.col("amount_minor").sum())
    worst = months.group_by(keys).agg(month_max=pl.col("amount_minor").max())
    found = offers.join(each, on=keys, how="left").join(small, on=keys, how="left").join(worst, on=keys, how="left")
    wrong = found.filter(pl.col("sum").fill_null(-1) != pl.col("total_minor")).sort(keys)
    if wrong.height:
        raise WrongFrame(f"offers: offer_id {wrong['offer_id'][0]} has parts that do not add up to its total")
    return found


def _levels(facts: pl.DataFrame, levels: pl.DataFrame) -> pl.DataFrame:
    """[account_id, offer_id, level, rank]: the lowest level that may agree."""
    discount = divide_rounded(
        (pl.col("owed_minor") - pl.col("total_minor")).clip(0).cast(pl.Int128) * WHOLE_BPS, pl.col("owed_minor"), "up"
    )
    forgiven = pl.when(pl.col("kind") == SETTLEMENT).then(discount).otherwise(0)
    asked = facts.select("account_id", "offer_id", "owed_minor", "count", "last_days", forgiven=forgiven)
    met = asked.join(levels, on="account_id").filter(
        (pl.col("forgiven") <= pl.col("discount_max_bps"))
        & (
            (pl.col("forgiven") == 0)
            | pl.col("owed_max_minor").is_null()
            | (pl.col("owed_minor") <= pl.col("owed_max_minor"))
        )
        & (pl.col("count") <= pl.col("count_max"))
        & (pl.col("last_days") <= pl.col("days_max"))
    )
    lowest = met.sort("account_id", "offer_id", "rank").unique(
        ["account_id", "offer_id"], keep="first", maintain_order=True
    )
    return lowest.select("account_id", "offer_id", "level", "rank")


def _refusals(facts: pl.DataFrame, as_of: date) -> pl.DataFrame:
    is_settled = pl.col("kind") == SETTLEMENT
    floor = (
        pl.when(is_settled)
        .then(least_to_settle(pl.col("owed_minor"), pl.col("settle_min_bps").fill_null(WHOLE_BPS)))
        .when(pl.col("kind") == PAYOFF)
        .then(pl.col("owed_minor"))
        .otherwise(pl.min_horizontal("late_minor", "owed_minor"))
    )
    count_max = pl.when(is_settled).then("settle_count_max").otherwise("count_max")
    days_max = pl.when(is_settled).then("settle_days_max").otherwise("days_max")
    below = {
        TOO_LITTLE: (pl.col("total_minor"), floor),
        FIRST_PAST: (pl.col("first_days"), pl.lit(0)),
        GAP_SHORT: (pl.col("gap_min"), pl.col("gap_days_min")),
        PART_SMALL: (pl.col("part_min"), pl.col("instalment_min_minor")),
    }
    above = {
        TOO_MUCH: (pl.col("total_minor"), pl.col("owed_minor")),
        TOO_MANY: (pl.col("count"), count_max),
        TOO_LONG: (pl.col("last_days"), days_max),
        FIRST_LATE: (pl.col("first_days"), pl.col("first_days_max")),
        GAP_LONG: (pl.col("gap_max"), pl.col("gap_days_max")),
        ABOVE_MEANS: (pl.col("month_max"), pl.col("monthly_max_minor")),
    }
    tests = [(code, found < limit, found, limit) for code, (found, limit) in below.items()]
    tests += [(code, found > limit, found, limit) for code, (found, limit) in above.items()]
    tests.append((BEYOND_AUTHORITY, pl.col("level").is_null(), pl.col("total_minor"), pl.lit(None)))
    told = [
        facts.filter(is_broken).select(
            "account_id", "offer_id", code=pl.lit(code), found=found.cast(pl.Int64), limit=limit.cast(pl.Int64)
        )
        for code, is_broken, found, limit in tests
    ]
    return pl.concat(told).sort("account_id", "offer_id", "code")


def least_to_settle(owed: pl.Expr, share_bps: pl.Expr) -> pl.Expr:
    """The least amount that is `share_bps` of what is owed or more, in minor units."""
    return divide_rounded(owed.cast(pl.Int128) * share_bps, WHOLE_BPS, "up")


def _refused(refusals: pl.DataFrame, which: pl.Expr, name: str) -> pl.DataFrame:
    found = refusals.filter(which).unique(["account_id", "offer_id"])
    return found.select("account_id", "offer_id", pl.lit(value=False).alias(name))


def _amounts(terms: pl.DataFrame) -> pl.DataFrame:
    """[account_id, kind, total_minor]: the amounts that may be asked for."""
    cure = terms.filter((pl.col("late_minor") > 0) & (pl.col("late_minor") < pl.col("owed_minor"))).select(
        "account_id", kind=pl.lit(CURE), total_minor="late_minor"
    )
    payoff = terms.select("account_id", kind=pl.lit(PAYOFF), total_minor="owed_minor")
    shares = terms.filter(pl.col("settle_min_bps") < WHOLE_BPS).with_columns(
        share=pl.int_ranges(pl.col("settle_min_bps"), WHOLE_BPS, _STEP_BPS)
    )
    settled = shares.explode("share").select(
        "account_id", kind=pl.lit(SETTLEMENT), total_minor=least_to_settle(pl.col("owed_minor"), pl.col("share"))
    )
    return pl.concat([cure, payoff, settled]).unique(maintain_order=True)


def _firsts(terms: pl.DataFrame, paydays: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """[account_id, first_on]: today, and the next paydays."""
    now = terms.select("account_id", first_on=pl.lit(as_of))
    coming = paydays.sort("account_id", "day").group_by("account_id", maintain_order=True).head(_FIRSTS - 1)
    return pl.concat([now, coming.select("account_id", first_on="day")])


def _cut(wanted: pl.DataFrame, terms: pl.DataFrame, paydays: pl.DataFrame) -> pl.DataFrame:
    """PARTS of what is wanted: equal ones on paydays; as many as paydays are there for and money is left for."""
    sized = wanted.join(
        terms.select("account_id", "multiple_minor", "gap_days_min"), on="account_id", maintain_order="left"
    )
    count, multiple, total = ints(sized, "count"), ints(sized, "multiple_minor"), ints(sized, "total_minor")
    each = np.where(count == 1, total, -(-total // (count * multiple)) * multiple)
    due, left = days(sized, "first_on").astype(np.int64), total.copy()
    axis = _Axis(paydays, sized)
    alive = np.arange(sized.height)
    cuts: list[tuple[Ints, Ints, Ints, Ints]] = []
    for number in range(1, int(count.max(initial=0)) + 1):
        amount = np.where(count[alive] == number, left[alive], np.minimum(each[alive], left[alive]))
        cuts.append((alive, np.full(len(alive), number), due[alive], amount))
        left[alive] -= amount
        alive = alive[(left[alive] > 0) & (count[alive] > number)]
        following = axis.following(alive, due[alive] + ints(sized, "gap_days_min")[alive])
        due[alive] = following
        alive = alive[following >= 0]
    place, turn, day, amount = _stacked(cuts)
    found = sized.select("account_id", "offer_id")[place]
    return found.with_columns(
        number=pl.Series(turn, dtype=pl.Int64),
        due_on=pl.Series(day, dtype=pl.Int64).cast(pl.Int32).cast(pl.Date),
        amount_minor=pl.Series(amount, dtype=pl.Int64),
    )


def _stacked(cuts: list[tuple[Ints, Ints, Ints, Ints]]) -> tuple[Ints, Ints, Ints, Ints]:
    none = np.zeros(0, dtype=np.int64)
    whole = [np.concatenate([none, *(one[column] for one in cuts)]) for column in range(4)]
    return whole[0], whole[1], whole[2], whole[3]


class _Axis:
    """The paydays of all accounts on one axis, to look up the next one of many accounts at once."""

    def __init__(self, paydays: pl.DataFrame, wanted: pl.DataFrame) -> None:
        known = paydays.sort("account_id", "day")
        self._day: Ints = days(known, "day").astype(np.int64)
        self._account: Ints = ints(known, "account_id")
        self._wanted: Ints = ints(wanted, "account_id")

    def following(self, rows: Ints, from_day: Ints) -> Ints:
        """The first payday on `from_day` or later of the account of each row; -1 where there is none."""
        if not len(self._day):
            return np.full(len(rows), -1, dtype=np.int64)
        low, width = int(self._day.min()), int(self._day.max() - self._day.min()) + 2
        heads, place = np.unique(self._account, return_inverse=True)
        mine = np.searchsorted(heads, self._wanted[rows]).clip(0, len(heads) - 1)
        at = np.searchsorted(place * width + self._day - low, mine * width + np.clip(from_day - low, 0, width - 1))
        met = at.clip(0, len(self._day) - 1)
        is_theirs = (at < len(self._day)) & (self._account[met] == self._wanted[rows])
        found: Ints = np.where(is_theirs, self._day[met], -1)
        return found
