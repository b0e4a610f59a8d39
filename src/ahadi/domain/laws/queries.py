"""The invariants of the book: each a question to the facts whose only good answer is nothing."""

from collections.abc import Iterator

import polars as pl

from ahadi.data import facts, frames
from ahadi.data.facts import Selection
from ahadi.domain.audit.queries import broken_links
from ahadi.domain.laws.adjustments import CASE_LAWS
from ahadi.domain.laws.bargains import BARGAIN_LAWS
from ahadi.domain.laws.comparing import different_allocations, different_states, ledger_differences
from ahadi.domain.laws.contacts import CONTACT_LAWS
from ahadi.domain.laws.nights import NIGHT_LAWS, SNAPSHOT
from ahadi.domain.laws.ports import LIVE_FACT, Law, rows
from ahadi.domain.laws.promises import PROMISE_LAWS
from ahadi.domain.laws.references import REFERENCE_LAWS
from ahadi.domain.laws.rosters import ROSTER_LAWS
from ahadi.domain.parties.queries import misstated_parties
from ahadi.domain.receipts import queries as receipts
from ahadi.domain.work import states

_SHOWN = 20


def _misstated_receipts() -> Iterator[str]:
    derived = receipts.all_derived_states()
    stored = frames.read(
        "SELECT receipt_id, status, account_id, received_minor, allocated_minor FROM receipt_state ORDER BY receipt_id",
        {},
        dict(derived.schema),
    )
    wrong = stored.join(derived, on=derived.columns, how="anti", nulls_equal=True)
    for row in wrong.iter_rows(named=True):
        yield f"receipt {row['receipt_id']}: stored as {row['status']} with {row['allocated_minor']} allocated"
    for receipt in derived.join(stored, on="receipt_id", how="anti")["receipt_id"]:
        yield f"receipt {receipt}: has no state"


def _ownerless() -> Iterator[str]:
    book = facts.accounts(Selection())
    for account in book.filter(pl.col("owner_id").is_null())["account_id"]:
        yield f"account {account}: nobody owns it"
    stored = states.stored(Selection()).select("account_id", stored_owner_id="owner_id")
    both = book.join(stored, on="account_id", how="left")
    for row in both.filter(pl.col("owner_id").ne_missing(pl.col("stored_owner_id"))).iter_rows(named=True):
        yield f"account {row['account_id']}: its state names owner {row['stored_owner_id']}, not {row['owner_id']}"


_AHEAD = (
    "EXISTS (SELECT 1 FROM charge f WHERE f.account_id = s.account_id AND f.value_date > s.as_of AND "
    + LIVE_FACT.format("f")
    + ")"
)

