"""Sizes in bytes as a person reads them."""

from __future__ import annotations

import pytest

from matomo_tui.sizes import format_size


@pytest.mark.parametrize(
    ("size", "shown"), [(0, "0 bytes"), (1, "1 byte"), (812, "812 bytes"), (14_200, "14 kB"), (3_200_000, "3.2 MB")]
)
def test_a_size_has_the_unit_that_fits(size: int, shown: str) -> None:
    assert format_size(size) == shown
