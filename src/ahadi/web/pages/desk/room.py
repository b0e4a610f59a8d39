"""The whole desk as one answer: the page when somebody comes, the room alone when something on it was pressed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from ahadi.domain.contact import codes
from ahadi.domain.desk import queries, shift, timeline, waiting
from ahadi.domain.desk.ports import PREVIEW, WITH_ACCOUNT, WRAP, At
from ahadi.domain.desk.queries import House, Opened
from ahadi.domain.people.queries import owner_of
from ahadi.domain.reporting import histories
from ahadi.web.frame import doings, words
from ahadi.web.frame.acting import Refused, new_key
from ahadi.web.frame.admission import Visitor
from ahadi.web.frame.live import live_url
from ahadi.web.frame.options import Option
from ahadi.web.frame.reference import written
from ahadi.web.frame.rendering import show
from ahadi.web.pages.desk import beside, kept, keys, panel, rows, wording
from ahadi.web.pages.desk import events as events_in_words

_ROWS = 7


@dataclass(frozen=True)
class Toast:
    """What was just done, for how many seconds it can be taken back, and where (empty: the last outcome)."""

    text: str
    seconds: int = 0
    undo_url: str = ""


def is_script(request: HttpRequest) -> bool:
    """Whether the page asks for a part of itself."""
    return request.headers.get("HX-Request") == "true"


def answered(request: HttpRequest, visitor: Visitor, done: object, toast: Toast | None = None) -> HttpResponse:
    """What an act is answered by: the room as it is now, or without script the page."""
    error = done.text if isinstance(done, Refused) else ""
    if is_script(request):
        return room(request, visitor, toast=None if error else toast, error=error, is_done=not error)
    if error:
        messages.error(request, error)
    elif toast is not None:
        messages.success(request, toast.text)
    return HttpResponseRedirect(reverse("desk"))


def room(
    request: HttpRequest,
    visitor: Visitor,
    *,
    account: int | None = None,
    toast: Toast | None = None,
    error: str = "",
    is_done: bool = False,
) -> HttpResponse:
    """The desk with the account that is open for work, or with another one to look at.

    Where an act is answered (`is_done`), the account is shown as it was made ahead if it was; after an outcome the
    account and the queue stay as they are on the page, and what the outcome changed follows by itself (`sheet`).
    """
    at = queries.at(by=visitor.actor)
    at_work = at.account_id if at.state in WITH_ACCOUNT else None
    shown = account if account is not None else at_work
    house = queries.house(by=visitor.actor)
    told: dict[str, Any] = {"toast": toast, "error": error, "key": new_key(), "is_look": shown != at_work}
    told |= around(visitor, at)
    follows = is_done and at.state == WRAP and at.has_outcome
    if not follows:
        told |= waits(visitor, house, but=shown)
    if toast is None and is_script(request) and request.method == "GET":
        told["toast"] = _just_done(visitor, shown)
    made = kept.found(request, visitor, at, key=told["key"]) if is_done and at.state == PREVIEW else None
    if shown is None:
        told |= {"first": told["queue"].rows[0] if told["queue"].rows else None}
    elif made is not None:
        told |= _seen(visitor, at) | {"kept": made, "week": made.week, "next_allowed": made.next_allowed}
    elif follows:
        told |= _seen(visitor, at) | _wrapped(visitor, at)
    else:
        opened = queries.opened(by=visitor.actor, account_id=shown, as_of=visitor.today)
        told |= before(visitor, at, house, opened)
    name = "desk/templates/room.html" if is_script(request) else "desk/templates/desk.html"
    response = show(request, name, visitor=visitor, status=422 if error and not is_script(request) else 200, **told)
    if is_script(request) and request.method == "POST":
        response["HX-Push-Url"] = reverse("desk-account", args=[shown]) if shown is not None else reverse("desk")
    return response


def _seen(visitor: Visitor, at: At) -> dict[str, Any]:
    """What a desk says of the account that is at work, whatever is known of it."""
    account, now = at.account_id or 0, queries.moment()
    return {
        "account": account,
        "reference": written("account", account),
        "on_account": _on_account(at, now, visitor),
        "is_mine": queries.is_held(by=visitor.actor, account_id=account),
    }


def _wrapped(visitor: Visitor, at: At) -> dict[str, Any]:
    """The panel after an outcome, beside an account that stays as it is on the page until it follows."""
    account, today = at.account_id or 0, visitor.today
    following = queries.following(by=visitor.actor, account_id=account, as_of=today)
    draft, own = queries.draft(by=visitor.actor, account_id=account), queries.keys(by=visitor.actor)
    return {
        "follows": True,
        "panel": panel.wrapped(account, at, following, now=queries.moment(), today=today, draft=draft, own=own),
        "week": following.week,
        "upnext": _upnext(visitor, at),
        "pulls": reasons(queries.terms().pulls),
        "holder": queries.holder(account, but_for=visitor.actor.person_id),
    }


def _on_account(at: At, now: datetime, visitor: Visitor) -> rows.Timer:
    amber, red = (queries.figure(name, as_of=visitor.today) for name in ("account_amber", "account_red"))
    return rows.timer(at.opened_at or now, now, amber=amber, red=red)


def own_keys(visitor: Visitor) -> dict[str, Any]:
    """The keys as somebody chose them: command to code, and how they are written."""
    chosen = keys.chosen(queries.keys(by=visitor.actor))
    return {
        "keymap": chosen,
        "keys": {command.replace("-", "_"): keys.label(code) for command, code in chosen.items()},
        "all_keys": tuple((keys.label(code), wording.command(command)) for command, code in chosen.items()),
    }


def _just_done(visitor: Visitor, account: int | None) -> Toast | None:
    """What was told or the outcome of a moment ago, which may still be taken back, where the desk looks by itself."""
    seconds = queries.figure("undo", as_of=visitor.today)
    told = histories.last_told(by=visitor.actor, seconds=seconds)
    if told is not None and account is not None and told[2] > 0:
        return Toast(wording.told(told[1]), told[2], reverse("desk-take-back", args=[account, told[0]]))
    last = queries.last_outcome(by=visitor.actor, owner_id=owner_of(visitor.actor.login), seconds=seconds)
    if last is None or last["seconds_left"] < 1:
        return None
    named = {
        "name": queries.name_of(last["account_id"]) or "",
        "outcome": dispositions(visitor).get(last["result"], last["result"]),
    }
    return Toast(_("%(name)s: %(outcome)s") % named, last["seconds_left"])


def waits(visitor: Visitor, house: House, *, but: int | None) -> dict[str, Any]:
    """Who waits, beside the account that is open."""
    is_open, handling = but is not None, queries.figure("handling", as_of=visitor.today)
    found = waiting.queue(by=visitor.actor, as_of=visitor.today, rows=_ROWS - is_open, but=but)
    return {"queue": rows.queue_view(found, is_open=is_open, handling=handling, zone=house.zone)}


def around(visitor: Visitor, at: At) -> dict[str, Any]:
    """What stands around account and queue: the bar, the keys."""
    now = queries.moment()
    word = doings.pause(at.code) if at.state == "pause" and at.code else doings.state(at.state)
    return {
        "at": at,
        "state": word,
        "since": rows.timer(at.since if at.since.year > 1970 else now, now),
        "now": int(now.timestamp() * 1000),
        "top": rows.top_view(shift.so_far(by=visitor.actor, as_of=visitor.today)),
        "pauses": tuple((one.code, doings.pause(one.code)) for one in queries.terms().pauses),
        "live_url": live_url(),
        "undo_seconds": queries.figure("undo", as_of=visitor.today),
        "beat_seconds": queries.figure("beat", as_of=visitor.today),
        **own_keys(visitor),
        **beside.told(visitor),
    }


def before(visitor: Visitor, at: At, house: House, opened: Opened) -> dict[str, Any]:
    """The account that is open, with its panel."""
    today, account = visitor.today, opened.account_id
    seen = queries.uncovered(
        by=visitor.actor, account_id=account, since=queries.begin_of(today, visitor.actor.organisation_id or 0)
    )
    draft = queries.draft(by=visitor.actor, account_id=account)
    own = queries.keys(by=visitor.actor)
    view = panel.panel_view(opened, at, house=house, officer=visitor.name, today=today, draft=draft, own=own)
    listed = codes.lists(visitor.actor.organisation_id or 0, (*codes.OUTCOMES, "reasons"))
    worded = {name: {one.code.code: words.said(one.code.label) for one in kept.codes} for name, kept in listed.items()}
    labels = {code: label for name in codes.OUTCOMES for code, label in worded[name].items()}
    events, has_more = timeline.events(opened.account_ids)
    shown = events_in_words.event_rows(events[:12], labels, by=visitor.actor, zone=house.zone, today=today)
    answer = rows.call_of(opened)
    return {
        "account": account,
        "reference": written("account", account),
        "person": rows.person_view(opened, at, today=today, now=opened.reach.now, uncovered=seen),
        "panel": view,
        "points": rows.point_rows(queries.points(account, as_of=today))[:6],
        "events": shown,
        "has_more": has_more or len(events) > len(shown),
        "filters": filters(account, ""),
        "reasons": panel.with_reasons(worded["reasons"], draft.content.get("reason") or opened.reason or ""),
        "dispositions": worded[codes.DISPOSITIONS],
        "skips": reasons(queries.terms().skips),
        "pulls": reasons(queries.terms().pulls),
        "extensions": reasons(queries.terms().extensions),
        "week": rows.attempts_of_week(opened, today, house.zone),
        "next_allowed": view.call.stop.next_ours if view.call.stop else "",
        "on_account": _on_account(at, opened.reach.now, visitor),
        "upnext": _upnext(visitor, at),
        "is_mine": at.account_id == account and queries.is_held(by=visitor.actor, account_id=account),
        "holder": queries.holder(account, but_for=visitor.actor.person_id),
        "has_answer": answer is not None,
    }


def filters(account: int, chosen: str) -> tuple[tuple[str, str, str, bool], ...]:
    """What a timeline may show: address, word, key, whether it is shown now."""
    url = reverse("desk-timeline", args=[account])
    return tuple(
        (f"{url}?kind={kind}" if kind else url, word, key, kind == chosen)
        for kind, (word, key) in wording.filters().items()
    )


def reasons(known: tuple[str, ...]) -> tuple[Option, ...]:
    """Reasons to choose from, the first one chosen."""
    return tuple(Option(code, wording.reason(code), place == 0) for place, code in enumerate(known))


def dispositions(visitor: Visitor) -> dict[str, str]:
    """What may come of a contact, as the organisation words it."""
    listed = codes.outcomes(visitor.actor.organisation_id or 0)
    return {one.code.code: words.said(one.code.label) for one in listed}


def _upnext(visitor: Visitor, at: At) -> str:
    """The name of the one who is kept ready."""
    if at.next_account_id is None:
        return ""
    return queries.name_of(at.next_account_id) or _("The next account")
