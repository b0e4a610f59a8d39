"""The book of the measurement: accounts with twelve instalments and six receipts, every seventh with a promise."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Columns = dict[str, Array]

AS_OF = date(2026, 3, 31)
DAY = (AS_OF - date(1970, 1, 1)).days
INSTALMENTS, RECEIPTS, OWNED = 12, 6, 500
GRACE_DAYS, THRESHOLD_BPS = 3, 9_000
EDGES = (30, 60, 90, 120, 180, 360)
NEVER = -1
"""Stands for a number of days or a day that there is none of."""


@dataclass(frozen=True)
class Book:
    """Columns by name. Days are counted from 1970. Charges are sorted by account, due date and id, receipts by account,
    value date and id; accounts and promises by their id.
    """

    accounts: Columns
    charges: Columns
    receipts: Columns
    promises: Columns


def parts(accounts: int, size: int) -> Iterator[Book]:
    """The book in parts of `size` accounts; the same on every run."""
    for first in range(0, accounts, size):
        yield part(first, min(size, accounts - first), accounts)


def part(first: int, count: int, whole: int) -> Book:
    """The accounts from `first` on."""
    random = np.random.default_rng([20260331, first])
    account_id = np.arange(first, first + count, dtype=np.int64) + 1
    opened = random.integers(DAY - 500, DAY - 20, count)
    charges, instalment = _charges(random, account_id, opened)
    return Book(
        accounts=_accounts(random, account_id),
        charges=charges,
        receipts=_receipts(random, account_id, opened, instalment, whole),
        promises=_promises(random, account_id, instalment),
    )


def _accounts(random: np.random.Generator, account_id: Array) -> Columns:
    count = len(account_id)
    contact = random.integers(0, 40, count)
    later = random.integers(1, 15, count)
    return {
        "account_id": account_id,
        "owner_id": (account_id - 1) // OWNED + 1,
        "step_minor": np.full(count, 50_000, dtype=np.int64),
        "days_since_contact": np.where(random.random(count) < 0.2, NEVER, contact),
        "days_since_placed": random.integers(0, 400, count),
        "next_action_on": np.where(random.random(count) < 0.7, NEVER, DAY + later),
    }


def _charges(random: np.random.Generator, account_id: Array, opened: Array) -> tuple[Columns, Array]:
    """The instalments, all owed from the opening on, and the usual size of one in each account."""
    count = len(account_id)
    principal = random.integers(20, 200, count) * 10_000
    rows = count * INSTALMENTS
    number = np.tile(np.arange(1, INSTALMENTS + 1), count)
    has_fee, has_penalty = random.random(rows) < 0.2, random.random(rows) < 0.1
    columns = {
        "account_id": np.repeat(account_id, INSTALMENTS),
        "charge_id": (int(account_id[0]) - 1) * INSTALMENTS + np.arange(1, rows + 1, dtype=np.int64),
        "value_date": np.repeat(opened, INSTALMENTS).astype(np.int32),
        "due_date": (np.repeat(opened, INSTALMENTS) + number * 30).astype(np.int32),
        "principal_minor": np.repeat(principal, INSTALMENTS),
        "interest_minor": np.repeat(principal, INSTALMENTS) * (INSTALMENTS + 1 - number) // 100,
        "fee_minor": has_fee * np.int64(2_500),
        "penalty_minor": has_penalty * np.int64(5_000),
    }
    return columns, principal


def _receipts(random: np.random.Generator, account_id: Array, opened: Array, usual: Array, whole: int) -> Columns:
    """Receipts on rising days, too much of them in every tenth account; their ids rise with the accounts' turns,
    and so interleave the accounts.
    """
    count = len(account_id)
    share = random.random((count, RECEIPTS))
    day = np.sort(opened[:, None] + (share * (DAY - opened)[:, None]).astype(np.int64), axis=1)
    percent = np.clip(random.normal(100, 45, (count, RECEIPTS)), 1, 400).astype(np.int64)
    percent *= np.where(random.random((count, 1)) < 0.1, 3, 1)
    turn = np.arange(RECEIPTS, dtype=np.int64)[None, :]
    return {
        "account_id": np.repeat(account_id, RECEIPTS),
        "receipt_id": (turn * whole + account_id[:, None]).ravel(),
        "value_date": day.ravel().astype(np.int32),
        "amount_minor": (usual[:, None] * percent // 100 + random.integers(1, 100, (count, RECEIPTS))).ravel(),
    }


def _promises(random: np.random.Generator, account_id: Array, usual: Array) -> Columns:
    is_promising = account_id % 7 == 0
    count = int(is_promising.sum())
    made = random.integers(DAY - 90, DAY + 1, count)
    return {
        "promise_id": account_id[is_promising] // 7,
        "account_id": account_id[is_promising],
        "made_on": made.astype(np.int32),
        "due_on": (made + random.integers(0, 45, count)).astype(np.int32),
        "amount_minor": usual[is_promising] * random.integers(20, 150, count) // 100 + 1,
    }
