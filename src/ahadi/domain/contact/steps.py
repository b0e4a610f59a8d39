"""Decisions of the gate as they are made and kept: the inner moves of acts that reach somebody."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl
from django.db.models import Q

from ahadi.data import frames, locating, reach, rule_sets
from ahadi.data.facts import FOREVER
from ahadi.data.models.account import Account
from ahadi.data.models.circumstance import Circumstance, CircumstanceEnd
from ahadi.data.models.contact import Contact
from ahadi.data.models.gate import GateDecision, PlannedContact, PlannedContactState, RuleSet
from ahadi.data.models.organisation import Organisation
from ahadi.data.models.party import ContactPoint, PartyState
from ahadi.domain.audit.ports import Act
from ahadi.domain.audit.steps import database_clock
from ahadi.domain.contact import places
from ahadi.domain.contact.gathering import DEBTOR, Gathered
from ahadi.domain.contact.ports import STOPPED, WAITING, Answer, Asked, Decided
from ahadi.domain.contact.queries import UnableToAskGate, ask
from ahadi.domain.parties import queries as parties
from ahadi.domain.people import access
from ahadi.domain.people.queries import owner_of
from ahadi.kernel.gate import BLOCK

_NOBODY_ELSE = "HOUSE-THIRD-PARTY"
_PARTS = ("facts", "attempts", "preferences")


# Who is one person with whom stays as it is read here: a merge or split comes before, or waits.
_HELD = """
    SELECT s.stands_for_id FROM party_state s WHERE s.party_id = ANY(
      ARRAY(SELECT party_id FROM account WHERE id = ANY(%(accounts)s)) || %(party)s::bigint)
    ORDER BY s.party_id FOR SHARE OF s
"""


def decide(
    act: Act, asked: Asked, *, stage: str, at: datetime | None = None, valid_until: datetime | None = None
) -> Decided:
    """Asks the gate about this moment (for a queued contact: about the moment `at`) and keeps what it said.

    The debtor is held (`hold`), so that what others learn about them comes before or after, never in between: the
    moment is read from the database's clock once that is so. Raises UnableToAskGate.
    """
    now = database_clock()
    moment = max(at, now) if at is not None else now
    answer, gathered, question = ask(asked, at=moment, known_at=FOREVER)
    row = question.row(0, named=True)
    made = GateDecision(
        organisation_id=act.organisation_id,
        account_id=asked.account_id,
        party_id=party_of(gathered, row["person_id"], row["role"]),
        contact_point_id=asked.contact_point_id,
        role=answer.role,
        channel=asked.channel,
        purpose=asked.purpose,
        stage=stage,
        asked_at=moment,
        decided_at=now,
        valid_until=valid_until,
        answer=answer.answer,
        next_lawful_at=answer.next_lawful_at,
        reasons=told(answer),
        inputs=_inputs(gathered, question),
        rule_set_id=_rule_set(act, gathered, row["regime"], row["calendar"]),
        act_id=act.id,
    )
    made.save(force_insert=True)
    return Decided(made.id, answer)


def let_wait(act: Act, decision: GateDecision, *, due_at: datetime, by_id: int | None = None) -> int:
    """Lets a contact wait for its moment as the gate was asked about it; `by_id` is the owner who planned it."""
    planned = PlannedContact(
        account_id=decision.account_id,
        party_id=decision.party_id,
        contact_point_id=decision.contact_point_id,
        by_id=by_id,
        role=decision.role,
        channel=decision.channel,
        purpose=decision.purpose,
        due_at=due_at,
        decision_id=decision.id,
        act_id=act.id,
    )
    planned.save(force_insert=True)
    PlannedContactState(planned_contact_id=planned.id, status=WAITING, at=act.at).save(force_insert=True)
    return int(planned.id)


def hold(*account_ids: int, party_id: int | None = None) -> None:
    """Lets one act at a time reach the debtors of these accounts and this person, or learn about them, until it ends.

    They are held in one order, so that no two acts wait for each other.
    """
    people = frames.rows(_HELD, {"accounts": list(account_ids), "party": party_id})
    for person_id in sorted({person_id for (person_id,) in people}):
        frames.lock("reach", person_id)


def asked_again(planned: PlannedContact) -> Asked:
    """What a planned contact asks of the gate."""
    return Asked(
        planned.account_id,
        planned.channel,
        person_id=None if planned.role == DEBTOR else _person_of(planned.party_id),
        contact_point_id=planned.contact_point_id,
        purpose=planned.purpose,
    )


def _person_of(party_id: int) -> int:
    found: int = PartyState.objects.values_list("stands_for_id", flat=True).get(party_id=party_id)
    return found


def begin(act: Act, decision_id: int, *, began_at: datetime | None = None) -> int:
    """Books the outbound contact that a decision let pass, as it was made or, for a visit, at a later moment."""
    made = GateDecision.objects.get(id=decision_id)
    contact = Contact(
        account_id=made.account_id,
        party_id=made.party_id,
        contact_point_id=made.contact_point_id,
        by_id=owner_of(act.by.login),
        channel=made.channel,
        direction="outbound",
        role=made.role,
        purpose=made.purpose,
        decision_id=made.id,
        began_at=began_at or made.decided_at,
        act_id=act.id,
    )
    contact.save(force_insert=True)
    return contact.id


def told(answer: Answer) -> list[list[str | None]]:
    """The rules that spoke, as they are kept: rule, action, until when."""
    return [
        [one.rule_id, one.action, one.until_at.isoformat() if one.until_at is not None else None]
        for one in answer.reasons
    ]


def told_of(made: Decided) -> tuple[int, str, list[str], str | None]:
    """The decision's number, the answer, the rules that spoke, and when it is next lawful."""
    answer = made.answer
    next_lawful_at = answer.next_lawful_at.isoformat() if answer.next_lawful_at is not None else None
    return made.decision_id, answer.answer, [one.rule_id for one in answer.reasons], next_lawful_at


