"""Offers as words: what each is called, in how many parts, whose word it needs, why one is refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ahadi.domain.negotiation.queries import OfferSeen, Part, Refusal
from ahadi.kernel.offer import CURE, PAYOFF, SETTLEMENT, WHOLE_BPS
from ahadi.web.frame import figures
from ahadi.web.frame.figures import Amount

_LIKELY_BPS, _DOUBTFUL_BPS = 6_000, 4_000
_CALENDAR_WIDTH, _CALENDAR_BASE = 184, 28


@dataclass(frozen=True)
class Bar:
    """A part on the calendar of an offer: where it begins, how high it is."""

    x: int
    y: int
    height: int


@dataclass(frozen=True)
class PartRow:
    """So much by a day, as it is read out."""

    day: str
    amount: Amount


@dataclass(frozen=True)
class OfferRow:
    """An offer ready for a card; `value` is what a form sends for it."""

    value: str
    title: str
    pay: str
    when: str
    kept: int
    tone: str
    like: str
    now: Amount
    total: Amount
    ends: str
    expected: Amount
    need: str
    is_mine: bool
    key: str
    parts: tuple[PartRow, ...]
    bars: tuple[Bar, ...]
    is_chosen: bool = False


def kind(code: str) -> str:
    """What a kind of offer is called."""
    known = {CURE: _("What is late"), PAYOFF: _("All that is owed"), SETTLEMENT: _("Settlement")}
    return known.get(code, code)


def level(code: str | None) -> str:
    """Whose word an offer needs."""
    known = {
        "officer": _("An officer may agree"),
        "supervisor": _("A supervisor must agree"),
        "manager": _("A manager must agree"),
        "creditor": _("The creditor must agree"),
    }
    return known.get(code or "", _("Nobody may agree to it"))


def pay(parts: Sequence[Part], currency: str) -> str:
    """How it is paid: `2 × 160,000`, with the last part where it is another."""
    largest, last = parts[0].amount_minor, parts[-1].amount_minor
    told = f"{len(parts)} × {figures.amount(largest, currency).text}"
    return (
        told
        if last == largest
        else f"{len(parts) - 1} × {figures.amount(largest, currency).text} + " + (figures.amount(last, currency).text)
    )


def written(one: OfferSeen) -> str:
    """An offer as a form sends it."""
    return f"{one.kind}|" + ",".join(f"{part.due_on.isoformat()}:{part.amount_minor}" for part in one.parts)


def read(text: str) -> tuple[str, tuple[tuple[date, int], ...]] | None:
    """What a form sent: the kind and the parts; None where it is no offer."""
    named, bar, parts = text.partition("|")
    try:
        cut = [part.partition(":") for part in parts.split(",")]
        told = tuple((date.fromisoformat(day), int(minor)) for day, _colon, minor in cut)
    except ValueError:
        return None
    return (named, told) if bar else None


def refusal(one: Refusal, currency: str) -> str:
    """Why an offer is refused, with what was found and the limit."""
    found = figures.amount(one.found, currency).text
    limit = figures.amount(one.limit or 0, currency).text
    numbers = {"found": figures.count(one.found), "limit": figures.count(one.limit or 0)}
    money = {"found": found, "limit": limit, "currency": currency}
    known = {
        "TOO_LITTLE": _("%(currency)s %(found)s is too little: the least is %(limit)s.") % money,
        "TOO_MUCH": _("%(currency)s %(found)s is more than the %(limit)s that are owed.") % money,
        "TOO_MANY": _("%(found)s parts are too many: there may be %(limit)s.") % numbers,
        "TOO_LONG": _("The last part comes after %(found)s days, and %(limit)s are allowed.") % numbers,
        "FIRST_PAST": _("The first part would be on a day that has passed."),
        "FIRST_LATE": _("The first part comes after %(found)s days, and must within %(limit)s.") % numbers,
        "GAP_SHORT": _("Parts are %(found)s days apart, and must be %(limit)s.") % numbers,
        "GAP_LONG": _("Parts are %(found)s days apart, and may be %(limit)s.") % numbers,
        "PART_SMALL": _("A part of %(currency)s %(found)s is below the least, %(limit)s.") % money,
        "ABOVE_MEANS": _("A month asks for %(currency)s %(found)s, and the household can spare %(limit)s.") % money,
        "BEYOND_AUTHORITY": _("Nobody here may agree to it."),
    }
    return known.get(one.code, one.code)


def offer_row(one: OfferSeen, *, currency: str, today: date, rank: int, key: str, is_chosen: bool = False) -> OfferRow:
    """An offer ready for a card."""
    return OfferRow(
        value=written(one),
        title=_title(one),
        pay=pay(one.parts, currency),
        when=_when(one.parts, today),
        kept=round(one.kept_bps / 100),
        tone=tone(one.kept_bps),
        like=like(one.like_count),
        now=figures.amount(one.now_minor if one.parts[0].due_on == today else 0, currency),
        total=figures.amount(one.total_minor, currency),
        ends=figures.day(one.last_on, today),
        expected=figures.whole(one.expected_minor, currency),
        need=_("You may offer this yourself") if (one.rank or WHOLE_BPS) <= rank else level(one.level),
        is_mine=(one.rank or WHOLE_BPS) <= rank,
        key=key,
        parts=tuple(
            PartRow(figures.day(part.due_on, today), figures.amount(part.amount_minor, currency)) for part in one.parts
        ),
        bars=_bars(one.parts, today),
        is_chosen=is_chosen,
    )


def tone(kept_bps: int) -> str:
    """How good a chance is: kept, warn or late."""
    return "kept" if kept_bps >= _LIKELY_BPS else "warn" if kept_bps >= _DOUBTFUL_BPS else "late"


def like(count: int) -> str:
    """On how many promises a chance rests."""
    if not count:
        return _("from wider groups: none like it has matured yet")
    return ngettext("from %(n)s promise like this one", "from %(n)s promises like this one", count) % {
        "n": figures.count(count)
    }


def _title(one: OfferSeen) -> str:
    count = len(one.parts)
    if one.kind == SETTLEMENT:
        return _("Settle")
    if count == 1:
        return _("All now") if one.kind == PAYOFF else _("What is late, at once")
    words = {2: _("In two"), 3: _("In three"), 4: _("In four"), 5: _("In five"), 6: _("In six")}
    return words.get(count, _("In %(n)s parts") % {"n": figures.count(count)})


def _when(parts: Sequence[Part], today: date) -> str:
    first, last = figures.day(parts[0].due_on, today), figures.day(parts[-1].due_on, today)
    if len(parts) == 1:
        return _("today, %(day)s") % {"day": first} if parts[0].due_on == today else first
    joined = _("%(first)s and %(last)s") if len(parts) == 2 else _("%(first)s to %(last)s")
    return joined % {"first": first, "last": last}


def _bars(parts: Sequence[Part], today: date) -> tuple[Bar, ...]:
    span = max(90, (parts[-1].due_on - today).days)
    most = max(part.amount_minor for part in parts)
    heights = [max(4, 22 * part.amount_minor // most) for part in parts]
    places = [(part.due_on - today).days * (_CALENDAR_WIDTH - 8) // span for part in parts]
    return tuple(Bar(place, _CALENDAR_BASE - height, height) for place, height in zip(places, heights, strict=True))
