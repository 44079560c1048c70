"""A transport that answers from a recording, as the Matomo would have at the present instant of a replay.

The requests of a replay are not those that were recorded: a poll comes a little earlier or later, and after a seek the
live screen starts over and asks for half an hour of visits. So each call is answered by itself:

- the visits of today are put together from all polls since the ``minTimestamp`` of the call, of each visit the newest
  state;
- live counters are those of the same span (to this minute, for spans that begin at a midnight);
- figures of today or yesterday are the last ones of the same day in the site's time zone, or else the next ones;
- everything else is the last answer to the same call, whatever request it was in.

Where nothing was recorded for a while, requests fail as in an outage.
"""

from __future__ import annotations

import asyncio
import threading
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from datetime import date, tzinfo
from email.utils import formatdate
from itertools import chain, takewhile

import msgspec

from matomo_tui.api import errors, responses
from matomo_tui.api.errors import MatomoError, NotAllowed, NotRecorded, Unreachable
from matomo_tui.api.transport import Response
from matomo_tui.instants import http_date, local_time
from matomo_tui.recording.exchange import FIXED_MINUTES, RecordedCall, calls_of, key_of, polled
from matomo_tui.recording.player import Player
from matomo_tui.recording.recording import Exchange, Recording
from matomo_tui.sanitize import sanitize

LOOK_AHEAD = 60.0
"""Seconds by which an answer may be too new: a poll of the replay may come just before the recorded one."""
SLACK = 120.0
"""Seconds that a recorded answer may be older than the visits in it, by clocks that differ."""
SAME_MINUTE = 1.5
"""Minutes by which the beginnings of two spans may differ that are counted in whole minutes. Those of two counters may
be no further apart: the nearer one is meant."""
LOOK_BACK = 1800.0
"""Seconds that counters of a longer span may be old."""
_LASTING = frozenset({"API", "SitesManager", "UsersManager", "SegmentEditor", "Goals"})
"""Modules whose answers are also taken from later in the recording: they are of no instant."""
_ONE_SITE = "SitesManager.getSiteFromId"
_OF_TRANSPORTS = {
    name: getattr(errors, name) for name in ("Unreachable", "ConnectionLost", "TimedOut", "TLSFailed", "NotMatomo")
}
_MOST = 1 << 62


class _Visit(msgspec.Struct):
    """What is needed of a visit to put answers together."""

    id: object = msgspec.field(default=None, name="idVisit")
    last: object = msgspec.field(default=0, name="lastActionTimestamp")

    @property
    def last_action(self) -> int:
        """Epoch in seconds."""
        text = str(self.last)
        return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0


