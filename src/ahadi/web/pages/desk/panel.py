"""What to do with the account that is open: the call, who it is, what to say, what comes of it, and what comes next."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ahadi.domain.contact.ports import Answer
from ahadi.domain.desk import queries
from ahadi.domain.desk.ports import PREVIEW, WRAP, At, Draft, Following, Proof
from ahadi.domain.desk.queries import House, Opened
from ahadi.web.frame import answers, cards, contact, doings, figures, words
from ahadi.web.frame.answers import AnswerRow
from ahadi.web.frame.options import Option, options
from ahadi.web.frame.reference import written
from ahadi.web.pages.desk import keys, rows, wording
from ahadi.web.pages.desk.rows import Timer

_STEPS = ("ready", "preview", "dial", "talk", "wrap")
_REASONS = ("SALARY_DELAY", "UNEMPLOYED", "ILLNESS_SELF", "PAYMENT_DISPUTE", "FORGOT", "MOVED", "SEASONAL", "UNWILLING")
"""Offered first; the list of all follows."""


@dataclass(frozen=True)
class Step:
    """A stage of the call in the track."""

    label: str
    is_now: bool
    is_ahead: bool


@dataclass(frozen=True)
class Number:
    """A telephone that may be dialled, or not: as it is shown, and in full where it was uncovered."""

    reference: str
    text: str
    tel: str
    is_allowed: bool


@dataclass(frozen=True)
class CallView:
    """The strip at the top of the panel."""

    state: str
    tone: str
    word: str
    icon: str
    timer: Timer
    track: tuple[Step, ...]
    number: Number | None
    stop: AnswerRow | None
    answer: str
    extensions: str
    may_extend: bool
    share_since: int


@dataclass(frozen=True)
class ProofRow:
    """A fact to tick."""

    code: str
    label: str
    value: str


@dataclass(frozen=True)
class OutcomeRow:
    """A number key: what it writes down, or the card that it opens."""

    key: str
    name: str
    label: str
    note: str
    result: str
    card: str
    card_url: str
    advances: bool


@dataclass(frozen=True)
class CardRow:
    """A card that may be opened."""

    name: str
    label: str
    icon: str
    key: str
    url: str
    is_shown: bool


@dataclass(frozen=True)
class Said:
    """What to say, in the language of the debtor and, where it is another, in one's own."""

    text: str
    language: str
    direction: str
    gloss: str


@dataclass(frozen=True)
class PanelView:
    """The panel."""

    call: CallView
    proofs: tuple[ProofRow, ...]
    needed: int
    verified: str
    say: Said | None
    reasons: tuple[Option, ...]
    reason: str
    outcomes: tuple[OutcomeRow, ...]
    cards: tuple[CardRow, ...]
    note: str
    wrote: str
    draft: Mapping[str, str]
    next: tuple[tuple[str, str, str], ...]
    has_outcome: bool
    duties: tuple[str, ...]


def panel_view(
    opened: Opened, at: At, *, house: House, officer: str, today: date, draft: Draft, own: Mapping[str, str]
) -> PanelView:
    """The panel for an account that is open for work."""
    answer = rows.call_of(opened)
    known = queries.proofs(opened)
    row = _answer_row(opened, answer, today) if answer is not None else None
    wrote = _written(opened, at)
    chosen = keys.chosen(own)
    now, week = opened.reach.now, rows.attempts_of_week(opened, today, opened.reach.zone)
    return PanelView(
        call=call_view(opened.account_id, at, row, number=_number(opened, row), now=now, today=today),
        proofs=tuple(ProofRow(one.code, wording.proof(one.code), _proof(one, opened)) for one in known),
        needed=queries.proofs_needed(known),
        verified=words.listed(wording.proof(one) for one in at.proofs),
        say=_say(opened, at, house=house, officer=officer, today=today),
        reasons=(),
        reason=opened.reason or "",
        outcomes=_outcomes(opened.account_id, at),
        cards=_cards(opened.account_id, at, chosen),
        note=draft.content.get("note", wrote),
        wrote=wrote,
        draft=draft.content,
        next=_next(_following(opened, week), today),
        has_outcome=at.has_outcome,
        duties=tuple(one.text for one in row.says) if row else (),
    )


