"""The line of a connection among all Matomos at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matomo_tui.live.matomo_summary import MatomoSummary
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.matomos.overview_screen import MatomoLine

if TYPE_CHECKING:
    from matomo_tui.live.matomo_summary import MatomoWatch
    from matomo_tui.ui.connection import Connection


def line_of(connection: Connection, watch: MatomoWatch | None, *, is_shown: bool) -> MatomoLine:
    """What is known of a Matomo; ``watch`` has its figures over all sites."""
    session = connection.session
    address = session.address if session is not None else connection.settings.url
    version = f"Matomo {session.version}" if session is not None and session.version else ""
    return MatomoLine(
        connection.name,
        sanitize("  ".join(filter(None, (version, address)))),
        session.access.highest if session is not None else "",
        len(session.access.sites) if session is not None else None,
        connection.snapshot.poll,
        watch.summary if watch is not None else MatomoSummary(),
        is_shown=is_shown,
    )
