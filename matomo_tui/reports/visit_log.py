"""The visit log: the visits of any period and segment, page by page, searched by the server."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, tzinfo

from msgspec import Struct

from matomo_tui.api import live
from matomo_tui.api.calls import Call
from matomo_tui.api.live import Visit
from matomo_tui.instants import local_time
from matomo_tui.reports import segments
from matomo_tui.reports.loader import ReportLoader
from matomo_tui.reports.query import Query
from matomo_tui.reports.segments import Condition

PAGE = 50
"""Visits requested at a time: about 100 kB with their actions."""
TIMEOUT = 120.0
_MOST_REQUESTS = 20
"""Pages of known visits that are skipped to find one with others."""

_IPV4_START = re.compile(r"(\d{1,3}(?:\.\d{1,3}){1,3})[.*]*")
_VISITOR_ID = re.compile(r"[0-9a-fA-F]{16}")
_LONGEST = 200


def search_segment(text: str) -> str:
    """Return the segment that finds a visit by ``text``; ``""`` for an empty text.

    An IP address finds itself and what is left of it on a Matomo that masks one or two bytes (``95.202.13.7`` is
    stored as ``95.202.0.0``); the first two or three numbers of an address find the whole network. 16 hexadecimal
    digits find a visitor ID, digits a visit ID, and any text a user ID that contains it.
    """
    wanted = text.strip()[:_LONGEST]
    if not wanted:
        return ""
    found: list[Condition] = []
    network = _network(wanted)
    if network is not None:
        first, last = network
        if first != last:
            # Both ends must hold, so a network cannot be one of several alternatives.
            return segments.build(((Condition("visitIp", ">=", first),), (Condition("visitIp", "<=", last),)))
        found += [Condition("visitIp", "==", stored) for stored in _stored_forms(first)]
    if _VISITOR_ID.fullmatch(wanted):
        found.append(Condition("visitorId", "==", wanted.lower()))
    if wanted.isascii() and wanted.isdecimal():
        found.append(Condition("visitId", "==", wanted))
    found.append(Condition("userId", "=@", wanted))
    return segments.build([tuple(found)])


def _stored_forms(address: str) -> list[str]:
    """``address`` as it is, and with its last one or two bytes masked; an IPv6 address only as it is."""
    parts = address.split(".")
    if len(parts) != 4:
        return [address]
    return list(dict.fromkeys([address, ".".join([*parts[:3], "0"]), ".".join([*parts[:2], "0", "0"])]))


def _network(text: str) -> tuple[str, str] | None:
    """The first and the last address that ``text`` stands for."""
    try:
        address = str(ipaddress.ip_address(text))
    except ValueError:
        pass
    else:
        return address, address
    start = _IPV4_START.fullmatch(text)
    parts = [int(part) for part in start[1].split(".")] if start else []
    if not parts or len(parts) > 3 or max(parts) > 255:
        return None
    missing = 4 - len(parts)
    return ".".join(map(str, [*parts, *[0] * missing])), ".".join(map(str, [*parts, *[255] * missing]))


class LogPage(Struct, frozen=True):
    """Visits that follow the ones already loaded; ``complete`` if there are no more after them."""

    visits: tuple[Visit, ...]
    complete: bool


class VisitLog:
    """Loads the visits of ``query``, newest action first, ``search`` narrowing them to what it finds.

    How the pages are cut: Matomo takes ``filter_offset``, but Matomo before 5.8 miscounts it in a period of more than a
    day. It searches the period in blocks (its last day, the seven days before, the rest) and loses count when the
    offset passes the end of a block: in a month of 2,483 visits, pages of 50 left out 790 (seen on 5.0.2). So each page
    ends its range at the day of the last visit loaded, with an offset that counts only that day's visits, less one: the
    visit that is found again proves that the offset ends in the block of that day, and is dropped.

    A day is requested as a range too: asked for today by ``period=day``, Matomo adds yesterday.
    """

    def __init__(
        self,
        loader: ReportLoader,
        query: Query,
        zone: tzinfo,
        search: str = "",
        *,
        only: str = "",
        columns: Sequence[str] = (),
        params: Mapping[str, str | int] | None = None,
        page: int = PAGE,
    ) -> None:
        """``zone`` is the site's; ``only`` is a segment that holds besides the query's; ``columns`` and ``params``
        restrict what the server sends of a visit: ``idVisit`` and ``lastActionTimestamp`` must be among the columns."""
        self.query = query
        self.search = search.strip()
        self.only = only
        self.visits: list[Visit] = []
        self.complete = False
        self._loader = loader
        self._zone = zone
        self._columns = tuple(columns)
        self._params = dict(params or {})
        self._page = page
        self._known: set[int] = set()
        self._end = min(query.period.last, max(query.period.first, loader.today(query)))

    @property
    def segment(self) -> str:
        """The query's segment, that of the row, and the search."""
        return segments.combine(self.query.segment, self.only, search_segment(self.search))

    async def load_more(self) -> LogPage:
        """Load the next page. Raises ``MatomoError``; the same page is then requested again by the next call."""
        seen_on_end = sum(1 for visit in self.visits if self._day(visit) == self._end)
        overlap = 1 if seen_on_end else 0
        limit = self._page + overlap
        growing = self._loader.today(self.query) <= self.query.period.last
        offset, complete = seen_on_end - overlap, False
        fresh: list[Visit] = []
        for _ in range(_MOST_REQUESTS):
            answer = await self._loader.request(self._call(offset, limit), self.query, reload=growing)
            fresh = [visit for visit in answer if visit.id_visit not in self._known]
            complete = len(answer) < limit
            if fresh or complete:
                break
            offset += max(1, len(answer) - 1)  # visits that came meanwhile have pushed the known ones into this page
        else:
            complete = True  # a server that ignores the offset
        self._known.update(visit.id_visit for visit in fresh)
        self.visits += fresh
        self.complete = complete
        if fresh:
            self._end = min(self._end, max(self.query.period.first, self._day(fresh[-1])))
        return LogPage(tuple(fresh), complete)

    def _call(self, offset: int, limit: int) -> Call[tuple[Visit, ...]]:
        call = live.get_last_visits_details(
            self.query.site.id,
            limit=limit,
            offset=offset,
            period="range",
            date=f"{self.query.period.first},{self._end}",
            segment=self.segment,
            columns=self._columns,
        )
        return replace(call, params={**call.params, **self._params}, timeout=TIMEOUT)

    def _day(self, visit: Visit) -> date:
        return local_time(visit.last_action_timestamp, self._zone).date()
