"""The number of visits that begin in each slot: by hour and weekday of the site's zone, with noise and occasional
bursts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from matomo_tui.demo.catalog.lists import zone_offset
from matomo_tui.demo.catalog.sitemap import Sitemap
from matomo_tui.demo.hashing import Lanes

SLOT = 600
"""Seconds in a slot, the unit of generation."""

SLOTS = 48
SHIFT = SLOT * SLOTS
"""Seconds in a shift (8 hours), within which each regular comes at most once."""

_KEPT_SHIFTS = 1024
_RUSH_ONE_IN = 41


@dataclass(frozen=True, slots=True)
class Shift:
    """The plan of eight hours, with the visits of each slot: all, those of a rush, those of regulars.

    ``before`` has the number of regulars earlier in the shift, per slot and finally in total.
    """

    visits: tuple[int, ...]
    rush: tuple[int, ...]
    regulars: tuple[int, ...]
    before: tuple[int, ...]


class Rhythm:
    """The plan of one site's visits, shift by shift."""

    def __init__(self, sitemap: Sitemap, timezone: str, key: int) -> None:
        self._timezone = timezone
        self._key = key
        self._returning = sitemap.returning
        self._week = _week(sitemap)
        self.shift: Callable[[int], Shift] = lru_cache(maxsize=_KEPT_SHIFTS)(self._plan)
        """The plan of the shift with a number, counted from the epoch."""

    def _plan(self, number: int) -> Shift:
        local = number * SHIFT + zone_offset(self._timezone, number * SHIFT)
        # The epoch was a Thursday; the weekly table begins on Monday.
        first = (local + 3 * 86_400) // SLOT
        visits, rush = [], []
        for slot, bits in enumerate(
            Lanes(range(self._key + number * SLOTS, self._key + (number + 1) * SLOTS)).mix().numbers()
        ):
            expected = self._week[(first + slot) % len(self._week)] * (0.72 + (bits & 0xFF) / 455)
            count = int(expected + (bits >> 8 & 0xFFFF) / 0x10000)
            rushing = int(expected * 1.6) if (bits >> 24) % _RUSH_ONE_IN == 0 else 0
            visits.append(count + rushing)
            rush.append(rushing)
        regulars = [round((count - rushing) * self._returning) for count, rushing in zip(visits, rush, strict=True)]
        return Shift(tuple(visits), tuple(rush), tuple(regulars), (0, *accumulate(regulars)))


def _week(sitemap: Sitemap) -> list[float]:
    """Expected visits in each of the week's 1008 slots, interpolated between hours."""
    expected = []
    hours = sitemap.hourly
    for day in sitemap.weekly:
        for slot in range(144):
            hour, part = slot // 6, slot % 6 / 6
            level = hours[hour] * (1 - part) + hours[(hour + 1) % 24] * part
            expected.append(sitemap.per_minute * 10 * day * level)
    return expected
