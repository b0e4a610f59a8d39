"""Tables to columns and back by COPY: the bridge that every bulk path walks over."""

import csv
import io
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cache, partial
from typing import Any, TypeVar

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
T = TypeVar("T")

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

    `query` uses `%(name)s` placeholders. Booleans, dates, integers and texts.
    """
    connection = connections[using]
    raw = {name: pl.String if kind == pl.Boolean else kind for name, kind in schema.items()}
    with connection.cursor() as cursor:

        def run() -> bytes:
            statement = f"COPY ({query}) TO STDOUT (FORMAT csv)"
            with connection.wrap_database_errors:
                return _copied_out(cursor.cursor.connection, statement, parameters)

        content = _observed(connection, f"COPY ({query}) TO STDOUT", run)
    # The parser of rows does not tell an empty text, which is quoted, from none.
    is_plain = len(content) <= _FEW_BYTES and b'""' not in content
    if is_plain and all(kind in _READERS for kind in schema.values()):
        return _few(content, schema)
    frame = pl.read_csv(content, has_header=False, schema=raw, quote_char='"')
    flags = [name for name, kind in schema.items() if kind == pl.Boolean]
    return frame.with_columns((pl.col(name) == "t").alias(name) for name in flags)


_FEW_BYTES = 4_096
"""Up to here the parser of columns takes longer to begin (half a millisecond) than a row at a time takes to end."""
_READERS: dict[Any, Callable[[str], Any]] = {
    pl.Int64: int,
    pl.String: str,
    pl.Date: date.fromisoformat,
    pl.Boolean: "t".__eq__,
}


def _few(content: bytes, schema: Schema) -> pl.DataFrame:
    readers = [_READERS[kind] for kind in schema.values()]
    found = csv.reader(io.StringIO(content.decode(), newline=""))
    # A row whose only value is null is an empty line.
    told = (row or [""] for row in found)
    rows_ = [[reader(text) if text else None for reader, text in zip(readers, row, strict=True)] for row in told]
    return pl.DataFrame(rows_, schema=dict(schema), orient="row")


def few(query: str, parameters: Parameters, schema: Schema, *, using: str = DEFAULT) -> pl.DataFrame:
    """What `read` gives, for a handful of rows that are asked for again and again: the server plans it once.

    A page asks dozens of these, and the plan of most costs more than the rows. The statement is bound by the server,
    which must be able to tell the type of each parameter.
    """
    found = _known(query, parameters, using)
    return pl.DataFrame(found, schema=dict(schema), orient="row") if found else _nothing(tuple(schema.items())).clone()


@cache
def _nothing(columns: tuple[tuple[str, Any], ...]) -> pl.DataFrame:
    """No rows, in columns that were made once: most of what is asked about a single account is not there."""
    return pl.DataFrame(schema=dict(columns))


def told(query: str, parameters: Parameters, names: Iterable[str], *, using: str = DEFAULT) -> list[dict[str, Any]]:
    """The rows that `few` would give, each by `names` and without columns: for what is looked at row by row.

    Instants come as they are.
    """
    keys = tuple(names)
    return [dict(zip(keys, row, strict=True)) for row in _known(query, parameters, using)]


def made(kind: Callable[..., T], query: str, parameters: Parameters, *, using: str = DEFAULT) -> tuple[T, ...]:
    """The same rows, each as a `kind`, whose fields are what the query names, in its order."""
    return tuple(kind(*row) for row in _known(query, parameters, using))


FEW = 100


def asking(count: int) -> Callable[..., pl.DataFrame]:
    """How to ask about so many things: `few` as a page asks, `read` for more."""
    return few if count <= FEW else read


def _known(query: str, parameters: Parameters, using: str) -> list[tuple[Any, ...]]:
    connection = connections[using]
    # What the framework makes sure of with each cursor; to make one, of which nothing is used, costs half a statement.
    connection.validate_thread_sharing()
    connection.close_if_health_check_failed()
    connection.ensure_connection()

    def run() -> list[tuple[Any, ...]]:
        with connection.wrap_database_errors:
            return _prepared(connection.connection, query, parameters)

    found: list[tuple[Any, ...]] = _observed(connection, query, run)
    return found


_PREPARED = 400
"""Statements that a connection keeps planned: as many as the pages of an officer ask, with room."""


def _prepared(link: psycopg.Connection[Any], query: str, parameters: Parameters) -> list[tuple[Any, ...]]:
    link.prepared_max = _PREPARED
    with psycopg.Cursor(link) as cursor:
        return cursor.execute(query, dict(parameters), prepare=True, binary=True).fetchall()


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
    query: str, parameters: Parameters, schema: Schema, *, by: Sequence[str] = (), using: str = DEFAULT
) -> pl.DataFrame:
    """What `read` gives, for many rows of a part of the book: sorted here by `by`, and fetched as one array a column.

    The driver hands over a COPY row by row, which costs three times what the server does for short rows; an array of
    whole numbers is memory that NumPy reads as it is. Each number of an array costs the server the same, however
    small it is: dates and flags share one. All columns together must stay below 1 GB.
    """
    connection = connections[using]
    names = {name: f"c{place}" for place, name in enumerate(schema)}
    words = _words(schema)
    texts = [name for name, kind in schema.items() if kind == pl.String]
    packed = [f"json_agg({names[name]})::text" for name in texts]
    packed += [f"array_agg({_packed(word, names, schema)})" for word in words]
    statement = f"SELECT {', '.join(packed)} FROM ({query}) gathered ({', '.join(names.values())})"
    with connection.cursor() as cursor:

        def run() -> list[bytes | None]:
            with connection.wrap_database_errors:
                return _one_row(cursor.cursor.connection, statement, parameters, len(packed))

        values = _observed(connection, statement, run)
    columns = {name: _texts(value) for name, value in zip(texts, values, strict=False)}
    for word, value in zip(words, values[len(texts) :], strict=True):
        columns |= _unpacked(word, _numbers(value), schema)
    frame = pl.DataFrame({name: columns[name] for name in schema})
    return frame.sort(by) if by else frame


_BITS: dict[Any, int] = {pl.Date: 24, pl.Boolean: 2}
"""What a date and a flag take of a word of 63 bits; in both, 0 says that it is null."""
_WORD = 63
_NO_NUMBER = -(2**63)
_NO_DAY = 2**23
"""Days from the one that would be 0 to 2000-01-01, from which PostgreSQL counts: 22,967 years."""
_POSTGRES_EPOCH = 10_957
"""Days from 1970 to 2000."""
_ARRAY_HEAD = 20
_CELL = np.dtype([("size", ">i4"), ("value", ">i8")])


def _words(schema: Schema) -> list[list[str]]:
    """The columns that travel in one number each: every whole number alone, dates and flags together."""
    words = [[name] for name, kind in schema.items() if kind != pl.String and kind not in _BITS]
    free = 0
    for name, kind in schema.items():
        if kind not in _BITS:
            continue
        if free < _BITS[kind]:
            words.append([])
            free = _WORD
        words[-1].append(name)
        free -= _BITS[kind]
    return words


def _packed(word: list[str], names: Mapping[str, str], schema: Schema) -> str:
    """The number of a word; a whole number that is null becomes one that nothing else is."""
    if schema[word[0]] not in _BITS:
        return f"coalesce({names[word[0]]}, {_NO_NUMBER})::bigint"
    parts, shift = [], 0
    for name in word:
        column = names[name]
        part = f"{column} - DATE '2000-01-01' + {_NO_DAY}" if schema[name] == pl.Date else f"{column}::int + 1"
        parts.append(f"(coalesce({part}, 0)::bigint << {shift})")
        shift += _BITS[schema[name]]
    return " | ".join(parts)


def _unpacked(word: list[str], numbers: Any, schema: Schema) -> dict[str, pl.Series]:
    """The columns of a word."""
    if schema[word[0]] not in _BITS:
        return {word[0]: _or_null(pl.Series(numbers), numbers == _NO_NUMBER).cast(schema[word[0]])}
    columns, shift = {}, 0
    for name in word:
        bits = _BITS[schema[name]]
        part = (numbers >> shift) & ((1 << bits) - 1)
        days = (part - (_NO_DAY - _POSTGRES_EPOCH)).astype(np.int32)
        column = pl.Series(days).cast(pl.Date) if schema[name] == pl.Date else pl.Series(part == 2)
        columns[name] = _or_null(column, part == 0)
        shift += bits
    return columns


def _or_null(column: pl.Series, is_null: Any) -> pl.Series:
    return column.set(pl.Series(is_null), None) if is_null.any() else column


def _texts(value: bytes | None) -> pl.Series:
    if value is None:
        return pl.Series([], dtype=pl.String)
    return pl.Series([value.decode()]).str.json_decode(pl.List(pl.String)).explode()


def _numbers(value: bytes | None) -> Any:
    """The numbers of an array in the binary form of the protocol, each after its size."""
    if value is None:
        return np.empty(0, np.int64)
    return np.frombuffer(value, _CELL, offset=_ARRAY_HEAD)["value"].astype(np.int64)


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
    # The sequence is looked for once: beside the call it would be looked for again for every number.
    return gather(
        "SELECT nextval((SELECT pg_get_serial_sequence(%(table)s, 'id')::regclass)) FROM generate_series(1, %(count)s)",
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
    stored, incoming = (", ".join(f"{row}.{name}" for name in changing) for row in ("t", "s"))
    counted, first = (f", {counting}", ", 1") if counting else ("", "")
    with _beside(table, frame, using) as (stage, bound):
        updated = execute(
            f"UPDATE {table} t SET {_assignments(changing, counting)} FROM {stage} s"
            f" WHERE t.{key} = s.{key} AND ({stored}) IS DISTINCT FROM ({incoming})",
            bound,
            using=using,
        )
        if updated == frame.height:
            return updated
        inserted = execute(
            f"INSERT INTO {table} ({columns}{counted}) SELECT {columns}{first} FROM {stage} s"
            f" WHERE NOT EXISTS (SELECT 1 FROM {table} t WHERE t.{key} = s.{key}) ORDER BY {key}",
            bound,
            using=using,
        )
    return updated + inserted


_BESIDE = 50


@contextmanager
def _beside(table: str, frame: pl.DataFrame, using: str) -> Iterator[tuple[str, dict[str, str]]]:
    """What stands for the rows of `frame` in a statement, and what that binds: a table of their own costs a few rows
    more than all that is done with them.
    """
    if frame.height > _BESIDE:
        with staged(table, frame, using=using) as stage:
            yield stage, {}
        return
    yield f"jsonb_populate_recordset(NULL::{table}, %(beside)s::jsonb)", {"beside": frame.write_json()}


def revise(table: str, frame: pl.DataFrame, *, key: str, counting: str, using: str = DEFAULT) -> pl.Series:
    """Updates rows of a state table whose `counting` is still what `frame` says, and returns their keys.

    A row that somebody changed since it was read stays as it is: read it again.
    """
    changing = [name for name in frame.columns if name not in (key, counting)]
    if frame.is_empty():
        return pl.Series(key, [], dtype=pl.Int64)
    with _beside(table, frame, using) as (stage, bound), connections[using].cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} t SET {_assignments(changing, counting)} FROM {stage} s"
            f" WHERE t.{key} = s.{key} AND t.{counting} = s.{counting} RETURNING t.{key}",
            bound,
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


def ids(values: Sequence[int] | pl.Series) -> str:
    """An array of whole numbers for `= ANY(%(name)s)`, in the words of the server.

    The driver writes a list number by number in Python, which for many costs more than the query.
    """
    if len(values) <= FEW:
        few_ = values.to_list() if isinstance(values, pl.Series) else values
        return "{" + ",".join([str(one) for one in few_ if one is not None]) + "}"
    numbers = values if isinstance(values, pl.Series) else pl.Series(values, dtype=pl.Int64)
    return "{" + (numbers.cast(pl.String).str.join(",").item() or "") + "}"


def distinct(values: pl.Series) -> pl.Series:
    """Each value once, in the order in which they come; to set up what finds them in columns costs more than a few."""
    if len(values) > FEW:
        return values.unique(maintain_order=True)
    if len(values) < 2:
        return values
    return pl.Series(values.name, list(dict.fromkeys(values.to_list())), dtype=values.dtype)


def combinations(frame: pl.DataFrame, names: Sequence[str]) -> list[tuple[Any, ...]]:
    """The same for the values of several columns that stand together in a row."""
    told_ = frame[list(names)]
    if told_.height > FEW:
        return told_.unique(maintain_order=True).rows()
    return list(dict.fromkeys(told_.rows()))


def lock(what: str, number: int, *, using: str = DEFAULT) -> None:
    """Waits until nobody else holds `what` of this number, and holds it until the transaction ends."""
    _lock("pg_advisory_xact_lock", what, number, using)


def share(what: str, number: int, *, using: str = DEFAULT) -> None:
    """The same beside others who share it: only whoever locks it waits, or keeps all of them waiting."""
    _lock("pg_advisory_xact_lock_shared", what, number, using)


def lock_in_passing(what: str, number: int, *, using: str = DEFAULT) -> None:
    """Locks what others share in a moment in which nobody does, so that nobody stands behind who waits for them.

    Where such a moment does not come in ten minutes it waits in the line like everybody.
    """
    for _ in range(_GLANCES):
        if _lock("pg_try_advisory_xact_lock", what, number, using):
            return
        time.sleep(_GLANCE_SECONDS)
    lock(what, number, using=using)


_GLANCE_SECONDS = 0.02
_GLANCES = 30_000


def _lock(function: str, what: str, number: int, using: str) -> Any:
    query = f"SELECT {function}(hashtext(%(what)s), %(number)s::int)"
    return scalar(query, {"what": what, "number": number}, using=using)
