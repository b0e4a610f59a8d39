"""What the columns of an unknown sheet probably mean, with the reasons, and what only a person can decide."""

import dataclasses
from dataclasses import dataclass
from typing import Literal

from ahadi.adapters.sheets.datings import Order
from ahadi.adapters.sheets.mapping import Mapping, Source
from ahadi.adapters.sheets.naming import CLOSE, EXACT, SAME_WORDS, WITHIN, name_fit, words_of
from ahadi.adapters.sheets.profiling import HALF, MOST, Profile, fits, profile
from ahadi.adapters.sheets.sheet import Sheet
from ahadi.adapters.sheets.vocabulary import Holds, Purpose, Target, target, targets
from ahadi.kernel.money import EXPONENTS

Certainty = Literal["certain", "likely", "doubtful"]
Accept = Literal["certain", "certain+likely", "all"]
ACCEPTED: dict[Accept, frozenset[Certainty]] = {
    "certain": frozenset({"certain"}),
    "certain+likely": frozenset({"certain", "likely"}),
    "all": frozenset({"certain", "likely", "doubtful"}),
}
LOWER: dict[Certainty, Certainty] = {"certain": "likely", "likely": "doubtful", "doubtful": "doubtful"}
LEAST_SCORE = 55.0
VARYING_CLOCKS = 5
MOST_CHOICES = 12
_PLAIN_DEBTOR = {("customer",), ("client",), ("debtor",), ("mteja",), ("debiteur",)}

IDENTITY = (("debtor_number",), ("account_number",))
REQUIRED: dict[Purpose, tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]] = {
    "placement": (
        ("Which column holds the debtor's or the account's number?", IDENTITY),
        ("Which column holds the amount?", (("amount",), ("principal",), ("instalments", "instalment"))),
        (
            "Which column holds the due date, or the date of the invoice or loan?",
            (("due_on",), ("invoiced_on",), ("first_due_on",), ("opened_on",)),
        ),
    ),
    "receipts": (
        ("Which column holds the amount?", (("amount",),)),
        ("Which column holds the date the money counts from?", (("value_date",),)),
    ),
}


@dataclass(frozen=True)
class Pick:
    """The column proposed for a target, how certain that is, why, and how to read it."""

    target: str
    column: str
    certainty: Certainty
    reasons: tuple[str, ...]
    source: Source


@dataclass(frozen=True)
class Question:
    """What a person must decide before the sheet can be used: the targets it concerns and the columns to
    choose from.
    """

    text: str
    targets: tuple[str, ...]
    choices: tuple[str, ...]


@dataclass(frozen=True)
class Proposal:
    """A meaning for the columns of a sheet: picks, columns nobody claims, and open questions.

    `left_out` names the targets whose column is too doubtful to be used without being asked for.
    """

    purpose: Purpose
    picks: tuple[Pick, ...]
    unmapped: tuple[str, ...]
    questions: tuple[Question, ...]

    @property
    def left_out(self) -> tuple[Pick, ...]:
        """Return the doubtful picks."""
        return tuple(pick for pick in self.picks if pick.certainty == "doubtful")

    def pick(self, target_name: str) -> Pick | None:
        """Return the pick for a target, if there is one."""
        return next((pick for pick in self.picks if pick.target == target_name), None)

    def mapping(self, accept: Accept = "certain+likely") -> Mapping:
        """Return the mapping of the picks that are certain enough; the others are listed as ignored."""
        taken = [pick for pick in self.picks if pick.certainty in ACCEPTED[accept]]
        other = [pick.column for pick in self.picks if pick not in taken]
        return Mapping(
            purpose=self.purpose,
            columns={pick.target: pick.source for pick in taken},
            ignored=(*other, *self.unmapped),
        )


@dataclass(frozen=True)
class _Candidate:
    score: float
    target: Target
    column: Profile
    reasons: tuple[str, ...]


def propose(sheet: Sheet, *, purpose: Purpose) -> Proposal:
    """Return what the columns of the sheet probably mean for the purpose."""
    profiles = {name: profile(sheet.rows[name]) for name in sheet.header}
    candidates = _candidates(tuple(profiles.values()), purpose)
    chosen = _assigned(candidates)
    if purpose == "placement":
        chosen = _with_plain_name(chosen, candidates)
        chosen = _with_plain_date(chosen, profiles)
        chosen = _with_coded_amount(chosen, profiles)
    hint = _common_order(profiles)
    picks = tuple(_pick(chosen[item.name], hint, candidates) for item in targets(purpose) if item.name in chosen)
    used = {pick.column for pick in picks}
    unmapped = tuple(name for name in sheet.header if name not in used)
    return Proposal(purpose, picks, unmapped, _questions(purpose, picks, profiles, unmapped))


