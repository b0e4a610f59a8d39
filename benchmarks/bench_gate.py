"""Measures the gate: one decision, a million, and the search for the next lawful moment, with the rules that ship.

No database: what is measured is the computation, on the rules of the rulebook as they hold for an agency in Kenya,
Tanzania, Nigeria, the Emirates and the United States. The medians are written to `docs/operating/benchmarks-gate.md`.
"""

import argparse
import platform
import resource
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from ahadi.data.calendars import calendar
from ahadi.data.law import regime
from ahadi.kernel import gate
from ahadi.kernel.zone import instant

PAGE = Path(__file__).resolve().parents[1] / "docs" / "operating" / "benchmarks-gate.md"
PLACES = {
    "KE": "Africa/Nairobi",
    "TZ": "Africa/Dar_es_Salaam",
    "NG": "Africa/Lagos",
    "AE": "Asia/Dubai",
    "US": "America/New_York+America/Los_Angeles",
}
CHANNELS = ("call", "sms", "email", "visit")
KINDS = ("CEASE", "OPT_OUT", "DECEASED", "COMPLAINT", "VULNERABLE", "BREATHING_SPACE")
RESULTS = ("no_answer", "answered", "busy", "voicemail")
NOON, NIGHT = datetime(2026, 3, 10, 9, tzinfo=UTC), datetime(2026, 3, 10, 23, tzinfo=UTC)
GOALS = {"one": 10.0, "million": 5.0}


def main() -> None:
    """Measure, print, write the page."""
    parser = argparse.ArgumentParser(prog="ahadi bench-gate", description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=1_000_000, help="pairs of debtor and channel")
    parser.add_argument("--repeat", type=int, default=5, help="measured runs of each")
    parser.add_argument("--no-page", action="store_true", help="print, and leave the page as it is")
    asked = parser.parse_args()
    laws = {place: regime(frozenset({place}), is_third_party=True, debtor_kind=None) for place in PLACES}
    days = {place: calendar(frozenset({place}), years=range(2025, 2029)) for place in PLACES}
    one, many = book(4, laws, days), book(asked.size, laws, days)
    rows = [
        ("one decision, by day", measured(lambda: gate.decide(questions(1, NOON), one), 20 * asked.repeat)),
        (
            "one decision, at night (next lawful moment)",
            measured(lambda: gate.decide(questions(1, NIGHT), one), 20 * asked.repeat),
        ),
        (f"{asked.size:,} pairs, by day", measured(ask(asked.size, NOON, many), asked.repeat)),
        (f"{asked.size:,} pairs, at night", measured(ask(asked.size, NIGHT, many), asked.repeat)),
    ]
    lines = page(rows, laws, asked)
    print("\n".join(lines))
    if not asked.no_page:
        PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")


def ask(size: int, at: datetime, known: gate.Known) -> Callable[[], Any]:
    """The gate asked about all pairs, which were made before."""
    asked = questions(size, at)
    return lambda: gate.decide(asked, known)


def measured(act: Callable[[], Any], times: int) -> tuple[float, float]:
    """Medians of wall and processor seconds; the first run, which fills what is kept, is not counted."""
    act()
    wall, processor = [], []
    for _ in range(times):
        began, spent = time.perf_counter(), time.process_time()
        act()
        wall.append(time.perf_counter() - began)
        processor.append(time.process_time() - spent)
    return statistics.median(wall), statistics.median(processor)


def questions(size: int, at: datetime) -> pl.DataFrame:
    """Every debtor by each channel; debtors live in the places in turn."""
    number = np.arange(size)
    debtor = number // len(CHANNELS)
    place = pl.Series(list(PLACES))[debtor % len(PLACES)]
    channel = pl.Series(CHANNELS)[number % len(CHANNELS)]
    return pl.DataFrame(
        {
            "question_id": number,
            "account_id": debtor,
            "debtor_id": debtor,
            "person_id": debtor,
            "point_id": debtor * 2 + (channel == "email").cast(pl.Int64).to_numpy(),
            "role": pl.repeat("debtor", size, eager=True),
            "has_basis": pl.repeat(value=False, n=size, eager=True),
            "channel": channel,
            "place": pl.repeat("mobile", size, eager=True),
            "purpose": pl.repeat("collect", size, eager=True),
            "content": pl.Series([None] * size, dtype=pl.String),
            "regime": place,
            "zones": place.replace_strict(PLACES),
            "calendar": place,
            "at": pl.repeat(at, size, dtype=pl.Datetime("us", "UTC"), eager=True),
        }
    )


