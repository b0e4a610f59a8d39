"""Who owes what: debtors with their phones and relations, accounts, and the charges of their schedules, in columns.

Every row is known by its place in its own table; the loading gives ids.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from ahadi.jobs.twin import names, seasons
from ahadi.jobs.twin.portfolios import BEHAVIOURS, Enterprise, Portfolio
from ahadi.jobs.twin.seasons import Ints
from ahadi.kernel.calendar import add_months, month_end
from ahadi.kernel.money import exponent

HISTORY_DAYS = 365
_CHARGES_MAX = 24
_SECOND_ACCOUNTS = 0.14
# An agency gets no account in its first months.
_YOUNGEST_DAYS = {False: 15, True: 75}
_EACH_TWICE = 43
"""Of so many people one is known to another creditor as well."""
_RELATIONS = ("guarantor", "co_borrower", "relative", "spouse", "reference")
# On what basis a related party may be reached: the contract names sureties, others only by consent, or not at all.
_BASES = {"guarantor": "contract", "co_borrower": "contract", "spouse": "consent", "relative": None, "reference": None}
# country -> code, first digits of mobile lines, how many digits follow.
_LINES = {
    "TZ": ("255", ("71", "74", "75", "76", "68", "69", "62"), 7),
    "KE": ("254", ("70", "71", "72", "79", "11"), 7),
    "NG": ("234", ("803", "806", "813", "816", "703", "905"), 7),
    "AE": ("971", ("50", "52", "54", "55", "56", "58"), 7),
}


@dataclass(frozen=True)
class Scope:
    """What one part of the book is made from: whose, how large, where its numbers begin, and when it ends."""

    enterprise: Enterprise
    part: int
    first: int
    size: int
    seed: int
    until: date

    @property
    def zone(self) -> str:
        """The organisation's time zone."""
        return self.enterprise.terms.time_zone

    @property
    def last(self) -> int:
        """The last day of the history, as days since 1970."""
        return seasons.number(self.until)

    def random(self, what: int) -> np.random.Generator:
        """A stream of its own for each thing that is drawn, so that one does not move the others."""
        code = int.from_bytes(self.enterprise.terms.code.encode()[:6], "big")
        return np.random.default_rng([self.seed, code, self.part, what])

    def each(self, portfolio: pl.Expr, attribute: str, kind: pl.DataType | type[pl.DataType]) -> pl.Expr:
        """A term of the portfolio of each row."""
        values = pl.Series([getattr(one, attribute) for one in self.enterprise.portfolios], dtype=kind)
        return pl.lit(values).gather(portfolio)


def accounts(scope: Scope) -> pl.DataFrame:
    """One row per account: portfolio, debtor, number, behaviour, and when it was opened and placed."""
    random = scope.random(1)
    portfolios, is_agency = scope.enterprise.portfolios, scope.enterprise.is_agency
    drawn = _portfolios(portfolios, scope.size, random)
    debtor, drawn = _second_accounts(portfolios, drawn, random)
    frame = pl.DataFrame(
        {
            "account": np.arange(scope.size),
            "portfolio": drawn,
            "debtor": debtor,
            "behaviour": _behaviours(portfolios, drawn, random),
            "opened": scope.last - random.integers(_YOUNGEST_DAYS[is_agency], HISTORY_DAYS + 1, scope.size),
            "branch": _branches(portfolios, drawn, random),
        }
    )
    opened = pl.col("opened").cast(pl.Int32).cast(pl.Date)
    of_wages = (scope.each(pl.col("portfolio"), "every", pl.String) == "1mo") & (pl.col("account") % 2 == 0)
    on_payday = opened.dt.truncate("1mo").dt.offset_by("25d")
    wanted = pl.when(of_wages & (on_payday < pl.lit(scope.until))).then(on_payday).otherwise(opened)
    months_late = pl.lit(pl.Series(random.integers(1, 3, scope.size))) if is_agency else pl.lit(0)
    return frame.with_columns(
        opened_on=wanted,
        number=pl.format(
            "{}-{}",
            scope.each(pl.col("portfolio"), "prefix", pl.String),
            (pl.col("account") + scope.first).cast(pl.String).str.zfill(8),
        ),
        product=scope.each(pl.col("portfolio"), "product", pl.String),
        currency=scope.each(pl.col("portfolio"), "currency", pl.String),
        country=scope.each(pl.col("portfolio"), "country", pl.String),
        creditor=scope.each(pl.col("portfolio"), "creditor", pl.String),
    ).with_columns(
        # Creditors hand over what was opened in a month at its end; to an agency, one or two months later.
        placed_on=pl.min_horizontal(month_end(add_months(pl.col("opened_on"), months_late)), pl.lit(scope.until))
    )


