"""A time-limited cache of answers, bounded by their number of rows."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """An ``answer``, and when it was asked for (UTC epoch). It is used again until ``lifetime`` seconds after."""

    answer: Any
    asked_at: float
    lifetime: float
    weight: int


class Cache:
    """The answers used last, together no heavier than ``most``."""

    def __init__(self, most: int, now: Callable[[], float]) -> None:
        self._most = most
        self._now = now
        self._kept: OrderedDict[Hashable, CacheEntry] = OrderedDict()
        self._weight = 0

    @property
    def weight(self) -> int:
        return self._weight

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Hashable, *, stale: bool = False) -> CacheEntry | None:
        """What is kept under ``key``, if it is still to be used, or whatever its age where ``stale``."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        # An age below nothing means that the clock was set back: nobody knows how old it is.
        if not stale and not 0 <= self._now() - kept.asked_at < kept.lifetime:
            return None
        self._kept.move_to_end(key)
        return kept

    def put(self, key: Hashable, answer: Any, *, asked_at: float, lifetime: float, weight: int) -> CacheEntry:
        """Keep it, at the cost of those not used for longest."""
        self.drop(key)
        kept = CacheEntry(answer, asked_at, lifetime, max(1, weight))
        if lifetime > 0 and kept.weight <= self._most:
            self._kept[key] = kept
            self._weight += kept.weight
        while self._weight > self._most:
            _, oldest = self._kept.popitem(last=False)
            self._weight -= oldest.weight
        return kept

    def drop(self, key: Hashable) -> None:
        """Forget it."""
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._weight -= kept.weight

    def held(self, alike: Callable[[Any], bool]) -> dict[Hashable, CacheEntry]:
        """What is kept under all keys that are ``alike``, whatever its age."""
        return {key: kept for key, kept in self._kept.items() if alike(key)}

    def forget(self, held: Mapping[Hashable, CacheEntry]) -> None:
        """Drop these, but for those that something newer took the place of."""
        for key, kept in held.items():
            if self._kept.get(key) is kept:
                self.drop(key)

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()
        self._weight = 0
