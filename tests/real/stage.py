"""Connections for each role, and the output shared by all checks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import httpx

from matomo_tui.api.address import Address
from matomo_tui.api.client import Client
from matomo_tui.api.http import HttpTransport
from matomo_tui.api.secret import Secret
from matomo_tui.live.clock import Clock, SystemClock
from matomo_tui.sanitize import sanitize
from tests.real.raw import Raw
from tests.real.tokens import Tokens

Write = Callable[[str], object]
_LONGEST = 300


class Judge:
    """Prints a line per check and counts the results. Nothing in ``secrets`` is ever printed."""

    def __init__(self, write: Write, secrets: tuple[str, ...] = ()) -> None:
        self._write = write
        self._secrets = list(secrets)
        self.counts = {"ok": 0, "differs": 0, "skipped": 0}
        self.lines: list[str] = []

    def hide(self, secret: str) -> None:
        """Add a secret that must not be printed."""
        self._secrets.append(secret)

    def ok(self, what: str, note: str = "") -> None:
        """The program and the server agree."""
        self._line("ok", what, f" ({note})" if note else "")

    def differs(self, what: str, program: Any, server: Any) -> None:
        """The program and the server differ."""
        self._line(
            "differs", what, f"\n          program: {self.text(program)}\n          server:  {self.text(server)}"
        )

    def skipped(self, what: str, reason: str) -> None:
        """The check was not possible."""
        self._line("skipped", what, f": {reason}")

    def same(self, what: str, program: Any, server: Any, note: str = "") -> bool:
        """``ok`` if both are equal, else ``differs``."""
        if program == server:
            self.ok(what, note)
        else:
            self.differs(what, program, server)
        return bool(program == server)

    @property
    def closing(self) -> str:
        """The number of results of each kind."""
        return ", ".join(f"{count} {word}" for word, count in self.counts.items())

    def text(self, value: Any) -> str:
        """Format a value as one line without secrets."""
        text = value if isinstance(value, str) else repr(value)
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return sanitize(text, _LONGEST)

    def _line(self, word: str, what: str, rest: str) -> None:
        self.counts[word] += 1
        line = f"{word:8}  {self.text(what)}{rest}"
        self.lines.append(line)
        self._write(line)


@dataclass
class Stage:
    """One Matomo and the tokens for it.

    ``app`` answers in this process; ``clock`` returns the local time; ``make_client`` creates the program's client for
    a transport; ``site_id`` is the site to compare; ``most_reports`` limits the number of reports.
    """

    url: str
    tokens: Tokens
    judge: Judge
    app: Any = None
    clock: Clock = field(default_factory=SystemClock)
    make_client: Callable[..., Client] = Client
    site_id: int = 0
    most_reports: int | None = None
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    _http: httpx.AsyncClient | None = None
    _clients: dict[str, Client] = field(default_factory=dict)

    async def __aenter__(self) -> Stage:
        transport = None if self.app is None else httpx.ASGITransport(self.app)
        http = httpx.AsyncClient(transport=transport, timeout=180.0)
        self._http = await self._stack.enter_async_context(http)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    @property
    def best(self) -> str:
        """The highest role with a token."""
        return self.tokens.roles[0]

    def raw(self, role: str = "") -> Raw:
        """Raw requests as a role."""
        return self.raw_with(self.tokens.tokens[role or self.best])

    def raw_with(self, token: str) -> Raw:
        """Raw requests with any token."""
        if self._http is None:
            raise RuntimeError("the stage is not open")
        return Raw(self.url, token, self._http)

    def client(self, role: str = "") -> Client:
        """The program's client for a role; there is one per role."""
        return self.client_with(self.tokens.tokens[role or self.best])

    def client_with(self, token: str) -> Client:
        """The program's client with any token."""
        if token not in self._clients:
            client = self._clients[token] = self.new_client(token)
            self._stack.push_async_callback(client.aclose)
        return self._clients[token]

    def new_client(self, token: str = "") -> Client:
        """A client of its own with a token, by default the best one; the caller closes it."""
        secret = Secret(token or self.tokens.tokens[self.best])
        transport = HttpTransport(Address.parse(self.url), secret, app=self.app, timeout=60.0)
        return self.make_client(transport, now=self.clock.now)

    async def choose_site(self) -> int:
        """The site to compare: the one requested, or the first one that the best token may view."""
        if not self.site_id:
            found = await self.raw().value(
                "SitesManager.getSitesWithAtLeastViewAccess", {"filter_limit": -1, "limit": 1000}
            )
            self.site_id = min(int(site["idsite"]) for site in found)
        return self.site_id
