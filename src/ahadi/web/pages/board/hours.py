"""Hours of people against hours of work: the sentence, the move that helps, and the chart as shapes."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ahadi.domain.oversight.ports import Capacity, Officer, TeamHours
from ahadi.web.frame import figures
from ahadi.web.frame.reference import written

_WIDTH, _BASE, _TALL = 240, 58, 46
_HOURS_MAX = 12


@dataclass(frozen=True)
class HourBar:
    """One hour: the people of it, and what is missing on top."""

    hour: str
    x: int
    width: int
    middle: int
    people_y: int
    people_height: int
    short_y: int
    short_height: int


@dataclass(frozen=True)
class CapacityPanel:
    """What the panel says; `url` is empty where no move helps."""

    title: str
    text: str
    act: str
    url: str
    bars: tuple[HourBar, ...]


def panel(told: Capacity, officers: Sequence[Officer]) -> CapacityPanel:
    """The rest of the day in one sentence."""
    work = sum(one.work_minutes for one in told.teams)
    people = sum(one.people_minutes for one in told.teams)
    text = _("%(work)s hours of work left, %(people)s hours of people.") % {
        "work": _hours(work),
        "people": _hours(people),
    }
    title = _("There are people enough for today")
    if told.short_from is not None:
        short = ngettext("%(n)s officer short after %(time)s", "%(n)s officers short after %(time)s", told.short)
        title = short % {"n": figures.count(told.short), "time": figures.clock(told.short_from * 60)}
    if not people:
        title = _("Nobody works any more today")
    url, act = _move(told, officers)
    return CapacityPanel(title, text, act, url, _bars(told.teams))


def _hours(minutes: int) -> str:
    return f"{minutes // 60}.{minutes % 60 // 6}"


def _move(told: Capacity, officers: Sequence[Officer]) -> tuple[str, str]:
    if told.move is None:
        return "", ""
    giver, taker, count = told.move
    pairs = [("from", written("owner", one.owner_id)) for one in officers if one.team_id == giver]
    pairs += [("to", written("owner", one.owner_id)) for one in officers if one.team_id == taker]
    url = f"{reverse('board-move')}?{urlencode([*pairs, ('count', str(count)), ('way', 'capacity')])}"
    names = {one.team_id: one.team or _("those without a team") for one in told.teams}
    words = {"n": figures.count(count), "giver": names[giver], "taker": names[taker]}
    return url, _("Move %(n)s from %(giver)s to %(taker)s") % words


def _bars(teams: Sequence[TeamHours]) -> tuple[HourBar, ...]:
    """People and what is missing by hour, all teams together."""
    sums: dict[int, list[int]] = {}
    for hour, people, _work, short in (row for one in teams for row in one.hours):
        held = sums.setdefault(hour, [0, 0])
        held[0] += people
        held[1] += short
    if not sums:
        return ()
    most = max(people + short for people, short in sums.values()) or 1
    step = _WIDTH // min(len(sums), _HOURS_MAX)
    bars = []
    for place, (hour, (people, short)) in enumerate(sorted(sums.items())[:_HOURS_MAX]):
        tall, more = people * _TALL // most, short * _TALL // most
        x, width = place * step + 2, max(step - 10, 8)
        bars.append(HourBar(f"{hour:02}", x, width, x + width // 2, _BASE - tall, tall, _BASE - tall - more, more))
    return tuple(bars)
