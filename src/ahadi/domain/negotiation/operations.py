"""Offers put forward; mandates, proposed by one, decided by another; what a household tells that it lives on."""

from collections.abc import Sequence
from dataclasses import dataclass

from ahadi.data.mandates import read
from ahadi.data.models.account import Account
from ahadi.data.models.act import Act as ActRow
from ahadi.data.models.creditor import Creditor
from ahadi.data.models.negotiation import TOLD_BY, Mandate, MandateVerdict, Means, MeansValue
from ahadi.domain.arrangements.ports import Promised
from ahadi.domain.audit.ports import Act
from ahadi.domain.negotiation import means, proposing
from ahadi.domain.negotiation.proposing import Offered, OfferOutcome
from ahadi.domain.people import access
from ahadi.domain.work import queries as work
from ahadi.domain.work import steps

_HOUSEHOLD_MAX = 30


class UnableToSetMandate(Exception):
    """A mandate cannot be proposed or decided: the text says what is wrong with it or who may, and what to do."""

    is_refusal = True


class UnableToKeepMeans(Exception):
    """What a household lives on cannot be kept so: the text says what is wrong with it."""

    is_refusal = True


@dataclass(frozen=True)
class MandateOutcome:
    """The mandate that was proposed, or decided about."""

    mandate_id: int
    version: str
    verdict: str | None = None


@dataclass(frozen=True)
class Told:
    """What a household lives on in a month, in minor units of the account's currency; `payday` None: not told."""

    income_minor: int
    expenses_minor: int
    household: int = 1
    payday: str | None = None
    source: str = "debtor"


@dataclass(frozen=True)
class MeansOutcome:
    """That it was kept; the values stand nowhere else."""

    means_id: int


def propose_mandate(act: Act, *, text: str, creditor: str | None = None) -> MandateOutcome:
    """Proposes a mandate for a creditor (None: for all that have none); it holds once another manager approved it.

    Raises UnableToSetMandate, UnableToReadMandate.
    """
    _require(act, "a mandate is proposed by a manager or administrator")
    mandate = read(text, file="mandate")
    known = Creditor.objects.filter(organisation_id=act.organisation_id, code=creditor).first() if creditor else None
    if creditor and known is None:
        raise UnableToSetMandate(f"there is no creditor {creditor!r} here; give the code of one of the list")
    same = Mandate.objects.filter(
        organisation_id=act.organisation_id, creditor=known, product=mandate.product, version=mandate.version
    )
    if same.exists():
        raise UnableToSetMandate(
            f"version {mandate.version!r} for {mandate.product} was proposed before; give the change its own version"
        )
    made = Mandate(
        organisation_id=act.organisation_id,
        creditor=known,
        product=mandate.product,
        version=mandate.version,
        in_force_from=mandate.in_force_from,
        text=text,
        at=act.at,
        act_id=act.id,
    )
    made.save(force_insert=True)
    return MandateOutcome(made.id, made.version)


def judge_mandate(act: Act, *, mandate_id: int, verdict: str) -> MandateOutcome:
    """Approves, refuses or withdraws a mandate; nobody approves what they proposed themselves.

    Raises UnableToSetMandate.
    """
    _require(act, "a mandate is decided by a manager or administrator")
    found = Mandate.objects.filter(id=mandate_id, organisation_id=act.organisation_id).first()
    if found is None:
        raise UnableToSetMandate("there is no such mandate here; choose one from the list")
    last = MandateVerdict.objects.filter(mandate_id=mandate_id).order_by("-id").first()
    stands = last.verdict if last is not None else None
    allowed = {None: ("approved", "refused"), "approved": ("withdrawn",)}.get(stands, ())
    if verdict not in allowed:
        raise UnableToSetMandate(f"a mandate that is {stands or 'proposed'} cannot be {verdict}; propose a new one")
    maker = ActRow.objects.values_list("by_id", flat=True).get(id=found.act_id)
    if verdict == "approved" and maker == act.by.person_id:
        raise UnableToSetMandate("you proposed this mandate yourself: somebody else approves it")
    MandateVerdict(mandate_id=mandate_id, verdict=verdict, at=act.at, act_id=act.id).save(force_insert=True)
    return MandateOutcome(mandate_id, found.version, verdict)


def propose_offer(
    act: Act,
    *,
    account_id: int,
    kind: str,
    parts: Sequence[Promised],
    excess_reason: str = "",
    is_replacing: bool = False,
) -> OfferOutcome:
    """Puts an offer forward outside of a call: what `proposing.put_forward` says and raises."""
    offered = Offered(kind, tuple(parts), excess_reason, is_replacing)
    return proposing.put_forward(act, account_id=account_id, offered=offered)


def keep_means(act: Act, *, account_id: int, told: Told) -> MeansOutcome:
    """Keeps what the household of an account's debtor told that it lives on; it holds until it is told again.

    Raises UnableToFindAccount, UnableToKeepMeans, UnableToReadPayday.
    """
    work.require_seen(by=act.by, account_id=account_id)
    if told.income_minor < 0 or told.expenses_minor < 0:
        raise UnableToKeepMeans("income and expenses are 0 or more; leave the sign away")
    if not 1 <= told.household <= _HOUSEHOLD_MAX:
        raise UnableToKeepMeans(f"a household has 1 to {_HOUSEHOLD_MAX} people, found {told.household}")
    if told.source not in TOLD_BY:
        raise UnableToKeepMeans(f"say who told it: {', '.join(TOLD_BY)}")
    payday = means.require_payday(told.payday) if told.payday else None
    account = Account.objects.get(id=account_id)
    made = Means(
        party_id=account.party_id,
        source=told.source,
        told_on=steps.business_date(act),
        booked_at=act.at,
        act_id=act.id,
    )
    made.save(force_insert=True)
    MeansValue(
        means_id=made.id,
        currency=account.currency,
        household=told.household,
        income_minor=told.income_minor,
        expenses_minor=told.expenses_minor,
        payday=payday,
    ).save(force_insert=True)
    return MeansOutcome(made.id)


def _require(act: Act, words: str) -> None:
    if not access.rights(act.by).may("manager", "admin"):
        raise UnableToSetMandate(f"{words}; ask one")
