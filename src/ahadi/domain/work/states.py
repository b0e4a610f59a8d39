"""What is current of an account: every column of `account_state`, from the facts or from totals, decided alike."""

from datetime import date
from functools import lru_cache

import polars as pl

from ahadi.data import facts, frames, gathered
from ahadi.data.facts import Selection
from ahadi.domain.accounts import queries as accounts
from ahadi.domain.arrangements import queries as arrangements
from ahadi.domain.strategy import queries as strategies
from ahadi.kernel import agenda
from ahadi.kernel.ragged import laid_beside
from ahadi.kernel.schema import DISPUTE, empty
from ahadi.kernel.strategy import NEXT_STEPS, next_steps

BUSINESS = {
    "organisation_id": pl.Int64,
    "shard": pl.Int64,
    "status": pl.String,
    "owner_id": pl.Int64,
    "next_action": pl.String,
    "next_action_on": pl.Date,
    "step": pl.String,
    "segment": pl.String,
    "charged_minor": pl.Int64,
    "received_minor": pl.Int64,
    "allocated_minor": pl.Int64,
    "unapplied_minor": pl.Int64,
    "overdue_minor": pl.Int64,
    "oldest_due_date": pl.Date,
    "bucket": pl.String,
    "last_receipt_on": pl.Date,
    "last_contact_on": pl.Date,
    "promise_status": pl.String,
    "promise_due_on": pl.Date,
    "schedule_version": pl.Int64,
    "is_irregular": pl.Boolean,
}
"""What a state says; `as_of` and `revision` say when it last changed and how often."""

STATE = {"account_id": pl.Int64, **BUSINESS}
STORED = {**STATE, "as_of": pl.Date, "revision": pl.Int64}


def stored(selection: Selection) -> pl.DataFrame:
    """The stored states of a selection (a condition on `account_state s`), by account: STORED."""
    columns = ", ".join(f"s.{name}" for name in STORED)
    return selection.gather(f"SELECT {columns} FROM account_state s WHERE {{condition}}", STORED, by=["account_id"])


def of(account_ids: pl.Series) -> pl.DataFrame:
    """The stored states of these accounts."""
    chosen: dict[str, object] = {"account_ids": frames.ids(account_ids)}
    return stored(Selection("s.account_id = ANY(%(account_ids)s)", chosen, is_few=len(account_ids) <= frames.FEW))


def current(selection: Selection, *, as_of: date) -> pl.DataFrame:
    """What the facts say of each living account of a selection as of a day: STATE and NextAction's `channel`."""
    book = gathered.book(selection)
    return derived(book, selection, as_of=as_of)


def derived(book: facts.Book, selection: Selection, *, as_of: date) -> pl.DataFrame:
    """The same from a plain book (`gathered.book`) that was read already."""
    now = laid_beside(
        accounts.position(book, as_of=as_of),
        told(book, selection, as_of=as_of),
        facts.asked_actions(selection),
    )
    return decided(now, done=facts.steps_taken(selection), as_of=as_of)[[*STATE, "channel"]]


def told(book: facts.Book, selection: Selection, *, as_of: date) -> pl.DataFrame:
    """What promises, contacts and holds say of the accounts: [account_id, last_contact_on, promise_status,
    promise_due_on, promise_last_day, hold_kind, hold_review_on, disputes_review_on].
    """
    judged = arrangements.judged(facts.promises(selection), book.receipts, as_of=as_of)
    return laid_beside(
        book.accounts[["account_id"]],
        facts.last_contacts(selection, as_of=as_of),
        arrangements.by_account(judged, as_of=as_of),
        weightiest_holds(book.holds, as_of=as_of),
    )


