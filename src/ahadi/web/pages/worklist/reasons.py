"""Why an account stands where it does: points that add up, what made them, and what would change them."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ahadi.domain.work.queries import Standing, arrears_step_minor
from ahadi.kernel.priority import STANDARD, Policy
from ahadi.web.frame import figures, words
from ahadi.web.pages.worklist.rows import AbsentRow, absent_rows, named

_BAR = 120.0
_NEAR = 8


@dataclass(frozen=True)
class Point:
    """One reason with its bar: where it starts, how long it is, and where the sum then stands."""

    title: str
    detail: str
    text: str
    is_less: bool
    start: str
    length: str
    end: str


@dataclass(frozen=True)
class Change:
    """Something that would change the place of the account, and how."""

    icon: str
    title: str
    effect: str


@dataclass(frozen=True)
class Why:
    """The page: `rule` is told instead of points where the account is on no list."""

    name: str
    place: str
    points: str
    is_listed: bool
    summary: str
    parts: tuple[Point, ...]
    changes: tuple[Change, ...]
    held: tuple[AbsentRow, ...]
    held_count: int
    policy: str


def why(standing: Standing, names: pl.DataFrame, titles: dict[str, str], *, today: date) -> Why:
    """The page for one account; `titles` words the rules of contact."""
    ranking, mine = standing.ranking, pl.col("account_id") == standing.account_id
    listed = named(ranking.ranked.filter(mine), names)
    absent = named(ranking.absent.filter(mine), names)
    row = (listed if listed.height else absent).row(0, named=True)
    parts = ranking.points.filter(mine).sort("points", descending=True)
    kept_off = ranking.absent.filter(~mine & ~pl.col("rule").is_in(["CLOSED", "NOT_LATE"]))
    near = kept_off.sort("overdue_minor", "account_id", descending=[True, False])
    return Why(
        name=row["debtor_name"],
        place=figures.count(row["rank"]) if listed.height else "",
        points=figures.count(row["points"]) if listed.height else "",
        is_listed=listed.height > 0,
        summary=_summary(row, ranking.ranked, titles, today),
        parts=tuple(_points(parts, row, ranking.day)),
        changes=tuple(_changes(row, standing)) if listed.height else (),
        held=absent_rows(named(near.head(_NEAR), names), {}, titles, today=today),
        held_count=kept_off.height,
        policy=STANDARD.version,
    )


def _summary(row: dict[str, Any], ranked: pl.DataFrame, titles: dict[str, str], today: date) -> str:
    if "rank" not in row:
        until = figures.day(row["until_date"], today)
        told = {"rule": words.rule(row["rule"], titles), "until": until}
        if row["until_date"] is None:
            return _("%(rule)s.") % told
        return _("%(rule)s, until %(until)s.") % told
    after = ranked.filter(pl.col("rank") == row["rank"] + 1)
    told = {"points": figures.count(row["points"]), "next": figures.count(after["points"][0]) if after.height else ""}
    if not after.height:
        return _("%(points)s points, and nobody comes after. Points add up, nothing is hidden.") % told
    return _("%(points)s points; the next account has %(next)s. Points add up, nothing is hidden.") % told


def _points(parts: pl.DataFrame, row: dict[str, Any], day: date) -> list[Point]:
    values = parts["points"].to_list()
    highest = max(sum(value for value in values if value > 0), 1)
    drawn, running = [], 0
    for part in parts.iter_rows(named=True):
        before, running = running, running + part["points"]
        low, high = sorted((max(before, 0), max(running, 0)))
        drawn.append(
            Point(
                title=words.reason(part["reason"]),
                detail=_detail(part, row["currency"], STANDARD, day),
                text=figures.signed(part["points"]),
                is_less=part["points"] < 0,
                start=f"{low / highest * _BAR:.2f}",
                length=f"{(high - low) / highest * _BAR:.2f}",
                end=f"{max(running, 0) / highest * _BAR:.2f}",
            )
        )
    return drawn


def _detail(part: dict[str, Any], currency: str, policy: Policy, day: date) -> str:
    """What made the points, with the numbers of the policy."""
    step = arrears_step_minor(currency, as_of=day)
    told = {
        "money": f"{currency} {figures.amount(part['amount_minor'], currency).text}" if part["amount_minor"] else "",
        "step": f"{currency} {figures.amount(step, currency).text}",
        "days": figures.count(part["days"]) if part["days"] is not None else "",
        **{name: figures.count(value) for name, value in vars(policy).items() if isinstance(value, int)},
    }
    told["per_step"], told["per_late"], told["most"] = (
        ngettext("%(n)s point", "%(n)s points", number) % {"n": number}
        for number in (policy.arrears_points, policy.late_points, policy.arrears_points_max)
    )
    texts = {
        "ARREARS": _("%(money)s late; %(per_step)s for each %(step)s, %(arrears_points_max)s at most"),
        "DISPUTED": _("%(money)s of it is disputed and earns nothing"),
        "DAYS_LATE": _("%(days)s days; %(per_late)s for each %(late_days)s days, %(late_points_max)s at most"),
        "NEAR_NEXT_BUCKET": _("in %(days)s days; %(near_points)s for each of the last %(near_days)s days"),
        "NO_CONTACT": _("%(days)s days; %(contact_points)s a day, %(contact_points_max)s at most"),
        "NEWLY_PLACED": _("placed %(days)s days ago; for the first %(placed_days)s days"),
        "BROKEN_PROMISE": _("the last promise was not kept"),
        "RECENT_RECEIPT": _("money came %(days)s days ago; for %(receipt_days)s days after a receipt"),
    }
    never = _("nobody has talked with the debtor yet: %(contact_points_max)s points")
    is_never = part["reason"] == "NO_CONTACT" and part["days"] is None
    return (never if is_never else texts.get(part["reason"], "")) % told


def _changes(row: dict[str, Any], standing: Standing) -> list[Change]:
    owed = f"{row['currency']} {figures.amount(row['overdue_minor'], row['currency']).text}"
    tomorrow = standing.points_tomorrow
    changes = [
        Change("banknote", _("%(money)s arrives") % {"money": owed}, _("nothing is late any more: off the list")),
        Change("calendar", _("The next step is set for a later day"), _("off the list until that day")),
        Change(
            "message-square-warning", _("The whole account is disputed"), _("off the list until it is looked at again")
        ),
    ]
    if tomorrow is not None:
        told = {"points": figures.count(tomorrow)}
        changes.append(Change("moon", _("Nobody acts today"), _("%(points)s points tomorrow") % told))
    return changes
