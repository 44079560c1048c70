"""A Matomo that repeats the recorded live session endlessly: 151 visits in two minutes.

It applies Matomo's rules for columns, limits and ``minTimestamp`` to the poller's requests, so that the answers have
the size of a real server's. The actions of each visit appear one by one, as recorded.
"""

from __future__ import annotations

import gzip
import json
import re
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qsl

from matomo_tui.api.transport import Response
from tests.recorded import Fields, calls_sent, refusal, session_polls

PERIOD = 120.0
"""Seconds after which the recording begins anew, with other visits."""
NEW_VISITS = 151 / PERIOD
"""How many visits begin in a second."""
HISTORY = 1800.0
_SHIFTED = ("firstActionTimestamp", "lastActionTimestamp", "serverTimestamp")

Row = dict[str, Any]
Message = MutableMapping[str, Any]

SITE = {
    "idsite": "1",
    "name": "Shop",
    "main_url": "https://shop.example",
    "ecommerce": "1",
    "sitesearch": "1",
    "timezone": "Europe/Berlin",
    "currency": "EUR",
    "group": "",
    "type": "website",
}
_FIXED: dict[str, Any] = {
    "API.getMatomoVersion": {"value": "5.0.2"},
    "UsersManager.hasSuperUserAccess": {"value": False},
    "SitesManager.getSitesIdWithAdminAccess": [],
    "SitesManager.getSitesIdWithWriteAccess": [],
    "SitesManager.getSitesIdWithViewAccess": [1],
    "SitesManager.getSiteFromId": SITE,
    "VisitTime.getVisitInformationPerServerTime": [],
    "VisitsSummary.get": {"nb_visits": 2318, "nb_uniq_visitors": 2104, "bounce_rate": 0.38, "avg_time_on_site": 97},
    "Goals.get": {"nb_conversions": 31, "nb_visits_converted": 30, "revenue": "1204.5", "conversion_rate": 0.013},
}


