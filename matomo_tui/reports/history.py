"""Back and forward history of report queries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class NavigationHistory(Generic[T]):
    """Places in the order of their visiting, the newest ``limit`` of them."""

    def __init__(self, start: T, limit: int = 100) -> None:
        self._places = [start]
        self._at = 0
        self._limit = limit

    @property
    def here(self) -> T:
        return self._places[self._at]

    @property
    def may_go_back(self) -> bool:
        return self._at > 0

    @property
    def may_go_forward(self) -> bool:
        return self._at + 1 < len(self._places)

    def push(self, place: T) -> T:
        """Somewhere new: what lay ahead is forgotten. Staying where one is, is no step."""
        if place != self.here:
            del self._places[self._at + 1 :]
            self._places.append(place)
            del self._places[: -self._limit]
            self._at = len(self._places) - 1
        return self.here

    def replace(self, place: T) -> T:
        """The same place seen otherwise (another sort): no step of its own."""
        self._places[self._at] = place
        return place

    def change(self, change: Callable[[T], T]) -> None:
        """Every place as ``change`` makes it: what they are of has another name, say."""
        self._places = [change(place) for place in self._places]

    def back(self) -> T:
        """The place before, or this one where there is none."""
        self._at = max(0, self._at - 1)
        return self.here

    def forward(self) -> T:
        """The place that one went back from, or this one."""
        self._at = min(self._at + 1, len(self._places) - 1)
        return self.here
