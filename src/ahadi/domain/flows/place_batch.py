"""Takes a creditor's sheet of debts: parties, accounts, charges, holds, receipts of what was settled, owners.

The good rows go in and the bad ones come back with a reason; a row that is there already adds nothing; the
whole batch can be undone. Everything happens in the act's one transaction.

A large sheet is taken part by part, so that what it costs in memory is the part's; no account and no debtor stands
in two parts, and what looks across accounts (money that waits, figures, who is who) comes after the last one.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import polars as pl

from ahadi.domain.accounts import queries as accounts_queries
from ahadi.domain.accounts import steps as accounts
from ahadi.domain.arrangements import settling
from ahadi.domain.audit.ports import Act
from ahadi.domain.parties import steps as parties
from ahadi.domain.placements import queries as placements_queries
from ahadi.domain.placements import steps as placements
from ahadi.domain.placements.ports import BatchOutcome, BatchRequest, PlacementTerms, SheetOfRows, already_there
from ahadi.domain.placements.steps import ACCOUNT_KEY, ERRORS, PART, Drafts
from ahadi.domain.receipts import queries as receipts_queries
from ahadi.domain.receipts import steps as receipts
from ahadi.domain.work import states
from ahadi.domain.work import steps as work
from ahadi.kernel.schema import COMPONENT_COLUMNS

PURPOSE = "placement"
_AMOUNTS = ["due_date", *COMPONENT_COLUMNS]


@dataclass(frozen=True)
class Sorted:
    """Drafts compared with the book: what is new, whom duplicates lean on, and rows that contradict the book."""

    rows: pl.DataFrame
    charges: pl.DataFrame
    disputes: pl.DataFrame
    receipts: pl.DataFrame
    errors: pl.DataFrame
    leans_on: pl.Series

    def accepted_lines(self) -> pl.Series:
        """Lines that bring something new: a charge, a dispute, a receipt, or an account."""
        new_accounts = self.rows.filter(pl.col("account_id").is_null()).sort("line").unique(ACCOUNT_KEY, keep="first")
        parts = (self.charges, self.disputes, self.receipts, new_accounts)
        return pl.concat([part["line"] for part in parts]).unique()


@dataclass(frozen=True)
class Taken:
    """What became of one part of a sheet: its counts and sums, its accounts, and which of them money touched.

    `came` are the receipts that it brought, as `receipts.queries.known` would tell them; `waited_for` the numbers of
    the part under which money of the creditor waits.
    """

    accepted: int
    errors: pl.DataFrame
    leans_on: pl.Series
    accounts: pl.Series
    opened: int
    charges: int
    holds: int
    touched: pl.Series
    came: pl.DataFrame
    waited_for: pl.Series
    charged: dict[str, int]
    received: dict[str, int]


def place_batch(act: Act, *, sheet: SheetOfRows, request: BatchRequest) -> BatchOutcome:
    """Places the rows of `sheet` and says what became of each.

    The very same file again adds nothing and names the batch that holds it.
    """
    terms = placements.terms(act, request)
    earlier = placements_queries.same_file(terms.creditor_id, PURPOSE, sheet.sha256)
    if earlier is not None:
        return already_there(sheet, earlier)
    batch_id = placements.number_batch()
    taken = list(_take_parts(act, terms, sheet, batch_id))
    outcome = _outcome(sheet, batch_id, taken)
    placements.record_batch(act, PURPOSE, sheet, terms, outcome, batch_id=batch_id)
    placements.remember_mapping(act, terms.creditor_id, PURPOSE, sheet.mapping_text)
    placements.record_leaning(batch_id, pl.concat([part.leans_on for part in taken]))
    return replace(outcome, proposals=_settle(act, terms, taken))


def _take_parts(act: Act, terms: PlacementTerms, sheet: SheetOfRows, batch_id: int) -> Iterator[Taken]:
    known = receipts_queries.known(act.organisation_id, source(terms.creditor_id))
    waiting = receipts_queries.waited_for(terms.creditor_id)
    for part in placements.parts(sheet):
        taken = _take(act, terms, _compare(terms, placements.draft(part, terms), known), batch_id, waiting)
        known = pl.concat([known, taken.came])
        yield taken


def _compare(terms: PlacementTerms, drafts: Drafts, known_receipts: pl.DataFrame) -> Sorted:
    known = accounts_queries.numbered(terms.creditor_id, drafts.rows["number"])
    rows = drafts.rows.join(known, on=ACCOUNT_KEY, how="left")
    charges = drafts.charges.join(known, on=ACCOUNT_KEY, how="left")
    booked = accounts_queries.known_charges(known["account_id"])
    editions = booked.group_by("account_id", "reference").agg(edition=pl.col("edition").max() + 1)
    live = booked.filter(~pl.col("is_withdrawn")).select("account_id", "reference", "charge_id", "act_id", *_AMOUNTS)
    charges = charges.join(live, on=["account_id", "reference"], how="left", suffix="_booked")
    differs = pl.any_horizontal(pl.col(n).ne_missing(pl.col(f"{n}_booked")) for n in _AMOUNTS)
    contradicting = charges.filter(pl.col("charge_id").is_not_null() & differs)
    errors = contradicting.select(
        "line",
        column=pl.lit("reference"),
        message=pl.format(
            "'{}' was placed before with another amount or due date; undo that batch or book a correction",
            "reference",
        ),
    ).unique("line", keep="first")
    charges = charges.join(errors, on="line", how="anti")
    drawn = _receipt_drafts(terms, rows.join(errors, on="line", how="anti"), charges)
    came, leans_receipts, fell = _compare_receipts(known_receipts, drawn)
    fresh = charges.filter(pl.col("charge_id").is_null()).join(editions, on=["account_id", "reference"], how="left")
    errors = pl.concat([drafts.errors, errors.select(*ERRORS), fell]).unique("line", keep="first").sort("line")
    return Sorted(
        rows=rows.join(errors, on="line", how="anti"),
        charges=fresh.with_columns(pl.col("edition").fill_null(0)).join(errors, on="line", how="anti"),
        disputes=_new_disputes(terms, charges.join(errors, on="line", how="anti")),
        receipts=came.join(errors, on="line", how="anti"),
        errors=errors,
        leans_on=pl.concat([charges["act_id"], leans_receipts, _leans_disputes(charges)]).drop_nulls().unique(),
    )


def _leans_disputes(charges: pl.DataFrame) -> pl.Series:
    """The acts that told what this sheet tells again: that a charge is disputed."""
    told = charges.filter(pl.col("charge_id").is_not_null() & pl.col("is_disputed"))
    return accounts_queries.disputers(told) if told.height else pl.Series("act_id", [], dtype=pl.Int64)


def _new_disputes(terms: PlacementTerms, charges: pl.DataFrame) -> pl.DataFrame:
    """Charges booked before that the sheet calls disputed now: disputed from the day of the sheet."""
    booked = charges.filter(pl.col("charge_id").is_not_null() & pl.col("is_disputed"))
    fresh = accounts_queries.undisputed(booked) if booked.height else booked
    return fresh.with_columns(disputed_from=pl.lit(terms.business_date))


def _receipt_drafts(terms: PlacementTerms, rows: pl.DataFrame, charges: pl.DataFrame) -> pl.DataFrame:
    """What a sheet says was paid: up to a figure (`paid`), or all of it on a day (`settled_on`)."""
    owed = charges.group_by("line").agg(
        owed_minor=pl.sum_horizontal(COMPONENT_COLUMNS).sum(),
        reference=pl.col("reference").first(),
        charge_id=pl.col("charge_id").first(),
        charge_count=pl.len(),
    )
    base = rows.drop("reference").join(owed, on="line").filter(pl.col("owed_minor") > 0)
    base = base.with_columns(
        pl.col("paid_minor").fill_null(0),
        place=pl.format("{} {}/{}", "currency", "number", "reference"),
    )
    columns = ["line", *ACCOUNT_KEY, "reference", "account_id", "charge_id", "charge_count"]
    paid = base.filter(pl.col("paid_minor") > 0).select(
        *columns,
        source_reference=pl.format("{} paid {}", "place", "paid_minor"),
        place="place",
        cumulative_minor="paid_minor",
        amount_minor="paid_minor",
        value_date="paid_on",
    )
    settled = base.filter(pl.col("settled_on").is_not_null() & (pl.col("owed_minor") > pl.col("paid_minor"))).select(
        *columns,
        source_reference=pl.format("{} settled {}", "place", "settled_on"),
        place="place",
        cumulative_minor=pl.lit(None, dtype=pl.Int64),
        amount_minor=pl.col("owed_minor") - pl.col("paid_minor"),
        value_date="settled_on",
    )
    return pl.concat([paid, settled]).unique("source_reference", keep="first", maintain_order=True)


def _compare_receipts(known: pl.DataFrame, drawn: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series, pl.DataFrame]:
    """New receipts, the acts whose receipts they repeat, and rows whose paid figure fell."""
    editions = known.group_by("source_reference").agg(edition=pl.col("edition").max() + 1)
    live = known.filter(~pl.col("is_withdrawn"))
    before = (
        live.filter(pl.col("source_reference").str.contains(r" paid \d+$"))
        .with_columns(
            place=pl.col("source_reference").str.replace(r" paid \d+$", ""),
            before_minor=pl.col("source_reference").str.extract(r" paid (\d+)$").cast(pl.Int64),
        )
        .group_by("place")
        .agg(pl.col("before_minor").max(), earlier_act=pl.col("act_id").max())
    )
    drawn = drawn.join(before, on="place", how="left").with_columns(
        amount_minor=pl.col("amount_minor")
        - pl.when(pl.col("cumulative_minor").is_not_null()).then(pl.col("before_minor").fill_null(0)).otherwise(0)
    )
    fell = drawn.filter(pl.col("amount_minor") < 0).select(
        "line",
        column=pl.lit("paid"),
        message=pl.format("paid to date fell below the {} booked before; reverse a receipt instead", "before_minor"),
    )
    fresh = drawn.filter(pl.col("amount_minor") > 0).join(live, on="source_reference", how="anti")
    repeated = pl.concat(
        [live.join(drawn, on="source_reference", how="semi")["act_id"], drawn["earlier_act"].drop_nulls()]
    )
    fresh = fresh.join(editions, on="source_reference", how="left").with_columns(pl.col("edition").fill_null(0))
    return fresh, repeated, fell.select(*ERRORS)


def source(creditor_id: int) -> str:
    """The source of receipts that a creditor's own sheets report."""
    return f"sheet:{creditor_id}"


