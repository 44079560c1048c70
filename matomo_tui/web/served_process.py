"""One process of the dashboard behind a browser's page."""

from __future__ import annotations

import asyncio
import os
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

from matomo_tui.api.secret import Secret, without_secrets
from matomo_tui.sanitize import sanitize

_WEB_DRIVER = "textual.drivers.web_driver:WebDriver"  # as ui.terminal.requirements expects it
_PATIENCE = 5.0
"""Seconds for the process to end by itself before it is killed."""
_SMALLEST, _LARGEST = (20, 5), (500, 200)
_ERROR_LINES = 5


@dataclass(frozen=True, slots=True)
class Launch:
    """How the dashboard is started."""

    words: Sequence[str]
    """The command, without a shell and without the token."""
    token: Callable[[], Awaitable[Secret | None]]
    """Fetches the token to hand to the process; None if the process finds it by itself, in the profile's place."""
    environment: Mapping[str, str]


class ServedProcess(AppService):
    """Starts the process without a shell, and hands it the token through a pipe.

    Neither the list of processes nor the environment of the process, which others may read, ever has the token.
    """

    def __init__(
        self,
        launch: Launch,
        *,
        write_bytes: Callable[[bytes], Awaitable[None]],
        write_str: Callable[[str], Awaitable[None]],
        close: Callable[[], Awaitable[None]],
        downloads: DownloadManager,
        report: Callable[[str], None],
    ) -> None:
        """``report`` gets what the process writes to standard error, sanitized, line by line."""
        super().__init__(
            launch.words[0],
            write_bytes=write_bytes,
            write_str=write_str,
            close=close,
            download_manager=downloads,
        )
        self._launch = launch
        self._report = report
        self._errors: asyncio.Task[None] | None = None

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        width, height = bounded_size(width, height)
        token = await self._launch.token()
        words, pipe = list(self._launch.words), None
        if token is not None:
            pipe = _filled_pipe(token)
            words += ["--token-file", f"/dev/fd/{pipe}"]
        try:
            process = await asyncio.create_subprocess_exec(
                *words,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=self._environment(width, height),
                pass_fds=() if pipe is None else (pipe,),
            )
        finally:
            if pipe is not None:
                os.close(pipe)
        self._process, self._stdin = process, process.stdin
        self._errors = asyncio.create_task(self._report_errors(process.stderr))
        process.stderr = asyncio.StreamReader()  # the base class would print the bytes as they are
        process.stderr.feed_eof()
        return process

    async def stop(self, patience: float = _PATIENCE) -> None:
        """End the process, by force if it does not end by itself within ``patience`` seconds, or if this is cancelled:
        a server that is ending waits no longer."""
        try:
            try:
                await asyncio.wait_for(self._quit(), patience)
            except (TimeoutError, ConnectionError):
                self._task = None
            if self._process is not None:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._process.wait(), patience)
        finally:
            if self._process is not None and self._process.returncode is None:
                with suppress(ProcessLookupError):
                    self._process.kill()
                await self._process.wait()
        if self._errors is not None:
            await self._errors
            self._errors = None

    async def _quit(self) -> None:
        """As the base class ends it, but also if it is stopped twice at once: with its page, and with the server."""
        task = self._task
        if task is not None:
            await self._download_manager.cancel_app_downloads(app_service_id=self.app_service_id)
            await self.send_meta({"type": "quit"})
            await task
            self._task = None

    def _environment(self, width: int, height: int) -> dict[str, str]:
        return {
            **self._launch.environment,
            "TEXTUAL_DRIVER": _WEB_DRIVER,
            "TERM": "xterm-256color",
            "COLUMNS": str(width),
            "ROWS": str(height),
        }

    async def _report_errors(self, stream: asyncio.StreamReader | None) -> None:
        if stream is None:
            return
        kept = b""
        while data := await stream.read(4096):
            kept = (kept + data)[-8192:]
        for line in kept.decode("utf-8", "replace").splitlines()[-_ERROR_LINES:]:
            if shown := sanitize(line).strip():
                self._report(without_secrets(shown))


def bounded_size(width: int, height: int) -> tuple[int, int]:
    """A browser's size in cells, within what a screen can have."""
    return (
        min(_LARGEST[0], max(_SMALLEST[0], width)),
        min(_LARGEST[1], max(_SMALLEST[1], height)),
    )


def _filled_pipe(token: Secret) -> int:
    """The reading end of a pipe with the token, which fits into its buffer."""
    reading, writing = os.pipe()
    try:
        os.write(writing, token.reveal().encode() + b"\n")
    finally:
        os.close(writing)
    return reading
