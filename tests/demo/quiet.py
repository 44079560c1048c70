"""A demo with fewer visits: months of them are what costs."""

from __future__ import annotations

from functools import cache

from matomo_tui.demo.options import V5_8, DemoOptions, Version
from tests.demo.asking import NOON, Asker


def a_share(site: int) -> float:
    """The share for answers of which only the shape matters: on the first site still one of everything."""
    return 0.2 if site == 1 else 0.05


@cache
def quiet_reader(matomo: Version = V5_8) -> Asker:
    """:func:`tests.demo.asking.reader` with ``fewer_visits`` of ``a_share``, for tests that only read."""
    return Asker(NOON, options=DemoOptions(failed_logins=1000, matomo=matomo))