def _portfolios(portfolios: tuple[Portfolio, ...], size: int, random: np.random.Generator) -> Ints:
    """A portfolio for each account by share; each has one account at least."""
    drawn = random.choice(len(portfolios), size, p=[one.share for one in portfolios]).astype(np.int64)
    drawn[: len(portfolios)] = np.arange(len(portfolios))
    return drawn


def _second_accounts(portfolios: tuple[Portfolio, ...], drawn: Ints, random: np.random.Generator) -> tuple[Ints, Ints]:
    """The debtor of each account; the last accounts are second ones, also with other creditors of the country."""
    size = len(drawn)
    firsts = max(len(portfolios), round(size * (1 - _SECOND_ACCOUNTS)))
    debtor = np.arange(size)
    debtor[firsts:] = random.integers(0, firsts, size - firsts)
    kind = [(one.country, one.is_firm) for one in portfolios]
    alike = [[other for other in range(len(kind)) if kind[other] == mine] for mine in kind]
    found = drawn.copy()
    for portfolio, others in enumerate(alike):
        here = np.flatnonzero(drawn[debtor] == portfolio)
        here = here[here >= firsts]
        found[here] = random.choice(others, len(here))
    return debtor, found


def _behaviours(portfolios: tuple[Portfolio, ...], drawn: Ints, random: np.random.Generator) -> Ints:
    bounds = np.array([np.cumsum(one.mix) for one in portfolios])
    place = (random.random(len(drawn))[:, None] > bounds[drawn]).sum(axis=1)
    found: Ints = np.minimum(place, len(BEHAVIOURS) - 1)
    return found


def _branches(portfolios: tuple[Portfolio, ...], drawn: Ints, random: np.random.Generator) -> npt.NDArray[np.object_]:
    found = np.empty(len(drawn), dtype=object)
    for place, one in enumerate(portfolios):
        here = np.flatnonzero(drawn == place)
        found[here] = random.choice(np.array(one.branches, dtype=object), len(here))
    return found


def debtors(scope: Scope, accounts: pl.DataFrame) -> pl.DataFrame:
    """One row per debtor, then one per related party: debtor, name, country, phone, and to whom they belong."""
    random = scope.random(2)
    owing = (
        accounts.sort("account")
        .group_by("debtor", maintain_order=True)
        .agg(pl.col("portfolio", "country").first(), pl.col("placed_on").min())
        .sort("debtor")
    )
    related = owing.filter(pl.Series(random.random(owing.height) < 0.09)).select(
        "country", "placed_on", of="debtor", portfolio=pl.lit(-1, dtype=pl.Int64)
    )
    both = pl.concat([owing, related], how="diagonal").with_columns(
        party=pl.int_range(pl.len(), dtype=pl.Int64),
        relation=pl.Series(random.choice(_RELATIONS, owing.height + related.height, p=[0.35, 0.15, 0.25, 0.15, 0.10])),
    )
    is_firm = scope.each(pl.col("portfolio").clip(lower_bound=0), "is_firm", pl.Boolean) & pl.col("of").is_null()
    both = both.with_columns(is_firm=is_firm)
    name, phone = np.empty(both.height, dtype=object), np.empty(both.height, dtype=object)
    firm = both["is_firm"].to_numpy()
    for (country,), rows in both.group_by(["country"], maintain_order=True):
        place = rows["party"].to_numpy()
        phone[place] = _phones(str(country), len(place), random)
        for draw, here in ((names.people, place[~firm[place]]), (names.firms, place[firm[place]])):
            name[here] = draw(random, len(here), str(country)).to_numpy()
    told = both.with_columns(name=pl.Series(name, dtype=pl.String), phone=pl.Series(phone, dtype=pl.String))
    return _known_twice(told)


