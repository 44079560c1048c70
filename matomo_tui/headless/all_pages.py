"""Reads all rows of an answer page by page, so that only one page is in memory.

Pages are cut with ``filter_limit`` and ``filter_offset``, which work on reports and on lists of sites, users and goals
(observed on 5.0.2 and 5.8.0). An answer for several dates or sites is cut once for each of them: its further pages are
requested for one date of one site at a time. ``visit_days`` reads the visit log.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from matomo_tui.api import json_decoding
from matomo_tui.api.calls import Call
from matomo_tui.api.errors import AnswerTooLong, TimedOut
from matomo_tui.headless.answer_rows import RowGroup, groups_of
from matomo_tui.headless.connection import ReadConnection
from matomo_tui.headless.read_calls import read_call

FIRST_PAGE = 1_000
"""Rows of the first page, unless ``filter_limit`` is given."""
_MOST_ROWS = 20_000
_FEWEST_ROWS = 20
_PAGE_BYTES = 2 * 1024 * 1024
"""Size that pages are adapted to: large enough that the server reads its archive rarely, small enough for memory."""
_EVERYTHING = -1
_LONGEST_OFFSET = 10
"""Digits of an offset or a limit; longer ones are left to the server."""

Params = Mapping[str, str | int]


def asks_for_sites(params: Params) -> bool:
    """Return True if the answer to ``params`` may be one for each of several sites."""
    site = str(params.get("idSite", ""))
    return "," in site or site == "all"


def groups_in(answer: Any, params: Params) -> list[RowGroup]:
    """Split the ``answer`` to a request with ``params`` by site and date."""
    return list(groups_of(answer, by_site=asks_for_sites(params), by_date="date" in params))


def skipped_rows(params: Params) -> int:
    """Return the number of rows that ``params`` skip with ``filter_offset``; 0 if it is no number."""
    given = str(params.get("filter_offset", "")).strip()
    return int(given) if given.isdecimal() and len(given) <= _LONGEST_OFFSET else 0


@dataclass(slots=True)
class PageSize:
    """The number of rows of the next page."""

    rows: int = FIRST_PAGE
    fixed: bool = False

    @classmethod
    def of(cls, params: Params) -> PageSize:
        """The size from ``filter_limit``, if it is given and positive."""
        given = str(params.get("filter_limit", ""))
        if given.isdecimal() and len(given) <= _LONGEST_OFFSET and 0 < int(given) <= _MOST_ROWS:
            return cls(int(given), fixed=True)
        return cls()

    def answered(self, rows: int, size: int) -> None:
        """Adapt to an answer of ``rows`` with ``size`` bytes."""
        if rows and not self.fixed:
            wanted = int(_PAGE_BYTES / max(1.0, size / rows))
            self.rows = max(_FEWEST_ROWS, min(_MOST_ROWS, wanted, self.rows * 4))

    def failed(self) -> bool:
        """Halve the page after an answer that was too long or too slow. Returns False if it is as small as possible."""
        if self.rows <= _FEWEST_ROWS:
            return False
        self.rows = max(_FEWEST_ROWS, self.rows // 2)
        return True


@dataclass(slots=True)
class AllPages:
    """The pages of ``method`` with ``params``. ``timeout`` is the limit for one answer in seconds."""

    connection: ReadConnection
    method: str
    params: Params
    timeout: float | None = None
    on_note: Callable[[str], None] = lambda _: None
    """Called with a sentence if the server does not page as expected."""
    size: PageSize = field(init=False)

    def __post_init__(self) -> None:
        self.size = PageSize.of(self.params)

    async def pages(self) -> AsyncIterator[RowGroup]:
        """Yield the pages, each with the keys of its site and date. A part that is a single object or value is a page
        of its own. Raises ``MatomoError``."""
        limit, answer = await self._page(self.params, 0)
        for group in groups_in(answer, self.params):
            yield group
            if type(group.answer) is list and len(group.answer) == limit:
                narrowed = {**self.params, **_narrowed(group.keys)}
                async for rows in self.further(narrowed, group.answer):
                    yield RowGroup(group.keys, rows)

    async def further(self, params: Params, first: list[Any]) -> AsyncIterator[list[Any]]:
        """Yield the rows after the ``first`` ones, which were a full page."""
        known, before = len(first), first
        while True:
            limit, answer = await self._page(params, known)
            rows = answer if type(answer) is list else []
            if rows and rows == before[: len(rows)]:
                async for rest in self._at_once(params, known):
                    yield rest
                return
            if rows:
                yield rows
            known, before = known + len(rows), rows
            if len(rows) != limit:  # fewer: the end; more: the server does not page
                return

    async def _at_once(self, params: Params, known: int) -> AsyncIterator[list[Any]]:
        """Yield the rows after the first ``known`` ones for a method that ignores the offset."""
        self.on_note(f"{self.method} ignores filter_offset: all rows are requested at once.")
        answer = (await self._call({**params, "filter_limit": _EVERYTHING}))[1]
        if type(answer) is list and len(answer) > known:
            yield answer[known:]

    async def _page(self, params: Params, known: int) -> tuple[int, Any]:
        """Request the page after ``known`` rows, which came after those that ``params`` skip. Returns its limit and the
        answer."""
        while True:
            limit = self.size.rows
            cut: Params = {**params, "filter_limit": limit}
            if known:
                cut = {**cut, "filter_offset": skipped_rows(params) + known}
            try:
                length, answer = await self._call(cut)
            except (AnswerTooLong, TimedOut):
                if not self.size.failed():
                    raise
                continue
            rows = sum(len(group.answer) for group in groups_in(answer, params) if type(group.answer) is list)
            self.size.answered(rows, length)
            return limit, answer

    async def _call(self, params: Params) -> tuple[int, Any]:
        """Send the call. Returns the length of the answer in bytes, and the answer."""
        call = read_call(self.method, params, timeout=self.timeout)
        measured: Call[tuple[int, Any]] = Call(
            call.method, call.params, lambda body: (len(body), json_decoding.parse(body)), timeout=call.timeout
        )
        return await self.connection.call(measured)


def _narrowed(keys: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """The parameters that request one part of an answer alone."""
    found = dict(keys)
    if "date" in found:
        # A week has both its ends as its key, a month and a year only their beginning.
        first = found["date"].partition(",")[0]
        found["date"] = (f"{first}-01-01")[:10] if len(first) < 10 else first
    return found
