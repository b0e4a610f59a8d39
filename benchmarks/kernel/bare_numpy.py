"""The night's figures in bare NumPy: what a person writes who needs only these and checks nothing.

It is kept as it is, as the measure of the kernel: it imports nothing of the project, trusts the order and
the types of what it is given, and upholds no law.
"""

from typing import Any

import numpy as np

from kernel.book import DAY, EDGES, GRACE_DAYS, NEVER, THRESHOLD_BPS, Book, Columns

PENDING, KEPT, PARTIALLY_KEPT, BROKEN = range(4)
WATERFALL = ("penalty_minor", "fee_minor", "interest_minor", "principal_minor")


def prepared(book: Book) -> Book:
    """The book as this engine takes it."""
    return book


def run(book: Book) -> dict[str, Columns]:
    """Allocations, charges, accounts, promises, points and lists of a part of the book."""
    accounts, charges, receipts = book.accounts, book.charges, book.receipts
    charge_begins, receipt_begins = begins(charges["account_id"]), begins(receipts["account_id"])
    allocations, paid = allocate(charges, receipts, charge_begins, receipt_begins)
    aged, standing = age(charges, receipts, paid, charge_begins, receipt_begins)
    promises = judge(book.promises, receipts)
    last_receipt = receipts["value_date"][np.append(receipt_begins[1:], len(receipts["value_date"])) - 1]
    broken = book.promises["account_id"][promises["status"] == BROKEN]
    is_broken = np.zeros(len(accounts["account_id"]), dtype=np.bool_)
    is_broken[np.searchsorted(accounts["account_id"], broken)] = True
    points, total = score(accounts, standing, DAY - last_receipt, is_broken)
    ranks, absent = rank(accounts, standing, total)
    return {
        "allocations": allocations,
        "charges": aged,
        "accounts": standing,
        "promises": promises,
        "points": points,
        "ranks": ranks,
        "absent": absent,
    }


def begins(account: Any) -> Any:
    """The row at which each account begins."""
    return np.concatenate([[0], np.flatnonzero(account[1:] != account[:-1]) + 1])


def allocate(charges: Columns, receipts: Columns, charge_begins: Any, receipt_begins: Any) -> tuple[Columns, Any]:
    """Each receipt's share of each charge by component, oldest due first, and what of each charge is paid."""
    total = sum(charges[name] for name in WATERFALL)
    amount = receipts["amount_minor"]
    moved = np.minimum(np.add.reduceat(total, charge_begins), np.add.reduceat(amount, receipt_begins))
    room = np.cumsum(moved) - moved
    owed_end = ends(total, charge_begins, room, moved)
    money_end = ends(amount, receipt_begins, room, moved)
    cuts = np.concatenate([owed_end * 2 + 1, money_end * 2])
    cuts.sort(kind="stable")
    is_owed = cuts & 1
    cuts >>= 1
    length = np.diff(cuts, prepend=0)
    kept = np.flatnonzero(length)
    owed_before = (np.cumsum(is_owed) - is_owed)[kept]
    charge, receipt = owed_before, kept - owed_before
    paid = np.diff(owed_end, prepend=0)
    end = cuts[kept] - (owed_end - paid)[charge]
    start = end - length[kept]
    rows = {
        "account_id": receipts["account_id"][receipt],
        "receipt_id": receipts["receipt_id"][receipt],
        "charge_id": charges["charge_id"][charge],
        "value_date": np.maximum(receipts["value_date"][receipt], charges["value_date"][charge]),
    }
    component_start = np.zeros(len(charge), dtype=np.int64)
    for name in WATERFALL:
        component_end = component_start + charges[name][charge]
        rows[name] = np.maximum(np.minimum(end, component_end) - np.maximum(start, component_start), 0)
        component_start = component_end
    return rows, paid


def ends(amount: Any, begin: Any, room: Any, moved: Any) -> Any:
    """Where each item ends on the axis on which every account has as much room as money moves in it."""
    reach = np.cumsum(amount)
    count = np.diff(np.append(begin, len(amount)))
    before = reach[begin] - amount[begin]
    return np.minimum(reach - np.repeat(before - room, count), np.repeat(room + moved, count))


