"""Messages through apprise, to a web hook on this computer."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from matomo_tui.alerts import apprise_delivery
from matomo_tui.alerts.delivery_error import DeliveryError

# Apprise itself imports a module of the standard library that is going away.
pytestmark = [pytest.mark.terminal, pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")]


class Hook(ThreadingHTTPServer):
    """Keeps the messages that it gets; answers with ``status``, and only when ``release`` is set."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.messages: list[dict[str, Any]] = []
        self.status = 200
        self.release = threading.Event()
        self.release.set()

    @property
    def address(self) -> str:
        return f"json://user:s3cret@127.0.0.1:{self.server_address[1]}/hook"


class _Handler(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.messages.append(json.loads(body))
        self.server.release.wait(10)
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""


@pytest.fixture
def hook() -> Iterator[Hook]:
    server = Hook()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.release.set()
    server.shutdown()
    thread.join(5)
    server.server_close()


async def test_a_message_arrives(hook: Hook) -> None:
    await apprise_delivery.send((hook.address,), "Rush: alert", 'Shop: "612" visits, <b>above</b> 500.', failed=True)
    (message,) = hook.messages
    assert message["title"] == "Rush: alert"
    assert message["message"] == 'Shop: "612" visits, <b>above</b> 500.'
    assert message["type"] == "warning"


async def test_a_service_that_refuses_is_named_without_its_secret(
    hook: Hook, capfd: pytest.CaptureFixture[str]
) -> None:
    hook.status = 500
    with pytest.raises(DeliveryError, match="apprise json did not take the message") as caught:
        await apprise_delivery.send((hook.address,), "t", "b", failed=True)
    assert "s3cret" not in str(caught.value)
    assert not caught.value.final
    assert capfd.readouterr() == ("", "")


async def test_a_service_that_does_not_answer_holds_nothing_up(hook: Hook) -> None:
    hook.release.clear()
    with pytest.raises(DeliveryError, match=r"took longer than 0\.3 s"):
        await apprise_delivery.send((hook.address,), "t", "b", failed=True, limit=0.3)


async def test_addresses_can_be_in_a_private_file(hook: Hook, tmp_path: Path) -> None:
    file = tmp_path / "apprise.conf"
    file.write_text(f"# team\n{hook.address}\n")
    file.chmod(0o644)
    assert "can be read by others (mode 0644): run chmod 600" in apprise_delivery.address_problem(str(file))
    with pytest.raises(DeliveryError, match="can be read by others"):
        await apprise_delivery.send((str(file),), "t", "b", failed=False)
    file.chmod(0o600)
    assert apprise_delivery.address_problem(str(file)) == ""
    await apprise_delivery.send((str(file),), "t", "b", failed=False)
    assert [message["type"] for message in hook.messages] == ["success"]


async def test_what_is_no_address_is_not_tried_again(tmp_path: Path) -> None:
    with pytest.raises(DeliveryError, match="the apprise address 'nosuchscheme' cannot be used") as caught:
        await apprise_delivery.send(("nosuchscheme://s3cret",), "t", "b", failed=True)
    assert caught.value.final
    assert "s3cret" not in str(caught.value)
    with pytest.raises(DeliveryError, match="cannot be read: No such file"):
        await apprise_delivery.send((str(tmp_path / "none"),), "t", "b", failed=True)
