"""``matomo-tui goals``: the goals of a site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matomo_tui.cli.listing import ListedRows, listing, print_listing

if TYPE_CHECKING:
    import click

    from matomo_tui.headless.connection import ReadConnection


@listing("goals", ("matomo-tui goals --site Shop", "matomo-tui goals --site 3 --format json"))
def command(ctx: click.Context, /, **flags: Any) -> None:
    """List the goals of a site as they are defined.

    Their figures are in matomo-tui report goals.
    """
    print_listing(ctx, flags, _rows, nothing="the site has no goals.")


async def _rows(connection: ReadConnection) -> ListedRows:
    from matomo_tui.api import goals

    site = (await connection.session()).site
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
        for goal in await connection.call(goals.get_goals(site.id))
    ]
