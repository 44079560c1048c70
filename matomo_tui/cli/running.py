"""Runs the coroutine of a command: errors become sentences and exit codes, signals end it cleanly."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, TypeVar

import click

from matomo_tui.api.errors import MatomoError
from matomo_tui.cli.error_lines import errors_as_lines
from matomo_tui.cli.errors import forget, stop
from matomo_tui.cli.startup import Start, prepare
from matomo_tui.config.secrets import SecretError
from matomo_tui.headless.exit_codes import ExitCode, exit_code

T = TypeVar("T")


def start_from(ctx: click.Context, flags: Mapping[str, Any], *, connects: bool = True) -> Start:
    """Resolve the settings of a command from its own ``flags`` and those given before its name.

    Exits with code 2 and a sentence if they are invalid; if it ``connects``, also if they name no Matomo.
    """
    outer: Mapping[str, Any] = ctx.obj or {}
    start = prepare({**outer, **{key: value for key, value in flags.items() if value is not None}})
    if connects:
        start.need_matomo()
    return start


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run ``work`` as :func:`run_until_signal` does, and return its result.

    Exits instead with a sentence on standard error and the code of a ``MatomoError`` (see ``exit_code``), with 2 for a
    ``SecretError``, and with 0 if the reader closed the pipe of the output.
    """
    try:
        with errors_as_lines("matomo-tui"):
            return run_until_signal(work)
    except MatomoError as error:
        stop(_sentence(error), exit_code(error))
    except SecretError as error:
        stop(str(error), ExitCode.USAGE)
    except KeyboardInterrupt:
        raise SystemExit(ExitCode.INTERRUPTED) from None
    except BrokenPipeError:
        forget(sys.stdout)
        raise SystemExit(ExitCode.DONE) from None


def run_until_signal(work: Coroutine[Any, Any, T], *, serves: bool = False) -> T:
    """Run ``work`` and return its result; it raises what ``work`` raises.

    SIGINT, SIGTERM and SIGHUP cancel ``work``, so that it closes its connections. Once it has done so, the process
    ends, without waiting for threads that still work: with 130 after SIGINT, and by the others as they do by default.
    With ``serves`` it ends with 0 after SIGINT and SIGTERM: a server that was asked to end has done what it was asked.
    """
    given = 0

    async def cancellable() -> T:
        task = asyncio.ensure_future(work)
        interrupt = signal.getsignal(signal.SIGINT)

        def end(number: int) -> None:
            nonlocal given
            given = number
            task.cancel()

        def interrupted(number: int, frame: FrameType | None) -> None:
            nonlocal given
            given = number
            if callable(interrupt):  # asyncio's: it cancels this task, and a second one interrupts whatever is running
                interrupt(number, frame)

        if callable(interrupt):
            signal.signal(signal.SIGINT, interrupted)
        with suppress(NotImplementedError, AttributeError):  # Windows
            for one in (signal.SIGTERM, signal.SIGHUP):
                if signal.getsignal(one) is not signal.SIG_IGN:  # nohup
                    asyncio.get_running_loop().add_signal_handler(one, end, one)
        try:
            return await task
        finally:
            if given:
                _end_by(given, serves=serves)
            signal.signal(signal.SIGINT, interrupt)

    return asyncio.run(cancellable())


def _end_by(number: int, *, serves: bool) -> None:
    """End the process after a signal. Everything is closed; threads that still work are not waited for."""
    _flush()
    if serves and number in (signal.SIGINT, signal.SIGTERM):
        os._exit(ExitCode.DONE)
    if number == signal.SIGINT:
        os._exit(ExitCode.INTERRUPTED)
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


@contextmanager
def reader_may_end() -> Iterator[None]:
    """Discard what is printed in the block after its reader has ended: the command has an exit code of its own."""
    try:
        yield
    except BrokenPipeError:
        forget(sys.stdout)


def _sentence(error: MatomoError) -> str:
    return f"{error} Use --url {error.offer}" if error.offer else str(error)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
