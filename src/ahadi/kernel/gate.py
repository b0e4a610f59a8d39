"""Whether contact is lawful: for any debtor, person, channel, number and moment, by which rule, and when it next is.

Every rule in force is either a span of time in which it restrains a question (`restraint`) or hours outside of which it
does (`opening`). A question is blocked while a rule that blocks restrains it, warned of while one that warns does. The
next lawful moment is found by going to where the restraints of the moment end, again and again, until none is left: no
restraint ends earlier than where it lets go, so nothing lawful is stepped over.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import numpy as np
import polars as pl

from ahadi.kernel import restraint
from ahadi.kernel.opening import FOREVER, MINUTES_OF_DAY, Opening, Quiet, force
from ahadi.kernel.ragged import Flags, Ints, ints, nullable
from ahadi.kernel.restraint import NO_FACT, Spans, distinct, require_words
from ahadi.kernel.rule import (
    HORIZON,
    Attempts,
    Calendar,
    Content,
    Conversation,
    During,
    Gap,
    Hours,
    Inconvenient,
    Rule,
    Unless,
)
from ahadi.kernel.schema import Column, Spec, WrongFrame, empty, require, uphold
from ahadi.kernel.zone import zone_names

ALLOW, WARN, BLOCK = "allow", "warn", "block"
_INSTANT: Final = pl.Datetime("us", "UTC")
_HORIZON: Final = HORIZON // timedelta(microseconds=1)

QUESTIONS: Final = Spec(
    "questions",
    (
        Column("question_id", pl.Int64),
        Column("account_id", pl.Int64),
        Column("debtor_id", pl.Int64),
        Column("person_id", pl.Int64),
        Column("point_id", pl.Int64, is_nullable=True),
        Column("role", pl.String),
        Column("has_basis", pl.Boolean),
        Column("channel", pl.String),
        Column("place", pl.String, is_nullable=True),
        Column("purpose", pl.String),
        Column("content", pl.String, is_nullable=True),
        Column("regime", pl.String),
        Column("zones", pl.String),
        Column("calendar", pl.String),
        Column("at", _INSTANT),
    ),
    key=("question_id",),
)
"""May this person be reached about this account, in this way, at this moment? `zones` are the zones where the person
may be, joined by `+`; `content` the elements of the message, joined by `+`, null while it is not written; `regime` and
`calendar` name what holds there.
"""

FACTS: Final = Spec(
    "facts",
    (
        Column("fact_id", pl.Int64),
        Column("kind", pl.String),
        Column("account_id", pl.Int64, is_nullable=True),
        Column("debtor_id", pl.Int64, is_nullable=True),
        Column("person_id", pl.Int64, is_nullable=True),
        Column("point_id", pl.Int64, is_nullable=True),
        Column("channel", pl.String, is_nullable=True),
        Column("from_at", _INSTANT),
        Column("until_at", _INSTANT, is_nullable=True),
    ),
    key=("fact_id",),
)
"""What restrains or permits, from an instant until before another; it meets the questions that share every id and the
channel that it names, and names at least one id.
"""

ATTEMPTS: Final = Spec(
    "attempts",
    (
        Column("attempt_id", pl.Int64),
        Column("account_id", pl.Int64),
        Column("debtor_id", pl.Int64),
        Column("person_id", pl.Int64),
        Column("point_id", pl.Int64, is_nullable=True),
        Column("channel", pl.String),
        Column("place", pl.String, is_nullable=True),
        Column("at", _INSTANT),
        Column("result", pl.String, is_nullable=True),
        Column("is_outbound", pl.Boolean),
        Column("is_conversation", pl.Boolean),
    ),
    key=("attempt_id", "account_id"),
)
"""Attempts and contacts, one row for each debt that they were about; those after a question's moment do not count."""

PREFERENCES: Final = Spec(
    "preferences",
    (
        Column("person_id", pl.Int64),
        Column("weekday", pl.Int64, is_positive=True),
        Column("from_minute", pl.Int64),
        Column("until_minute", pl.Int64, is_positive=True),
    ),
)
"""Times at which a person is not to be disturbed: weekday 1 (Monday) to 7, minutes of the local day."""

