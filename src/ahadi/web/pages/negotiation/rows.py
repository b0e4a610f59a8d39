"""The ladder of an account and the mandates ready for their pages."""

from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from ahadi.domain.approvals import queries as approvals
from ahadi.domain.audit.ports import Actor
from ahadi.domain.negotiation import means, queries
from ahadi.domain.negotiation.mandates import MandateSeen
from ahadi.domain.negotiation.queries import OfferSeen, Part, Table
from ahadi.kernel.offer import SETTLEMENT
from ahadi.web.frame import bargains, figures, words
from ahadi.web.frame.asked import TONES
from ahadi.web.frame.bargains import OfferRow
from ahadi.web.frame.figures import Amount
from ahadi.web.pages.negotiation.forms import SETTLE, Figure

_KEYS = ("1", "2", "3")


@dataclass(frozen=True)
class ClauseRow:
    """A sentence of a mandate by its number."""

    number: str
    text: str


@dataclass(frozen=True)
class LadderView:
    """What an account's page of offers shows."""

    name: str
    number: str
    account_url: str
    currency: str
    owed: Amount
    late: Amount
    days_late: str
    spare: Amount | None
    spare_why: str
    payday: str
    mandate: str
    clauses: tuple[ClauseRow, ...]
    offers: tuple[OfferRow, ...]
    count: str
    nearest: OfferRow | None
    refusals: tuple[str, ...]
    learnt: str


def ladder_view(known: Table, figure: Figure, *, by: Actor, today: date) -> LadderView:
    """The three offers, and what the figure that was named comes to."""
    found, rank = queries.ladder(known), approvals.rank(by)
    near = queries.nearest(found, named_minor=figure.minor) if figure.minor and figure.how != SETTLE else None
    wrong: tuple[str, ...] = ()
    if figure.minor and figure.how == SETTLE:
        asked = queries.judged(known, kind=SETTLEMENT, parts=(Part(today, figure.minor),))
        wrong = tuple(bargains.refusal(one, known.currency) for one in asked.refusals)
        near = asked if not asked.refusals else None
    chosen = 1 if len(found.offers) > 1 else 0
    return LadderView(
        name=known.debtor,
        number=known.number,
        account_url=reverse("account", args=[known.account_id]),
        currency=known.currency,
        owed=figures.amount(known.owed_minor, known.currency),
        late=figures.amount(known.late_minor, known.currency),
        days_late=figures.count(known.days_late),
        spare=_spare(known),
        spare_why=_why(known, today),
        payday=_payday(known),
        mandate=known.holding.label,
        clauses=tuple(ClauseRow(one.number, words.said(one.text)) for one in known.holding.mandate.clauses),
        offers=tuple(
            _row(one, known, rank, today, key=key, is_chosen=place == chosen and near is None)
            for place, (one, key) in enumerate(zip(found.offers, _KEYS, strict=False))
        ),
        count=figures.count(found.count),
        nearest=_row(near, known, rank, today, key="4", is_chosen=True) if near is not None else None,
        refusals=wrong,
        learnt=figures.count(known.learnt_from),
    )


def _row(one: OfferSeen, known: Table, rank: int, today: date, *, key: str, is_chosen: bool) -> OfferRow:
    return bargains.offer_row(one, currency=known.currency, today=today, rank=rank, key=key, is_chosen=is_chosen)


def _spare(known: Table) -> Amount | None:
    most = known.spare.monthly_max_minor
    return None if most is None else figures.amount(most, known.currency)


def _why(known: Table, today: date) -> str:
    spare = known.spare
    if spare.income_minor is None or spare.expenses_minor is None:
        return _("What the household lives on was not told: nothing bounds a month but the mandate.")
    told = {
        "income": figures.amount(spare.income_minor, known.currency).text,
        "expenses": figures.amount(spare.expenses_minor, known.currency).text,
        "elsewhere": figures.amount(spare.elsewhere_minor, known.currency).text,
        "day": figures.day(spare.told_on, today),
    }
    if spare.floor_minor is None:
        return (
            _(
                "Told on %(day)s: income %(income)s, expenses %(expenses)s; plans elsewhere ask for %(elsewhere)s."
                " What such a household needs at least is not known."
            )
            % told
        )
    told["floor"] = figures.amount(spare.floor_minor, known.currency).text
    return (
        _(
            "Told on %(day)s: income %(income)s, expenses %(expenses)s; plans elsewhere ask for %(elsewhere)s."
            " Such a household needs %(floor)s at least."
        )
        % told
    )


def _payday(known: Table) -> str:
    day = known.payday
    if day.source == means.LEARNT:
        return _("payday, the %(day)s: %(near)s of %(of)s receipts of a year came near it") % {
            "day": day.rule,
            "near": figures.count(day.near),
            "of": figures.count(day.of),
        }
    if day.source == means.TOLD:
        return _("payday as told: %(day)s") % {"day": day.rule}
    return _("payday not known: the end of the month is taken")


@dataclass(frozen=True)
class MandateRow:
    """A mandate in the list, or by itself."""

    url: str
    title: str
    whose: str
    version: str
    since: str
    word: str
    tone: str
    icon: str
    by: str
    source: str
    text: str
    clauses: tuple[ClauseRow, ...]
    state: str
    is_own: bool


def mandate_row(one: MandateSeen, *, today: date) -> MandateRow:
    """A mandate of the organisation."""
    tone, icon = TONES[one.state]
    return MandateRow(
        url=reverse("mandate", args=[one.mandate_id]),
        title=product(one.mandate.product),
        whose=one.creditor or _("all creditors without one of their own"),
        version=one.mandate.version,
        since=figures.day(one.mandate.in_force_from, today),
        word=state(one.state),
        tone=tone,
        icon=icon,
        by=one.by,
        source=one.mandate.source,
        text=one.text,
        clauses=tuple(ClauseRow(clause.number, words.said(clause.text)) for clause in one.mandate.clauses),
        state=one.state,
        is_own=True,
    )


def state(code: str) -> str:
    """Where a mandate stands."""
    known = {
        "proposed": _("Proposed"),
        "approved": _("Approved"),
        "refused": _("Refused"),
        "withdrawn": _("Withdrawn"),
    }
    return known.get(code, code)


def product(code: str) -> str:
    """What a debt comes from."""
    known = {
        "loan": _("Loan"),
        "invoice": _("Invoice"),
        "card": _("Card"),
        "payg": _("Pay as you go"),
        "lease": _("Lease"),
        "premium": _("Insurance premium"),
    }
    return known.get(code, code)
