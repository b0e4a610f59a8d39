"""Tables to columns and back by COPY: the bridge that every bulk path walks over."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
import polars as pl
import psycopg
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, TransactionStatus

Schema = Mapping[str, pl.DataType | type[pl.DataType]]
Parameters = Mapping[str, Any]

DEFAULT = "default"
_BLOCK = 1 << 20
# From so many staged rows on the planner is told what it joins.
_ANALYZED = 2_000


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
            with connection.wrap_database_errors:
                return _copied_out(cursor.cursor.connection, statement, parameters)

        content = _observed(connection, f"COPY ({query}) TO STDOUT", run)
    if not content:
        return pl.DataFrame(schema=dict(schema))
    frame = pl.read_csv(content, has_header=False, schema=raw, quote_char='"')
    flags = [name for name, kind in schema.items() if kind == pl.Boolean]
    return frame.with_columns((pl.col(name) == "t").alias(name) for name in flags)


def _copied_out(link: psycopg.Connection[Any], statement: str, parameters: Parameters) -> bytes:
    """What a COPY TO STDOUT yields, read from the protocol's own buffer.

    The driver's `copy` waits for each row in Python, which costs more than all that is done with the rows.
    """
    _begin(link)
    wire = link.pgconn
    bound = psycopg.ClientCursor(link).mogrify(statement, dict(parameters))
    try:
        answer = wire.exec_(bound.encode(link.info.encoding))
        if answer.status != ExecStatus.COPY_OUT:
            raise error_from_result(answer, encoding=link.info.encoding)
        rows = []
        while (got := wire.get_copy_data(0))[0] > 0:
            rows.append(got[1])
        content = b"".join(rows)
        ended = wire.get_result()
        while wire.get_result() is not None:
            pass
    except psycopg.Error:
        raise
    except BaseException:
        link.close()  # in the middle of a COPY nothing else can be said to the server
        raise
    if ended is None or ended.status != ExecStatus.COMMAND_OK:
        raise error_from_result(ended, encoding=link.info.encoding) if ended else psycopg.OperationalError("COPY broke")
    return content


def gather(
    query: str, parameters: Parameters, schema: Schema, *, by: Sequence[str], using: str = DEFAULT
) -> pl.DataFrame:
    """What `read` gives, for many rows of a part of the book: sorted here by `by`, and fetched as one array a column.

    The driver hands over a COPY row by row, which costs three times what the server does for short rows; an array of
    whole numbers or dates is memory that NumPy reads as it is. All columns together must stay below 1 GB.
    """
    connection = connections[using]
    names = [f"c{place}" for place in range(len(schema))]
    packed = ", ".join(_packed(name, kind) for name, kind in zip(names, schema.values(), strict=True))
    statement = f"SELECT {packed} FROM ({query}) gathered ({', '.join(names)})"
    with connection.cursor() as cursor:

        def run() -> list[bytes | None]:
            with connection.wrap_database_errors:
                return _one_row(cursor.cursor.connection, statement, parameters, len(schema))

        values = _observed(connection, statement, run)
    unpacked = zip(schema.items(), values, strict=True)
    return pl.DataFrame({name: _unpacked(kind, value) for (name, kind), value in unpacked}).sort(by)


_NO_NUMBER, _NO_DATE = -(2**63), -(2**31)
_POSTGRES_EPOCH = 10_957
"""Days from 1970 to 2000, from which PostgreSQL counts."""
_ARRAY_HEAD = 20


def _packed(name: str, kind: Any) -> str:
    """One column as one value; what is null becomes a number that nothing else is."""
    if kind == pl.String:
        return f"json_agg({name})::text"
    if kind == pl.Date:
        return f"array_agg(coalesce({name}, '-infinity'::date))"
    number = f"{name}::int" if kind == pl.Boolean else name
    return f"array_agg(coalesce({number}, {_NO_NUMBER})::bigint)"


def _unpacked(kind: Any, value: bytes | None) -> pl.Series:
    if value is None:
        return pl.Series([], dtype=kind)
    if kind == pl.String:
        return pl.Series([value.decode()]).str.json_decode(pl.List(pl.String)).explode()
    width, nothing = (4, _NO_DATE) if kind == pl.Date else (8, _NO_NUMBER)
    cells = np.frombuffer(value, np.dtype([("size", ">i4"), ("value", f">i{width}")]), offset=_ARRAY_HEAD)
    numbers = cells["value"].astype(f"i{width}")
    is_null = numbers == nothing
    column = pl.Series(numbers + np.int32(_POSTGRES_EPOCH) if kind == pl.Date else numbers).cast(kind)
    return column.set(pl.Series(is_null), None) if is_null.any() else column


def _one_row(link: psycopg.Connection[Any], statement: str, parameters: Parameters, width: int) -> list[bytes | None]:
    """The values of the only row of a statement, in the protocol's binary form."""
    _begin(link)
    bound = psycopg.ClientCursor(link).mogrify(statement, dict(parameters))
    answer = link.pgconn.exec_params(bound.encode(link.info.encoding), None, result_format=1)
    if answer.status != ExecStatus.TUPLES_OK:
        raise error_from_result(answer, encoding=link.info.encoding)
    return [answer.get_value(0, column) for column in range(width)]


