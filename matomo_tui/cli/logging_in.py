"""The steps of ``matomo-tui login``: settings, the browser or the pasted answer, the tokens, the profile, a test."""

from __future__ import annotations

import re
import secrets
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click
from msgspec.structs import replace

from matomo_tui.api import oauth
from matomo_tui.api.address import Address
from matomo_tui.api.errors import BadRequest
from matomo_tui.api.http import HttpTransport
from matomo_tui.api.oauth import Endpoints, OAuthRefused, Pkce, Scope, Tokens
from matomo_tui.api.secret import Secret
from matomo_tui.cli.loopback import PATH, RedirectListener
from matomo_tui.cli.running import run_until_signal
from matomo_tui.config.login_renewal import client_secret, exchange, with_tokens
from matomo_tui.config.logins import Login
from matomo_tui.config.profile_store import ProfileStore
from matomo_tui.config.secrets import read_secret_file
from matomo_tui.config.settings import Settings, chosen_profile, layers, same_address
from matomo_tui.config.validation import ConfigError, check_value
from matomo_tui.sanitize import sanitize

T = TypeVar("T")

_PASTES = 3
"""How often a wrong answer may be pasted."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to log in to, and how."""

    store: ProfileStore
    settings: Settings
    """With the profile's name, the address and the client."""
    scope: Scope
    read_only: bool
    """True if the profile is to be saved as read-only."""
    browser: bool
    as_client: bool
    """True for client credentials."""
    secret: Secret | None
    """The client's secret, for confidential clients."""
    keeps_secret: bool
    """True if the secret is stored with the login, because no command of the profile prints it."""
    endpoints: Endpoints
    """The addresses of the Matomo's OAuth2 plug-in."""

    @classmethod
    def of(cls, flags: Mapping[str, Any], environ: Mapping[str, str]) -> Plan:
        """Combine the options, the environment and the profile, find the plug-in, and ask for what is missing.

        Nothing is asked if the Matomo has no such plug-in. Raises ``ConfigError``, ``SecretError``, ``CommandError`` or
        a ``MatomoError``."""
        store = ProfileStore()
        settings = _settings(store, flags, environ)
        as_client = bool(flags.get("client_credentials"))
        client = flags.get("client_id") or settings.oauth_client_id
        if client:
            settings = _with_client(settings, client)
        file = flags.get("secret_file")
        secret = read_secret_file(Path(file).expanduser()) if file else client_secret(settings)
        endpoints = run_until_signal(_with_http(settings, lambda http: oauth.discover(http, http.address)))
        if not client:
            settings = _with_client(settings, _ask("Client ID (in Matomo: Administration, Platform, OAuth2)"))
        if as_client and secret is None:
            secret = Secret(_ask("Client secret", hidden=True))
        read_only = bool(flags.get("read_only")) or settings.read_only
        return cls(
            store,
            settings,
            flags.get("scope") or ("read" if read_only or as_client else "admin"),
            bool(flags.get("read_only")),
            not flags.get("no_browser") and _has_browser(environ),
            as_client,
            secret,
            keeps_secret=bool(file) or not settings.oauth_secret_command,
            endpoints=endpoints,
        )


def _with_client(settings: Settings, client: str) -> Settings:
    """Return ``settings`` with this OAuth 2.0 client. Raises ``ConfigError``."""
    checked = check_value("oauth_client_id", client, "--client-id")
    if not checked:
        raise ConfigError("The client ID is empty.")
    return replace(settings, oauth_client_id=checked)


