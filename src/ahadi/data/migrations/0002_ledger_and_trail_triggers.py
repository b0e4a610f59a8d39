"""Journals are balanced and never empty; changes of kept records leave a trail."""

from typing import ClassVar

from django.db import migrations

BALANCED = """
CREATE FUNCTION posting_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE culprit bigint;
BEGIN
  SELECT journal_id INTO culprit FROM fresh
    GROUP BY journal_id HAVING sum(amount_minor) <> 0 OR count(*) < 2 LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'journal % is not balanced: its postings must come together and add up to 0', culprit
      USING ERRCODE = 'check_violation', CONSTRAINT = 'posting_balanced';
  END IF;
  SELECT j.id INTO culprit FROM journal j WHERE j.id IN (SELECT journal_id FROM fresh) LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'journal % is complete: nothing can be added to it', culprit
      USING ERRCODE = 'check_violation', CONSTRAINT = 'posting_of_new_journal';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER posting_balanced AFTER INSERT ON posting
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION posting_balanced();

CREATE FUNCTION journal_not_empty() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE culprit bigint;
BEGIN
  SELECT f.id INTO culprit FROM fresh f
    WHERE NOT EXISTS (SELECT 1 FROM posting p WHERE p.journal_id = f.id) LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'journal % is empty: its postings must be there before it', culprit
      USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_not_empty';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER journal_not_empty AFTER INSERT ON journal
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION journal_not_empty();
"""

NOT_BALANCED = """
DROP TRIGGER journal_not_empty ON journal;
DROP FUNCTION journal_not_empty();
DROP TRIGGER posting_balanced ON posting;
DROP FUNCTION posting_balanced();
"""

# The function runs with the owner's rights: the application may read the trail and never write it.
TRAIL_FUNCTION = """
CREATE FUNCTION record_changed() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    INSERT INTO change (at, "table", "row", what, columns, act, role)
    SELECT clock_timestamp(), TG_TABLE_NAME, (b.doc ->> TG_ARGV[1])::bigint, 'update',
           (SELECT CASE WHEN TG_ARGV[0] = 'values'
                        THEN jsonb_object_agg(k, jsonb_build_array(b.doc -> k, a.doc -> k))
                        ELSE jsonb_agg(k) END
            FROM jsonb_object_keys(a.doc) k WHERE a.doc -> k IS DISTINCT FROM b.doc -> k),
           nullif(current_setting('ahadi.act', true), '')::bigint, session_user
    FROM (SELECT to_jsonb(r) AS doc FROM before_rows r) b
    JOIN (SELECT to_jsonb(r) AS doc FROM after_rows r) a ON a.doc -> TG_ARGV[1] = b.doc -> TG_ARGV[1]
    WHERE a.doc IS DISTINCT FROM b.doc;
  ELSE
    INSERT INTO change (at, "table", "row", what, columns, act, role)
    SELECT clock_timestamp(), TG_TABLE_NAME, (b.doc ->> TG_ARGV[1])::bigint, 'delete',
           CASE WHEN TG_ARGV[0] = 'values' THEN b.doc
                ELSE (SELECT jsonb_agg(k) FROM jsonb_object_keys(b.doc) k) END,
           nullif(current_setting('ahadi.act', true), '')::bigint, session_user
    FROM (SELECT to_jsonb(r) AS doc FROM before_rows r) b;
  END IF;
  RETURN NULL;
END $$;
"""

# table, whether values may stand in the trail, primary key
RECORDS = (
    ("organisation", "values", "id"),
    ("branch", "values", "id"),
    ("owner", "values", "id"),
    ("creditor", "values", "id"),
    ("person", "columns", "id"),
    ("party_name", "columns", "id"),
    ("party_number", "columns", "id"),
    ("contact_point", "columns", "id"),
    ("receipt_payer", "columns", "receipt_id"),
)


def _trail(table: str, shown: str, key: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"""
        CREATE TRIGGER {table}_updated AFTER UPDATE ON {table}
          REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
          FOR EACH STATEMENT EXECUTE FUNCTION record_changed('{shown}', '{key}');
        CREATE TRIGGER {table}_deleted AFTER DELETE ON {table}
          REFERENCING OLD TABLE AS before_rows
          FOR EACH STATEMENT EXECUTE FUNCTION record_changed('{shown}', '{key}');
        """,
        f"DROP TRIGGER {table}_deleted ON {table}; DROP TRIGGER {table}_updated ON {table};",
    )


class Migration(migrations.Migration):
    """Triggers that need more than a constraint can say."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("data", "0001_first_book")]

    operations: ClassVar[list[migrations.RunSQL]] = [
        migrations.RunSQL(BALANCED, NOT_BALANCED),
        migrations.RunSQL(TRAIL_FUNCTION, "DROP FUNCTION record_changed();"),
        migrations.RunSQL(
            "ALTER TABLE account_state SET (fillfactor = 85);", "ALTER TABLE account_state RESET (fillfactor);"
        ),
        *(_trail(*record) for record in RECORDS),
    ]
