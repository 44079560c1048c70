"""Server information: version, report metadata, tracking failures, and unused features."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlencode

from matomo_tui.demo.api_request import ApiRequest, Json, whole_number
from matomo_tui.demo.entities import StoredSite
from matomo_tui.demo.errors import refusal
from matomo_tui.demo.method_registry import method
from matomo_tui.demo.recorded_hits import Failure
from matomo_tui.demo.reports.report_table import ReportEntry, reports_of, subtables_of


def _check_some_view(call: ApiRequest) -> None:
    if next(call.visible_sites(), None) is None:
        raise refusal("no access anywhere", role="view")


@method("API.getMatomoVersion")
def get_matomo_version(call: ApiRequest) -> Json:
    """The version; requires view access to at least one site."""
    _check_some_view(call)
    return call.options.matomo.name


@method("API.getPiwikVersion")
def get_piwik_version(call: ApiRequest) -> Json:
    return get_matomo_version(call)


@method("API.getPhpVersion")
def get_php_version(call: ApiRequest) -> Json:
    """The PHP version of this Matomo version."""
    _check_some_view(call)
    return {"version": "8.3.14", "major": 8, "minor": 3, "release": 14, "versionId": 80314, "extra": ""}


@method("API.getSettings")
def get_settings(_ask: ApiRequest) -> Json:
    return {"SDK_batch_size": 10, "SDK_interval_value": 30}


@method("API.getIpFromHeader")
def get_ip_from_header(call: ApiRequest) -> Json:
    _check_some_view(call)
    return call.params.get("_ip", "")


@method("API.isPluginActivated")
def is_plugin_activated(call: ApiRequest) -> Json:
    _check_some_view(call)
    return call.text("pluginName") in call.options.plugins


def _site(call: ApiRequest) -> StoredSite:
    # ``idSites`` is the old name of the parameter.
    if not call.params.get("idSite") and call.params.get("idSites"):
        first = str(whole_number(call.params["idSites"].split(",")[0]))
        call = ApiRequest({**call.params, "idSite": first}, call.user, call.store, call.now, call.options)
    return call.site()


def report_as_json(call: ApiRequest, site: StoredSite, report: ReportEntry) -> dict[str, Json]:
    """The metadata of one report."""
    return report.as_json(site.id, call.params.get("period", "day"), call.params.get("date", "today"))


@method("API.getReportMetadata", filters_itself=True)
def get_report_metadata(call: ApiRequest) -> Json:
    site = _site(call)
    version = call.options.matomo
    found = [*reports_of(site, version)]
    if call.flag("showSubtableReports"):
        found += subtables_of(site, version)
    return [report_as_json(call, site, report) for report in found]


@method("API.getMetadata", filters_itself=True)
def get_metadata(call: ApiRequest) -> Json:
    """One report, in a list; empty if it does not exist."""
    site = _site(call)
    wanted = (call.text("apiModule"), call.text("apiAction"), call.params.get("idGoal", ""))
    version = call.options.matomo
    every = [*reports_of(site, version), *subtables_of(site, version)]
    return [report_as_json(call, site, report) for report in every if _is(report, wanted)]


def _is(report: ReportEntry, wanted: tuple[str, str, str]) -> bool:
    return (report.module, report.action, str(report.parameters.get("idGoal", ""))) == wanted


_PROBLEMS = {
    1: ("The site does not exist.", "Update the configured idSite in the tracker."),
    2: ("Authentication is missing or not correct.", "Set or update the token_auth of the tracker."),
}


@method("CoreAdminHome.getTrackingFailures")
def get_tracking_failures(call: ApiRequest) -> Json:
    """Tracking failures of the sites that the user administers; those of unknown sites only for superusers."""
    call.check_somewhere("admin")
    failures = call.store.tracked.failures
    return [
        _as_json(call, each) for each in failures if call.user.superuser or call.user.at_least("admin", each.site_id)
    ]


def _as_json(call: ApiRequest, failure: Failure) -> Json:
    site = call.store.world.site(failure.site_id)
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


@method("CustomDimensions.getConfiguredCustomDimensions")
def get_configured_custom_dimensions(call: ApiRequest) -> Json:
    call.site()
    return []


@method("ScheduledReports.getReports")
def get_reports(call: ApiRequest) -> Json:
    call.check_somewhere("view")
    return []
