"""The book of a scenario as far as some events are known: the frames that the kernel reads.

Names of the document become whole numbers here and nowhere else, in the order in which they stand.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache

import polars as pl

from ahadi.jobs.scenario import document as doc
from ahadi.jobs.scenario.document import Account, Document, Event
from ahadi.jobs.scenario.parsing import last_number
from ahadi.kernel.delinquency import PAUSES
from ahadi.kernel.money import Rounding
from ahadi.kernel.replay import CHOICES, MOVES, PARTS, RENEWALS
from ahadi.kernel.schedule import TERMS, due_dates, instalments
from ahadi.kernel.schema import COMPONENTS, Spec

Row = tuple[object, ...]
# Further events of one event (the fees of a ladder run) stand between it and the next one.
STRIDE = 10_000


@dataclass(frozen=True)
class RaisedLine:
    """A dunning line that a run raised."""

    account: str
    instalment: str
    level: int
    channel: str | None
    on: date
    open: int
    state: str


@dataclass(frozen=True)
class Raised:
    """The lines of one run."""

    lines: tuple[RaisedLine, ...]


@dataclass(frozen=True)
class LadderFee(doc.Charge):
    """A fee of a ladder, which is never chased itself."""


@dataclass(frozen=True)
class KnownEvent:
    """An event of the document, or one that a ladder run derived."""

    on: date
    account: str | None
    act: doc.Act | Raised | LadderFee
    place: int
    step: int = 0


@dataclass
class Part:
    """A charge as part of an instalment; `begins` None: it came with the account."""

    id: str
    number: int
    due: date
    basis: date
    begins: date | None
    place: int
    amounts: tuple[int, ...]
    is_chased: bool = True


@dataclass
class Instalment:
    """What is owed on one day: parts, or the empty room of a re-ageing."""

    id: str
    number: int
    due: date
    basis: date
    parts: list[Part] = field(default_factory=list)
    is_given: bool = True


@dataclass
class Ledger:
    """The instalments of one account while its events are read."""

    account: Account
    number: int
    instalments: list[Instalment]
    joinable: list[Instalment]
    further: Instalment | None = None


@dataclass(frozen=True)
class KnownReceipt:
    """A receipt that has not been reversed, with its account, if it has one yet."""

    receipt: doc.Receipt
    account: str | None
    number: int
    place: int


@dataclass(frozen=True)
class KnownPause:
    """A pause, cut by its resumption."""

    pause: doc.Pause
    account: str
    booked: date
    until: date | None


@dataclass(frozen=True)
class KnownHold:
    """A hold, ended by its release."""

    hold: doc.Hold
    account: str
    start: date
    until: date | None

    def is_active(self, day: date) -> bool:
        """Whether it lies on its charge or account on that day."""
        return self.start <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True)
class Foundation:
    """What the accounts of a document bring with them; it is made once."""

    document: Document
    made: dict[str, list[tuple[date, int, int]]]
    by_day: frozenset[str]

    @classmethod
    def of(cls, document: Document) -> "Foundation":
        """The instalments that terms and contracts by the day make: due date, principal, interest."""
        made, by_day = _made_by_terms(document), set()
        for account in document.accounts:
            if account.payg and account.payg.daily_price and not account.charges and not account.terms:
                start = (account.payg.activated or account.opened or date.min) + timedelta(days=account.payg.free_days)
                days = range(account.payg.term_days)
                by_day.add(account.id)
                made[account.id] = [(start + timedelta(days=day), account.payg.daily_price, 0) for day in days]
        return cls(document, made, frozenset(by_day))


class Book:
    """Everything known of a document after some of its events."""

    def __init__(self, foundation: Foundation, events: Sequence[KnownEvent | Event]) -> None:
        self.document = foundation.document
        self.ledgers = self._opened(foundation)
        self.receipts: dict[str, KnownReceipt] = {}
        self.pauses: dict[str, KnownPause] = {}
        self.holds: dict[str, KnownHold] = {}
        self.promises: list[tuple[str, date, doc.Promise]] = []
        self.plans: list[tuple[str, doc.Plan]] = []
        self.acknowledged: dict[str, list[date]] = {}
        self.written_off: dict[str, Event | KnownEvent] = {}
        self.lines: list[RaisedLine] = []
        self._renewals: list[Row] = []
        for event in events:
            self._take(event)

    def _opened(self, foundation: Foundation) -> dict[str, Ledger]:
        ledgers: dict[str, Ledger] = {}
        self._parts = self._instalments = 0
        for number, account in enumerate(self.document.accounts, 1):
            ledger = ledgers[account.id] = Ledger(account, number, [], [])
            for index, (due, principal, interest) in enumerate(foundation.made.get(account.id, []), 1):
                amounts = tuple({"principal": principal, "interest": interest}.get(name, 0) for name in COMPONENTS)
                self._found(ledger, str(index), due, due, None, 0, amounts)
            for charge in account.charges:
                basis = self._basis(charge, None)
                self._found(ledger, charge.id, charge.due, basis, None, 0, _amounts(charge))
            ledger.joinable = [one for one in ledger.instalments if sum(sum(part.amounts) for part in one.parts) >= 0]
        return ledgers

    def _found(
        self,
        ledger: Ledger,
        id: str,
        due: date,
        basis: date,
        begins: date | None,
        place: int,
        amounts: tuple[int, ...],
        *,
        is_chased: bool = True,
    ) -> Instalment:
        self._instalments += 1
        made = Instalment(id, self._instalments, due, basis)
        ledger.instalments.append(made)
        self._join(made, id, due, basis, begins, place, amounts, is_chased=is_chased)
        return made

    def _join(
        self,
        instalment: Instalment,
        id: str,
        due: date,
        basis: date,
        begins: date | None,
        place: int,
        amounts: tuple[int, ...],
        *,
        is_chased: bool = True,
    ) -> None:
        self._parts += 1
        instalment.parts.append(Part(id, self._parts, due, basis, begins, place, amounts, is_chased))

    def _basis(self, charge: doc.Charge, booked: date | None) -> date:
        invoiced = charge.invoiced or booked or charge.due
        bases = {"due_date": charge.due, "invoice_date": invoiced, "posting_date": charge.posted or booked or invoiced}
        return bases[self.document.conventions.age_basis]

    def _take(self, event: KnownEvent | Event) -> None:
        account, act = event.account or "", event.act
        place = event.place * STRIDE + (event.step if isinstance(event, KnownEvent) else 0)
        match act:
            case LadderFee() | doc.Charge():
                self._charge(self.ledgers[account], act, event.on, place)
            case doc.Receipt():
                self.receipts[act.id] = KnownReceipt(act, event.account, len(self.receipts) + 1, place)
            case doc.Assign():
                self.receipts[act.receipt] = replace(self.receipts[act.receipt], account=account)
            case doc.Reverse():
                self.receipts[act.receipt] = replace(self.receipts[act.receipt], number=0)
            case doc.Pause():
                self.pauses[act.id] = KnownPause(act, account, event.on, act.until)
            case doc.Resume():
                known = self.pauses[act.pause]
                until = max(known.pause.start, min(known.until or event.on, event.on))
                self.pauses[act.pause] = replace(known, until=until)
            case doc.Hold():
                self.holds[act.id] = KnownHold(act, account, event.on, act.until)
            case doc.Release():
                held = self.holds[act.hold]
                last = event.on - timedelta(days=1)
                self.holds[act.hold] = replace(held, until=min(held.until or last, last))
            case doc.Promise():
                self.promises.append((account, event.on, act))
            case doc.Plan():
                self.plans.append((account, act))
            case doc.Acknowledge():
                self.acknowledged.setdefault(account, []).append(event.on)
            case doc.WriteOff():
                self.written_off.setdefault(account, event)
            case doc.Reage():
                self._reage(self.ledgers[account], act, event.on, place)
            case Raised():
                self.lines.extend(act.lines)
            case doc.Line():
                self._mark(account, act)

    def _charge(self, ledger: Ledger, charge: doc.Charge, on: date, place: int) -> None:
        begins, amounts = min(on, charge.due), _amounts(charge)
        basis, is_chased = self._basis(charge, on), not isinstance(charge, LadderFee)
        target = self._target(ledger, charge)
        if target is None:
            made = self._found(ledger, charge.id, charge.due, basis, begins, place, amounts, is_chased=is_chased)
            if ledger.account.product == "loan" and charge.total >= 0 and is_chased:
                ledger.further = made
            return
        self._join(target, charge.id, charge.due, basis, begins, place, amounts, is_chased=is_chased)
        if target is ledger.further and charge.due > target.due:
            target.due, target.basis = charge.due, basis

    def _target(self, ledger: Ledger, charge: doc.Charge) -> Instalment | None:
        """The instalment that a later charge of a loan joins; None where it stands alone.

        The fee of a reminder stands alone, so that it moves no due date.
        """
        if ledger.account.product != "loan" or charge.total < 0 or isinstance(charge, LadderFee):
            return None
        named = [one for one in ledger.instalments if one.id == charge.id]
        later = sorted((one for one in ledger.joinable if one.due >= charge.due), key=lambda one: one.due)
        return next(iter([*named, *later]), ledger.further)

    def _reage(self, ledger: Ledger, reage: doc.Reage, on: date, place: int) -> None:
        dues = due_dates(
            reage.first_due, count=reage.instalments, every_count=reage.every_count, every_unit=reage.every_unit
        )
        last = last_number([one.id for one in ledger.instalments])
        made = []
        for step, due in enumerate(dues, 1):
            self._instalments += 1
            self._parts += 1
            made.append(Instalment(str(last + step), self._instalments, due, due, is_given=False))
            self._renewals.append((ledger.number, on, place, self._instalments, self._parts, due))
        ledger.instalments.extend(made)
        ledger.joinable, ledger.further = made, None

    def _mark(self, account: str, line: doc.Line) -> None:
        wanted = [one.id for one in self.ledgers[account].instalments] if line.charge is None else [line.charge]
        for instalment in wanted:
            places = [
                place
                for place, one in enumerate(self.lines)
                if one.account == account and one.instalment == instalment and one.state != "ignored"
            ]
            if places:
                self.lines[places[-1]] = replace(self.lines[places[-1]], state=line.state)

    @property
    def known_receipts(self) -> list[KnownReceipt]:
        """The receipts that have not been reversed, in the order of the file."""
        return [known for known in self.receipts.values() if known.number]

    def parts(self) -> pl.DataFrame:
        """PARTS."""
        rows = [
            (ledger.number, one.number, part.number, one.due, part.due, part.begins, part.place, *part.amounts)
            for ledger in self.ledgers.values()
            for one in ledger.instalments
            for part in one.parts
        ]
        return frame(PARTS, rows)

    def moves(self) -> pl.DataFrame:
        """MOVES: the receipts that have an account."""
        rows = [
            (self.ledgers[known.account].number, known.number, known.receipt.value, known.place, known.receipt.amount)
            for known in self.known_receipts
            if known.account
        ]
        return frame(MOVES, rows)

    def choices(self) -> pl.DataFrame:
        """CHOICES: by the id of an instalment with all its parts, or of one part."""
        rows: list[Row] = []
        for known in self.known_receipts:
            for id, amount in (known.receipt.to or {}).items() if known.account else ():
                rows.append((known.number, *self._chosen(known.account or "", id), amount))
        return frame(CHOICES, rows)

    def _chosen(self, account: str, id: str) -> tuple[int | None, int | None]:
        instalments = self.ledgers[account].instalments
        whole = [one for one in instalments if one.id == id]
        if whole:
            return None, whole[0].number
        return next((part.number for one in instalments for part in one.parts if part.id == id), -1), None

    def renewals(self) -> pl.DataFrame:
        """RENEWALS."""
        return frame(RENEWALS, self._renewals)

    def pause_frame(self) -> pl.DataFrame:
        """PAUSES."""
        rows = [(self.ledgers[known.account].number, known.pause.start, known.until) for known in self.pauses.values()]
        return frame(PAUSES, rows)

    def instalment(self, account: str, id: str) -> Instalment | None:
        """The instalment that an id of a charge means: itself, or the one that the charge joined."""
        instalments = self.ledgers[account].instalments
        direct = [one for one in instalments if one.id == id]
        joined = [one for one in instalments for part in one.parts if part.id == id]
        return next(iter([*direct, *joined]), None)


def frame(spec: Spec, rows: Sequence[Row]) -> pl.DataFrame:
    """Rows in the order of a spec's columns as its frame."""
    return pl.DataFrame(list(rows), schema={column.name: column.dtype for column in spec.columns}, orient="row")


