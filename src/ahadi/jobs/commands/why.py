"""`ahadi why`: why an account stands where it does, on any day."""

import argparse
import json
import sys
from datetime import date
from typing import Any, Literal

from ahadi.domain.audit.ports import Actor
from ahadi.domain.reporting.why import NextAction, Why, chosen, why
from ahadi.jobs import houses, intake, showing
from ahadi.kernel.money import plain_text

HELP = "Say why an account stands where it does on a day: `why ACCOUNT --as-of D`"
NEEDS: Literal["prepared"] = "prepared"

_MONEY = ("outstanding", "overdue", "disputed", "unapplied")
_FIGURES = (
    "days_late",
    "bucket",
    "days_to_next_bucket",
    "oldest_due_date",
    "last_receipt_on",
    "last_contact_on",
    "promise_status",
    "promise_due_on",
    "hold_kind",
    "hold_review_on",
    "placed_on",
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Which account, on which day, in which form."""
    parser.add_argument("account", metavar="ACCOUNT", help="the creditor's number of the account")
    parser.add_argument("--as-of", type=intake.day, metavar="D", help="the day; today by default")
    parser.add_argument("--creditor", metavar="NAME", help="whose account, where several creditors use the number")
    parser.add_argument("--currency", metavar="C", help="in which currency, where there are several")
    parser.add_argument("--product", metavar="P", help="of which product, where there are several")
    houses.add_argument(parser)
    parser.add_argument("--format", choices=["table", "json"], default="table")


def run(arguments: argparse.Namespace) -> int:
    """Prints place and points or the rule of absence, the next action and its source, and the figures."""
    house = houses.chosen(arguments.organisation)
    by = Actor("operator", organisation_id=house.id)
    account_id = chosen(
        by=by,
        number=arguments.account,
        creditor=arguments.creditor,
        currency=arguments.currency,
        product=arguments.product,
    )
    found = why(by=by, as_of=arguments.as_of or house.today, account_id=account_id)
    if arguments.format == "json":
        json.dump(_document(found), sys.stdout, ensure_ascii=False, indent=1)
        print()
    else:
        print("\n".join(_lines(found)))
    return 0


def _lines(found: Why) -> list[str]:
    row = found.account
    who = f"{row['number']} of {row['creditor']}, {row['product']} in {row['currency']}"
    debtor = f"{row['debtor_name'] or 'a debtor without a name'} ({row['debtor_number']})"
    return [
        f"{who}: {debtor}, worked by {row['officer'] or 'nobody'}, at the end of {found.day}",
        "",
        *(_place(found) if found.is_listed else [_absence(found)]),
        "",
        _next_line(found.next_action),
        "",
        *_figure_lines(_figures(found)),
    ]


def _place(found: Why) -> list[str]:
    row = found.account
    reasons = [
        f"  {point['reason']:<18} {point['points']:>+5}  {_detail(point, str(row['currency']))}".rstrip()
        for point in found.points.iter_rows(named=True)
    ]
    untouched = "off the list" if found.points_tomorrow is None else f"{found.points_tomorrow} points"
    points = showing.counted(int(str(row["points"])), "point")
    return [
        f"Place {row['rank']} of {found.listed} on the list, {points}:",
        *reasons,
        f"  {'together':<18} {row['points']:>+5}",
        f"If nobody touches it, tomorrow: {untouched}.",
    ]


def _detail(point: dict[str, Any], currency: str) -> str:
    money = f"{currency} {plain_text(point['amount_minor'], currency)}" if point["amount_minor"] is not None else ""
    days = showing.counted(point["days"], "day") if point["days"] is not None else ""
    return money or days


def _absence(found: Why) -> str:
    until = found.account["until_date"]
    return f"On no list: {found.account['rule']}" + (f", until {until}." if until else ".")


def _next_line(asked: NextAction | None) -> str:
    if asked is None:
        return "Nothing is to happen: the account is closed."
    by = f" by {asked.channel}" if asked.channel else ""
    told = {
        "strategy": f"step {asked.step} of strategy {asked.version}, segment {asked.segment}",
        "promise": "an open promise is judged after its last day of grace",
        "hold": "a hold is looked at on its review day",
        "person": "somebody asked for it",
        "review": "nothing else is waited for",
    }
    return f"Next: {asked.action}{by} on {asked.on} ({asked.source}: {told[asked.source]})"


def _figures(found: Why) -> dict[str, Any]:
    row = found.account
    currency = str(row["currency"])
    money = {name: plain_text(int(str(row[f"{name}_minor"])), currency) for name in _MONEY}
    return {"status": row["status"], **money, **{name: _plain(row[name]) for name in _FIGURES}}


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _figure_lines(figures: dict[str, Any]) -> list[str]:
    width = max(map(len, figures))
    return [f"{name.replace('_', ' '):<{width}}  {'—' if value is None else value}" for name, value in figures.items()]


def _document(found: Why) -> dict[str, Any]:
    row, asked = found.account, found.next_action
    named = ("number", "creditor", "product", "currency", "debtor_number", "debtor_name", "officer", "branch")
    return {
        "account": {name: row[name] for name in named},
        "as_of": found.day.isoformat(),
        "listed": _listed(found) if found.is_listed else None,
        "absent": None if found.is_listed else {"rule": row["rule"], "until_date": _plain(row["until_date"])},
        "next_action": asked and {name: _plain(value) for name, value in vars(asked).items()},
        "figures": _figures(found),
    }


def _listed(found: Why) -> dict[str, Any]:
    row = found.account
    currency = str(row["currency"])
    reasons = [
        {
            "reason": point["reason"],
            "points": point["points"],
            "amount": None if point["amount_minor"] is None else plain_text(point["amount_minor"], currency),
            "days": point["days"],
        }
        for point in found.points.iter_rows(named=True)
    ]
    told = {"rank": row["rank"], "of": found.listed, "points": row["points"]}
    return {**told, "reasons": reasons, "points_tomorrow": found.points_tomorrow}
