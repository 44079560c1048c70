"""A site with very many pages and no visits, to try long tables: each page is computed from its number.

Pages are numbered in the order of their URLs, a hundred to a box and 5,000 to a shelf; a page's popularity rank is a
fixed permutation of the numbers. All days off have the same figures, working days twice as many, so days add up to
weeks. Only requested rows are built.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import overload

from matomo_tui.demo.api_request import Json, whole_number
from matomo_tui.demo.cooperative import Yielder
from matomo_tui.demo.engine.by_visit import Tally
from matomo_tui.demo.engine.pages import PageTally
from matomo_tui.demo.reports.page_rows import Columns, page_columns, twice
from matomo_tui.demo.reports.rows import RowWriter, Shape, TableRow, page_of, pattern, row_id, shown

_BOX, _SHELF = 100, 5000
_WORDS = ("river", "mill", "letter", "map", "herbarium", "ledger", "photograph", "größe", "地図", "sketch", "song")
_KINDS = ("letters", "maps", "plates", "ledgers", "songs")
_PRIME = 1_299_709
_SLICE = 2000


def units_between(first: date, last: date) -> int:
    """The traffic from ``first`` to ``last`` (included), in units of a day off."""
    days = (last - first).days + 1
    return sum(1 if (first + timedelta(day)).weekday() > 4 else 2 for day in range(days))


class PageArchive:
    """``count`` pages (not a multiple of 1,299,709) of the site at ``main_url``; ``units`` is their traffic."""

    def __init__(self, count: int, main_url: str) -> None:
        self.count = count
        self._main_url = main_url
        self._yielder = Yielder()
        self._hits = array("I", [1 + int(3000 / (self.rank(number) + 3) ** 0.8) for number in range(count)])

    def rank(self, number: int) -> int:
        """The popularity rank of a page."""
        return number * _PRIME % self.count

    def tally(self, numbers: range, units: int) -> PageTally:
        """The summed figures of some pages."""
        weights = self._hits[numbers.start : numbers.stop]
        hits, entries = sum(weights) * units, sum([weight // 3 for weight in weights]) * units
        visits = hits - sum([weight // 6 for weight in weights]) * units
        again = sum([weight // 27 for weight in weights]) * units
        return PageTally(
            visits=visits,
            visitors=visits - again,
            hits=hits,
            spent=37 * hits,
            entries=entries,
            entry_visitors=entries - again,
            entry_actions=2 * entries,
            entry_length=80 * entries,
            entry_bounces=sum([weight // 7 for weight in weights]) * units,
            exits=entries,
            exit_visitors=entries - again,
            timings=[(0.21 * hits, 0.05, 1.9), (0.04 * hits, 0.01, 0.4), (0.33 * hits, 0.1, 2.6)],
        )

    def visits(self, units: int) -> Tally:
        total = self.tally(range(self.count), units)
        entries, longest = total.entries, 24 if units else 0
        return Tally(entries, total.entry_visitors, 0, total.hits, longest, total.entry_length, total.entry_bounces)

    def path(self, number: int, size: int = 1) -> tuple[str, ...]:
        """The labels of the shelf, box and page with a number, down to the level with ``size`` pages to a row."""
        box = number // _BOX
        page = f"/sheet-{number:06d}-{_WORDS[number % 11]}-{_WORDS[number // 11 % 11]}"
        every = str(1780 + box // 50), f"{_KINDS[box % 5]}-{box % 50:02d}", page
        return every[: (_SHELF, _BOX, 1).index(size) + 1]

    def address(self, number: int) -> str:
        """The path of a page."""
        return "/" + "/".join(self.path(number)).replace("//", "/")

    def rows(self, numbers: range, size: int, units: int, columns: Columns) -> list[TableRow]:
        """The rows of one level, each with ``size`` pages: a shelf, a box or a page."""
        found = []
        for first in range(numbers.start, numbers.stop, size):
            inside = range(first, min(numbers.stop, first + size))
            path = self.path(first, size)
            url = f"{self._main_url}/{'/'.join(path).replace('//', '/')}"
            meta: dict[str, Json] = {"segment": f"pageUrl=^{twice(url)}"}
            below: Sequence[TableRow] | None = LazyRows(self, inside, _BOX if size == _SHELF else 1, units, columns)
            if size == 1:
                below, meta = None, {"url": url, "segment": f"pageUrl=={twice(url)}"}
            own = page_columns(self.tally(inside, units), columns, leaf=size == 1)
            found.append(TableRow(path[-1], own, meta, below))
        return found

    def top(self, units: int, columns: Columns) -> list[TableRow]:
        """The shelves, with boxes as subtables, and pages below these."""
        return self.rows(range(self.count), _SHELF, units, columns) if units else []

    async def shown(self, params: Mapping[str, str], units: int, columns: Columns, shape: Shape) -> list[Json]:
        """The report with its filters applied; a flat one is built page by page."""
        wanted = params.get("filter_pattern_recursive", "")
        if params.get("flat", "0") not in ("", "0"):
            return await self._flat(params, units, columns, shape)
        size, numbers = _SHELF, range(self.count if units else 0)
        path: tuple[str, ...] = ()
        if params.get("idSubtable") and units:
            size, numbers, path = self._opened(whole_number(params["idSubtable"]))
        done = ("expanded", "filter_pattern_recursive", *(("idSubtable",) if units else ()))
        params = {name: value for name, value in params.items() if name not in done}
        rows = self.rows(numbers, size, units, columns)
        if wanted:
            # The rows of this level with a matching page below.
            found = {number // size for number in await self._search(wanted) if number in numbers}
            rows = [row for place, row in enumerate(rows, numbers.start // size) if place in found]
        return shown(rows, params, shape, path)

    def _opened(self, wanted: int) -> tuple[int, range, tuple[str, ...]]:
        """The subtable with an id: pages per row, all its pages, and the labels that lead to it."""
        for size, below in ((_SHELF, _BOX), (_BOX, 1)):
            for first in range(0, self.count, size):
                path = self.path(first, size)
                if row_id(path) == wanted:
                    return below, range(first, min(self.count, first + size)), path
        return 1, range(0), ()

    async def _flat(self, params: Mapping[str, str], units: int, columns: Columns, shape: Shape) -> list[Json]:
        numbers = await self._search(params.get("filter_pattern") or params.get("filter_pattern_recursive") or "")
        if params.get("filter_sort_column") != "label":
            # All other columns are ordered like the hits.
            numbers = sorted(numbers, key=self.rank, reverse=True)
        if params.get("filter_sort_order", "desc") != "asc":
            numbers = numbers[::-1]
        rows: list[Json] = []
        writer = RowWriter(params, shape)
        async for number in self._yielder.over(numbers[page_of(params)] if units else (), 100):
            label = self.address(number)
            url = self._main_url + label
            meta: dict[str, Json] = {"url": url, "Actions_PageUrl": label, "segment": f"pageUrl=={twice(url)}"}
            own = page_columns(self.tally(range(number, number + 1), units), columns, leaf=True)
            rows.append(writer.write(TableRow(label, own, meta)))
        return rows

    async def _search(self, text: str) -> list[int]:
        """The pages whose URLs match a pattern, in the order of their URLs; all pages for the empty pattern."""
        if not text:
            return list(range(self.count))
        wanted = pattern(text)
        numbers = self._yielder.over(range(self.count), _SLICE)
        return [number async for number in numbers if wanted.search(self.address(number))]


@lru_cache(maxsize=4)
def page_archive(count: int, main_url: str) -> PageArchive:
    return PageArchive(count, main_url)


class LazyRows(Sequence[TableRow]):
    """The rows of a subtable, built on access."""

    def __init__(self, archive: PageArchive, numbers: range, size: int, units: int, columns: Columns) -> None:
        self._read: Callable[[], list[TableRow]] = lambda: archive.rows(numbers, size, units, columns)
        self._count = -(-len(numbers) // size)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[TableRow]:
        return iter(self._read())

    @overload
    def __getitem__(self, index: int) -> TableRow: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[TableRow]: ...
    def __getitem__(self, index: int | slice) -> TableRow | Sequence[TableRow]:
        return self._read()[index]
