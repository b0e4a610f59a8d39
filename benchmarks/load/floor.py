"""The floor of loading: COPY of the very rows that placing wrote, into tables of the same kind.

What a person pays who has the rows ready, table by table, and needs no sheet read, nothing compared, nothing
computed. It imports nothing of the project.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

BLOCK = 1 << 20
_TABLES = """
    SELECT c.relname, c.reloptions FROM pg_class c
    WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname NOT LIKE 'django%' ORDER BY c.oid
"""
_KEYS = """
    SELECT c.conrelid::regclass::text, c.conname, pg_get_constraintdef(c.oid) FROM pg_constraint c
    WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace ORDER BY 1, 2
"""


def copy_out(link: Any, folder: Path) -> dict[str, Any]:
    """Writes every row of the book to one file for each table that has any; what there is."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob("*.csv"):
        left.unlink()
    rows = size = 0
    for table, _ in link.execute(_TABLES).fetchall():
        path = folder / f"{table}.csv"
        with path.open("wb") as file, link.cursor().copy(f'COPY public."{table}" TO STDOUT (FORMAT csv)') as copy:
            for block in copy:
                file.write(block)
        size += path.stat().st_size
        rows += link.execute(f'SELECT count(*) FROM public."{table}"').fetchone()[0]
        if not path.stat().st_size:
            path.unlink()
    link.commit()
    return {"rows": rows, "mb": round(size / 1e6, 1), "tables": len(list(folder.glob("*.csv")))}


def copy_in(link: Any, folder: Path, *, has_keys: bool) -> dict[str, Any]:
    """Makes empty tables like the book's, and copies the files into them in one transaction; the seconds it took.

    `has_keys`: with the foreign keys of the book as well, deferred as there.
    """
    _make_tables(link, has_keys=has_keys)
    before = _spent(link)
    started = time.perf_counter()
    for path in sorted(folder.glob("*.csv")):
        with link.cursor().copy(f'COPY floor."{path.stem}" FROM STDIN (FORMAT csv)') as copy:
            for block in _blocks(path):
                copy.write(block)
    link.commit()
    wall = time.perf_counter() - started
    found = {"wall": wall, "server_cpu": _spent(link) - before}
    link.execute("DROP SCHEMA floor CASCADE")
    link.commit()
    return found


def _make_tables(link: Any, *, has_keys: bool) -> None:
    """The same columns, checks, indexes and fill; foreign keys point at the floor's own tables."""
    link.execute("DROP SCHEMA IF EXISTS floor CASCADE")
    link.execute("CREATE SCHEMA floor")
    tables = link.execute(_TABLES).fetchall()
    keys = link.execute(_KEYS).fetchall()
    for table, options in tables:
        link.execute(f'CREATE TABLE floor."{table}" (LIKE public."{table}" INCLUDING ALL)')
        if options:
            link.execute(f'ALTER TABLE floor."{table}" SET ({", ".join(options)})')
    link.execute("SET LOCAL search_path = floor, public")
    names = {table for table, _ in tables}
    for table, name, definition in keys if has_keys else []:
        bare = table.strip('"')
        if bare in names:
            link.execute(f'ALTER TABLE floor."{bare}" ADD CONSTRAINT "{name}" {definition}')
    link.commit()


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block


def _spent(link: Any) -> float:
    return server_seconds(link.info.backend_pid)


def server_seconds(pid: int) -> float:
    """Processor seconds of one server process of this machine, so far; 0 where that cannot be read."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / 100
