"""Token sources: a file, the environment, a login, a command or the keyring; never the command line or a profile."""

from __future__ import annotations

import asyncio
import os
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from msgspec import Struct

from matomo_tui.api.secret import Secret
from matomo_tui.config import paths
from matomo_tui.config.keyrings import Keyring, SystemKeyring
from matomo_tui.config.secret_command import Command, CommandError
from matomo_tui.config.settings import Settings, same_or_upgraded
from matomo_tui.sanitize import sanitize

if TYPE_CHECKING:
    from matomo_tui.config.login_renewal import LoginRenewal

_MAX_SECRET = 16_384
RENEWED_AGAIN = 300.0
"""Seconds after which a ``token_command`` is run again for the same rejected token."""
SHORTEST_PASSWORD = 12
"""Characters of a password that protects this program itself."""

T = TypeVar("T")


class SecretError(Exception):
    """No usable token; the sentence names the source and the remedy, and never contains the token."""


class MissingToken(SecretError):
    """No source has a token."""


Kind = Literal["file", "environment", "login", "command", "keyring", "stored", "typed", "demo"]


class SecretSource(Struct, frozen=True):
    """Where a token came from."""

    kind: Kind
    words: str
    """Phrase for display, such as ``from MATOMO_TOKEN``."""


class Found(Struct, frozen=True):
    """A token and its source."""

    secret: Secret
    source: SecretSource


def checked(text: str, where: str) -> Secret:
    """Return the token in the first line of ``text``; see :func:`matomo_tui.config.tokens.token_in`.

    ``where`` names the source in the error. Raises :class:`SecretError` if the line cannot be a token.
    """
    from matomo_tui.config.tokens import token_in  # only for a token: it costs start-up time

    try:
        return Secret(token_in(text.split("\n", 1)[0], where))
    except ValueError as error:
        raise SecretError(str(error)) from None


def bound_to(token: Secret, url: str) -> Secret:
    """The text that is stored for ``token``: the address that it may be sent to is in a second line."""
    if not url:
        return token
    address = url if "://" in url else f"https://{url}"  # as addresses without a scheme are read
    return Secret(f"{token.reveal()}\n{address}")


def read_secret_file(file: Path) -> Secret:
    """Read the token from a file that only its owner may read, or from a pipe (``--token-file <(pass show matomo)``).

    Raises :class:`SecretError`; for wrong permissions it contains the command that fixes them.
    """
    return checked(_private_text(file, "token"), f"the file {file}")


def read_password_file(file: Path, what: str) -> Secret:
    """Read a password from the first line of a file that only its owner may read, or from a pipe.

    ``what`` names it in errors: ``password``, ``secret``. Raises :class:`SecretError`, also if it is shorter than
    :data:`SHORTEST_PASSWORD` characters.
    """
    return checked_password(_private_text(file, what).split("\n", 1)[0].strip("\r"), what, f"the file {file}")


def checked_password(password: str, what: str, where: str) -> Secret:
    """``password`` if it is long enough. ``what`` and ``where`` name it and its place in the :class:`SecretError`."""
    if len(password) < SHORTEST_PASSWORD:
        raise SecretError(f"The {what} in {where} is too short: it needs {SHORTEST_PASSWORD} characters or more.")
    return Secret(password)


def _private_text(file: Path, what: str) -> str:
    try:
        with file.open("rb") as stream:
            status = os.fstat(stream.fileno())
            if os.name == "posix" and stat.S_ISREG(status.st_mode) and status.st_mode & 0o077:
                raise SecretError(
                    f"The {what} file {file} can be read by others (mode {stat.S_IMODE(status.st_mode):04o}). "
                    f"Make it private: chmod 600 {_quoted(file)}"
                )
            return stream.read(_MAX_SECRET).decode("utf-8", "replace")
    except FileNotFoundError:
        raise SecretError(f"There is no {what} file {file}.") from None
    except OSError as error:
        raise SecretError(f"The {what} file {file} cannot be read: {error.strerror}.") from None


def _quoted(file: Path) -> str:
    import shlex

    return shlex.quote(str(file))


