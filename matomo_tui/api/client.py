"""Sends calls through a transport and turns each response into a decoded answer or an error."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Self, TypeVar, overload
from urllib.parse import quote

import msgspec

from matomo_tui.api import json_decoding, responses, server, sites, tracking, users
from matomo_tui.api.access import Access
from matomo_tui.api.calls import Call, encode_param
from matomo_tui.api.errors import (
    BulkTooLong,
    ConnectionLost,
    LockedOut,
    MatomoError,
    NoAccess,
    NotAllowed,
    NotMatomo,
    RateLimited,
    Redirected,
    Role,
    ServerError,
    TimedOut,
    TLSFailed,
    TokenRejected,
    Unreachable,
)
from matomo_tui.api.permissions import Area
from matomo_tui.api.rejections import Rejections
from matomo_tui.api.tracking import Hit, TrackerAnswer
from matomo_tui.api.transport import BIG, Bounding, Response, Tracker, Transport
from matomo_tui.instants import http_date

T = TypeVar("T")
T1 = TypeVar("T1")
T2 = TypeVar("T2")
T3 = TypeVar("T3")
T4 = TypeVar("T4")
T5 = TypeVar("T5")

# Numbers as numbers and messages in one language, whatever the server and the token's owner prefer.
_ALWAYS = (("format", "json"), ("language", "en"), ("format_metrics", "0"))
_OF_ALL_CALLS = (TokenRejected, LockedOut, NotAllowed, RateLimited, Unreachable, TimedOut, TLSFailed, Redirected)
_GATEWAY = frozenset({502, 503, 504})
"""Whatever stands in front answers with these while the Matomo does not: for every call alike."""

BEARER_SINCE = (5, 4)
"""The first version of Matomo that reads the Bearer header."""
BEARER_LOST = (
    "The token goes as a Bearer header here, which Matomo before {}.{} ignores and some web servers drop: if it should "
    "have access, try auth = post.".format(*BEARER_SINCE)
)
"""What to try where a token that goes as a Bearer header lacks access."""


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """What one bulk request at connection tells: the version (``""`` when refused) and the token's access."""

    version: str
    access: Access


MOST_PARTS = 100
"""Calls in one bulk request: of more, Matomo answers the first hundred and says nothing of the others, since its usual
row limit is applied to the list of answers too (``API.getBulkRequest``, seen on 5.0.2 and 5.8.0)."""


FIRST_DATE, LAST_DATE = 978_307_200, 7_258_118_400
"""Epochs (the years 2001 and 2200) between which a server's clock may be wrong and still be a clock. Beyond, nothing is
reckoned by it: a ``Date`` of the year 9999 would make every visit thousands of years old."""


