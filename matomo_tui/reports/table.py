"""The model of a report table: lines opened level by level, with shares and changes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace

from matomo_tui.api.reports import ReportRow
from matomo_tui.page_url import shown
from matomo_tui.reports import computed_metrics
from matomo_tui.reports.catalogue import ReportColumn
from matomo_tui.reports.lines import UNNAMED, ReportLine
from matomo_tui.reports.loader import subtable_before
from matomo_tui.reports.names import undescribed
from matomo_tui.reports.pages import ReportPage
from matomo_tui.reports.query import OpenedRow, Path, ReportRequest
from matomo_tui.reports.table_level import Level


@dataclass(frozen=True, slots=True)
class MissingPage:
    """What has to be loaded for lines in sight: ``loader.page(request, offset)``, then ``table.add``."""

    request: ReportRequest
    offset: int


class TableModel:
    """The lines of one report under one request, as its pages come in.

    Rows open in place: the level below is loaded and its lines stand under the row. A local filter shows the loaded
    lines in whose label (or in those above or below) a text is found, while the server searches.
    """

    def __init__(self, request: ReportRequest) -> None:
        self.request = request
        self._root = Level(request)
        self._filter = ""
        self._filtered: list[int] | None = None
        self._top: dict[str, float] = {}
        self._found: tuple[ReportColumn, ...] = ()
        self._filled: set[str] = set()
        self._growing = self._unsure = False
        self.version = 0
        """Counts up with every change of what is shown."""

    def __len__(self) -> int:
        """How many lines there are, those not loaded yet included."""
        return len(self._filtered) if self._filtered is not None else _lines(self._root)

    @property
    def loaded(self) -> int:
        """Rows of the first level that are at hand."""
        return self._root.loaded

    @property
    def total(self) -> int | None:
        """Rows of the first level; ``None`` as long as its end was not seen."""
        return self._root.total

    @property
    def is_filtered(self) -> bool:
        """Only loaded lines with a text in them are shown."""
        return self._filtered is not None

    @property
    def looked_through(self) -> int | None:
        """How many rows of the period compared with were looked through, where some of the rows shown may have been
        behind those; ``None`` where it is known of each what it was."""
        return len(self._root.before) if self._unsure and not self._root.before_complete else None

    @property
    def known(self) -> int:
        """How many lines are certain to be there, loaded or not."""
        return len(self) - (self._filtered is None and self._root.total is None)

    @property
    def columns(self) -> tuple[ReportColumn, ...]:
        """The columns shown: those chosen, those the server describes, or, where it describes none, the figures that
        came."""
        return self.request.shown_columns or self._found

    @property
    def filled_columns(self) -> tuple[ReportColumn, ...]:
        """Those of ``columns`` that need room: one without a figure in any loaded row needs none, unless it was
        chosen, or the rows are sorted by it."""
        request = self.request
        sort = request.sorted_by
        wanted = {sort.column, *self._filled} if sort is not None else self._filled
        found = tuple(column for column in self.columns if column.key in wanted)
        return self.columns if request.columns or not found else found

    @property
    def matches(self) -> int | None:
        """In how many loaded rows of any level the search through every level was found; ``None`` without one."""
        if not self.request.searches_levels:
            return None
        wanted = self.request.pattern.casefold()
        return sum(wanted in line.row.label.casefold() for line in self._loaded_below(self._root))

    def add(self, page: ReportPage) -> None:
        """Take in a page of any of its levels; one that belongs to none (any more) is dropped. Where every level was
        searched, the rows below which something was found are open."""
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
        self._growing = page.growing
        if level is self._root:
            before = page.before
            self._unsure |= before is not None and any(row.label not in before for row in page.rows)
            if not self._found and page.rows and not self.request.shown_columns:
                self._found = _figures(page.rows[0])
            for row in page.rows:
                for column in self.columns:
                    value = computed_metrics.value(row, column.key)
                    if isinstance(value, int | float):
                        self._top[column.key] = max(self._top.get(column.key, 0.0), value)
        self._changed()

    def _open_found(self, level: Level, page: ReportPage) -> None:
        """Open the rows of ``page`` that came with rows below them: those are all in which something was found."""
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
            )
            below = level.opened[index] = Level(request)
            below.add(found)
            self._open_found(below, found)

    def set_total(self, total: int) -> None:
        """The number of rows on the first level, from ``loader.count_rows``."""
        self._root.set_total(total)
        self._changed()

    def measure_like(self, other: TableModel) -> None:
        """Draw bars on the scale of another table of the same rows, which may have seen higher figures."""
        for column, top in other._top.items():
            self._top[column] = max(self._top.get(column, 0.0), top)

    def line(self, number: int) -> ReportLine | None:
        """The line at ``number``; ``None`` where it is not loaded yet. Raises ``IndexError``."""
        if not 0 <= number < len(self):
            raise IndexError(number)
        level, index, _ = self._place(number)
        row = level.row(index)
        return self._line(level, index, row) if row is not None else None

    def lines(self, first: int, last: int) -> list[ReportLine | None]:
        """The lines from ``first`` to before ``last``, as far as there are any."""
        return [self.line(number) for number in range(max(0, first), min(last, len(self)))]

    def wanted(self, first: int, last: int) -> list[MissingPage]:
        """What lacks among the lines from ``first`` to before ``last``. Nothing while a local filter is on."""
        if self._filtered is not None:
            return []
        found: dict[MissingPage, None] = {}
        for number in range(max(0, first), min(last, len(self))):
            level, index, _ = self._place(number)
            for offset in level.missing(index, index):
                found[MissingPage(level.request, offset)] = None
        return list(found)

    def toggle(self, number: int) -> MissingPage | None:
        """Open the row on a line, or close it; what has to be loaded for that, if anything."""
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
        """What leads into the row on a line, to show its level by itself (``request.below``); ``None`` for a row that
        does not open."""
        level, index, _ = self._place(number)
        return self._step(level, index)

    def parent(self, number: int) -> int | None:
        """The line under which a line stands; ``None`` for one of the first level."""
        return self._place(number)[2]

    def path(self, number: int) -> tuple[str, ...]:
        """The labels from the top level down to the row on a line, as the server sent them: what its evolution is
        asked by. Empty where it is not loaded."""
        level, index, _ = self._place(number)
        row = level.row(index)
        return (*(step.label for step in level.request.path), row.label) if row is not None else ()

    def level_request(self, number: int) -> ReportRequest:
        """What the level of the row on a line was asked by."""
        return self._place(number)[0].request

    def find(self, path: tuple[str, ...]) -> int | None:
        """The line of the row that :meth:`path` gives these labels for; ``None``: it is not loaded or not shown."""
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

    def bar(self, number: int, column: str) -> float:
        """How long its share bar is, from 0 to 1: its figure beside the highest of the first level."""
        level, index, _ = self._place(number)
        row = level.row(index)
        value = computed_metrics.value(row, column) if row is not None else None
        top = self._top.get(column, 0.0)
        if not isinstance(value, int | float) or top <= 0:
            return 0.0
        return min(1.0, max(0.0, value / top))

    def filter(self, text: str) -> None:
        """Show only loaded lines with ``text`` in a label, and those above them; ``""`` shows all again."""
        self._filter = text.strip().casefold()
        self._changed()

    def loaded_lines(self) -> Iterator[ReportLine]:
        """Each loaded line in the order shown: what an export of exactly what is seen takes."""
        if self._filtered is None:
            yield from self._loaded_below(self._root)
        else:
            yield from (line for number in range(len(self)) if (line := self.line(number)) is not None)

    def opened(self) -> list[tuple[int, tuple[str, ...]]]:
        """The opened rows, those above before those below: on which line of the first level each is or lies under,
        counted as if nothing were open, and the labels that lead to it, as :meth:`path` gives them."""
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
            label=shown(row.label).strip() or UNNAMED,
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
        """The level and index of a line, and the line of the row it stands under."""
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
    """Which row of which level stands on a line, counted from ``start``, the line on which ``level`` begins."""
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
    """The labels that lead to an opened row, and to each opened one below it."""
    opened = level.opened[index]
    yield tuple(step.label for step in opened.request.path)
    for below in sorted(opened.opened):
        yield from _opened_paths(opened, below)


def _matching(level: Level, text: str, start: int = 0, inherited: bool = False) -> list[int]:
    """The lines with ``text`` in their own label, one above or one below; ``level`` begins on line ``start``."""
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
    """A column for every figure in a row that nobody described."""
    return tuple(undescribed(key) for key, value in row.values.items() if isinstance(value, int | float))
