"""Keeps the access token of an OAuth 2.0 login fresh: it is renewed before it expires, by one program at a time."""

from __future__ import annotations

import asyncio
import atexit
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from msgspec.structs import replace

from matomo_tui.api import oauth
from matomo_tui.api.address import Address
from matomo_tui.api.errors import RateLimited, ServerError, TimedOut, Unreachable
from matomo_tui.api.http import HttpTransport
from matomo_tui.api.oauth import LoginEnded, OAuthRefused, Tokens
from matomo_tui.api.secret import Secret
from matomo_tui.config.background import in_daemon_thread
from matomo_tui.config.logins import Login, LoginStore
from matomo_tui.config.secret_command import Command, CommandError
from matomo_tui.config.settings import Settings
from matomo_tui.config.validation import ConfigError
from matomo_tui.sanitize import sanitize

EARLY = 60.0
"""Seconds before its expiry at which an access token is renewed."""
_PASSING = (Unreachable, TimedOut, RateLimited, ServerError)
"""Errors that concern the network or the server, not the login."""


class _UnderWay:
    """Counts the requests that use up a refresh token and are not stored yet."""

    def __init__(self) -> None:
        self._count = 0
        self._changed = threading.Condition()

    def __enter__(self) -> None:
        with self._changed:
            self._count += 1

    def __exit__(self, *raised: object) -> None:
        with self._changed:
            self._count -= 1
            self._changed.notify_all()

    def wait(self, patience: float) -> None:
        """Wait up to ``patience`` seconds until there is none."""
        with self._changed:
            self._changed.wait_for(lambda: not self._count, timeout=patience)


_UNDER_WAY = _UnderWay()


@atexit.register
def settle(patience: float = 5.0) -> None:
    """Wait up to ``patience`` seconds until tokens that are being renewed are stored.

    Otherwise the end of the program would lose the new refresh token, and the server takes the old one no longer.
    Python calls this at its end; what ends the process in another way calls it before.
    """
    _UNDER_WAY.wait(patience)


class LoginRenewal:
    """The login of one profile. ``now`` returns the time as a UTC epoch in seconds."""

    def __init__(self, settings: Settings, store: LoginStore, *, now: Callable[[], float] = time.time) -> None:
        self._settings = settings
        self._store = store
        self._now = now
        self._login: Login | None = None
        self._rejected: Secret | None = None
        """The token that the server has rejected although it should be valid."""
        self._turn: asyncio.Lock | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._running: Command | None = None
        """The command for the secret that was begun last."""

    @property
    def login(self) -> Login | None:
        """The login as it was read or renewed last; ``None`` before that, or if there is none."""
        return self._login

    @property
    def seconds_left(self) -> float:
        """Seconds until the access token expires; 0 if there is none."""
        return max(0.0, self._login.expires_at - self._now()) if self._login is not None else 0.0

    def read(self) -> Secret | None:
        """Return the stored access token, even if it has expired; ``None`` if there is no login.

        Nothing is requested: :meth:`current` does that before the token is sent. A login that has no access token yet
        has a name in its place, which is never sent. The transport finds this object by the token:
        :func:`renewal_of`.
        """
        self._login = self._load()
        if self._login is None:
            return None
        token = self._login.access_token or Secret(f"not requested yet: {self._settings.profile}")
        _renewals[token] = self
        return token

    async def current(self) -> Secret:
        """Return an access token that is valid for a while, renewed if necessary.

        While the server cannot be reached, the old one is returned until it expires. Raises a ``MatomoError``:
        ``LoginEnded`` if the user has to log in again. Cancelling kills the command for the secret; tokens that are
        being requested are stored nevertheless."""
        if self._is_fresh(self._login) and self._login is not None and self._login.access_token is not None:
            return self._login.access_token
        async with self._one_at_a_time():
            try:
                return await in_daemon_thread(self._renewed)
            except asyncio.CancelledError:
                if self._running is not None:
                    self._running.kill()
                raise

    def renew(self, rejected: Secret) -> Secret | None:
        """Return another token than the one that was rejected, requested if necessary; ``None`` if there is none.

        ``rejected`` is the token that a connection began with; the one that it sent last is known here. Blocks. Raises
        a ``MatomoError``."""
        sent = self._login.access_token if self._login is not None else None
        self._rejected = sent or rejected
        token = self._renewed()
        return None if token in (rejected, sent) else token

    def _renewed(self) -> Secret:
        """Renew under the lock, unless another program has done so while this one waited for it."""
        try:
            with self._store.locked(self._settings.profile):
                login = self._load()
                if login is None:
                    raise LoginEnded(
                        f"There is no login for profile {self._settings.profile!r}. Run `matomo-tui login`."
                    )
                if not self._is_fresh(login):
                    login = self._requested(login)
                before, self._login = self._login, login
        except (ConfigError, CommandError) as error:
            raise OAuthRefused(sanitize(str(error))) from None
        token = login.access_token or Secret("")
        if before is not None and before.access_token is not None:
            _renewals.pop(before.access_token, None)  # a program may run for months, with a token an hour
        _renewals[token] = self
        return token

    def _requested(self, login: Login) -> Login:
        """Request new tokens and store them before they are used. If that fails, an old one may do meanwhile."""
        with _UNDER_WAY:
            try:
                tokens = asyncio.run(self._request(login))
            except _PASSING:
                if login.access_token not in (None, self._rejected) and login.expires_at > self._now():
                    return login
                raise
            renewed = with_tokens(login, tokens, self._now())
            self._store.save(self._settings.profile, renewed)
            return renewed

    async def _request(self, login: Login) -> Tokens:
        http = exchange(self._settings)
        try:
            if login.refresh_token is not None:
                return await oauth.refresh(
                    http,
                    login.endpoints,
                    client_id=login.client_id,
                    client_secret=login.client_secret,
                    token=login.refresh_token,
                )
            secret = login.client_secret or client_secret(self._settings, self._runs)
            if secret is None:
                raise LoginEnded(f"The login of profile {self._settings.profile!r} has ended. Run `matomo-tui login`.")
            return await oauth.client_credentials(
                http, login.endpoints, client_id=login.client_id, client_secret=secret, scope=login.scope
            )
        finally:
            await http.aclose()

    def _runs(self, command: Command) -> None:
        self._running = command

    def _load(self) -> Login | None:
        """The stored login for the profile's address and client, or a new one for client credentials."""
        settings = self._settings
        address = Address.parse(settings.url)
        login = self._store.load(settings.profile)
        if login is not None and (login.address, login.client_id) == (address.base, settings.oauth_client_id):
            return login
        if not settings.oauth_secret_command:
            return None
        return Login(address.base, settings.oauth_client_id, "read", oauth.default_endpoints(address))

    def _is_fresh(self, login: Login | None) -> bool:
        if login is None or login.access_token in (None, self._rejected):
            return False
        return login.expires_at - EARLY > self._now()

    @asynccontextmanager
    async def _one_at_a_time(self) -> AsyncIterator[None]:
        """One coroutine waits for the lock's thread; the others find a fresh token then."""
        loop = asyncio.get_running_loop()
        if self._turn is None or self._loop is not loop:
            self._turn, self._loop = asyncio.Lock(), loop
        async with self._turn:
            yield