def _amounts(charge: doc.Charge) -> tuple[int, ...]:
    return tuple(charge.amounts[name] for name in COMPONENTS)


def _made_by_terms(document: Document) -> dict[str, list[tuple[date, int, int]]]:
    rows: list[Row] = []
    names = {}
    decimals = document.decimals
    for number, account in enumerate(document.accounts, 1):
        if account.terms is None:
            continue
        terms, names[number] = account.terms, account.id
        rows.append(
            (
                number,
                account.opened,
                terms.principal,
                terms.rate_e8,
                terms.periods,
                terms.every_count,
                terms.every_unit,
                terms.first_due,
                terms.method,
                terms.day_count,
                terms.multiple,
                terms.principal_grace,
                terms.interest_grace,
                terms.is_smooth,
                decimals,
            )
        )
    if not rows:
        return {}
    made: dict[str, list[tuple[date, int, int]]] = {}
    for number, due, principal, interest in _scheduled(tuple(rows), document.conventions.rounding):
        made.setdefault(names[number], []).append((due, principal, interest))
    return made


@lru_cache(maxsize=64)
def _scheduled(rows: tuple[Row, ...], rounding: Rounding) -> list[tuple[int, date, int, int]]:
    """What terms make; documents of a file often share them."""
    made = instalments(frame(TERMS, rows), rounding=rounding)
    return made.select("account_id", "due_date", "principal_minor", "interest_minor").rows()
