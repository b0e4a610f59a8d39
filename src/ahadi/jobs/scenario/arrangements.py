"""The facts about what was agreed and what was chased: promises, plans, the ladder of reminders."""

from ahadi.jobs.scenario.book import RaisedLine, frame
from ahadi.jobs.scenario.claims import pct_bps
from ahadi.jobs.scenario.view import Facts, View
from ahadi.kernel import plan, promise
from ahadi.kernel.schema import RECEIPTS


def promises(view: View, account: str) -> list[Facts]:
    """Each promise, judged by the money of its account in its window."""
    conventions = view.document.conventions
    own = [(made, act) for owner, made, act in view.book.promises if owner == account]
    number = view.number(account)
    rows = [(place, number, made, act.due, act.amount) for place, (made, act) in enumerate(own)]
    came = [
        (number, known.number, known.receipt.value, known.receipt.amount)
        for known in view.came.get(account, [])
        if known.receipt.amount > 0 and not known.receipt.is_credit_note
    ]
    judged = promise.judge(
        frame(promise.PROMISES, rows),
        frame(RECEIPTS, came),
        as_of=view.as_of,
        grace_days=conventions.promise_grace_days,
        threshold_bps=pct_bps(conventions.promise_threshold_pct),
    )
    return [
        {
            "id": own[row["promise_id"]][1].id,
            "status": row["status"],
            "received_minor": row["received_minor"],
        }
        for row in judged.iter_rows(named=True)
    ]


def plans(view: View, account: str) -> list[Facts]:
    """Each plan with its fee, what is paid down, its total and its instalments."""
    own = [act for owner, act in view.book.plans if owner == account]
    if not own:
        return []
    rows = [
        (
            place,
            act.amount,
            pct_bps(act.down_pct),
            pct_bps(act.fee_pct),
            act.fee_in,
            act.instalments,
            act.first_due,
            act.every_count,
            act.every_unit,
            act.round_up_to,
        )
        for place, act in enumerate(own)
    ]
    built, instalments = plan.build(frame(plan.PLANS, rows), rounding=view.document.conventions.rounding)
    made = []
    for row in built.iter_rows(named=True):
        due = [one for one in instalments.iter_rows(named=True) if one["plan_id"] == row["plan_id"]]
        made.append(
            {
                "id": own[row["plan_id"]].id,
                "fee_minor": row["fee_minor"],
                "down_minor": row["down_minor"],
                "total_minor": row["total_minor"],
                "instalments": [{"due": one["due_date"], "amount_minor": one["amount_minor"]} for one in due],
            }
        )
    return made


def ladder(view: View, account: str) -> list[Facts]:
    """The last line, not ignored, of each instalment still open."""
    return [
        {
            "charge": line.instalment,
            "level": line.level,
            "channel": line.channel,
            "on": line.on,
            "state": line.state,
            "open_minor": line.open,
        }
        for line in last_lines(view, account)
    ]


def ladder_level(view: View, account: str) -> int | None:
    """The highest level among them."""
    return max((line.level for line in last_lines(view, account)), default=None)


def last_lines(view: View, account: str) -> list[RaisedLine]:
    """The lines that stand, in the order of the instalments."""
    tolerance = view.rule.tolerance
    lines: dict[str, RaisedLine] = {}
    for line in view.book.lines:
        if line.account == account and line.state != "ignored":
            lines[line.instalment] = line
    made = []
    for row in view.rows_of(account):
        instalment = view.instalments[row["instalment_id"]][1]
        is_open = row["open_minor"] > tolerance.of(row["amount_minor"])
        if is_open and instalment.id in lines:
            made.append(lines[instalment.id])
    return made
