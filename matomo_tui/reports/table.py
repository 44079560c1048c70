"""The model of a report table: lines opened level by level, with bars and changes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import replace

from msgspec import Struct

from matomo_tui.api.reports import ReportRow
from matomo_tui.reports import computed_metrics
from matomo_tui.reports.catalogue import ReportColumn
from matomo_tui.reports.lines import ReportLine, label_text
from matomo_tui.reports.loader import subtable_before
from matomo_tui.reports.names import is_code, undescribed
from matomo_tui.reports.pages import ReportPage
from matomo_tui.reports.query import OpenedRow, Path, ReportRequest
from matomo_tui.reports.table_level import Level


class MissingPage(Struct, frozen=True):
    """A page that is needed for lines in view: load it with ``loader.page(request, offset)``, add it with
    ``table.add``."""

    request: ReportRequest
    offset: int


class TableModel:
    """The lines of one report under one request. Pages are added as they are loaded.

    Rows open in place: the lines of the level below stand under the row. A filter shows only the loaded lines with a
    text in their label, and the lines above and below those, while the server searches.

    Lines are counted from 0 in the order shown. Each level keeps its rows by index and its opened rows by index, so a
    line is found from the sizes of the opened levels above it: the cost grows with the opened rows and not with the
    rows of the report, which may be 200,000.
    """

    def __init__(self, request: ReportRequest) -> None:
        self.request = request
        self._root = Level(request)
        self._filter = ""
        self._filtered: list[int] | None = None
        self._top: dict[str, float] = {}
        self._fractional: set[str] = set()
        self._found: tuple[ReportColumn, ...] = ()
        self._filled: set[str] = set()
        self._growing = self._unsure = False
        self.version = 0
        """Increases with every change of the lines."""

    def __len__(self) -> int:
        """The number of lines, those not loaded included."""
        return len(self._filtered) if self._filtered is not None else _lines(self._root)

    @property
    def loaded(self) -> int:
        """The number of loaded rows of the first level."""
        return self._root.loaded

    @property
    def total(self) -> int | None:
        """The number of rows of the first level; ``None`` until its end is known."""
        return self._root.total

    @property
    def is_filtered(self) -> bool:
        """Returns True if a filter is on."""
        return self._filtered is not None

    @property
    def looked_through(self) -> int | None:
        """The number of rows searched in the comparison period if its answer was cut off and some row was not found;
        ``None`` if all rows are known."""
        return len(self._root.before) if self._unsure and not self._root.before_complete else None

    @property
    def known(self) -> int:
        """The number of lines that certainly exist, loaded or not."""
        return len(self) - (self._filtered is None and self._root.total is None)

    @property
    def columns(self) -> tuple[ReportColumn, ...]:
        """The columns shown: those chosen, else those the server describes, else the figures of the first row."""
        return self.request.shown_columns or self._found

    @property
    def filled_columns(self) -> tuple[ReportColumn, ...]:
        """The ``columns`` without those that have no figure in any loaded row. Chosen columns and the sort column are
        always included."""
        request = self.request
        sort = request.sorted_by
        wanted = {sort.column, *self._filled} if sort is not None else self._filled
        found = tuple(column for column in self.columns if column.key in wanted)
        return self.columns if request.columns or not found else found

    @property
    def matches(self) -> int | None:
        """The number of loaded rows, on any level, that match a search through all levels; ``None`` without such a
        search."""
        if not self.request.searches_levels:
            return None
        wanted = self.request.pattern.casefold()
        return sum(wanted in line.row.label.casefold() for line in self._loaded_below(self._root))

    def add(self, page: ReportPage) -> None:
        """Add a page of any level; a page of a level that is closed is dropped. After a search through all levels the
        rows with matches below them are opened."""
        level = self._level(page.request.path)
        if level is None:
            return
        level.add(page)
        if page.request.searches_levels:
            self._open_found(level, page)
        for column in self.columns:
            if column.key not in self._filled and any(
                computed_metrics.value(row, column.key) is not None for row in page.rows
            ):
                self._filled.add(column.key)
        self._growing = page.any_growing
        if level is self._root:
            before = page.before
            self._unsure |= before is not None and any(row.label not in before for row in page.rows)
            if not self._found and page.rows and not self.request.shown_columns:
                self._found = _figures(page.rows[0])
        self._measure(page.rows, is_first=level is self._root)
        self._changed()

    def _measure(self, rows: Iterable[ReportRow], *, is_first: bool) -> None:
        """Keep the highest figures of the first level, and which columns have fractions on any level."""
        for row in rows:
            for column in self.columns:
                value = computed_metrics.value(row, column.key)
                if not isinstance(value, int | float):
                    continue
                if is_first:
                    self._top[column.key] = max(self._top.get(column.key, 0.0), value)
                if value != value // 1:
                    self._fractional.add(column.key)

    def _open_found(self, level: Level, page: ReportPage) -> None:
        """Open the rows of ``page`` that were sent with rows below them: exactly those have matches."""
        for index, row in enumerate(page.rows, page.offset):
            step = self._step(level, index) if row.rows else None
            if step is None:
                continue
            request = level.request.below(step)
            if request.report.recursive:
                request = replace(request, pattern=level.request.pattern)
            earlier = level.before.get(row.label)
            found = ReportPage(
                request,
                0,
                row.rows,
                complete=True,
                asked_at=page.asked_at,
                growing=page.growing,
                before=None if page.before is None else {one.label: one for one in earlier.rows} if earlier else {},
                before_complete=level.before_complete or earlier is not None,
                before_growing=page.before_growing,
            )
            below = level.opened[index] = Level(request)
            below.add(found)
            self._open_found(below, found)

    def set_total(self, total: int) -> None:
        """Set the number of rows of the first level, from ``loader.count_rows``."""
        self._root.set_total(total)
        self._changed()

    def measure_like(self, other: TableModel) -> None:
        """Use at least the bar scale of ``other``, a table of the same rows that may have loaded higher figures. If all
        rows are here, or a column's highest figures come first, the scale is their own."""
        if self.loaded == self.total:
            return
        sort = self.request.sorted_by
        for column, top in other._top.items():
            if sort is None or sort.ascending or sort.column != column:
                self._top[column] = max(self._top.get(column, 0.0), top)
        self._fractional |= other._fractional

    def line(self, number: int) -> ReportLine | None:
        """The line at ``number``; ``None`` if it is not loaded. Raises ``IndexError``."""
        if not 0 <= number < len(self):
            raise IndexError(number)
        level, index, _ = self._place(number)
        row = level.row(index)
        return self._line(level, index, row) if row is not None else None

    def lines(self, first: int, last: int) -> list[ReportLine | None]:
        """The existing lines from ``first`` to before ``last``; ``None`` for those not loaded."""
        return [self.line(number) for number in range(max(0, first), min(last, len(self)))]

    def wanted(self, first: int, last: int) -> list[MissingPage]:
        """The pages missing for the lines from ``first`` to before ``last``; none while a filter is on."""
        if self._filtered is not None:
            return []
        found: dict[MissingPage, None] = {}
        for number in range(max(0, first), min(last, len(self))):
            level, index, _ = self._place(number)
            for offset in level.missing(index, index):
                found[MissingPage(level.request, offset)] = None
        return list(found)

    def toggle(self, number: int) -> MissingPage | None:
        """Open or close the row on a line. Returns the page to load for it, if any."""
        level, index, _ = self._place(number)
        if level.opened.pop(index, None) is not None:
            self._changed()
            return None
        step = self._step(level, index)
        if step is None:
            return None
        opened = Level(level.request.below(step))
        level.opened[index] = opened
        self._changed()
        return MissingPage(opened.request, 0)

    def step(self, number: int) -> OpenedRow | None:
        """The row on a line as an opened row, for ``request.below``; ``None`` if it has no subtable."""
        level, index, _ = self._place(number)
        return self._step(level, index)

    def parent(self, number: int) -> int | None:
        """The line of the parent row; ``None`` on the first level."""
        return self._place(number)[2]

    def path(self, number: int) -> tuple[str, ...]:
        """The labels from the top level down to the row on a line, as the server sent them; empty if it is not
        loaded."""
        level, index, _ = self._place(number)
        row = level.row(index)
        return (*(step.label for step in level.request.path), row.label) if row is not None else ()

    def level_request(self, number: int) -> ReportRequest:
        """The request that loaded the level of the row on a line."""
        return self._place(number)[0].request

    def find(self, path: tuple[str, ...]) -> int | None:
        """The line of the row with this :meth:`path`; ``None`` if it is not loaded or not shown."""
        level: Level | None = self._root
        number, first = -1, 0
        for label in path[len(self.request.path) :]:
            index = level.find(label) if level is not None else None
            if level is None or index is None:
                return None
            number = first + index + sum(_lines(below) for at, below in level.opened.items() if at < index)
            level, first = level.opened.get(index), number + 1
        if number < 0 or self._filtered is None:
            return number if number >= 0 else None
        place = bisect_left(self._filtered, number)
        return place if place < len(self._filtered) and self._filtered[place] == number else None

    def top(self, column: str) -> float:
        """The highest loaded figure of ``column`` on the first level; 0 if there is none."""
        return self._top.get(column, 0.0)

    def has_fractions(self, column: str) -> bool:
        """Returns True if a loaded figure of ``column`` is no whole number."""
        return column in self._fractional

    def bar(self, number: int, column: str) -> float:
        """The length of a line's share bar, from 0 to 1: its figure as a fraction of the highest on the first level."""
        level, index, _ = self._place(number)
        row = level.row(index)
        value = computed_metrics.value(row, column) if row is not None else None
        top = self._top.get(column, 0.0)
        if not isinstance(value, int | float) or top <= 0:
            return 0.0
        return min(1.0, max(0.0, value / top))

    def filter(self, text: str) -> None:
        """Show only loaded lines with ``text`` in their label, and the lines above and below them; ``""`` shows all."""
        self._filter = text.strip().casefold()
        self._changed()

    def loaded_lines(self) -> Iterator[ReportLine]:
        """Each loaded line in the order shown, for an export of the visible table."""
        if self._filtered is None:
            yield from self._loaded_below(self._root)
        else:
            yield from (line for number in range(len(self)) if (line := self.line(number)) is not None)

    def opened(self) -> list[tuple[int, tuple[str, ...]]]:
        """The opened rows from top to bottom: the index of the first-level row that each is or lies below, and its
        :meth:`path`."""
        return [(index, path) for index in sorted(self._root.opened) for path in _opened_paths(self._root, index)]

    def _loaded_below(self, level: Level) -> Iterator[ReportLine]:
        for index, row in level.loaded_rows():
            yield self._line(level, index, row)
            if index in level.opened:
                yield from self._loaded_below(level.opened[index])

    def _line(self, level: Level, index: int, row: ReportRow) -> ReportLine:
        before = level.before.get(row.label)
        return ReportLine(
            row=row,
            label=label_text(row.label),
            indent=len(level.request.path) - len(self.request.path),
            index=index,
            expandable=row.subtable is not None and not level.request.flat,
            expanded=index in level.opened,
            before=before,
            compared=level.compared and (before is not None or level.before_complete),
            growing=self._growing,
        )

    def _changed(self) -> None:
        self.version += 1
        self._filtered = None
        if self._filter:
            self._filtered = _matching(self._root, self._filter)

    def _place(self, number: int) -> tuple[Level, int, int | None]:
        """The level and index of a line, and the line of its parent."""
        if self._filtered is None:
            return _locate(self._root, number, 0, None)
        level, index, parent = _locate(self._root, self._filtered[number], 0, None)
        return level, index, None if parent is None else bisect_left(self._filtered, parent)

    def _step(self, level: Level, index: int) -> OpenedRow | None:
        row = level.row(index)
        if row is None or row.subtable is None or level.request.flat:
            return None
        before = level.before.get(row.label)
        known = level.compared and (before is not None or level.before_complete)
        return OpenedRow(row.label, row.subtable, subtable_before(before, known))

    def _level(self, path: Path) -> Level | None:
        level: Level | None = self._root
        for depth in range(len(self.request.path), len(path)):
            if level is None:
                return None
            wanted = path[: depth + 1]
            level = next((below for below in level.opened.values() if below.request.path == wanted), None)
        return level


