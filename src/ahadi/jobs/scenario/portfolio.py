"""The facts about the whole document: money in suspense, provision, repayment rates."""

from datetime import date, timedelta

import polars as pl

from ahadi.jobs.scenario.book import frame
from ahadi.jobs.scenario.credit import is_contract, position
from ahadi.jobs.scenario.days import instalment_bucket_minor
from ahadi.jobs.scenario.view import Facts, View
from ahadi.kernel.cohort import DUES, FINANCED, RATES, REPAID, repayment_rates
from ahadi.kernel.provision import IN_BUCKETS, provision
from ahadi.kernel.schedule import RATE_SCALE

_IN_CONTRACTS = "ownership_2x"


def suspense_minor(view: View) -> int:
    """Receipts that have no account yet."""
    return sum(
        known.receipt.amount
        for known in view.receipts.values()
        if known.account is None and known.receipt.value <= view.as_of
    )


def provision_minor(view: View) -> dict[str, int]:
    """The instalment buckets of all accounts times their rates, and the total."""
    conventions = view.document.conventions
    rows = [
        (code, amount)
        for account in view.document.accounts
        for code, amount in instalment_bucket_minor(view, account.id).items()
    ]
    rates = {code: int(pct * (RATE_SCALE // 100)) for code, pct in conventions.provision.items()}
    made = provision(frame(IN_BUCKETS, rows), rates_e8=rates, rounding=conventions.rounding)
    found = {row["bucket"]: row["provision_minor"] for row in made.iter_rows(named=True) if row["open_minor"]}
    return found | {"total": sum(found.values())}


def rates(view: View) -> dict[str, Facts]:
    """The repayment rates and receivables at risk of all contracts that are paid by the day."""
    if view.rates is None:
        view.rates = _rates(view)
    return view.rates


def is_money(kpi: str) -> bool:
    """Whether numerator and denominator of a rate are money; else they count contracts."""
    return kpi != _IN_CONTRACTS


def _rates(view: View) -> dict[str, Facts]:
    contracts, dues = list[tuple[object, ...]](), list[tuple[object, ...]]()
    for account in view.document.accounts:
        if not is_contract(account):
            continue
        stood = position(view, account.id) or {"zero_credit_days": None}
        number, by_day = view.number(account.id), view.is_by_day(account.id)
        owed = [row for row in view.rows_of(account.id) if row["amount_minor"] > 0]
        price = account.payg.daily_price if by_day and account.payg else None
        financed = sum(row["principal_minor"] + row["interest_minor"] for row in owed)
        started = _started(view, account.id)
        last = max((row["due_date"] for row in owed), default=started)
        term = account.payg.term_days if account.payg and account.payg.term_days else max((last - started).days, 1)
        outstanding = view.outstanding(account.id)
        contracts.append((number, started, term, price, financed, outstanding, stood["zero_credit_days"] or 0))
        if not by_day:
            amounts = [(row["due_date"], row["principal_minor"] + row["interest_minor"]) for row in owed]
            dues.extend((number, *one) for one in amounts)
    made = repayment_rates(
        frame(FINANCED, contracts), frame(DUES, dues), frame(REPAID, _repaid(view, contracts)), as_of=view.as_of
    )
    found = {row["kpi"]: row for row in made.iter_rows(named=True)}
    nothing = {"numerator": 0, "denominator": 0, "pct": None}
    return {kpi: {key: found.get(kpi, nothing)[key] for key in nothing} for kpi in RATES}


def _started(view: View, account: str) -> date:
    given = view.document.account(account)
    activated = (given.payg.activated if given.payg else None) or given.opened
    first = min((row["due_date"] for row in view.rows_of(account)), default=view.as_of)
    return (activated or first) + timedelta(days=given.payg.free_days if given.payg else 0)


def _repaid(view: View, contracts: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """Money that paid principal and interest of the contracts, by the day from which it counts."""
    numbers = [contract[0] for contract in contracts]
    cash = [number for number, known in view.receipts.items() if not known.receipt.is_credit_note]
    own = view.replayed.paid.filter(pl.col("account_id").is_in(numbers) & pl.col("receipt_id").is_in(cash))
    served = own.select("account_id", "value_date", amount=pl.col("principal_minor") + pl.col("interest_minor"))
    return [row for row in served.iter_rows() if row[2] > 0]
