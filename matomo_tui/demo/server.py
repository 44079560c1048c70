"""The demo behind a real socket, for ``matomo-tui demo-server``."""

from __future__ import annotations

import logging
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from matomo_tui.demo.app import DemoMatomo
from matomo_tui.demo.options import DemoOptions

NEEDS_EXTRA = "The demo server needs the extra 'demo-server': pip install 'matomo-tui[demo-server]'"

_PATIENCE = 0.2
"""Seconds for answers under way to be sent when the server ends; those that --latency delays are not waited for."""


class MissingExtra(RuntimeError):
    """uvicorn is not installed; ``str()`` explains how to get it."""


def serve(
    port: int = 0,
    host: str = "127.0.0.1",
    *,
    seed: int = 1,
    extra_sites: int = 0,
    extra_users: int = 0,
    options: DemoOptions | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, after printing URL and tokens. Raises ``MissingExtra`` and ``OSError``."""
    try:
        import uvicorn
    except ImportError:
        raise MissingExtra(NEEDS_EXTRA) from None
    demo = DemoMatomo(seed, options=options, extra_sites=extra_sites, extra_users=extra_users)
    with _listen(host, port) as listening:
        announcement = _announcement(demo, listening)

        class Server(uvicorn.Server):
            async def startup(self, sockets: list[socket.socket] | None = None) -> None:
                await super().startup(sockets)
                if self.started:
                    sys.stdout.write(announcement + "\n")
                    sys.stdout.flush()

            async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
                # What is cut off now is no error.
                logging.getLogger("uvicorn.error").disabled = True
                await super().shutdown(sockets)

        config = uvicorn.Config(
            demo,
            log_level="warning",
            access_log=False,
            server_header=False,
            date_header=False,
            lifespan="off",
            timeout_graceful_shutdown=_PATIENCE,  # type: ignore[arg-type]  # whole seconds are too long
        )
        with _calm_signals():
            Server(config).run(sockets=[listening])


@contextmanager
def _calm_signals() -> Iterator[None]:
    """uvicorn raises the signal that ended it again; here a requested end is no failure."""
    before = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol lets asyncio send small pieces without delay: head and body of an answer are separate ones.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
    except OSError:
        listening.close()
        raise
    return listening


def _announcement(demo: DemoMatomo, listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    address = f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
    return "\n".join((address, *(f"{role} {token}" for role, token in demo.tokens.items())))
