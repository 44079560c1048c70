"""The library's main class: a client for an address and a token."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from typing import Literal, TypeVar

from matomo_tui.api import paging
from matomo_tui.api.address import Address
from matomo_tui.api.calls import Call
from matomo_tui.api.client import Client
from matomo_tui.api.http import HttpTransport
from matomo_tui.api.in_process import ASGIApp
from matomo_tui.api.paging import Page
from matomo_tui.api.rejections import Rejections
from matomo_tui.api.secret import Secret

T = TypeVar("T")
P = TypeVar("P", bound=Page[object])


class Matomo(Client):
    """A :class:`~matomo_tui.api.client.Client` for one Matomo over HTTP with one token.

    >>> async with Matomo("stats.example.org", token) as matomo:
    ...     counters, totals = await matomo.gather(
    ...         live.get_counters(1, last_minutes=30), visits_summary.get(1, "day", "yesterday")
    ...     )
    >>> type(counters).__name__, type(totals).__name__
    ('Counters', 'VisitsSummary')

    Arguments:

    - ``address``: a host, a base URL, or any address copied from the Matomo in a browser; the default scheme is https.
    - ``token``: an API token as ``str`` or :class:`~matomo_tui.api.secret.Secret`; ``None`` for anonymous requests.
    - ``auth``: send the token in the body (``post``) or as a header (``bearer``, Matomo 5.4 or newer).
    - ``verify``: True trusts the system's certificates, a path those of a PEM file; False skips verification.
    - ``headers``: pairs of names and values added to every request.
    - ``basic_auth``: user name and password for a web server in front of Matomo.
    - ``timeout``: limit in seconds for one exchange, from connecting to the end of the answer.
    - ``read_only``: refuse all writes before they are sent.
    - ``allow``: refuse calls outside of these areas (``matomo_tui.api.permissions.AREAS``); ``None`` allows all.
    - ``app``: an ASGI application that answers requests in this process, without a network.

    Nothing is sent before the first call. Raises ``ValueError`` with a sentence if the address is invalid or the
    arguments contradict each other.
    """

    def __init__(
        self,
        address: str | Address,
        token: str | Secret | None = None,
        *,
        auth: Literal["post", "bearer"] = "post",
        verify: bool | str = True,
        headers: Sequence[tuple[str, str]] = (),
        basic_auth: tuple[str, str | Secret] | None = None,
        timeout: float = 20.0,
        read_only: bool = False,
        allow: Collection[str] | None = None,
        app: ASGIApp | None = None,
    ) -> None:
        self.address = Address.parse(address) if isinstance(address, str) else address
        transport = HttpTransport(
            self.address,
            None if token is None else _secret(token),
            auth=auth,
            verify_tls=verify is not False,
            ca_bundle=verify if isinstance(verify, str) else "",
            headers=headers,
            basic_auth=None if basic_auth is None else (basic_auth[0], _secret(basic_auth[1])),
            timeout=timeout,
            app=app,
        )
        super().__init__(transport, read_only=read_only, allow=allow, rejections=Rejections(self.address.base))

    def __repr__(self) -> str:
        return f"Matomo({self.address.base!r})"

    def pages(self, call_at: Callable[[int], Call[P]]) -> AsyncIterator[P]:
        """Iterate over the pages of a call that has ``limit`` and ``offset``; each is requested when the loop needs it.

        ``call_at`` builds the call for an offset:

        >>> async for page in matomo.pages(lambda offset: users.get_users_plus_role(1, limit=5, offset=offset)):
        ...     print(len(page.users), "of", page.total)
        5 of 11
        5 of 11
        1 of 11

        Raises a ``MatomoError``.
        """
        return paging.pages(self, call_at)

    async def entries(self, call_at: Callable[[int], Call[Page[T]]]) -> AsyncIterator[T]:
        """Iterate over the entries of all :meth:`pages`.

        >>> async for site in matomo.entries(lambda offset: sites.get_visible_sites(limit=2, offset=offset)):
        ...     print(site.id, site.name)
        1 Lumen & Oak
        2 Field Notes
        3 Kumo Docs
        ...

        Raises a ``MatomoError``.
        """
        async for page in paging.pages(self, call_at):
            for entry in page:
                yield entry


def _secret(value: str | Secret) -> Secret:
    return value if isinstance(value, Secret) else Secret(value)
