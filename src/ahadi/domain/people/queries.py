"""Which organisations there are, what day it is in them, and who works there."""

from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from ahadi.data import frames
from ahadi.data.models.organisation import Organisation
from ahadi.domain.audit.ports import Actor
from ahadi.domain.audit.steps import database_clock


class UnableToChooseOrganisation(Exception):
    """There is no such organisation, or there are several and none was named: say which with --organisation CODE."""

    is_refusal = True


@dataclass(frozen=True)
class House:
    """An organisation as other rooms need it; `today` is its business date by the database's clock."""

    id: int
    code: str
    name: str
    country: str
    currency: str
    time_zone: str
    today: date


def today(organisation_id: int) -> date:
    """The business date of an organisation: the database's clock in the organisation's time zone."""
    found: date = frames.scalar(
        "SELECT (clock_timestamp() AT TIME ZONE time_zone)::date FROM organisation WHERE id = %(id)s",
        {"id": organisation_id},
    )
    return found


def now() -> datetime:
    """This moment, by the database's clock."""
    return database_clock()


def time_zone(organisation_id: int) -> str:
    """The time zone of an organisation, by its tz name."""
    found: str = Organisation.objects.values_list("time_zone", flat=True).get(id=organisation_id)
    return found


def houses() -> list[House]:
    """All organisations, by code."""
    return [
        House(o.id, o.code, o.name, o.country, o.currency, o.time_zone, today(o.id))
        for o in Organisation.objects.order_by("code")
    ]


def house(code: str | None) -> House:
    """The organisation of this code, or the only one. Raises UnableToChooseOrganisation."""
    known = houses()
    chosen = [one for one in known if code is None or one.code == code]
    if len(chosen) == 1:
        return chosen[0]
    names = ", ".join(one.code for one in known) or "none yet"
    if code is not None:
        raise UnableToChooseOrganisation(f"there is no organisation {code!r}; there are: {names}")
    raise UnableToChooseOrganisation(f"say which organisation with --organisation CODE; there are: {names}")


def has_second_factor(by: Actor) -> bool:
    """Whether a person has an authenticator app or a passkey."""
    return bool(
        frames.scalar(
            "SELECT EXISTS (SELECT FROM mfa_authenticator WHERE user_id = %(person)s AND type <> 'recovery_codes')",
            {"person": by.person_id},
        )
    )


def owner_of(login: str) -> int | None:
    """The owner that an officer's login, or a queue's code, stands for."""
    found: int | None = frames.scalar("SELECT id FROM owner WHERE code = %(code)s ORDER BY id LIMIT 1", {"code": login})
    return found


def owners(organisation_id: int) -> pl.DataFrame:
    """Officers and queues of an organisation: owner_id, code, name, and how many open accounts each has."""
    return frames.read(
        "SELECT o.id, o.code, o.name, count(s.account_id) FROM owner o"
        " LEFT JOIN account_state s ON s.owner_id = o.id AND s.status = 'open'"
        " WHERE o.organisation_id = %(organisation)s GROUP BY o.id ORDER BY o.name, o.id",
        {"organisation": organisation_id},
        {"owner_id": pl.Int64, "code": pl.String, "name": pl.String, "accounts": pl.Int64},
    )


def last_close(organisation_id: int) -> tuple[date, datetime] | None:
    """The last closed business date and when it was closed."""
    day = frames.scalar(
        "SELECT max(business_date) FROM close WHERE organisation_id = %(id)s AND stage = 'day'", {"id": organisation_id}
    )
    at = frames.scalar(
        "SELECT max(at) FROM close WHERE organisation_id = %(id)s AND stage = 'day'", {"id": organisation_id}
    )
    return None if day is None else (day, at)
