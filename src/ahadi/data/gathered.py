"""The facts of many accounts as the kernel needs them, without names, references and kinds: what a whole book costs.

Problem: a part of the book is read by the account, and its receipts lie in a table of their own, to which only their
assignments point; following each of them through an index costs ten times what reading the row does. Choice: receipts
that came together lie together, so the few stretches in which those of a part lie are read whole and joined here;
where they lie scattered, each is asked for by its id. Numbers come as arrays. It refuses to know less than the rest:
what was taken back, moved or reversed is left out as everywhere, and a test compares it with `facts.book`.
"""

import numpy as np
import polars as pl

from ahadi.data import facts, frames
from ahadi.data.facts import Book, Selection
from ahadi.kernel.ragged import ints, kept, of_account, starts, sums
from ahadi.kernel.schema import COMPONENT_COLUMNS

ACCOUNTS = {
    "account_id": pl.Int64,
    "organisation_id": pl.Int64,
    "shard": pl.Int64,
    "owner_id": pl.Int64,
    "product": pl.String,
    "currency": pl.String,
    "opened_on": pl.Date,
    "placed_on": pl.Date,
}
_ACCOUNTS = f"""
    SELECT a.id, a.organisation_id, a.shard, x.owner_id, a.product, a.currency, a.opened_on, alive.placed_on
    FROM account a
    JOIN ({facts._ALIVE}) alive ON alive.account_id = a.id
    LEFT JOIN (SELECT DISTINCT ON (x.account_id) x.account_id, x.owner_id FROM assignment x
               WHERE x.from_at <= %(known_at)s AND {facts._live("x")} AND {{keys[x.account_id]}}
               ORDER BY x.account_id, x.from_at DESC) x ON x.account_id = a.id
    WHERE {{condition}}
"""
_BOOKED = {**facts.SCHEDULES, "is_live": pl.Boolean, "is_withdrawn": pl.Boolean}
CHARGES = {name: kind for name, kind in facts.CHARGES.items() if name not in ("reference", "charge_country")}
_LIVE_CHARGES = f"""
    SELECT f.account_id, f.id, f.value_date, f.due_date, f.principal_minor, f.interest_minor, f.fee_minor,
           f.penalty_minor
    FROM charge f WHERE f.booked_at <= %(known_at)s AND {facts._live("f")} AND {{keys[f.account_id]}}
"""
_DUE = ["account_id", "due_date", "charge_id"]
_NAMES = [name for name in facts.SCHEDULES if name != "amount_minor"]
_CHARGES = """
    SELECT f.account_id, f.id, f.value_date, f.due_date,
           f.principal_minor + f.interest_minor + f.fee_minor + f.penalty_minor,
           f.booked_at <= %(known_at)s AND (w.act_id IS NULL OR w.at > %(known_at)s), w.act_id IS NOT NULL
    FROM charge f LEFT JOIN act_withdrawal w ON w.withdrawn_act_id = f.act_id
    WHERE {keys[f.account_id]}
"""
_WHOLE = {name: pl.lit(0, dtype=pl.Int64) for name in COMPONENT_COLUMNS} | {"principal_minor": pl.col("amount_minor")}
_AS_PRINCIPAL = [*(pl.col(name) for name in _NAMES), *(value.alias(name) for name, value in _WHOLE.items())]
_IS_LIVE = pl.col("is_live")
RECEIPTS = {**{name: kind for name, kind in facts.RECEIPTS.items() if name != "kind"}, "is_forgiven": pl.Boolean}
_FORGIVEN = [(pl.col("kind") == "forgiven").alias(name) if name == "is_forgiven" else pl.col(name) for name in RECEIPTS]
_TURN = ["account_id", "value_date", "receipt_id"]
_ALIVE = f"SELECT alive.account_id FROM ({facts._ALIVE}) alive"
_ASSIGNED = {"account_id": pl.Int64, "receipt_id": pl.Int64}
_ASSIGNMENTS = f"""
    SELECT ra.account_id, ra.receipt_id FROM receipt_assignment ra
    WHERE ra.booked_at <= %(known_at)s AND {facts._live("ra")} AND {{keys[ra.account_id]}}
"""
# An assignment places its receipt unless a newer one lives. Nearly every receipt has one alone, which its index knows
# without a look at the table; the newest of each would be a sort of all of them.
_TWICE = "SELECT z.receipt_id FROM receipt_assignment z WHERE {keys[z.receipt_id]} GROUP BY 1 HAVING count(*) > 1"
_NEWEST = f"""
    SELECT DISTINCT ON (ra.receipt_id) ra.account_id, ra.receipt_id FROM receipt_assignment ra
    WHERE ra.booked_at <= %(known_at)s AND {facts._live("ra")} AND {{keys[ra.receipt_id]}}
    ORDER BY ra.receipt_id, ra.id DESC
"""
_CAME = {name: kind for name, kind in RECEIPTS.items() if name != "account_id"}
_RECEIPTS = f"""
    SELECT r.id, r.value_date, r.amount_minor, r.kind = 'forgiven' FROM receipt r
    WHERE {facts._LIVE_RECEIPT} AND {{keys[r.id]}}
"""
_STRETCHES_MAX = 32
# Stretches are read where at least one of so many rows in them is asked for.
_THIN = 4


