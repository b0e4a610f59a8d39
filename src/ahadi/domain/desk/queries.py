"""What is on a desk: where its officer is, who waits, and everything about the account that is open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from ahadi.data import desks, facts, frames
from ahadi.data.models.desk import DeskKeys, DraftState
from ahadi.data.models.organisation import Organisation
from ahadi.data.once import asked_once
from ahadi.domain.audit.ports import Actor
from ahadi.domain.desk.ports import READY, At, Draft, Following, Proof
from ahadi.domain.parties.believing import Believed
from ahadi.domain.people.queries import now, time_zone
from ahadi.domain.reporting import contacts
from ahadi.domain.reporting import queries as reporting
from ahadi.domain.reporting.contacts import Point, Reach
from ahadi.domain.reporting.queries import Statement
from ahadi.domain.work.queries import require_seen

_HOLDER = """
    SELECT p.name FROM claim_state k JOIN person p ON p.id = k.holder_id
    WHERE k.party_id = (SELECT s.stands_for_id FROM account a JOIN party_state s ON s.party_id = a.party_id
                        WHERE a.id = %(account)s)
      AND k.expires_at > clock_timestamp() AND k.holder_id IS DISTINCT FROM %(but)s
"""


def holder(account_id: int, *, but_for: int | None = None) -> str | None:
    """The name of who has the debtor of an account before them, unless it is `but_for`."""
    found: str | None = frames.scalar(_HOLDER, {"account": account_id, "but": but_for})
    return found


_AT = (
    "state",
    "code",
    "since",
    "account_id",
    "contact_id",
    "opened_at",
    "extensions",
    "has_outcome",
    "proofs",
    "next_account_id",
)
# Who was kept as the next one in the moment in which they were taken is not the next one after themselves.
_WHERE = """
    SELECT d.state, d.code, d.since, d.account_id, d.contact_id, d.opened_at, d.extensions,
           EXISTS (SELECT 1 FROM contact_outcome o WHERE o.contact_id = d.contact_id AND NOT EXISTS
                   (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = o.act_id)),
           (SELECT array_to_string(v.proofs, ',') FROM verification v WHERE v.contact_id = d.contact_id
            ORDER BY v.id DESC LIMIT 1),
           (SELECT k.account_id FROM claim_state k WHERE k.holder_id = d.person_id AND k.is_next
              AND k.account_id IS DISTINCT FROM d.account_id
              AND k.expires_at > clock_timestamp() ORDER BY k.taken_at DESC LIMIT 1)
    FROM desk_state d WHERE d.person_id = %(person)s
"""
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def at(*, by: Actor) -> At:
    """Where somebody is at the desk; ready, and with nobody before them, where they never were there."""
    rows = frames.told(_WHERE, {"person": by.person_id}, _AT)
    if not rows:
        return At(READY, None, _EPOCH)
    row = rows[0]
    return At(**{**row, "proofs": tuple((row["proofs"] or "").split(",")) if row["proofs"] else ()})


def is_held(*, by: Actor, account_id: int) -> bool:
    """Whether the debtor of an account is this person's at the moment."""
    found: bool = frames.scalar(
        "SELECT EXISTS (SELECT 1 FROM claim_state k WHERE k.holder_id = %(person)s AND k.account_id = %(account)s"
        " AND k.expires_at > clock_timestamp())",
        {"person": by.person_id, "account": account_id},
    )
    return found


def moment() -> datetime:
    """This moment, by the database's clock."""
    return now()


def begin_of(day: date, organisation_id: int) -> datetime:
    """The instant at which a day begins for an organisation."""
    return datetime.combine(day, time.min, ZoneInfo(time_zone(organisation_id)))


@dataclass(frozen=True)
class Opened:
    """An account opened for a call: what made its balance, who may be reached, and what is known of the debtor.

    `debtor_id` is the party that stands for the debtor, `account_ids` all of theirs that may be seen;
    `last_talk_on`, `kept` of `judged` promises and `best_hour` (of our clock, None where too little is known) are of
    all their accounts; `reason` is why they say that they are behind; `creditor_id` is of this account. `beliefs` are
    the numbers and addresses of everybody of it, by person.
    """

    account_id: int
    debtor_id: int
    creditor_id: int
    account_ids: tuple[int, ...]
    statement: Statement
    reach: Reach
    beliefs: Mapping[int, tuple[Believed, ...]]
    last_talk_on: date | None
    kept: int
    judged: int
    best_hour: int | None
    reason: str | None
    promise: tuple[int, date, int] | None


