"""What is open, how late it is, and who the accounts are: always from the facts, by the kernel."""

from datetime import date
from functools import cache

import numpy as np
import polars as pl

from ahadi.data import facts, frames
from ahadi.data.facts import Book
from ahadi.kernel import position as positions
from ahadi.kernel.ageing import ACCOUNT_COLUMNS, Buckets, age_charges
from ahadi.kernel.allocation import allocate
from ahadi.kernel.ragged import Ints, ints, laid_beside
from ahadi.kernel.schema import DISPUTE

STANDARD = Buckets.named("standard")

_NUMBERED = {"account_id": pl.Int64, "number": pl.String, "currency": pl.String, "product": pl.String}


def numbered(creditor_id: int, numbers: pl.Series) -> pl.DataFrame:
    """The accounts of a creditor that bear one of these numbers, whether they live or were withdrawn."""
    return frames.read(
        "SELECT id, number, currency, product FROM account"
        " WHERE creditor_id = %(creditor)s AND number = ANY(%(numbers)s) ORDER BY id",
        {"creditor": creditor_id, "numbers": numbers.unique().to_list()},
        _NUMBERED,
    )


def known_charges(account_ids: pl.Series) -> pl.DataFrame:
    """Every charge ever booked on these accounts, with its act and whether that was withdrawn."""
    return frames.read(
        "SELECT f.id, f.account_id, f.reference, f.edition, f.due_date, f.principal_minor, f.interest_minor,"
        " f.fee_minor, f.penalty_minor, f.act_id, w.act_id IS NOT NULL FROM charge f"
        " LEFT JOIN act_withdrawal w ON w.withdrawn_act_id = f.act_id"
        " WHERE f.account_id = ANY(%(ids)s) ORDER BY f.id",
        {"ids": frames.ids(account_ids)},
        {
            "charge_id": pl.Int64,
            "account_id": pl.Int64,
            "reference": pl.String,
            "edition": pl.Int64,
            "due_date": pl.Date,
            "principal_minor": pl.Int64,
            "interest_minor": pl.Int64,
            "fee_minor": pl.Int64,
            "penalty_minor": pl.Int64,
            "act_id": pl.Int64,
            "is_withdrawn": pl.Boolean,
        },
    )


def officers(organisation_id: int) -> pl.DataFrame:
    """Owners who are officers, with the creditor and branch that each of their grants covers (null: all)."""
    return frames.read(
        "SELECT o.id, g.creditor_id, b.code FROM owner o"
        " JOIN person p ON p.id = o.person_id AND p.is_active"
        " JOIN grant_given g ON g.person_id = p.id AND g.role = 'officer'"
        " LEFT JOIN grant_end e ON e.grant_id = g.id LEFT JOIN branch b ON b.id = g.branch_id"
        " WHERE o.organisation_id = %(organisation)s AND e.grant_id IS NULL ORDER BY o.id",
        {"organisation": organisation_id},
        {"owner_id": pl.Int64, "creditor_id": pl.Int64, "branch": pl.String},
    )


