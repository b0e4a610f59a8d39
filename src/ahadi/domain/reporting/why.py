"""Why an account stands where it does on a day: its place and points, its next action, and the figures behind them."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from ahadi.data import facts, frames
from ahadi.data.facts import Selection
from ahadi.domain.audit.ports import Actor
from ahadi.domain.people import access
from ahadi.domain.strategy import queries as strategies
from ahadi.domain.work import queries as work
from ahadi.domain.work import states
from ahadi.domain.work.queries import Standing

_SOURCES = {"@HOLD": "hold", "@PROMISE": "promise", "@REVIEW": "review"}
_NUMBERED = {
    "account_id": pl.Int64,
    "creditor": pl.String,
    "number": pl.String,
    "currency": pl.String,
    "product": pl.String,
}


class UnableToChooseAccount(Exception):
    """No account that you may see bears this number, or several do: the text lists them, name the one you mean."""

    is_refusal = True


@dataclass(frozen=True)
class NextAction:
    """What is to happen next; `source` is strategy, promise, hold, person or review.

    `step`, `segment` and `version` are those of the strategy where it asked.
    """

    action: str
    channel: str | None
    on: date
    source: str
    step: str | None = None
    segment: str | None = None
    version: str | None = None


@dataclass(frozen=True)
class Why:
    """One account on a day: `account` is its one row as the ranking gives it (who it is, its figures, promise, last
    contact and receipt, and either rank and points or rule and until_date) with debtor_number and debtor_name.

    `points`: [reason, points, amount_minor, days], the heaviest first; they add up to the account's.
    `listed` is how many accounts are on the list of its owner. `next_action` is None where it is closed.
    """

    day: date
    account: dict[str, object]
    is_listed: bool
    listed: int
    points: pl.DataFrame
    points_tomorrow: int | None
    next_action: NextAction | None


def numbered(*, by: Actor, number: str) -> pl.DataFrame:
    """The living accounts of this number that `by` may see: account_id, creditor, number, currency, product."""
    scope = access.accounts(by)
    return frames.read(
        "SELECT a.id, c.name, a.number, a.currency, a.product FROM account a JOIN creditor c ON c.id = a.creditor_id"
        f" WHERE a.number = %(number)s AND {scope.condition} AND EXISTS (SELECT 1 FROM account_state s"
        " WHERE s.account_id = a.id AND s.status <> 'withdrawn') ORDER BY c.name, a.currency, a.product, a.id",
        {"number": number, **scope.parameters},
        _NUMBERED,
    )


def chosen(
    *, by: Actor, number: str, creditor: str | None = None, currency: str | None = None, product: str | None = None
) -> int:
    """The one account of a number, among those of a creditor, currency and product where these are named.

    Raises UnableToChooseAccount.
    """
    found = numbered(by=by, number=number)
    if creditor is not None:
        found = found.filter(pl.col("creditor").str.to_lowercase() == creditor.strip().lower())
    for name, wanted in (("currency", currency), ("product", product)):
        found = found if wanted is None else found.filter(pl.col(name) == wanted)
    if found.height == 1:
        only: int = found["account_id"][0]
        return only
    if found.is_empty():
        raise UnableToChooseAccount(f"no account {number!r} is in the book here; numbers are those of the creditor")
    choices = "; ".join(
        f'--creditor "{row["creditor"]}" --currency {row["currency"]} --product {row["product"]}'
        for row in found.iter_rows(named=True)
    )
    raise UnableToChooseAccount(f"{found.height} accounts bear the number {number!r}; say which: {choices}")


def why(*, by: Actor, as_of: date, account_id: int) -> Why:
    """Why one account stands where it does on a day, past or present. Raises UnableToFindAccount."""
    standing = work.standing(by=by, as_of=as_of, account_id=account_id)
    mine = pl.col("account_id") == account_id
    ranked = standing.ranking.ranked.filter(mine)
    row = (ranked if ranked.height else standing.ranking.absent.filter(mine)).row(0, named=True)
    selection = work.seen(by=by, account_id=account_id)
    debtor = facts.debtors(selection).drop("debtor_id").row(0, named=True)
    return Why(
        day=as_of,
        account=row | debtor,
        is_listed=ranked.height > 0,
        listed=_listed(standing, row["owner_id"]),
        points=standing.ranking.points.filter(mine)
        .select("reason", "points", "amount_minor", "days")
        .sort(pl.col("points").abs(), "reason", descending=[True, False]),
        points_tomorrow=standing.points_tomorrow,
        next_action=_next_action(selection, row, as_of),
    )


def _listed(standing: Standing, owner_id: int | None) -> int:
    return standing.ranking.ranked.filter(pl.col("owner_id") == owner_id).height


def _next_action(selection: Selection, row: dict[str, object], as_of: date) -> NextAction | None:
    """What the facts ask for at the end of the day, and which source asks."""
    now = states.current(selection, as_of=as_of).row(0, named=True)
    if now["next_action"] is None:
        return None
    step = now["step"]
    source = "person" if step is None else _SOURCES.get(step, "strategy")
    asked = NextAction(now["next_action"], now["channel"], now["next_action_on"], source)
    if source != "strategy":
        return asked
    held = strategies.strategies(now["organisation_id"], as_of=as_of)[str(row["product"])]
    return NextAction(asked.action, asked.channel, asked.on, source, step, now["segment"], held.version)
