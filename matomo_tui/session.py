"""Opens sessions: creates a client from settings and a token, and finds the server's version, roles and the site.

Both the command line and the connect screen use it.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from msgspec import structs

from matomo_tui.api import sites
from matomo_tui.api.access import Access
from matomo_tui.api.address import Address
from matomo_tui.api.calls import Call
from matomo_tui.api.client import BEARER_LOST, BEARER_SINCE, Client
from matomo_tui.api.errors import (
    BadRequest,
    MatomoError,
    NoAccess,
    NoSite,
    Role,
    SeveralMatch,
    TokenRejected,
    UnknownSite,
)
from matomo_tui.api.rejections import Rejections
from matomo_tui.api.secret import ANONYMOUS, Secret
from matomo_tui.api.server import major_minor
from matomo_tui.api.site import Site
from matomo_tui.api.transport import Transport
from matomo_tui.config.secret_command import Command, CommandError
from matomo_tui.config.secrets import TokenSource
from matomo_tui.config.settings import Settings
from matomo_tui.sanitize import sanitize

_SITES_A_PAGE = 1_000
"""Sites requested at once, to find one by name or to list them."""
_MOST_SITES = 10_000
"""Sites requested page by page at most."""
_LONGEST_ID = 10
"""Digits of a site id; longer numbers are names."""
_NAMES_SHOWN = 8
"""Sites listed in the error for an ambiguous name."""


@dataclass(frozen=True, slots=True)
class Session:
    """An open connection to one Matomo."""

    client: Client
    settings: Settings
    site: Site
    """The initial site."""
    access: Access
    """The token's roles."""
    version: str
    """Matomo's version; ``""`` if unknown."""
    address: str
    """Base address without ``index.php``, or ``demo``."""
    warnings: tuple[str, ...] = ()
    """Sentences about security to show prominently (verification off, plain http to another machine), or about where
    a replay begins."""
    token: Secret | None = field(default=None, repr=False)
    """The token in use; ``None`` for anonymous access."""
    source: TokenSource | None = field(default=None, repr=False)
    """Can fetch another token; ``None`` if the token was not configured."""


Connector = Callable[[Settings, Secret | None], Awaitable[Session]]
"""Opens a session, as :func:`open_session` does."""

Wrap = Callable[[Transport, str], Transport]
"""Puts a transport around another one, which is connected to an address: to record its answers."""


_rejections: dict[tuple[str, Secret], Rejections] = {}
"""Counts for all tokens used since the program started: reconnecting must not reset the count of a rejected token."""


def rejections_of(address: Address, token: Secret | None) -> Rejections:
    """Return the rejection count of ``token`` at the Matomo at ``address``, shared by all its connections."""
    if token is None:
        return Rejections(address.base)
    return _rejections.setdefault((address.entry_point, token), Rejections(address.base))


async def open_session(settings: Settings, token: Secret | None, *, wrap: Wrap | None = None) -> Session:
    """Connect, and request the version, the token's roles and the site in at most two requests.

    A third one suggests another site if the site is unknown.

    ``wrap`` may put a transport around the connection's own. ``settings.demo`` connects to the built-in demo without a
    token. Raises a ``MatomoError``: ``NoAccess`` if the token has access to no site, ``UnknownSite`` or
    ``SeveralMatch`` if the site is not found, ``BadRequest`` if the address or settings are invalid, and
    ``TokenRejected`` without sending anything if this token was rejected ``rejections.MOST_REJECTIONS`` times before.
    """
    if settings.demo:
        return await open_demo(settings, wrap=wrap)
    client = await open_client(settings, token, wrap=wrap)
    try:
        address = Address.parse(settings.url)
        return await _ready(client, settings, address.base, _warnings(settings, address), token)
    except BaseException:
        await client.aclose()
        raise


async def open_client(settings: Settings, token: Secret | None, *, wrap: Wrap | None = None) -> Client:
    """Create the client of a session, for callers that need neither a site nor roles. Nothing is sent.

    ``wrap`` as in ``open_session``. Raises ``BadRequest`` if the address or the settings are invalid."""
    if settings.demo:
        return (await _demo_client(settings, time.time, wrap))[0]
    try:
        address = Address.parse(settings.url)
    except ValueError as error:
        raise BadRequest(str(error)) from None
    transport = await _transport(settings, address, token)
    return Client(
        transport if wrap is None else wrap(transport, address.base),
        read_only=settings.read_only,
        allow=settings.allow,
        rejections=rejections_of(address, token),
    )


