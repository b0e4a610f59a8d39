"""Who is worked next and why, and who is not and by which rule: for any day, from the facts."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import polars as pl

from ahadi.data import facts, frames, reach, snapshot
from ahadi.data.facts import Book, Selection
from ahadi.data.models.worklist import Close, Snapshot
from ahadi.data.once import asked_once
from ahadi.data.rulebook import parameter
from ahadi.domain.accounts import queries as accounts
from ahadi.domain.audit.ports import Actor
from ahadi.domain.contact import days
from ahadi.domain.people import access
from ahadi.domain.work import lists, states
from ahadi.domain.work.ports import STATES, Night
from ahadi.kernel import priority, worklist
from ahadi.kernel.money import exponent
from ahadi.kernel.promise import BROKEN

# What is done at the desk reaches nobody.
AT_THE_DESK = ["review_hold", "check_promise"]
AT_THE_COUNTER = "in_person"


class UnableToFindAccount(Exception):
    """There is no such account among those that you may see. Go back to a list and open it from there."""

    is_refusal = True

    def __init__(self, account_id: int) -> None:
        super().__init__("there is no such account among those that you may see; open it from a list")
        self.account_id = account_id


@dataclass(frozen=True)
class Ranking:
    """A day's worklist: `ranked` with the account's facts, its `points` by reason, `absent` with rule and end."""

    day: date
    ranked: pl.DataFrame
    points: pl.DataFrame
    absent: pl.DataFrame


def ranking(*, by: Actor, as_of: date, known_at: datetime | None = None, owner_id: int | None = None) -> Ranking:
    """The worklist of a day for everything that `by` may see, or for one owner."""
    scope = access.accounts(by)
    if owner_id is not None:
        scope = scope.narrowed(
            "a.id IN (SELECT account_id FROM account_state WHERE owner_id = %(owner)s)", owner=owner_id
        )
    selection = Selection(scope.condition, scope.parameters, known_at)
    return rank(facts.book(selection), selection, as_of=as_of)


@dataclass(frozen=True)
class Listing:
    """The lists of a day as people work from them: `ranked` by owner and rank with who each account is, `points` by
    reason, and how many accounts are on none.
    """

    day: date
    ranked: pl.DataFrame
    points: pl.DataFrame
    absent: int


def listing(*, by: Actor, as_of: date, owner_id: int | None = None) -> Listing:
    """The lists of a day for what `by` may see, or for one owner: those that the close wrote, where it did.

    On the newest lists the accounts that changed since are ranked anew and take their place among the others; a
    list of an earlier day stays as it was. Where none was written the facts are asked.
    """
    written = lists.written(by.organisation_id, day=as_of) if by.organisation_id is not None else None
    if written is None or not written.owner_ids:
        return _asked(ranking(by=by, as_of=as_of, owner_id=owner_id))
    scope = access.accounts(by)
    mine = scope if owner_id is None else scope.narrowed("t.owner_id = %(owner)s", owner=owner_id)
    about = lists.about(Selection(mine.condition, mine.parameters))
    owners = set(written.owner_ids) & set(about["owner_id"].unique())
    ranked, by_reason = lists.stored(sorted(owners), day=as_of)
    changed = about.filter(_is_newer(as_of)) if written.is_newest else about.clear()
    kept = ranked.join(changed, on="account_id", how="anti").join(about, on="account_id", how="semi")
    parts, told = [kept], [by_reason.join(kept, on="account_id", how="semi")]
    if changed.height:
        fresh = rank_of(changed["account_id"], as_of=as_of)
        parts.append(fresh.ranked.select(kept.columns))
        told.append(fresh.points.select("account_id", "reason", "points"))
    both = _placed(pl.concat(parts), about)
    return Listing(day=as_of, ranked=both, points=pl.concat(told), absent=about.height - both.height)


def _is_newer(day: date) -> pl.Expr:
    """Accounts that changed since the lists of a day were written, or about whose debtor something was learnt."""
    since = datetime.combine(day - timedelta(days=1), datetime.min.time(), UTC)
    return (pl.col("as_of") >= day) | pl.col("debtor_id").is_in(reach.learnt_about(since=since).implode())


def _placed(ranked: pl.DataFrame, about: pl.DataFrame) -> pl.DataFrame:
    """Rows of several sources in one order per owner, with who each account is."""
    return (
        ranked.drop("rank")
        .sort("owner_id", "points", "days_late", "account_id", descending=[False, True, True, False])
        .with_columns(
            rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("owner_id"),
            bucket=accounts.STANDARD.code(pl.col("days_late")),
        )
        .join(about.drop("owner_id", "as_of"), on="account_id", how="left", maintain_order="left")
    )


def _asked(found: Ranking) -> Listing:
    return Listing(found.day, found.ranked, found.points.select("account_id", "reason", "points"), found.absent.height)


def rank_of(account_ids: pl.Series, *, as_of: date) -> Ranking:
    """The ranking of these accounts among themselves, from the facts."""
    selection = facts.of_accounts(account_ids)
    return rank(facts.book(selection), selection, as_of=as_of)


@dataclass(frozen=True)
class Standing:
    """Where one account stands on the list of its owner, and its points if nobody touches it until tomorrow.

    `points_tomorrow` is None where the account is on no list tomorrow.
    """

    account_id: int
    ranking: Ranking
    points_tomorrow: int | None


def standing(*, by: Actor, as_of: date, account_id: int) -> Standing:
    """The place of one account among those of its owner. Raises UnableToFindAccount."""
    selection = seen(by=by, account_id=account_id)
    alone = facts.book(selection)
    if alone.accounts.is_empty():
        raise UnableToFindAccount(account_id)
    owner_id = alone.accounts["owner_id"].item()
    today = rank(alone, selection, as_of=as_of) if owner_id is None else ranking(by=by, as_of=as_of, owner_id=owner_id)
    if account_id not in {*today.ranked["account_id"], *today.absent["account_id"]}:
        raise UnableToFindAccount(account_id)
    tomorrow = rank(alone, selection, as_of=as_of + timedelta(days=1)).ranked
    points = tomorrow["points"].item() if tomorrow.height else None
    return Standing(account_id=account_id, ranking=today, points_tomorrow=points)


def seen(*, by: Actor, account_id: int) -> Selection:
    """One account, as far as `by` may see it."""
    scope = access.accounts(by).narrowed("a.id = %(only_account)s", only_account=account_id)
    return Selection(scope.condition, scope.parameters)


_OF_DEBTOR = """
    a.party_id IN (SELECT s.party_id FROM party_state s WHERE s.stands_for_id =
      (SELECT t.stands_for_id FROM account x JOIN party_state t ON t.party_id = x.party_id WHERE x.id = %(opened)s))
