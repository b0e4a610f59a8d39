"""What the peer does: posts invoices, pays them in batches and writes dunnings; run inside an environment of its own.

It is started by the measurement with a Python that has Tryton, which nothing of the project imports. The database
is named by DB_NAME and the PG variables; `receipts COUNT` makes it, `dunnings COUNT` goes on in it in a fresh process.
"""

import datetime
import json
import os
import resource
import sys
import time
from decimal import Decimal
from pathlib import Path

from proteus import Model
from proteus import config as proteus_config
from trytond.modules.account.tests.tools import create_chart, create_fiscalyear, get_accounts
from trytond.modules.account_invoice.tests.tools import set_fiscalyear_invoice_sequences
from trytond.modules.company.tests.tools import create_company
from trytond.pool import Pool
from trytond.tests.test_tryton import DB_NAME, USER
from trytond.tests.tools import activate_modules
from trytond.transaction import Transaction, TransactionError

BATCH = 500
TODAY = datetime.datetime.now(tz=datetime.UTC).date()
AMOUNT = Decimal("123.45")
LOCKS = {"_lock_tables": ["ir_sequence_strict"]}


def main() -> None:
    """One measured part; the result is the last line, as JSON."""
    task, count = sys.argv[1], int(sys.argv[2])
    found = {"receipts": receipts, "dunnings": dunnings}[task](count)
    print("RESULT " + json.dumps(found), flush=True)


def receipts(count):
    """Invoices posted, then paid in batches, as its own wizard pays them."""
    set_up()
    within(lambda: post(count))
    within(lambda: pay(0, 5))  # not measured: whatever it keeps is warm, and its locks are known
    started, spent, on_server = time.perf_counter(), used(), used_on_server()
    for first in range(5, count, BATCH):
        within(lambda first=first: pay(first, min(BATCH, count - first)))
    return figures(count - 5, started, spent, on_server)


def dunnings(count):
    """Overdue lines, then one run of its dunning over all of them."""
    proteus_config.set_trytond()
    within(lambda: owe(count))
    started, spent, on_server = time.perf_counter(), used(), used_on_server()
    made = within(dun)
    return figures(made, started, spent, on_server)


def set_up():
    """A company with its chart, one fiscal year, a way of being paid and a dunning procedure."""
    activate_modules(["account_invoice", "account_dunning"], create_company, create_chart)
    year = set_fiscalyear_invoice_sequences(create_fiscalyear())
    year.click("create_period")
    cash = get_accounts()["cash"]
    journal = Model.get("account.journal").find([("code", "=", "CASH")])[0]
    method = Model.get("account.invoice.payment.method")(name="Cash", journal=journal)
    method.credit_account = method.debit_account = cash
    method.save()
    procedure = Model.get("account.dunning.procedure")(name="Procedure")
    level = procedure.levels.new()
    level.sequence, level.overdue = 1, datetime.timedelta(5)
    procedure.save()


def within(task):
    """Runs a task in one transaction of the peer's own, begun again where the peer asks for a lock first.

    What it asked for once is locked from the start afterwards, so that no measured work is done twice.
    """
    while True:
        with Transaction().start(DB_NAME, USER, **LOCKS) as transaction:
            user = Pool().get("res.user")
            try:
                with transaction.set_context(user.get_preferences(context_only=True)):
                    found = task()
                    transaction.commit()
                    return found
            except TransactionError as error:
                transaction.rollback()
                error.fix(LOCKS)


def post(count):
    """Invoices of a party each, validated and posted together."""
    pool = Pool()
    invoices, lines, parties = (pool.get(name) for name in ("account.invoice", "account.invoice.line", "party.party"))
    accounts = pool.get("account.account")
    revenue = accounts.search([("type.revenue", "=", True), ("closed", "!=", True)], limit=1)[0]
    receivable = accounts.search([("type.receivable", "=", True), ("closed", "!=", True)], limit=1)[0]
    company = pool.get("company.company").search([])[0]
    journal = pool.get("account.journal").search([("type", "=", "revenue")], limit=1)[0]
    term = payment_term(pool)
    named = parties.create([{"name": f"Customer {turn}", "addresses": [("create", [{}])]} for turn in range(count)])
    for first in range(0, count, BATCH):
        made = [
            invoices(
                type="out",
                company=company,
                currency=company.currency,
                party=party,
                invoice_address=party.addresses[0],
                account=receivable,
                journal=journal,
                payment_term=term,
                invoice_date=TODAY,
                lines=[
                    lines(
                        type="line",
                        company=company,
                        currency=company.currency,
                        account=revenue,
                        quantity=1,
                        unit_price=AMOUNT,
                        invoice_type="out",
                    )
                ],
            )
            for party in named[first : first + BATCH]
        ]
        invoices.save(made)
        invoices.post(made)


