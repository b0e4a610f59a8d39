"""What a scenario says, typed: accounts, events, questions. Amounts are minor units of its currency."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from ahadi.jobs.scenario.cells import Cell, Source
from ahadi.jobs.scenario.conventions import Conventions
from ahadi.kernel.money import exponent

Components = Mapping[str, int]


@dataclass(frozen=True)
class Charge:
    """One charge; on a loan it may join an instalment."""

    id: str
    due: date
    invoiced: date | None
    posted: date | None
    amounts: Components

    @property
    def total(self) -> int:
        """All components together."""
        return sum(self.amounts.values())


@dataclass(frozen=True)
class Terms:
    """From which the instalments of a loan are made; `rate_e8` in hundred-millionths a year."""

    principal: int
    rate_e8: int
    periods: int
    every_count: int
    every_unit: str
    first_due: date | None
    method: str
    day_count: str
    multiple: int | None
    principal_grace: int
    interest_grace: int
    is_smooth: bool


@dataclass(frozen=True)
class Payg:
    """A contract paid by the day; `expiry` and `carried` are the credit at the start."""

    daily_price: int
    term_days: int
    deposit: int
    free_days: int
    activated: date | None
    expiry: date | None
    carried: int


@dataclass(frozen=True)
class Account:
    """One debt."""

    id: str
    debtor: str
    is_consumer: bool
    product: str
    opened: date | None
    cause_of_action: date | None
    charges: tuple[Charge, ...]
    terms: Terms | None
    payg: Payg | None


@dataclass(frozen=True)
class Pause:
    """Time in which delinquency does not grow."""

    id: str
    start: date
    until: date | None


@dataclass(frozen=True)
class Receipt:
    """Money, or a credit note; `to` is the payer's own choice."""

    id: str
    amount: int
    value: date
    is_credit_note: bool
    to: Components | None


@dataclass(frozen=True)
class Assign:
    """A receipt finds its account."""

    receipt: str


@dataclass(frozen=True)
class Reverse:
    """A receipt has never happened."""

    receipt: str


@dataclass(frozen=True)
class Promise:
    """The debtor promises an amount by a day."""

    id: str
    amount: int
    due: date


@dataclass(frozen=True)
class Plan:
    """An agreed plan."""

    id: str
    amount: int
    down_pct: Fraction
    fee_pct: Fraction
    fee_in: str
    instalments: int
    first_due: date
    every_count: int
    every_unit: str
    round_up_to: int | None


@dataclass(frozen=True)
class Hold:
    """What restrains work, on a charge or the whole account."""

    id: str
    kind: str
    charge: str | None
    until: date | None


@dataclass(frozen=True)
class Release:
    """A hold ends."""

    hold: str


@dataclass(frozen=True)
class Resume:
    """A pause ends."""

    pause: str


@dataclass(frozen=True)
class Call:
    """A call; it changes no figure."""

    to: str
    result: str
    person: str


@dataclass(frozen=True)
class Acknowledge:
    """The debtor acknowledges the debt."""


@dataclass(frozen=True)
class Close:
    """The end of a day."""


@dataclass(frozen=True)
class LadderRun:
    """Dunning lines are raised, and sent unless `is_draft`."""

    is_draft: bool


@dataclass(frozen=True)
class Line:
    """The last line of a charge (of every charge where it is None) is sent or ignored."""

    charge: str | None
    state: str


@dataclass(frozen=True)
class Reage:
    """All that is open moves into new equal instalments."""

    instalments: int
    first_due: date
    every_count: int
    every_unit: str


@dataclass(frozen=True)
class WriteOff:
    """The debt is written off; the claim stays."""

    reason: str


Act = (
    Pause
    | Receipt
    | Assign
    | Reverse
    | Charge
    | Promise
    | Plan
    | Hold
    | Release
    | Call
    | Acknowledge
    | Resume
    | Close
    | LadderRun
    | Line
    | Reage
    | WriteOff
)


@dataclass(frozen=True)
class Event:
    """What was booked on a day; `place` is its number in the document."""

    on: date
    account: str | None
    act: Act
    place: int


@dataclass(frozen=True)
class Question:
    """What is asked about a day: of an account, or of the whole document; `expected` holds the answers to
    compare with, by fact.
    """

    as_of: date
    account: str | None
    want: tuple[str, ...]
    expected: Mapping[str, Cell] = field(default_factory=dict)
    line: int = 0


@dataclass(frozen=True)
class Document:
    """One scenario."""

    name: str
    source: Source
    line: int
    currency: str
    fx: Mapping[str, Fraction]
    conventions: Conventions
    accounts: tuple[Account, ...]
    events: tuple[Event, ...]
    asks: tuple[Question, ...]
    expects: tuple[Question, ...]

    @property
    def decimals(self) -> int:
        """The decimals of the currency."""
        return exponent(self.currency)

    def account(self, id: str) -> Account:
        """The account of that id."""
        return next(account for account in self.accounts if account.id == id)
