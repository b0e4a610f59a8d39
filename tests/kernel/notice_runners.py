"""How the worked tables of the page on notices are run."""

from collections.abc import Callable
from datetime import date

import polars as pl

from ahadi.kernel import notice

from .page_runners import Frames, frame_of
from .worked_tables import Example


def _holidays(example: Example) -> list[date]:
    return [date.fromisoformat(day) for day in example.options["holidays"].split(",")]


def _validation_periods(example: Example) -> Frames:
    notices = frame_of(example, "notices", notice.NOTICES)
    periods = notice.validation_periods(notices, holidays=_holidays(example))
    disputes = frame_of(example, "disputes", notice.DISPUTES)
    return {"periods": periods, "disputes": notice.judge_disputes(disputes, periods)}


def _deposit_notices(example: Example) -> Frames:
    instruments = frame_of(example, "instruments", notice.INSTRUMENTS)
    return {"deposits": notice.deposit_notices(instruments, holidays=_holidays(example))}


def _breathing_spaces(example: Example) -> Frames:
    pauses: pl.DataFrame = frame_of(example, "pauses", notice.PAUSES)
    return {"pauses": notice.breathing_spaces(pauses)}


NOTICE_RUNNERS: dict[str, Callable[[Example], Frames]] = {
    "validation_periods": _validation_periods,
    "deposit_notices": _deposit_notices,
    "breathing_spaces": _breathing_spaces,
}
