"""``matomo-tui mcp``: serves an AI agent over the Model Context Protocol."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from matomo_tui.cli.errors import stop
from matomo_tui.cli.extras import require_extra
from matomo_tui.cli.options import NoTokenOption, connection_options

if TYPE_CHECKING:
    import socket

    from matomo_tui.agents.service import AgentService
    from matomo_tui.api.secret import Secret
    from matomo_tui.cli.startup import Start
    from matomo_tui.config.agent_settings import AgentSettings
    from matomo_tui.config.profiles import Profiles

_SNIPPET = '[agents.NAME] with on_sites = [1] and live = "read"'


@click.command("mcp", cls=NoTokenOption)
@connection_options
@click.option("--read-only", is_flag=True, default=None, help="Send no writes, whatever is granted.  [default: off]")
@click.option("--agent", metavar="NAME", help="Table [agents.NAME] with the grants.  [default: the only one]")
@click.option(
    "--http",
    "address",
    metavar="[HOST:]PORT",
    help="Listen on a loopback port instead of standard input and output; 0 selects a free one.",
)
@click.option(
    "--secret-file",
    metavar="FILE",
    type=click.Path(),
    help="With --http: file with the secret that clients must send (mode 0600).  [default: a new one at each start]",
)
@click.option(
    "--yes-i-confirm",
    "confirmed",
    metavar="TOOL",
    multiple=True,
    help="Confirm one call of this writing tool in advance, such as add_goal; repeat it for more calls.",
)
@click.pass_context
def command(
    ctx: click.Context,
    /,
    agent: str | None,
    address: str | None,
    secret_file: str | None,
    confirmed: tuple[str, ...],
    **flags: Any,
) -> None:
    """Serve the live data to an AI agent (Model Context Protocol).

    Nothing is readable that [agents.NAME] in the configuration does not grant. Each call is a line in the audit log:
    matomo-tui audit --agent NAME. Exit code 0: the client ended. 1: Matomo refused. 2: wrong usage or
    configuration.
    """
    import asyncio

    from matomo_tui.cli.error_lines import print_errors_as_lines
    from matomo_tui.cli.running import run_until_signal
    from matomo_tui.cli.startup import prepare
    from matomo_tui.config.profile_store import ProfileStore
    from matomo_tui.config.validation import ConfigError

    require_extra("mcp", "mcp", "The MCP server")
    store = ProfileStore()
    try:
        settings = _agent(store.read(), agent, str(store.file))
    except ConfigError as error:
        stop(str(error))
    outer: Mapping[str, Any] = ctx.obj or {}
    given = {**outer, **{key: value for key, value in flags.items() if value is not None}}
    start = prepare({**given, "profile": _profile(settings, given.get("profile"))})
    start.need_matomo("No Matomo to read.")
    _check_tools(confirmed)
    print_errors_as_lines("matomo-tui mcp")
    http = None if address is None else _http(address, secret_file)
    serving = _serve(start, settings, confirmed, http)
    # Without --http a thread of the SDK reads standard input and cannot be interrupted: signals do what they do by
    # default.
    if http is None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        code = asyncio.run(serving)
    else:
        code = run_until_signal(serving)
    ctx.exit(code)


@dataclass(frozen=True, slots=True)
class _Http:
    """A listening socket and the secret that clients must send."""

    listening: socket.socket
    secret: Secret


async def _serve(start: Start, agent: AgentSettings, confirmed: tuple[str, ...], http: _Http | None) -> int:
    """Serve until the client ends; returns the exit code."""
    from matomo_tui.agents.connection import AgentConnection
    from matomo_tui.api.errors import MatomoError
    from matomo_tui.headless.exit_codes import ExitCode, exit_code
    from matomo_tui.session import Reconnecting, Session, renew

    reconnect = Reconnecting(start.token)

    async def connect() -> Session:
        return await reconnect(start.settings, None if start.settings.demo else await start.token.fetch())

    connection = AgentConnection(connect, lambda session: renew(session, reconnect))
    try:
        await connection.open()
    except MatomoError as error:
        click.echo(f"matomo-tui mcp: {error}", err=True)
        if exit_code(error) != ExitCode.TRY_AGAIN or error.stops_polling:
            return exit_code(error)
    try:
        service = _service(start, agent, connection, confirmed)
        if http is not None:
            from matomo_tui.agents.http_server import serve_http

            await serve_http(service, http.secret, http.listening)
        else:
            from matomo_tui.agents.server import serve_stdio

            await serve_stdio(service)
    finally:
        await connection.aclose()
    return 0


def _service(start: Start, agent: AgentSettings, connection: Any, confirmed: tuple[str, ...]) -> AgentService:
    from matomo_tui.admin.audit import AuditLog
    from matomo_tui.agents.confirmation import TerminalConfirmer
    from matomo_tui.agents.grant_source import GrantSource
    from matomo_tui.agents.service import AgentService
    from matomo_tui.agents.writing import Writing
    from matomo_tui.api.address import Address
    from matomo_tui.config.paths import audit_file, state_dir

    writing = Writing(agent.name, AuditLog(audit_file(state_dir())), TerminalConfirmer(agent.name), confirmed=confirmed)
    settings = start.settings
    server = "demo" if settings.demo else Address.parse(settings.url).base
    grants = GrantSource(
        agent,
        start.store.file,
        lambda: start.store.read().agents.get(agent.name),
        lambda sentence: click.echo(f"matomo-tui mcp: {sentence}", err=True),
    )
    return AgentService(
        grants, connection, writing, read_only=settings.read_only, profile=settings.profile, server=server
    )


def _http(address: str, secret_file: str | None) -> _Http:
    """Listen, and tell where and with which secret; stops with a sentence if that is impossible."""
    from pathlib import Path

    from matomo_tui.agents.http_server import PATH, listen, new_secret
    from matomo_tui.config.secrets import SecretError, read_password_file

    host, port = _host_and_port(address)
    try:
        given = None if secret_file is None else read_password_file(Path(secret_file).expanduser(), "secret")
        listening = listen(host, port)
    except SecretError as error:
        stop(str(error))
    except OSError as error:
        stop(f"Cannot listen on {host} port {port}: {error.strerror or error}.")
    shown = f"[{host}]" if ":" in host else host
    click.echo(f"Serving MCP at http://{shown}:{listening.getsockname()[1]}{PATH}; ctrl+c ends it.", err=True)
    secret = given or new_secret()
    if given is None:
        click.echo(f"Clients must send the header  Authorization: Bearer {secret.reveal()}", err=True)
    return _Http(listening, secret)


def _agent(profiles: Profiles, name: str | None, file: str) -> AgentSettings:
    """The settings of the agent; stops with a sentence if it is not known."""
    agents = profiles.agents
    if name is None and len(agents) == 1:
        return next(iter(agents.values()))
    if not agents:
        stop(
            f"No agent is granted anything. Add {_SNIPPET} to {file}. CONFIGURATION.md, which the README links, has "
            "all grants."
        )
    if name is None:
        stop(f"Which agent? Choose one with --agent: {', '.join(agents)}.")
    if name not in agents:
        import difflib

        near = difflib.get_close_matches(name, agents, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"Agents there: {', '.join(agents)}."
        stop(f"There is no [agents.{name}] in {file}. {hint}")
    return agents[name]


def _profile(agent: AgentSettings, given: str | None) -> str | None:
    if agent.profile and given and given != agent.profile:
        stop(f"[agents.{agent.name}] is for the profile {agent.profile!r}, not for {given!r}.")
    return agent.profile or given


def _check_tools(confirmed: tuple[str, ...]) -> None:
    from matomo_tui.agents.write_tools import TOOLS

    names = [tool.name for tool in TOOLS]
    for name in confirmed:
        if name not in names:
            stop(f"--yes-i-confirm takes a writing tool: {', '.join(names)}; not {name!r}.")


def _host_and_port(address: str) -> tuple[str, int]:
    """Parse ``[HOST:]PORT``; stops with a sentence for anything but a loopback address and a port."""
    from matomo_tui.agents.http_server import is_loopback

    host, _, port = address.rpartition(":")
    host = host.strip("[]") or "127.0.0.1"
    if not (port.isascii() and port.isdecimal() and len(port) <= 5 and int(port) < 65_536):
        stop(f"--http takes a port, or a loopback address and a port such as 127.0.0.1:8765; not {address[:80]!r}.")
    if not is_loopback(host):
        stop(
            f"--http listens on this computer only (127.0.0.1 or ::1), not on {host}. Use a tunnel to reach it from "
            "elsewhere: ssh -L 8765:127.0.0.1:8765."
        )
    return host, int(port)
