"""What may be offered on an account, what each offer is worth, and what a figure that somebody names comes to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from ahadi.data import facts
from ahadi.data.mandates import Clause
from ahadi.data.models.negotiation import ChanceLearnt, Offer
from ahadi.domain.accounts import queries as accounts
from ahadi.domain.arrangements import queries as arrangements
from ahadi.domain.audit.ports import Actor
from ahadi.domain.negotiation import mandates, means
from ahadi.domain.negotiation.mandates import Holding
from ahadi.domain.negotiation.means import Payday, Spare
from ahadi.domain.negotiation.steps import frame_of, parts_of
from ahadi.domain.work.queries import UnableToFindAccount, require_seen, seen
from ahadi.kernel import chance, worth
from ahadi.kernel.offer import OFFERS, PAYDAYS, enumerate_offers, judge
from ahadi.kernel.promise import KEPT

_YEAR_DAYS = 365
_CELLS = {column.name: column.dtype for column in chance.CELLS.columns}


class UnableToMakeOffer(Exception):
    """Nothing can be offered on this account: it is closed, or nothing is owed on it."""

    is_refusal = True


@dataclass(frozen=True)
class Part:
    """So much by a day, in minor units."""

    due_on: date
    amount_minor: int


@dataclass(frozen=True)
class Refusal:
    """Why an offer is refused: what was found and which limit it breaks."""

    code: str
    found: int
    limit: int | None


@dataclass(frozen=True)
class OfferSeen:
    """An offer with its parts, how likely it is kept after how many like it, and whose word it needs."""

    kind: str
    total_minor: int
    parts: tuple[Part, ...]
    kept_bps: int
    like_count: int
    expected_minor: int
    level: str | None
    rank: int | None
    is_lawful: bool = True
    is_affordable: bool = True
    refusals: tuple[Refusal, ...] = ()

    @property
    def now_minor(self) -> int:
        """The first part."""
        return self.parts[0].amount_minor

    @property
    def last_on(self) -> date:
        """The day on which it ends."""
        return self.parts[-1].due_on


@dataclass(frozen=True)
class Bounds:
    """What a single promise keeps to as of a day: how many days it may wait, what a month can bear (None: unknown)."""

    as_of: date
    first_days_max: int
    monthly_max_minor: int | None


@dataclass(frozen=True)
class Table:
    """Everything that an account's offers are made of, as of a day."""

    account_id: int
    number: str
    debtor: str
    currency: str
    as_of: date
    owed_minor: int
    late_minor: int
    days_late: int
    holding: Holding
    spare: Spare
    payday: Payday
    terms: pl.DataFrame
    levels: pl.DataFrame
    paydays: pl.DataFrame
    payers: pl.DataFrame
    cells: pl.DataFrame
    learnt_from: int

    @property
    def bounds(self) -> Bounds:
        """What a single promise keeps to."""
        return Bounds(self.as_of, self.holding.mandate.terms["first_days_max"], self.spare.monthly_max_minor)


@dataclass(frozen=True)
class Ladder:
    """The three offers to put before somebody, most money now first, and all that there were to choose from."""

    table: Table
    offers: tuple[OfferSeen, ...]
    valued: pl.DataFrame
    lawful: pl.DataFrame
    parts: pl.DataFrame
    verdicts: pl.DataFrame

    @property
    def count(self) -> int:
        """How many offers there were to choose from."""
        return self.lawful.height


def table(*, by: Actor, account_id: int, as_of: date) -> Table:
    """What the offers of an account are made of. Raises UnableToFindAccount, UnableToMakeOffer."""
    selection = seen(by=by, account_id=account_id)
    book = facts.book(selection)
    if book.accounts.is_empty():
        raise UnableToFindAccount(account_id)
    now = accounts.position(book, as_of=as_of).row(0, named=True)
    owed = now["outstanding_minor"] - now["unapplied_minor"]
    if now["status"] != "open" or owed <= 0:
        raise UnableToMakeOffer("nothing is owed on this account, so there is nothing to offer; look at its receipts")
    account = book.accounts.row(0, named=True)
    held = _held(account, as_of)
    spare, told = _spare(account, held, as_of)
    came = arrangements.money(book.receipts).filter(pl.col("value_date") <= as_of)
    payday = means.payday(told, came, as_of=as_of)
    limits = held.mandate.terms
    until = as_of + timedelta(days=max(limits["days_max"], limits["settle_days_max"], limits["first_days_max"]))
    days = means.paydays(payday.rule, after=as_of, until=until)
    late = min(now["overdue_minor"], owed)
    cells, learnt_from = _learnt(account["organisation_id"])
    return Table(
        account_id=account_id,
        number=account["number"],
        debtor=facts.debtors(selection)["debtor_name"][0] or account["number"],
        currency=account["currency"],
        as_of=as_of,
        owed_minor=owed,
        late_minor=late,
        days_late=now["days_late"],
        holding=held,
        spare=spare,
        payday=payday,
        terms=mandates.terms(
            held.mandate,
            account_id=account_id,
            currency=account["currency"],
            late_minor=late,
            owed_minor=owed,
            days_late=now["days_late"],
            monthly_max_minor=spare.monthly_max_minor,
            as_of=as_of,
        ),
        levels=mandates.levels(held.mandate, account_id=account_id, currency=account["currency"], as_of=as_of),
        paydays=pl.DataFrame(
            {"account_id": [account_id] * len(days), "day": days},
            schema={column.name: column.dtype for column in PAYDAYS.columns},
        ),
        payers=_payers(account_id, came, selection, book, owed, held, as_of),
        cells=cells,
        learnt_from=learnt_from,
    )


