"""The library's front door: an address and a token become a client that is ready to use."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from typing import Literal, TypeVar

from matomo_tui.api import paging
from matomo_tui.api.address import Address
from matomo_tui.api.calls import Call
from matomo_tui.api.client import Client
from matomo_tui.api.http import ASGIApp, HttpTransport
from matomo_tui.api.paging import Page
from matomo_tui.api.rejections import Rejections
from matomo_tui.api.secret import Secret

T = TypeVar("T")
P = TypeVar("P", bound=Page[object])


class Matomo(Client):
    """One Matomo over HTTP with one token; everything that a :class:`~matomo_tui.api.client.Client` can do.

    >>> async with Matomo("stats.example.org", token) as matomo:
    ...     counters, totals = await matomo.gather(
    ...         live.get_counters(1, last_minutes=30), visits_summary.get(1, "day", "yesterday")
    ...     )
    >>> type(counters).__name__, type(totals).__name__
    ('Counters', 'VisitsSummary')

    ``address`` is what stands in the browser's address bar: a host, a base path, or a copied page of the Matomo; https
    where it names no scheme. ``token`` is an API token, as text or as a :class:`~matomo_tui.api.secret.Secret`;
    ``None`` asks as anonymous. ``auth`` sends it in the body (``post``) or as a header (``bearer``, from Matomo 5.4).
    ``verify`` is ``True`` for the system's trusted certificates, the path of a PEM file to trust instead, or ``False``
    for no check. ``basic_auth`` is the user name and password of a web server in front, ``headers`` go out with every
    request, ``timeout`` is seconds for one whole answer. ``read_only`` refuses every write before it is sent, ``allow``
    what is in none of the areas that it names. ``app`` is an ASGI application that answers in this process, without a
    network.

    Nothing is sent before the first call. Raises ``ValueError`` with a sentence where the address cannot be read or
    the settings contradict each other.
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
        """The pages of a call that takes ``limit`` and ``offset``, each asked for when the loop comes to it.

        ``call_at`` makes the call for an offset:

        >>> async for page in matomo.pages(lambda offset: users.get_users_plus_role(1, limit=5, offset=offset)):
        ...     print(len(page.users), "of", page.total)
        5 of 11
        5 of 11
        1 of 11

        Raises a ``MatomoError``.
        """
        return paging.pages(self, call_at)

    async def entries(self, call_at: Callable[[int], Call[Page[T]]]) -> AsyncIterator[T]:
        """What stands on :meth:`pages`, one by one.

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
