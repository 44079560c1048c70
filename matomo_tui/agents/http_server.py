"""Serves MCP over HTTP on the loopback interface, to clients that know the server's secret.

Every program on this computer, and every web page in a browser on it, can reach a loopback port. So each request needs
the secret as a Bearer header, and its ``Host`` and ``Origin`` must be this server's own: a page cannot reach it under a
name of its own that it resolves to 127.0.0.1.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import logging
import secrets
import socket
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import uvicorn
from mcp.server.transport_security import TransportSecuritySettings

from matomo_tui.agents.server import build_server
from matomo_tui.agents.service import AgentService
from matomo_tui.api.secret import Secret

PATH = "/mcp"
_PATIENCE = 0.2
"""Seconds for requests under way to be answered when the server ends; streams of events stay open until then."""
_LOCAL_NAMES = ("127.0.0.1", "localhost", "[::1]")

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


def is_loopback(host: str) -> bool:
    """True if ``host`` is an address of this computer that others cannot reach."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def new_secret() -> Secret:
    """A random secret for one run."""
    return Secret(secrets.token_urlsafe(32))


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 selects a free one. Raises ``OSError``."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host.strip("[]"), port), family=family)


def application(service: AgentService, secret: Secret, port: int) -> Application:
    """The ASGI application that listens on ``port``."""
    names = [f"{name}:{port}" for name in _LOCAL_NAMES]
    security = TransportSecuritySettings(
        enable_dns_rebinding_protection=True,
        allowed_hosts=names,
        allowed_origins=[f"http://{name}" for name in names],
    )
    inner = build_server(service).streamable_http_app(streamable_http_path=PATH, transport_security=security)
    return _WithSecret(inner, secret)


async def serve_http(service: AgentService, secret: Secret, listening: socket.socket) -> None:
    """Serve on a listening socket until it is cancelled; returns then, once all connections are closed."""
    port = listening.getsockname()[1]
    config = uvicorn.Config(
        application(service, secret, port),
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_PATIENCE,  # type: ignore[arg-type]  # whole seconds are too long
    )
    await _Server(config).serve(sockets=[listening])


class _Server(uvicorn.Server):
    """Ends when its task is cancelled; signals are its caller's business."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle none."""
        yield

    async def main_loop(self) -> None:
        """Run until it is cancelled: what follows is the shutdown."""
        try:
            await super().main_loop()
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) is not None:
                task.uncancel()
            # What is cut off now is no error.
            logging.getLogger("uvicorn.error").disabled = True


class _WithSecret:
    """Refuses every request without the secret."""

    def __init__(self, inner: Application, secret: Secret) -> None:
        self._inner = inner
        self._expected = f"Bearer {secret.reveal()}".encode()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer with 401, or hand the request on."""
        if scope["type"] == "lifespan" or self._is_known(scope):
            await self._inner(scope, receive, send)
        elif scope["type"] == "http":
            text = b"The secret of this MCP server is missing or wrong: send it as Authorization: Bearer SECRET.\n"
            headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"www-authenticate", b"Bearer")]
            await send({"type": "http.response.start", "status": 401, "headers": headers})
            await send({"type": "http.response.body", "body": text})

    def _is_known(self, scope: Message) -> bool:
        sent = [value for name, value in scope.get("headers", ()) if name.lower() == b"authorization"]
        return len(sent) == 1 and hmac.compare_digest(sent[0], self._expected)
