"""Runs a rule's command: no shell, no output, no token in its environment, killed after a time limit."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping, Sequence

from matomo_tui.alerts.delivery_error import DeliveryError
from matomo_tui.config.secret_command import child_environment

COMMAND_LIMIT = 30.0
"""Seconds that a command may run."""


async def run_command(words: Sequence[str], values: Mapping[str, str], *, limit: float = COMMAND_LIMIT) -> None:
    """Run ``words`` with ``values`` in its environment, as ``MATOMO_ALERT_RULE`` and so on.

    Its input is empty and its output is dropped. Raises :class:`DeliveryError` if it cannot be started, fails, or does
    not end within ``limit`` seconds; it is then killed with its child processes.
    """
    environment = child_environment() | {f"MATOMO_ALERT_{key.upper()}": value for key, value in values.items()}
    try:
        process = await asyncio.create_subprocess_exec(
            *words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
    except OSError as error:
        raise DeliveryError(f"the command {words[0]!r} could not be started: {error.strerror}", final=True) from None
    try:
        async with asyncio.timeout(limit):
            code = await process.wait()
    except TimeoutError:
        raise DeliveryError(f"the command {words[0]!r} took longer than {limit:g} s and was stopped") from None
    finally:
        if process.returncode is None:
            _kill(process)
            await process.wait()
    if code != 0:
        raise DeliveryError(f"the command {words[0]!r} failed with exit code {code}")


def _kill(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(OSError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
