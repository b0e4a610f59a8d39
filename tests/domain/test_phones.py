"""Telephone numbers a column at a time: the same answers as libphonenumber's own, whoever wrote them however."""

import random

import phonenumbers
import polars as pl
import pytest

from ahadi.domain.parties import queries

KNOWN = ["KE", "TZ", "UG", "GB", "US", "IT", "DE", "IN", "AR", "ZA", "AE", "FR", "NG", "BR", "MX", "RU", "KZ", "XX"]


def written(country: str, seed: int, count: int = 1_500) -> list[str]:
    """Numbers as people write them, right and wrong ones, of this country and of others."""
    draw = random.Random(f"{country} {seed}")
    codes = ["254", "255", "256", "44", "1", "39", "49", "91", "54", "27", "971", "33", "234", "55", "52", "7"]
    fronts = ["", "0", "+", "00", "000", "+0", "0 ", *(f"+{code}" for code in codes), *codes, "+254 0", "2540"]
    starts = ["7", "1", "2", "4", "9", "70", "71", "72", "11", "20", "30", "80", "90", "06", "0800", "112"]
    texts = []
    for _ in range(count):
        body = draw.choice(starts) + "".join(draw.choices("0123456789", k=draw.randint(4, 10)))
        text = draw.choice(fronts) + body
        for _ in range(draw.randint(0, 2)):
            place = draw.randint(0, len(text))
            text = (
                text[:place] + draw.choice([" ", "-", " ", ".", "(", ")", "/", "x", "#", "", "\u0661"]) + text[place:]
            )
        texts.append(text)
    return texts


def one_by_one(text: str, country: str) -> str | None:
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    is_valid = phonenumbers.is_valid_number(number)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if is_valid else None


@pytest.mark.parametrize("country", KNOWN)
def test_columns_give_what_libphonenumber_gives_one_by_one(country: str) -> None:
    texts = written(country, seed=1)
    assert queries.normal_phones(pl.Series(texts), country).to_list() == [one_by_one(text, country) for text in texts]


@pytest.mark.nightly
@pytest.mark.parametrize("country", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_columns_give_the_same_in_every_country(country: str) -> None:
    texts = written(country, seed=2)
    assert queries.normal_phones(pl.Series(texts), country).to_list() == [one_by_one(text, country) for text in texts]


def test_plain_numbers_of_the_house_need_no_second_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "parse", lambda raw, country: phonenumbers.parse("+255754123456"))
    texts = ["0712345678", "+254 712-345 678", "254712345678", "712345678", "+255712345678", "0712", None]
    own, asked = "+254712345678", "+255754123456"
    assert queries.normal_phones(pl.Series(texts), "KE").to_list() == [own] * 4 + [asked] * 2 + [None]


def test_without_a_country_only_numbers_that_name_one_are_known() -> None:
    texts = pl.Series(["0712345678", "+254712345678", "no number", ""])
    assert queries.normal_phones(texts, None).to_list() == [None, "+254712345678", None, None]
