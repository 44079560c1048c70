"""Sites below their groups: sums, and folding."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from matomo_tui.api.reports import ReportRow, Value
from matomo_tui.ui.reports.sites.site_rows import SiteKey, figure, found_rows, group_of, in_order
from matomo_tui.ui.widgets.table.paging import PagedRows
from matomo_tui.ui.widgets.table.rows import Row

_SUMMED = ("nb_visits", "nb_actions", "nb_pageviews", "nb_conversions", "orders")
_CHANGES = {"visits_evolution": "nb_visits", "actions_evolution": "nb_actions"}


def group_row(name: str, members: Sequence[ReportRow]) -> ReportRow:
    """The sums over the sites of a group. The revenue is summed if all of it is in one currency; the changes are
    against the same part of the period before, as those of each site are."""
    values: dict[str, Value] = {"isGroup": 1, "sites": len(members)}
    for column in _SUMMED:
        known = [value for row in members if (value := figure(row, column)) is not None]
        if known:
            values[column] = sum(known)
    symbols = {str(row.values.get("currencySymbol") or "") for row in members}
    if len(symbols) == 1:
        values["currencySymbol"] = symbols.pop()
        values["revenue"] = sum(figure(row, "revenue") or 0.0 for row in members)
    for change, column in _CHANGES.items():
        before = sum((figure(row, f"previous_{column}") or 0.0) * (figure(row, "ratio") or 1.0) for row in members)
        if before:
            values[change] = (sum(figure(row, column) or 0.0 for row in members) - before) / before
    return ReportRow(label=name, values=values)


def rows_in_groups(
    rows: Sequence[ReportRow], text: str, column: str, folded: Collection[str], *, descending: bool
) -> list[ReportRow]:
    """The sites with ``text``, each below its group; groups and sites without one are sorted by ``column``, and so are
    the sites of a group. The sites of ``folded`` groups are left out, unless they are searched for."""
    members: dict[str, list[ReportRow]] = {}
    for row in found_rows(rows, text, column, descending=descending):
        members.setdefault(group_of(row), []).append(row)
    tops = [*members.pop("", ()), *(group_row(name, within) for name, within in members.items())]
    listed: list[ReportRow] = []
    for top in in_order(tops, column, descending=descending):
        listed.append(top)
        if top.values.get("isGroup") and (text.strip() or top.label not in folded):
            listed += members[top.label]
    return listed


class FoldedRows:
    """Pages of sites in groups, without the sites of folded groups."""

    def __init__(self, pages: PagedRows[SiteKey, ReportRow]) -> None:
        self._pages = pages
        self._hidden: dict[str, tuple[int, int]] = {}
        """The places that are left out, by group: from the first up to the second."""

    def fold(self, name: str, start: int, stop: int) -> None:
        """Leave out the places from ``start`` up to ``stop``."""
        self._hidden[name] = start, stop

    def unfold(self, name: str) -> None:
        """Show the sites of the group again."""
        self._hidden.pop(name, None)

    def clear(self) -> None:
        """Show all sites: the places have changed."""
        self._hidden.clear()

    def _place(self, index: int) -> int:
        for start, stop in sorted(self._hidden.values()):
            if index < start:
                break
            index += stop - start
        return index

    def __len__(self) -> int:
        return len(self._pages) - sum(stop - start for start, stop in self._hidden.values())

    def row(self, index: int) -> Row[SiteKey] | None:
        return self._pages.row(self._place(index))

    def index_of(self, key: SiteKey) -> int | None:
        place = self._pages.index_of(key)
        if place is None or any(start <= place < stop for start, stop in self._hidden.values()):
            return None
        return place - sum(stop - start for start, stop in self._hidden.values() if stop <= place)

    def want(self, start: int, stop: int) -> None:
        self._pages.want(self._place(start), self._place(stop - 1) + 1 if stop > start else self._place(start))
