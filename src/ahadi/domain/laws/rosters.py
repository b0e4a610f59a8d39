"""The law of presence: nobody's accounts are without somebody present on the organisation's next working day."""

from collections.abc import Iterator

import polars as pl

from ahadi.domain.laws.ports import Law
from ahadi.domain.people.queries import houses
from ahadi.domain.rosters import queries as rosters


def _alone() -> Iterator[str]:
    for house in houses():
        day = rosters.next_working_day(house.id, after=house.today)
        for row in rosters.alone(house.id, [day]).filter(pl.col("accounts") > 0).iter_rows(named=True):
            yield (
                f"person {row['person_id']}: has {row['accounts']} open accounts, is away on {day}, and nobody who "
                "is present stands in"
            )


ROSTER_LAWS: tuple[Law, ...] = (
    Law(
        "nobody-left-alone",
        23,
        "Who has a roster or leave, has open accounts and is away on the organisation's next working day has somebody "
        "present who stands in.",
        _alone,
    ),
)
