"""Which rules hold for an organisation: those of the rulebook as it signed them off, and its own policies."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

import polars as pl

from ahadi.data import calendars, frames, law
from ahadi.data.once import asked_once
from ahadi.kernel.rule import Calendar, Rule

_SEPARATOR = "|"

_SIGNED = """
    SELECT rule FROM (SELECT DISTINCT ON (rule) rule, is_given FROM sign_off
      WHERE organisation_id = %(organisation)s AND at <= %(known_at)s ORDER BY rule, id DESC) s
    WHERE is_given ORDER BY rule
"""
_APPROVED = """
    SELECT p.code, p.text FROM policy p
    JOIN LATERAL (SELECT verdict FROM policy_verdict v WHERE v.policy_id = p.id AND v.at <= %(known_at)s
                  ORDER BY v.id DESC LIMIT 1) v ON v.verdict = 'approved'
    WHERE p.organisation_id = %(organisation)s ORDER BY p.id
"""
_DAYS = """
    SELECT country, day, is_holiday FROM day_override WHERE organisation_id = %(organisation)s ORDER BY country, day
"""


@dataclass(frozen=True)
class Lawbook:
    """What holds for one organisation: signed-off rules, own policies, days known better than the calendar."""

    organisation_id: int
    signed_off: frozenset[str]
    policies: tuple[Rule, ...]
    days: tuple[calendars.Override, ...]

    def rules(self, regime: str) -> tuple[Rule, ...]:
        """The rules of a regime as `named` spells it."""
        _, side, kind, places = regime.split(_SEPARATOR)
        return law.regime(
            frozenset(places.split("+")) - {""},
            is_third_party=side == "third",
            debtor_kind=kind or None,
            signed_off=self.signed_off,
            policies=self.policies,
        )

    def with_policies(self, proposed: tuple[Rule, ...]) -> "Lawbook":
        """The same with further policies, as if they had been approved."""
        return replace(self, policies=(*self.policies, *proposed)) if proposed else self

    def calendar(self, name: str, *, at: datetime) -> Calendar:
        """The calendar of countries joined by `+`, from the year before to two years after."""
        return calendars.calendar(
            frozenset(name.split("+")) - {""}, years=range(at.year - 1, at.year + 3), overrides=self.days
        )


def named(organisation: pl.Expr, *, is_third_party: pl.Expr, kind: pl.Expr, places: pl.Expr) -> pl.Expr:
    """The name of a regime: organisation, side, kind of debtor, places."""
    side = pl.when(is_third_party).then(pl.lit("third")).otherwise(pl.lit("own"))
    return pl.concat_str(organisation.cast(pl.String), side, kind.fill_null(""), places, separator=_SEPARATOR)


def organisation_of(regime: str) -> int:
    """Whose regime it is."""
    return int(regime.partition(_SEPARATOR)[0])


@asked_once
def lawbook(organisation_id: int, *, known_at: datetime) -> Lawbook:
    """What holds for an organisation as it was known at a moment."""
    bound = {"organisation": organisation_id, "known_at": known_at}
    signed = frames.made(str, _SIGNED, bound)
    approved = frames.made(_read, _APPROVED, bound)
    days = frames.made(calendars.Override, _DAYS, bound)
    return Lawbook(organisation_id, frozenset(signed), tuple(rule for tests in approved for rule in tests), days)


@lru_cache(maxsize=256)
def _read(code: str, text: str) -> tuple[Rule, ...]:
    return tuple(test for rule in law.read(text, file=code) for test in rule.tests)