class ReplayTransport:
    """Answers requests from ``recording`` at the instant of ``player``, whose clock stands still meanwhile: a fast
    replay would take the time of decompressing for a slow server. Changes nothing anywhere.

    ``zone`` returns the time zone of a name, by which days are told apart."""

    whole_visits = True
    """Visits are put together from the answers to one call."""

    def __init__(self, recording: Recording, player: Player, zone: Callable[[str], tzinfo]) -> None:
        self._recording = recording
        self._player = player
        self._zone = zone
        self._ahead = 0.0
        """Seconds that the server's clock is ahead, as the program knows it from the last answer: by it the program
        decides that a day has begun."""
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return "ReplayTransport()"

    async def post(self, fields: Sequence[tuple[str, str]], *, timeout: float | None = None) -> Response:  # noqa: ARG002
        """Answer at once; see ``Transport.post``. Raises ``NotAllowed`` for a method that writes."""
        calls, bulk = calls_of(fields)
        for call in calls:
            if call.is_write:
                raise NotAllowed(f"This is a replay: {call.method} was not sent. Nothing has changed.")
        with self._player.held():
            # After a seek, half an hour of answers is decompressed.
            return await asyncio.to_thread(self._answer, calls, self._player.now(), bulk=bulk)

    async def aclose(self) -> None:
        """Nothing is open: the recording is closed by the caller that opened it."""

    def _answer(self, calls: Sequence[RecordedCall], at: float, *, bulk: bool) -> Response:
        with self._lock:
            newest = self._newest(calls, at)
            if newest is not None and newest.failed:
                return _as_it_failed(newest)
            parts = [self._part(call, at) for call in calls]
        body = b"[%s]" % b",".join(parts) if bulk else parts[0] if parts else b"[]"
        headers: dict[str, str] = {}
        if newest is not None:
            headers = {name: value for name, value in newest.headers.items() if name != "date"}
            sent = http_date(newest.headers.get("date", ""))
            if sent is not None:
                now = int(at + sent - newest.at + 0.5)
                headers["date"] = formatdate(now, usegmt=True)
                self._ahead = now + 0.5 - at
        return Response(200, body, headers, newest.took if newest else 0.0, 0)

    def _newest(self, calls: Sequence[RecordedCall], at: float) -> Exchange | None:
        """Return the last exchange with any of ``calls``. Raises ``Unreachable`` in a gap between polls, and
        ``NotRecorded`` if the polls are of another site or segment."""
        found = [next(self._recording.newest_first(key_of(call), at), None) for call in calls]
        live = any(call.is_of_counters or call.is_of_visits for call in calls)
        newest = max((one for one in found if one is not None), key=lambda one: one.at, default=None)
        if live and (newest is None or at - newest.at > self._recording.gap):
            raise self._why_nothing(calls, at)
        return newest

    def _why_nothing(self, calls: Sequence[RecordedCall], at: float) -> MatomoError:
        """The error of a poll to which no answer is near."""
        place = bisect_right(self._recording.polls, at) - 1
        asked, recorded = polled(calls), self._recording.subject_at(at)
        is_gap = place < 0 or at - self._recording.polls[place] > self._recording.gap
        if is_gap or asked is None or recorded is None or asked == recorded:
            return Unreachable("Nothing was recorded at this time.")
        if asked[0] != recorded[0]:
            return NotRecorded("The recording has another site at this time.")
        if recorded[1]:
            return NotRecorded("The recording has another segment at this time.")
        error = NotRecorded("The recording has only everybody.")
        error.has_everybody = True
        return error

    def _part(self, call: RecordedCall, at: float) -> bytes:
        if call.is_of_visits:
            return self._visits(call, at)
        found = self._counters(call, at) if call.is_of_counters else self._same(call, at)
        if found is not None:
            return found
        return _not_recorded(call)

    def _same(self, call: RecordedCall, at: float) -> bytes | None:
        key = key_of(call)
        day = self._day(call, at + self._ahead) if call.is_of_present_day else None

        def is_same_day(exchange: Exchange) -> bool:
            return day is None or self._day(call, _sent(exchange)) == day

        for exchange in takewhile(is_same_day, self._recording.newest_first(key, at)):
            if (part := _part_of(exchange, key)) is not None:
                return part
        if call.method == _ONE_SITE and (site := self._recording.site_row(_number(call.params.get("idSite", ""), 0))):
            return site
        later = next(filter(is_same_day, self._recording.oldest_first(key, at)), None)
        if later is None or (later.at > at + LOOK_AHEAD and call.method.partition(".")[0] not in _LASTING):
            return None
        return _part_of(later, key)

    def _day(self, call: RecordedCall, server_time: float) -> date | None:
        """The day of the epoch ``server_time`` for the site of ``call``, or in UTC for several sites, as Matomo has it;
        ``None`` if the site's time zone is not known."""
        site = call.params.get("idSite", "")
        name = self._recording.timezone(_number(site, 0)) if site.isdecimal() else "UTC"
        return None if name is None else local_time(server_time, self._zone(name)).date()

    def _counters(self, call: RecordedCall, at: float) -> bytes | None:
        is_fixed = call.minutes <= FIXED_MINUTES
        day = None if is_fixed else self._day(call, at + self._ahead)
        of_other_day: bytes | None = None
        for exchange in self._near(key_of(call), at, of_minutes=not is_fixed):
            found = _of_same_span(call, at, exchange)
            if found is None:
                continue
            recorded, part = found
            if day is None or self._day(call, _sent(exchange)) == day:
                return part
            # The day before, the span from this midnight was that from another one.
            if of_other_day is None and recorded.minutes == call.minutes:
                of_other_day = part
        return of_other_day

    def _near(self, key: bytes, at: float, *, of_minutes: bool) -> Iterator[Exchange]:
        """Yield the exchanges with the call ``key`` about ``at``, best first: earlier ones before later ones.

        Of those ``of_minutes``, which are asked for once a minute, the ones in the server's present minute come before
        all others."""

        def earlier(until: float, since: float) -> Iterator[Exchange]:
            return self._recording.newest_first(key, until, since)

        def later(until: float) -> Iterator[Exchange]:
            return takewhile(lambda one: one.at <= until, self._recording.oldest_first(key, at))

        oldest, newest = at - LOOK_BACK, at + LOOK_AHEAD
        if not of_minutes:
            return chain(earlier(at, oldest), later(newest))
        minute = at - (at + self._ahead) % 60
        return chain(earlier(at, minute), later(minute + 60), earlier(minute, oldest), later(newest))

    def _visits(self, call: RecordedCall, at: float) -> bytes:
        """Put the answer together from all polls that may have one of its visits."""
        key = key_of(call)
        after = _number(call.params.get("minTimestamp", ""), 0)
        offset = _number(call.params.get("filter_offset", ""), 0)
        limit = _number(call.params.get("filter_limit", ""), _MOST)
        since = after - SLACK if after else at - LOOK_BACK - SLACK
        visits: dict[object, tuple[int, bytes]] = {}
        refused: bytes | None = None
        for number, exchange in enumerate(self._recording.newest_first(key, at, since)):
            part = _part_of(exchange, key) or b""
            try:
                rows = msgspec.json.decode(part, type=list[msgspec.Raw]) if part else []
            except msgspec.MsgspecError:
                if number == 0:
                    refused = part
                continue
            for row in rows:
                visit = _visit(row)
                if visit is not None and visit.last_action > after:
                    visits.setdefault(visit.id, (visit.last_action, bytes(row)))
        if refused is not None:
            return refused
        if not visits and next(self._recording.oldest_first(key, 0.0), None) is None:
            return _not_recorded(call)
        rows_by_time = [row for _, row in sorted(visits.values(), key=lambda found: -found[0])]
        return b"[%s]" % b",".join(rows_by_time[offset : offset + limit])


