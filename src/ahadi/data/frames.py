"""Tables to columns and back by COPY: the bridge that every bulk path walks over."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import polars as pl
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

Schema = Mapping[str, pl.DataType | type[pl.DataType]]
Parameters = Mapping[str, Any]

DEFAULT = "default"
_BLOCK = 1 << 20


def _observed(connection: BaseDatabaseWrapper, statement: str, run: Callable[[], Any]) -> Any:
    """Runs a COPY under the connection's execute wrappers, which see only `execute` otherwise.

    Whoever counts, traces or interrupts statements must meet the bulk ones too.
    """

    def execute(_sql: str, _params: object, _many: bool, _context: object) -> Any:
        return run()

    executor: Callable[..., Any] = execute
    for wrapper in reversed(connection.execute_wrappers):
        executor = partial(wrapper, executor)
    return executor(statement, None, False, {"connection": connection})


def read(query: str, parameters: Parameters, schema: Schema, *, using: str = DEFAULT) -> pl.DataFrame:
    """The rows of `query` as columns of `schema`, in the order that the query names.

    `query` uses `%(name)s` placeholders. Booleans, dates, integers and texts; an empty text reads as null.
    """
    connection = connections[using]
    raw = {name: pl.String if kind == pl.Boolean else kind for name, kind in schema.items()}
    with connection.cursor() as cursor:

        def run() -> bytes:
            statement = f"COPY ({query}) TO STDOUT (FORMAT csv)"
            # The driver's own cursor: the one that logs statements takes no parameters with a COPY.
            with connection.wrap_database_errors, cursor.cursor.copy(statement, parameters) as copy:
                return b"".join(bytes(block) for block in copy)

        content = _observed(connection, f"COPY ({query}) TO STDOUT", run)
    if not content:
        return pl.DataFrame(schema=dict(schema))
    frame = pl.read_csv(content, has_header=False, schema=raw, quote_char='"')
    flags = [name for name, kind in schema.items() if kind == pl.Boolean]
    return frame.with_columns((pl.col(name) == "t").alias(name) for name in flags)


def append(table: str, frame: pl.DataFrame, *, using: str = DEFAULT) -> int:
    """Writes every row of `frame` to `table` by COPY; columns bear the names of the table's."""
    if frame.is_empty():
        return 0
    connection = connections[using]
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, frame.columns))
    )
    content = frame.write_csv(include_header=False).encode()
    with connection.cursor() as cursor:

        def run() -> None:
            with connection.wrap_database_errors, cursor.cursor.copy(statement) as copy:
                for start in range(0, len(content), _BLOCK):
                    copy.write(content[start : start + _BLOCK])

        _observed(connection, f"COPY {table} FROM STDIN", run)
    return frame.height


def reserve(table: str, count: int, *, using: str = DEFAULT) -> pl.Series:
    """`count` new ids of `table`, taken from its sequence for good."""
    return read(
        "SELECT nextval(pg_get_serial_sequence(%(table)s, 'id')) FROM generate_series(1, %(count)s)",
        {"table": table, "count": count},
        {"id": pl.Int64},
        using=using,
    )["id"]


def execute(statement: str, parameters: Parameters, *, using: str = DEFAULT) -> int:
    """Runs one statement and returns the number of rows that it touched."""
    with connections[using].cursor() as cursor:
        cursor.execute(statement, dict(parameters))
        return int(cursor.rowcount)


def upsert(table: str, frame: pl.DataFrame, *, key: str, using: str = DEFAULT) -> int:
    """Inserts or updates the rows of a state table; rows that are the same already are not touched."""
    if frame.is_empty():
        return 0
    names = frame.columns
    changing = [name for name in names if name != key]
    stage = f"incoming_{table}"
    columns = ", ".join(names)
    execute(f"CREATE TEMP TABLE {stage} ON COMMIT DROP AS SELECT {columns} FROM {table} LIMIT 0", {}, using=using)
    append(stage, frame, using=using)
    assignments = ", ".join(f"{name} = excluded.{name}" for name in changing)
    stored, incoming = (", ".join(f"{row}.{name}" for name in changing) for row in (table, "excluded"))
    touched = execute(
        f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {stage} ORDER BY {key} "
        f"ON CONFLICT ({key}) DO UPDATE SET {assignments} WHERE ({stored}) IS DISTINCT FROM ({incoming})",
        {},
        using=using,
    )
    execute(f"DROP TABLE {stage}", {}, using=using)
    return touched


def scalar(query: str, parameters: Parameters = {}, *, using: str = DEFAULT) -> Any:  # noqa: B006
    """The one value that `query` yields, or None when it yields no row."""
    with connections[using].cursor() as cursor:
        cursor.execute(query, dict(parameters))
        row = cursor.fetchone()
        return row[0] if row else None


def ids(values: Sequence[int] | pl.Series) -> list[int]:
    """A plain list for `= ANY(%(name)s)`."""
    return values.to_list() if isinstance(values, pl.Series) else list(values)


def lock(what: str, number: int, *, using: str = DEFAULT) -> None:
    """Waits until nobody else holds `what` of this number, and holds it until the transaction ends."""
    scalar(
        "SELECT pg_advisory_xact_lock(hashtext(%(what)s), %(number)s::int)",
        {"what": what, "number": number},
        using=using,
    )
