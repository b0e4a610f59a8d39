"""How far a number or address is believed, in words: a word and a figure, who told, and each reason as a sentence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ahadi.domain.parties.believing import Believed
from ahadi.domain.reporting.contacts import Met
from ahadi.web.frame import contact, figures
from ahadi.web.frame.doings import Word
from ahadi.web.frame.reference import written

_LIKELY, _MAYBE = 70, 40
_ICONS = {"phone": "phone", "email": "inbox", "address": "map-pin"}


@dataclass(frozen=True)
class BeliefRow:
    """A number or address: masked as everywhere, how far it is believed in word and figure, and why."""

    reference: str
    person: str
    icon: str
    kind: str
    text: str
    word: Word
    figure: str
    told: str
    tried: str
    is_wrong: bool
    is_replaced: bool
    reasons: tuple[tuple[str, str], ...]
    history_url: str
    correct_url: str
    wrong_url: str


@dataclass(frozen=True)
class WhoseRow:
    """Somebody who has to do with an account, with their numbers and addresses, the best believed first."""

    name: str
    role: str
    points: tuple[BeliefRow, ...]


def whose_rows(
    people: Sequence[Met],
    believed: Mapping[int, Sequence[Believed]],
    *,
    account: int,
    today: date,
    uncovered: frozenset[int] = frozenset(),
) -> tuple[WhoseRow, ...]:
    """Everybody with what is known of where to reach them: telephones first."""
    met = {one.person_id: one for one in people}
    return tuple(
        WhoseRow(
            one.name or _("Somebody without a name"),
            contact.role(one.role),
            tuple(
                belief_row(point, account=account, today=today, uncovered=uncovered)
                for point in sorted(believed[one.person_id], key=lambda point: list(_ICONS).index(point.kind))
            ),
        )
        for one in met.values()
        if one.person_id in believed
    )


def belief_row(one: Believed, *, account: int, today: date, uncovered: frozenset[int] = frozenset()) -> BeliefRow:
    """One number or address."""
    reference = written("point", one.point_id)
    return BeliefRow(
        reference=reference,
        person=written("person", one.person_id),
        icon="phone-off" if one.is_wrong and one.kind == "phone" else _ICONS[one.kind],
        kind=kind(one.kind),
        text=one.text if one.point_id in uncovered else contact.masked(one.text, one.kind),
        word=word(one),
        figure=figures.count(one.belief),
        told=_("%(source)s, %(day)s") % {"source": source(one.source), "day": figures.day(one.told_on, today)},
        tried=_tried(one),
        is_wrong=one.is_wrong,
        is_replaced=one.replaced_by is not None,
        reasons=tuple((_sentence(reason, one, today), figures.signed(points)) for reason, points in one.reasons),
        history_url=reverse("point", args=[account, one.point_id]),
        correct_url=f"{reverse('tell', args=[account])}?kind={one.kind}&replaces={reference}",
        wrong_url=reverse("disown", args=[account, one.point_id]),
    )


def word(one: Believed) -> Word:
    """How far it is believed, so that the figure need not be interpreted."""
    if one.replaced_by is not None:
        return Word(_("replaced"), "repeat", "")
    if one.is_wrong:
        return Word(_("not theirs"), "ban", "late")
    if one.belief >= _LIKELY:
        return Word(_("sure"), "badge-check", "kept")
    if one.belief >= _MAYBE:
        return Word(_("likely"), "circle-check", "next")
    return Word(_("doubtful"), "circle-dashed", "warn")


def kind(code: str) -> str:
    """What somebody may be told of."""
    known = {
        "phone": _("Telephone"),
        "email": _("E-mail"),
        "address": _("Address"),
        "identity": _("Number of a paper"),
        "birth_date": _("Day of birth"),
    }
    return known.get(code, code)


def source(code: str) -> str:
    """Who told."""
    known = {
        "debtor": _("the debtor"),
        "relative": _("a relative"),
        "neighbour": _("a neighbour"),
        "employer": _("the employer"),
        "guarantor": _("the guarantor"),
        "creditor": _("the creditor"),
        "registry": _("a public register"),
        "paper": _("a document"),
        "visit": _("a visit"),
        "officer": _("an officer"),
    }
    return known.get(code, code)


def _tried(one: Believed) -> str:
    if not one.tried:
        return _("not tried yet")
    told = {"reached": figures.count(one.reached), "tried": figures.count(one.tried)}
    return ngettext("reached %(reached)s of %(tried)s time", "reached %(reached)s of %(tried)s times", one.tried) % told


def _sentence(reason: str, one: Believed, today: date) -> str:
    named = {"source": source(one.source), "day": figures.day(one.told_on, today), "n": figures.count(one.others)}
    shared = ngettext("%(n)s other debtor has it too.", "%(n)s other debtors have it too.", one.others) % named
    if one.others_marked:
        shared = _("%(shared)s At one of them somebody said that it is not theirs.") % {"shared": shared}
    known = {
        "told": _("Told by %(source)s on %(day)s.") % named,
        "old": _("It was told a long time ago."),
        "spoken": _("They were spoken with by it."),
        "silent": _("Nobody answered several times."),
        "other": _("Somebody else answered last."),
        "dead": _("It was not in service when it was tried last."),
        "shared": shared,
        "marked": _("Somebody said that it is not theirs."),
    }
    return known.get(reason, reason)
