"""What figures mean: types, changes and which way is better, how they are written, what is worked out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_tui.api.reports import ReportRow, Value
from matomo_tui.reports import computed_metrics, values
from matomo_tui.reports.values import ColumnType
from matomo_tui.rounding import tenths, whole_percent
from matomo_tui.ui.drawing.glyphs import UNICODE
from matomo_tui.ui.reports.report_columns import change_cell, difference, figure


@pytest.mark.parametrize(
    ("value", "kind", "written"),
    [
        (1234567, "number", "1,234,567"),
        (3.456, "number", "3.46"),
        (3.0, "number", "3"),
        (-0.001, "number", "0"),
        (0.2716, "percent", "27.16 %"),
        (0.38, "percent", "38 %"),
        (2.033, "percent", "203.3 %"),
        (1204.5, "money", "EUR 1,204.50"),
        (77, "duration_s", "0:01:17"),
        (0.45, "duration_s", "0.45 s"),
        (3725.6, "duration_s", "1:02:06"),
        (350, "duration_ms", "350 ms"),
        (999, "byte", "999 B"),
        (1234567, "byte", "1.2 MB"),
        ("a\x1b]0;b\x07", "text", "a]0;b"),
        (None, "number", "–"),
    ],
)
def test_how_a_value_is_written(value: Value, kind: ColumnType, written: str) -> None:
    assert values.written(value, kind, "EUR", missing="–") == written


@pytest.mark.parametrize(
    ("value", "currency", "written"),
    [
        (0.00412345, "BTC", "BTC 0.00412345"),
        (1234.5, "XBT", "XBT 1,234.5"),
        (1204.5, "JPY", "JPY 1,205"),
        (20, "EUR", "EUR 20.00"),
        (20, "", "20.00"),
    ],
)
def test_an_amount_keeps_the_digits_of_its_currency(value: float, currency: str, written: str) -> None:
    assert values.written(value, "money", currency) == written


@given(
    st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**63), 2**63),
    st.sampled_from(["number", "percent", "money", "duration_s", "duration_ms", "byte", "text"]),
)
def test_any_figure_is_written(value: float, kind: ColumnType) -> None:
    assert values.written(value, kind, "EUR").strip()


@pytest.mark.parametrize("after", [1e306, 1.7e308, -1.7e308, float("inf"), float("nan")])
@pytest.mark.parametrize("before", [1e-5, 1, -1.7e308])
@pytest.mark.parametrize("kind", ["number", "percent", "money", "duration_s", "duration_ms", "byte"])
def test_a_change_at_the_end_of_what_a_number_holds_is_drawn(after: float, before: float, kind: ColumnType) -> None:
    found = values.change("nb_visits", after, before)
    assert found is not None
    assert change_cell(found, is_new=False, kind=kind, glyphs=UNICODE)
    assert isinstance(figure(after, kind, "EUR"), str)
    assert values.written(after, kind, "EUR", "-")


def test_a_ratio_beyond_every_number_has_a_limit() -> None:
    assert tenths(float("inf")) == tenths(1e306)
    assert whole_percent(float("nan")) == 0


@pytest.mark.parametrize(
    ("server", "column", "kind"),
    [
        ("money", "x", "money"),
        ("", "exit_rate", "percent"),
        ("", "revenue_total", "money"),
        ("", "sum_visit_length", "duration_s"),
        ("furlongs", "stripes", "number"),
        ("bytes", "x", "byte"),
    ],
)
def test_types(server: str, column: str, kind: ColumnType) -> None:
    assert values.column_type(server, column) == kind


@pytest.mark.parametrize(
    ("column", "after", "before", "direction", "good"),
    [
        ("nb_visits", 54, 50, 1, 1),
        ("nb_visits", 28, 40, -1, -1),
        ("bounce_rate", 0.5, 0.4, 1, -1),
        ("avg_time_server", 0.2, 0.4, -1, 1),
        ("max_actions", 9, 3, 1, 0),
        ("nb_visits", 4, 0, 1, 1),
        ("nb_visits", 4, 4, 0, 0),
    ],
)
def test_a_change(column: str, after: float, before: float, direction: int, good: int) -> None:
    found = values.change(column, after, before)
    assert found is not None
    assert (found.direction, found.good) == (direction, good)


@pytest.mark.parametrize(
    ("before", "after", "written"),
    [
        (0.1, 0.205, "+11 pp"),
        (0.205, 0.1, "-11 pp"),
        (0.1004, 0.1006, "+0.1 pp"),
        (0.05, 0.1494, "+9.9 pp"),
        (0.05, 0.1499, "+10 pp"),
        (-float("inf"), float("inf"), "+>999T pp"),
    ],
)
def test_percentage_points_are_those_between_the_rates_as_they_are_written(
    before: float, after: float, written: str
) -> None:
    found = values.change("conversion_rate", after, before)
    assert found is not None
    assert difference(found, "percent") == written


def test_what_is_unknown_has_not_changed() -> None:
    assert values.change("nb_uniq_visitors", None, 4) is None
    assert values.change("nb_visits", 4, None) is None
    assert values.change("code", "de", 3) is None


def test_rates_are_worked_out_from_sums() -> None:
    row = ReportRow(values={"nb_visits": 8, "nb_actions": 20, "bounce_count": 2, "sum_visit_length": 80, "revenue": 4})
    assert computed_metrics.value(row, "nb_actions_per_visit") == 2.5
    assert computed_metrics.value(row, "bounce_rate") == 0.25
    assert computed_metrics.value(row, "avg_time_on_site") == 10
    assert computed_metrics.value(row, "revenue_per_visit") == 0.5
    assert computed_metrics.value(row, "conversion_rate") is None
    assert computed_metrics.value(ReportRow(values={"nb_visits": 0, "bounce_count": 0}), "bounce_rate") is None
    assert (
        computed_metrics.value(ReportRow(values={"bounce_rate": 0.5, "nb_visits": 8, "bounce_count": 2}), "bounce_rate")
        == 0.5
    )
    assert computed_metrics.needed(["nb_visits", "bounce_rate"]) == ("nb_visits", "bounce_rate", "bounce_count")