ANSWERS: Final = Spec(
    "answers",
    (
        Column("question_id", pl.Int64),
        Column("answer", pl.String),
        Column("next_lawful_at", _INSTANT, is_nullable=True),
    ),
    key=("question_id",),
)
"""`allow`, `warn` or `block`, and the first moment from the one asked for on at which no rule blocks; null where there
is none within 400 days.
"""

REASONS: Final = Spec(
    "reasons",
    (
        Column("question_id", pl.Int64),
        Column("rule_id", pl.String),
        Column("action", pl.String),
        Column("until_at", _INSTANT, is_nullable=True),
        Column("fact_id", pl.Int64, is_nullable=True),
    ),
    key=("question_id", "rule_id", "action"),
)
"""Every rule that spoke: until when what restrains now lasts (null for ever, or beyond 400 days), and the fact behind
it that lasts longest, where there is one.
"""

DUTIES: Final = Spec(
    "duties",
    (
        Column("question_id", pl.Int64),
        Column("rule_id", pl.String),
        Column("action", pl.String),
        Column("says", pl.List(pl.String)),
        Column("stores", pl.List(pl.String)),
    ),
)
"""What the rules ask to be said or done, and to be kept, in a contact of this kind."""

_ANSWERS: Final = pl.Series([ALLOW, WARN, BLOCK])
_DAYS_OF_WEEK: Final = 7
_PROFILE: Final = ("regime", "channel", "role", "has_basis", "purpose", "place", "content")


@dataclass(frozen=True)
class Decision:
    """`answers` one for each question in its order, `reasons` by question and rule."""

    answers: pl.DataFrame
    reasons: pl.DataFrame


@dataclass(frozen=True)
class Known:
    """What is known: FACTS, ATTEMPTS, PREFERENCES, and the rules of each regime and the calendars by name."""

    facts: pl.DataFrame
    attempts: pl.DataFrame
    preferences: pl.DataFrame
    regimes: Mapping[str, tuple[Rule, ...]]
    calendars: Mapping[str, Calendar]


def decide(questions: pl.DataFrame, known: Known) -> Decision:
    """Answer QUESTIONS from what is known: ANSWERS and REASONS.

    Raises WrongFrame, also for a channel, role, purpose, place or result that no rule could know; KeyError for a
    regime or calendar that was not given, or a zone that there is not; BrokenLaw.
    """
    asked = _Asked(require(questions, QUESTIONS), known)
    restraints = list(asked.restraints())
    spoken = [each.speaks(asked) for each in restraints]
    is_blocked, is_warned = asked.none(), asked.none()
    for each, (row, _, _) in zip(restraints, spoken, strict=True):
        (is_blocked if each.rule.action == "block" else is_warned)[row] = True
    lawful = asked.at.copy()
    rows = np.flatnonzero(is_blocked)
    lawful[rows] = _next_lawful(asked, [each for each in restraints if each.rule.action == "block"], rows)
    said = np.where(is_blocked, 2, np.where(is_warned, 1, 0))
    answers = pl.DataFrame(
        [questions["question_id"], _ANSWERS[said].alias("answer"), _moments(lawful).alias("next_lawful_at")]
    )
    uphold("what is not blocked is lawful now", is_kept=bool((lawful[~is_blocked] == asked.at[~is_blocked]).all()))
    uphold("what is blocked is lawful later or not at all", is_kept=bool((lawful[rows] > asked.at[rows]).all()))
    return Decision(require(answers, ANSWERS), _reasons(asked, restraints, spoken))


def duties(questions: pl.DataFrame, regimes: Mapping[str, tuple[Rule, ...]]) -> pl.DataFrame:
    """DUTIES of QUESTIONS: what each rule that is about a question asks to be said, done and kept."""
    asked = require(questions, QUESTIONS)
    profiles, profile = distinct(asked, _PROFILE)
    require_words("questions", _PROFILE, profiles)
    found = [list(dict.fromkeys(_duties(values, regimes))) for values in profiles]
    columns = {column.name: column.dtype for column in DUTIES.columns[1:]}
    said = [(*duty[:2], list(duty[2]), list(duty[3])) for each in found for duty in each]
    told = pl.DataFrame(said, schema=columns, orient="row")
    counts = np.array([len(each) for each in found], dtype=np.int64)
    count, first = counts[profile], (np.cumsum(counts) - counts)[profile]
    place = np.repeat(first - np.cumsum(count) + count, count) + np.arange(count.sum())
    ids_ = np.repeat(ints(asked, "question_id"), count)
    return require(pl.DataFrame([pl.Series("question_id", ids_), *told[place]]), DUTIES)


