"""The socket behind a page: what reaches the process, what of it the page gets, and what neither may see."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from matomo_tui.api.secret import Secret
from matomo_tui.config.secrets import SecretError
from tests.extras import needs
from tests.processes import is_running

if TYPE_CHECKING:
    from aiohttp import ClientWebSocketResponse, web
    from aiohttp.test_utils import TestClient

    from matomo_tui.web.served_process import ServedProcess

pytestmark = [pytest.mark.terminal, needs("textual_serve")]

TOKEN = "0123456789abcdef0123456789abcdef"
# Speaks the protocol of Textual's driver: repeats each packet that it gets, and first what it was started with.
PROGRAM = r"""
import json, os, sys
def out(data):
    os.write(1, b"D" + len(data).to_bytes(4, "big") + data)
os.write(1, b"__GANGLION__\n")
words = sys.argv[1:]
token = open(words[words.index("--token-file") + 1]).read().strip() if "--token-file" in words else ""
about = {"words": words, "token": token[-4:], "seen": sorted(os.environ), "size": os.environ["COLUMNS"]}
out(json.dumps(about).encode())
sys.stderr.write("\x1b[2J broke at TOKEN\n".replace("TOKEN", token)); sys.stderr.flush()
source = os.fdopen(0, "rb", buffering=0)
def exactly(n):
    data = b""
    while len(data) < n:
        more = source.read(n - len(data))
        if not more:
            sys.exit(0)
        data += more
    return data
while True:
    kind = exactly(1); data = exactly(int.from_bytes(exactly(4), "big"))
    out(kind + data)
    if kind == b"M" and json.loads(data)["type"] == "quit":
        meta = b'{"type": "exit"}'
        os.write(1, b"M" + len(meta).to_bytes(4, "big") + meta)
        break
