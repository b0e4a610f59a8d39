"""One part of the book, made whole: everything about some accounts of one organisation as a history."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from ahadi.domain.flows.import_history import History
from ahadi.jobs.twin import arrangements, contracts, desk, restraints, seasons
from ahadi.jobs.twin.cash import Cash, cash, paid_off
from ahadi.jobs.twin.contracts import Scope
from ahadi.jobs.twin.desk import Calendar
from ahadi.kernel.schema import COMPONENT_COLUMNS

_PLACED_AT = 6 * 3600
_NO_BATCH = pl.lit(None, dtype=pl.Int64)


@dataclass(frozen=True)
class Surroundings:
    """What a part finds in its organisation: creditors by name, owners with what they cover, the steps by product.

    `owners`: owner_id, creditor, branch (null: all of them), in order.
    """

    creditors: Mapping[str, int]
    owners: pl.DataFrame
    calendar: Calendar


@dataclass(frozen=True)
class _Drawn:
    """The tables of a part while they still know one another by their places.

    A debtor's place among the parties, and that of the debtor's phone among the contact points, is the debtor's own.
    """

    accounts: pl.DataFrame
    debtors: pl.DataFrame
    charges: pl.DataFrame
    cash: Cash


def part(scope: Scope, around: Surroundings) -> History:
    """The history of one part: the same for the same scope, and another for another seed."""
    accounts = contracts.accounts(scope)
    charges = contracts.charges(scope, accounts)
    accounts, batches = _batches(scope, accounts, around)
    drawn = _Drawn(accounts, contracts.debtors(scope, accounts), charges, cash(scope, accounts, charges))
    tables = {
        **_parties(drawn, around),
        **_learnt(scope, drawn.debtors),
        **_placed(scope, drawn, around),
        **_received(scope, drawn, around),
        **_worked(scope, drawn, around),
    }
    return History(batches, tables)


def _batches(scope: Scope, accounts: pl.DataFrame, around: Surroundings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The accounts with their batch and owner, and the batches: what a creditor placed on one day."""
    batches = (
        accounts.group_by("creditor", "placed_on")
        .agg(rows=pl.len().cast(pl.Int64))
        .sort("placed_on", "creditor")
        .with_row_index("batch")
        .with_columns(pl.col("batch").cast(pl.Int64))
    )
    told = batches.select(
        "rows",
        creditor_id=pl.col("creditor").replace_strict(dict(around.creditors), return_dtype=pl.Int64),
        business_date="placed_on",
        file_name=pl.format("{} {} {}.csv", "creditor", "placed_on", pl.lit(scope.part + 1)),
    )
    accounts = accounts.join(batches.drop("rows"), on=["creditor", "placed_on"], maintain_order="left").with_columns(
        creditor_id=pl.col("creditor").replace_strict(dict(around.creditors), return_dtype=pl.Int64),
        placed_at=seasons.moments(
            seasons.days(accounts["placed_on"]), np.full(accounts.height, _PLACED_AT), scope.zone
        ),
    )
    return _owned(accounts, around.owners), told


def _owned(accounts: pl.DataFrame, owners: pl.DataFrame) -> pl.DataFrame:
    """Each account with an owner who covers its creditor and branch; all of a debtor's there go to the same one."""
    covered = [
        (creditor, branch, owners.filter(_covers(owners, "creditor", creditor) & _covers(owners, "branch", branch)))
        for creditor, branch in accounts.select("creditor", "branch").unique().sort("creditor", "branch").rows()
    ]
    owner = pl.lit(None, dtype=pl.Int64)
    for creditor, branch, found in covered:
        ids = found["owner_id"].unique().sort()
        here = (pl.col("creditor") == creditor) & (pl.col("branch") == branch)
        owner = pl.when(here).then(pl.lit(ids).gather(pl.col("debtor") % len(ids))).otherwise(owner)
    return accounts.with_columns(owner_id=owner)


