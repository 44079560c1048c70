"""A connection for commands without a screen: opened on first use, read-only, with a new token when one is rejected."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Self, TypeVar

from msgspec.structs import replace

from matomo_tui.api.calls import Call
from matomo_tui.api.client import Client, ServerInfo
from matomo_tui.api.errors import BadRequest, MatomoError, TokenRejected
from matomo_tui.api.secret import Secret
from matomo_tui.config.secrets import TokenSource
from matomo_tui.config.settings import Settings
from matomo_tui.session import Session, open_client, open_session

T = TypeVar("T")


class ReadConnection:
    """Sends read calls to the Matomo of ``settings`` with the token from ``source``.

    Writes are refused by the client. If the token is rejected and comes from a ``token_command``, the command is run
    once more and the call is repeated with the new token: the client remains, and sends that from then on. Every method
    raises ``MatomoError``, and ``SecretError`` if no token is found. Several tasks may share it. Use it with
    ``async with``.
    """

    def __init__(self, settings: Settings, source: TokenSource) -> None:
        self.settings = replace(settings, read_only=True)
        self.source = source
        self._token: Secret | None = None
        self._client: Client | None = None
        self._session: Session | None = None
        self._renewed = False
        self._changing = asyncio.Lock()

    async def client(self) -> Client:
        """The client. Opening it sends nothing."""
        async with self._changing:
            return await self._open()

    async def session(self) -> Session:
        """The session with the site and the token's roles, which takes two requests the first time."""
        async with self._changing:
            if self._session is None:
                await self._find_token()
                try:
                    session = await open_session(self.settings, self._token)
                except TokenRejected:
                    renewed = await self._other_token()
                    if renewed is None:
                        raise
                    self._token = renewed
                    session = await open_session(self.settings, renewed)
                client = await self._send_through(session.client)
                self._session = dataclasses.replace(session, client=client, source=self.source)
            return self._session

    async def server_info(self) -> ServerInfo:
        """The version and the token's roles, in one request; a token without any role is no error."""
        return await self._renewing(lambda client: client.server_info())

    async def call(self, call: Call[T]) -> T:
        """Send one call and return its answer."""
        return await self._renewing(lambda client: client.call(call))

    async def bulk(self, calls: Sequence[Call[Any]]) -> list[Any | MatomoError]:
        """Send several calls in one request and return their answers or errors in the same order."""
        return await self._renewing(lambda client: client.bulk(calls))

    async def renew(self) -> bool:
        """Replace a rejected token by another one from its ``token_command``. Returns False if there is none.

        A command may print another token each time: if one was rejected at its first request, no further one is tried,
        because Matomo would lock out this computer's address."""
        return await self._renew(self._token)

    async def aclose(self) -> None:
        """Close all connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self.aclose()

    async def _renew(self, rejected: Secret | None) -> bool:
        """:meth:`renew`, unless the ``rejected`` token has been replaced meanwhile by another task."""
        async with self._changing:
            if self._token is not rejected:
                return True
            is_vain = self._renewed and not (self._client is not None and self._client.token_accepted)
            renewed = None if is_vain else await self._other_token()
            if renewed is None:
                return False
            client = await self._send_through(await open_client(self.settings, renewed))
            self._token, self._renewed = renewed, True
            if self._session is not None:
                self._session = dataclasses.replace(self._session, client=client, token=self._token)
        return True

    async def _renewing(self, send: Callable[[Client], Awaitable[T]]) -> T:
        """Return the answer to what ``send`` sends, once more with a new token if the first is rejected."""
        client, token = await self.client(), self._token
        try:
            return await send(client)
        except TokenRejected:
            if not await self._renew(token):
                raise
            return await send(client)

    async def _open(self) -> Client:
        if self._client is None:
            await self._find_token()
            self._client = await open_client(self.settings, self._token)
        return self._client

    async def _send_through(self, fresh: Client) -> Client:
        """Return the client, which sends through the connection of ``fresh`` from now on."""
        if self._client is None:
            self._client = fresh
        else:
            await self._client.take_over(fresh)
        return self._client

    async def _find_token(self) -> None:
        if not self.settings.demo and not self.settings.url:
            raise BadRequest("No address. Set one with --url or MATOMO_URL, or run matomo-tui to make a profile.")
        if self._token is None and not self.settings.demo:
            self._token = await self.source.fetch()

    async def _other_token(self) -> Secret | None:
        return None if self._token is None else await self.source.fetch_renewed(self._token)
