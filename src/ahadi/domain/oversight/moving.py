"""What would move where: accounts chosen by hand or by rule, dealt so that difficulty is even, with the effect."""

import hashlib
from datetime import date, timedelta
from typing import Any

import polars as pl

from ahadi.data import facts, frames, reach
from ahadi.domain.accounts import queries as accounts
from ahadi.domain.audit.ports import Actor
from ahadi.domain.oversight.ports import (
    EFFECTS,
    MOVES,
    UNDO_SECONDS,
    Handed,
    Preview,
    Terms,
    UnableToReassignAccounts,
)
from ahadi.domain.people import access
from ahadi.kernel import staffing

_MOST = 20_000
_CHOSEN = """
    SELECT t.account_id, p.stands_for_id, t.owner_id, a.creditor_id, a.currency, t.overdue_minor,
           greatest(%(day)s::date - t.oldest_due_date, 0), a.number,
           EXISTS (SELECT FROM claim_state k WHERE k.party_id = p.stands_for_id AND k.expires_at > clock_timestamp())
    FROM account_state t JOIN account a ON a.id = t.account_id JOIN party_state p ON p.party_id = a.party_id
    WHERE t.status = 'open' AND {condition} AND ({which})
      AND (%(creditor)s = '' OR a.creditor_id IN (
           SELECT c.id FROM creditor c WHERE c.code = %(creditor)s AND c.organisation_id = a.organisation_id))
      AND (%(branch)s = '' OR a.branch = %(branch)s) AND (%(bucket)s = '' OR t.bucket = %(bucket)s)
      AND (%(language)s = '' OR EXISTS (
           SELECT FROM circumstance c WHERE c.party_id = a.party_id AND c.kind = 'LANGUAGE'
             AND c.value = %(language)s AND {counts} AND NOT {ended}))
    ORDER BY t.account_id
"""
_CHOSEN_COLUMNS = {
    "account_id": pl.Int64,
    "debtor_id": pl.Int64,
    "before_id": pl.Int64,
    "creditor_id": pl.Int64,
    "currency": pl.String,
    "overdue_minor": pl.Int64,
    "days_late": pl.Int64,
    "number": pl.String,
    "is_busy": pl.Boolean,
}


def preview(*, by: Actor, terms: Terms, as_of: date) -> Preview:
    """What would move by these terms, as far as `by` may see the accounts, and what it does to every list touched.

    Nobody is moved whom somebody has before them at the moment. Raises UnableToReassignAccounts.
    """
    chosen = _chosen(by, terms, as_of)
    busy = chosen.filter("is_busy")
    free = chosen.filter(~pl.col("debtor_id").is_in(busy["debtor_id"].unique().implode()))
    if terms.count is not None and free.height > terms.count:
        free = free.join(staffing.evenly(free, count=terms.count), on="account_id", how="semi")
    owners = pl.DataFrame(list(terms.to), schema={"owner_id": pl.Int64, "weight": pl.Int64}, orient="row")
    dealt = staffing.dealt(free.select("account_id", "debtor_id", "days_late", "overdue_minor"), owners)
    moves = free.join(dealt, on="account_id").filter(pl.col("owner_id") != pl.col("before_id"))
    moves = moves.select(list(MOVES)).sort("account_id")
    return Preview(moves, _effects(moves, terms, as_of), busy.height, _digest(moves))


def _chosen(by: Actor, terms: Terms, as_of: date) -> pl.DataFrame:
    if not terms.to or any(weight < 1 for _owner, weight in terms.to):
        raise UnableToReassignAccounts("choose who receives the accounts")
    if not terms.account_ids and not terms.from_ids:
        raise UnableToReassignAccounts("choose whose accounts move, or which")
    scope = access.accounts(by)
    which = "a.id = ANY(%(named)s)" if terms.account_ids else "t.owner_id = ANY(%(owners)s)"
    bound: dict[str, Any] = {
        **scope.parameters,
        "day": as_of,
        "named": list(terms.account_ids),
        "owners": list(terms.from_ids),
        "creditor": terms.creditor,
        "branch": terms.branch,
        "bucket": terms.bucket,
        "language": terms.language,
    }
    query = _CHOSEN.format(condition=scope.condition, which=which, counts=facts.counts("c"), ended=reach.ended("c"))
    found = frames.read(query, bound, _CHOSEN_COLUMNS)
    if found.height > _MOST:
        raise UnableToReassignAccounts(f"{found.height} accounts at once are too many: narrow the choice to {_MOST}")
    return found.with_columns(pl.col("days_late").fill_null(0))


def require_receivers(moves: pl.DataFrame, *, organisation_id: int) -> None:
    """Each receiver works here and may see what they get. Raises UnableToReassignAccounts."""
    for (owner_id,), part in moves.group_by(["owner_id"], maintain_order=True):
        receiver = int(str(owner_id))
        named = frames.rows(
            "SELECT o.name, p.id IS NULL OR p.is_active FROM owner o LEFT JOIN person p ON p.id = o.person_id"
            " WHERE o.id = %(owner)s AND o.organisation_id = %(organisation)s",
            {"owner": receiver, "organisation": organisation_id},
        )
        if not named or not named[0][1]:
            raise UnableToReassignAccounts("who would receive the accounts does not work here; choose somebody else")
        beyond = accounts.beyond(receiver, accounts=part["account_id"])
        if beyond:
            raise UnableToReassignAccounts(
                f"{beyond} of the {part.height} accounts are outside of what {named[0][0]} may see: choose another"
            )


