"""Sends calls through a transport and turns whatever comes back into an answer or one of the errors."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, overload
from urllib.parse import quote

import msgspec

from matomo_tui.api import answers, loose, server, sites, tracking, users
from matomo_tui.api.access import Access
from matomo_tui.api.areas import Area
from matomo_tui.api.calls import Call, sent
from matomo_tui.api.errors import (
    ConnectionLost,
    LockedOut,
    MatomoError,
    NoAccess,
    NotAllowed,
    Role,
    TokenRejected,
)
from matomo_tui.api.tracking import Hit, TrackerAnswer
from matomo_tui.api.transport import Response, Tracker, Transport
from matomo_tui.instants import http_date

T = TypeVar("T")
T1 = TypeVar("T1")
T2 = TypeVar("T2")
T3 = TypeVar("T3")
T4 = TypeVar("T4")
T5 = TypeVar("T5")

# Numbers as numbers and messages in one language, whatever the server and the token's owner prefer.
_ALWAYS = (("format", "json"), ("language", "en"), ("format_metrics", "0"))


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """What one bulk request at connection tells: the version (``""`` when refused) and the token's access."""

    version: str
    access: Access


class Client:
    """A typed Matomo API over any transport.

    ``bytes_received`` (of bodies, as they came over the line) and ``requests_sent`` count for as long as the client
    lives, so that a caller can show and bound what it costs the server; ``last_elapsed`` is the seconds the last
    answer took; ``clock_offset`` is the server's clock minus ours in seconds, from the last ``Date`` header (``None``
    before one was seen). ``now`` is our own clock.

    ``read_only`` refuses everything that writes, hits to the tracker included, before it is sent; ``allow`` refuses
    what is in none of the areas that it names (``None``: it narrows nothing).
    """

    def __init__(
        self,
        transport: Transport,
        *,
        read_only: bool = False,
        allow: Collection[str] | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.transport = transport
        self.read_only = read_only
        self.allow = None if allow is None else frozenset(allow)
        self.requests_sent = 0
        self.bytes_received = 0
        self.last_elapsed = 0.0
        self.clock_offset: float | None = None
        self._now = now

    async def call(self, call: Call[T]) -> T:
        """The answer of one call. Raises a ``MatomoError``."""
        self._check_allowed((call,))
        fields = [("module", "API"), ("method", call.method)]
        fields += [(name, value) for name, value in _ALWAYS if name not in call.params]
        fields += [(name, sent(value)) for name, value in call.params.items()]
        body, headers = await self._post(fields, (call,))
        answer = _decode(call, body)
        return answer if call.with_headers is None else call.with_headers(answer, headers)

    async def bulk(self, calls: Sequence[Call[Any]]) -> list[Any | MatomoError]:
        """Answers in the order asked, from one HTTP request (``API.getBulkRequest``); a part that failed is its error,
        returned.

        Raises a ``MatomoError`` only when the request as a whole failed; a token that is refused in one part is
        refused in all.
        """
        if not calls:
            return []
        self._check_allowed(calls)
        fields = [("module", "API"), ("method", answers.BULK), *_ALWAYS]
        fields += [(f"urls[{index}]", bulk_url(call)) for index, call in enumerate(calls)]
        parts = _parts((await self._post(fields, calls))[0])
        if parts is None or len(parts) != len(calls):
            raise answers.unreadable(answers.BULK)
        return [_part(call, part) for call, part in zip(calls, parts, strict=True)]

    @overload
    async def gather(self, a: Call[T1], b: Call[T2], /) -> tuple[T1 | MatomoError, T2 | MatomoError]: ...

    @overload
    async def gather(
        self, a: Call[T1], b: Call[T2], c: Call[T3], /
    ) -> tuple[T1 | MatomoError, T2 | MatomoError, T3 | MatomoError]: ...

    @overload
    async def gather(
        self, a: Call[T1], b: Call[T2], c: Call[T3], d: Call[T4], /
    ) -> tuple[T1 | MatomoError, T2 | MatomoError, T3 | MatomoError, T4 | MatomoError]: ...

    @overload
    async def gather(
        self, a: Call[T1], b: Call[T2], c: Call[T3], d: Call[T4], e: Call[T5], /
    ) -> tuple[T1 | MatomoError, T2 | MatomoError, T3 | MatomoError, T4 | MatomoError, T5 | MatomoError]: ...

    async def gather(self, *calls: Call[Any]) -> tuple[Any, ...]:
        """:meth:`bulk` for two to five calls known beforehand, each answer with its type."""
        return tuple(await self.bulk(calls))

    async def server_info(self) -> ServerInfo:
        """Version and access, in one bulk request. Raises a ``MatomoError``.

        A token without any role is not an error here: its access is empty, and the version ``""``.
        """
        version, superuser, admin, write, view = await self.gather(
            server.get_matomo_version(),
            users.has_super_user_access(),
            sites.get_sites_id_with_admin_access(),
            sites.get_sites_id_with_write_access(),
            sites.get_sites_id_with_view_access(),
        )
        is_superuser = _unless_refused(superuser, False)
        roles: dict[int, Role] = dict.fromkeys(_unless_refused(view, ()), "view")
        roles |= dict.fromkeys(_unless_refused(write, ()), "write")
        roles |= dict.fromkeys(_unless_refused(admin, ()), "superuser" if is_superuser else "admin")
        return ServerInfo(_unless_refused(version, ""), Access(is_superuser, roles))

    async def track(
        self, hits: Sequence[Hit], *, batch: bool = False, authenticated: bool = False, timeout: float | None = None
    ) -> TrackerAnswer:
        """Send hits to ``matomo.php``: one, or many at once as JSON (``batch``); the token goes along only where it is
        asked for (``authenticated``), as parameters such as ``cip`` and ``cdt`` need it.

        Raises a ``MatomoError``; ``NotAllowed`` where this program may not write. Never sent a second time.
        """
        if self.read_only:
            raise NotAllowed("Read-only: no hit was sent to matomo.php. Nothing has changed.")
        self._check_area("tracking", "a hit to matomo.php")
        if not isinstance(self.transport, Tracker):
            raise NotAllowed("This connection cannot send hits.")
        self.requests_sent += 1
        response = await self.transport.track(hits, batch=batch, authenticated=authenticated, timeout=timeout)
        self._count(response)
        return tracking.answer_of(response, len(hits))

    async def aclose(self) -> None:
        """Close the transport."""
        await self.transport.aclose()

    def _check_allowed(self, calls: Sequence[Call[Any]]) -> None:
        if self.read_only and (writes := [call.method for call in calls if call.is_write]):
            raise NotAllowed(f"Read-only: {', '.join(writes)} was not sent. Nothing has changed.")
        for call in calls:
            self._check_area(call.area, call.method)

    def _check_area(self, area: Area, what: str) -> None:
        if self.allow is not None and area not in self.allow:
            named = ", ".join(sorted(self.allow)) or "nothing"
            raise NotAllowed(f"Not sent: {what}. This profile allows {named}, not {area}. Nothing has changed.")

    async def _post(
        self, fields: Sequence[tuple[str, str]], calls: Sequence[Call[Any]]
    ) -> tuple[bytes, Mapping[str, str]]:
        """The JSON answered to ``fields``, which are ``calls``, and the headers it came with."""
        timeout = max((call.timeout for call in calls if call.timeout is not None), default=None)
        try:
            response = await self._counted_post(fields, timeout)
        except ConnectionLost:
            # A server may close an idle connection at the very moment it is used again. Asking a second time
            # harms nothing when nothing is changed by it.
            if any(call.is_write for call in calls):
                raise
            response = await self._counted_post(fields, timeout)
        return answers.answer_of(response, dict(fields)["method"]), response.headers

    async def _counted_post(self, fields: Sequence[tuple[str, str]], timeout: float | None) -> Response:
        self.requests_sent += 1
        response = await self.transport.post(fields, timeout=timeout)
        self._count(response)
        return response

    def _count(self, response: Response) -> None:
        self.bytes_received += response.received or len(response.body)
        self.last_elapsed = response.elapsed
        server_time = http_date(response.headers.get("date", ""))
        if server_time is not None:
            # The header has whole seconds, cut off: half a second more is right on average.
            self.clock_offset = server_time + 0.5 - self._now()


def bulk_url(call: Call[Any]) -> str:
    """``call`` as one entry of ``urls`` in a bulk request.

    The form that carries the entry is decoded first; the entry is then taken apart once, as PHP's ``parse_str`` does,
    so each value is encoded once here. Encoded twice, ``showColumns=a%252Cb`` would name the one column ``a%2Cb``,
    which no report has: a 200 with every column gone (``API.getBulkRequest``, seen on 5.0.2 and 5.8.0).
    """
    query = [f"method={call.method}"]
    query += [f"{quote(name, safe='[]')}={quote(sent(value), safe='')}" for name, value in call.params.items()]
    return "&".join(query)


def _parts(body: bytes) -> list[msgspec.Raw] | None:
    """The parts of a bulk answer, unread; ``None`` if it is no list."""
    try:
        parts: list[msgspec.Raw] = loose.parse(body, list[msgspec.Raw])
    except (msgspec.MsgspecError, ValueError):
        return None
    return parts


def _part(call: Call[T], raw: msgspec.Raw) -> T | MatomoError:
    try:
        return _decode(call, answers.part_of(bytes(raw)))
    except (TokenRejected, LockedOut):
        raise
    except MatomoError as error:
        return error


def _decode(call: Call[T], body: bytes) -> T:
    try:
        return call.decode(body)
    except (msgspec.MsgspecError, ValueError):
        raise answers.unreadable(call.method) from None


def _unless_refused(answer: T | MatomoError, instead: T) -> T:
    """``answer``, or ``instead`` where the token lacks the role to be told. Raises any other error."""
    if isinstance(answer, NoAccess):
        return instead
    if isinstance(answer, MatomoError):
        raise answer
    return answer
