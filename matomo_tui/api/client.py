"""Sends calls through a transport and turns each response into a decoded answer or an error."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, Self, TypeVar, overload

from msgspec import Struct

from matomo_tui.api import responses, server, sites, tracking, users
from matomo_tui.api.access import Access
from matomo_tui.api.answers import bulk_answers, decode, elsewhere, named
from matomo_tui.api.bulk_parts import BulkLimits, bulk_url, is_too_long
from matomo_tui.api.calls import Call, encode_param
from matomo_tui.api.errors import (
    AnswerDamaged,
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
from matomo_tui.api.line import Line
from matomo_tui.api.permissions import Area
from matomo_tui.api.rejections import Rejections
from matomo_tui.api.tracking import Hit, TrackerAnswer
from matomo_tui.api.transport import Bounding, Response, Tracker, Transport
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
"""Statuses of a proxy whose Matomo does not answer; they concern every call."""

BEARER_SINCE = (5, 4)
"""The first version of Matomo that reads the Bearer header."""
BEARER_LOST = (
    "The token is sent as a Bearer header, which Matomo before {}.{} ignores and some web servers drop: if it should "
    "have access, try auth = post.".format(*BEARER_SINCE)
)
"""Advice for a token that is sent as a Bearer header and lacks access."""
_LOGIN_REJECTED = (
    "Matomo does not accept this login any longer: it was ended there, or its user or client was changed. Log in again "
    "with `matomo-tui login`."
)


class ServerInfo(Struct, frozen=True):
    """Answer of :meth:`Client.server_info`."""

    version: str
    """Matomo's version, such as ``5.8.0``; ``""`` if the token may not read it."""
    access: Access
    """The token's roles."""


FIRST_DATE, LAST_DATE = 978_307_200, 7_258_118_400
"""Epochs of the years 2001 and 2200. A server clock outside of them is ignored in calculations: a ``Date`` of the year
9999 would make every visit thousands of years old."""


