"""Cases as they stand: the list, one of them with its course, what is overdue, and what waits for approval."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from ahadi.data import frames
from ahadi.data.facts import DEBTORS, Selection, debtors
from ahadi.domain.audit.ports import Actor
from ahadi.domain.cases import hours
from ahadi.domain.people import access

LIST: frames.Schema = {
    "case_id": pl.Int64,
    "account_id": pl.Int64,
    "number": pl.String,
    "currency": pl.String,
    "debtor_id": pl.Int64,
    "kind": pl.String,
    "category": pl.String,
    "referred_by": pl.String,
    "priority": pl.String,
    "against": pl.String,
    "received_at": pl.Datetime("us", "UTC"),
    "status": pl.String,
    "status_at": pl.Datetime("us", "UTC"),
    "outcome": pl.String,
    "root_cause": pl.String,
    "level": pl.String,
    "assignee_id": pl.Int64,
    "assignee": pl.String,
    "clock_id": pl.Int64,
    "unit": pl.String,
    "source": pl.String,
    "from_at": pl.Datetime("us", "UTC"),
    "amber_at": pl.Datetime("us", "UTC"),
    "red_at": pl.Datetime("us", "UTC"),
    "due_at": pl.Datetime("us", "UTC"),
    "officer": pl.String,
}
_LIST = """
    SELECT c.id, c.account_id, a.number, a.currency, p.stands_for_id, c.kind, c.category, c.referred_by, c.priority,
           g.name, c.received_at, s.status, s.at, s.outcome, s.root_cause, x.level, x.person_id, w.name,
           k.id, k.unit, k.source, k.from_at, k.amber_at, k.red_at, k.due_at, o.code
    FROM "case" c
    JOIN account a ON a.id = c.account_id
    JOIN party_state p ON p.party_id = a.party_id
    JOIN LATERAL (SELECT status, at, outcome, root_cause FROM case_status
                  WHERE case_id = c.id ORDER BY id DESC LIMIT 1) s ON TRUE
    JOIN LATERAL (SELECT * FROM case_clock WHERE case_id = c.id ORDER BY id DESC LIMIT 1) k ON TRUE
    JOIN LATERAL (SELECT level, person_id FROM case_assignment
                  WHERE case_id = c.id ORDER BY id DESC LIMIT 1) x ON TRUE
    LEFT JOIN person g ON g.id = c.against_id
    LEFT JOIN person w ON w.id = x.person_id
    LEFT JOIN account_state t ON t.account_id = c.account_id
    LEFT JOIN owner o ON o.id = t.owner_id
    WHERE NOT EXISTS (SELECT 1 FROM act_withdrawal z WHERE z.withdrawn_act_id = c.act_id) AND {condition}
    ORDER BY s.status = 'closed', k.due_at, c.id
"""


class UnableToFindCase(Exception):
    """There is no such case here, or it is of an account that you may not see."""

    is_refusal = True

    def __init__(self, case_id: int) -> None:
        super().__init__("there is no such case here; choose one from the list")
        self.case_id = case_id


class UnableToFindAdjustment(Exception):
    """There is no such adjustment among those that you may see. Go back to the list and open it from there."""

    is_refusal = True


@dataclass(frozen=True)
class Course:
    """All that happened in a case: texts, statuses, who had it, care, charges and adjustments, each oldest first."""

    texts: pl.DataFrame
    statuses: pl.DataFrame
    assignments: pl.DataFrame
    care: pl.DataFrame
    charges: pl.DataFrame
    adjustments: pl.DataFrame


def listed(*, by: Actor, account_id: int | None = None, case_id: int | None = None) -> pl.DataFrame:
    """The cases that `by` may see, open ones first and by when they are due: LIST, debtor_name."""
    scope = access.accounts(by)
    if account_id is not None:
        scope = scope.narrowed("c.account_id = %(the_account)s", the_account=account_id)
    if case_id is not None:
        scope = scope.narrowed("c.id = %(the_case)s", the_case=case_id)
    found = frames.read(_LIST.format(condition=scope.condition), scope.parameters, LIST)
    return found.join(_debtors(found["account_id"]), on="debtor_id", how="left", maintain_order="left")


def require_seen(*, by: Actor, case_id: int) -> dict[str, object]:
    """The row of a case that `by` may see. Raises UnableToFindCase."""
    found = listed(by=by, case_id=case_id)
    if found.is_empty():
        raise UnableToFindCase(case_id)
    return found.row(0, named=True)


_WENT_ON = """
    SELECT EXISTS (
      SELECT 1 FROM "case" c WHERE c.act_id = %(act)s AND (
        EXISTS (SELECT 1 FROM case_status s WHERE s.case_id = c.id AND s.act_id <> c.act_id)
        OR EXISTS (SELECT 1 FROM case_text t WHERE t.case_id = c.id AND t.act_id <> c.act_id)
        OR EXISTS (SELECT 1 FROM case_assignment x WHERE x.case_id = c.id AND x.act_id <> c.act_id)
        OR EXISTS (SELECT 1 FROM case_care k WHERE k.case_id = c.id AND k.act_id <> c.act_id)
        OR EXISTS (SELECT 1 FROM adjustment j WHERE j.case_id = c.id))
      UNION ALL
      SELECT 1 FROM proof f JOIN proof_verdict v ON v.proof_id = f.id WHERE f.act_id = %(act)s)