def bounds(*, by: Actor, account_id: int, as_of: date) -> Bounds:
    """What a single promise on an account keeps to, without all that offers are made of. Raises UnableToFindAccount."""
    found = facts.accounts(seen(by=by, account_id=account_id))
    if found.is_empty():
        raise UnableToFindAccount(account_id)
    account = found.row(0, named=True)
    held = _held(account, as_of)
    spare, _told = _spare(account, held, as_of)
    return Bounds(as_of, held.mandate.terms["first_days_max"], spare.monthly_max_minor)


def _held(account: Mapping[str, Any], as_of: date) -> Holding:
    return mandates.holding(account["organisation_id"], account["creditor_id"], account["product"], as_of=as_of)


def _spare(account: Mapping[str, Any], held: Holding, as_of: date) -> tuple[Spare, str | None]:
    return means.spare(
        debtor_id=account["debtor_id"],
        account_id=account["account_id"],
        currency=account["currency"],
        country=account["country"],
        mandate=held.mandate,
        as_of=as_of,
    )


def ladder(known: Table) -> Ladder:
    """The three offers to put before somebody: within the mandate and the means, by what they bring."""
    offers, parts, verdicts = enumerate_offers(known.terms, known.levels, known.paydays, as_of=known.as_of)
    valued = _valued(known, offers, parts)
    chosen = worth.ladder(valued)
    return Ladder(known, _offers(chosen, offers, parts, verdicts), valued, offers, parts, verdicts)


def nearest(found: Ladder, *, named_minor: int) -> OfferSeen | None:
    """The lawful offer whose parts are nearest to a figure that the debtor names; None where there is no offer."""
    chosen = worth.nearest(found.valued, named_minor=named_minor)
    near = _offers(chosen, found.lawful, found.parts, found.verdicts)
    return near[0] if near else None


def judged(known: Table, *, kind: str, parts: tuple[Part, ...]) -> OfferSeen:
    """An offer that somebody made up, judged as every other. Raises WrongFrame."""
    total = sum(one.amount_minor for one in parts)
    offers = pl.DataFrame(
        [{"account_id": known.account_id, "offer_id": 1, "kind": kind, "total_minor": total}],
        schema={column.name: column.dtype for column in OFFERS.columns},
    )
    cut = frame_of(known.account_id, [(one.due_on, one.amount_minor) for one in parts])
    verdicts, refusals = judge(offers, cut, known.terms, known.levels, as_of=known.as_of)
    row = verdicts.row(0, named=True)
    value = _valued(known, offers, cut).row(0, named=True) if row["is_lawful"] else {}
    return OfferSeen(
        kind=kind,
        total_minor=total,
        parts=parts,
        kept_bps=value.get("kept_bps", 0),
        like_count=value.get("like_count", 0),
        expected_minor=value.get("expected_minor", 0),
        level=row["level"],
        rank=row["rank"],
        is_lawful=row["is_lawful"],
        is_affordable=row["is_affordable"],
        refusals=tuple(
            Refusal(code, found, limit) for code, found, limit in refusals.select("code", "found", "limit").iter_rows()
        ),
    )


@dataclass(frozen=True)
class Likely:
    """How likely a promise is kept, after how many like it."""

    kept_bps: int
    like_count: int


