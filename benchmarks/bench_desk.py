"""Measures officers at their desks: fifty at first, then as many as the machine bears, on a book of a million accounts.

The site is served as it is in life, with its push; server, database and load share this machine. Each simulated
officer waits between two acts as a person does. What every step took is written to `docs/operating/benchmarks-desk.md`.
"""

import argparse
import asyncio
import os
import platform
import resource
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import numpy as np
from bench_load import Runs, environment, memory, run
from desk.officers import Measured, Officer, Site
from load import sheets

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "operating" / "benchmarks-desk.md"
CHILD = Path(__file__).parent / "desk" / "child.py"
GOALS = {"next account": 150, "outcome": 150, "search": 300, "push to screen": 1000}
"""Milliseconds that ninety-five of a hundred may take."""
EMPTY = "empty page"
STEPS = (
    "next account",
    "outcome",
    "search",
    "push to screen",
    "call begun",
    "answered, hung up",
    "identity checked",
    "card opened",
    "desk as a page",
    "queue read",
    "news read",
    "draft kept",
    "sign of life",
    EMPTY,
)


@dataclass(frozen=True)
class Stage:
    """What so many officers found: milliseconds by step, errors, and how busy the machine was."""

    officers: int
    seconds: float
    found: Measured
    busy: float
    load: float

    def at(self, step: str, share: float) -> float:
        """Milliseconds within which this share of a step was answered; 0 where it was not asked."""
        known = self.found.seconds.get(step, [])
        return float(np.quantile(known, share)) * 1000 if known else 0.0

    @property
    def is_borne(self) -> bool:
        """Whether every goal is met and nothing went wrong."""
        return not self.found.errors and all(self.at(step, 0.95) <= goal for step, goal in GOALS.items())


def main() -> None:
    """Prepare the book, serve it, let officers work, check the laws, write the page."""
    asked = arguments()
    home = asked.folder / f"{asked.size}"
    prepared(asked, home)
    cookies: dict[str, str] = child(home, "sessions", str(asked.people))["cookies"]
    with Served(home) as served:
        stages = asyncio.run(measured(asked, served, list(cookies.values())))
    broken = None if asked.no_check else child(home, "check", "1000", child(home, "closed")["day"])
    lines = page(asked, stages, broken)
    print("\n".join(lines))
    if not asked.no_page:
        PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(f"written to {PAGE.relative_to(ROOT)}")


def arguments() -> argparse.Namespace:
    """What was asked for on the command line."""
    parser = argparse.ArgumentParser(prog="ahadi bench-desk", description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=1_000_000, help="accounts in the book")
    parser.add_argument("--people", type=int, default=400, help="officers among whom the accounts are spread")
    parser.add_argument("--officers", type=int, default=50, help="officers at work at first")
    parser.add_argument("--minutes", type=float, default=5, help="how long the first and the last stage take")
    parser.add_argument("--pause", type=float, nargs=2, default=(20, 60), help="seconds between two acts of an officer")
    parser.add_argument(
        "--folder", type=Path, default=Path.home() / ".cache" / "ahadi-bench-desk", help="where books and sheets are"
    )
    parser.add_argument("--only-first", action="store_true", help="do not look for what the machine bears")
    parser.add_argument("--no-check", action="store_true", help="end without the laws of the book")
    parser.add_argument("--no-page", action="store_true", help="print, and leave the page as it is")
    return parser.parse_args()


def prepared(asked: argparse.Namespace, home: Path) -> None:
    """The book, made once: officers, a placed sheet, names read; then closed up to yesterday."""
    mark = home / f"placed-{asked.people}"
    if not mark.exists():
        home.mkdir(parents=True, exist_ok=True)
        debts = asked.folder / f"{asked.size}.csv"
        day = child(home, "today")["day"]
        sheets.write_debts(debts, asked.size, placed_on=datetime.fromisoformat(day).date())
        child(home, "fresh")
        child(home, "staff", str(asked.people))
        child(home, "place", str(debts), day)
        child(home, "settle")
        child(home, "read")
        mark.touch()
    child(home, "close")
    child(home, "settle")


def child(home: Path, *words: str) -> Runs:
    """One task in a process of its own; what it found."""
    started = time.monotonic()
    found = run(CHILD, home, *words)
    print(f"{home.name:>9} {words[0]}: {time.monotonic() - started:.1f} s", flush=True)
    return found


