"""The meter of contact caps: by rule how many accounts are at the limit and one call short, team by team."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ahadi.domain.oversight import caps, queries
from ahadi.domain.oversight.ports import Officer
from ahadi.domain.people.queries import time_zone
from ahadi.domain.reporting import contacts
from ahadi.web.frame import figures, words
from ahadi.web.frame.admission import OVERSEERS, Visitor, admits
from ahadi.web.frame.downloads import FORMATS, download, exports
from ahadi.web.frame.figures import Amount
from ahadi.web.frame.keeping import saved
from ahadi.web.frame.listing import Address, Paging, page_of, paging
from ahadi.web.frame.reference import written
from ahadi.web.frame.rendering import show

REACHED, SHORT = "reached", "short"


@dataclass(frozen=True)
class CapRow:
    """A rule, and how many accounts it holds now or after one more call; `share` is of both, in hundredths."""

    title: str
    rule_id: str
    rule_url: str
    most: str
    reached: str
    reached_url: str
    short: str
    short_url: str
    share: int
    teams: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class CappedRow:
    """An account at a cap or one short of it."""

    ref: str
    url: str
    debtor: str
    number: str
    officer: str
    amount: Amount
    rule: str
    is_reached: bool
    until: str


@admits(*OVERSEERS)
@require_safe
def board_caps(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """The meter alone, as the board asks for it, or the accounts behind it."""
    here = queries.officers(by=visitor.actor, as_of=visitor.today)
    found = caps.capped(here, by=visitor.actor, now=queries.now())
    titles = contacts.titles(by=visitor.actor)
    if request.GET.get("part") == "1":
        return show(request, "board/templates/caps.html", visitor=visitor, caps=cap_rows(found, here, titles))
    rule, which = request.GET.get("rule", ""), request.GET.get("which", "")
    chosen = _chosen(found, rule, which)
    kind = request.GET.get("format", "")
    if kind in FORMATS:
        return download(chosen.drop("account_id"), name="caps", format=kind, money={"overdue_minor": "currency"})
    address = Address(request.path, {"rule": rule, "which": which})
    zone = time_zone(visitor.actor.organisation_id or 0)
    return show(
        request,
        "board/templates/capped.html",
        visitor=visitor,
        title=words.rule(words.GATE + rule, titles) if rule else _("Caps of contact"),
        page=_page(chosen, here, titles, address, request.GET.get("page", ""), zone=zone, today=visitor.today),
        exports=exports(address),
        saved=saved(request, visitor, "board-caps"),
    )


def cap_rows(found: pl.DataFrame, officers: Sequence[Officer], titles: Mapping[str, str]) -> tuple[CapRow, ...]:
    """A line for each rule, those with most accounts at the limit first."""
    teams = {one.owner_id: one.team or _("Without a team") for one in officers}
    told = found.with_columns(team=pl.col("owner_id").replace_strict(teams, default="", return_dtype=pl.String))
    sums = told.group_by("rule_id", "most").agg(reached=pl.col("is_reached").sum(), both=pl.len())
    return tuple(
        _cap_row(row, told.filter(pl.col("rule_id") == row["rule_id"]), titles)
        for row in sums.sort("reached", "both", "rule_id", descending=[True, True, False]).iter_rows(named=True)
    )


def _cap_row(row: dict[str, int | str], mine: pl.DataFrame, titles: Mapping[str, str]) -> CapRow:
    rule, reached, both = str(row["rule_id"]), int(row["reached"]), int(row["both"])
    by_team = mine.group_by("team").agg(reached=pl.col("is_reached").sum(), both=pl.len()).sort("team")
    address = Address(reverse("board-caps"), {"rule": rule})
    return CapRow(
        title=words.rule(words.GATE + rule, titles),
        rule_id=rule,
        rule_url=reverse("rule", args=[rule]),
        most=figures.count(int(row["most"])),
        reached=figures.count(reached),
        reached_url=address.having(which=REACHED),
        short=figures.count(both - reached),
        short_url=address.having(which=SHORT),
        share=100 * reached // both if both else 0,
        teams=tuple((team, figures.count(at), figures.count(all_ - at)) for team, at, all_ in by_team.iter_rows()),
    )


def _chosen(found: pl.DataFrame, rule: str, which: str) -> pl.DataFrame:
    if rule:
        found = found.filter(pl.col("rule_id") == rule)
    if which in (REACHED, SHORT):
        found = found.filter(pl.col("is_reached") == (which == REACHED))
    return found


def _page(
    found: pl.DataFrame,
    officers: Sequence[Officer],
    titles: Mapping[str, str],
    address: Address,
    page: str,
    *,
    zone: str,
    today: date,
) -> Paging[CappedRow]:
    names = {one.owner_id: one.name for one in officers}
    part, number = page_of(found, int(page) if page.isdecimal() and len(page) < 7 else 1)
    rows = tuple(
        CappedRow(
            ref=written("account", row["account_id"]),
            url=reverse("account", args=[row["account_id"]]),
            debtor=row["debtor_name"],
            number=row["number"],
            officer=names.get(row["owner_id"], ""),
            amount=figures.amount(row["overdue_minor"], row["currency"]),
            rule=words.rule(words.GATE + row["rule_id"], titles),
            is_reached=row["is_reached"],
            until=figures.moment(row["until_at"], zone, today) if row["is_reached"] else "",
        )
        for row in part.iter_rows(named=True)
    )
    return paging(rows, found.height, number, address)
