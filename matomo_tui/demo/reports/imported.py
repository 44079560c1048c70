"""A site with very many pages, whose reports were imported and whose visits nobody kept: for trying long tables.

Its figures are computed from a page's rank, and nothing is made that is not shown. Every day brings the same, a working
day twice as much, so that days add up to months.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from math import gcd
from typing import NamedTuple, overload

from matomo_tui.demo.api_request import Json, whole_number
from matomo_tui.demo.cooperative import Yielder
from matomo_tui.demo.reports.accumulators import Tally
from matomo_tui.demo.reports.page_rows import Columns, page_columns, twice
from matomo_tui.demo.reports.pages import PageTally
from matomo_tui.demo.reports.rows import Row, Shape, figure, pattern, row_id, shown, written

IN_BOX = 100
IN_SHELF = 50 * IN_BOX
_WORDS = ("river", "mill", "letter", "map", "herbarium", "ledger", "photograph", "größe", "地図", "sketch", "song")
_KINDS = ("letters", "maps", "plates", "ledgers", "songs")
_FIRST_YEAR = 1780
_KEPT_SEARCHES = 8
_SLICE = 2000
_SLASH = twice("/")


class LazyRows(Sequence[Row]):
    """The rows that one row opens to, each made when it is looked at."""

    def __init__(self, pages: ImportedPages, numbers: range, units: int, columns: Columns) -> None:
        self._pages = pages
        self._numbers = numbers
        self._units = units
        self._columns = columns

    def __len__(self) -> int:
        step = 1 if len(self._numbers) <= IN_BOX else IN_BOX
        return -(-len(self._numbers) // step)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._pages.level(self._numbers, self._units, self._columns))

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        return list(self)[index]


class _Found(NamedTuple):
    """Pages: their numbers in the order of their addresses, their ranks in order, and runs of the latter that are
    equal in all columns."""

    numbers: Sequence[int]
    ranks: Sequence[int]
    buckets: list[tuple[int, int]]


class ImportedPages:
    """``count`` pages, in boxes of 100 and shelves of 50 boxes. Pages are numbered as their addresses sort; the
    ``rank`` of a page says how often it is seen."""

    def __init__(self, count: int, main_url: str, pieces: Yielder) -> None:
        self.count = count
        self._main_url = main_url
        self._pieces = pieces
        self._step = next(step for step in range(int(count * 0.618) | 1, 2 * count + 3) if gcd(step, count) == 1)
        self._back = pow(self._step, -1, count) if count > 1 else 0
        self._weights = array("I")
        self._boxes: list[PageTally] = []
        self._shelves: list[PageTally] = []
        self._total = PageTally()
        self._searches: OrderedDict[str, _Found] = OrderedDict()

    async def prepare(self) -> None:
        """Sum up boxes and shelves, once."""
        for rank in range(len(self._weights), self.count):
            if len(self._weights) > rank:
                continue
            self._weights.append(1 + int(3000 / (rank + 3) ** 0.8))
            if not rank % _SLICE:
                await self._pieces.pause()
        for box in range(len(self._boxes), -(-self.count // IN_BOX)):
            numbers = range(box * IN_BOX, min(self.count, (box + 1) * IN_BOX))
            tally = _tally([self._weights[self._rank(number)] for number in numbers])
            # Somebody else may have gone on while this one waited.
            if len(self._boxes) == box:
                self._boxes.append(tally)
                if box % 50 == 0:
                    self._shelves.append(PageTally())
                self._shelves[box // 50].merge(tally)
                self._total.merge(tally)
            if not box % 20:
                await self._pieces.pause()

    def _rank(self, number: int) -> int:
        return number * self._back % self.count

    def _number(self, rank: int) -> int:
        return rank * self._step % self.count

    def _tally(self, number: int, units: int) -> PageTally:
        return _scaled(_tally([self._weights[self._rank(number)]]), units)

    def names(self, number: int) -> tuple[str, str, str]:
        """Shelf, box and page of a number."""
        box = number // IN_BOX
        words = f"{_WORDS[number % 11]}-{_WORDS[number // 11 % 11]}"
        shelf = str(_FIRST_YEAR + box // 50)
        return shelf, f"{_KINDS[box % 5]}-{box % 50:02d}", f"/sheet-{number:06d}-{words}"

    def units(self, days: Sequence[date]) -> int:
        """How much the days bring."""
        return sum(1 if day.weekday() > 4 else 2 for day in days)

    def visits(self, units: int) -> Tally:
        """All visits together."""
        total = _scaled(self._total, units)
        return Tally(
            visits=total.entries,
            visitors=total.entry_visitors,
            actions=total.hits,
            longest=24 if units else 0,
            length=total.entry_length,
            bounces=total.entry_bounces,
        )

    def all_pages(self, units: int) -> PageTally:
        """All pages together."""
        return _scaled(self._total, units)

    def level(self, numbers: range, units: int, columns: Columns) -> list[Row]:
        """Shelves, the boxes of one, or the pages of a box."""
        if len(numbers) <= IN_BOX and numbers.start // IN_BOX == (numbers.stop - 1) // IN_BOX:
            return [self._page(number, units, columns) for number in numbers]
        size = IN_BOX if len(numbers) <= IN_SHELF and self.count != len(numbers) else IN_SHELF
        tallies = self._boxes if size == IN_BOX else self._shelves
        rows = []
        for first in range(numbers.start, numbers.stop, size):
            shelf, box, _ = self.names(first)
            path = shelf if size == IN_SHELF else f"{shelf}/{box}"
            below = LazyRows(self, range(first, min(numbers.stop, first + size)), units, columns)
            tally = _scaled(tallies[first // size], units)
            meta: dict[str, Json] = {"segment": f"pageUrl=^{twice(f'{self._main_url}/{path}')}"}
            label = shelf if size == IN_SHELF else box
            rows.append(Row(label, page_columns(tally, columns, leaf=False), meta, below))
        return rows

    def _page(self, number: int, units: int, columns: Columns) -> Row:
        shelf, box, page = self.names(number)
        url = f"{self._main_url}/{shelf}/{box}{page}"
        meta: dict[str, Json] = {"url": url, "segment": f"pageUrl=={twice(url)}"}
        return Row(page, page_columns(self._tally(number, units), columns, leaf=True), meta)

    async def shown(self, params: Mapping[str, str], units: int, columns: Columns, shape: Shape) -> list[Json]:
        """The report as the filters ask for it."""
        if not units:
            return []
        if params.get("flat", "0") not in ("", "0"):
            return await self._flat(params, units, columns, shape)
        numbers, path = self._opened(whole_number(params["idSubtable"])) if params.get("idSubtable") else ((), ())
        if params.get("idSubtable") and not numbers:
            return []
        rows = self.level(numbers or range(self.count), units, columns)
        if params.get("filter_pattern_recursive"):
            found = (await self._found(params["filter_pattern_recursive"])).numbers
            inside = self._inside(numbers or range(self.count))
            rows = [row for row, pages in zip(rows, inside, strict=True) if _any_in(found, pages)]
        left_out = ("idSubtable", "expanded", "filter_pattern_recursive")
        return shown(rows, {name: value for name, value in params.items() if name not in left_out}, shape, path)

    def _inside(self, numbers: range) -> list[range]:
        """Which pages are below each of the rows of a level."""
        if len(numbers) <= IN_BOX:
            return [range(number, number + 1) for number in numbers]
        size = IN_BOX if len(numbers) <= IN_SHELF and self.count != len(numbers) else IN_SHELF
        return [range(first, min(numbers.stop, first + size)) for first in range(numbers.start, numbers.stop, size)]

    def _opened(self, wanted: int) -> tuple[range, tuple[str, ...]]:
        """The pages of the table with a number, and the labels that lead there."""
        for first in range(0, self.count, IN_SHELF):
            shelf = self.names(first)[0]
            last = min(self.count, first + IN_SHELF)
            if row_id((shelf,)) == wanted:
                return range(first, last), (shelf,)
            for begin in range(first, last, IN_BOX):
                path = self.names(begin)[:2]
                if row_id(path) == wanted:
                    return range(begin, min(last, begin + IN_BOX)), path
        return range(0), ()

    async def _flat(self, params: Mapping[str, str], units: int, columns: Columns, shape: Shape) -> list[Json]:
        text = params.get("filter_pattern") or params.get("filter_pattern_recursive") or ""
        found = await self._found(text)
        offset = max(0, whole_number(params.get("filter_offset", "0")))
        limit = whole_number(params.get("filter_limit") or "100")
        last = len(found.numbers) if limit < 0 else min(len(found.numbers), offset + limit)
        rows: list[Json] = []
        figures: dict[int, dict[str, Json]] = {}
        begin = twice(self._main_url)
        for place, number in enumerate(self._page_of(found, params, columns, offset, last)):
            weight = self._weights[self._rank(number)]
            same = figures.get(weight)
            if same is None:
                row = Row("", page_columns(self._tally(number, units), columns, leaf=True))
                same = figures[weight] = written(row, params, shape)
            label = self._address(number)
            url = f"{self._main_url}{label}"
            segment = f"pageUrl=={begin}{label.replace('/', _SLASH) if label.isascii() else twice(label)}"
            rows.append({**same, "label": label, "url": url, "Actions_PageUrl": label, "segment": segment})
            if not place % 100:
                await self._pieces.pause()
        return rows

    def _page_of(
        self, found: _Found, params: Mapping[str, str], columns: Columns, first: int, last: int
    ) -> Iterator[int]:
        """The page numbers from one place to another, sorted by label or by a column, which depends on rank alone."""
        column = params.get("filter_sort_column") or "nb_visits"
        descending = params.get("filter_sort_order", "desc") != "asc"
        if column == "label":
            yield from (found.numbers[::-1] if descending else found.numbers)[first:last]
            return

        def value(bucket: tuple[int, int]) -> float:
            sample = _tally([self._weights[found.ranks[bucket[0]]]])
            return figure(page_columns(sample, columns, leaf=True).get(column))

        place = 0
        for begin, end in sorted(found.buckets, key=value, reverse=descending):
            size = end - begin
            if place + size > first and place < last:
                inside = range(begin + max(0, first - place), begin + min(size, last - place))
                yield from (self._number(found.ranks[index]) for index in inside)
            place += size

    async def _found(self, text: str) -> _Found:
        """The pages whose addresses a pattern is found in, all of them for none."""
        known = self._searches.get(text)
        if known is None:
            numbers: Sequence[int] = range(self.count)
            ranks: Sequence[int] = range(self.count)
            if text:
                numbers = await self._search(text)
                ranks = sorted([self._rank(number) for number in numbers])
            known = self._searches[text] = _Found(numbers, ranks, await self._buckets(ranks))
            if len(self._searches) > _KEPT_SEARCHES:
                self._searches.popitem(last=False)
        return known

    async def _buckets(self, ranks: Sequence[int]) -> list[tuple[int, int]]:
        """Runs of pages that are seen equally often: they are equal in every column."""
        found = []
        first = 0
        weights = self._weights
        for place in range(1, len(ranks) + 1):
            if place == len(ranks) or weights[ranks[place]] != weights[ranks[first]]:
                found.append((first, place))
                first = place
            if not place % _SLICE:
                await self._pieces.pause()
        return found

    async def _search(self, text: str) -> list[int]:
        wanted = pattern(text)
        found: list[int] = []
        for first in range(0, self.count, _SLICE):
            numbers = range(first, min(self.count, first + _SLICE))
            found += [number for number in numbers if wanted.search(self._address(number))]
            await self._pieces.pause()
        return found

    def _address(self, number: int) -> str:
        shelf, box, page = self.names(number)
        return f"/{shelf}/{box}{page}"


def _any_in(numbers: Sequence[int], pages: range) -> bool:
    """Whether one of the sorted ``numbers`` is among the pages."""
    place = bisect_left(numbers, pages.start)
    return place < len(numbers) and numbers[place] in pages


def _tally(weights: Sequence[int]) -> PageTally:
    """Pages that are seen so often a day, in one."""
    hits = sum(weights)
    visits = hits - sum([weight // 6 for weight in weights])
    entries = sum([weight // 3 for weight in weights])
    lost = sum([weight // 27 for weight in weights])
    return PageTally(
        visits=visits,
        visitors=visits - lost,
        hits=hits,
        spent=37 * hits,
        entries=entries,
        entry_visitors=entries - lost,
        entry_actions=2 * entries,
        entry_length=80 * entries,
        entry_bounces=sum([weight // 7 for weight in weights]),
        exits=entries,
        exit_visitors=entries - lost,
        timings=[(0.21 * hits, 0.05, 1.9), (0.04 * hits, 0.01, 0.4), (0.33 * hits, 0.1, 2.6)],
    )


def _scaled(tally: PageTally, units: int) -> PageTally:
    """The same, so many times."""
    return PageTally(
        visits=tally.visits * units,
        visitors=tally.visitors * units,
        hits=tally.hits * units,
        spent=tally.spent * units,
        entries=tally.entries * units,
        entry_visitors=tally.entry_visitors * units,
        entry_actions=tally.entry_actions * units,
        entry_length=tally.entry_length * units,
        entry_bounces=tally.entry_bounces * units,
        exits=tally.exits * units,
        exit_visitors=tally.exit_visitors * units,
        timings=[(total * units, least, most) for total, least, most in tally.timings],
    )
