"""Whether what is written names rows that are there is asked once a statement, not once a row."""

from typing import ClassVar

from django.db import migrations

# Table to its columns and what they name. Those of `FEW` hold few different values in many rows.
REFERENCES = {
    "party": {"organisation_id": "organisation", "act_id": "act"},
    "party_name": {"party_id": "party", "act_id": "act"},
    "party_number": {"party_id": "party", "creditor_id": "creditor", "act_id": "act"},
    "contact_point": {"party_id": "party", "act_id": "act"},
    "party_state": {"party_id": "party", "stands_for_id": "party"},
    "account": {"organisation_id": "organisation", "creditor_id": "creditor", "party_id": "party", "act_id": "act"},
    "placement": {"account_id": "account", "act_id": "act"},
    "assignment": {"account_id": "account", "owner_id": "owner", "act_id": "act"},
    "charge": {"account_id": "account", "act_id": "act"},
    "next_action": {"account_id": "account", "act_id": "act"},
    "account_state": {"account_id": "account", "organisation_id": "organisation", "owner_id": "owner"},
    "receipt": {"organisation_id": "organisation", "creditor_id": "creditor", "act_id": "act"},
    "receipt_payer": {"receipt_id": "receipt"},
    "receipt_assignment": {"receipt_id": "receipt", "account_id": "account", "act_id": "act"},
    "receipt_state": {"receipt_id": "receipt", "account_id": "account"},
    "allocation": {"receipt_id": "receipt", "charge_id": "charge", "account_id": "account", "act_id": "act"},
    "journal": {"organisation_id": "organisation", "creditor_id": "creditor", "account_id": "account", "act_id": "act"},
}
FEW = ("organisation", "creditor", "act", "owner")
# Rows of these tables change; those of all others are only added.
CHANGING = ("party_name", "party_number", "contact_point", "party_state", "account_state", "receipt_payer",
            "receipt_state")  # fmt: skip
# What is named and may be changed: its number stays.
STAYING = ("organisation", "creditor", "owner")

# Without joins over whole tables: a part of a large book is looked up row by row, by the key of what it names.
_FUNCTION = """
CREATE FUNCTION {table}_references() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
{checks}  RETURN NULL;
END $$;
CREATE TRIGGER references_written AFTER INSERT ON {table} REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION {table}_references();
"""
_CHECK = """  IF EXISTS (SELECT 1 FROM {rows} w WHERE w.{column} IS NOT NULL
             AND NOT EXISTS (SELECT 1 FROM {named} t WHERE t.id = w.{column})) THEN
    RAISE foreign_key_violation USING
      MESSAGE = 'what is written to "{table}" names a row of "{named}" that is not there',
      TABLE = '{table}', COLUMN = '{column}', CONSTRAINT = 'references_written';
  END IF;
"""
_ON_UPDATE = """
CREATE TRIGGER references_changed AFTER UPDATE ON {table} REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION {table}_references();
"""
_STAYS = """
CREATE FUNCTION number_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  RAISE foreign_key_violation USING
    MESSAGE = format('rows elsewhere name this row of "%s" by its number, which stays', TG_TABLE_NAME);
END $$;
"""
_ON_NUMBER = """
CREATE TRIGGER number_stays BEFORE UPDATE OF id ON {table} FOR EACH ROW WHEN (OLD.id <> NEW.id)
  EXECUTE FUNCTION number_stays();
"""


def _checks(table: str) -> str:
    return "".join(
        _CHECK.format(
            table=table,
            column=column,
            named=named,
            rows=f"(SELECT DISTINCT {column} FROM written)" if named in FEW else "written",
        )
        for column, named in REFERENCES[table].items()
    )


CHECKED = (
    "".join(_FUNCTION.format(table=table, checks=_checks(table)) for table in REFERENCES)
    + "".join(_ON_UPDATE.format(table=table) for table in CHANGING)
    + _STAYS
    + "".join(_ON_NUMBER.format(table=table) for table in STAYING)
)
UNCHECKED = "".join(f"DROP FUNCTION {table}_references() CASCADE;" for table in REFERENCES) + (
    "DROP FUNCTION number_stays() CASCADE;"
)


class Migration(migrations.Migration):
    """Triggers on the tables that are written in bulk."""

    dependencies: ClassVar = [("data", "0014_references_without_rows")]
    operations: ClassVar = [migrations.RunSQL(CHECKED, UNCHECKED)]
