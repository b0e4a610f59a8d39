"""Which account a line of a bank or mobile-money statement belongs to: how surely, and by which rule.

Problem: money on the wrong account is worse than money on none. Choice: three rules in a fixed order, each
of which must point to exactly one account; a rule that points to several ends the search. It refuses to
guess: names that are merely alike, and amounts by themselves, match nothing.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import polars as pl

from ahadi.kernel.schema import Column, Spec, require, uphold

REFERENCE, PHONE_AMOUNT, PAYER_AMOUNT = "REFERENCE", "PHONE_AMOUNT", "PAYER_AMOUNT"
AMBIGUOUS, UNMATCHED = "AMBIGUOUS", "UNMATCHED"
CERTAINTIES: Final = MappingProxyType({REFERENCE: 100, PHONE_AMOUNT: 90, PAYER_AMOUNT: 70, AMBIGUOUS: 0, UNMATCHED: 0})
"""How sure each outcome is, of 100: from 90 on a match is posted, below it is only proposed."""

SURE_FROM: Final = 90

STATEMENT_LINES: Final = Spec(
    "lines",
    (
        Column("line_id", pl.Int64),
        Column("reference", pl.String, is_nullable=True),
        Column("phone", pl.String, is_nullable=True),
        Column("payer", pl.String, is_nullable=True),
        Column("amount_minor", pl.Int64),
        Column("currency", pl.String),
    ),
    key=("line_id",),
)

KEYS: Final = Spec(
    "accounts",
    (
        Column("account_id", pl.Int64),
        Column("reference", pl.String, is_nullable=True),
        Column("phone", pl.String, is_nullable=True),
        Column("payer", pl.String, is_nullable=True),
        Column("currency", pl.String),
    ),
)
"""What an account is known by: any number of rows an account, for each of its references, phones (digits
with country code) and names.
"""

EXPECTED: Final = Spec("expected", (Column("account_id", pl.Int64), Column("amount_minor", pl.Int64)))
"""Amounts that an account would plausibly send: its instalment, its arrears, all that is open."""

MATCHES: Final = Spec(
    "matches",
    (
        Column("line_id", pl.Int64),
        Column("account_id", pl.Int64, is_nullable=True),
        Column("rule", pl.String),
        Column("certainty", pl.Int64),
        Column("is_sure", pl.Boolean),
        Column("candidate_count", pl.Int64),
        Column("reason", pl.String),
    ),
    key=("line_id",),
)

_REASONS: Final[Mapping[str, str]] = {
    REFERENCE: "the reference is this account's alone",
    PHONE_AMOUNT: "the phone and the amount point to this account alone",
    PAYER_AMOUNT: "the payer's name and the amount point to this account alone",
    UNMATCHED: "no reference, phone with amount, or name with amount points to an account",
}


def match(lines: pl.DataFrame, accounts: pl.DataFrame, expected: pl.DataFrame) -> pl.DataFrame:
    """The account of each line: MATCHES, one row a line, sorted.

    In order: the reference is an account's (capitals, without blanks and signs); the phone is an
    account's and the amount one that it expects; the payer's name is (words in any order) and the amount
    one that it expects. Currencies must agree. The first rule that finds exactly one account decides; one
    that finds several makes the line AMBIGUOUS, and a line no rule finds an account for is UNMATCHED:
    both go to suspense with `account_id` null. A match below SURE_FROM is a proposal for a person.

    Project definition; the certain rules are those under which unallocated cash may be applied. Raises
    WrongFrame, BrokenLaw.
    """
    given, known = require(lines, STATEMENT_LINES), require(accounts, KEYS)
    wanted = require(expected, EXPECTED).unique()
    cleaned, keys = _cleaned(given), _cleaned(known)
    sized = keys.join(wanted, on="account_id")
    found = [
        _found(cleaned, keys, ["reference", "currency"], REFERENCE),
        _found(cleaned, sized, ["phone", "amount_minor", "currency"], PHONE_AMOUNT),
        _found(cleaned, sized, ["payer", "amount_minor", "currency"], PAYER_AMOUNT),
    ]
    left, decided = given.select("line_id"), []
    for candidates in found:
        decided.append(candidates.join(left, on="line_id", how="semi"))
        left = left.join(candidates, on="line_id", how="anti")
    nothing = left.with_columns(
        account_id=pl.lit(None, dtype=pl.Int64), found_by=pl.lit(UNMATCHED), candidate_count=pl.lit(0, dtype=pl.Int64)
    )
    made = _explained(pl.concat([*decided, nothing])).sort("line_id")
    uphold("every line has one outcome", is_kept=made["line_id"].to_list() == sorted(given["line_id"].to_list()))
    uphold(
        "an account is named exactly where one candidate was found",
        is_kept=bool((made["account_id"].is_not_null() == (made["candidate_count"] == 1)).all()),
    )
    return require(made, MATCHES)


def _found(lines: pl.DataFrame, keys: pl.DataFrame, on: list[str], rule: str) -> pl.DataFrame:
    """The lines for which the rule finds accounts: the account if it is one, and how many there are."""
    pairs = lines.join(keys.select("account_id", *on), on=on).select("line_id", "account_id").unique()
    counts = pairs.group_by("line_id").agg(
        account_id=pl.col("account_id").min(), candidate_count=pl.len().cast(pl.Int64)
    )
    is_one = pl.col("candidate_count") == 1
    return counts.select(
        "line_id",
        account_id=pl.when(is_one).then(pl.col("account_id")),
        found_by=pl.lit(rule),
        candidate_count=pl.col("candidate_count"),
    )


def _explained(outcomes: pl.DataFrame) -> pl.DataFrame:
    is_several = pl.col("candidate_count") > 1
    several = pl.format("{} finds {} accounts; choose one", pl.col("found_by"), pl.col("candidate_count"))
    reason = pl.when(is_several).then(several).otherwise(pl.col("found_by").replace_strict(dict(_REASONS)))
    return (
        outcomes.with_columns(
            rule=pl.when(is_several).then(pl.lit(AMBIGUOUS)).otherwise(pl.col("found_by")), reason=reason
        )
        .with_columns(certainty=pl.col("rule").replace_strict(dict(CERTAINTIES), return_dtype=pl.Int64))
        .with_columns(is_sure=pl.col("certainty") >= SURE_FROM)
    )


def _cleaned(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with keys in one form; an empty one is null, which equals nothing."""
    bare = pl.col("reference").str.to_uppercase().str.replace_all(r"[^\p{L}\p{N}]", "")
    digits = pl.col("phone").str.replace_all(r"\D", "").str.strip_chars_start("0")
    words = pl.col("payer").str.to_lowercase().str.extract_all(r"[\p{L}\p{N}]+").list.sort().list.join(" ")
    return frame.with_columns(
        pl.when(key.str.len_chars() > 0).then(key).alias(name)
        for name, key in (("reference", bare), ("phone", digits), ("payer", words))
    )