def _duties(
    values: tuple[Any, ...], regimes: Mapping[str, tuple[Rule, ...]]
) -> Iterator[tuple[str, str, tuple[str, ...], tuple[str, ...]]]:
    for rule in regimes[str(values[0])]:
        if (rule.says or rule.stores) and _is_about(rule, values):
            yield rule.rule_id, rule.action, rule.says, rule.stores


@dataclass(frozen=True)
class _Span:
    """A rule that restrains in spans."""

    rule: Rule
    spans: Spans

    def speaks(self, asked: "_Asked") -> tuple[Ints, Ints, Ints]:
        """Rows that it restrains at the moment asked for, until when, and by which fact."""
        at = asked.at[self.spans.row]
        now = self.spans.where((self.spans.begin <= at) & (at < self.spans.end))
        return now.row, now.end, now.fact

    def within(self, is_kept: Flags) -> "_Span":
        return _Span(self.rule, self.spans.where(is_kept[self.spans.row]))

    def step(self, instants: Ints, limit: int) -> None:
        """Move what it restrains to where it lets go."""
        at = instants[self.spans.row]
        is_in = (self.spans.begin <= at) & (at < self.spans.end)
        np.maximum.at(instants, self.spans.row[is_in], self.spans.end[is_in])


@dataclass(frozen=True)
class _Clock:
    """A rule that restrains outside of hours, for the rows that share them."""

    rule: Rule
    opening: Opening
    row: Ints

    def speaks(self, asked: "_Asked") -> tuple[Ints, Ints, Ints]:
        """Rows that it restrains at the moment asked for, until when, and by no fact."""
        at = asked.at[self.row]
        until = self.opening.next_open(at, int(at.max()) + _HORIZON + 1) if len(at) else at
        is_closed = until > at
        return self.row[is_closed], until[is_closed], np.full(int(is_closed.sum()), NO_FACT, dtype=np.int64)

    def within(self, is_kept: Flags) -> "_Clock":
        return _Clock(self.rule, self.opening, self.row[is_kept[self.row]])

    def step(self, instants: Ints, limit: int) -> None:
        """Move what it restrains to where it lets go."""
        at = instants[self.row]
        is_far = at >= limit
        row, at = self.row[~is_far], at[~is_far]
        instants[row] = np.maximum(at, self.opening.next_open(at, limit))


_Restraint = _Span | _Clock


