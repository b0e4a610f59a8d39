"""Cases: the list, one with its course and what may be done, raising one, and deciding adjustments."""

from datetime import timedelta
from functools import partial
from typing import Any

import polars as pl
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from ahadi.domain.accounts import queries as accounts
from ahadi.domain.cases import queries
from ahadi.domain.cases.ports import CASE_KINDS, COMPONENTS, HOLD_OF, SETTLERS, CaseOutcome
from ahadi.domain.flows import close_case, judge_adjustment, move_case, open_case, place_hold
from ahadi.domain.flows.judge_adjustment import AdjustmentOutcome
from ahadi.domain.flows.place_hold import PlacedOutcome
from ahadi.domain.people import queries as people
from ahadi.domain.work import queries as work
from ahadi.web.frame.acting import Refused, act, new_key
from ahadi.web.frame.admission import CALLERS, STAFF, Visitor, admits
from ahadi.web.frame.downloads import FORMATS, download, exports
from ahadi.web.frame.keeping import saved
from ahadi.web.frame.listing import Address, page_of, paging
from ahadi.web.frame.options import Option
from ahadi.web.frame.rendering import show
from ahadi.web.pages.cases import forms, rows

_CHOICES = ("kind", "state", "sla", "mine", "page")
_EXPORTED = (
    "number",
    "kind",
    "category",
    "referred_by",
    "priority",
    "status",
    "outcome",
    "root_cause",
    "received_at",
    "due_at",
    "level",
    "assignee",
)