def likely(known: Table, asked: Sequence[Part]) -> tuple[Likely, ...]:
    """How likely each of these promises would be kept, each thought of by itself. Raises WrongFrame."""
    cut = pl.concat(
        frame_of(known.account_id, [(one.due_on, one.amount_minor)]).with_columns(offer_id=pl.lit(place, pl.Int64))
        for place, one in enumerate(asked, 1)
    )
    told = chance.chances(worth.asked(cut, known.payers, as_of=known.as_of), known.cells)
    return tuple(Likely(bps, count) for bps, count in told.select("chance_bps", "like_count").iter_rows())


def _payers(
    account_id: int,
    came: pl.DataFrame,
    selection: facts.Selection,
    book: facts.Book,
    owed: int,
    held: Holding,
    as_of: date,
) -> pl.DataFrame:
    """How the account pays: PAYERS of one row."""
    promised = arrangements.judged(facts.promises(selection), book.receipts, as_of=as_of)
    ended = promised.filter(pl.col("status").is_in(["KEPT", "PARTIALLY_KEPT", "BROKEN"])).sort("made_on", "promise_id")
    record = "none" if ended.is_empty() else "kept" if ended["status"][-1] == KEPT else "broken"
    year = came.filter(pl.col("value_date") > as_of - timedelta(days=_YEAR_DAYS))["amount_minor"].sort()
    usual = None if year.is_empty() else int(year[(len(year) - 1) // 2])
    return pl.DataFrame(
        [
            {
                "account_id": account_id,
                "record": record,
                "usual_minor": usual,
                "owed_minor": owed,
                "rest_bps": held.mandate.rest_bps,
            }
        ],
        schema={column.name: column.dtype for column in worth.PAYERS.columns},
    )


def _learnt(organisation_id: int) -> tuple[pl.DataFrame, int]:
    """What the newest close learnt of the book's promises, and from how many."""
    newest = ChanceLearnt.objects.filter(organisation_id=organisation_id).order_by("-as_of").first()
    if newest is None:
        return pl.DataFrame(schema=_CELLS), 0
    return pl.DataFrame(newest.cells, schema=_CELLS, orient="row"), newest.matured_count


def _valued(known: Table, offers: pl.DataFrame, parts: pl.DataFrame) -> pl.DataFrame:
    promises = worth.asked(parts, known.payers, as_of=known.as_of)
    chances = chance.chances(promises, known.cells)
    year_bps = known.holding.mandate.year_bps
    return worth.worth(offers, promises, chances, known.payers, as_of=known.as_of, year_bps=year_bps)


def _offers(
    chosen: pl.DataFrame, offers: pl.DataFrame, parts: pl.DataFrame, verdicts: pl.DataFrame
) -> tuple[OfferSeen, ...]:
    keys = ["account_id", "offer_id"]
    told = chosen.join(verdicts, on=keys, how="left", maintain_order="left")
    told = told.join(offers, on=keys, how="left", maintain_order="left")
    cut = parts.join(chosen, on=keys, how="semi").sort("offer_id", "number")
    return tuple(_offer(row, cut) for row in told.iter_rows(named=True))


def _offer(row: dict[str, Any], cut: pl.DataFrame) -> OfferSeen:
    mine = cut.filter(pl.col("offer_id") == row["offer_id"])
    parts = tuple(Part(day, minor) for day, minor in mine.select("due_on", "amount_minor").iter_rows())
    return OfferSeen(
        kind=row["kind"],
        total_minor=sum(one.amount_minor for one in parts),
        parts=parts,
        kept_bps=row["kept_bps"],
        like_count=row["like_count"],
        expected_minor=row["expected_minor"],
        level=row["level"],
        rank=row["rank"],
        is_lawful=row["is_lawful"],
        is_affordable=row["is_affordable"],
    )


@dataclass(frozen=True)
class OfferKept:
    """An offer as it was kept, and the sentences of the mandate that holds for its account."""

    offer_id: int
    kind: str
    parts: tuple[Part, ...]
    kept_bps: int
    like_count: int
    expected_minor: int
    clauses: tuple[Clause, ...]


def kept(*, by: Actor, offer_id: int, as_of: date) -> OfferKept:
    """An offer of an account that `by` may see, as it was kept. Raises UnableToFindAccount."""
    offer = Offer.objects.select_related("account").get(id=offer_id)
    require_seen(by=by, account_id=offer.account_id)
    account = offer.account
    held = mandates.holding(account.organisation_id, account.creditor_id, account.product, as_of=as_of)
    return OfferKept(
        offer_id=offer.id,
        kind=offer.kind,
        parts=tuple(Part(day, minor) for day, minor in parts_of(offer)),
        kept_bps=offer.kept_bps,
        like_count=offer.like_count,
        expected_minor=offer.expected_minor,
        clauses=held.mandate.clauses,
    )
