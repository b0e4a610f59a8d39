"""Where it is going with how somebody pays: told of six due dates or more, and not of a day or two."""

import pytest

from ahadi.web.frame.rhythm import Due, trend


def dues(*late_days: int, tone: str = "warn") -> tuple[Due, ...]:
    return tuple(Due("Jan", "", "", "", tone, days) for days in late_days)


@pytest.mark.parametrize(
    ("late_days", "told"),
    [
        ((0, 2, 1, 9, 14, 10), "Later than before: 11 days after the due date, 1 before that."),
        ((60, 30, 9, 14, 10, 0, 2, 1), "Sooner than before: 1 days after the due date, 11 before that."),
        ((5, 5, 5, 8, 8, 8), "As before: 8 days after the due date."),
        ((5, 5, 5, 9, 9, 9), "Later than before: 9 days after the due date, 5 before that."),
        ((0, 0, 0, 0, 90), ""),
    ],
)
def test_last_three_due_dates_are_compared_with_the_three_before(late_days: tuple[int, ...], told: str) -> None:
    assert trend(dues(*late_days)) == told


def test_what_is_not_paid_is_told_before_all_else() -> None:
    paid, not_paid = dues(0, 0, 0, 0, 0), dues(60, 30, tone="late")
    assert trend(paid + not_paid) == "The last 2 due dates are not paid."
    assert trend(not_paid[:1]) == "The last due date is not paid."
    assert trend(not_paid + paid + paid[:1]) == "As before: 0 days after the due date."
