"""Where metrics go: a listening socket for Prometheus, and a text file for node_exporter."""

from __future__ import annotations

import ipaddress
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matomo_tui.headless.prometheus_metrics import MatomoCollector


_LONGEST_PORT = 5
"""Digits."""


def parse_listen(value: str) -> tuple[str, int]:
    """Return host and port of ``127.0.0.1:9105``, ``[::1]:9105``, ``:9105`` or ``9105``; the host is then 127.0.0.1.

    Raises ``ValueError`` with a sentence.
    """
    host, separator, port = value.strip().rpartition(":")
    host = host.removeprefix("[").removesuffix("]") if separator else ""
    if (
        not port.isdecimal()
        or len(port) > _LONGEST_PORT
        or not 0 <= int(port) <= 65535
        or (":" in host and not value.strip().startswith("["))
    ):
        raise ValueError("It must be HOST:PORT, such as 127.0.0.1:9105 or [::1]:9105.")
    return host or "127.0.0.1", int(port)


def is_loopback(host: str) -> bool:
    """Return True if only this computer can reach ``host``."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@contextmanager
def listening(collector: MatomoCollector, host: str, port: int) -> Iterator[str]:
    """Serve the metrics in a thread; yields their address. Raises ``OSError`` if nothing can listen there."""
    from prometheus_client import CollectorRegistry, start_http_server

    registry = CollectorRegistry()
    registry.register(collector)
    server, _ = start_http_server(port, host, registry=registry)
    try:
        shown = f"[{host}]" if ":" in host else host
        yield f"http://{shown}:{server.server_port}/metrics"
    finally:
        # The server's own loop looks twice a second whether it is to end: that is not waited for.
        threading.Thread(target=server.shutdown, daemon=True).start()
        server.server_close()


def write_textfile(file: Path, text: str) -> None:
    """Replace ``file`` atomically, readable by all as node_exporter needs it. Raises ``OSError``."""
    descriptor, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.chmod(temporary, 0o644)
        os.replace(temporary, file)
    except OSError:
        with suppress(OSError):
            os.unlink(temporary)
        raise
