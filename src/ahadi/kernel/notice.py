"""The days that notices set running: the validation period, the deposit of a post-dated cheque, breathing spaces."""

from collections.abc import Collection
from datetime import date
from typing import Final

import polars as pl

from ahadi.kernel.calendar import SATURDAY_SUNDAY, add_business_days, roll_to_business_day
from ahadi.kernel.schema import Column, Spec, WrongFrame, require, uphold

STANDARD, MH_CRISIS = "STANDARD", "MH_CRISIS"

NOTICES: Final = Spec("notices", (Column("notice_id", pl.Int64), Column("sent_on", pl.Date)), key=("notice_id",))
"""Validation notices and the day each was sent."""

PERIODS: Final = Spec(
    "periods",
    (Column("notice_id", pl.Int64), Column("assumed_receipt_on", pl.Date), Column("ends_on", pl.Date)),
    key=("notice_id",),
)
"""When each notice may be taken as received, and the last day of its period."""

DISPUTES: Final = Spec(
    "disputes",
    (Column("dispute_id", pl.Int64), Column("notice_id", pl.Int64), Column("received_on", pl.Date)),
    key=("dispute_id",),
)
"""Written disputes and the notice that each answers."""

INSTRUMENTS: Final = Spec(
    "instruments",
    (
        Column("instrument_id", pl.Int64),
        Column("accepted_on", pl.Date),
        Column("dated_on", pl.Date),
        Column("deposit_on", pl.Date),
        Column("noticed_on", pl.Date, is_nullable=True),
    ),
    key=("instrument_id",),
)
"""Cheques and mandates: when each was taken, the date it bears, when it is to be deposited, when that was announced."""

PAUSES: Final = Spec(
    "pauses",
    (
        Column("pause_id", pl.Int64),
        Column("kind", pl.String),
        Column("started_on", pl.Date),
        Column("treatment_ended_on", pl.Date, is_nullable=True),
        Column("cancelled_on", pl.Date, is_nullable=True),
    ),
    key=("pause_id",),
)
"""Breathing spaces: STANDARD, or MH_CRISIS with the end of the treatment once it is known."""


def validation_periods(
    notices: pl.DataFrame,
    *,
    holidays: Collection[date],
    mailbox_days: int = 5,
    period_days: int = 30,
    weekend: Collection[int] = SATURDAY_SUNDAY,
) -> pl.DataFrame:
    """When each notice may be taken as received and when its validation period ends: PERIODS, sorted by notice.

    Receipt is assumed `mailbox_days` after sending, legal holidays and the weekend left out; the period ends
    `period_days` calendar days later, that day included. A notice sent on a day left out counts from the one before.
    Source: 12 CFR 1006.34(b)(5). Raises WrongFrame, also for days below 0; UnableToStepBusinessDays.
    """
    given = require(notices, NOTICES).sort("notice_id")
    if mailbox_days < 0 or period_days < 0:
        raise WrongFrame(f"notices: days must be 0 or more, found {mailbox_days} and {period_days}")
    sent = roll_to_business_day(pl.col("sent_on"), "backward", weekend=weekend, holidays=holidays)
    received = add_business_days(sent, mailbox_days, weekend=weekend, holidays=holidays)
    made = given.select("notice_id", "sent_on", assumed_receipt_on=received).with_columns(
        ends_on=pl.col("assumed_receipt_on") + pl.duration(days=period_days)
    )
    uphold(
        "a validation period ends no earlier than its notice was sent",
        is_kept=period_days < mailbox_days or bool((made["ends_on"] >= made["sent_on"]).all()),
    )
    return require(made.drop("sent_on"), PERIODS)


def judge_disputes(disputes: pl.DataFrame, periods: pl.DataFrame) -> pl.DataFrame:
    """Whether each written dispute came inside its validation period: [dispute_id, is_in_time], sorted.

    The last day counts; a dispute before the notice was received counts too. Source: 15 USC 1692g(b). Raises
    WrongFrame, also for a dispute of a notice without a period.
    """
    given, known = require(disputes, DISPUTES), require(periods, PERIODS)
    joined = given.join(known, on="notice_id", how="left").sort("dispute_id")
    lost = joined.filter(pl.col("ends_on").is_null())
    if lost.height:
        raise WrongFrame(f"periods: notice_id {lost['notice_id'][0]} of a dispute has no row; compute it first")
    return joined.select("dispute_id", is_in_time=pl.col("received_on") <= pl.col("ends_on"))


