"""Matomo's API module: the server describes its own reports."""

from __future__ import annotations

from matomo_tui.demo.api_request import ApiRequest, Json, whole_number
from matomo_tui.demo.method_registry import method
from matomo_tui.demo.reports.metadata.catalogue import reports_of, subtables_of
from matomo_tui.demo.reports.metadata.entry import ReportEntry
from matomo_tui.demo.world import StoredSite


def _site(ask: ApiRequest) -> StoredSite:
    # ``idSites`` is its name of old.
    if not ask.params.get("idSite") and ask.params.get("idSites"):
        first = str(whole_number(ask.params["idSites"].split(",")[0]))
        ask = ApiRequest({**ask.params, "idSite": first}, ask.user, ask.store, ask.now, ask.options)
    return ask.site()


def told(ask: ApiRequest, site: StoredSite, report: ReportEntry) -> dict[str, Json]:
    """The report's description."""
    return report.as_json(site.id, ask.params.get("period", "day"), ask.params.get("date", "today"))


@method("API.getReportMetadata", filters_itself=True)
def get_report_metadata(ask: ApiRequest) -> Json:
    """Every report of the site."""
    site = _site(ask)
    version = ask.options.matomo
    found = [*reports_of(site, version)]
    if ask.flag("showSubtableReports"):
        found += subtables_of(site, version)
    return [told(ask, site, report) for report in found]


@method("API.getMetadata", filters_itself=True)
def get_metadata(ask: ApiRequest) -> Json:
    """One report, in a list; nothing for one that is not there."""
    site = _site(ask)
    wanted = (ask.text("apiModule"), ask.text("apiAction"), ask.params.get("idGoal", ""))
    version = ask.options.matomo
    every = [*reports_of(site, version), *subtables_of(site, version)]
    return [told(ask, site, report) for report in every if _is(report, wanted)]


def _is(report: ReportEntry, wanted: tuple[str, str, str]) -> bool:
    return (report.module, report.action, str(report.parameters.get("idGoal", ""))) == wanted