class RecordedMatomo:
    """A transport and an ASGI application. ``now`` is its clock (UTC epoch in seconds).

    With ``quiet`` all visits are between 5 and 25 minutes old, so that nothing changes between polls. With ``compress``
    answers are gzipped if the client accepts it. ``requests``, ``bytes_in`` and ``bytes_out`` count requests and the
    bytes of bodies.
    """

    def __init__(self, now: Callable[[], float] = time.time, *, quiet: bool = False, compress: bool = False) -> None:
        self._now = now
        self._start = now()
        self._quiet = quiet
        self._compress = compress
        self._polls = session_polls()
        self._courses = _courses()
        self._cache: dict[tuple[int, int, int], Row] = {}
        self.requests = self.bytes_in = self.bytes_out = 0

    async def post(self, fields: Fields, *, timeout: float | None = None) -> Response:
        """Answer as a transport, without HTTP."""
        body = self._body(fields)
        self.requests += 1
        self.bytes_out += len(body)
        return Response(200, body, {"content-type": "application/json", "date": formatdate(self._now(), usegmt=True)})

    async def aclose(self) -> None:
        """Nothing to close."""

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        """Answer as an ASGI application."""
        if scope["type"] != "http":
            return
        question = b""
        more = True
        while more:
            message = await receive()
            question += message.get("body", b"")
            more = message.get("more_body", False)
        body = self._body(parse_qsl(question.decode(), keep_blank_values=True))
        headers = [(b"content-type", b"application/json; charset=utf-8"), (b"date", _date(self._now()))]
        accepted = dict(scope["headers"]).get(b"accept-encoding", b"")
        if self._compress and b"gzip" in accepted:
            body = gzip.compress(body, 6)
            headers.append((b"content-encoding", b"gzip"))
        headers.append((b"content-length", str(len(body)).encode()))
        self.requests += 1
        self.bytes_in += len(question)
        self.bytes_out += len(body)
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _body(self, fields: Fields) -> bytes:
        calls = calls_sent(fields)
        bulk = dict(fields).get("method") == "API.getBulkRequest"
        answer = [self._answer(call) for call in calls] if bulk else self._answer(calls[0])
        return json.dumps(answer, separators=(",", ":"), ensure_ascii=True).encode()

    def _answer(self, call: dict[str, str]) -> Any:
        method = call.get("method", "")
        if method in _FIXED:
            return _FIXED[method]
        now = self._start - 300.0 if self._quiet else self._now()
        if method == "Live.getCounters":
            return [self._counted(now - min(float(call["lastMinutes"]) * 60, HISTORY), now)]
        if method == "Live.getLastVisitsDetails":
            return self._details(call, now)
        return refusal(f"The method '{method}' does not exist or is not available in the module.")

    def _counted(self, since: float, now: float) -> Row:
        """Count visits with an action after ``since``, and all their actions."""
        rows = [row for _, _, row, _ in self._states(since, now)]
        return {"visits": len(rows), "actions": sum(int(row["actions"]) for row in rows)}

    def _details(self, call: dict[str, str], now: float) -> list[Row]:
        history = 1200.0 if self._quiet else HISTORY
        since = max(float(call.get("minTimestamp") or 0), now - history)
        rows = sorted(self._visits(since, now), key=lambda row: (-row["lastActionTimestamp"], -row["idVisit"]))
        offset, limit = int(call.get("filter_offset", 0)), int(call.get("filter_limit", 10))
        shown = set(filter(None, call.get("showColumns", "").split(",")))
        hidden = frozenset(filter(None, call.get("hideColumns", "").split(",")))
        page = rows[offset : offset + limit]
        if call.get("filter_column") == "idvisit":  # applied after the limit, to the columns of the database
            wanted = re.compile(call.get("filter_pattern", ""))
            page = [row for row in page if wanted.search(str(row["idVisit"]))]
        kept = [{key: value for key, value in row.items() if not shown or key in shown} for row in page]
        return [without(row, hidden) for row in kept]

    def _visits(self, since: float, now: float) -> Iterator[Row]:
        """The visits with an action after ``since``, in their state at ``now``."""
        for lap, number, row, begun in self._states(since, now):
            yield self._shifted(lap, number, row, begun)

    def _states(self, since: float, now: float) -> Iterator[tuple[int, int, Row, int]]:
        """The same as recorded: repetition, number, row, and seconds to shift it by."""
        origin = self._polls[0].at
        for lap in range(int((since - self._start) // PERIOD) - 1, int((now - self._start) // PERIOD) + 2):
            begun = self._start + lap * PERIOD - origin
            for number, course in self._courses.items():
                seen = [row for row in course if row["lastActionTimestamp"] + begun <= now]
                if seen and seen[-1]["lastActionTimestamp"] + begun > since:
                    yield lap, number, seen[-1], int(begun)

    def _shifted(self, lap: int, number: int, row: Row, begun: int) -> Row:
        key = (lap, number, row["lastActionTimestamp"])
        if key not in self._cache:
            if len(self._cache) > 5_000:
                self._cache.clear()
            actions = [
                {**action, "timestamp": action["timestamp"] + begun} if "timestamp" in action else action
                for action in row["actionDetails"]
            ]
            moved = {name: row[name] + begun for name in _SHIFTED}
            self._cache[key] = {**row, **moved, "idVisit": number + (lap + 100) * 10_000, "actionDetails": actions}
        return self._cache[key]


def _courses() -> dict[int, list[Row]]:
    """The states of each recorded visit in all polls, oldest first."""
    courses: dict[int, list[Row]] = {}
    for poll in session_polls():
        for row in poll.visits:
            course = courses.setdefault(row["idVisit"], [])
            if not course or course[-1]["lastActionTimestamp"] != row["lastActionTimestamp"]:
                course.append(row)
    return courses


def without(value: Any, hidden: frozenset[str]) -> Any:
    """Remove the ``hidden`` keys from ``value`` and all lists in it, as ``hideColumns`` does."""
    if not hidden:
        return value
    if isinstance(value, dict):
        return {key: without(inner, hidden) for key, inner in value.items() if key not in hidden}
    if isinstance(value, list):
        return [without(inner, hidden) for inner in value]
    return value


def _date(now: float) -> bytes:
    return formatdate(now, usegmt=True).encode()
