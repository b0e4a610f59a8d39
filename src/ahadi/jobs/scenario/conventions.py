"""The conventions of a scenario: every rule that lenders and laws state differently, each with a name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from typing import Any, Literal

from ahadi.jobs.scenario.cells import Cell
from ahadi.kernel.allocation import UnableToUseWaterfall, Waterfall
from ahadi.kernel.delinquency import LatenessRule, Range, Ranges, Tolerance, UnableToUseRanges
from ahadi.kernel.money import Rounding
from ahadi.kernel.schema import COMPONENTS

AGE_BASES = ("due_date", "invoice_date", "posting_date")
ROUNDINGS = ("half_even", "half_up", "up", "down")
DAY_COUNTS = ("30/360", "actual/360", "actual/364", "actual/365", "actual/actual")
AFTER = ("net_days", "end_of_month", "previous")


@dataclass(frozen=True)
class DatedRate:
    """A yearly rate in percent from a day on."""

    start: date
    pct: Fraction


@dataclass(frozen=True)
class LateInterest:
    """Interest on what is late; the cap is in percent of the charge."""

    rates: tuple[DatedRate, ...]
    day_count: str = "actual/365"
    rounding: Literal["once", "daily"] = "once"
    cap_pct: Fraction | None = None


@dataclass(frozen=True)
class Cap:
    """The components that together may not pass a percentage of the principal open, or borrowed."""

    on: tuple[str, ...]
    pct: Fraction
    of: str = "principal"


@dataclass(frozen=True)
class LadderLevel:
    """One level of reminders; the fee is an amount in a currency, or a percentage of the charge."""

    level: int
    after: str
    days: int
    channel: str | None
    fee: Fraction = Fraction(0)
    fee_currency: str | None = None
    fee_pct: Fraction = Fraction(0)


@dataclass(frozen=True)
class Conventions:
    """All conventions of one scenario; amounts are in whole units of money until its currency is known."""

    grace_days: int = 0
    dpd_on_due_date: int = 0
    age_basis: str = "due_date"
    default_term_days: int = 30
    pause_rule: Literal["overlap", "any"] = "overlap"
    bucket_when: str = "asked"
    instalment_buckets: str = "always"
    next_instalment: str = "earliest_unpaid"
    buckets: Ranges = field(default_factory=lambda: _ranges("CURRENT 0-0", 30, 60, 90, 120, 180, 360))
    waterfall: Waterfall = field(default_factory=lambda: Waterfall(in_advance=Waterfall().due))
    rounding: Rounding = "half_even"
    tolerance_amount: Fraction = Fraction(0)
    tolerance_pct: Fraction | None = None
    tolerance_take: Literal["max", "min"] = "max"
    promise_grace_days: int = 3
    promise_threshold_pct: Fraction = Fraction(90)
    npa_after_days: int = 90
    contagion: Literal["debtor", "account"] = "debtor"
    exit: Literal["all_clear", "below"] = "all_clear"
    stage_two_after: int = 30
    stage_three_from: int = 90
    provision: Mapping[str, Fraction] = field(default_factory=dict)
    limitation_years: int = 6
    late_interest: LateInterest | None = None
    compensation: tuple[tuple[Fraction, Fraction], ...] | None = None
    cap: Cap | None = None
    ladder: tuple[LadderLevel, ...] = ()
    ladder_step: str = "one_per_run"
    credit_price: Literal["daily", "instalment"] = "daily"
    credit_rounding: Literal["down", "up"] = "down"

    def lateness(self, decimals: int) -> LatenessRule:
        """The rule by which days are counted, in minor units of a currency with so many decimals."""
        share = None if self.tolerance_pct is None else int(self.tolerance_pct * 10**6)
        tolerance = Tolerance(int(self.tolerance_amount * 10**decimals), share, self.tolerance_take)
        return LatenessRule(
            grace_days=self.grace_days,
            tolerance=tolerance,
            pause_rule=self.pause_rule,
            due_date_counts=bool(self.dpd_on_due_date),
        )


def read_conventions(cell: Cell | None, currency: str) -> Conventions:
    """The conventions of a document: its preset, each key that it gives put over it."""
    if cell is None:
        return PRESETS["ahadi"]
    given = cell.record(("preset", *READERS))
    made = PRESETS[given.pop("preset").choice(tuple(PRESETS))] if "preset" in given else PRESETS["ahadi"]
    for key, value in given.items():
        made = replace(made, **READERS[key](value, made, currency))
    return made


def _ranges(first: str, *edges: int, last: str = "{}+", form: str = "{}-{}") -> Ranges:
    code, days = first.split(" ")
    begin, end = (int(day) for day in days.split("-"))
    made, start = [Range(code, begin, end)], end + 1
    for edge in edges:
        made.append(Range(form.format(start, edge), start, edge))
        start = edge + 1
    return Ranges((*made, Range(last.format(start), start, None)))


def _named_ranges(*rows: tuple[str, int, int | None]) -> Ranges:
    return Ranges(tuple(Range(*row) for row in rows))


_FINERACT_RANGES = _named_ranges(
    ("RANGE_1", 1, 3),
    ("RANGE_3", 4, 30),
    ("RANGE_30", 31, 60),
    ("RANGE_60", 61, 90),
    ("RANGE_90", 91, 120),
    ("RANGE_120", 121, 150),
    ("RANGE_150", 151, 180),
    ("RANGE_180", 181, 240),
    ("RANGE_240", 241, None),
)
_LENDING_RANGES = _named_ranges(
    ("SMA-0", 0, 30), ("SMA-1", 31, 60), ("SMA-2", 61, 90), ("D1", 91, 365), ("D2", 366, 1098), ("D3", 1099, None)
)


def _net_days(*days: int) -> tuple[LadderLevel, ...]:
    return tuple(LadderLevel(level, "net_days", after, "email") for level, after in enumerate(days, 1))


_AHADI = Conventions()
_FINERACT = replace(
    _AHADI,
    bucket_when="close",
    instalment_buckets="with_account",
    buckets=_FINERACT_RANGES,
    waterfall=replace(
        _AHADI.waterfall, in_advance=("principal", "penalty", "fee", "interest"), spread="component_first"
    ),
    pause_rule="any",
)
_LENDING = replace(
    _AHADI,
    buckets=_LENDING_RANGES,
    waterfall=replace(_AHADI.waterfall, due=("interest+principal", "penalty", "fee"), spread="component_first"),
    tolerance_amount=Fraction(1, 100),
    promise_grace_days=0,
    promise_threshold_pct=Fraction(100),
)
_COMMERCIAL = replace(_AHADI, rounding="half_up")

PRESETS: dict[str, Conventions] = {
    "ahadi": _AHADI,
    "fineract": _FINERACT,
    "fineract-2025": replace(_FINERACT, pause_rule="overlap"),
    "lending-2024": _LENDING,
    "lending-2026": replace(_LENDING, dpd_on_due_date=1),
    "erpnext": replace(_AHADI, ladder=_net_days(1)),
    "tryton": replace(_AHADI, ladder=_net_days(5, 20, 40)),
    "oca": replace(
        _AHADI,
        tolerance_amount=Fraction(1, 10),
        rounding="half_up",
        ladder=(
            LadderLevel(1, "net_days", 10, "email"),
            LadderLevel(2, "end_of_month", 30, "email"),
            LadderLevel(3, "previous", 10, "letter"),
        ),
    ),
    "killbill": replace(_AHADI, age_basis="invoice_date", ladder=_net_days(30, 40, 50), ladder_step="most_severe"),
    "perform": _AHADI,
    "micropowermanager": replace(_AHADI, credit_price="instalment", credit_rounding="up"),
    "uk-commercial": replace(
        _COMMERCIAL,
        compensation=(
            (Fraction(0), Fraction(40)),
            (Fraction(1000), Fraction(70)),
            (Fraction(10000), Fraction(100)),
        ),
    ),
    "eu-commercial": replace(_COMMERCIAL, compensation=((Fraction(0), Fraction(40)),)),
}

_Reader = Callable[[Cell, Conventions, str], dict[str, Any]]


def _one_of(name: str, *allowed: str) -> _Reader:
    return lambda cell, made, currency: {name: cell.choice(allowed)}


def _count(name: str) -> _Reader:
    return lambda cell, made, currency: {name: cell.integer()}


def _on_due_date(cell: Cell, made: Conventions, currency: str) -> dict[str, Any]:
    return {"dpd_on_due_date": int(cell.choice(("0", "1")))}


def _buckets(cell: Cell, made: Conventions, currency: str) -> dict[str, Any]:
    rows = []
    for item in cell.items():
        given = item.record(("code", "from", "to"), ("code", "from"))
        end = given["to"].integer() if "to" in given else None
        rows.append(Range(given["code"].text(), given["from"].integer(), end))
    try:
        return {"buckets": Ranges(tuple(rows))}
    except UnableToUseRanges as error:
        raise cell.source.refusal(cell.line, "ranges that do not overlap, with different codes", str(error)) from None


def _waterfall(cell: Cell, made: Conventions, currency: str) -> dict[str, Any]:
    given = cell.record(("due", "in_advance", "spread", "advance_to"))
    changes: dict[str, Any] = {
        key: tuple(item.text("a component") for item in given[key].items())
        for key in ("due", "in_advance")
        if key in given
    }
    if "spread" in given:
        changes["spread"] = given["spread"].choice(("instalment_first", "component_first"))
    if "advance_to" in given:
        changes["advance_to"] = given["advance_to"].choice(("next", "last", "reamortise"))
    try:
        return {"waterfall": replace(made.waterfall, **changes)}
    except UnableToUseWaterfall as error:
        raise cell.source.refusal(cell.line, f"each of {', '.join(COMPONENTS)} once", str(error)) from None


def _tolerance(cell: Cell, made: Conventions, currency: str) -> dict[str, Any]:
    if not isinstance(cell.value, dict):
        return {"tolerance_amount": cell.number(), "tolerance_pct": None}
    given = cell.record(("amount", "pct", "take"))
    take = given["take"].choice(("max", "min")) if "take" in given else "max"
    amount, pct = given.get("amount"), given.get("pct")
    # An amount or a percentage that is not given takes no part in the choice of the larger or smaller.
    if pct is not None and amount is None:
        take = "max"
    return {
        "tolerance_amount": Fraction(0) if amount is None else amount.number(),
        "tolerance_pct": None if pct is None else pct.number(),
        "tolerance_take": take,
    }


def _promise(cell: Cell, made: Conventions, currency: str) -> dict[str, Any]:
    given = cell.record(("grace_days", "threshold_pct"))
    changes: dict[str, Any] = {}
    if "grace_days" in given:
        changes["promise_grace_days"] = given["grace_days"].integer()
    if "threshold_pct" in given:
        changes["promise_threshold_pct"] = given["threshold_pct"].percent()
    return changes


def _classification(cell: Cell, made: Conventions, currency: str) -> dict[str, Any]:
    given = cell.record(("npa_after_days", "contagion", "exit"))
    changes: dict[str, Any] = {}
    if "npa_after_days" in given:
        changes["npa_after_days"] = given["npa_after_days"].integer()
    if "contagion" in given:
        changes["contagion"] = given["contagion"].choice(("debtor", "account"))
    if "exit" in given:
        changes["exit"] = given["exit"].choice(("all_clear", "below"))
    return changes


def _stages(cell: Cell, made: Conventions, currency: str) -> dict[str, Any]:
    given = cell.record(("two_after", "three_from"))
    return {f"stage_{key}": value.integer() for key, value in given.items()}


def _provision(cell: Cell, made: Conventions, currency: str) -> dict[str, Any]:
    return {"provision": {code: rate.number() for code, rate in cell.keyed().items()}}


def _late_interest(cell: Cell, made: Conventions, currency: str) -> dict[str, Any]:
    given = cell.record(("rates", "day_count", "rounding", "cap_pct"))
    base = made.late_interest or LateInterest(())
    if "rates" in given:
        rows = [item.record(("from", "pct"), ("from", "pct")) for item in given["rates"].items()]
        rates = tuple(DatedRate(row["from"].day(), row["pct"].number()) for row in rows)
        base = replace(base, rates=tuple(sorted(rates, key=lambda rate: rate.start)))
    if "day_count" in given:
        base = replace(base, day_count=given["day_count"].choice(DAY_COUNTS))
    if "rounding" in given:
        is_daily = given["rounding"].choice(("once", "daily")) == "daily"
        base = replace(base, rounding="daily" if is_daily else "once")
    if "cap_pct" in given:
        base = replace(base, cap_pct=given["cap_pct"].number())
    return {"late_interest": base}


def _compensation(cell: Cell, made: Conventions, currency: str) -> dict[str, Any]:
    rows = [item.record(("from", "amount"), ("from", "amount")) for item in cell.items()]
    scale = [(row["from"].number(), row["amount"].number()) for row in rows]
    return {"compensation": tuple(sorted(scale))}


def _cap(cell: Cell, made: Conventions, currency: str) -> dict[str, Any]:
    given = cell.record(("on", "pct", "of"), ("on", "pct"))
    on = tuple(item.choice(COMPONENTS) for item in given["on"].items())
    of = given["of"].choice(("principal", "borrowed")) if "of" in given else "principal"
    return {"cap": Cap(on, given["pct"].number(), of)}


def _ladder(cell: Cell, made: Conventions, currency: str) -> dict[str, Any]:
    return {"ladder": tuple(_level(item, currency) for item in cell.items())}


def _level(cell: Cell, currency: str) -> LadderLevel:
    keys = ("level", "after", "days", "channel", "fee", "fee_currency", "fee_pct")
    given = cell.record(keys, ("level", "after", "days"))
    return LadderLevel(
        given["level"].integer(1),
        given["after"].choice(AFTER),
        given["days"].integer(),
        given["channel"].text() if "channel" in given else None,
        given["fee"].number() if "fee" in given else Fraction(0),
        given["fee_currency"].currency() if "fee_currency" in given else None,
        given["fee_pct"].percent() if "fee_pct" in given else Fraction(0),
    )


def _credit(cell: Cell, made: Conventions, currency: str) -> dict[str, Any]:
    given = cell.record(("price", "rounding"))
    changes: dict[str, Any] = {}
    if "price" in given:
        changes["credit_price"] = given["price"].choice(("daily", "instalment"))
    if "rounding" in given:
        changes["credit_rounding"] = given["rounding"].choice(("down", "up"))
    return changes


READERS: dict[str, _Reader] = {
    "grace_days": _count("grace_days"),
    "dpd_on_due_date": _on_due_date,
    "age_basis": _one_of("age_basis", *AGE_BASES),
    "default_term_days": _count("default_term_days"),
    "pause_rule": _one_of("pause_rule", "overlap", "any"),
    "bucket_when": _one_of("bucket_when", "asked", "close"),
    "instalment_buckets": _one_of("instalment_buckets", "always", "with_account"),
    "next_instalment": _one_of("next_instalment", "earliest_unpaid", "next_unpaid"),
    "buckets": _buckets,
    "waterfall": _waterfall,
    "rounding": _one_of("rounding", *ROUNDINGS),
    "tolerance": _tolerance,
    "promise": _promise,
    "classification": _classification,
    "stages": _stages,
    "provision": _provision,
    "limitation_years": _count("limitation_years"),
    "late_interest": _late_interest,
    "compensation": _compensation,
    "cap": _cap,
    "ladder": _ladder,
    "ladder_step": _one_of("ladder_step", "one_per_run", "most_severe"),
    "credit": _credit,
}


def minor_of(amount: Fraction, decimals: int) -> int:
    """An amount of a convention in minor units, rounded down."""
    return int(amount * 10**decimals)
