"""Matomo's CustomDimensions and ScheduledReports modules, of which the demo's sites make no use."""

from __future__ import annotations

from matomo_tui.demo.api_request import ApiRequest, Json
from matomo_tui.demo.method_registry import method


@method("CustomDimensions.getConfiguredCustomDimensions")
def get_configured_custom_dimensions(ask: ApiRequest) -> Json:
    """None."""
    ask.site()
    return []


@method("ScheduledReports.getReports")
def get_reports(ask: ApiRequest) -> Json:
    """None."""
    ask.check_somewhere("view")
    return []