"""


def of_debtor(*, by: Actor, account_id: int) -> tuple[int, ...]:
    """The accounts of an account's debtor, itself among them, as far as `by` may see them."""
    scope = access.accounts(by).narrowed(_OF_DEBTOR, opened=account_id)
    found = frames.told(f"SELECT a.id FROM account a WHERE {scope.condition} ORDER BY a.id", scope.parameters, ("id",))
    return tuple(row["id"] for row in found)


@asked_once
def require_seen(*, by: Actor, account_id: int) -> int:
    """The creditor of a living account that `by` may see. Raises UnableToFindAccount."""
    selection = seen(by=by, account_id=account_id)
    creditor_id: int | None = frames.scalar(
        "SELECT a.creditor_id FROM account a JOIN account_state s ON s.account_id = a.id"
        f" WHERE s.status <> 'withdrawn' AND {selection.condition}",
        selection.parameters,
    )
    if creditor_id is None:
        raise UnableToFindAccount(account_id)
    return creditor_id


def debtors(*, by: Actor, account_ids: pl.Series) -> pl.DataFrame:
    """[debtor_id, debtor_number, debtor_name] of these accounts, as far as `by` may see them."""
    scope = access.accounts(by).narrowed("a.id = ANY(%(named)s)", named=account_ids.to_list())
    return facts.debtors(Selection(scope.condition, scope.parameters))


def rank(book: Book, selection: Selection, *, as_of: date) -> Ranking:
    """The worklist of a day for a book that was read from a selection."""
    now = accounts.position(book, as_of=as_of)
    now = now.join(states.told(book, selection, as_of=as_of), on="account_id", how="left")
    now = now.join(_actions(now["account_id"], as_of), on="account_id", how="left")
    owned = now.filter(pl.col("owner_id").is_not_null())
    by_reason = points(owned, day=as_of)
    listed = built(owned, by_reason, day=as_of, known_at=selection.known_at)
    about = now.drop("owner_id")
    return Ranking(
        day=as_of,
        ranked=listed.ranked.join(about, on="account_id", how="left", maintain_order="left"),
        points=by_reason.join(listed.ranked, on="account_id", how="semi"),
        absent=listed.absent.join(about, on="account_id", how="left", maintain_order="left"),
    )


def points(now: pl.DataFrame, *, day: date) -> pl.DataFrame:
    """The points by reason of the accounts of which something is late on a day: what `priority.score` gives.

    `now` bears figures of the day, owner, status, last contact and receipt, promise, hold and next action.
    """
    return priority.score(_scored(now.filter(pl.col("overdue_minor") > 0), day), as_of=day)


