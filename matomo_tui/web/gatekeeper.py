"""Decides which requests of browsers are answered: by host, origin and password."""

from __future__ import annotations

import asyncio
import base64
import hmac
import ipaddress
import re
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from urllib.parse import SplitResult, urlsplit

from aiohttp import web
from yarl import URL

from matomo_tui.api.secret import Secret

_AFTER_A_WRONG_PASSWORD = 1.0
"""Seconds that the next attempt waits: guessing is slow, also with many connections."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def _headers(*hosts: str) -> dict[str, str]:
    """Headers of every answer. The page loads nothing from elsewhere: its template names a font of Google's, which
    this blocks. Its socket may be at any of ``hosts``."""
    sockets = " ".join(f"ws://{host} wss://{host}" for host in dict.fromkeys(hosts) if host)
    policy = (
        "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
        f"img-src 'self' data:; font-src 'self'; connect-src 'self' {sockets}; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
    return {**_HEADERS, "Content-Security-Policy": policy}


class Gatekeeper:
    """Checks every request.

    ``Host`` must be an address, ``localhost`` or the host of ``public_url``: a page elsewhere cannot reach the server
    under a name of its own. The socket is opened only from a page of this server. With a ``password`` the browser asks
    for it (any user name), and a cookie then stands for it until the server ends.
    """

    def __init__(self, password: Secret | None, *, public_url: str = "") -> None:
        self._password = password
        self._public = _as_browsers_write(urlsplit(public_url))
        self._session = secrets.token_urlsafe(32)
        self._trying = asyncio.Lock()

    def socket_address(self, request: web.Request) -> str:
        """The address of the socket for a page: behind a proxy that of ``public_url``, whatever the proxy tells."""
        if self._public.netloc:
            is_secure, host = self._public.scheme == "https", self._public.netloc
        else:
            is_secure, host = request.scheme == "https", request.host
            is_secure = is_secure or request.headers.get("X-Forwarded-Proto") == "https"
        return f"{'wss' if is_secure else 'ws'}://{host}/ws"

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer with a refusal, or hand the request on."""
        if not self._is_own_host(request.host):
            return _refusal(421, "This server is not known under this name. Start it with --public-url.")
        if request.path == "/ws" and not self._is_own_origin(request):
            return _refusal(403, "Only a page of this server may open it.")
        has_password = self._password is None or self._has_cookie(request) or await self._knows_password(request)
        if not has_password:
            answer = _refusal(401, "The password of matomo-tui serve is needed.")
            answer.headers["WWW-Authenticate"] = 'Basic realm="matomo-tui", charset="UTF-8"'
            return answer
        response = await handler(request)
        if not response.prepared:
            response.headers.update(_headers(request.host, self._public.netloc))
            if self._password is not None:
                self._set_cookie(request, response)
        return response

    def _is_own_host(self, host: str) -> bool:
        name = _without_dot(_parts(f"//{host}").hostname or "")
        if name == "localhost" or (self._public.hostname and name == self._public.hostname):
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def _is_own_origin(self, request: web.Request) -> bool:
        origin = _parts(request.headers.get("Origin", ""))
        return bool(origin.netloc) and _without_dot(origin.netloc) in {_without_dot(request.host), self._public.netloc}

    def _cookie_name(self, request: web.Request) -> str:
        return f"matomo_tui_{urlsplit(f'//{request.host}').port or 80}"

    def _has_cookie(self, request: web.Request) -> bool:
        sent = request.cookies.get(self._cookie_name(request), "")
        return hmac.compare_digest(sent.encode(errors="surrogateescape"), self._session.encode())

    def _set_cookie(self, request: web.Request, response: web.StreamResponse) -> None:
        response.set_cookie(
            self._cookie_name(request),
            self._session,
            httponly=True,
            samesite="Strict",
            secure=self._public.scheme == "https",
        )

    async def _knows_password(self, request: web.Request) -> bool:
        kind, _, sent = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "basic" or self._password is None:
            return False
        try:
            _, _, password = base64.b64decode(sent, validate=True).partition(b":")
        except ValueError:
            password = b""
        async with self._trying:
            if hmac.compare_digest(password, self._password.reveal().encode()):
                return True
            await asyncio.sleep(_AFTER_A_WRONG_PASSWORD)
        return False


def _as_browsers_write(url: SplitResult) -> SplitResult:
    """``url`` as in a browser's ``Origin``: in small letters and ASCII, and with a port only if it is not the scheme's
    own."""
    host, usual = _without_dot(_ascii(url.hostname or "")), {"http": 80, "https": 443}.get(url.scheme)
    shown = f"[{host}]" if ":" in host else host
    return url._replace(netloc=shown if url.port in (None, usual) else f"{shown}:{url.port}")


def _ascii(host: str) -> str:
    """A host's name as it is sent: ``xn--bcher-kva.example`` for ``bücher.example``."""
    if not host.isascii():
        with suppress(ValueError):
            return URL.build(scheme="http", host=host).raw_host or host
    return host


def _without_dot(netloc: str) -> str:
    """``wall.example.org:8000`` for ``wall.example.org.:8000``: the dot that may end a name means nothing here."""
    return re.sub(r"\.(?=(:\d*)?$)", "", netloc)


def _parts(url: str) -> SplitResult:
    """The parts of an address that a browser sent; empty ones if it is none."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises as urlsplit does, only later
    except ValueError:
        return urlsplit("")
    return parts


def _refusal(status: int, sentence: str) -> web.Response:
    return web.Response(status=status, text=f"{sentence}\n", headers=_HEADERS)
