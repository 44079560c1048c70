"""Server information: version, report metadata, tracking failures, and unused features."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlencode

from msgspec.structs import replace

from matomo_tui.demo.api_request import ApiRequest, Json, method, whole_number
from matomo_tui.demo.data import load
from matomo_tui.demo.formats import written
from matomo_tui.demo.reports.report_table import ReportDescription, reports_of, subtables_of
from matomo_tui.demo.store import Failure
from matomo_tui.demo.world import StoredSite

_PHP = {"version": "8.3.14", "major": 8, "minor": 3, "release": 14, "versionId": 80314, "extra": ""}

method("API.getMatomoVersion", "view")(lambda call: call.options.matomo.name)
method("API.getPhpVersion", "view")(lambda _: _PHP)
method("API.getSettings")(lambda _: {"SDK_batch_size": 10, "SDK_interval_value": 30})
method("API.isPluginActivated", "view")(lambda call: call.text("pluginName") in call.options.plugins)
method("CustomDimensions.getConfiguredCustomDimensions")(lambda call: call.site() and [])
method("ScheduledReports.getReports", "view")(lambda _: [])


def _site(call: ApiRequest) -> StoredSite:
    # ``idSites`` is the old name of the parameter.
    if not call.params.get("idSite") and call.params.get("idSites"):
        first = str(whole_number(call.params["idSites"].split(",")[0]))
        return replace(call, params={**call.params, "idSite": first}).site()
    return call.site()


def _as_json(call: ApiRequest, site: StoredSite, report: ReportDescription) -> dict[str, Json]:
    return report.as_json(site.id, call.params.get("period", "day"), call.params.get("date", "today"))


@method("API.getReportMetadata", filters_itself=True)
def get_report_metadata(call: ApiRequest) -> Json:
    site, version = _site(call), call.options.matomo
    below = subtables_of(site, version) if call.flag("showSubtableReports") else []
    return [_as_json(call, site, report) for report in (*reports_of(site, version), *below)]


@method("API.getMetadata", filters_itself=True)
def get_metadata(call: ApiRequest) -> Json:
    """One report, in a list; empty if it does not exist."""
    site, version = _site(call), call.options.matomo
    method, goal = f"{call.text('apiModule')}.{call.text('apiAction')}", call.params.get("idGoal", "")
    every = [report for report in (*reports_of(site, version), *subtables_of(site, version)) if report.method == method]
    return [_as_json(call, site, report) for report in every if str(report.parameters.get("idGoal", "")) == goal]


@method("CoreAdminHome.getTrackingFailures", "admin")
def get_tracking_failures(call: ApiRequest) -> Json:
    """Tracking failures of the sites that the user administers; those of unknown sites only for superusers."""
    failures, user = call.store.tracked.failures, call.user
    return [_failure(call, each) for each in failures if user.superuser or user.at_least("admin", each.site_id)]


def _failure(call: ApiRequest, failure: Failure) -> Json:
    site = call.world.site(failure.site_id)
    at = datetime.fromtimestamp(failure.at, UTC)
    problem, solution = load("tables")["tracking failures"][str(failure.reason)]
    return {
        "idsite": failure.site_id,
        "idfailure": failure.reason,
        "date_first_occurred": written(failure.at),
        "request_url": urlencode(failure.hit),
        "site_name": site.name if site else "Unknown",
        "pretty_date_first_occurred": f"{at:%b} {at.day}, {at:%Y %H:%M:%S}",
        "url": failure.hit.get("url", ""),
        "problem": problem,
        "solution": solution,
        "solution_url": "",
    }
