"""HTTP transport for a server or for an ASGI application in this process.

Only this module imports httpx. It does so at the first request, in a thread, so that neither start-up nor the event
loop waits for the import.
"""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlencode

from matomo_tui import __version__
from matomo_tui.api import barriers, decoding, transport_errors
from matomo_tui.api.address import Address
from matomo_tui.api.errors import AnswerTooLong, NotAllowed, NotMatomo, TimedOut, TLSFailed, Unreachable
from matomo_tui.api.headers import check_headers
from matomo_tui.api.in_process import ASGIApp, ask_app
from matomo_tui.api.late_module import LateModule
from matomo_tui.api.secret import ANONYMOUS, Secret, forms
from matomo_tui.api.transport import BIG, MOST_IN_FLIGHT, Response
from matomo_tui.page_url import MASK
from matomo_tui.sanitize import sanitize

if TYPE_CHECKING:
    import httpx

Renewal = Callable[[], Awaitable[Secret]]
"""Returns the token for the next request. Raises a ``MatomoError`` if there is none."""

MAX_BODY = 64 * 1024 * 1024
"""Limit of a decoded answer in bytes, for calls without a limit of their own."""

# httpx closes idle connections after 5 s by default: polls 5 s apart would need a TLS handshake each.
_KEEP_ALIVE = 75.0
_KEY_LENGTH = 16
"""Characters from which on the value of a configured header may be a key; names of tenants and the like are shorter."""
_FORM = "application/x-www-form-urlencoded"


