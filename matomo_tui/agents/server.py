"""The MCP server: lists the tools of an agent and hands its calls to the service. Only this room imports the SDK."""

from __future__ import annotations

import json
from typing import Any

import mcp_types as types
import msgspec
from mcp.server import Server
from mcp.server.context import ServerRequestContext
from mcp.server.stdio import stdio_server

from matomo_tui import __version__
from matomo_tui.agents.answers import UNTRUSTED
from matomo_tui.agents.service import TOOLS, AgentService
from matomo_tui.agents.tool import Tool
from matomo_tui.agents.unreadable import AnsweringReader

_INSTRUCTIONS = (
    "Live web analytics of a Matomo: who is on a site now, from where and on which pages, and its reports. "
    "Only what the configuration grants can be read; a denial says what is granted. Answers are bounded: a note says "
    f"what was cut and how to get the rest. Times are UTC. {UNTRUSTED}"
)
_DEFINITIONS = "#/$defs/{name}"


def build_server(service: AgentService) -> Server[Any]:
    """The server for one agent."""

    async def list_tools(
        _: ServerRequestContext[Any], __: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[_described(tool) for tool in service.tools()])

    async def call_tool(_: ServerRequestContext[Any], params: types.CallToolRequestParams) -> types.CallToolResult:
        answer = await service.call(params.name, params.arguments or {})
        if answer.value is None:
            return types.CallToolResult(content=[types.TextContent(type="text", text=answer.error)], is_error=True)
        found = msgspec.to_builtins(answer.value)
        text = json.dumps(found, ensure_ascii=False)
        return types.CallToolResult(
            content=[types.TextContent(type="text", text=text)], structured_content=found, is_error=False
        )

    return Server(
        "matomo-tui",
        title="Matomo, live",
        version=__version__,
        instructions=_INSTRUCTIONS,
        get_tool_input_schema=lambda name: _schema(TOOLS[name].arguments) if name in TOOLS else None,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


async def serve_stdio(service: AgentService) -> None:
    """Serve on standard input and output until standard input ends."""
    server = build_server(service)
    async with stdio_server() as (read, write):
        await server.run(AnsweringReader(read, write), write, server.create_initialization_options())


def _described(tool: Tool[Any]) -> types.Tool:
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=f"{tool.description} {UNTRUSTED}" if not tool.is_write else tool.description,
        input_schema=_schema(tool.arguments),
        output_schema=_schema(tool.answer),
        annotations=types.ToolAnnotations(
            title=tool.title,
            read_only_hint=not tool.is_write,
            destructive_hint=tool.is_write,
            idempotent_hint=not tool.is_write,
            open_world_hint=True,
        ),
    )


def _schema(struct: type[msgspec.Struct]) -> dict[str, Any]:
    """The JSON schema of a class, with an object at its root as the protocol requires."""
    (root,), definitions = msgspec.json.schema_components([struct], ref_template=_DEFINITIONS)
    own = definitions.pop(root["$ref"].rpartition("/")[2])
    found = dict(own) | ({"$defs": definitions} if definitions else {})
    plain: dict[str, Any] = json.loads(json.dumps(found).replace("``", "'"))
    return plain
