"""Joining, moving and leaving: what somebody may do is facts, and no account is ever nobody's."""

import pytest

from ahadi.data.models.account import AccountState
from ahadi.data.models.grant import Grant, GrantEnd
from ahadi.data.models.person import Person
from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import Act, Actor, Performance
from ahadi.domain.flows.move_person import move_person
from ahadi.domain.laws.queries import LAWS, first_broken
from ahadi.domain.people import access, operations
from ahadi.domain.people.operations import ResetOutcome, TeamAlreadyOpened, TeamOutcome
from ahadi.domain.people.ports import Access, AccessOutcome
from ahadi.domain.people.steps import UnableToChangeAccess, UnableToFindPerson

from .book import SmallBook, invoice
from .test_access import seen


@pytest.fixture
def house(book: SmallBook) -> SmallBook:
    """An organisation without anybody in it."""
    return book


@pytest.fixture
def root(house: SmallBook) -> Actor:
    """Who looks after access."""
    return house.join("root", "admin")


def moved(house: SmallBook, by: Actor, who: Actor, terms: Access | None, receiver: str = "") -> AccessOutcome:
    def operation(act: Act) -> AccessOutcome:
        return move_person(act, person_id=who.person_id or 0, terms=terms, receiver=receiver)

    return perform("move", operation, AccessOutcome, Performance(by, house.organisation_id, repr(terms).encode()))


def owners(house: SmallBook) -> dict[str, int]:
    states = AccountState.objects.filter(organisation_id=house.organisation_id, status="open")
    found: dict[str, int] = {}
    for code in states.values_list("owner__code", flat=True):
        found[code] = found.get(code, 0) + 1
    return found


def broken() -> list[str]:
    return [law.name for law in LAWS if first_broken(law)]


def test_a_move_ends_one_grant_and_gives_another(house: SmallBook, root: Actor) -> None:
    juma = house.join("juma")
    moved(house, root, juma, Access("supervisor"))
    assert access.rights(juma).roles == {"supervisor"}
    grants = Grant.objects.filter(person_id=juma.person_id)
    assert grants.count() == 2 and GrantEnd.objects.filter(grant__in=grants).count() == 1
    assert Person.objects.get(login="juma").access_revision == 1


def test_who_owns_accounts_leaves_only_when_somebody_receives_them(house: SmallBook, root: Actor) -> None:
    juma = house.join("juma")
    for number in ("A", "B", "C"):
        house.place(invoice(f"of {number}", 10, debtor=number), creditor="Bank")
    asha = house.join("asha")
    assert owners(house) == {"juma": 3}
    with pytest.raises(UnableToChangeAccess, match="3 open accounts are juma’s"):
        moved(house, root, juma, None)
    assert Person.objects.get(login="juma").is_active and access.rights(juma).roles == {"officer"}
    assert moved(house, root, juma, None, "asha").accounts_moved == 3
    assert owners(house) == {"asha": 3}
    assert seen(asha) == {"of A", "of B", "of C"} and seen(juma) == set()
    assert not Person.objects.get(login="juma").is_active
    assert broken() == []


def test_accounts_go_to_the_queue_when_it_is_chosen(house: SmallBook, root: Actor) -> None:
    juma = house.join("juma")
    house.place(invoice("of A", 10, debtor="A"), creditor="Bank")
    moved(house, root, juma, None, "unassigned")
    assert owners(house) == {"unassigned": 1}


def test_nobody_receives_what_they_may_not_see(house: SmallBook, root: Actor) -> None:
    juma = house.join("juma")
    house.place(invoice("of A", 10, debtor="A"), creditor="Bank")
    house.open_creditor("Shop")
    house.join("asha", "officer", ("Shop",))
    with pytest.raises(UnableToChangeAccess, match="1 of the 1 accounts are outside"):
        moved(house, root, juma, None, "asha")


def test_who_left_receives_nothing(house: SmallBook, root: Actor) -> None:
    juma = house.join("juma")
    house.place(invoice("of A", 10, debtor="A"), creditor="Bank")
    asha = house.join("asha")
    moved(house, root, asha, None)
    with pytest.raises(UnableToChangeAccess, match="would be nobody’s"):
        moved(house, root, juma, None, "asha")


