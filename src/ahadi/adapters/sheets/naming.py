"""How well the name above a column fits the words for a target."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from rapidfuzz import fuzz

from ahadi.adapters.sheets.vocabulary import Target

EXACT, SAME_WORDS, CLOSE, WITHIN, HINTED = 100.0, 96.0, 88.0, 80.0, 70.0
SHORTEST_FUZZY = 5
FILLERS = frozenset(["of", "the", "de", "du", "la", "le", "des", "d", "l", "ya", "wa", "za", "na", "cha", "in"])
HEADS = frozenset(["amount", "phone", "email", "currency", "country", "branch", "product", "name"])
# Words that turn a meaning round when they are added: fees paid are no fees owed.
REVERSING = frozenset(
    [
        "paid",
        "waived",
        "rate",
        "percent",
        "pct",
        "days",
        "count",
        "number",
        "no",
        "not",
        "previous",
        "paye",
        "kilicholipwa",
    ]
)
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
ARABIC_FORMS = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه", "ـ": None})


@dataclass(frozen=True)
class NameFit:
    """A score from 0 to 100 and the sentence that explains it."""

    score: float
    reason: str


NO_FIT = NameFit(0.0, "the name says nothing of it")


@cache
def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a column name: camel case parted, accents and Arabic letter forms levelled."""
    parted = CAMEL.sub(" ", name)
    levelled = unicodedata.normalize("NFKD", parted.casefold()).translate(ARABIC_FORMS)
    letters = "".join(letter for letter in levelled if not unicodedata.combining(letter))
    return tuple(re.findall(r"[^\W_]+", unicodedata.normalize("NFC", letters).translate(ARABIC_FORMS)))


def name_fit(target: Target, name: str) -> NameFit:
    """Return how well a column's name fits the target: its words, the same in other order, close, or
    within.
    """
    spoken = words_of(name)
    if not spoken:
        return NO_FIT
    best = NO_FIT
    for rank, phrase in enumerate(target.words):
        score, how = _phrase_fit(spoken, words_of(phrase))
        score -= rank * 0.01 if score else 0.0
        if score > best.score:
            best = NameFit(score, f"its name {how} “{phrase}”")
    return best


def _phrase_fit(spoken: tuple[str, ...], phrase: tuple[str, ...]) -> tuple[float, str]:
    if spoken == phrase:
        return EXACT, "is"
    telling, wanted = set(spoken) - FILLERS, set(phrase) - FILLERS
    if telling and telling == wanted:
        return SAME_WORDS, "has the words of"
    joined, meant = "".join(spoken), "".join(phrase)
    if joined == meant:
        return SAME_WORDS, "is"
    if min(len(joined), len(meant)) >= SHORTEST_FUZZY:
        ratio = fuzz.ratio(" ".join(sorted(spoken)), " ".join(sorted(phrase)))
        if ratio >= CLOSE:
            return CLOSE + (ratio - CLOSE) / 4, "is close to"
    if (telling - wanted) & REVERSING:
        return 0.0, ""
    if len(wanted) > 1 and wanted < telling:
        return WITHIN - 3 * (len(telling) - len(wanted)), "holds"
    if len(wanted) == 1 and wanted < telling and wanted <= HEADS:
        return HINTED - 3 * len(telling), "mentions"
    return 0.0, ""