def _covers(owners: pl.DataFrame, what: str, name: str) -> pl.Series:
    return owners[what].is_null() | (owners[what] == name)


def _parties(drawn: _Drawn, around: Surroundings) -> dict[str, pl.DataFrame]:
    accounts, debtors = drawn.accounts, drawn.debtors
    numbers = (
        accounts.sort("account")
        .unique(["debtor", "creditor_id"], keep="first", maintain_order=True)
        .select(
            "creditor_id",
            "batch",
            party_id="debtor",
            number=pl.col("number").str.replace("-", "-C", literal=True),
        )
    )
    first = accounts.sort("placed_on", "account").group_by("debtor", maintain_order=True).agg(pl.col("batch").first())
    brought = debtors.with_columns(whose=pl.coalesce("of", "debtor")).join(
        first, left_on="whose", right_on="debtor", how="left", maintain_order="left"
    )
    relations = contracts.relation_rows(debtors).select(
        "relation", "basis", "from_date", other_id="other", party_id="party"
    )
    return {
        "party": brought.select("batch"),
        "party_name": brought.select("batch", "name", party_id="party", seen=pl.lit(1)),
        "party_number": numbers,
        "party_state": brought.select(party_id="party", stands_for_id="party"),
        "contact_point": _points(brought),
        "related_party": relations,
    }


def _points(brought: pl.DataFrame) -> pl.DataFrame:
    """One telephone each, in the order of the parties; after them a second one of some, which nobody has tried, and
    e-mail addresses of others.
    """
    first = brought.select("batch", party_id="party", kind=pl.lit("phone"), raw="phone", normal="phone")
    second = brought.filter(pl.col("party") % 7 == 3).select(
        "batch", "phone", party_id="party", end=((pl.col("party") * 37 + 11) % 100).cast(pl.String).str.zfill(2)
    )
    number = pl.concat_str(pl.col("phone").str.head(-2), "end")
    phones = second.filter(number != pl.col("phone")).select(
        "batch", "party_id", kind=pl.lit("phone"), raw=number, normal=number
    )
    mail = pl.format("{}.{}@example.org", pl.lit("person"), "party")
    emails = brought.filter(pl.col("party") % 6 == 1).select(
        "batch", party_id="party", kind=pl.lit("email"), raw=mail, normal=mail
    )
    return pl.concat([first, phones, emails])


def _learnt(scope: Scope, debtors: pl.DataFrame) -> dict[str, pl.DataFrame]:
    said, wishes = restraints.circumstances(scope, debtors), restraints.quiet_weeks(scope, debtors)
    from_at = _at(scope, said["day"], 10)
    until = said["until"]
    return {
        "circumstance": said.select(
            "kind",
            "source",
            "channel",
            party_id="debtor",
            from_at=from_at,
            booked_at=from_at,
            until_at=pl.when(pl.Series(until.is_not_null())).then(_at(scope, until.fill_null(0), 0)),
        ),
        "quiet_week": wishes.select(
            "times", party_id="debtor", source=pl.lit("debtor"), booked_at=_at(scope, wishes["day"], 10)
        ),
    }


def _placed(scope: Scope, drawn: _Drawn, around: Surroundings) -> dict[str, pl.DataFrame]:
    accounts = drawn.accounts
    charges = drawn.charges.join(
        accounts.select("account", "batch", "placed_at", "country"), on="account", maintain_order="left"
    )
    written = seasons.moments(seasons.days(charges["value_date"]), np.full(charges.height, _PLACED_AT), scope.zone)
    return {
        "account": accounts.select(
            "batch",
            "creditor_id",
            "number",
            "product",
            "currency",
            "branch",
            "country",
            "opened_on",
            party_id="debtor",
        ),
        "placement": accounts.select("batch", "placed_on", account_id="account"),
        "assignment": accounts.select("batch", "owner_id", account_id="account", from_at="placed_at"),
        "charge": charges.select(
            "batch",
            "reference",
            "country",
            "invoiced_on",
            "value_date",
            "due_date",
            *COMPONENT_COLUMNS,
            account_id="account",
            edition=pl.lit(0),
            booked_at=pl.max_horizontal("placed_at", pl.lit(written)),
        ),
    }


