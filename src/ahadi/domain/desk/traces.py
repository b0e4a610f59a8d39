"""Whether anything was written down about a debtor since their page was made: one number line for all of it."""

from ahadi.data import frames
from ahadi.domain.audit.ports import Actor

# Facts by what they are about, each by the act that wrote it; an act that was taken back since is seen too.
OF_ACCOUNTS = (
    "assignment",
    "case",
    "charge",
    "contact",
    "contact_account",
    "delay_reason",
    "document",
    "hold",
    "next_action",
    "note",
    "placement",
    "planned_contact",
    "promise",
    "proof",
    "receipt_assignment",
    "unmasking",
)
OF_PEOPLE = ("circumstance", "contact_point", "party_name", "party_number", "quiet_week", "related_party")
OF_FACTS = (
    ("care_record", "circumstance_id", "circumstance", "id"),
    ("case_hold", "case_id", "case", "id"),
    ("case_status", "case_id", "case", "id"),
    ("case_text", "case_id", "case", "id"),
    ("circumstance_end", "circumstance_id", "circumstance", "id"),
    ("contact_outcome", "contact_id", "contact", "id"),
    ("designation", "receipt_id", "receipt_assignment", "receipt_id"),
    ("document_cover", "document_id", "document", "id"),
    ("hold_release", "hold_id", "hold", "id"),
    ("point_told", "contact_point_id", "contact_point", "id"),
    ("promise_judgement", "promise_id", "promise", "id"),
    ("promise_reminder", "promise_id", "promise", "id"),
    ("proof_verdict", "proof_id", "proof", "id"),
    ("receipt_reversal", "receipt_id", "receipt_assignment", "receipt_id"),
    ("related_party_end", "related_id", "related_party", "id"),
)
"""What is about a fact: its table, the column that names the fact, and the fact's table and column."""
OF_HOUSES = (
    "cover",
    "day_override",
    "grant_end",
    "grant_given",
    "policy",
    "policy_verdict",
    "sign_off",
    "team_member",
    "team_member_end",
)
"""What holds for everybody and changes seldom: any row more is another trace for all."""


def _facts() -> str:
    of_accounts = [f'SELECT t.act_id FROM "{table}" t JOIN accounts a ON a.id = t.account_id' for table in OF_ACCOUNTS]
    of_people = [f"SELECT t.act_id FROM {table} t JOIN people p ON p.id = t.party_id" for table in OF_PEOPLE]
    of_facts = []
    for table, column, fact, key in OF_FACTS:
        whose = "people w ON w.id = f.party_id" if fact in OF_PEOPLE else "accounts w ON w.id = f.account_id"
        of_facts.append(f'SELECT t.act_id FROM {table} t JOIN "{fact}" f ON f.{key} = t.{column} JOIN {whose}')
    return " UNION ALL ".join([*of_accounts, *of_people, *of_facts])


_TRACE = f"""
    WITH debtor AS MATERIALIZED (
      SELECT o.party_id AS id FROM account a JOIN party_state s ON s.party_id = a.party_id
      JOIN party_state o ON o.stands_for_id = s.stands_for_id WHERE a.id = %(account)s),
    people AS MATERIALIZED (
      SELECT id FROM debtor UNION
      SELECT q.party_id FROM related_party r JOIN debtor d ON d.id = r.party_id
      JOIN party_state o ON o.party_id = r.other_id JOIN party_state q ON q.stands_for_id = o.stands_for_id),
    accounts AS MATERIALIZED (SELECT a.id FROM account a JOIN debtor d ON d.id = a.party_id)
    SELECT concat_ws(' ',
      (SELECT count(*) || ' ' || coalesce(sum(x.act_id), 0) || ' ' || count(w.act_id) FROM ({_facts()}) x
       LEFT JOIN act_withdrawal w ON w.withdrawn_act_id = x.act_id),
      (SELECT count(*) || ' ' || sum(t.revision) || ' ' || sum(t.as_of - DATE '2000-01-01')
       FROM account_state t JOIN accounts a ON a.id = t.account_id),
      (SELECT string_agg(t.status, ' ' ORDER BY t.planned_contact_id) FROM planned_contact p
       JOIN accounts a ON a.id = p.account_id JOIN planned_contact_state t ON t.planned_contact_id = p.id),
      (SELECT sum(s.stands_for_id) FROM party_state s JOIN people p ON p.id = s.party_id),
      (SELECT d.saved_at FROM draft_state d WHERE d.person_id = %(person)s AND d.account_id = %(account)s),
      {", ".join(f"(SELECT count(*) FROM {table})" for table in OF_HOUSES)})
"""


def trace(*, by: Actor, account_id: int) -> str:
    """What was written down so far about the debtor of an account and who has to do with them, as far as a page of
    theirs shows it; it is another as soon as anything more is, or something was taken back.
    """
    known = frames.told(_TRACE, {"account": account_id, "person": by.person_id}, ("trace",))
    return str(known[0]["trace"])
