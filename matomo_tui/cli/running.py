"""Runs the coroutine of a command: errors become sentences and exit codes, signals end it cleanly."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from typing import Any, TypeVar

import click

from matomo_tui.api.errors import MatomoError
from matomo_tui.cli.error_lines import errors_as_lines
from matomo_tui.cli.errors import stop
from matomo_tui.cli.startup import Start, prepare
from matomo_tui.config.secrets import SecretError
from matomo_tui.headless.exit_codes import ExitCode, exit_code

T = TypeVar("T")


def start_from(ctx: click.Context, flags: Mapping[str, Any]) -> Start:
    """Resolve the settings of a command from its own ``flags`` and those given before its name."""
    outer: Mapping[str, Any] = ctx.obj or {}
    return prepare({**outer, **{key: value for key, value in flags.items() if value is not None}})


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run ``work`` and return its result.

    Exits instead with a sentence on standard error and the code of a ``MatomoError`` (see ``exit_code``), with 2 for a
    ``SecretError``, with 130 after SIGINT, and with 0 if the reader closed the pipe of the output. SIGTERM and
    SIGHUP cancel ``work``, so that connections are closed, and then end the process as they do by default.
    """
    terminated = 0

    async def cancellable() -> T:
        nonlocal terminated
        task = asyncio.ensure_future(work)

        def terminate(number: int) -> None:
            nonlocal terminated
            terminated = number
            task.cancel()

        with suppress(NotImplementedError, AttributeError):  # Windows
            for number in (signal.SIGTERM, signal.SIGHUP):
                if signal.getsignal(number) is not signal.SIG_IGN:  # nohup
                    asyncio.get_running_loop().add_signal_handler(number, terminate, number)
        try:
            return await task
        except asyncio.CancelledError:
            if terminated:
                _end_by(terminated)
            raise

    try:
        with errors_as_lines("matomo-tui"):
            return asyncio.run(cancellable())
    except MatomoError as error:
        stop(_sentence(error), exit_code(error))
    except SecretError as error:
        stop(str(error), ExitCode.USAGE)
    except KeyboardInterrupt:
        raise SystemExit(ExitCode.INTERRUPTED) from None
    except BrokenPipeError:
        forget_output()
        raise SystemExit(ExitCode.DONE) from None


def _end_by(number: int) -> None:
    """End the process by a signal. Everything is closed; threads that still work are not waited for."""
    _flush()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def forget_output() -> None:
    """Discard the output that could not be written, so that Python does not try once more when it exits."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _sentence(error: MatomoError) -> str:
    return f"{error} Use --url {error.offer}" if error.offer else str(error)


def _flush() -> None:
    with suppress(OSError):
        sys.stdout.flush()