def roles_in_words(access: Access) -> str:
    """Summarise the roles: ``admin on 2 sites, view on 1 site``."""
    if access.superuser:
        return f"superuser, {_sites(len(access.sites))}" if access.sites else "superuser"
    ranks: tuple[Role, ...] = ("admin", "write", "view")
    counts = [(role, sum(1 for has in access.sites.values() if has == role)) for role in ranks]
    return ", ".join(f"{role} on {_sites(count)}" for role, count in counts if count) or "no access to any site"


def ignored_bearer(session: Session) -> str:
    """Return a warning if the server is too old for the Bearer header and ignores the token; else ``""``."""
    numbers = major_minor(session.version)
    if session.token is None or session.token.reveal() == ANONYMOUS:
        return ""
    if session.settings.auth != "bearer" or numbers is None or numbers >= BEARER_SINCE:
        return ""
    return f"Matomo {session.version} answers as without a token. {BEARER_LOST}"


def _sites(count: int) -> str:
    return "1 site" if count == 1 else f"{count:,} sites"


class Reconnecting:
    """Opens sessions; runs the profile's token_command once more if the token from ``source`` is rejected."""

    def __init__(self, source: TokenSource, connector: Connector = open_session) -> None:
        self._source = source
        self._connector = connector

    async def __call__(self, settings: Settings, token: Secret | None) -> Session:
        """:func:`open_session` with a second attempt, if the command then returns another token."""
        try:
            session = await self._connector(settings, token)
        except TokenRejected:
            renewed = await self._source.fetch_renewed(token) if token is not None else None
            if renewed is None:
                raise
            session = await self._connector(settings, renewed)
        return replace(session, source=self._source)


async def renew(session: Session, connector: Connector) -> Session | None:
    """Reopen a session whose token was rejected, with another token from its token_command.

    It keeps its site. Returns ``None`` if there is no other token. Raises a ``MatomoError`` or a ``SecretError``."""
    if session.token is None or session.source is None:
        return None
    token = await session.source.fetch_renewed(session.token)
    if token is None:
        return None
    # The site of the settings may have been renamed or deleted since, which is no reason to lose the token.
    fresh = await connector(structs.replace(session.settings, site=""), token)
    return replace(fresh, settings=session.settings, site=session.site)


async def open_demo(settings: Settings, *, now: Callable[[], float] = time.time, wrap: Wrap | None = None) -> Session:
    """Open a session with the built-in demo in this process.

    ``now`` returns the time as a UTC epoch in seconds, for the demo and the client; ``wrap`` as in ``open_session``."""

    client, secret = await _demo_client(settings, now, wrap)
    try:
        return await _ready(client, settings, "demo", (), secret)
    except BaseException:
        await client.aclose()
        raise


async def _demo_client(settings: Settings, now: Callable[[], float], wrap: Wrap | None) -> tuple[Client, Secret]:
    def build() -> tuple[Transport, Secret]:
        from matomo_tui.api.http import HttpTransport
        from matomo_tui.demo.app import DemoMatomo

        demo = DemoMatomo(now=now)
        secret = Secret(demo.tokens["superuser"])
        return HttpTransport(Address.parse("http://127.0.0.1/"), secret, app=demo, timeout=settings.timeout), secret

    transport, secret = await asyncio.to_thread(build)
    if wrap is not None:
        transport = wrap(transport, "demo")
    return Client(transport, read_only=settings.read_only, allow=settings.allow, now=now), secret


async def open_replay(settings: Settings, transport: Transport, address: str, *, now: Callable[[], float]) -> Session:
    """Open a session that a recording of the Matomo at ``address`` answers, at the instants that ``now`` returns.

    It sends no writes. Raises a ``MatomoError`` if the recording lacks the answers that a connection begins with."""
    return await _ready(Client(transport, read_only=True, now=now), settings, address, (), None)


