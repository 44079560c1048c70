"""Values of alert rules: durations, quiet hours, and the words of a command."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_tui.alerts import rule_values

MONDAY = datetime(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("15m", 900), ("15 min", 900), ("2h", 7200), ("1h 30m", 5400), ("1H30M5S", 5405)]
)
def test_a_duration_has_units(text: str, seconds: int) -> None:
    assert rule_values.duration(text) == seconds


@pytest.mark.parametrize("value", ["", "15", "m", "5x", 5, None, True, "-5m", "1.5h"])
def test_what_is_no_duration_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="time with its unit"):
        rule_values.duration(value)


@pytest.mark.parametrize(
    ("hours", "day", "clock", "quiet"),
    [
        ("22:00-07:00", 0, (23, 0), True),
        ("22:00-07:00", 1, (6, 59), True),
        ("22:00-07:00", 1, (7, 0), False),
        ("12:00-13:00", 3, (12, 30), True),
        ("12:00-13:00", 3, (13, 0), False),
        ("Sat, Sun", 5, (0, 0), True),
        ("Sat, Sun", 6, (23, 59), True),
        ("Sat, Sun", 0, (0, 0), False),
        ("Mon-Fri 18:00-09:00", 4, (18, 0), True),
        ("Mon-Fri 18:00-09:00", 5, (8, 59), True),
        ("Mon-Fri 18:00-09:00", 6, (8, 59), False),
        ("Fri-Mon 00:00-24:00", 6, (12, 0), True),
        ("Fri-Mon 00:00-24:00", 2, (12, 0), False),
    ],
)
def test_quiet_hours_are_of_days_and_may_pass_midnight(
    hours: str, day: int, clock: tuple[int, int], quiet: bool
) -> None:
    (read,) = rule_values.quiet_hours(hours)
    at = MONDAY.replace(day=MONDAY.day + day, hour=clock[0], minute=clock[1])
    assert read.contains(at) is quiet


@pytest.mark.parametrize("value", ["", "22", "22:00", "25:00-07:00", "Xyz", "Mon 22:00", 22, ["22:00-07:00", 3]])
def test_what_are_no_quiet_hours_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="must be hours such as"):
        rule_values.quiet_hours(value)


def test_placeholders_are_replaced_in_each_word_and_never_split_it() -> None:
    values = {"message": "two words; rm -rf /", "site": "Shop"}
    assert rule_values.filled("{site}: {message}", values) == "Shop: two words; rm -rf /"
    assert rule_values.filled('{"text": "{message}"}', values) == '{"text": "two words; rm -rf /"}'


@given(st.text(max_size=20))
def test_no_value_becomes_an_option(value: str) -> None:
    assert not rule_values.filled("{site}", {"site": value}).startswith("-")
    assert rule_values.filled("--site={site}", {"site": value}).startswith("--site=")
