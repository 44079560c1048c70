"""The loaded rows of one level of a report: pages of a long list, with gaps."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from matomo_tui.api.reports import ReportRow
from matomo_tui.reports.pages import PAGE, ReportPage
from matomo_tui.reports.query import ReportRequest

MOST_PAGES = 100
"""Pages that one level keeps; those not looked at for longest become holes again."""


class Level:
    """One level: what it was asked by, its pages, where it ends, and the opened rows in it."""

    def __init__(self, request: ReportRequest) -> None:
        self.request = request
        self.total: int | None = None
        self.before: dict[str, ReportRow] = {}
        self.before_complete = False
        self.compared = False
        self.opened: dict[int, Level] = {}
        self._pages: OrderedDict[int, tuple[ReportRow, ...]] = OrderedDict()
        self._most = MOST_PAGES
        self._end = 0
        self._places: dict[str, int] | None = None

    @property
    def loaded(self) -> int:
        """How many rows are at hand."""
        return sum(map(len, self._pages.values()))

    @property
    def known(self) -> int:
        """How many rows there are, as far as is known."""
        return self._end if self.total is None else self.total

    @property
    def lines(self) -> int:
        """How many lines it takes, without what is opened: one more where it may go on."""
        return self.known + (self.total is None)

    def add(self, page: ReportPage) -> None:
        """Take in a page. Raises ``ValueError`` where it does not begin at a multiple of ``PAGE``."""
        if page.offset % PAGE:
            raise ValueError(f"Pages begin at multiples of {PAGE}.")
        self._places = None
        if page.rows or page.offset == 0:
            starts = range(0, max(1, len(page.rows)), PAGE)
            # A server that gives all rows whatever is asked for would give them all again for each that is dropped.
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
        elif self.total is not None:
            self.total = max(self.total, self._end)
        if page.before is not None:
            self.before.update(page.before)
            self.before_complete = self.before_complete or page.before_complete
            self.compared = True
        while len(self._pages) > self._most:
            self._pages.popitem(last=False)

    def set_total(self, total: int) -> None:
        """How many rows there are is known from elsewhere."""
        self.total = max(total, self._end)

    def row(self, index: int) -> ReportRow | None:
        """The row at ``index``; ``None`` where it is not loaded."""
        number, within = divmod(index, PAGE)
        rows = self._pages.get(number)
        if rows is None or within >= len(rows):
            return None
        self._pages.move_to_end(number)
        return rows[within]

    def missing(self, first: int, last: int) -> list[int]:
        """The offsets of the pages between two rows that are not loaded."""
        end = min(last, self.lines - 1)
        return [number * PAGE for number in range(max(0, first) // PAGE, end // PAGE + 1) if self._lacks(number)]

    def loaded_rows(self) -> Iterator[tuple[int, ReportRow]]:
        """Each loaded row with its index, in order."""
        for number in sorted(self._pages):
            for within, row in enumerate(self._pages[number]):
                yield number * PAGE + within, row

    def find(self, label: str) -> int | None:
        """Where the (first) loaded row with this label stands."""
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
