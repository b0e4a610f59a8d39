"""Who has how much to do: what lists are expected to bring, hours left against work, lists of even difficulty."""

from typing import Final

import polars as pl

from ahadi.kernel.schema import Column, Spec, require, uphold

HOUR: Final = 60
_MONTH: Final = 30
LISTS: Final = Spec(
    "lists",
    (
        Column("owner_id", pl.Int64),
        Column("currency", pl.String),
        Column("bucket", pl.String),
        Column("overdue_minor", pl.Int64),
        Column("received_minor", pl.Int64),
    ),
    key=("owner_id", "currency", "bucket"),
)
"""What is late on the lists of owners by bucket, and what came on them in the days before."""

DESKS: Final = Spec(
    "desks",
    (
        Column("person_id", pl.Int64),
        Column("team_id", pl.Int64),
        Column("from_minute", pl.Int64),
        Column("until_minute", pl.Int64),
        Column("waiting", pl.Int64),
    ),
    key=("person_id",),
)
"""Who works from and until which minute of the day, and how many accounts wait for them."""

DEALT: Final = Spec(
    "accounts",
    (
        Column("account_id", pl.Int64),
        Column("debtor_id", pl.Int64),
        Column("days_late", pl.Int64),
        Column("overdue_minor", pl.Int64),
    ),
    key=("account_id",),
)
RECEIVERS: Final = Spec(
    "receivers", (Column("owner_id", pl.Int64), Column("weight", pl.Int64, is_positive=True)), key=("owner_id",)
)