def aged(book: Book, *, as_of: date, buckets: Buckets = STANDARD) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The charges of a book aged as of a date, and the allocations that make them so."""
    allocations = allocate(book.charges, book.receipts, book.designations, as_of=as_of)
    return age_charges(book.charges, allocations, book.holds, as_of=as_of, buckets=buckets), allocations


def position(book: Book, *, as_of: date, buckets: Buckets = STANDARD) -> pl.DataFrame:
    """One row per account of the book: who it is and what is open, late and unapplied as of a date.

    An account is `open` while anything is open, now or later, and `closed` otherwise. `is_irregular` says that
    its figures do not follow from the sum of its money: some is designated, or not valued yet.
    """
    stood = positions.position(book.charges, book.receipts, book.designations, book.holds, as_of=as_of, buckets=buckets)
    is_named = _among(book.accounts, _named(book)).alias("is_named")
    is_ahead = _among(book.accounts, stood.ahead).alias("is_ahead")
    rows = laid_beside(book.accounts, stood.accounts, stood.charged, stood.received).hstack([is_named, is_ahead])
    told = rows.with_columns(_stated(buckets.codes[0]))
    return told[[name for name in told.columns if name not in _ASIDE]]


_COUNTED = ("days_late", "days_late_undisputed", "open_count")
_MONEY = tuple(
    name for name in (*ACCOUNT_COLUMNS, "charged_minor", "allocated_minor", "received_minor") if name.endswith("_minor")
)
_ASIDE = ("is_named", "is_ahead", "is_early")


@cache
def _stated(nothing_late: str) -> tuple[pl.Expr, ...]:
    """Where nothing is owed yet nothing is late, by no day: the code of its bucket."""
    is_open = (pl.col("outstanding_minor") > 0) | pl.col("is_ahead")
    return (
        *(pl.col(name).fill_null(0) for name in (*_MONEY, *_COUNTED)),
        pl.col("bucket").fill_null(nothing_late),
        pl.when(is_open).then(pl.lit("open")).otherwise(pl.lit("closed")).alias("status"),
        (pl.col("is_named") | pl.col("is_early").fill_null(value=False)).alias("is_irregular"),
    )


def _named(book: Book) -> Ints:
    """The accounts of the receipts that name a charge."""
    if book.designations.is_empty():
        return np.zeros(0, dtype=np.int64)
    return ints(book.receipts.join(book.designations, on="receipt_id", how="semi"), "account_id")


def _among(accounts: pl.DataFrame, account_ids: Ints) -> pl.Series:
    """Whether each account is among these."""
    if not len(account_ids):
        return pl.Series(np.zeros(accounts.height, dtype=np.bool_))
    return pl.Series(np.isin(ints(accounts, "account_id"), account_ids))


_LIVES = (
    "EXISTS (SELECT 1 FROM placement p WHERE p.account_id = a.id AND NOT EXISTS"
    " (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = p.act_id))"
)


def reachable(creditor_id: int, numbers: pl.Series) -> pl.DataFrame:
    """The living accounts that a number may mean, the account's own or its debtor's: number, currency, account."""
    # As a list of conditions a hundred thousand numbers are looked for in every account of the book.
    return frames.gather(
        "WITH wanted AS (SELECT unnest(%(numbers)s::text[]) AS number)"
        " SELECT a.number, a.currency, a.id FROM wanted w JOIN account a ON a.number = w.number"
        f" WHERE a.creditor_id = %(creditor)s AND {_LIVES}"
        " UNION SELECT n.number, a.currency, a.id FROM wanted w JOIN party_number n ON n.number = w.number"
        " JOIN account a ON a.party_id = n.party_id"
        f" WHERE n.creditor_id = %(creditor)s AND a.creditor_id = %(creditor)s AND {_LIVES}",
        {"creditor": creditor_id, "numbers": numbers.unique().to_list()},
        {"number": pl.String, "currency": pl.String, "account_id": pl.Int64},
        by=["account_id", "number"],
    )


def named_charges(creditor_id: int, references: pl.Series) -> pl.DataFrame:
    """The living charges of a creditor with these references: reference, currency, account, charge."""
    return frames.read(
        "SELECT f.reference, a.currency, a.id, f.id FROM charge f JOIN account a ON a.id = f.account_id"
        " WHERE a.creditor_id = %(creditor)s AND f.reference = ANY(%(references)s) AND NOT EXISTS"
        " (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = f.act_id) ORDER BY f.id",
        {"creditor": creditor_id, "references": references.unique().to_list()},
        {"reference": pl.String, "currency": pl.String, "account_id": pl.Int64, "charge_id": pl.Int64},
    )


def disputers(charges: pl.DataFrame) -> pl.Series:
    """The acts that put the living dispute holds on these charges (charge_id)."""
    return frames.read(
        "SELECT DISTINCT h.act_id FROM hold h WHERE h.kind = %(kind)s AND h.charge = ANY(%(ids)s) AND NOT EXISTS"
        " (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = h.act_id) ORDER BY 1",
        {"kind": DISPUTE, "ids": frames.ids(charges["charge_id"])},
        {"act_id": pl.Int64},
    )["act_id"]


def undisputed(charges: pl.DataFrame) -> pl.DataFrame:
    """Those of the charges (account_id, charge_id) that bear no dispute hold."""
    held = facts.holds(facts.of_accounts(charges["account_id"].unique())).filter(pl.col("kind") == DISPUTE)
    return charges.join(held, on="charge_id", how="anti")


OWNING = ("officer", "field")
# Whether a grant of the person behind owner `o`, as somebody who owns accounts, covers account `a`.
COVERED = """
    EXISTS (SELECT FROM grant_given g JOIN person p ON p.id = g.person_id AND p.is_active
      LEFT JOIN grant_end e ON e.grant_id = g.id LEFT JOIN branch b ON b.id = g.branch_id
      WHERE g.person_id = o.person_id AND e.grant_id IS NULL AND g.role = ANY(%(owning)s)
        AND (g.creditor_id IS NULL OR g.creditor_id = a.creditor_id)
        AND (g.branch_id IS NULL OR b.code = a.branch))
"""


def beyond(owner_id: int, *, accounts: pl.Series | None = None, of_person: int | None = None) -> int:
    """How many accounts an officer could not have: of those named, or of all open ones of a person. A queue may have
    all.
    """
    bound = {"receiver": owner_id, "owning": list(OWNING), "person": of_person}
    if accounts is not None:
        chosen, bound["accounts"] = "a.id = ANY(%(accounts)s)", frames.ids(accounts)
    else:
        chosen = (
            "a.id IN (SELECT s.account_id FROM account_state s JOIN owner w ON w.id = s.owner_id"
            " WHERE w.person_id = %(person)s AND s.status = 'open')"
        )
    return int(
        frames.scalar(
            "SELECT count(*) FROM account a JOIN owner o ON o.id = %(receiver)s"
            f" WHERE {chosen} AND o.person_id IS NOT NULL AND NOT {COVERED}",
            bound,
        )
    )
