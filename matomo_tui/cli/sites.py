"""``matomo-tui sites``: the sites that the token may view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import click

from matomo_tui.cli.options import EXIT_CODES, NoTokenOption, connection_options, format_options

if TYPE_CHECKING:
    from matomo_tui.headless.connection import ReadConnection
    from matomo_tui.headless.formats import OutputFormat

_PAGE = 1_000


@click.command(
    "sites",
    cls=NoTokenOption,
    epilog="""\b
Examples:
  matomo-tui sites
  matomo-tui sites shop --columns id,name,role
  matomo-tui sites --format csv > sites.csv
"""
    + EXIT_CODES,
)
@click.argument("pattern", default="", metavar="[TEXT]")
@format_options
@connection_options
@click.pass_context
def command(
    ctx: click.Context,
    /,
    pattern: str,
    output_format: str,
    columns: Sequence[str],
    quiet: bool,
    **flags: Any,
) -> None:
    """List the sites that the token may view, with its role on each.

    With TEXT only those whose name, URL, group or id contains it.
    """
    from matomo_tui.cli.output import Output, print_rows
    from matomo_tui.cli.running import run, start_from
    from matomo_tui.headless.connection import ReadConnection

    kind = cast("OutputFormat", output_format)
    start = start_from(ctx, flags)
    output = Output(start.settings, json=kind in ("json", "ndjson"), quiet=quiet)

    async def work() -> list[dict[str, Any]]:
        async with ReadConnection(start.settings, start.token) as connection:
            return await _rows(connection, pattern)

    async def show() -> None:
        rows = await work()
        print_rows(output, kind, columns, rows)
        if not rows:
            output.note("no site matches.")

    run(show())


async def _rows(connection: ReadConnection, pattern: str) -> list[dict[str, Any]]:
    from matomo_tui.api import paging, sites
    from matomo_tui.api.errors import NoAccess

    access = (await connection.server_info()).access
    if not access.superuser and not access.sites:
        raise NoAccess("This token has access to no site.", "view")
    client = await connection.client()
    found = []
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