def _take(act: Act, terms: PlacementTerms, sorted_: Sorted, batch_id: int, waiting: pl.Series) -> Taken:
    accepted = sorted_.accepted_lines()
    rows = sorted_.rows.filter(pl.col("line").is_in(accepted.implode()))
    people = rows.select("debtor_name", "phone", "email", "address", number="debtor")
    debtors = parties.settle_parties(act, terms.creditor_id, people, country=terms.country)
    rows = rows.join(debtors.rename({"number": "debtor"}), on="debtor").sort("line")
    opened = accounts.open_accounts(act, terms, rows)
    accounts.place(act, batch_id, terms.business_date, opened)
    keys = opened.select(*ACCOUNT_KEY, "account_id")
    drafts = (
        sorted_.charges.drop("account_id", "charge_id", "act_id").join(keys, on=ACCOUNT_KEY).sort("line", "due_date")
    )
    charges = accounts.book_charges(act, terms, drafts)
    disputable = ["account_id", "charge_id", "is_disputed", "disputed_from"]
    booked = charges.with_columns(disputed_from="value_date").select(disputable)
    holds = accounts.hold_disputed(act, terms, pl.concat([booked, sorted_.disputes.select(disputable)]))
    accounts.assign_owners(act, terms.creditor_id, opened.join(_owned(opened), on="account_id", how="anti"))
    came = _book_receipts(act, terms, sorted_.receipts, charges, keys)
    numbers = pl.concat([rows["number"], rows["debtor"]])
    return Taken(
        accepted=len(accepted),
        errors=sorted_.errors,
        leans_on=sorted_.leans_on,
        accounts=opened["account_id"],
        opened=int(opened["is_new"].sum()),
        charges=charges.height,
        holds=holds,
        touched=_touched(opened, came),
        came=receipts_queries.as_known(came, act_id=act.id),
        waited_for=waiting.filter(waiting.is_in(numbers.implode())),
        charged=_by_currency(charges.with_columns(amount_minor=pl.sum_horizontal(COMPONENT_COLUMNS))),
        received=_by_currency(came),
    )