class _Asked:
    """Questions as arrays, with what is looked up for all rules at once."""

    def __init__(self, questions: pl.DataFrame, known: Known) -> None:
        self.questions = questions.hstack([pl.Series("row", np.arange(questions.height, dtype=np.int64))])
        self.id = ints(questions, "question_id")
        self.at: Ints = restraint.instants(questions["at"])
        self.known = known
        zones, self._zone = distinct(questions, ["zones"])
        self._zone_names = [zone_names(str(name)) for (name,) in zones]
        calendars, self._calendar = distinct(questions, ["calendar"])
        self._calendars = [known.calendars[str(name)] for (name,) in calendars]
        self._profiles, self._profile = distinct(questions, _PROFILE)
        require_words("questions", _PROFILE, self._profiles)
        self._quiet, self._week = _weeks(questions["person_id"], _timed(require(known.preferences, PREFERENCES)))
        self._rules = self._in_regimes()
        kinds = {kind for rule, _ in self._rules if isinstance(rule.test, During | Unless) for kind in rule.test.facts}
        self._facts = restraint.Facts(
            self.questions, _named(require(known.facts, FACTS)), kinds | {restraint.CALL_CONSENT}
        )
        attempts = require(known.attempts, ATTEMPTS)
        self._history = restraint.History(self.questions, attempts, self._facts, self._zone_names, self._zone)
        require_words("attempts", restraint.KIND, self._history.kinds)

    def none(self) -> Flags:
        """No row."""
        return np.zeros(len(self.at), dtype=np.bool_)

    def restraints(self) -> Iterator[_Restraint]:
        """What restrains these questions: every rule that warns or blocks."""
        for rule, is_about in self._rules:
            if rule.action not in ("block", "warn"):
                continue
            is_asked = is_about[self._profile]
            if not is_asked.any():
                continue
            if isinstance(rule.test, Hours | Inconvenient):
                yield from self._clocks(rule, is_asked)
            else:
                yield _Span(rule, self._in_force(rule, self._spans(rule, is_asked)))

    def _spans(self, rule: Rule, is_asked: Flags) -> Spans:
        test = rule.test
        if isinstance(test, During):
            return restraint.during(test, self._facts, is_asked)
        if isinstance(test, Unless):
            return restraint.unless(test, self._facts, is_asked)
        if isinstance(test, Attempts):
            return self._history.attempts(test, is_asked)
        if isinstance(test, Conversation):
            return self._history.conversation(test, is_asked)
        if isinstance(test, Gap):
            return self._history.gap(test, is_asked)
        # What a message lacks was looked at with the profiles, so that here it is as if always.
        return restraint.always(np.flatnonzero(is_asked))

    def _in_force(self, rule: Rule, spans: Spans) -> Spans:
        if rule.from_date is None and rule.until_date is None:
            return spans
        bounds = [force(zones, rule.from_date, rule.until_date) for zones in self._zone_names]
        begin, end = (np.array(side, dtype=np.int64) for side in zip(*bounds, strict=True))
        code = self._zone[spans.row]
        cut = Spans(spans.row, np.maximum(spans.begin, begin[code]), np.minimum(spans.end, end[code]), spans.fact)
        return cut.where(cut.begin < cut.end)

    def _clocks(self, rule: Rule, is_asked: Flags) -> Iterator[_Clock]:
        rows = np.flatnonzero(is_asked)
        if isinstance(rule.test, Inconvenient):
            rows = rows[self._week[rows] >= 0]
        weeks = self._week[rows] if isinstance(rule.test, Inconvenient) else np.zeros(len(rows), dtype=np.int64)
        code = (weeks * len(self._zone_names) + self._zone[rows]) * len(self._calendars) + self._calendar[rows]
        for one in np.unique(code):
            rest, calendar = divmod(int(one), len(self._calendars))
            wish, zone = divmod(rest, len(self._zone_names))
            week = rule.test if isinstance(rule.test, Hours) else self._quiet[wish]
            bounds = force(self._zone_names[zone], rule.from_date, rule.until_date)
            yield _Clock(
                rule, Opening(week, self._zone_names[zone], self._calendars[calendar], *bounds), rows[code == one]
            )

    def _in_regimes(self) -> list[tuple[Rule, Flags]]:
        """Each rule once, with the profiles that it is about."""
        found: dict[int, tuple[Rule, Flags]] = {}
        for place, values in enumerate(self._profiles):
            for rule in self.known.regimes[str(values[0])]:
                if _is_about(rule, values) and _lacks(rule, values[-1]):
                    _, is_about = found.setdefault(id(rule), (rule, np.zeros(len(self._profiles), dtype=np.bool_)))
                    is_about[place] = True
        return list(found.values())


def _next_lawful(asked: _Asked, restraints: list[_Restraint], rows: Ints) -> Ints:
    """The first instant at which none of them restrains, FOREVER where there is none in time."""
    instants = asked.at.copy()
    is_waiting = asked.none()
    is_waiting[rows] = True
    while is_waiting.any():
        before = instants[is_waiting]
        left = [each.within(is_waiting) for each in restraints]
        # The last instant of the horizon is looked at as well.
        limit = int(asked.at[is_waiting].max()) + _HORIZON + 1
        for each in left:
            each.step(instants, limit)
        waiting = np.flatnonzero(is_waiting)
        is_moved = instants[waiting] > before
        is_late = instants[waiting] > asked.at[waiting] + _HORIZON
        instants[waiting[is_late]] = FOREVER
        is_waiting[waiting] = is_moved & ~is_late
        restraints = left
    return instants[rows]