def _candidates(columns: tuple[Profile, ...], purpose: Purpose) -> list[_Candidate]:
    found = []
    for item in targets(purpose):
        for column in columns:
            name = name_fit(item, column.name)
            is_named = name.score >= SAME_WORDS
            is_fit, values = fits(column, item.holds, least=HALF if is_named else MOST)
            if name.score >= LEAST_SCORE and is_fit:
                found.append(_Candidate(name.score, item, column, (name.reason, values)))
    return sorted(found, key=lambda candidate: -candidate.score)


def _assigned(candidates: list[_Candidate]) -> dict[str, _Candidate]:
    """Give each target its best column and each column to one target, best fits first."""
    chosen: dict[str, _Candidate] = {}
    taken: set[str] = set()
    for candidate in candidates:
        if candidate.target.name not in chosen and candidate.column.name not in taken:
            chosen[candidate.target.name] = candidate
            taken.add(candidate.column.name)
    return chosen


def _with_plain_name(chosen: dict[str, _Candidate], candidates: list[_Candidate]) -> dict[str, _Candidate]:
    """Where one column is called just “customer” and another is the customer's number, the first holds the name."""
    numbers = [one for one in candidates if one.target.name == "debtor_number" and one.score >= SAME_WORDS]
    plain = next((one for one in numbers if words_of(one.column.name) in _PLAIN_DEBTOR), None)
    exact = next((one for one in numbers if words_of(one.column.name) not in _PLAIN_DEBTOR), None)
    if plain is None or exact is None or "debtor_name" in chosen or not fits(plain.column, "text")[0]:
        return chosen
    reasons = (f"it stands beside “{exact.column.name}”", "its values are words or codes")
    named = _Candidate(SAME_WORDS - 4, target("placement", "debtor_name"), plain.column, reasons)
    return {**chosen, "debtor_number": exact, "debtor_name": named}


def _with_plain_date(chosen: dict[str, _Candidate], profiles: dict[str, Profile]) -> dict[str, _Candidate]:
    """Take a column called just “date” as the loan's opening where there are instalments, else as the
    invoice's.
    """
    meant = "opened_on" if "instalments" in chosen or "instalment" in chosen else "invoiced_on"
    taken = {candidate.column.name for candidate in chosen.values()}
    for column in profiles.values():
        is_plain = words_of(column.name) in {("date",), ("tarehe",), ("تاريخ",), ("التاريخ",)}
        if is_plain and column.name not in taken and meant not in chosen and fits(column, "date")[0]:
            reason = "a plain date beside instalments" if meant == "opened_on" else "the only plain date"
            item = target("placement", meant)
            return {
                **chosen,
                meant: _Candidate(SAME_WORDS - 4, item, column, (reason, "its values are dates")),
            }
    return chosen


def _with_coded_amount(chosen: dict[str, _Candidate], profiles: dict[str, Profile]) -> dict[str, _Candidate]:
    """Take the one column of figures whose name holds a currency code as the amount, when no name says
    more.
    """
    if "amount" in chosen:
        return chosen
    taken = {candidate.column.name for candidate in chosen.values()}
    coded = [
        (column, code)
        for column in profiles.values()
        for code in words_of(column.name)
        if code.upper() in EXPONENTS and column.name not in taken and column.filled and fits(column, "amount")[0]
    ]
    if len(coded) != 1:
        return chosen
    column, code = coded[0]
    reasons = (f"its name holds the currency code {code.upper()}", "its values are figures")
    return {**chosen, "amount": _Candidate(WITHIN, target("placement", "amount"), column, reasons)}


def _common_order(profiles: dict[str, Profile]) -> tuple[Order, str] | None:
    """Return the day-month order that other columns of the sheet decide, if they agree, and one such
    column.
    """
    decided = {
        column.order: column.name
        for column in profiles.values()
        if column.is_order_decided and column.order in ("dmy", "mdy")
    }
    if len(decided) != 1:
        return None
    order, name = next(iter(decided.items()))
    return (order, name) if order else None


