"""Opening accounts, booking charges and holds, and finding an owner."""

from datetime import date, timedelta

import polars as pl

from ahadi.data import frames
from ahadi.data.models.person import Owner
from ahadi.data.shards import shard
from ahadi.domain.accounts import queries
from ahadi.domain.audit.ports import Act
from ahadi.domain.ledger import steps as ledger
from ahadi.domain.placements.ports import PlacementTerms
from ahadi.domain.placements.steps import ACCOUNT_KEY
from ahadi.kernel.schema import COMPONENT_COLUMNS, DISPUTE

# A dispute that came in a sheet bears no date of its own: somebody looks at it again after two weeks.
DISPUTE_REVIEW = timedelta(days=14)
QUEUE = "unassigned"


def open_accounts(act: Act, terms: PlacementTerms, rows: pl.DataFrame) -> pl.DataFrame:
    """The accounts of `rows` (ACCOUNT_KEY, account_id, party_id, branch, country, value_date), opened where there is
    none yet: `account_id` is null there.

    Returns ACCOUNT_KEY, account_id, party_id, branch, is_new.
    """
    wanted = (
        rows.sort("line")
        .group_by(ACCOUNT_KEY, maintain_order=True)
        .agg(
            pl.col("account_id", "party_id").first(),
            pl.col("branch").drop_nulls().first(),
            pl.col("country").drop_nulls().first(),
            opened_on=pl.col("value_date").min(),
            is_new=pl.col("account_id").first().is_null(),
        )
    )
    fresh = wanted.filter("is_new")
    fresh = fresh.with_columns(account_id=frames.reserve("account", fresh.height))
    frames.append(
        "account",
        fresh.select(
            *ACCOUNT_KEY,
            "party_id",
            pl.col("branch").str.slice(0, 60),
            pl.col("country").str.slice(0, 60),
            "opened_on",
            id="account_id",
            organisation_id=pl.lit(act.organisation_id),
            creditor_id=pl.lit(terms.creditor_id),
            shard=shard(pl.col("account_id")),
            act_id=pl.lit(act.id),
        ),
    )
    return pl.concat([fresh, wanted.filter(~pl.col("is_new"))]).sort("account_id")


def place(act: Act, batch_id: int, placed_on: date, accounts: pl.DataFrame) -> int:
    """Notes that the batch hands over these accounts (account_id)."""
    return frames.append(
        "placement",
        accounts.select("account_id", batch_id=pl.lit(batch_id), placed_on=pl.lit(placed_on), act_id=pl.lit(act.id)),
    )


def book_charges(act: Act, terms: PlacementTerms, charges: pl.DataFrame) -> pl.DataFrame:
    """Books drafted charges (with account_id and edition) and their journals; returns them with charge_id."""
    charges = charges.with_columns(charge_id=frames.reserve("charge", charges.height))
    frames.append(
        "charge",
        charges.select(
            "account_id",
            "reference",
            "edition",
            pl.col("country").str.slice(0, 60),
            "invoiced_on",
            "posted_on",
            "value_date",
            "due_date",
            *COMPONENT_COLUMNS,
            id="charge_id",
            shard=shard(pl.col("account_id")),
            booked_at=pl.lit(act.at.isoformat()),
            act_id=pl.lit(act.id),
        ),
    )
    lines = charges.select("account_id", "currency", *COMPONENT_COLUMNS).unpivot(
        COMPONENT_COLUMNS, index=["account_id", "currency"], variable_name="component", value_name="amount_minor"
    )
    lines = lines.filter(pl.col("amount_minor") != 0).with_columns(
        pl.col("component").str.strip_suffix("_minor"),
        creditor_id=pl.lit(terms.creditor_id, dtype=pl.Int64),
        kind=pl.lit("placement"),
        value_date=pl.lit(terms.business_date),
    )
    ledger.post(act, ledger.both(lines, debit="debtor_receivable", credit="placed"))
    return charges


