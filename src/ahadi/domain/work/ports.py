"""What the stages of a night hand to one another."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from ahadi.data.models.worklist import Snapshot
from ahadi.domain.work.lists import Share

# The stages of a close: that it begins, the states of every partition, then the day as a whole.
BEGUN = "begun"
STATES = "states"
DAY = "day"


class DayAlreadyClosed(Exception):
    """This business date is closed; a closed day is never closed again. Corrections are booked on an open day."""

    is_refusal = True

    def __init__(self, day: date) -> None:
        super().__init__(f"{day} is closed already; what is booked from now on belongs to a later day")
        self.day = day


class UnableToCloseDay(Exception):
    """The day is not over where the organisation works: more may be booked in it. Close it when it has passed."""

    is_refusal = True

    def __init__(self, day: date, today: date) -> None:
        super().__init__(f"{day} cannot be closed: it is {today} here; close a day when it has passed")
        self.day = day
        self.today = today


@dataclass
class Night:
    """The close of one business date, under way: its snapshot, its partitions, and who is on tomorrow's lists.

    `shares` holds what each partition that was looked at gives to the lists, `counts` how many accounts were looked
    at and written; nothing of it needs to outlive the process, for a partition that is done already can be looked at
    again.
    """

    organisation_id: int
    business_date: date
    snapshot: Snapshot
    is_dry_run: bool = False
    shares: dict[int, Share] = field(default_factory=dict)
    counts: dict[int, tuple[int, int]] = field(default_factory=dict)

    @property
    def partitions(self) -> int:
        """Into how many parts the book is cut."""
        return len(self.snapshot.bounds)

    @property
    def next_day(self) -> date:
        """The day whose worklists are written."""
        return self.business_date + timedelta(days=1)
