"""The pages in which the visits of one poll are requested."""

from __future__ import annotations

from matomo_tui.live.poll_plan import FIRST_PAGE, PAGE, SMALLEST_PAGE

MAX_PAGES = 5
"""Pages of visits fetched in the first poll."""
BURST_PAGES = 12
"""Pages of visits fetched in any later poll. After a larger burst the feed shows that visits are missing."""
MOST_PAGES = 20
"""Pages fetched in one poll if they are smaller, after answers that were too long."""
GOOD_PAGES = 2
"""Smaller pages after which the next one of the same poll is twice as large. They double when that is too long."""


class VisitPages:
    """How many visits the next request of a poll asks for, and from which on. After an answer that was too long they
    are half as many, and after some that were not twice as many again: the long visits may be past."""

    def __init__(self) -> None:
        self.start(PAGE)

    def start(self, size: int, *, first: bool = False) -> None:
        """Begin a poll with pages of ``size`` visits; ``first``: with a screenful."""
        self.offset = 0
        """Visits requested so far."""
        self._count = 0
        self._needed = GOOD_PAGES
        self._resize(size)
        if first:
            self._limit = FIRST_PAGE

    def _resize(self, size: int) -> None:
        self.size = self._limit = size
        self._resized_at, self._good, self._is_tried = self.offset, 0, False

    @property
    def limit(self) -> int:
        """Visits of the next page, which may be the rest of one."""
        return min(self.size, self._limit)

    def came(self) -> None:
        """Go on to the next page."""
        self.offset += self.limit
        self._count += 1
        self._good += 1
        if self._is_tried:
            self._needed, self._is_tried = GOOD_PAGES, False
        if self.size < PAGE and self._good >= self._needed:
            self._resize(min(PAGE, 2 * self.size))
            self._is_tried = True
        else:
            self._limit = self.size - (self.offset - self._resized_at) % self.size

    def halve(self) -> bool:
        """Request half as many visits, because an answer was too long. Returns False if they cannot be fewer."""
        if self.limit <= SMALLEST_PAGE:
            return False
        if self._is_tried:
            self._needed *= 2
        self._resize(max(SMALLEST_PAGE, self.limit // 2))
        return True

    def are_spent(self, most: int) -> bool:
        """Return True if as many visits were requested as ``most`` whole pages have, or in too many smaller ones."""
        return self.offset >= PAGE * most or self._count >= MOST_PAGES

    def end(self) -> None:
        """No further page is missing."""
        self.offset = 0
