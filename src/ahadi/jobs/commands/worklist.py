"""`ahadi worklist`: who is worked next and why, for any day."""

import argparse
import json
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

import polars as pl

from ahadi.domain.audit.ports import OPERATOR, Actor
from ahadi.domain.people.queries import UnableToChooseOrganisation, owner_of
from ahadi.domain.work.queries import Ranking, listing, ranking
from ahadi.jobs import houses, intake, showing

HELP = "Show the worklist of a day, with the points and their reasons"
NEEDS: Literal["prepared"] = "prepared"


def configure(parser: argparse.ArgumentParser) -> None:
    """Which day, whose list, in which form."""
    parser.add_argument("--as-of", type=intake.day, metavar="D", help="the day; today by default")
    parser.add_argument("--officer", metavar="LOGIN", help="only this officer's, or a queue's")
    houses.add_argument(parser)
    parser.add_argument("--format", choices=showing.FORMATS, default="table")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write csv or xlsx there")
    parser.add_argument("--absent", action="store_true", help="show who is not on it, and by which rule")


def run(arguments: argparse.Namespace) -> int:
    """Prints the worklist."""
    house = houses.chosen(arguments.organisation)
    owner_id = owner_of(arguments.officer) if arguments.officer else None
    if arguments.officer and owner_id is None:
        raise UnableToChooseOrganisation(f"there is no officer or queue {arguments.officer!r}")
    by, as_of = replace(OPERATOR, organisation_id=house.id), arguments.as_of or house.today
    if arguments.format == "json":
        json.dump(_document(ranking(by=by, as_of=as_of, owner_id=owner_id)), sys.stdout, ensure_ascii=False, indent=1)
        print()
        return 0
    frame, counts = _table(by, as_of, owner_id, is_absent=arguments.absent)
    if arguments.format == "table":
        print(showing.table(showing.with_amounts(frame, ["arrears_minor"]).rename({"arrears_minor": "arrears"})))
        print(counts)
    else:
        showing.write(frame, arguments.format, arguments.output, {"arrears_minor": "currency"})
    return 0


def _table(by: Actor, as_of: date, owner_id: int | None, *, is_absent: bool) -> tuple[pl.DataFrame, str]:
    """The rows, and a sentence that counts them: who is listed as the close wrote it, who is absent from the facts."""
    if is_absent:
        found = ranking(by=by, as_of=as_of, owner_id=owner_id)
        frame, listed, absent = _absent(found), found.ranked.height, found.absent.height
    else:
        today = listing(by=by, as_of=as_of, owner_id=owner_id)
        frame, listed, absent = _ranked(today.ranked, today.points), today.ranked.height, today.absent
    return frame, f"{listed} accounts on the list of {as_of}, {absent} absent"


def _told(points: pl.DataFrame) -> pl.DataFrame:
    """The reasons of each account in one line, the heaviest first."""
    signed = pl.format(
        "{} {}", pl.col("reason"), pl.when(pl.col("points") > 0).then(pl.format("+{}", "points")).otherwise("points")
    )
    return (
        points.sort("account_id", pl.col("points").abs(), descending=[False, True])
        .group_by("account_id", maintain_order=True)
        .agg(reasons=signed.str.join(", "))
    )


def _ranked(ranked: pl.DataFrame, points: pl.DataFrame) -> pl.DataFrame:
    return ranked.join(_told(points), on="account_id", how="left", maintain_order="left").select(
        "officer",
        "rank",
        "points",
        "creditor",
        account="number",
        currency="currency",
        arrears_minor="overdue_minor",
        days_late="days_late",
        reasons=pl.col("reasons").fill_null(""),
    )


def _absent(found: Ranking) -> pl.DataFrame:
    return found.absent.select(
        "officer",
        "rule",
        "until_date",
        "creditor",
        account="number",
        currency="currency",
        arrears_minor="overdue_minor",
        days_late="days_late",
    )


def _document(found: Ranking) -> dict[str, Any]:
    reasons: dict[int, list[dict[str, Any]]] = {}
    for row in found.points.select("account_id", "reason", "points", "amount_minor", "days").iter_rows(named=True):
        reasons.setdefault(row.pop("account_id"), []).append(row)
    ids = found.ranked["account_id"].to_list()
    rows = showing.with_amounts(_ranked(found.ranked, found.points), ["arrears_minor"]).rename(
        {"arrears_minor": "arrears"}
    )
    listed = [{**row, "reasons": reasons.get(id_, [])} for id_, row in zip(ids, rows.to_dicts(), strict=True)]
    absent = showing.with_amounts(_absent(found), ["arrears_minor"]).rename({"arrears_minor": "arrears"})
    return {
        "day": found.day.isoformat(),
        "ranked": listed,
        "absent": [
            {**row, "until_date": row["until_date"] and row["until_date"].isoformat()} for row in absent.to_dicts()
        ],
    }