def party_of(gathered: Gathered, person_id: int, role: str) -> int:
    """The party by which a person is known to the account: an accepted merge may stand for several."""
    found = gathered.people.filter((pl.col("person_id") == person_id) & (pl.col("role") == role))["party_id"]
    return int(found[0])


def _inputs(gathered: Gathered, question: pl.DataFrame) -> dict[str, Any]:
    """What the answer follows from: ids, kinds and instants (whole microseconds), nothing that names a person."""
    known: Mapping[str, pl.DataFrame] = {name: getattr(gathered.known, name) for name in _PARTS}
    return {name: _plain(frame) for name, frame in {"question": question, **known}.items()}


def _plain(frame: pl.DataFrame) -> list[dict[str, Any]]:
    return frame.with_columns(pl.col(pl.Datetime("us", "UTC")).to_physical()).to_dicts()


def _rule_set(act: Act, gathered: Gathered, regime: str, calendar: str) -> int:
    content = rule_sets.written(gathered.known.regimes[regime], gathered.known.calendars[calendar])
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).digest()
    frames.execute(
        "INSERT INTO rule_set (digest, content, at) VALUES (%(digest)s, %(content)s, %(at)s)"
        " ON CONFLICT (digest) DO NOTHING",
        {"digest": digest, "content": json.dumps(content), "at": act.at},
    )
    found: int = RuleSet.objects.values_list("id", flat=True).get(digest=digest)
    return found


CARERS = ("officer", "supervisor", "manager")


class UnableToKeepCareRecord(Exception):
    """What was said about care cannot be kept or opened: the text says why, and what to do."""

    is_refusal = True


def require_vulnerable(act: Act, *, account_id: int, circumstance_id: int) -> None:
    """Refuses a care record that is not of the account's debtor, or who has no part in their care.

    Raises UnableToKeepCareRecord.
    """
    if not access.rights(act.by).may(*CARERS):
        raise UnableToKeepCareRecord("care records are for those who speak with the person and their supervisors")
    known: bool = frames.scalar(
        "SELECT EXISTS (SELECT 1 FROM circumstance c JOIN party_state s ON s.party_id = c.party_id"
        " JOIN party_state d ON d.stands_for_id = s.stands_for_id JOIN account a ON a.party_id = d.party_id"
        " WHERE c.id = %(circumstance)s AND c.kind = 'VULNERABLE' AND a.id = %(account)s)",
        {"circumstance": circumstance_id, "account": account_id},
    )
    if not known:
        raise UnableToKeepCareRecord("this person was not taken down as vulnerable; do that first")


