"""What is current of an account: every column of `account_state`, from the facts or from totals, decided alike."""

from datetime import date

import polars as pl

from ahadi.data import facts, frames, gathered
from ahadi.data.facts import Selection
from ahadi.domain.accounts import queries as accounts
from ahadi.domain.arrangements import queries as arrangements
from ahadi.domain.strategy import queries as strategies
from ahadi.kernel import agenda
from ahadi.kernel.schema import DISPUTE, empty
from ahadi.kernel.strategy import DONE, next_steps

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
    query = f"SELECT {columns} FROM account_state s WHERE {selection.condition}"
    return frames.gather(query, selection.parameters, STORED, by=["account_id"])


def of(account_ids: pl.Series) -> pl.DataFrame:
    """The stored states of these accounts."""
    return stored(Selection("s.account_id = ANY(%(account_ids)s)", {"account_ids": frames.ids(account_ids)}))


def current(selection: Selection, *, as_of: date) -> pl.DataFrame:
    """What the facts say of each living account of a selection as of a day: STATE and NextAction's `channel`."""
    book = gathered.book(selection)
    return derived(book, selection, as_of=as_of)


def derived(book: facts.Book, selection: Selection, *, as_of: date) -> pl.DataFrame:
    """The same from a plain book (`gathered.book`) that was read already."""
    now = accounts.position(book, as_of=as_of)
    now = now.join(told(book, selection, as_of=as_of), on="account_id", how="left")
    asked = facts.asked_actions(selection).rename({"action": "asked_action", "due_on": "asked_on"})
    now = now.join(asked, on="account_id", how="left")
    return decided(now, done=facts.steps_taken(selection), as_of=as_of).select(*STATE, "channel")


def told(book: facts.Book, selection: Selection, *, as_of: date) -> pl.DataFrame:
    """What promises, contacts and holds say of the accounts: [account_id, last_contact_on, promise_status,
    promise_due_on, promise_last_day, hold_kind, hold_review_on, disputes_review_on].
    """
    judged = arrangements.judged(facts.promises(selection), book.receipts, as_of=as_of)
    return (
        book.accounts.select("account_id")
        .join(facts.last_contacts(selection, as_of=as_of), on="account_id", how="left")
        .join(arrangements.by_account(judged, as_of=as_of), on="account_id", how="left")
        .join(weightiest_holds(book.holds, as_of=as_of), on="account_id", how="left")
    )


def weightiest_holds(holds: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """[account_id, hold_kind, hold_review_on, disputes_review_on]: the hold on a whole account that is looked at last,
    and when the last of the disputes of single charges is.
    """
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


def restrained(now: pl.DataFrame) -> pl.DataFrame:
    """The same accounts, those among them of which everything late is disputed charge by charge held like whole ones.

    A hold on single charges restrains only those; where nothing else is late, there is nothing to collect.
    """
    is_contested = (pl.col("overdue_minor") > 0) & (pl.col("disputed_overdue_minor") >= pl.col("overdue_minor"))
    is_held = is_contested & pl.col("hold_kind").is_null() & pl.col("disputes_review_on").is_not_null()
    return now.with_columns(
        hold_kind=pl.when(is_held).then(pl.lit(DISPUTE)).otherwise("hold_kind"),
        hold_review_on=pl.when(is_held).then("disputes_review_on").otherwise("hold_review_on"),
    )


def decided(now: pl.DataFrame, *, done: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Accounts with figures, with their segment and next action: `segment, next_action, channel, step, next_action_on`.

    `now` bears organisation_id, product, currency, status, figures, what `told` gives, asked_action and
    asked_on; `done` is what `facts.steps_taken` gives.
    """
    now = restrained(now).with_columns(anchor_date=pl.coalesce("oldest_due_date", "next_due_date"))
    parts = [_with_steps(part, done, as_of) for _, part in now.group_by("organisation_id", "product")]
    steps = pl.concat(parts) if parts else empty_steps()
    now = now.drop("step", "segment", strict=False).join(steps, on="account_id", how="left", maintain_order="left")
    named = now.with_columns(is_open=pl.col("status") == "open")
    answer = agenda.decide(named, as_of=as_of)
    is_open = pl.col("status") == "open"
    return (
        now.drop("step", "action", "channel", "due_on", "next_action", "next_action_on", strict=False)
        .join(answer, on="account_id", how="left", maintain_order="left")
        .with_columns(segment=pl.when(is_open).then("segment"))
    )


def empty_steps() -> pl.DataFrame:
    """No steps, in the columns of `next_steps`."""
    texts = dict.fromkeys(("segment", "step", "action", "channel"), pl.String)
    return pl.DataFrame(schema={"account_id": pl.Int64, **texts, "due_on": pl.Date})


def _with_steps(part: pl.DataFrame, done: pl.DataFrame, as_of: date) -> pl.DataFrame:
    organisation_id, product = part["organisation_id"][0], part["product"][0]
    strategy = strategies.strategies(organisation_id, as_of=as_of)[product]
    open_ = part.filter(pl.col("status") == "open").select(
        "account_id",
        "anchor_date",
        "product",
        "currency",
        "bucket",
        "promise_status",
        "outstanding_minor",
        "overdue_minor",
        "days_late",
        days_since_contact=(pl.lit(as_of) - pl.col("last_contact_on")).dt.total_days(),
        days_since_receipt=(pl.lit(as_of) - pl.col("last_receipt_on")).dt.total_days(),
    )
    mine = done.join(open_, on="account_id", how="semi") if done.height else empty(DONE)
    return next_steps(open_, mine, as_of=as_of, strategy=strategy)
