"""The facts that are rows: schedule, items, receipts, allocations, the next instalment."""

from collections.abc import Sequence
from datetime import date

from ahadi.jobs.scenario.view import Facts, View
from ahadi.kernel.schema import COMPONENTS, minor

LONE_GAP_DAYS = 30


def schedule(view: View, account: str) -> list[Facts]:
    """All instalments by due date."""
    return [
        {
            "number": number,
            "due": row["due_date"],
            **components(row),
            "paid_minor": row["paid_minor"],
            "credited_minor": row["credited_minor"],
            "in_advance_minor": row["in_advance_minor"],
            "late_minor": row["late_minor"],
            "open_minor": row["open_minor"],
        }
        for number, row in enumerate(view.rows_of(account), 1)
    ]


def items(view: View, account: str) -> list[Facts]:
    """Instalments that are not at 0, with what later value dates will pay of them."""
    made = []
    for row in view.rows_of(account):
        future = view.future.get(row["instalment_id"], 0)
        if row["open_minor"] or future:
            made.append(
                {
                    "charge": view.instalments[row["instalment_id"]][1].id,
                    "due": row["due_date"],
                    "amount_minor": row["amount_minor"],
                    "paid_minor": row["paid_minor"],
                    "credited_minor": row["credited_minor"],
                    "open_minor": row["open_minor"],
                    "future_minor": future,
                    "remaining_minor": row["open_minor"] - future,
                }
            )
    return made


def next_instalment(view: View, account: str) -> Facts | None:
    """The earliest instalment with a balance, and the days to the one beside it."""
    return next_row(view.rows_of(account), view.document.conventions.next_instalment, view.as_of)


def next_row(rows: Sequence[Facts], which: str, day: date) -> Facts | None:
    """The earliest row with a balance (`next_unpaid`: not due before the day), with its gap in days.

    The gap is that to the next instalment, for the last one that from the one before, for the only one 30.
    """
    owed = [row for row in rows if row["amount_minor"] > 0]
    for place, row in enumerate(owed):
        if row["open_minor"] <= 0 or (which == "next_unpaid" and row["due_date"] < day):
            continue
        near = owed[place + 1 : place + 2] or owed[max(place - 1, 0) : place]
        gap = abs((near[0]["due_date"] - row["due_date"]).days) if near else LONE_GAP_DAYS
        return {
            "due": row["due_date"],
            "amount_minor": row["amount_minor"],
            "open_minor": row["open_minor"],
            "gap_days": gap,
        }
    return None


def receipts(view: View, account: str) -> list[Facts]:
    """The receipts that count, in the order in which they are replayed."""
    paid = {row["receipt_id"]: row for row in view.paid_rows("receipt")}
    made = []
    for known in view.came.get(account, []):
        row = paid.get(known.number, {})
        made.append(
            {
                "receipt": known.receipt.id,
                "on": known.receipt.value,
                "amount_minor": known.receipt.amount,
                **components(row),
                "unapplied_minor": known.receipt.amount - sum(row.get(minor(name), 0) for name in COMPONENTS),
            }
        )
    return made


def last_receipt(view: View, account: str) -> Facts | None:
    """The receipt that came last."""
    came = view.came.get(account, [])
    return {"on": came[-1].receipt.value, "amount_minor": came[-1].receipt.amount} if came else None


def allocations(view: View, account: str) -> list[Facts]:
    """Which receipt paid how much of which instalment."""
    order = {known.number: place for place, known in enumerate(view.came.get(account, []))}
    dues = {row["instalment_id"]: place for place, row in enumerate(view.rows_of(account))}
    rows = [
        row
        for row in view.paid_rows("instalment")
        if row["receipt_id"] in order and any(row[minor(name)] for name in COMPONENTS)
    ]
    rows.sort(key=lambda row: (order[row["receipt_id"]], dues[row["instalment_id"]]))
    return [
        {
            "receipt": view.receipts[row["receipt_id"]].receipt.id,
            "charge": view.instalments[row["instalment_id"]][1].id,
            **components(row),
        }
        for row in rows
    ]


def components(row: Facts) -> Facts:
    """The four components of a row, 0 where it has none."""
    return {minor(name): row.get(minor(name), 0) for name in COMPONENTS}
