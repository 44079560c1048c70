"""A time-limited cache of answers, bounded by their number of rows."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from typing import Any

from msgspec import Struct

_FEWEST = 2


class CacheEntry(Struct, frozen=True):
    """A cached answer."""

    answer: Any
    asked_at: float
    """When it was requested, UTC epoch in seconds."""
    lifetime: float
    """Seconds after ``asked_at`` until which it is used again."""
    weight: int
    """Its number of rows, at least 1."""


class Cache:
    """The most recently used answers, with a total weight of at most ``most``. The newest two stay even if they have
    more: a level that is loaded whole is needed again for each of its pages, with that of the comparison period."""

    def __init__(self, most: int, now: Callable[[], float]) -> None:
        self._most = most
        self._now = now
        self._kept: OrderedDict[Hashable, CacheEntry] = OrderedDict()
        self._weight = 0

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Hashable, *, stale: bool = False) -> CacheEntry | None:
        """The entry for ``key`` if it is not expired; with ``stale`` however old."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        # A negative age means that the clock was set back: the real age is unknown.
        if not stale and not 0 <= self._now() - kept.asked_at < kept.lifetime:
            return None
        self._kept.move_to_end(key)
        return kept

    def put(self, key: Hashable, answer: Any, *, asked_at: float, lifetime: float, weight: int) -> CacheEntry:
        """Add an answer; the least recently used ones are dropped to make room."""
        self.drop(key)
        kept = CacheEntry(answer, asked_at, lifetime, max(1, weight))
        if lifetime > 0:
            self._kept[key] = kept
            self._weight += kept.weight
        while self._weight > self._most and len(self._kept) > _FEWEST:
            _, oldest = self._kept.popitem(last=False)
            self._weight -= oldest.weight
        return kept

    def drop(self, key: Hashable) -> None:
        """Remove the entry for ``key``, if there is one."""
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._weight -= kept.weight

    def clear(self) -> None:
        """Remove all entries."""
        self._kept.clear()
        self._weight = 0

    def held(self, matches: Callable[[Any], bool]) -> dict[Hashable, CacheEntry]:
        """The entries of all keys for which ``matches`` returns True, however old."""
        return {key: kept for key, kept in self._kept.items() if matches(key)}

    def forget(self, held: Mapping[Hashable, CacheEntry]) -> None:
        """Remove these entries, except those that were replaced meanwhile."""
        for key, kept in held.items():
            if self._kept.get(key) is kept:
                self.drop(key)
