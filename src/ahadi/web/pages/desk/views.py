"""The desk, and every act that is done at it; each is answered by the room as it then is."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ahadi.domain.audit.ports import Act
from ahadi.domain.contact.ports import Asked
from ahadi.domain.desk import operations, queries, shift, waiting
from ahadi.domain.desk.ports import DeskOutcome
from ahadi.domain.flows import begin_contact, receive_contact, record_outcome, take_down, undo_outcome
from ahadi.domain.flows import take_back as take_back_
from ahadi.domain.flows.begin_contact import ReachOutcome
from ahadi.domain.flows.record_outcome import ContactResult
from ahadi.domain.flows.take_down import Learnt, LearntOutcome
from ahadi.domain.flows.undo_outcome import UndoOutcome
from ahadi.domain.reporting import histories
from ahadi.domain.work.queries import require_seen
from ahadi.web.frame import cards, doings, figures, words
from ahadi.web.frame.acting import Refused, act
from ahadi.web.frame.admission import CALLERS, Visitor, admits
from ahadi.web.frame.refusals import refusal
from ahadi.web.frame.rendering import show
from ahadi.web.pages.desk import forms, fragments, keys, rows, wording
from ahadi.web.pages.desk.room import Toast, answered, dispositions, is_script, room

Move = Callable[[Act], DeskOutcome]


@require_safe
@admits(*CALLERS)
def desk(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """The desk as it was left."""
    return room(request, visitor)


@require_safe
@admits(*CALLERS)
def desk_account(request: HttpRequest, visitor: Visitor, account: int) -> HttpResponse:
    """The desk with an account on it: the one that is worked, or another to look at."""
    return room(request, visitor, account=account)


@admits(*CALLERS)
@require_POST
def take_next(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """On to the next account."""
    text = request.POST.get("note", "")
    move: Move = lambda one: operations.take_next(one, text=text)  # noqa: E731
    return answered(request, visitor, act(request, visitor, "take_next", move, DeskOutcome))


@admits(*CALLERS)
@require_POST
def pause(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Away from the calls, or back to them."""
    code = request.POST.get("code", "")
    move: Move = (lambda one: operations.pause(one, code=code)) if code else operations.resume
    return answered(request, visitor, act(request, visitor, "pause" if code else "resume", move, DeskOutcome))