def _settings(store: ProfileStore, flags: Mapping[str, Any], environ: Mapping[str, str]) -> Settings:
    """The settings of the profile to log in with: the one that is named, the default one, or a new one."""
    profiles = store.read()
    url = flags.get("url") or environ.get("MATOMO_URL", "")
    named = chosen_profile(flags.get("profile"), environ, "")
    name = named or profiles.default
    if url and not named and name and not same_address(url, profiles.by_name[name].get("url", "")):
        name = ""  # the default profile is for another Matomo, and stays as it is
    values = profiles.by_name.get(name, {})
    wanted = {"url": check_value("url", url, "--url")} if url else {}
    others = {key: flags.get(key) for key in ("ca_bundle", "read_only")}
    settings = layers({**others, **wanted}, {}, values, name).settings()
    if not settings.url:
        known = f"There is no profile {named!r}. " if named and named not in profiles.by_name else ""
        raise ConfigError(f"{known}Say which Matomo to log in to: --url https://matomo.example")
    name = name or _name_for(Address.parse(settings.url), tuple(profiles.by_name))
    return replace(settings, profile=store.check_name(name))  # before any token is issued


def _name_for(address: Address, taken: tuple[str, ...]) -> str:
    """A name for a new profile: the host's."""
    name = re.sub(r"[^A-Za-z0-9_.-]", "-", address.host).strip("-.")[:60] or "matomo"
    known = {one.casefold() for one in taken}  # names that differ only in capitals are refused
    return next(
        one for one in (name, *(f"{name}-{number}" for number in range(2, 1000))) if one.casefold() not in known
    )


def _ask(question: str, *, hidden: bool = False) -> str:
    """Return an answer. Raises ``ConfigError`` at the end of the input, and ``KeyboardInterrupt`` for ctrl+c."""
    if hidden:
        if not sys.stdin.isatty():
            raise ConfigError(f"{question}: give it with --secret-file, since there is no terminal to ask on.")
        try:
            answer: str = click.prompt(question, hide_input=True, err=True)
        except click.Abort:
            raise KeyboardInterrupt from None
        return answer.strip()
    click.echo(f"{question}: ", nl=False, err=True)
    line = read_line()
    if not line:
        click.echo("", err=True)
        raise ConfigError(f"{question}: there is no answer.")
    return line.strip()


def read_line() -> str:
    """The next line of the standard input; ``""`` at its end."""
    return sys.stdin.readline()


