"""The board ready for the page: one row for each officer, teams in sum, small charts as shapes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ahadi.domain.oversight.ports import Cash, Effort, Officer, Yield
from ahadi.web.frame import doings, figures
from ahadi.web.frame.doings import Word
from ahadi.web.frame.figures import Amount
from ahadi.web.frame.reference import written

_WIDTH, _HEIGHT = 56, 18
_BEHIND_PCT, _WELL_PCT, _LOW_PCT = 80, 95, 60
_FULL_PCT = 125
"""A bar is full at so much of what was expected; the tick stands at all of it."""


@dataclass(frozen=True)
class StateCell:
    """What somebody does, since when (milliseconds), and when that becomes long, in seconds."""

    ref: str
    word: Word
    since: int
    amber: int
    red: int
    debtor: str


@dataclass(frozen=True)
class Bar:
    """One hour of a small chart."""

    x: str
    y: str
    height: str


@dataclass(frozen=True)
class CountCell:
    """Clients tried against what this hour expects, and promises."""

    ref: str
    clients: str
    label: str
    is_behind: bool
    bars: tuple[Bar, ...]
    line: str
    contacts: str
    promises: str


@dataclass(frozen=True)
class MoneyCell:
    """Promises kept, cash against expected, accounts long without a talk."""

    ref: str
    kept: str
    is_kept_low: bool
    cash: str
    came: str
    tone: str
    width: str
    silent: str
    silent_url: str


@dataclass(frozen=True)
class OfficerRow:
    """One officer."""

    ref: str
    name: str
    url: str
    move_url: str
    desk_url: str
    state: StateCell
    counts: CountCell
    money: MoneyCell


@dataclass(frozen=True)
class TeamRow:
    """A team with its officers and their sums."""

    ref: str
    name: str
    people: str
    clients: str
    promises: str
    kept: str
    cash: str
    silent: str
    rows: tuple[OfficerRow, ...]


@dataclass(frozen=True)
class Tile:
    """A figure of the whole floor with what it is measured by."""

    ref: str
    label: str
    value: str
    beside: str
    note: str
    tone: str = ""
    bars: tuple[Bar, ...] = ()
    url: str = ""


@dataclass(frozen=True)
class Thresholds:
    """After how many seconds each state is long, and too long."""

    preview: int
    no_answer: int
    talk_amber: int
    talk_red: int
    wrap_amber: int
    wrap: int

    def of(self, state: str | None) -> tuple[int, int]:
        """Amber and red of a state; 0 where there is none."""
        known = {
            "preview": (self.preview, 0),
            "dial": (self.no_answer, 0),
            "talk": (self.talk_amber, self.talk_red),
            "wrap": (self.wrap_amber, self.wrap),
        }
        return known.get(state or "", (0, 0))


@dataclass(frozen=True)
class Told:
    """All that is known of the floor; an empty mapping where a part was not asked for."""

    efforts: Mapping[int, Effort]
    yields: Mapping[int, Yield]
    past: Mapping[int, int]
    waiting: Mapping[int, int] = field(default_factory=dict)


def state_cell(one: Officer, *, now: datetime, thresholds: Thresholds, is_named: bool = True) -> StateCell:
    """What somebody does at this moment."""
    if one.state is None:
        word = Word(_("Not here"), "door-closed", "pause")
    elif one.state == "pause" and one.code:
        word = doings.pause(one.code)
        word = replace(word, tone="reset" if one.code == "reset" else "pause")
    else:
        word = doings.state(one.state)
    amber, red = thresholds.of(one.state)
    since = int((one.since or now).timestamp() * 1000) if one.state else 0
    return StateCell(written("person", one.person_id), word, since, amber, red, (one.debtor or "") if is_named else "")


def count_cell(one: Officer, told: Effort) -> CountCell:
    """The small chart of the day, drawn on a scale of its own."""
    bars, line = _chart(told)
    return CountCell(
        ref=written("person", one.person_id),
        clients=figures.count(told.clients),
        label=_("%(done)s tried, %(expected)s expected by now")
        % {"done": figures.count(told.clients), "expected": figures.count(told.expected)},
        is_behind=told.clients * 100 < told.expected * _BEHIND_PCT,
        bars=bars,
        line=line,
        contacts=figures.count(told.contacts),
        promises=figures.count(told.promises),
    )


_FIRST_HOUR, _HOURS = 8, 11


def _chart(told: Effort) -> tuple[tuple[Bar, ...], str]:
    """A bar for each hour of the day shown, and the height at which an even day would be."""
    by_hour = dict(told.hours)
    even = told.planned / 9 or 1
    most = max([even * 1.3, *by_hour.values()])
    step = _WIDTH / _HOURS
    bars, first = [], _first_hour(by_hour)
    for place in range(_HOURS):
        clients = by_hour.get(first + place, 0)
        if clients:
            height = max(1.0, _HEIGHT * clients / most)
            bars.append(Bar(f"{place * step + 0.5:.1f}", f"{_HEIGHT - height:.1f}", f"{height:.1f}"))
    return tuple(bars), f"{_HEIGHT - _HEIGHT * even / most:.1f}"


def _first_hour(by_hour: Mapping[int, int]) -> int:
    """From 08 on; earlier or later where the work was, so that what is latest is never left out."""
    earliest, latest = min(by_hour, default=_FIRST_HOUR), max(by_hour, default=_FIRST_HOUR)
    return max(min(_FIRST_HOUR, earliest), latest - _HOURS + 1)


def money_cell(one: Officer, told: Yield) -> MoneyCell:
    """Kept, cash and silence; the bar of the currency in which most is expected."""
    main = told.cash[0] if told.cash else None
    pct = _pct(main)
    return MoneyCell(
        ref=written("person", one.person_id),
        kept=share(told.kept, told.judged),
        is_kept_low=bool(told.judged) and told.kept * 100 < told.judged * _LOW_PCT,
        cash=_("%(pct)s %%") % {"pct": figures.count(pct)} if pct is not None else "—",
        came=_money(main),
        tone="kept" if pct is None or pct >= _WELL_PCT else "warn" if pct >= _LOW_PCT else "late",
        width=f"{min(pct or 0, _FULL_PCT) * 100 / _FULL_PCT:.1f}",
        silent=figures.count(told.silent),
        silent_url=(
            f"{reverse('board-accounts')}?figure=silent&of={written('owner', one.owner_id)}" if told.silent else ""
        ),
    )


def _pct(one: Cash | None) -> int | None:
    return None if one is None or one.expected_minor <= 0 else one.came_minor * 100 // one.expected_minor


def _money(one: Cash | None) -> str:
    if one is None:
        return ""
    came, expected = figures.whole(one.came_minor, one.currency), figures.whole(one.expected_minor, one.currency)
    told = {"came": came.text, "expected": expected.text, "currency": one.currency}
    return _("%(currency)s %(came)s of %(expected)s expected by now") % told


def share(part: int, whole: int) -> str:
    """A share without decimals; a dash of nothing."""
    return _("%(pct)s %%") % {"pct": figures.count(part * 100 // whole)} if whole else "—"


def teams(
    officers: Sequence[Officer], told: Told, *, now: datetime, thresholds: Thresholds, names: Mapping[int, str]
) -> tuple[TeamRow, ...]:
    """The floor by team; `names` are what people are called on this board."""
    order = list(dict.fromkeys(one.team_id for one in officers))
    return tuple(
        _team([one for one in officers if one.team_id == team], told, now, thresholds, names) for team in order
    )


def _team(
    members: Sequence[Officer], told: Told, now: datetime, thresholds: Thresholds, names: Mapping[int, str]
) -> TeamRow:
    efforts = [told.efforts.get(one.person_id, Effort()) for one in members]
    yields = [told.yields.get(one.person_id, Yield()) for one in members]
    rows = tuple(
        OfficerRow(
            ref=written("person", one.person_id),
            name=names.get(one.person_id, one.name),
            url=reverse("board-person", args=[one.person_id]),
            move_url=f"{reverse('board-move')}?from={written('owner', one.owner_id)}",
            desk_url=reverse("board-desk", args=[one.person_id]),
            state=state_cell(one, now=now, thresholds=thresholds),
            counts=count_cell(one, told.efforts.get(one.person_id, Effort())),
            money=money_cell(one, told.yields.get(one.person_id, Yield())),
        )
        for one in members
    )
    count = len(members)
    return TeamRow(
        ref=str(members[0].team_id),
        name=members[0].team or _("Without a team"),
        people=ngettext("%(n)s officer", "%(n)s officers", count) % {"n": figures.count(count)},
        clients=figures.count(sum(one.clients for one in efforts)),
        promises=figures.count(sum(one.promises for one in efforts)),
        kept=share(sum(one.kept for one in yields), sum(one.judged for one in yields)),
        cash=_of_plan(yields),
        silent=figures.count(sum(one.silent for one in yields)),
        rows=rows,
    )


def _of_plan(yields: Sequence[Yield]) -> str:
    """Cash of what was expected by now in the currency of most of it."""
    main = _main(yields)
    pct = _pct(main)
    return "—" if pct is None else _("%(pct)s %% of expected") % {"pct": figures.count(pct)}


def _main(yields: Sequence[Yield]) -> Cash | None:
    """The sum in the currency in which most is expected in the day."""
    sums: dict[str, list[int]] = {}
    for cash in (one for told in yields for one in told.cash):
        held = sums.setdefault(cash.currency, [0, 0, 0])
        for place, minor in enumerate((cash.came_minor, cash.expected_minor, cash.day_minor)):
            held[place] += minor
    if not sums:
        return None
    currency = max(sums, key=lambda code: sums[code][2])
    came, expected, day = sums[currency]
    return Cash(currency, came, expected, day)


def tiles(told: Told) -> tuple[Tile, ...]:
    """The figures of the whole floor."""
    efforts, yields = list(told.efforts.values()), list(told.yields.values())
    waiting = sum(told.waiting.values())
    return (
        _clients(efforts, waiting),
        _contacts(efforts),
        _promises(efforts),
        _kept(yields),
        _cash(yields),
        _silent(yields),
    )


def _clients(efforts: Sequence[Effort], waiting: int) -> Tile:
    done, expected = sum(one.clients for one in efforts), sum(one.expected for one in efforts)
    note = {"n": figures.count(expected), "share": figures.apart(share(done, done + waiting))}
    hours: dict[int, int] = {}
    for hour, count in (pair for one in efforts for pair in one.hours):
        hours[hour] = hours.get(hour, 0) + count
    planned = sum(one.planned for one in efforts)
    drawn, _line = _chart(Effort(planned=planned, hours=tuple(sorted(hours.items()))))
    return Tile(
        ref="clients",
        label=_("Clients tried, NOC"),
        value=figures.count(done),
        beside=f"/ {figures.count(planned)}",
        note=_("%(n)s expected by now, %(share)s tried") % note,
        tone="kept" if done >= expected else "warn",
        bars=drawn,
    )


def _contacts(efforts: Sequence[Effort]) -> Tile:
    contacts, attempts = sum(one.contacts for one in efforts), sum(one.attempts for one in efforts)
    note = ngettext("of %(n)s call", "of %(n)s calls", attempts) % {"n": figures.count(attempts)}
    return Tile("contacts", _("Contacts"), figures.count(contacts), share(contacts, attempts), note)


def _promises(efforts: Sequence[Effort]) -> Tile:
    promises, contacts = sum(one.promises for one in efforts), sum(one.contacts for one in efforts)
    url = f"{reverse('board-accounts')}?figure=promised"
    return Tile(
        "promises", _("Promises"), figures.count(promises), share(promises, contacts), _("of those reached"), url=url
    )


def _kept(yields: Sequence[Yield]) -> Tile:
    kept, judged = sum(one.kept for one in yields), sum(one.judged for one in yields)
    note = _("of %(n)s judged since Monday") % {"n": figures.count(judged)}
    is_low = bool(judged) and kept * 100 < judged * _LOW_PCT
    return Tile(
        "kept",
        _("Promises kept"),
        share(kept, judged),
        "",
        note,
        tone="warn" if is_low else "",
        url=reverse("promises"),
    )


def _cash(yields: Sequence[Yield]) -> Tile:
    main = _main(yields)
    if main is None:
        return Tile("cash", _("Cash against expected"), "—", "", _("nothing is expected"))
    came: Amount = figures.whole(main.came_minor, main.currency)
    note = _("%(expected)s expected by now") % {"expected": figures.whole(main.expected_minor, main.currency).text}
    tone = "kept" if main.came_minor >= main.expected_minor else "warn"
    return Tile("cash", _("Cash against expected"), came.text, main.currency, note, tone=tone)


def _silent(yields: Sequence[Yield]) -> Tile:
    silent = sum(one.silent for one in yields)
    url = f"{reverse('board-accounts')}?figure=silent"
    return Tile("silent", _("Long without a talk"), figures.count(silent), "", _("accounts over 7 days, DSLC"), url=url)
