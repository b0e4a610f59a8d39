"""Finding people by name, number or address, however it is typed, among those that somebody may see."""

from dataclasses import dataclass
from functools import lru_cache

import polars as pl
from rapidfuzz import fuzz, process

from ahadi.data import frames, reach
from ahadi.domain.audit.ports import Actor
from ahadi.domain.finding import words
from ahadi.domain.finding.words import ADDRESS, BACKWARDS, NUMBER, SOUND
from ahadi.domain.parties.steps import search_key
from ahadi.domain.people import access

SHOWN = 40
_CANDIDATES = 600
_ALIKE_PCT = 72
_NEAR_WORDS = 6
_PREFIX_MIN = 2

FOUND = {
    "account_id": pl.Int64,
    "debtor_id": pl.Int64,
    "name": pl.String,
    "number": pl.String,
    "creditor": pl.String,
    "currency": pl.String,
    "overdue_minor": pl.Int64,
    "owed_minor": pl.Int64,
    "status": pl.String,
    "officer": pl.String,
}
_PARTIES = """
    SELECT DISTINCT s.stands_for_id FROM (
        SELECT e.party_id FROM search_entry e JOIN party p ON p.id = e.party_id
        WHERE p.organisation_id = %(house)s AND e.words @@ %(asked)s::tsquery LIMIT %(limit)s) e
    JOIN party_state s ON s.party_id = e.party_id
"""
# The same of those whom the actor may see: a common name has more people than are looked at, and the own come first.
# The accounts of a few people are begun with, and not the name; OFFSET keeps the planner from turning it round.
_SEEN = """
    SELECT DISTINCT x.stands_for_id FROM (
        SELECT s.stands_for_id FROM (SELECT a.party_id FROM account a WHERE {condition} {fence}) a
        JOIN party_state q ON q.party_id = a.party_id JOIN party_state s ON s.stands_for_id = q.stands_for_id
        JOIN search_entry e ON e.party_id = s.party_id WHERE e.words @@ %(asked)s::tsquery LIMIT %(limit)s) x
"""
_NAMES = """
    SELECT s.stands_for_id, n.name FROM party_state s JOIN party_name n ON n.party_id = s.party_id
    WHERE s.stands_for_id = ANY(%(people)s) ORDER BY n.seen DESC, n.id
"""
_NUMBERS = """
    SELECT s.stands_for_id, x.number FROM party_state s JOIN LATERAL (
        SELECT number FROM party_number WHERE party_id = s.party_id
        UNION ALL SELECT number FROM account WHERE party_id = s.party_id
        UNION ALL SELECT coalesce(normal, raw) FROM contact_point WHERE party_id = s.party_id AND kind = 'phone'
    ) x ON TRUE WHERE s.stands_for_id = ANY(%(people)s)
"""
_ACCOUNTS = """
    SELECT a.id, s.stands_for_id, (
             SELECT n.name FROM party_name n JOIN party_state q ON q.party_id = n.party_id
             WHERE q.stands_for_id = s.stands_for_id ORDER BY n.seen DESC, n.id LIMIT 1),
           a.number, c.name, a.currency, t.overdue_minor, t.charged_minor - t.allocated_minor, t.status, o.name
    FROM party_state s JOIN account a ON a.party_id = s.party_id JOIN creditor c ON c.id = a.creditor_id
    JOIN account_state t ON t.account_id = a.id LEFT JOIN owner o ON o.id = t.owner_id
    WHERE s.stands_for_id = ANY(%(people)s) AND t.status <> 'withdrawn' AND {condition}
    ORDER BY a.id
"""
_ELSEWHERE = """
    SELECT o.name, count(DISTINCT s.stands_for_id)
    FROM party_state s JOIN account a ON a.party_id = s.party_id JOIN account_state t ON t.account_id = a.id
    JOIN owner o ON o.id = t.owner_id
    WHERE s.stands_for_id = ANY(%(people)s) AND t.status = 'open' AND a.organisation_id = %(house)s
    GROUP BY o.name ORDER BY o.name
"""


@dataclass(frozen=True)
class Found:
    """Who was found: `accounts` (FOUND with score, best first), which words were taken for others, and how many people
    whom others look after, by their names.
    """

    accounts: pl.DataFrame
    taken_for: tuple[tuple[str, str], ...]
    elsewhere: tuple[tuple[str, int], ...]
    is_cut: bool