_KNOWN = """
    SELECT (SELECT max(t.last_contact_on) FROM account_state t WHERE t.account_id = ANY(%(ids)s)),
           (SELECT count(*) FROM promise_state s WHERE s.account_id = ANY(%(ids)s) AND s.status = 'KEPT'),
           (SELECT count(*) FROM promise_state s WHERE s.account_id = ANY(%(ids)s)
              AND s.status IN ('KEPT', 'PARTIALLY_KEPT', 'BROKEN')),
           (SELECT h.hour FROM (
              SELECT extract(hour FROM c.began_at AT TIME ZONE %(zone)s)::int AS hour, count(*) AS talks FROM contact c
              JOIN contact_outcome o ON o.contact_id = c.id AND o.is_right_party
              WHERE c.account_id = ANY(%(ids)s) AND c.channel = 'call' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1) h
            WHERE h.talks >= 2),
           (SELECT r.reason FROM delay_reason r WHERE r.account_id = ANY(%(ids)s) AND NOT EXISTS
              (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = r.act_id) ORDER BY r.id DESC LIMIT 1),
           (SELECT p.id FROM promise_state s JOIN promise p ON p.id = s.promise_id
            WHERE s.account_id = %(account)s AND s.status = 'PENDING' ORDER BY p.due_on LIMIT 1),
           (SELECT p.due_on FROM promise_state s JOIN promise p ON p.id = s.promise_id
            WHERE s.account_id = %(account)s AND s.status = 'PENDING' ORDER BY p.due_on LIMIT 1),
           (SELECT p.amount_minor FROM promise_state s JOIN promise p ON p.id = s.promise_id
            WHERE s.account_id = %(account)s AND s.status = 'PENDING' ORDER BY p.due_on LIMIT 1)
"""
_KNOWN_COLUMNS = (
    "last_talk_on",
    "kept",
    "judged",
    "best_hour",
    "reason",
    "promise_id",
    "promise_due_on",
    "promise_minor",
)


def opened(*, by: Actor, account_id: int, as_of: date) -> Opened:
    """An account as the desk shows it. Raises UnableToFindAccount."""
    statement = reporting.statement(by=by, account_id=account_id, as_of=as_of)
    reach = contacts.reached(by=by, account_id=account_id, channels=("call", "sms"))
    ids = statement.accounts["account_id"].to_list()
    mine = statement.accounts.row(ids.index(account_id), named=True)
    bound = {"ids": ids, "account": account_id, "zone": reach.zone}
    known = frames.told(_KNOWN, bound, _KNOWN_COLUMNS)[0]
    promise_id = known.pop("promise_id")
    promise = (promise_id, known.pop("promise_due_on"), known.pop("promise_minor"))
    return Opened(
        account_id=account_id,
        debtor_id=mine["debtor_id"],
        creditor_id=mine["creditor_id"],
        account_ids=tuple(ids),
        statement=statement,
        reach=reach,
        beliefs=contacts.beliefs(reach, as_of=as_of),
        promise=promise if promise_id is not None else None,
        **known,
    )


_FOLLOWING = f"""
    SELECT (SELECT min(p.due_on) FROM promise_state s JOIN promise p ON p.id = s.promise_id
            WHERE s.account_id = t.account_id AND s.status = 'PENDING'),
           t.next_action, t.next_action_on,
           (SELECT count(*) FROM contact c WHERE c.channel = 'call' AND c.direction = 'outbound'
              AND c.began_at >= %(since)s AND {facts.counts("c")}
              AND c.id IN (SELECT k.id FROM contact k WHERE k.account_id = t.account_id
                           UNION ALL SELECT m.contact_id FROM contact_account m WHERE m.account_id = t.account_id))
    FROM account_state t WHERE t.account_id = %(account)s
"""


def following(*, by: Actor, account_id: int, as_of: date) -> Following:
    """What follows on an account by what is stored of it, as an opened one says it too. Raises UnableToFindAccount."""
    require_seen(by=by, account_id=account_id)
    since = begin_of(as_of - timedelta(days=as_of.weekday()), by.organisation_id or 0)
    return frames.made(Following, _FOLLOWING, {"account": account_id, "since": since})[0]


