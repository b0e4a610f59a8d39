"""`ahadi worklist`: who is worked next and why, for any day."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any, Literal

import polars as pl

from ahadi.domain.audit.ports import OPERATOR
from ahadi.domain.people.queries import UnableToChooseOrganisation, owner_of
from ahadi.domain.work.queries import Ranking, ranking
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
    found = ranking(by=OPERATOR, as_of=arguments.as_of or house.today, owner_id=owner_id)
    if arguments.format == "json":
        json.dump(_document(found), sys.stdout, ensure_ascii=False, indent=1)
        print()
        return 0
    frame = _absent(found) if arguments.absent else _ranked(found)
    if arguments.format == "table":
        print(showing.table(showing.with_amounts(frame, ["arrears_minor"]).rename({"arrears_minor": "arrears"})))
        print(f"{found.ranked.height} accounts on the list of {found.day}, {found.absent.height} absent")
    else:
        showing.write(frame, arguments.format, arguments.output, {"arrears_minor": "currency"})
    return 0


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


def _ranked(found: Ranking) -> pl.DataFrame:
    return found.ranked.join(_told(found.points), on="account_id", how="left", maintain_order="left").select(
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
    rows = showing.with_amounts(_ranked(found), ["arrears_minor"]).rename({"arrears_minor": "arrears"})
    listed = [{**row, "reasons": reasons.get(id_, [])} for id_, row in zip(ids, rows.to_dicts(), strict=True)]
    absent = showing.with_amounts(_absent(found), ["arrears_minor"]).rename({"arrears_minor": "arrears"})
    return {
        "day": found.day.isoformat(),
        "ranked": listed,
        "absent": [
            {**row, "until_date": row["until_date"] and row["until_date"].isoformat()} for row in absent.to_dicts()
        ],
    }