def _pick(candidate: _Candidate, hint: tuple[Order, str] | None, candidates: list[_Candidate]) -> Pick:
    column, name = candidate.column, candidate.target.name
    certainty: Certainty = "certain" if candidate.score >= SAME_WORDS - 1 else "likely"
    if candidate.score < WITHIN - 4:
        certainty = "doubtful"
    reasons = list(candidate.reasons)
    rivals = [
        other.column.name
        for other in candidates
        if other.target.name == name and other.column.name != column.name and other.score >= EXACT - 1
    ]
    if rivals and candidate.score >= CLOSE and name == "amount":
        certainty = "likely"
        reasons.append(f"{', '.join(rivals)} could be meant as well")
    source = Source(column=column.name)
    if candidate.target.holds == "date":
        source, certainty, more = _date_source(column, name, certainty, hint)
        reasons += more
    elif candidate.target.holds == "amount":
        source = dataclasses.replace(source, decimal=column.marks.decimal, thousands=column.marks.thousands)
        if not column.marks.is_decided:
            certainty = LOWER[certainty]
            reasons.append(f"“{column.marks.thousands}” is taken as the thousands mark, though no value proves it")
    elif candidate.target.holds == "flag" and column.flag_words:
        source = dataclasses.replace(source, true=column.flag_words)
    if not column.filled and certainty == "certain":
        certainty = "likely"
    return Pick(name, column.name, certainty, tuple(reasons), source)


def _date_source(
    column: Profile, name: str, certainty: Certainty, hint: tuple[Order, str] | None
) -> tuple[Source, Certainty, list[str]]:
    """Return how to read a date column; an order that no value decides follows the sheet's others or is
    doubtful.
    """
    source = Source(column=column.name, dates=column.order)
    reasons = []
    if column.order is not None and column.is_order_decided:
        reasons.append(f"all values are dates in the order {column.order}")
    elif column.order is not None and hint is not None:
        source = dataclasses.replace(source, dates=hint[0])
        certainty = "likely" if certainty == "certain" else certainty
        reasons.append(f"no value decides day or month; {hint[1]} has the order {hint[0]}")
    elif column.order is not None:
        certainty = "doubtful"
        reasons.append("no value decides whether the day or the month comes first")
    if name in ("settled_on", "paid_on") and column.clocks >= VARYING_CLOCKS:
        certainty = "doubtful"
        reasons.append("its values carry fractions of seconds, as a computed forecast does and a booking does not")
    return source, certainty, reasons


def _questions(
    purpose: Purpose, picks: tuple[Pick, ...], profiles: dict[str, Profile], unmapped: tuple[str, ...]
) -> tuple[Question, ...]:
    sure = {pick.target for pick in picks if pick.certainty != "doubtful"}
    doubtful = {pick.target: pick for pick in picks if pick.certainty == "doubtful"}
    questions: list[Question] = []
    for text, ways in REQUIRED[purpose]:
        if any(set(way) <= sure for way in ways):
            continue
        names = tuple(dict.fromkeys(name for way in ways for name in way))
        unsure = [doubtful[name] for name in names if name in doubtful]
        if unsure:
            questions.extend(_doubt(pick) for pick in unsure)
        else:
            questions.append(Question(text, names, _choices(purpose, names, profiles, unmapped)))
    return tuple(questions)


def _doubt(pick: Pick) -> Question:
    if pick.source.dates is not None and any("comes first" in reason for reason in pick.reasons):
        text = f"Does the day or the month come first in {pick.column}? No value decides it."
        return Question(text, (pick.target,), ("dmy", "mdy"))
    return Question(f"Is {pick.column} the {pick.target}? {'; '.join(pick.reasons)}.", (pick.target,), (pick.column,))


def _choices(
    purpose: Purpose, names: tuple[str, ...], profiles: dict[str, Profile], unmapped: tuple[str, ...]
) -> tuple[str, ...]:
    kinds: set[Holds] = {target(purpose, name).holds for name in names}
    fitting = [name for name in unmapped if any(fits(profiles[name], kind)[0] for kind in kinds)]
    return tuple(sorted(fitting, key=lambda name: -profiles[name].distinct)[:MOST_CHOICES])
