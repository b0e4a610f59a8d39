"""The facts of many accounts as the kernel needs them, without names, references and kinds: what a whole book costs.

Problem: a part of the book is read by the account, and its receipts lie in a table of their own, to which only their
assignments point; following each of them through an index costs ten times what reading the row does. Choice: where the
receipts of a part lie close together in their table, that stretch is read once and joined here. Where they lie
scattered among those of others, or the accounts are few, the database follows the indexes. It refuses to know two
rules: both ways give the same rows, which a test compares.
"""

import polars as pl

from ahadi.data import facts, frames
from ahadi.data.facts import Book, Selection
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
_NAMES = [name for name in facts.SCHEDULES if name != "amount_minor"]
_CHARGES = """
    SELECT f.account_id, f.id, f.value_date, f.due_date,
           f.principal_minor + f.interest_minor + f.fee_minor + f.penalty_minor,
           f.booked_at <= %(known_at)s AND (w.act_id IS NULL OR w.at > %(known_at)s), w.act_id IS NOT NULL
    FROM charge f LEFT JOIN act_withdrawal w ON w.withdrawn_act_id = f.act_id
    WHERE {keys[f.account_id]}
"""
_WHOLE = {name: pl.lit(0, dtype=pl.Int64) for name in COMPONENT_COLUMNS} | {"principal_minor": pl.col("amount_minor")}
RECEIPTS = {name: kind for name, kind in facts.RECEIPTS.items() if name != "kind"}
_TURN = ["account_id", "value_date", "receipt_id"]
# An assignment places its receipt unless a newer one lives. Nearly every receipt has one alone, which its index knows
# without a look at the table; the newest of each would be a sort of all of them.
_FOLLOWED = f"""
    SELECT ra.account_id, r.id, r.value_date, r.amount_minor
    FROM receipt_assignment ra JOIN receipt r ON r.id = ra.receipt_id
    WHERE {facts._LIVE_RECEIPT} AND ra.booked_at <= %(known_at)s AND {facts._live("ra")} AND {{keys[ra.account_id]}}
      AND (NOT EXISTS (SELECT 1 FROM receipt_assignment z WHERE z.receipt_id = ra.receipt_id AND z.act_id <> ra.act_id)
           OR NOT EXISTS (SELECT 1 FROM receipt_assignment y WHERE y.receipt_id = ra.receipt_id AND y.id > ra.id
                          AND y.booked_at <= %(known_at)s AND {facts._live("y")}))
"""
_ASSIGNED = {"account_id": pl.Int64, "receipt_id": pl.Int64}
_ASSIGNMENTS = f"""
    SELECT ra.account_id, ra.receipt_id FROM receipt_assignment ra
    WHERE ra.booked_at <= %(known_at)s AND {facts._live("ra")} AND {{keys[ra.account_id]}}
"""
_IN_STRETCH = "BETWEEN %(first_receipt)s AND %(last_receipt)s"
_STRETCH = {name: kind for name, kind in RECEIPTS.items() if name != "account_id"}
_RECEIPTS = f"""
    SELECT r.id, r.value_date, r.amount_minor FROM receipt r WHERE {facts._LIVE_RECEIPT} AND r.id {_IN_STRETCH}
"""
# Where the receipts that were assigned more than once are now, be it in this part or in another.
_MOVED = f"""
    SELECT DISTINCT ON (ra.receipt_id) ra.account_id, ra.receipt_id FROM receipt_assignment ra
    WHERE ra.booked_at <= %(known_at)s AND {facts._live("ra")} AND ra.receipt_id {_IN_STRETCH}
      AND ra.receipt_id IN (SELECT z.receipt_id FROM receipt_assignment z WHERE z.receipt_id {_IN_STRETCH}
                            GROUP BY z.receipt_id HAVING count(*) > 1)
    ORDER BY ra.receipt_id, ra.id DESC
"""
# A stretch is read where at least one of so many receipts in it belongs to the part.
_THIN = 4


def book(selection: Selection) -> Book:
    """What `facts.book` gives, in a fifth of the time; its accounts bear `schedule_version`.

    The whole of a charge stands as its principal: what is paid of a charge does not depend on what it is made of, and
    no state tells of components. For a part of the book: see `frames.gather`.
    """
    mine = selection.keyed()
    bound = mine.bound()
    known = frames.gather(mine.over(_ACCOUNTS), bound, ACCOUNTS, by=["account_id"])
    booked = frames.gather(mine.over(_CHARGES), bound, _BOOKED, by=["account_id", "due_date", "charge_id"])
    versions = booked.group_by("account_id").agg(
        schedule_version=pl.len().cast(pl.Int64) + pl.col("is_withdrawn").sum().cast(pl.Int64)
    )
    known = known.join(versions, on="account_id", how="left", maintain_order="left")
    return Book(
        accounts=known.with_columns(pl.col("schedule_version").fill_null(0)),
        charges=booked.filter("is_live").select(*_NAMES, **_WHOLE).pipe(_of, known),
        receipts=_receipts(selection).pipe(_of, known),
        designations=facts.designations(selection),
        holds=facts.holds(selection),
    )


def _receipts(selection: Selection) -> pl.DataFrame:
    """The receipts that belong to accounts with these keys, by account and value date: RECEIPTS."""
    # Without keys of its own a selection is of few accounts, or of whichever.
    near = _stretch(selection) if selection.keys != "TRUE" else None
    if near is not None:
        return near
    mine = selection.keyed()
    return frames.gather(mine.over(_FOLLOWED), mine.bound(), RECEIPTS, by=_TURN)


def _stretch(selection: Selection) -> pl.DataFrame | None:
    """The same from the stretch of receipts in which they lie; None where they lie too thinly in it."""
    placed = frames.gather(selection.over(_ASSIGNMENTS), selection.bound(), _ASSIGNED)
    first, last = placed.select(first=pl.col("receipt_id").min(), last=pl.col("receipt_id").max()).row(0)
    if placed.is_empty() or last - first >= _THIN * placed.height:
        return None
    bound = {**selection.bound(), "first_receipt": first, "last_receipt": last}
    moved = frames.gather(_MOVED, bound, _ASSIGNED)
    came = frames.gather(_RECEIPTS, bound, _STRETCH)
    now = pl.concat([placed.join(moved, on="receipt_id", how="anti"), moved])
    return now.join(came, on="receipt_id").select(list(RECEIPTS)).sort(_TURN)


def _of(rows: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """The rows that belong to these accounts."""
    return rows.join(known, on="account_id", how="semi", maintain_order="left")
