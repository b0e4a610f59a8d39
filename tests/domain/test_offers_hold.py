"""Whatever is posted, what is kept is within the mandate: drawn offers through the act, judged again from the book."""

from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ahadi.data.models.negotiation import Agreement, Offer
from ahadi.domain.arrangements.ports import PromiseAlreadyOpen
from ahadi.domain.laws.bargains import BARGAIN_LAWS
from ahadi.domain.negotiation import proposing
from ahadi.domain.negotiation.proposing import UnableToProposeOffer
from ahadi.domain.negotiation.steps import parts_of

from .book import SmallBook, invoice
from .dated import Clock, DatedBook, shown
from .haggling import Haggling

OWED = 10_000
MANDATED = next(law for law in BARGAIN_LAWS if law.name == "offers-within-mandate")
part = st.tuples(st.integers(-3, 200), st.one_of(st.integers(-5, 12_000), st.sampled_from([1_600, 2_000, 8_000, OWED])))


@pytest.fixture
def desk(book: SmallBook) -> Any:
    """D1 owes 100.00 since 200 days, and can spare 30.00 a month."""
    clock = Clock()
    with shown(clock):
        dated = DatedBook(book, clock)
        made, late = Haggling.begun(dated), dated.day_after(-200)
        dated.place(invoice("A", OWED, due_on=late, invoiced_on=late))
        made.tell("D1", income_minor=8_000, expenses_minor=5_000)
        yield made


def lawful(offer: Offer, today: date) -> bool:
    """The mandate of the tests in other words: what any offer of D1 may be."""
    parts = parts_of(offer)
    total, days = sum(minor for _, minor in parts), [(day - today).days for day, _ in parts]
    gaps = [later - earlier for earlier, later in pairwise(days)]
    least, count, longest = (8_000, 3, 95) if offer.kind == "settlement" else (OWED, 6, 180)
    return (
        least <= total <= OWED
        and len(parts) <= count
        and 0 <= days[0] <= 31
        and days[-1] <= longest
        and all(7 <= gap <= 35 for gap in gaps)
        and all(minor >= 100 for _, minor in parts[:-1])
    )


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.generate],
)
@given(
    kind=st.sampled_from(["cure", "payoff", "settlement", "gift"]),
    parts=st.one_of(
        st.lists(part, min_size=0, max_size=8),
        st.builds(
            lambda count, total, gap, first: [(first + gap * turn, total // count) for turn in range(count)],
            st.integers(1, 7),
            st.sampled_from([7_900, 8_000, 8_400, 9_000, OWED]),
            st.integers(5, 37),
            st.integers(0, 33),
        ),
    ),
    reason=st.sampled_from(["", "a brother pays"]),
    who=st.sampled_from(["officer", "supervisor", "manager"]),
)
def test_nothing_outside_the_mandate_is_ever_kept(
    desk: Haggling, kind: str, parts: list[tuple[int, int]], reason: str, who: str
) -> None:
    by = desk.owner("D1") if who == "officer" else getattr(desk, who)
    try:
        made = desk.propose(by, "D1", kind, *parts, excess_reason=reason, is_replacing=True)
    except (UnableToProposeOffer, PromiseAlreadyOpen):
        return
    offer = Offer.objects.get(id=made.offer_id)
    assert lawful(offer, desk.dated.day)
    assert offer.is_affordable or offer.excess_reason == "a brother pays"
    rank = {"officer": 1, "supervisor": 2, "manager": 3}[who]
    assert Agreement.objects.filter(offer_id=offer.id).exists() == (offer.rank <= rank)
    assert not list(MANDATED.broken())


def test_without_the_judgement_an_offer_outside_of_it_is_kept_and_the_law_finds_it(
    desk: Haggling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proposing, "_require_lawful", lambda seen, reason: None)
    made = desk.propose(desk.manager, "D1", "settlement", (1, 7_500))
    assert not lawful(Offer.objects.get(id=made.offer_id), desk.dated.day)
    assert any("outside of the mandate" in sentence for sentence in MANDATED.broken())