def _outcome(sheet: SheetOfRows, batch_id: int, taken: Sequence[Taken]) -> BatchOutcome:
    errors = pl.concat([part.errors for part in taken]).sort("line")
    rejected = sheet.rejected + errors["line"].n_unique()
    accepted = sum(part.accepted for part in taken)
    return BatchOutcome(
        batch_id=batch_id,
        staged=sheet.staged,
        accepted=accepted,
        duplicate=sheet.staged - rejected - accepted,
        rejected=rejected,
        accounts=sum(part.opened for part in taken),
        charges=sum(part.charges for part in taken),
        receipts=sum(part.came.height for part in taken),
        holds=sum(part.holds for part in taken),
        charged=_added_up(part.charged for part in taken),
        received=_added_up(part.received for part in taken),
        errors=errors.to_dicts(),
    )


def _settle(act: Act, terms: PlacementTerms, taken: Sequence[Taken]) -> int:
    """What looks across accounts; returns how many proposals about who is who there are to decide."""
    # Money that had come before its account finds it now.
    numbers = pl.concat([part.waited_for for part in taken])
    claimed = receipts.claim(act, terms.creditor_id, accounts_queries.reachable(terms.creditor_id, numbers))
    touched = pl.concat([*(part.touched for part in taken), claimed])
    settling.follow(act, touched.unique(), as_of=terms.business_date)
    receipts.reallocate(act, touched)
    placed = pl.concat([*(part.accounts for part in taken), claimed])
    for part in placed.unique().sort().to_frame("account_id").iter_slices(PART):
        work.restate(act, part["account_id"], as_of=terms.business_date)
    proposals = parties.propose_identities(act, terms.creditor_id)
    parties.restate_parties(act.organisation_id)
    return proposals


