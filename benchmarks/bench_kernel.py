"""Measures the kernel's night against the same figures in bare NumPy and in DuckDB, run beside it.

Every engine runs in a process of its own, on the same book in the same parts; before anything is printed
the three must have found the same rows. Making the book and comparing the rows is not part of the time.
"""

import argparse
import hashlib
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from kernel import bare_numpy, book

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "operating" / "benchmarks-kernel.md"
ENGINES = ("numpy", "ahadi", "duckdb")
GOAL = 1.5
COMPARED = {
    "allocations": ("account_id", "receipt_id", "charge_id", "value_date", *bare_numpy.WATERFALL),
    "charges": ("charge_id", "paid_minor", "open_minor", "days_late", "bucket"),
    "accounts": (
        "account_id",
        "outstanding_minor",
        "overdue_minor",
        "unapplied_minor",
        "oldest_due_date",
        "days_late",
        "bucket",
        "days_to_next_bucket",
        "open_count",
        *(f"in_bucket_{place}" for place in range(len(book.EDGES) + 2)),
    ),
    "promises": ("promise_id", "status", "received_minor"),
    "points": ("account_id", "reason", "points", "amount_minor", "days"),
    "ranks": ("owner_id", "account_id", "rank", "points"),
    "absent": ("account_id", "owner_id", "rule", "until_date"),
}


class UnableToCompareEngines(RuntimeError):
    """The engines found different rows for the same book, so that their times mean nothing."""


def main() -> None:
    """Measure, compare, print, and write the page."""
    asked = arguments()
    if asked.engine:
        print(json.dumps(measured(asked.engine, asked.accounts, asked.part)))
        return
    runs: dict[str, list[dict[str, Any]]] = {engine: [] for engine in asked.engines}
    for turn in range(asked.repeat):
        for engine in turned(asked.engines, turn):
            runs[engine].append(in_a_process(engine, asked))
            shown = runs[engine][-1]
            print(f"run {turn + 1} {engine:<7} {shown['wall']:7.2f} s  {shown['cpu']:7.2f} s of processor", flush=True)
    require_agreement(runs)
    table = summary(runs)
    print("\n" + table)
    if not asked.no_page:
        PAGE.write_text(page(table, runs, asked), encoding="utf-8")
        print(f"written to {PAGE.relative_to(ROOT)}")


def arguments() -> argparse.Namespace:
    """What was asked for on the command line."""
    parser = argparse.ArgumentParser(prog="ahadi bench-kernel", description=__doc__.splitlines()[0])
    parser.add_argument("--accounts", type=int, default=1_000_000, help="accounts in the book")
    parser.add_argument("--part", type=int, default=250_000, help="accounts given to an engine at once")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each engine; the medians are shown")
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument("--no-page", action="store_true", help="print only, and leave the page as it is")
    parser.add_argument("--engine", choices=ENGINES, help=argparse.SUPPRESS)
    return parser.parse_args()


def turned(engines: list[str], turn: int) -> list[str]:
    """The engines, each run beginning with another one."""
    first = turn % len(engines)
    return engines[first:] + engines[:first]


