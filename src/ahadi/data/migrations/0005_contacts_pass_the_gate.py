"""No outbound contact without a passing decision of the last seconds; nobody approves what they proposed themselves."""

from typing import ClassVar

from django.db import migrations

# How long a decision opens the door, and how far the clocks of a row and of the server may differ.
GATED = """
CREATE FUNCTION contact_gated() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  made gate_decision%ROWTYPE;
  refusal text;
BEGIN
  IF NEW.origin = 'imported' THEN
    IF current_user = (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'public.contact'::regclass) THEN
      RETURN NEW;
    END IF;
    RAISE EXCEPTION 'only the owner of the tables imports contacts'
      USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'contact_gated';
  END IF;
  IF NEW.direction <> 'outbound' THEN
    RETURN NEW;
  END IF;
  SELECT * INTO made FROM gate_decision WHERE id = NEW.decision_id;
  IF NOT FOUND THEN
    refusal := 'the gate was not asked';
  ELSIF made.account_id <> NEW.account_id OR made.party_id IS DISTINCT FROM NEW.party_id
     OR made.contact_point_id IS DISTINCT FROM NEW.contact_point_id OR made.channel <> NEW.channel
     OR made.role <> NEW.role OR made.purpose <> NEW.purpose THEN
    refusal := 'the gate was asked about something else';
  ELSIF made.answer = 'block' THEN
    refusal := 'the gate said block';
  ELSIF made.answer = 'warn' AND NOT EXISTS (SELECT 1 FROM gate_override o WHERE o.decision_id = made.id) THEN
    refusal := 'the gate warned, and no supervisor took it upon themselves';
  ELSIF made.stage = 'issued' THEN
    IF NEW.began_at < made.decided_at OR NEW.began_at > made.valid_until THEN
      refusal := 'the decision that was issued does not hold at that time';
    END IF;
  ELSIF made.stage <> 'begun' THEN
    refusal := 'the gate was asked when the contact was queued, and not as it began';
  ELSIF made.decided_at < clock_timestamp() - interval '10 seconds'
     OR made.decided_at > clock_timestamp() + interval '1 second' THEN
    refusal := 'the decision of the gate is older than ten seconds';
  ELSIF NEW.began_at < made.decided_at - interval '1 second'
     OR NEW.began_at > made.decided_at + interval '10 seconds' THEN
    refusal := 'the contact did not begin when the gate was asked';
  END IF;
  IF refusal IS NOT NULL THEN
    RAISE EXCEPTION 'no outbound contact with account %: %', NEW.account_id, refusal
      USING ERRCODE = 'check_violation', CONSTRAINT = 'contact_gated';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER contact_gated BEFORE INSERT ON contact FOR EACH ROW EXECUTE FUNCTION contact_gated();
"""

NOT_GATED = """
DROP TRIGGER contact_gated ON contact;
DROP FUNCTION contact_gated();
"""

TWO_PEOPLE = """
CREATE FUNCTION approved_by_another() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.verdict = 'approved' AND EXISTS (
    SELECT 1 FROM policy p JOIN act maker ON maker.id = p.act_id JOIN act checker ON checker.id = NEW.act_id
    WHERE p.id = NEW.policy_id AND maker.by_id IS NOT DISTINCT FROM checker.by_id
  ) THEN
    RAISE EXCEPTION 'policy % is approved by somebody else than who proposed it', NEW.policy_id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'policy_two_people';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER policy_two_people BEFORE INSERT ON policy_verdict
  FOR EACH ROW EXECUTE FUNCTION approved_by_another();
"""

NOT_TWO_PEOPLE = """
DROP TRIGGER policy_two_people ON policy_verdict;
DROP FUNCTION approved_by_another();
"""

# table, whether values may stand in the trail, primary key
RECORDS = (
    ("care_record", "columns", "circumstance_id"),
    ("day_override", "values", "id"),
    ("code", "values", "id"),
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

    dependencies: ClassVar[list[tuple[str, str]]] = [("data", "0004_gate_and_circumstances")]

    operations: ClassVar[list[migrations.RunSQL]] = [
        migrations.RunSQL(GATED, NOT_GATED),
        migrations.RunSQL(TWO_PEOPLE, NOT_TWO_PEOPLE),
        *(_trail(*record) for record in RECORDS),
    ]
