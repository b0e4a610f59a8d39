"""The guidelines of every creditor, and writing new ones."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ahadi.domain.desk import operations, queries
from ahadi.domain.desk.operations import GuidelineOutcome
from ahadi.web.frame.acting import Refused, act, new_key
from ahadi.web.frame.admission import DECIDERS, STAFF, Visitor, admits
from ahadi.web.frame.rendering import show
from ahadi.web.pages.guidelines import forms, rows


@require_http_methods(["GET", "HEAD", "POST"])
@admits(*STAFF)
def guidelines(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """What each creditor wants, by section; a manager writes what holds from a day on."""
    choice = forms.chosen(request.POST if request.method == "POST" else request.GET, today=visitor.today)
    if request.method == "POST":
        done = _written(request, visitor, choice)
        if not isinstance(done, Refused):
            messages.success(request, _("Written down. It is read at the desk from that day on."))
            return HttpResponseRedirect(f"{reverse('guidelines')}?creditor={choice.creditor}")
        messages.error(request, done.text)
    listed = queries.creditors(by=visitor.actor)
    chosen = choice.creditor if choice.creditor in listed["code"] else next(iter(listed["code"]), "")
    found = queries.guidelines(queries.creditor_id(chosen, by=visitor.actor) or 0, as_of=visitor.today)
    return show(
        request,
        "guidelines/templates/guidelines.html",
        visitor=visitor,
        status=400 if request.method == "POST" else 200,
        creditors=rows.creditor_options(listed, chosen),
        sections=rows.section_rows(found, today=visitor.today),
        choice=choice,
        key=new_key(),
        may_write=visitor.rights.may(*DECIDERS),
    )


def _written(request: HttpRequest, visitor: Visitor, choice: forms.Choice) -> GuidelineOutcome | Refused:
    told = {"creditor": choice.creditor, "section": choice.section, "text": choice.text}
    return act(
        request,
        visitor,
        "write_guideline",
        lambda one: operations.write_guideline(one, **told, from_date=choice.from_date),
        GuidelineOutcome,
    )