def in_a_process(engine: str, asked: argparse.Namespace) -> dict[str, Any]:
    """One run of an engine in a process of its own."""
    command = [sys.executable, __file__, "--engine", engine]
    command += ["--accounts", str(asked.accounts), "--part", str(asked.part)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def measured(engine: str, accounts: int, part: int) -> dict[str, Any]:
    """Wall and processor seconds of all parts, the peak of memory, and what identifies the rows."""
    prepared, run, results = loaded(engine)
    wall = cpu = 0.0
    digests = {name: hashlib.blake2b(digest_size=16) for name in COMPARED}
    counts, sums = dict.fromkeys(COMPARED, 0), dict.fromkeys(COMPARED, 0)
    for piece in book.parts(accounts, part):
        given = prepared(piece)
        before, start = processor_seconds(), time.perf_counter()
        found = run(given)
        wall, cpu = wall + time.perf_counter() - start, cpu + processor_seconds() - before
        for name, columns in results(found).items():
            for column in COMPARED[name]:
                values = np.ascontiguousarray(columns[column], dtype=np.int64)
                digests[name].update(values.tobytes())
                sums[name] += int(values.sum())
            counts[name] += len(columns[COMPARED[name][0]])
        del given, found
    return {
        "engine": engine,
        "wall": wall,
        "cpu": cpu,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "rows": counts,
        "sums": sums,
        "digests": {name: digest.hexdigest() for name, digest in digests.items()},
    }


def loaded(engine: str) -> tuple[Any, Any, Any]:
    """How an engine takes a book, runs it, and gives its rows; the others are not loaded."""
    if engine == "numpy":
        return bare_numpy.prepared, bare_numpy.run, dict
    name = {"ahadi": "ours", "duckdb": "in_duckdb"}[engine]
    module = __import__(f"kernel.{name}", fromlist=[name])
    return module.prepared, module.run, module.results


def processor_seconds() -> float:
    """User and system time of this process so far, all its threads together."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def require_agreement(runs: dict[str, list[dict[str, Any]]]) -> None:
    """Raise UnableToCompareEngines unless every run of every engine found the same rows."""
    first, *others = [run for engine in runs.values() for run in engine]
    for other in others:
        for name in COMPARED:
            for measure in ("rows", "sums", "digests"):
                if first[measure][name] != other[measure][name]:
                    raise UnableToCompareEngines(
                        f"{name}: {first['engine']} and {other['engine']} differ in {measure}: "
                        f"{first[measure][name]} and {other[measure][name]}"
                    )


def summary(runs: dict[str, list[dict[str, Any]]]) -> str:
    """The medians and the fastest runs as a table, and their ratios to those of bare NumPy."""
    lines = [
        "| Engine | Wall, s | Processor, s | Ratio to NumPy | Fastest run, s | Ratio to NumPy | Peak memory, MB |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    bare = [run["cpu"] for run in runs.get("numpy", [])]
    for engine, made in runs.items():
        wall, used = statistics.median(run["wall"] for run in made), [run["cpu"] for run in made]
        middle, fastest = statistics.median(used), min(used)
        ratios = (f"{middle / statistics.median(bare):.2f}", f"{fastest / min(bare):.2f}") if bare else ("–", "–")
        peak = max(run["peak_mb"] for run in made)
        lines.append(f"| {engine} | {wall:.2f} | {middle:.2f} | {ratios[0]} | {fastest:.2f} | {ratios[1]} | {peak} |")
    return "\n".join(lines) + "\n"


def page(table: str, runs: dict[str, list[dict[str, Any]]], asked: argparse.Namespace) -> str:
    """The page of the measurement."""
    first = next(iter(runs.values()))[0]
    rows = ", ".join(f"{count:,} {name}" for name, count in first["rows"].items())
    single = "; ".join(f"{engine} " + ", ".join(f"{run['cpu']:.2f}" for run in made) for engine, made in runs.items())
    command = f"make bench-kernel ARGS='--accounts {asked.accounts} --part {asked.part} --repeat {asked.repeat}'"
    machine = f"{os.cpu_count()} cores, {memory_gb()} GB of memory, {platform.system()} {platform.machine()}"
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "polars", "duckdb"))
    return PAGE_TEXT.format(
        accounts=f"{asked.accounts:,}",
        part=f"{asked.part:,}",
        rows=rows,
        table=table,
        single=single,
        command=command,
        machine=f"{machine}, Python {platform.python_version()}, {packages}",
        repeat=asked.repeat,
        goal=GOAL,
        day=datetime.now(tz=UTC).date().isoformat(),
    )


def memory_gb() -> int:
    """The memory of the machine."""
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)


PAGE_TEXT = """# What the kernel costs

Written by `{command}` on {day}.

{accounts} accounts with twelve instalments and six receipts each, every seventh with a promise, in parts of {part}:
which receipt paid which charge by component, how late every charge and account is, what became of every promise,
the points by reason, the rank of each account on its owner's list and why the others are not on it. The three
engines run on the same book, each in a process of its own, {repeat} times in turn; the medians stand here. They found
the same rows ({rows}), compared by count, sum and digest.

{table}
Processor seconds of the single runs: {single}. The goal is {goal} times NumPy's processor time. On a machine that does
other work the ratio of the fastest runs is the surer one.

Machine: {machine}.

The bare NumPy version (`benchmarks/kernel/bare_numpy.py`) and the DuckDB version (`benchmarks/kernel/in_duckdb.py`)
check nothing. The kernel refuses wrong frames, sorts what is not sorted, and upholds its laws on every run: what it
costs more is the price of that: the sums per charge, component and receipt that the laws compare, the checks of
types, keys and order, and the texts of buckets, states, reasons and rules, which the bare version leaves as numbers.
"""

if __name__ == "__main__":
    main()
