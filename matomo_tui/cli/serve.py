"""``matomo-tui serve``: serves the dashboard to browsers."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from matomo_tui.cli.errors import stop
from matomo_tui.cli.extras import require_extra
from matomo_tui.cli.options import NoTokenOption, connection_options, kiosk_options

if TYPE_CHECKING:
    from matomo_tui.api.secret import Secret
    from matomo_tui.cli.startup import Start
    from matomo_tui.web.served_process import Launch

_PASSWORD_VARIABLE = "MATOMO_TUI_SERVE_PASSWORD"  # noqa: S105 (a name)
_HANDED_ON = ("url", "site", "profile", "auth", "ca_bundle", "interval", "ascii")
"""Options that the dashboard gets as they are given here."""


@click.command("serve", cls=NoTokenOption)
@connection_options
@kiosk_options
@click.option("--host", metavar="ADDRESS", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 selects a free one.")
@click.option("--interactive", is_flag=True, help="Take keys and the mouse. Asks for a password.")
@click.option(
    "--allow-writes", is_flag=True, help="Take keys and permit writes as the profile does. Asks for a password."
)
@click.option(
    "--password-file",
    metavar="FILE",
    type=click.Path(),
    help=f"File with the password that browsers must send (mode 0600).  [default: the password in "
    f"{_PASSWORD_VARIABLE}, else a new one at each start, where one is needed]",
)
@click.option(
    "--public-url",
    metavar="URL",
    default="",
    help="Address of a proxy in front, such as https://wall.example.org. Asks for a password.",
)
@click.pass_context
def command(
    ctx: click.Context,
    /,
    host: str,
    port: int,
    interactive: bool,
    allow_writes: bool,
    password_file: str | None,
    public_url: str,
    **flags: Any,
) -> None:
    """Serve the dashboard to a browser: the kiosk, read-only and without keys, unless told otherwise.

    On this computer only, such a page asks for nothing. Anything else needs a password, also behind a proxy. Each open
    page is a dashboard of its own, which ends with the page.
    """
    from matomo_tui.cli.error_lines import print_errors_as_lines
    from matomo_tui.cli.startup import prepare

    require_extra("serve", "textual_serve", "Serving to a browser")
    if os.name != "posix":
        stop("matomo-tui serve needs Linux or macOS: on Windows the token cannot be handed on in secret.")
    has_own_token = bool(os.environ.get("MATOMO_TOKEN", "").strip())
    outer: Mapping[str, Any] = ctx.obj or {}
    given = {**outer, **{key: value for key, value in flags.items() if value is not None}}
    has_own_token = has_own_token or bool(given.get("token_file"))
    variable = os.environ.get(_PASSWORD_VARIABLE, "")
    start = prepare(given)
    _check(start)
    takes_input = interactive or allow_writes
    if takes_input and given.get("kiosk"):
        stop("A kiosk takes no keys: leave out --kiosk, or --interactive and --allow-writes.")
    _check_public_url(public_url)
    if allow_writes and given.get("read_only"):
        stop("--read-only and --allow-writes contradict each other: leave out one of them.")
    needed = takes_input or _is_reached(host, public_url)
    password = _password(password_file, variable, needed=needed)
    launch = _launch(start, given, has_own_token=has_own_token, kiosk=not takes_input, read_only=not allow_writes)
    print_errors_as_lines("matomo-tui serve")
    _run(launch, password, host, port, public_url, takes_input=takes_input)


def _check(start: Start) -> None:
    """Stop with a sentence if the dashboard could not connect by itself."""
    from matomo_tui.config.secrets import SecretError

    if start.settings.demo:
        return
    start.need_matomo("No Matomo to show.")
    try:
        start.token.at_hand()
    except SecretError as error:
        stop(str(error))
    if not start.token.may_find():
        stop(start.token.missing())


def _check_public_url(url: str) -> None:
    """Stop with a sentence if no request could be for ``url``, such as one without ``https://``."""
    from urllib.parse import urlsplit

    has_more = False
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        has_more = parts.path not in ("", "/") or bool(parts.query or parts.fragment) or "@" in parts.netloc
    except ValueError:
        is_good = False
    if url and not is_good:
        stop(f"--public-url needs an address with http:// or https://, such as https://wall.example.org: {url}")
    if has_more:
        stop(f"--public-url takes an address without a path, such as https://wall.example.org: {url}")


