"""How many of a day's planned contacts the law and the house let through, and which rule stops the others."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from ahadi.data import frames
from ahadi.domain.audit.ports import Actor
from ahadi.domain.contact.days import reachable
from ahadi.domain.people import access
from ahadi.domain.work.queries import AT_THE_COUNTER, AT_THE_DESK
from ahadi.kernel.rule import Rule

_PLANNED = """
    SELECT a.id, a.organisation_id, n.channel FROM account a
    JOIN account_state s ON s.account_id = a.id
    LEFT JOIN LATERAL (SELECT channel FROM next_action n WHERE n.account_id = a.id
                       ORDER BY n.set_at DESC, n.id DESC LIMIT 1) n ON TRUE
    WHERE s.status = 'open' AND s.overdue_minor > 0 AND s.next_action_on <= %(day)s
      AND s.next_action <> ALL(%(at_the_desk)s) AND n.channel IS DISTINCT FROM %(at_the_counter)s
      AND {condition}
    ORDER BY a.id
"""
_COLUMNS = {"account_id": pl.Int64, "organisation_id": pl.Int64, "channel": pl.String}


@dataclass(frozen=True)
class Forecast:
    """Planned contacts of a day, those that are lawful at some moment of it, and [rule_id, contacts] for the others."""

    day: date
    planned: int
    lawful: int
    stopped: pl.DataFrame


def forecast(*, by: Actor, day: date, proposed: tuple[Rule, ...] = ()) -> Forecast:
    """What the gate says to the contacts that are planned for a day, for what `by` may see.

    `proposed` are rules that hold besides those in force, to see what they would stop.
    """
    scope = access.accounts(by)
    bound = {**scope.parameters, "day": day, "at_the_desk": AT_THE_DESK, "at_the_counter": AT_THE_COUNTER}
    planned = frames.read(_PLANNED.format(condition=scope.condition), bound, _COLUMNS)
    told = reachable(planned, day=day, proposed=proposed)
    stopped = (
        told.filter(~pl.col("is_reachable"))
        .group_by("rule_id")
        .agg(contacts=pl.len().cast(pl.Int64))
        .sort("contacts", "rule_id", descending=[True, False])
    )
    return Forecast(day, planned.height, int(told["is_reachable"].sum()), stopped)
