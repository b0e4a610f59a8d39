"""From the cells of a file to documents: keys, references and amounts are checked where they stand."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

from ahadi.jobs.scenario import document as doc
from ahadi.jobs.scenario.cells import Cell, documents
from ahadi.jobs.scenario.conventions import DAY_COUNTS, Conventions, read_conventions
from ahadi.kernel.schedule import METHODS, RATE_SCALE
from ahadi.kernel.schema import COMPONENTS

PRODUCTS = ("loan", "invoice", "card", "payg", "lease", "premium")
UNITS = ("day", "week", "month")
_KEYS = ("scenario", "currency", "fx", "conventions", "accounts", "events", "ask", "expect")
_CHARGE = ("id", "due", "invoiced", "posted", *COMPONENTS)
_RATE_TO_E8 = RATE_SCALE // 100


def read_documents(text: str, file: str, facts: Collection[str]) -> Iterator[doc.Document]:
    """The documents of a file. Raises UnableToReadScenario at the first line that cannot be followed."""
    for cell in documents(text, file):
        yield _document(cell, facts)


def _document(cell: Cell, facts: Collection[str]) -> doc.Document:
    given = cell.record(_KEYS, ("scenario", "currency"))
    currency = given["currency"].currency()
    conventions = read_conventions(given.get("conventions"), currency)
    reading = _Reading(currency, conventions, facts)
    accounts = tuple(reading.account(item) for item in _listed(given, "accounts"))
    events = tuple(reading.event(item, place) for place, item in enumerate(_listed(given, "events"), 1))
    return doc.Document(
        name=given["scenario"].text(),
        source=cell.source,
        line=cell.line,
        currency=currency,
        fx=_fx(given.get("fx")),
        conventions=conventions,
        accounts=accounts,
        events=events,
        asks=tuple(reading.ask(item) for item in _listed(given, "ask")),
        expects=tuple(reading.expect(item) for item in _listed(given, "expect")),
    )


def _listed(given: dict[str, Cell], key: str) -> list[Cell]:
    return given[key].items() if key in given else []


def _fx(cell: Cell | None) -> dict[str, Fraction]:
    rates = {}
    for code, rate in (cell.keyed() if cell else {}).items():
        Cell(code, rate.line, rate.source).currency()
        rates[code] = rate.number()
        if rates[code] <= 0:
            raise rate.refuse("a rate above 0")
    return rates


@dataclass
class _Reading:
    """What is known so far of the document that is being read: an event may name only that."""

    currency: str
    conventions: Conventions
    facts: Collection[str]
    accounts: dict[str, doc.Account] = field(default_factory=dict)
    charges: dict[str, set[str]] = field(default_factory=dict)
    credits: dict[tuple[str, str], int] = field(default_factory=dict)
    receipts: dict[str, str | None] = field(default_factory=dict)
    ids: dict[str, set[str]] = field(default_factory=dict)

    def account(self, cell: Cell) -> doc.Account:
        """One account with its charges, its terms or its contract by the day."""
        keys = ("id", "debtor", "debtor_kind", "product", "opened", "cause_of_action", "charges", "terms", "payg")
        given = cell.record(keys, ("id",))
        id = self._new("account", given["id"])
        self.charges[id] = set()
        account = doc.Account(
            id=id,
            debtor=given["debtor"].text() if "debtor" in given else id,
            is_consumer="debtor_kind" in given and given["debtor_kind"].choice(("business", "consumer")) == "consumer",
            product=given["product"].choice(PRODUCTS) if "product" in given else "loan",
            opened=given["opened"].day() if "opened" in given else None,
            cause_of_action=given["cause_of_action"].day() if "cause_of_action" in given else None,
            charges=tuple(self._charge(item, id) for item in _listed(given, "charges")),
            terms=self._terms(given["terms"]) if "terms" in given else None,
            payg=self._payg(given["payg"]) if "payg" in given else None,
        )
        self._require_sense(cell, account)
        self.charges[id] |= {str(number + 1) for number in range(self._made(account))}
        self.accounts[id] = account
        return account

    def _require_sense(self, cell: Cell, account: doc.Account) -> None:
        if account.charges and account.terms:
            raise cell.source.refusal(cell.line, "charges or terms that make them", "both")
        if account.terms and not account.opened:
            raise cell.source.refusal(cell.line, "the key 'opened' beside terms", "none")
        if account.terms and account.terms.principal_grace >= account.terms.periods:
            raise cell.source.refusal(cell.line, "an instalment left for the principal", "grace in all of them")
        if account.payg and not (account.payg.activated or account.opened):
            raise cell.source.refusal(cell.line, "the key 'activated' in payg", "none")

    def _made(self, account: doc.Account) -> int:
        if account.terms:
            return account.terms.periods
        return account.payg.term_days if account.payg and not account.charges else 0

    def _new(self, kind: str, cell: Cell) -> str:
        id = cell.text(f"the id of a new {kind}")
        known = self.ids.setdefault(kind, set())
        if id in known:
            raise cell.refuse(f"an id that no other {kind} has")
        known.add(id)
        return id

    def _known(self, kind: str, cell: Cell) -> str:
        id = cell.text(f"the id of a {kind}")
        if id not in self.ids.get(kind, set()):
            raise cell.refuse(f"the id of a {kind} that stands above")
        return id

    def _charge(self, cell: Cell, account: str, on: date | None = None) -> doc.Charge:
        given = cell.record(_CHARGE, ("id",))
        id = given["id"].text("the id of a charge")
        may_join = on is not None and self.accounts[account].product == "loan"
        if id in self.charges[account] and not may_join:
            raise given["id"].refuse("an id that no other charge of the account has")
        amounts = {
            name: given[name].amount(self.currency, may_be_negative=True) if name in given else 0 for name in COMPONENTS
        }
        if any(amount > 0 for amount in amounts.values()) and any(amount < 0 for amount in amounts.values()):
            raise cell.source.refusal(cell.line, "components of one sign in a charge", "some above and some below 0")
        invoiced = given["invoiced"].day() if "invoiced" in given else None
        if "due" in given:
            due = given["due"].day()
        elif invoiced or on:
            due = (invoiced or on or date.min) + timedelta(days=self.conventions.default_term_days)
        else:
            raise cell.source.refusal(cell.line, "the key 'due' or 'invoiced'", f"only {', '.join(given)}")
        charge = doc.Charge(id, due, invoiced, given["posted"].day() if "posted" in given else None, amounts)
        self.charges[account].add(id)
        if charge.total < 0:
            self.credits[account, id] = -charge.total
        return charge

    def _every(self, cell: Cell) -> tuple[int, str]:
        items = cell.items()
        if len(items) != 2:
            raise cell.refuse("a count and a unit such as [1, month]")
        return items[0].integer(1), items[1].choice(UNITS)

    def _terms(self, cell: Cell) -> doc.Terms:
        keys = (
            "principal",
            "rate_pct",
            "periods",
            "every",
            "first_due",
            "method",
            "day_count",
            "multiple",
            "principal_grace",
            "interest_grace",
            "smooth",
        )
        given = cell.record(keys, ("principal", "periods"))
        rate = given["rate_pct"].number() * _RATE_TO_E8 if "rate_pct" in given else 0
        if rate < 0 or int(rate) != rate:
            raise given["rate_pct"].refuse("a yearly rate of 0 or more with at most 6 decimals")
        principal = given["principal"].amount(self.currency)
        if principal <= 0:
            raise given["principal"].refuse("a principal above 0")
        every = self._every(given["every"]) if "every" in given else (1, "month")
        return doc.Terms(
            principal=principal,
            rate_e8=int(rate),
            periods=given["periods"].integer(1),
            every_count=every[0],
            every_unit=every[1],
            first_due=given["first_due"].day() if "first_due" in given else None,
            method=given["method"].choice(METHODS) if "method" in given else METHODS[0],
            day_count=given["day_count"].choice(DAY_COUNTS) if "day_count" in given else DAY_COUNTS[0],
            multiple=self._positive(given.get("multiple")),
            principal_grace=given["principal_grace"].integer() if "principal_grace" in given else 0,
            interest_grace=given["interest_grace"].integer() if "interest_grace" in given else 0,
            is_smooth="smooth" in given and given["smooth"].truth(),
        )

    def _positive(self, cell: Cell | None) -> int | None:
        if cell is None:
            return None
        amount = cell.amount(self.currency)
        if amount <= 0:
            raise cell.refuse("an amount above 0")
        return amount

    def _payg(self, cell: Cell) -> doc.Payg:
        keys = ("daily_price", "term_days", "deposit", "free_days", "activated", "expiry", "carried")
        given = cell.record(keys, ())
        return doc.Payg(
            daily_price=self._positive(given.get("daily_price")) or 0,
            term_days=given["term_days"].integer() if "term_days" in given else 0,
            deposit=given["deposit"].amount(self.currency) if "deposit" in given else 0,
            free_days=given["free_days"].integer() if "free_days" in given else 0,
            activated=given["activated"].day() if "activated" in given else None,
            expiry=given["expiry"].day() if "expiry" in given else None,
            carried=given["carried"].amount(self.currency) if "carried" in given else 0,
        )

    def event(self, cell: Cell, place: int) -> doc.Event:
        """One event: its day, its account and what was done."""
        given = cell.record(("on", "account", *_ACTS), ("on",))
        on = given.pop("on").day()
        account = given.pop("account", None)
        if len(given) != 1:
            raise cell.source.refusal(
                cell.line, f"one of {', '.join(_ACTS)}", " and ".join(given) if given else "none of them"
            )
        (name, act), *_ = given.items()
        id = self._known("account", account) if account else None
        if id is None and name not in _WITHOUT_ACCOUNT:
            raise cell.source.refusal(cell.line, f"the key 'account' beside {name!r}", "none")
        return doc.Event(on, id, _ACTS[name](self, act, id or "", on), place)

    def _pause(self, cell: Cell, account: str, on: date) -> doc.Act:
        given = cell.record(("id", "from", "until"), ("id",))
        start = given["from"].day() if "from" in given else on
        until = given["until"].day() if "until" in given else None
        if until and until < start:
            raise given["until"].refuse(f"a day not before the pause begins on {start}")
        return doc.Pause(self._new("pause", given["id"]), start, until)

    def _receipt(self, cell: Cell, account: str, on: date) -> doc.Act:
        given = cell.record(("id", "amount", "value", "kind", "to"), ("id", "amount"))
        amount = given["amount"].amount(self.currency)
        id = self._new("receipt", given["id"])
        self.receipts[id] = account or None
        to = self._choice(given["to"], account, amount) if "to" in given else None
        if amount <= 0 and not to:
            raise given["amount"].refuse("an amount above 0")
        return doc.Receipt(
            id=id,
            amount=amount,
            value=given["value"].day() if "value" in given else on,
            is_credit_note="kind" in given and given["kind"].choice(("cash", "credit_note")) == "credit_note",
            to=to,
        )

    def _choice(self, cell: Cell, account: str, amount: int) -> dict[str, int]:
        if not account:
            raise cell.refuse("no choice of charges on a receipt without account")
        to = {}
        for charge, part in cell.keyed().items():
            if charge not in self.charges[account]:
                line = cell.key_lines.get(charge, part.line)
                raise cell.source.refusal(line, f"the id of a charge of account {account}", repr(charge))
            to[charge] = part.amount(self.currency, may_be_negative=True)
            if -to[charge] > self.credits.get((account, charge), 0):
                raise part.refuse(f"at most the credit of {charge}")
        if sum(to.values()) > amount:
            raise cell.source.refusal(cell.line, "parts that do not exceed the receipt", "more than its amount")
        return to

    def _assign(self, cell: Cell, account: str, on: date) -> doc.Act:
        id = self._known("receipt", cell)
        if self.receipts[id] is not None:
            raise cell.refuse("a receipt without account")
        self.receipts[id] = account
        return doc.Assign(id)

    def _reverse(self, cell: Cell, account: str, on: date) -> doc.Act:
        id = self._known("receipt", cell)
        reversed_ids = self.ids.setdefault("reversed receipt", set())
        if id in reversed_ids:
            raise cell.refuse("a receipt that is not reversed yet")
        reversed_ids.add(id)
        return doc.Reverse(id)

    def _later_charge(self, cell: Cell, account: str, on: date) -> doc.Act:
        return self._charge(cell, account, on)

    def _promise(self, cell: Cell, account: str, on: date) -> doc.Act:
        given = cell.record(("id", "amount", "due"), ("id", "amount", "due"))
        amount = self._positive(given["amount"]) or 0
        due = given["due"].day()
        if due < on:
            raise given["due"].refuse(f"a day not before the promise of {on}")
        return doc.Promise(self._new("promise", given["id"]), amount, due)

    def _plan(self, cell: Cell, account: str, on: date) -> doc.Act:
        keys = (
            "id",
            "amount",
            "down_pct",
            "fee_pct",
            "fee_in",
            "instalments",
            "first_due",
            "every",
            "round_up_to",
        )
        given = cell.record(keys, ("id", "amount", "instalments", "first_due"))
        every = self._every(given["every"]) if "every" in given else (1, "month")
        zero = Fraction(0)
        return doc.Plan(
            id=self._new("plan", given["id"]),
            amount=self._positive(given["amount"]) or 0,
            down_pct=given["down_pct"].percent() if "down_pct" in given else zero,
            fee_pct=given["fee_pct"].percent() if "fee_pct" in given else zero,
            fee_in=given["fee_in"].choice(("total", "first")) if "fee_in" in given else "total",
            instalments=given["instalments"].integer(1),
            first_due=given["first_due"].day(),
            every_count=every[0],
            every_unit=every[1],
            round_up_to=self._positive(given.get("round_up_to")),
        )

    def _hold(self, cell: Cell, account: str, on: date) -> doc.Act:
        given = cell.record(("id", "kind", "charge", "until"), ("id", "kind"))
        charge = self._of_account(given["charge"], account) if "charge" in given else None
        until = given["until"].day() if "until" in given else None
        return doc.Hold(self._new("hold", given["id"]), given["kind"].text(), charge, until)

    def _of_account(self, cell: Cell, account: str) -> str:
        if cell.text() not in self.charges[account]:
            raise cell.refuse(f"the id of a charge of account {account}")
        return cell.text()

    def _release(self, cell: Cell, account: str, on: date) -> doc.Act:
        return doc.Release(self._known("hold", cell))

    def _resume(self, cell: Cell, account: str, on: date) -> doc.Act:
        return doc.Resume(self._known("pause", cell))

    def _call(self, cell: Cell, account: str, on: date) -> doc.Act:
        given = cell.record(("to", "result", "person"), ())
        return doc.Call(*(given[key].text() if key in given else "" for key in ("to", "result", "person")))

    def _acknowledge(self, cell: Cell, account: str, on: date) -> doc.Act:
        cell.choice(("true",))
        return doc.Acknowledge()

    def _close(self, cell: Cell, account: str, on: date) -> doc.Act:
        cell.choice(("true",))
        return doc.Close()

    def _ladder_run(self, cell: Cell, account: str, on: date) -> doc.Act:
        return doc.LadderRun(is_draft=cell.choice(("true", "draft")) == "draft")

    def _line(self, cell: Cell, account: str, on: date) -> doc.Act:
        given = cell.record(("charge", "state"), ("state",))
        charge = self._of_account(given["charge"], account) if "charge" in given else None
        return doc.Line(charge, given["state"].choice(("sent", "ignored")))

    def _reage(self, cell: Cell, account: str, on: date) -> doc.Act:
        given = cell.record(("instalments", "first_due", "every"), ("instalments", "first_due"))
        every = self._every(given["every"]) if "every" in given else (1, "month")
        count = given["instalments"].integer(1)
        numbers = last_number(self.charges[account])
        self.charges[account] |= {str(numbers + step) for step in range(1, count + 1)}
        return doc.Reage(count, given["first_due"].day(), *every)

    def _write_off(self, cell: Cell, account: str, on: date) -> doc.Act:
        given = cell.record(("reason",), ())
        return doc.WriteOff(given["reason"].text() if "reason" in given else "")

    def ask(self, cell: Cell) -> doc.Question:
        """A question: its day, its account and the facts that are wanted."""
        given = cell.record(("as_of", "account", "want"), ("as_of", "want"))
        want = tuple(item.choice(tuple(self.facts)) for item in given["want"].items())
        return doc.Question(given["as_of"].day(), self._asked(given), want, line=cell.line)

    def expect(self, cell: Cell) -> doc.Question:
        """The answers that a question must have."""
        cell.record(("as_of", "account", *self.facts), ("as_of",))
        given = cell.keyed()
        expected = {key: value for key, value in given.items() if key not in ("as_of", "account")}
        return doc.Question(given["as_of"].day(), self._asked(given), tuple(expected), expected, cell.line)

    def _asked(self, given: dict[str, Cell]) -> str | None:
        cell = given.get("account")
        return None if cell is None or cell.is_empty else self._known("account", cell)


def last_number(ids: Collection[str]) -> int:
    """The highest of the ids that are numbers, 0 where none is: what a re-ageing makes is numbered on."""
    return max((int(id) for id in ids if id.isdigit()), default=0)


_WITHOUT_ACCOUNT = ("receipt", "reverse", "close", "ladder_run", "release", "resume")
_ACTS: dict[str, Callable[[_Reading, Cell, str, date], doc.Act]] = {
    "pause": _Reading._pause,
    "receipt": _Reading._receipt,
    "assign": _Reading._assign,
    "reverse": _Reading._reverse,
    "charge": _Reading._later_charge,
    "promise": _Reading._promise,
    "plan": _Reading._plan,
    "hold": _Reading._hold,
    "release": _Reading._release,
    "call": _Reading._call,
    "acknowledge": _Reading._acknowledge,
    "resume": _Reading._resume,
    "close": _Reading._close,
    "ladder_run": _Reading._ladder_run,
    "line": _Reading._line,
    "reage": _Reading._reage,
    "write_off": _Reading._write_off,
}