@admits(*STAFF)
@require_safe
def cases(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Every case that may be seen, by kind, state, clock and who has it."""
    address = Address(request.path, {name: request.GET.get(name, "") for name in _CHOICES})
    at, zone = people.now(), _zone(visitor)
    found = _chosen(queries.listed(by=visitor.actor), address, visitor, at)
    if request.GET.get("format") in FORMATS:
        return download(found.select(_EXPORTED), name="cases", format=request.GET["format"], money={})
    part, number = page_of(found, int(request.GET["page"]) if request.GET.get("page", "").isdecimal() else 1)
    left = _left(visitor, part, at)
    made = tuple(
        rows.case_row(row, left.get(row["clock_id"]), at=at, zone=zone, today=visitor.today, house=_house(visitor))
        for row in part.iter_rows(named=True)
    )
    return show(
        request,
        "cases/templates/cases.html",
        visitor=visitor,
        page=paging(made, found.height, number, address),
        filters=_filters(address),
        exports=exports(address),
        saved=saved(request, visitor, "cases"),
    )


@sensitive_post_parameters("text")
@admits(*STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest, visitor: Visitor, case: int) -> HttpResponse:
    """One case: its clock, its course, its adjustments, and what may be done next."""
    row, error = queries.require_seen(by=visitor.actor, case_id=case), ""
    if request.method == "POST":
        done = _acted(request, visitor, case, row)
        if not isinstance(done, Refused):
            messages.success(request, _("Written down."))
            return HttpResponseRedirect(reverse("case", args=[case]))
        error = done.text
    return show(
        request,
        "cases/templates/case.html",
        visitor=visitor,
        status=400 if error else 200,
        error=error,
        **_shown(visitor, case, row, request),
    )


@sensitive_post_parameters("details", "grievances")
@admits(*CALLERS)
@require_http_methods(["GET", "HEAD", "POST"])
def raise_case(request: HttpRequest, visitor: Visitor, account: int) -> HttpResponse:
    """The form of a dispute, a complaint, hardship or a question."""
    work.require_seen(by=visitor.actor, account_id=account)
    errors: dict[str, str] = {}
    if request.method == "POST":
        terms = forms.terms(request.POST, zone=_zone(visitor))
        if isinstance(terms, dict):
            errors = terms
        else:
            run = _opening(account, terms)
            done = act(request, visitor, "open_case", run, CaseOutcome)
            if not isinstance(done, Refused):
                messages.success(request, _("Taken down. Collection is held where the case asks for it."))
                return HttpResponseRedirect(reverse("case", args=[done.case_id]))
            errors = {"refused": done.text}
    return show(
        request,
        "cases/templates/raise.html",
        visitor=visitor,
        status=400 if errors else 200,
        errors=errors,
        **_form(request, visitor, account),
    )


@sensitive_post_parameters("reason")
@admits(*CALLERS)
@require_http_methods(["GET", "HEAD", "POST"])
def place(request: HttpRequest, visitor: Visitor, account: int) -> HttpResponse:
    """The form of a hold: what restrains, why, which charges, and when somebody looks at it again."""
    work.require_seen(by=visitor.actor, account_id=account)
    errors: dict[str, str] = {}
    if request.method == "POST":
        terms = forms.held(request.POST)
        if isinstance(terms, dict):
            errors = terms
        else:
            run = partial(place_hold.place_hold, account_id=account, terms=terms)
            done = act(request, visitor, "place_hold", run, PlacedOutcome)
            if not isinstance(done, Refused):
                messages.success(request, _("Collection is held."))
                return HttpResponseRedirect(reverse("account", args=[account]))
            errors = {"refused": done.text}
    known = accounts.known_charges(pl.Series([account])).filter(~pl.col("is_withdrawn"))
    return show(
        request,
        "cases/templates/hold.html",
        visitor=visitor,
        status=400 if errors else 200,
        errors=errors,
        typed=request.POST,
        kinds=rows.hold_kinds(_house(visitor), request.POST.get("kind", "")),
        charges=rows.charges(known, request.POST.getlist("charge")),
        review=(visitor.today + timedelta(days=30)).isoformat(),
        account_url=reverse("account", args=[account]),
        key=new_key(),
    )


def _opening(account: int, terms: Any) -> Any:
    return lambda act: open_case.open_case(act, account_id=account, terms=terms)


def _acted(request: HttpRequest, visitor: Visitor, case: int, row: dict[str, Any]) -> Any:
    """The act that a form of the page asks for."""
    post, step = request.POST, request.POST.get("step", "")
    text = post.get("text", "")
    if step == "adjust":
        wanted = forms.wanted(post, currency=row["currency"])
        if isinstance(wanted, dict):
            return Refused(" ".join(wanted.values()))
        account = int(row["account_id"])
        return act(
            request,
            visitor,
            "ask_adjustment",
            lambda act: judge_adjustment.ask_adjustment(act, account_id=account, wanted=wanted, case_id=case),
            AdjustmentOutcome,
        )
    close = {"outcome": post.get("outcome", ""), "root_cause": post.get("root_cause", ""), "text": text}
    known: dict[str, Any] = {
        "close": lambda act: close_case.close_case(act, case_id=case, **close),
        "reopen": lambda act: close_case.reopen_case(act, case_id=case, text=text),
        "hand_up": lambda act: move_case.hand_up(act, case_id=case, text=text),
        "write": lambda act: move_case.write_case(act, case_id=case, part="investigation", text=text),
        "move": lambda act: move_case.move_case(act, case_id=case, status=post.get("status", ""), text=text),
    }
    if step not in known:
        return Refused(_("Choose what is to be done."))
    return act(request, visitor, f"{step}_case", known[step], CaseOutcome)


def _shown(visitor: Visitor, case: int, row: dict[str, Any], request: HttpRequest) -> dict[str, Any]:
    at, zone, house = people.now(), _zone(visitor), _house(visitor)
    left = _left(visitor, queries.listed(by=visitor.actor, case_id=case), at)
    course = queries.course(case)
    known = accounts.known_charges(pl.Series([row["account_id"]])).filter(~pl.col("is_withdrawn"))
    return {
        "case": rows.case_row(row, left.get(row["clock_id"]), at=at, zone=zone, today=visitor.today, house=house),
        "against": row["against"],
        "referred_by": rows.referrer(str(row["referred_by"])),
        "steps": rows.steps(course, zone=zone, today=visitor.today, house=house),
        "care": course.care.tail(1).to_dicts(),
        "about": course.charges["reference"].to_list(),
        "adjustments": rows.adjustments(course.adjustments, person=visitor.actor.person_id, house=house),
        "charges": rows.charges(known, []),
        "components": [(one, rows.component(one)) for one in COMPONENTS],
        "may_close": HOLD_OF[str(row["kind"])] is None or visitor.rights.may(*SETTLERS),
        "reasons": rows.choices(house, "adjustment_reasons").items(),
        "outcomes": rows.outcomes(),
        "causes": rows.choices(house, "root_causes").items(),
        "moves": [(one, rows.status(one)) for one in ("open", "waiting_creditor", "waiting_debtor", "answered")],
        "text": request.POST.get("text", ""),
        "reference": request.path.rstrip("/").rsplit("/", 1)[-1],
        "key": new_key(),
    }


def _form(request: HttpRequest, visitor: Visitor, account: int) -> dict[str, Any]:
    typed = request.POST if request.method == "POST" else request.GET
    kind, house = forms.kind_of(typed), _house(visitor)
    known = accounts.known_charges(pl.Series([account])).filter(~pl.col("is_withdrawn"))
    return {
        "kinds": [Option(one, rows.kind(one), one == kind, f"{request.path}?kind={one}") for one in CASE_KINDS],
        "kind": kind,
        "title": rows.kind(kind),
        "categories": rows.categories(house, kind, typed.get("category", "")),
        "priorities": rows.priorities(typed.get("priority", "")),
        "referrers": rows.referrers(typed.get("referred_by", "")),
        "charges": rows.charges(known, typed.getlist("charge")),
        "typed": typed,
        "account_url": reverse("account", args=[account]),
        "key": new_key(),
    }


def _chosen(found: pl.DataFrame, address: Address, visitor: Visitor, at: Any) -> pl.DataFrame:
    choice = address.chosen
    state = choice["state"] or "open"
    is_closed = pl.col("status") == rows.CLOSED
    if state != "all":
        found = found.filter(is_closed if state == "closed" else ~is_closed)
    if choice["kind"]:
        found = found.filter(pl.col("kind") == choice["kind"])
    if choice["sla"]:
        edge = {"late": "due_at", "red": "red_at", "amber": "amber_at"}.get(choice["sla"], "due_at")
        found = found.filter(~is_closed & (pl.col(edge) <= at))
    if choice["mine"]:
        found = found.filter(pl.col("assignee_id") == visitor.actor.person_id)
    return found


def _filters(address: Address) -> list[tuple[str, list[Option]]]:
    def linked(name: str, labels: dict[str, str]) -> list[Option]:
        chosen = address.chosen[name]
        return [
            Option(one, text, one == chosen, address.having(**{name: one, "page": ""})) for one, text in labels.items()
        ]

    kinds = {"": _("Every kind"), **{one: rows.kind(one) for one in CASE_KINDS}}
    return [
        (_("Kind"), linked("kind", kinds)),
        (_("State"), linked("state", {"": _("Open"), "closed": _("Closed"), "all": _("All")})),
        (_("Clock"), linked("sla", {"": _("Any"), "amber": _("Amber"), "red": _("Red"), "late": _("Late")})),
        (_("Whose"), linked("mine", {"": _("Everybody’s"), "1": _("Mine")})),
    ]


def _left(visitor: Visitor, part: pl.DataFrame, at: Any) -> dict[int, int]:
    found = queries.remaining(_house(visitor), part, at=at)
    return dict(found.select("clock_id", "remaining_minutes").iter_rows())


def _house(visitor: Visitor) -> int:
    return visitor.actor.organisation_id or 0


def _zone(visitor: Visitor) -> str:
    return people.time_zone(_house(visitor))
