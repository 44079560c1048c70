"""A visit of the feed as text for the clipboard."""

from __future__ import annotations

from matomo_tui.api.site import Site
from matomo_tui.instants import local_time
from matomo_tui.live.snapshot import VisitRow
from matomo_tui.live.timezones import zone
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.drawing import formatting


def visit_line(visit: VisitRow, site: Site) -> str:
    """Return a visit as one line without tabs: time, visitor, source, device, actions, page."""
    when = local_time(visit.last_action_at, zone(site.timezone))
    source = f'{visit.source} "{visit.keyword}"' if visit.keyword else visit.source
    nth = f"{visit.visitor_type}, visit {visit.visit_count}" if visit.visit_count else visit.visitor_type
    parts = (
        f"{when:%Y-%m-%d %H:%M:%S %Z}",
        visit.place or visit.country,
        visit.ip,
        visit.user_id,
        nth,
        source,
        ", ".join(filter(None, (visit.device, visit.browser, visit.operating_system))),
        f"{visit.actions} actions in {formatting.duration(visit.duration)}",
        visit.site_name,
        visit.page_url or visit.page,
        ", ".join(badge.text for badge in visit.badges),
    )
    return sanitize(" | ".join(filter(None, parts)), 2048)