async def _transport(settings: Settings, address: Address, token: Secret | None) -> Transport:
    """Create the transport in a thread, since importing httpx and loading certificates takes longer than a frame.

    The token of a login is renewed by the transport, so that it is never sent after it has expired."""

    def build() -> Transport:
        from matomo_tui.api.http import HttpTransport

        # Only a login has loaded the module, which costs start-up time.
        renewals = sys.modules.get("matomo_tui.config.login_renewal")
        renewal = None if renewals is None else renewals.renewal_of(token)
        return HttpTransport(
            address,
            token if renewal is None else None,
            auth=settings.auth if renewal is None else "bearer",
            renewal=None if renewal is None else renewal.current,
            verify_tls=settings.verify_tls,
            ca_bundle=settings.ca_bundle,
            headers=settings.headers,
            basic_auth=basic_auth,
            timeout=settings.timeout,
        )

    try:
        basic_auth = await _basic_auth(settings)
        return await asyncio.to_thread(build)
    except (OSError, ValueError, CommandError) as error:
        raise BadRequest(sanitize(str(error))) from None


async def _basic_auth(settings: Settings) -> tuple[str, Secret] | None:
    if not settings.basic_auth_user:
        return None
    words = settings.basic_auth_password_command
    if not words:
        return settings.basic_auth_user, Secret("")
    try:
        output = await Command(words, timeout=60.0).fetch()
    except CommandError as error:
        raise CommandError(f"The basic_auth_password_command of profile {settings.profile!r} {error}") from None
    return settings.basic_auth_user, Secret(output.split("\n", 1)[0].rstrip("\r"))


def _warnings(settings: Settings, address: Address) -> tuple[str, ...]:
    warnings = []
    if address.is_plain_http_elsewhere:
        warnings.append(f"{address.base} is plain http: anyone on the network path can read the token.")
    elif not settings.verify_tls:
        warnings.append(
            "Certificates are not verified (verify_tls = false): anyone on the network path can read the token."
        )
    return tuple(warnings)


async def _ready(
    client: Client, settings: Settings, address: str, warnings: tuple[str, ...], token: Secret | None
) -> Session:
    info = await client.server_info()
    if not info.access.superuser and not info.access.sites:
        raise NoAccess(_no_site(settings, token), "view")
    site = await _find_site(client, info.access, settings.site.strip())
    return Session(client, settings, site, info.access, info.version, address, warnings, token)


def _no_site(settings: Settings, token: Secret | None) -> str:
    """Explain why a working connection has access to no site. Matomo does not tell the cases apart."""
    if settings.auth == "bearer":
        return (
            "This connection has access to no site: either its user has none, or the token did not arrive. "
            f"{BEARER_LOST}"
        )
    if token is None or token.reveal() == ANONYMOUS:
        return "This Matomo shows no site without a token."
    return "The token is valid, but its user has no access to any site. Ask an administrator for view access."


async def _find_site(client: Client, access: Access, wanted: str) -> Site:
    """Request the site with this id or name, or, if ``wanted`` is empty, the accessible site with the lowest id."""
    if not wanted:
        if access.sites:
            return await client.call(sites.get_site_from_id(min(access.sites)))
        first = await client.call(sites.get_sites_with_at_least_view_access(limit=1))
        if not first:
            raise NoSite("This Matomo has no site yet.")
        return first[0]
    site_id = int(wanted) if wanted.isdecimal() and len(wanted) <= _LONGEST_ID else None
    if site_id is not None and (site_id in access.sites or (access.superuser and not access.sites)):
        return await client.call(sites.get_site_from_id(site_id))
    try:
        candidates, is_all = await _page_by_page(client, partial(sites.get_pattern_match_sites, wanted))
    except MatomoError as error:
        if error.stops_polling or not wanted.isdecimal():
            raise
        candidates, is_all = (), True
    if not is_all and not any(wanted in (str(site.id), site.name) for site in candidates):
        raise SeveralMatch(f"More than {_MOST_SITES:,} sites match {sanitize(wanted, 80)!r}. Use the id.")
    try:
        return choose_site(wanted, candidates)
    except UnknownSite as error:
        raise await _with_suggestion(client, error, wanted) from None


