"""Figures as people read them: grouped, with the currency's decimals, a real minus, and nought made quiet."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import get_language, get_language_bidi, ngettext
from django.utils.translation import gettext as _

from ahadi.kernel.money import divide_rounded, exponent, plain_text, shown_decimals

MINUS = "−"
_HOURS_WITHOUT_MINUTES = 9
_SPACES = re.compile(r"[\s']")
# Thousands and decimals: French is written with thin spaces and a comma; banks of the Gulf print Arabic texts with the
# figures and marks of English ones.
_MARKS = {"fr": ("\u202f", ",")}
_ENGLISH_MARKS = (",", ".")


@dataclass(frozen=True)
class Amount:
    """Money to show: `text` without the code; `raw` as a machine reads it, for copies."""

    currency: str
    text: str
    raw: str
    is_zero: bool


def amount(minor: int, currency: str) -> Amount:
    """Minor units of a currency as an Amount; decimals that people do not write are left out where they are 0."""
    raw = plain_text(minor, currency)
    whole, _point, decimals = raw.lstrip("-").partition(".")
    is_written = shown_decimals(currency) == exponent(currency) or int(decimals or 0) != 0
    tail = f"{_marks()[1]}{decimals}" if decimals and is_written else ""
    sign = MINUS if minor < 0 else ""
    return Amount(currency, f"{sign}{_grouped(int(whole))}{tail}", raw, minor == 0)


def whole(minor: int, currency: str) -> Amount:
    """The amount rounded to whole units for a table too wide otherwise; `raw` stays exact."""
    units = divide_rounded(minor, 10 ** exponent(currency), "half_up")
    return Amount(currency, count(units), plain_text(minor, currency), minor == 0)


def count(number: int) -> str:
    """A whole number, grouped."""
    return f"{MINUS if number < 0 else ''}{_grouped(abs(number))}"


def signed(number: int) -> str:
    """A whole number with its sign: +40, −9."""
    return f"+{count(number)}" if number > 0 else count(number)


def percent(text: str | None) -> str:
    """A percentage of the kernel ("26.10") as people read it; a dash where it does not apply."""
    return "—" if text is None else _("%(number)s %%") % {"number": decimal(text)}


def decimal(text: str) -> str:
    """A number of the kernel ("26.10") with the decimal mark of the language."""
    return text.replace(".", _marks()[1])


def day(on: date | None, today: date) -> str:
    """`Wed 3 Jun`, with the year when it is another than this one; a dash where there is none."""
    if on is None:
        return "—"
    return date_format(on, "D j M" if on.year == today.year else "D j M Y")


def month(on: date) -> str:
    """`Jun`: the month of a day."""
    return date_format(on, "M")


def moment(at: datetime | None, zone: str, today: date) -> str:
    """`Wed 3 Jun, 08:00` by the clock of a zone; a dash where there is none."""
    if at is None:
        return "—"
    local = at.astimezone(ZoneInfo(zone))
    return _("%(day)s, %(time)s") % {"day": day(local.date(), today), "time": f"{local:%H:%M}"}


def written(text: str) -> str:
    """A day or a moment in digits (`2026-06-03 08:00`) as people read it, with its year; empty where there is none."""
    if not text:
        return ""
    at = datetime.fromisoformat(text)
    on = date_format(at, "D j M Y")
    return _("%(day)s, %(time)s") % {"day": on, "time": f"{at:%H:%M}"} if ":" in text else on


def wait(since: datetime, until: datetime | None) -> str:
    """How long it is until a moment: `in 12 h 48 min`, `in 3 days`; empty where it is none or over."""
    if until is None or until <= since:
        return ""
    left = until - since
    if left >= timedelta(days=2):
        return ngettext("in %(n)s day", "in %(n)s days", left.days) % {"n": count(left.days)}
    hours, minutes = divmod(max(1, -(-int(left.total_seconds()) // 60)), 60)
    told = {"hours": count(hours), "minutes": count(minutes)}
    return (_("in %(hours)s h %(minutes)s min") if hours else _("in %(minutes)s min")) % told


def apart(text: str) -> str:
    """Figures with marks between them (31–60, +254 712 •••) that keep their order in a line that runs to the left."""
    return f"\u2066{text}\u2069" if text and get_language_bidi() else text


def as_written(text: str) -> str:
    """What others wrote (a name, an address), which keeps its own direction inside a line that runs to the left."""
    return f"\u2068{text}\u2069" if text and get_language_bidi() else text


def span(minutes: int) -> str:
    """How long something takes: `45 min`, `3 h 20 min`, `16 h`; beyond a day of work nobody counts minutes."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return _("%(minutes)s min") % {"minutes": rest}
    if hours >= _HOURS_WITHOUT_MINUTES or not rest:
        return _("%(hours)s h") % {"hours": count(hours)}
    return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": rest}


def clock(minute: int) -> str:
    """A minute of the day as `08:30`; the end of the day is 24:00."""
    return f"{minute // 60:02}:{minute % 60:02}"


def typed(text: str) -> str:
    """A number as people of the language type it, as machines read it; what is none is returned as it stands."""
    group, point = _marks()
    plain = _SPACES.sub("", text).replace("٬", "").replace("٫", ".")
    return plain.replace(point, ".") if group == "\u202f" else plain.replace(group, "")


def _marks() -> tuple[str, str]:
    return _MARKS.get(get_language() or "en", _ENGLISH_MARKS)


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", _marks()[0])
