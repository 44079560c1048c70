"""Matomo's CoreAdminHome module: what its tracker refused."""

from __future__ import annotations

from matomo_tui.demo.answers.registry import method
from matomo_tui.demo.ask import Ask, Json


@method("CoreAdminHome.getTrackingFailures")
def get_tracking_failures(ask: Ask) -> Json:
    """The hits that were refused, to administrators of a site: the demo remembers none."""
    ask.check_somewhere("admin")
    return []
