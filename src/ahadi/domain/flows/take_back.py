"""Takes back what was told or related of a debtor: from then on it counts as if it had never been said."""

from dataclasses import dataclass

import polars as pl

from ahadi.data import frames, news
from ahadi.data.models.act import Act as ActRow
from ahadi.data.models.act import ActWithdrawal
from ahadi.domain.audit import steps as trail
from ahadi.domain.audit.ports import Act
from ahadi.domain.contact import steps as gate
from ahadi.domain.parties.telling import TELLINGS
from ahadi.domain.people import access
from ahadi.domain.work import queries

ANYBODYS = ("supervisor", "manager", "legal", "admin")
"""Who takes back what others told."""
# What an act told of somebody: points, marks, relations and their ends, papers; with whom it is about.
_MADE = """
    SELECT p.party_id, t.contact_point_id FROM point_told t JOIN contact_point p ON p.id = t.contact_point_id
    WHERE t.act_id = %(act)s
    UNION SELECT c.party_id, NULL FROM circumstance c WHERE c.act_id = %(act)s AND c.kind = 'WRONG_NUMBER'
    UNION SELECT r.party_id, NULL FROM related_party r WHERE r.act_id = %(act)s
    UNION SELECT r.party_id, NULL FROM related_party_end e JOIN related_party r ON r.id = e.related_id
    WHERE e.act_id = %(act)s
    UNION SELECT d.party_id, NULL FROM party_detail d WHERE d.act_id = %(act)s
    ORDER BY 1, 2
"""


class UnableToTakeBackTelling(Exception):
    """This cannot be taken back: the text says why, and what to do instead."""

    is_refusal = True


class TellingAlreadyTakenBack(Exception):
    """This was taken back before; the page shows what holds now."""

    is_refusal = True

    def __init__(self, act_id: int) -> None:
        super().__init__("this was taken back before; look again at what holds now")
        self.act_id = act_id


@dataclass(frozen=True)
class TakenBackOutcome:
    """The act that counts no more, and the planned contacts that were stopped by it."""

    act_id: int
    stopped: int


def take_back(act: Act, *, account_id: int, act_id: int) -> TakenBackOutcome:
    """Takes back what an act told of the people of an account; one's own, or anybody's by who answers for them.

    Raises, in this order: UnableToFindAccount, UnableToTakeBackTelling, TellingAlreadyTakenBack.
    """
    queries.require_seen(by=act.by, account_id=account_id)
    told = ActRow.objects.filter(id=act_id, organisation_id=act.organisation_id, name__in=TELLINGS).first()
    made = frames.read(_MADE, {"act": act_id}, {"party_id": pl.Int64, "point_id": pl.Int64})
    if told is None or made.is_empty() or not set(made["party_id"]) & gate.parties_of(account_id):
        raise UnableToTakeBackTelling("nothing of that kind was told about this account; choose it from its history")
    if told.by_id != act.by.person_id and not access.rights(act.by).may(*ANYBODYS):
        raise UnableToTakeBackTelling(
            "somebody else told it; a supervisor takes it back, or correct it by a new telling"
        )
    parties = sorted(set(made["party_id"]))
    for party_id in parties:
        gate.hold(account_id, party_id=party_id)
    if ActWithdrawal.objects.filter(withdrawn_act_id=act_id).exists():
        raise TellingAlreadyTakenBack(act_id)
    _require_unused(act_id, made["point_id"].drop_nulls())
    trail.withdraw(act, act_id)
    news.of_accounts(act.organisation_id, [account_id], what=act.name)
    return TakenBackOutcome(act_id, sum(gate.stop_what_is_blocked(act, party_id) for party_id in parties))


def _require_unused(act_id: int, points: pl.Series) -> None:
    """What the act itself brought and somebody was contacted by since stays: say that it is wrong instead."""
    used: bool = frames.scalar(
        "SELECT EXISTS (SELECT 1 FROM contact c JOIN contact_point p ON p.id = c.contact_point_id"
        " WHERE p.id = ANY(%(points)s) AND p.act_id = %(act)s)",
        {"points": frames.ids(points), "act": act_id},
    )
    if used:
        raise UnableToTakeBackTelling("somebody was contacted there since; say that it is not theirs instead")
