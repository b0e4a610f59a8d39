"""Cases ready for the page: the list, one with its course, and what may be chosen."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl
from django.urls import reverse
from django.utils.translation import gettext as _

from ahadi.domain.cases.ports import OUTCOMES, PRIORITIES, REFERRERS
from ahadi.domain.cases.queries import Course
from ahadi.domain.contact import codes
from ahadi.domain.flows.place_hold import KINDS
from ahadi.web.frame import figures, words
from ahadi.web.frame.figures import Amount
from ahadi.web.frame.options import Option, options
from ahadi.web.frame.reference import written

CLOSED = "closed"


@dataclass(frozen=True)
class Clock:
    """How a clock stands: words, the tone of its chip, and when it is due."""

    word: str
    tone: str
    icon: str
    due: str


@dataclass(frozen=True)
class CaseRow:
    """One case in the list."""

    url: str
    account_url: str
    name: str
    number: str
    kind: str
    category: str
    status: str
    is_closed: bool
    priority: str
    is_pressing: bool
    icon: str
    clock: Clock
    level: str
    assignee: str
    received: str


@dataclass(frozen=True)
class StepRow:
    """One thing that happened in a case."""

    at: str
    by: str
    title: str
    text: str
    is_said: bool


@dataclass(frozen=True)
class AdjustmentRow:
    """One adjustment, what became of it, and where it is decided."""

    reference: str
    title: str
    amount: Amount
    word: str
    tone: str
    by: str
    url: str
    is_waiting: bool
    is_own: bool
    may_reverse: bool


def kind(code: str) -> str:
    """What a kind of case is called."""
    known = {
        "dispute": _("Dispute"),
        "complaint": _("Complaint"),
        "hardship": _("Hardship"),
        "query": _("Question"),
    }
    return known.get(code, code)


def icon(code: str) -> str:
    """The mark of a kind of case."""
    known = {"dispute": "scale", "complaint": "message-square-warning", "hardship": "hand-heart"}
    return known.get(code, "info")


def status(code: str) -> str:
    """Where a case stands, in words."""
    known = {
        "open": _("Open"),
        "waiting_creditor": _("Waits for the creditor"),
        "waiting_debtor": _("Waits for the debtor"),
        "answered": _("Answered"),
        "closed": _("Closed"),
        "reopened": _("Opened again"),
    }
    return known.get(code, code)


def outcome(code: str) -> str:
    """How a case came out, in words."""
    known = {
        "upheld": _("Upheld"),
        "partly_upheld": _("Partly upheld"),
        "rejected": _("Rejected"),
        "withdrawn": _("Withdrawn"),
        "helped": _("Helped"),
        "answered": _("Answered"),
    }
    return known.get(code, code)


def level(code: str) -> str:
    """Who has a case, by level."""
    return {"officer": _("Officer"), "supervisor": _("Supervisor"), "manager": _("Manager")}.get(code, code)


def priority(code: str) -> str:
    """How pressing a case is, in words."""
    known = {"low": _("Low"), "normal": _("Normal"), "high": _("High"), "urgent": _("Urgent")}
    return known.get(code, code)


def referrer(code: str) -> str:
    """Who raised a case, in words."""
    known = {
        "debtor": _("The debtor"),
        "representative": _("A representative"),
        "creditor": _("The creditor"),
        "regulator": _("A regulator"),
        "court": _("A court"),
        "officer": _("An officer"),
        "portal": _("The portal"),
        "other": _("Somebody else"),
    }
    return known.get(code, code)


def clock(row: dict[str, Any], minutes: int | None, *, at: datetime, zone: str, today: date) -> Clock:
    """How the clock of a case stands: icon and word, never colour alone."""
    due = figures.moment(row["due_at"], zone, today)
    if row["status"] == CLOSED or minutes is None:
        return Clock(_("Done"), "", "check", due)
    if minutes <= 0:
        return Clock(_("%(time)s late") % {"time": figures.span(-minutes)}, "late", "circle-alert", due)
    left = _("%(time)s left") % {"time": figures.span(minutes)}
    if at >= row["red_at"]:
        return Clock(left, "late", "alarm-clock", due)
    if at >= row["amber_at"]:
        return Clock(left, "next", "hourglass", due)
    return Clock(left, "", "hourglass", due)


def case_row(row: dict[str, Any], minutes: int | None, *, at: datetime, zone: str, today: date, house: int) -> CaseRow:
    """One case in the list."""
    return CaseRow(
        url=reverse("case", args=[row["case_id"]]),
        account_url=reverse("account", args=[row["account_id"]]),
        name=row["debtor_name"] or row["number"],
        number=row["number"],
        kind=kind(row["kind"]),
        category=label(house, row["kind"], row["category"]),
        status=status(row["status"]),
        is_closed=row["status"] == CLOSED,
        priority=priority(row["priority"]),
        is_pressing=row["priority"] in ("high", "urgent"),
        icon=icon(row["kind"]),
        clock=clock(row, minutes, at=at, zone=zone, today=today),
        level=level(row["level"]),
        assignee=row["assignee"] or "",
        received=figures.moment(row["received_at"], zone, today),
    )


def label(house: int, of_kind: str, code: str) -> str:
    """The words of a category."""
    return choices(house, _LISTS[of_kind]).get(code, code)


_LISTS = {"dispute": "complaints", "complaint": "complaints", "hardship": "reasons", "query": "queries"}


def choices(house: int, list_name: str) -> dict[str, str]:
    """The codes of a list that are used, with their words."""
    return {one.code.code: words.said(one.code.label) for one in codes.kept(house, list_name).codes if one.is_active}


def hold_kinds(house: int, chosen: str) -> tuple[Option, ...]:
    """What may be put on an account by hand."""
    known = choices(house, "holds")
    return options({code: known[code] for code in KINDS if code in known}, chosen)


def categories(house: int, of_kind: str, chosen: str) -> tuple[Option, ...]:
    """What a case of a kind may be about."""
    return options(choices(house, _LISTS[of_kind]), chosen)


def priorities(chosen: str) -> tuple[Option, ...]:
    """How pressing it may be."""
    return options({one: priority(one) for one in PRIORITIES}, chosen or "normal")


def referrers(chosen: str) -> tuple[Option, ...]:
    """Who may have raised it."""
    return options({one: referrer(one) for one in REFERRERS}, chosen or "debtor")


def outcomes() -> tuple[Option, ...]:
    """How it may come out."""
    return options({one: outcome(one) for one in OUTCOMES}, "")


def charges(frame: pl.DataFrame, chosen: list[str]) -> tuple[Option, ...]:
    """Charges to choose from."""
    return tuple(
        Option(written("charge", number), text, written("charge", number) in chosen)
        for number, text in frame.select("charge_id", "reference").iter_rows()
    )


@dataclass(frozen=True)
class ChargeRow:
    """A charge that may be disputed: what it is, since when it is due, and of how much."""

    value: str
    label: str
    due: str
    amount: Amount
    is_late: bool
    is_chosen: bool


def charge_rows(frame: pl.DataFrame, chosen: list[str], *, currency: str, today: date) -> tuple[ChargeRow, ...]:
    """Charges to choose from, the oldest due first."""
    whole = pl.sum_horizontal("principal_minor", "interest_minor", "fee_minor", "penalty_minor")
    listed = frame.sort("due_date", "charge_id").select("charge_id", "reference", "due_date", whole)
    return tuple(
        ChargeRow(
            value=written("charge", number),
            label=reference,
            due=figures.day(due, today) if due else "",
            amount=figures.whole(minor, currency),
            is_late=due is not None and due < today,
            is_chosen=written("charge", number) in chosen,
        )
        for number, reference, due, minor in listed.iter_rows()
    )


def steps(course: Course, *, zone: str, today: date, house: int) -> tuple[StepRow, ...]:
    """What happened in a case, the newest first."""
    parts = {
        "details": _("What was raised"),
        "grievances": _("Grievances"),
        "investigation": _("What was found"),
        "outcome": _("What was answered"),
    }
    causes = choices(house, "root_causes")
    said = ("details", "grievances")
    found = [(at, by, parts.get(part, part), text, part in said) for part, text, at, by in course.texts.iter_rows()]
    for code, came, cause, at, by in course.statuses.iter_rows():
        why = ", ".join(one for one in (outcome(came) if came else "", causes.get(cause or "", cause or "")) if one)
        found.append((at, by, status(code), why, False))
    for code, person, why, at, by in course.assignments.iter_rows():
        title = _("Overdue, goes to: %(level)s") if why == "overdue" else _("Goes to: %(level)s")
        found.append((at, by, title % {"level": level(code)}, person or "", False))
    return tuple(
        StepRow(figures.moment(at, zone, today), by or _("The system"), title, text, is_said)
        for at, by, title, text, is_said in sorted(found, key=lambda one: one[0], reverse=True)
    )


def adjustments(frame: pl.DataFrame, *, person: int | None, house: int) -> tuple[AdjustmentRow, ...]:
    """The adjustments of a case."""
    reasons = choices(house, "adjustment_reasons")
    kinds = {"credit": _("Credit"), "debit": _("Debit"), "reversal": _("Reversal")}
    return tuple(
        AdjustmentRow(
            reference=written("adjustment", row["adjustment_id"]),
            title=f"{kinds[row['kind']]} · {reasons.get(row['reason'], row['reason'])}",
            amount=figures.amount(row["amount_minor"], row["currency"]),
            word=verdict(row["verdict"])[0],
            tone=verdict(row["verdict"])[1],
            by=row["by"] or _("The system"),
            url=reverse("adjustment", args=[row["adjustment_id"]]),
            is_waiting=row["verdict"] is None,
            is_own=row["by_id"] == person,
            may_reverse=row["verdict"] == "approved" and row["kind"] != "reversal" and not row["is_reversed"],
        )
        for row in frame.iter_rows(named=True)
    )


def verdict(code: str | None) -> tuple[str, str, str]:
    """What became of an adjustment: word, tone, icon."""
    known = {
        None: (_("Waits for approval"), "warn", "hourglass"),
        "approved": (_("Approved"), "kept", "badge-check"),
        "refused": (_("Refused"), "late", "circle-x"),
        "withdrawn": (_("Taken back"), "", "undo-2"),
    }
    return known[code]


@dataclass(frozen=True)
class AdjustmentView:
    """One adjustment by itself: what is owed before and after, and about which case."""

    reference: str
    title: str
    debtor: str
    account_url: str
    case_url: str
    charge: str
    component: str
    reason: str
    amount: Amount
    before: Amount
    after: Amount
    word: str
    tone: str
    icon: str
    by: str
    at: str
    judged_by: str
    is_waiting: bool
    is_own: bool
    verdict_url: str


def adjustment_view(row: dict[str, Any], *, house: int, person: int | None, zone: str, today: date) -> AdjustmentView:
    """One adjustment, with what it does to the balance while it waits."""
    kinds = {"credit": _("Credit"), "debit": _("Debit"), "reversal": _("Reversal of an adjustment")}
    word, tone, icon = verdict(row["verdict"])
    reasons = choices(house, "adjustment_reasons")
    return AdjustmentView(
        reference=written("adjustment", row["adjustment_id"]),
        title=kinds[row["kind"]],
        debtor=row["debtor"],
        account_url=reverse("account", args=[row["account_id"]]),
        case_url=reverse("case", args=[row["case_id"]]) if row["case_id"] else "",
        charge=row["reference"] or "",
        component=component(row["component"]) if row["component"] else "",
        reason=reasons.get(row["reason"], row["reason"]),
        amount=figures.amount(row["change_minor"], row["currency"]),
        before=figures.amount(row["owed_minor"], row["currency"]),
        after=figures.amount(row["owed_minor"] + row["change_minor"], row["currency"]),
        word=word,
        tone=tone,
        icon=icon,
        by=row["by"] or _("The system"),
        at=figures.moment(row["at"], zone, today),
        judged_by=row["judged_by"] or "",
        is_waiting=row["verdict"] is None,
        is_own=row["by_id"] == person,
        verdict_url=reverse("judge-adjustment", args=[row["adjustment_id"]]),
    )


def component(code: str) -> str:
    """What a part of a charge is called."""
    known = {
        "principal": _("Principal"),
        "interest": _("Interest"),
        "fee": _("Fee"),
        "penalty": _("Penalty"),
    }
    return known.get(code, code)
