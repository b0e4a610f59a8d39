"""Of whom something changed that tells one person from another is told by the tables themselves."""

from typing import ClassVar

from django.db import migrations

# Words are read of names and numbers alone, so these rows are done with as far as words go.
TOLD = """
CREATE FUNCTION likeness_told() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO search_due (act_id, party_id, is_done) SELECT DISTINCT act_id, party_id, TRUE FROM written;
  RETURN NULL;
END $$;
CREATE TRIGGER likeness_told AFTER INSERT ON party_detail REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION likeness_told();
CREATE TRIGGER likeness_changed AFTER UPDATE ON party_detail REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION likeness_told();
CREATE TRIGGER likeness_told AFTER INSERT ON related_party REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION likeness_told();
CREATE FUNCTION likeness_ended() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO search_due (act_id, party_id, is_done)
    SELECT DISTINCT w.act_id, c.party_id, TRUE FROM written w JOIN circumstance c ON c.id = w.circumstance_id
    WHERE c.kind = 'WRONG_NUMBER';
  RETURN NULL;
END $$;
CREATE TRIGGER likeness_ended AFTER INSERT ON circumstance_end REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION likeness_ended();
CREATE FUNCTION likeness_judged() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO search_due (act_id, party_id, is_done)
    SELECT DISTINCT w.act_id, x.party_id, TRUE FROM written w JOIN identity_proposal p ON p.id = w.proposal_id
    CROSS JOIN LATERAL (VALUES (p.party_id), (p.other_id)) x (party_id) WHERE w.is_accepted AND x.party_id IS NOT NULL;
  RETURN NULL;
END $$;
CREATE TRIGGER likeness_judged AFTER INSERT ON identity_decision REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION likeness_judged();
CREATE FUNCTION likeness_taken_back() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO search_due (act_id, is_done) SELECT DISTINCT withdrawn_act_id, TRUE FROM written;
  RETURN NULL;
END $$;
CREATE TRIGGER likeness_taken_back AFTER INSERT ON act_withdrawal REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION likeness_taken_back();
"""
NOT_TOLD = "".join(f"DROP FUNCTION likeness_{name}() CASCADE;" for name in ("told", "ended", "judged", "taken_back"))


class Migration(migrations.Migration):
    """Triggers beside those that tell of names and numbers (0007)."""

    dependencies: ClassVar = [("data", "0022_people_are_compared_by_what_they_share")]
    operations: ClassVar = [migrations.RunSQL(TOLD, NOT_TOLD)]
