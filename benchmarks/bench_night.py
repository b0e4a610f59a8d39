"""Measures the night beside its floor: the close of a whole book, its growth, a full recompute, one officer's list.

Every run is a process of its own on a real server with its safety settings on; a book that was loaded once is kept
under `--folder` and taken again, so that a stopped measurement goes on. Books of states and a snapshot alone show how
the close grows. The medians of the runs are written to `docs/operating/benchmarks.md`.
"""

import argparse
import json
import math
import os
import platform
import statistics
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "operating" / "benchmarks.md"
CHILD = Path(__file__).parent / "night" / "child.py"
FIRST = date(2026, 3, 31)
# Two days pass in each measured close: about 6 of 100 accounts change their business state.
STEP = timedelta(days=2)
# A book of states and a snapshot that is larger is closed once.
REPEATED_MAX = 3_000_000
GOALS = {"close": 2.5, "ungated": 1.5, "recompute": 5.0, "rows": 1.1, "exponent": 1.05}
Runs = dict[str, Any]


def main() -> None:
    """Load, measure, print, write the page."""
    asked = arguments()
    found = {size: measured(asked, size) for size in asked.size}
    stated = {size: closed(asked, size) for size in asked.state_only}
    sizes, states = (" ".join(map(str, some)) for some in (asked.size, asked.state_only))
    words = f"--size {sizes} --repeat {asked.repeat} --recompute-up-to {asked.recompute_up_to}"
    words += " --ungated" if asked.ungated else ""
    lines = page(found, stated, words + (f" --state-only {states}" if states else ""))
    print("\n".join(lines))
    if not asked.no_page:
        PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(f"written to {PAGE.relative_to(ROOT)}")


def arguments() -> argparse.Namespace:
    """What was asked for on the command line."""
    parser = argparse.ArgumentParser(prog="ahadi bench", description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, nargs="+", default=[100_000, 1_000_000], help="accounts in the books")
    parser.add_argument(
        "--state-only",
        type=int,
        nargs="*",
        default=[],
        metavar="SIZE",
        help="accounts in books of states and a snapshot alone, of which only the close is measured",
    )
    parser.add_argument("--repeat", type=int, default=3, help="measured closes of each book")
    parser.add_argument(
        "--folder", type=Path, default=Path.home() / ".cache" / "ahadi-bench", help="where books are kept"
    )
    parser.add_argument("--recompute-up-to", type=int, default=1_000_000, help="the largest book that is recomputed")
    parser.add_argument("--ungated", action="store_true", help="measure closes that do not ask the gate as well")
    parser.add_argument("--check", action="store_true", help="end with the laws of the book")
    parser.add_argument("--no-page", action="store_true", help="print, and leave the page as it is")
    return parser.parse_args()


def measured(asked: argparse.Namespace, size: int) -> Runs:
    """Everything that is measured of one book."""
    home = asked.folder / f"{size}"
    home.mkdir(parents=True, exist_ok=True)
    if not (home / "loaded").exists():
        child(home, "load", str(size))
        (home / "loaded").touch()
    last = next_day(home)
    child(home, "close", last.isoformat())  # not measured: the first one writes the snapshot
    found: Runs = {"close": [], "floor": []} | ({"close_ungated": []} if asked.ungated else {})
    for _ in range(asked.repeat):
        for task, runs in found.items():
            # The floor computes the figures of the day that was closed.
            last += STEP if task != "floor" else timedelta(0)
            runs.append(child(home, task, last.isoformat()))
    found["worklist"] = child(home, "worklist", last.isoformat())
    if size <= asked.recompute_up_to:
        found["recompute"] = child(home, "recompute", last.isoformat())
    if asked.check:
        found["check"] = child(home, "check")
    return found


def closed(asked: argparse.Namespace, size: int) -> Runs:
    """The closes of a book that has states and a snapshot alone."""
    home = asked.folder / f"state-only-{size}"
    home.mkdir(parents=True, exist_ok=True)
    if not (home / "loaded").exists():
        child(home, "load_states", str(size))
        (home / "loaded").touch()
    last = next_day(home)
    if last == FIRST or size <= REPEATED_MAX:
        child(home, "close", last.isoformat())  # not measured: the first one reads what was just loaded
        last += STEP
    days = [last + number * STEP for number in range(asked.repeat if size <= REPEATED_MAX else 1)]
    return {"close": [child(home, "close", day.isoformat()) for day in days]}


