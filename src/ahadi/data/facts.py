"""Live facts as columns of the kernel's schemas: what was known at a moment, without what was taken back."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

import polars as pl

from ahadi.data import frames
from ahadi.kernel.ragged import in_order

FOREVER = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True)
class _Keys:
    condition: str

    def __getitem__(self, column: str) -> str:
        return self.condition.format(id=column)


@dataclass(frozen=True)
class Selection:
    """Which accounts (a condition on `account a`), and as they were known when (None: now).

    `keys` is a condition on an account's `{id}` that holds for all of them and perhaps for others: it narrows each
    table of facts by its own index, where a planner that joins them with `account` would read the whole table.
    """

    condition: str = "TRUE"
    parameters: dict[str, object] = field(default_factory=dict)
    known_at: datetime | None = None
    keys: str = "TRUE"
    is_few: bool = False

    def keyed(self) -> "Selection":
        """The same with `keys` that hold for these accounts alone, where it had none."""
        if self.keys != "TRUE":
            return self
        condition = self.condition.replace("{", "{{").replace("}", "}}")
        return replace(self, keys=f"{{id}} IN (SELECT a.id FROM account a WHERE {condition})")

    def bound(self) -> dict[str, object]:
        """The parameters of a query over this selection."""
        return {**self.parameters, "known_at": self.known_at or FOREVER}

    def read(self, query: str, schema: frames.Schema, **further: object) -> pl.DataFrame:
        """What a query over this selection yields with `further` parameters; a few accounts as a page asks them."""
        ask = frames.few if self.is_few else frames.read
        return ask(self.over(query), {**self.bound(), **further}, schema)

    def gather(self, query: str, schema: frames.Schema, *, by: Sequence[str]) -> pl.DataFrame:
        """The same sorted by these columns of whole numbers and dates: as arrays where the accounts are many."""
        if self.is_few:
            return in_order(self.read(query, schema), *by)
        return frames.gather(self.over(query), self.bound(), schema, by=by)

    def over(self, query: str) -> str:
        """A query with this selection in place of `{condition}` and `{keys[column]}`."""
        return query.format(condition=self.condition, keys=_Keys(self.keys))


def of_accounts(account_ids: pl.Series | Sequence[int], *, known_at: datetime | None = None) -> Selection:
    """The accounts with these ids."""
    # Many are without `keys`: beside a join an index would be searched for the whole list once for every row.
    is_few = len(account_ids) <= frames.FEW
    keys = "{id} = ANY(%(account_ids)s)" if is_few else "TRUE"
    return Selection("a.id = ANY(%(account_ids)s)", {"account_ids": frames.ids(account_ids)}, known_at, keys, is_few)


def counts(fact: str) -> str:
    """A condition: the act that wrote `fact`, an alias in SQL, was not taken back."""
    return f"NOT EXISTS (SELECT 1 FROM act_withdrawal gone WHERE gone.withdrawn_act_id = {fact}.act_id)"


def is_covered(document: str) -> str:
    """A condition: a document, whose id is an expression in SQL, is covered now."""
    return (
        f"coalesce((SELECT cover.is_covered FROM document_cover cover WHERE cover.document_id = {document}"
        " ORDER BY cover.id DESC LIMIT 1), FALSE)"
    )


def _live(fact: str) -> str:
    return (
        f"NOT EXISTS (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = {fact}.act_id AND w.at <= %(known_at)s)"
    )


_ALIVE = f"""
    SELECT p.account_id, min(p.placed_on) AS placed_on
    FROM placement p JOIN act t ON t.id = p.act_id
    WHERE t.at <= %(known_at)s AND {_live("p")} AND {{keys[p.account_id]}}
    GROUP BY p.account_id
