"""The laws of cases and adjustments: two people, booked as approved, and a closed case holds nothing."""

from ahadi.domain.laws.ports import Law, rows

CASE_LAWS: tuple[Law, ...] = (
    Law(
        "adjustments-have-two-people",
        40,
        "An adjustment that was approved was approved by somebody else than who asked for it.",
        rows(
            "SELECT a.id, v.adjustment_id FROM adjustment a JOIN adjustment_verdict v ON v.adjustment_id = a.id"
            " JOIN act m ON m.id = a.act_id JOIN act c ON c.id = v.act_id"
            " WHERE v.verdict = 'approved' AND m.by_id IS NOT DISTINCT FROM c.by_id ORDER BY 1",
            "adjustment {}: who asked for it approved it (verdict {})",
        ),
    ),
    Law(
        "adjustments-are-what-was-approved",
        41,
        "What an adjustment booked is its amount in its currency on its account, and nothing else bears its name.",
        rows(
            "SELECT a.id, a.amount_minor FROM adjustment a JOIN adjustment_verdict v ON v.adjustment_id = a.id"
            " LEFT JOIN receipt r ON r.id = v.receipt_id"
            " LEFT JOIN charge f ON f.id = v.charge_id"
            " WHERE v.verdict = 'approved' AND NOT coalesce(r.amount_minor = a.amount_minor AND r.currency = a.currency"
            " AND r.kind = 'credit_note', f.account_id = a.account_id AND a.amount_minor ="
            " f.principal_minor + f.interest_minor + f.fee_minor + f.penalty_minor, FALSE)"
            " UNION ALL SELECT r.id, r.amount_minor FROM receipt r WHERE r.source = 'adjustment' AND NOT EXISTS"
            " (SELECT 1 FROM adjustment_verdict v WHERE v.receipt_id = r.id AND v.verdict = 'approved')"
            " UNION ALL SELECT f.id, f.principal_minor FROM charge f WHERE f.reference LIKE 'adjustment:%%'"
            " AND NOT EXISTS"
            " (SELECT 1 FROM adjustment_verdict v WHERE v.charge_id = f.id AND v.verdict = 'approved') ORDER BY 1",
            "adjustment, receipt or charge {}: {} was booked otherwise than it was approved",
        ),
    ),
    Law(
        "closed-cases-hold-nothing",
        42,
        "A case that is closed restrains nothing.",
        rows(
            "SELECT c.case_id, c.hold_id FROM case_hold c LEFT JOIN hold_release r ON r.hold_id = c.hold_id"
            " JOIN LATERAL (SELECT status FROM case_status s WHERE s.case_id = c.case_id ORDER BY s.id DESC LIMIT 1) s"
            " ON s.status = 'closed' WHERE r.hold_id IS NULL ORDER BY 1, 2",
            "case {}: is closed and still restrains by hold {}",
        ),
    ),
)
