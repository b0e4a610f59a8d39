"""One measured run in a process of its own; prints what it found as one line of JSON."""

import json
import resource
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ahadi.project import cli

CREDITOR = "Bench Lender"


def main() -> None:
    """`child.py TASK ARGUMENTS`: what is in TASKS."""
    cli._set_up_django()
    installation = cli._installation()
    installation.reach()
    task, *arguments = sys.argv[1:]
    if task == "fresh":
        _empty()
    installation.prepare()
    before = _used()
    found = TASKS[task](*arguments)
    found.setdefault("cpu", _used() - before)
    found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found["reader_mb"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print("RESULT " + json.dumps(found), flush=True)


def fresh() -> dict[str, Any]:
    """A database without any book; what was there is gone."""
    return {}


def place(path: str, day: str) -> dict[str, Any]:
    """`ahadi place` of a sheet of debts."""
    return _command("place", path, day)


def settle() -> dict[str, Any]:
    """Tells the planner what the tables hold, as the server itself does a minute after they were filled."""
    import psycopg
    from django.db import connections

    parameters = connections["owner"].get_connection_params() | {"cursor_factory": psycopg.Cursor}
    started = time.perf_counter()
    with psycopg.connect(**parameters, autocommit=True) as link:
        link.execute("ANALYZE")
    return {"wall": time.perf_counter() - started}


def receive(path: str, day: str) -> dict[str, Any]:
    """`ahadi receive` of a sheet of receipts; how many it booked."""
    from ahadi.data import frames

    counted = "SELECT count(*) FROM receipt"
    before = frames.scalar(counted)
    found = _command("receive", path, day)
    return found | {"count": frames.scalar(counted) - before}


def _command(name: str, path: str, day: str) -> dict[str, Any]:
    from django.db import connection

    from load.floor import server_seconds

    connection.ensure_connection()
    server = connection.connection.info.backend_pid
    before, on_server = _used(), server_seconds(server)
    started = time.perf_counter()
    code = cli.main([name, path, "--creditor", CREDITOR, "--currency", "KES", "--as-of", day, "--yes"])
    wall = time.perf_counter() - started
    if code != 0:
        raise SystemExit(f"ahadi {name} ended with {code}")
    spent = _used() - before
    on_server = server_seconds(server) - on_server
    return {"wall": wall, "cpu": spent, "server_cpu": on_server, "server_mb": _peak_mb(server)}


def floor(folder: str) -> dict[str, Any]:
    """COPY of what placing wrote, as the owner: it makes tables."""
    import psycopg
    from django.db import connections

    from load import floor as frozen

    parameters = connections["owner"].get_connection_params() | {"cursor_factory": psycopg.Cursor}
    with psycopg.connect(**parameters) as link:
        found = frozen.copy_out(link, Path(folder))
        before = _used()
        found |= frozen.copy_in(link, Path(folder), has_keys=True)
        found["cpu"] = _used() - before
        found["bare_wall"] = frozen.copy_in(link, Path(folder), has_keys=False)["wall"]
    return found


def close(day: str) -> dict[str, Any]:
    """Closes one day; the accounts that were looked at, and those of them that are late."""
    from ahadi.data import frames
    from ahadi.domain.people.queries import houses
    from ahadi.jobs import closing

    started = time.perf_counter()
    outcome = closing.close(houses()[0], day=date.fromisoformat(day), tell=lambda progress: None)
    wall = time.perf_counter() - started
    late = frames.scalar("SELECT count(*) FROM account_state WHERE overdue_minor > 0")
    return {"wall": wall, "accounts": outcome.accounts, "late": late, "changed": outcome.changed}


def check(count: str, day: str) -> dict[str, Any]:
    """The laws of the book, and accounts drawn at random recomputed by plain SQL."""
    from django.db import connection

    from ahadi.domain.laws.queries import LAWS, first_broken
    from load.plain import differences

    started = time.perf_counter()
    broken = {law.name: found[:3] for law in LAWS if (found := first_broken(law))}
    laws = time.perf_counter() - started
    with connection.cursor() as cursor:
        drawn = "SELECT account_id FROM account_state ORDER BY hashint8(account_id) LIMIT %s"
        cursor.execute(drawn, [int(count)])
        ids = [row[0] for row in cursor.fetchall()]
        found = differences(cursor, ids, date.fromisoformat(day))
    return {"laws": len(LAWS), "broken": broken, "wall": laws, "recomputed": len(ids), "differ": len(found)}


def _empty() -> None:
    import psycopg
    from django.db import connections
    from psycopg import sql

    parameters = connections["owner"].get_connection_params() | {"cursor_factory": psycopg.Cursor}
    name = sql.Identifier(parameters["dbname"])
    with psycopg.connect(**parameters | {"dbname": "postgres"}, autocommit=True) as link:
        link.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        link.execute(sql.SQL("CREATE DATABASE {}").format(name))


def _used() -> float:
    """Processor seconds of this process and of those it started that have ended."""
    spent = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in spent)


def _peak_mb(pid: int) -> float:
    """The most memory of its own that a server process held."""
    try:
        status = Path(f"/proc/{pid}/status").read_text("ascii", errors="replace")
    except OSError:
        return 0.0
    lines = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    return int(lines.get("VmHWM", "0 kB").split()[0]) / 1024


TASKS = {
    "fresh": fresh,
    "place": place,
    "floor": floor,
    "settle": settle,
    "receive": receive,
    "close": close,
    "check": check,
}

if __name__ == "__main__":
    main()
