"""One measured run in a process of its own; prints what it found as one line of JSON."""

import json
import resource
import sys
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ahadi.project import cli


def main() -> None:
    """`child.py TASK ARGUMENTS`: load, close, floor, recompute, worklist."""
    cli._set_up_django()
    installation = cli._installation()
    installation.reach()
    installation.prepare()
    task, *arguments = sys.argv[1:]
    before = resource.getrusage(resource.RUSAGE_SELF)
    found = TASKS[task](*arguments)
    after = resource.getrusage(resource.RUSAGE_SELF)
    found["cpu"] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    found["peak_mb"] = after.ru_maxrss / 1024
    print("RESULT " + json.dumps(found), flush=True)


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
    from ahadi.data import snapshot
    from ahadi.domain.people.queries import house
    from ahadi.domain.work import states
    from night import book

    organisation = house(book.CODE).id
    as_of = date.fromisoformat(day)
    held = snapshot.newest(organisation)
    assert held is not None
    started, spent, rows, different = time.perf_counter(), 0.0, 0, 0
    for span in snapshot.spans(held):
        started = time.perf_counter()
        derived = states.current(span.selection(), as_of=as_of)
        spent += time.perf_counter() - started
        stored = states.stored(span.selection("s", "account_id"))
        rows += derived.height
        same = derived.select(list(states.STATE)).sort("account_id").write_csv()
        if same != stored.select(list(states.STATE)).sort("account_id").write_csv():
            different += derived.join(stored, on=list(states.STATE), how="anti", nulls_equal=True).height
    return {"wall": spent, "accounts": rows, "different": different}


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


TASKS = {
    "load": load,
    "close": close,
    "floor": floor,
    "recompute": recompute,
    "worklist": worklist,
    "last": last,
    "check": check,
}

if __name__ == "__main__":
    main()
