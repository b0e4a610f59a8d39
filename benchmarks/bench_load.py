"""Measures loading through the front door: placing beside COPY of the same rows, receipts beside a peer's.

Every run is a process of its own on a real server with its safety settings on. A sheet of debts is placed into an
empty book each time, and COPY of what that wrote follows in the same database; sheets of receipts, a close and the
checks come on the last book. The medians are written to `docs/operating/benchmarks-load.md`.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from load import peer, sheets

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "operating" / "benchmarks-load.md"
CHILD = Path(__file__).parent / "load" / "child.py"
GOALS = {"copy": 4, "receipts": 200, "lines": 300, "parent_mb": 1024}
# What an earlier measurement of the peer found, where it cannot be set up here: receipts and lines a second.
PEER_EARLIER = {"receipts": "34 to 44", "lines": "400"}
Runs = dict[str, Any]


def main() -> None:
    """Load, measure, print, write the page."""
    asked = arguments()
    found = {size: measured(asked, size) for size in asked.size}
    largest = asked.folder / f"{max(asked.size)}"
    rival = None if asked.no_peer else peer.measured(asked.folder, largest, asked.peer_receipts, asked.peer_lines)
    lines = page(found, rival, shown(asked))
    print("\n".join(lines))
    if not asked.no_page:
        PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(f"written to {PAGE.relative_to(ROOT)}")


def arguments() -> argparse.Namespace:
    """What was asked for on the command line."""
    parser = argparse.ArgumentParser(prog="ahadi bench-load", description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, nargs="+", default=[100_000, 1_000_000], help="accounts in the sheets")
    parser.add_argument("--receipts", type=int, default=100_000, help="rows in each sheet of receipts")
    parser.add_argument("--repeat", type=int, default=3, help="measured placements, and sheets of receipts")
    parser.add_argument(
        "--folder", type=Path, default=Path.home() / ".cache" / "ahadi-bench-load", help="where books and sheets are"
    )
    parser.add_argument("--recomputed", type=int, default=10_000, help="accounts that plain SQL recomputes")
    parser.add_argument("--check", action="store_true", help="end with the laws of the book and with plain SQL")
    parser.add_argument("--no-peer", action="store_true", help="leave the peer out, and tell what was found earlier")
    parser.add_argument("--peer-receipts", type=int, default=1_000, help="receipts that the peer books")
    parser.add_argument("--peer-lines", type=int, default=2_000, help="lines that the peer duns")
    parser.add_argument("--no-page", action="store_true", help="print, and leave the page as it is")
    return parser.parse_args()


def shown(asked: argparse.Namespace) -> str:
    """The words by which this measurement is asked for again."""
    sizes = " ".join(map(str, asked.size))
    flags = [name for name, is_on in (("--check", asked.check), ("--no-peer", asked.no_peer)) if is_on]
    return " ".join([f"--size {sizes} --receipts {asked.receipts} --repeat {asked.repeat}", *flags])


def measured(asked: argparse.Namespace, size: int) -> Runs:
    """Everything that is measured with sheets of one size."""
    beside = asked.folder / f"{size}-sheets"
    home = asked.folder / f"{size}"
    for folder in (beside, home):
        folder.mkdir(parents=True, exist_ok=True)
    debts, day = beside / "debts.csv", sheets.PLACED_ON
    sheets.write_debts(debts, size)
    placed, floors, received = [], [], []
    for _ in range(asked.repeat):
        child(home, "fresh")
        placed.append(child(home, "place", str(debts), day.isoformat()))
        floors.append(child(home, "floor", str(beside / "floor")))
    child(home, "settle")
    for turn in range(asked.repeat):
        path = beside / f"receipts-{turn}.csv"
        sheets.write_receipts(path, asked.receipts, size, round_=turn)
        received.append(child(home, "receive", str(path), day.isoformat()))
    found: Runs = {"place": placed, "floor": floors, "receive": received}
    if asked.check:
        found["check"] = child(home, "check", str(asked.recomputed), day.isoformat())
    child(home, "close", (day + timedelta(days=1)).isoformat())  # not measured: the first one writes the snapshot
    found["close"] = [child(home, "close", (day + timedelta(days=turn + 2)).isoformat()) for turn in range(3)]
    return found


def child(home: Path, *words: str) -> Runs:
    """One run in a process of its own; what it found."""
    found = run(CHILD, home, *words)
    told = ", ".join(
        f"{name} {value:.2f}" if isinstance(value, float) else f"{name} {value}" for name, value in found.items()
    )
    print(f"{home.name:>9} {words[0]}: {told}", flush=True)
    return found


def run(program: Path, home: Path, *words: str) -> Runs:
    """What a program found that ends with its result as one line of JSON."""
    done = subprocess.run(
        [sys.executable, str(program), *words], env=environment(home), stdout=subprocess.PIPE, text=True, check=True
    )
    found: Runs = json.loads(done.stdout.splitlines()[-1].removeprefix("RESULT "))
    return found


def environment(home: Path) -> dict[str, str]:
    """The variables by which a process works in a home of this measurement."""
    known = {**os.environ, "AHADI_HOME": str(home), "AHADI_COUNTRY": "KE"}
    for name in ("AHADI_DATABASE_URL", "AHADI_OWNER_DATABASE_URL", "AHADI_SNAPSHOTS"):
        known.pop(name, None)
    return known


def median(runs: list[Runs], *names: str) -> float:
    """The median over the runs of a figure, or of the sum of several."""
    return float(statistics.median(sum(run[name] for name in names) for run in runs))


def page(found: dict[int, Runs], rival: Runs | None, words: str) -> list[str]:
    """The page, line by line."""
    return [
        "# What loading costs",
        "",
        f"Written by `ahadi bench-load {words}` on {datetime.now(UTC).date()}.",
        "",
        "A creditor's sheet of debts (one account, debtor, telephone, reference and charge a row) is placed by",
        "`ahadi place` into an empty book: read in a child process, understood, typed, compared with the book, booked",
        "as parties, accounts, charges, journals, owners, next actions and states in one act that can be undone. The",
        "floor copies the rows that this wrote, table by table, from files into empty tables with the same checks and",
        "indexes, and the foreign keys that are left ([decision 12](../decisions/0012-references-by-statement.md)), in",
        "one transaction. Both run in turn, each in a process of its own, on one",
        "PostgreSQL with fsync, full_page_writes and synchronous_commit on. Processor seconds are those of the",
        "process, of the child that reads the sheet, and of the server's process that did the work.",
        "",
        "| Accounts | Place, s | COPY, s | Ratio | Place, processor s | COPY, processor s | Ratio "
        "| COPY without keys, s | Ratio | Rows written | Peak, MB | Reader's, MB | Server's, MB |",
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
        *(place_row(size, runs) for size, runs in found.items()),
        "",
        f"Goal: at most {GOALS['copy']} times the COPY of the same rows, and {GOALS['parent_mb']:,} MB in the process.",
        "COPY without keys goes into tables without any foreign key. `ahadi place` is asked after every reference that",
        "it writes, by a trigger for each statement; neither COPY is.",
        "",
        *receipt_lines(found, rival),
        "",
        *checked(found),
        *(line for size, runs in found.items() for line in singles(size, runs)),
        "",
        f"Machine: {os.cpu_count()} cores, {memory()} GB of memory, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}.",
    ]


def place_row(size: int, runs: Runs) -> str:
    """Placing one sheet beside its floor."""
    placed, floors = runs["place"], runs["floor"]
    wall, floor = median(placed, "wall"), median(floors, "wall")
    spent, least = median(placed, "cpu", "server_cpu"), median(floors, "cpu", "server_cpu")
    cells = (
        f"{size:,}",
        f"{wall:.1f}",
        f"{floor:.1f}",
        f"{wall / floor:.2f}",
        f"{spent:.1f}",
        f"{least:.1f}",
        f"{spent / least:.2f}",
        f"{median(floors, 'bare_wall'):.1f}",
        f"{wall / median(floors, 'bare_wall'):.2f}",
        f"{floors[0]['rows']:,}",
        *(f"{max(run[name] for run in placed):,.0f}" for name in ("peak_mb", "reader_mb", "server_mb")),
    )
    return f"| {' | '.join(cells)} |"


def spent_lines(found: dict[int, Runs], rival: Runs | None) -> list[str]:
    """Processor seconds of a thousand receipts: on a machine that does other work they are surer than the time."""
    spent = {
        f"Ahadi at {size:,}": 1_000
        * statistics.median((r["cpu"] + r["server_cpu"]) / r["count"] for r in runs["receive"])
        for size, runs in found.items()
    }
    told = [f"{name} {seconds:.2f}" for name, seconds in spent.items()]
    if rival:
        paid = rival["receipts"]
        theirs = 1_000 * (paid["cpu"] + paid["server_cpu"]) / paid["count"]
        told += [f"the peer {theirs:.1f}, {theirs / max(spent.values()):,.0f} times as much"]
    return [
        f"Processor seconds for 1,000 receipts, of the process and of the server: {'; '.join(told)}. Where a machine",
        "does other work these are surer than the rates.",
    ]


def receipt_lines(found: dict[int, Runs], rival: Runs | None) -> list[str]:
    """Receipts and lines of a close by the second, beside the peer's."""
    table = [
        "| Accounts | Receipts/s | The peer's | Ratio | Late accounts closed/s | The peer's lines/s | Ratio |",
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    peers = {name: rival[name]["count"] / rival[name]["wall"] for name in ("receipts", "lines")} if rival else {}
    for size, runs in found.items():
        rates = {
            "receipts": statistics.median(run["count"] / run["wall"] for run in runs["receive"]),
            "lines": statistics.median(run["late"] / run["wall"] for run in runs["close"]),
        }
        cells = [f"{size:,}"]
        for name, rate in rates.items():
            theirs = f"{peers[name]:,.0f}" if rival else f"{PEER_EARLIER[name]} (earlier)"
            cells += [f"{rate:,.0f}", theirs, f"{rate / peers[name]:,.0f}" if rival else "–"]
        table.append(f"| {' | '.join(cells)} |")
    told = (
        f"The peer is {rival['name']}, in the same run on the same server: {rival['receipts']['count']:,} posted"
        f" invoices paid in batches, {rival['lines']['count']:,} overdue lines dunned in a fresh process."
        if rival
        else "The peer is Tryton 8.2; its rates were measured earlier and are not of this run."
    )
    goals = f"Goal: {GOALS['receipts']} times its receipts and {GOALS['lines']} times its lines a second."
    lines = ["Sheets of receipts on the book that was placed, taken by `ahadi receive`.", "", *table, "", told, goals]
    return [*lines, *spent_lines(found, rival)]


def checked(found: dict[int, Runs]) -> list[str]:
    """What the checks of the books said."""
    lines = [
        f"Checked at {size:,} accounts after {len(runs['receive'])} sheets of receipts: {runs['check']['laws']} laws,"
        f" {len(runs['check']['broken'])} broken; {runs['check']['recomputed']:,} random accounts recomputed by plain"
        f" SQL from the raw facts, {runs['check']['differ']} different."
        for size, runs in found.items()
        if "check" in runs
    ]
    return [*lines, ""] if lines else []


def singles(size: int, runs: Runs) -> list[str]:
    """The single runs, so that the spread is seen."""
    parts = {"place": "wall", "floor": "wall", "receive": "wall", "close": "wall"}
    told = "; ".join(f"{name} " + ", ".join(f"{run[key]:.2f}" for run in runs[name]) for name, key in parts.items())
    return [f"Single runs at {size:,}, s: {told}."]


def memory() -> int:
    """Gigabytes of memory."""
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9)


if __name__ == "__main__":
    main()
