"""Server information: version, report metadata, tracking failures, and unused features."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlencode

from matomo_tui.demo.api_request import ApiRequest, Json, whole_number
from matomo_tui.demo.entities import StoredSite
from matomo_tui.demo.errors import no_access_anywhere
from matomo_tui.demo.method_registry import method
from matomo_tui.demo.recorded_hits import Failure
from matomo_tui.demo.reports.metadata.catalogue import reports_of, subtables_of
from matomo_tui.demo.reports.metadata.entry import ReportEntry


def _check_some_view(ask: ApiRequest) -> None:
    if next(ask.store.world.sites_with(ask.user, "view", "write", "admin", "superuser"), None) is None:
        raise no_access_anywhere("view")


@method("API.getMatomoVersion")
def get_matomo_version(ask: ApiRequest) -> Json:
    """The version; requires view access to at least one site."""
    _check_some_view(ask)
    return ask.options.matomo.name


@method("API.getPiwikVersion")
def get_piwik_version(ask: ApiRequest) -> Json:
    return get_matomo_version(ask)


@method("API.getPhpVersion")
def get_php_version(ask: ApiRequest) -> Json:
    """The PHP version of this Matomo version."""
    _check_some_view(ask)
    return {"version": "8.3.14", "major": 8, "minor": 3, "release": 14, "versionId": 80314, "extra": ""}


@method("API.getSettings")
def get_settings(_ask: ApiRequest) -> Json:
    return {"SDK_batch_size": 10, "SDK_interval_value": 30}


@method("API.getIpFromHeader")
def get_ip_from_header(ask: ApiRequest) -> Json:
    _check_some_view(ask)
    return ask.params.get("_ip", "")


@method("API.isPluginActivated")
def is_plugin_activated(ask: ApiRequest) -> Json:
    _check_some_view(ask)
    return ask.text("pluginName") in ask.options.plugins


def _site(ask: ApiRequest) -> StoredSite:
    # ``idSites`` is the old name of the parameter.
    if not ask.params.get("idSite") and ask.params.get("idSites"):
        first = str(whole_number(ask.params["idSites"].split(",")[0]))
        ask = ApiRequest({**ask.params, "idSite": first}, ask.user, ask.store, ask.now, ask.options)
    return ask.site()


def report_as_json(ask: ApiRequest, site: StoredSite, report: ReportEntry) -> dict[str, Json]:
    """The metadata of one report."""
    return report.as_json(site.id, ask.params.get("period", "day"), ask.params.get("date", "today"))


@method("API.getReportMetadata", filters_itself=True)
def get_report_metadata(ask: ApiRequest) -> Json:
    site = _site(ask)
    version = ask.options.matomo
    found = [*reports_of(site, version)]
    if ask.flag("showSubtableReports"):
        found += subtables_of(site, version)
    return [report_as_json(ask, site, report) for report in found]


@method("API.getMetadata", filters_itself=True)
def get_metadata(ask: ApiRequest) -> Json:
    """One report, in a list; empty if it does not exist."""
    site = _site(ask)
    wanted = (ask.text("apiModule"), ask.text("apiAction"), ask.params.get("idGoal", ""))
    version = ask.options.matomo
    every = [*reports_of(site, version), *subtables_of(site, version)]
    return [report_as_json(ask, site, report) for report in every if _is(report, wanted)]


def _is(report: ReportEntry, wanted: tuple[str, str, str]) -> bool:
    return (report.module, report.action, str(report.parameters.get("idGoal", ""))) == wanted


_PROBLEMS = {
    1: ("The site does not exist.", "Update the configured idSite in the tracker."),
    2: ("Authentication is missing or not correct.", "Set or update the token_auth of the tracker."),
}


@method("CoreAdminHome.getTrackingFailures")
def get_tracking_failures(ask: ApiRequest) -> Json:
    """Tracking failures of the sites that the user administers; those of unknown sites only for superusers."""
    ask.check_somewhere("admin")
    failures = ask.store.tracked.failures
    return [_as_json(ask, each) for each in failures if ask.user.superuser or ask.user.at_least("admin", each.site_id)]


def _as_json(ask: ApiRequest, failure: Failure) -> Json:
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


@method("CustomDimensions.getConfiguredCustomDimensions")
def get_configured_custom_dimensions(ask: ApiRequest) -> Json:
    ask.site()
    return []


@method("ScheduledReports.getReports")
def get_reports(ask: ApiRequest) -> Json:
    ask.check_somewhere("view")
    return []
