"""Who came more than once on the same day, for counting different visitors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

from matomo_tui.demo.engine.visit_generator import ONE_TIME, BlockPart
from matomo_tui.demo.traffic.people import ONCE, person_number
from matomo_tui.demo.traffic.visit import SimulatedVisit

T = TypeVar("T")


class Meetings(Generic[T]):
    """The visits of one day by visitor: as journey keys, or as what a single visit adds."""

    __slots__ = ("_first", "_others", "_several")

    def __init__(self) -> None:
        self._first: dict[int, int] = {}
        self._several: dict[int, list[int]] = {}
        self._others: dict[int | str, list[T]] = {}

    def count(self, part: BlockPart, keys: Sequence[int]) -> None:
        """Take the visits of a part in, which have these journey keys."""
        first, several = self._first, self._several
        for who, key in zip(part.take(part.block.people), keys, strict=True):
            if who != ONE_TIME:
                if who in first:
                    several.setdefault(who, []).append(key)
                else:
                    first[who] = key

    def add(self, visit: SimulatedVisit, own: T) -> None:
        """Take one visit in, which adds ``own``."""
        number = person_number(visit.person.id, visit.site.id)
        who: int | str = visit.person.id if number is None or number >= ONCE else number
        self._others.setdefault(who, []).append(own)

    def groups(self, of_key: Callable[[int], T]) -> Iterator[list[T]]:
        """What the visits of everybody who came more than once add."""
        for who, keys in self._several.items():
            yield [of_key(key) for key in (self._first[who], *keys)] + self._others.pop(who, [])
        for other, added in self._others.items():
            before = [of_key(self._first[other])] if isinstance(other, int) and other in self._first else []
            if len(before) + len(added) > 1:
                yield before + added