"""

ACCOUNTS = {
    "account_id": pl.Int64,
    "organisation_id": pl.Int64,
    "creditor_id": pl.Int64,
    "creditor": pl.String,
    "party_id": pl.Int64,
    "debtor_id": pl.Int64,
    "number": pl.String,
    "product": pl.String,
    "currency": pl.String,
    "branch": pl.String,
    "country": pl.String,
    "opened_on": pl.Date,
    "placed_on": pl.Date,
    "shard": pl.Int64,
    "owner_id": pl.Int64,
    "officer": pl.String,
}
_ACCOUNTS = f"""
    SELECT a.id, a.organisation_id, a.creditor_id, c.name, a.party_id, s.stands_for_id, a.number, a.product, a.currency,
           a.branch, a.country, a.opened_on, alive.placed_on, a.shard, o.id, o.code
    FROM account a
    JOIN ({_ALIVE}) alive ON alive.account_id = a.id
    JOIN creditor c ON c.id = a.creditor_id
    JOIN party_state s ON s.party_id = a.party_id
    LEFT JOIN LATERAL (
      SELECT owner_id FROM assignment x WHERE x.account_id = a.id AND x.from_at <= %(known_at)s AND {_live("x")}
      ORDER BY x.from_at DESC LIMIT 1) x ON TRUE
    LEFT JOIN owner o ON o.id = x.owner_id
    WHERE {{condition}}
    ORDER BY a.id
"""


def accounts(selection: Selection) -> pl.DataFrame:
    """The accounts that live at `known_at`, with creditor, debtor (after accepted merges) and owner."""
    return selection.read(_ACCOUNTS, ACCOUNTS)


DEBTORS = {"debtor_id": pl.Int64, "debtor_number": pl.String, "debtor_name": pl.String}
# Sets, not a look-up per row: ORDER BY the key with LIMIT 1 tempts the planner to walk the whole key.
_DEBTORS = """
    WITH d AS (SELECT DISTINCT s.stands_for_id AS id FROM account a JOIN party_state s ON s.party_id = a.party_id
               WHERE {condition})
    SELECT d.id, n.number, m.name FROM d
    LEFT JOIN (SELECT DISTINCT ON (party_id) party_id, number FROM party_number
               WHERE party_id IN (SELECT id FROM d) ORDER BY party_id, id) n ON n.party_id = d.id
    LEFT JOIN (SELECT DISTINCT ON (x.party_id) x.party_id, x.name FROM party_name x
               LEFT JOIN act_withdrawal w ON w.withdrawn_act_id = x.act_id WHERE x.party_id IN (SELECT id FROM d)
               ORDER BY x.party_id, w.act_id IS NOT NULL, x.seen DESC, x.id) m ON m.party_id = d.id
    ORDER BY d.id
"""


def debtors(selection: Selection) -> pl.DataFrame:
    """The number and the name of each debtor of the selection: as most often written, undone batches last."""
    return selection.read(_DEBTORS, DEBTORS)


CHARGES = {
    "account_id": pl.Int64,
    "charge_id": pl.Int64,
    "reference": pl.String,
    "charge_country": pl.String,
    "value_date": pl.Date,
    "due_date": pl.Date,
    "principal_minor": pl.Int64,
    "interest_minor": pl.Int64,
    "fee_minor": pl.Int64,
    "penalty_minor": pl.Int64,
}
_CHARGES = f"""
    SELECT f.account_id, f.id, f.reference, f.country, f.value_date, f.due_date,
           f.principal_minor, f.interest_minor, f.fee_minor, f.penalty_minor
    FROM charge f JOIN account a ON a.id = f.account_id
    WHERE f.booked_at <= %(known_at)s AND {_live("f")} AND {{keys[f.account_id]}} AND {{condition}}
    ORDER BY f.account_id, f.due_date, f.id
"""


def charges(selection: Selection) -> pl.DataFrame:
    """The charges of the selection, by account and due date."""
    return selection.read(_CHARGES, CHARGES)


RECEIPTS = {
    "account_id": pl.Int64,
    "receipt_id": pl.Int64,
    "value_date": pl.Date,
    "amount_minor": pl.Int64,
    "kind": pl.String,
}
_LIVE_RECEIPT = f"""
    r.booked_at <= %(known_at)s AND {_live("r")}
    AND NOT EXISTS (SELECT 1 FROM receipt_reversal v WHERE v.receipt_id = r.id AND v.booked_at <= %(known_at)s
                    AND {_live("v")})
"""
# The newest live assignment places a receipt; on an account that is gone it is in suspense again.
_PLACED = f"""
    SELECT DISTINCT ON (ra.receipt_id) ra.receipt_id, ra.account_id
    FROM receipt_assignment ra
    WHERE ra.booked_at <= %(known_at)s AND {_live("ra")}
    ORDER BY ra.receipt_id, ra.id DESC
