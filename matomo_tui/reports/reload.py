"""Reloads a report and restores its opened rows and position."""

from __future__ import annotations

from collections.abc import Sequence

from matomo_tui.api.errors import MatomoError
from matomo_tui.reports.loader import ReportLoader
from matomo_tui.reports.pages import PAGE, ReportPage
from matomo_tui.reports.table import MissingPage, TableModel

MOST_OPENED = 50
"""Rows that a reload opens again; more would make it slow and stay closed."""


async def reload_table(loader: ReportLoader, shown: TableModel, first: int, last: int) -> tuple[ReportPage, TableModel]:
    """Load again what ``shown`` shows, with the lines from ``first`` to before ``last`` in view.

    Returns the first page and a table with that page, the rows that were open and still exist, and the lines in view.
    The number of rows is taken over until it is counted again. Raises ``MatomoError`` if the first page fails; other
    pages that fail are left missing.
    """
    page = await loader.page(shown.request, reload=True)
    table = TableModel(shown.request)
    table.add(page)
    if table.total is None and shown.total is not None:
        table.set_total(shown.total)
    table.measure_like(shown)
    opened = shown.opened()[:MOST_OPENED]
    places = {place // PAGE * PAGE for place, _ in opened}
    await _load(loader, table, [one for place in sorted(places) for one in table.wanted(place, place + 1)])
    for depth in sorted({len(path) for _, path in opened}):
        lines = [line for _, path in opened if len(path) == depth and _is_shut(table, line := table.find(path))]
        # From bottom to top, because opening a row moves the lines below it.
        wanted = [table.toggle(line) for line in sorted((line for line in lines if line is not None), reverse=True)]
        await _load(loader, table, [one for one in wanted if one is not None])
    were_open = {path for _, path in shown.opened()}
    for _, path in reversed(table.opened()):  # rows with matches open by themselves: close those that the user closed
        if path not in were_open and shown.find(path) is not None and (line := table.find(path)) is not None:
            table.toggle(line)
    await _load(loader, table, table.wanted(first, last))
    return page, table


def _is_shut(table: TableModel, number: int | None) -> bool:
    """Returns True if the row on a line is loaded and closed."""
    line = table.line(number) if number is not None else None
    return line is not None and not line.expanded


async def _load(loader: ReportLoader, table: TableModel, wanted: Sequence[MissingPage]) -> None:
    """Load pages into ``table``; those with the same offset in one bulk request."""
    for offset in dict.fromkeys(one.offset for one in wanted):
        try:
            pages = await loader.pages([one.request for one in wanted if one.offset == offset], offset)
        except MatomoError:
            return
        for page in pages:
            if isinstance(page, ReportPage):
                table.add(page)
