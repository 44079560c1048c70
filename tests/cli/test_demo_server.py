"""``matomo-tui demo-server`` as a separate process, and ``check`` against it with each role's token."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from tests.cli.conftest import Invoke, Run, started

pytest.importorskip("uvicorn")


@dataclass
class Served:
    process: subprocess.Popen[str]
    address: str
    tokens: dict[str, str]


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with started({**os.environ, "PYTHONUNBUFFERED": "1"}, "demo-server", "--port", "0") as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        lines = [process.stdout.readline().split() for _ in range(5)]
        yield Served(process, address, {words[0]: words[1] for words in lines})


def test_it_prints_its_address_and_a_line_for_each_role(served: Served) -> None:
    assert served.address.startswith("http://127.0.0.1:")
    assert list(served.tokens) == ["superuser", "admin", "write", "view", "noaccess"]
    assert len(set(served.tokens.values())) == 5


@pytest.mark.parametrize(("role", "code"), [("superuser", 0), ("admin", 0), ("write", 0), ("view", 0), ("noaccess", 1)])
@pytest.mark.parametrize("auth", ["post", "bearer"])
def test_check_says_for_each_role_what_is_so(invoke: Invoke, served: Served, role: str, code: int, auth: str) -> None:
    result = invoke("check", "--json", "--auth", auth, "--url", served.address, MATOMO_TOKEN=served.tokens[role])
    assert result.exit_code == code, result.output
    answer = json.loads(result.output)
    states = {check["name"]: check["state"] for check in answer["checks"]}
    if code:
        assert states["role"] == "failed"
        assert answer["sites"] == []
    else:
        assert answer["role"] == role
        if auth == "bearer" and answer["version"].startswith("5.2."):
            assert states.pop("role") == "warning"  # no Matomo before 5.4 reads the header
        assert set(states.values()) <= {"ok", "note"}
        assert role in {site["role"] for site in answer["sites"]}
    assert served.tokens[role] not in result.output


def test_a_wrong_token_fails(invoke: Invoke, served: Served) -> None:
    result = invoke("check", "--url", served.address, MATOMO_TOKEN="no-such-token-0123456789")
    assert result.exit_code == 1
    assert "✗ Token" in result.output


def test_a_port_that_is_taken_is_a_sentence(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run("demo-server", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 2
    assert "Cannot listen on 127.0.0.1 port" in done.stderr
    assert "Traceback" not in done.stderr


def test_its_writes_can_be_made_to_fail_after_they_took_effect(environment: dict[str, str]) -> None:
    options = ["--fail", "error-after", "--fail-times", "1", "--latency", "0.01", "--extra-sites", "3"]
    with started(environment, "demo-server", "--port", "0", "--extra-users", "4", *options) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        token = process.stdout.readline().split()[1]
        change = {"method": "SitesManager.updateSite", "idSite": "103", "siteName": "Changed"}
        assert _ask(address, token, change)[0] == 500
        status, site = _ask(address, token, {"method": "SitesManager.getSiteFromId", "idSite": "103"})
        assert (status, site["name"]) == (200, "Changed")
        assert _ask(address, token, change) == (200, {"result": "success", "message": "ok"})
        assert len(_ask(address, token, {"method": "UsersManager.getUsersLogin"})[1]) == 15


def test_it_has_a_site_with_as_many_pages_as_somebody_wants(environment: dict[str, str]) -> None:
    with started(environment, "demo-server", "--port", "0", "--pages", "300") as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        token = process.stdout.readline().split()[1]
        asked = {"idSite": "6", "period": "day", "date": "yesterday", "flat": "1", "filter_limit": "-1"}
        status, pages = _ask(address, token, {"method": "Actions.getPageUrls", **asked})
        assert (status, len(pages)) == (200, 300)


def _ask(address: str, token: str, params: dict[str, str]) -> tuple[int, Any]:
    """Status and JSON of an API call; ``None`` instead of JSON for a page."""
    parts = urlsplit(address)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    try:
        form = urlencode({"module": "API", "format": "json", "token_auth": token, **params})
        connection.request("POST", "/index.php", form, {"content-type": "application/x-www-form-urlencoded"})
        answer = connection.getresponse()
        body = answer.read()
        return answer.status, None if body.startswith(b"<") else json.loads(body)
    finally:
        connection.close()


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_it_is_asked_to(environment: dict[str, str], number: signal.Signals) -> None:
    with started(environment, "demo-server", "--port", "0", "--seed", "3") as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("http://127.0.0.1:")
        process.send_signal(number)
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "Traceback" not in errors
