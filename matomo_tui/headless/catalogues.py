"""The reports of a site and their loader, for commands without a screen."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date

from matomo_tui.api.site import Site
from matomo_tui.headless.choices import ChosenReport, choose_report
from matomo_tui.headless.connection import ReadConnection
from matomo_tui.live.timezones import zone
from matomo_tui.reports import catalogue_cache
from matomo_tui.reports.catalogue import Catalogue
from matomo_tui.reports.loader import ReportLoader
from matomo_tui.reports.periods import today as today_in
from matomo_tui.session import Session


def site_today(session: Session, *, now: Callable[[], float] = time.time) -> Callable[[Site], date]:
    """A function that returns today's date in a site's time zone, by the server's clock; ``now`` returns the local time
    as a UTC epoch in seconds."""
    return lambda site: today_in(zone(site.timezone), now() + session.client.server_offset)


def report_loader(session: Session) -> ReportLoader:
    """A loader for the reports of the session's Matomo."""
    return ReportLoader(session.client, site_today(session))


async def load_catalogue(connection: ReadConnection, site_id: int) -> Catalogue:
    """Load the reports of a site (``API.getReportMetadata``), named in the language of the settings and in English.
    Raises ``MatomoError``."""
    return await catalogue_cache.load_catalogue(connection.call, site_id, connection.settings.language, english=True)


async def load_report(connection: ReadConnection, site_id: int, name: str) -> ChosenReport:
    """Return the report of a site that ``name`` names, in the language of the settings or in English.

    Raises ``MatomoError``; ``BadRequest`` with suggestions if there is none.
    """
    return choose_report(await load_catalogue(connection, site_id), name)