def _reasons(asked: _Asked, restraints: list[_Restraint], spoken: list[tuple[Ints, Ints, Ints]]) -> pl.DataFrame:
    parts = [(each.rule, *told) for each, told in zip(restraints, spoken, strict=True) if len(told[0])]
    if not parts:
        return _NO_REASONS
    names = sorted({(rule.rule_id, rule.action) for rule, *_ in parts})
    row, end, fact = (np.concatenate([part[place] for part in parts]) for place in (1, 2, 3))
    name = np.repeat([names.index((rule.rule_id, rule.action)) for rule, *_ in parts], [len(part[1]) for part in parts])
    # Of several that speak for one rule the one that lasts longest, by row and name: -1 - end falls where end rises.
    order = np.lexsort((fact, -1 - end, name, row))
    row, name = row[order], name[order]
    is_first = np.append(True, (row[1:] != row[:-1]) | (name[1:] != name[:-1]))
    row, name, end, fact = row[is_first], name[is_first], end[order][is_first], fact[order][is_first]
    until = nullable(end, end > asked.at[row] + _HORIZON).cast(_INSTANT)
    told = [
        pl.Series("question_id", asked.id[row]),
        pl.Series("rule_id", [rule_id for rule_id, _ in names])[name],
        pl.Series("action", [action for _, action in names])[name],
        until.alias("until_at"),
        nullable(fact, fact == NO_FACT).alias("fact_id"),
    ]
    return require(pl.DataFrame(told), REASONS)


_NO_REASONS: Final = empty(REASONS)


def _is_about(rule: Rule, values: tuple[object, ...]) -> bool:
    """Whether a rule is about questions of this profile."""
    _, channel, role, has_basis, purpose, place, _ = values
    where = rule.where
    return (
        (where.channels is None or channel in where.channels)
        and (where.roles is None or role in where.roles)
        and (where.has_basis is None or has_basis == where.has_basis)
        and (where.purposes is None or purpose in where.purposes)
        and (where.places is None or place is None or place in where.places)
    )


def _lacks(rule: Rule, content: object) -> bool:
    """Whether a rule about content finds fault with this one; other rules do not ask."""
    if not isinstance(rule.test, Content):
        return True
    if content is None:
        return False
    borne = set(str(content).split("+")) - {""}
    return bool(rule.test.required - borne) or bool(rule.test.forbidden & borne)


def _weeks(person: pl.Series, preferences: pl.DataFrame) -> tuple[list[tuple[Quiet, ...]], Ints]:
    """The distinct weeks that people wish for, and which one each question's person has (-1 for none)."""
    if preferences.is_empty():
        return [], np.full(len(person), -1, dtype=np.int64)
    mine = preferences.filter(pl.col("person_id").is_in(person.implode())).sort(
        "weekday", "from_minute", "until_minute"
    )
    weeks: dict[tuple[Quiet, ...], int] = {}
    wishes = mine.group_by("person_id").agg(pl.struct("weekday", "from_minute", "until_minute").alias("times"))
    told: dict[int, int] = {}
    for person_id, times in wishes.iter_rows():
        week = tuple(Quiet(one["weekday"], one["from_minute"], one["until_minute"]) for one in times)
        told[person_id] = weeks.setdefault(week, len(weeks))
    code = (
        person.replace_strict(told, default=-1, return_dtype=pl.Int64)
        if told
        else pl.repeat(-1, len(person), eager=True)
    )
    return list(weeks), code.to_numpy()


def _named(facts: pl.DataFrame) -> pl.DataFrame:
    if facts.is_empty():
        return facts
    nameless = facts.filter(pl.all_horizontal(pl.col(name).is_null() for name in restraint.IDS))
    uphold("a fact names an account, a debtor, a person or a point", is_kept=nameless.is_empty())
    require_words("facts", ("channel",), facts.select("channel").unique().rows())
    return facts


def _timed(preferences: pl.DataFrame) -> pl.DataFrame:
    if preferences.is_empty():
        return preferences
    start, end = pl.col("from_minute"), pl.col("until_minute")
    amiss = preferences.filter(
        (pl.col("weekday") > _DAYS_OF_WEEK) | (start < 0) | (start >= end) | (end > MINUTES_OF_DAY)
    )
    if amiss.height:
        raise WrongFrame(
            f"preferences: weekday {amiss['weekday'][0]} from minute {amiss['from_minute'][0]} until "
            f"{amiss['until_minute'][0]} is no time of one day; give times over midnight as two rows"
        )
    return preferences


def _moments(instants: Ints) -> pl.Series:
    return nullable(instants, instants == FOREVER).cast(_INSTANT)
