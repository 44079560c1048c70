"""A Matomo for the reports: recorded answers where there are any, else rows made from the metadata."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any

from matomo_tui.api.client import Client
from matomo_tui.api.metadata import get_report_metadata
from matomo_tui.api.site import Site
from matomo_tui.api.transport import Response
from matomo_tui.reports.catalogue import Catalogue, Report, ReportColumn
from matomo_tui.reports.loader import ReportLoader
from matomo_tui.reports.periods import Period
from matomo_tui.reports.query import Query
from tests.recorded import Fields, calls_sent, json_response, load, refusal

TODAY = date(2026, 11, 23)
SITE = Site(id=1, name="Shop", timezone="Europe/Berlin", currency="EUR", ecommerce=True, sitesearch=True)
YESTERDAY = Period.containing("day", date(2026, 11, 22))
NOW = 1795437064.0
REPORT = Report(
    id="Actions_getPageUrls",
    module="Actions",
    action="getPageUrls",
    name="Page URLs",
    dimension="Page URL",
    columns=(ReportColumn("nb_hits", "Pageviews", "number"), ReportColumn("bounce_rate", "Bounce Rate", "percent")),
    sub_action="getPageUrls",
)


def query(**changes: Any) -> Query:
    """Yesterday at the shop."""
    return Query(**{"site": SITE, "period": YESTERDAY, **changes})


@cache
def catalogue() -> Catalogue:
    """The recorded one, of 82 reports."""
    (exchange,) = load("metadata")
    return Catalogue.of(get_report_metadata(1).decode(exchange.body))


class Hands:
    """A clock that stands still until it is moved."""

    def __init__(self, at: float = NOW) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


class ReportMatomo:
    """Serves ``tables`` by method: a list of rows, sorted, searched, cut into pages as Matomo does; rows below one
    under ``(method, idSubtable)``, those of one date under ``(either, date)``. Anything else is what ``answers`` has.

    ``gate``, when set, holds every request until it is opened; ``most_at_once`` tells how many were under way.
    """

    def __init__(self, tables: dict[Any, list[dict[str, Any]]] | None = None, **answers: Any) -> None:
        self.tables = tables or {}
        self.answers = {name.replace("__", "."): answer for name, answer in answers.items()}
        self.requests: list[list[dict[str, str]]] = []
        self.gate: asyncio.Event | None = None
        self.at_once = self.most_at_once = self.cancelled = 0

    @property
    def calls(self) -> list[dict[str, str]]:
        """Every call that was sent, in order."""
        return [call for request in self.requests for call in request]

    async def post(self, fields: Fields, *, timeout: float | None = None) -> Response:
        calls = calls_sent(fields)
        self.requests.append(calls)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if self.gate is not None:
                await self.gate.wait()
            answers = [self._answer(call) for call in calls]
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.at_once -= 1
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        return json_response(answers if dict(fields)["method"] == "API.getBulkRequest" else answers[0])

    async def aclose(self) -> None:
        pass

    def _answer(self, call: dict[str, str]) -> Any:
        method = call["method"]
        key: Any = (method, int(call["idSubtable"])) if "idSubtable" in call else method
        dated = (key, call.get("date"))
        if dated in self.tables or key in self.tables:
            return _cut(self.tables.get(dated, self.tables.get(key, [])), call)
        if method in self.answers:
            answer = self.answers[method]
            return answer(call) if callable(answer) else answer
        return refusal(f"The method '{method}' does not exist.")


def _cut(rows: Sequence[dict[str, Any]], call: dict[str, str]) -> list[dict[str, Any]]:
    found = list(rows)
    pattern = call.get("filter_pattern") or call.get("filter_pattern_recursive")
    if pattern:
        found = [row for row in found if pattern.replace("\\", "").lower() in row["label"].lower()]
    column = call.get("filter_sort_column")
    if column and "nb_visits" in next(iter(found), {}) and column not in found[0]:
        column = "nb_visits"  # seen on 5.0.2 and 5.8.0: the first row alone tells whether the column is there
    if column:
        found.sort(key=lambda row: row.get(column, 0), reverse=call["filter_sort_order"] == "desc")
    offset, limit = int(call.get("filter_offset", 0)), int(call.get("filter_limit", 100))
    return found[offset:] if limit < 0 else found[offset : offset + limit]


class LongMatomo(ReportMatomo):
    """As many rows as it is told, made when they are asked for."""

    def __init__(self, count: int) -> None:
        super().__init__(Actions__getPageUrls=self._rows)
        self.count = count

    def _rows(self, call: dict[str, str]) -> Any:
        first = int(call.get("filter_offset", 0))
        last = min(self.count, first + int(call["filter_limit"]))
        return [{"label": f"/page/{n:06}", "nb_hits": 1} for n in range(first, last)]


def rows(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"label": f"/page/{n:06}", "nb_hits": count - n, **more} for n in range(count)]


def loader(matomo: ReportMatomo, now: Hands | None = None, **options: Any) -> ReportLoader:
    """A loader over ``matomo``, on the day of the recordings."""
    hands = now or Hands()
    return ReportLoader(Client(matomo, now=hands), lambda site: TODAY, now=hands, **options)