async def _page_by_page(client: Client, page: Callable[..., Call[tuple[Site, ...]]]) -> tuple[tuple[Site, ...], bool]:
    """Request pages of sites. Returns them, up to ``_MOST_SITES``, and whether they are all."""
    found: dict[int, Site] = {}
    for offset in range(0, _MOST_SITES, _SITES_A_PAGE):
        some = await client.call(page(limit=_SITES_A_PAGE, offset=offset))
        found |= {site.id: site for site in some}
        if len(some) < _SITES_A_PAGE:
            return tuple(found.values()), True
    return tuple(found.values()), not await client.call(page(limit=1, offset=_MOST_SITES))


async def _with_suggestion(client: Client, error: UnknownSite, wanted: str) -> UnknownSite:
    """``error`` about the unknown site ``wanted``, with the nearest name or the first sites, for one more request."""
    import difflib  # imported for a mistake only: it costs start-up time

    try:
        known = await client.call(sites.get_sites_with_at_least_view_access(limit=_SITES_A_PAGE))
    except MatomoError:
        return error
    names = {site.name.casefold(): sanitize(site.name, 40) for site in known}
    if close := difflib.get_close_matches(wanted.casefold(), names, n=1):
        hint = f"Did you mean {names[close[0]]!r}?"
    else:
        more = f" and {len(known) - _NAMES_SHOWN} more" if len(known) > _NAMES_SHOWN else ""
        hint = f"Its sites: {', '.join(list(names.values())[:_NAMES_SHOWN])}{more}."
    return error.reworded(f"{error} {hint}")


@dataclass(frozen=True, slots=True)
class FoundSites:
    """The sites that were looked for by id or name, or all."""

    sites: tuple[Site, ...]
    """In the order in which they were wanted."""
    problems: Mapping[str, MatomoError] = field(default_factory=dict)
    """Why others were not found, by what was wanted."""
    is_all: bool = True
    """False if there are more than these, of all sites."""


async def find_sites(session: Session, wanted: Sequence[str]) -> FoundSites:
    """Find the sites with these ids or names; ``("all",)`` finds up to ten thousand.

    Raises a ``MatomoError`` that is not about one of the sites."""
    client = session.client
    if [name.lower() for name in wanted] == ["all"]:
        every, is_all = await _page_by_page(client, sites.get_sites_with_at_least_view_access)
        return FoundSites(every, is_all=is_all)
    found: list[Site] = []
    problems: dict[str, MatomoError] = {}
    for name in wanted:
        try:
            found.append(await _find_site(client, session.access, name))
        except (BadRequest, NoAccess) as error:  # a site that was deleted is one without access, but for a superuser
            problems[name] = error
    return FoundSites(tuple(found), problems)


def choose_site(wanted: str, candidates: Sequence[Site]) -> Site:
    """Return the only site that matches ``wanted``.

    The first of these that matches any site decides: the id; the exact name; the name in any case; its beginning; a
    part of it. Raises ``UnknownSite`` if no site matches, ``SeveralMatch`` with the names to choose from if several do.
    """
    name = wanted.casefold()
    stages = (
        [site for site in candidates if str(site.id) == wanted],
        [site for site in candidates if site.name == wanted],
        [site for site in candidates if site.name.casefold() == name],
        [site for site in candidates if site.name.casefold().startswith(name)],
        [site for site in candidates if name in site.name.casefold()],
    )
    matches = next((stage for stage in stages if stage), [])
    if len(matches) == 1:
        return matches[0]
    if not matches:
        what = "id or name" if wanted.isdecimal() else "name"
        error = UnknownSite(f"This token has access to no site with the {what} {sanitize(wanted, 80)!r}.")
        error.method = "SitesManager.getPatternMatchSites"  # the server's answer
        raise error
    shown = ", ".join(f"{sanitize(site.name, 40)} (id {site.id})" for site in matches[:_NAMES_SHOWN])
    more = f" and {len(matches) - _NAMES_SHOWN} more" if len(matches) > _NAMES_SHOWN else ""
    raise SeveralMatch(f"{sanitize(wanted, 80)!r} matches several sites: {shown}{more}. Use the id.")
