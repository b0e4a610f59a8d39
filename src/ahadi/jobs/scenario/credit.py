"""The facts about accounts whose money buys days: credits, expiry, days without credit, pace."""

from datetime import date, timedelta

from ahadi.jobs.scenario.book import KnownReceipt, frame
from ahadi.jobs.scenario.document import Account
from ahadi.jobs.scenario.tables import next_row
from ahadi.jobs.scenario.view import Facts, View
from ahadi.kernel import payg
from ahadi.kernel.payg import CONTRACTS, CREDIT_RECEIPTS, CREDIT_TERMS, PRICED_RECEIPTS
from ahadi.kernel.schema import COMPONENT_COLUMNS


def position(view: View, account: str) -> Facts | None:
    """Where a contract paid by the day stands; None where the account is none."""
    if view.positions is None:
        view.positions = _positions(view)
    return view.positions.get(view.number(account))


def credits_of(view: View, account: str) -> list[Facts] | None:
    """What each receipt bought, in the order in which they came."""
    if position(view, account) is None:
        return None
    return [row for row in view.credit_rows if row["account_id"] == view.number(account)]


def is_contract(account: Account) -> bool:
    """Whether the account is paid as it is used."""
    return account.product == "payg" or account.payg is not None


def _priced(view: View) -> list[Account]:
    """The accounts whose money buys days: by their daily price, or by the instalment that comes next."""
    if view.document.conventions.credit_price == "instalment":
        return [one for one in view.document.accounts if one.charges or one.terms or is_contract(one)]
    return [one for one in view.document.accounts if one.payg and one.payg.daily_price]


def _start(account: Account) -> tuple[date, int]:
    """The day of activation and the free days after it."""
    activated = (account.payg.activated if account.payg else None) or account.opened
    if activated is None:
        activated = min((charge.due for charge in account.charges), default=date.min)
    return activated, account.payg.free_days if account.payg else 0


def _expiry(account: Account) -> date:
    activated, free_days = _start(account)
    given = account.payg.expiry if account.payg else None
    return given or activated + timedelta(days=free_days)


def _positions(view: View) -> dict[int, Facts]:
    accounts = _priced(view)
    if not accounts:
        return {}
    conventions = view.document.conventions
    rows, terms = [], []
    for account in accounts:
        number, by_day = view.number(account.id), view.is_by_day(account.id)
        activated, free_days = _start(account)
        price = account.payg.daily_price if account.payg and account.payg.daily_price else 1
        owed = [row for row in view.rows_of(account.id) if row["amount_minor"] > 0]
        term_days = account.payg.term_days if account.payg and account.payg.term_days else 1
        due = sum(row["amount_minor"] for row in owed if row["due_date"] <= view.as_of)
        total = sum(row["amount_minor"] for row in owed)
        scheduled = (None, None) if by_day else (due, total)
        daily = account.payg.daily_price or None if account.payg else None
        rows.append((number, activated, free_days, term_days, daily, _expiry(account), *scheduled))
        terms.append((number, price, _expiry(account), account.payg.carried if account.payg else 0))
    receipts = [known for account in accounts for known in view.came.get(account.id, []) if known.receipt.amount > 0]
    # Receipts of one day replay in the order of the file, which their numbers keep.
    came = [_receipt_row(view, known) for known in receipts]
    priced = frame(CREDIT_RECEIPTS, came)
    if conventions.credit_price == "instalment":
        gaps = [_next_price(view, known) for known in receipts]
        priced = frame(PRICED_RECEIPTS, [(*row, *gap) for row, gap in zip(came, gaps, strict=True)])
    bought = payg.credits(
        priced,
        frame(CREDIT_TERMS, terms),
        price=conventions.credit_price,
        rounding=conventions.credit_rounding,
    )
    view.credit_rows = bought.to_dicts()
    stood = payg.position(frame(CONTRACTS, rows), priced.select(CREDIT_RECEIPTS.column_names), bought, as_of=view.as_of)
    return {row["account_id"]: row for row in stood.iter_rows(named=True)}


def _receipt_row(view: View, known: KnownReceipt) -> tuple[object, ...]:
    return view.number(known.account or ""), known.number, known.receipt.value, known.receipt.amount


def _next_price(view: View, known: KnownReceipt) -> tuple[int | None, int | None]:
    """Amount and gap of the instalment that came next when the receipt came."""
    account = known.account or ""
    earlier = {one.number for one in view.came[account][: view.came[account].index(known)]}
    paid: dict[int, int] = {}
    for row in view.paid_rows("instalment"):
        if row["receipt_id"] in earlier:
            served = sum(row[name] for name in COMPONENT_COLUMNS)
            paid[row["instalment_id"]] = paid.get(row["instalment_id"], 0) + served
    rows = [
        row | {"open_minor": row["amount_minor"] - paid.get(row["instalment_id"], 0)} for row in view.rows_of(account)
    ]
    found = next_row(rows, view.document.conventions.next_instalment, known.receipt.value)
    return (found["amount_minor"], found["gap_days"]) if found else (None, None)