def book(selection: Selection) -> Book:
    """What `facts.book` gives, in a fifth of the time; its accounts bear `schedule_version`.

    The whole of a charge stands as its principal: what is paid of a charge does not depend on what it is made of, and
    no state tells of components. For a part of the book: see `frames.gather`.
    """
    mine = selection.keyed()
    known = mine.gather(_ACCOUNTS, ACCOUNTS, by=["account_id"])
    booked = mine.gather(_CHARGES, _BOOKED, by=_DUE)
    return Book(
        accounts=known.hstack([_versions(known, booked)]),
        charges=kept(booked, _IS_LIVE).select(_AS_PRINCIPAL).pipe(_of, known),
        receipts=_few_receipts(mine) if mine.is_few else _receipts(mine).pipe(_of, known),
        designations=facts.designations(selection),
        holds=facts.holds(selection),
    )


def charges(selection: Selection) -> pl.DataFrame:
    """What `facts.charges` gives, without references and countries."""
    return selection.keyed().gather(_LIVE_CHARGES, CHARGES, by=_DUE)


def receipts(selection: Selection) -> pl.DataFrame:
    """What `facts.receipts` gives; of the kind only whether it is what was forgiven."""
    mine = selection.keyed()
    if mine.is_few:
        return _few_receipts(mine)
    alive = frames.gather(mine.over(_ALIVE), mine.bound(), {"account_id": pl.Int64})
    return _receipts(mine).pipe(_of, alive)


def _versions(known: pl.DataFrame, booked: pl.DataFrame) -> pl.Series:
    """How often the charges of each account were booked or withdrawn; both frames are sorted by account."""
    account = ints(booked, "account_id")
    begin = starts(account)
    changes = sums(1 + booked["is_withdrawn"].to_numpy().astype(np.int64), begin)
    return pl.Series("schedule_version", of_account(ints(known, "account_id"), account[begin], changes))


def _few_receipts(mine: Selection) -> pl.DataFrame:
    """The same for a few accounts, whose receipts are near enough one by one."""
    return facts.receipts(mine).select(_FORGIVEN)


def _receipts(mine: Selection) -> pl.DataFrame:
    """The receipts of accounts with these keys, be they placed or not, by account and value date: RECEIPTS."""
    placed = frames.gather(mine.over(_ASSIGNMENTS), mine.bound(), _ASSIGNED)
    if placed.is_empty():
        return pl.DataFrame(schema=RECEIPTS)
    near = _near(placed["receipt_id"].unique().sort(), mine)
    came = frames.gather(near.over(_RECEIPTS), near.bound(), _CAME)
    twice = frames.gather(near.over(_TWICE), near.bound(), {"receipt_id": pl.Int64})["receipt_id"]
    if twice.len():
        moved = _each(twice, mine)
        newest = frames.gather(moved.over(_NEWEST), moved.bound(), _ASSIGNED)
        placed = pl.concat([placed.join(newest, on="receipt_id", how="anti"), newest])
    return placed.unique().join(came, on="receipt_id").select(list(RECEIPTS)).sort(_TURN)


def _near(ids: pl.Series, mine: Selection) -> Selection:
    """Keys that hold for these ids (each once, rising): the stretches in which they lie where these are few and well
    filled, each of them otherwise.
    """
    gaps = np.diff(ids.to_numpy())
    cuts = np.sort(np.argsort(gaps)[::-1][: _STRETCHES_MAX - 1])
    cuts = cuts[gaps[cuts] > 1]
    first, last = ids.gather(np.append(0, cuts + 1)), ids.gather(np.append(cuts, len(ids) - 1))
    if int((last - first).sum()) + len(first) > _THIN * len(ids):
        return _each(ids, mine)
    stretches = [f"{{id}} BETWEEN {low} AND {high}" for low, high in zip(first, last, strict=True)]
    return Selection(known_at=mine.known_at, keys=f"({' OR '.join(stretches)})")


def _each(ids: pl.Series, mine: Selection) -> Selection:
    return Selection("TRUE", {"ids": frames.ids(ids)}, mine.known_at, "{id} = ANY(%(ids)s)")


def _of(rows: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """The rows that belong to these accounts."""
    if rows.height <= frames.FEW and set(rows["account_id"]) <= set(known["account_id"]):
        return rows
    return rows.join(known, on="account_id", how="semi", maintain_order="left")
