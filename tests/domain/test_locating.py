"""Where a debtor is: what is believed, told and put right, and who beside them may be contacted."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import polars as pl
import pytest

from ahadi.data import frames
from ahadi.data.models.act import Act as ActRow
from ahadi.data.models.contact import Contact, ContactOutcome
from ahadi.domain.audit.operations import perform
from ahadi.domain.audit.ports import Act, Actor, Performance
from ahadi.domain.contact.ports import Asked
from ahadi.domain.contact.queries import ask
from ahadi.domain.finding.queries import callers
from ahadi.domain.flows import take_back as back
from ahadi.domain.flows.relate_party import (
    RelatedOutcome,
    Relation,
    UnableToRelateParty,
    end_relation,
    relate_party,
)
from ahadi.domain.flows.take_back import TakenBackOutcome, TellingAlreadyTakenBack, UnableToTakeBackTelling
from ahadi.domain.flows.take_down import Learnt, LearntOutcome, take_down
from ahadi.domain.flows.tell_detail import ToldOutcome, tell_detail
from ahadi.domain.parties.believing import Believed, believed
from ahadi.domain.parties.telling import Told, UnableToTellDetail
from ahadi.domain.reporting.contacts import reached
from ahadi.domain.reporting.histories import history

from .book import SmallBook, broken_laws, invoice

OLD, NEW, THIRD = "+254712000001", "+254712000002", "+254712000003"


class Locating:
    """A book with two debtors, and somebody who locates them."""

    def __init__(self, book: SmallBook) -> None:
        self.book = book
        book.place(
            invoice("A", 10, debtor="1", debtor_name="Neema Mrisho", phone=OLD),
            invoice("B", 10, debtor="2", debtor_name="Otieno Kamau", phone=THIRD),
        )
        self.by = book.join("sara", "manager")

    def account(self, number: str = "1") -> int:
        """The account of a debtor."""
        found: int = frames.scalar(
            "SELECT a.id FROM account a WHERE a.number = %(n)s AND a.organisation_id = %(o)s",
            {"n": number, "o": self.book.organisation_id},
        )
        return found

    def act(self, name: str, run: Callable[[Act], Any], outcome: type, by: Actor | None = None) -> Any:
        """An act of a person."""
        how = Performance(by or self.by, self.book.organisation_id, name.encode())
        return perform(name, run, outcome, how)

    def tell(self, text: str, *, kind: str = "phone", by: Actor | None = None, **more: Any) -> ToldOutcome:
        """The debtor tells of something."""
        told = Told(kind, text, more.pop("source", "debtor"), more.pop("replaces", None))
        run = partial(tell_detail, account_id=self.account(more.pop("number", "1")), person_id=None, told=told)
        made: ToldOutcome = self.act("tell_detail", run, ToldOutcome, by)
        return made

    def deny(self, point: int) -> None:
        """Somebody says that a number is not theirs."""
        learnt = Learnt("WRONG_NUMBER", "officer", contact_point_id=point)
        run = partial(take_down, account_id=self.account(), person_id=None, learnt=learnt)
        self.act("disown_point", run, LearntOutcome)

    def relate(self, **more: Any) -> int:
        """Somebody stands beside the debtor."""
        related = Relation(**{"relation": "relative", "from_date": date(2026, 1, 1), "source": "debtor", **more})
        run = partial(relate_party, account_id=self.account(), related=related)
        made: RelatedOutcome = self.act("relate_party", run, RelatedOutcome)
        return made.person_id

    def take_back(self, name: str, by: Actor | None = None) -> None:
        """The newest act of a name is taken back."""
        told = ActRow.objects.filter(organisation_id=self.book.organisation_id, name=name).latest("id").id
        self.act("take_back", partial(back.take_back, account_id=self.account(), act_id=told), TakenBackOutcome, by)

    def numbers(self) -> tuple[Believed, ...]:
        """What is believed of the debtor's numbers."""
        people = reached(by=self.by, account_id=self.account()).people
        debtor = next(one.person_id for one in people if one.role == "debtor")
        day = frames.scalar("SELECT current_date")
        return believed(pl.Series([debtor]), debtor_id=debtor, as_of=day)[debtor]

    def tried(self, point: int, result: str, *, is_contact: bool = False, is_right_party: bool = False) -> None:
        """An attempt at a number, and what came of it."""

        def book(act: Act) -> LearntOutcome:
            made = Contact(
                account_id=self.account(), contact_point_id=point, channel="call", direction="inbound", began_at=act.at,
                act_id=act.id,
            )  # fmt: skip
            made.save(force_insert=True)
            ContactOutcome(
                contact_id=made.id, result=result, is_contact=is_contact, is_right_party=is_right_party,
                ended_at=act.at, act_id=act.id,
            ).save(force_insert=True)  # fmt: skip
            return LearntOutcome(made.id, 0)

        self.act("tried", book, LearntOutcome)

    def answer(self, person: int, purpose: str) -> tuple[str, list[str]]:
        """What the gate says of a letter to a person, and the rules that spoke."""
        now = frames.scalar("SELECT clock_timestamp()")
        answer, _, _ = ask(Asked(self.account(), "letter", person_id=person, purpose=purpose), at=now)
        return answer.answer, [one.rule_id for one in answer.reasons]


