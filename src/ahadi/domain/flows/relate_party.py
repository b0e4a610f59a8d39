"""Takes down who stands in a relation to a debtor, on what basis they may be contacted, and that it holds no more."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from ahadi.data import facts, frames, locating, news, reach
from ahadi.data.models.party import RELATIONS, RelatedParty, RelatedPartyEnd
from ahadi.domain.audit.ports import Act
from ahadi.domain.contact import steps as gate
from ahadi.domain.contact.gathering import DEBTOR
from ahadi.domain.parties import telling
from ahadi.domain.parties.telling import Told
from ahadi.domain.work import queries
from ahadi.domain.work import steps as work

__all__ = ["RELATIONS", "RelatedOutcome", "Relation", "UnableToRelateParty", "end_relation", "relate_party"]

_NAME_MAX = 300


class UnableToRelateParty(Exception):
    """A relation cannot be taken down or ended: the text says what of it is wrong, and what to give instead."""

    is_refusal = True


@dataclass(frozen=True)
class Relation:
    """Who stands how to a debtor: somebody new by `name`, or `person_id` who is known; `basis` None: no basis."""

    relation: str
    from_date: date
    source: str
    basis: str | None = None
    name: str = ""
    phone: str = ""
    person_id: int | None = None


@dataclass(frozen=True)
class RelatedOutcome:
    """The person of the relation, and the planned contacts that it stopped."""

    person_id: int
    stopped: int


def relate_party(act: Act, *, account_id: int, related: Relation) -> RelatedOutcome:
    """Takes down a relation, or another basis of one that is known.

    Raises, in this order: UnableToFindAccount, UnableToRelateParty, UnableToTellDetail.
    """
    queries.require_seen(by=act.by, account_id=account_id)
    _require_sensible(related, today=work.business_date(act))
    people = reach.people(facts.of_accounts([account_id]))
    debtor = int(people.filter(pl.col("role") == DEBTOR)["party_id"][0])
    told = Told("phone", related.phone, related.source) if related.phone.strip() else None
    country = gate.country_of(act, account_id)
    normal = telling.normal_of(told, country=country, today=act.at.date()) if told is not None else ""
    news.of_accounts(act.organisation_id, [account_id], what=act.name)
    other = _other(act, people, related)
    gate.hold(account_id, party_id=other)
    if told is not None:
        telling.keep_point(act, party_id=other, told=told, normal=normal)
    RelatedParty(
        party_id=debtor,
        other_id=other,
        relation=related.relation,
        basis=related.basis,
        from_date=related.from_date,
        act_id=act.id,
    ).save(force_insert=True)
    return RelatedOutcome(other, gate.stop_what_is_blocked(act, other))


def end_relation(act: Act, *, account_id: int, person_id: int) -> RelatedOutcome:
    """Ends every relation of a person to the debtor of an account, and with it the basis on which they were contacted.

    Raises, in this order: UnableToFindAccount, UnableToRelateParty.
    """
    queries.require_seen(by=act.by, account_id=account_id)
    gate.hold(account_id, party_id=person_id)
    people = reach.people(facts.of_accounts([account_id]))
    debtor = int(people.filter(pl.col("role") == DEBTOR)["person_id"][0])
    living = frames.read(
        "SELECT r.id FROM related_party r JOIN party_state s ON s.party_id = r.party_id"
        " JOIN party_state o ON o.party_id = r.other_id"
        " WHERE s.stands_for_id = %(debtor)s AND o.stands_for_id = %(person)s"
        " AND NOT EXISTS (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = r.act_id)"
        " AND NOT EXISTS (SELECT 1 FROM related_party_end e WHERE e.related_id = r.id AND NOT EXISTS"
        "   (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = e.act_id)) ORDER BY r.id",
        {"debtor": debtor, "person": person_id},
        {"related_id": pl.Int64},
    )
    if living.is_empty():
        raise UnableToRelateParty("no relation of that person to this debtor holds any more; see the account's page")
    for related_id in living["related_id"]:
        RelatedPartyEnd(related_id=related_id, ended_at=act.at, act_id=act.id).save(force_insert=True)
    news.of_accounts(act.organisation_id, [account_id], what=act.name)
    return RelatedOutcome(person_id, gate.stop_what_is_blocked(act, debtor))


def _require_sensible(related: Relation, *, today: date) -> None:
    if related.relation not in RELATIONS:
        raise UnableToRelateParty(f"{related.relation!r} is no relation; choose one of {', '.join(RELATIONS)}")
    if related.source not in locating.terms().sources:
        raise UnableToRelateParty("nobody of that name can have told it; choose who did from the list")
    if related.from_date > today:
        raise UnableToRelateParty("the basis begins on a later day; give the day on which it was given")
    if related.person_id is None and not 1 < len(related.name.strip()) <= _NAME_MAX:
        raise UnableToRelateParty("write the name of the person, or choose one who is known")
    basis = locating.terms().bases.get(related.basis) if related.basis is not None else None
    if related.basis is not None and basis is None:
        raise UnableToRelateParty(f"{related.basis!r} is no basis; choose one of {', '.join(locating.terms().bases)}")
    if basis is not None and related.relation not in basis.relations:
        raise UnableToRelateParty(
            f"nobody of the relation {related.relation} is contacted on the basis {basis.code}; choose another, or none"
        )


def _other(act: Act, people: pl.DataFrame, related: Relation) -> int:
    if related.person_id is None:
        return telling.add_party(act, name=" ".join(related.name.split()))
    known = people.filter((pl.col("person_id") == related.person_id) & (pl.col("role") != DEBTOR))
    if known.is_empty():
        raise UnableToRelateParty("that person has nothing to do with this account; write a name instead")
    return int(known["party_id"][0])
