"""``matomo-tui sites``: the sites that the token may view."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from matomo_tui.cli.listing import ListedRows, listing, print_listing

if TYPE_CHECKING:
    from matomo_tui.headless.connection import ReadConnection

_PAGE = 1_000


@listing(
    "sites",
    (
        "matomo-tui sites",
        "matomo-tui sites shop --columns id,name,role",
        "matomo-tui sites --format csv > sites.csv",
    ),
)
@click.argument("pattern", default="", metavar="[TEXT]")
def command(ctx: click.Context, /, pattern: str, **flags: Any) -> None:
    """List the sites that the token may view, with its role on each.

    With TEXT only those whose name, URL, group or id contains it.
    """
    print_listing(ctx, flags, partial(_rows, pattern), nothing="no site matches.")


async def _rows(pattern: str, connection: ReadConnection) -> ListedRows:
    from matomo_tui.api import paging, sites
    from matomo_tui.api.errors import NoAccess

    access = (await connection.server_info()).access
    if not access.superuser and not access.sites:
        raise NoAccess("This token has access to no site.", "view")
    client = await connection.client()
    found: ListedRows = []
    async for page in paging.pages(client, lambda offset: sites.get_visible_sites(pattern, limit=_PAGE, offset=offset)):
        found += [
            {
                "id": site.id,
                "name": site.name,
                "role": access.role(site.id),
                "main_url": site.main_url,
                "timezone": site.timezone,
                "currency": site.currency,
                "group": site.group,
                "type": site.type,
                "ecommerce": site.ecommerce,
            }
            for site in page
        ]
    return found
