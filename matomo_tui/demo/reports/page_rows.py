"""Rows of pages: URLs as a tree of folders, titles as a flat list, with the columns of Matomo's Actions module.

A site may have very many pages and no visits, to try long tables: then each page is computed from its number. Pages are
numbered in the order of their URLs, a hundred to a box and 5,000 to a shelf; a page's popularity rank is a fixed
permutation of the numbers. All days off have the same figures, working days twice as many, so days add up to weeks.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import overload
from urllib.parse import quote_plus, unquote, urlsplit

from matomo_tui.demo.api_request import Json, whole_number
from matomo_tui.demo.engine.by_action import TIMINGS, PageGoal, PageTally
from matomo_tui.demo.engine.by_visit import Tally
from matomo_tui.demo.engine.journey_stats import ORDER
from matomo_tui.demo.engine.visit_generator import Yielder
from matomo_tui.demo.formats import number
from matomo_tui.demo.reports.rows import RowWriter, Shape, TableRow, page_of, pattern, row_id, shown
from matomo_tui.demo.traffic.visit import GoalKey

_BOX, _SHELF = 100, 5000
_WORDS = ("river", "mill", "letter", "map", "herbarium", "ledger", "photograph", "größe", "地図", "sketch", "song")
_KINDS = ("letters", "maps", "plates", "ledgers", "songs")
_PRIME = 1_299_709
_SLICE = 2000
_DEEPEST = 10


@dataclass(frozen=True, slots=True)
class Columns:
    """``daily`` writes figures of a leaf as texts; ``goals`` has total conversions."""

    daily: bool
    goals: Mapping[GoalKey, int]
    segment: str = "pageUrl"


def page_columns(tally: PageTally, columns: Columns, *, leaf: bool) -> dict[str, Json]:
    text = str if columns.daily and leaf else int
    daily = "" if columns.daily else "sum_daily_"
    found: dict[str, Json] = {"nb_visits": tally.visits}
    if leaf:
        found[f"{daily}nb_uniq_visitors"] = tally.visitors
    found |= {"nb_hits": tally.hits, "sum_time_spent": tally.spent}
    found |= _timing_columns(tally, as_text=columns.daily and leaf)
    if tally.entries:
        if leaf:
            found[f"{daily}entry_nb_uniq_visitors"] = tally.entry_visitors
        found |= {
            "entry_nb_visits": text(tally.entries),
            "entry_nb_actions": text(tally.entry_actions),
            "entry_sum_visit_length": text(tally.entry_length),
            "entry_bounce_count": text(tally.entry_bounces),
        }
    if tally.exits:
        if leaf:
            found[f"{daily}exit_nb_uniq_visitors"] = tally.exit_visitors
        found["exit_nb_visits"] = text(tally.exits)
    if tally.goals:
        found["goals"] = {
            f"idgoal={goal}": _goal(tally, goal, columns)
            for goal in sorted(tally.goals, key=lambda goal: (goal == ORDER, str(goal)))
        }
    if tally.followed:
        found["nb_hits_following_search"] = text(tally.followed)
    return found | _averages(tally)


def _timing_columns(tally: PageTally, *, as_text: bool) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for name, (_, least, most) in zip(TIMINGS, tally.timings, strict=True):
        found[f"nb_hits_with_time_{name}"] = str(tally.hits) if as_text else tally.hits
        found[f"min_time_{name}"] = f"{least:.4f}" if as_text else number(least, 4)
        found[f"max_time_{name}"] = f"{most:.4f}" if as_text else number(most, 4)
    return found


def _goal(tally: PageTally, key: GoalKey, columns: Columns) -> dict[str, Json]:
    goal: PageGoal = tally.goals[key]
    every = columns.goals.get(key, 0)
    found: dict[str, Json] = {
        "nb_conversions": goal.count,
        "revenue": number(goal.revenue),
        "nb_conv_pages_before": goal.before,
        "nb_conversions_attrib": number(goal.share, 4),
        "nb_conversions_page_rate": number(goal.count / every, 3) if every else 0,
        "nb_conversions_page_uniq": goal.count,
        "revenue_attrib": number(goal.revenue_share),
    }
    if goal.entry_count and tally.entries:
        found |= {
            "revenue_entry": number(goal.entry_revenue),
            "nb_conversions_entry_rate": number(goal.entry_count / tally.entries, 3),
            "revenue_per_entry": number(goal.entry_revenue / tally.entries, 3),
            "nb_conversions_entry": goal.entry_count,
        }
    return found


def _averages(tally: PageTally) -> dict[str, Json]:
    hits = max(1, tally.hits)
    means = [number(total / hits, 3) for total, _, _ in tally.timings]
    found: dict[str, Json] = {f"avg_time_{name}": mean for name, mean in zip(TIMINGS, means, strict=True)}
    return found | {
        "avg_page_load_time": number(sum(means), 3),
        "avg_time_on_page": round(tally.spent / hits),
        "bounce_rate": tally.entry_bounces / tally.entries if tally.entries else 0.0,
        "exit_rate": tally.exits / tally.visits if tally.visits else 0.0,
    }


def twice(text: str) -> str:
    """URL-encode twice, as Matomo does with URLs and titles in the segments of rows."""
    return quote_plus(quote_plus(text))


@dataclass(slots=True)
class _Folder:
    url: str
    tally: PageTally = field(default_factory=PageTally)
    folders: dict[str, _Folder] = field(default_factory=dict)
    pages: dict[str, tuple[str, PageTally]] = field(default_factory=dict)


def path_of(url: str) -> tuple[str, list[str], str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return url, [], "/"
    folders = [part for part in parts.path.split("/")[:-1] if part]
    name = parts.path.rpartition("/")[2] or "index"
    page = f"/{name}?{parts.query}" if parts.query else f"/{name}"
    if len(folders) >= _DEEPEST:
        page = "/" + "/".join([*folders[_DEEPEST - 1 :], page[1:]])
        folders = folders[: _DEEPEST - 1]
    return f"{parts.scheme}://{parts.netloc}", folders, page


def page_tree(tallies: Mapping[str, PageTally], columns: Columns) -> list[TableRow]:
    """Pages in their folders; a folder's figures are the sums of its contents."""
    root = _Folder("")
    for url, tally in tallies.items():
        begin, folders, page = path_of(url)
        here = root
        for name in folders:
            begin = f"{begin}/{name}"
            here = here.folders.setdefault(name, _Folder(begin))
            here.tally.merge(tally)
        # The same page under another scheme or host is one page.
        here.pages.setdefault(unquote(page), (url, PageTally()))[1].merge(tally)
    return _rows(root, columns)