def _is_reached(host: str, public_url: str) -> bool:
    """Return True if other computers reach the server, by itself or through a proxy."""
    from urllib.parse import urlsplit

    public = urlsplit(public_url).hostname
    return not _is_local(host) or (public is not None and not _is_local(public))


def _is_local(host: str) -> bool:
    import ipaddress

    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _password(file: str | None, variable: str, *, needed: bool) -> Secret | None:
    """The password, a new one if none is given but one is ``needed``."""
    from pathlib import Path

    from matomo_tui.api.secret import Secret
    from matomo_tui.config.secrets import SecretError, checked_password, read_password_file

    try:
        if file is not None:
            return read_password_file(Path(file).expanduser(), "password")
        if variable:
            return checked_password(variable, "password", _PASSWORD_VARIABLE)
    except SecretError as error:
        stop(str(error))
    if not needed:
        return None
    import secrets

    password = secrets.token_urlsafe(12)
    click.echo(f"The password of this run, for any user name: {password}", err=True)
    return Secret(password)


def _launch(start: Start, given: Mapping[str, Any], *, has_own_token: bool, kiosk: bool, read_only: bool) -> Launch:
    from matomo_tui.web.served_process import Launch

    words = [sys.executable, "-m", "matomo_tui", "--color", "truecolor"]
    words += [] if not read_only else ["--read-only"]
    words += _kiosk_words(given) if kiosk else []
    words += ["--demo"] if start.settings.demo else []
    for name in _HANDED_ON:
        value = given.get(name)
        if value is not None and value is not False:
            words += [f"--{name.replace('_', '-')}"] + ([] if value is True else [str(value)])

    async def token() -> Secret | None:
        return await start.token.fetch() if has_own_token and not start.settings.demo else None

    return Launch(words, token, dict(os.environ))


def _kiosk_words(given: Mapping[str, Any]) -> list[str]:
    """The options of the kiosk, as they are written on a command line."""
    words = ["--kiosk"]
    if (rotate := given.get("rotate")) is not None:
        words += ["--rotate", f"{rotate:.0f}s"]
    if sites := given.get("kiosk_sites"):
        words += ["--kiosk-sites", ",".join(sites)]
    if (night := given.get("night")) is not None:
        words += ["--night", "-".join(f"{minutes // 60:02}:{minutes % 60:02}" for minutes in night) or "off"]
    return words


def _run(launch: Launch, password: Secret | None, host: str, port: int, public_url: str, *, takes_input: bool) -> None:
    import socket

    from matomo_tui.cli.running import run_until_signal
    from matomo_tui.web.gatekeeper import Gatekeeper
    from matomo_tui.web.web_server import DashboardServer

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host.strip("[]"), port), family=family)
    except OSError as error:
        reason = (error.strerror or str(error)).partition(" (while")[
            0
        ]  # Python adds the address, which is here already
        stop(f"Cannot listen on {host} port {port}: {reason}.")
    shown = f"[{host}]" if ":" in host else host
    address = public_url or f"http://{shown}:{listening.getsockname()[1]}/"
    click.echo(f"Serving the dashboard at {address}; ctrl+c ends it.", err=True)
    if _is_reached(host, public_url) and not public_url.lower().startswith("https:"):
        click.echo("This is plain http: anyone on the network path can read the password and the screen.", err=True)
    server = DashboardServer(
        launch,
        Gatekeeper(password, public_url=public_url),
        title="matomo-tui",
        takes_input=takes_input,
        comes_back=not takes_input,
        report=lambda sentence: click.echo(f"matomo-tui serve: {sentence}", err=True),
    )
    run_until_signal(server.serve(listening), serves=True)