@pytest.fixture
def locating(book: SmallBook) -> Locating:
    """The book."""
    return Locating(book)


def test_number_of_a_sheet_is_believed_as_the_creditors_word(locating: Locating) -> None:
    (one,) = locating.numbers()
    assert (one.text, one.source, one.belief, one.tried) == (OLD, "creditor", 40, 0)
    assert dict(one.reasons) == {"told": 40}


def test_reasons_of_every_number_add_up_to_its_belief(locating: Locating) -> None:
    first = locating.numbers()[0]
    locating.tried(first.point_id, "RP_NOCOMMIT", is_contact=True, is_right_party=True)
    for _ in range(4):
        locating.tried(first.point_id, "NC_NOANS")
    locating.tell(THIRD)
    for one in locating.numbers():
        assert sum(points for _, points in one.reasons) == one.belief
    found = {one.text: one for one in locating.numbers()}
    assert (found[OLD].tried, found[OLD].reached) == (5, 1)
    assert (found[THIRD].others, dict(found[THIRD].reasons)["shared"]) == (1, -10)


def test_number_that_another_debtor_denied_tells_so(locating: Locating) -> None:
    locating.tell(THIRD)
    other = frames.scalar("SELECT min(id) FROM contact_point WHERE normal = %(n)s", {"n": THIRD})
    learnt = Learnt("WRONG_NUMBER", "officer", contact_point_id=other)
    run = partial(take_down, account_id=locating.account("2"), person_id=None, learnt=learnt)
    locating.act("disown_point", run, LearntOutcome)
    assert next(one for one in locating.numbers() if one.text == THIRD).others_marked == 1


def test_what_the_debtor_tells_is_believed_first_and_is_taken_back_without_a_trace(locating: Locating) -> None:
    before = locating.numbers()
    locating.tell("0712 000 002")
    assert [(one.text, one.belief) for one in locating.numbers()] == [(NEW, 50), (OLD, 40)]
    locating.take_back("tell_detail")
    assert locating.numbers() == before
    assert broken_laws() == {}


def test_what_was_taken_back_can_be_told_again(locating: Locating) -> None:
    locating.tell(NEW)
    locating.take_back("tell_detail")
    locating.tell(NEW, source="relative")
    assert [(one.text, one.source) for one in locating.numbers()] == [(OLD, "creditor"), (NEW, "relative")]


