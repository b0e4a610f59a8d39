"""An organisation's own dispositions count as they say, and nobody can make an attempt count as nothing."""

from typing import Any

import pytest

from ahadi.data import frames
from ahadi.domain.audit.ports import Actor
from ahadi.domain.contact import codes
from ahadi.domain.contact.codes import CodeChange, CodeOutcome, UnableToKeepCode
from ahadi.domain.contact.ports import Asked
from ahadi.domain.flows import begin_contact, record_outcome
from ahadi.domain.flows.begin_contact import ReachOutcome
from ahadi.domain.flows.record_outcome import ContactResult
from ahadi.domain.reporting.contacts import reached

from .book import SmallBook, invoice


@pytest.fixture
def placed(book: SmallBook) -> SmallBook:
    """A book in which D1 owes 1,000 and has an address for e-mail."""
    book.place(invoice("A", 1_000, email="d1@example.org"))
    return book


def keeps(book: SmallBook, code: str, **more: Any) -> CodeOutcome:
    change = CodeChange(more.pop("into", codes.DISPOSITIONS), code, more.pop("label", code.capitalize()), **more)
    return book.perform("keep_code", lambda act: codes.keep_code(act, change=change), CodeOutcome)


def account(book: SmallBook) -> int:
    found: int = frames.scalar("SELECT min(id) FROM account WHERE organisation_id = %(o)s", {"o": book.organisation_id})
    return found


def mails(book: SmallBook, result: str) -> None:
    """An e-mail and what came of it."""
    asked = Asked(account(book), "email")
    begun = book.perform("begin", lambda act: begin_contact.begin_contact(act, asked=asked), ReachOutcome)
    assert begun.contact_id is not None, begun
    number = begun.contact_id
    book.perform(
        "record", lambda act: record_outcome.record_outcome(act, contact_id=number, result=result), ContactResult
    )


def test_own_disposition_counts_as_it_says(placed: SmallBook) -> None:
    keeps(placed, "OWN_BOUNCED", into="messages", level="NO_CONTACT", result="failed")
    assert codes.results([placed.organisation_id])["OWN_BOUNCED"] == ("failed", False)
    mails(placed, "OWN_BOUNCED")
    (tried,) = reached(by=_operator(placed), account_id=account(placed)).tried
    assert tried.result == "OWN_BOUNCED"


def test_code_that_two_organisations_mean_otherwise_counts_as_unknown(placed: SmallBook) -> None:
    other = SmallBook.opened("other")
    keeps(placed, "OWN_SHUT", level="NO_CONTACT", result="failed")
    keeps(other, "OWN_SHUT", level="NO_CONTACT", result="no_answer")
    assert "OWN_SHUT" in codes.results([placed.organisation_id])
    assert "OWN_SHUT" not in codes.results([placed.organisation_id, other.organisation_id])


@pytest.mark.parametrize("level", ["THIRD_PARTY", "RIGHT_PARTY"])
@pytest.mark.parametrize("result", ["failed", "busy", None])
def test_whoever_was_reached_cannot_count_as_nothing(placed: SmallBook, level: str, result: str | None) -> None:
    with pytest.raises(UnableToKeepCode, match="an attempt counts as answered, met"):
        keeps(placed, "OWN_TRICK", level=level, result=result)


def test_what_a_code_means_does_not_change_when_it_is_worded_anew(placed: SmallBook) -> None:
    keeps(placed, "OWN_SHUT", level="NO_CONTACT", result="no_answer")
    keeps(placed, "OWN_SHUT", label="Closed", level="NO_CONTACT", result="failed")
    (own,) = (one for one in codes.kept(placed.organisation_id, codes.DISPOSITIONS).codes if one.is_own)
    assert (own.code.label, own.code.result) == ("Closed", "no_answer")


def test_shipped_code_keeps_its_meaning_whatever_is_said(placed: SmallBook) -> None:
    keeps(placed, "NC_NOANS", label="Nobody", level="NO_CONTACT", result="failed")
    assert codes.results([placed.organisation_id])["NC_NOANS"] == ("no_answer", False)


def test_retired_code_is_refused_and_still_counts(placed: SmallBook) -> None:
    keeps(placed, "OWN_SHUT", into="messages", level="NO_CONTACT", result="no_answer")
    mails(placed, "OWN_SHUT")
    keeps(placed, "OWN_SHUT", into="messages", is_active=False)
    with pytest.raises(record_outcome.UnableToRecordOutcome, match="was retired"):
        mails(placed, "OWN_SHUT")
    assert codes.results([placed.organisation_id])["OWN_SHUT"] == ("no_answer", False)


def _operator(book: SmallBook) -> Actor:
    return Actor("operator", organisation_id=book.organisation_id)