def _received(scope: Scope, drawn: _Drawn, around: Surroundings) -> dict[str, pl.DataFrame]:
    receipts = drawn.cash.receipts.with_columns(
        creditor_id=pl.col("creditor").replace_strict(dict(around.creditors), return_dtype=pl.Int64),
        is_reversed=pl.col("reversed_on").is_not_null(),
    )
    known = receipts.filter(~pl.col("is_unidentified"))
    gone = receipts.filter("is_reversed")
    reversed_at = seasons.moments(seasons.days(gone["reversed_on"]), np.full(gone.height, 17 * 3600), scope.zone)
    booked = receipts.select("receipt", "booked_at")
    return {
        "receipt": receipts.select(
            "creditor_id",
            "source",
            "source_reference",
            "kind",
            "currency",
            "amount_minor",
            "value_date",
            "booked_at",
            edition=pl.lit(0),
        ),
        "receipt_payer": _payers(drawn, receipts),
        "receipt_assignment": known.select("booked_at", receipt_id="receipt", account_id="account"),
        "receipt_reversal": gone.select("reason", receipt_id="receipt").with_columns(booked_at=reversed_at),
        "receipt_state": receipts.select(
            "allocated_minor",
            receipt_id="receipt",
            account_id=pl.when(~pl.col("is_unidentified")).then("account"),
            received_minor="amount_minor",
            status=pl.when("is_unidentified")
            .then(pl.lit("suspense"))
            .when("is_reversed")
            .then(pl.lit("reversed"))
            .otherwise(pl.lit("assigned")),
        ),
        "allocation": drawn.cash.allocations.join(booked, on="receipt", maintain_order="left").select(
            "value_date",
            "booked_at",
            *COMPONENT_COLUMNS,
            receipt_id="receipt",
            charge_id="charge",
            account_id="account",
        ),
        **_posted(scope, drawn, around),
    }


def _payers(drawn: _Drawn, receipts: pl.DataFrame) -> pl.DataFrame:
    """Who paid, where it is not the debtor or nobody knows for whom: a name, a phone, a number that says nothing."""
    others = receipts.filter(pl.col("is_unidentified") | pl.col("is_by_another"))
    turn = (pl.col("receipt") * 7919 + 13) % drawn.debtors.height
    return others.select(
        receipt_id="receipt",
        payer_name=pl.lit(drawn.debtors["name"]).gather(turn),
        phone=pl.lit(drawn.debtors["phone"]).gather(turn),
        memo=pl.when("is_unidentified").then(pl.lit("instalment")).otherwise(pl.lit("paid for a relative")),
        account_number=pl.when("is_unidentified").then(pl.format("?{}", pl.col("receipt") % 9973)),
    )


def _posted(scope: Scope, drawn: _Drawn, around: Surroundings) -> dict[str, pl.DataFrame]:
    head = ["creditor", "account", "currency", "kind", "value_date", "is_placed"]
    lines = drawn.cash.lines
    journals = (
        lines.select(head).unique().sort(head).with_row_index("journal").with_columns(pl.col("journal").cast(pl.Int64))
    )
    postings = lines.join(journals, on=head, nulls_equal=True).sort("journal", "ledger", "component")
    batches = drawn.accounts.select("account", "batch", "placed_at")
    told = journals.join(batches, on="account", how="left", maintain_order="left")
    on_day = seasons.moments(seasons.days(told["value_date"]), np.full(told.height, 18 * 3600), scope.zone)
    return {
        "posting": postings.select("ledger", "component", "amount_minor", journal_id="journal"),
        "journal": told.select(
            "currency",
            "kind",
            "value_date",
            creditor_id=pl.col("creditor").replace_strict(dict(around.creditors), return_dtype=pl.Int64),
            account_id="account",
            batch=pl.when("is_placed").then("batch"),
            booked_at=pl.when("is_placed").then("placed_at").otherwise(pl.lit(on_day)),
        ),
    }