def hold_disputed(act: Act, terms: PlacementTerms, charges: pl.DataFrame) -> int:
    """Puts a dispute hold on each disputed charge (account_id, charge_id, disputed_from) that has none yet."""
    disputed = charges.filter("is_disputed")
    if disputed.is_empty():
        return 0
    fresh = queries.undisputed(disputed)
    return frames.append(
        "hold",
        fresh.select(
            "account_id",
            charge="charge_id",
            kind=pl.lit(DISPUTE),
            from_date="disputed_from",
            review_on=pl.lit(terms.business_date + DISPUTE_REVIEW),
            booked_at=pl.lit(act.at.isoformat()),
            act_id=pl.lit(act.id),
        ),
    )


def assign_owners(act: Act, creditor_id: int, accounts: pl.DataFrame) -> int:
    """Gives each account (account_id, party_id, branch) to an officer whose grant covers it, else to the queue.

    All accounts of one debtor with this creditor and branch go to the same officer; officers are taken in
    turn by the debtor's number, so that a portfolio spreads evenly.
    """
    officers = queries.officers(act.organisation_id)
    parts = [
        group.with_columns(owner_id=_in_turn(officers, creditor_id, branch, act.organisation_id))
        for (branch,), group in accounts.group_by(["branch"])
    ]
    if not parts:
        return 0
    assigned = pl.concat(parts).sort("account_id")
    return frames.append(
        "assignment",
        assigned.select("account_id", "owner_id", from_at=pl.lit(act.at.isoformat()), act_id=pl.lit(act.id)),
    )


def _in_turn(officers: pl.DataFrame, creditor_id: int, branch: object, organisation_id: int) -> pl.Expr:
    covers = officers.filter(
        (pl.col("creditor_id").is_null() | (pl.col("creditor_id") == creditor_id))
        & (pl.col("branch").is_null() | (pl.col("branch") == pl.lit(branch, dtype=pl.String)))
    )["owner_id"].unique()
    eligible = covers.sort() if len(covers) else pl.Series([queue(organisation_id)], dtype=pl.Int64)
    return pl.lit(eligible).gather(pl.col("party_id") % len(eligible))


def reassign(act: Act, accounts: pl.Series, owner_id: int) -> int:
    """Gives these accounts to an owner from the act's moment on; the number of assignments."""
    return hand_over(act, pl.DataFrame({"account_id": accounts}).with_columns(owner_id=pl.lit(owner_id)))


def hand_over(act: Act, moves: pl.DataFrame) -> int:
    """Gives each account to an owner [account_id, owner_id] from the act's moment on; the number of assignments."""
    return frames.append(
        "assignment",
        moves.sort("account_id").select(
            "account_id", "owner_id", from_at=pl.lit(act.at.isoformat()), act_id=pl.lit(act.id)
        ),
    )


def queue(organisation_id: int) -> int:
    """The queue that owns what no officer covers; made when first needed."""
    owner, _ = Owner.objects.get_or_create(
        organisation_id=organisation_id, code=QUEUE, defaults={"name": "To be assigned"}
    )
    return int(owner.id)


def book_adjustment(
    act: Act,
    *,
    account_id: int,
    creditor_id: int,
    currency: str,
    reference: str,
    component: str,
    amount_minor: int,
    on: date,
) -> int:
    """Books a charge of one component that an approved adjustment adds, due on its own day, with its journal."""
    amounts = {name: amount_minor if name == f"{component}_minor" else 0 for name in COMPONENT_COLUMNS}
    charge = pl.DataFrame([{"account_id": account_id, **amounts}]).with_columns(id=frames.reserve("charge", 1))
    frames.append(
        "charge",
        charge.with_columns(
            reference=pl.lit(reference),
            edition=pl.lit(0),
            value_date=pl.lit(on),
            due_date=pl.lit(on),
            shard=shard(pl.col("account_id")),
            booked_at=pl.lit(act.at.isoformat()),
            act_id=pl.lit(act.id),
        ),
    )
    line = pl.DataFrame(
        [
            {
                "creditor_id": creditor_id,
                "account_id": account_id,
                "currency": currency,
                "kind": "placement",
                "value_date": on,
                "component": component,
                "amount_minor": amount_minor,
            }
        ]
    )
    ledger.post(act, ledger.both(line, debit="debtor_receivable", credit="placed"))
    return int(charge["id"][0])