def next_day(home: Path) -> date:
    """The day to close next: two days after the last closed one, so that a book can be measured again."""
    last = child(home, "last")["day"]
    return date.fromisoformat(last) + STEP if last else FIRST


def child(home: Path, *words: str) -> Runs:
    """One run in a process of its own; what it found."""
    environment = {**os.environ, "AHADI_HOME": str(home)}
    for name in ("AHADI_DATABASE_URL", "AHADI_OWNER_DATABASE_URL", "AHADI_SNAPSHOTS"):
        environment.pop(name, None)
    done = subprocess.run(
        [sys.executable, str(CHILD), *words], env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    found: Runs = json.loads(done.stdout.splitlines()[-1].removeprefix("RESULT "))
    shown = ", ".join(
        f"{name} {value:.2f}" if isinstance(value, float) else f"{name} {value}" for name, value in found.items()
    )
    print(f"{home.name:>9} {' '.join(words)}: {shown}", flush=True)
    return found


def median(runs: list[Runs], name: str) -> float:
    """The median of one figure over the runs."""
    return float(statistics.median(run[name] for run in runs))


def page(found: dict[int, Runs], stated: dict[int, Runs], words: str) -> list[str]:
    """The page, line by line."""
    return [
        "# What the night costs",
        "",
        f"Written by `make bench ARGS='{words}'` on {datetime.now(UTC).date()}.",
        "",
        "A lender's book: loans with twelve instalments and six receipts each, every seventh with a promise, loaded",
        "through the product's own import. A measured close lets two days pass. The floor copies the whole state out,",
        "computes the plain figures from frozen code that imports nothing of ours (`benchmarks/night/floor.py`), and",
        "copies all of it in again; it explains nothing, keeps no history and survives no kill. Both run in turn,",
        "each in a process of its own, on one PostgreSQL with fsync, full_page_writes and synchronous_commit on.",
        "",
        "| Accounts | Close, s | Floor, s | Ratio | Changed | Updated / changed | Listed | Peak, MB | Accounts/s |",
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
        *(close_row(size, runs) for size, runs in found.items()),
        "",
        f"Goal: at most {GOALS['close']} times the floor with the gate asked, {GOALS['rows']} rows updated for each"
        " that changed, 1 GB.",
        *ungated_part(found),
        *growth(found),
        *stated_part(stated),
        "",
        "| Accounts | Full recompute, s | Ratio to the floor | In processor s | Accounts that differ "
        "| One officer's list, ms | Rows |",
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
        *(other_row(size, runs) for size, runs in found.items()),
        "",
        "A full recompute derives every state from the raw facts, in spans of account ids, two at once, and compares",
        "it with what is stored, byte for byte; it asks neither the snapshot nor a stored state for anything.",
        f"Goal: at most {GOALS['recompute']} times the floor and no difference; the list under 50 ms.",
        "",
        *singles(found, ""),
        *singles(stated, "state-only "),
        "",
        "In brackets: processor seconds of the process and of the server.",
        "",
        f"Machine: {os.cpu_count()} cores, {memory()} GB of memory, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}.",
    ]


def close_row(size: int, runs: Runs) -> str:
    """The close of one book beside its floor."""
    wall, floor = median(runs["close"], "wall"), median(runs["floor"], "wall")
    cells = (f"{size:,}", f"{wall:.2f}", f"{floor:.2f}", f"{wall / floor:.2f}", *figures(size, runs))
    return f"| {' | '.join(cells)} |"


def figures(size: int, runs: Runs) -> tuple[str, ...]:
    """What a close did: changed, updated for each that changed, listed, peak memory, speed."""
    wall = median(runs["close"], "wall")
    changed, updated = median(runs["close"], "changed"), median(runs["close"], "updated")
    return (
        f"{100 * changed / size:.1f} %",
        f"{updated / max(changed, 1):.3f}",
        f"{median(runs['close'], 'listed'):,.0f}",
        f"{max(run['peak_mb'] for run in runs['close']):,.0f}",
        f"{size / wall:,.0f}",
    )


def ungated_part(found: dict[int, Runs]) -> list[str]:
    """The same closes without the question whether each account on a list may be reached."""
    rows = {size: runs for size, runs in found.items() if "close_ungated" in runs}
    if not rows:
        return []
    return [
        "",
        "The floor asks no law whether the debtors on its lists may be reached. Without that question a close is this:",
        "",
        "| Accounts, gate not asked | Close, s | Ratio | Processor, s | The floor's | Ratio |",
        "| ---: | ---: | ---: | ---: | ---: | ---: |",
        *(ungated_row(size, runs) for size, runs in rows.items()),
        "",
        f"Goal: at most {GOALS['ungated']} times the floor.",
    ]


def ungated_row(size: int, runs: Runs) -> str:
    """The close of one book without the gate, beside its floor."""
    wall, floor = median(runs["close_ungated"], "wall"), median(runs["floor"], "wall")
    spent, least = (statistics.median(both(run) for run in runs[name]) for name in ("close_ungated", "floor"))
    cells = (f"{size:,}", f"{wall:.2f}", f"{wall / floor:.2f}", f"{spent:.2f}", f"{least:.2f}", f"{spent / least:.2f}")
    return f"| {' | '.join(cells)} |"


def both(run: Runs) -> float:
    """Processor seconds of the process and of the server."""
    return float(run["cpu"] + run["server_cpu"])


def stated_part(stated: dict[int, Runs]) -> list[str]:
    """How the close grows, on books of states and a snapshot alone."""
    if not stated:
        return []
    return [
        "",
        "State-only books: accounts made alike, with their states, their promises and the snapshot of their schedules,",
        "and no charges, receipts, allocations or journals below them (`benchmarks/night/stated.py`). A close reads",
        "nothing else, so its growth can be measured where the facts would take hours to load; there is no floor and",
        "no recompute of such a book.",
        "",
        "| Accounts, state-only | Close, s | Changed | Updated / changed | Listed | Peak, MB | Accounts/s |",
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
        *(stated_row(size, runs) for size, runs in stated.items()),
        *growth(stated),
        "",
        f"Goal: an exponent of at most {GOALS['exponent']} from 100,000 to 3,000,000 accounts, 1 GB at any size.",
    ]


def other_row(size: int, runs: Runs) -> str:
    """The recompute and the list of one book."""
    floor, whole, listed = median(runs["floor"], "wall"), runs.get("recompute"), runs["worklist"]
    least = statistics.median(both(run) for run in runs["floor"])
    cells = (
        f"{size:,}",
        f"{whole['wall']:.1f}" if whole else "–",
        f"{whole['wall'] / floor:.1f}" if whole else "–",
        f"{both(whole) / least:.1f}" if whole else "–",
        f"{whole['different']}" if whole else "–",
        f"{1000 * listed['wall']:.0f}",
        f"{listed['rows']}",
    )
    return f"| {' | '.join(cells)} |"


def stated_row(size: int, runs: Runs) -> str:
    """The close of one state-only book."""
    cells = (f"{size:,}", f"{median(runs['close'], 'wall'):.2f}", *figures(size, runs))
    return f"| {' | '.join(cells)} |"


def growth(found: dict[int, Runs]) -> list[str]:
    """How the time of a close grows with the book, from the smallest to each larger one."""
    first, *others = sorted(found)
    lines = []
    for size in others:
        slower = median(found[size]["close"], "wall") / median(found[first]["close"], "wall")
        exponent = math.log(slower) / math.log(size / first)
        lines += ["", f"From {first:,} to {size:,} accounts the time of a close grows with exponent {exponent:.2f}."]
    return lines


def singles(found: dict[int, Runs], kind: str) -> list[str]:
    """The single runs, so that the spread is seen, with processor seconds of the process and of the server."""
    lines = []
    for size, runs in found.items():
        line = f"Single runs at {kind}{size:,}: close {', '.join(map(spent, runs['close']))}"
        if "close_ungated" in runs:
            line += f"; gate not asked {', '.join(map(spent, runs['close_ungated']))}"
        if "floor" in runs:
            line += f"; floor {', '.join(map(spent, runs['floor']))}"
        if "recompute" in runs:
            line += f"; recompute {spent(runs['recompute'])}, {runs['recompute']['peak_mb']:,.0f} MB"
        lines.append(f"{line}.")
    return lines


def spent(run: Runs) -> str:
    """Seconds of one run, and how many of two processors it took: its own and the server's."""
    return f"{run['wall']:.2f} ({run['cpu']:.2f} + {run['server_cpu']:.2f})"


def memory() -> int:
    """Gigabytes of memory."""
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9)


if __name__ == "__main__":
    main()
