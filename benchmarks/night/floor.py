"""The floor of a close: copy the state out, compute the plain figures, copy all of it in again.

What a person writes who needs only tomorrow's figures, keeps no history, explains nothing and is never killed.
It is kept as it is, as the measure of the close: it imports nothing of the project and upholds no law.
"""

import io
import itertools
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

EDGES = np.array([0, 30, 60, 90, 120, 180, 360])
BUCKETS = np.array(["CURRENT", "1-30", "31-60", "61-90", "91-120", "121-180", "181-360", "361+"])
STEPS = np.array([-3, 0, 1, 3, 7, 15, 21, 31, 45, 60, 75, 91])
BLOCK = 1 << 20


def run(connection: Any, columns: list[str], schedule: Path, day: int) -> dict[str, float]:
    """Seconds of each part: out, compute, in."""
    marks = [time.perf_counter()]
    state = out(connection, columns)
    marks.append(time.perf_counter())
    changed = compute(state, schedule, day)
    marks.append(time.perf_counter())
    into(connection, columns, changed)
    marks.append(time.perf_counter())
    spent = [later - earlier for earlier, later in itertools.pairwise(marks)]
    return {"out": spent[0], "compute": spent[1], "in": spent[2], "wall": marks[-1] - marks[0]}


def out(connection: Any, columns: list[str]) -> pl.DataFrame:
    """The whole state, by account."""
    query = f"COPY (SELECT {', '.join(columns)} FROM account_state ORDER BY account_id) TO STDOUT (FORMAT csv)"
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        content = b"".join(bytes(block) for block in copy)
    return pl.read_csv(io.BytesIO(content), has_header=False, new_columns=columns, infer_schema_length=10_000)


def compute(state: pl.DataFrame, schedule: Path, day: int) -> pl.DataFrame:
    """Money against the schedule, oldest due first; lateness, bucket, next step, points, rank."""
    book = np.load(schedule)
    begins, due, reach = book["begins"], book["due"], book["reach"]
    received = state["received_minor"].to_numpy()
    ends = np.append(begins[1:], len(due))
    before = reach[begins]
    charged = reach[ends] - before
    paid = np.minimum(received, charged)
    first_open = np.minimum(np.searchsorted(reach, before + paid, side="right") - 1, ends)
    fell_due = begins + np.add.reduceat(due < day, begins)
    overdue = np.maximum(reach[fell_due] - before - paid, 0)
    oldest = np.where(overdue > 0, np.append(due, day)[first_open], day)
    days_late = day - oldest
    bucket = np.searchsorted(EDGES, days_late, side="left")
    step = np.searchsorted(STEPS, days_late, side="right") - 1
    points = np.minimum(overdue // 50_000 * 7, 70) + np.minimum(days_late // 10, 18)
    owner = state["owner_id"].to_numpy()
    order = np.lexsort((state["account_id"].to_numpy(), -days_late, -points, owner))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return state.with_columns(
        allocated_minor=paid,
        overdue_minor=overdue,
        oldest_due_date=pl.Series(np.where(overdue > 0, oldest, -1)).replace(-1, None).cast(pl.Int32).cast(pl.Date),
        bucket=pl.Series(BUCKETS[bucket]),
        revision=pl.Series(rank),
        schedule_version=pl.Series(step),
    )


def into(connection: Any, columns: list[str], state: pl.DataFrame) -> None:
    """All rows into an empty table of the same kind, with its key."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS floor_state")
        cursor.execute("CREATE TABLE floor_state (LIKE account_state INCLUDING DEFAULTS)")
        cursor.execute("ALTER TABLE floor_state ADD PRIMARY KEY (account_id)")
        content = state.write_csv(include_header=False).encode()
        with cursor.copy(f"COPY floor_state ({', '.join(columns)}) FROM STDIN (FORMAT csv)") as copy:
            for start in range(0, len(content), BLOCK):
                copy.write(content[start : start + BLOCK])
    connection.commit()
