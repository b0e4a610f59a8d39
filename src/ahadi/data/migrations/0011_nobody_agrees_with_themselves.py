"""Nobody approves what they proposed themselves, nor beyond their rank; what people keep of means is told of."""

from typing import ClassVar

from django.db import migrations

MANDATES = """
CREATE FUNCTION mandate_by_another() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.verdict = 'approved' AND EXISTS (
    SELECT FROM mandate m JOIN act maker ON maker.id = m.act_id JOIN act checker ON checker.id = NEW.act_id
    WHERE m.id = NEW.mandate_id AND maker.by_id IS NOT DISTINCT FROM checker.by_id
  ) THEN
    RAISE EXCEPTION 'mandate % is approved by somebody else than who proposed it', NEW.mandate_id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'mandate_two_people';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER mandate_two_people BEFORE INSERT ON mandate_verdict
  FOR EACH ROW EXECUTE FUNCTION mandate_by_another();
"""

NO_MANDATES = """
DROP TRIGGER mandate_two_people ON mandate_verdict;
DROP FUNCTION mandate_by_another();
"""

APPROVALS = """
CREATE FUNCTION offer_approved_by_another() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  asked approval%ROWTYPE;
  refusal text;
BEGIN
  IF NEW.decision <> 'approved' THEN
    RETURN NEW;
  END IF;
  SELECT * INTO asked FROM approval WHERE id = NEW.approval_id;
  IF EXISTS (SELECT FROM act maker JOIN act checker ON checker.id = NEW.act_id
             WHERE maker.id = asked.act_id AND maker.by_id IS NOT DISTINCT FROM checker.by_id) THEN
    refusal := 'is decided by somebody else than who asked';
  ELSIF NEW.rank < asked.rank THEN
    refusal := 'needs somebody of a higher rank';
  ELSIF NEW.digest IS DISTINCT FROM asked.digest THEN
    refusal := 'was asked for something else than what is approved';
  ELSIF NEW.at > asked.expires_at THEN
    refusal := 'has expired';
  END IF;
  IF refusal IS NOT NULL THEN
    RAISE EXCEPTION 'approval % %', NEW.approval_id, refusal
      USING ERRCODE = 'check_violation', CONSTRAINT = 'approval_two_people';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER approval_two_people BEFORE INSERT ON approval_decision
  FOR EACH ROW EXECUTE FUNCTION offer_approved_by_another();
"""

NO_APPROVALS = """
DROP TRIGGER approval_two_people ON approval_decision;
DROP FUNCTION offer_approved_by_another();
"""

MEANS = """
CREATE TRIGGER means_value_updated AFTER UPDATE ON means_value
  REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
  FOR EACH STATEMENT EXECUTE FUNCTION record_changed('columns', 'means_id');
CREATE TRIGGER means_value_deleted AFTER DELETE ON means_value
  REFERENCING OLD TABLE AS before_rows
  FOR EACH STATEMENT EXECUTE FUNCTION record_changed('columns', 'means_id');
"""

NO_MEANS = """
DROP TRIGGER means_value_deleted ON means_value;
DROP TRIGGER means_value_updated ON means_value;
"""


class Migration(migrations.Migration):
    """Triggers that need more than a constraint can say."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("data", "0010_negotiation_and_approvals")]

    operations: ClassVar[list[migrations.RunSQL]] = [
        migrations.RunSQL(MANDATES, NO_MANDATES),
        migrations.RunSQL(APPROVALS, NO_APPROVALS),
        migrations.RunSQL(MEANS, NO_MEANS),
    ]
