"""The holidays of a country in a year, and the days that a manager knows better."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ahadi.domain.contact import catalogue, operations
from ahadi.domain.contact.operations import DayOutcome
from ahadi.web.frame import figures
from ahadi.web.frame.acting import Refused, act, new_key
from ahadi.web.frame.admission import DECIDERS, STAFF, Visitor, admits
from ahadi.web.frame.listing import Address
from ahadi.web.frame.rendering import show
from ahadi.web.pages.days import forms, rows
from ahadi.web.pages.days.forms import Choice, Kept


@admits(*STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def days(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """A calendar; a manager or administrator says of a day that it is, or is not, a holiday."""
    choice = forms.chosen(request.GET, country=catalogue.country_of(by=visitor.actor), today=visitor.today)
    error = choice.error
    if request.method == "POST":
        kept = forms.kept(request.POST)
        if isinstance(kept, Kept):
            done = _kept(request, visitor, choice, kept)
            if not isinstance(done, Refused):
                told = {"day": figures.day(kept.day, visitor.today)}
                messages.success(request, _("Kept: %(day)s. The gate knows it from now on.") % told)
                shown = {"country": choice.country, "year": str(kept.day.year)}
                return HttpResponseRedirect(Address(request.path, shown).having())
            kept = done.text
        error = kept
    year = catalogue.year(by=visitor.actor, country=choice.country, year=choice.year)
    return show(
        request,
        "days/templates/days.html",
        visitor=visitor,
        status=400 if error else 200,
        year=rows.year_view(year, today=visitor.today),
        error=error,
        may_keep=visitor.rights.may(*DECIDERS),
        key=new_key(),
    )


def _kept(request: HttpRequest, visitor: Visitor, choice: Choice, kept: Kept) -> DayOutcome | Refused:
    return act(
        request,
        visitor,
        "keep_day",
        lambda act: operations.keep_day(
            act, country=choice.country, day=kept.day, is_holiday=kept.is_holiday, name=kept.name
        ),
        DayOutcome,
    )
