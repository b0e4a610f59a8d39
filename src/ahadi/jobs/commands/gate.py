"""`ahadi gate`: whether somebody may be reached and why, what a day's plans meet, and past decisions made again."""

import argparse
import json
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from ahadi.domain.audit.ports import Actor
from ahadi.domain.contact import queries, replay
from ahadi.domain.contact.ports import Answer
from ahadi.domain.people.queries import House, now
from ahadi.domain.reporting import forecast
from ahadi.domain.reporting.why import chosen
from ahadi.jobs import houses, intake, showing
from ahadi.kernel.rule import CHANNELS, PURPOSES

HELP = "Ask whether somebody may be reached: `gate explain ACCOUNT`, `gate forecast`, `gate replay`"
NEEDS: Literal["prepared"] = "prepared"


class UnableToReadMoment(Exception):
    """The moment is not written as 2026-03-10 or 2026-03-10T14:30."""

    is_refusal = True


def configure(parser: argparse.ArgumentParser) -> None:
    """Nothing by itself; the acts say what they need."""
    parser.epilog = (
        "ahadi gate explain ACCOUNT [--channel C] [--at TIME] | forecast [--as-of D] | replay [DECISION ...]"
    )


def run(_arguments: argparse.Namespace) -> int:
    """Says which acts there are."""
    print("ahadi gate explain ACCOUNT [--channel C] [--at TIME] | forecast [--as-of D] | replay [DECISION ...]")
    return 2


def configure_explain(parser: argparse.ArgumentParser) -> None:
    """ACCOUNT, by which channel, when."""
    parser.add_argument("account", metavar="ACCOUNT", help="the creditor's number of the account")
    parser.add_argument("--channel", choices=CHANNELS, help="by which channel; every one by default")
    parser.add_argument("--purpose", choices=PURPOSES, default="collect", help="for what; to collect by default")
    parser.add_argument(
        "--at", metavar="TIME", help="when, in the organisation's zone: 2026-03-10T14:30; now by default"
    )
    parser.add_argument("--creditor", metavar="NAME", help="whose account, where several creditors use the number")
    houses.add_argument(parser)
    parser.add_argument("--format", choices=["table", "json"], default="table")


def run_explain(arguments: argparse.Namespace) -> int:
    """Prints the answer for everybody who has to do with the account, by every channel and contact point."""
    house = houses.chosen(arguments.organisation)
    by = Actor("operator", organisation_id=house.id)
    account_id = chosen(by=by, number=arguments.account, creditor=arguments.creditor, currency=None, product=None)
    channels = (arguments.channel,) if arguments.channel else CHANNELS
    at = _moment(arguments.at, house)
    found = queries.every_way(account_id=account_id, at=at, channels=channels, purpose=arguments.purpose)
    if arguments.format == "json":
        print(json.dumps([_document(one) for one in found], ensure_ascii=False, indent=1))
    else:
        print("\n".join(line for one in found for line in _lines(one, house)))
    return 0


def configure_forecast(parser: argparse.ArgumentParser) -> None:
    """For which day."""
    parser.add_argument("--as-of", type=intake.day, metavar="D", help="the day before the one that is looked at; today")
    houses.add_argument(parser)


def run_forecast(arguments: argparse.Namespace) -> int:
    """Prints how many of the next day's planned contacts are lawful at some moment, and which rule stops the others."""
    house = houses.chosen(arguments.organisation)
    day = (arguments.as_of or house.today) + timedelta(days=1)
    found = forecast.forecast(by=Actor("operator", organisation_id=house.id), day=day)
    print(f"{found.planned} contacts planned for {day}: {found.lawful} lawful at some moment of the day")
    if found.stopped.height:
        print()
        print(showing.table(found.stopped))
    return 0


def configure_replay(parser: argparse.ArgumentParser) -> None:
    """Which decisions."""
    parser.add_argument("decisions", metavar="DECISION", type=int, nargs="*", help="their numbers; all by default")


def run_replay(arguments: argparse.Namespace) -> int:
    """Makes decisions again; 1 where one comes out otherwise."""
    count, wrong = 0, []
    for one in replay.replayed(decision_ids=arguments.decisions or None):
        count += 1
        if not one.is_equal:
            wrong.append(one)
    print(f"{count} decisions made again, {count - len(wrong)} as they were")
    for one in wrong:
        print(f"decision {one.decision_id}: was {one.then}, now {one.now}")
    return 1 if wrong else 0


def _moment(text: str | None, house: House) -> datetime:
    zone = ZoneInfo(house.time_zone)
    if text is None:
        return now().astimezone(zone)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise UnableToReadMoment(f"{text!r} is no moment; write it as 2026-03-10T14:30") from None
    return found if found.tzinfo is not None else found.replace(tzinfo=zone)


def _lines(one: Answer, house: House) -> list[str]:
    who = f"{one.role}, {one.asked.channel}" + (
        f", point {one.asked.contact_point_id}" if one.asked.contact_point_id else ""
    )
    until = (
        "" if one.answer != "block" else f"; next lawful {_shown(one.next_lawful_at, house) or 'not within 400 days'}"
    )
    lines = [f"{who}: {one.answer}{until}"]
    for reason in one.reasons:
        end = f" until {_shown(reason.until_at, house)}" if reason.until_at is not None else ""
        lines.append(f"    {reason.action}s{end}: {reason.rule_id}, {reason.title}")
    return lines


def _shown(moment: datetime | None, house: House) -> str | None:
    return None if moment is None else moment.astimezone(ZoneInfo(house.time_zone)).strftime("%Y-%m-%d %H:%M")


def _document(one: Answer) -> dict[str, Any]:
    return {
        "role": one.role,
        "person": one.asked.person_id,
        "channel": one.asked.channel,
        "contact_point": one.asked.contact_point_id,
        "purpose": one.asked.purpose,
        "at": one.at.isoformat(),
        "zones": list(one.zones),
        "answer": one.answer,
        "next_lawful_at": one.next_lawful_at.isoformat() if one.next_lawful_at is not None else None,
        "reasons": [
            {
                "rule": reason.rule_id,
                "action": reason.action,
                "until": reason.until_at.isoformat() if reason.until_at is not None else None,
                "fact": reason.fact,
                "says": reason.title,
                "source": reason.source,
            }
            for reason in one.reasons
        ],
        "duties": [{"rule": duty.rule_id, "says": list(duty.says), "stores": list(duty.stores)} for duty in one.duties],
    }


ACTS = {
    "explain": (configure_explain, run_explain),
    "forecast": (configure_forecast, run_forecast),
    "replay": (configure_replay, run_replay),
}
