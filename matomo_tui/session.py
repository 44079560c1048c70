"""A connection made ready: settings and a token become a client that knows its server, its role and its site.

The one place where the rooms are put together; the command line and the connect screen both come here.
"""

from __future__ import annotations

from dataclasses import dataclass

from matomo_tui.api.access import Access
from matomo_tui.api.client import Client
from matomo_tui.api.secret import Secret
from matomo_tui.api.sites import Site
from matomo_tui.config.settings import Settings


@dataclass(frozen=True, slots=True)
class Session:
    """``site`` is the one to open with; ``address`` the Matomo's, cleaned, without ``index.php``; ``warnings`` are
    sentences to show loudly (verification off, plain http to another machine)."""

    client: Client
    settings: Settings
    site: Site
    access: Access
    version: str
    address: str
    warnings: tuple[str, ...] = ()


async def open_session(settings: Settings, token: Secret | None) -> Session:
    """Connect: version, roles and the site in at most two requests. ``settings.demo`` needs no token.

    Raises a ``MatomoError`` (``NoAccess`` where the token sees no site, ``BadRequest`` where the named site is not
    among them).
    """
    raise NotImplementedError
