"""Matomo's CoreAdminHome module: hits that the tracker refused."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlencode

from matomo_tui.demo.api_request import ApiRequest, Json
from matomo_tui.demo.method_registry import method
from matomo_tui.demo.recorded_hits import Failure

_PROBLEMS = {
    1: ("The site does not exist.", "Update the configured idSite in the tracker."),
    2: ("Authentication is missing or not correct.", "Set or update the token_auth of the tracker."),
}


@method("CoreAdminHome.getTrackingFailures")
def get_tracking_failures(ask: ApiRequest) -> Json:
    """Refused hits of the sites that the user administers; of unknown sites for superusers."""
    ask.check_somewhere("admin")
    failures = ask.store.tracked.failures
    return [_told(ask, each) for each in failures if ask.user.superuser or ask.user.at_least("admin", each.site_id)]


def _told(ask: ApiRequest, failure: Failure) -> Json:
    site = ask.store.world.site(failure.site_id)
    at = datetime.fromtimestamp(failure.at, UTC)
    problem, solution = _PROBLEMS[failure.reason]
    return {
        "idsite": failure.site_id,
        "idfailure": failure.reason,
        "date_first_occurred": f"{at:%Y-%m-%d %H:%M:%S}",
        "request_url": urlencode(failure.hit),
        "site_name": site.name if site else "Unknown",
        "pretty_date_first_occurred": f"{at:%b} {at.day}, {at:%Y %H:%M:%S}",
        "url": failure.hit.get("url", ""),
        "problem": problem,
        "solution": solution,
        "solution_url": "",
    }
