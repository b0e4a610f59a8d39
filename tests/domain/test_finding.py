"""People are found by what somebody types: parts, sounds, numbers from either end, and never those of others."""

import polars as pl
import pytest

from ahadi.data import frames
from ahadi.data.models.party import PartyName
from ahadi.data.models.search import SearchEntry
from ahadi.domain.audit.ports import Actor
from ahadi.domain.finding import queries, words
from ahadi.domain.finding.operations import ReadOutcome, read_due
from ahadi.domain.finding.queries import Found, find

from .book import SmallBook, invoice

PEOPLE = {
    "D1": ("Neema J. Mrisho", "+254712345678", "neema@example.org"),
    "D2": ("Mohamed Ally Kweka", "+254722000111", None),
    "D3": ("محمد علي", "+971501234567", None),
    "D4": ("Grace Wanjiku O'Brien", "0733999888", "grace.w@example.com"),
    "D5": ("Hassan Mrisho", None, None),
}


def read(book: SmallBook, *, is_few: bool = False) -> int:
    return book.perform("read_names", lambda act: read_due(act, is_few=is_few), ReadOutcome).parties


@pytest.fixture
def crowd(book: SmallBook) -> SmallBook:
    """Five people, and one of another organisation with the same name."""
    for number, (name, phone, email) in PEOPLE.items():
        row = invoice(f"of {number}", 1_000, debtor=number, debtor_name=name, phone=phone, email=email)
        book.place({key: value for key, value in row.items() if value is not None})
    other = SmallBook.opened("other")
    other.place(invoice("of X", 10, debtor="X1", debtor_name="Neema J. Mrisho"))
    read(other)
    read(book)
    return book


def who(found: Found) -> list[str]:
    return [name or "" for name in found.accounts["name"].unique(maintain_order=True)]


def typed(book: SmallBook, text: str) -> list[str]:
    return who(find(by=book.operator, text=text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("neema", {"Neema J. Mrisho"}),
        ("NEE", {"Neema J. Mrisho"}),
        ("mrisho", {"Neema J. Mrisho", "Hassan Mrisho"}),
        ("mrisho nee", {"Neema J. Mrisho"}),
        ("muhamad", {"Mohamed Ally Kweka", "محمد علي"}),
        ("محمد", {"Mohamed Ally Kweka", "محمد علي"}),
        ("wanjiqu", {"Grace Wanjiku O'Brien"}),
        ("o'brien", {"Grace Wanjiku O'Brien"}),
        ("grace.w@exam", {"Grace Wanjiku O'Brien"}),
        ("+254 712 345 678", {"Neema J. Mrisho"}),
        ("0712345678", {"Neema J. Mrisho"}),
        ("345678", {"Neema J. Mrisho"}),
        ("2547", {"Neema J. Mrisho", "Mohamed Ally Kweka", "Grace Wanjiku O'Brien"}),
        ("d4", {"Grace Wanjiku O'Brien"}),
        ("neema kweka", set()),
        ("zz", set()),
        ("", set()),
        ("'; DROP TABLE party; --", set()),
        ("a\\'b & !c:*", set()),
    ],
)
def test_people_are_found_however_it_is_typed(crowd: SmallBook, text: str, expected: set[str]) -> None:
    assert set(typed(crowd, text)) == expected


def test_word_that_is_typed_wrongly_is_taken_for_the_nearest_and_says_so(crowd: SmallBook) -> None:
    found = find(by=crowd.operator, text="hassam")
    assert who(found) == ["Hassan Mrisho"] and found.taken_for == (("hassam", "hassan"),)


def test_whole_number_goes_before_its_end_and_that_before_its_beginning(book: SmallBook) -> None:
    for number in ("7701", "990-7701", "7701-44"):
        book.place(invoice(f"of {number}", 10, debtor=number, debtor_name=f"Holder of {number}"))
    read(book)
    assert typed(book, "7701") == ["Holder of 7701", "Holder of 990-7701", "Holder of 7701-44"]


def test_officer_finds_the_own_and_hears_whose_the_others_are(crowd: SmallBook) -> None:
    amina = crowd.join("amina", "officer")
    boss = crowd.join("boss", "supervisor")
    everyone = find(by=boss, text="mrisho")
    assert len(who(everyone)) == 2 and everyone.elsewhere == ()
    found = find(by=amina, text="mrisho")
    assert who(found) == [] and sum(count for _, count in found.elsewhere) == 2
    assert not any("Mrisho" in name for name, _ in found.elsewhere)


def test_of_a_common_name_the_own_are_found_before_the_many_of_others(
    book: SmallBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        book.place(invoice(f"of {number}", 10, debtor=f"J{number}", debtor_name="Juma Kamau"))
    amina = book.join("amina", "officer")
    book.place(invoice("of own", 10, debtor="OWN", debtor_name="Juma Kamau"))
    read(book)
    monkeypatch.setattr(queries, "_CANDIDATES", 2)
    found = find(by=amina, text="juma kamau")
    assert found.accounts.height == 1 and found.elsewhere
    monkeypatch.setattr(queries, "_people", lambda house, asked, scope: (first_of_all(house, asked),) * 2)
    assert find(by=amina, text="juma kamau").accounts.is_empty()


def first_of_all(house: int, asked: str) -> pl.Series:
    """The candidates without a look at whose they are: the control of the test above."""
    bound = {"house": house, "asked": asked, "limit": 2}
    return frames.read(queries._PARTIES, bound, {"debtor_id": pl.Int64})["debtor_id"]


def test_another_organisation_is_never_found(crowd: SmallBook) -> None:
    other = frames.scalar("SELECT id FROM organisation WHERE code = 'other'")
    assert who(find(by=Actor("operator", organisation_id=other), text="neema")) == ["Neema J. Mrisho"]
    assert find(by=Actor("operator", organisation_id=other), text="hassan").accounts.is_empty()


def test_name_that_changes_or_goes_is_found_no_more(crowd: SmallBook) -> None:
    assert read(crowd) == 0, "nothing changed since"
    PartyName.objects.filter(name="Hassan Mrisho").update(name="Hassan Temu")
    # The control: until it is read, the old words lead there still.
    assert set(typed(crowd, "mrisho")) == {"Neema J. Mrisho", "Hassan Temu"}
    assert (
        read(crowd) == 1 and typed(crowd, "mrisho") == ["Neema J. Mrisho"] and typed(crowd, "temu") == ["Hassan Temu"]
    )
    PartyName.objects.filter(name="Hassan Temu").delete()
    read(crowd)
    assert typed(crowd, "temu") == []
    words_left = SearchEntry.objects.values_list("words", flat=True)
    assert not any("temu" in one for one in words_left)


def test_large_batch_is_told_as_its_act_and_left_to_another_call(book: SmallBook) -> None:
    book.place(*(invoice(f"of {n}", 10, debtor=f"N{n}", debtor_name=f"Person {n}") for n in range(1_200)))
    assert read(book, is_few=True) == 0
    assert read(book) == 1_200 and typed(book, "person 1199") == ["Person 1199"]


def test_undone_batch_is_found_no_more(book: SmallBook) -> None:
    batch = book.place(invoice("of D1", 10, debtor_name="Neema Mrisho"))
    read(book)
    assert typed(book, "neema") == ["Neema Mrisho"]
    book.undo(batch.batch_id)
    assert typed(book, "neema") == []


def test_sound_is_the_same_in_every_spelling() -> None:
    assert words.sound("mohamed") == words.sound("muhammad") == words.sound("محمد") != ""
    assert words.sound("123") == ""
