"""The language of rules: a condition or a CASE over an account's columns, written as an SQL expression.

Problem: managers write rules, and the same text must mean the same in the night's frames, in a preview by
the database and in a form. Choice: SQL expressions, of which only what both engines compute alike is let
through; every expression has a type, checked before anything runs. It refuses whatever could differ (whole
numbers divided, dates against plain text, times of day with and without zone, the order of texts), whatever
reaches further than the row, and the clock: the day asked for is the column `as_of`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final, Literal

import numpy as np
import polars as pl
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from ahadi.kernel.ragged import Flags, Ints
from ahadi.kernel.schema import Column, Spec, WrongFrame, require

Kind = Literal["whole number", "text", "yes/no", "date", "time", "time with zone"]
CONDITION: Final[Kind] = "yes/no"
TEXT_CHARACTERS_MAX: Final = 4_000
AS_OF: Final = "as_of"

COMPARISONS: Final = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ)
_ORDERED: Final = (exp.GT, exp.GTE, exp.LT, exp.LTE)
_FUNCTIONS: Final = {
    exp.Abs: "ABS",
    exp.Coalesce: "COALESCE",
    exp.Greatest: "GREATEST",
    exp.Least: "LEAST",
    exp.Lower: "LOWER",
    exp.Nullif: "NULLIF",
    exp.Upper: "UPPER",
}
ALLOWED: Final = (
    "columns, whole numbers, 'text', DATE 'YYYY-MM-DD', TRUE, FALSE, AND, OR, NOT, = <> < <= > >=, "
    "IS [NOT] NULL, IS [NOT] DISTINCT FROM, [NOT] IN (...), [NOT] BETWEEN, [NOT] LIKE, [NOT] ILIKE, + - *, "
    "date + INTERVAL 'n days', CASE WHEN, " + ", ".join(sorted(_FUNCTIONS.values()))
)


class UnableToReadRule(ValueError):
    """The rule was refused: the message says where in the text, what stands there, and what is allowed."""

    def __init__(self, text: str, position: int, reason: str) -> None:
        super().__init__(f"rule refused at character {position}: {reason}; in: {text[:200]}")
        self.text, self.position, self.reason = text, position, reason


@dataclass(frozen=True)
class Rule:
    """A rule that was read: its text in one standard form, what it gives, and the columns it needs."""

    text: str
    kind: Kind
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Segment:
    """A group of accounts by a condition; earlier segments of a list take precedence."""

    code: str
    condition: str


SEGMENTED: Final = Spec("accounts", (Column("account_id", pl.Int64),), key=("account_id",))


def read_rule(text: str, *, columns: Mapping[str, pl.DataType]) -> Rule:
    """The rule a text stands for, over columns of these types and `as_of`.

    Raises UnableToReadRule, with the position, for a text that does not parse, more than one statement, a
    subquery, a function off the list, an unknown column, a division, a comparison of different types (a
    date with plain text, a time with zone with one without), an order of texts, a decimal number, a NULL
    that is compared, or branches of different types.
    """
    if len(text) > TEXT_CHARACTERS_MAX:
        raise UnableToReadRule(text, TEXT_CHARACTERS_MAX, f"a rule has at most {TEXT_CHARACTERS_MAX} characters")
    reader = _Reader(text, {name: _kind_of(dtype) for name, dtype in columns.items()} | {AS_OF: "date"})
    try:
        tree = _parsed(text)
        kind = reader.kind(tree)
        standard = tree.sql(dialect="postgres", comments=False)
    except RecursionError:
        raise UnableToReadRule(text, 1, "it is nested too deeply; split it") from None
    used = sorted({column.name for column in tree.find_all(exp.Column)})
    return Rule(standard, kind, tuple(used))


def values(frame: pl.DataFrame, text: str, *, as_of: date) -> pl.Series:
    """What a rule gives for each row of the frame, in its order; null where it is unknown.

    Raises UnableToReadRule; WrongFrame where the frame has a column `as_of` of its own.
    """
    return _told(frame, [text], as_of)[0].alias("value")


def assign(accounts: pl.DataFrame, segments: Sequence[Segment], *, as_of: date) -> pl.DataFrame:
    """The segment of each account: [account_id, segment], sorted by account.

    The first segment whose condition is true; unknown is not true; null where none is. Raises
    UnableToReadRule, also for a rule that is no condition, and WrongFrame, also for two segments of one
    code.
    """
    require(accounts, SEGMENTED)
    codes = [segment.code for segment in segments]
    if len(set(codes)) < len(codes):
        raise WrongFrame(f"segments: the codes {codes} must differ")
    place = first_of(conditions(accounts, [segment.condition for segment in segments], as_of=as_of), accounts.height)
    return accounts.select("account_id").hstack([named(place, codes, "segment")]).sort("account_id")


def first_of(holding: Sequence[Flags], count: int) -> Ints:
    """For each of `count` rows the place of the first condition that holds, their number where none does."""
    place = np.full(count, len(holding), dtype=np.int64)
    for number in reversed(range(len(holding))):
        place[holding[number]] = number
    return place


def named(place: Ints, names: Sequence[str | None], column: str) -> pl.Series:
    """The name at each place as a column of texts; null at the place after the last."""
    return pl.Series(column, [*names, None], dtype=pl.String)[place]


def condition(accounts: pl.DataFrame, text: str, *, as_of: date) -> pl.Series:
    """Whether each row meets a condition; unknown counts as no. Raises as `values`, and for a rule that is
    no condition.
    """
    return pl.Series("value", conditions(accounts, [text], as_of=as_of)[0])


def conditions(accounts: pl.DataFrame, texts: Sequence[str], *, as_of: date) -> list[Flags]:
    """The same of several conditions, which are looked at together."""
    found = _told(accounts, texts, as_of)
    for text, column in zip(texts, found, strict=True):
        if column.dtype != pl.Boolean:
            raise UnableToReadRule(text, 1, f"a condition must give yes or no, this gives a {column.dtype}")
    return [(column.fill_null(value=False) if column.null_count() else column).to_numpy() for column in found]


def _told(frame: pl.DataFrame, texts: Sequence[str], as_of: date) -> list[pl.Series]:
    """What each rule gives for each row."""
    if AS_OF in frame.columns:
        raise WrongFrame(f"accounts: the column '{AS_OF}' is the day asked for; rename the frame's")
    types = tuple(zip(frame.columns, frame.dtypes, strict=True))
    rules = [_compiled(text, types) for text in texts]
    asked = {str(number): rule.value for number, rule in enumerate(rules) if _uses_rows(rule.rule)}
    if any(AS_OF in rule.rule.columns for rule in rules):
        frame = frame.with_columns(pl.lit(as_of).alias(AS_OF))
    found = frame.select(value.alias(name) for name, value in asked.items())
    return [
        found[str(number)] if str(number) in asked else _alike(frame, rule, as_of) for number, rule in enumerate(rules)
    ]


@dataclass(frozen=True)
class _Compiled:
    rule: Rule
    value: pl.Expr


@lru_cache(maxsize=1024)
def _compiled(text: str, types: tuple[tuple[str, pl.DataType], ...]) -> _Compiled:
    """A rule over columns of these types, read once: the same few are asked about every account."""
    rule = read_rule(text, columns=dict(types))
    return _Compiled(rule, pl.sql_expr(rule.text))


def _uses_rows(rule: Rule) -> bool:
    return any(name != AS_OF for name in rule.columns)


def _alike(frame: pl.DataFrame, rule: _Compiled, as_of: date) -> pl.Series:
    """A rule without columns gives the same for every row."""
    one = pl.DataFrame({AS_OF: [as_of]}).select(rule.value.alias("value"))["value"]
    return one.new_from_index(0, frame.height)


def _parsed(text: str) -> exp.Expr:
    try:
        trees = sqlglot.parse(text, dialect="postgres")
    except SqlglotError as error:
        raise UnableToReadRule(
            text, _error_position(text, error), f"it does not parse; allowed are {ALLOWED}"
        ) from None
    if len(trees) != 1 or trees[0] is None:
        raise UnableToReadRule(text, 1, "one expression is expected")
    tree: Any = trees[0]
    if not isinstance(tree, exp.Expr):
        raise UnableToReadRule(text, 1, "one expression is expected")
    return tree


def _error_position(text: str, error: SqlglotError) -> int:
    found: list[dict[str, Any]] = getattr(error, "errors", [])
    if not found or not found[0].get("line"):
        return 1
    before = text.splitlines()[: found[0]["line"] - 1]
    return sum(len(line) + 1 for line in before) + int(found[0]["col"])


def _kind_of(dtype: pl.DataType) -> Kind | None:
    """The kind of a column; None for one that rules cannot use."""
    if dtype.is_integer():
        return "whole number"
    if isinstance(dtype, pl.Datetime):
        return "time with zone" if dtype.time_zone else "time"
    plain: dict[pl.DataType, Kind] = {pl.String(): "text", pl.Boolean(): "yes/no", pl.Date(): "date"}
    return plain.get(dtype)


class _Reader:
    """Gives every expression its kind, and refuses what has none."""

    def __init__(self, text: str, kinds: Mapping[str, Kind | None]) -> None:
        self.text, self.kinds = text, kinds

    def kind(self, node: exp.Expr) -> Kind:
        """The kind of value an expression gives."""
        for types, reader in self._readers():
            if type(node) in types:
                found: Kind = reader(node)
                return found
        what = node.sql(dialect="postgres")[:60]
        raise self.refusal(node, f"{what!r} is not allowed; allowed are {ALLOWED}")

    def refusal(self, node: exp.Expr, reason: str) -> UnableToReadRule:
        """The refusal of an expression at its place."""
        return UnableToReadRule(self.text, _position(node), reason)

    def _readers(self) -> Iterator[tuple[tuple[type[exp.Expr], ...], Any]]:
        yield (exp.Column,), self._column
        yield (exp.Literal,), self._literal
        yield (exp.Boolean,), lambda node: CONDITION
        yield (exp.Paren,), lambda node: self.kind(node.this)
        yield (exp.And, exp.Or), self._connection
        yield (exp.Not,), self._negation
        yield COMPARISONS, self._comparison
        yield (exp.Is,), self._is_null
        yield (exp.In,), self._membership
        yield (exp.Between,), self._between
        yield (exp.Like, exp.ILike), self._pattern
        yield (exp.Add, exp.Sub), self._sum
        yield (exp.Mul,), self._product
        yield (exp.Neg,), lambda node: self._all_of(node, [node.this], "whole number")
        yield (exp.Cast,), self._date
        yield (exp.Case,), self._case
        yield tuple(_FUNCTIONS), self._function
        yield (exp.Div, exp.IntDiv, exp.Mod), self._division

    def _column(self, node: exp.Column) -> Kind:
        if not isinstance(node.this, exp.Identifier) or node.args.get("table"):
            raise self.refusal(node, f"{node.sql()!r} is no column of the account")
        if node.name not in self.kinds:
            raise self.refusal(node, f"there is no column {node.name!r}; there are {', '.join(sorted(self.kinds))}")
        kind = self.kinds[node.name]
        if kind is None:
            raise self.refusal(node, f"column {node.name!r} is of a type that rules cannot use")
        return kind

    def _literal(self, node: exp.Literal) -> Kind:
        if node.is_string:
            return "text"
        if not node.this.isdigit() or int(node.this) >= 2**63:
            raise self.refusal(node, f"{node.this} is no whole number of 64 bits; multiply the other side instead")
        return "whole number"

    def _connection(self, node: exp.Connector) -> Kind:
        return self._all_of(node, [node.left, node.right], CONDITION)

    def _negation(self, node: exp.Not) -> Kind:
        return self._all_of(node, [node.this], CONDITION)

    def _comparison(self, node: exp.Binary) -> Kind:
        if isinstance(node.left, exp.Null) or isinstance(node.right, exp.Null):
            raise self.refusal(node, "nothing is equal to NULL; write IS NULL")
        kind = self._common(node, [node.left, node.right])
        if kind == "text" and isinstance(node, _ORDERED):
            raise self.refusal(node, "texts have no order here; compare them with =, <>, IN or LIKE")
        return CONDITION

    def _is_null(self, node: exp.Is) -> Kind:
        if not isinstance(node.expression, exp.Null):
            raise self.refusal(node, "IS is followed by NULL or NOT NULL; write a condition by itself or with NOT")
        self.kind(node.this)
        return CONDITION

    def _membership(self, node: exp.In) -> Kind:
        listed = node.expressions
        if not listed or not all(isinstance(one, exp.Literal | exp.Cast) for one in listed):
            raise self.refusal(node, "IN is followed by a list of values")
        self._common(node, [node.this, *listed])
        return CONDITION

    def _between(self, node: exp.Between) -> Kind:
        kind = self._common(node, [node.this, node.args["low"], node.args["high"]])
        if kind in ("text", CONDITION) or node.args.get("symmetric"):
            raise self.refusal(node, f"BETWEEN is for whole numbers, dates and times, not {kind}")
        return CONDITION

    def _pattern(self, node: exp.Binary) -> Kind:
        if not (isinstance(node.expression, exp.Literal) and node.expression.is_string):
            raise self.refusal(node, "LIKE is followed by a 'text'")
        if "\\" in node.expression.this:
            raise self.refusal(node, "a pattern holds no backslash")
        self._all_of(node, [node.this], "text")
        return CONDITION

    def _sum(self, node: exp.Binary) -> Kind:
        if isinstance(node.right, exp.Interval):
            self._require_days(node.right)
            return self._all_of(node, [node.left], "date")
        return self._all_of(node, [node.left, node.right], "whole number")

    def _product(self, node: exp.Mul) -> Kind:
        return self._all_of(node, [node.left, node.right], "whole number")

    def _require_days(self, node: exp.Interval) -> None:
        unit = str(node.args.get("unit") or "").upper().rstrip("S")
        amount = node.this
        if unit not in ("DAY", "WEEK") or not isinstance(amount, exp.Literal) or not amount.this.isdigit():
            raise self.refusal(node, "an interval is of days or weeks: INTERVAL '3 days'")

    def _date(self, node: exp.Cast) -> Kind:
        if not node.to.is_type("date") or not isinstance(node.this, exp.Literal):
            raise self.refusal(node, "values are not converted; a date is written DATE 'YYYY-MM-DD'")
        try:
            date.fromisoformat(node.this.this)
        except ValueError:
            raise self.refusal(node, f"{node.this.this!r} is no date; write DATE 'YYYY-MM-DD'") from None
        return "date"

    def _case(self, node: exp.Case) -> Kind:
        if node.this is not None:
            raise self.refusal(node, "write CASE WHEN column = value THEN ...")
        branches = [branch.args["true"] for branch in node.args["ifs"]]
        self._all_of(node, [branch.this for branch in node.args["ifs"]], CONDITION)
        otherwise = node.args.get("default")
        return self._common(node, [*branches, otherwise] if otherwise is not None else branches)

    def _function(self, node: exp.Func) -> Kind:
        name = _FUNCTIONS[type(node)]
        given = [one for one in (node.this, node.args.get("expression"), *node.expressions) if one is not None]
        if name in ("LOWER", "UPPER"):
            return self._all_of(node, given, "text")
        if name == "ABS":
            return self._all_of(node, given, "whole number")
        return self._common(node, given)

    def _division(self, node: exp.Binary) -> Kind:
        raise self.refusal(node, "whole numbers are not divided here; multiply the other side instead")

    def _all_of(self, node: exp.Expr, parts: Sequence[exp.Expr], wanted: Kind) -> Kind:
        for part in parts:
            kind = self.kind(part)
            if kind != wanted:
                raise self.refusal(
                    part, f"a {wanted} is expected in {node.sql(dialect='postgres')[:60]!r}, not a {kind}"
                )
        return wanted

    def _common(self, node: exp.Expr, parts: Sequence[exp.Expr]) -> Kind:
        kinds = [self.kind(part) for part in parts]
        if len(set(kinds)) > 1:
            found = " and ".join(sorted(set(kinds)))
            hint = "; a date is written DATE 'YYYY-MM-DD'" if {"date", "text"} <= set(kinds) else ""
            raise self.refusal(node, f"{found} do not go together in {node.sql(dialect='postgres')[:60]!r}{hint}")
        return kinds[0]


def _position(node: exp.Expr) -> int:
    """The first character of a node, counted from 1, as far as the parser knows it."""
    starts = [part.meta["start"] for part in node.walk() if "start" in part.meta]
    return int(min(starts)) + 1 if starts else 1
