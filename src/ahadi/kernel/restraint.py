"""From facts and attempts to spans of time: from when until when each rule restrains each question.

Every rule that looks at what happened comes down to spans: a hold restrains from its beginning to its end, a number of
attempts from now until the first of them leaves the window. What is left to decide is then only whether an instant lies
in a span, and the next lawful moment is found by stepping out of one after the other.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from ahadi.kernel.opening import FOREVER
from ahadi.kernel.ragged import Flags, Ints, ints, places, starts
from ahadi.kernel.rule import (
    CHANNELS,
    PLACES,
    PURPOSES,
    RESULTS,
    ROLES,
    UNANSWERED,
    Attempts,
    Conversation,
    During,
    Gap,
    Unless,
)
from ahadi.kernel.schema import WrongFrame
from ahadi.kernel.zone import DAY, HOUR, MINUTE, local_days, starts_of_days

NO_FACT: Final = -1
CALL_CONSENT: Final = "CALL_CONSENT"
IDS: Final = ("account_id", "debtor_id", "person_id", "point_id")
NO_ID: Final = -1
KIND: Final = ("channel", "place", "result", "is_outbound", "is_conversation")
_WORDS: Final = {"channel": CHANNELS, "role": ROLES, "purpose": PURPOSES, "place": PLACES, "result": RESULTS}
_SLACK: Final = 2 * DAY
_DENSE: Final = 2**31
_FEW: Final = 100
"""Up to so many rows are told apart as they are; to go through columns takes longer to begin."""


@dataclass(frozen=True)
class Spans:
    """Rows of questions, each restrained from `begin` to before `end`, and the fact behind it (or NO_FACT)."""

    row: Ints
    begin: Ints
    end: Ints
    fact: Ints

    @classmethod
    def joined(cls, parts: Sequence["Spans"]) -> "Spans":
        """All of them, one list after another."""
        if len(parts) == 1:
            return parts[0]
        none = [np.zeros(0, dtype=np.int64)]
        return cls(*(np.concatenate([getattr(part, name) for part in parts] or none) for name in cls.__annotations__))

    def where(self, is_kept: Flags) -> "Spans":
        """Those that are kept."""
        return Spans(self.row[is_kept], self.begin[is_kept], self.end[is_kept], self.fact[is_kept])


NO_SPANS: Final = Spans.joined([])


def always(rows: Ints) -> Spans:
    """A restraint without beginning and end."""
    return Spans(rows, _filled(rows, -FOREVER), _filled(rows, FOREVER), _filled(rows, NO_FACT))


class Facts:
    """The facts that meet a question: of its account, debtor, person, point and channel, as far as they name one."""

    def __init__(self, questions: pl.DataFrame, facts: pl.DataFrame, kinds: Iterable[str]) -> None:
        """Finds the pairs of questions and facts of these kinds."""
        wanted = facts.filter(pl.col("kind").is_in(list(kinds))) if facts.height else facts
        self.kinds = wanted["kind"].to_list()
        self.begin, self.end = instants(wanted["from_at"], -FOREVER), instants(wanted["until_at"], FOREVER)
        self.id = ints(wanted, "fact_id")
        self.row, self.place = _meetings(questions, wanted)

    def of(self, kinds: frozenset[str], is_asked: Flags) -> Spans:
        """The spans of the facts of these kinds that meet the questions asked for."""
        if not len(self.row):
            return NO_SPANS
        is_kind = np.array([kind in kinds for kind in self.kinds], dtype=np.bool_)
        is_kept = is_kind[self.place] & is_asked[self.row]
        row, place = self.row[is_kept], self.place[is_kept]
        return Spans(row, self.begin[place], self.end[place], self.id[place])


def during(test: During, facts: Facts, is_asked: Flags) -> Spans:
    """A restraint while a fact is in force."""
    return facts.of(test.facts, is_asked)


def unless(test: Unless, facts: Facts, is_asked: Flags) -> Spans:
    """A restraint before, between and after the facts that lift it."""
    return _outside(np.flatnonzero(is_asked), facts.of(test.facts, is_asked))


def _outside(rows: Ints, lifted: Spans) -> Spans:
    """What these rows have before, between and after their spans."""
    if not len(lifted.row):
        return always(rows)
    order = np.lexsort((lifted.begin, lifted.row))
    row, begin, end = lifted.row[order], lifted.begin[order], lifted.end[order]
    first = np.append(starts(row), len(row))
    reach = end.copy()
    # The k-th span of every question at once: what reaches furthest so far.
    for step in range(1, int(np.diff(first).max())):
        place = first[:-1] + step
        place = place[place < first[1:]]
        reach[place] = np.maximum(reach[place], reach[place - 1])
    is_first, is_last = np.zeros(len(row), dtype=np.bool_), np.zeros(len(row), dtype=np.bool_)
    is_first[first[:-1]] = True
    is_last[first[1:] - 1] = True
    before = np.where(is_first, -FOREVER, np.append(-FOREVER, reach[:-1]))
    after = is_last & (reach < FOREVER)
    found = Spans(
        np.concatenate([row, row[after]]),
        np.concatenate([before, reach[after]]),
        np.concatenate([begin, _filled(row[after], FOREVER)]),
        _filled(np.concatenate([row, row[after]]), NO_FACT),
    )
    return Spans.joined([found.where(found.begin < found.end), always(rows[~np.isin(rows, row)])])


@dataclass(frozen=True)
class Keyed:
    """Attempts in the order of a key and, within it, of their instants; and the key that each question asks for."""

    place: Ints
    key: Ints
    at: Ints
    asked: Ints


class History:
    """Attempts in the order of whom they were about, and how the questions ask for them."""

    def __init__(
        self,
        questions: pl.DataFrame,
        attempts: pl.DataFrame,
        facts: Facts,
        zones: Sequence[tuple[str, ...]],
        zone: Ints,
    ):
        """`zones` are the zones of each code, `zone` the code of each question."""
        self._facts = facts
        self._zones = zones
        self._zone = zone
        self._asked_at = instants(questions["at"])
        self._at = instants(attempts["at"])
        self._attempt = ints(attempts, "attempt_id")
        self._mine, self._theirs = attempts, questions
        self.kinds, self._kind = distinct(attempts, KIND)
        self._keys: dict[tuple[str, ...], Keyed] = {}

    def attempts(self, test: Attempts, is_asked: Flags) -> Spans:
        """Restrained from now until the `most`-th latest counted attempt leaves the window."""
        is_counted = [
            is_outbound
            and channel in test.channels
            and (result is None or result in test.results)
            and (test.places is None or place is None or place in test.places)
            for channel, place, result, is_outbound, _ in self.kinds
        ]
        reach = (test.days or 0) * DAY + (test.hours or 0) * HOUR or None
        row, at = self._latest(is_counted, test.most, test.per, is_asked, reach, test.consent_days)
        if test.days is not None:
            end = self._after_days(row, at, test.days)
        else:
            end = _filled(row, FOREVER) if test.hours is None else at + test.hours * HOUR
        return self._since_consent(row, end, test.consent_days)

    def conversation(self, test: Conversation, is_asked: Flags) -> Spans:
        """Restrained from a conversation until its days have passed."""
        row, at = self._latest(self._talked(), 1, test.per, is_asked, test.days * DAY, None)
        return self._since_consent(row, self._after_days(row, at, test.days), test.consent_days)

    def gap(self, test: Gap, is_asked: Flags) -> Spans:
        """Restrained for minutes after an attempt that nobody answered."""
        is_missed = [
            is_outbound and channel in test.channels and result in UNANSWERED
            for channel, _, result, is_outbound, _ in self.kinds
        ]
        row, at = self._latest(is_missed, 1, test.per, is_asked, test.minutes * MINUTE, None)
        return self._since_consent(row, at + test.minutes * MINUTE, None)

    def _talked(self) -> list[bool]:
        return [is_conversation and channel == "call" for channel, _, _, _, is_conversation in self.kinds]

    def _latest(
        self,
        is_counted: Sequence[bool],
        most: int,
        per: tuple[str, ...],
        is_asked: Flags,
        reach: int | None,
        consent_days: int | None,
    ) -> tuple[Ints, Ints]:
        """Questions before which `most` counted attempts lie, and when the `most`-th latest of them was.

        `is_counted` tells it of each kind of attempt.
        """
        rows = np.flatnonzero(is_asked)
        none = np.zeros(0, dtype=np.int64)
        if not len(rows) or not any(is_counted):
            return none, none
        keyed = self._by_key(per)
        is_kept = np.array(is_counted, dtype=np.bool_)[self._kind[keyed.place]]
        at, key, asked = keyed.at[is_kept], keyed.key[is_kept], keyed.asked
        begins = starts(key)
        ends = np.append(begins[1:], len(key))[: len(begins)]
        enough = ends - begins >= most
        if reach is not None and enough.any():
            # What lies further back than the window and two days of zones restrains nobody who asks now.
            enough[enough] = at[ends[enough] - most] > int(self._asked_at[rows].min()) - reach - _SLACK
        begins, ends = begins[enough], ends[enough]
        if not len(begins):
            return none, none
        group, is_known = places(key[begins], asked[rows])
        rows, group = rows[is_known], group[is_known]
        if consent_days is not None and (consents := self._consents(rows, consent_days)).height:
            return self._without_consented(rows, group, begins, ends, at, most, consents)
        last = ends[group]
        while (is_later := (last > begins[group]) & (at[np.maximum(last, 1) - 1] > self._asked_at[rows])).any():
            last = last - is_later
        is_full = last - begins[group] >= most
        return rows[is_full], at[last[is_full] - most]

    def _without_consented(
        self, rows: Ints, group: Ints, begins: Ints, ends: Ints, at: Ints, most: int, consents: pl.DataFrame
    ) -> tuple[Ints, Ints]:
        """The same where attempts under a consent do not count: pair by pair."""
        count = ends[group] - begins[group]
        pair_row = np.repeat(rows, count)
        place = np.repeat(begins[group], count) + np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        pairs = pl.DataFrame({"row": pair_row, "at": at[place], "asked_at": self._asked_at[pair_row]}).with_row_index(
            "pair"
        )
        pairs = pairs.filter(pl.col("at") <= pl.col("asked_at"))
        consented = pairs.join(consents, on="row").filter(
            (pl.col("begin") <= pl.col("at")) & (pl.col("at") < pl.col("end"))
        )
        left = pairs.join(consented, on="pair", how="anti").sort("row", "at", descending=[False, True])
        kth = left.group_by("row", maintain_order=True).agg(pl.col("at").get(most - 1, null_on_oob=True)).drop_nulls()
        return ints(kth, "row"), ints(kth, "at")

    def _consents(self, rows: Ints, days: int) -> pl.DataFrame:
        """[row, begin, end] of the consents to be called; each ends with the days, or after a conversation, which may
        still be under it.
        """
        is_asked = np.zeros(len(self._asked_at), dtype=np.bool_)
        is_asked[rows] = True
        given = self._facts.of(frozenset({CALL_CONSENT}), is_asked)
        end = np.minimum(given.end, self._after_days(given.row, given.begin, days, is_strict=False))
        consents = pl.DataFrame({"row": given.row, "begin": given.begin, "end": end})
        if not consents.height:
            return consents
        keyed = self._by_key(("account", "person"))
        is_talk = np.array(self._talked(), dtype=np.bool_)[self._kind[keyed.place]]
        talks = pl.DataFrame({"key": keyed.key[is_talk], "at": keyed.at[is_talk]})
        spoken = consents.with_columns(
            key=pl.Series(keyed.asked[given.row]), asked_at=pl.Series(self._asked_at[given.row])
        )
        spoken = spoken.join(talks, on="key").filter(
            (pl.col("at") > pl.col("begin")) & (pl.col("at") <= pl.col("asked_at"))
        )
        first = spoken.group_by("row", "begin").agg(spoken_at=pl.col("at").min() + 1)
        return consents.join(first, on=["row", "begin"], how="left").select(
            "row", "begin", end=pl.min_horizontal("end", "spoken_at")
        )

    def _since_consent(self, row: Ints, end: Ints, consent_days: int | None) -> Spans:
        """Restraints up to `end` that have not ended, silent while a consent lives."""
        is_kept = end > self._asked_at[row]
        row, end = row[is_kept], end[is_kept]
        found = always(row)
        if consent_days is not None and len(row):
            living = self._consents(row, consent_days)
            begins, ends = ints(living, "begin"), ints(living, "end")
            found = _outside(row, Spans(ints(living, "row"), begins, ends, _filled(begins, NO_FACT)))
        place, _ = places(row, found.row)
        found = Spans(found.row, found.begin, np.minimum(found.end, end[place]), found.fact)
        return found.where(found.begin < found.end)

    def _after_days(self, row: Ints, at: Ints, days: int, *, is_strict: bool = True) -> Ints:
        """When so many local days have begun and ended, that of `at` the first: in all of the zones, or in any."""
        end = np.zeros(len(row), dtype=np.int64)
        code = self._zone[row]
        for one in np.unique(code):
            mine = np.flatnonzero(code == one)
            ends = [starts_of_days(zone, local_days(zone, at[mine]) + days) for zone in self._zones[one]]
            end[mine] = (np.maximum if is_strict else np.minimum).reduce(ends)
        return end

    def _by_key(self, per: tuple[str, ...]) -> Keyed:
        """Attempts by the ids that are asked for; the key of a question whose attempts are not there is below 0."""
        if per not in self._keys:
            names = [f"{name}_id" for name in per]
            key, asked = _packed(
                [_ids(self._mine[name]) for name in names], [_ids(self._theirs[name]) for name in names]
            )
            place = np.flatnonzero(key >= 0)
            if "account" not in per and not bool((self._attempt[1:] > self._attempt[:-1]).all()):
                # A call about several debts is several rows, but one call for whoever it is counted for.
                order = place[np.lexsort((key[place], self._attempt[place]))]
                is_again = (key[order[1:]] == key[order[:-1]]) & (self._attempt[order[1:]] == self._attempt[order[:-1]])
                place = order[np.append(True, ~is_again)[: len(order)]]
            place = place[np.lexsort((self._at[place], key[place]))]
            self._keys[per] = Keyed(place, key[place], self._at[place], asked)
        return self._keys[per]


def distinct(frame: pl.DataFrame, names: Sequence[str]) -> tuple[list[tuple[Any, ...]], Ints]:
    """The distinct combinations of values in these columns, and which one each row has."""
    if frame.height <= _FEW:
        seen: dict[tuple[Any, ...], int] = {}
        found = [seen.setdefault(row, len(seen)) for row in frame[list(names)].iter_rows()]
        return list(seen), np.array(found, dtype=np.int64)
    code = np.zeros(frame.height, dtype=np.int64)
    coded = frame.select(pl.col(names).cast(pl.String).cast(pl.Categorical).to_physical().cast(pl.Int64).fill_null(-1))
    for column in coded.iter_columns():
        values = column.to_numpy()
        lowest = int(values.min())
        code = code * (int(values.max()) - lowest + 1) + (values - lowest)
        if code.max() >= _DENSE:
            code = np.unique(code, return_inverse=True)[1].astype(np.int64, copy=False)
    _, first, place = np.unique(code, return_index=True, return_inverse=True)
    return frame[first].select(names).rows(), place.astype(np.int64, copy=False)


def require_words(frame: str, names: Sequence[str], rows: Collection[tuple[object, ...]]) -> None:
    """Raise WrongFrame for a word that is on no list: no rule would be about it, and all would let it through."""
    for place, name in enumerate(names):
        if name not in _WORDS:
            continue
        strange = {str(row[place]) for row in rows if row[place] is not None} - set(_WORDS[name])
        if strange:
            raise WrongFrame(
                f"{frame}: column '{name}' may not be {min(strange)!r}, which no rule knows; "
                f"give one of {', '.join(_WORDS[name])}"
            )


def _packed(held: Sequence[Ints], asked: Sequence[Ints]) -> tuple[Ints, Ints]:
    """Several ids as one number on both sides, below 0 where an id is none."""
    mine, theirs = np.zeros(len(held[0]), dtype=np.int64), np.zeros(len(asked[0]), dtype=np.int64)
    is_none, is_not_asked = mine < 0, theirs < 0
    size = 1
    for one, other in zip(held, asked, strict=True):
        is_none, is_not_asked = is_none | (one < 0), is_not_asked | (other < 0)
        width = max(int(one.max(initial=0)), int(other.max(initial=0))) + 1
        size *= width
        if size >= 2**62:
            known = np.unique(np.concatenate([mine, theirs]))
            mine, theirs = np.searchsorted(known, mine), np.searchsorted(known, theirs)
            size = len(known) * width
        mine, theirs = mine * width + one, theirs * width + other
    return np.where(is_none, -1, mine), np.where(is_not_asked, -1, theirs)


def _meetings(questions: pl.DataFrame, facts: pl.DataFrame) -> tuple[Ints, Ints]:
    """Pairs of a row of the questions and a place in the facts that meet."""
    rows, found = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    if not facts.height:
        return rows[0], found[0]
    numbered = facts.with_row_index("place").with_columns(pl.col("place").cast(pl.Int64))
    left = numbered
    for name in ("point_id", "person_id", "debtor_id", "account_id"):
        part = left.filter(pl.col(name).is_not_null())
        left = left.filter(pl.col(name).is_null())
        if not part.height:
            continue
        pairs = questions.select("row", *IDS, "channel").join(part, on=name, suffix="_of_fact")
        for other in (*IDS, "channel"):
            if other != name:
                named = pl.col(f"{other}_of_fact")
                pairs = pairs.filter(named.is_null() | (named == pl.col(other)))
        rows.append(ints(pairs, "row"))
        found.append(ints(pairs, "place"))
    return np.concatenate(rows), np.concatenate(found)


def instants(column: pl.Series, otherwise: int = 0) -> Ints:
    """A column of instants as whole numbers, `otherwise` where it is null."""
    whole = column.cast(pl.Int64)
    values: Ints = (whole.fill_null(otherwise) if whole.null_count() else whole).to_numpy()
    return values


def _ids(column: pl.Series) -> Ints:
    values: Ints = (column.fill_null(NO_ID) if column.null_count() else column).to_numpy()
    return values


def _filled(like: Ints, value: int) -> Ints:
    return np.full(len(like), value, dtype=np.int64)