_NOBODY = Found(pl.DataFrame(schema={**FOUND, "score": pl.Float64}), (), (), is_cut=False)


CALLERS = {"debtor_id": pl.Int64, "point_id": pl.Int64, "number": pl.String, "is_wrong": pl.Boolean}
_CALLERS = f"""
    SELECT s.stands_for_id, p.id, coalesce(p.normal, p.raw), EXISTS ({reach.wrong_marks("p.id")})
    FROM contact_point p JOIN party_state s ON s.party_id = p.party_id
    WHERE p.kind = 'phone' AND s.stands_for_id = ANY(%(people)s)
      AND right(regexp_replace(coalesce(p.normal, p.raw), '[^0-9]', '', 'g'), length(%(digits)s)) = %(digits)s
    ORDER BY s.stands_for_id, p.id DESC
"""


def callers(people: pl.Series, text: str) -> pl.DataFrame:
    """The telephones of these people that end in the digits that were typed, also those that were marked as wrong:
    CALLERS, one a person, the newest; nothing where no number was typed.
    """
    digits = words.numbers_typed(text)
    if not digits or people.is_empty():
        return pl.DataFrame(schema=CALLERS)
    found = frames.read(_CALLERS, {"people": frames.ids(people), "digits": digits}, CALLERS)
    return found.unique("debtor_id", keep="first", maintain_order=True)


def is_due(organisation_id: int, *, is_few: bool = False) -> bool:
    """Whether names, numbers or addresses changed that were not read yet; of few at once, where `is_few`."""
    return bool(
        frames.scalar(
            "SELECT EXISTS (SELECT 1 FROM search_due d JOIN act a ON a.id = d.act_id AND a.organisation_id = %(house)s"
            " WHERE NOT d.is_done AND (d.party_id IS NOT NULL OR NOT %(few)s))",
            {"house": organisation_id, "few": is_few},
        )
    )


def find(*, by: Actor, text: str) -> Found:
    """Who is meant by what was typed, best first, SHOWN people at most; several words must all fit.

    A word fits where a name begins with it or sounds like it; digits fit the beginning or the end of any number; if
    nobody is found that way, each word is taken for those of the book that are nearest to it.
    """
    house = by.organisation_id
    number, typed = words.numbers_typed(text), words.typed(text)
    if house is None or not (number or any(len(word) >= _PREFIX_MIN for word in typed)):
        return _NOBODY
    scope = access.accounts(by)
    people, own = _people(house, _of_number(number) if number else _of_words(typed), scope)
    taken: tuple[tuple[str, str], ...] = ()
    if people.is_empty() and not number:
        near = {word: _near(house, word) for word in typed}
        taken = tuple((word, others[0]) for word, others in near.items() if others and others[0] != word)
        asked = " & ".join(_any(word, near[word]) for word in typed)
        people, own = _people(house, asked, scope) if taken else (people, own)
    if people.is_empty():
        return _NOBODY
    known = {"people": frames.ids(pl.concat([own, people]).unique().sort()), **scope.parameters}
    met = frames.read(_ACCOUNTS.format(condition=scope.condition), known, FOUND)
    hidden = people.filter(~people.is_in(met["debtor_id"].unique().implode()))
    return Found(
        accounts=_ranked(met, text, number, typed),
        taken_for=taken,
        elsewhere=_elsewhere(house, hidden),
        is_cut=own.len() >= _CANDIDATES or met["debtor_id"].n_unique() > SHOWN,
    )


def _people(house: int, asked: str, scope: access.Scope) -> tuple[pl.Series, pl.Series]:
    """Whom a question means in the organisation, and those of them whom the actor may see: _CANDIDATES of each."""
    known: dict[str, object] = {"house": house, "asked": asked, "limit": _CANDIDATES}
    people = frames.read(_PARTIES, known, {"debtor_id": pl.Int64})["debtor_id"]
    if people.is_empty():
        return people, people
    seen = _SEEN.format(condition=scope.condition, fence="OFFSET 0" if scope.is_narrow else "")
    return people, frames.read(seen, {**known, **scope.parameters}, {"debtor_id": pl.Int64})["debtor_id"]


def _of_words(typed: list[str]) -> str:
    """The question of plain words: each at the beginning of a word, by its sound, or as a number or address."""
    return " & ".join(_any(word, (), is_alone=len(typed) == 1) for word in typed)


