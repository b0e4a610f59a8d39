"""What is asked once while a page is made is what is; an act asks anew, and what it changed is seen after it."""

from contextlib import nullcontext

import pytest

from ahadi.data.once import asked_once, remembering
from ahadi.domain.audit import operations
from ahadi.domain.people.queries import owner_of

from .book import SmallBook


def test_a_question_is_asked_once_while_a_page_is_made_and_always_outside_of_it() -> None:
    asked: list[str] = []

    @asked_once
    def spelled(name: str, *, is_loud: bool = False) -> str:
        asked.append(name)
        return name.upper() if is_loud else name

    assert (spelled("a"), spelled("a")) == ("a", "a") and asked == ["a", "a"]
    with remembering():
        assert [spelled("a"), spelled("a"), spelled("a", is_loud=True), spelled("b")] == ["a", "a", "A", "b"]
        assert asked == ["a", "a", "a", "a", "b"]
    with remembering():
        assert spelled("a") == "a" and asked[-1] == "a" and len(asked) == 6


def test_what_an_act_changed_is_seen_after_it_in_the_same_page(book: SmallBook) -> None:
    with remembering():
        assert owner_of("juma") is None
        book.join("juma")
        assert owner_of("juma") is not None


def test_without_asking_anew_the_page_would_not_see_what_the_act_did(
    book: SmallBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "asking_anew", nullcontext)
    with remembering():
        assert owner_of("juma") is None
        book.join("juma")
        assert owner_of("juma") is None, "the answer from before the act is told after it"


def test_an_act_that_fails_leaves_nothing_behind_that_was_told_before_it(book: SmallBook) -> None:
    with remembering():
        assert owner_of("juma") is None
        book.join("juma")
        with pytest.raises(Exception, match="taken"):
            book.join("juma")
        assert owner_of("juma") is not None
