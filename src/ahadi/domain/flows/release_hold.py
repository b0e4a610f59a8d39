"""Releases what restrains an account, once somebody who answers for it says that the reason is gone."""

from dataclasses import dataclass

import polars as pl

from ahadi.data.models.account import Hold, HoldRelease
from ahadi.domain.audit.ports import Act
from ahadi.domain.contact import steps as gate
from ahadi.domain.people import access
from ahadi.domain.placements import steps as placements
from ahadi.domain.work import queries
from ahadi.domain.work import steps as work

_RELEASERS = ("supervisor", "manager", "legal", "admin")


class UnableToReleaseHold(Exception):
    """A hold cannot be released: it is not of this account, or somebody else has to; the text says whom to ask."""

    is_refusal = True


class HoldAlreadyReleased(Exception):
    """This hold was released before; what restrains the account now stands on its page."""

    is_refusal = True

    def __init__(self, hold_id: int) -> None:
        super().__init__("this hold was released before; see what restrains the account now")
        self.hold_id = hold_id


@dataclass(frozen=True)
class ReleaseOutcome:
    """The hold that was released."""

    hold_id: int
    kind: str


def release_hold(act: Act, *, account_id: int, hold_id: int) -> ReleaseOutcome:
    """Releases a hold of an account from today on, and restates the account.

    Raises, in this order: UnableToFindAccount, UnableToReleaseHold, HoldAlreadyReleased.
    """
    creditor_id = queries.require_seen(by=act.by, account_id=account_id)
    hold = Hold.objects.filter(id=hold_id, account_id=account_id).first()
    if hold is None:
        raise UnableToReleaseHold("there is no such hold on this account; choose one from its page")
    if not access.rights(act.by).may(*_RELEASERS):
        raise UnableToReleaseHold("a hold is released by a supervisor, manager or legal clerk; ask one")
    placements.hold_creditor(creditor_id)
    gate.hold(account_id)
    if HoldRelease.objects.filter(hold_id=hold_id).exists():
        raise HoldAlreadyReleased(hold_id)
    today = work.business_date(act)
    HoldRelease(hold_id=hold_id, released_on=today, booked_at=act.at, act_id=act.id).save(force_insert=True)
    work.restate(act, pl.Series([account_id]), as_of=today, is_told=True)
    return ReleaseOutcome(hold_id, hold.kind)