def deposit_notices(
    instruments: pl.DataFrame,
    *,
    holidays: Collection[date],
    over_days: int = 5,
    notice_days: tuple[int, int] = (3, 10),
    weekend: Collection[int] = SATURDAY_SUNDAY,
) -> pl.DataFrame:
    """Whether each deposit must be announced, in which days, and whether it may go ahead, sorted by instrument.

    [instrument_id, is_notice_required, notice_from, notice_until, may_deposit]. An instrument dated more than
    `over_days` after it was accepted is announced in writing not less than the first and not more than the second of
    `notice_days` business days before the deposit; the days are null where no notice is required. Nothing is deposited
    before its date. Source: 15 USC 1692f(2) and (4). Raises WrongFrame, also for an instrument deposited before it was
    accepted and for days that do not rise; UnableToStepBusinessDays.
    """
    given = require(instruments, INSTRUMENTS).sort("instrument_id")
    least, most = notice_days
    if not 0 <= least <= most or over_days < 0:
        raise WrongFrame(f"instruments: notice_days must rise from 0 on, found {least} and {most}")
    early = given.filter(pl.col("deposit_on") < pl.col("accepted_on"))
    if early.height:
        raise WrongFrame(f"instruments: instrument_id {early['instrument_id'][0]} is deposited before it was accepted")
    is_required = (pl.col("dated_on") - pl.col("accepted_on")).dt.total_days() > over_days
    window = {
        name: pl.when("is_notice_required").then(
            add_business_days(pl.col("deposit_on"), -days, weekend=weekend, holidays=holidays)
        )
        for name, days in (("notice_from", most), ("notice_until", least))
    }
    is_noticed = pl.col("noticed_on").is_between("notice_from", "notice_until").fill_null(False)
    made = given.with_columns(is_notice_required=is_required).with_columns(**window)
    made = made.with_columns(
        may_deposit=(pl.col("deposit_on") >= pl.col("dated_on")) & (~pl.col("is_notice_required") | is_noticed)
    )
    uphold(
        "a deposit that must be announced goes ahead only after its notice",
        is_kept=made.filter(
            pl.col("may_deposit") & pl.col("is_notice_required") & pl.col("noticed_on").is_null()
        ).is_empty(),
    )
    return made.select("instrument_id", "is_notice_required", "notice_from", "notice_until", "may_deposit")


def breathing_spaces(pauses: pl.DataFrame, *, standard_days: int = 60, extra_days: int = 30) -> pl.DataFrame:
    """The last day of each breathing space: [pause_id, ends_on], sorted; null while the treatment goes on.

    STANDARD lasts `standard_days` from its start; MH_CRISIS until `extra_days` after the treatment has ended. One that
    was cancelled ends on that day where it is earlier. Source: the Debt Respite Scheme of England and Wales as UK
    Finance explains it. Raises WrongFrame, also for another kind or days below 0.
    """
    given = require(pauses, PAUSES).sort("pause_id")
    if standard_days < 0 or extra_days < 0:
        raise WrongFrame(f"pauses: days must be 0 or more, found {standard_days} and {extra_days}")
    other = given.filter(~pl.col("kind").is_in([STANDARD, MH_CRISIS]))
    if other.height:
        raise WrongFrame(f"pauses: kind must be {STANDARD} or {MH_CRISIS}, found {other['kind'][0]!r}")
    whole = (
        pl.when(pl.col("kind") == STANDARD)
        .then(pl.col("started_on") + pl.duration(days=standard_days))
        .otherwise(pl.col("treatment_ended_on") + pl.duration(days=extra_days))
    )
    made = given.with_columns(whole=whole).with_columns(ends_on=pl.min_horizontal("whole", "cancelled_on"))
    uphold(
        "a cancelled breathing space does not outlast its cancelling",
        is_kept=bool((made["ends_on"] <= made["cancelled_on"]).fill_null(True).all()),
    )
    return made.select("pause_id", "ends_on")