def age(
    charges: Columns, receipts: Columns, paid: Any, charge_begins: Any, receipt_begins: Any
) -> tuple[Columns, Columns]:
    """Open money and days late per charge; sums, days and buckets per account."""
    due = charges["due_date"]
    total = sum(charges[name] for name in WATERFALL)
    open_minor = total - paid
    is_open = open_minor > 0
    late = np.where(is_open & (due < DAY), DAY - due, 0).astype(np.int64)
    edges = np.array((0, *EDGES))
    bucket = np.where(is_open, np.searchsorted(edges, late), NEVER)
    outstanding = np.add.reduceat(open_minor, charge_begins)
    days_late = np.maximum.reduceat(late, charge_begins)
    count = len(charge_begins)
    code = np.repeat(np.arange(count), np.diff(np.append(charge_begins, len(due))))
    kinds = len(edges) + 1
    in_bucket = np.bincount(code[is_open] * kinds + bucket[is_open], open_minor[is_open], count * kinds)
    account_bucket = np.searchsorted(edges, days_late)
    until = np.append(edges, 0)[account_bucket] + 1 - days_late
    standing = {
        "account_id": charges["account_id"][charge_begins],
        "outstanding_minor": outstanding,
        "overdue_minor": np.add.reduceat(open_minor * (late > 0), charge_begins),
        "unapplied_minor": np.add.reduceat(receipts["amount_minor"], receipt_begins)
        - np.add.reduceat(paid, charge_begins),
        "oldest_due_date": np.where(days_late > 0, DAY - days_late, NEVER),
        "days_late": days_late,
        "bucket": account_bucket,
        "days_to_next_bucket": np.where((days_late > 0) & (account_bucket < kinds - 1), until, NEVER),
        "open_count": np.add.reduceat(is_open, charge_begins, dtype=np.int64),
    }
    for place in range(kinds):
        standing[f"in_bucket_{place}"] = in_bucket[place::kinds].astype(np.int64)
    aged = {
        "charge_id": charges["charge_id"],
        "paid_minor": paid,
        "open_minor": open_minor,
        "days_late": late,
        "bucket": bucket,
    }
    return aged, standing


def judge(promises: Columns, receipts: Columns) -> Columns:
    """The state of each promise, and what came in its window."""
    width = 1 << 16
    axis = receipts["account_id"] * width + receipts["value_date"]
    reach = np.concatenate([[0], np.cumsum(receipts["amount_minor"])])
    last_day = promises["due_on"].astype(np.int64) + GRACE_DAYS
    base = promises["account_id"] * width
    left = np.searchsorted(axis, base + promises["made_on"])
    right = np.searchsorted(axis, base + np.minimum(last_day, DAY), side="right")
    received = np.where(promises["made_on"] <= DAY, reach[right] - reach[left], 0)
    is_kept = received * 10_000 >= promises["amount_minor"] * THRESHOLD_BPS
    after = np.where(last_day >= DAY, PENDING, np.where(received > 0, PARTIALLY_KEPT, BROKEN))
    return {
        "promise_id": promises["promise_id"],
        "status": np.where(is_kept, KEPT, after),
        "received_minor": received,
    }


def score(accounts: Columns, standing: Columns, since_receipt: Any, is_broken: Any) -> tuple[Columns, Any]:
    """Points per account and reason, in the order of the reasons' names, and the sum of each account."""
    late, until = standing["days_late"], standing["days_to_next_bucket"]
    contact, placed = accounts["days_since_contact"], accounts["days_since_placed"]
    by_reason = np.zeros((len(late), 8), dtype=np.int64)
    by_reason[:, 0] = np.minimum(standing["overdue_minor"] // accounts["step_minor"] * 7, 70)
    by_reason[:, 1] = is_broken * 40
    by_reason[:, 2] = np.minimum(late // 10, 18)
    by_reason[:, 4] = np.where(until == NEVER, 0, np.clip(11 - until, 0, 10) * 2)
    by_reason[:, 5] = (placed <= 7) * 15
    by_reason[:, 6] = np.where(contact == NEVER, 30, np.minimum(contact * 3, 30))
    by_reason[:, 7] = (since_receipt <= 7) * -20
    row, reason = np.nonzero(by_reason)
    amount, told_by = np.full(len(row), NEVER), np.full(len(row), NEVER)
    is_arrears = reason == 0
    amount[is_arrears] = standing["overdue_minor"][row[is_arrears]]
    for place, days in ((2, late), (4, until), (5, placed), (6, contact), (7, since_receipt)):
        own = reason == place
        told_by[own] = days[row[own]]
    points = {
        "account_id": accounts["account_id"][row],
        "reason": reason,
        "points": by_reason[row, reason],
        "amount_minor": amount,
        "days": told_by,
    }
    return points, by_reason.sum(axis=1)


def rank(accounts: Columns, standing: Columns, total: Any) -> tuple[Columns, Columns]:
    """The accounts of each owner that are to be worked: more points, more days late, lower id first; and the rest,
    with the rule that keeps them off and until when.
    """
    is_late, is_later = standing["overdue_minor"] > 0, accounts["next_action_on"] > DAY
    listed, others = np.flatnonzero(is_late & ~is_later), np.flatnonzero(~is_late | is_later)
    owner, points = accounts["owner_id"][listed], total[listed]
    order = np.lexsort((-standing["days_late"][listed], -points, owner))
    owner = owner[order]
    begin = begins(owner)
    place = np.arange(len(owner)) - np.repeat(begin, np.diff(np.append(begin, len(owner)))) + 1
    absent = {
        "account_id": accounts["account_id"][others],
        "owner_id": accounts["owner_id"][others],
        "rule": is_late[others].astype(np.int64),
        "until_date": np.where(is_late[others], accounts["next_action_on"][others], NEVER),
    }
    ranked = {
        "owner_id": owner,
        "account_id": accounts["account_id"][listed][order],
        "rank": place,
        "points": points[order],
    }
    return ranked, absent
