"""The row and data-source interface of the virtual table."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Generic, Protocol, TypeVar

from msgspec import Struct

from matomo_tui.ui.widgets.table.columns import Cell, Span, StyleName

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class Row(Struct, Generic[K], frozen=True):
    """One row."""

    key: K
    """Identifies the row when others are added, removed or moved."""
    cells: tuple[Cell, ...]
    """One for each column, including hidden ones; sanitized."""
    look: StyleName = ""
    """The style of the whole row."""
    mark: Span = ("", "")
    """A sign before the row."""


class Rows(Protocol[K]):
    """Provides the rows of a table by their place. All methods are called while drawing and must return at once."""

    def __len__(self) -> int:
        """Return the number of rows, loaded or not."""
        ...

    def row(self, index: int) -> Row[K] | None:
        """Return the row at ``index``; ``None`` if it is not loaded (call ``VirtualTable.rows_changed`` when it is)."""
        ...

    def index_of(self, key: K) -> int | None:
        """Return the place of the row with ``key``; ``None`` if it is gone or not loaded."""
        ...

    def want(self, start: int, stop: int) -> None:
        """Load missing rows from ``start`` up to ``stop``, because they are on screen."""
        ...


class ListRows(Generic[K]):
    """Rows that are all loaded."""

    def __init__(self, rows: Sequence[Row[K]] = ()) -> None:
        self._rows = rows
        self._places: dict[K, int] | None = None

    def __len__(self) -> int:
        return len(self._rows)

    def row(self, index: int) -> Row[K] | None:
        return self._rows[index]

    def index_of(self, key: K) -> int | None:
        if self._places is None:
            self._places = {row.key: place for place, row in enumerate(self._rows)}
        return self._places.get(key)

    def want(self, start: int, stop: int) -> None:
        """Do nothing: all rows are loaded."""


class LazyRows(Generic[K, T]):
    """Rows that are all loaded, and made when they are drawn. ``key`` is the identity of an entry, ``draw`` its row."""

    def __init__(self, items: Sequence[T], key: Callable[[T], K], draw: Callable[[T], Row[K]]) -> None:
        self._items = items
        self._key = key
        self._draw = draw
        self._drawn: dict[int, Row[K]] = {}
        self._places: dict[K, int] | None = None

    def __len__(self) -> int:
        return len(self._items)

    def row(self, index: int) -> Row[K] | None:
        if index not in self._drawn:
            self._drawn[index] = self._draw(self._items[index])
        return self._drawn[index]

    def index_of(self, key: K) -> int | None:
        if self._places is None:
            self._places = {self._key(item): place for place, item in enumerate(self._items)}
        return self._places.get(key)

    def want(self, start: int, stop: int) -> None:
        """Do nothing: all rows are loaded."""
