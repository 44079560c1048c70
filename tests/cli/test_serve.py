"""``matomo-tui serve``: wrong usage is a sentence, and nothing is served."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke
from tests.extras import needs

pytestmark = needs("textual_serve")


@pytest.mark.parametrize(
    ("arguments", "variables", "says"),
    [
        ([], {}, "No Matomo to show."),
        (["--url", "stats.example.org"], {}, "There is no token for stats.example.org"),
        (["--url", "stats.example.org"], {"MATOMO_TOKEN": "not a token"}, "is not a token"),
        (["--demo", "--password-file", "no-such-file"], {}, "There is no password file no-such-file."),
        (["--demo", "--interactive"], {"MATOMO_TUI_SERVE_PASSWORD": "short"}, "is too short: it needs 12 characters"),
        (["--demo", "--host", "256.1.1.1"], {}, "Cannot listen on 256.1.1.1 port"),
        (["--demo", "--kiosk", "--interactive"], {}, "A kiosk takes no keys"),
        (["--token", "x"], {}, "There is no --token"),
        *(
            (["--demo", "--host", "256.1.1.1", "--public-url", url], {}, "--public-url needs an address with http")
            for url in ("wall.example.org", "wall.example.org:8443", "ftp://wall.example.org", "https://", "https://[")
        ),
        *(
            (["--demo", "--host", "256.1.1.1", "--public-url", url], {}, "--public-url takes an address without a path")
            for url in ("https://example.org/wall", "https://example.org/?a=b", "https://me@example.org")
        ),
    ],
)
def test_wrong_usage_is_a_sentence(invoke: Invoke, arguments: list[str], variables: dict[str, str], says: str) -> None:
    result = invoke("serve", "--port", "0", *arguments, **variables)
    assert result.exit_code == 2
    assert says in result.output
    assert "Traceback" not in result.output


def test_read_only_before_the_command_is_not_forgotten(invoke: Invoke) -> None:
    result = invoke("--read-only", "serve", "--demo", "--allow-writes", "--host", "256.1.1.1")
    assert result.exit_code == 2
    assert "--read-only and --allow-writes contradict each other" in result.output


@pytest.mark.parametrize(
    ("public_url", "needs_one"),
    [("https://wall.example.org", True), ("http://192.168.1.7", True), ("http://localhost:80", False), ("", False)],
)
def test_what_a_proxy_lets_in_needs_a_password(invoke: Invoke, public_url: str, needs_one: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = invoke("serve", "--demo", "--port", port, "--public-url", public_url)
    assert result.exit_code == 2
    assert ("The password of this run" in result.output) is needs_one


def test_a_password_file_is_private(invoke: Invoke, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("correct horse battery staple")
    file.chmod(0o644)
    result = invoke("serve", "--demo", "--password-file", str(file))
    assert result.exit_code == 2
    assert "chmod 600" in result.output
    assert "horse" not in result.output


def test_a_port_in_use_is_told(invoke: Invoke) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = invoke("serve", "--demo", "--port", str(taken.getsockname()[1]))
    assert result.exit_code == 2
    assert result.output.endswith("Address already in use.\n")
