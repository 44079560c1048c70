"""Options shared by the commands. Imports only click, which keeps ``--help`` fast.

An option that is not given is ``None``, so that the environment, the profile or the default applies.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


EXIT_CODES = """
\b
Exit codes:
  0    done
  1    Matomo refused: token, access, method, parameter; the same command would fail again
  2    wrong usage or configuration
  3    try again later: no connection, no answer in time, maintenance, rate limit, lockout
  130  interrupted with ctrl+c
"""
"""Epilogue of the commands that print data; ``headless.exit_codes`` has the reasons."""


class NoTokenOption(click.Command):
    """A command that explains why it has no ``--token`` option if one is given."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            if error.option_name not in ("--token", "--token-auth", "--token_auth"):
                raise
            raise click.UsageError(
                f"There is no {error.option_name}: every user of this machine can read a command line, and the "
                "shell's history keeps it. Use --token-file FILE (mode 0600), MATOMO_TOKEN, or a "
                "profile's token_command.",
                ctx,
            ) from None


PROFILES = "matomo_tui.profiles"
"""Where click's context has all names given by ``--profile``."""


def _first_profile(ctx: click.Context, _param: click.Parameter, names: tuple[str, ...]) -> str | None:
    """Return the first profile. The dashboard finds the others, which get tabs, in the context."""
    if len(names) > 1 and not isinstance(ctx.command, click.Group):
        raise click.UsageError(
            "This command takes one --profile; only the dashboard takes several, a tab for each.", ctx
        )
    ctx.meta[PROFILES] = names
    return names[0] if names else None