"""
_RECEIPTS = f"""
    SELECT a.id, r.id, r.value_date, r.amount_minor, r.kind
    FROM (SELECT DISTINCT ON (ra.receipt_id) ra.receipt_id, ra.account_id
          FROM receipt_assignment ra
          WHERE ra.receipt_id IN (SELECT x.receipt_id FROM receipt_assignment x JOIN account a ON a.id = x.account_id
                                  WHERE {{keys[x.account_id]}} AND {{condition}})
            AND ra.booked_at <= %(known_at)s AND {_live("ra")}
          ORDER BY ra.receipt_id, ra.id DESC) p
    JOIN account a ON a.id = p.account_id
    JOIN receipt r ON r.id = p.receipt_id
    WHERE {_LIVE_RECEIPT} AND {{condition}} AND a.id IN (SELECT account_id FROM ({_ALIVE}) alive)
    ORDER BY a.id, r.value_date, r.id
"""


def receipts(selection: Selection) -> pl.DataFrame:
    """The receipts that belong to accounts of the selection, by account and value date; none in suspense."""
    return selection.read(_RECEIPTS, RECEIPTS)


SUSPENSE = {
    "organisation_id": pl.Int64,
    "creditor_id": pl.Int64,
    "receipt_id": pl.Int64,
    "currency": pl.String,
    "value_date": pl.Date,
    "amount_minor": pl.Int64,
}
_SUSPENSE = f"""
    SELECT r.organisation_id, r.creditor_id, r.id, r.currency, r.value_date, r.amount_minor
    FROM receipt r
    LEFT JOIN ({_PLACED}) p ON p.receipt_id = r.id
    WHERE {_LIVE_RECEIPT}
      AND (%(organisation)s::bigint IS NULL OR r.organisation_id = %(organisation)s)
      AND (p.account_id IS NULL OR p.account_id NOT IN (SELECT account_id FROM ({_ALIVE}) alive))
    ORDER BY r.id
"""


def suspense(organisation_id: int | None, *, known_at: datetime | None = None) -> pl.DataFrame:
    """Receipts without an account, of one organisation or of all."""
    return frames.read(
        Selection().over(_SUSPENSE), {"organisation": organisation_id, "known_at": known_at or FOREVER}, SUSPENSE
    )


DESIGNATIONS = {"receipt_id": pl.Int64, "charge_id": pl.Int64, "amount_minor": pl.Int64}
_DESIGNATIONS = f"""
    SELECT d.receipt_id, d.charge_id, d.amount_minor
    FROM designation d JOIN charge f ON f.id = d.charge_id JOIN account a ON a.id = f.account_id
    JOIN act t ON t.id = d.act_id
    WHERE t.at <= %(known_at)s AND {_live("d")} AND {_live("f")} AND {{keys[f.account_id]}} AND {{condition}}
    ORDER BY d.receipt_id, d.charge_id
"""


def designations(selection: Selection) -> pl.DataFrame:
    """What payers said their money is for; money for a charge that was taken back is for none in particular."""
    return selection.read(_DESIGNATIONS, DESIGNATIONS)


HOLDS = {
    "account_id": pl.Int64,
    "charge_id": pl.Int64,
    "kind": pl.String,
    "from_date": pl.Date,
    "until_date": pl.Date,
    "review_on": pl.Date,
}
_HOLDS = f"""
    SELECT h.account_id, h.charge, h.kind, h.from_date, least(h.ends_on, e.released_on - 1), h.review_on
    FROM hold h JOIN account a ON a.id = h.account_id
    LEFT JOIN hold_release e ON e.hold_id = h.id AND e.booked_at <= %(known_at)s AND {_live("e")}
    WHERE h.booked_at <= %(known_at)s AND {_live("h")} AND {{keys[h.account_id]}} AND {{condition}}
    ORDER BY h.account_id, h.id
