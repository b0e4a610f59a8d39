"""Short references in place of ids."""

import pytest

from ahadi.web.frame.reference import ALPHABET, UnableToReadReference, read, written


def test_a_reference_leads_back_to_its_id() -> None:
    for number in (1, 2, 3, 255, 1 << 20, (1 << 40) - 1):
        assert read("account", written("account", number)) == number


def test_neighbours_do_not_look_alike() -> None:
    words = [written("account", number) for number in range(1, 300)]
    assert len(set(words)) == len(words)
    assert len({word[:2] for word in words}) > 100


def test_one_wrong_character_is_noticed() -> None:
    word = written("account", 77).replace("-", "")
    noticed = 0
    for place in range(len(word)):
        for letter in ALPHABET:
            if letter != word[place]:
                try:
                    read("account", word[:place] + letter + word[place + 1 :])
                except UnableToReadReference:
                    noticed += 1
    assert noticed / (len(word) * (len(ALPHABET) - 1)) > 0.94


def test_what_is_written_by_hand_is_read() -> None:
    word = written("account", 123_456)
    assert read("account", word.lower().replace("0", "o").replace("1", "i")) == 123_456


def test_a_reference_of_another_kind_is_none() -> None:
    wrong = 0
    for number in range(1, 60):
        try:
            wrong += read("owner", written("account", number)) == number
        except UnableToReadReference:
            continue
    assert wrong == 0


@pytest.mark.parametrize("text", ["", "1", "ÄÖÜ!-12345", "0" * 9, "U" * 9])
def test_rubbish_is_refused(text: str) -> None:
    with pytest.raises(UnableToReadReference):
        read("account", text)
