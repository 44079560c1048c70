"""The loaded rows of one level of a report: pages of a long list, with gaps."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from matomo_tui.api.reports import ReportRow
from matomo_tui.reports.pages import PAGE, ReportPage
from matomo_tui.reports.query import ReportRequest

MOST_PAGES = 100
"""Pages that one level keeps; those drawn least recently are dropped."""


class Level:
    """One level: its request, its pages, its end, and the opened rows in it."""

    def __init__(self, request: ReportRequest) -> None:
        self.request = request
        self.total: int | None = None
        """The number of rows; ``None`` until the end is known."""
        self.before: dict[str, ReportRow] = {}
        """Rows of the comparison period by label."""
        self.before_complete = False
        """``before`` has all rows of the comparison period."""
        self.compared = False
        """There is a comparison, and it did not fail."""
        self.opened: dict[int, Level] = {}
        """The levels below opened rows, by the index of the row."""
        self._pages: OrderedDict[int, tuple[ReportRow, ...]] = OrderedDict()
        self._most = MOST_PAGES
        self._end = 0
        self._places: dict[str, int] | None = None

    @property
    def loaded(self) -> int:
        """The number of loaded rows."""
        return sum(map(len, self._pages.values()))

    @property
    def known(self) -> int:
        """The number of rows known to exist."""
        return self._end if self.total is None else self.total

    @property
    def lines(self) -> int:
        """The number of lines without opened rows: one more than the rows if the level may continue."""
        return self.known + (self.total is None)

    def add(self, page: ReportPage) -> None:
        """Add a page. Raises ``ValueError`` if it does not begin at a multiple of ``PAGE``."""
        if page.offset % PAGE:
            raise ValueError(f"Pages begin at multiples of {PAGE}.")
        self._places = None
        if page.rows or page.offset == 0:
            starts = range(0, max(1, len(page.rows)), PAGE)
            # A server without paging would send all rows again for each page dropped.
            self._most = max(self._most, len(starts))
            for start in starts:
                number = (page.offset + start) // PAGE
                self._pages[number] = page.rows[start : start + PAGE]
                self._pages.move_to_end(number)
        self._end = max(self._end, page.offset + len(page.rows))
        if page.complete and (page.rows or page.offset == 0):
            self.total = page.offset + len(page.rows)
        elif page.complete:
            self.total = self._end if self.total is None else min(self.total, page.offset)
        elif page.total is not None:
            self.total = page.total
        elif self.total is not None:
            self.total = max(self.total, self._end)
        if page.before is not None:
            self.before.update(page.before)
            self.before_complete = self.before_complete or page.before_complete
            self.compared = True
        while len(self._pages) > self._most:
            self._pages.popitem(last=False)

    def set_total(self, total: int) -> None:
        """Set the number of rows, which was found by a count."""
        self.total = max(total, self._end)

    def row(self, index: int) -> ReportRow | None:
        """The row at ``index``; ``None`` if it is not loaded."""
        number, within = divmod(index, PAGE)
        rows = self._pages.get(number)
        if rows is None or within >= len(rows):
            return None
        self._pages.move_to_end(number)
        return rows[within]

    def missing(self, first: int, last: int) -> list[int]:
        """The offsets of the missing pages between rows ``first`` and ``last``, both included."""
        end = min(last, self.lines - 1)
        return [number * PAGE for number in range(max(0, first) // PAGE, end // PAGE + 1) if self._lacks(number)]

    def loaded_rows(self) -> Iterator[tuple[int, ReportRow]]:
        """Each loaded row with its index, in order."""
        for number in sorted(self._pages):
            for within, row in enumerate(self._pages[number]):
                yield number * PAGE + within, row

    def find(self, label: str) -> int | None:
        """The index of the first loaded row with this label."""
        if self._places is None:
            self._places = {}
            for index, row in self.loaded_rows():
                self._places.setdefault(row.label, index)
        return self._places.get(label)

    def _lacks(self, number: int) -> bool:
        rows = self._pages.get(number)
        if rows is None:
            return True
        return len(rows) < PAGE and self.total is None and number == self._end // PAGE