def stop_what_is_blocked(act: Act, party_id: int) -> int:
    """Asks again about every planned contact that this person, or a debt of theirs, is about; stops what is blocked."""
    mine = merged(party_id)
    about = Q(planned_contact__account__party_id__in=mine) | Q(planned_contact__party_id__in=mine)
    waiting = PlannedContactState.objects.filter(about, status=WAITING)
    stopped = 0
    for state in waiting.order_by("planned_contact_id"):
        planned = PlannedContact.objects.get(id=state.planned_contact_id)
        rule = _blocked_by(planned, at=max(planned.due_at, act.at))
        if rule is not None:
            state.status, state.rule, state.at = STOPPED, rule, act.at
            state.save(update_fields=["status", "rule", "at"])
            stopped += 1
    return stopped


def _blocked_by(planned: PlannedContact, *, at: datetime) -> str | None:
    """The rule that blocks a planned contact; whoever has nothing to do with the debt any more is not contacted."""
    try:
        answer, _, _ = ask(asked_again(planned), at=at)
    except UnableToAskGate:
        return _NOBODY_ELSE
    return answer.reasons[0].rule_id if answer.answer == BLOCK else None


def country_of(act: Act, account_id: int) -> str | None:
    """In which country a number without a code is read: where the account is, else the organisation."""
    written = Account.objects.values_list("country", flat=True).get(id=account_id)
    own: str = Organisation.objects.values_list("country", flat=True).get(id=act.organisation_id)
    return (places.country_of(written) if written else None) or own


def source_of(code: str) -> str:
    """Who told, as circumstances name it, by a code of rulebook/locating.yaml."""
    return locating.terms().sources[code]


def mark_wrong(act: Act, contact_point_id: int, *, source: str, but: int | None = None) -> None:
    """A number or address counts as not theirs from now on, wherever it stands with this person (but where it does)."""
    ids = [one for one in parties.twins_of(contact_point_id) if one != but]
    for point in ContactPoint.objects.filter(id__in=ids).order_by("id"):
        Circumstance(
            party_id=point.party_id,
            contact_point_id=point.id,
            kind=reach.WRONG_NUMBER,
            source=source,
            from_at=act.at,
            booked_at=act.at,
            act_id=act.id,
        ).save(force_insert=True)


def count_again(act: Act, contact_point_id: int) -> None:
    """A number or address that counted as not theirs was told of again: that ends, wherever it stands."""
    marked = frames.read(
        f"SELECT m.id FROM unnest(%(points)s::bigint[]) p (id), LATERAL ({reach.wrong_marks('p.id')}) m ORDER BY m.id",
        {"points": parties.twins_of(contact_point_id)},
        {"circumstance_id": pl.Int64},
    )
    for circumstance_id in marked["circumstance_id"]:
        CircumstanceEnd(circumstance_id=circumstance_id, ended_at=act.at, booked_at=act.at, act_id=act.id).save(
            force_insert=True
        )


def is_ended(circumstance_id: int) -> bool:
    """Whether a circumstance was ended; an end that was taken back ended nothing."""
    found: bool = frames.scalar(
        f"SELECT EXISTS (SELECT 1 FROM circumstance c WHERE c.id = %(id)s AND {reach.ended('c')})",
        {"id": circumstance_id},
    )
    return found


def parties_of(account_id: int) -> set[int]:
    """Every party of everybody who has, or had, to do with an account: the debtor's, and those who are related."""
    rows = frames.read(
        "SELECT s.party_id FROM party_state s WHERE s.stands_for_id IN ("
        " SELECT d.stands_for_id FROM account a JOIN party_state d ON d.party_id = a.party_id WHERE a.id = %(account)s"
        " UNION SELECT o.stands_for_id FROM account a JOIN party_state d ON d.party_id = a.party_id"
        " JOIN party_state m ON m.stands_for_id = d.stands_for_id JOIN related_party r ON r.party_id = m.party_id"
        " JOIN party_state o ON o.party_id = r.other_id WHERE a.id = %(account)s) ORDER BY 1",
        {"account": account_id},
        {"party_id": pl.Int64},
    )
    return set(rows["party_id"])


def merged(party_id: int) -> list[int]:
    """The parties that stand for one person after accepted mergers, this one among them."""
    return list(PartyState.objects.filter(stands_for_id=_person_of(party_id)).values_list("party_id", flat=True))
