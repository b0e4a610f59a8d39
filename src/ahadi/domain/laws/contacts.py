"""The laws of contact: nobody was reached without the gate's word, against what it said, or against what was known."""

from collections.abc import Iterator

from ahadi.domain.contact import replay
from ahadi.domain.laws.ports import LIVE_FACT, Law, rows

_OUT = "c.direction = 'outbound' AND c.origin = 'live' AND " + LIVE_FACT.format("c")
_UNGATED = f"""
    SELECT c.id, c.account_id, CASE
      WHEN d.id IS NULL THEN 'without asking the gate'
      WHEN d.answer = 'block' THEN 'although the gate said block'
      WHEN d.answer = 'warn' AND o.decision_id IS NULL THEN 'although the gate warned'
      WHEN (d.account_id, d.party_id, d.channel, d.role, d.purpose, coalesce(d.contact_point_id, 0))
        IS DISTINCT FROM (c.account_id, c.party_id, c.channel, c.role, c.purpose, coalesce(c.contact_point_id, 0))
        THEN 'by a decision about something else'
      ELSE 'at another moment than the gate was asked about' END
    FROM contact c LEFT JOIN gate_decision d ON d.id = c.decision_id
    LEFT JOIN gate_override o ON o.decision_id = d.id
    WHERE {_OUT} AND (
      d.id IS NULL OR d.answer = 'block' OR (d.answer = 'warn' AND o.decision_id IS NULL)
      OR (d.account_id, d.party_id, d.channel, d.role, d.purpose, coalesce(d.contact_point_id, 0))
        IS DISTINCT FROM (c.account_id, c.party_id, c.channel, c.role, c.purpose, coalesce(c.contact_point_id, 0))
      OR CASE d.stage
           WHEN 'begun' THEN abs(extract(epoch FROM c.began_at - d.decided_at)) > 10
           WHEN 'issued' THEN c.began_at NOT BETWEEN d.decided_at AND d.valid_until
           ELSE TRUE END)
    ORDER BY c.id
"""
# Whoever was joined or split after the contact was not known to be one person when it began.
_ONE_SINCE = """NOT EXISTS (
        SELECT 1 FROM identity_decision i JOIN identity_proposal j ON j.id = i.proposal_id
        JOIN party_state m ON m.party_id IN (j.party_id, j.other_id)
        WHERE m.stands_for_id = q.stands_for_id AND i.at > c.began_at)"""
# Asked of the facts alone, without the gate: what forbids every channel whatever the place, and an opt-out.
_DESPITE = f"""
    SELECT DISTINCT c.id, c.account_id, k.kind FROM contact c
    JOIN account a ON a.id = c.account_id
    JOIN party_state d ON d.party_id = a.party_id
    JOIN party_state p ON p.party_id = coalesce(c.party_id, a.party_id)
    JOIN circumstance k ON k.booked_at <= c.began_at AND k.from_at <= c.began_at
      AND (k.until_at IS NULL OR k.until_at > c.began_at) AND {LIVE_FACT.format("k")}
      AND (k.account_id IS NULL OR k.account_id = c.account_id)
      AND (k.channel IS NULL OR k.channel = c.channel)
      AND (k.contact_point_id IS NULL OR k.contact_point_id = c.contact_point_id)
    JOIN party_state q ON q.party_id = k.party_id
    LEFT JOIN circumstance_end e ON e.circumstance_id = k.id AND e.booked_at <= c.began_at AND NOT EXISTS
      (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = e.act_id AND w.at <= c.began_at)
    WHERE {_OUT} AND (e.ended_at IS NULL OR e.ended_at > c.began_at)
      AND c.purpose NOT IN ('notice', 'opt_out_confirmation', 'verification', 'requested')
      AND (k.kind IN ('CEASE', 'DECEASED', 'BANKRUPTCY') AND q.stands_for_id = d.stands_for_id
             AND (k.party_id = a.party_id OR {_ONE_SINCE})
           OR k.kind = 'OPT_OUT' AND q.stands_for_id = p.stands_for_id
             AND (k.party_id = p.party_id OR {_ONE_SINCE}))
    UNION
    SELECT c.id, c.account_id, h.kind FROM contact c
    JOIN account a ON a.id = c.account_id JOIN organisation g ON g.id = a.organisation_id
    JOIN hold h ON h.account_id = c.account_id AND h.charge IS NULL AND h.booked_at <= c.began_at
      AND h.from_date <= (c.began_at AT TIME ZONE g.time_zone)::date
      AND (h.ends_on IS NULL OR h.ends_on >= (c.began_at AT TIME ZONE g.time_zone)::date) AND {LIVE_FACT.format("h")}
    LEFT JOIN hold_release e ON e.hold_id = h.id AND e.booked_at <= c.began_at
    WHERE {_OUT} AND e.hold_id IS NULL AND h.kind IN ('BANKRUPTCY', 'CEASE', 'CLIENT_RECALL', 'DECEASED', 'FRAUD')
      AND c.purpose NOT IN ('notice', 'opt_out_confirmation', 'verification', 'requested')
    ORDER BY 1
"""


def _otherwise() -> Iterator[str]:
    for one in replay.replayed():
        if not one.is_equal:
            yield f"decision {one.decision_id}: said {one.then[0]}, and says {one.now[0]} when it is made again"


CONTACT_LAWS: tuple[Law, ...] = (
    Law(
        "contacts-passed-the-gate",
        19,
        "Every outbound contact has a decision of its own moment that let it pass.",
        rows(_UNGATED, "contact {} with account {}: began {}"),
    ),
    Law(
        "decisions-come-out-again",
        19,
        "A decision of the gate that is made again from its own facts and rules says the same.",
        _otherwise,
    ),
    Law(
        "nobody-reached-against-what-was-known",
        20,
        "Nobody is reached after a cease, an opt-out, a death, an insolvency or a recall that was known.",
        rows(_DESPITE, "contact {} with account {}: began in spite of {}"),
    ),
    Law(
        "contacts-end-once",
        19,
        "A contact has one outcome that counts at most; one that was taken back counts for nothing.",
        rows(
            "SELECT o.contact_id, count(*) FROM contact_outcome o"
            f" WHERE {LIVE_FACT.format('o')} GROUP BY o.contact_id HAVING count(*) > 1 ORDER BY 1",
            "contact {}: has {} outcomes",
        ),
    ),
    Law(
        "money-was-promised-by-who-was-recognised",
        19,
        "A promise taken down with the outcome of a call follows a verification in that call.",
        rows(
            # Imported histories bring all promises and outcomes of an organisation in one act.
            "WITH o AS MATERIALIZED (SELECT e.contact_id, e.act_id FROM contact c"
            " JOIN contact_outcome e ON e.contact_id = c.id WHERE c.origin = 'live')"
            " SELECT p.id, o.contact_id FROM o JOIN promise p ON p.act_id = o.act_id"
            f" WHERE {LIVE_FACT.format('p')} AND NOT EXISTS (SELECT 1 FROM verification v"
            " WHERE v.contact_id = o.contact_id AND v.at <= p.booked_at) ORDER BY 1",
            "promise {}: was taken in contact {}, in which nobody was recognised",
        ),
    ),
)