"""
Opened = Callable[..., "Awaitable[tuple[TestClient[web.Request, web.Application], list[str]]]"]


@pytest.fixture
async def served() -> AsyncIterator[Opened]:
    from aiohttp.test_utils import TestClient, TestServer

    from matomo_tui.web.gatekeeper import Gatekeeper
    from matomo_tui.web.served_process import Launch
    from matomo_tui.web.web_server import DashboardServer

    class NotCancelling(TestServer):
        """As the program's own runner, and unlike a test server, it lets a page's handler end by itself."""

        async def _make_runner(self, **options: Any) -> web.BaseRunner:
            return await super()._make_runner(**options | {"handler_cancellation": False})

    clients: list[TestClient[web.Request, web.Application]] = []

    async def start(
        token: str | None = None, *, takes_input: bool = False, public_url: str = ""
    ) -> tuple[TestClient[web.Request, web.Application], list[str]]:
        said: list[str] = []

        async def fetch() -> Secret | None:
            return None if token is None else Secret(token)

        launch = Launch([sys.executable, "-c", PROGRAM, "--read-only"], fetch, {"HOME": "/"})
        server = DashboardServer(
            launch,
            Gatekeeper(None, public_url=public_url),
            title="x",
            takes_input=takes_input,
            comes_back=True,
            report=said.append,
        )
        client = TestClient(NotCancelling(server.application()))
        await client.start_server()
        clients.append(client)
        return client, said

    yield start
    for client in clients:
        await client.close()


async def opened(client: TestClient[web.Request, web.Application], query: str = "") -> ClientWebSocketResponse:
    return await client.ws_connect(f"/ws{query}", headers={"Origin": str(client.make_url("/")).rstrip("/")})


async def received(socket: ClientWebSocketResponse) -> bytes:
    from aiohttp import WSMsgType

    message = await socket.receive(timeout=20)
    assert message.type is WSMsgType.BINARY, message
    data: bytes = message.data
    return data


async def test_the_token_goes_through_a_pipe_and_nothing_else(served: Opened) -> None:
    client, said = await served(TOKEN)
    socket = await opened(client)
    first = json.loads(await received(socket))
    assert first["token"] == TOKEN[-4:]
    assert first["words"][:2] == ["--read-only", "--token-file"]
    assert first["words"][2].startswith("/dev/fd/")
    assert TOKEN not in str(first)
    assert not [name for name in first["seen"] if "TOKEN" in name]
    await socket.close()
    for _ in range(400):
        if said:
            break
        await asyncio.sleep(0.05)
    assert said == ["[2J broke at ***"]


async def test_a_profile_that_knows_its_token_gets_none(served: Opened) -> None:
    client, _ = await served()
    first = json.loads(await received(await opened(client)))
    assert (first["words"], first["token"]) == (["--read-only"], "")


async def test_a_token_that_is_gone_is_told_and_closes_the_page(
    served: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aiohttp import WSMsgType

    async def gone(self: ServedProcess, width: int, height: int) -> None:
        raise SecretError("There is no token file x.")

    client, said = await served()
    monkeypatch.setattr("matomo_tui.web.served_process.ServedProcess.start", gone)
    socket = await opened(client)
    assert (await socket.receive(timeout=20)).type in (WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.CLOSING)
    assert said == ["The dashboard could not be started: There is no token file x."]


async def test_keys_reach_the_process_only_where_it_takes_them(served: Opened) -> None:
    for takes_input in (False, True):
        client, _ = await served(takes_input=takes_input)
        socket = await opened(client)
        await received(socket)
        await socket.send_json(["stdin", "q"])
        await socket.send_json(["blur"])
        answers = [await received(socket)]
        if takes_input:
            answers.append(await received(socket))
        assert answers == ([b"Dq"] if takes_input else []) + [b'M{"type": "blur"}']


async def test_messages_that_no_page_sends_are_dropped(served: Opened) -> None:
    client, _ = await served(takes_input=True)
    socket = await opened(client, "?width=99999&height=-3")
    first: dict[str, Any] = json.loads(await received(socket))
    assert first["size"] == "500"
    for text in ("", "{", "[]", "7", '{"a": 1}', '["stdin", 7]', '["resize", 7]', '["nonsense"]', "[" * 5000):
        await socket.send_str(text)
    await socket.send_json(["resize", {"width": "1e9", "height": 10**30}])
    assert json.loads((await received(socket))[1:]) == {"type": "resize", "width": 80, "height": 200}
    await socket.send_json(["ping", "x"])
    assert (await socket.receive_json(timeout=20)) == ["pong", "x"]


async def test_only_so_many_pages_at_once(served: Opened) -> None:
    from matomo_tui.web.web_server import MOST_PAGES

    client, _ = await served()
    sockets = [await opened(client) for _ in range(MOST_PAGES)]
    refused = await client.get("/ws", headers={"Origin": str(client.make_url("/")).rstrip("/")})
    assert refused.status == 503
    await sockets[0].close()
    statuses = []
    for _ in range(400):
        statuses.append((await client.get("/ws", headers=refused.request_info.headers)).status)
        if statuses[-1] != 503:
            break
        await asyncio.sleep(0.05)
    assert statuses[-1] == 400  # it is no request for a socket, but there is room for one


async def test_a_page_for_which_there_is_no_room_says_so_and_goes_on_when_there_is(served: Opened) -> None:
    from matomo_tui.web.web_server import MOST_PAGES

    client, said = await served()
    sockets = [await opened(client) for _ in range(MOST_PAGES)]
    for page in sockets:
        await received(page)
    said.clear()
    for _ in range(2):
        text = await (await client.get("/")).text()
        assert "8 pages are open already: close one." in text
        assert 'http-equiv="refresh"' in text
        assert "data-session-websocket-url" not in text
    assert said.count("8 pages are open already: close one.") == 1
    await sockets[0].close()
    for _ in range(400):
        text = await (await client.get("/")).text()
        if "already" not in text:
            break
        await asyncio.sleep(0.05)
    assert "data-session-websocket-url" in text


async def test_a_dashboard_may_be_stopped_with_its_page_and_with_the_server_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from textual_serve.download_manager import DownloadManager

    from matomo_tui.web.served_process import Launch, ServedProcess

    async def nothing(_: object = None) -> None:
        return None

    launch = Launch([sys.executable, "-c", PROGRAM], nothing, {"HOME": "/"})
    process = ServedProcess(
        launch,
        write_bytes=nothing,
        write_str=nothing,
        close=nothing,
        downloads=DownloadManager(),
        report=lambda _: None,
    )
    await process.start(80, 24)
    send, stops, sent = process.send_meta, list[asyncio.Task[None]](), list[dict[str, Any]]()

    async def one_after_the_other(data: dict[str, Any]) -> bool:
        sent.append(data)
        if len(sent) > 1:
            await asyncio.wait({stops[0]})
        return await send(data)

    monkeypatch.setattr(process, "send_meta", one_after_the_other)
    stops += [asyncio.create_task(process.stop()) for _ in range(2)]
    await asyncio.gather(*stops)
    assert sent == [{"type": "quit"}] * 2


async def test_a_server_that_ends_leaves_no_dashboard_that_is_just_being_started(tmp_path: Path) -> None:
    from aiohttp import ClientSession

    from matomo_tui.web.gatekeeper import Gatekeeper
    from matomo_tui.web.served_process import Launch
    from matomo_tui.web.web_server import DashboardServer

    asked, ending = asyncio.Event(), asyncio.Event()

    async def fetch() -> Secret | None:
        asked.set()
        await ending.wait()
        return None

    # It neither reads what it is told nor ends with its pipes.
    program = f"import os, time; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    launch = Launch([sys.executable, "-S", "-c", program], fetch, {"HOME": "/"})
    server = DashboardServer(
        launch, Gatekeeper(None), title="x", takes_input=False, comes_back=True, report=lambda _: None
    )
    with socket.create_server(("127.0.0.1", 0)) as listening:
        host = f"127.0.0.1:{listening.getsockname()[1]}"
        serving = asyncio.create_task(server.serve(listening))
        async with ClientSession() as client:
            page = await client.ws_connect(f"http://{host}/ws", headers={"Origin": f"http://{host}"})
            await asyncio.wait_for(asked.wait(), 20)
            serving.cancel()
            await asyncio.sleep(0)
            ending.set()
            with suppress(asyncio.CancelledError):
                async with asyncio.timeout(5):
                    await serving
            file = tmp_path / "pid"
            number = file.read_text() if file.exists() else ""  # it may have been ended before it could write it
            assert not (number and is_running(int(number)))
            await page.close()


async def test_the_page_loads_nothing_from_elsewhere(served: Opened) -> None:
    client, _ = await served()
    text = await (await client.get("/?fontsize=9;alert(1)")).text()
    assert (await client.get(f"/?fontsize={'9' * 5000}")).status == 200
    assert "google" not in text
    assert "alert" not in text
    assert 'data-font-size="16"' in text
    assert (await client.get("/static/js/textual.js")).status == 200
    assert (await client.get("/static/")).status in (403, 404)


@pytest.mark.parametrize(
    ("size", "bounded"), [((80, 24), (80, 24)), ((0, 0), (20, 5)), ((-1, 10**9), (20, 200)), ((10**9, 24), (500, 24))]
)
def test_sizes_are_bounded(size: tuple[int, int], bounded: tuple[int, int]) -> None:
    from matomo_tui.web.served_process import bounded_size

    assert bounded_size(*size) == bounded


@pytest.mark.parametrize(
    ("public_url", "headers", "address"),
    [
        ("https://wall.example.org", {"Host": "wall.example.org"}, "wss://wall.example.org/ws"),
        ("https://wall.example.org/", {}, "wss://wall.example.org/ws"),
        ("http://wall.example.org:8080", {"Host": "wall.example.org:8080"}, "ws://wall.example.org:8080/ws"),
        ("", {"Host": "localhost:7"}, "ws://localhost:7/ws"),
        ("", {"Host": "localhost:7", "X-Forwarded-Proto": "https"}, "wss://localhost:7/ws"),
    ],
)
async def test_the_socket_is_at_the_public_address_whatever_the_proxy_tells(
    served: Opened, public_url: str, headers: dict[str, str], address: str
) -> None:
    client, _ = await served(public_url=public_url)
    page = await (await client.get("/", headers=headers)).text()
    assert f'data-session-websocket-url="{address}"' in page