@admits(*CALLERS)
@require_POST
def undo(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Takes the last outcome back."""
    done = act(request, visitor, "undo_outcome", undo_outcome.undo_outcome, UndoOutcome)
    return answered(request, visitor, done, Toast(_("Taken back. The account is open again, and nothing is lost.")))


@admits(*CALLERS)
@require_POST
def move(request: HttpRequest, visitor: Visitor, account: int, move: str) -> HttpResponse:
    """A move at the account that is open: answered, hung up, skipped, verified and the like."""
    require_seen(by=visitor.actor, account_id=account)
    posted = request.POST
    code = posted.get("reason", "")
    moves: dict[str, Move] = {
        "pull": lambda one: operations.pull_ahead(one, account_id=account, reason=code),
        "skip": lambda one: operations.skip(one, account_id=account, reason=code),
        "answer": lambda one: operations.answer(one, account_id=account),
        "hang-up": lambda one: operations.hang_up(one, account_id=account),
        "again": lambda one: operations.again(one, account_id=account),
        "extend": lambda one: operations.extend_wrap(one, account_id=account, reason=code),
        "verify": lambda one: operations.verify(one, account_id=account, proofs=posted.getlist("proof")),
        "unmask": lambda one: operations.unmask(
            one, account_id=account, contact_point_id=forms.point_of(posted) or 0, reason=code
        ),
        "note": lambda one: operations.note(one, account_id=account, text=posted.get("note", "")),
        "hold": lambda one: operations.hold_again(one, account_id=account),
    }
    if move not in moves:
        raise Http404(f"there is no move {move}")
    return answered(request, visitor, act(request, visitor, f"desk_{move}", moves[move], DeskOutcome))


@admits(*CALLERS)
@require_POST
def call(request: HttpRequest, visitor: Visitor, account: int) -> HttpResponse:
    """Asks the gate and begins the call; what stops it is shown in its place."""
    asked = Asked(account, "call", contact_point_id=forms.point_of(request.POST))
    done = act(
        request, visitor, "begin_contact", lambda one: begin_contact.begin_contact(one, asked=asked), ReachOutcome
    )
    if not isinstance(done, Refused) and done.contact_id is None:
        told = _("The gate says not now: %(rules)s.") % {"rules": words.listed(done.rules)}
        return answered(request, visitor, Refused(told))
    return answered(request, visitor, done)


@admits(*CALLERS)
@require_POST
def receive(request: HttpRequest, visitor: Visitor, account: int) -> HttpResponse:
    """Somebody calls or stands at the counter: their account is open at once."""
    channel, point = request.POST.get("channel", ""), forms.point_of(request.POST)
    done = act(
        request,
        visitor,
        "receive_contact",
        lambda one: receive_contact.receive_contact(one, account_id=account, channel=channel, contact_point_id=point),
        receive_contact.ReceivedOutcome,
    )
    return answered(request, visitor, done)


@admits(*CALLERS)
@require_POST
def outcome(request: HttpRequest, visitor: Visitor, account: int) -> HttpResponse:
    """Writes down what came of the call, with all that was typed, and goes on where the key does."""
    require_seen(by=visitor.actor, account_id=account)
    at, house = queries.at(by=visitor.actor), queries.house(by=visitor.actor)
    if at.account_id != account or at.contact_id is None:
        return answered(request, visitor, Refused(_("No call is under way with this account; begin one first.")))
    currency, arrears = queries.arrears(account)
    try:
        sent = forms.sent(request.POST, currency=currency, arrears_minor=arrears, zone=house.zone)
    except forms.UnableToReadForm as error:
        return _not_taken(request, visitor, account, Refused(refusal(str(error))))
    contact = at.contact_id
    done = act(
        request,
        visitor,
        "record_outcome",
        lambda one: record_outcome.record_outcome(one, contact_id=contact, result=sent.result, along=sent.along),
        ContactResult,
    )
    if isinstance(done, Refused):
        return _not_taken(request, visitor, account, done)
    label = dispositions(visitor).get(sent.result, sent.result)
    text = _("%(name)s: %(outcome)s") % {"name": queries.name_of(account) or "", "outcome": label}
    return answered(request, visitor, done, Toast(text, queries.figure("undo", as_of=visitor.today)))


def _not_taken(request: HttpRequest, visitor: Visitor, account: int, refused: Refused) -> HttpResponse:
    """Why an outcome was not written down: of a promise on its own card, with what was typed there."""
    card = cards.card("promise")
    if card is None or request.POST.get("result") != forms.PROMISE or not is_script(request):
        return answered(request, visitor, refused)
    typed = {name: request.POST.get(name, "") for name in ("amount", "day", "source")}
    answer = fragments.show_card(request, visitor, account, card, typed=typed, refused=refused.text)
    answer["HX-Retarget"], answer["HX-Reswap"] = "#card", "innerHTML"
    return answer


@admits(*CALLERS)
@require_POST
def bad_number(request: HttpRequest, visitor: Visitor, account: int) -> HttpResponse:
    """Takes down that a number is not theirs: it is not used any more."""
    learnt = Learnt("WRONG_NUMBER", "officer", contact_point_id=forms.point_of(request.POST))
    person = forms.person_of(request.POST)
    done = act(
        request,
        visitor,
        "disown_point",
        lambda one: take_down.take_down(one, account_id=account, person_id=person, learnt=learnt),
        LearntOutcome,
    )
    told = histories.last_told(by=visitor.actor, seconds=queries.figure("undo", as_of=visitor.today))
    back = reverse("desk-take-back", args=[account, told[0]]) if told is not None else ""
    toast = Toast(_("That number is not used any more."), told[2] if told is not None else 0, back)
    return answered(request, visitor, done, toast)


@admits(*CALLERS)
@require_POST
def take_back(request: HttpRequest, visitor: Visitor, account: int, telling: int) -> HttpResponse:
    """Takes back what was just told."""
    move = lambda one: take_back_.take_back(one, account_id=account, act_id=telling)  # noqa: E731
    done = act(request, visitor, "take_back", move, take_back_.TakenBackOutcome)
    return answered(request, visitor, done, Toast(_("Taken back. It counts as if it had never been said.")))


@admits(*CALLERS)
@require_POST
def draft(request: HttpRequest, visitor: Visitor, account: int) -> HttpResponse:
    """Keeps what is being typed."""
    operations.keep_draft(by=visitor.actor, account_id=account, content=forms.kept(request.POST))
    return HttpResponse(status=204)


@admits(*CALLERS)
@require_POST
def beat(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """A sign of life; tells whether the account that is open is still this person's."""
    return JsonResponse({"held": operations.keep_alive(by=visitor.actor)})


@require_safe
@admits(*CALLERS)
def end_of_shift(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """What was planned and what was done today, and who comes first tomorrow."""
    told = shift.whole(by=visitor.actor, as_of=visitor.today)
    house = queries.house(by=visitor.actor)
    first = waiting.queue(by=visitor.actor, as_of=visitor.today, rows=5)
    seconds = [
        (doings.pause(code) if code and state == "pause" else doings.state(state), figures.count(value // 60))
        for state, code, value in told.seconds
    ]
    return show(
        request,
        "desk/templates/shift.html",
        visitor=visitor,
        shift=told,
        top=rows.top_view(told),
        seconds=seconds,
        first=rows.queue_view(first, is_open=False, handling=0, zone=house.zone).rows,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@admits(*CALLERS)
def my_keys(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """The keys, and how to choose others."""
    error = ""
    if request.method == "POST":
        chosen = keys.own({name: request.POST.get(name, "") for name in keys.HOUSE})
        if len(set(keys.chosen(chosen).values())) < len(keys.HOUSE):
            error = _("Two commands are on one key; give each a key of its own.")
        else:
            act(request, visitor, "keep_keys", lambda one: operations.keep_keys(one, keys=chosen), DeskOutcome)
            return HttpResponseRedirect(reverse("desk-keys"))
    now = keys.chosen(queries.keys(by=visitor.actor))
    listed = [(command, wording.command(command), code, keys.label(code)) for command, code in now.items()]
    return show(request, "desk/templates/keys.html", visitor=visitor, status=400 if error else 200, listed=listed,
                error=error, is_script=is_script(request))  # fmt: skip
