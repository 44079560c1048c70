"""``matomo-tui segments``: the saved segments of a site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matomo_tui.cli.listing import ListedRows, listing, print_listing

if TYPE_CHECKING:
    import click

    from matomo_tui.headless.connection import ReadConnection


@listing(
    "segments",
    (
        "matomo-tui segments --site Shop",
        'matomo-tui report pages --segment "Phones in Germany"',
        "matomo-tui segments --format tsv --columns name,definition",
    ),
)
def command(ctx: click.Context, /, **flags: Any) -> None:
    """List the saved segments that the token may use on a site.

    --segment of report and watch takes the names and the definitions.
    """
    print_listing(ctx, flags, _rows, nothing="no segment is saved for this site.")


async def _rows(connection: ReadConnection) -> ListedRows:
    from matomo_tui.api import segment_editor
    from matomo_tui.reports.segments import describe

    site = (await connection.session()).site
    return [
        {
            "id": segment.id,
            "name": segment.name,
            "definition": segment.definition,
            "meaning": describe(segment.definition),
            "site": segment.only_site_id or None,
            "owner": segment.login,
            "for_all_users": segment.enable_all_users,
            "processed_ahead": segment.auto_archive,
        }
        for segment in await connection.call(segment_editor.get_all(site.id))
    ]