"""


def holds(selection: Selection) -> pl.DataFrame:
    """Holds with the last day on which each restrains (null: none is known)."""
    return selection.read(_HOLDS, HOLDS)


NEXT_ACTIONS = {
    "account_id": pl.Int64,
    "action": pl.String,
    "channel": pl.String,
    "step": pl.String,
    "due_on": pl.Date,
}
_NEXT_ACTIONS = f"""
    SELECT DISTINCT ON (n.account_id) n.account_id, n.action, n.channel, n.step, n.due_on
    FROM next_action n JOIN account a ON a.id = n.account_id
    WHERE n.set_at <= %(known_at)s AND {_live("n")} AND {{keys[n.account_id]}} AND {{condition}}
    ORDER BY n.account_id, n.set_at DESC, n.id DESC
"""


def next_actions(selection: Selection) -> pl.DataFrame:
    """The newest next action of each account that has one; `step` is null where a person asked for it."""
    return selection.read(_NEXT_ACTIONS, NEXT_ACTIONS)


ASKED_ACTIONS = {"account_id": pl.Int64, "asked_action": pl.String, "asked_on": pl.Date}
# From the few that a person asked for, not from all of which the newest would be sorted out.
_ASKED_ACTIONS = f"""
    SELECT n.account_id, n.action, n.due_on FROM next_action n JOIN account a ON a.id = n.account_id
    WHERE n.step IS NULL AND n.set_at <= %(known_at)s AND {_live("n")} AND {{keys[n.account_id]}} AND {{condition}}
      AND NOT EXISTS (SELECT 1 FROM next_action m WHERE m.account_id = n.account_id
                      AND (m.set_at, m.id) > (n.set_at, n.id) AND m.set_at <= %(known_at)s AND {_live("m")})
    ORDER BY n.account_id
"""


def asked_actions(selection: Selection) -> pl.DataFrame:
    """The newest next action of each account where a person asked for it and no rule did since."""
    return selection.read(_ASKED_ACTIONS, ASKED_ACTIONS)


PROMISES = {
    "promise_id": pl.Int64,
    "account_id": pl.Int64,
    "made_on": pl.Date,
    "due_on": pl.Date,
    "amount_minor": pl.Int64,
    "is_instalment": pl.Boolean,
    "withdrawn_on": pl.Date,
    "plan_id": pl.Int64,
}
_PROMISES = f"""
    SELECT f.id, f.account_id, f.made_on, f.due_on, f.amount_minor, f.plan_id IS NOT NULL, x.withdrawn_on,
           f.plan_id
    FROM promise f JOIN account a ON a.id = f.account_id
    LEFT JOIN promise_withdrawal x ON x.promise_id = f.id AND x.booked_at <= %(known_at)s AND {_live("x")}
    WHERE f.booked_at <= %(known_at)s AND {_live("f")} AND {{keys[f.account_id]}} AND {{condition}}
    ORDER BY f.account_id, f.id
"""


def promises(selection: Selection) -> pl.DataFrame:
    """The promises of the selection, with the day from which one no longer counts (null: it counts)."""
    return selection.read(_PROMISES, PROMISES)


TOTALLED_PROMISES = {**PROMISES, "received_minor": pl.Int64}
_TOTALLED_PROMISES = f"""
    SELECT f.id, f.account_id, f.made_on, f.due_on, f.amount_minor, f.plan_id IS NOT NULL, x.withdrawn_on,
           f.plan_id, p.received_minor
    FROM promise f JOIN account_state s ON s.account_id = f.account_id
    JOIN promise_state p ON p.promise_id = f.id
    LEFT JOIN promise_withdrawal x ON x.promise_id = f.id AND x.booked_at <= %(known_at)s AND {_live("x")}
    WHERE f.booked_at <= %(known_at)s AND {_live("f")} AND {{keys[f.account_id]}} AND {{condition}}
    ORDER BY f.account_id, f.id
"""


def totalled_promises(selection: Selection) -> pl.DataFrame:
    """The promises of accounts (a condition on `account_state s`) with the money stated for them."""
    return selection.read(_TOTALLED_PROMISES, TOTALLED_PROMISES)


LAST_CONTACTS = {"account_id": pl.Int64, "last_contact_on": pl.Date}
_LAST_CONTACTS = f"""
    SELECT f.account_id, max((f.began_at AT TIME ZONE g.time_zone)::date)
    FROM contact f JOIN contact_outcome e ON e.contact_id = f.id AND e.is_right_party
    JOIN account a ON a.id = f.account_id JOIN organisation g ON g.id = a.organisation_id
    WHERE e.ended_at <= %(known_at)s AND {_live("f")} AND {_live("e")}
      AND (f.began_at AT TIME ZONE g.time_zone)::date <= %(as_of)s AND {{keys[f.account_id]}} AND {{condition}}
    GROUP BY f.account_id ORDER BY f.account_id
