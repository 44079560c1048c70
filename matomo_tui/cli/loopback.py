"""Receives the redirect of a login in the browser: a server on 127.0.0.1 that takes one answer."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

from matomo_tui.api.errors import BadRequest, TimedOut
from matomo_tui.api.oauth import CODE_LIFETIME, OAuthRefused, code_in
from matomo_tui.api.secret import Secret

PATH = "/callback"
"""The path of the redirect. The plug-in takes any port for 127.0.0.1, but not the name localhost."""
_LONGEST_HEAD = 32_768
_PATIENCE = 10.0
"""Seconds for one request's head to arrive."""
_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>matomo-tui</title></head>
<body style="font-family: sans-serif; margin: 4em; max-width: 40em"><h1>matomo-tui</h1><p>{}</p></body></html>
"""
_RECEIVED = "The terminal has the answer. You can close this page."
_REFUSED = "The login was refused; the terminal says why. You can close this page."
_OF_ANOTHER = "This answer does not belong to the login that is under way. Go back to the page that was opened last."
_NOTHING = "There is nothing here."


class RedirectListener:
    """Listens on a free port of 127.0.0.1 while it is entered, for a redirect with ``state``."""

    def __init__(self, state: str) -> None:
        self._state = state
        self._server: asyncio.Server | None = None
        self._answer: asyncio.Future[Secret] | None = None
        self.redirect_uri = ""
        """The address that the browser is sent to."""

    async def __aenter__(self) -> Self:
        self._answer = asyncio.get_running_loop().create_future()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=_LONGEST_HEAD)
        self.redirect_uri = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}{PATH}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()

    async def code(self, patience: float = CODE_LIFETIME) -> Secret:
        """Wait for the redirect and return its authorization code. Other requests are answered and change nothing.

        Raises ``OAuthRefused`` if Matomo or the user refused, and ``TimedOut`` after ``patience`` seconds."""
        if self._answer is None:
            raise RuntimeError("the listener is not entered")
        try:
            async with asyncio.timeout(patience):
                return await self._answer
        except TimeoutError:
            raise TimedOut(f"The browser sent no answer within {patience / 60:.0f} minutes. Start again.") from None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                head = await reader.readuntil(b"\r\n\r\n")
            status, text = self._judge(head.split(b"\r\n", 1)[0].decode("latin-1"))
            writer.write(_response(status, text))
            await writer.drain()
        except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError):
            pass  # not a browser that was sent here
        finally:
            writer.close()

    def _judge(self, line: str) -> tuple[str, str]:
        """Take the answer in a request line, and return the status and the text of the page."""
        method, _, rest = line.partition(" ")
        target = rest.partition(" ")[0]
        if method != "GET" or target.partition("?")[0] != PATH or self._answer is None or self._answer.done():
            return "404 Not Found", _NOTHING
        try:
            self._answer.set_result(code_in(target, self._state))
        except OAuthRefused as error:
            self._answer.set_exception(error)
            return "200 OK", _REFUSED
        except BadRequest:
            return "400 Bad Request", _OF_ANOTHER
        return "200 OK", _RECEIVED


def _response(status: str, text: str) -> bytes:
    body = _PAGE.format(text).encode()
    head = (
        f"HTTP/1.1 {status}",
        "Content-Type: text/html; charset=utf-8",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        "Referrer-Policy: no-referrer",
        "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'",
        "Connection: close",
    )
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body
