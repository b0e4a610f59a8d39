"""One measured run in a process of its own; prints what it found as one line of JSON."""

import importlib
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ahadi.project import cli


def main() -> None:
    """`child.py TASK ARGUMENTS`: load, load_states, close, close_ungated, floor, recompute, worklist, last, check."""
    cli._set_up_django()
    installation = cli._installation()
    installation.reach()
    installation.prepare()
    task, *arguments = sys.argv[1:]
    for name in ("ahadi.jobs.closing", "night.recompute", "night.stated"):
        importlib.import_module(name)  # once Django is set up, and before anything is measured
    mine, theirs = _spent(), _spent_by_server()
    found = TASKS[task](*arguments)
    found["cpu"] = _spent() - mine
    found["server_cpu"] = _spent_by_server() - theirs
    found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print("RESULT " + json.dumps(found), flush=True)


def _spent() -> float:
    """Processor seconds of this process so far."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _spent_by_server() -> float:
    """Processor seconds of the server and all its processes so far, those that ended among them; 0 outside Linux."""
    from ahadi.project.home import locate_home

    try:
        postmaster = (locate_home() / "postgres" / "postmaster.pid").read_text().splitlines()[0]
        own = f"/proc/{postmaster}"
        living = [f"/proc/{child}" for child in Path(f"{own}/task/{postmaster}/children").read_text().split()]
        ticks = sum(_ticks(own, slice(11, 15))) + sum(sum(_ticks(process, slice(11, 13))) for process in living)
    except OSError:
        return 0.0
    return ticks / os.sysconf("SC_CLK_TCK")


def _ticks(process: str, which: slice) -> list[int]:
    """Fields of a process's record after its name, which may hold blanks."""
    return [int(field) for field in Path(f"{process}/stat").read_text().rpartition(")")[2].split()[which]]


def load(accounts: str) -> dict[str, Any]:
    """Loads the book, as far as it is not there, and writes the floor's schedule."""
    import polars as pl

    from ahadi.data import frames
    from night import book

    started = time.perf_counter()
    book.load(int(accounts), tell=lambda line: print(line, flush=True))
    ids = frames.read("SELECT account_id FROM account_state ORDER BY 1", {}, {"id": pl.Int64})["id"]
    book.schedule(_schedule(), int(accounts), ids)
    return {"wall": time.perf_counter() - started}


def load_states(accounts: str) -> dict[str, Any]:
    """Loads a book of states and a snapshot, as far as it is not there."""
    from night import stated

    started = time.perf_counter()
    stated.load(int(accounts), tell=lambda line: print(line, flush=True))
    return {"wall": time.perf_counter() - started}


def close(day: str) -> dict[str, Any]:
    """Closes one day."""
    from ahadi.data import frames
    from ahadi.domain.people.queries import house
    from ahadi.jobs import closing
    from night import book

    updated = "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'account_state'"
    before = _row(updated)
    started = time.perf_counter()
    outcome = closing.close(house(book.CODE), day=date.fromisoformat(day), tell=lambda progress: None)
    wall = time.perf_counter() - started
    time.sleep(1.5)  # the server writes its counts a moment later
    after = _row(updated)
    return {
        "wall": wall,
        "accounts": outcome.accounts,
        "changed": outcome.changed,
        "listed": outcome.listed,
        "updated": after[0] - before[0],
        "hot": after[1] - before[1],
        "lists": frames.scalar("SELECT count(*) FROM worklist WHERE day = %(d)s", {"d": _next(day)}),
    }


def close_ungated(day: str) -> dict[str, Any]:
    """Closes one day without asking the gate: what the rest of the night costs by itself."""
    import polars as pl

    from ahadi.domain.contact import days

    days.reachable = lambda planned, **_how: pl.DataFrame(schema=days.REACHABLE)
    return close(day)


def floor(day: str) -> dict[str, Any]:
    """The frozen floor, as the owner: it makes a table."""
    import psycopg
    from django.db import connections

    from ahadi.domain.work.states import STORED
    from night import floor as frozen

    number = (date.fromisoformat(day) - date(1970, 1, 1)).days
    owner = connections["owner"].settings_dict
    with psycopg.connect(**connections["owner"].get_connection_params() | {"cursor_factory": psycopg.Cursor}) as link:
        assert owner
        return frozen.run(link, list(STORED), _schedule(), number)


def recompute(day: str) -> dict[str, Any]:
    """The whole state from the facts, part by part, and how many rows differ from what is stored."""
    from ahadi.domain.people.queries import house
    from night import book
    from night import recompute as whole

    return whole.run(house(book.CODE).id, as_of=date.fromisoformat(day))


def last() -> dict[str, Any]:
    """The last closed day of the book, or none."""
    from ahadi.domain.people.queries import house, last_close
    from night import book

    closed = last_close(house(book.CODE).id)
    return {"day": closed[0].isoformat() if closed else None}


def check() -> dict[str, Any]:
    """The laws of the book: how many are broken, and the seconds that each takes."""
    from ahadi.domain.laws.queries import LAWS, first_broken

    broken, spent = {}, {}
    for law in LAWS:
        started = time.perf_counter()
        found = first_broken(law)
        spent[law.name] = round(time.perf_counter() - started, 1)
        if found:
            broken[law.name] = found[:3]
    return {"laws": len(LAWS), "broken": broken, "wall": sum(spent.values()), "each": spent}


def worklist(day: str) -> dict[str, Any]:
    """One officer's list, seven times."""
    from dataclasses import replace

    from ahadi.data import frames
    from ahadi.domain.audit.ports import OPERATOR
    from ahadi.domain.people.queries import house
    from ahadi.domain.work.queries import listing
    from night import book

    organisation = house(book.CODE).id
    owner = frames.scalar("SELECT owner_id FROM worklist WHERE day = %(d)s ORDER BY 1 LIMIT 1", {"d": _next(day)})
    by, spent, rows = replace(OPERATOR, organisation_id=organisation), [], 0
    for _ in range(7):
        started = time.perf_counter()
        rows = listing(by=by, as_of=date.fromisoformat(day) + timedelta(days=1), owner_id=owner).ranked.height
        spent.append(time.perf_counter() - started)
    return {"wall": sorted(spent)[3], "first": spent[0], "rows": rows}


def _row(query: str) -> tuple[int, int]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(query)
        found = cursor.fetchone()
    return int(found[0]), int(found[1])


def _next(day: str) -> date:
    return date.fromisoformat(day) + timedelta(days=1)


def _schedule() -> Path:
    from ahadi.project.home import locate_home

    return locate_home() / "floor-schedule.npz"


TASKS: dict[str, Callable[..., dict[str, Any]]] = {
    "load": load,
    "load_states": load_states,
    "close": close,
    "close_ungated": close_ungated,
    "floor": floor,
    "recompute": recompute,
    "worklist": worklist,
    "last": last,
    "check": check,
}

if __name__ == "__main__":
    main()