def _has_browser(environ: Mapping[str, str]) -> bool:
    """Return True if a browser on this computer can show the page: not over SSH, and not without a desktop."""
    import webbrowser

    if any(environ.get(name) for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")):
        return False
    if sys.platform not in ("darwin", "win32") and not any(
        environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    ):
        return False
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


def log_in(plan: Plan) -> None:
    """Log in, store the tokens and the profile, and report what they are good for. Raises a ``MatomoError``.

    Not a coroutine as a whole: a prompt within one would take ctrl+c only the second time.
    """
    tokens = _as_client(plan) if plan.as_client else _as_person(plan)
    address = Address.parse(plan.settings.url)
    place = _store(plan, address, tokens)
    click.echo(f"Logged in to {address.base}. The login is kept in {place}, profile {plan.settings.profile}.")
    run_until_signal(_report(plan))


async def _with_http(settings: Settings, work: Callable[[HttpTransport], Awaitable[T]]) -> T:
    """Return the result of ``work`` on a transport without a token."""
    http = exchange(settings)
    try:
        return await work(http)
    finally:
        await http.aclose()


def _as_client(plan: Plan) -> Tokens:
    secret, client_id = plan.secret, plan.settings.oauth_client_id
    if secret is None:
        raise OAuthRefused("A client that logs in by itself needs its secret: --secret-file.")

    def requested(http: HttpTransport) -> Awaitable[Tokens]:
        return oauth.client_credentials(
            http, plan.endpoints, client_id=client_id, client_secret=secret, scope=plan.scope
        )

    return run_until_signal(_with_http(plan.settings, requested))


def _as_person(plan: Plan) -> Tokens:
    pkce, state = Pkce.new(), secrets.token_urlsafe(32)
    if plan.browser:
        code, redirect_uri = run_until_signal(_from_browser(plan, pkce, state))
    else:
        code, redirect_uri = _from_paste(plan, pkce, state)

    def requested(http: HttpTransport) -> Awaitable[Tokens]:
        return oauth.exchange_code(
            http,
            plan.endpoints,
            client_id=plan.settings.oauth_client_id,
            client_secret=plan.secret,
            code=code,
            redirect_uri=redirect_uri,
            verifier=pkce.verifier,
        )

    tokens = run_until_signal(_with_http(plan.settings, requested))
    if tokens.refresh is None:
        click.echo(
            "This client gets no refresh token, so the login ends with its first access token. A superuser can allow "
            "the grant “refresh token” for it.",
            err=True,
        )
    return tokens


def _page(plan: Plan, pkce: Pkce, state: str, redirect_uri: str) -> str:
    return oauth.authorization_url(
        plan.endpoints,
        client_id=plan.settings.oauth_client_id,
        redirect_uri=redirect_uri,
        scope=plan.scope,
        state=state,
        challenge=pkce.challenge,
    )


async def _from_browser(plan: Plan, pkce: Pkce, state: str) -> tuple[Secret, str]:
    """Open the page in a browser and wait for its redirect; returns the code and the redirect's address."""
    import webbrowser

    async with RedirectListener(state) as listener:
        page = _page(plan, pkce, state, listener.redirect_uri)
        click.echo(f"Log in in the browser, at this address:\n\n  {page}\n", err=True)
        if not webbrowser.open(page):
            click.echo("No browser could be opened: open the address in one on this computer.", err=True)
        click.echo("Waiting for the browser's answer; ctrl+c stops.", err=True)
        return await listener.code(), listener.redirect_uri


def _from_paste(plan: Plan, pkce: Pkce, state: str) -> tuple[Secret, str]:
    """Print the address and read the redirect's; returns the code and the redirect's address."""
    redirect_uri = f"http://127.0.0.1:{secrets.randbelow(16_384) + 49_152}{PATH}"
    page = _page(plan, pkce, state, redirect_uri)
    click.echo(
        f"Open this address in a browser, on any computer, and log in:\n\n  {page}\n\n"
        f"The browser then goes to an address that begins with {redirect_uri}, and says that it cannot be reached.\n"
        "Copy that whole address from its address bar.",
        err=True,
    )
    for left in reversed(range(_PASTES)):
        try:
            return oauth.code_in(_ask("Address"), state), redirect_uri
        except OAuthRefused:
            raise
        except BadRequest as error:
            if not left:
                raise
            click.echo(str(error), err=True)
    raise AssertionError  # the last wrong answer is raised above


def _store(plan: Plan, address: Address, tokens: Tokens) -> str:
    """Store the login, then the profile; returns the login's place. Raises ``ConfigError``."""
    import time

    name = plan.settings.profile
    keeps = plan.secret if plan.keeps_secret else None
    login = Login(address.base, plan.settings.oauth_client_id, plan.scope, plan.endpoints, client_secret=keeps)
    with plan.store.logins.locked(name):
        place = plan.store.logins.save(name, with_tokens(login, tokens, time.time()))
    values: dict[str, Any] = {"url": address.base, "oauth_client_id": plan.settings.oauth_client_id, "auth": None}
    if plan.read_only:
        values["read_only"] = True
    if plan.settings.ca_bundle:
        values["ca_bundle"] = plan.settings.ca_bundle
    plan.store.save(name, values, None)
    return place


async def _report(plan: Plan) -> None:
    """Connect with the login and say what it is good for. Raises a ``MatomoError``."""
    from matomo_tui.session import Reconnecting, ignored_bearer, roles_in_words

    settings = plan.store.settings(plan.settings.profile)
    source = plan.store.token_source(settings)
    session = await Reconnecting(source)(settings, await source.fetch())
    try:
        login = source.renewal.login if source.renewal is not None else None
        scope = f"scope matomo:{login.scope}, " if login is not None else ""
        click.echo(
            sanitize(f"Matomo {session.version or 'of an unknown version'}: {scope}{roles_in_words(session.access)}.")
        )
        if ignored := ignored_bearer(session):
            click.echo(ignored, err=True)
    finally:
        await session.client.aclose()
