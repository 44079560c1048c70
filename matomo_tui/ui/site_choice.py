"""The choice of a site before there is a connection: that of the settings was renamed or deleted in Matomo, or several
sites have its name."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace
from textual.app import App

from matomo_tui.api.errors import MatomoError
from matomo_tui.api.site import Site
from matomo_tui.config.secrets import SecretError
from matomo_tui.ui.live.site_switcher import SiteSwitcher
from matomo_tui.ui.widgets.workers import deferred

if TYPE_CHECKING:
    from matomo_tui.ui.connection import Connection

_HOW_TO_KEEP = 'Which one opens at the start is set by "site" in the profile, --site or MATOMO_SITE.'


def choose_site(app: App[Any], connection: Connection, missing: MatomoError) -> None:
    """List the sites of the token, and open the chosen one. ``missing`` says why that of the settings cannot be; it is
    shown again if none is chosen."""
    connection.show_connecting()
    connection.attempt(deferred(_choose_site, app, connection, missing))


async def _choose_site(app: App[Any], connection: Connection, missing: MatomoError) -> None:
    try:
        session = await connection.open(replace(connection.settings, site=""))
    except (MatomoError, SecretError) as error:
        connection.could_not_connect(error)
        return
    site: Site | None = None
    try:
        if app.screen is connection.live:  # else the user has gone elsewhere meanwhile
            why = f"{missing} {_HOW_TO_KEEP}"
            site = await app.push_screen_wait(SiteSwitcher(session.client, connection.live.snapshot.site, why))
    finally:
        if site is None:
            await session.client.aclose()
    if site is None:
        connection.could_not_connect(missing)
        return
    settings = replace(session.settings, site=str(site.id))
    connection.follow(dataclasses.replace(session, site=site, settings=settings))
