"""Moves at a desk that need an open act: whom one has before one, from state to state, what an outcome does."""

from datetime import date, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

import polars as pl

from ahadi.data import desks, frames, news, reach
from ahadi.data.models.account import NextAction
from ahadi.data.models.act import ActWithdrawal
from ahadi.data.models.circumstance import Circumstance
from ahadi.data.models.contact import Contact
from ahadi.data.models.desk import ClaimState, DeskState, DeskTurn, DraftState, ListMove, Unmasking
from ahadi.domain.audit.ports import Act
from ahadi.domain.contact import steps as gate
from ahadi.domain.desk import queries, waiting
from ahadi.domain.desk.ports import DIAL, PREVIEW, READY, At, DebtorAlreadyClaimed, UnableToChangeDesk
from ahadi.domain.people.queries import owner_of
from ahadi.domain.work.steps import business_date

# One statement decides who is first: the row is new, was over, or was the same person's.
_CLAIM = """
    INSERT INTO claim_state (party_id, organisation_id, holder_id, account_id, is_next, taken_at, expires_at)
    SELECT s.stands_for_id, a.organisation_id, %(person)s, a.id, %(is_next)s, clock_timestamp(),
           clock_timestamp() + %(seconds)s * interval '1 second'
    FROM account a JOIN party_state s ON s.party_id = a.party_id WHERE a.id = %(account)s FOR SHARE OF s
    ON CONFLICT (party_id) DO UPDATE SET holder_id = EXCLUDED.holder_id, account_id = EXCLUDED.account_id,
      is_next = EXCLUDED.is_next, taken_at = EXCLUDED.taken_at, expires_at = EXCLUDED.expires_at
    WHERE claim_state.holder_id = EXCLUDED.holder_id OR claim_state.expires_at <= clock_timestamp()
"""
# Claims of debtors for whom somebody else stands since they were taken.
_STRAYED = """
    SELECT k.party_id, s.stands_for_id, k.holder_id FROM claim_state k JOIN account a ON a.id = k.account_id
    JOIN party_state s ON s.party_id = a.party_id
    WHERE k.organisation_id = %(house)s AND k.party_id <> s.stands_for_id AND k.expires_at > clock_timestamp()
    ORDER BY k.party_id FOR UPDATE OF k
"""
_FOLLOW = """
    INSERT INTO claim_state (party_id, organisation_id, holder_id, account_id, is_next, taken_at, expires_at)
    SELECT %(to)s, organisation_id, holder_id, account_id, is_next, taken_at, expires_at FROM claim_state
    WHERE party_id = %(from)s
    ON CONFLICT (party_id) DO UPDATE SET holder_id = EXCLUDED.holder_id, account_id = EXCLUDED.account_id,
      is_next = EXCLUDED.is_next, taken_at = EXCLUDED.taken_at, expires_at = EXCLUDED.expires_at
    WHERE claim_state.expires_at <= clock_timestamp()
       OR (claim_state.holder_id = EXCLUDED.holder_id AND claim_state.is_next)
"""
_RELEASE = """
    UPDATE claim_state SET expires_at = clock_timestamp() + %(seconds)s * interval '1 second', is_next = FALSE
    WHERE holder_id = %(person)s AND expires_at > clock_timestamp() AND account_id <> ALL(%(kept)s)
"""
_STAY = """
    UPDATE claim_state SET expires_at = clock_timestamp() + %(seconds)s * interval '1 second'
    WHERE holder_id = %(person)s AND account_id = ANY(%(kept)s) AND expires_at > clock_timestamp()
"""


def claim(act: Act, account_id: int) -> None:
    """Takes the debtor of an account before this person, or keeps them there. Raises DebtorAlreadyClaimed."""
    if not claimed(person_of(act), account_id, is_next=False, day=act.at.date()):
        raise DebtorAlreadyClaimed(queries.holder(account_id) or "")


def claimed(person_id: int, account_id: int, *, is_next: bool, day: date) -> bool:
    """Takes the debtor of an account for somebody, or as the one who comes next; False where another has them."""
    seconds = desks.figure("claim", as_of=day)
    bound = {"person": person_id, "account": account_id, "is_next": is_next, "seconds": seconds}
    return bool(frames.execute(_CLAIM, bound))