class Served:
    """The site and its push in processes of their own, and a bank that books receipts when it is told to."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.live = f"http://127.0.0.1:{self.port + 1}/live/"

    def __enter__(self) -> "Served":
        words = ["-m", "ahadi.project.cli", "serve", "--port", str(self.port)]
        known = environment(self.home)
        self.site = subprocess.Popen([sys.executable, *words], env=known, stdout=subprocess.DEVNULL)
        self.bank = subprocess.Popen(
            [sys.executable, str(CHILD), "bank"],
            env=known,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        assert self.bank.stdout is not None
        while "READY" not in self.bank.stdout.readline():
            if self.bank.poll() is not None:
                raise SystemExit("the bank did not open")
        for port in (self.port, self.port + 1):
            await_port(port)
        return self

    def __exit__(self, *_: object) -> None:
        assert self.bank.stdin is not None
        self.bank.stdin.close()
        self.bank.wait(timeout=30)
        self.site.terminate()
        self.site.wait(timeout=30)

    def book(self, account: str, reference: str) -> None:
        """Has a receipt booked for an account."""
        assert self.bank.stdin is not None
        assert self.bank.stdout is not None
        self.bank.stdin.write(f"{account} {reference}\n")
        self.bank.stdin.flush()
        self.bank.stdout.readline()


def free_port() -> int:
    """A port that is free, with a free one after it."""
    while True:
        with socket.socket() as one, socket.socket() as other:
            one.bind(("127.0.0.1", 0))
            port = int(one.getsockname()[1])
            try:
                other.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


def await_port(port: int) -> None:
    """Waits until somebody listens."""
    latest = time.monotonic() + 60
    while time.monotonic() < latest:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"nobody listens on {port}")


async def measured(asked: argparse.Namespace, served: Served, cookies: list[str]) -> list[Stage]:
    """The first stage; then shorter ones with ever more officers; then a whole one with as many as were borne."""
    whole, short = asked.minutes * 60, max(30.0, asked.minutes * 12)
    stages = [await stage(asked, served, cookies, asked.officers, whole)]
    if asked.only_first or not stages[0].is_borne:
        return stages
    borne, count = asked.officers, asked.officers * 2
    while count <= len(cookies) - 1:
        stages.append(await stage(asked, served, cookies, count, short))
        if not stages[-1].is_borne:
            break
        borne, count = count, count + asked.officers
    if borne > asked.officers:
        stages.append(await stage(asked, served, cookies, borne, whole))
    return stages


async def stage(asked: argparse.Namespace, served: Served, cookies: list[str], officers: int, seconds: float) -> Stage:
    """So many officers for so many seconds, a bank that books receipts meanwhile, and an empty page every second."""
    found = Measured()
    site = Site(served.url, served.live, found, tuple(asked.pause))
    people = [Officer(site, cookie, seed) for seed, cookie in enumerate(cookies[:officers])]
    begun, until = time.monotonic(), time.monotonic() + asked.pause[0] + seconds
    busy, spent = ticks(), own_seconds()
    aside = [asyncio.create_task(banked(served, people, until)), asyncio.create_task(emptied(site, until))]
    await asyncio.gather(*(one.work(until) for one in people), *aside)
    wall = time.monotonic() - begun
    total = [after - before for before, after in zip(busy, ticks(), strict=True)]
    done = Stage(officers, wall, found, 1 - total[1] / total[0], (own_seconds() - spent) / wall)
    told = ", ".join(f"{step} {done.at(step, 0.95):.0f}" for step in GOALS)
    print(f"{officers:>9} officers: p95 ms {told}; {len(found.errors)} errors", flush=True)
    for text in sorted(set(found.errors))[:5]:
        print(f"          {text}", flush=True)
    return done


async def banked(served: Served, people: list[Officer], until: float) -> None:
    """A receipt every few seconds for an account that is on somebody's screen."""
    turn = 0
    while time.monotonic() < until - 10:
        await asyncio.sleep(3)
        shown = [one for one in people if one.account and not one.awaited]
        if not shown:
            continue
        turn += 1
        chosen = shown[turn % len(shown)]
        account, reference = chosen.account, f"B{time.time_ns()}"
        began = time.monotonic()
        chosen.awaited[reference] = began
        await asyncio.to_thread(served.book, account, reference)
        await asyncio.sleep(2)
        # Who had gone on to somebody else meanwhile was not to be told.
        if chosen.awaited.pop(reference, None) is not None and chosen.account == account:
            chosen.site.measured.errors.append(f"push to screen: nothing came within two seconds in {chosen.state!r}")