def _worked(scope: Scope, drawn: _Drawn, around: Surroundings) -> dict[str, pl.DataFrame]:
    paid = paid_off(drawn.charges, drawn.cash.allocations)
    episodes = desk.episodes(scope, drawn.accounts, drawn.charges, paid)
    steps = desk.steps(scope, episodes, around.calendar)
    plans, instalments = arrangements.plans(scope, episodes)
    promises = arrangements.promises(scope, episodes, plans)
    attempts = desk.attempts(scope, episodes, steps, promises)
    actions = desk.next_actions(scope, attempts, episodes)
    return {
        **_restrained(scope, episodes),
        **_contacts(drawn, attempts),
        "step_taken": steps.select(
            "step",
            account_id="account",
            anchor_date=_day("anchor"),
            taken_on=_day("on"),
            booked_at=_at(scope, steps["on"], 16),
        ),
        **_promised(scope, plans, instalments, promises),
        "next_action": actions.select("action", "channel", "due_on", "set_at", account_id="account"),
    }


def _day(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.Int32).cast(pl.Date)


def _at(scope: Scope, days: pl.Series, hour: int) -> pl.Series:
    return seasons.moments(days.to_numpy(), np.full(len(days), hour * 3600), scope.zone)


def _restrained(scope: Scope, episodes: pl.DataFrame) -> dict[str, pl.DataFrame]:
    holds = restraints.holds(scope, episodes)
    over = holds.filter(pl.col("released").is_not_null())
    return {
        "hold": holds.select(
            "charge",
            "kind",
            "review_on",
            account_id="account",
            from_date=_day("begins"),
            booked_at=_at(scope, holds["begins"], 11),
        ),
        "hold_release": over.select(
            hold_id="hold", released_on=_day("released"), booked_at=_at(scope, over["released"], 12)
        ),
    }


def _contacts(drawn: _Drawn, attempts: pl.DataFrame) -> dict[str, pl.DataFrame]:
    owners = drawn.accounts.select("account", "owner_id")
    told = attempts.join(owners, on="account", maintain_order="left")
    return {
        "contact": told.select(
            "channel",
            "direction",
            "began_at",
            account_id="account",
            party_id="debtor",
            contact_point_id="debtor",
            by_id="owner_id",
        ),
        "contact_outcome": told.select("result", "is_contact", "is_right_party", "ended_at", contact_id="contact"),
    }


def _promised(
    scope: Scope, plans: pl.DataFrame, instalments: pl.DataFrame, promises: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    alone = promises.with_columns(plan=_NO_BATCH, number=_NO_BATCH)
    columns = ["account", "plan", "number", "made", "due", "amount_minor"]
    both = pl.concat([alone.select(columns), instalments.select(columns)], how="vertical_relaxed")
    gone = promises.filter(pl.col("withdrawn").is_not_null())
    return {
        "plan": plans.select(
            "instalments",
            "total_minor",
            account_id="account",
            made_on=_day("made"),
            booked_at=_at(scope, plans["made"], 15),
        ),
        "promise": both.select(
            "number",
            "amount_minor",
            account_id="account",
            plan_id="plan",
            made_on=_day("made"),
            due_on=_day("due"),
            booked_at=_at(scope, both["made"], 15),
        ),
        "promise_withdrawal": gone.select(
            promise_id="promise",
            withdrawn_on=_day("withdrawn"),
            reason=pl.lit("replaced"),
            booked_at=_at(scope, gone["withdrawn"], 15),
        ),
    }