def _not_recorded(call: RecordedCall) -> bytes:
    why = "it was not on the screen while it was recorded."
    sentence = f"{errors.NOT_RECORDED}{sanitize(call.method, 80)} at this time: {why}"
    return msgspec.json.encode({"result": "error", "message": sentence})


def _visit(row: msgspec.Raw) -> _Visit | None:
    try:
        visit = msgspec.json.decode(row, type=_Visit)
    except msgspec.MsgspecError:
        return None
    return visit if isinstance(visit.id, int | str) else None


def _part_of(exchange: Exchange, key: bytes) -> bytes | None:
    for call, part in zip(exchange.calls, exchange.parts, strict=False):
        if key_of(call) == key:
            return part
    return None


def _of_same_span(call: RecordedCall, at: float, exchange: Exchange) -> tuple[RecordedCall, bytes] | None:
    """Return the counters in ``exchange`` that begin nearest to ``call``, with their own call, if they cover the same
    length or begin at the same minute."""
    key, begin = key_of(call), at / 60 - call.minutes
    pairs = zip(exchange.calls, exchange.parts, strict=False)
    apart = [(abs(exchange.at / 60 - one.minutes - begin), one, part) for one, part in pairs if key_of(one) == key]
    found = min(apart, key=lambda one: one[0], default=None)
    if found is None or (found[0] > SAME_MINUTE and found[1].minutes != call.minutes):
        return None
    return found[1:]


def _sent(exchange: Exchange) -> float:
    """The epoch at which the answer was sent, by the server's clock if it told."""
    sent = http_date(exchange.headers.get("date", ""))
    return exchange.at if sent is None else sent


def _as_it_failed(exchange: Exchange) -> Response:
    """The error page or the answer as it came; raises the error if there was none.

    An answer that stops polling is raised as an outage: a replay must go on after a seek.
    """
    if exchange.error:
        kind: type[MatomoError] = _OF_TRANSPORTS.get(exchange.error, Unreachable)
        raise kind(sanitize(exchange.sentence, 400) or "The request got no answer.")
    response = Response(exchange.status, exchange.body, exchange.headers, exchange.took)
    try:
        responses.answer_of(response, responses.BULK)
    except MatomoError as error:
        if error.stops_polling:
            raise Unreachable(str(error)) from None
    return response


def _number(text: str, instead: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 15 else instead