def follow_people(act: Act) -> None:
    """Whoever has a debtor before them has the person: claims go over to who stands for them now.

    Raises DebtorAlreadyClaimed where two people have parts of one person before them.
    """
    for before, now, holder_id in frames.rows(_STRAYED, {"house": act.organisation_id}):
        if not frames.execute(_FOLLOW, {"from": before, "to": now}):
            other = ClaimState.objects.select_related("holder").get(party_id=now).holder
            if other.id != holder_id:
                raise DebtorAlreadyClaimed(other.name)
        ClaimState.objects.filter(party_id=before).update(expires_at=act.at)


def release(act: Act, *kept: int, seconds: int = 0) -> None:
    """Lets go of everybody but the debtors of these accounts; within so many seconds they stay this person's."""
    frames.execute(_RELEASE, {"person": person_of(act), "kept": list(kept), "seconds": seconds})


def stay(act: Act, *kept: int) -> int:
    """A sign of life: keeps the debtors of these accounts for longer. How many are still this person's."""
    seconds = desks.figure("claim", as_of=act.at.date())
    return frames.execute(_STAY, {"person": person_of(act), "kept": list(kept), "seconds": seconds})


def moved(act: Act, account_id: int, kind: str, reason: str) -> None:
    """Notes that an account was taken before its turn or passed over, and why."""
    ListMove(person_id=person_of(act), account_id=account_id, kind=kind, reason=reason, at=act.at, act_id=act.id).save(
        force_insert=True
    )


def pull_ahead(act: Act, account_id: int, reason: str) -> None:
    """Has the debtor of an account before this person ahead of their turn. Raises DebtorAlreadyClaimed."""
    claim(act, account_id)
    release(act, account_id)
    moved(act, account_id, "pulled", reason)


def require_free(act: Act, *account_ids: int) -> None:
    """Refuses to reach a debtor whom another person has before them. Raises DebtorAlreadyClaimed."""
    for account_id in account_ids if act.by.person_id is not None else ():
        holder = queries.holder(account_id, but_for=act.by.person_id)
        if holder is not None:
            raise DebtorAlreadyClaimed(holder)


def turned(
    act: Act,
    state: str,
    *,
    account_id: int | None = None,
    contact_id: int | None = None,
    code: str | None = None,
    extensions: int = 0,
) -> None:
    """Goes over to a state; the one before it is written down with its times."""
    person_id = person_of(act)
    before = DeskState.objects.select_for_update().filter(person_id=person_id).first()
    is_same = before is not None and before.account_id == account_id
    if before is not None and before.since < act.at:
        DeskTurn(
            person_id=person_id,
            organisation_id=act.organisation_id,
            state=before.state,
            code=before.code,
            account_id=before.account_id,
            contact_id=before.contact_id,
            from_at=before.since,
            until_at=act.at,
            act_id=act.id,
        ).save(force_insert=True)
    now = {
        "organisation_id": act.organisation_id,
        "state": state,
        "code": code,
        "since": act.at,
        "account_id": account_id,
        "contact_id": contact_id,
        "opened_at": (before.opened_at if before is not None and is_same else act.at) if account_id else None,
        "extensions": extensions,
        "seen_at": act.at,
    }
    if before is None:
        DeskState.objects.update_or_create(person_id=person_id, defaults=now)
    else:
        DeskState.objects.filter(person_id=person_id).update(**now)
    news.of_people(act.organisation_id, [person_id], what="state")


def require_at(act: Act, account_id: int, *states: str) -> At:
    """Where this person is, with that account before them in one of these states. Raises UnableToChangeDesk."""
    now = queries.at(by=act.by)
    if now.account_id != account_id:
        raise UnableToChangeDesk("this account is not the one before you any more; go on with the one that is")
    if states and now.state not in states:
        raise UnableToChangeDesk(
            f"that does not go with what you are doing now ({now.state}); the desk shows what does"
        )
    return now