class Client:
    """Sends calls through any transport.

    ``read_only`` refuses all writes, tracking hits included, before they are sent. ``allow`` refuses calls outside of
    the areas it lists (``None`` allows all). ``rejections`` counts the rejections of the transport's token; clients
    with the same token share it, and after two rejections no request is sent. ``now`` returns the local time as a UTC
    epoch in seconds.
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
        self._line = Line(transport, rejections or Rejections())
        self.read_only = read_only
        self.allow = None if allow is None else frozenset(allow)
        self.requests_sent = 0
        """HTTP requests since the client was created."""
        self.bytes_received = 0
        """Bytes of all answers' bodies as transferred (compressed)."""
        self.last_elapsed = 0.0
        """Duration of the last exchange in seconds."""
        self.clock_offset: float | None = None
        """Server clock minus local clock in seconds by the last ``Date`` header; ``None`` before the first one."""
        self.server_offset = 0.0
        """``clock_offset`` for calculations: 0 if unknown or implausible."""
        self._bulk_limits = BulkLimits()
        self.notice = ""
        """The first PHP notice that the server printed into an answer, sanitized."""
        self._now = now

    @property
    def transport(self) -> Transport:
        """The transport that requests are sent through."""
        return self._line.transport

    @property
    def bulk_limit(self) -> int | None:
        """Calls that the server accepts in one request, ``None`` if it never refused one because of their number."""
        return self._bulk_limits.parts

    @property
    def whole_visits(self) -> bool:
        """True if the transport keeps or composes answers, and so needs visits with all their columns."""
        return bool(getattr(self.transport, "whole_visits", False))

    @property
    def token_accepted(self) -> bool:
        """True if a request with this token was ever accepted."""
        return self._line.rejections.proven

    @property
    def lockout(self) -> LockedOut | None:
        """The lockout of this address that lasts, as far as is known by any client with this token."""
        return self._line.rejections.lockout(self._now())

    async def call(self, call: Call[T]) -> T:
        """Send one call and return its answer. Raises a ``MatomoError``."""
        self._check_allowed((call,))
        fields = [("module", "API"), ("method", call.method)]
        fields += [(name, value) for name, value in _ALWAYS if name not in call.params]
        fields += [(name, encode_param(value)) for name, value in call.params.items()]

        async def send(line: Line) -> tuple[bytes, Mapping[str, str]]:
            async with line.rejections.sending(self._now) as turn:
                with self._explained((call,)):
                    sent = await self._post(fields, (call,), line, turn)
                line.rejections.accepted(turn)
            return sent

        with named(call.method):
            body, headers = await self._through_line(send)
            answer = await elsewhere(len(body), lambda: decode(call, body))
        return answer if call.with_headers is None else call.with_headers(answer, headers)

    async def bulk(self, calls: Sequence[Call[Any]]) -> list[Any | MatomoError]:
        """Send many calls in one HTTP request (``API.getBulkRequest``) and return their answers in the same order.

        A call that failed has its error in the list. If the server limits the number of calls in a request, or one in
        front of it the length, several requests are sent, one after the other. Raises a ``MatomoError`` only if a whole
        request failed (its ``method`` is then ``API.getBulkRequest``) or if the token was refused, which concerns all
        calls.
        """
        answered: list[Any | MatomoError] = []
        self._check_allowed(calls)
        while rest := calls[len(answered) :]:
            sent = self._bulk_limits.first_of(rest)
            try:
                answered += await (self._alone(rest[0]) if self.bulk_limit == 0 else self._one_bulk(sent))
            except (BulkTooLong, NotMatomo) as error:
                if self._bulk_limits.learn(error, sent):
                    continue
                if len(sent) == len(calls) or not is_too_long(error, sent):
                    raise
                answered.append(error)  # the others may still be answered
        return answered

    async def _alone(self, call: Call[Any]) -> list[Any | MatomoError]:
        """Send one call and return its answer as :meth:`bulk` would, for a server that refuses bulk requests."""
        try:
            return [await self.call(call)]
        except _OF_ALL_CALLS:
            raise
        except MatomoError as error:
            if isinstance(error, ServerError) and error.status in _GATEWAY:
                raise
            return [error]

    async def _one_bulk(self, calls: Sequence[Call[Any]]) -> list[Any | MatomoError]:
        """Send one bulk request. Raises ``BulkTooLong`` if the server accepts only fewer calls."""
        fields = [("module", "API"), ("method", responses.BULK), *_ALWAYS]
        fields += [(f"urls[{index}]", bulk_url(call)) for index, call in enumerate(calls)]

        async def send(line: Line) -> list[Any | MatomoError]:
            async with line.rejections.sending(self._now) as turn:
                with self._explained(calls):
                    body, _ = await self._post(fields, calls, line, turn)
                parts = await elsewhere(len(body), lambda: bulk_answers(body, calls))
                for part in parts:
                    if isinstance(part, TokenRejected | LockedOut):
                        raise part
                line.rejections.accepted(turn)
            return parts

        with named(responses.BULK):
            parts = await self._through_line(send)
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
        """:meth:`bulk` for two to five calls, with the type of each answer."""
        return tuple(await self.bulk(calls))

    async def server_info(self) -> ServerInfo:
        """Request the version and the token's roles in one bulk request. Raises a ``MatomoError``.

        A token without any role is not an error: its ``access`` is empty and the version is ``""``.
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
        """Send hits to ``matomo.php``: a single hit, or with ``batch`` any number as JSON.

        The token is sent only if ``authenticated``; parameters such as ``cip`` and ``cdt`` require it. Hits are never
        resent. Raises a ``MatomoError``; ``NotAllowed`` if this client must not write.
        """
        if self.read_only:
            raise NotAllowed("Read-only: no hit was sent to matomo.php. Nothing has changed.")
        self._check_area("tracking", "a hit to matomo.php")

        async def send(line: Line) -> TrackerAnswer:
            if not isinstance(line.transport, Tracker):
                raise NotAllowed("This connection cannot send hits.")
            async with line.rejections.sending(self._now) if authenticated else nullcontext():
                self.requests_sent += 1
                response = await line.transport.track(hits, batch=batch, authenticated=authenticated, timeout=timeout)
                self._count(response)
                return tracking.answer_of(response, len(hits))

        return await self._through_line(send)

    async def take_over(self, other: Client) -> None:
        """Send later requests through the transport of ``other``, with its token for the same Matomo; ``other`` is not
        used any longer. Requests under way end with the token that they were sent with; the transport before is closed
        after the last of them."""
        replaced, self._line = self._line, other._line
        replaced.is_replaced = True
        if other.clock_offset is not None:
            self.clock_offset, self.server_offset = other.clock_offset, other.server_offset
        await replaced.close_if_unused()

    async def aclose(self) -> None:
        """Close the transport."""
        await self.transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self.aclose()

    async def _through_line(self, send: Callable[[Line], Awaitable[T]]) -> T:
        """Return what ``send`` does. A request that was held back until another token came is sent with that."""
        while True:
            line = self._line
            try:
                async with line.used():
                    return await send(line)
            except TokenRejected as error:
                if error.was_sent or line is self._line:
                    raise

    def _check_allowed(self, calls: Sequence[Call[Any]]) -> None:
        if self.read_only and (writes := [call.method for call in calls if call.is_write]):
            with named(writes[0]):
                raise NotAllowed(f"Read-only: {', '.join(writes)} was not sent. Nothing has changed.")
        for call in calls:
            with named(call.method):
                self._check_area(call.area, call.method)

    def _check_area(self, area: Area, what: str) -> None:
        if self.allow is not None and area not in self.allow:
            areas = ", ".join(sorted(self.allow)) or "nothing"
            raise NotAllowed(f"Not sent: {what}. This profile allows {areas}, not {area}. Nothing has changed.")

    async def _post(
        self, fields: Sequence[tuple[str, str]], calls: Sequence[Call[Any]], line: Line, turn: int
    ) -> tuple[bytes, Mapping[str, str]]:
        """Send ``fields``, which encode ``calls``; returns the JSON of the answer and its headers."""
        timeout = max((call.timeout for call in calls if call.timeout is not None), default=None)
        sizes = [call.most for call in calls]
        most = None if None in sizes else sum(size for size in sizes if size is not None)
        try:
            response = await self._counted_post(fields, timeout, most, line, turn)
        except ConnectionLost as error:
            # A server may close an idle connection just when it is reused. Resending is safe if nothing is changed.
            if isinstance(error, AnswerDamaged) or any(call.is_write for call in calls):
                raise
            response = await self._counted_post(fields, timeout, most, line, turn)
        method = dict(fields)["method"]
        body, notice = await elsewhere(len(response.body), lambda: responses.noticed_answer_of(response, method))
        self.notice = self.notice or notice
        return body, response.headers

    async def _counted_post(
        self, fields: Sequence[tuple[str, str]], timeout: float | None, most: int | None, line: Line, turn: int
    ) -> Response:
        async with line.rejections.slot(turn):
            line.check()
            self.requests_sent += 1
            if most is not None and isinstance(line.transport, Bounding):
                response = await line.transport.post_bounded(fields, most, timeout=timeout)
            else:
                response = await line.transport.post(fields, timeout=timeout)
        self._count(response)
        return response

    def _count(self, response: Response) -> None:
        self.bytes_received += response.received or len(response.body)
        self.last_elapsed = response.elapsed
        server_time = http_date(response.headers.get("date", ""))
        if server_time is not None:
            # The header has whole seconds, rounded down: the mean error is half a second.
            self.clock_offset = server_time + 0.5 - self._now()
            self.server_offset = self.clock_offset if FIRST_DATE < server_time < LAST_DATE else 0.0

    @contextmanager
    def _explained(self, calls: Sequence[Call[Any]]) -> Iterator[None]:
        """Extend passing errors by facts about the request: a login, a Bearer header, or a segment that looks like an
        attack."""
        try:
            yield
        except TokenRejected as error:
            if not error.was_sent or not getattr(self.transport, "renews", False):
                raise
            raise error.reworded(_LOGIN_REJECTED) from None
        except NoAccess as error:
            raise self._with_bearer(error) from None
        except NotMatomo as error:
            if not error.may_mean_the_request or all("segment" not in call.params for call in calls):
                raise
            raise error.reworded(f"{error} The segment in the request may have been taken for an attack.") from None

    def _with_bearer(self, error: NoAccess) -> NoAccess:
        """Return ``error`` with the advice for Bearer tokens: the header may not have arrived."""
        if getattr(self.transport, "auth", "post") != "bearer":
            return error
        return error.reworded(f"{error} {BEARER_LOST}")


def _unless_refused(answer: T | MatomoError, instead: T) -> T:
    """Return ``answer``, or ``instead`` if the token lacks the required role. Raises any other error."""
    if isinstance(answer, NoAccess):
        return instead
    if isinstance(answer, MatomoError):
        raise answer
    return answer
