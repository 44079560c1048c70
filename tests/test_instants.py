"""Times outside of the calendar's range become the nearest valid time."""

from __future__ import annotations

import math
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_tui.instants import EARLIEST, LATEST, http_date, is_plausible, local_time

ZONES = ("UTC", "Pacific/Auckland", "Pacific/Kiritimati", "America/New_York", "Pacific/Niue", "Asia/Manila")


@given(
    st.floats() | st.integers().map(float) | st.sampled_from([EARLIEST, LATEST, 253_402_300_799.0, -1e308, math.inf])
)
def test_every_number_is_a_time_in_every_zone(epoch: float) -> None:
    for zone in ZONES:
        local = local_time(epoch, ZoneInfo(zone))
        assert (local.astimezone(UTC) - local_time(epoch)) == timedelta(0)


def test_what_a_calendar_reaches_is_exact() -> None:
    assert local_time(1_795_000_000, ZoneInfo("Europe/Berlin")).isoformat() == "2026-11-18T12:06:40+01:00"
    assert is_plausible(1_795_000_000)
    assert not any(map(is_plausible, (math.nan, math.inf, LATEST + 1, EARLIEST - 1)))


@pytest.mark.parametrize(
    ("header", "epoch"),
    [
        ("Tue, 24 Nov 2026 05:57:52 GMT", 1_795_499_872.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799.0),
        ("Fri, 31 Dec 99999 23:59:59 GMT", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_http_dates(header: str, epoch: float | None) -> None:
    assert http_date(header) == epoch


@given(st.text())
def test_no_header_is_too_odd(header: str) -> None:
    http_date(header)