class Client:
    """A typed Matomo API over any transport.

    ``bytes_received`` (of bodies, as they came over the line) and ``requests_sent`` count for as long as the client
    lives, so that a caller can show and bound what it costs the server; ``last_elapsed`` is the seconds the last
    answer took; ``clock_offset`` is the server's clock minus ours in seconds, from the last ``Date`` header (``None``
    before one was seen), and ``server_offset`` the same for reckoning: 0 where there is no such clock. ``now`` is our
    own clock.

    ``bulk_limit`` is how many calls the server takes in one request (``None``: it never complained): more are sent as
    several requests, one after the other. ``notice`` is the first PHP notice that it printed into an answer.

    ``read_only`` refuses everything that writes, hits to the tracker included, before it is sent; ``allow`` refuses
    what is in none of the areas that it names (``None``: it narrows nothing). ``rejections`` is the count of the
    token that the transport sends: after two no request is sent any more, whoever asks.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        read_only: bool = False,
        allow: Collection[str] | None = None,
        rejections: Rejections | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.transport = transport
        self.read_only = read_only
        self.allow = None if allow is None else frozenset(allow)
        self.requests_sent = 0
        self.bytes_received = 0
        self.last_elapsed = 0.0
        self.clock_offset: float | None = None
        self.server_offset = 0.0
        self.bulk_limit: int | None = None
        self.notice = ""
        self._rejections = rejections or Rejections()
        self._now = now

    async def call(self, call: Call[T]) -> T:
        """The answer of one call. Raises a ``MatomoError``."""
        self._check_allowed((call,))
        fields = [("module", "API"), ("method", call.method)]
        fields += [(name, value) for name, value in _ALWAYS if name not in call.params]
        fields += [(name, encode_param(value)) for name, value in call.params.items()]
        with _named(call.method):
            async with self._rejections.sending() as turn:
                with self._explained((call,)):
                    body, headers = await self._post(fields, (call,), turn)
                self._rejections.accepted(turn)
            answer = await _elsewhere(len(body), lambda: _decode(call, body))
        return answer if call.with_headers is None else call.with_headers(answer, headers)

    async def bulk(self, calls: Sequence[Call[Any]]) -> list[Any | MatomoError]:
        """Answers in the order asked, from one HTTP request (``API.getBulkRequest``); a part that failed is its error,
        returned. Where the server takes fewer calls in one request, from as many as that needs, one after the other.

        Raises a ``MatomoError`` only when a request as a whole failed (its ``method`` is then
        ``API.getBulkRequest``); a token that is refused in one part is refused in all.
        """
        answered: list[Any | MatomoError] = []
        self._check_allowed(calls)
        while rest := calls[len(answered) :]:
            limit = MOST_PARTS if self.bulk_limit is None else min(self.bulk_limit, MOST_PARTS)
            try:
                answered += await (self._alone(rest[0]) if limit == 0 else self._one_bulk(rest[:limit]))
            except BulkTooLong as error:
                if error.limit >= len(rest[:limit]):
                    raise
                self.bulk_limit = error.limit
        return answered

    async def _alone(self, call: Call[Any]) -> list[Any | MatomoError]:
        """One call's answer as bulk would return it, from a server that takes no bulk requests at all."""
        try:
            return [await self.call(call)]
        except _OF_ALL_CALLS:
            raise
        except MatomoError as error:
            if isinstance(error, ServerError) and error.status in _GATEWAY:
                raise
            return [error]

    async def _one_bulk(self, calls: Sequence[Call[Any]]) -> list[Any | MatomoError]:
        """One bulk request. Raises ``BulkTooLong`` where the server takes fewer calls than these."""
        fields = [("module", "API"), ("method", responses.BULK), *_ALWAYS]
        fields += [(f"urls[{index}]", bulk_url(call)) for index, call in enumerate(calls)]
        with _named(responses.BULK):
            async with self._rejections.sending() as turn:
                with self._explained(calls):
                    body, _ = await self._post(fields, calls, turn)
                parts = await _elsewhere(len(body), lambda: _answers(body, calls))
                for part in parts:
                    if isinstance(part, TokenRejected | LockedOut):
                        raise part
                self._rejections.accepted(turn)
        return [self._with_bearer(part) if isinstance(part, NoAccess) else part for part in parts]

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
        async with self._rejections.sending() if authenticated else nullcontext():
            self.requests_sent += 1
            response = await self.transport.track(hits, batch=batch, authenticated=authenticated, timeout=timeout)
            self._count(response)
            return tracking.answer_of(response, len(hits))

    async def aclose(self) -> None:
        """Close the transport."""
        await self.transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self.aclose()

    def _check_allowed(self, calls: Sequence[Call[Any]]) -> None:
        if self.read_only and (writes := [call.method for call in calls if call.is_write]):
            with _named(writes[0]):
                raise NotAllowed(f"Read-only: {', '.join(writes)} was not sent. Nothing has changed.")
        for call in calls:
            with _named(call.method):
                self._check_area(call.area, call.method)

    def _check_area(self, area: Area, what: str) -> None:
        if self.allow is not None and area not in self.allow:
            named = ", ".join(sorted(self.allow)) or "nothing"
            raise NotAllowed(f"Not sent: {what}. This profile allows {named}, not {area}. Nothing has changed.")

    async def _post(
        self, fields: Sequence[tuple[str, str]], calls: Sequence[Call[Any]], turn: int
    ) -> tuple[bytes, Mapping[str, str]]:
        """The JSON answered to ``fields``, which are ``calls``, and the headers it came with."""
        timeout = max((call.timeout for call in calls if call.timeout is not None), default=None)
        sizes = [call.most for call in calls]
        most = None if None in sizes else sum(size for size in sizes if size is not None)
        try:
            response = await self._counted_post(fields, timeout, most, turn)
        except ConnectionLost:
            # A server may close an idle connection at the very moment it is used again. Asking a second time
            # harms nothing when nothing is changed by it.
            if any(call.is_write for call in calls):
                raise
            response = await self._counted_post(fields, timeout, most, turn)
        method = dict(fields)["method"]
        body, notice = await _elsewhere(len(response.body), lambda: responses.noticed_answer_of(response, method))
        self.notice = self.notice or notice
        return body, response.headers

    async def _counted_post(
        self, fields: Sequence[tuple[str, str]], timeout: float | None, most: int | None, turn: int
    ) -> Response:
        async with self._rejections.slot(turn):
            self.requests_sent += 1
            if most is not None and isinstance(self.transport, Bounding):
                response = await self.transport.post_bounded(fields, most, timeout=timeout)
            else:
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
            self.server_offset = self.clock_offset if FIRST_DATE < server_time < LAST_DATE else 0.0

    @contextmanager
    def _explained(self, calls: Sequence[Call[Any]]) -> Iterator[None]:
        """Errors that pass say what only this connection knows: how the token goes, and whether a segment went."""
        try:
            yield
        except NoAccess as error:
            raise self._with_bearer(error) from None
        except NotMatomo as error:
            if not error.may_mean_the_request or all("segment" not in call.params for call in calls):
                raise
            raise error.reworded(f"{error} The segment in the request may have been taken for an attack.") from None

    def _with_bearer(self, error: NoAccess) -> NoAccess:
        """``error``, which with a Bearer header may mean that the header never arrived."""
        if getattr(self.transport, "auth", "post") != "bearer":
            return error
        return error.reworded(f"{error} {BEARER_LOST}")


