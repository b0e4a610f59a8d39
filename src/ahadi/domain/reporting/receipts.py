"""Receipts of a period: what came, what it paid, what waits, what did not hold, and whether the ledger agrees."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from ahadi.data import facts, frames
from ahadi.data.facts import FOREVER, Selection
from ahadi.domain.audit.ports import Actor
from ahadi.domain.reporting.queries import reported
from ahadi.kernel.allocation import allocate
from ahadi.kernel.schema import COMPONENT_COLUMNS, uphold

# What a person asks by -> the column that answers.
DIMENSIONS = {name: name for name in ("day", "creditor", "kind", "officer", "branch", "product", "currency")}

_LIVE = "NOT EXISTS (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = {}.act_id AND w.at <= %(known_at)s)"
_LIVES = "EXISTS (SELECT 1 FROM placement q WHERE q.account_id = a.id AND " + _LIVE.format("q") + ")"
# Sets, not a look-up per row: ORDER BY the key with LIMIT 1 tempts the planner to walk the whole key.
_RECEIPTS = f"""
    WITH known AS (
      SELECT r.id, r.organisation_id, r.creditor_id, r.kind, r.currency, r.amount_minor, r.value_date,
             (v.booked_at AT TIME ZONE o.time_zone)::date AS reversed_on
      FROM receipt r JOIN organisation o ON o.id = r.organisation_id
      LEFT JOIN receipt_reversal v ON v.receipt_id = r.id AND v.booked_at <= %(known_at)s AND {_LIVE.format("v")}
      WHERE r.booked_at <= %(known_at)s AND {_LIVE.format("r")}
        AND (%(organisation)s::bigint IS NULL OR r.organisation_id = %(organisation)s)
    ), came AS (
      SELECT * FROM known WHERE value_date BETWEEN %(first)s AND %(as_of)s
                             OR reversed_on BETWEEN %(first)s AND %(as_of)s
    ), placed AS (
      SELECT DISTINCT ON (x.receipt_id) x.receipt_id, x.account_id FROM receipt_assignment x
      WHERE x.receipt_id IN (SELECT id FROM came) AND x.booked_at <= %(known_at)s AND {_LIVE.format("x")}
      ORDER BY x.receipt_id, x.id DESC
    ), living AS (
      SELECT a.id, a.creditor_id, ({{condition}}) AS is_seen FROM account a
      WHERE a.id IN (SELECT account_id FROM placed) AND {_LIVES}
    )
    SELECT k.id, l.id, c.name, k.kind, k.currency, k.amount_minor, k.value_date, k.reversed_on
    FROM came k LEFT JOIN placed p ON p.receipt_id = k.id
    LEFT JOIN living l ON l.id = p.account_id
    LEFT JOIN creditor c ON c.id = coalesce(l.creditor_id, k.creditor_id)
    WHERE l.is_seen OR (l.id IS NULL AND %(has_suspense)s AND (%(creditor)s::bigint IS NULL OR c.id = %(creditor)s))
    ORDER BY k.id
"""
_COLUMNS = {
    "receipt_id": pl.Int64,
    "account_id": pl.Int64,
    "creditor": pl.String,
    "kind": pl.String,
    "currency": pl.String,
    "amount_minor": pl.Int64,
    "value_date": pl.Date,
    "reversed_on": pl.Date,
}
_LEDGER = f"""
    WITH posted AS (
      SELECT j.currency,
             coalesce(sum(p.amount_minor) FILTER (WHERE p.ledger = 'bank'), 0) AS bank,
             -coalesce(sum(p.amount_minor) FILTER (WHERE p.ledger = 'creditor_trust'), 0) AS trust,
             -coalesce(sum(p.amount_minor) FILTER (WHERE p.ledger = 'suspense'), 0) AS suspense
      FROM journal j JOIN posting p ON p.journal_id = j.id
      WHERE (%(organisation)s::bigint IS NULL OR j.organisation_id = %(organisation)s)
        AND j.value_date <= %(as_of)s AND j.booked_at <= %(known_at)s
      GROUP BY j.currency
    ), came AS (
      SELECT r.currency, sum(r.amount_minor) FILTER (WHERE r.value_date <= %(as_of)s) AS received,
             sum(r.amount_minor) FILTER (WHERE (v.booked_at AT TIME ZONE o.time_zone)::date <= %(as_of)s) AS reversed
      FROM receipt r JOIN organisation o ON o.id = r.organisation_id
      LEFT JOIN receipt_reversal v ON v.receipt_id = r.id AND v.booked_at <= %(known_at)s AND {_LIVE.format("v")}
      WHERE r.kind = 'cash' AND r.booked_at <= %(known_at)s AND {_LIVE.format("r")}
        AND (%(organisation)s::bigint IS NULL OR r.organisation_id = %(organisation)s)
      GROUP BY r.currency
    )
    SELECT coalesce(posted.currency, came.currency), coalesce(bank, 0)::bigint, coalesce(trust, 0)::bigint,
           coalesce(suspense, 0)::bigint, (coalesce(received, 0) - coalesce(reversed, 0))::bigint
    FROM posted FULL JOIN came ON came.currency = posted.currency
    WHERE bank <> 0 OR trust <> 0 OR suspense <> 0 OR received <> 0 ORDER BY 1
