"""The command ``matomo-tui``: the dashboard by default; sub-commands are imported when called."""

from __future__ import annotations

import errno
import gc
import importlib
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NoReturn

import click

from matomo_tui import __version__
from matomo_tui.cli.options import (
    EXIT_CODES,
    PROFILES,
    NoTokenOption,
    dashboard_options,
    kiosk_options,
    recording_options,
)

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_COMMANDS = {
    "report": ("matomo_tui.cli.report", "Print a report by its name."),
    "get": ("matomo_tui.cli.get", "Print the answer of any API method that reads."),
    "watch": ("matomo_tui.cli.watch", "Print visits, page views or counters as they happen, one JSON object a line."),
    "sites": ("matomo_tui.cli.sites", "List the sites that the token may view."),
    "goals": ("matomo_tui.cli.goals", "List the goals of a site."),
    "segments": ("matomo_tui.cli.segments", "List the saved segments of a site."),
    "alerts": ("matomo_tui.cli.alerts", "List the alert rules, try them, and show what fired."),
    "metrics": ("matomo_tui.cli.metrics", "Export live figures to Prometheus."),
    "audit": ("matomo_tui.cli.audit", "Show the writes sent to a Matomo and the calls of AI agents."),
    "check": ("matomo_tui.cli.check", "Test the connection and print the results line by line."),
    "config": ("matomo_tui.cli.config", "Show, check and edit the configuration file."),
    "keys": ("matomo_tui.cli.keys", "Print the keys of every screen."),
    "completion": ("matomo_tui.cli.completion", "Print the completion script for bash, zsh or fish."),
    "manual": ("matomo_tui.cli.manual", "Print the manual page."),
    "login": ("matomo_tui.cli.login", "Log in with OAuth 2.0 instead of a token."),
    "logout": ("matomo_tui.cli.logout", "End an OAuth 2.0 login and remove its tokens."),
    "profiles": ("matomo_tui.cli.profiles", "List, rename and remove profiles."),
    "replay": ("matomo_tui.cli.replay", "Replay a recording that --record wrote."),
    "examples": ("matomo_tui.cli.examples", "Print files to start from, such as for a kiosk."),
    "mcp": ("matomo_tui.cli.mcp", "Serve the live data to AI agents (Model Context Protocol)."),
    "serve": ("matomo_tui.cli.serve", "Serve the dashboard to a browser."),
    "demo-server": ("matomo_tui.cli.demo_server", "Serve the built-in demo Matomo over HTTP."),
}

_RECORDING = ("record", "record_personal", "record_size", "record_hours")
"""The options of a recording, which only the dashboard makes."""

_CANNOT_BE_WRITTEN = frozenset({errno.ENOSPC, errno.EIO, errno.EFBIG, errno.EDQUOT, errno.EPIPE, errno.EBADF})


