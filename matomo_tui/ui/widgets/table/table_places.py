"""Saves the cursors of all tables of a screen, and puts them back on another screen of the same kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from textual.widget import Widget

from matomo_tui.ui.widgets.table.virtual_table import TablePlace, VirtualTable

TablePlaces = Mapping[str, TablePlace]
"""The place of each table, by the name of the pane that it is in."""


def table_places(parent: Widget) -> TablePlaces:
    """The places of the tables below ``parent``."""
    return {name: table.place for name, table in _tables(parent)}


def resume_tables(parent: Widget, places: TablePlaces) -> None:
    """Put the cursors of the tables below ``parent`` at ``places`` once they have rows."""
    for name, table in _tables(parent):
        if name in places:
            table.resume_at(places[name])


def _tables(parent: Widget) -> Iterator[tuple[str, VirtualTable[Any]]]:
    for table in parent.query(VirtualTable):
        pane = table.parent
        yield getattr(pane, "id", None) or type(pane).__name__, table