async def emptied(site: Site, until: float) -> None:
    """The page to sign in, which asks the database nothing, once a second."""
    async with aiohttp.ClientSession() as link:
        while time.monotonic() < until:
            began = time.monotonic()
            async with link.get(f"{site.url}/sign-in/") as answer:
                await answer.read()
            site.measured.seconds[EMPTY].append(time.monotonic() - began)
            await asyncio.sleep(1)


def ticks() -> tuple[int, int]:
    """Ticks of all processors since the machine started, and those in which they did nothing."""
    fields = [int(one) for one in Path("/proc/stat").read_text("ascii").splitlines()[0].split()[1:9]]
    return sum(fields), fields[3] + fields[4]


def own_seconds() -> float:
    """Processor seconds of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def page(asked: argparse.Namespace, stages: list[Stage], checked: Runs | None) -> list[str]:
    """The page, line by line."""
    pause = " to ".join(f"{one:g}" for one in asked.pause)
    return [
        "# What a desk takes",
        "",
        f"Written by `ahadi bench-desk --size {asked.size} --officers {asked.officers} --minutes {asked.minutes:g}` on"
        f" {datetime.now(UTC).date()}.",
        "",
        f"Officers at their desks on a book of {asked.size:,} accounts that `ahadi place` placed and the night closed,",
        f"spread over {asked.people} people. Each waits {pause} seconds between two acts, a tenth of that between what",
        "goes together, and does what the day brings: takes the next account, calls (where the gate says not now the",
        "debtor calls and is found by name), checks who it is, writes down outcomes, promises among them, searches by",
        "misheard names and by numbers, holds the push open, keeps drafts. Receipts are booked meanwhile for accounts",
        "that are on a screen; the push is measured from before the booking until the screen hears of it. The site",
        "runs as `ahadi serve` runs it; server, database and load share the machine. A step is measured from the",
        "request to the last byte of its answer.",
        "",
        *(line for one in stages for line in table(one)),
        *verdict(asked, stages),
        *laws(checked),
        "",
        f"Machine: {os.cpu_count()} cores, {memory()} GB of memory, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}.",
    ]


def table(stage: Stage) -> list[str]:
    """What one stage found."""
    empty = stage.at(EMPTY, 0.95)
    rows = [
        f"| {step} | {len(stage.found.seconds[step]):,} | {stage.at(step, 0.5):.0f} | {stage.at(step, 0.95):.0f}"
        f" | {stage.at(step, 0.99):.0f} | {stage.at(step, 0.95) / empty if empty else 0:.1f} | {GOALS.get(step, '')} |"
        for step in STEPS
        if stage.found.seconds.get(step)
    ]
    requests = sum(len(found) for found in stage.found.seconds.values())
    return [
        f"## {stage.officers} officers, {stage.seconds / 60:.1f} minutes",
        "",
        "| Step | Times | Median, ms | p95, ms | p99, ms | p95 / empty page | Goal, p95 |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        *rows,
        "",
        f"{requests / stage.seconds:.1f} requests a second, {stage.found.outcomes:,} outcomes written down,"
        f" {stage.found.refused:,} calls that the gate did not let through, {stage.found.unpromised:,} promises that"
        " the mandate did not,"
        f" {len(stage.found.errors)} errors; the machine was {stage.busy:.0%} busy, the load itself"
        f" {stage.load:.0%} of one core.",
        "",
    ]


def verdict(asked: argparse.Namespace, stages: list[Stage]) -> list[str]:
    """How many the machine bears."""
    if asked.only_first:
        return []
    borne = max((one.officers for one in stages if one.is_borne), default=0)
    first = next((one.officers for one in stages if not one.is_borne), None)
    more = f" {first} were too many." if first else ""
    return [f"Within every goal and without an error: **{borne} officers**.{more}", ""]


def laws(checked: Runs | None) -> list[str]:
    """What the laws of the book say afterwards."""
    if checked is None:
        return []
    return [
        f"Checked after the load: {checked['laws']} laws, {len(checked['broken'])} broken;"
        f" {checked['recomputed']:,} random accounts recomputed by plain SQL from the raw facts,"
        f" {checked['differ']} different."
    ]


if __name__ == "__main__":
    main()
