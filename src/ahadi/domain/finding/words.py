"""How a name, a number or an address becomes words to be found by, and what is typed becomes a question."""

import re
from functools import lru_cache

import polars as pl
from anyascii import anyascii
from jellyfish import metaphone

from ahadi.domain.parties.steps import search_key

SOUND, NUMBER, BACKWARDS, ADDRESS = "~", "#", "<", "@"
"""What stands in front of words that are not plain: how a name sounds; digits of a number, as they run and backwards,
so that its end finds it; an e-mail address.
"""
_DIGITS_MIN = 3
_WORD = re.compile(r"[^\W_]+")


def of_names(names: pl.DataFrame) -> pl.DataFrame:
    """[party_id, word] of names (party_id, name): each word as written and as it sounds, in any script."""
    written = (
        names.select("party_id", word=search_key(pl.col("name")).str.split(" "))
        .explode("word", empty_as_null=True)
        .filter(pl.col("word").fill_null("") != "")
        .unique()
    )
    distinct = written["word"].unique()
    sounds = pl.DataFrame(
        {"word": distinct, "sound": [sound(word) for word in distinct]}, schema={"word": pl.String, "sound": pl.String}
    )
    heard = written.join(sounds, on="word").filter(pl.col("sound") != "")
    return pl.concat([written, heard.select("party_id", word=pl.concat_str(pl.lit(SOUND), "sound"))]).unique()


def of_numbers(numbers: pl.DataFrame) -> pl.DataFrame:
    """[party_id, word] of numbers of any kind (party_id, number): as written without signs, and their digits."""
    plain = numbers.select("party_id", word=search_key(pl.col("number")).str.replace_all(" ", ""))
    digits = numbers.select(
        "party_id", digits=pl.col("number").str.replace_all(r"[^0-9]", "").str.strip_chars_start("0")
    ).filter(pl.col("digits").str.len_chars() >= _DIGITS_MIN)
    return pl.concat(
        [
            plain.filter(pl.col("word") != ""),
            digits.select("party_id", word=pl.concat_str(pl.lit(NUMBER), "digits")),
            digits.select("party_id", word=pl.concat_str(pl.lit(BACKWARDS), pl.col("digits").str.reverse())),
        ]
    ).unique()


def of_emails(emails: pl.DataFrame) -> pl.DataFrame:
    """[party_id, word] of e-mail addresses (party_id, email)."""
    return emails.select(
        "party_id", word=pl.concat_str(pl.lit(ADDRESS), pl.col("email").str.strip_chars().str.to_lowercase())
    ).unique()


@lru_cache(maxsize=65_536)
def sound(word: str) -> str:
    """How a word of a name sounds: Metaphone of its letters in Latin; empty where it has none.

    Mohamed, Muhammad and their Arabic spelling sound alike; so do Mrisho and Mrsho.
    """
    latin = anyascii(word)
    return metaphone(latin) if latin.isascii() and not latin.isdigit() else ""


def typed(text: str) -> list[str]:
    """What was typed as plain words: folded, at most eight, an e-mail address as one."""
    words: list[str] = []
    for part in text.strip().split()[:8]:
        if "@" in part[1:]:
            words.append(part.lower())
            continue
        series = pl.DataFrame({"text": [part]}).select(search_key(pl.col("text"))).item()
        words += _WORD.findall(series)
    return words[:8]


def numbers_typed(text: str) -> str:
    """The digits of what was typed where it is a number as people write numbers, without leading zeros; else empty."""
    digits = re.sub(r"[^0-9]", "", text)
    is_number = len(digits) >= _DIGITS_MIN and not re.search(r"[^\d\s()+./-]", text)
    return digits.lstrip("0") if is_number else ""
