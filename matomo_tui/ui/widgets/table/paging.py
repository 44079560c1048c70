"""Server-side paging of a table: rows in view are requested, loaded rows kept."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

from matomo_tui.ui.widgets.table.rows import Row

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

PAGE = 100
"""Entries of one page."""
MOST = 50 * PAGE
"""Entries that are kept: of those scrolled through, the ones nearest to where one is."""
REST = 0.08
"""Seconds that the view rests before the rows in it are asked for: whoever scrolls through does not want them all."""


class PagedRows(Generic[K, T]):
    """Entries by their place, as far as they came. ``key`` is what makes an entry the same after others came or went,
    ``draw`` how it is shown, ``wanted`` is called when some in view are missing.

    ``count`` is how many there are, all in all where ``is_total``, else at least.
    """

    def __init__(self, key: Callable[[T], K], draw: Callable[[T], Row[K]], wanted: Callable[[], None]) -> None:
        self.items: dict[int, T] = {}
        self.count = 0
        self.is_total = False
        self._key = key
        self._draw = draw
        self._wanted = wanted
        self._places: dict[K, int] = {}
        self._drawn: dict[int, Row[K]] = {}
        self._view = (0, 0)

    def begin(self, offset: int, found: Sequence[T], total: int | None, *, limit: int = PAGE) -> None:
        """A page of something else, or of the same asked for anew."""
        self.items.clear()
        self._places.clear()
        self.count = 0
        self.take(offset, found, total, limit=limit)

    def take(self, offset: int, found: Sequence[T], total: int | None, *, limit: int = PAGE) -> None:
        """What was asked for from ``offset`` on, at most ``limit`` entries; ``total`` is how many there are in all,
        where that is known."""
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
        """An entry as it is known to be now."""
        place = self.index_of(self._key(item))
        if place is not None:
            self.items[place] = item
            self._drawn.pop(place, None)

    def forget_drawn(self) -> None:
        """The same entries are to be drawn anew."""
        self._drawn.clear()

    @property
    def missing(self) -> tuple[int, int] | None:
        """The pages that some of the view is missing from: where they begin, and how many entries they have."""
        start, stop = self._view
        missing = [at for at in range(start, min(stop, self.count)) if at not in self.items]
        if not missing:
            return None
        first, last = missing[0] // PAGE, missing[-1] // PAGE
        return first * PAGE, (last - first + 1) * PAGE

    @property
    def words(self) -> str:
        """How many there are: ``5,005``, or ``300 and more``."""
        return f"{self.count:,}" if self.is_total else f"{max(self.items, default=-1) + 1:,} and more"

    # As the table asks for them

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
