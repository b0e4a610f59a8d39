"""The rulebook gives the value of a day and a place, and says which entry cannot be used."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from ahadi.data import rulebook
from ahadi.data.rulebook import UnableToReadRulebook, parameter

HEAD = "parameter: step\nunit: units\nsource: somewhere\nquality: P\n"
GOOD = "values:\n  - {from: 2020-01-01, currency: KES, value: 10}\n  - {from: 2024-01-01, currency: KES, value: 20}\n"


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts a text in the place of `rulebook/step.yaml`."""
    (tmp_path / "rulebook").mkdir()
    monkeypatch.setattr(rulebook, "files", lambda package: tmp_path)

    def write(text: str) -> None:
        (tmp_path / "rulebook" / "step.yaml").write_text(text)
        parameter.cache_clear()

    return write


def test_value_is_that_of_the_newest_day_before(written: Callable[[str], None]) -> None:
    written(HEAD + GOOD)
    found = parameter("step", by="currency")
    assert [found.at("KES", date(year, 6, 1)) for year in (2020, 2023, 2024)] == [10, 10, 20]


def test_value_for_any_key_serves_where_there_is_none_of_its_own(written: Callable[[str], None]) -> None:
    written(HEAD + GOOD + '  - {from: 2020-01-01, currency: "*", value: 3}\n')
    assert parameter("step", by="currency").at("XAF", date(2024, 1, 1)) == 3


def test_day_without_a_value_is_refused(written: Callable[[str], None]) -> None:
    written(HEAD + GOOD)
    with pytest.raises(UnableToReadRulebook, match="no value for 'KES' on 2019-01-01"):
        parameter("step", by="currency").at("KES", date(2019, 1, 1))


@pytest.mark.parametrize("field", ["parameter", "unit", "source", "quality"])
def test_missing_field_is_named(written: Callable[[str], None], field: str) -> None:
    written("".join(line for line in (HEAD + GOOD).splitlines(True) if not line.startswith(field)))
    with pytest.raises(UnableToReadRulebook, match=rf"step.yaml: {field} missing"):
        parameter("step", by="currency")


@pytest.mark.parametrize(
    "entry",
    ["{from: soon, currency: KES, value: 1}", "{from: 2020-01-01, value: 1}", "{from: 2020-01-01, currency: KES}"],
)
def test_entry_that_cannot_be_used_is_named_by_its_place(written: Callable[[str], None], entry: str) -> None:
    written(HEAD + GOOD + f"  - {entry}\n")
    with pytest.raises(UnableToReadRulebook, match="value 3: needs a date"):
        parameter("step", by="currency")


@pytest.mark.parametrize("currency", ["AED", "KES", "NGN", "RWF", "TZS", "UGX", "XYZ"])
def test_shipped_rulebook_has_a_step_for_every_currency(currency: str) -> None:
    parameter.cache_clear()
    assert parameter("priority", by="currency").at(currency, date(2026, 1, 1)) > 0
