"""The facts about lateness: days past due, delinquency, buckets, cycles, classification."""

from datetime import date
from typing import Any

import polars as pl

from ahadi.jobs.scenario import document as doc
from ahadi.jobs.scenario.book import KnownEvent, frame
from ahadi.jobs.scenario.credit import position
from ahadi.jobs.scenario.document import Event
from ahadi.jobs.scenario.view import DISPUTE, Facts, View
from ahadi.kernel.classification import DAY_ROWS, STAGED, npa, stage
from ahadi.kernel.delinquency import OPEN_INSTALMENTS, SETTLEMENTS, past_due_history
from ahadi.kernel.money import plain_text, ratio_text
from ahadi.kernel.schema import COMPONENT_COLUMNS


def past_due_days(view: View, account: str) -> int | None:
    """Days of the oldest instalment past due; by the day where that is how the account is paid."""
    if view.is_written_off(account):
        return None
    paid_by_day = position(view, account)
    if paid_by_day is not None and view.is_by_day(account):
        return int(paid_by_day["past_due_days"])
    return int(view.delinquency_of(account)["past_due_days"])


def past_due_days_undisputed(view: View, account: str) -> int | None:
    """The same without what is disputed."""
    if view.is_written_off(account):
        return None
    disputed = view.held(account, kind=DISPUTE)
    if not disputed:
        return past_due_days(view, account)
    rows = view.late_rows.get(view.number(account), [])
    return max((row["past_due_days"] for row in rows if row["instalment_id"] not in disputed), default=0)


def cycles_past_due(view: View, account: str) -> int | None:
    """How many instalments are past due."""
    return None if view.is_written_off(account) else int(view.delinquency_of(account)["cycles_past_due"])


def delinquent_days(view: View, account: str) -> int | None:
    """Past due days less grace and paused days."""
    late, found = past_due_days(view, account), view.delinquency_of(account)
    if late is None:
        return None
    if view.is_by_day(account):
        return max(0, late - view.rule.grace_days - int(found["paused_days"]))
    return int(found["delinquent_days"])


def delinquent_since(view: View, account: str) -> date | None:
    """The oldest basis date past due and the grace."""
    since: date | None = view.delinquency_of(account)["delinquent_since"]
    return None if view.is_written_off(account) else since


def overdue_minor(view: View, account: str) -> int:
    """What is open of the instalments past due; by the day: scheduled less received."""
    paid_by_day = position(view, account)
    if paid_by_day is not None and view.is_by_day(account):
        return int(paid_by_day["overdue_minor"])
    return int(view.delinquency_of(account)["overdue_minor"])


def bucket(view: View, account: str) -> str | None:
    """The range that holds the delinquent days, as asked or as last restated."""
    ranges = view.document.conventions.buckets
    if view.is_written_off(account):
        return None
    if view.document.conventions.bucket_when == "asked":
        days = delinquent_days(view, account)
        return None if days is None else ranges.code_of(days)
    restated = _restated(view, account)
    if restated is None:
        return ranges.code_of(0)
    days = delinquent_days(restated, account)
    return None if days is None else ranges.code_of(days)


def instalment_bucket_minor(view: View, account: str) -> dict[str, int]:
    """Open amounts by each instalment's own days, credit as a negative UNAPPLIED; what is 0 is left out."""
    conventions = view.document.conventions
    if conventions.instalment_buckets == "with_account" and bucket(view, account) is None:
        return {}
    seen = view if conventions.bucket_when == "asked" else _restated(view, account)
    sums: dict[str, int] = {}
    source = view if seen is None else seen
    for row in source.late_rows.get(source.number(account), []):
        code = conventions.buckets.code_of(0 if seen is None else row["effective_days"])
        if code is not None:
            sums[code] = sums.get(code, 0) + row["open_minor"]
    sums["UNAPPLIED"] = -source.credit(account)
    return {code: amount for code, amount in sums.items() if amount}


def instalment_buckets(view: View, account: str) -> dict[str, str]:
    """The same as texts, in the order of the ranges."""
    sums = instalment_bucket_minor(view, account)
    order = [*(one.code for one in view.document.conventions.buckets.ranges), "UNAPPLIED"]
    return {code: plain_text(sums[code], view.document.currency) for code in order if code in sums}


def weighted_days_overdue(view: View, account: str) -> str | None:
    """The mean of the days past due, weighted by what is open."""
    rows = view.late_rows.get(view.number(account), [])
    weighed: int = sum(row["open_minor"] * row["past_due_days"] for row in rows)
    return ratio_text(weighed, view.outstanding(account))


def pauses(view: View, account: str) -> list[Facts]:
    """Every pause that is known, as it stands."""
    return [
        {
            "id": known.pause.id,
            "from": known.pause.start,
            "until": known.until,
            "active": known.pause.start <= view.as_of and (known.until is None or view.as_of <= known.until),
        }
        for known in view.book.pauses.values()
        if known.account == account
    ]


def is_npa(view: View, account: str) -> bool:
    """Whether the account is non-performing."""
    return view.number(account) in _npa_since(view)


def npa_since(view: View, account: str) -> date | None:
    """Since when, None where it is not."""
    return _npa_since(view).get(view.number(account))


