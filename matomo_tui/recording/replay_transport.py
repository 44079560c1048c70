"""A transport that answers from a recording, as the Matomo would have at the present instant of a replay.

The requests of a replay are not those that were recorded: a poll comes a little earlier or later, and after a seek the
live screen starts over and asks for half an hour of visits. So each call is answered by itself:

- the visits of today are put together from all polls since the ``minTimestamp`` of the call, of each visit the newest
  state;
- live counters are those of the same span (to this minute, for spans that begin at a midnight);
- everything else is the last answer to the same call, whatever request it was in.

Where nothing was recorded for a while, requests fail as in an outage.
"""

from __future__ import annotations

import asyncio
import threading
from bisect import bisect_right
from collections.abc import Sequence
from email.utils import formatdate

import msgspec

from matomo_tui.api import errors, responses
from matomo_tui.api.errors import MatomoError, NotAllowed, NotRecorded, Unreachable
from matomo_tui.api.transport import Response
from matomo_tui.instants import http_date
from matomo_tui.recording.exchange import RecordedCall, calls_of, key_of, polled
from matomo_tui.recording.player import Player
from matomo_tui.recording.recording import Exchange, Recording
from matomo_tui.sanitize import sanitize

LOOK_AHEAD = 60.0
"""Seconds by which an answer may be too new: a poll of the replay may come just before the recorded one."""
SLACK = 120.0
"""Seconds that a recorded answer may be older than the visits in it, by clocks that differ."""
SAME_MINUTE = 1.5
"""Minutes by which the beginnings of two spans may differ that are counted in whole minutes."""
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
    replay would take the time of decompressing for a slow server. Changes nothing anywhere."""

    whole_visits = True
    """Visits are put together from the answers to one call."""

    def __init__(self, recording: Recording, player: Player) -> None:
        self._recording = recording
        self._player = player
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
                headers["date"] = formatdate(at + sent - newest.at + 0.5, usegmt=True)
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
        for exchange in self._recording.newest_first(key, at):
            if (part := _part_of(exchange, key)) is not None:
                return part
        if call.method == _ONE_SITE and (site := self._recording.site_row(_number(call.params.get("idSite", ""), 0))):
            return site
        later = self._recording.first_after(key, at)
        if later is None or (later.at > at + LOOK_AHEAD and call.method.partition(".")[0] not in _LASTING):
            return None
        return _part_of(later, key)

    def _counters(self, call: RecordedCall, at: float) -> bytes | None:
        key = key_of(call)
        for until, since in ((at, at - LOOK_BACK), (at + LOOK_AHEAD, at)):
            for exchange in self._recording.newest_first(key, until, since):
                for recorded, part in zip(exchange.calls, exchange.parts, strict=False):
                    if key_of(recorded) == key and _is_same_span(call, at, recorded, exchange.at):
                        return part
        return None

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
        if not visits and self._recording.first_after(key, 0.0) is None:
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


def _is_same_span(call: RecordedCall, at: float, recorded: RecordedCall, recorded_at: float) -> bool:
    """Return True if two counters cover the same length, or begin at the same minute."""
    if call.minutes == recorded.minutes:
        return True
    begins = at / 60 - call.minutes, recorded_at / 60 - recorded.minutes
    return abs(begins[0] - begins[1]) <= SAME_MINUTE


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
