"""``matomo-tui goals``: the goals of a site."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import click

from matomo_tui.cli.options import EXIT_CODES, NoTokenOption, connection_options, format_options

if TYPE_CHECKING:
    from matomo_tui.headless.formats import OutputFormat


@click.command(
    "goals",
    cls=NoTokenOption,
    epilog="""\b
Examples:
  matomo-tui goals --site Shop
  matomo-tui goals --site 3 --format json
"""
    + EXIT_CODES,
)
@format_options
@connection_options
@click.pass_context
def command(ctx: click.Context, /, output_format: str, columns: Sequence[str], quiet: bool, **flags: Any) -> None:
    """List the goals of a site as they are defined.

    Their figures are in matomo-tui report goals.
    """
    from matomo_tui.api import goals
    from matomo_tui.cli.output import Output, print_rows
    from matomo_tui.cli.running import run, start_from
    from matomo_tui.headless.connection import ReadConnection

    kind = cast("OutputFormat", output_format)
    start = start_from(ctx, flags)
    output = Output(start.settings, json=kind in ("json", "ndjson"), quiet=quiet)

    async def work() -> list[dict[str, Any]]:
        async with ReadConnection(start.settings, start.token) as connection:
            site = (await connection.session()).site
            found = await connection.call(goals.get_goals(site.id))
            return [
                {
                    "id": goal.id,
                    "name": goal.name,
                    "match_attribute": goal.match_attribute,
                    "pattern_type": goal.pattern_type,
                    "pattern": goal.pattern,
                    "revenue": goal.revenue,
                    "allow_multiple": goal.allow_multiple,
                    "case_sensitive": goal.case_sensitive,
                    "event_value_as_revenue": goal.event_value_as_revenue,
                    "description": goal.description,
                }
                for goal in found
            ]

    async def show() -> None:
        rows = await work()
        print_rows(output, kind, columns, rows)
        if not rows:
            output.note("the site has no goals.")

    run(show())