def _known_twice(debtors: pl.DataFrame) -> pl.DataFrame:
    """Of every so many people one is the one before them, as another creditor wrote them: surname first, in capitals.

    They have one telephone, so that a duplicate can be found; whether they are one person is for people to say.
    """
    before = {f"{name}_before": pl.col(name).shift(1) for name in ("name", "phone", "country", "portfolio", "is_firm")}
    is_twice = (
        (pl.col("party") % _EACH_TWICE == _EACH_TWICE - 1)
        & pl.col("of").is_null()
        & ~pl.col("is_firm")
        & ~pl.col("is_firm_before")
        & (pl.col("country") == pl.col("country_before"))
        & (pl.col("portfolio") != pl.col("portfolio_before"))
        & pl.col("name_before").str.contains(" ")
    ).fill_null(value=False)
    words = pl.col("name_before").str.split(" ")
    respelled = pl.concat_str(
        words.list.last().str.to_uppercase(), pl.lit(", "), words.list.head(words.list.len() - 1).list.join(" ")
    )
    return (
        debtors.with_columns(**before)
        .with_columns(
            name=pl.when(is_twice).then(respelled).otherwise("name"),
            phone=pl.when(is_twice).then("phone_before").otherwise("phone"),
        )
        .drop(list(before))
    )


def _phones(country: str, count: int, random: np.random.Generator) -> npt.NDArray[np.object_]:
    """Mobile numbers of a country in E.164, as they could be."""
    code, heads, digits = _LINES[country]
    head = random.choice(heads, count)
    tail = random.integers(10 ** (digits - 1), 10**digits, count)
    frame = pl.DataFrame({"head": head, "tail": tail})
    return frame.select(pl.format("+{}{}{}", pl.lit(code), "head", "tail").alias("phone"))["phone"].to_numpy()


def relation_rows(debtors: pl.DataFrame) -> pl.DataFrame:
    """Who stands in which relation to which debtor, and on what basis they may be reached."""
    return debtors.filter(pl.col("of").is_not_null()).select(
        other="party",
        party="of",
        relation="relation",
        basis=pl.col("relation").replace_strict(_BASES, return_dtype=pl.String),
        from_date="placed_on",
    )


def charges(scope: Scope, accounts: pl.DataFrame) -> pl.DataFrame:
    """One row per charge: its account and turn, when it is owed and due, and its components; at most 24 an account.

    The instalments of a schedule are equal, the interest falls from one to the next, and all components add up.
    """
    random = scope.random(3)
    terms = accounts.select("account", "portfolio", "product", "opened_on", "placed_on").with_columns(
        _drawn_terms(scope.enterprise.portfolios, accounts["portfolio"].to_numpy(), random)
    )
    rows = terms.with_columns(turn=pl.int_ranges(pl.col("first_turn"), pl.col("count") + 1)).explode("turn")
    every = scope.each(pl.col("portfolio"), "every", pl.String)
    turn = pl.col("turn")
    weeks = pl.when(every == "1w").then(7).otherwise(14)
    due = (
        pl.when(every == "1mo")
        .then(add_months(pl.col("opened_on"), turn))
        .otherwise(pl.col("opened_on") + pl.duration(days=turn * weeks))
    )
    rows = rows.with_columns(
        every=every,
        due_date=due,
        term_days=scope.each(pl.col("portfolio"), "term_days", pl.Int64),
        factor=pl.Series(random.uniform(-1, 1, rows.height)) * scope.each(pl.col("portfolio"), "varies", pl.Float64),
    ).with_columns(invoiced_on=pl.when(pl.col("term_days") > 0).then(due - pl.duration(days=pl.col("term_days"))))
    # An invoice that is not written yet is not owed; instalments are owed from the opening.
    rows = rows.filter(pl.col("invoiced_on").is_null() | (pl.col("invoiced_on") <= pl.lit(scope.until)))
    return _components(rows).with_columns(
        value_date=pl.coalesce("invoiced_on", "opened_on"),
        charge=pl.int_range(pl.len(), dtype=pl.Int64),
        reference=pl.format(
            "{}-{}", pl.when(pl.col("term_days") > 0).then(pl.lit("INV")).otherwise(pl.lit("I")), pl.col("turn")
        ),
    )