"""
_LEDGER_COLUMNS = {
    "currency": pl.String,
    "bank_minor": pl.Int64,
    "trust_minor": pl.Int64,
    "suspense_minor": pl.Int64,
    "received_minor": pl.Int64,
}
_MONEY = ("amount", "allocated", "unapplied", "suspense", "reversed", "reversals")


@dataclass(frozen=True)
class Receipts:
    """The receipts valued from `first` to `as_of`.

    `groups`: one row per [*columns, currency]: receipt_count and amount_minor of what came, which is
    allocated_minor (it paid charges by `as_of`), unapplied_minor (on an account, and pays nothing yet),
    suspense_minor (on no account) and reversed_minor (did not hold); beside it reversals_count and
    reversals_minor, what was reversed in the period, whenever it had come. `ledger`, for the operator alone, one
    row per currency over all time up to `as_of`: bank_minor, trust_minor and suspense_minor as posted,
    received_minor (cash that came and held), and `is_tied`: bank = trust + suspense = received.
    """

    first: date
    as_of: date
    known_at: datetime | None
    columns: tuple[str, ...]
    groups: pl.DataFrame
    ledger: pl.DataFrame

    @property
    def is_tied(self) -> bool:
        """Whether the ledger agrees in every currency; so it does where there is nothing."""
        return bool(self.ledger["is_tied"].all())


def receipts(
    *,
    by: Actor,
    first: date,
    as_of: date,
    dimensions: Sequence[str] = (),
    known_at: datetime | None = None,
    creditor_id: int | None = None,
) -> Receipts:
    """The receipts on accounts that `by` may see; what is in suspense belongs to no account, so the operator alone
    sees it. Currencies are never added, and neither are receipts of an undone batch.
    """
    selection = reported(by=by, known_at=known_at, creditor_id=creditor_id)
    bound = {"known_at": known_at or FOREVER, "organisation": by.organisation_id, "as_of": as_of}
    found = frames.read(
        _RECEIPTS.format(condition=selection.condition),
        {**selection.bound(), **bound, "first": first, "creditor": creditor_id, "has_suspense": by.is_operator},
        _COLUMNS,
    )
    columns = tuple(DIMENSIONS[name] for name in dimensions if name != "currency")
    empty = pl.DataFrame(schema=_LEDGER_COLUMNS)
    ledger = frames.read(_LEDGER, bound, _LEDGER_COLUMNS) if by.is_operator else empty
    held = pl.col("trust_minor") + pl.col("suspense_minor")
    return Receipts(
        first=first,
        as_of=as_of,
        known_at=known_at,
        columns=columns,
        groups=_groups(_placed(found, first, as_of, known_at), [*columns, "currency"]),
        ledger=ledger.with_columns(
            is_tied=(pl.col("bank_minor") == held) & (pl.col("bank_minor") == pl.col("received_minor"))
        ),
    )


def _placed(found: pl.DataFrame, first: date, as_of: date, known_at: datetime | None) -> pl.DataFrame:
    """A row for each receipt of the period and a row for each reversal in it, each on its own day."""
    selection = facts.of_accounts(found["account_id"].drop_nulls().unique(), known_at=known_at)
    about = facts.accounts(selection).select("account_id", "officer", "branch", "product")
    known = found.join(_paid(selection, as_of), on="receipt_id", how="left").join(about, on="account_id", how="left")
    is_reversed, is_placed = pl.col("reversed_on").is_not_null(), pl.col("account_id").is_not_null()
    amount, nothing = pl.col("amount_minor"), pl.lit(0, dtype=pl.Int64)
    paid = pl.col("paid_minor").fill_null(0)
    came = known.filter(pl.col("value_date").is_between(first, as_of)).with_columns(
        day="value_date",
        receipt_count=pl.lit(1, dtype=pl.Int64),
        allocated_minor=pl.when(is_reversed).then(nothing).otherwise(paid),
        unapplied_minor=pl.when(~is_reversed & is_placed).then(amount - paid).otherwise(nothing),
        suspense_minor=pl.when(~is_reversed & ~is_placed).then(amount).otherwise(nothing),
        reversed_minor=pl.when(is_reversed).then(amount).otherwise(nothing),
    )
    told = pl.sum_horizontal("allocated_minor", "unapplied_minor", "suspense_minor", "reversed_minor")
    uphold(
        "a receipt is allocated, unapplied, in suspense or reversed",
        is_kept=bool(came.select(told == amount).to_series().all()),
    )
    gone = known.filter(pl.col("reversed_on").is_between(first, as_of)).select(
        pl.exclude("amount_minor", "paid_minor"),
        day="reversed_on",
        reversals_count=pl.lit(1, dtype=pl.Int64),
        reversals_minor=amount,
    )
    return pl.concat([came, gone], how="diagonal")


def _paid(selection: Selection, as_of: date) -> pl.DataFrame:
    """What each receipt of these accounts paid by a day."""
    made = allocate(facts.charges(selection), facts.receipts(selection), facts.designations(selection), as_of=as_of)
    return made.group_by("receipt_id").agg(paid_minor=pl.sum_horizontal(COMPONENT_COLUMNS).sum())


def _groups(rows: pl.DataFrame, groups: Sequence[str]) -> pl.DataFrame:
    numbers = ["receipt_count", *(f"{name}_minor" for name in _MONEY[:-1]), "reversals_count", "reversals_minor"]
    return rows.group_by(groups).agg(pl.col(numbers).sum()).sort(groups, nulls_last=True)
