"""A server for the poller's tests: visits that the test adds, answered with Matomo's rules, on the test's clock."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from matomo_tui.api.client import Client
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.site import Site
from matomo_tui.api.transport import Response
from matomo_tui.live.snapshot import LiveSnapshot
from matomo_tui.live.timezones import utc_offset, zone
from tests.live.fake_clock import FakeClock
from tests.recorded import Fields, calls_sent, json_response, refusal

SHOP = Site(id=1, name="Shop", main_url="https://shop.example", timezone="Europe/Berlin", currency="EUR")
BLOG = Site(id=2, name="Blog", main_url="https://blog.example", timezone="UTC", currency="USD")


def page_view(at: int, path: str = "/", *, site: Site = SHOP, title: str = "A page") -> dict[str, Any]:
    """One page view at a UTC epoch, with its timestamp shifted to the site's zone as Matomo sends it."""
    shift = utc_offset(at, zone(site.timezone))
    return {"type": "action", "url": f"{site.main_url}{path}", "pageTitle": title, "timestamp": at + shift}


def visit(number: int, *times: int, site: Site = SHOP, path: str = "/", **columns: Any) -> dict[str, Any]:
    """A visit with a page view at each of ``times`` (UTC epochs)."""
    return {
        "idSite": site.id,
        "idVisit": number,
        "visitorId": f"{number:016x}",
        "firstActionTimestamp": times[0],
        "lastActionTimestamp": times[-1],
        "visitDuration": times[-1] - times[0],
        "actions": len(times),
        "visitorType": "new",
        "referrerType": "direct",
        "country": "Germany",
        "countryCode": "de",
        "deviceType": "Desktop",
        "actionDetails": [page_view(at, path, site=site) for at in times],
        **columns,
    }


def begins_a_poll(calls: list[dict[str, str]]) -> bool:
    """Whether a request is the first of a poll."""
    return any(call.get("lastMinutes") == "3" for call in calls)


@dataclass
class LiveMatomo:
    """A transport that answers the poller's calls from ``visits`` (by site).

    ``latency`` seconds pass before each answer; ``failure`` makes the next requests fail; ``refused`` are messages by
    method, ``answers`` what is answered instead; ``hook`` sees each request's calls before they are answered. ``ahead``
    is how far this server's clock is ahead of the world's; ``dated``: whether it tells its time, ``date``: what it
    tells instead; ``extra_visits`` are only counted, never listed; ``filters``: whether it knows the
    column by which ids are filtered.
    """

    clock: FakeClock
    visits: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    latency: float = 0.05
    failure: MatomoError | Response | None = None
    refused: dict[str, str] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    hook: Callable[[list[dict[str, str]]], None] | None = None
    ahead: float = 0.0
    dated: bool = True
    date: str = ""
    extra_visits: int = 0
    filters: bool = True
    keep_requests: bool = True
    requests: list[list[dict[str, str]]] = field(default_factory=list)
    asked_at: list[float] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0

    def add(self, row: dict[str, Any]) -> None:
        """A new visit, or one that goes on (by its ``idVisit``)."""
        rows = self.visits.setdefault(row["idSite"], [])
        rows[:] = [old for old in rows if old["idVisit"] != row["idVisit"]]
        rows.append(row)

    @property
    def now(self) -> float:
        """The server's time."""
        return self.clock.true + self.ahead

    def client(self) -> Client:
        """A client of this server."""
        return Client(self, now=self.clock.now)

    def asked(self, method: str) -> list[dict[str, str]]:
        """Every call of one method, in order."""
        return [call for request in self.requests for call in request if call["method"] == method]

    @property
    def polls(self) -> list[list[dict[str, str]]]:
        """The first request of each poll; others ask for further visits, or for the reports after the first visits."""
        return [request for request in self.requests if begins_a_poll(request)]

    async def post(self, fields: Fields, *, timeout: float | None = None) -> Response:
        calls = calls_sent(fields)
        if self.keep_requests:
            self.requests.append(calls)
            self.asked_at.append(self.clock.true)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            if self.hook:
                self.hook(calls)
            await self.clock.sleep(self.latency)
        finally:
            self.in_flight -= 1
        if isinstance(self.failure, MatomoError):
            raise self.failure
        if self.failure is not None:
            return self.failure
        answers = [self._answer(call) for call in calls]
        bulk = dict(fields)["method"] == "API.getBulkRequest"
        answer = answers if bulk else answers[0]
        date = self.date or format_datetime(datetime.fromtimestamp(int(self.now), UTC), usegmt=True)
        return json_response(answer, date=date) if self.dated else json_response(answer)

    async def aclose(self) -> None:
        return None

    def _answer(self, call: dict[str, str]) -> Any:
        method = call["method"]
        if method in self.refused:
            return refusal(self.refused[method])
        if method in self.answers:
            return self.answers[method]
        rows = self.visits.get(int(call["idSite"]), [])
        if method == "Live.getCounters":
            return self._counters(rows, int(call["lastMinutes"]))
        if method == "Live.getLastVisitsDetails":
            return self.listed(call)
        if method == "VisitsSummary.get":
            return {"nb_visits": len(rows), "nb_uniq_visitors": len(rows), "bounce_rate": 0.5, "avg_time_on_site": 60}
        if method == "Goals.get":
            return {"nb_conversions": 7, "nb_visits_converted": 6, "revenue": "120.5", "conversion_rate": 0.1}
        if method == "VisitTime.getVisitInformationPerServerTime":
            return self._hours(rows)
        return refusal(f"The method '{method}' does not exist or is not available in the module.")

    def _counters(self, rows: list[dict[str, Any]], minutes: int) -> Any:
        if not 1 <= minutes <= 2880:
            return refusal("lastMinutes only accepts values between 1 and 2880")
        since = self.now - minutes * 60
        counted = [row for row in rows if row["lastActionTimestamp"] >= since]
        return [{"visits": len(counted) + self.extra_visits, "actions": sum(row["actions"] for row in counted)}]

    def _hours(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """24 rows with the visits of each hour in Berlin; as in Matomo, hours without a visit have no other figure."""
        began = [datetime.fromtimestamp(row["firstActionTimestamp"], zone("Europe/Berlin")).hour for row in rows]
        return [
            {"label": f"{hour:02d}", "nb_visits": count, **({"nb_conversions": 1, "revenue": 17.5} if count else {})}
            for hour in range(24)
            for count in [began.count(hour)]
        ]

    def listed(self, call: dict[str, str]) -> list[dict[str, Any]]:
        """The visits with which a call is answered."""
        since = int(call.get("minTimestamp", 0))
        found = [row for row in self.visits.get(int(call["idSite"]), []) if row["lastActionTimestamp"] > since]
        descending = call.get("filter_sort_order") != "asc"
        found.sort(key=lambda row: (row["lastActionTimestamp"], row["idVisit"]), reverse=descending)
        offset, limit = int(call.get("filter_offset", 0)), int(call.get("filter_limit", 10))
        found = found[offset : offset + limit]
        if call.get("filter_column") == "idvisit" and self.filters:
            found = [row for row in found if re.search(call["filter_pattern"], str(row["idVisit"]))]
        shown = set(filter(None, call.get("showColumns", "").split(",")))
        return [{key: value for key, value in row.items() if not shown or key in shown} for row in found]


@dataclass
class Watcher:
    """A subscriber that keeps what it was shown."""

    shown: list[LiveSnapshot] = field(default_factory=list)

    def __call__(self, snapshot: LiveSnapshot) -> None:
        self.shown.append(snapshot)
