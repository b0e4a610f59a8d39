"""Takes down a number, an address or a paper that somebody told of, new or in the place of another."""

from dataclasses import dataclass

import polars as pl

from ahadi.data import facts, news, reach
from ahadi.data.models.party import DETAILS, ContactPoint
from ahadi.domain.audit.ports import Act
from ahadi.domain.contact import steps as gate
from ahadi.domain.contact.gathering import DEBTOR
from ahadi.domain.parties import queries as parties
from ahadi.domain.parties import telling
from ahadi.domain.parties.telling import Told, UnableToTellDetail
from ahadi.domain.work import queries
from ahadi.domain.work import steps as work


@dataclass(frozen=True)
class ToldOutcome:
    """The number or address that was told of (None for a paper), the one that it replaced, and what was stopped."""

    contact_point_id: int | None
    replaced_id: int | None
    stopped: int


def tell_detail(act: Act, *, account_id: int, person_id: int | None, told: Told) -> ToldOutcome:
    """Takes down what was told of the debtor of an account (None), or of a person who has to do with it.

    What takes the place of another marks that as not theirs; what counted as not theirs and is told again counts
    again. Raises, in this order: UnableToFindAccount, UnableToTellDetail.
    """
    queries.require_seen(by=act.by, account_id=account_id)
    party_id = _party(account_id, person_id)
    normal = telling.normal_of(told, country=gate.country_of(act, account_id), today=work.business_date(act))
    news.of_accounts(act.organisation_id, [account_id], what=act.name)
    gate.hold(account_id, party_id=party_id)
    if told.kind in DETAILS:
        telling.keep_detail(act, party_id=party_id, told=told, normal=normal)
        return ToldOutcome(None, None, 0)
    _require_other(told, party_id, normal)
    point = telling.keep_point(act, party_id=party_id, told=told, normal=normal)
    gate.count_again(act, point)
    if told.replaces is not None:
        gate.mark_wrong(act, told.replaces, source=gate.source_of(told.source))
    return ToldOutcome(point, told.replaces, gate.stop_what_is_blocked(act, party_id))


def _require_other(told: Told, party_id: int, normal: str) -> None:
    if told.replaces is None:
        return
    old = ContactPoint.objects.filter(id=told.replaces, party_id__in=gate.merged(party_id), kind=told.kind).first()
    if old is None:
        raise UnableToTellDetail("what is to be replaced is not of that person and kind; choose it from their page")
    if told.replaces in parties.twins(party_id, told.kind, normal):
        raise UnableToTellDetail("that is the same as before; write what it is now")


def _party(account_id: int, person_id: int | None) -> int:
    people = reach.people(facts.of_accounts([account_id]))
    chosen = pl.col("role") == DEBTOR if person_id is None else pl.col("person_id") == person_id
    found = people.filter(chosen)
    if found.is_empty():
        raise UnableToTellDetail("that person has nothing to do with this account; choose one who has")
    return int(found["party_id"][0])
