"""Every figure that is one sum over another: published values, sums before quotients, nothing out of nothing."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahadi.kernel.money import ratio_text
from ahadi.kernel.ratio import RATIOS, UnableToFindRatio, ratios
from ahadi.kernel.schema import WrongFrame

# id of the published case, figure, its sums and constants, what it shows.
PUBLISHED: list[tuple[str, str, dict[str, int], dict[str, int], str]] = [
    ("PAR-01 30", "par", {"at_risk_minor": 180, "gross_minor": 1_000}, {}, "18.00"),
    ("PAR-01 60", "par", {"at_risk_minor": 130, "gross_minor": 1_000}, {}, "13.00"),
    ("PAR-01 90", "par", {"at_risk_minor": 90, "gross_minor": 1_000}, {}, "9.00"),
    ("PAR-02", "par", {"at_risk_minor": 172, "gross_minor": 1_200}, {}, "14.33"),
    ("PAR-02 lagged", "par_lagged", {"at_risk_minor": 172, "gross_before_minor": 800}, {}, "21.50"),
    (
        "PAR-04",
        "par_with_restructured",
        {"at_risk_minor": 1_500, "restructured_minor": 700, "gross_minor": 10_000},
        {},
        "22.00",
    ),
    (
        "written off shown",
        "par_with_written_off",
        {"at_risk_minor": 90, "written_off_minor": 110, "gross_minor": 890},
        {},
        "20.00",
    ),
    (
        "CEI-01",
        "cei",
        {
            "beginning_minor": 100_000,
            "sales_minor": 1_000_000,
            "ending_minor": 120_000,
            "ending_not_due_minor": 100_000,
        },
        {"months": 1},
        "98.00",
    ),
    (
        "CEI-02",
        "cei",
        {"beginning_minor": 300_000, "sales_minor": 600_000, "ending_minor": 350_000, "ending_not_due_minor": 200_000},
        {"months": 3},
        "50.00",
    ),
    (
        "CEI-03",
        "cei",
        {"beginning_minor": 100, "sales_minor": 50, "ending_minor": 40, "ending_not_due_minor": 40},
        {"months": 1},
        "100.00",
    ),
    ("DSO-01", "dso", {"ending_minor": 18_000, "sales_minor": 20_000}, {"days": 30}, "27.00"),
    ("DSO-02", "bpdso", {"ending_not_due_minor": 12_000, "sales_minor": 20_000}, {"days": 30}, "18.00"),
    (
        "DSO-03",
        "add",
        {"ending_minor": 18_000, "ending_not_due_minor": 12_000, "sales_minor": 20_000},
        {"days": 30},
        "9.00",
    ),
    ("COLLRATE-01", "collection_rate", {"collected_of_due_minor": 74, "fell_due_minor": 100}, {}, "74.00"),
    ("CER-01", "cer_current", {"applied_to_current_minor": 88_000, "fell_due_minor": 100_000}, {}, "88.00"),
    (
        "CER-01 total",
        "cer_total",
        {
            "applied_to_current_minor": 88_000,
            "applied_to_overdue_minor": 9_000,
            "overdue_before_minor": 40_000,
            "fell_due_minor": 100_000,
        },
        {},
        "69.29",
    ),
    (
        "CER-01 loose",
        "cer_loose",
        {"applied_to_current_minor": 88_000, "applied_to_overdue_minor": 9_000, "fell_due_minor": 100_000},
        {},
        "97.00",
    ),
    ("RECOV-01", "recovery", {"collected_minor": 180_000, "outstanding_placed_minor": 1_200_000}, {}, "15.00"),
    (
        "after write-off",
        "recovery_after_write_off",
        {"recovered_minor": 25, "written_off_minor": 1_000},
        {},
        "2.50",
    ),
    (
        "PERF-07",
        "write_off_ratio",
        {"written_off_minor": 50, "outstanding_before_minor": 900, "outstanding_after_minor": 1_100},
        {},
        "5.00",
    ),
    ("LIQ-01", "liquidation", {"collected_minor": 15_000, "placed_minor": 100_000}, {}, "15.00"),
    (
        "BATCH-02",
        "liquidation_net",
        {"collected_minor": 16_000, "placed_minor": 100_000, "adjusted_minor": -5_000, "recalled_minor": 15_000},
        {},
        "20.00",
    ),
    ("cost", "cost_to_collect", {"cost_minor": 8_400, "collected_minor": 120_000}, {}, "7.00"),
    ("CE-01", "call_effectiveness", {"effective_count": 27, "contact_count": 60}, {}, "45.00"),
    ("ACC-01", "record_accuracy", {"sampled_count": 200, "wrong_record_count": 9}, {}, "95.50"),
    ("ACC-01 fields", "field_accuracy", {"checked_field_count": 2_400, "wrong_field_count": 11}, {}, "99.54"),
    (
        "AHT-01",
        "handle_seconds_mean",
        {"talk_seconds": 10_800, "hold_seconds": 600, "after_seconds": 2_400, "call_count": 60},
        {},
        "230.00",
    ),
    ("OCC-01", "occupancy", {"handle_seconds": 45, "idle_seconds": 15}, {}, "75.00"),
    (
        "OCC-02",
        "occupancy_by_volume",
        {"call_count": 100, "agent_count": 6},
        {"handle_seconds_mean": 180},
        "83.33",
    ),
    ("utilisation", "utilisation", {"handle_seconds": 45, "paid_seconds": 90}, {}, "50.00"),
    ("FCR-01", "first_call_resolution", {"resolved_once_accounts": 22, "handled_accounts": 80}, {}, "27.50"),
    ("CREDITS-01", "credits_per_account", {"credit_days": 22, "worked_accounts": 2}, {}, "11.00"),
    ("cure", "cure", {"cured_count": 2, "late_before_count": 8}, {}, "25.00"),
    ("re-default", "re_default", {"late_again_count": 1, "cured_count": 4}, {}, "25.00"),
]


def shown(kpi: str, sums: dict[str, int], constants: dict[str, int]) -> dict[str, Any]:
    return ratios(pl.DataFrame(sums), kpis=[kpi], constants=constants).row(0, named=True)


@pytest.mark.parametrize(("name", "kpi", "sums", "constants", "text"), PUBLISHED, ids=[case[0] for case in PUBLISHED])
def test_published_figure_comes_out(
    name: str, kpi: str, sums: dict[str, int], constants: dict[str, int], text: str
) -> None:
    assert shown(kpi, sums, constants)["shown"] == text


FUNNEL = {
    "assigned_accounts": 500,
    "attempted_accounts": 400,
    "attempt_count": 1_200,
    "contact_count": 300,
    "rpc_count": 180,
    "rpc_accounts": 150,
    "promise_count": 90,
    "promise_accounts": 85,
}


def test_funnel_figures_come_out_together_in_the_order_asked() -> None:
    """CONTACT-01."""
    expected = {
        "contact_rate": "25.00",
        "rpc_per_attempt": "15.00",
        "rpc_per_contact": "60.00",
        "penetration": "80.00",
        "rpc_penetration": "30.00",
        "intensity_per_attempted": "3.00",
        "intensity_per_assigned": "2.40",
        "promise_rate": "50.00",
        "promise_rate_by_account": "56.67",
    }
    made = ratios(pl.DataFrame(FUNNEL), kpis=list(expected))
    assert dict(made.select("kpi", "shown").iter_rows()) == expected
    assert made["kpi"].to_list() == list(expected)


def test_rate_of_a_group_is_a_sum_over_a_sum() -> None:
    rows = pl.DataFrame({"team": ["a", "a", "b"], "collected_minor": [1, 0, 3], "placed_minor": [1, 9, 3]})
    assert ratios(rows, kpis=["liquidation"])["shown"].to_list() == ["30.77"]
    by_team = ratios(rows, kpis=["liquidation"], by=["team"])
    assert by_team.select("team", "shown").rows() == [("a", "10.00"), ("b", "100.00")]


@pytest.mark.parametrize("kpi", RATIOS)
def test_nothing_out_of_nothing_is_no_figure(kpi: str) -> None:
    """CEI-04 and every other."""
    row = shown(kpi, dict.fromkeys(RATIOS[kpi].names, 0), {})
    assert (row["denominator"], row["shown"]) == (0, None)


def test_column_that_is_missing_or_no_whole_number_is_named() -> None:
    with pytest.raises(WrongFrame, match="'gross_minor' is missing"):
        ratios(pl.DataFrame({"at_risk_minor": [1]}), kpis=["par"])
    with pytest.raises(WrongFrame, match="'gross_minor' must be Int64"):
        ratios(pl.DataFrame({"at_risk_minor": [1], "gross_minor": [1.0]}), kpis=["par"])
    with pytest.raises(UnableToFindRatio, match="no figure 'parr'"):
        ratios(pl.DataFrame({"at_risk_minor": [1]}), kpis=["parr"])


@given(st.data())
def test_figures_are_those_of_plain_arithmetic(data: st.DataObject) -> None:
    kpi = data.draw(st.sampled_from(sorted(RATIOS)))
    count = data.draw(st.integers(1, 3))
    columns = {name: [data.draw(st.integers(0, 10**6)) for _ in range(count)] for name in RATIOS[kpi].names}
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.Int64))
    sums = {name: sum(values) for name, values in columns.items()}
    above, below = (eval(text, {"__builtins__": {}}, dict(sums)) for text in (RATIOS[kpi].above, RATIOS[kpi].below))
    scale = 100 if RATIOS[kpi].shown == "percent" else 1
    expected = (kpi, above, below, ratio_text(above * scale, below))
    assert ratios(frame, kpis=[kpi]).row(0) == expected
    assert ratios(frame.reverse(), kpis=[kpi]).row(0) == expected