_renewals: WeakValueDictionary[Secret, LoginRenewal] = WeakValueDictionary()
"""The renewal of each access token, so that whatever opens a connection with the token keeps it fresh."""


def renewal_of(token: Secret | None) -> LoginRenewal | None:
    """Return the object that keeps ``token`` fresh; ``None`` for tokens that did not come from a login."""
    return None if token is None else _renewals.get(token)


def with_tokens(login: Login, tokens: Tokens, now: float) -> Login:
    """Return the login with new tokens, which were issued at ``now`` (UTC epoch in seconds).

    A server that does not rotate keeps the old refresh token."""
    granted = tokens.scope.removeprefix("matomo:")
    return replace(
        login,
        access_token=tokens.access,
        expires_at=now + tokens.expires_in,
        refresh_token=tokens.refresh or login.refresh_token,
        refresh_expires_at=now + oauth.REFRESH_LIFETIME if tokens.refresh is not None else login.refresh_expires_at,
        scope=next((scope for scope in oauth.SCOPES if scope == granted), login.scope),
    )


def exchange(settings: Settings) -> HttpTransport:
    """Return a transport without a token to the Matomo of ``settings``, for the authorization server.

    Raises ``OAuthRefused`` if the settings cannot be used."""
    try:
        return HttpTransport(
            Address.parse(settings.url),
            None,
            verify_tls=settings.verify_tls,
            ca_bundle=settings.ca_bundle,
            headers=settings.headers,
            timeout=settings.timeout,
        )
    except ValueError as error:
        raise OAuthRefused(sanitize(str(error))) from None


def client_secret(settings: Settings, runs: Callable[[Command], None] = lambda _: None) -> Secret | None:
    """Return the secret that ``oauth_secret_command`` prints; ``None`` without a command. ``runs`` gets the command
    before it is run. Raises ``CommandError``."""
    if not settings.oauth_secret_command:
        return None
    command = Command(settings.oauth_secret_command, timeout=60.0)
    runs(command)
    try:
        output = command.run()
    except CommandError as error:
        raise CommandError(f"The oauth_secret_command of profile {settings.profile!r} {error}") from None
    return Secret(output.split("\n", 1)[0].strip())
