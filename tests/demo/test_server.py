"""The demo behind a real socket."""

from __future__ import annotations

import importlib.abc
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from matomo_tui.demo.server import MissingExtra, serve

ROLES = ["superuser", "admin", "write", "view", "noaccess"]
QUIET = """
from msgspec.structs import replace
from matomo_tui.demo import server

class Quiet(server.DemoMatomo):
    def __init__(self, *args, **settings):
        super().__init__(*args, **settings)
        self.world.sites[1] = replace(self.world.sites[1], traffic="")

server.DemoMatomo = Quiet
server.serve(0)
"""


@contextmanager
def running(*, quiet: bool = False) -> Iterator[tuple[subprocess.Popen[str], str, dict[str, str]]]:
    """A demo server in its own process, with its address and printed tokens; ``quiet``: its first site has no visits,
    so counting is cheap.
    """
    code = QUIET if quiet else "from matomo_tui.demo.server import serve; serve(0)"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        lines = [process.stdout.readline().split() for _ in ROLES]
        yield process, address, dict(lines)
    finally:
        process.kill()
        process.communicate()


def _ask(address: str, token: str) -> bytes:
    parts = urlsplit(address)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    fields = {"module": "API", "method": "API.getMatomoVersion", "format": "json", "token_auth": token}
    try:
        connection.request(
            "POST", "/index.php", urlencode(fields), {"content-type": "application/x-www-form-urlencoded"}
        )
        return connection.getresponse().read()
    finally:
        connection.close()


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_it_prints_its_address_and_tokens_answers_and_ends_when_asked(ending: signal.Signals) -> None:
    with running() as (process, address, tokens):
        assert address.startswith("http://127.0.0.1:")
        assert list(tokens) == ROLES
        assert _ask(address, tokens["view"]) == b'{"value":"5.8.0"}'
        assert b"view access for at least one website" in _ask(address, tokens["noaccess"])
        process.send_signal(ending)
        out, err = process.communicate(timeout=20)
        assert (process.returncode, out, err) == (0, "", "")


def test_no_answer_waits_until_the_one_before_was_acknowledged() -> None:
    """Head and body are two pieces; a socket that delays the second one costs 40 ms per answer."""
    with running(quiet=True) as (_, address, tokens):
        parts = urlsplit(address)
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=20)
        body = urlencode({"module": "API", "method": "API.getMatomoVersion", "token_auth": tokens["view"]})
        took = []
        for _ in range(30):
            began = time.perf_counter()
            connection.request("POST", "/", body, {"content-type": "application/x-www-form-urlencoded"})
            connection.getresponse().read()
            took.append(time.perf_counter() - began)
        connection.close()
        assert min(took[-10:]) < 0.035


def test_an_occupied_port_is_reported() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        serve(taken.getsockname()[1])


def test_without_the_extra_the_error_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    class NoUvicorn(importlib.abc.MetaPathFinder):
        def find_spec(self, name: str, path: Any, target: Any = None) -> None:
            if name == "uvicorn":
                raise ModuleNotFoundError(name)

    monkeypatch.delitem(sys.modules, "uvicorn", raising=False)
    monkeypatch.setattr(sys, "meta_path", [NoUvicorn(), *sys.meta_path])
    with pytest.raises(MissingExtra, match=r"pip install 'matomo-tui\[demo-server\]'"):
        serve(0)