@contextmanager
def _named(method: str) -> Iterator[None]:
    """Errors that pass know the ``method`` that failed."""
    try:
        yield
    except MatomoError as error:
        error.method = error.method or method
        raise


def bulk_url(call: Call[Any]) -> str:
    """``call`` as one entry of ``urls`` in a bulk request.

    The form that carries the entry is decoded first; the entry is then taken apart once, as PHP's ``parse_str`` does,
    so each value is encoded once here. Encoded twice, ``showColumns=a%252Cb`` would name the one column ``a%2Cb``,
    which no report has: a 200 with every column gone (``API.getBulkRequest``, seen on 5.0.2 and 5.8.0).
    """
    query = [f"method={call.method}"]
    query += [f"{quote(name, safe='[]')}={quote(encode_param(value), safe='')}" for name, value in call.params.items()]
    return "&".join(query)


def _answers(body: bytes, calls: Sequence[Call[Any]]) -> list[Any | MatomoError]:
    """The answer to each of ``calls``, or its error. Raises ``NotMatomo`` where ``body`` has not a part for each."""
    try:
        parts: list[msgspec.Raw] = json_decoding.parse(body, list[msgspec.Raw])
    except (msgspec.MsgspecError, ValueError):
        parts = []
    if len(parts) != len(calls):
        raise responses.unreadable(responses.BULK)
    return [_part(call, part) for call, part in zip(calls, parts, strict=True)]


def _part(call: Call[T], raw: msgspec.Raw) -> T | MatomoError:
    try:
        with _named(call.method):
            return _decode(call, responses.part_of(bytes(raw)))
    except MatomoError as error:
        return error


async def _elsewhere(size: int, work: Callable[[], T]) -> T:
    """What ``work`` returns; where it is about many bytes, from a thread: no frame of the screen waits for it."""
    if size <= BIG:
        return work()
    import asyncio

    return await asyncio.to_thread(work)


def _decode(call: Call[T], body: bytes) -> T:
    try:
        return call.decode(body)
    except (msgspec.MsgspecError, ValueError):
        raise responses.unreadable(call.method) from None


def _unless_refused(answer: T | MatomoError, instead: T) -> T:
    """``answer``, or ``instead`` where the token lacks the role to be told. Raises any other error."""
    if isinstance(answer, NoAccess):
        return instead
    if isinstance(answer, MatomoError):
        raise answer
    return answer
