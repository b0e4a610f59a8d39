"""How the worked tables of the pages on arrangements, interest, credit, risk and work are run."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, cast

import polars as pl

from ahadi.kernel import (
    agenda,
    belief,
    classification,
    cohort,
    effort,
    interest,
    ladder,
    likeness,
    matching,
    metric,
    payg,
    plan,
    promise,
    provision,
    remittance,
    risk,
    segment,
    strategy,
)
from ahadi.kernel.calendar import DAY_COUNTS
from ahadi.kernel.money import Rounding
from ahadi.kernel.ratio import RATIOS, ratios
from ahadi.kernel.schema import RECEIPTS, Column, Spec

from . import gate_example
from .worked_tables import Cell, Example, Table, column_of, minor_units

Frames = dict[str, pl.DataFrame]
# What a page leaves out because it is the same in every row.
_UNSAID: dict[str, Any] = {
    "account_id": 1,
    "receipt_id": None,
    "tolerance_minor": 0,
    "is_held": False,
    "is_open": True,
    "free_days": 0,
    "fee_in": "total",
    "every_count": 1,
    "every_unit": "month",
    "creditor_id": 1,
    "currency": "TZS",
}


def frame_of(example: Example, name: str, spec: Spec) -> pl.DataFrame:
    """The given table as a frame of the spec, shares and rates in percent; what the page leaves out is
    unsaid above, 0 or empty, and rows are numbered.
    """
    table = example.given.get(name, Table([]))
    columns = [column_of(heading, spec.column_names) for heading in table.headings]
    rows = []
    for number, cells in enumerate(table.rows, 1):
        row = {column.name: _UNSAID.get(column.name, _nothing(column.name)) for column in spec.columns}
        if "receipt_id" in row:
            row["receipt_id"] = number
        rows.append(row | {name_: _cell(name_, cell) for name_, cell in zip(columns, cells, strict=True)})
    return pl.DataFrame(rows, schema={column.name: column.dtype for column in spec.columns})


def _nothing(column: str) -> int | None:
    return (
        0
        if column.endswith(("_bps", "_e8"))
        or column in ("principal_minor", "interest_minor", "fee_minor", "penalty_minor", "carried_minor")
        else None
    )


def _cell(column: str, cell: Cell) -> object:
    if cell is None:
        return None
    if column.endswith("_minor"):
        return minor_units(cell)
    if column.endswith(("_bps", "_e8")):
        return int(Decimal(str(cell)) * (100 if column.endswith("_bps") else 10**6))
    return cell


def day_of(example: Example, name: str = "as_of") -> date:
    return date.fromisoformat(example.options[name])


def _rounding(example: Example) -> Rounding:
    return cast(Rounding, example.options.get("rounding", "half_up"))


def _percent_e8(text: str) -> int:
    return int(Decimal(text) * 10**6)


def _promises(example: Example) -> Frames:
    made, came = frame_of(example, "promises", promise.PROMISES), frame_of(example, "receipts", RECEIPTS)
    grace = int(example.options["grace"])
    as_of, threshold = day_of(example), int(example.options["threshold"]) * 100
    judged = promise.judge(made, came, as_of=as_of, grace_days=grace, threshold_bps=threshold)
    counts = promise.maturity(made, judged, as_of=as_of, grace_days=grace)
    kpis = ("kept_rate", "kept_rate_by_value", "promised_value_received")
    return {"promises": judged, "matured": counts, "rates": ratios(counts, kpis=kpis)}


def _plans(example: Example) -> Frames:
    made, parts = plan.build(frame_of(example, "plans", plan.PLANS), rounding=_rounding(example))
    return {"plans": made, "instalments": parts}


_OCA = (
    ladder.Level(1, "net_days", 10, "email", fee_minor=500),
    ladder.Level(2, "end_of_month", 30, "email", fee_bps=100),
    ladder.Level(3, "previous", 10, "letter"),
)


def _ladder(example: Example) -> Frames:
    raised = ladder.step(
        frame_of(example, "instalments", ladder.CHASED),
        frame_of(example, "lines", ladder.LINES),
        day=day_of(example, "day"),
        levels=_OCA,
        step=cast(ladder.Step, example.options["step"]),
        rounding="half_up",
    )
    return {"new lines": raised}


def _periods(example: Example) -> Frames:
    given = frame_of(example, "periods", interest.PERIODS)
    made = [
        interest.period_interest(given, day_count=day_count, rounding="half_even").with_columns(
            day_count=pl.lit(day_count)
        )
        for day_count in DAY_COUNTS
    ]
    return {"periods": pl.concat(made)}


def _late_interest(example: Example) -> Frames:
    pairs = [pair.split(":") for pair in example.options["rates"].split(",")]
    made = interest.late_interest(
        frame_of(example, "charges", interest.LATE_CHARGES),
        frame_of(example, "balances", interest.BALANCES),
        as_of=day_of(example),
        rates=[interest.DatedRate(date.fromisoformat(day), _percent_e8(rate)) for day, rate in pairs],
        day_count=example.options["day_count"],
        when=cast(interest.When, example.options["when"]),
        rounding="half_up",
    )
    return {"charges": made}


def _compensation(example: Example) -> Frames:
    scale = ((0, 4_000), (100_000, 7_000), (1_000_000, 10_000))
    return {"charges": interest.compensation(frame_of(example, "charges", interest.SIZED_CHARGES), scale=scale)}


def _recoverable(example: Example) -> Frames:
    cap = interest.Cap(tuple(example.options["on"].split(",")), int(example.options["share"]) * 100)
    return {"claims": interest.recoverable(frame_of(example, "claims", interest.CLAIMS), cap=cap, rounding="half_even")}


def _limitation(example: Example) -> Frames:
    clocks = frame_of(example, "clocks", interest.CLOCKS)
    return {"accounts": interest.limitation(clocks, as_of=day_of(example), years=int(example.options["years"]))}


def _credits(example: Example) -> Frames:
    receipts = frame_of(example, "receipts", payg.PRICED_RECEIPTS)
    made = payg.credits(
        receipts,
        frame_of(example, "terms", payg.CREDIT_TERMS),
        price=cast(payg.Price, example.options["price"]),
        rounding=cast(payg.DayRounding, example.options["rounding"]),
    )
    if "as_of" not in example.options:
        return {"credits": made}
    contracts = frame_of(example, "contracts", payg.CONTRACTS)
    return {"credits": made, "contracts": payg.position(contracts, receipts, made, as_of=day_of(example))}


def _repayment(example: Example) -> Frames:
    made = cohort.repayment_rates(
        frame_of(example, "contracts", cohort.FINANCED),
        frame_of(example, "dues", cohort.DUES),
        frame_of(example, "receipts", cohort.REPAID),
        as_of=day_of(example),
    )
    money = made.rename({"numerator": "above_minor", "denominator": "below_minor"})
    return {"rates": money.filter(pl.col("kpi") != "ownership_2x")}


def _vintage(example: Example) -> Frames:
    return {"curve": cohort.vintage(frame_of(example, "accounts", cohort.ORIGINATED), as_of=day_of(example))}


def _batches(example: Example) -> Frames:
    track = cohort.batch_track(
        frame_of(example, "placements", cohort.PLACED),
        frame_of(example, "adjustments", cohort.ADJUSTED),
        frame_of(example, "receipts", cohort.REPAID),
        as_of=day_of(example),
    )
    return {"track": track, "weighted": cohort.weighted_track(track)}


def _lit(example: Example) -> Frames:
    modes: tuple[cohort.CapMode, ...] = ("cumulative", "consecutive")
    contracts, dark = frame_of(example, "contracts", cohort.ACTIVATED), frame_of(example, "dark", cohort.DARK)
    made = [
        cohort.cap_score(contracts, dark, as_of=day_of(example), mode=mode).with_columns(mode=pl.lit(mode))
        for mode in modes
    ]
    return {"scores": pl.concat(made)}


def _provision(example: Example) -> Frames:
    pairs = [pair.split(":") for pair in example.options["rates"].split(",")]
    rates = {code: _percent_e8(rate) for code, rate in pairs}
    held = frame_of(example, "buckets", provision.IN_BUCKETS)
    return {"provision": provision.provision(held, rates_e8=rates, rounding="half_up")}


def _npa(example: Example) -> Frames:
    days = frame_of(example, "days", classification.DAY_ROWS)
    made = [
        classification.npa(days, npa_after_days=90, contagion=contagion, exit=leaving).with_columns(
            contagion=pl.lit(contagion), exit=pl.lit(leaving)
        )
        for contagion, leaving in _CLASSIFICATIONS
    ]
    return {"npa": pl.concat(made)}


_CLASSIFICATIONS: tuple[tuple[classification.Contagion, classification.Exit], ...] = (
    ("debtor", "all_clear"),
    ("account", "all_clear"),
    ("account", "below"),
)


def _stages(example: Example) -> Frames:
    accounts = frame_of(example, "accounts", classification.STAGED)
    return {"stages": classification.stage(accounts, two_after=30, three_from=90)}


_BUCKETS = ("CURRENT", "1-30", "31-60", "61-90")


def _movements(example: Example) -> Frames:
    before, after = (frame_of(example, name, risk.STATES) for name in ("before", "after"))
    return {
        "matrix": risk.transitions(before, after, buckets=_BUCKETS),
        "rolls": risk.roll_rates(before, after, buckets=_BUCKETS),
        "movements": risk.movements(before, after, buckets=_BUCKETS),
    }


def _ratios(example: Example) -> Frames:
    """A table whose headings are the names of a definition; constants stand among the options."""
    (table,) = example.given.values()
    kpis = example.options["kpis"].split(",")
    constants = {name: int(value) for name, value in example.options.items() if name != "kpis"}
    names = {name for kpi in kpis for name in RATIOS[kpi].names}
    columns = [column_of(heading, sorted(names)) for heading in table.headings]
    rows = [{name: _cell(name, cell) for name, cell in zip(columns, row, strict=True)} for row in table.rows]
    sums = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.Int64))
    return {"figures": ratios(sums, kpis=kpis, constants=constants)}


def _definitions(_: Example) -> Frames:
    rows = [(ratio.kpi, ratio.above, ratio.below, ratio.shown) for ratio in RATIOS.values()]
    return {"definitions": pl.DataFrame(rows, schema=["figure", "above", "below", "shown"], orient="row")}


def _days_outstanding(example: Example) -> Frames:
    months = frame_of(example, "months", metric.MONTH_SALES)
    receivable = minor_units(example.given["receivables"].rows[0][0])
    assert isinstance(receivable, int)
    return {"days": metric.count_back(months, receivable_minor=receivable)}


def _invoice_days(example: Example) -> Frames:
    invoices = frame_of(example, "invoices", metric.OPEN_INVOICES)
    total = metric.true_dso_total(invoices, as_of=day_of(example))
    return {"invoices": metric.true_dso(invoices, as_of=day_of(example)), "book": pl.DataFrame({"days": [total]})}


def _turnaround(example: Example) -> Frames:
    placements = frame_of(example, "placements", metric.TURNAROUNDS)
    return {"turnaround": metric.turnaround(placements, as_of=day_of(example))}


def _remittance(example: Example) -> Frames:
    made = remittance.lines(frame_of(example, "collected", remittance.COLLECTED), rounding="half_up")
    return {"lines": made, "totals": remittance.totals(made)}


def _net_back(example: Example) -> Frames:
    return {"offers": remittance.net_back(frame_of(example, "offers", remittance.OFFERS), rounding="half_up")}


def _belief(example: Example) -> Frames:
    points, tries = frame_of(example, "points", belief.POINTS), frame_of(example, "tries", belief.TRIES)
    beliefs, reasons = belief.believe(points, tries, as_of=day_of(example))
    return {"beliefs": beliefs, "reasons": reasons}


def _likeness(example: Example) -> Frames:
    found, reasons = likeness.compare(frame_of(example, "pairs", likeness.PAIRS))
    return {"likenesses": found, "reasons": reasons}


def _effort(example: Example) -> Frames:
    assigned = frame_of(example, "assigned", effort.ASSIGNED)
    attempts = frame_of(example, "attempts", effort.ATTEMPTS)
    counts = effort.funnel(assigned, attempts)
    kpis = ("penetration", "intensity_per_attempted", "rpc_per_contact", "promise_rate", "call_effectiveness")
    return {
        "funnel": counts,
        "figures": ratios(counts, kpis=kpis),
        "clients": effort.clients_worked(attempts),
        "silence": effort.days_since_contact(assigned, attempts, as_of=day_of(example)),
    }


def _quality(example: Example) -> Frames:
    items, fails = frame_of(example, "items", effort.SCORED_ITEMS), frame_of(example, "auto fails", effort.AUTO_FAILS)
    return {"scores": effort.call_scores(items, fails)}


_RULE_COLUMNS = Spec(
    "accounts",
    (
        *segment.SEGMENTED.columns,
        *strategy.STAGED_ACCOUNTS.columns[1:],
        Column("overdue_minor", pl.Int64),
        Column("days_late", pl.Int64, is_nullable=True),
        Column("product", pl.String, is_nullable=True),
    ),
)


def _segments(example: Example) -> Frames:
    accounts = frame_of(example, "accounts", _RULE_COLUMNS)
    return {"accounts": segment.assign(accounts, _listed_segments(example), as_of=day_of(example))}


def _listed_segments(example: Example) -> tuple[segment.Segment, ...]:
    return tuple(segment.Segment(str(code), str(text)) for code, text in example.given["segments"].rows)


def _refusals(example: Example) -> Frames:
    rows = []
    columns = dict(pl.DataFrame(schema={column.name: column.dtype for column in _RULE_COLUMNS.columns}).schema)
    for (text,) in example.given["rules"].rows:
        try:
            segment.read_rule(str(text), columns=columns)
        except segment.UnableToReadRule as refused:
            rows.append((refused.position, refused.reason))
    return {"refusals": pl.DataFrame(rows, schema=["character", "reason"], orient="row")}


def _strategy(example: Example) -> Frames:
    steps = [
        strategy.Step(str(code), int(str(day)), str(action), segments=None if group is None else (str(group),))
        for code, day, action, group in example.given["steps"].rows
    ]
    rule = strategy.Strategy(
        "2026-1",
        date(2026, 1, 1),
        _listed_segments(example),
        tuple(steps),
        (strategy.Stop("PROMISE", 5), strategy.Stop("DISPUTE")),
    )
    accounts, done = frame_of(example, "accounts", _RULE_COLUMNS), frame_of(example, "done", strategy.DONE)
    events, as_of = frame_of(example, "events", strategy.EVENTS), day_of(example)
    return {
        "due": strategy.due_steps(accounts, done, events, as_of=as_of, strategy=rule),
        "next": strategy.next_steps(accounts, done, as_of=as_of, strategy=rule),
    }


def _agenda(example: Example) -> Frames:
    return {"next": agenda.decide(frame_of(example, "accounts", agenda.OPEN_ACCOUNTS), as_of=day_of(example))}


def _matches(example: Example) -> Frames:
    made = matching.match(
        frame_of(example, "lines", matching.STATEMENT_LINES),
        frame_of(example, "accounts", matching.KEYS),
        frame_of(example, "expected", matching.EXPECTED),
    )
    return {"matches": made}


KERNEL_RUNNERS: dict[str, Callable[[Example], Frames]] = {
    "gate": gate_example.run,
    "promises": _promises,
    "plans": _plans,
    "ladder": _ladder,
    "periods": _periods,
    "late_interest": _late_interest,
    "compensation": _compensation,
    "recoverable": _recoverable,
    "limitation": _limitation,
    "credits": _credits,
    "repayment": _repayment,
    "vintage": _vintage,
    "batches": _batches,
    "lit": _lit,
    "provision": _provision,
    "npa": _npa,
    "stages": _stages,
    "movements": _movements,
    "ratios": _ratios,
    "definitions": _definitions,
    "days_outstanding": _days_outstanding,
    "invoice_days": _invoice_days,
    "turnaround": _turnaround,
    "remittance": _remittance,
    "net_back": _net_back,
    "belief": _belief,
    "likeness": _likeness,
    "effort": _effort,
    "quality": _quality,
    "segments": _segments,
    "refusals": _refusals,
    "strategy": _strategy,
    "agenda": _agenda,
    "matches": _matches,
}