def owe(count):
    """Overdue lines of a party each, which its dunning has not met yet."""
    pool = Pool()
    accounts, moves = pool.get("account.account"), pool.get("account.move")
    revenue = accounts.search([("type.revenue", "=", True), ("closed", "!=", True)], limit=1)[0]
    receivable = accounts.search([("type.receivable", "=", True), ("closed", "!=", True)], limit=1)[0]
    journal = pool.get("account.journal").search([("type", "=", "revenue")], limit=1)[0]
    company = pool.get("company.company").search([])[0]
    period = pool.get("account.period").find(company, date=TODAY)
    procedure = pool.get("account.dunning.procedure").search([])[0]
    named = pool.get("party.party").create(
        [{"name": f"Late {turn}", "dunning_procedure": procedure.id} for turn in range(count)]
    )
    late = TODAY - datetime.timedelta(days=30)
    moves.create(
        [
            {
                "period": period.id,
                "journal": journal.id,
                "date": TODAY,
                "company": company.id,
                "lines": [
                    (
                        "create",
                        [
                            {"account": revenue.id, "credit": AMOUNT, "debit": Decimal(0)},
                            {
                                "account": receivable.id,
                                "debit": AMOUNT,
                                "credit": Decimal(0),
                                "party": party.id,
                                "maturity_date": late,
                            },
                        ],
                    )
                ],
            }
            for party in named
        ]
    )


def payment_term(pool):
    """The term under which an invoice is due at once."""
    terms = pool.get("account.invoice.payment_term")
    known = terms.search([])
    if known:
        return known[0]
    return terms.create([{"name": "Direct", "lines": [("create", [{"type": "remainder"}])]}])[0]


def pay(first, count):
    """Invoices paid in full and reconciled: what its `pay_invoice` does to one, done to all of them at once."""
    pool = Pool()
    invoices, moves, lines = (pool.get(name) for name in ("account.invoice", "account.move", "account.move.line"))
    method = pool.get("account.invoice.payment.method").search([])[0]
    chosen = invoices.search([("type", "=", "out")], offset=first, limit=count, order=[("id", "ASC")])
    company = chosen[0].company
    period = pool.get("account.period").find(company, date=TODAY)
    made = [
        moves(
            journal=method.journal,
            period=period,
            date=TODAY,
            origin=invoice,
            company=company,
            lines=[
                lines(account=invoice.account, party=invoice.party, debit=Decimal(0), credit=AMOUNT),
                lines(account=method.debit_account.current(date=TODAY), debit=AMOUNT, credit=Decimal(0)),
            ],
        )
        for invoice in chosen
    ]
    moves.save(made)
    moves.post(made)
    paid = {
        invoice: [line for line in move.lines if line.account == invoice.account]
        for invoice, move in zip(chosen, made, strict=True)
    }
    invoices.add_payment_lines(paid)
    lines.reconcile(*([*invoice.lines_to_pay, *paid[invoice]] for invoice in chosen))


def dun():
    """One run of the peer's dunning; how many it wrote."""
    dunning = Pool().get("account.dunning")
    before = dunning.search([], count=True)
    dunning.generate_dunnings(date=TODAY)
    return dunning.search([], count=True) - before


def figures(count, started, spent, on_server):
    """How many, and the seconds and processor seconds since."""
    wall = time.perf_counter() - started
    return {"count": count, "wall": wall, "cpu": used() - spent, "server_cpu": used_on_server() - on_server}


def used_on_server() -> float:
    """Processor seconds of the server and all its processes so far, those that ended among them."""
    own = f"/proc/{os.environ['SERVER']}"
    children = Path(f"{own}/task/{os.environ['SERVER']}/children").read_text().split()
    fields = [Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[11:13] for child in children]
    fields.append(Path(f"{own}/stat").read_text().rpartition(")")[2].split()[11:15])
    return sum(int(ticks) for some in fields for ticks in some) / os.sysconf("SC_CLK_TCK")


def used() -> float:
    """Processor seconds of this process so far."""
    spent = resource.getrusage(resource.RUSAGE_SELF)
    return spent.ru_utime + spent.ru_stime


if __name__ == "__main__":
    main()