class _LazyGroup(NoTokenOption, click.Group):
    """A group that lists its commands without importing them, which keeps ``--help`` fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        command = importlib.import_module(_COMMANDS[cmd_name][0]).command
        return command if isinstance(command, click.Command) else None

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """As click's, which prints ``--help`` and ``--version``."""
        with _ends_with_its_reader():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """As click's; ctrl+c, also while the dashboard starts, is exit code 130 without a word."""
        try:
            with _ends_with_its_reader():
                return super().invoke(ctx)
        except KeyboardInterrupt:
            from matomo_tui.headless.exit_codes import ExitCode

            raise SystemExit(ExitCode.INTERRUPTED) from None

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete commands without importing them, and options."""
        from click.shell_completion import CompletionItem

        commands = ((name, sentence) for name, (_, sentence) in _COMMANDS.items() if name.startswith(incomplete))
        items = [CompletionItem(name, help=sentence) for name, sentence in commands]
        return [*items, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, sentence) for name, (_, sentence) in _COMMANDS.items()])


@click.group(
    cls=_LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=f"Without a profile, --url or --demo, the connect screen asks for an address. ctrl+q quits.\n{EXIT_CODES}",
)
@dashboard_options
@recording_options
@kiosk_options
@click.version_option(__version__, message="matomo-tui %(version)s")
@click.pass_context
def cli(ctx: click.Context, /, **flags: Any) -> None:
    """Watch a Matomo site live in the terminal."""
    ctx.obj = flags
    if ctx.invoked_subcommand is not None or flags["plain"]:
        gc.enable()
    if flags["plain"] and (unused := [name for name in (*_RECORDING, "kiosk") if flags[name]]):
        raise click.UsageError(f"{_option(unused[0])} needs the screen: it cannot be combined with --plain.")
    if ctx.invoked_subcommand is not None and (unused := [name for name in _RECORDING if flags[name]]):
        raise click.UsageError(f"{_option(unused[0])} is for the dashboard: {ctx.invoked_subcommand} records nothing.")
    profiles = ctx.meta.get(PROFILES, ())
    if flags["plain"] and len(profiles) > 1:
        raise click.UsageError("--plain prints one Matomo: give one --profile.")
    if ctx.invoked_subcommand is None and flags["plain"]:
        from matomo_tui.cli.plain import run_plain

        run_plain(flags)
    elif ctx.invoked_subcommand is None:
        # Collecting garbage would take an eighth of the start; ui/terminal/gc_tuning.py resumes it later.
        gc.disable()
        try:
            from matomo_tui.cli.dashboard import run

            run(flags, profiles)
        finally:
            gc.enable()
    elif len(profiles) > 1:
        raise click.UsageError(f"{ctx.invoked_subcommand} takes one --profile; only the dashboard takes several.")


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


@contextmanager
def _ends_with_its_reader() -> Iterator[None]:
    """Exit with 0 once nobody reads the output any more, as ``| head`` does: click would exit with 1. An error keeps
    its own code, also if nobody reads its message."""
    try:
        yield
    except click.ClickException as error:
        from matomo_tui.cli.errors import fail

        fail(error, error.exit_code)
    except BrokenPipeError as error:
        if not _is_of_the_output(error, only_data=True):
            raise
        from matomo_tui.cli.errors import forget

        forget(sys.stdout)
        raise SystemExit(0) from None


def main() -> NoReturn:
    """Run the command line and exit. Exit codes: 0 success, 1 failure, 2 wrong usage."""
    try:
        cli(prog_name="matomo-tui")
    except OSError as error:
        if not _is_of_the_output(error):
            _crash(error)
        _give_up(error)
    except Exception as error:  # noqa: BLE001 (a bug; its traceback may end with a secret)
        _crash(error)
    finally:
        _flush()
    raise SystemExit(0)


def _crash(error: Exception) -> NoReturn:
    """Exit after a bug: print a sentence, and write the traceback to a file."""
    from matomo_tui.config.crash_file import EXIT_CODE, crash_message, write_crash_file

    click.echo(crash_message(error, write_crash_file(error)), err=True)
    raise SystemExit(EXIT_CODE)


def _is_of_the_output(error: OSError, *, only_data: bool = False) -> bool:
    """Return True if click raised ``error`` while printing; a full disk may cause the same error elsewhere.

    With ``only_data``, messages on standard error do not count: a login that nobody could read was not made."""
    innermost, of_messages = ("", ""), False
    for frame, _ in traceback.walk_tb(error.__traceback__):
        innermost = frame.f_globals.get("__name__", ""), frame.f_code.co_name
        of_messages = bool(frame.f_locals.get("err"))
    is_printing = innermost == ("click.utils", "echo") and not (only_data and of_messages)
    return error.errno in _CANNOT_BE_WRITTEN and is_printing


def _flush() -> None:
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except OSError as error:
        if error.errno not in _CANNOT_BE_WRITTEN:
            raise
        _give_up(error)


def _give_up(error: OSError) -> NoReturn:
    """Exit with code 1 after a failed write to the output (``> /dev/full``): report it on standard error.

    ``os._exit`` prevents Python from flushing the output once more."""
    with suppress(OSError):
        os.write(2, f"matomo-tui: the output cannot be written: {error.strerror}.\n".encode())
    os._exit(1)
