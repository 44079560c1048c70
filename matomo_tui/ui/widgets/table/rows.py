"""The row and data-source interface of the virtual table."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from matomo_tui.ui.widgets.table.columns import Cell, Span, StyleName

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Row(Generic[K]):
    """One row. ``key`` is what makes it the same row after others came, went or moved; ``cells`` one for each column,
    hidden ones included, of clean text; ``look`` colours the whole row; ``mark`` stands before it."""

    key: K
    cells: tuple[Cell, ...]
    look: StyleName = ""
    mark: Span = ("", "")


class Rows(Protocol[K]):
    """Provides rows by their place. Every method is called while drawing and must return at once."""

    def __len__(self) -> int:
        """How many rows there are, loaded or not."""
        ...

    def row(self, index: int) -> Row[K] | None:
        """The row at ``index``; ``None`` where it is not loaded yet (call ``VirtualTable.rows_changed`` when it is)."""
        ...

    def index_of(self, key: K) -> int | None:
        """Where the row with ``key`` is now; ``None`` where it is gone or not loaded."""
        ...

    def want(self, start: int, stop: int) -> None:
        """The rows from ``start`` up to ``stop`` are on screen from now on: load what is missing."""
        ...


class ListRows(Generic[K]):
    """Rows that are all there."""

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
        """Nothing to load."""