"""


def went_on(act_id: int) -> bool:
    """Whether something happened since in a case that an act opened, or with a proof that it took down."""
    return bool(frames.scalar(_WENT_ON, {"act": act_id}))


def remaining(organisation_id: int, cases: pl.DataFrame, *, at: datetime) -> pl.DataFrame:
    """[clock_id, used_bps, remaining_minutes] of cases as `listed` gives them, in open time."""
    running = cases.filter(pl.col("status") != "closed")
    calendar = pl.col("unit").str.split(":").list.last()
    clocks = running.select("clock_id", "from_at", "due_at", calendar=calendar)
    return hours.remaining_minutes(organisation_id, clocks, at=at)


_OVERDUE = """
    SELECT c.id, c.account_id, k.id, l.level
    FROM "case" c
    JOIN LATERAL (SELECT status FROM case_status WHERE case_id = c.id ORDER BY id DESC LIMIT 1) s ON TRUE
    JOIN LATERAL (SELECT id, due_at, manager_at FROM case_clock
                  WHERE case_id = c.id ORDER BY id DESC LIMIT 1) k ON TRUE
    JOIN (VALUES ('supervisor', 1), ('manager', 2)) l(level, place)
      ON %(at)s >= CASE l.level WHEN 'manager' THEN k.manager_at ELSE k.due_at END
    WHERE c.organisation_id = %(organisation)s AND s.status NOT IN ('closed', 'answered')
      AND NOT EXISTS (SELECT 1 FROM act_withdrawal z WHERE z.withdrawn_act_id = c.act_id)
      AND (%(case)s::bigint IS NULL OR c.id = %(case)s)
      AND NOT EXISTS (SELECT 1 FROM case_assignment x WHERE x.clock_id = k.id AND x.level = l.level)
      AND l.place > coalesce((SELECT CASE x.level WHEN 'manager' THEN 2 WHEN 'supervisor' THEN 1 ELSE 0 END
                              FROM case_assignment x WHERE x.case_id = c.id ORDER BY x.id DESC LIMIT 1), 0)
    ORDER BY c.id, l.place
