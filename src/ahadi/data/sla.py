"""Reads by when things are answered: dated amounts by kind and country, and the shares at which that is pressing."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Final

from ahadi.data.marked import Entry, read_entries

ANY: Final = "*"
OFFICE, EVERY_DAY = "office", "every_day"
_FILE: Final = "rulebook/sla.yaml"


class UnableToReadSla(Exception):
    """The file of answering times cannot be used: the message names the line and what was expected."""

    is_refusal = True


@dataclass(frozen=True)
class Sla:
    """So many minutes or days, by a calendar, from a day on; `rule` names the rule of a country that says so."""

    kind: str
    country: str
    from_date: date
    amount: int
    unit: str
    calendar: str
    rule: str | None

    @property
    def source(self) -> str:
        """What says so."""
        return self.rule or f"sla.{self.kind}.{self.country}"


@dataclass(frozen=True)
class Slas:
    """Every answering time, the shares (basis points) that press, and the hours of an office in minutes of its day."""

    amber_bps: int
    red_bps: int
    manager_bps: int
    opens: int
    closes: int
    values: tuple[Sla, ...]

    def at(self, kind: str, country: str, day: date) -> Sla:
        """What holds for a kind in a country on a day, else in any. Raises UnableToReadSla when there is none."""
        for wanted in (country, ANY):
            found = [one for one in self.values if (one.kind, one.country) == (kind, wanted) and one.from_date <= day]
            if found:
                return max(found, key=lambda one: one.from_date)
        raise UnableToReadSla(f"{_FILE}: no value for {kind!r} on {day} in {country!r}, and none for any country")


@cache
def slas() -> Slas:
    """What the rulebook says. Raises UnableToReadSla."""
    return read_slas(files("ahadi").joinpath(_FILE).read_text("utf-8"), file=_FILE)


def read_slas(text: str, *, file: str) -> Slas:
    """What a text says. Raises UnableToReadSla."""
    head = read_entries(text, file=file, error=UnableToReadSla)
    shares = ("amber_bps", "red_bps", "manager_bps")
    fields = head.fields(required=("parameter", "source", "quality", "hours", "values", *shares))
    amber, red, manager = (fields[name].whole(least=1) for name in shares)
    if not amber <= red <= 10_000 <= manager:
        raise fields["amber_bps"].refused("amber, red, the whole (10000) and the manager's share must rise")
    hours = fields["hours"].fields(required=("opens", "closes"))
    opens, closes = (hours[name].minute() for name in ("opens", "closes"))
    if opens >= closes:
        raise hours["closes"].refused("an office closes after it opens")
    return Slas(amber, red, manager, opens, closes, tuple(_value(entry) for entry in fields["values"].items()))


def _value(entry: Entry) -> Sla:
    fields = entry.fields(required=("kind", "country", "from", "amount", "unit", "calendar"), optional=("rule",))
    return Sla(
        kind=fields["kind"].text(),
        country=fields["country"].text(),
        from_date=fields["from"].day(),
        amount=fields["amount"].whole(least=1),
        unit=fields["unit"].choice(("minutes", "days")),
        calendar=fields["calendar"].choice((OFFICE, EVERY_DAY)),
        rule=fields["rule"].text() if "rule" in fields else None,
    )