def stage_of(view: View, account: str) -> int | None:
    """The IFRS 9 stage."""
    conventions = view.document.conventions
    given = frame(STAGED, [(view.number(account), past_due_days(view, account))])
    staged = stage(given, two_after=conventions.stage_two_after, three_from=conventions.stage_three_from)
    found: int | None = staged["stage"].item()
    return found


def _npa_since(view: View) -> dict[int, date]:
    if view.npa is None:
        conventions = view.document.conventions
        days = _day_rows(view)
        found = npa(
            days,
            npa_after_days=conventions.npa_after_days,
            contagion=conventions.contagion,
            exit=conventions.exit,
        )
        rows = found.filter(pl.col("is_npa")).select("account_id", "npa_since").iter_rows()
        view.npa = dict(rows)
    return view.npa


def _day_rows(view: View) -> pl.DataFrame:
    """DAY_ROWS of all accounts from their first basis date to `as_of`, those written off without days."""
    history = past_due_history(_originals(view), _settlements(view), as_of=view.as_of, rule=view.rule)
    debtors = {name: place for place, name in enumerate(dict.fromkeys(one.debtor for one in view.document.accounts))}
    rows = [
        (ledger.number, debtors[ledger.account.debtor], _written_off_on(view, ledger.account.id))
        for ledger in view.book.ledgers.values()
    ]
    known = pl.DataFrame(rows, schema={"account_id": pl.Int64, "debtor_id": pl.Int64, "off": pl.Date}, orient="row")
    found = history.join(known, on="account_id").with_columns(
        past_due_days=pl.when(pl.col("off").is_null() | (pl.col("day") < pl.col("off"))).then("past_due_days")
    )
    silent = known.join(history, on="account_id", how="anti").select(
        "debtor_id", "account_id", day=pl.lit(view.as_of), past_due_days=pl.lit(0, dtype=pl.Int64)
    )
    columns = DAY_ROWS.column_names
    return pl.concat([found.select(columns), silent.select(columns)])


def _written_off_on(view: View, account: str) -> date | None:
    event = view.book.written_off.get(account)
    return event.on if event else None


def _originals(view: View) -> pl.DataFrame:
    """The instalments as they were before any re-ageing."""
    total = pl.sum_horizontal(COMPONENT_COLUMNS).sum()
    before = view.book.parts().group_by("instalment_id").agg(before_minor=total)
    after = view.replayed.parts.group_by("account_id", "instalment_id").agg(amount_minor=total)
    basis = pl.DataFrame(
        [(number, one.basis) for number, (_, one) in view.instalments.items()],
        schema={"instalment_id": pl.Int64, "basis_date": pl.Date},
        orient="row",
    )
    made = after.join(before, on="instalment_id", how="left").join(basis, on="instalment_id")
    return (
        made.with_columns(amount_minor=pl.coalesce("before_minor", "amount_minor"))
        .filter(pl.col("amount_minor") >= 0)
        .with_columns(open_minor="amount_minor")
        .select(OPEN_INSTALMENTS.column_names)
    )


def _settlements(view: View) -> pl.DataFrame:
    """What was paid of each instalment on which day, and what a re-ageing took out of it."""
    total = pl.sum_horizontal(COMPONENT_COLUMNS)
    paid = view.replayed.paid.select("instalment_id", "value_date", settled_minor=total)
    renewals = view.book.renewals().group_by("account_id").agg(value_date=pl.col("on_date").max())
    if renewals.is_empty():
        return paid
    after = view.replayed.parts.group_by("account_id", "instalment_id").agg(after_minor=total.sum())
    moved = (
        _originals(view)
        .join(after, on=["account_id", "instalment_id"])
        .join(renewals, on="account_id")
        .select("instalment_id", "value_date", settled_minor=pl.col("amount_minor") - pl.col("after_minor"))
        .filter(pl.col("settled_minor") > 0)
    )
    return pl.concat([paid, moved]).select(SETTLEMENTS.column_names)


def _restated(view: View, account: str) -> View | None:
    """The view of the last event that restated the account's bucket, None before the first."""
    last, running = 0, dict[str, tuple[date, date | None]]()
    owners: dict[str, str | None] = {}
    for place, event in enumerate(view.events, 1):
        if _restates(event, account, owners, running):
            last = place
    return view.earlier(last) if last else None


def _restates(event: KnownEvent | Event, account: str, owners: dict[str, str | None], running: dict[str, Any]) -> bool:
    """Whether the event restates, with the pauses and the owners of receipts so far, which it extends."""
    act, is_own = event.act, event.account == account
    match act:
        case doc.Pause() if is_own:
            running[act.id] = (act.start, act.until)
            return act.start < event.on
        case doc.Resume() if act.pause in running:
            start, until = running[act.pause]
            running[act.pause] = (start, max(start, min(until or event.on, event.on)))
        case doc.Receipt():
            owners[act.id] = event.account
            return is_own
        case doc.Assign():
            owners[act.receipt] = event.account
            return is_own
        case doc.Reverse():
            return owners.get(act.receipt) == account
        case doc.Close() if is_own or event.account is None:
            return not any(
                start <= event.on and (until is None or event.on <= until) for start, until in running.values()
            )
    return False