def _lines(level: Level) -> int:
    return level.lines + sum(_lines(below) for below in level.opened.values())


def _locate(level: Level, number: int, start: int, parent: int | None) -> tuple[Level, int, int | None]:
    """The level and index of line ``number``, and the line of its parent. ``level`` begins on line ``start`` below line
    ``parent``."""
    passed = 0  # lines of opened levels above
    for index in sorted(level.opened):
        below = level.opened[index]
        first = start + index + passed + 1
        if number < first:
            break
        size = _lines(below)
        if number < first + size:
            return _locate(below, number, first, first - 1)
        passed += size
    return level, number - start - passed, parent


def _opened_paths(level: Level, index: int) -> Iterator[tuple[str, ...]]:
    """The paths of an opened row and of each opened row below it."""
    opened = level.opened[index]
    yield tuple(step.label for step in opened.request.path)
    for below in sorted(opened.opened):
        yield from _opened_paths(opened, below)


def _matching(level: Level, text: str, start: int = 0, inherited: bool = False) -> list[int]:
    """The lines with ``text`` in their label, and their ancestors and descendants; ``level`` begins on line
    ``start``."""
    found: list[int] = []
    passed = 0  # lines of opened levels above
    for index, row in level.loaded_rows():
        number = start + index + passed
        own = inherited or text in row.label.casefold()
        opened = level.opened.get(index)
        below = _matching(opened, text, number + 1, own) if opened is not None else []
        if own or below:
            found += [number, *below]
        if opened is not None:
            passed += _lines(opened)
    return found


def _figures(row: ReportRow) -> tuple[ReportColumn, ...]:
    """A column for every figure of a row that has no metadata."""
    return tuple(
        undescribed(key) for key, value in row.values.items() if isinstance(value, int | float) and not is_code(key)
    )