def book(size: int, laws: dict[str, Any], days: dict[str, Any]) -> gate.Known:
    """A fact for every fifth debtor, an attempt for each pair in the last thirty days, wishes of every hundredth."""
    random = np.random.default_rng(1)
    debtors = max(size // len(CHANNELS), 1)
    facts, wishes = debtors // 5, debtors // 100
    begin = instant(NOON) - random.integers(1, 40, facts) * 86_400_000_000
    end = begin + random.integers(1, 80, facts) * 86_400_000_000
    whose = random.integers(0, debtors, facts)
    nobody = pl.Series([None] * facts, dtype=pl.Int64)
    called = random.integers(0, debtors, size)
    return gate.Known(
        pl.DataFrame(
            {
                "fact_id": np.arange(facts),
                "kind": pl.Series(KINDS)[np.arange(facts) % len(KINDS)],
                "account_id": nobody,
                "debtor_id": whose,
                "person_id": nobody,
                "point_id": nobody,
                "channel": pl.Series([None] * facts, dtype=pl.String),
                "from_at": pl.Series(begin).cast(pl.Datetime("us", "UTC")),
                "until_at": pl.Series(end).cast(pl.Datetime("us", "UTC")),
            }
        ),
        pl.DataFrame(
            {
                "attempt_id": np.arange(size),
                "account_id": called,
                "debtor_id": called,
                "person_id": called,
                "point_id": called * 2,
                "channel": pl.Series(["call", "sms"])[np.arange(size) % 2],
                "place": pl.repeat("mobile", size, eager=True),
                "at": pl.Series(instant(NOON) - random.integers(0, 30 * 86_400_000_000, size)).cast(
                    pl.Datetime("us", "UTC")
                ),
                "result": pl.Series(RESULTS)[np.arange(size) % len(RESULTS)],
                "is_outbound": pl.repeat(value=True, n=size, eager=True),
                "is_conversation": pl.Series(np.arange(size) % 9 == 1),
            }
        ),
        pl.DataFrame(
            {
                "person_id": np.arange(wishes) * 100,
                "weekday": np.arange(wishes) % 7 + 1,
                "from_minute": pl.repeat(480, wishes, dtype=pl.Int64, eager=True),
                "until_minute": pl.repeat(720, wishes, dtype=pl.Int64, eager=True),
            }
        ),
        laws,
        days,
    )


def page(rows: list[tuple[str, tuple[float, float]]], laws: dict[str, Any], asked: argparse.Namespace) -> list[str]:
    """The page as lines."""
    tests = ", ".join(f"{place} {len(rules)}" for place, rules in laws.items())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return [
        "# The gate: figures",
        "",
        "```",
        f"./ahadi bench-gate --size {asked.size} --repeat {asked.repeat}",
        "```",
        "",
        f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, Polars {pl.__version__};",
        f"medians. Tests of rules by place: {tests}. As many attempts as pairs, a fact for every fifth debtor. Peak",
        f"memory {peak} MB, of which the book itself is a part.",
        "",
        "| What | Wall | Processor |",
        "| --- | --- | --- |",
        *(f"| {name} | {shown(wall)} | {shown(spent)} |" for name, (wall, spent) in rows),
        "",
        f"The goals: one decision under {GOALS['one']:.0f} ms, a million in {GOALS['million']:.0f} s on two cores.",
    ]


def shown(seconds: float) -> str:
    """Seconds, or milliseconds below one tenth."""
    return f"{seconds * 1000:.1f} ms" if seconds < 0.1 else f"{seconds:.2f} s"


if __name__ == "__main__":
    main()