def expected_cash(lists: pl.DataFrame, *, days: int) -> pl.DataFrame:
    """What each list is expected to bring in a day: [owner_id, currency, expected_minor], sorted.

    A bucket brings what it brought on average in the `days` before, all lists together, for each unit that is late on
    it: a list of old debts is expected to bring less. Rounded down to whole minor units for each bucket of a list.
    Project definition. Raises WrongFrame.
    """
    given = require(lists, LISTS)
    whole = given.with_columns(pl.col("overdue_minor", "received_minor").cast(pl.Int128))
    came = pl.col("received_minor").sum().over("currency", "bucket")
    base = (pl.col("overdue_minor") + pl.col("received_minor")).sum().over("currency", "bucket")
    share = pl.when(base > 0).then(pl.col("overdue_minor") * came // (base * days)).otherwise(0)
    made = whole.with_columns(expected_minor=share.cast(pl.Int64))
    uphold("no bucket is expected to bring more than is late", is_kept=_is_within(made))
    return made.group_by("owner_id", "currency").agg(pl.col("expected_minor").sum()).sort("owner_id", "currency")


def _is_within(made: pl.DataFrame) -> bool:
    return bool((made["expected_minor"] <= made["overdue_minor"].cast(pl.Int64)).all())


def by_now(desks: pl.DataFrame, *, minute: int) -> pl.DataFrame:
    """How much of each shift is over at a minute of the day: [person_id, past_bps], in hundredths of a percent.

    Raises WrongFrame.
    """
    given = require(desks, DESKS)
    length = pl.col("until_minute") - pl.col("from_minute")
    past = (pl.lit(minute) - pl.col("from_minute")).clip(lower_bound=0)
    share = pl.min_horizontal(past, length) * 10_000 // pl.max_horizontal(length, pl.lit(1))
    return given.select("person_id", past_bps=share.cast(pl.Int64)).sort("person_id")


def hours_left(desks: pl.DataFrame, *, minute: int, seconds_each: int) -> pl.DataFrame:
    """Work against people for each hour that is left: [team_id, hour, people_minutes, work_minutes, short_minutes].

    The work that waits takes `seconds_each` an account and is spread evenly over the hours that are left until the
    last of the team goes; an hour is short by what its people cannot do of its part. Sorted. Project definition.
    Raises WrongFrame.
    """
    given = require(desks, DESKS)
    first = pl.max_horizontal(pl.lit(minute), pl.col("from_minute"))
    hours = given.with_columns(first=first).filter(pl.col("first") < pl.col("until_minute"))
    if hours.is_empty():
        return pl.DataFrame(schema=_HOURS)
    hour = pl.int_ranges(pl.col("first") // HOUR, (pl.col("until_minute") + HOUR - 1) // HOUR).alias("hour")
    spread = hours.with_columns(hour).explode("hour")
    begins, ends = pl.col("hour") * HOUR, (pl.col("hour") + 1) * HOUR
    minutes = pl.min_horizontal(ends, "until_minute") - pl.max_horizontal(begins, "first")
    people = spread.group_by("team_id", "hour").agg(people_minutes=minutes.sum())
    work = given.group_by("team_id").agg(work=pl.col("waiting").sum() * seconds_each // 60)
    span = hours.group_by("team_id").agg(span=pl.col("until_minute").max() - pl.col("first").min())
    own = pl.max_horizontal("span", pl.lit(1))
    part = pl.col("work") * pl.min_horizontal(pl.lit(HOUR), own) // own
    both = people.join(work, on="team_id").join(span, on="team_id").with_columns(work_minutes=part)
    short = (pl.col("work_minutes") - pl.col("people_minutes")).clip(lower_bound=0)
    whole = [pl.col(name).cast(pl.Int64) for name in list(_HOURS)[:4]]
    return both.select(*whole, short_minutes=short.cast(pl.Int64)).sort("team_id", "hour")


_HOURS = {
    "team_id": pl.Int64,
    "hour": pl.Int64,
    "people_minutes": pl.Int64,
    "work_minutes": pl.Int64,
    "short_minutes": pl.Int64,
}


def to_move(desks: pl.DataFrame, *, minute: int, seconds_each: int) -> pl.DataFrame:
    """How many accounts each team has beyond what its people can work today: [team_id, left, room].

    `left` are accounts beyond the hours of its people, `room` those that they could take besides. Sorted.
    Project definition. Raises WrongFrame.
    """
    given = require(desks, DESKS)
    minutes = (pl.col("until_minute") - pl.max_horizontal(pl.lit(minute), pl.col("from_minute"))).clip(lower_bound=0)
    sums = given.group_by("team_id").agg(able=(minutes.sum() * 60) // seconds_each, waiting=pl.col("waiting").sum())
    over = pl.col("waiting") - pl.col("able")
    return sums.select("team_id", left=over.clip(lower_bound=0), room=(-over).clip(lower_bound=0)).sort("team_id")


def dealt(accounts: pl.DataFrame, receivers: pl.DataFrame) -> pl.DataFrame:
    """Accounts dealt to receivers so that each has its share of every age: [account_id, owner_id], sorted.

    Debtors stand in order of the months that they are late and of what is late on all their accounts, the heaviest
    first, and are dealt there and back in turns of the receivers' weights, so that no one gets the heavy end of every
    turn. A debtor's accounts stay together. Nothing where there is no receiver. Project definition. Raises
    WrongFrame; BrokenLaw.
    """
    given, takers = require(accounts, DEALT), require(receivers, RECEIVERS)
    if takers.is_empty() or given.is_empty():
        return pl.DataFrame(schema={"account_id": pl.Int64, "owner_id": pl.Int64})
    turn = _turn(takers)
    size = len(turn)
    debtors = _in_order(given)
    place = pl.col("place").cast(pl.Int64)
    at, is_back = place % size, (place // size) % 2 == 1
    seat = pl.when(is_back).then(size - 1 - at).otherwise(at)
    seated = debtors.select("debtor_id", owner_id=pl.lit(turn).gather(seat))
    made = given.join(seated, on="debtor_id").select("account_id", "owner_id").sort("account_id")
    uphold("every account is dealt once", is_kept=made["account_id"].to_list() == sorted(given["account_id"]))
    return made


def evenly(accounts: pl.DataFrame, *, count: int) -> pl.DataFrame:
    """About `count` of the accounts, evenly from the heaviest to the lightest debtor, whose accounts stay together.

    The columns that DEALT names, sorted by account. Project definition. Raises WrongFrame.
    """
    given = require(accounts, DEALT)
    debtors = _in_order(given)
    wanted = debtors.height * min(count, given.height) // max(given.height, 1)
    place = pl.col("place").cast(pl.Int64)
    is_next = (place + 1) * wanted // debtors.height > place * wanted // debtors.height
    return given.join(debtors.filter(is_next), on="debtor_id", how="semi").sort("account_id")


def _in_order(given: pl.DataFrame) -> pl.DataFrame:
    return (
        given.group_by("debtor_id")
        .agg(months=pl.col("days_late").max() // _MONTH, overdue_minor=pl.col("overdue_minor").sum())
        .sort("months", "overdue_minor", "debtor_id", descending=[True, True, False])
        .with_row_index("place")
    )


def _turn(takers: pl.DataFrame) -> pl.Series:
    """One turn of the receivers, each as often as its weight says and as far apart as may be."""
    order = takers.sort("owner_id").select(
        "owner_id", "weight", step=pl.int_ranges(pl.lit(0, dtype=pl.Int64), pl.col("weight"))
    )
    seats = order.explode("step").with_columns(at=(pl.col("step") * 2 + 1) / (pl.col("weight") * 2))
    return seats.sort("at", "owner_id")["owner_id"]
