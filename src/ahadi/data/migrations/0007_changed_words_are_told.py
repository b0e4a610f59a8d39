"""Whose names, numbers or addresses changed is told by the tables themselves."""

from typing import ClassVar

from django.db import migrations

# Many rows of one act are told as the act, few as their parties.
WRITTEN = """
CREATE FUNCTION search_words_written() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF (SELECT count(*) FROM (SELECT 1 FROM written LIMIT 1001) AS few) > 1000 THEN
    INSERT INTO search_due (act_id) SELECT DISTINCT act_id FROM written;
  ELSE
    INSERT INTO search_due (act_id, party_id) SELECT DISTINCT act_id, party_id FROM written;
  END IF;
  RETURN NULL;
END $$;
CREATE FUNCTION search_words_changed() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO search_due (act_id, party_id)
    SELECT DISTINCT a.act_id, a.party_id FROM after a JOIN before b ON b.id = a.id
    WHERE to_jsonb(a) - 'act_id' - 'seen' IS DISTINCT FROM to_jsonb(b) - 'act_id' - 'seen';
  RETURN NULL;
END $$;
CREATE FUNCTION search_words_gone() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO search_due (act_id, party_id) SELECT DISTINCT act_id, party_id FROM before;
  RETURN NULL;
END $$;
"""
_ON_INSERT = """
CREATE TRIGGER search_words_written AFTER INSERT ON {table} REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION search_words_written();
"""
_ON_CHANGE = """
CREATE TRIGGER search_words_changed AFTER UPDATE ON {table} REFERENCING OLD TABLE AS before NEW TABLE AS after
  FOR EACH STATEMENT EXECUTE FUNCTION search_words_changed();
CREATE TRIGGER search_words_gone AFTER DELETE ON {table} REFERENCING OLD TABLE AS before
  FOR EACH STATEMENT EXECUTE FUNCTION search_words_gone();
"""
_CHANGING = ("party_name", "party_number", "contact_point")
TOLD = WRITTEN + "".join(
    [_ON_INSERT.format(table=table) for table in (*_CHANGING, "account")]
    + [_ON_CHANGE.format(table=table) for table in _CHANGING]
)
NOT_TOLD = "".join(f"DROP FUNCTION search_words_{name}() CASCADE;" for name in ("written", "changed", "gone"))


class Migration(migrations.Migration):
    """Triggers on the tables that hold names, numbers and addresses."""

    dependencies: ClassVar = [("data", "0006_search_by_words")]
    operations: ClassVar = [migrations.RunSQL(TOLD, NOT_TOLD)]