def _owned(accounts_: pl.DataFrame) -> pl.DataFrame:
    """Accounts that have an owner already."""
    stored = states.of(accounts_.filter(~pl.col("is_new"))["account_id"])
    return stored.filter(pl.col("owner_id").is_not_null()).select("account_id")


def _touched(opened: pl.DataFrame, came: pl.DataFrame) -> pl.Series:
    """Only money can change allocations: new accounts without a receipt need no replay."""
    known = opened.filter(~pl.col("is_new"))["account_id"]
    return pl.concat([known, came["account_id"]]).unique()


def _book_receipts(
    act: Act, terms: PlacementTerms, drafts: pl.DataFrame, charges: pl.DataFrame, keys: pl.DataFrame
) -> pl.DataFrame:
    """Books what the creditor says it was paid; money for a single charge is designated to it."""
    if drafts.is_empty():
        return receipts.book(act, _no_receipts(drafts))
    fresh = charges.group_by("line").agg(new_charge_id=pl.col("charge_id").first())
    drafts = (
        drafts.drop("account_id")
        .join(keys, on=ACCOUNT_KEY)
        .join(fresh, on="line", how="left")
        .with_columns(
            source=pl.lit(source(terms.creditor_id)),
            creditor_id=pl.lit(terms.creditor_id, dtype=pl.Int64),
            kind=pl.lit("direct"),
            charge_id=pl.when(pl.col("charge_count") == 1).then(pl.coalesce("new_charge_id", "charge_id")),
        )
        .with_columns(designated_minor=pl.when(pl.col("charge_id").is_not_null()).then("amount_minor"))
        .sort("value_date", "line")
    )
    return receipts.book(act, drafts)


def _no_receipts(drafts: pl.DataFrame) -> pl.DataFrame:
    texts: Sequence[str] = ("source", "kind")
    numbers: Sequence[str] = ("creditor_id", "designated_minor")
    return drafts.with_columns(
        *(pl.lit(None, dtype=pl.String).alias(name) for name in texts),
        *(pl.lit(None, dtype=pl.Int64).alias(name) for name in numbers),
    )


def _by_currency(rows: pl.DataFrame) -> dict[str, int]:
    totals = rows.group_by("currency").agg(pl.col("amount_minor").sum()).sort("currency")
    return dict(totals.rows())


def _added_up(parts: Iterable[dict[str, int]]) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for part in parts:
        sums.update(part)
    return dict(sorted(sums.items()))
