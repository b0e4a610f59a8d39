"""The laws of promises and plans: what was promised adds up, and each promise is judged as the receipts say."""

from collections.abc import Iterator
from datetime import date

import polars as pl

from ahadi.data import facts, frames
from ahadi.domain.arrangements import queries as arrangements
from ahadi.domain.laws.ports import LIVE_FACT, Law, rows
from ahadi.kernel.promise import WHOLE_BPS

_STATED = {**arrangements.STATED, "as_of": pl.Date}
_KEPT = """
    SELECT s.promise_id, p.amount_minor, coalesce(sum(r.amount_minor), 0)::bigint FROM promise_state s
    JOIN promise p ON p.id = s.promise_id
    LEFT JOIN receipt_state t ON t.account_id = s.account_id AND t.status = 'assigned'
    LEFT JOIN receipt r ON r.id = t.receipt_id AND r.kind <> 'forgiven' AND r.value_date BETWEEN p.made_on AND least(
      p.due_on + %(grace)s::int, s.as_of)
    WHERE s.status = 'KEPT' AND s.as_of = ANY(%(days)s)
    GROUP BY s.promise_id, p.amount_minor
    HAVING coalesce(sum(r.amount_minor), 0) * %(whole)s < p.amount_minor::numeric * %(threshold)s ORDER BY 1
"""
_COUNTED = {"promise_id": pl.Int64, "amount_minor": pl.Int64, "received_minor": pl.Int64}


def _days() -> list[date]:
    found = frames.read("SELECT DISTINCT as_of FROM promise_state ORDER BY 1", {}, {"as_of": pl.Date})["as_of"]
    return found.to_list()


def _misjudged() -> Iterator[str]:
    """Promises whose stored state is not what the kernel judges as of the state's own day, and those without one."""
    for day in _days():
        stored = frames.read(
            f"SELECT {', '.join('s.' + name for name in _STATED)} FROM promise_state s JOIN promise p"
            f" ON p.id = s.promise_id WHERE s.as_of = %(day)s AND {LIVE_FACT.format('p')} ORDER BY s.promise_id",
            {"day": day},
            _STATED,
        )
        selection = facts.of_accounts(stored["account_id"].unique())
        # With all promises of the account: what is left for an instalment follows from those before it.
        true = arrangements.judged(facts.promises(selection), facts.receipts(selection), as_of=day)
        both = stored.join(true, on="promise_id", suffix="_true", how="left")
        wrong = both.filter(
            pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_true")) for name in ("status", "received_minor"))
        )
        for row in wrong.iter_rows(named=True):
            yield (
                f"promise {row['promise_id']}: stated as {row['status']} with {row['received_minor']} on {day}, "
                f"judged {row['status_true']} with {row['received_minor_true']}"
            )
    yield from rows(
        "SELECT p.id FROM promise p LEFT JOIN promise_state s ON s.promise_id = p.id"
        f" WHERE s.promise_id IS NULL AND {LIVE_FACT.format('p')} ORDER BY 1",
        "promise {}: has no state",
    )()


def _unpaid() -> Iterator[str]:
    """Promises stated as kept for which the receipts of their account in the window do not reach the threshold."""
    terms: dict[tuple[int, int], list[date]] = {}
    for day in _days():
        rule = arrangements.grace_days(as_of=day), arrangements.threshold_bps(as_of=day)
        terms.setdefault(rule, []).append(day)
    for (grace, threshold), days in terms.items():
        bound = {"grace": grace, "threshold": threshold, "days": days, "whole": WHOLE_BPS}
        for promise, promised, received in frames.read(_KEPT, bound, _COUNTED).iter_rows():
            yield f"promise {promise}: is stated as kept, of {promised} promised {received} came in its window"


PROMISE_LAWS: tuple[Law, ...] = (
    Law(
        "plans-add-up",
        13,
        "The instalments of a plan add up to its total, are as many as it says, and are numbered from 1 on.",
        rows(
            "SELECT l.id, l.total_minor, l.instalments, coalesce(i.total, 0), coalesce(i.count, 0) FROM plan l"
            " LEFT JOIN (SELECT p.plan_id, sum(p.amount_minor) AS total, count(*) AS count,"
            " count(DISTINCT p.number) AS numbers, max(p.number) AS last FROM promise p"
            f" WHERE p.plan_id IS NOT NULL AND {LIVE_FACT.format('p')} GROUP BY p.plan_id) i ON i.plan_id = l.id"
            f" WHERE {LIVE_FACT.format('l')} AND (i.total IS DISTINCT FROM l.total_minor"
            " OR i.count IS DISTINCT FROM l.instalments OR i.numbers <> i.count OR i.last <> i.count) ORDER BY 1",
            "plan {}: is {} in {} instalments, and its instalments are {} in {}",
        ),
    ),
    Law(
        "promises-stated",
        14,
        "Every promise has one state, and it is what the kernel judges as of the state's day.",
        _misjudged,
    ),
    Law(
        "one-open-promise",
        14,
        "An account has one open promise at most; the instalments of a plan are open side by side.",
        rows(
            "SELECT account_id, count(*) FROM promise_state WHERE status = 'PENDING' AND NOT is_instalment"
            " GROUP BY account_id HAVING count(*) > 1 ORDER BY 1",
            "account {}: has {} open promises",
        ),
    ),
    Law(
        "kept-promises-were-paid",
        14,
        "For a promise that is stated as kept, the receipts in its window reach the threshold.",
        _unpaid,
    ),
)
