"""Nobody approves the adjustment that they asked for; what changes in erasable texts of cases and files is told."""

from typing import ClassVar

from django.db import migrations

TWO_PEOPLE = """
CREATE FUNCTION adjusted_by_another() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.verdict = 'approved' AND EXISTS (
    SELECT 1 FROM adjustment a JOIN act maker ON maker.id = a.act_id JOIN act checker ON checker.id = NEW.act_id
    WHERE a.id = NEW.adjustment_id AND maker.by_id IS NOT DISTINCT FROM checker.by_id
  ) THEN
    RAISE EXCEPTION 'adjustment % is approved by somebody else than who asked for it', NEW.adjustment_id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'adjustment_two_people';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER adjustment_two_people BEFORE INSERT ON adjustment_verdict
  FOR EACH ROW EXECUTE FUNCTION adjusted_by_another();
"""

NOT_TWO_PEOPLE = """
DROP TRIGGER adjustment_two_people ON adjustment_verdict;
DROP FUNCTION adjusted_by_another();
"""

# table, whether values may stand in the trail, primary key
RECORDS = (
    ("case_text", "columns", "id"),
    ("document_name", "columns", "document_id"),
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

    dependencies: ClassVar[list[tuple[str, str]]] = [("data", "0012_cases_and_documents")]

    operations: ClassVar[list[migrations.RunSQL]] = [
        migrations.RunSQL(TWO_PEOPLE, NOT_TWO_PEOPLE),
        *(_trail(*record) for record in RECORDS),
    ]