def test_a_narrower_access_hands_on_what_it_does_not_cover(house: SmallBook, root: Actor) -> None:
    juma = house.join("juma")
    house.place(invoice("of A", 10, debtor="A"), creditor="Bank")
    house.place(invoice("of B", 10, debtor="B"), creditor="Shop")
    assert moved(house, root, juma, Access("officer", ("Bank",)), "unassigned").accounts_moved == 1
    assert seen(juma) == {"of A"} and owners(house) == {"juma": 1, "unassigned": 1}


def test_who_comes_back_chooses_a_password_anew(house: SmallBook, root: Actor) -> None:
    juma = house.join("juma")
    person = Person.objects.get(login="juma")
    person.set_password("a long sentence for tests")
    person.save()
    moved(house, root, juma, None)
    moved(house, root, juma, Access("officer"))
    person.refresh_from_db()
    assert person.is_active and not person.has_usable_password()


def test_only_an_administrator_changes_access(house: SmallBook, root: Actor) -> None:
    juma, boss = house.join("juma"), house.join("boss", "manager")
    with pytest.raises(UnableToChangeAccess, match="an administrator lets people join"):
        moved(house, boss, juma, Access("manager"))


def test_nobody_changes_their_own_access(house: SmallBook, root: Actor) -> None:
    with pytest.raises(UnableToChangeAccess, match="nobody changes what they may do themselves"):
        moved(house, root, root, Access("manager"))


def test_one_administrator_always_remains(house: SmallBook, root: Actor) -> None:
    with pytest.raises(UnableToChangeAccess, match="only administrator"):
        moved(house, house.operator, root, Access("manager"))
    other = house.join("other", "admin")
    moved(house, root, other, Access("manager"))
    assert access.rights(root).may("admin")


def test_people_of_another_organisation_are_not_found(house: SmallBook, root: Actor) -> None:
    stranger = SmallBook.opened("third").join("stranger", "manager")
    with pytest.raises(UnableToFindPerson):
        moved(house, root, stranger, None)
    assert Person.objects.get(login="stranger").is_active


def test_who_leads_a_team_sees_the_accounts_of_its_people(house: SmallBook, root: Actor) -> None:
    juma = house.join("juma")
    house.place(invoice("of A", 10, debtor="A"), creditor="Bank")
    moved(house, root, juma, Access("officer"))
    asha = house.join("asha", "officer", ("Shop",)) if house.open_creditor("Shop") else juma
    house.place(invoice("of B", 10, debtor="B"), creditor="Shop")
    sara = house.join("sara", "supervisor")
    assert seen(sara) == {"of A", "of B"}

    def team(operation: str, **words: object) -> TeamOutcome:
        done = getattr(operations, operation)
        how = Performance(root, house.organisation_id, b"team")
        return perform(operation, lambda act: done(act, **words), TeamOutcome, how)

    number = team("open_team", code="coast", name="Coast").team_id
    with pytest.raises(TeamAlreadyOpened):
        team("open_team", code="coast", name="Coast")
    team("join_team", team_id=number, person_id=sara.person_id, part="leader")
    assert seen(sara) == set()
    team("join_team", team_id=number, person_id=juma.person_id, part="member")
    assert seen(sara) == seen(juma) != set()
    with pytest.raises(UnableToChangeAccess, match="is no supervisor"):
        team("join_team", team_id=number, person_id=asha.person_id, part="leader")
    team("leave_team", team_id=number, person_id=juma.person_id)
    assert seen(sara) == set()
    team("leave_team", team_id=number, person_id=sara.person_id)
    assert seen(sara) == {"of A", "of B"}


def test_a_reset_voids_the_password_and_ends_sessions(house: SmallBook, root: Actor) -> None:
    juma = house.join("juma")
    how = Performance(root, house.organisation_id, b"reset")
    perform("reset", lambda act: operations.reset_password(act, person_id=juma.person_id or 0), ResetOutcome, how)
    person = Person.objects.get(login="juma")
    assert not person.has_usable_password() and person.access_revision == 1
