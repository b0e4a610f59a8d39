"""How the worked table of the page on clocks is run."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from ahadi.kernel import clock
from ahadi.kernel.zone import instant, moment

from .page_runners import Frames
from .worked_tables import Example

_ZONE = "Africa/Nairobi"
_FIRST, _LAST, _HOLIDAY = date(2026, 1, 1), date(2026, 12, 31), date(2026, 6, 1)


def _open_time(example: Example) -> Frames:
    year = (_FIRST + timedelta(days=turn) for turn in range(365))
    closed = {day for day in year if day.isoweekday() > 5} | {_HOLIDAY}
    spans = clock.openings("office", _ZONE, first=_FIRST, last=_LAST, hours=(480, 1020), closed=closed)
    rows = [
        (number, "office", received.date(), instant(received.replace(tzinfo=ZoneInfo(_ZONE))), unit, amount)
        for number, text, unit, amount in example.given["clocks"].rows
        for received in [datetime.fromisoformat(str(text))]
    ]
    given = pl.DataFrame(rows, schema=clock.CLOCKS.column_names, orient="row")
    due = clock.due(given, spans)
    ends = [moment(at).astimezone(ZoneInfo(_ZONE)).strftime("%Y-%m-%d %H:%M") for at in due["due_at"]]
    return {"due": pl.DataFrame({"clock_id": due["clock_id"], "due": ends})}


CLOCK_RUNNERS: dict[str, Callable[[Example], Frames]] = {"open_time": _open_time}