class HttpTransport:
    """Sends POST requests to one Matomo over HTTP with one token.

    ``auth`` selects how the token is sent: ``post`` in the body as ``token_auth``, ``bearer`` in the ``Authorization``
    header; never in both and never in the URL. A ``token`` of ``None`` sends anonymous requests. ``ca_bundle`` is the
    path of a PEM file that replaces the system's certificates. ``headers`` are added to every request. ``basic_auth``
    is the user name and password for a web server in front of Matomo. ``timeout`` is the limit for one exchange in
    seconds, from connecting to the end of the answer. ``renewal`` is asked for the token before each request, and
    answers with a new one before the old one expires. ``app`` answers requests in this process, without httpx and
    ``basic_auth``; ``httpx_transport`` is for tests.

    Raises ``ValueError`` with a sentence if the arguments contradict each other.
    """

    def __init__(
        self,
        address: Address,
        token: Secret | None,
        *,
        auth: Literal["post", "bearer"] = "post",
        verify_tls: bool = True,
        ca_bundle: str = "",
        headers: Sequence[tuple[str, str]] = (),
        basic_auth: tuple[str, Secret] | None = None,
        timeout: float = 20.0,
        app: ASGIApp | None = None,
        httpx_transport: httpx.AsyncBaseTransport | None = None,
        renewal: Renewal | None = None,
    ) -> None:
        _check_options(headers, auth, basic_auth)
        self.address = address
        self.timeout = timeout
        self.auth = auth
        self._token = token if token else None
        self._token_before: Secret | None = None
        self._renewal = renewal
        self._verify_tls = verify_tls
        self._ca_bundle = ca_bundle
        self._headers = tuple(headers)
        self._basic_auth = basic_auth
        self._app = app
        self._httpx_transport = httpx_transport
        self._client: httpx.AsyncClient | None = None
        self._opening = asyncio.Lock()
        self._closed = False
        self._room = decoding.Room(MAX_BODY)

    @property
    def renews(self) -> bool:
        """True if the token is that of a login, which is renewed."""
        return self._renewal is not None

    def __repr__(self) -> str:
        return f"HttpTransport({self.address.base!r})"

    async def post(self, fields: Sequence[tuple[str, str]], *, timeout: float | None = None) -> Response:
        """POST ``fields`` and the token to the entry point; see ``Transport.post``."""
        return await self.post_bounded(fields, MAX_BODY, timeout=timeout)

    async def post_bounded(
        self, fields: Sequence[tuple[str, str]], most: int, *, timeout: float | None = None
    ) -> Response:
        """:meth:`post` with a limit of ``most`` bytes for the answer; see ``Bounding.post_bounded``."""
        if self._renewal is not None:
            await self._renew(self._renewal)
        body, headers = self._credentials(fields)
        return await self._within(timeout, self.address.entry_point, body, headers, min(most, MAX_BODY))

    async def track(
        self,
        hits: Sequence[Mapping[str, str]],
        *,
        batch: bool = False,
        authenticated: bool = False,
        timeout: float | None = None,
    ) -> Response:
        """POST ``hits`` to ``matomo.php``; see ``Tracker.track``."""
        if authenticated and self.auth == "bearer":
            raise NotAllowed(
                "The tracker accepts a token only in the request body, and this connection sends a Bearer header: "
                "the hit was not sent."
            )
        token = self._token if authenticated else None
        body = _bulk_of_hits(hits, token) if batch else _one_hit(hits, token)
        headers = {"Content-Type": "application/json" if batch else _FORM}
        return await self._within(timeout, self.address.tracker, body, headers, MAX_BODY)

    async def request(self, method: Literal["GET", "POST"], url: str, form: Sequence[tuple[str, str]] = ()) -> Response:
        """Send a request to another URL of this Matomo without the token; see ``oauth.TokenlessTransport``."""
        headers = {"Content-Type": _FORM} if method == "POST" else {}
        return await self._within(None, url, urlencode(form).encode("ascii"), headers, BIG, method=method)

    async def _renew(self, renewal: Renewal) -> None:
        token = await renewal()
        if token != self._token:
            self._token_before, self._token = self._token, token

    async def _within(
        self,
        timeout: float | None,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        most: int,
        *,
        method: Literal["GET", "POST"] = "POST",
    ) -> Response:
        limit = self.timeout if timeout is None else timeout
        # One deadline for the whole exchange: httpx's own timeouts start again with every byte received, so a server
        # that sends endless interim answers (103) or one byte at a time would never reach them.
        try:
            async with asyncio.timeout(limit):
                if self._app is not None:
                    return await self._ask(self._app, method, url, body, headers, most)
                return await self._exchange(await self._open(), method, url, body, headers, most)
        except TimeoutError:
            raise TimedOut(
                f"{self.address.host} did not answer within {limit:g} s: it is slow, overloaded or cannot be reached."
            ) from None

    async def aclose(self) -> None:
        """Close every connection. Later requests raise ``Unreachable``."""
        self._closed = True
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _ask(
        self, app: ASGIApp, method: str, url: str, body: bytes, headers: Mapping[str, str], most: int
    ) -> Response:
        if self._closed:
            raise _closed()
        started = time.monotonic()
        sent = {**self._always(), **{name.lower(): value for name, value in headers.items()}}
        answer = await ask_app(app, method, url, sent, body)
        received = await self._read(_pieces(answer.body), answer.headers, most)
        elapsed = time.monotonic() - started
        return await self._response(answer.status, answer.headers, received, elapsed, len(answer.body))

    async def _exchange(
        self, client: httpx.AsyncClient, method: str, url: str, body: bytes, headers: Mapping[str, str], most: int
    ) -> Response:
        import httpx

        started = time.monotonic()
        # As bytes, because the login in a WordPress token may contain non-ASCII letters.
        encoded = {name.encode(): value.encode() for name, value in headers.items()}
        try:
            async with client.stream(method, url, content=body, headers=encoded) as answer:
                received = await self._read(answer.aiter_raw(), answer.headers, most)
        except httpx.TimeoutException:
            raise TimeoutError from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, ssl.SSLError, OSError) as error:
            raise transport_errors.connection_error(error, self.address) from None
        elapsed = time.monotonic() - started
        return await self._response(answer.status_code, answer.headers, received, elapsed, answer.num_bytes_downloaded)

    async def _response(
        self, status: int, headers: Mapping[str, str], body: bytes, elapsed: float, received: int
    ) -> Response:
        response_headers = {name.lower(): self._scrub_text(value) for name, value in headers.items()}
        if status in (301, 302, 303, 307, 308) and "location" in response_headers:
            raise transport_errors.redirected(self.address, response_headers["location"], status)
        if self.address.scheme == "http" and status == 400 and barriers.wants_https(body[:4096]):
            raise transport_errors.wants_https(self.address)
        scrubbed = await asyncio.to_thread(self._scrub, body) if len(body) > BIG else self._scrub(body)
        return Response(status, scrubbed, response_headers, elapsed, received)

    async def _read(self, pieces: AsyncIterator[bytes], headers: Mapping[str, str], most: int) -> bytes:
        """Read and decompress the body, up to ``most`` bytes. Encodings that were not requested are refused."""
        host = self.address.host
        try:
            return await decoding.decoded(pieces, headers.get("content-encoding", ""), most, self._room)
        except decoding.TooLong:
            raise self._too_long(f"an answer of more than {_size(most)}") from None
        except decoding.NoRoom:
            raise self._too_long(f"answers of more than {_size(MAX_BODY)} at the same time") from None
        except decoding.UnknownEncoding as encoding:
            raise NotMatomo(
                f"{host} sent its answer encoded as “{sanitize(str(encoding), 60)}”, where only gzip was accepted: "
                "it was not read. A proxy or filter in front of the Matomo seems to change answers."
            ) from None
        except decoding.Damaged:
            raise transport_errors.damaged(self.address) from None

    def _too_long(self, what: str) -> AnswerTooLong:
        return AnswerTooLong(f"{self.address.host} sent {what}, which was cut off: a Matomo's answer is shorter.")

    def _credentials(self, fields: Sequence[tuple[str, str]]) -> tuple[bytes, Mapping[str, str]]:
        """Build the body and headers of a request, with the token in exactly one of them."""
        headers = {"Content-Type": _FORM}
        form = list(fields)
        if self._token is not None:
            if self.auth == "bearer":
                # Matomo accepts "anonymous" only as token_auth in the body: as a Bearer token it is invalid.
                if self._token.reveal() != ANONYMOUS:
                    headers["Authorization"] = f"Bearer {self._token.reveal()}"
            else:
                form.append(("token_auth", self._token.reveal()))
        return urlencode(form).encode("ascii"), headers

    def _scrub(self, body: bytes) -> bytes:
        """Replace secrets in ``body``: an error page may repeat the whole request."""
        for form in self._secret_forms():
            body = body.replace(form.encode(), MASK.encode())
        return body

    def _scrub_text(self, text: str) -> str:
        for form in self._secret_forms():
            text = text.replace(form, MASK)
        return text

    def _secret_forms(self) -> list[str]:
        """All encodings of this connection's secrets that an answer may contain, longest first."""
        found = forms(self._token) | forms(self._token_before)
        if self._basic_auth is not None:
            user, password = self._basic_auth
            found |= forms(password)
            # As it is sent: an error page may show the headers of the request.
            found |= forms(Secret(base64.b64encode(f"{user}:{password.reveal()}".encode()).decode("ascii")))
        for _, value in self._headers:
            if len(value) >= _KEY_LENGTH:
                found |= forms(Secret(value))
        return sorted(found, key=len, reverse=True)

    async def _open(self) -> httpx.AsyncClient:
        async with self._opening:
            if self._closed:
                raise _closed()
            if self._client is None:
                self._client = await asyncio.to_thread(self._build)
            return self._client

    def _build(self) -> httpx.AsyncClient:
        import http.cookiejar

        _skip_imports()
        import httpx

        transport = self._httpx_transport
        no_cookies = http.cookiejar.CookieJar(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
        try:
            return httpx.AsyncClient(
                transport=transport,
                verify=self._tls() if transport is None else True,
                headers=self._always(),
                auth=None if self._basic_auth is None else (self._basic_auth[0], self._basic_auth[1].reveal()),
                cookies=no_cookies,
                timeout=httpx.Timeout(None),  # _within() limits the whole exchange
                follow_redirects=False,
                limits=httpx.Limits(
                    max_connections=MOST_IN_FLIGHT, max_keepalive_connections=2, keepalive_expiry=_KEEP_ALIVE
                ),
            )
        except (ImportError, ValueError, httpx.InvalidURL):
            raise Unreachable(
                "The environment (HTTPS_PROXY, ALL_PROXY) names a proxy that cannot be used; "
                "SOCKS requires the socksio package."
            ) from None

    def _always(self) -> dict[str, str]:
        """Headers of every request by lower-case name; configured headers override the defaults."""
        ours = {"user-agent": f"matomo-tui/{__version__}", "accept": "application/json", "accept-encoding": "gzip"}
        return ours | {name.lower(): value for name, value in self._headers}

    def _tls(self) -> ssl.SSLContext | bool:
        if self.address.scheme != "https":
            # Without certificates to trust: reading those that httpx brings takes a megabyte, and nothing needs them.
            return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if not self._verify_tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            return context
        if self._ca_bundle:
            try:
                return ssl.create_default_context(cafile=self._ca_bundle)
            except OSError as error:
                raise TLSFailed(
                    f"The certificates to trust (ca_bundle) cannot be read: {self._ca_bundle}: "
                    f"{error.strerror or 'not a PEM file'}."
                ) from None
        import truststore

        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


async def _pieces(body: bytes) -> AsyncIterator[bytes]:
    yield body


def _size(most: int) -> str:
    return f"{most / 1024 / 1024:.3g} MiB" if most >= 1024 * 1024 else f"{most / 1024:.0f} KiB"


def _closed() -> Unreachable:
    return Unreachable("The connection has been closed.")


def _skip_imports() -> None:
    """Let httpx be imported without its command line, for which it would import rich and pygments, in two fifths of the
    time; and let httpcore not look for sniffio several times in each request if it is not installed. Both expect that
    these imports may fail. The tables of idna, 350 kB, are read for the first host name that is not ASCII."""
    if "httpx" not in sys.modules:
        sys.modules["httpx._main"] = None  # type: ignore[assignment]  # None makes an import fail
    if "sniffio" not in sys.modules and find_spec("sniffio") is None:
        sys.modules["sniffio"] = None  # type: ignore[assignment]
    if "idna" not in sys.modules:
        sys.modules["idna"] = LateModule("idna")


def _one_hit(hits: Sequence[Mapping[str, str]], token: Secret | None) -> bytes:
    (hit,) = hits
    form = list(hit.items())
    if token is not None:
        form.append(("token_auth", token.reveal()))
    return urlencode(form).encode("ascii")


def _bulk_of_hits(hits: Sequence[Mapping[str, str]], token: Secret | None) -> bytes:
    bulk: dict[str, Any] = {"requests": [f"?{urlencode(list(hit.items()))}" for hit in hits]}
    if token is not None:
        bulk["token_auth"] = token.reveal()
    return json.dumps(bulk).encode("ascii")


def _check_options(headers: Sequence[tuple[str, str]], auth: str, basic_auth: tuple[str, Secret] | None) -> None:
    if auth not in ("post", "bearer"):
        raise ValueError("auth is post (the token in the body) or bearer (in the Authorization header).")
    if auth == "bearer" and basic_auth is not None:
        raise ValueError(
            "With auth = bearer the Authorization header carries the token, not HTTP basic authentication: use auth "
            "= post."
        )
    if basic_auth is not None and ":" in basic_auth[0]:
        raise ValueError("The user name of HTTP basic authentication cannot contain a colon.")
    check_headers(headers)