def _begin(link: psycopg.Connection[Any]) -> None:
    """Opens the transaction where the driver would: what goes past the driver does not open one."""
    if link.info.transaction_status == TransactionStatus.IDLE and not link.autocommit:
        link.execute("SELECT 1")


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


def upsert(table: str, frame: pl.DataFrame, *, key: str, counting: str | None = None, using: str = DEFAULT) -> int:
    """Inserts or updates the rows of a state table; rows that are the same already are not touched.

    `counting` names a column of the table that rises by one with every update. Whoever writes the same rows at
    the same time must be kept out by a lock.
    """
    if frame.is_empty():
        return 0
    changing = [name for name in frame.columns if name != key]
    columns = ", ".join(frame.columns)
    with staged(table, frame, using=using) as stage:
        stored, incoming = (", ".join(f"{row}.{name}" for name in changing) for row in ("t", "s"))
        updated = execute(
            f"UPDATE {table} t SET {_assignments(changing, counting)} FROM {stage} s"
            f" WHERE t.{key} = s.{key} AND ({stored}) IS DISTINCT FROM ({incoming})",
            {},
            using=using,
        )
        counted, first = (f", {counting}", ", 1") if counting else ("", "")
        inserted = execute(
            f"INSERT INTO {table} ({columns}{counted}) SELECT {columns}{first} FROM {stage} s"
            f" WHERE NOT EXISTS (SELECT 1 FROM {table} t WHERE t.{key} = s.{key}) ORDER BY {key}",
            {},
            using=using,
        )
    return updated + inserted


def revise(table: str, frame: pl.DataFrame, *, key: str, counting: str, using: str = DEFAULT) -> pl.Series:
    """Updates rows of a state table whose `counting` is still what `frame` says, and returns their keys.

    A row that somebody changed since it was read stays as it is: read it again.
    """
    changing = [name for name in frame.columns if name not in (key, counting)]
    if frame.is_empty():
        return pl.Series(key, [], dtype=pl.Int64)
    with staged(table, frame, using=using) as stage, connections[using].cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} t SET {_assignments(changing, counting)} FROM {stage} s"
            f" WHERE t.{key} = s.{key} AND t.{counting} = s.{counting} RETURNING t.{key}"
        )
        return pl.Series(key, [row[0] for row in cursor.fetchall()], dtype=pl.Int64)


def _assignments(changing: Sequence[str], counting: str | None) -> str:
    told = [f"{name} = s.{name}" for name in changing]
    return ", ".join([*told, f"{counting} = t.{counting} + 1"] if counting else told)


@contextmanager
def staged(table: str, frame: pl.DataFrame, *, using: str = DEFAULT) -> Iterator[str]:
    """The name of a temporary table that holds the rows of `frame` in columns of the types of `table`."""
    stage = f"incoming_{table}"
    columns = ", ".join(frame.columns)
    execute(f"CREATE TEMP TABLE {stage} ON COMMIT DROP AS SELECT {columns} FROM {table} LIMIT 0", {}, using=using)
    append(stage, frame, using=using)
    if frame.height > _ANALYZED:
        execute(f"ANALYZE {stage}", {}, using=using)
    yield stage
    execute(f"DROP TABLE {stage}", {}, using=using)


def rows(query: str, parameters: Parameters, *, using: str = DEFAULT) -> list[tuple[Any, ...]]:
    """The rows of `query` as the driver reads them: for few rows that bear instants or bytes."""
    with connections[using].cursor() as cursor:
        cursor.execute(query, dict(parameters))
        return list(cursor.fetchall())


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
