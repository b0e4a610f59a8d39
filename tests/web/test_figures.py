"""Figures as people read them."""

from datetime import date

import pytest

from ahadi.web.frame import figures


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (123_456_789, "KES", "1,234,567.89"),
        (0, "KES", "0.00"),
        (-75_000, "KES", "−750.00"),
        (-5, "KES", "−0.05"),
        (34_100_000, "TZS", "341,000"),
        (34_100_050, "TZS", "341,000.50"),
        (1_500, "UGX", "1,500"),
        (1_234, "KWD", "1.234"),
    ],
)
def test_an_amount_has_the_decimals_of_its_currency(minor: int, currency: str, text: str) -> None:
    assert figures.amount(minor, currency).text == text


def test_whole_units_are_rounded_and_stay_exact_for_machines() -> None:
    shown = figures.whole(1_234_550, "KES")
    assert (shown.text, shown.raw) == ("12,346", "12345.50")


def test_a_day_has_its_year_only_when_it_is_another() -> None:
    assert figures.day(date(2026, 6, 3), date(2026, 11, 1)) == "Wed 3 Jun"
    assert figures.day(date(2025, 6, 3), date(2026, 11, 1)) == "Tue 3 Jun 2025"
    assert figures.day(None, date(2026, 11, 1)) == "—"
