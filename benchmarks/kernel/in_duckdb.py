"""The night's figures as SQL in DuckDB: what a person writes who leaves the columns to an engine.

It is kept as it is, as a second measure beside the bare NumPy version, and imports nothing of the project.
"""

from typing import Any

import duckdb

from kernel.book import DAY, EDGES, GRACE_DAYS, NEVER, THRESHOLD_BPS, Book, Columns

WATERFALL = ("penalty_minor", "fee_minor", "interest_minor", "principal_minor")
TABLES = ("accounts", "charges", "receipts", "promises")
EDGE_PLACES = " ".join(f"WHEN {{days}} <= {edge} THEN {place}" for place, edge in enumerate((0, *EDGES)))


def bucket(days: str) -> str:
    """The place of the bucket that holds the days late."""
    return f"CASE {EDGE_PLACES.format(days=days)} ELSE {len(EDGES) + 1} END"


def component_sums() -> str:
    """The parts of a stretch on each component, which lie end to end in the order of the waterfall."""
    columns, before = [], "0"
    for name in WATERFALL:
        after = f"{before} + {name}"
        columns.append(f"greatest(least(stop, {after}) - greatest(start, {before}), 0)::BIGINT AS {name}")
        before = after
    return ", ".join(columns)


STATEMENTS = (
    f"""CREATE TEMP TABLE owed AS
    SELECT *, {" + ".join(WATERFALL)} AS total,
           (sum({" + ".join(WATERFALL)}) OVER (PARTITION BY account_id ORDER BY due_date, charge_id))::BIGINT AS reach
    FROM charges WHERE value_date <= {DAY}""",
    f"""CREATE TEMP TABLE money AS
    SELECT *, (sum(amount_minor) OVER (PARTITION BY account_id ORDER BY value_date, receipt_id))::BIGINT AS reach
    FROM receipts WHERE value_date <= {DAY}""",
    f"""CREATE TEMP TABLE found_allocations AS
    SELECT account_id, receipt_id, charge_id, value_date, {component_sums()}
    FROM (SELECT o.account_id, m.receipt_id, o.charge_id, greatest(m.value_date, o.value_date) AS value_date,
                 greatest(o.reach - o.total, m.reach - m.amount_minor) - (o.reach - o.total) AS start,
                 least(o.reach, m.reach) - (o.reach - o.total) AS stop,
                 {", ".join(f"o.{name}" for name in WATERFALL)}
          FROM owed o JOIN money m ON m.account_id = o.account_id
          WHERE least(o.reach, m.reach) > greatest(o.reach - o.total, m.reach - m.amount_minor))""",
    f"""CREATE TEMP TABLE found_charges AS
    WITH paid AS (SELECT charge_id, sum({" + ".join(WATERFALL)})::BIGINT AS paid_minor
                  FROM found_allocations GROUP BY charge_id),
    open AS (SELECT o.account_id, o.charge_id, o.due_date, coalesce(p.paid_minor, 0) AS paid_minor,
                    o.total - coalesce(p.paid_minor, 0) AS open_minor
             FROM owed o LEFT JOIN paid p ON p.charge_id = o.charge_id),
    late AS (SELECT *, (CASE WHEN open_minor > 0 THEN greatest({DAY} - due_date, 0) ELSE 0 END)::BIGINT AS days_late
             FROM open)
    SELECT *, (CASE WHEN open_minor > 0 THEN {bucket("days_late")} ELSE {NEVER} END)::BIGINT AS bucket FROM late""",
    f"""CREATE TEMP TABLE found_accounts AS
    WITH came AS (SELECT account_id, sum(amount_minor)::BIGINT AS received_minor, max(value_date) AS last_receipt
                  FROM money GROUP BY account_id),
    sums AS (SELECT account_id, sum(open_minor)::BIGINT AS outstanding_minor, sum(paid_minor)::BIGINT AS paid_minor,
                    (sum(open_minor) FILTER (days_late > 0))::BIGINT AS overdue_minor, max(days_late) AS days_late,
                    (count(*) FILTER (open_minor > 0))::BIGINT AS open_count,
                    {
        ", ".join(
            f"coalesce((sum(open_minor) FILTER (bucket = {place}))::BIGINT, 0) AS in_bucket_{place}"
            for place in range(len(EDGES) + 2)
        )
    }
             FROM found_charges GROUP BY account_id),
    placed AS (SELECT *, ({bucket("days_late")})::BIGINT AS bucket FROM sums)
    SELECT p.* EXCLUDE (overdue_minor), coalesce(overdue_minor, 0) AS overdue_minor,
           received_minor - paid_minor AS unapplied_minor, last_receipt,
           (CASE WHEN days_late > 0 THEN {DAY} - days_late ELSE {NEVER} END)::BIGINT AS oldest_due_date,
           (CASE WHEN days_late = 0 OR bucket = {len(EDGES) + 1} THEN {NEVER}
                 ELSE list_value({", ".join(map(str, (0, *EDGES)))})[bucket + 1] + 1 - days_late END)::BIGINT
             AS days_to_next_bucket
    FROM placed p JOIN came ON came.account_id = p.account_id""",
    f"""CREATE TEMP TABLE found_promises AS
    WITH got AS (SELECT p.promise_id, p.account_id, p.amount_minor, p.due_on + {GRACE_DAYS} AS last_day,
                        coalesce(sum(m.amount_minor), 0)::BIGINT AS received_minor
                 FROM promises p LEFT JOIN money m ON m.account_id = p.account_id
                      AND m.value_date BETWEEN p.made_on AND p.due_on + {GRACE_DAYS}
                 GROUP BY ALL)
    SELECT promise_id, account_id, received_minor,
           (CASE WHEN received_minor * 10000 >= amount_minor * {THRESHOLD_BPS} THEN 1 WHEN last_day >= {DAY} THEN 0
                 WHEN received_minor > 0 THEN 2 ELSE 3 END)::BIGINT AS status FROM got""",
    f"""CREATE TEMP TABLE points_of AS
    SELECT a.account_id, a.owner_id, a.next_action_on, a.days_since_placed, a.days_since_contact, s.overdue_minor,
           s.days_late, s.days_to_next_bucket, {DAY} - s.last_receipt AS days_since_receipt,
           least(s.overdue_minor // a.step_minor * 7, 70)::BIGINT AS r0,
           (CASE WHEN b.account_id IS NULL THEN 0 ELSE 40 END)::BIGINT AS r1,
           least(s.days_late // 10, 18)::BIGINT AS r2,
           (CASE WHEN s.days_to_next_bucket = {NEVER} THEN 0
                 ELSE least(greatest(11 - s.days_to_next_bucket, 0), 10) * 2 END)::BIGINT AS r4,
           (CASE WHEN a.days_since_placed <= 7 THEN 15 ELSE 0 END)::BIGINT AS r5,
           (CASE WHEN a.days_since_contact = {NEVER} THEN 30
                 ELSE least(a.days_since_contact * 3, 30) END)::BIGINT AS r6,
           (CASE WHEN {DAY} - s.last_receipt <= 7 THEN -20 ELSE 0 END)::BIGINT AS r7
    FROM accounts a JOIN found_accounts s ON s.account_id = a.account_id
    LEFT JOIN (SELECT DISTINCT account_id FROM found_promises WHERE status = 3) b ON b.account_id = a.account_id""",
    "CREATE TEMP TABLE found_points AS "
    + " UNION ALL ".join(
        f"SELECT account_id, {place}::BIGINT AS reason, r{place} AS points, ({amount})::BIGINT AS amount_minor,"
        f" ({days})::BIGINT AS days FROM points_of WHERE r{place} <> 0"
        for place, amount, days in (
            (0, "overdue_minor", NEVER),
            (1, NEVER, NEVER),
            (2, NEVER, "days_late"),
            (4, NEVER, "days_to_next_bucket"),
            (5, NEVER, "days_since_placed"),
            (6, NEVER, "days_since_contact"),
            (7, NEVER, "days_since_receipt"),
        )
    ),
    f"""CREATE TEMP TABLE found_ranks AS
    SELECT owner_id, account_id, points, row_number() OVER (
             PARTITION BY owner_id ORDER BY points DESC, days_late DESC, account_id) AS rank
    FROM (SELECT *, r0 + r1 + r2 + r4 + r5 + r6 + r7 AS points FROM points_of
          WHERE overdue_minor > 0 AND next_action_on <= {DAY})""",
    f"""CREATE TEMP TABLE found_absent AS
    SELECT account_id, owner_id, (CASE WHEN overdue_minor > 0 THEN 1 ELSE 0 END)::BIGINT AS rule,
           CASE WHEN overdue_minor > 0 THEN next_action_on ELSE {NEVER} END AS until_date
    FROM points_of WHERE overdue_minor <= 0 OR next_action_on > {DAY}""",
)
ORDERS = {
    "allocations": "account_id, receipt_id, charge_id",
    "charges": "account_id, due_date, charge_id",
    "accounts": "account_id",
    "promises": "promise_id",
    "points": "account_id, reason",
    "ranks": "owner_id, rank",
    "absent": "account_id",
}


def prepared(book: Book) -> duckdb.DuckDBPyConnection:
    """The book as this engine takes it: tables in memory."""
    connection = duckdb.connect()
    for name in TABLES:
        connection.register("given", getattr(book, name))
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
        connection.unregister("given")
    return connection


def run(book: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Allocations, charges, accounts, promises, points and lists of a part of the book, as tables."""
    for statement in STATEMENTS:
        book.execute(statement)
    return book


def results(found: duckdb.DuckDBPyConnection) -> dict[str, Columns]:
    """The tables as plain arrays, in the order of the other versions."""
    return {name: dict(_rows(found, name, order)) for name, order in ORDERS.items()}


def _rows(found: duckdb.DuckDBPyConnection, name: str, order: str) -> dict[str, Any]:
    return found.execute(f"SELECT * FROM found_{name} ORDER BY {order}").fetchnumpy()