def proofs(opened: Opened) -> tuple[Proof, ...]:
    """The facts by which a debtor is recognised, as far as they are known: two of them are enough."""
    accounts = opened.statement.accounts
    number = accounts["number"][accounts["account_id"].to_list().index(opened.account_id)]
    debtor = next((one for one in opened.reach.people if one.role == "debtor"), None)
    return _proofs(opened.statement.receipts, debtor.points if debtor else (), number)


_OF_WHOM = """
    SELECT s.stands_for_id, a.number FROM account a JOIN party_state s ON s.party_id = a.party_id
    WHERE a.id = %(account)s
"""


def proofs_of(*, by: Actor, account_id: int, as_of: date) -> tuple[Proof, ...]:
    """What `proofs` says of an account that is not opened for it. Raises UnableToFindAccount."""
    require_seen(by=by, account_id=account_id)
    (row,) = frames.told(_OF_WHOM, {"account": account_id}, ("debtor_id", "number"))
    came = facts.receipts(facts.of_accounts([account_id]))
    return _proofs(came.filter(pl.col("value_date") <= as_of), contacts.points(row["debtor_id"]), row["number"])


def _proofs(receipts: pl.DataFrame, points: Sequence[Point], number: str) -> tuple[Proof, ...]:
    found = []
    last = max(receipts[["value_date", "receipt_id", "amount_minor"]].iter_rows(), default=None)
    if last is not None:
        found.append(Proof("last_receipt", str(last[2])))
    address = next((one.text for one in points if one.kind == "address"), None)
    if address:
        found.append(Proof("address", address))
    found.append(Proof("account_end", number[-4:]))
    return tuple(found)


def proofs_needed(known: Sequence[Proof]) -> int:
    """How many facts must be named: two, or all where fewer are known."""
    return min(2, len(known))


def number_of(*, account_id: int, contact_point_id: int) -> str | None:
    """A number or address in full, where it belongs to somebody who has to do with the account."""
    found: str | None = frames.scalar(
        "SELECT coalesce(p.normal, p.raw) FROM contact_point p JOIN party_state s ON s.party_id = p.party_id"
        " WHERE p.id = %(point)s AND (s.stands_for_id = (SELECT t.stands_for_id FROM account a"
        " JOIN party_state t ON t.party_id = a.party_id WHERE a.id = %(account)s) OR p.party_id IN"
        " (SELECT r.other_id FROM related_party r JOIN party_state o ON o.party_id = r.party_id"
        "  JOIN party_state d ON d.stands_for_id = o.stands_for_id JOIN account a ON a.party_id = d.party_id"
        "  WHERE a.id = %(account)s))",
        {"point": contact_point_id, "account": account_id},
    )
    return found


def uncovered(*, by: Actor, account_id: int, since: datetime) -> frozenset[int]:
    """The numbers and addresses of an account that this person has uncovered since a moment."""
    rows = frames.told(
        "SELECT DISTINCT contact_point_id FROM unmasking WHERE person_id = %(person)s AND account_id = %(account)s"
        " AND at >= %(since)s AND contact_point_id IS NOT NULL ORDER BY 1",
        {"person": by.person_id, "account": account_id, "since": since},
        ("point_id",),
    )
    return frozenset(row["point_id"] for row in rows)


def draft(*, by: Actor, account_id: int) -> Draft:
    """What this person typed about an account and did not save yet."""
    row = DraftState.objects.filter(person_id=by.person_id or 0, account_id=account_id).first()
    return Draft(dict(row.content), row.saved_at) if row is not None and row.content else Draft()


@asked_once
def keys(*, by: Actor) -> dict[str, str]:
    """The keys that somebody chose: command to key."""
    chosen = DeskKeys.objects.filter(person_id=by.person_id or 0).values_list("keys", flat=True).first()
    return dict(chosen or {})


_LAST_ACT = """
    SELECT o.act_id, o.contact_id, c.account_id, o.result,
           ceil(%(seconds)s - extract(epoch FROM clock_timestamp() - t.at))::bigint
    FROM contact_outcome o JOIN act t ON t.id = o.act_id
    JOIN contact c ON c.id = o.contact_id
    WHERE t.by_id = %(person)s AND t.at > clock_timestamp() - %(seconds)s * interval '1 second'
      AND c.began_at > clock_timestamp() - interval '1 day' AND c.by_id = %(owner)s
      AND NOT EXISTS (SELECT 1 FROM act_withdrawal w WHERE w.withdrawn_act_id = o.act_id)
    ORDER BY o.id DESC LIMIT 1
"""
_UNDONE = ("act_id", "contact_id", "account_id", "result", "seconds_left")


