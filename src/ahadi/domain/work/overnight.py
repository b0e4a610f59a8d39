"""What the passing of a day makes of a part of the book: from the stored states and the snapshot, not from receipts."""

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from ahadi.data import facts, gathered, snapshot
from ahadi.data.facts import Selection
from ahadi.data.models.worklist import Snapshot
from ahadi.data.snapshot import Part, Span
from ahadi.domain.accounts.queries import STANDARD, position
from ahadi.domain.arrangements import queries as arrangements
from ahadi.domain.work import lists, queries, states
from ahadi.domain.work.ports import Night
from ahadi.kernel.standing import stand


@dataclass(frozen=True)
class Overnight:
    """One part of the book: the states as stored, as they must be at the end of the day, the promises whose verdict or
    money is new, and what is needed to rank the accounts on the next day.
    """

    stored: pl.DataFrame
    rows: pl.DataFrame
    judged: pl.DataFrame
    candidates: pl.DataFrame


def look_at(night: Night, partition: int) -> Overnight:
    """Looks at one part of the book, and keeps for the night what it gives to tomorrow's lists."""
    seen = look(night.snapshot, partition, as_of=night.business_date)
    by_reason = queries.points(seen.candidates, day=night.next_day)
    listed = queries.built(seen.candidates, by_reason, day=night.next_day)
    night.shares[partition] = lists.share(listed, by_reason, seen.candidates)
    return seen


def look(copy: Snapshot, place: int, *, as_of: date) -> Overnight:
    """Looks at the accounts of one part of a snapshot at the end of `as_of`; writes nothing.

    Most accounts follow from their totals and the snapshot. Those whose schedule moved on, whose money is not
    plain, or whose state is younger than the day are replayed from the facts.
    """
    span = snapshot.spans(copy)[place]
    mine = span.selection("s", "account_id")
    live = Selection(f"{mine.condition} AND s.status <> 'withdrawn'", mine.parameters)
    stored, part = states.stored(live), snapshot.read(copy, place)
    fixed = stored.join(part.accounts, on=["account_id", "schedule_version"], how="inner", maintain_order="left")
    plain = fixed.filter(~pl.col("is_irregular") & (pl.col("as_of") <= as_of))
    apart = stored.join(plain, on="account_id", how="anti")
    waiting = Selection(f"{mine.condition} AND s.promise_due_on IS NOT NULL", mine.parameters, keys=mine.keys)
    totals = _Totals(plain, part, facts.holds(span.selection()), _done(span), facts.totalled_promises(waiting))
    rows, judged, later = totals.overnight(as_of=as_of)
    if apart.height:
        exact = _exact(apart, as_of)
        rows = pl.concat([rows, exact.rows])
        judged = pl.concat([judged, exact.judged])
        later = pl.concat([later, exact.candidates])
    return Overnight(stored, rows.sort("account_id"), judged, later.sort("account_id"))


CANDIDATES = [
    "account_id",
    "organisation_id",
    "owner_id",
    "status",
    "currency",
    "overdue_minor",
    "disputed_overdue_minor",
    "days_late",
    "days_to_next_bucket",
    "last_contact_on",
    "last_receipt_on",
    "placed_on",
    "promise_status",
    "hold_kind",
    "hold_review_on",
    "disputes_review_on",
    "next_action",
    "next_action_on",
    "channel",
]


