"""The search dialog of a select field."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar

from textual.binding import BindingType

from matomo_tui.sanitize import sanitize
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.widgets.search_dialog import RemoteSearchDialog, SearchResult
from matomo_tui.ui.widgets.table.columns import Column, Span
from matomo_tui.ui.widgets.table.rows import Row

Option = tuple[str, str]
"""A value as it is stored, and its clean label."""

Search = Callable[[str], Awaitable[Sequence[Option]]]
"""Finds the options for a text. Raises ``MatomoError`` if it asks the server."""

NOTHING = "Nothing matches “{}”."


class SearchDialog(RemoteSearchDialog[str, str]):
    """Dismisses with the chosen value. ``current`` is the present value, ``nothing`` the sentence for no match, with
    ``{}`` for the text."""

    COLUMNS = (Column("words", "", 12, flex=2), Column("value", "", 8, flex=1, most=24))
    DEFAULT_CSS = """
    SearchDialog > .dialog--box { max-width: 94%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings("search")

    def __init__(
        self, title: str, search: Search, current: str = "", typed: str = "", *, nothing: str = NOTHING
    ) -> None:
        super().__init__(title, typed=typed)
        self._nothing = nothing
        self._search = search
        self._current = current

    async def find(self, text: str) -> Sequence[SearchResult[str, str]]:
        return [self._option(option) for option in await self._search(text)]

    def _option(self, option: Option) -> SearchResult[str, str]:
        value, words = option
        is_present = value == self._current
        stored = sanitize(value, 60)
        shown: Span = (words, "strong" if is_present else "")
        beside: Span = ("" if stored == words else stored, "muted")
        return SearchResult(Row(value, ((shown,), (beside,))), value, is_present)

    def counted(self, count: int, text: str) -> str:
        return f"{count:,}" if count else self._nothing.replace("{}", sanitize(text, 40))
