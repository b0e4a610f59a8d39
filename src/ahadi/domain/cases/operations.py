"""Acts that stay with cases."""

from dataclasses import dataclass

from ahadi.domain.audit.ports import Act
from ahadi.domain.cases import queries, steps


@dataclass(frozen=True)
class EscalationOutcome:
    """How many cases went to supervisors, and how many to managers."""

    to_supervisor: int
    to_manager: int


def escalate_overdue(act: Act) -> EscalationOutcome:
    """Hands every case up whose clock has run out: to the supervisor when it is due, to the manager half as much later.

    Doing it again does nothing: a clock hands a case to each level once. Source: duty C5.
    """
    counts = {"supervisor": 0, "manager": 0}
    for case_id in queries.overdue(act.organisation_id, at=act.at)["case_id"]:
        steps.hold_case(case_id)
        # Asked again, since it was held: somebody may have closed it, or handed it up, meanwhile.
        for row in queries.overdue(act.organisation_id, at=act.at, case_id=case_id).iter_rows(named=True):
            level = row["level"]
            person = steps.leader_of(row["account_id"]) if level == "supervisor" else None
            steps.assign(act, case_id, level=level, person_id=person, why="overdue", clock_id=row["clock_id"])
            counts[level] += 1
    return EscalationOutcome(counts["supervisor"], counts["manager"])
