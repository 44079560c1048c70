"""Back and forward history of report queries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class NavigationHistory(Generic[T]):
    """The locations visited, oldest first, up to ``limit``; the current one can be anywhere among them."""

    def __init__(self, start: T, limit: int = 100) -> None:
        self._locations = [start]
        self._at = 0
        self._limit = limit

    @property
    def here(self) -> T:
        return self._locations[self._at]

    @property
    def may_go_back(self) -> bool:
        return self._at > 0

    @property
    def may_go_forward(self) -> bool:
        return self._at + 1 < len(self._locations)

    def push(self, location: T) -> T:
        """Add a location after the current one and drop those ahead. Adding the current one again changes nothing."""
        if location != self.here:
            del self._locations[self._at + 1 :]
            self._locations.append(location)
            del self._locations[: -self._limit]
            self._at = len(self._locations) - 1
        return self.here

    def replace(self, location: T) -> T:
        """Replace the current location."""
        self._locations[self._at] = location
        return location

    def change(self, change: Callable[[T], T]) -> None:
        """Replace every location by ``change`` of it."""
        self._locations = [change(location) for location in self._locations]

    def back(self) -> T:
        """Go back. Returns the previous location, or the current one if it is the first."""
        self._at = max(0, self._at - 1)
        return self.here

    def forward(self) -> T:
        """Go forward. Returns the next location, or the current one if it is the last."""
        self._at = min(self._at + 1, len(self._locations) - 1)
        return self.here
