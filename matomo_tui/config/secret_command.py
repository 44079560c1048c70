"""Runs commands that print a secret (``pass``, ``op``, ``vault``) without shell and input, with a time limit."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import Sequence

from matomo_tui.api.secret import without_secrets
from matomo_tui.sanitize import sanitize

SECRET_VARIABLES = ("MATOMO_TOKEN", "MATOMO_TUI_SERVE_PASSWORD")
"""Environment variables that child processes do not get."""


def child_environment() -> dict[str, str]:
    """Return the environment for child processes: this one without secrets."""
    return {key: value for key, value in os.environ.items() if key not in SECRET_VARIABLES}


class CommandError(Exception):
    """The command failed; the text continues a sentence that begins with "The token_command"."""


class Command:
    """One run of a command, which another thread may :meth:`kill`."""

    def __init__(self, words: Sequence[str], *, timeout: float) -> None:
        self._words = list(words)
        self._timeout = timeout
        self._process: subprocess.Popen[bytes] | None = None
        self._killed = False

    def run(self) -> str:
        """Run the command and return its standard output.

        Raises :class:`CommandError` with its standard error, sanitized and without secrets."""
        name = self._words[0]
        try:
            self._process = subprocess.Popen(  # noqa: S603 (the user's own command, run without a shell)
                self._words,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=child_environment(),
                start_new_session=True,
            )
        except OSError as error:
            raise CommandError(f"could not be started: {name!r}: {error.strerror}.") from None
        if self._killed:
            self.kill()
        try:
            output, errors = self._process.communicate(timeout=self._timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.communicate()
            raise CommandError(f"({name!r}) gave no answer in {self._timeout:g} seconds and was stopped.") from None
        if self._process.returncode != 0:
            message = without_secrets(sanitize(errors.decode("utf-8", "replace"), 200).strip())
            raise CommandError(
                f"({name!r}) failed with exit code {self._process.returncode}" + (f": {message}" if message else ".")
            )
        return output.decode("utf-8", "replace")

    async def fetch(self) -> str:
        """:meth:`run` in a thread; cancelling kills the command."""
        from matomo_tui.config.background import in_daemon_thread

        try:
            return await in_daemon_thread(self.run)
        except asyncio.CancelledError:
            self.kill()
            raise

    def kill(self) -> None:
        """Kill the command and its child processes."""
        self._killed = True
        if self._process is None or self._process.poll() is not None:
            return
        with contextlib.suppress(OSError):
            if os.name == "posix":
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()
