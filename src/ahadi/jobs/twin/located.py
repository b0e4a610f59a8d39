"""What officers of the twin learnt lately: told numbers, people beside debtors, and who may be one person."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import OPERATOR, Actor, Performance
from ahadi.domain.finding import duplicates
from ahadi.domain.flows.propose_duplicates import DuplicatesOutcome, propose_duplicates
from ahadi.domain.flows.relate_party import RelatedOutcome, Relation, relate_party
from ahadi.domain.flows.tell_detail import ToldOutcome, tell_detail
from ahadi.domain.parties.telling import Told
from ahadi.domain.people.queries import House
from ahadi.domain.work import queries as work

_TOLD = (("debtor", "712"), ("relative", "733"), ("employer", "722"), ("visit", "701"), ("registry", "745"))
_BESIDE = (
    ("Asha Komba", "relative", "location"),
    ("Pwani Fisheries Ltd", "employer", None),
    ("Halima Said", "spouse", "consent"),
)
_ACCOUNTS = 10


def locate_some(house: House) -> int:
    """Tells a few things about accounts of the newest list, and looks for duplicates, once; how many wait."""
    everybody = Actor(OPERATOR.login, None, house.id)
    if duplicates.proposed(by=everybody).height:
        return 0
    ids = _accounts(house, everybody)
    for turn, account in enumerate(ids):
        _tell(house, account, turn)
    for (name, relation, basis), account in zip(_BESIDE, ids, strict=False):
        related = Relation(relation, house.today - timedelta(days=30), "debtor", basis=basis, name=name)
        run = partial(relate_party, account_id=account, related=related)
        perform("relate_party", run, RelatedOutcome, _how(house, f"{account} {name}"))
    return perform("propose_duplicates", propose_duplicates, DuplicatesOutcome, _how(house, "all")).proposed


def _accounts(house: House, everybody: Actor) -> list[int]:
    listed = work.listing(by=everybody, as_of=house.today)
    found: list[int] = listed.ranked["account_id"].head(_ACCOUNTS).to_list()
    return found


def _tell(house: House, account: int, turn: int) -> None:
    source, head = _TOLD[turn % len(_TOLD)]
    told = Told("phone", f"+254{head}{turn:03}{account % 1000:03}", source)
    if turn % 3 == 2:
        told = replace(told, kind="address", text=f"{turn + 4} Market Street, {house.name}")
    run = partial(tell_detail, account_id=account, person_id=None, told=told)
    perform("tell_detail", run, ToldOutcome, _how(house, f"{account} {source}"))


def _how(house: House, about: str) -> Performance:
    return Performance(OPERATOR, house.id, about.encode(), origin="generated")
