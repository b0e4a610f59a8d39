"""Who is worked next and why, and who is not and by which rule: for any day, from the facts."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl

from ahadi.data import facts
from ahadi.data.facts import Book, Selection
from ahadi.data.rulebook import parameter
from ahadi.domain.accounts import queries as accounts
from ahadi.domain.audit.ports import Actor
from ahadi.domain.people import access
from ahadi.kernel import priority, worklist
from ahadi.kernel.money import exponent


class UnableToFindAccount(Exception):
    """There is no such account among those that you may see. Go back to a list and open it from there."""

    is_refusal = True

    def __init__(self, account_id: int) -> None:
        super().__init__("there is no such account among those that you may see; open it from a list")
        self.account_id = account_id


@dataclass(frozen=True)
class Ranking:
    """A day's worklist: `ranked` with the account's facts, its `points` by reason, `absent` with rule and end."""

    day: date
    ranked: pl.DataFrame
    points: pl.DataFrame
    absent: pl.DataFrame


def ranking(*, by: Actor, as_of: date, known_at: datetime | None = None, owner_id: int | None = None) -> Ranking:
    """The worklist of a day for everything that `by` may see, or for one owner."""
    scope = access.accounts(by)
    if owner_id is not None:
        scope = scope.narrowed(
            "a.id IN (SELECT account_id FROM account_state WHERE owner_id = %(owner)s)", owner=owner_id
        )
    return rank(facts.book(Selection(scope.condition, scope.parameters, known_at)), as_of=as_of)


@dataclass(frozen=True)
class Standing:
    """Where one account stands on the list of its owner, and its points if nobody touches it until tomorrow.

    `points_tomorrow` is None where the account is on no list tomorrow.
    """

    account_id: int
    ranking: Ranking
    points_tomorrow: int | None


def standing(*, by: Actor, as_of: date, account_id: int) -> Standing:
    """The place of one account among those of its owner. Raises UnableToFindAccount."""
    alone = facts.book(seen(by=by, account_id=account_id))
    if alone.accounts.is_empty():
        raise UnableToFindAccount(account_id)
    owner_id = alone.accounts["owner_id"].item()
    today = rank(alone, as_of=as_of) if owner_id is None else ranking(by=by, as_of=as_of, owner_id=owner_id)
    if account_id not in {*today.ranked["account_id"], *today.absent["account_id"]}:
        raise UnableToFindAccount(account_id)
    tomorrow = rank(alone, as_of=as_of + timedelta(days=1)).ranked
    points = tomorrow["points"].item() if tomorrow.height else None
    return Standing(account_id=account_id, ranking=today, points_tomorrow=points)


def seen(*, by: Actor, account_id: int) -> Selection:
    """One account, as far as `by` may see it."""
    scope = access.accounts(by).narrowed("a.id = %(only_account)s", only_account=account_id)
    return Selection(scope.condition, scope.parameters)


def debtors(*, by: Actor, account_ids: pl.Series) -> pl.DataFrame:
    """[debtor_id, debtor_number, debtor_name] of these accounts, as far as `by` may see them."""
    scope = access.accounts(by).narrowed("a.id = ANY(%(named)s)", named=account_ids.to_list())
    return facts.debtors(Selection(scope.condition, scope.parameters))


def rank(book: Book, *, as_of: date) -> Ranking:
    """The worklist of a day for a book."""
    now = accounts.position(book, as_of=as_of)
    ids = now["account_id"]
    now = now.join(_last_receipts(book, as_of), on="account_id", how="left")
    now = now.join(_weightiest_holds(book, as_of), on="account_id", how="left")
    now = now.join(_actions(ids, as_of), on="account_id", how="left")
    points = priority.score(_scored(now, as_of), as_of=as_of)
    listed = worklist.build(
        now.select(
            "account_id",
            "owner_id",
            "overdue_minor",
            "days_late",
            "next_action_on",
            "hold_kind",
            "hold_review_on",
            is_open=pl.col("status") == "open",
        ).drop_nulls("owner_id"),
        points,
        day=as_of,
    )
    about = now.drop("owner_id")
    return Ranking(
        day=as_of,
        ranked=listed.ranked.join(about, on="account_id", how="left", maintain_order="left"),
        points=points.join(listed.ranked, on="account_id", how="semi"),
        absent=listed.absent.join(about, on="account_id", how="left", maintain_order="left"),
    )


def _scored(now: pl.DataFrame, as_of: date) -> pl.DataFrame:
    never = pl.lit(None, dtype=pl.Int64)
    return now.select(
        "account_id",
        "overdue_minor",
        "days_late",
        "days_to_next_bucket",
        disputed_minor="disputed_overdue_minor",
        step_minor=_steps(now["currency"], as_of),
        days_since_contact=never,
        days_since_receipt=(pl.lit(as_of) - pl.col("last_receipt_on")).dt.total_days(),
        days_since_placed=(pl.lit(as_of) - pl.col("placed_on")).dt.total_days(),
        has_broken_promise=pl.lit(None, dtype=pl.Boolean),
    )


def arrears_step_minor(currency: str, *, as_of: date) -> int:
    """The amount that makes one block of arrears points, in minor units. Source: rulebook/priority.yaml."""
    units: int = parameter("priority", by="currency").at(currency, as_of)
    minor_per_unit: int = 10 ** exponent(currency)
    return units * minor_per_unit


def _steps(currencies: pl.Series, as_of: date) -> pl.Series:
    steps = {code: arrears_step_minor(code, as_of=as_of) for code in currencies.unique()}
    return currencies.replace_strict(steps, default=None, return_dtype=pl.Int64).cast(pl.Int64)


def _last_receipts(book: Book, as_of: date) -> pl.DataFrame:
    came = book.receipts.filter(pl.col("value_date") <= as_of)
    return came.group_by("account_id").agg(last_receipt_on=pl.col("value_date").max())


def _weightiest_holds(book: Book, as_of: date) -> pl.DataFrame:
    """The hold on a whole account that is looked at last; a hold on single charges restrains only those."""
    return (
        book.holds.filter(
            pl.col("charge_id").is_null()
            & (pl.col("from_date") <= as_of)
            & (pl.col("until_date").is_null() | (pl.col("until_date") >= as_of))
        )
        .sort("review_on", descending=True)
        .group_by("account_id", maintain_order=True)
        .agg(hold_kind=pl.col("kind").first(), hold_review_on=pl.col("review_on").first())
    )


def _actions(account_ids: pl.Series, as_of: date) -> pl.DataFrame:
    """Next actions as they stood at the end of the day; a day before the first one has none."""
    end = datetime.combine(as_of + timedelta(days=1), datetime.min.time()).astimezone()
    known = facts.next_actions(facts.of_accounts(account_ids, known_at=end))
    return known.rename({"action": "next_action", "due_on": "next_action_on"})