"""


def last_contacts(selection: Selection, *, as_of: date) -> pl.DataFrame:
    """The last day up to `as_of`, by the organisation's clock, on which each debtor was reached on an account."""
    return selection.read(_LAST_CONTACTS, LAST_CONTACTS, as_of=as_of)


STEPS_TAKEN = {"account_id": pl.Int64, "anchor_date": pl.Date, "step": pl.String, "on_date": pl.Date}
_STEPS_TAKEN = f"""
    SELECT f.account_id, f.anchor_date, f.step, f.taken_on
    FROM step_taken f JOIN account a ON a.id = f.account_id
    WHERE f.booked_at <= %(known_at)s AND {_live("f")} AND {{keys[f.account_id]}} AND {{condition}}
    ORDER BY f.account_id, f.id
"""


def steps_taken(selection: Selection) -> pl.DataFrame:
    """The steps of a strategy that were taken, and for which arrear."""
    return selection.read(_STEPS_TAKEN, STEPS_TAKEN)


SCHEDULE_VERSIONS = {"account_id": pl.Int64, "schedule_version": pl.Int64}
_SCHEDULE_VERSIONS = """
    SELECT f.account_id, count(*) + count(w.act_id)
    FROM charge f JOIN account a ON a.id = f.account_id
    LEFT JOIN act_withdrawal w ON w.withdrawn_act_id = f.act_id
    WHERE {keys[f.account_id]} AND {condition} GROUP BY f.account_id ORDER BY f.account_id
"""


def schedule_versions(selection: Selection) -> pl.DataFrame:
    """How often the charges of each account changed: bookings and withdrawals, which never become fewer."""
    return selection.read(_SCHEDULE_VERSIONS, SCHEDULE_VERSIONS)


FIXED = {
    "account_id": pl.Int64,
    "creditor_id": pl.Int64,
    "product": pl.String,
    "currency": pl.String,
    "opened_on": pl.Date,
    "placed_on": pl.Date,
}
_FIXED = f"""
    SELECT a.id, a.creditor_id, a.product, a.currency, a.opened_on, alive.placed_on
    FROM account a JOIN ({_ALIVE}) alive ON alive.account_id = a.id
    WHERE {{condition}} ORDER BY a.id
"""


def fixed(selection: Selection) -> pl.DataFrame:
    """What never changes of the accounts that live."""
    return selection.read(_FIXED, FIXED)


SCHEDULES = {
    "account_id": pl.Int64,
    "charge_id": pl.Int64,
    "value_date": pl.Date,
    "due_date": pl.Date,
    "amount_minor": pl.Int64,
}
_SCHEDULES = f"""
    SELECT f.account_id, f.id, f.value_date, f.due_date,
           f.principal_minor + f.interest_minor + f.fee_minor + f.penalty_minor
    FROM charge f JOIN account a ON a.id = f.account_id
    WHERE f.booked_at <= %(known_at)s AND {_live("f")} AND {{keys[f.account_id]}} AND {{condition}}
    ORDER BY f.account_id, f.due_date, f.id
"""


def schedules(selection: Selection) -> pl.DataFrame:
    """The charges of the selection by their whole amount, by account and due date."""
    return selection.read(_SCHEDULES, SCHEDULES)


@dataclass(frozen=True)
class Book:
    """The facts of a selection, ready for the kernel."""

    accounts: pl.DataFrame
    charges: pl.DataFrame
    receipts: pl.DataFrame
    designations: pl.DataFrame
    holds: pl.DataFrame


def book(selection: Selection) -> Book:
    """Accounts, charges, receipts, designations and holds of the selection, as known then."""
    return Book(
        accounts=accounts(selection),
        charges=charges(selection),
        receipts=receipts(selection),
        designations=designations(selection),
        holds=holds(selection),
    )
