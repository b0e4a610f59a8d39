"""What happened with a debtor, newest first: attempts, messages, receipts, promises, notes, holds, in one order."""

from typing import Any

from ahadi.data import facts, frames
from ahadi.domain.arrangements.reminders import BECAME
from ahadi.domain.desk.ports import Event

PAGE = 30
KINDS = {
    "calls": ("call",),
    "messages": ("message",),
    "visits": ("visit",),
    "letters": ("letter", "document"),
    "receipts": ("receipt", "reversal", "proof"),
    "promises": ("promise", "judgement", "withdrawal", "reminder"),
    "notes": ("note",),
    "disputes": ("hold", "release", "case"),
}
_CHANNELS = "CASE c.channel WHEN 'sms' THEN 'message' WHEN 'whatsapp' THEN 'message' WHEN 'email' THEN 'message'" + (
    " WHEN 'app' THEN 'message' WHEN 'in_person' THEN 'visit' ELSE c.channel END"
)


_PARTS = {
    "contact": f"""
        SELECT c.began_at, {_CHANNELS} AS kind, coalesce(o.result, c.direction) AS code, NULL::bigint AS amount,
               NULL AS currency, NULL::date AS on_day, w.name AS by_name, NULL AS text
        FROM contact c LEFT JOIN contact_outcome o ON o.contact_id = c.id AND {facts.counts("o")}
        LEFT JOIN owner w ON w.id = c.by_id WHERE c.account_id = ANY(%(ids)s) AND {facts.counts("c")}""",
    "receipt": f"""
        SELECT r.booked_at, 'receipt', r.kind, r.amount_minor, r.currency, r.value_date, NULL, NULL
        FROM receipt_state s JOIN receipt r ON r.id = s.receipt_id
        WHERE s.account_id = ANY(%(ids)s) AND s.status = 'assigned' AND {facts.counts("r")}""",
    "promise": f"""
        SELECT p.booked_at, 'promise', CASE WHEN p.plan_id IS NULL THEN 'made' ELSE 'instalment' END, p.amount_minor,
               a.currency, p.due_on, e.name, NULL
        FROM promise p JOIN account a ON a.id = p.account_id JOIN act t ON t.id = p.act_id
        LEFT JOIN person e ON e.id = t.by_id WHERE p.account_id = ANY(%(ids)s) AND {facts.counts("p")}
        UNION ALL
        SELECT j.booked_at, 'judgement', j.status, p.amount_minor, a.currency, p.due_on, NULL, NULL
        FROM promise p JOIN promise_judgement j ON j.promise_id = p.id JOIN account a ON a.id = p.account_id
        WHERE p.account_id = ANY(%(ids)s) AND {facts.counts("p")} AND j.status <> 'PENDING'""",
    "reminder": f"""
        SELECT q.at, 'reminder', {BECAME}, NULL::bigint, NULL, r.remind_on, NULL, coalesce(q.rule, t.rule)
        FROM promise p JOIN promise_reminder r ON r.promise_id = p.id JOIN reminder_plan q ON q.reminder_id = r.id
        JOIN promise_state s ON s.promise_id = p.id
        LEFT JOIN planned_contact_state t ON t.planned_contact_id = q.planned_contact_id
        WHERE p.account_id = ANY(%(ids)s) AND {facts.counts("p")}""",
    "note": """
        SELECT n.at, 'note', 'note', NULL::bigint, NULL, NULL::date, e.name, n.text
        FROM note n JOIN act t ON t.id = n.act_id LEFT JOIN person e ON e.id = t.by_id
        WHERE n.account_id = ANY(%(ids)s)
          AND NOT EXISTS (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = n.act_id)""",
    "hold": f"""
        SELECT h.booked_at, 'hold', h.kind, NULL::bigint, NULL, h.review_on, e.name, NULL
        FROM hold h JOIN act t ON t.id = h.act_id LEFT JOIN person e ON e.id = t.by_id
        WHERE h.account_id = ANY(%(ids)s) AND {facts.counts("h")}
        UNION ALL
        SELECT r.booked_at, 'release', h.kind, NULL::bigint, NULL, NULL::date, e.name, NULL
        FROM hold h JOIN hold_release r ON r.hold_id = h.id JOIN act t ON t.id = r.act_id
        LEFT JOIN person e ON e.id = t.by_id WHERE h.account_id = ANY(%(ids)s) AND {facts.counts("r")}""",
    "case": f"""
        SELECT s.at, 'case', c.kind || ':' || s.status, NULL::bigint, NULL, NULL::date, e.name,
               (SELECT x.text FROM case_text x WHERE x.case_id = c.id AND x.act_id = s.act_id ORDER BY x.id LIMIT 1)
        FROM case_status s JOIN "case" c ON c.id = s.case_id JOIN act t ON t.id = s.act_id
        LEFT JOIN person e ON e.id = t.by_id WHERE c.account_id = ANY(%(ids)s) AND {facts.counts("c")}""",
    "proof": f"""
        SELECT f.booked_at, 'proof', 'proof:claimed', f.amount_minor, f.currency, f.value_date, e.name, f.reference
        FROM proof f JOIN act t ON t.id = f.act_id LEFT JOIN person e ON e.id = t.by_id
        WHERE f.account_id = ANY(%(ids)s) AND {facts.counts("f")}
        UNION ALL
        SELECT v.at, 'proof', 'proof:' || v.verdict, f.amount_minor, f.currency, f.value_date, e.name, f.reference
        FROM proof f JOIN proof_verdict v ON v.proof_id = f.id JOIN act t ON t.id = v.act_id
        LEFT JOIN person e ON e.id = t.by_id WHERE f.account_id = ANY(%(ids)s) AND {facts.counts("f")}""",
    "document": f"""
        SELECT d.at, 'document', d.kind, NULL::bigint, NULL, NULL::date, e.name,
               CASE WHEN NOT {facts.is_covered("d.id")} THEN n.name END
        FROM document d JOIN act t ON t.id = d.act_id LEFT JOIN person e ON e.id = t.by_id
        LEFT JOIN document_name n ON n.document_id = d.id WHERE d.account_id = ANY(%(ids)s) AND {facts.counts("d")}""",
}
_OF_KIND = {
    **dict.fromkeys(("calls", "messages", "visits"), ("contact",)),
    "letters": ("contact", "document"),
    "receipts": ("receipt", "proof"),
    "promises": ("promise", "reminder"),
    "notes": ("note",),
    "disputes": ("hold", "case"),
}


def events(account_ids: tuple[int, ...], *, kind: str = "", page: int = 1) -> tuple[tuple[Event, ...], bool]:
    """A page of what happened on these accounts, of one of KINDS or of all; and whether there is more."""
    parts = [_PARTS[name] for name in _OF_KIND.get(kind, _PARTS)]
    wanted = list(KINDS[kind]) if kind in KINDS else None
    query = (
        "SELECT x.began_at, x.kind, x.code, x.amount, x.currency, x.on_day,"
        f" x.by_name, x.text FROM ({' UNION ALL '.join(parts)})"
        " x (began_at, kind, code, amount, currency, on_day, by_name, text)"
        " WHERE %(kinds)s::text[] IS NULL OR x.kind = ANY(%(kinds)s)"
        " ORDER BY 1 DESC, x.kind, x.code LIMIT %(rows)s OFFSET %(skip)s"
    )
    bound: dict[str, Any] = {
        "ids": list(account_ids),
        "kinds": wanted,
        "rows": PAGE + 1,
        "skip": (max(page, 1) - 1) * PAGE,
    }
    found = frames.made(Event, query, bound)
    return found[:PAGE], len(found) > PAGE
