"""A server that pages as Matomo does, for tests of what reads all rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matomo_tui.api.transport import Response
from tests.recorded import json_response, refusal
from tests.small_matomo import SmallMatomo, site


def paged(rows: list[Any], form: Mapping[str, str]) -> list[Any]:
    """The rows that ``filter_limit`` and ``filter_offset`` select."""
    limit, offset = int(form.get("filter_limit", 100)), int(form.get("filter_offset", 0))
    return rows[offset:] if limit < 0 else rows[offset : offset + limit]


class PagedMatomo(SmallMatomo):
    """``tables`` has the rows of each method, or of each date of a method; ``visits`` those of the visit log by day."""

    def __init__(self, tables: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self.tables = dict(tables or {})
        self.visits: dict[str, list[int]] = {}
        self.broken: dict[int, Response] = {}
        """Responses in place of answers, by the number of the request from 0."""
        self.answer = self._answer

    def _answer(self, form: dict[str, str], _headers: dict[str, str]) -> Response:
        number = len(self.sent) - 1
        if number in self.broken:
            return self.broken[number]
        method = form["method"]
        if method == "SitesManager.getSiteFromId":
            return json_response(site(int(form["idSite"]), "Shop"))
        if method == "Live.getLastVisitsDetails":
            first, _, last = form["date"].partition(",")
            days = sorted(day for day in self.visits if first <= day <= (last or first))
            found = [{"idVisit": visit, "day": day} for day in reversed(days) for visit in self.visits[day]]
            return json_response(paged(found, form))
        table = self.tables.get(method)
        if table is None:
            return json_response(refusal(f"The method '{method}' does not exist."))
        if isinstance(table, dict) and form.get("date") in table:
            table = table[form["date"]]
        if isinstance(table, dict) and all(isinstance(rows, list) for rows in table.values()):
            return json_response({date: paged(rows, form) for date, rows in table.items()})
        return json_response(paged(table, form) if isinstance(table, list) else table)