def _checked(_ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    if value is None:
        return None
    from matomo_tui.config.validation import CHECKS

    try:
        return CHECKS[str(param.name)](value)
    except ValueError as error:
        raise click.BadParameter(f"{error}.") from None


def _absolute(_ctx: click.Context, _param: click.Parameter, file: str | None) -> str | None:
    """The path from the root: a profile that it is saved in would read it from the configuration's folder. A link is
    kept, which may point elsewhere later."""
    return None if file is None else os.path.abspath(file)


def complete_profiles(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Return the profiles for the shell's completion; none if the configuration cannot be read."""
    from matomo_tui.config.profile_store import ProfileStore
    from matomo_tui.config.validation import ConfigError

    try:
        names = ProfileStore().read().by_name
    except ConfigError:
        return []
    return [name for name in names if name.startswith(incomplete)]


_SITE = click.option(
    "--site",
    metavar="ID|NAME",
    callback=_checked,
    help="The site.  [env: MATOMO_SITE; default: the profile's, else the first one]",
)


def _profile_option(help: str) -> Callable[[F], F]:
    return click.option(
        "--profile",
        metavar="NAME",
        multiple=True,
        callback=_first_profile,
        shell_complete=complete_profiles,
        help=f"{help}  [env: MATOMO_TUI_PROFILE; default: the file's default]",
    )


_PROFILE = _profile_option("Profile in config.toml.")
_PROFILES_OF_TABS = _profile_option("Profile in config.toml; given several times, each opens a tab.")
_CONNECTION = (
    click.option(
        "--url",
        metavar="ADDRESS",
        callback=_checked,
        help="Address of the Matomo: a host or a URL, with or without index.php.  "
        "[env: MATOMO_URL; default: the profile's]",
    ),
    _SITE,
    _PROFILE,
    click.option(
        "--token-file",
        metavar="FILE",
        type=click.Path(),
        help="File with the token in its first line, readable only by you (mode 0600).  "
        "[default: MATOMO_TOKEN, else the profile's token_command, keyring or file]",
    ),
    click.option(
        "--auth",
        type=click.Choice(["post", "bearer"]),
        help="How to send the token: post in the body, bearer as a header (OAuth 2.0).  [default: post]",
    ),
    click.option(
        "--ca-bundle",
        metavar="FILE",
        type=click.Path(exists=True, dir_okay=False),
        callback=_absolute,
        help="PEM file of certificates to trust.  [default: the system's]",
    ),
    click.option("--demo", is_flag=True, default=None, help="Use the built-in demo Matomo, without a network."),
)

interval_option = click.option(
    "--interval",
    metavar="SECONDS",
    callback=_checked,
    help="Seconds between two polls, 2 to 3600; 0 pauses.  [env: MATOMO_TUI_INTERVAL; default: 5]",
)

_TERMINAL = (
    click.option(
        "--no-mouse",
        "mouse",
        flag_value=False,
        type=bool,
        default=None,
        help="Leave the mouse to the terminal.  [default: use the mouse]",
    ),
    click.option(
        "--color",
        type=click.Choice(["auto", "none", "16", "256", "truecolor"]),
        help="Number of colours.  [env: NO_COLOR means none; default: auto]",
    ),
    click.option(
        "--ascii",
        is_flag=True,
        default=None,
        help="Draw lines and symbols in ASCII; texts keep their letters.  [default: Unicode]",
    ),
)
_DISPLAY = (
    interval_option,
    click.option(
        "--plain",
        is_flag=True,
        help="Print the live screen as lines, for screen readers, dumb terminals and pipes.  [default: off]",
    ),
    click.option("--read-only", is_flag=True, default=None, help="Send no writes.  [default: off]"),
    *_TERMINAL,
)


def _names(_ctx: click.Context, _param: click.Parameter, value: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in (value or "").split(",") if name.strip())


_FORMAT = (
    click.option(
        "--format",
        "output_format",
        type=click.Choice(["table", "json", "csv", "tsv", "ndjson", "markdown"]),
        default="table",
        show_default=True,
        help="Format of the output. A table fits the terminal; in a pipe its cells are separated by tabs.",
    ),
    click.option(
        "--columns",
        metavar="A,B,…",
        callback=_names,
        help="Columns of table, csv, tsv and markdown, in this order.  [default: all]",
    ),
    click.option("--quiet", "-q", is_flag=True, help="Print only data and errors: no remarks, no progress."),
)


def format_options(command: F) -> F:
    """Add the options for the format of printed data."""
    return _with_options(command, _FORMAT)


_RECORDING = (
    click.option(
        "--record",
        metavar="FILE",
        type=click.Path(dir_okay=False),
        help="Record every answer, for matomo-tui replay FILE; addresses, user ids and names are masked.",
    ),
    click.option("--record-personal", is_flag=True, default=None, help="Record addresses, user ids and names too."),
    click.option(
        "--record-size",
        metavar="MB",
        type=click.IntRange(1, 1_000_000),
        help="Megabytes of a recording with its older files FILE.1, FILE.2 and so on.  [default: 500]",
    ),
    click.option(
        "--record-hours",
        metavar="HOURS",
        type=click.IntRange(1, 100_000),
        help="Hours after which recorded answers are deleted.  [default: 168]",
    ),
)


_DURATION = re.compile(r"(\d{1,5})\s*(s|m|min|h)?")
_UNITS = {"": 1, "s": 1, "m": 60, "min": 60, "h": 3600}
_NIGHT = re.compile(r"([01]?\d|2[0-3])(?::([0-5]\d))?-([01]?\d|2[0-3])(?::([0-5]\d))?")


def _duration(_ctx: click.Context, _param: click.Parameter, value: str | None) -> float | None:
    if value is None:
        return None
    found = _DURATION.fullmatch(value.strip())
    seconds = int(found[1]) * _UNITS[found[2] or ""] if found else -1
    if seconds != 0 and not 3 <= seconds <= 86_400:
        raise click.BadParameter("give seconds, minutes or hours from 3s to 24h, such as 30s or 2m; 0 does not rotate.")
    return float(seconds)


def _night(_ctx: click.Context, _param: click.Parameter, value: str | None) -> tuple[int, ...] | None:
    if value is None or value.strip().lower() == "off":
        return None if value is None else ()
    found = _NIGHT.fullmatch(value.strip())
    if not found:
        raise click.BadParameter("give two times of this computer's clock, such as 22:00-06:30, or off.")
    begin, end = (int(found[n]) * 60 + int(found[n + 1] or 0) for n in (1, 3))
    return begin, end


_KIOSK = (
    click.option(
        "--kiosk", is_flag=True, default=None, help="A screen for a wall: large figures, no keys but quit, read-only."
    ),
    click.option(
        "--rotate",
        metavar="TIME",
        callback=_duration,
        help="In the kiosk, how long each pane is shown: 20s, 2m; 0 shows one pane.  [default: 30s]",
    ),
    click.option(
        "--kiosk-sites",
        metavar="ID|NAME,…|all",
        callback=_names,
        help="Sites that the kiosk shows in turn.  [default: the one of --site]",
    ),
    click.option(
        "--night",
        metavar="HH:MM-HH:MM|off",
        callback=_night,
        help="When the kiosk is dimmed, by this computer's clock.  [default: 22:00-06:00]",
    ),
)


def connection_options(command: F) -> F:
    """Add the options for the server, the site and the token's source."""
    return _with_options(command, _CONNECTION)


def dashboard_options(command: F) -> F:
    """Add those of ``connection_options`` for the dashboard, which takes several profiles, and those of its display."""
    connection = (_PROFILES_OF_TABS if option is _PROFILE else option for option in _CONNECTION)
    return _with_options(command, (*connection, *_DISPLAY))


def connection_options_without_site(command: F) -> F:
    """Add the options for the server and the token's source, for a command with an option of its own for sites."""
    return _with_options(command, tuple(option for option in _CONNECTION if option is not _SITE))


def display_options(command: F) -> F:
    """Add the options for the dashboard's display and behaviour."""
    return _with_options(command, _DISPLAY)


def terminal_options(command: F) -> F:
    """Add the options for colours, characters and the mouse."""
    return _with_options(command, _TERMINAL)


def recording_options(command: F) -> F:
    """Add the options for a recording."""
    return _with_options(command, _RECORDING)


def kiosk_options(command: F) -> F:
    """Add the options for a screen on a wall."""
    return _with_options(command, _KIOSK)


def _with_options(command: F, options: Sequence[Callable[[F], F]]) -> F:
    for option in reversed(options):
        command = option(command)
    return command
