"""What an officer does at the desk between calls: takes, skips, answers, hangs up, pauses, checks, uncovers, notes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ahadi.data import desks, frames, news
from ahadi.data.models.creditor import Creditor
from ahadi.data.models.desk import SECTIONS, DeskKeys, DraftState, Guideline, Note, Verification
from ahadi.domain.audit.ports import Act, Actor
from ahadi.domain.desk import queries, steps, waiting
from ahadi.domain.desk.ports import (
    DIAL,
    ON_CALL,
    PAUSE,
    PREVIEW,
    READY,
    TALK,
    WITH_ACCOUNT,
    WRAP,
    At,
    DeskOutcome,
    UnableToChangeDesk,
)
from ahadi.domain.people import access
from ahadi.domain.work import queries as work
from ahadi.domain.work.steps import business_date

_CALLERS = ("officer", "field", "supervisor", "manager", "legal")
_DRAFT_MAX = 8_000


class UnableToVerifyDebtor(Exception):
    """Nobody was recognised: fewer facts were named than are needed, or others than are known of the debtor."""

    is_refusal = True


class UnableToKeepKeys(Exception):
    """These keys cannot be kept: two commands on one key, or a key that browsers need for themselves."""

    is_refusal = True


class UnableToKeepGuideline(Exception):
    """A guideline is written by a manager, for one of the sections, about a creditor of the organisation."""

    is_refusal = True


@dataclass(frozen=True)
class GuidelineOutcome:
    """The guideline that was written."""

    guideline_id: int


def take_next(act: Act, *, text: str = "") -> DeskOutcome:
    """Goes on to the next account of the queue; what was noted on the one that is left is kept.

    Raises UnableToChangeDesk while an outcome is missing, or where the account would be passed over without a word.
    """
    now = queries.at(by=act.by)
    _require_done(now.contact_id, has_outcome=now.has_outcome)
    if now.state == PREVIEW and now.account_id is not None:
        _require_settled(act, now.account_id)
    if text.strip() and now.account_id is not None:
        _noted(act, now, now.account_id, text)
    account_id = steps.go_on(act, left=now.account_id)
    return DeskOutcome(PREVIEW if account_id is not None else READY, account_id)


def pull_ahead(act: Act, *, account_id: int, reason: str) -> DeskOutcome:
    """Takes an account before its turn, for a reason. Raises UnableToFindAccount, DebtorAlreadyClaimed, as above."""
    _require_code(reason, desks.terms().pulls)
    work.require_seen(by=act.by, account_id=account_id)
    now = queries.at(by=act.by)
    _require_done(now.contact_id, has_outcome=now.has_outcome)
    steps.pull_ahead(act, account_id, reason)
    steps.turned(act, PREVIEW, account_id=account_id)
    return DeskOutcome(PREVIEW, account_id)


def skip(act: Act, *, account_id: int, reason: str) -> DeskOutcome:
    """Passes the account over for today, for a reason, and goes on. Raises UnableToChangeDesk."""
    _require_code(reason, desks.terms().skips)
    steps.require_at(act, account_id, PREVIEW)
    steps.moved(act, account_id, "skipped", reason)
    following = steps.go_on(act, left=account_id)
    return DeskOutcome(PREVIEW if following is not None else READY, following)


def answer(act: Act, *, account_id: int) -> DeskOutcome:
    """Somebody answered. Raises UnableToChangeDesk."""
    now = steps.require_at(act, account_id, DIAL)
    steps.turned(act, TALK, account_id=account_id, contact_id=now.contact_id)
    return DeskOutcome(TALK, account_id)


def hang_up(act: Act, *, account_id: int) -> DeskOutcome:
    """The call is over; what came of it is still to be written down. Raises UnableToChangeDesk."""
    now = steps.require_at(act, account_id, DIAL, TALK)
    steps.turned(act, WRAP, account_id=account_id, contact_id=now.contact_id)
    return DeskOutcome(WRAP, account_id)


def again(act: Act, *, account_id: int) -> DeskOutcome:
    """Back to the account after its outcome, to try once more. Raises UnableToChangeDesk."""
    now = steps.require_at(act, account_id, WRAP)
    _require_done(now.contact_id, has_outcome=now.has_outcome)
    steps.turned(act, PREVIEW, account_id=account_id)
    return DeskOutcome(PREVIEW, account_id)


def extend_wrap(act: Act, *, account_id: int, reason: str) -> DeskOutcome:
    """Makes the wrap longer, for a reason, as often as the terms allow. Raises UnableToChangeDesk."""
    _require_code(reason, desks.terms().extensions)
    now = steps.require_at(act, account_id, WRAP)
    most = desks.figure("wrap_extensions", as_of=act.at.date())
    if now.extensions >= most:
        raise UnableToChangeDesk(f"a wrap is made longer {most} times at most; save what there is and go on")
    steps.turned(
        act, WRAP, account_id=account_id, contact_id=now.contact_id, code=reason, extensions=now.extensions + 1
    )
    return DeskOutcome(WRAP, account_id)


def pause(act: Act, *, code: str) -> DeskOutcome:
    """Away from the calls, for one of the reasons; whoever was before them is free. Raises UnableToChangeDesk."""
    _require_code(code, tuple(one.code for one in desks.terms().pauses))
    now = queries.at(by=act.by)
    _require_done(now.contact_id, has_outcome=now.has_outcome)
    steps.release(act)
    steps.turned(act, PAUSE, code=code)
    return DeskOutcome(PAUSE)


def resume(act: Act) -> DeskOutcome:
    """Back from a pause, or nobody before this person any more. Raises UnableToChangeDesk."""
    now = queries.at(by=act.by)
    _require_done(now.contact_id, has_outcome=now.has_outcome)
    steps.release(act)
    steps.turned(act, READY)
    return DeskOutcome(READY)


def verify(act: Act, *, account_id: int, proofs: Sequence[str]) -> DeskOutcome:
    """The debtor was recognised by facts that they named. Raises UnableToVerifyDebtor, UnableToChangeDesk."""
    now = steps.require_at(act, account_id, *ON_CALL)
    known = queries.proofs(queries.opened(by=act.by, account_id=account_id, as_of=business_date(act)))
    named = sorted(set(proofs) & {one.code for one in known})
    needed = queries.proofs_needed(known)
    if len(named) < needed:
        raise UnableToVerifyDebtor(f"{len(named)} facts were named and {needed} are needed; ask for another")
    Verification(contact_id=now.contact_id or 0, proofs=named, at=act.at, act_id=act.id).save(force_insert=True)
    return DeskOutcome(now.state, account_id)


def unmask(act: Act, *, account_id: int, contact_point_id: int, reason: str) -> DeskOutcome:
    """Uncovers a number or address of somebody who has to do with the account, and keeps who did it and why.

    Raises UnableToFindAccount, UnableToChangeDesk.
    """
    work.require_seen(by=act.by, account_id=account_id)
    _require_code(reason, desks.terms().unmaskings)
    if queries.number_of(account_id=account_id, contact_point_id=contact_point_id) is None:
        raise UnableToChangeDesk("that number is not of this account; choose one that is")
    steps.uncover(act, account_id, contact_point_id, what="phone", reason=reason)
    return DeskOutcome(queries.at(by=act.by).state, account_id)


def note(act: Act, *, account_id: int, text: str) -> DeskOutcome:
    """Writes a note on an account, within a call or without one. Raises UnableToFindAccount, UnableToChangeDesk."""
    work.require_seen(by=act.by, account_id=account_id)
    if not text.strip():
        raise UnableToChangeDesk("the note is empty; write what happened")
    now = queries.at(by=act.by)
    _noted(act, now, account_id, text)
    news.of_accounts(act.organisation_id, [account_id], what=act.name)
    return DeskOutcome(now.state, account_id)


def keep_keys(act: Act, *, keys: Mapping[str, str]) -> DeskOutcome:
    """Keeps the keys that somebody chose for themselves. Raises UnableToKeepKeys."""
    if len(set(keys.values())) < len(keys):
        raise UnableToKeepKeys("two commands are on one key; give each a key of its own")
    DeskKeys.objects.update_or_create(person_id=steps.person_of(act), defaults={"keys": dict(keys)})
    return DeskOutcome(queries.at(by=act.by).state)


def write_guideline(act: Act, *, creditor: str, section: str, text: str, from_date: date) -> GuidelineOutcome:
    """Writes what a creditor wants of those who speak for it, from a day on. Raises UnableToKeepGuideline."""
    if not access.rights(act.by).may("manager", "admin"):
        raise UnableToKeepGuideline("guidelines are written by a manager or administrator; ask one")
    found = Creditor.objects.filter(organisation_id=act.organisation_id, code=creditor).first()
    if found is None or section not in SECTIONS:
        raise UnableToKeepGuideline(f"choose a creditor of yours, and one of {', '.join(SECTIONS)}")
    made = Guideline(
        creditor_id=found.id, section=section, text=text.strip(), from_date=from_date, at=act.at, act_id=act.id
    )
    made.save(force_insert=True)
    return GuidelineOutcome(made.id)


def keep_draft(*, by: Actor, account_id: int, content: Mapping[str, str]) -> None:
    """Keeps what is being typed, so that nothing is lost with the browser; no act of the book, one statement.

    Raises UnableToFindAccount.
    """
    work.require_seen(by=by, account_id=account_id)
    kept = {name[:40]: value[:_DRAFT_MAX] for name, value in content.items()}
    DraftState.objects.update_or_create(
        person_id=by.person_id or 0, account_id=account_id, defaults={"content": kept, "saved_at": queries.moment()}
    )


def keep_next(*, by: Actor, as_of: date) -> int | None:
    """Keeps whoever comes after the account of the call for this person, so that they are there at once; None where
    nobody is on a call, or nobody is left. No act of the book: it is over by itself.
    """
    now = queries.at(by=by)
    if by.person_id is None or now.state not in ON_CALL:
        return None
    for candidate in waiting.candidates(by=by, as_of=as_of, but=now.account_id):
        if steps.claimed(by.person_id, candidate, is_next=True, day=as_of):
            return candidate
    return None


def keep_alive(*, by: Actor) -> bool:
    """A sign of life of a desk: whoever is before this person stays theirs. False where somebody was lost meanwhile."""
    seconds = desks.figure("claim", as_of=queries.moment().date())
    # It does not wait for the disk: a sign of life that a crash takes comes again with the next beat.
    frames.execute(
        "WITH kept AS (UPDATE claim_state SET expires_at = clock_timestamp() + %(seconds)s * interval '1 second'"
        " WHERE holder_id = %(person)s AND expires_at > clock_timestamp()"
        " AND (is_next OR account_id = (SELECT account_id FROM desk_state WHERE person_id = %(person)s)))"
        " UPDATE desk_state SET seen_at = clock_timestamp()"
        " FROM (SELECT set_config('synchronous_commit', 'off', TRUE)) quick (is_quick)"
        " WHERE person_id = %(person)s AND is_quick IS NOT NULL",
        {"person": by.person_id, "seconds": seconds},
    )
    now = queries.at(by=by)
    return now.account_id is None or queries.is_held(by=by, account_id=now.account_id)


def let_go(*, by: Actor) -> None:
    """Whoever signs out lets go of everybody but the one with whom a contact is under way."""
    frames.execute(
        "UPDATE claim_state c SET expires_at = clock_timestamp() WHERE holder_id = %(person)s"
        " AND expires_at > clock_timestamp() AND NOT EXISTS (SELECT 1 FROM desk_state d WHERE d.person_id = %(person)s"
        " AND d.contact_id IS NOT NULL AND d.account_id = c.account_id)",
        {"person": by.person_id},
    )


def hold_again(act: Act, *, account_id: int) -> DeskOutcome:
    """Takes the debtor before one again after a silence. Raises UnableToChangeDesk, DebtorAlreadyClaimed."""
    now = steps.require_at(act, account_id, *WITH_ACCOUNT)
    steps.claim(act, account_id)
    return DeskOutcome(now.state, account_id)


def _noted(act: Act, now: At, account_id: int, text: str) -> None:
    contact_id = now.contact_id if now.account_id == account_id else None
    Note(account_id=account_id, contact_id=contact_id, text=text.strip()[:2000], at=act.at, act_id=act.id).save(
        force_insert=True
    )
    steps.blank_draft(act, account_id)


def _require_done(contact_id: int | None, *, has_outcome: bool) -> None:
    if contact_id is not None and not has_outcome:
        raise UnableToChangeDesk("what came of this call is not written down yet; choose an outcome first")


def _require_settled(act: Act, account_id: int) -> None:
    """An account that was not called yet is left for a reason, unless nothing of it is late or another has it now."""
    _currency, late_minor = queries.arrears(account_id)
    if late_minor > 0 and queries.is_held(by=act.by, account_id=account_id):
        raise UnableToChangeDesk("this account was not called yet; call it, or skip it with a reason")


def _require_code(code: str, known: Sequence[str]) -> None:
    if code not in known:
        raise UnableToChangeDesk(f"choose one of the reasons: {', '.join(known)}")
