"""The forms about what is known of people, ready for the page."""

from dataclasses import dataclass
from datetime import date

from django.http import QueryDict
from django.utils.translation import gettext as _

from ahadi.domain.contact import places
from ahadi.domain.flows.take_down import KINDS, OF_DEBTOR, SOURCES
from ahadi.domain.reporting.contacts import Learnt, Met, Reach
from ahadi.kernel.rule import CHANNELS
from ahadi.web.frame import contact, figures, relations, words
from ahadi.web.frame.options import Option, options
from ahadi.web.frame.reference import written
from ahadi.web.pages.known.forms import SPANS, fields_of

_PERMITS = ("CONSENT", "CALL_CONSENT", "ADDRESS_PROVEN", "VISIT_NOTICED", "BUSINESS", "LANGUAGE", "TIME_ZONE")


@dataclass(frozen=True)
class KindGroup:
    """Kinds of circumstance that belong together, as links."""

    label: str
    kinds: tuple[Option, ...]


@dataclass(frozen=True)
class LearnView:
    """The form of one kind: which fields it asks for, and what may be chosen."""

    kind: str
    title: str
    note: str
    fields: tuple[str, ...]
    people: tuple[Option, ...]
    sources: tuple[Option, ...]
    channels: tuple[Option, ...]
    points: tuple[Option, ...]
    zones: tuple[str, ...]
    value: str
    from_at: str
    until_at: str
    is_account_alone: bool


@dataclass(frozen=True)
class SpanRow:
    """One span of a day, as typed; `error` says what is wrong with it."""

    field: str
    begin: str
    end: str
    error: str


@dataclass(frozen=True)
class DayRow:
    """A day of the week with its spans."""

    label: str
    spans: tuple[SpanRow, ...]


@dataclass(frozen=True)
class EndView:
    """What is to be ended, and what that lets happen."""

    title: str
    detail: str
    effect: str
    lets_reach: bool


def groups(address: str, chosen: str) -> tuple[KindGroup, ...]:
    """Every kind as a link, the weighty ones first."""

    def linked(kinds: tuple[str, ...]) -> tuple[Option, ...]:
        return tuple(Option(one, contact.fact(one), one == chosen, f"{address}?kind={one}") for one in kinds)

    others = tuple(one for one in KINDS if one not in OF_DEBTOR and one not in _PERMITS)
    return (
        KindGroup(_("Stops contact about the debt"), linked(OF_DEBTOR)),
        KindGroup(_("Stops some ways to a person"), linked(others)),
        KindGroup(_("Permits, or tells how"), linked(tuple(one for one in KINDS if one in _PERMITS))),
    )


def learn_view(reach: Reach, kind: str, typed: QueryDict) -> LearnView:
    """The form of a kind, with what was typed before."""
    is_of_debtor = kind in OF_DEBTOR
    return LearnView(
        kind=kind,
        title=contact.fact(kind),
        note=_note(kind),
        fields=fields_of(kind),
        people=() if is_of_debtor else relations.people(reach.people, typed.get("person", "")),
        sources=sources(typed.get("source", "")),
        channels=options({one: contact.channel(one) for one in CHANNELS}, typed.get("channel", ""), _("Every channel")),
        points=_points(reach, typed.get("point", "")),
        zones=_zones(reach) if kind == "TIME_ZONE" else (),
        value=typed.get("value", ""),
        from_at=typed.get("from_at", ""),
        until_at=typed.get("until_at", ""),
        is_account_alone="on_account_alone" in typed,
    )


def sources(chosen: str) -> tuple[Option, ...]:
    """Who may have told."""
    return options({one: contact.source(one) for one in SOURCES}, chosen or "debtor")


def days(met: Met | None, typed: QueryDict | None, errors: dict[str, str]) -> tuple[DayRow, ...]:
    """The week of a person, or as it was typed."""
    quiet = met.quiet if met else ()
    return tuple(
        DayRow(contact.weekday(day), tuple(_span(day, turn, _mine(quiet, day), typed, errors) for turn in range(SPANS)))
        for day in range(1, 8)
    )


def end_view(learnt: Learnt, *, zone: str, today: date) -> EndView:
    """What ending a circumstance means, in a sentence."""
    lets_reach = learnt.kind not in _PERMITS
    detail = [
        contact.channel(learnt.channel) if learnt.channel else "",
        learnt.value or "",
        _("told by %(source)s") % {"source": contact.source(learnt.source)},
        _("since %(moment)s") % {"moment": figures.moment(learnt.from_at, zone, today)},
    ]
    if lets_reach:
        effect = _("Once it is ended, this does not keep us from reaching people any more. Other rules still hold.")
    else:
        effect = _(
            "Once it is ended, what rested on it is not lawful any more. Contacts that wait are asked about again."
        )
    return EndView(contact.fact(learnt.kind), words.listed(detail), effect, lets_reach)


def _note(kind: str) -> str:
    if kind in OF_DEBTOR:
        return _("It holds for everybody who would be reached about the debts of this person, from now on.")
    known = {
        "OPT_OUT": _("It holds at once. Leave channel and number open where they want no contact at all."),
        "TIME_ZONE": _("A zone that is confirmed counts alone, whatever numbers and addresses say."),
        "LANGUAGE": _("The code of a language, such as sw for Kiswahili."),
        "WORK_BARRED": _("Nobody is reached at work any more."),
    }
    return known.get(kind, _("It holds from now on, or from the moment that you choose."))


def _points(reach: Reach, chosen: str) -> tuple[Option, ...]:
    labels = {
        written("point", point.point_id): contact.masked(point.text, point.kind)
        for met in reach.people
        for point in met.points
    }
    return options(labels, chosen, _("Every number and address"))


def _zones(reach: Reach) -> tuple[str, ...]:
    """Zones to offer: those that are thought of, and then every one there is."""
    mine = dict.fromkeys(zone for answer in reach.answers for zone in answer.zones)
    return (*mine, *sorted(places.known_zones() - set(mine)))


def _mine(quiet: tuple[tuple[int, int, int], ...], day: int) -> list[tuple[int, int]]:
    return [(begin, end) for weekday, begin, end in quiet if weekday == day]


def _span(day: int, turn: int, mine: list[tuple[int, int]], typed: QueryDict | None, errors: dict[str, str]) -> SpanRow:
    field = f"d{day}s{turn}"
    if typed is not None:
        return SpanRow(field, typed.get(f"{field}from", ""), typed.get(f"{field}until", ""), errors.get(field, ""))
    if turn >= len(mine):
        return SpanRow(field, "", "", "")
    begin, end = mine[turn]
    return SpanRow(field, figures.clock(begin), figures.clock(end % 1440), "")