def _drawn_terms(portfolios: tuple[Portfolio, ...], drawn: Ints, random: np.random.Generator) -> pl.DataFrame:
    """The schedule of each account: count, first_turn, step_minor, instalment_minor, and its totals."""
    lowest, highest = (np.array([one.instalment[end] for one in portfolios], dtype=float)[drawn] for end in (0, 1))
    unit = np.array([10 ** exponent(one.currency) for one in portfolios])[drawn]
    step = np.array([one.step for one in portfolios])[drawn] * unit
    raw = np.exp(random.uniform(np.log(lowest), np.log(highest))) * unit
    few, many = (np.array([one.count[end] for one in portfolios])[drawn] for end in (0, 1))
    deposit = np.array([one.deposit for one in portfolios])[drawn]
    instalment = np.maximum(np.rint(raw / step), 1).astype(np.int64) * step
    count = np.minimum(random.integers(few, many + 1), _CHARGES_MAX - (deposit > 0))
    whole = (instalment * count).astype(float)
    return pl.DataFrame(
        {
            "count": count.astype(np.int64),
            "first_turn": np.where(deposit > 0, 0, 1).astype(np.int64),
            "step_minor": step.astype(np.int64),
            "instalment_minor": instalment.astype(np.int64),
            "deposit": deposit.astype(np.int64),
            "interest_whole_minor": (np.array([one.interest for one in portfolios])[drawn] * whole).astype(np.int64),
            "fee_whole_minor": (np.array([one.fee for one in portfolios])[drawn] * whole).astype(np.int64),
        }
    )


def _components(rows: pl.DataFrame) -> pl.DataFrame:
    """Principal, interest and fee of each charge, in whole minor units: sums of a schedule are its totals."""
    turn, count = pl.col("turn"), pl.col("count")
    steps = (pl.col("instalment_minor") * (1 + pl.col("factor")) / pl.col("step_minor")).round().cast(pl.Int64)
    level = pl.when(pl.col("factor") == 0).then("instalment_minor").otherwise(steps.clip(1) * pl.col("step_minor"))
    level = pl.when(turn == 0).then(pl.col("instalment_minor") * pl.col("deposit")).otherwise(level)

    def interest_until(turns: pl.Expr) -> pl.Expr:
        # What falls evenly with the turns: the weights are count, count - 1, ... 1.
        return pl.col("interest_whole_minor") * turns * (2 * count - turns + 1) // (count * (count + 1))

    rows = rows.with_columns(
        level_minor=level,
        interest_minor=pl.when(turn == 0).then(0).otherwise(interest_until(turn) - interest_until(turn - 1)),
        fee_minor=pl.when(turn == 1).then("fee_whole_minor").otherwise(0),
    )
    interest = pl.min_horizontal("interest_minor", pl.col("level_minor") // 2)
    return rows.with_columns(
        interest_minor=interest,
        principal_minor=pl.col("level_minor") - interest,
        penalty_minor=pl.lit(0, dtype=pl.Int64),
        fee_minor=pl.col("fee_minor").cast(pl.Int64),
    ).with_columns(amount_minor=pl.col("principal_minor") + pl.col("interest_minor") + pl.col("fee_minor"))
