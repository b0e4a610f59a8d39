"""The desk ready for the page: the bar above, the queue, the account, and how its debtor pays."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from django.urls import reverse
from django.utils.translation import get_language_info, ngettext
from django.utils.translation import gettext as _

from ahadi.domain.contact.ports import Answer
from ahadi.domain.desk.ports import At, Queue, Waiting
from ahadi.domain.desk.queries import Opened
from ahadi.domain.desk.shift import Shift
from ahadi.domain.parties.believing import Believed
from ahadi.domain.reporting.contacts import Met
from ahadi.web.frame import beliefs, contact, figures, words
from ahadi.web.frame.beliefs import BeliefRow
from ahadi.web.frame.doings import Word
from ahadi.web.frame.figures import Amount
from ahadi.web.frame.reference import written
from ahadi.web.frame.rhythm import Due, rhythm
from ahadi.web.pages.desk import wording

_LINES = 4
_NUMBERS = 3
_WEEK = 7


@dataclass(frozen=True)
class Timer:
    """A time that counts up: the instant it began in milliseconds, and when its colour changes, in seconds."""

    since: int
    text: str
    amber: int = 0
    red: int = 0


@dataclass(frozen=True)
class QueueRow:
    """One that waits."""

    number: int
    name: str
    amount: Amount
    days: str
    why: Word
    url: str


@dataclass(frozen=True)
class QueueView:
    """The list at the side."""

    rows: tuple[QueueRow, ...]
    left: str
    about: str
    due_now: int
    is_empty: bool


@dataclass(frozen=True)
class Part:
    """Something open of an account: a charge, its day and how late it is."""

    label: str
    day: str
    days: str
    amount: Amount
    is_last: bool


@dataclass(frozen=True)
class AccountRow:
    """One account of the debtor; `owes` is None until somebody was recognised."""

    creditor: str
    number: str
    product: str
    oldest: str
    days: str
    arrears: Amount
    owes: Amount | None
    is_driver: bool
    url: str
    parts: tuple[Part, ...]
    more: int


@dataclass(frozen=True)
class PersonView:
    """Who is open: facts, figures, flags, accounts, behaviour."""

    name: str
    first_name: str
    is_verified: bool
    creditor: str
    facts: tuple[tuple[str, str], ...]
    owes: tuple[Amount, ...] | None
    arrears: tuple[Amount, ...]
    days_late: str
    days: str
    since: str
    last_talk: str
    flags: tuple[Word, ...]
    accounts: tuple[AccountRow, ...]
    together: tuple[Amount, Amount | None] | None
    numbers: tuple[BeliefRow, ...]
    rhythm: tuple[Due, ...]
    behaviour: str
    url: str
    why_url: str


@dataclass(frozen=True)
class PointRow:
    """A reason for points."""

    label: str
    text: str
    is_less: bool


@dataclass(frozen=True)
class TopView:
    """The figures of the day so far."""

    clients: str
    planned: str
    share: str
    effectiveness: str
    came: tuple[Amount, ...]
    promises: str = ""
    planned_promises: str = ""
    planned_cash: Amount | None = None
    calls: str = ""
    planned_calls: str = ""


def timer(since: datetime, now: datetime, *, amber: int = 0, red: int = 0) -> Timer:
    """The time since a moment."""
    seconds = max(0, int((now - since).total_seconds()))
    minutes, rest = divmod(seconds, 60)
    return Timer(int(since.timestamp() * 1000), f"{minutes:02}:{rest:02}", amber, red)


def top_view(shift: Shift) -> TopView:
    """The figures for the bar above."""
    plan = shift.plan
    share = min(100.0, 100.0 * shift.clients / shift.planned) if shift.planned else 0.0
    return TopView(
        figures.count(shift.clients),
        figures.count(shift.planned),
        f"{share:.1f}",
        figures.percent(shift.effectiveness.split(".")[0] if shift.effectiveness else None),
        _cash(shift),
        figures.count(shift.promises),
        "" if plan.promises is None else figures.count(plan.promises),
        None if plan.cash_minor is None else figures.whole(plan.cash_minor, plan.currency or ""),
        figures.count(shift.attempts),
        "" if plan.calls is None else figures.count(plan.calls),
    )


def _cash(shift: Shift) -> tuple[Amount, ...]:
    """What came by currency: that of the plan first, also where nothing of it came yet."""
    came, planned = dict(shift.came), shift.plan.currency
    if planned is not None:
        came = {planned: came.pop(planned, 0), **came}
    return tuple(figures.whole(minor, currency) for currency, minor in came.items())


def queue_view(queue: Queue, *, is_open: bool, handling: int, zone: str) -> QueueView:
    """The list; where an account is open, those behind it are numbered from two on."""
    first = 2 if is_open else 1
    minutes = queue.left * handling // 60
    hours, rest = divmod(minutes, 60)
    told = _("about %(hours)s h %(minutes)02d") % {"hours": hours, "minutes": rest} if minutes >= 60 else ""
    return QueueView(
        rows=tuple(_queue_row(row, number, zone) for number, row in enumerate(queue.rows, first)),
        left=ngettext("%(n)s left", "%(n)s left", queue.left) % {"n": figures.count(queue.left)},
        about=told if hours < 12 else "",
        due_now=queue.due_now,
        is_empty=not queue.rows,
    )


def _queue_row(row: Waiting, number: int, zone: str) -> QueueRow:
    due = f"{row.due_at.astimezone(ZoneInfo(zone)):%H:%M}" if row.due_at else ""
    return QueueRow(
        number=number,
        name=row.name,
        amount=figures.whole(row.overdue_minor, row.currency),
        days=days(row.days_late) if row.days_late else "",
        why=wording.why(row.reason, due),
        url=reverse("desk-account", args=[row.account_id]),
    )


def days(number: int) -> str:
    """So many days."""
    return ngettext("%(n)s day", "%(n)s days", number) % {"n": figures.count(number)}


def point_rows(points: pl.DataFrame) -> tuple[PointRow, ...]:
    """The reasons for a place, the heaviest first."""
    return tuple(
        PointRow(words.reason(reason), figures.signed(value), value < 0) for reason, value in points.iter_rows()
    )


def person_view(opened: Opened, at: At, *, today: date, now: datetime, uncovered: frozenset[int]) -> PersonView:
    """The account that is open, with everything of its debtor; balances only where somebody was recognised."""
    statement, mine = opened.statement, _mine(opened)
    is_verified = at.is_verified and at.account_id == opened.account_id
    rows = statement.accounts.sort(pl.col("account_id") == opened.account_id, "overdue_minor", descending=[True, True])
    accounts = tuple(_account_row(row, opened, today, is_verified=is_verified) for row in rows.iter_rows(named=True))
    name = mine["debtor_name"] or mine["debtor_number"] or mine["number"]
    met = next((one for one in opened.reach.people if one.role == "debtor"), None)
    return PersonView(
        name=name,
        first_name=name.split()[0],
        is_verified=is_verified,
        creditor=mine["creditor"],
        facts=_facts(opened, met, today, now, uncovered),
        owes=_sums(rows, "outstanding_minor") if is_verified else None,
        arrears=_sums(rows, "overdue_minor"),
        days_late=figures.count(mine["days_late"]),
        days=days(mine["days_late"]),
        since=figures.day(mine["oldest_due_date"], today) if mine["oldest_due_date"] else "",
        last_talk=figures.count((today - opened.last_talk_on).days) if opened.last_talk_on else "",
        flags=_flags(opened, call_of(opened)),
        accounts=accounts,
        together=_together(rows, is_verified=is_verified)
        if len(accounts) > 1 and rows["currency"].n_unique() == 1
        else None,
        numbers=_numbers(opened, today, uncovered),
        rhythm=rhythm(opened.statement, today),
        behaviour=_behaviour(opened),
        url=reverse("account", args=[opened.account_id]),
        why_url=reverse("why", args=[opened.account_id]),
    )


def call_of(opened: Opened) -> Answer | None:
    """The gate's answer about calling the debtor: of the numbers that may be called, else of all, at the one that is
    believed most.
    """
    mine = [one for one in opened.reach.answers if one.role == "debtor" and one.asked.channel == "call"]
    numbered = [one for one in mine if one.asked.contact_point_id is not None]
    allowed = [one for one in numbered if one.answer == "allow"]
    place = {point.point_id: turn for turn, point in enumerate(_believed(opened))}
    best = allowed or numbered or mine
    return min(best, key=lambda one: place.get(one.asked.contact_point_id or 0, len(place)), default=None)


def _believed(opened: Opened) -> tuple[Believed, ...]:
    """The numbers and addresses of the debtor, the best believed first."""
    debtor = next((one.person_id for one in opened.reach.people if one.role == "debtor"), 0)
    return opened.beliefs.get(debtor, ())


def _numbers(opened: Opened, today: date, uncovered: frozenset[int]) -> tuple[BeliefRow, ...]:
    phones = [one for one in _believed(opened) if one.kind == "phone"]
    shown = phones[:_NUMBERS]
    return tuple(beliefs.belief_row(one, account=opened.account_id, today=today, uncovered=uncovered) for one in shown)


def _mine(opened: Opened) -> dict[str, Any]:
    return opened.statement.accounts.filter(pl.col("account_id") == opened.account_id).row(0, named=True)


def _sums(rows: pl.DataFrame, column: str) -> tuple[Amount, ...]:
    sums = rows.group_by("currency", maintain_order=True).agg(pl.col(column).sum())
    return tuple(figures.whole(minor, currency) for currency, minor in sums.iter_rows())


def _together(rows: pl.DataFrame, *, is_verified: bool) -> tuple[Amount, Amount | None]:
    return _sums(rows, "overdue_minor")[0], _sums(rows, "outstanding_minor")[0] if is_verified else None


def _account_row(row: dict[str, Any], opened: Opened, today: date, *, is_verified: bool) -> AccountRow:
    is_driver = row["account_id"] == opened.account_id
    parts, more = _parts(opened, today, is_verified=is_verified) if is_driver else ((), 0)
    return AccountRow(
        creditor=row["creditor"],
        number=row["number"],
        product=row["product"],
        oldest=figures.day(row["oldest_due_date"], today),
        days=figures.count(row["days_late"]) if row["days_late"] else "—",
        arrears=figures.whole(row["overdue_minor"], row["currency"]),
        owes=figures.whole(row["outstanding_minor"], row["currency"]) if is_verified else None,
        is_driver=is_driver,
        url=reverse("account", args=[row["account_id"]]),
        parts=parts,
        more=more,
    )


def _parts(opened: Opened, today: date, *, is_verified: bool) -> tuple[tuple[Part, ...], int]:
    """The charges that are open and due, the oldest first; without their amounts until somebody was recognised."""
    due = opened.statement.charges.filter((pl.col("open_minor") > 0) & (pl.col("due_date") <= today))
    listed = due.sort("due_date", "charge_id")
    currency = _mine(opened)["currency"]
    shown = listed.head(_LINES)
    parts = tuple(
        Part(
            label=row["reference"],
            day=figures.day(row["due_date"], today),
            days=figures.count(row["days_late"]),
            amount=figures.whole(row["open_minor"] if is_verified else 0, currency),
            is_last=place == shown.height,
        )
        for place, row in enumerate(shown.iter_rows(named=True), 1)
    )
    return parts, listed.height - shown.height


def _facts(
    opened: Opened, met: Met | None, today: date, now: datetime, uncovered: frozenset[int]
) -> tuple[tuple[str, str], ...]:
    answer = call_of(opened)
    found = []
    if met is not None and met.language:
        found.append(("languages", _language(met.language)))
    if opened.best_hour is not None:
        found.append(("clock", _("Best %(from)s–%(to)s h") % {"from": opened.best_hour, "to": opened.best_hour + 1}))
    if answer is not None and answer.zones:
        clock = f"{now.astimezone(ZoneInfo(answer.zones[0])):%H:%M}"
        place = answer.zones[0].rpartition("/")[2].replace("_", " ")
        found.append(("map-pin", _("%(place)s, now %(time)s") % {"place": place, "time": clock}))
    if answer is not None and met is not None:
        point = next((one for one in met.points if one.point_id == answer.asked.contact_point_id), None)
        if point is not None:
            text = point.text if point.point_id in uncovered else contact.masked(point.text, point.kind)
            found.append(("phone", text))
    mine = _mine(opened)
    if mine["branch"]:
        found.append(("store", mine["branch"]))
    return tuple(found)


def _language(code: str) -> str:
    try:
        return str(get_language_info(code)["name_local"])
    except KeyError:
        return code


def _flags(opened: Opened, answer: Answer | None) -> tuple[Word, ...]:
    found = []
    if answer is None or answer.asked.contact_point_id is None:
        found.append(Word(_("No number known"), "phone-off", "warn"))
    elif answer.answer == "allow":
        found.append(Word(_("May be called"), "shield-check", "kept"))
    else:
        found.append(Word(_("Not to be called now"), "ban", "late"))
    holds = [hold for hold in opened.reach.holds if hold.charge is None]
    found += [Word(words.rule(f"HOLD.{hold.kind}"), "bird", "care") for hold in holds[:2]]
    if not holds:
        found.append(Word(_("No hold"), "bird"))
    if opened.promise is not None:
        found.append(Word(_("A promise is open"), "handshake", "next"))
    sms = [one.answer for one in opened.reach.answers if one.role == "debtor" and one.asked.channel == "sms"]
    if "allow" in sms:
        found.append(Word(_("Messages allowed"), "message-square"))
    guarantors = sum(1 for one in opened.reach.people if one.role in ("guarantor", "co_borrower"))
    told = ngettext("%(n)s guarantor", "%(n)s guarantors", guarantors) % {"n": guarantors}
    found.append(Word(told if guarantors else _("No guarantor"), "users"))
    return tuple(found)


def _behaviour(opened: Opened) -> str:
    if not opened.judged:
        return _("No promise has come due yet.")
    told = {"kept": figures.count(opened.kept), "all": figures.count(opened.judged)}
    return ngettext("Kept %(kept)s of %(all)s promise.", "Kept %(kept)s of %(all)s promises.", opened.judged) % told


def attempts_of_week(opened: Opened, today: date, zone: str) -> int:
    """How often the debtor was called since Monday."""
    monday = today - timedelta(days=today.weekday())
    begin = datetime.combine(monday, datetime.min.time(), ZoneInfo(zone))
    return sum(1 for one in opened.reach.tried if one.is_outbound and one.channel == "call" and one.began_at >= begin)


def point_reference(point_id: int | None) -> str:
    """A number as forms name it."""
    return written("point", point_id) if point_id is not None else ""