def dialled(act: Act, account_id: int, contact_id: int) -> None:
    """Where somebody begins a call with the account before them, the desk goes over to dialling."""
    if act.by.person_id is not None and queries.at(by=act.by).account_id == account_id:
        turned(act, DIAL, account_id=account_id, contact_id=contact_id)
        point = Contact.objects.values_list("contact_point_id", flat=True).get(id=contact_id)
        if point is not None:
            uncover(act, account_id, point, what="phone", reason="to_dial")


def go_on(act: Act, *, left: int | None = None) -> int | None:
    """The next account comes before this person, as it was kept ready or as the queue has it; None where none is left.

    The account that is left stays theirs for as long as an outcome can be taken back.
    """
    today = business_date(act)
    ready = queries.at(by=act.by).next_account_id
    # Who is kept ready is there at once: the queue is asked only where there is nobody, or somebody else has them.
    for account_id in chain([ready] if ready else [], waiting.candidates(by=act.by, as_of=today, but=left)):
        try:
            claim(act, account_id)
        except DebtorAlreadyClaimed:
            continue
        release(act, account_id, seconds=desks.figure("undo", as_of=today) + 2)
        turned(act, PREVIEW, account_id=account_id)
        return account_id
    release(act, seconds=desks.figure("undo", as_of=today) + 2)
    turned(act, READY)
    return None


def take_effect(act: Act, contact: Contact, next_action: str | None) -> None:
    """What a disposition does by itself: the number is marked, or something is asked for on a later day."""
    effect = desks.terms().effects.get(next_action or "")
    if effect is None:
        return
    if effect.marks is not None and contact.contact_point_id is not None and contact.party_id is not None:
        _mark(act, contact, effect.marks)
    if effect.asks is not None:
        due_on = business_date(act) + timedelta(days=effect.days)
        ask(act, contact.account_id, effect.asks, due_on=due_on)


def ask(act: Act, account_id: int, action: str, *, due_on: date, channel: str | None = None) -> None:
    """What a person asks to happen next on an account, and on which day."""
    NextAction(account_id=account_id, action=action, channel=channel, due_on=due_on, set_at=act.at, act_id=act.id).save(
        force_insert=True
    )


def _mark(act: Act, contact: Contact, kind: str) -> None:
    point = contact.contact_point_id
    if kind == reach.WRONG_NUMBER and point is not None:
        gate.mark_wrong(act, point, source="person", but=point)
    Circumstance(
        party_id=contact.party_id or 0,
        contact_point_id=contact.contact_point_id,
        kind=kind,
        source="person",
        from_at=act.at,
        booked_at=act.at,
        act_id=act.id,
    ).save(force_insert=True)
    gate.stop_what_is_blocked(act, contact.party_id or 0)


def uncover(act: Act, account_id: int, contact_point_id: int | None, *, what: str, reason: str) -> None:
    """Writes down that this person was shown a number, address or identity in full, and why."""
    Unmasking(
        person_id=person_of(act),
        account_id=account_id,
        contact_point_id=contact_point_id,
        what=what,
        reason=reason,
        at=act.at,
        act_id=act.id,
    ).save(force_insert=True)


def blank_draft(act: Act, account_id: int) -> None:
    """What was typed is saved elsewhere now."""
    if act.by.person_id is not None:
        mine = DraftState.objects.filter(person_id=act.by.person_id, account_id=account_id)
        mine.update(content={}, saved_at=act.at)


def is_withdrawn(act_id: int) -> bool:
    """Whether an act was taken back."""
    return ActWithdrawal.objects.filter(withdrawn_act_id=act_id).exists()


def person_of(act: Act) -> int:
    """Who is at the desk. Raises UnableToChangeDesk for the operator at the console, who has none."""
    if act.by.person_id is None:
        raise UnableToChangeDesk("the operator at the console has no desk; sign in as a person")
    return act.by.person_id


def owner_id(act: Act) -> int | None:
    """The owner that this person's accounts have."""
    return owner_of(act.by.login)


def zone(name: str) -> ZoneInfo:
    """A time zone by its name."""
    return ZoneInfo(name)


def ids_of(*account_ids: int) -> pl.Series:
    """Accounts to restate."""
    return pl.Series(sorted(set(account_ids)))