def test_number_that_takes_the_place_of_another_bars_it_and_keeps_it_in_the_history(locating: Locating) -> None:
    old = locating.numbers()[0].point_id
    locating.tell(NEW, replaces=old)
    new, gone = locating.numbers()
    assert (new.text, gone.is_wrong, gone.replaced_by) == (NEW, True, new.point_id)
    kinds = [one.kind for one in history(by=locating.by, account_id=locating.account(), point_id=new.point_id)]
    assert sorted(kinds) == ["brought", "denied", "replaced"]
    changed = next(one for one in history(by=locating.by, account_id=locating.account()) if one.kind == "replaced")
    assert (changed.before, changed.text, changed.by, changed.source) == (OLD, NEW, "sara", "debtor")
    locating.take_back("tell_detail")
    assert [(one.text, one.is_wrong) for one in locating.numbers()] == [(OLD, False)]


def test_number_that_was_denied_counts_again_once_it_is_told_again(locating: Locating) -> None:
    old = locating.numbers()[0].point_id
    locating.deny(old)
    assert locating.numbers()[0].belief == 0
    locating.tell(OLD)
    (one,) = locating.numbers()
    assert (one.is_wrong, one.belief, one.source) == (False, 50, "debtor")


_WITHOUT_TRAIL = """
    SELECT EXISTS (SELECT 1 FROM circumstance c LEFT JOIN circumstance_end e ON e.circumstance_id = c.id
                   WHERE c.contact_point_id = %(point)s AND c.kind = 'WRONG_NUMBER' AND e.circumstance_id IS NULL)
"""


def test_mark_whose_end_was_taken_back_holds_again_for_everybody_who_asks(locating: Locating) -> None:
    old = locating.numbers()[0].point_id

    def wrong() -> tuple[bool, bool, bool]:
        """What locating, the search for callers and the gate say of the number."""
        people = pl.Series([row.person_id for row in locating.numbers()])
        found = callers(people, OLD)
        asked, _, _ = ask(
            Asked(locating.account(), "call", contact_point_id=old), at=frames.scalar("SELECT clock_timestamp()")
        )
        barred = "HOUSE-WRONG-NUMBER" in [one.rule_id for one in asked.reasons]
        return locating.numbers()[0].is_wrong, bool(found["is_wrong"][0]), barred

    locating.deny(old)
    assert wrong() == (True, True, True)
    locating.tell(OLD)
    assert wrong() == (False, False, False)
    locating.take_back("tell_detail")
    # Whoever does not ask whether the end was taken back still believes the number.
    assert frames.scalar(_WITHOUT_TRAIL, {"point": old}) is False
    assert wrong() == (True, True, True)
    locating.tell(OLD)
    assert wrong() == (False, False, False)
    assert broken_laws() == {}


