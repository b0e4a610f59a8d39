"""The floor gathered for the board: each part asks only what it shows."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from ahadi.domain.approvals import queries as approvals
from ahadi.domain.desk import queries as desk
from ahadi.domain.negotiation import queries as negotiation
from ahadi.domain.oversight import capacity, firsts, queries
from ahadi.domain.oversight import moving as moved
from ahadi.domain.oversight.ports import Officer
from ahadi.web.frame import asked, figures
from ahadi.web.frame.acting import new_key
from ahadi.web.frame.admission import Visitor
from ahadi.web.frame.reference import written
from ahadi.web.pages.board import hours, rows
from ahadi.web.pages.board.firsts import first_row
from ahadi.web.pages.board.rows import Told

_WAITING_SHOWN = 5


def table(
    visitor: Visitor, parts: Sequence[str], *, is_named: bool = True, officers: Sequence[Officer] | None = None
) -> dict[str, Any]:
    """The table of officers with the parts that were asked for; the others stay empty."""
    by, today = visitor.actor, visitor.today
    found = queries.officers(by=by, as_of=today) if officers is None else officers
    shifts = queries.shifts_of(found, by=by, as_of=today) if set(parts) - {"states"} else None
    minute = queries.minute_of_day(by=by) if shifts is not None else 0
    past = queries.past_of(shifts, minute=minute) if shifts is not None else {}
    told = Told(
        efforts=queries.efforts(found, by=by, as_of=today, past=past) if "counts" in parts else {},
        yields=queries.yields(found, by=by, as_of=today, past=past) if "money" in parts else {},
        past=past,
        waiting=capacity.waiting(found, by=by, as_of=today) if "counts" in parts else {},
    )
    now = queries.now()
    nameless = {one.person_id: _("Officer %(n)s") % {"n": place} for place, one in enumerate(found, 1)}
    limits = rows.Thresholds(**queries.thresholds(as_of=today))
    return {
        "teams": rows.teams(found, told, now=now, thresholds=limits, names={} if is_named else nameless),
        "tiles": rows.tiles(told),
        "now": int(now.timestamp() * 1000),
        "shifts": shifts,
        "minute": minute,
        "officers": found,
        "waiting": told.waiting,
    }


def whole(visitor: Visitor) -> dict[str, Any]:
    """All of the board."""
    by, today = visitor.actor, visitor.today
    told = table(visitor, ("states", "counts", "money"))
    found, shifts, minute = told.pop("officers"), told.pop("shifts"), told.pop("minute")
    now = queries.now()
    waiting = told.pop("waiting")
    left = capacity.minutes_left(shifts, minute=minute)
    here = firsts.Floor(by, now, today, found, waiting, left)
    seconds = capacity.handling_seconds(found, by=by, as_of=today)
    able = capacity.capacity(found, shifts, as_of=today, minute=minute, seconds=seconds, left=waiting)
    house = desk.house(by=by)
    return {
        **told,
        "firsts": [first_row(one, now=now) for one in firsts.firsts(here)],
        "capacity": hours.panel(able, found),
        "moves": [
            {
                "ref": written("reassignment", one.reassignment_id),
                "count": figures.count(one.accounts),
                "by": one.by,
                "until": figures.moment(one.until_at, house.zone, today),
            }
            for one in moved.lately(by=by)
        ],
        "key": new_key(),
        "house": house,
        "clock": figures.moment(now, house.zone, today),
        **_asks(visitor, zone=house.zone),
    }


def _asks(visitor: Visitor, *, zone: str) -> dict[str, Any]:
    """What waits for this person's word: the oldest with text and effect, the others as lines."""
    by, rank = visitor.actor, approvals.rank(visitor.actor)
    waiting = [
        one
        for one in approvals.approvals(by=by, at=queries.now())
        if one.state == approvals.WAITING and one.rank <= rank and one.asked_by_id != by.person_id
    ]
    lines = [asked.approval_row(one, zone=zone, today=visitor.today, is_staff=True) for one in waiting]
    first = waiting[0] if waiting else None
    offer = negotiation.kept(by=by, offer_id=first.offer_id, as_of=visitor.today) if first else None
    return {
        "asks": lines[1 : _WAITING_SHOWN + 1],
        "asked_count": len(waiting),
        "ask": lines[0] if lines else None,
        "offer": asked.offer_text(offer, first.currency, today=visitor.today) if offer and first else None,
    }