"""


def overdue(organisation_id: int, *, at: datetime, case_id: int | None = None) -> pl.DataFrame:
    """Cases whose clock ran out, and the level that is to have each: case_id, account_id, clock_id, level."""
    return frames.read(
        _OVERDUE,
        {"organisation": organisation_id, "at": at, "case": case_id},
        {"case_id": pl.Int64, "account_id": pl.Int64, "clock_id": pl.Int64, "level": pl.String},
    )


_AT = pl.Datetime("us", "UTC")
_BY = "LEFT JOIN act t ON t.id = x.act_id LEFT JOIN person p ON p.id = t.by_id"


def course(case_id: int) -> Course:
    """What happened in a case, whose right to be seen was asked before."""
    the: dict[str, object] = {"case": case_id}
    return Course(
        texts=frames.read(
            f"SELECT x.part, x.text, x.at, p.name FROM case_text x {_BY} WHERE x.case_id = %(case)s ORDER BY x.id",
            the,
            {"part": pl.String, "text": pl.String, "at": _AT, "by": pl.String},
        ),
        statuses=frames.read(
            f"SELECT x.status, x.outcome, x.root_cause, x.at, p.name FROM case_status x {_BY}"
            " WHERE x.case_id = %(case)s ORDER BY x.id",
            the,
            {"status": pl.String, "outcome": pl.String, "root_cause": pl.String, "at": _AT, "by": pl.String},
        ),
        assignments=frames.read(
            f"SELECT x.level, w.name, x.why, x.at, p.name FROM case_assignment x {_BY}"
            " LEFT JOIN person w ON w.id = x.person_id WHERE x.case_id = %(case)s ORDER BY x.id",
            the,
            {"level": pl.String, "assignee": pl.String, "why": pl.String, "at": _AT, "by": pl.String},
        ),
        care=frames.read(
            "SELECT x.severity, x.has_consent, x.proof_asked_on, x.proof_received_on, x.hold_days, x.at"
            " FROM case_care x WHERE x.case_id = %(case)s ORDER BY x.id",
            the,
            {
                "severity": pl.Int64,
                "has_consent": pl.Boolean,
                "proof_asked_on": pl.Date,
                "proof_received_on": pl.Date,
                "hold_days": pl.Int64,
                "at": _AT,
            },
        ),
        charges=frames.read(
            "SELECT f.id, f.reference, f.due_date FROM case_charge x JOIN charge f ON f.id = x.charge_id"
            " WHERE x.case_id = %(case)s ORDER BY f.due_date, f.id",
            the,
            {"charge_id": pl.Int64, "reference": pl.String, "due_date": pl.Date},
        ),
        adjustments=_adjustments("j.case_id = %(case)s", the),
    )


ADJUSTMENTS: frames.Schema = {
    "adjustment_id": pl.Int64,
    "account_id": pl.Int64,
    "case_id": pl.Int64,
    "number": pl.String,
    "kind": pl.String,
    "reference": pl.String,
    "component": pl.String,
    "currency": pl.String,
    "amount_minor": pl.Int64,
    "reverses_id": pl.Int64,
    "reason": pl.String,
    "at": _AT,
    "by_id": pl.Int64,
    "by": pl.String,
    "verdict": pl.String,
    "judged_by": pl.String,
    "is_reversed": pl.Boolean,
    "owed_minor": pl.Int64,
    "debtor": pl.String,
    "change_minor": pl.Int64,
}
"""`owed_minor` is what is owed now on the whole account, `change_minor` by how much that becomes another."""


_ADJUSTMENTS = """
    SELECT j.id, j.account_id, j.case_id, a.number, j.kind, f.reference, j.component, j.currency, j.amount_minor,
           j.reverses_id, j.reason, j.at, t.by_id, p.name, v.verdict, q.name,
           EXISTS (SELECT 1 FROM adjustment r JOIN adjustment_verdict u ON u.adjustment_id = r.id
                   AND u.verdict = 'approved' WHERE r.reverses_id = j.id),
           coalesce((SELECT s.charged_minor - s.allocated_minor FROM account_state s WHERE s.account_id = a.id), 0),
           coalesce((SELECT n.name FROM party_name n WHERE n.party_id = a.party_id ORDER BY n.seen DESC, n.id LIMIT 1),
                    a.number),
           CASE WHEN j.kind = 'debit' OR b.kind = 'credit' THEN j.amount_minor ELSE -j.amount_minor END
    FROM adjustment j JOIN account a ON a.id = j.account_id JOIN act t ON t.id = j.act_id
    LEFT JOIN person p ON p.id = t.by_id LEFT JOIN charge f ON f.id = j.charge_id
    LEFT JOIN adjustment b ON b.id = j.reverses_id
    LEFT JOIN adjustment_verdict v ON v.adjustment_id = j.id LEFT JOIN act z ON z.id = v.act_id
    LEFT JOIN person q ON q.id = z.by_id
    WHERE {condition} ORDER BY j.id
"""


def _adjustments(condition: str, parameters: dict[str, object]) -> pl.DataFrame:
    return frames.read(_ADJUSTMENTS.format(condition=condition), parameters, ADJUSTMENTS)


def asked_adjustments(*, by: Actor) -> pl.DataFrame:
    """The adjustments that were asked for on accounts that `by` may see, oldest first: ADJUSTMENTS."""
    scope = access.accounts(by)
    return _adjustments(scope.condition, scope.parameters)


def require_adjustment(*, by: Actor, adjustment_id: int) -> dict[str, object]:
    """One of them. Raises UnableToFindAdjustment."""
    scope = access.accounts(by).narrowed("j.id = %(the_adjustment)s", the_adjustment=adjustment_id)
    found = _adjustments(scope.condition, scope.parameters)
    if found.is_empty():
        raise UnableToFindAdjustment("there is no such adjustment among those that you may see; open it from the list")
    return found.row(0, named=True)


def _debtors(account_ids: pl.Series) -> pl.DataFrame:
    if account_ids.is_empty():
        return pl.DataFrame(schema=DEBTORS).select("debtor_id", "debtor_name")
    chosen = Selection("a.id = ANY(%(named)s)", {"named": account_ids.unique().to_list()})
    return debtors(chosen).select("debtor_id", "debtor_name")
