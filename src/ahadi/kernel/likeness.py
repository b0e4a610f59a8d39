"""How likely two debtors are one person: points that add up, and what forbids it.

Problem: a person who is taken for another hears of a stranger's debt. Choice: only evidence that is rarely shared makes
a proposal, likeness of names supports it, and one contradiction ends it. It refuses to join anybody: a person decides.
"""

from typing import Final

import polars as pl

from ahadi.kernel.schema import Column, Spec, require, uphold

PAIRS: Final = Spec(
    "pairs",
    (
        Column("pair_id", pl.Int64),
        Column("name_pct", pl.Int64),
        Column("sounds_alike", pl.Boolean),
        Column("phones", pl.Int64),
        Column("emails", pl.Int64),
        Column("papers", pl.Int64),
        Column("has_same_birth", pl.Boolean),
        Column("has_same_place", pl.Boolean),
        Column("has_same_employer", pl.Boolean),
        Column("differs_in_paper", pl.Boolean),
        Column("differs_in_birth", pl.Boolean),
    ),
    key=("pair_id",),
)
"""Two people: how alike their names are (0 to 100), how many telephones, e-mail addresses and papers they share, what
else is the same, and whether both have papers or days of birth none of which are the same.
"""

LIKENESSES: Final = Spec(
    "likenesses",
    (Column("pair_id", pl.Int64), Column("score", pl.Int64), Column("is_forbidden", pl.Boolean)),
    key=("pair_id",),
)
REASONS: Final = Spec(
    "reasons",
    (Column("pair_id", pl.Int64), Column("reason", pl.String), Column("points", pl.Int64)),
    key=("pair_id", "reason"),
)

PROPOSED_FROM: Final = 55
_NAMES: Final = ((95, 35), (88, 28), (75, 18))
_STRANGE_BELOW, _STRANGE = 55, -25
_SOUND, _BIRTH, _PLACE, _EMPLOYER = 5, 25, 20, 10
_PHONE, _PHONE_MORE, _EMAIL, _PAPER = 35, 5, 35, 60
_MOST = 100


def compare(pairs: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """How likely each pair is one person (LIKENESSES, 0 to 100, by pair), and the reasons (REASONS): `name`, `sound`,
    `phone`, `email`, `paper`, `birth`, `place`, `employer`, `strange`, and what forbids it: `other_paper`,
    `other_birth`, which leave nothing.

    Source: project definition. Raises WrongFrame.
    """
    require(pairs, PAIRS)
    name = pl.lit(0)
    for least, points in reversed(_NAMES):
        name = pl.when(pl.col("name_pct") >= least).then(points).otherwise(name)
    more = (pl.col("phones") - 1).clip(0, 2) * _PHONE_MORE
    flags = {"sound": ("sounds_alike", _SOUND), "birth": ("has_same_birth", _BIRTH)}
    flags |= {"place": ("has_same_place", _PLACE), "employer": ("has_same_employer", _EMPLOYER)}
    # One paper proves more than a name contradicts: people marry, and clerks hear badly.
    is_strange = (pl.col("name_pct") < _STRANGE_BELOW) & (pl.col("papers") == 0)
    each = pairs.select(
        "pair_id",
        "differs_in_paper",
        "differs_in_birth",
        name=name,
        phone=pl.when(pl.col("phones") > 0).then(_PHONE + more).otherwise(0),
        email=pl.when(pl.col("emails") > 0).then(_EMAIL).otherwise(0),
        paper=pl.when(pl.col("papers") > 0).then(_PAPER).otherwise(0),
        strange=pl.when(is_strange).then(_STRANGE).otherwise(0),
        **{reason: pl.when(pl.col(flag)).then(points).otherwise(0) for reason, (flag, points) in flags.items()},
    )
    names = ["name", "sound", "phone", "email", "paper", "birth", "place", "employer", "strange"]
    added = pl.sum_horizontal(pl.col(one).cast(pl.Int64) for one in names)
    forbidden = pl.col("differs_in_paper") | pl.col("differs_in_birth")
    each = each.with_columns(
        score=pl.when(forbidden).then(0).otherwise(added.clip(0, _MOST)).cast(pl.Int64),
        is_forbidden=forbidden,
        other_paper=pl.when("differs_in_paper").then(-added).otherwise(0),
        other_birth=pl.when(pl.col("differs_in_birth") & ~pl.col("differs_in_paper")).then(-added).otherwise(0),
    )
    reasons = (
        each.unpivot(
            [*names, "other_paper", "other_birth"], index="pair_id", variable_name="reason", value_name="points"
        )
        .with_columns(pl.col("points").cast(pl.Int64))
        .filter(pl.col("points") != 0)
        .sort("pair_id", pl.col("points").abs(), "reason", descending=[False, True, False])
    )
    found = each.select("pair_id", "score", "is_forbidden").sort("pair_id")
    uphold("every pair is alike from 0 to 100", is_kept=bool(found["score"].is_between(0, _MOST).all()))
    return found, reasons