@dataclass(frozen=True)
class _Totals:
    """Accounts whose figures follow from the sum of their money."""

    plain: pl.DataFrame
    part: Part
    holds: pl.DataFrame
    done: pl.DataFrame
    promises: pl.DataFrame

    def overnight(self, *, as_of: date) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
        """The rows of the states, the promises that changed, the candidates of the next day."""
        judged, promises = self._promises(as_of)
        now = self._now(promises, as_of)
        rows = states.decided(now, done=self.done, as_of=as_of)
        next_day = as_of + timedelta(days=1)
        figures = ["overdue_minor", "disputed_overdue_minor", "days_late", "days_to_next_bucket"]
        tomorrow = self._stand(next_day).select("account_id", *figures)
        held = ["hold_kind", "hold_review_on", "disputes_review_on"]
        later = (
            rows.drop(*figures, *held)
            .join(tomorrow, on="account_id", how="left", maintain_order="left")
            .join(self._held(next_day), on="account_id", how="left", maintain_order="left")
        )
        return rows.select(*states.STATE, "channel"), judged, later.select(CANDIDATES)

    def _stand(self, as_of: date) -> pl.DataFrame:
        charges = self.part.charges
        if self.plain.height < self.part.accounts.height:
            charges = charges.join(self.plain, on="account_id", how="semi", maintain_order="left")
        received = self.plain.select("account_id", "received_minor")
        return stand(charges, received, self.holds.drop("review_on"), as_of=as_of, buckets=STANDARD)

    def _held(self, as_of: date) -> pl.DataFrame:
        return states.weightiest_holds(self.holds, as_of=as_of)

    def _now(self, promises: pl.DataFrame, as_of: date) -> pl.DataFrame:
        """The accounts with their figures, and what `states.decided` needs."""
        of_state = ["organisation_id", "shard", "owner_id", "last_receipt_on", "last_contact_on"]
        is_asked = pl.col("step").is_null()
        known = self.plain.select(
            "account_id",
            *of_state,
            "schedule_version",
            "is_irregular",
            "product",
            "currency",
            "opened_on",
            "placed_on",
            "promise_status",
            asked_action=pl.when(is_asked).then("next_action"),
            asked_on=pl.when(is_asked).then("next_action_on"),
        )
        known = known.join(promises, on="account_id", how="left", maintain_order="left", suffix="_now")
        known = known.with_columns(promise_status=pl.coalesce("promise_status_now", "promise_status"))
        is_open = (pl.col("outstanding_minor") > 0) | (pl.col("ahead_count") > 0)
        return (
            known.join(self._stand(as_of), on="account_id", how="left", maintain_order="left")
            .join(self._held(as_of), on="account_id", how="left", maintain_order="left")
            .with_columns(status=pl.when(is_open).then(pl.lit("open")).otherwise(pl.lit("closed")))
        )

    def _promises(self, as_of: date) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The promises of accounts that have one open, judged, and what they make of their accounts."""
        promises = self.promises.join(self.plain, on="account_id", how="semi", maintain_order="left")
        judged = arrangements.judged_totals(promises, as_of=as_of)
        return judged, arrangements.by_account(judged, as_of=as_of)


@dataclass(frozen=True)
class _Exact:
    rows: pl.DataFrame
    judged: pl.DataFrame
    candidates: pl.DataFrame


def _exact(apart: pl.DataFrame, as_of: date) -> _Exact:
    """The same of accounts whose facts must be replayed; a state that is younger than the day stays as it is."""
    selection = facts.of_accounts(apart["account_id"])
    book = gathered.book(selection)
    now = states.derived(book, selection, as_of=as_of)
    older = apart.filter(pl.col("as_of") <= as_of)["account_id"].implode()
    next_day = as_of + timedelta(days=1)
    tomorrow = position(book, as_of=next_day).join(
        states.told(book, selection, as_of=next_day), on="account_id", how="left"
    )
    later = tomorrow.drop("promise_status").join(
        now.select("account_id", "next_action", "next_action_on", "channel", "promise_status"),
        on="account_id",
        how="left",
    )
    judged = arrangements.judged(facts.promises(selection), book.receipts, as_of=as_of)
    is_older = pl.col("account_id").is_in(older)
    return _Exact(now.filter(is_older), judged.filter(is_older), later.select(CANDIDATES))


def _done(span: Span) -> pl.DataFrame:
    """The steps taken for arrears that may still run."""
    mine = span.selection()
    narrowed = f"{mine.condition} AND EXISTS (SELECT 1 FROM account_state s WHERE s.account_id = f.account_id"
    return facts.steps_taken(
        Selection(
            f"{narrowed} AND s.status = 'open' AND f.anchor_date >= coalesce(s.oldest_due_date, '-infinity'))",
            mine.parameters,
            keys=mine.keys,
        )
    )