class TokenSource:
    """Fetches the token for one run from the first source that has one.

    ``environment`` is the value of ``MATOMO_TOKEN`` at the program's start, ``token_file`` the value of the flag. Most
    methods may run the profile's command for up to ``command_timeout`` seconds: call them in a thread, or await
    :meth:`fetch`. ``monotonic`` returns seconds.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        environment: Secret | None = None,
        token_file: str = "",
        folder: Path | None = None,
        keyring: Keyring | None = None,
        command_timeout: float = 60.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._environment = environment
        self._flag_file = token_file
        self._folder = folder if folder is not None else paths.config_dir()
        self._keyring: Keyring = keyring or SystemKeyring()
        self._timeout = command_timeout
        self._monotonic = monotonic
        self._running: Command | None = None
        self._given: Secret | None = None
        self._replaced: tuple[Secret, float] | None = None
        """The rejected token in whose place ``_given`` was returned, and when (monotonic seconds)."""
        self._from_pipe: Found | None = None
        self._saved_for = ""
        """The address of a stored token that is not this profile's."""
        self.renewal: LoginRenewal | None = None
        """Keeps the token of an OAuth 2.0 login fresh; ``None`` before one was found."""
        self.source: SecretSource | None = None
        """Source of the token that was found last."""

    def find(self) -> Found | None:
        """Return the token and its source; ``None`` if no source has one. Raises :class:`SecretError`."""
        stored = (self._from_login, self._from_command, self._from_stored, self._from_keyring, self._from_file)
        return self._first((self._from_flag, self._from_environment, *stored))

    def at_hand(self) -> Found | None:
        """:meth:`find` without running a command or accessing the keyring.

        It reports errors before the screen opens. ``None`` also means that only a command or the keyring could tell.
        Raises :class:`SecretError`."""
        if self._flag_file or self._environment:
            return self._first((self._from_flag, self._from_environment))
        if self._settings.token_command or self._settings.oauth_client_id or self._keyring.installed():
            return None
        return self._first((self._from_stored, self._from_file))

    def may_find(self) -> bool:
        """Return True if any source is configured, also a login that is missing. Fast; raises nothing."""
        return bool(
            self._flag_file
            or self._environment
            or self._settings.token_command
            or self._settings.token_file
            or (self._settings.oauth_client_id and self._settings.profile)
            or (self._settings.profile and (self._stored_file().exists() or self._keyring.installed()))
        )

    @property
    def given(self) -> str:
        """A phrase for what the run was given as its token, by the flag or the variable; ``""`` if it was not."""
        if self._flag_file:
            return f"the file {Path(self._flag_file).expanduser()} (--token-file)"
        return "MATOMO_TOKEN" if self._environment else ""

    def place(self) -> str:
        """Return a phrase for the first source that has a token: ``the keyring``; ``""`` if there is none.

        A stored token for another address is told as such if no other source has one. No command is run, and no token
        is tried: it may still be refused."""
        if self.given:
            return self.given
        if self._settings.oauth_client_id and self._from_login() is not None:
            return "the login of `matomo-tui login`"
        if words := self._settings.token_command:
            return f"the command {words[0]!r} (token_command)"
        unsent = []
        for place, text in self._stored_texts():
            other = self._other_address(text)
            if not other:
                return place
            unsent.append(f"{place} (saved for {other}: not sent to this address)")
        if self._settings.token_file:
            return f"the file {paths.referred_file(self._folder, self._settings.token_file)} (token_file)"
        return unsent[0] if unsent else ""

    def _stored_texts(self) -> Iterator[tuple[str, str]]:
        """The places of stored tokens with what is stored there; ``""`` if it cannot be read."""
        if self._has_stored:
            try:
                text = _private_text(self._stored_file(), "token")
            except SecretError:
                text = ""
            yield f"the file {self._stored_file()}", text
        if self._settings.profile and (kept := self._keyring.load(self._settings.profile)) is not None:
            yield "the keyring", kept.reveal()

    def __call__(self) -> Secret:
        """Return the token. Raises :class:`SecretError`, :class:`MissingToken` if there is none."""
        found = self.find()
        if found is None:
            raise MissingToken(self.missing())
        return found.secret

    def renew(self, rejected: Secret) -> Secret | None:
        """Run the profile's command once more, or renew its login; return the token if it differs from ``rejected``.

        Returns ``None`` otherwise, and if the rejected token did not come from there. A caller who still has the same
        rejected token could not use the other one yet, and gets it again; after ``RENEWED_AGAIN`` seconds the command
        is run anew, because that token may have expired meanwhile.

        Raises :class:`SecretError`, and a ``MatomoError`` if a login cannot be renewed.
        """
        if self.source is not None and self.source.kind == "login" and self.renewal is not None:
            return self.renewal.renew(rejected)
        if self.source is None or self.source.kind != "command":
            return None
        now = self._monotonic()
        if self._replaced is not None and rejected == self._replaced[0]:
            if now - self._replaced[1] < RENEWED_AGAIN:
                return self._given
        elif rejected != self._given:
            return None
        found = self._from_command()
        if found is None or found.secret == rejected:
            return None
        self._given, self._replaced = found.secret, (rejected, now)
        return found.secret

    def missing(self, *, typed_here: bool = False) -> str:
        """The error message if no source has a token; ``typed_here`` on the screen that it can be typed on."""
        if self._settings.oauth_client_id and self._settings.profile:
            return f"There is no login for profile {self._settings.profile!r}. Run `matomo-tui login`."
        where = "" if typed_here else " on matomo-tui's connect screen"
        if self._saved_for:
            return (
                f"The stored token of profile {self._settings.profile!r} was saved for {self._saved_for}, and is not "
                f"sent to {self._settings.url}. Type the token of that Matomo{where}, or change the address back."
            )
        whose = f"profile {self._settings.profile!r}" if self._settings.profile else self._settings.url
        if typed_here:
            return f"There is no token for {whose}. Type one: you create it in Matomo."
        return (
            f"There is no token for {whose}. Use --token-file, MATOMO_TOKEN or the profile's token_command, "
            "or type it on matomo-tui's connect screen."
        )

    async def fetch(self) -> Secret:
        """Return the token, found in a separate thread; cancelling kills a running command.

        Raises :class:`SecretError`."""
        return await self._off_loop(self)

    async def fetch_renewed(self, rejected: Secret) -> Secret | None:
        """:meth:`renew` in a separate thread."""
        return await self._off_loop(lambda: self.renew(rejected))

    async def _off_loop(self, work: Callable[[], T]) -> T:
        try:
            from matomo_tui.config.background import in_daemon_thread

            return await in_daemon_thread(work)
        except asyncio.CancelledError:
            self.cancel()
            raise

    def cancel(self) -> None:
        """Kill the command if it is running."""
        if self._running is not None:
            self._running.kill()

    def _first(self, places: tuple[Callable[[], Found | None], ...]) -> Found | None:
        for place in places:
            found = place()
            if found is not None:
                self.source, self._given, self._replaced = found.source, found.secret, None
                return found
        return None

    def _from_flag(self) -> Found | None:
        if not self._flag_file:
            return None
        if self._from_pipe is not None:
            return self._from_pipe
        file = Path(self._flag_file).expanduser()
        found = Found(read_secret_file(file), SecretSource("file", f"from the file {file}"))
        if not file.is_file():
            self._from_pipe = found  # a pipe can be read only once
        return found

    def _from_environment(self) -> Found | None:
        if not self._environment:
            return None
        secret = checked(self._environment.reveal(), "MATOMO_TOKEN")
        return Found(secret, SecretSource("environment", "from MATOMO_TOKEN"))

    def _from_login(self) -> Found | None:
        """The stored access token of a login, even if it has expired: the transport renews it before it is sent."""
        settings = self._settings
        if not settings.oauth_client_id or not settings.profile:
            return None
        from matomo_tui.config.login_renewal import LoginRenewal
        from matomo_tui.config.logins import LoginStore

        self.renewal = LoginRenewal(settings, LoginStore(self._folder, self._keyring))
        token = self.renewal.read()
        return None if token is None else Found(token, SecretSource("login", "from the login"))

    def _from_command(self) -> Found | None:
        words = self._settings.token_command
        if not words:
            return None
        self._running = Command(words, timeout=self._timeout)
        try:
            output = self._running.run()
        except CommandError as error:
            raise SecretError(f"The token_command of profile {self._settings.profile!r} {error}") from None
        finally:
            self._running = None
        secret = checked(output, f"the output of {words[0]!r}")
        return Found(secret, SecretSource("command", f"from the command {words[0]!r}"))

    def _from_stored(self) -> Found | None:
        """The token of the stored file, which is newer than the keyring's: it was saved while the keyring was locked,
        and saving to the keyring removes it."""
        if not self._has_stored:
            return None
        file = self._stored_file()
        return self._bound(
            _private_text(file, "token"), f"the file {file}", SecretSource("stored", f"from the file {file}")
        )

    def _bound(self, text: str, where: str, source: SecretSource) -> Found | None:
        """The token in a stored ``text``; ``None`` if it was saved for another address, which the profile was given by
        hand."""
        if other := self._other_address(text):
            self._saved_for = other
            return None
        return Found(checked(text, where), source)

    def _other_address(self, text: str) -> str:
        """The address that the token in a stored ``text`` was saved for, if it is not this profile's; else ``""``.

        A second line that is no address, such as a remark written by hand, says nothing."""
        saved_for = text.partition("\n")[2].strip()
        is_address = saved_for.lower().startswith(("https://", "http://"))
        return sanitize(saved_for, 200) if is_address and not same_or_upgraded(saved_for, self._settings.url) else ""

    def _from_keyring(self) -> Found | None:
        if not self._settings.profile:
            return None
        kept = self._keyring.load(self._settings.profile)
        if kept is None:
            return None
        return self._bound(kept.reveal(), "the keyring", SecretSource("keyring", "from the keyring"))

    def _from_file(self) -> Found | None:
        if not self._settings.token_file:
            return None
        file = paths.referred_file(self._folder, self._settings.token_file)
        return Found(read_secret_file(file), SecretSource("stored", f"from the file {file}"))

    @property
    def _has_stored(self) -> bool:
        settings = self._settings
        return bool(settings.profile and not settings.token_file and self._stored_file().exists())

    def _stored_file(self) -> Path:
        return paths.token_file(self._folder, self._settings.profile)