LAWS: tuple[Law, ...] = (
    Law(
        "journals-balance",
        1,
        "The postings of a journal add up to 0.",
        rows(
            "SELECT journal_id, sum(amount_minor) FROM posting GROUP BY journal_id"
            " HAVING sum(amount_minor) <> 0 ORDER BY 1",
            "journal {}: its postings add up to {}",
        ),
    ),
    Law(
        "journals-have-postings",
        2,
        "A journal has two postings or more.",
        rows(
            "SELECT j.id, count(p.id) FROM journal j LEFT JOIN posting p ON p.journal_id = j.id"
            " GROUP BY j.id HAVING count(p.id) < 2 ORDER BY 1",
            "journal {}: has {} postings",
        ),
    ),
    Law(
        "ledger-ties-out",
        3,
        "What an account owes in the ledger is what it was charged less what was allocated.",
        ledger_differences,
    ),
    Law(
        "receipts-not-over-allocated",
        4,
        "No receipt pays more than it is.",
        rows(
            "SELECT r.id, r.amount_minor, l.paid FROM receipt r JOIN (SELECT receipt_id,"
            " sum(principal_minor + interest_minor + fee_minor + penalty_minor) AS paid FROM allocation"
            " GROUP BY receipt_id) l ON l.receipt_id = r.id WHERE l.paid NOT BETWEEN 0 AND r.amount_minor ORDER BY 1",
            "receipt {}: of {} pays {}",
        ),
    ),
    Law(
        "cash-is-somewhere",
        5,
        "Cash received is in trust or in suspense, for each organisation and currency.",
        rows(
            "SELECT organisation_id, currency, bank, elsewhere FROM (SELECT j.organisation_id, j.currency,"
            " coalesce(sum(p.amount_minor) FILTER (WHERE p.ledger = 'bank'), 0) AS bank,"
            " -coalesce(sum(p.amount_minor) FILTER (WHERE p.ledger IN ('suspense', 'creditor_trust')), 0) AS elsewhere"
            " FROM journal j JOIN posting p ON p.journal_id = j.id GROUP BY 1, 2) s"
            " WHERE bank <> elsewhere ORDER BY 1, 2",
            "organisation {}, {}: the bank holds {}, suspense and trust {}",
        ),
    ),
    Law(
        "one-receipt-per-reference",
        6,
        "A source reference is booked once for ever: one living receipt, whatever was undone before.",
        rows(
            "SELECT r.organisation_id, r.source, r.source_reference, count(*) FROM receipt r WHERE "
            + LIVE_FACT.format("r")
            + " GROUP BY 1, 2, 3 HAVING count(*) > 1 ORDER BY 1, 2, 3",
            "organisation {}, source {}, reference {}: {} receipts",
        ),
    ),
    Law(
        "one-charge-per-reference",
        6,
        "A charge of one reference lives once on an account.",
        rows(
            "SELECT f.account_id, f.reference, count(*) FROM charge f WHERE "
            + LIVE_FACT.format("f")
            + " GROUP BY 1, 2 HAVING count(*) > 1 ORDER BY 1, 2",
            "account {}: charge {} lives {} times",
        ),
    ),
    Law(
        "allocations-replay",
        3,
        "What receipts paid is what the kernel's replay of the facts says.",
        different_allocations,
    ),
    Law(
        "reversals-refer-once",
        7,
        "A reversal takes back one receipt, booked before it, once, and what is reversed pays nothing.",
        rows(
            "SELECT v.receipt_id::text, 'is reversed ' || count(*) || ' times' FROM receipt_reversal v"
            " GROUP BY v.receipt_id HAVING count(*) > 1"
            " UNION ALL SELECT v.receipt_id::text, 'is reversed and was never booked, or later' FROM receipt_reversal v"
            " LEFT JOIN receipt r ON r.id = v.receipt_id WHERE r.id IS NULL OR r.booked_at > v.booked_at"
            " UNION ALL SELECT v.receipt_id::text, 'is reversed and still pays ' || sum(l.principal_minor"
            " + l.interest_minor + l.fee_minor + l.penalty_minor) FROM receipt_reversal v"
            " JOIN allocation l ON l.receipt_id = v.receipt_id WHERE "
            + LIVE_FACT.format("v")
            + " GROUP BY v.receipt_id HAVING sum(l.principal_minor + l.interest_minor + l.fee_minor"
            " + l.penalty_minor) <> 0 ORDER BY 1, 2",
            "receipt {}: {}",
        ),
    ),
    Law(
        "money-keeps-its-currency",
        11,
        "A receipt is in the currency of its account, and what it pays is a charge of that account.",
        rows(
            "SELECT 'allocation ' || l.id, 'pays a charge of another account' FROM allocation l"
            " JOIN charge f ON f.id = l.charge_id WHERE f.account_id <> l.account_id"
            " UNION ALL SELECT 'allocation ' || l.id, 'pays in ' || r.currency || ' what is owed in ' || a.currency"
            " FROM allocation l JOIN receipt r ON r.id = l.receipt_id JOIN account a ON a.id = l.account_id"
            " WHERE r.currency <> a.currency"
            " UNION ALL SELECT 'receipt ' || r.id, 'in ' || r.currency || ' is on an account in ' || a.currency"
            " FROM receipt_assignment x JOIN receipt r ON r.id = x.receipt_id JOIN account a ON a.id = x.account_id"
            " WHERE r.currency <> a.currency"
            " UNION ALL SELECT 'designation ' || d.id, 'names in ' || r.currency || ' what is owed in ' || a.currency"
            " FROM designation d JOIN receipt r ON r.id = d.receipt_id JOIN charge f ON f.id = d.charge_id"
            " JOIN account a ON a.id = f.account_id WHERE r.currency <> a.currency"
            " UNION ALL SELECT 'journal ' || j.id, 'is in ' || j.currency || ' on an account in ' || a.currency"
            " FROM journal j JOIN account a ON a.id = j.account_id WHERE j.currency <> a.currency ORDER BY 1, 2",
            "{}: {}",
        ),
    ),
    Law(
        "closed-owes-nothing",
        12,
        "An account is closed exactly where nothing of its charges is open and none is still to come.",
        rows(
            "SELECT s.account_id, s.status, s.charged_minor - s.allocated_minor, s.overdue_minor FROM account_state s"
            " WHERE (s.status = 'closed' AND (s.charged_minor <> s.allocated_minor OR s.overdue_minor <> 0"
            f" OR s.oldest_due_date IS NOT NULL OR {_AHEAD}))"
            f" OR (s.status = 'open' AND s.charged_minor = s.allocated_minor AND NOT {_AHEAD}) ORDER BY 1",
            "account {}: is {}, with {} open and {} of it late",
        ),
    ),
    Law("receipts-stated", 3, "The state of a receipt is what its facts say.", _misstated_receipts),
    Law("accounts-stated", 3, "The state of an account is what its facts say, as of its date.", different_states),
    Law(
        "every-account-owned",
        17,
        "Every account has exactly one owner, and its state names that owner.",
        _ownerless,
    ),
    Law(
        "every-open-account-has-a-next-action",
        17,
        "Every open account has a next action with a date.",
        rows(
            "SELECT account_id FROM account_state WHERE status = 'open'"
            " AND (next_action IS NULL OR next_action_on IS NULL) ORDER BY 1",
            "account {}: nothing is to happen next",
        ),
    ),
    Law("trail-unbroken", 18, "Every act follows the one before it, unchanged.", broken_links),
    Law(
        "one-organisation",
        23,
        "An account, its creditor and its debtor belong to one organisation.",
        rows(
            "SELECT a.id FROM account a JOIN creditor c ON c.id = a.creditor_id JOIN party p ON p.id = a.party_id"
            " WHERE c.organisation_id <> a.organisation_id OR p.organisation_id <> a.organisation_id ORDER BY 1",
            "account {}: crosses organisations",
        ),
    ),
    Law(
        "rows-accounted-for",
        24,
        "Every staged row of a batch is accepted, a duplicate or rejected, and a file is taken whole once.",
        rows(
            "SELECT b.id::text, 'its rows do not add up' FROM batch b"
            " WHERE b.staged <> b.accepted + b.duplicate + b.rejected"
            " UNION ALL SELECT max(b.id)::text, 'the same file was taken whole twice' FROM batch b"
            " WHERE b.rejected = 0 AND "
            + LIVE_FACT.format("b")
            + " GROUP BY b.creditor_id, b.purpose, b.file_sha256 HAVING count(*) > 1",
            "batch {}: {}",
        ),
    ),
    Law("mergers-stated", 23, "Who stands for whom is what the accepted proposals say.", misstated_parties),
    Law(
        "everybody-can-be-found",
        23,
        "Whoever has a name or a number is found by it, or is due to be read.",
        rows(
            "SELECT n.party_id, n.word FROM (SELECT party_id, act_id, unnest(string_to_array(search_key, ' ')) AS word"
            " FROM party_name UNION ALL SELECT party_id, act_id, '#' || digits FROM party_number,"
            " LATERAL (SELECT ltrim(regexp_replace(number, '[^0-9]', '', 'g'), '0') AS digits) d"
            " WHERE length(digits) > 2) n"
            " LEFT JOIN search_entry e ON e.party_id = n.party_id"
            " WHERE (e.party_id IS NULL OR NOT n.word = ANY(tsvector_to_array(e.words))) AND NOT EXISTS ("
            " SELECT 1 FROM search_due d WHERE NOT d.is_done AND (d.party_id = n.party_id"
            " OR (d.party_id IS NULL AND d.act_id = n.act_id))) ORDER BY 1, 2",
            "party {}: is not found by {}",
        ),
    ),
    *PROMISE_LAWS,
    *REFERENCE_LAWS,
    *BARGAIN_LAWS,
    *CASE_LAWS,
    *CONTACT_LAWS,
    *NIGHT_LAWS,
    *ROSTER_LAWS,
    SNAPSHOT,
)


NIGHTLY: tuple[Law, ...] = tuple(
    law for law in LAWS if law.name in ("every-open-account-has-a-next-action", *(mine.name for mine in NIGHT_LAWS))
)
"""The laws that every close checks at its end: those that a night could break and that cost little."""


def named(names: list[str]) -> tuple[Law, ...]:
    """The laws of these names, or all of them."""
    return tuple(law for law in LAWS if not names or law.name in names)


def first_broken(law: Law, limit: int = _SHOWN) -> list[str]:
    """Up to `limit` sentences about rows that break the law."""
    found: list[str] = []
    for sentence in law.broken():
        found.append(sentence)
        if len(found) >= limit:
            break
    return found
