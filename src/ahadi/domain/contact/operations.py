"""What an organisation adds to the law: policies of its own, counsel's word on weak sources, days it knows better."""

from dataclasses import dataclass
from datetime import date

from ahadi.data import law
from ahadi.data.models.act import Act as ActRow
from ahadi.data.models.gate import DayOverride, Policy, PolicyVerdict, SignOff
from ahadi.domain.audit.ports import Act
from ahadi.domain.contact import examples, places
from ahadi.domain.people import access

_OWN = "POLICY-"


class UnableToSetPolicy(Exception):
    """A policy cannot be proposed or decided: the text says what is wrong with it or who may, and what to do."""

    is_refusal = True


class UnableToSignOff(Exception):
    """A sign-off cannot be recorded: there is no such rule, it needs none, or somebody else has to."""

    is_refusal = True


class UnableToKeepDay(Exception):
    """A day cannot be kept: it needs a country of two letters, and a manager or administrator."""

    is_refusal = True


@dataclass(frozen=True)
class PolicyOutcome:
    """The policy that was proposed, or decided about."""

    policy_id: int
    code: str
    verdict: str | None = None


@dataclass(frozen=True)
class SignOffOutcome:
    """The rule that was signed off, or is no longer."""

    rule: str
    is_given: bool


@dataclass(frozen=True)
class DayOutcome:
    """The day that was kept."""

    country: str
    day: str
    is_holiday: bool


def propose_policy(act: Act, *, text: str) -> PolicyOutcome:
    """Proposes a policy of one rule, in the form of a law file; it holds once another manager has approved it.

    Raises UnableToSetPolicy, UnableToReadLaw.
    """
    _require(act, UnableToSetPolicy, "a policy is proposed by a manager or administrator", "manager", "admin")
    rules = law.read(text, file="policy")
    if len(rules) != 1 or not rules[0].id.startswith(_OWN):
        raise UnableToSetPolicy(f"a policy holds one rule, whose id begins with {_OWN}; found {len(rules)} rules")
    shown = " ".join(examples.wrong(rules[0]))
    if shown:
        raise UnableToSetPolicy(f"the examples show something else than the policy does: {shown}; mend one of them")
    made = Policy(organisation_id=act.organisation_id, code=rules[0].id, text=text, at=act.at, act_id=act.id)
    made.save(force_insert=True)
    return PolicyOutcome(made.id, made.code)


def judge_policy(act: Act, *, policy_id: int, verdict: str) -> PolicyOutcome:
    """Approves, refuses or withdraws a policy; nobody approves what they proposed themselves.

    Raises UnableToSetPolicy.
    """
    _require(act, UnableToSetPolicy, "a policy is decided by a manager or administrator", "manager", "admin")
    policy = Policy.objects.filter(id=policy_id, organisation_id=act.organisation_id).first()
    if policy is None:
        raise UnableToSetPolicy("there is no such policy; choose one from the list")
    last = PolicyVerdict.objects.filter(policy_id=policy_id).order_by("-id").first()
    stands = last.verdict if last is not None else None
    allowed = {None: ("approved", "refused"), "approved": ("withdrawn",)}.get(stands, ())
    if verdict not in allowed:
        raise UnableToSetPolicy(f"a policy that is {stands or 'proposed'} cannot be {verdict}; propose a new one")
    maker = ActRow.objects.values_list("by_id", flat=True).get(id=policy.act_id)
    if verdict == "approved" and maker == act.by.person_id:
        raise UnableToSetPolicy("you proposed this policy yourself: somebody else approves it")
    PolicyVerdict(policy_id=policy_id, verdict=verdict, at=act.at, act_id=act.id).save(force_insert=True)
    return PolicyOutcome(policy_id, policy.code, verdict)


def sign_off(act: Act, *, rule: str, is_given: bool, reference: str) -> SignOffOutcome:
    """Records counsel's word on a rule whose source is weak, or that it no longer stands. Raises UnableToSignOff."""
    _require(act, UnableToSignOff, "a sign-off is recorded by an administrator", "admin")
    known = law.rules().get(rule)
    if known is None:
        raise UnableToSignOff(f"there is no rule {rule!r}; the page of rules lists them")
    if law.strength(known, signed_off=frozenset()) == known.action:
        raise UnableToSignOff(f"{rule} needs no sign-off: its source is firm, it does what it says already")
    if not reference.strip():
        raise UnableToSignOff("name the opinion that the sign-off rests on")
    SignOff(
        organisation_id=act.organisation_id,
        rule=rule,
        is_given=is_given,
        reference=reference.strip(),
        at=act.at,
        act_id=act.id,
    ).save(force_insert=True)
    return SignOffOutcome(rule, is_given)


def keep_day(act: Act, *, country: str, day: date, is_holiday: bool, name: str) -> DayOutcome:
    """Says that a day is, or is not, a holiday here, whatever the calendar says. Raises UnableToKeepDay."""
    _require(act, UnableToKeepDay, "a day is kept by a manager or administrator", "manager", "admin")
    if places.country_of(country) is None or len(country) != 2:
        raise UnableToKeepDay(f"{country!r} is no country of two letters, such as TZ")
    DayOverride.objects.update_or_create(
        organisation_id=act.organisation_id,
        country=country.upper(),
        day=day,
        defaults={"is_holiday": is_holiday, "name": name.strip() or ("holiday" if is_holiday else "working day")},
    )
    return DayOutcome(country.upper(), day.isoformat(), is_holiday)


def _require(act: Act, refusal: type[Exception], words: str, *roles: str) -> None:
    if not access.rights(act.by).may(*roles):
        raise refusal(f"{words}; ask one")