def test_number_that_another_debtor_denied_and_has_again_tells_nothing(locating: Locating) -> None:
    locating.tell(THIRD)
    other = frames.scalar("SELECT min(id) FROM contact_point WHERE normal = %(n)s", {"n": THIRD})
    learnt = Learnt("WRONG_NUMBER", "officer", contact_point_id=other)
    run = partial(take_down, account_id=locating.account("2"), person_id=None, learnt=learnt)
    locating.act("disown_point", run, LearntOutcome)
    locating.tell(THIRD, number="2")
    assert next(one for one in locating.numbers() if one.text == THIRD).others_marked == 0


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("phone", "12", "is no telephone number that can be called"),
        ("phone", "0712 nobody", "is no telephone number that can be called"),
        ("email", "nobody", "is no e-mail address"),
        ("address", "x", "too short"),
        ("identity", "--", "letters and digits"),
        ("birth_date", "2026-01-01", "no day on which a debtor"),
        ("birth_date", "1990-02-31", "no day on which a debtor"),
        ("shoe", "44", "nothing that can be told"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(locating: Locating, kind: str, text: str, said: str) -> None:
    with pytest.raises(UnableToTellDetail, match=said):
        locating.tell(text, kind=kind)


def test_same_number_cannot_take_its_own_place(locating: Locating) -> None:
    with pytest.raises(UnableToTellDetail, match="the same as before"):
        locating.tell("0712000001", replaces=locating.numbers()[0].point_id)


def test_number_of_somebody_else_cannot_be_replaced(locating: Locating) -> None:
    other = frames.scalar("SELECT max(id) FROM contact_point WHERE normal = %(n)s", {"n": THIRD})
    with pytest.raises(UnableToTellDetail, match="not of that person"):
        locating.tell(NEW, replaces=other)


def test_what_somebody_else_told_is_taken_back_by_who_answers_for_it_alone(locating: Locating) -> None:
    officer = locating.book.join("amina", "officer")
    locating.tell(NEW)
    with pytest.raises(Exception, match="no such account"):
        locating.take_back("tell_detail", by=officer)
    legal = locating.book.join("lea", "quality")
    with pytest.raises(UnableToTakeBackTelling, match="somebody else told it"):
        locating.take_back("tell_detail", by=legal)
    locating.take_back("tell_detail")
    with pytest.raises(TellingAlreadyTakenBack):
        locating.take_back("tell_detail")


def test_number_at_which_somebody_was_contacted_since_is_not_taken_back(locating: Locating) -> None:
    made = locating.tell(NEW)
    locating.tried(made.contact_point_id or 0, "NC_NOANS")
    with pytest.raises(UnableToTakeBackTelling, match="not theirs instead"):
        locating.take_back("tell_detail")


def test_third_party_without_a_basis_is_refused_with_the_rule(locating: Locating) -> None:
    nobody = locating.relate(name="Juma Beside")
    assert (
        locating.answer(nobody, "collect") == ("block", ["HOUSE-THIRD-PARTY"])
        or "HOUSE-THIRD-PARTY" in (locating.answer(nobody, "collect")[1])
    )
    agreed = locating.relate(name="Asha Beside", basis="consent")
    assert "HOUSE-THIRD-PARTY" not in locating.answer(agreed, "collect")[1]


def test_basis_to_ask_where_somebody_is_lets_nobody_speak_of_the_debt(locating: Locating) -> None:
    person = locating.relate(name="Juma Beside", basis="location")
    assert "HOUSE-THIRD-PARTY" in locating.answer(person, "collect")[1]
    assert "HOUSE-THIRD-PARTY" not in locating.answer(person, "location")[1]


def test_relation_that_ended_lets_nobody_be_contacted_and_comes_back_when_that_is_taken_back(
    locating: Locating,
) -> None:
    person = locating.relate(name="Asha Beside", basis="consent", phone=NEW)
    run = partial(end_relation, account_id=locating.account(), person_id=person)
    locating.act("end_relation", run, RelatedOutcome)
    roles = [one.role for one in reached(by=locating.by, account_id=locating.account()).people]
    assert roles == ["debtor"]
    with pytest.raises(UnableToRelateParty, match="holds any more"):
        locating.act("end_relation", run, RelatedOutcome)
    locating.take_back("end_relation")
    people = reached(by=locating.by, account_id=locating.account()).people
    assert [(one.role, one.basis) for one in people] == [("debtor", None), ("relative", "consent")]
    assert broken_laws() == {}


def test_newer_basis_of_one_who_is_known_takes_the_place_of_the_older(locating: Locating) -> None:
    person = locating.relate(name="Asha Beside")
    locating.relate(person_id=person, basis="consent")
    people = reached(by=locating.by, account_id=locating.account()).people
    assert [(one.person_id, one.basis) for one in people if one.role != "debtor"] == [(person, "consent")]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"name": "A"}, "write the name"),
        ({"name": "Asha", "relation": "friend"}, "is no relation"),
        ({"name": "Asha", "basis": "contract"}, "nobody of the relation"),
        ({"name": "Asha", "basis": "luck"}, "is no basis"),
        ({"name": "Asha", "from_date": date(2126, 1, 1)}, "begins on a later day"),
    ],
)
def test_relation_that_cannot_be_is_refused(locating: Locating, more: dict[str, Any], said: str) -> None:
    with pytest.raises(UnableToRelateParty, match=said):
        locating.relate(**more)
