"""`ahadi demo`: builds the demonstration book once, closes what is not closed, and serves it."""

import argparse
import json
import os
from dataclasses import asdict
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Literal

from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import OPERATOR, Performance
from ahadi.domain.flows.close_day import CloseOutcome, close_day
from ahadi.domain.people import queries
from ahadi.domain.people.queries import House
from ahadi.jobs.commands import serve
from ahadi.jobs.twin import book
from ahadi.jobs.twin.book import SignIn

HELP = "Build the demonstration book, close the day and serve it"
NEEDS: Literal["prepared"] = "prepared"
# A book left alone for longer is closed for its last days only: the days between hold nothing new.
_DAYS_CLOSED = 7


def configure(parser: argparse.ArgumentParser) -> None:
    """How large a book, and where it is served."""
    parser.add_argument("--accounts", type=int, default=2_000, help="about how many accounts (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="another seed, another book (default %(default)s)")
    parser.add_argument("--no-serve", action="store_true", help="build and close, then stop")
    serve.configure(parser)


def run(arguments: argparse.Namespace) -> int:
    """Builds, closes, prints the sign-ins, serves."""
    if not arguments.no_serve:
        serve.require_free(arguments.host, arguments.port)
    house = _house(arguments)
    _close_until(house, house.today - timedelta(days=1))
    for line in _told(_kept(arguments)):
        print(line)
    return 0 if arguments.no_serve else serve.run(arguments)


def _house(arguments: argparse.Namespace) -> House:
    known = {house.code: house for house in queries.houses()}
    if book.CODE not in known:
        print("Building the demonstration book ...", flush=True)
        sign_ins = book.build(accounts=arguments.accounts, seed=arguments.seed, tell=_tell)
        _keep(arguments, sign_ins)
    return queries.house(book.CODE)


def _tell(line: str) -> None:
    print(f"  {line}", flush=True)


def _close_until(house: House, last: date) -> None:
    closed = queries.last_close(house.id)
    first = max(closed[0] + timedelta(days=1), last - timedelta(days=_DAYS_CLOSED - 1)) if closed else last
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        outcome = perform(
            "close_day",
            partial(close_day, as_of=day),
            CloseOutcome,
            Performance(OPERATOR, house.id, day.isoformat().encode()),
        )
        print(f"{day} closed: {outcome.accounts} accounts, {outcome.listed} on the next day's worklists", flush=True)


def _path(arguments: argparse.Namespace) -> Path:
    return Path(arguments.installation.folder()) / "demo-sign-ins.json"


def _keep(arguments: argparse.Namespace, sign_ins: list[SignIn]) -> None:
    path = _path(arguments)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump([asdict(one) for one in sign_ins], file)


def _kept(arguments: argparse.Namespace) -> list[SignIn]:
    path = _path(arguments)
    return [SignIn(**one) for one in json.loads(path.read_text())] if path.exists() else []


def _told(sign_ins: list[SignIn]) -> list[str]:
    if not sign_ins:
        return ["The sign-ins of this book were kept on the machine that built it."]
    return ["", "Sign in as"] + [f"  {one.role:<11} {one.login:<36} {one.password}" for one in sign_ins] + [""]