def last_outcome(*, by: Actor, owner_id: int | None, seconds: int) -> dict[str, Any] | None:
    """The newest outcome that somebody wrote down within so many seconds and did not take back, and how many of them
    are left.
    """
    rows = frames.told(_LAST_ACT, {"person": by.person_id, "owner": owner_id, "seconds": seconds}, _UNDONE)
    return rows[0] if rows else None


GUIDELINES = {"section": pl.String, "text": pl.String, "from_date": pl.Date}


def guidelines(creditor_id: int, *, as_of: date) -> pl.DataFrame:
    """What a creditor wants of those who speak for it: [section, text, from_date], the newest of each in force."""
    return frames.few(
        "SELECT DISTINCT ON (g.section) g.section, g.text, g.from_date FROM guideline g"
        " WHERE g.creditor_id = %(creditor)s AND g.from_date <= %(day)s"
        " ORDER BY g.section, g.from_date DESC, g.id DESC",
        {"creditor": creditor_id, "day": as_of},
        GUIDELINES,
    )


def figure(name: str, *, as_of: date) -> int:
    """A figure of the desk in force on a day."""
    return desks.figure(name, as_of=as_of)


def said(situation: str, language: str, *, house: str, as_of: date) -> str | None:
    """What to say in a situation, in a language."""
    return desks.line(situation, language, house=house, as_of=as_of)


@dataclass(frozen=True)
class House:
    """Whom an officer speaks for: the organisation's code and name, its language and time zone."""

    code: str
    name: str
    language: str
    zone: str


@asked_once
def house(*, by: Actor) -> House:
    """The organisation of an officer."""
    row = Organisation.objects.get(id=by.organisation_id or 0)
    return House(row.code, row.name, row.language, row.time_zone)


_POINTS = """
    SELECT e.reason, e.points FROM worklist w
    CROSS JOIN LATERAL (SELECT array_position(w.account_ids, %(account)s::bigint) AS place) x
    CROSS JOIN LATERAL unnest(w.reasons, w.reason_points[(x.place - 1) * cardinality(w.reasons) + 1 :
                                                         x.place * cardinality(w.reasons)]) AS e (reason, points)
    WHERE w.owner_id = (SELECT t.owner_id FROM account_state t WHERE t.account_id = %(account)s)
      AND w.day = (SELECT max(n.day) FROM worklist n WHERE n.owner_id = w.owner_id AND n.day <= %(day)s)
      AND x.place IS NOT NULL AND e.points <> 0 ORDER BY e.points DESC, e.reason
"""


def points(account_id: int, *, as_of: date) -> pl.DataFrame:
    """What put an account on the newest list of its owner: [reason, points]; nothing where it is not on it."""
    bound = {"account": account_id, "day": as_of}
    return frames.few(_POINTS, bound, {"reason": pl.String, "points": pl.Int64})


def creditors(*, by: Actor) -> pl.DataFrame:
    """The creditors of an organisation: [code, name]."""
    return frames.few(
        "SELECT code, name FROM creditor WHERE organisation_id = %(organisation)s ORDER BY name, id",
        {"organisation": by.organisation_id},
        {"code": pl.String, "name": pl.String},
    )


def creditor_id(code: str, *, by: Actor) -> int | None:
    """The creditor of a code."""
    found: int | None = frames.scalar(
        "SELECT id FROM creditor WHERE organisation_id = %(organisation)s AND code = %(code)s",
        {"organisation": by.organisation_id, "code": code},
    )
    return found


def terms() -> desks.Terms:
    """How a desk works: number keys, reasons, pauses."""
    return desks.terms()


def name_of(account_id: int) -> str | None:
    """The name of the debtor of an account."""
    found = facts.debtors(facts.of_accounts([account_id]))
    return found.row(0)[2] or found.row(0)[1] if found.height else None


def arrears(account_id: int) -> tuple[str, int]:
    """The currency of an account and what is late on it by its stored state."""
    rows = frames.told(
        "SELECT a.currency, t.overdue_minor FROM account a JOIN account_state t ON t.account_id = a.id"
        " WHERE a.id = %(account)s",
        {"account": account_id},
        ("currency", "overdue_minor"),
    )
    return rows[0]["currency"], rows[0]["overdue_minor"]
