"""The lists of codes, and one of them with what an administrator may change."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from ahadi.domain.contact import codes as kept
from ahadi.domain.contact.codes import CodeList, CodeOutcome
from ahadi.web.frame.acting import Refused, act, new_key
from ahadi.web.frame.admission import STAFF, Visitor, admits
from ahadi.web.frame.rendering import show
from ahadi.web.pages.codes import forms, rows
from ahadi.web.pages.codes.forms import Typed


@admits(*STAFF)
@require_safe
def codes(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Every list, with how many codes it has."""
    lists = [rows.list_row(_list(visitor, name)) for name in kept.LISTS]
    return show(request, "codes/templates/codes.html", visitor=visitor, lists=lists)


@admits(*STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def code_list(request: HttpRequest, visitor: Visitor, name: str) -> HttpResponse:
    """One list; an administrator adds, words, retires and takes up again."""
    listed, error = _list(visitor, name), ""
    if request.method == "POST":
        typed = forms.typed(request.POST, name)
        done = _kept(request, visitor, listed, typed) if isinstance(typed, Typed) else Refused(typed)
        if not isinstance(done, Refused):
            messages.success(request, _("Kept: %(code)s.") % {"code": done.code})
            return HttpResponseRedirect(request.path)
        error = done.text
    return show(
        request,
        "codes/templates/code_list.html",
        visitor=visitor,
        status=400 if error else 200,
        list=rows.list_view(listed),
        error=error,
        typed=request.POST if request.POST.get("step") == "add" else {},
        may_keep=visitor.rights.may("admin"),
        own=kept.OWN,
        key=new_key(),
    )


def _kept(request: HttpRequest, visitor: Visitor, listed: CodeList, typed: Typed) -> CodeOutcome | Refused:
    is_there = any(one.code.code == typed.change.code for one in listed.codes)
    if (typed.step == "add") == is_there:
        return Refused(_("There is such a code already.") if is_there else _("There is no such code in this list."))
    return act(request, visitor, "keep_code", lambda act: kept.keep_code(act, change=typed.change), CodeOutcome)


def _list(visitor: Visitor, name: str) -> CodeList:
    try:
        return kept.kept(visitor.actor.organisation_id or 0, name)
    except kept.UnableToKeepCode as error:
        raise Http404(str(error)) from error