def built(
    now: pl.DataFrame, points_: pl.DataFrame, *, day: date, known_at: datetime | None = None
) -> worklist.Worklist:
    """The lists of a day for accounts with their points, by reason or in sum.

    The gate is asked about those who would rank: nobody does who cannot be reached that day.
    """
    accounts_ = states.restrained(now).select(
        "account_id",
        "owner_id",
        "overdue_minor",
        "days_late",
        "next_action_on",
        "hold_kind",
        "hold_review_on",
        is_open=pl.col("status") == "open",
    )
    is_at_the_desk = pl.col("next_action").is_in(AT_THE_DESK) | (pl.col("channel") == AT_THE_COUNTER)
    asked = now.filter(~is_at_the_desk.fill_null(value=False)).select("account_id", "organisation_id", "channel")
    planned = asked.join(worklist.candidates(accounts_, day=day).to_frame(), on="account_id", maintain_order="left")
    stopped = days.reachable(planned, day=day, known_at=known_at or facts.FOREVER).filter(~pl.col("is_reachable"))
    told = stopped.select("account_id", stopped_by="rule_id", stopped_until=pl.col("until_at").dt.date())
    return worklist.build(accounts_.join(told, on="account_id", how="left", maintain_order="left"), points_, day=day)


def _scored(now: pl.DataFrame, as_of: date) -> pl.DataFrame:
    return now.select(
        "account_id",
        "overdue_minor",
        "days_late",
        "days_to_next_bucket",
        disputed_minor="disputed_overdue_minor",
        step_minor=_steps(now["currency"], as_of),
        days_since_contact=(pl.lit(as_of) - pl.col("last_contact_on")).dt.total_days(),
        days_since_receipt=(pl.lit(as_of) - pl.col("last_receipt_on")).dt.total_days(),
        days_since_placed=(pl.lit(as_of) - pl.col("placed_on")).dt.total_days(),
        has_broken_promise=pl.col("promise_status") == BROKEN,
    )


def arrears_step_minor(currency: str, *, as_of: date) -> int:
    """The amount that makes one block of arrears points, in minor units. Source: rulebook/priority.yaml."""
    units: int = parameter("priority", by="currency").at(currency, as_of)
    minor_per_unit: int = 10 ** exponent(currency)
    return units * minor_per_unit


def _steps(currencies: pl.Series, as_of: date) -> pl.Series:
    steps = {code: arrears_step_minor(code, as_of=as_of) for code in currencies.unique()}
    return currencies.replace_strict(steps, default=None, return_dtype=pl.Int64).cast(pl.Int64)


def _actions(account_ids: pl.Series, as_of: date) -> pl.DataFrame:
    """Next actions as they stood at the end of the day; a day before the first one has none."""
    end = datetime.combine(as_of + timedelta(days=1), datetime.min.time()).astimezone()
    known = facts.next_actions(facts.of_accounts(account_ids, known_at=end))
    return known.select("account_id", "channel", next_action="action", next_action_on="due_on")


def begun(organisation_id: int) -> Snapshot | None:
    """The snapshot by whose parts a day is half closed, if one is."""
    last = Close.objects.filter(organisation_id=organisation_id).select_related("snapshot").order_by("-id").first()
    return last.snapshot if last is not None and last.stage == STATES else None


def wants_snapshot(organisation_id: int) -> bool:
    """Whether to copy the schedules before a close: there is no copy, or a tenth of the book is not in it.

    A day that is half closed goes on with the parts that it began with.
    """
    held = snapshot.newest(organisation_id)
    if held is None:
        return True
    half_done = begun(organisation_id)
    if half_done is not None:
        return held.bounds != half_done.bounds
    known: int = frames.scalar(
        "SELECT count(*) FROM account_state WHERE organisation_id = %(organisation)s AND status <> 'withdrawn'",
        {"organisation": organisation_id},
    )
    return abs(known - held.accounts) * 10 > held.accounts


def begin_night(organisation_id: int, day: date, *, is_dry_run: bool = False) -> Night:
    """The close of a day, to be worked through. Raises UnableToReadSnapshot where there is no snapshot."""
    held = snapshot.newest(organisation_id)
    if held is None:
        raise snapshot.UnableToReadSnapshot("there is no snapshot of the schedules here; write one first")
    return Night(organisation_id, day, held, is_dry_run=is_dry_run)


def currency_of(*, by: Actor, account_id: int) -> str:
    """The currency of an account that `by` may see. Raises UnableToFindAccount."""
    require_seen(by=by, account_id=account_id)
    found: str = frames.scalar("SELECT currency FROM account WHERE id = %(account)s", {"account": account_id})
    return found