def _rows(folder: _Folder, columns: Columns) -> list[TableRow]:
    rows = []
    meta: dict[str, Json]
    for name, inner in folder.folders.items():
        meta = {"segment": f"pageUrl=^{twice(inner.url)}"}
        figures = page_columns(inner.tally, columns, leaf=False)
        rows.append(TableRow(unquote(name), figures, meta, _rows(inner, columns)))
    for label, (url, tally) in folder.pages.items():
        meta = {"url": url, "segment": f"{columns.segment}=={twice(url)}"}
        rows.append(TableRow(label, page_columns(tally, columns, leaf=True), meta))
    return rows


def title_rows(tallies: Mapping[str, PageTally], columns: Columns) -> list[TableRow]:
    """Pages by title, with the leading blank that Matomo adds."""
    return [
        TableRow(
            f" {title}" if title else "Page Name not defined",
            page_columns(tally, columns, leaf=True),
            {"segment": f"{columns.segment}=={twice(title)}"},
        )
        for title, tally in tallies.items()
    ]


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
        return number * _PRIME % self.count

    def tally(self, numbers: range, units: int) -> PageTally:
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
        return "/" + "/".join(self.path(number)).replace("//", "/")

    def rows(self, numbers: range, size: int, units: int, columns: Columns) -> list[TableRow]:
        """The rows of one level, each with ``size`` pages: a shelf, a box or a page."""
        found = []
        for first in range(numbers.start, numbers.stop, size):
            inside = range(first, min(numbers.stop, first + size))
            path = self.path(first, size)
            url = f"{self._main_url}/{'/'.join(path).replace('//', '/')}"
            meta: dict[str, Json] = {"segment": f"pageUrl=^{twice(url)}"}
            below: Sequence[TableRow] | None = PageRows(self, inside, _BOX if size == _SHELF else 1, units, columns)
            if size == 1:
                below, meta = None, {"url": url, "segment": f"pageUrl=={twice(url)}"}
            own = page_columns(self.tally(inside, units), columns, leaf=size == 1)
            found.append(TableRow(path[-1], own, meta, below))
        return found

    def top(self, units: int, columns: Columns) -> list[TableRow]:
        return self.rows(range(self.count), _SHELF, units, columns) if units else []

    async def shown(self, params: Mapping[str, str], units: int, columns: Columns, shape: Shape) -> list[Json]:
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
        async for page in self._yielder.over(numbers[page_of(params)] if units else (), 100):
            label = self.address(page)
            url = self._main_url + label
            meta: dict[str, Json] = {"url": url, "Actions_PageUrl": label, "segment": f"pageUrl=={twice(url)}"}
            own = page_columns(self.tally(range(page, page + 1), units), columns, leaf=True)
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


class PageRows(Sequence[TableRow]):
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