def weightiest_holds(holds: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """[account_id, hold_kind, hold_review_on, disputes_review_on]: the hold on a whole account that is looked at last,
    and when the last of the disputes of single charges is.
    """
    if holds.is_empty():
        return _NO_HOLDS
    is_whole = pl.col("charge_id").is_null()
    is_dispute = ~is_whole & (pl.col("kind") == DISPUTE)
    return (
        holds.filter(
            (pl.col("from_date") <= as_of) & (pl.col("until_date").is_null() | (pl.col("until_date") >= as_of))
        )
        .sort("account_id", "review_on", "kind", descending=[False, True, False])
        .group_by("account_id", maintain_order=True)
        .agg(
            hold_kind=pl.col("kind").filter(is_whole).first(),
            hold_review_on=pl.col("review_on").filter(is_whole).first(),
            disputes_review_on=pl.col("review_on").filter(is_dispute).first(),
        )
    )


_NO_HOLDS = pl.DataFrame(
    schema={
        "account_id": pl.Int64,
        "hold_kind": pl.String,
        "hold_review_on": pl.Date,
        "disputes_review_on": pl.Date,
    }
)


def restrained(now: pl.DataFrame) -> pl.DataFrame:
    """The same accounts, those among them of which everything late is disputed charge by charge held like whole ones.

    A hold on single charges restrains only those; where nothing else is late, there is nothing to collect.
    """
    return now.with_columns(_RESTRAINED)


_IS_CONTESTED = (pl.col("overdue_minor") > 0) & (pl.col("disputed_overdue_minor") >= pl.col("overdue_minor"))
_IS_HELD = _IS_CONTESTED & pl.col("hold_kind").is_null() & pl.col("disputes_review_on").is_not_null()
_RESTRAINED = (
    pl.when(_IS_HELD).then(pl.lit(DISPUTE)).otherwise("hold_kind").alias("hold_kind"),
    pl.when(_IS_HELD).then("disputes_review_on").otherwise("hold_review_on").alias("hold_review_on"),
)
_OF_OPEN = pl.when("is_open").then("segment").alias("segment")
_STAGED = [
    "account_id",
    "anchor_date",
    "product",
    "currency",
    "bucket",
    "promise_status",
    "outstanding_minor",
    "overdue_minor",
    "days_late",
    "days_since_contact",
    "days_since_receipt",
]


@lru_cache(maxsize=8)
def _asked(as_of: date) -> tuple[pl.Expr, ...]:
    """What rules and the agenda ask of an account beside its figures."""
    return (
        *_RESTRAINED,
        (pl.col("status") == "open").alias("is_open"),
        pl.coalesce("oldest_due_date", "next_due_date").alias("anchor_date"),
        (pl.lit(as_of) - pl.col("last_contact_on")).dt.total_days().alias("days_since_contact"),
        (pl.lit(as_of) - pl.col("last_receipt_on")).dt.total_days().alias("days_since_receipt"),
    )


def decided(now: pl.DataFrame, *, done: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Accounts with figures, with their segment and next action: `segment, next_action, channel, step, next_action_on`.

    `now` bears organisation_id, product, currency, status, figures, what `told` gives, asked_action and
    asked_on; `done` is what `facts.steps_taken` gives. Where an account is not open nothing of its steps is told.
    """
    now = now.with_columns(_asked(as_of))
    steps = _steps(now, done, as_of)
    staged = laid_beside(now, steps)
    return laid_beside(now, staged.select("account_id", _OF_OPEN), agenda.decide(staged, as_of=as_of))


def _steps(now: pl.DataFrame, done: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """The steps of the accounts by the strategies of their organisations and products."""
    parts = _by_strategy(now)
    if len(parts) == 1:
        return _with_steps(now, done, as_of)
    return pl.concat([_with_steps(part, _of(done, part), as_of) for part in parts]) if parts else empty(NEXT_STEPS)


def _by_strategy(now: pl.DataFrame) -> list[pl.DataFrame]:
    if now.height and now["organisation_id"].n_unique() == 1 and now["product"].n_unique() == 1:
        return [now]
    return [part for _, part in now.group_by("organisation_id", "product")]


def _of(done: pl.DataFrame, part: pl.DataFrame) -> pl.DataFrame:
    return done.join(part, on="account_id", how="semi") if done.height else done


def _with_steps(part: pl.DataFrame, done: pl.DataFrame, as_of: date) -> pl.DataFrame:
    organisation_id, product = part["organisation_id"][0], part["product"][0]
    strategy = strategies.strategies(organisation_id, as_of=as_of)[product]
    return next_steps(part[_STAGED], done, as_of=as_of, strategy=strategy)