def wrapped(
    account_id: int, at: At, following: Following, *, now: datetime, today: date, draft: Draft, own: Mapping[str, str]
) -> PanelView:
    """The panel once the outcome is written down: what happens next, and what may still be added."""
    return PanelView(
        call=call_view(account_id, at, None, number=None, now=now, today=today),
        proofs=(),
        needed=0,
        verified="",
        say=None,
        reasons=(),
        reason="",
        outcomes=(),
        cards=_cards(account_id, at, keys.chosen(own)),
        note="",
        wrote="",
        draft=draft.content,
        next=_next(following, today),
        has_outcome=True,
        duties=(),
    )


def with_reasons(labels: Mapping[str, str], chosen: str) -> tuple[Option, ...]:
    """Why somebody is behind: those that come most often first."""
    ordered = {code: labels[code] for code in _REASONS if code in labels}
    return options({**ordered, **labels}, chosen, _("Not told yet"))


def call_view(
    account_id: int, at: At, row: AnswerRow | None, *, number: Number | None, now: datetime, today: date
) -> CallView:
    """The strip: what is being done, for how long, and what stops it."""
    is_open = at.account_id == account_id
    state = at.state if is_open else "preview"
    word = doings.state(state)
    limits = _limits(state, at, today)
    is_stopped = state == PREVIEW and row is not None and row.answer != "allow"
    tones = {"preview": "dial", "dial": "dial", "talk": "live", "wrap": "wrap"}
    most = queries.figure("wrap_extensions", as_of=today)
    return CallView(
        state=state,
        tone="stop" if is_stopped else tones.get(state, "ready"),
        word=word.text,
        icon=word.icon,
        timer=rows.timer(at.since if is_open else now, now, amber=limits[0], red=limits[1]),
        track=tuple(
            Step(doings.state(one).text, one == state, place > _STEPS.index(state)) for place, one in enumerate(_STEPS)
        ),
        number=number,
        stop=row if is_stopped else None,
        answer=row.answer if row else "block",
        extensions=_("%(used)s of %(all)s extensions used") % {"used": at.extensions, "all": most},
        may_extend=at.extensions < most,
        share_since=limits[1],
    )


def _limits(state: str, at: At, today: date) -> tuple[int, int]:
    def figure(name: str) -> int:
        return queries.figure(name, as_of=today)

    more = at.extensions * figure("wrap_more")
    return {
        "preview": (figure("preview"), 0),
        "dial": (figure("no_answer"), 0),
        "wrap": (figure("wrap_amber") + more, figure("wrap") + more),
    }.get(state, (0, 0))


def _answer_row(opened: Opened, answer: Answer, today: date) -> AnswerRow:
    met = next((one for one in opened.reach.people if one.person_id == answer.asked.person_id), None)
    points = {one.point_id: one for one in met.points} if met else {}
    return answers.answer_row(
        answer,
        points.get(answer.asked.contact_point_id or 0),
        zone=opened.reach.zone,
        today=today,
        now=opened.reach.now,
        titles=opened.reach.titles,
    )


def _number(opened: Opened, row: AnswerRow | None) -> Number | None:
    answer = rows.call_of(opened)
    if answer is None or answer.asked.contact_point_id is None or row is None:
        return None
    text = next(
        (point.text for met in opened.reach.people for point in met.points
         if point.point_id == answer.asked.contact_point_id), "",
    )  # fmt: skip
    return Number(
        reference=written("point", answer.asked.contact_point_id),
        text=contact.masked(text, "phone"),
        tel=text,
        is_allowed=answer.answer == "allow",
    )


def _proof(proof: Proof, opened: Opened) -> str:
    if proof.code != "last_receipt":
        return proof.value
    mine = opened.statement.accounts.row(0, named=True)
    return figures.whole(int(proof.value), mine["currency"]).text


