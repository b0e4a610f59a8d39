"""Who may be one person: the list, two people side by side, and the judgement with its way back."""

from functools import partial
from typing import Any

import polars as pl
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ahadi.domain.finding import duplicates as finding
from ahadi.domain.finding.duplicates import Proposed
from ahadi.domain.flows.judge_identity import JudgedOutcome, judge_identity, reopen_identity
from ahadi.domain.flows.propose_duplicates import DuplicatesOutcome, look_for_duplicates
from ahadi.domain.parties.believing import believed
from ahadi.domain.reporting import queries as reporting
from ahadi.web.frame.acting import Refused, act, new_key
from ahadi.web.frame.admission import CALLERS, JUDGES, Visitor, admits
from ahadi.web.frame.keeping import saved
from ahadi.web.frame.listing import Address, page_of, paging
from ahadi.web.frame.rendering import show
from ahadi.web.pages.locating import pairs


@admits(*JUDGES)
@require_safe
def duplicates(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """The pairs of a state, the likeliest first."""
    state = request.GET.get("state", "")
    state = state if state in finding.STATES else finding.OPEN
    wanted = request.GET.get("q", "").strip()[:100]
    found = _narrowed(finding.proposed(by=visitor.actor, state=state), wanted)
    text = request.GET.get("page", "")
    shown, number = page_of(found, int(text) if text.isdecimal() and len(text) < 7 else 1)
    address = Address(request.path, {"state": "" if state == finding.OPEN else state, "q": wanted})
    return show(
        request,
        "locating/templates/duplicates.html",
        visitor=visitor,
        states=pairs.states(state),
        state=state,
        q=wanted,
        saved=saved(request, visitor, "duplicates"),
        page=paging(pairs.pair_rows(shown, today=visitor.today), found.height, number, address),
    )


@admits(*JUDGES)
@require_http_methods(["GET", "HEAD", "POST"])
def duplicate(request: HttpRequest, visitor: Visitor, proposal: int) -> HttpResponse:
    """Two people side by side; whether they are one."""
    found, error = finding.duplicate(by=visitor.actor, proposal_id=proposal), ""
    if request.method == "POST":
        done = _judged(request, visitor, proposal)
        if not isinstance(done, Refused):
            messages.success(request, pairs.judged(done.state))
            return HttpResponseRedirect(request.path)
        found, error = finding.duplicate(by=visitor.actor, proposal_id=proposal), done.text
    return show(
        request,
        "locating/templates/duplicate.html",
        visitor=visitor,
        status=400 if error else 200,
        error=error,
        pair=pairs.pair_view(found, today=visitor.today),
        sides=_sides(visitor, found),
        key=new_key(),
    )


@admits(*CALLERS)
@require_POST
def look(request: HttpRequest, visitor: Visitor, account: int) -> HttpResponse:
    """Looks for people who may be the debtor of an account."""
    done = act(
        request, visitor, "propose_duplicates", partial(look_for_duplicates, account_id=account), DuplicatesOutcome
    )
    if isinstance(done, Refused):
        messages.error(request, done.text)
    elif done.proposed:
        told = ngettext(
            "%(n)s person may be the same. A supervisor judges it.",
            "%(n)s people may be the same. A supervisor judges it.",
            done.proposed,
        )
        messages.success(request, told % {"n": done.proposed})
    else:
        messages.success(request, _("Nobody else is like this debtor who was not asked about before."))
    return HttpResponseRedirect(reverse("account", args=[account]))


def _judged(request: HttpRequest, visitor: Visitor, proposal: int) -> JudgedOutcome | Refused:
    verdict = request.POST.get("verdict", "")
    if verdict == "back":
        return act(request, visitor, "reopen_identity", partial(reopen_identity, proposal_id=proposal), JudgedOutcome)
    if verdict not in (finding.ONE, finding.TWO):
        return Refused(_("Say whether they are one person or two."))
    is_one = verdict == finding.ONE
    judge = partial(judge_identity, proposal_id=proposal, is_one=is_one)
    return act(request, visitor, "judge_identity", judge, JudgedOutcome)


def _sides(visitor: Visitor, found: Proposed) -> tuple[Any, Any]:
    today = visitor.today
    both = []
    for party, accounts in ((found.party_id, found.accounts), (found.other_party_id, found.others)):
        statements = [reporting.statement(by=visitor.actor, account_id=one, as_of=today) for one in accounts[:4]]
        known = believed(pl.Series([party]), debtor_id=party, as_of=today).get(party, ())
        both.append(pairs.side(found, party, statements, accounts, known, today=today))
    return pairs.marked(both[0], both[1])


def _narrowed(found: pl.DataFrame, wanted: str) -> pl.DataFrame:
    if not wanted:
        return found
    texts = pl.concat_str("name", "other_name", "creditors", separator=" ", ignore_nulls=True).str.to_lowercase()
    return found.filter(texts.str.contains(wanted.lower(), literal=True))