def _digest(moves: pl.DataFrame) -> str:
    told = moves.select("account_id", "before_id", "owner_id").write_csv(include_header=False)
    return hashlib.sha256(told.encode()).hexdigest()


_STAND = """
    SELECT o.id, o.name, coalesce(a.currency, ''), count(t.account_id), coalesce(sum(t.overdue_minor), 0)::bigint,
           coalesce(sum(greatest(%(day)s::date - t.oldest_due_date, 0)), 0)::bigint
    FROM owner o LEFT JOIN account_state t ON t.owner_id = o.id AND t.status = 'open'
    LEFT JOIN account a ON a.id = t.account_id
    WHERE o.id = ANY(%(owners)s) GROUP BY 1, 2, 3 ORDER BY 2, 1, 3
"""
_STOOD = {
    "owner_id": pl.Int64,
    "name": pl.String,
    "currency": pl.String,
    "accounts": pl.Int64,
    "overdue_minor": pl.Int64,
    "days": pl.Int64,
}


def _effects(moves: pl.DataFrame, terms: Terms, as_of: date) -> pl.DataFrame:
    """EFFECTS on the lists that give or take, by owner and currency."""
    owners = sorted({*moves["before_id"], *moves["owner_id"], *(owner for owner, _weight in terms.to)})
    stood = frames.read(_STAND, {"owners": owners, "day": as_of}, _STOOD).with_columns(pl.col("currency").fill_null(""))
    names = stood.select("owner_id", "name").unique()
    sums = [pl.len().cast(pl.Int64).alias("accounts"), pl.col("overdue_minor").sum(), pl.col("days_late").sum()]
    gone, come = (moves.group_by(owner_id=side, currency="currency").agg(sums) for side in ("before_id", "owner_id"))
    lost = gone.with_columns(-pl.col("accounts", "overdue_minor", "days_late"))
    change = pl.concat([come, lost]).group_by("owner_id", "currency").agg(pl.all().sum())
    both = stood.drop("name").join(change, on=["owner_id", "currency"], how="full", coalesce=True, suffix="_more")
    both = both.with_columns(pl.all().exclude("owner_id", "currency").fill_null(0)).join(names, on="owner_id")
    both = both.filter((pl.col("accounts") > 0) | (pl.col("accounts_more") > 0))
    days, more = pl.col("days"), pl.col("days_late")
    after = pl.col("accounts") + pl.col("accounts_more")
    whole = both.with_columns(
        accounts_before="accounts",
        accounts_after=after,
        overdue_before_minor="overdue_minor",
        overdue_after_minor=pl.col("overdue_minor") + pl.col("overdue_minor_more"),
        days_before=days // pl.max_horizontal("accounts", pl.lit(1)),
        days_after=(days + more) // pl.max_horizontal(after, pl.lit(1)),
    )
    return whole.select(list(EFFECTS)).sort("name", "owner_id", "currency")


_LATELY = """
    SELECT m.id, coalesce(p.name, ''), m.reason, cardinality(m.account_ids), m.at
    FROM reassignment m JOIN act t ON t.id = m.act_id LEFT JOIN person p ON p.id = t.by_id
    WHERE m.organisation_id = %(organisation)s AND m.at > clock_timestamp() - %(seconds)s * interval '1 second'
      AND NOT EXISTS (SELECT FROM act_withdrawal w WHERE w.withdrawn_act_id = m.act_id)
    ORDER BY m.id DESC LIMIT 5
"""


def lately(*, by: Actor) -> tuple[Handed, ...]:
    """What was moved so lately that it can be taken back as one, the newest first."""
    rows = frames.rows(_LATELY, {"organisation": by.organisation_id, "seconds": UNDO_SECONDS})
    undo = timedelta(seconds=UNDO_SECONDS)
    return tuple(Handed(move, by_, why, count, at, at + undo) for move, by_, why, count, at in rows)


OWNERS = {"owner_id": pl.Int64, "person_id": pl.Int64, "name": pl.String, "accounts": pl.Int64}


def owners(*, by: Actor) -> pl.DataFrame:
    """OWNERS who may give and receive accounts: people who work here and queues, with their open accounts."""
    return frames.read(
        "SELECT o.id, o.person_id, o.name, count(t.account_id) FROM owner o LEFT JOIN person p ON p.id = o.person_id"
        " LEFT JOIN account_state t ON t.owner_id = o.id AND t.status = 'open'"
        " WHERE o.organisation_id = %(organisation)s AND (p.id IS NULL OR p.is_active) GROUP BY o.id"
        " ORDER BY o.person_id IS NULL, o.name, o.id",
        {"organisation": by.organisation_id},
        OWNERS,
    )
