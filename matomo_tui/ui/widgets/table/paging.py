"""Paging of a table: the rows in view are requested from the server, loaded rows are kept."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

from matomo_tui.ui.widgets.table.rows import Row

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

PAGE = 100
"""Entries per page."""
MOST = 50 * PAGE
"""The most entries that are kept: those nearest to the last page."""
REST = 0.08
"""Seconds that the view must rest before its rows are requested, so that scrolling through does not load all rows."""


class PagedRows(Generic[K, T]):
    """The loaded entries by their place.

    ``key`` returns the identity of an entry, ``draw`` its row; ``wanted`` is called when entries in view are missing.
    """

    def __init__(self, key: Callable[[T], K], draw: Callable[[T], Row[K]], wanted: Callable[[], None]) -> None:
        self.items: dict[int, T] = {}
        self.count = 0
        """The number of entries; the least number unless ``is_total``."""
        self.is_total = False
        self._key = key
        self._draw = draw
        self._wanted = wanted
        self._places: dict[K, int] = {}
        self._drawn: dict[int, Row[K]] = {}
        self._view = (0, 0)

    def begin(self, offset: int, found: Sequence[T], total: int | None, *, limit: int = PAGE) -> None:
        """Replace all entries by a page, after another or a repeated request."""
        self.items.clear()
        self._places.clear()
        self.count = 0
        self.take(offset, found, total, limit=limit)

    def take(self, offset: int, found: Sequence[T], total: int | None, *, limit: int = PAGE) -> None:
        """Add the answer to a request for ``limit`` entries from ``offset`` on; ``total`` is the number of all entries
        if it is known."""
        for place, item in enumerate(found, offset):
            self.items[place] = item
            self._places[self._key(item)] = place
        end, is_last = offset + len(found), len(found) < limit
        self.is_total = total is not None or is_last
        self.count = total if total is not None else end if is_last else max(end + 1, self.count)
        if len(self.items) > MOST:
            self._keep_around(offset)
        self.forget_drawn()

    def _keep_around(self, offset: int) -> None:
        kept = sorted(self.items, key=lambda place: abs(place - offset))[: MOST // 2]
        self.items = {place: self.items[place] for place in sorted(kept)}
        self._places = {self._key(item): place for place, item in self.items.items()}

    def put(self, item: T) -> None:
        """Replace a loaded entry by its new state."""
        place = self.index_of(self._key(item))
        if place is not None:
            self.items[place] = item
            self._drawn.pop(place, None)

    def forget_drawn(self) -> None:
        """Make all rows again when they are drawn."""
        self._drawn.clear()

    @property
    def missing(self) -> tuple[int, int] | None:
        """Offset and number of entries of the pages to request for the view; ``None`` if nothing is missing."""
        start, stop = self._view
        missing = [at for at in range(start, min(stop, self.count)) if at not in self.items]
        if not missing:
            return None
        first, last = missing[0] // PAGE, missing[-1] // PAGE
        return first * PAGE, (last - first + 1) * PAGE

    @property
    def in_view(self) -> tuple[int, int]:
        """Offset and number of entries of the pages in view: one page at least."""
        start, stop = self._view
        first, last = start // PAGE, max(start, stop - 1) // PAGE
        return first * PAGE, (last - first + 1) * PAGE

    @property
    def words(self) -> str:
        """The number of entries in words: ``5,005``, or ``300 and more``."""
        return f"{self.count:,}" if self.is_total else f"{max(self.items, default=-1) + 1:,} and more"

    def __len__(self) -> int:
        return self.count

    def row(self, index: int) -> Row[K] | None:
        item = self.items.get(index)
        if item is None:
            return None
        if index not in self._drawn:
            self._drawn[index] = self._draw(item)
        return self._drawn[index]

    def index_of(self, key: K) -> int | None:
        place = self._places.get(key)
        return place if place in self.items and self._key(self.items[place]) == key else None

    def want(self, start: int, stop: int) -> None:
        self._view = (start, stop)
        if self.missing is not None:
            self._wanted()