def _any(word: str, others: tuple[str, ...], *, is_alone: bool = True) -> str:
    if "@" in word:
        return f"{_quoted(ADDRESS + word)}:*"
    fits = [f"{_quoted(word)}:*"] if len(word) >= _PREFIX_MIN else [_quoted(word)]
    sound = words.sound(word)
    # What sounds like one or two consonants sounds like half of the book, unless another word narrows it down.
    if len(sound) > (_PREFIX_MIN if is_alone else 1):
        fits.append(_quoted(SOUND + sound))
    if word.isdigit():
        fits.append(f"{_quoted(NUMBER + word.lstrip('0'))}:*")
    return f"({' | '.join([*fits, *map(_quoted, others)])})"


def _of_number(digits: str) -> str:
    """The question of a number: its beginning, or its end, which leaves out the code of the country."""
    return f"{_quoted(NUMBER + digits)}:* | {_quoted(BACKWARDS + digits[::-1])}:*"


def _quoted(lexeme: str) -> str:
    text = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{text}'"


def _near(house: int, word: str) -> tuple[str, ...]:
    """The words of the organisation's names that are nearest to one that was typed, nearest first."""
    close = process.extract(word, _known_words(house), scorer=fuzz.ratio, score_cutoff=_ALIKE_PCT, limit=_NEAR_WORDS)
    return tuple(found for found, _, _ in close)


def _known_words(house: int) -> tuple[str, ...]:
    return _words_up_to(house, frames.scalar("SELECT max(id) FROM search_word") or 0)


@lru_cache(maxsize=8)
def _words_up_to(house: int, newest: int) -> tuple[str, ...]:
    """Every word of the organisation's names; words are only added, so the newest one tells whether there are more."""
    read = frames.read(
        "SELECT word FROM search_word WHERE organisation_id = %(house)s AND id <= %(newest)s",
        {"house": house, "newest": newest},
        {"word": pl.String},
    )
    return tuple(read["word"])


def _ranked(met: pl.DataFrame, text: str, number: str, typed: list[str]) -> pl.DataFrame:
    """The accounts of the SHOWN people who fit best; of one person those that are open and owe more first."""
    people = met["debtor_id"].unique()
    scores = _number_scores(people, number) if number else _name_scores(people, " ".join(typed) or text)
    told = met.join(scores, on="debtor_id", how="left").with_columns(pl.col("score").fill_null(0.0))
    best = (
        told.group_by("debtor_id")
        .agg(pl.col("score").max(), pl.col("overdue_minor").max())
        .sort("score", "overdue_minor", "debtor_id", descending=[True, True, False])
        .head(SHOWN)
        .with_row_index("place")
    )
    return (
        told.join(best.select("debtor_id", "place"), on="debtor_id")
        .sort(
            "place", pl.col("status") != "open", "overdue_minor", "account_id", descending=[False, False, True, False]
        )
        .drop("place")
    )


def _name_scores(people: pl.Series, text: str) -> pl.DataFrame:
    names = frames.read(_NAMES, {"people": frames.ids(people)}, {"debtor_id": pl.Int64, "name": pl.String})
    plain = names.with_columns(plain=search_key(pl.col("name")))
    scores = process.cdist([text], plain["plain"].to_list(), scorer=fuzz.WRatio)[0].tolist() if plain.height else []
    scored = plain.with_columns(score=pl.Series(scores, dtype=pl.Float64))
    return scored.group_by("debtor_id").agg(pl.col("score").max())


def _number_scores(people: pl.Series, digits: str) -> pl.DataFrame:
    """A whole number first, then one that ends so, then one that begins so."""
    numbers = frames.read(_NUMBERS, {"people": frames.ids(people)}, {"debtor_id": pl.Int64, "number": pl.String})
    plain = pl.col("number").str.replace_all(r"[^0-9]", "").str.strip_chars_start("0")
    score = (
        pl.when(plain == digits)
        .then(100.0)
        .when(plain.str.ends_with(digits))
        .then(90.0)
        .when(plain.str.starts_with(digits))
        .then(80.0)
        .otherwise(0.0)
    )
    return numbers.group_by("debtor_id").agg(score=score.max())


def _elsewhere(house: int, hidden: pl.Series) -> tuple[tuple[str, int], ...]:
    """Who looks after people that fit and that the actor may not see, and how many; never who they are."""
    if hidden.is_empty():
        return ()
    known = {"people": frames.ids(hidden), "house": house}
    return tuple(frames.read(_ELSEWHERE, known, {"officer": pl.String, "people": pl.Int64}).iter_rows())
