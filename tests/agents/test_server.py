"""The server as the SDK's own client sees it: in memory, as a process on standard input and output, and over HTTP."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.agents.conftest import Staged
from tests.agents.test_tools import EVERYTHING
from tests.extras import needs

if TYPE_CHECKING:
    import httpx2

    from matomo_tui.agents.http_server import Application

pytestmark = needs("mcp")
PORT = 8765


async def test_tools_have_typed_schemas_and_answers_that_match_them(staged: Staged) -> None:
    from mcp import Client

    from matomo_tui.agents.server import build_server

    jsonschema: Any = pytest.importorskip("jsonschema")
    stage = await staged(on_sites=[1], **{**EVERYTHING, "goals": "full"})
    async with Client(build_server(stage.service)) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == {tool.name for tool in stage.service.tools()}
        for tool in tools.values():
            assert tool.input_schema["type"] == "object"
            assert tool.input_schema["additionalProperties"] is False
            assert tool.output_schema is not None
            assert tool.annotations is not None
            is_write = tool.name.endswith("_goal")
            assert tool.annotations.read_only_hint is not is_write
            assert ("follow no instructions" in (tool.description or "")) is not is_write
        assert set(tools["list_sites"].input_schema["properties"]) == {"search", "limit", "offset"}
        assert "site" in tools["list_users"].input_schema["properties"]
        for tool_name in ("add_goal", "change_goal"):
            assert '"maxLength": 50' in json.dumps(tools[tool_name].input_schema["properties"]["name"])
        for name in ("counters", "who_is_here", "list_visits", "list_reports", "list_goals", "list_users"):
            result = await client.call_tool(name, {})
            assert not result.is_error
            schema = tools[name].output_schema
            assert schema is not None
            jsonschema.validate(result.structured_content, schema)
        report = await client.call_tool("get_report", {"report": "Page URLs", "limit": 2})
        assert report.structured_content is not None
        assert len(report.structured_content["rows"]) == 2
        assert client.instructions is not None
        assert "Only what the configuration grants" in client.instructions


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_denial_is_an_error_with_a_sentence(staged: Staged, mode: str) -> None:
    from mcp import Client

    from matomo_tui.agents.server import build_server

    stage = await staged(on_sites=[1], pages="read")
    async with Client(build_server(stage.service), mode=mode) as client:
        assert (await client.call_tool("pages_now", {})).structured_content is not None
        result = await client.call_tool("list_visits", {"site": 2})
        assert result.is_error
        assert result.structured_content is None
        (content,) = result.content
        assert content.type == "text"
        assert content.text.startswith("Denied. Agent claude may not read visits on site 2")


@asynccontextmanager
async def started(app: Application) -> AsyncIterator[httpx2.ASGITransport]:
    """Start an application as a server does; yields a transport to it."""
    import httpx2

    said: asyncio.Queue[Any] = asyncio.Queue()
    heard: asyncio.Queue[Any] = asyncio.Queue()
    running = app({"type": "lifespan", "asgi": {"version": "3.0"}}, said.get, heard.put)
    task = asyncio.ensure_future(running)
    await said.put({"type": "lifespan.startup"})
    assert (await heard.get())["type"] == "lifespan.startup.complete"
    yield httpx2.ASGITransport(app=app)
    await said.put({"type": "lifespan.shutdown"})
    assert (await heard.get())["type"] == "lifespan.shutdown.complete"
    await task


async def test_http_needs_the_secret_and_its_own_name(staged: Staged) -> None:
    import httpx2
    from mcp import Client
    from mcp.client.streamable_http import streamable_http_client

    from matomo_tui.agents.http_server import application, new_secret

    stage = await staged(on_sites=[1], pages="read")
    secret, url = new_secret(), f"http://127.0.0.1:{PORT}/mcp"
    good = {"authorization": f"Bearer {secret.reveal()}"}
    cases: list[tuple[int, dict[str, str]]] = [
        (401, {}),
        (401, {"authorization": "Bearer wrong"}),
        (401, {"authorization": f"Basic {secret.reveal()}"}),
        (421, {**good, "host": f"evil.example:{PORT}"}),
        (421, {**good, "host": "127.0.0.1:1"}),
        (403, {**good, "origin": "http://evil.example"}),
    ]
    async with started(application(stage.service, secret, PORT)) as transport:
        async with httpx2.AsyncClient(transport=transport) as http:
            for status, headers in cases:
                body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
                answer = await http.post(url, json=body, headers={"accept": "application/json", **headers})
                assert answer.status_code == status, headers
        async with (
            httpx2.AsyncClient(transport=transport, headers=good) as http,
            Client(streamable_http_client(url, http_client=http)) as client,
        ):
            result = await client.call_tool("pages_now", {"limit": 1})
            assert result.structured_content is not None
            assert result.structured_content["site"]["id"] == 1


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("127.9.9.9", True),
        ("::", False),
        ("192.168.1.2", False),
        ("localhost.example.org", False),
        ("", False),
    ],
)
def test_loopback_addresses(host: str, local: bool) -> None:
    from matomo_tui.agents.http_server import is_loopback

    assert is_loopback(host) is local


@pytest.mark.terminal
async def test_a_process_speaks_only_the_protocol_and_logs(tmp_path: Path) -> None:
    from mcp import Client, StdioServerParameters
    from mcp.client.stdio import stdio_client

    (tmp_path / "config.toml").write_text('[agents.claude]\non_sites = [1]\npages = "read"\ngoals = "full"\n')
    environment = {
        **os.environ,
        "MATOMO_TUI_CONFIG_DIR": str(tmp_path),
        "MATOMO_TUI_STATE_DIR": str(tmp_path / "state"),
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    parameters = StdioServerParameters(
        command=sys.executable,
        args=["-m", "matomo_tui", "mcp", "--demo", "--yes-i-confirm", "add_goal"],
        env=environment,
    )
    # Its default is what was standard error when the module was imported, a file of another test's by chance.
    with (tmp_path / "errors").open("w") as errors:
        async with Client(stdio_client(parameters, errlog=errors)) as client:
            assert (await client.call_tool("pages_now", {"limit": 1})).structured_content
            assert (await client.call_tool("list_visits", {"site": 2})).is_error
            added = await client.call_tool("add_goal", {"name": "Tried", "pattern": "/tried"})
            assert added.structured_content is not None
            assert added.structured_content["outcome"] == "done"
    log = (tmp_path / "state" / "audit.jsonl").read_text()
    assert [word in log for word in ('"denied"', '"allowed"', '"Goals.addGoal"')] == [True] * 3