def _say(opened: Opened, at: At, *, house: House, officer: str, today: date) -> Said | None:
    """The line for the situation: before somebody was recognised it names no creditor and no debt."""
    mine = next(
        row for row in opened.statement.accounts.iter_rows(named=True) if row["account_id"] == opened.account_id
    )
    situation = "open"
    if at.is_verified:
        is_new = (today - mine["placed_on"]).days <= 7
        situation = "broken_promise" if opened.judged > opened.kept else "new" if is_new else "late"
    met = next((one for one in opened.reach.people if one.role == "debtor"), None)
    theirs = (met.language if met else None) or house.language
    named = {"officer": officer.split()[0], "house": house.name, "name": mine["debtor_name"] or _("you")}
    text = queries.said(situation, theirs, house=house.code, as_of=today)
    ours = (get_language() or "en").split("-")[0]
    gloss = queries.said(situation, ours, house=house.code, as_of=today) or ""
    if text is None:
        text, theirs = gloss, ours
    if not text:
        return None
    return Said(
        text.format(**named),
        theirs,
        "rtl" if theirs == "ar" else "ltr",
        gloss.format(**named) if theirs != ours else "",
    )


def _outcomes(account_id: int, at: At) -> tuple[OutcomeRow, ...]:
    return tuple(
        OutcomeRow(
            key=str(one.key),
            name=one.name,
            label=wording.outcome(one.name),
            note=_("opens card") if _card_url(one.card, account_id) else _("saves, next") if one.advances else "",
            result=one.result,
            card=one.card or "",
            card_url=_card_url(one.card, account_id),
            advances=one.advances,
        )
        for one in queries.terms().outcomes
    )


def _card_url(name: str | None, account_id: int) -> str:
    found = cards.card(name) if name else None
    return _address(found, account_id) if found else ""


def _address(card: cards.Card, account_id: int) -> str:
    args: list[Any] = [account_id, card.name] if card.url_name == "desk-card" else [account_id]
    return reverse(card.url_name, args=args)


def _cards(account_id: int, at: At, chosen: Mapping[str, str]) -> tuple[CardRow, ...]:
    is_on_call = at.contact_id is not None
    return tuple(
        CardRow(
            one.name,
            wording.card(one.name),
            one.icon,
            keys.label(chosen.get(one.name, "")),
            _address(one, account_id),
            _is_shown(one, at),
        )
        for one in cards.CARDS
        if is_on_call or not one.is_for_call
    )


def _is_shown(card: cards.Card, at: At) -> bool:
    """Whether a card has a button of its own at the foot of the panel; the others open by another one."""
    if card.name in ("more", "note", "longer"):
        return False
    if card.name == "skip":
        return at.state == PREVIEW
    if card.name in {one.card for one in queries.terms().outcomes}:
        return not card.is_for_call and (at.contact_id is None or at.has_outcome)
    return not card.is_for_call or not at.has_outcome


def _written(opened: Opened, at: At) -> str:
    """The note as it stands before anybody changes it."""
    if at.contact_id is None or at.account_id != opened.account_id:
        return ""
    tried = next((one for one in opened.reach.tried if one.contact_id == at.contact_id), None)
    if tried is None:
        return ""
    seconds = max(0, int((opened.reach.now - tried.began_at).total_seconds()))
    number = next(
        (contact.masked(point.text, point.kind) for met in opened.reach.people for point in met.points
         if point.point_id == tried.point_id), "",
    )  # fmt: skip
    return _("Called %(number)s at %(time)s, %(seconds)s s.") % {
        "number": number,
        "time": f"{tried.began_at.astimezone(ZoneInfo(opened.reach.zone)):%H:%M}",
        "seconds": seconds if at.state != WRAP else max(0, int((at.since - tried.began_at).total_seconds())),
    }


def _following(opened: Opened, week: int) -> Following:
    step = opened.statement.next_action
    action, due_on = step.select("action", "due_on").row(0) if step.height else (None, None)
    return Following(opened.promise[1] if opened.promise is not None else None, action, due_on, week)


def _next(following: Following, today: date) -> tuple[tuple[str, str, str], ...]:
    found = []
    if following.promise_due_on is not None:
        found.append(("handshake", _("The promise falls due"), figures.day(following.promise_due_on, today)))
    if following.action is not None and following.action_on is not None:
        found.append(("phone", words.next_step(following.action), figures.day(following.action_on, today)))
    found.append(("shield-check", _("Calls this week, this one counted"), figures.count(following.week)))
    return tuple(found)
