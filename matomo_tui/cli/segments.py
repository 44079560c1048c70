"""``matomo-tui segments``: the saved segments of a site."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import click

from matomo_tui.cli.options import EXIT_CODES, NoTokenOption, connection_options, format_options

if TYPE_CHECKING:
    from matomo_tui.headless.formats import OutputFormat


@click.command(
    "segments",
    cls=NoTokenOption,
    epilog="""\b
Examples:
  matomo-tui segments --site Shop
  matomo-tui report pages --segment "Phones in Germany"
  matomo-tui segments --format tsv --columns name,definition
"""
    + EXIT_CODES,
)
@format_options
@connection_options
@click.pass_context
def command(ctx: click.Context, /, output_format: str, columns: Sequence[str], quiet: bool, **flags: Any) -> None:
    """List the saved segments that the token may use on a site.

    --segment of report and watch takes the names and the definitions.
    """
    from matomo_tui.api import segment_editor
    from matomo_tui.cli.output import Output, print_rows
    from matomo_tui.cli.running import run, start_from
    from matomo_tui.headless.connection import ReadConnection
    from matomo_tui.reports.segments import describe

    kind = cast("OutputFormat", output_format)
    start = start_from(ctx, flags)
    output = Output(start.settings, json=kind in ("json", "ndjson"), quiet=quiet)

    async def work() -> list[dict[str, Any]]:
        async with ReadConnection(start.settings, start.token) as connection:
            site = (await connection.session()).site
            found = await connection.call(segment_editor.get_all(site.id))
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
                for segment in found
            ]

    async def show() -> None:
        rows = await work()
        print_rows(output, kind, columns, rows)
        if not rows:
            output.note("no segment is saved for this site.")

    run(show())
