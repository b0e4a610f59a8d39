"""The invariants of the book: each a question to the facts whose only good answer is nothing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import polars as pl

from ahadi.data import facts, frames
from ahadi.data.facts import Selection
from ahadi.domain.accounts import queries as accounts
from ahadi.domain.audit.queries import broken_links
from ahadi.domain.laws.comparing import different_allocations, different_states, ledger_differences
from ahadi.domain.parties.queries import misstated_parties
from ahadi.domain.receipts import queries as receipts

_SHOWN = 20


@dataclass(frozen=True)
class Law:
    """One invariant: its name, the number that the bar of reliability gives it, what it says, and the question."""

    name: str
    number: int
    text: str
    broken: Callable[[], Iterator[str]]


def _rows(query: str, sentence: str) -> Callable[[], Iterator[str]]:
    """One sentence for each row of `query`, whose columns are all texts."""

    def broken() -> Iterator[str]:
        fields = sentence.count("{}")
        found = frames.read(query, {}, {f"c{place}": pl.String for place in range(fields)})
        for row in found.iter_rows():
            yield sentence.format(*row)

    return broken


_LIVE_FACT = "NOT EXISTS (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = {}.act_id)"


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
    stored = accounts.states(book["account_id"]).select("account_id", stored_owner_id="owner_id")
    both = book.join(stored, on="account_id", how="left")
    for row in both.filter(pl.col("owner_id").ne_missing(pl.col("stored_owner_id"))).iter_rows(named=True):
        yield f"account {row['account_id']}: its state names owner {row['stored_owner_id']}, not {row['owner_id']}"


LAWS: tuple[Law, ...] = (
    Law(
        "journals-balance",
        1,
        "The postings of a journal add up to 0.",
        _rows(
            "SELECT journal_id, sum(amount_minor) FROM posting GROUP BY journal_id"
            " HAVING sum(amount_minor) <> 0 ORDER BY 1",
            "journal {}: its postings add up to {}",
        ),
    ),
    Law(
        "journals-have-postings",
        2,
        "A journal has two postings or more.",
        _rows(
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
        _rows(
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
        _rows(
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
        _rows(
            "SELECT r.organisation_id, r.source, r.source_reference, count(*) FROM receipt r WHERE "
            + _LIVE_FACT.format("r")
            + " GROUP BY 1, 2, 3 HAVING count(*) > 1 ORDER BY 1, 2, 3",
            "organisation {}, source {}, reference {}: {} receipts",
        ),
    ),
    Law(
        "one-charge-per-reference",
        6,
        "A charge of one reference lives once on an account.",
        _rows(
            "SELECT f.account_id, f.reference, count(*) FROM charge f WHERE "
            + _LIVE_FACT.format("f")
            + " GROUP BY 1, 2 HAVING count(*) > 1 ORDER BY 1, 2",
            "account {}: charge {} lives {} times",
        ),
    ),
    Law(
        "closed-days-stay-closed",
        8,
        "Nothing is booked in a closed business date after its close.",
        _rows(
            "SELECT j.id, c.business_date FROM journal j JOIN organisation o ON o.id = j.organisation_id"
            " JOIN close c ON c.organisation_id = o.id AND c.stage = 'day'"
            " AND c.business_date = (j.booked_at AT TIME ZONE o.time_zone)::date AND j.booked_at > c.at ORDER BY 1",
            "journal {}: was booked in {} after that day was closed",
        ),
    ),
    Law(
        "allocations-replay",
        3,
        "What receipts paid is what the kernel's replay of the facts says.",
        different_allocations,
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
        _rows(
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
        _rows(
            "SELECT a.id FROM account a JOIN creditor c ON c.id = a.creditor_id JOIN party p ON p.id = a.party_id"
            " WHERE c.organisation_id <> a.organisation_id OR p.organisation_id <> a.organisation_id ORDER BY 1",
            "account {}: crosses organisations",
        ),
    ),
    Law(
        "rows-accounted-for",
        24,
        "Every staged row of a batch is accepted, a duplicate or rejected, and a file is taken whole once.",
        _rows(
            "SELECT b.id::text, 'its rows do not add up' FROM batch b"
            " WHERE b.staged <> b.accepted + b.duplicate + b.rejected"
            " UNION ALL SELECT max(b.id)::text, 'the same file was taken whole twice' FROM batch b"
            " WHERE b.rejected = 0 AND "
            + _LIVE_FACT.format("b")
            + " GROUP BY b.creditor_id, b.purpose, b.file_sha256 HAVING count(*) > 1",
            "batch {}: {}",
        ),
    ),
    Law(
        "points-add-up",
        17,
        "The points of a worklist row are the sum of its reasons, and ranks run 1, 2, 3 for each owner and day.",
        _rows(
            "SELECT r.account_id, r.day, 'its reasons do not add up' FROM worklist_row r WHERE r.points <> coalesce("
            " (SELECT sum((e ->> 'points')::int) FROM jsonb_array_elements(r.reasons) e), 0)"
            " UNION ALL SELECT max(account_id), day, 'ranks have gaps' FROM worklist_row GROUP BY day, owner_id"
            " HAVING max(rank) <> count(*) OR min(rank) <> 1 ORDER BY 2, 1",
            "account {} on {}: {}",
        ),
    ),
    Law("mergers-stated", 23, "Who stands for whom is what the accepted proposals say.", misstated_parties),
)


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
