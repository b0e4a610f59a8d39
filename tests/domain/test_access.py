"""Nobody sees what no grant shows."""

import pytest

from ahadi.domain.audit.ports import OPERATOR, Actor
from ahadi.domain.people import access
from ahadi.domain.reporting.queries import statement
from ahadi.domain.work.queries import UnableToFindAccount, ranking

from .book import DAY, SmallBook, invoice


def seen(by: Actor) -> set[str]:
    from_report = set(SmallBook(0).aged(by=by).items["reference"])
    found = ranking(by=by, as_of=DAY)
    numbers = {*found.ranked["number"], *found.absent["number"]}
    assert {f"of {number}" for number in numbers} == from_report
    return from_report


@pytest.fixture
def shared(book: SmallBook) -> SmallBook:
    """Two creditors and two branches; the second organisation has one account."""
    for creditor, debtor, branch in (("Bank", "B1", "COAST"), ("Bank", "B2", "INLAND"), ("Shop", "S1", "COAST")):
        book.place(invoice(f"of {debtor}", 10, debtor=debtor, branch=branch), creditor=creditor)
    SmallBook.opened("other").place(invoice("of X1", 10, debtor="X1"), creditor="Bank")
    return book


def test_operator_sees_every_organisation_or_the_one_chosen(shared: SmallBook) -> None:
    assert seen(OPERATOR) == {"of B1", "of B2", "of S1", "of X1"}
    assert seen(shared.operator) == {"of B1", "of B2", "of S1"}


@pytest.mark.parametrize(
    ("creditors", "branch", "expected"),
    [
        ((), None, {"of B1", "of B2", "of S1"}),
        (("Bank",), None, {"of B1", "of B2"}),
        (("Bank", "Shop"), "COAST", {"of B1", "of S1"}),
        ((), "INLAND", {"of B2"}),
    ],
)
def test_supervisor_sees_the_creditors_and_the_branch_of_the_grant(
    shared: SmallBook, creditors: tuple[str, ...], branch: str | None, expected: set[str]
) -> None:
    assert seen(shared.join("boss", "supervisor", creditors, branch)) == expected


def test_creditor_sees_its_own_accounts_alone(shared: SmallBook) -> None:
    assert seen(shared.join("client", "creditor", ("Shop",))) == {"of S1"}


def test_officer_sees_the_own_accounts_alone(shared: SmallBook) -> None:
    officer = shared.join("juma")
    assert seen(officer) == set()
    shared.place(invoice("of N1", 10, debtor="N1"), creditor="Bank")
    assert seen(officer) == {"of N1"}


def test_person_of_another_organisation_sees_nothing_here(shared: SmallBook) -> None:
    stranger = SmallBook.opened("third").join("stranger", "manager")
    assert seen(stranger) == set()


def test_person_without_a_grant_sees_nothing(shared: SmallBook) -> None:
    boss = shared.join("boss", "supervisor")
    nobody = Actor("nobody", person_id=10**9, organisation_id=shared.organisation_id)
    assert (seen(nobody), len(seen(boss))) == (set(), 3)


def test_account_that_may_not_be_seen_is_not_found(shared: SmallBook) -> None:
    items = shared.aged(by=OPERATOR).items
    hidden = items.filter(items["reference"] == "of X1")["account_id"].item()
    boss = shared.join("boss", "supervisor")
    for account_id in (hidden, 10**9):
        with pytest.raises(UnableToFindAccount, match="among those that you may see"):
            statement(by=boss, account_id=account_id, as_of=DAY)
    assert statement(by=OPERATOR, account_id=hidden, as_of=DAY).charges.height == 1


def test_roles_are_those_granted(shared: SmallBook) -> None:
    rights = access.rights(shared.join("boss", "supervisor"))
    assert (rights.may("supervisor"), rights.may("admin")) == (True, False)
    assert access.rights(OPERATOR).may("admin")
