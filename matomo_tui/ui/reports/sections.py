"""The list of report sections, their overview panes, and sections a site may lack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from textual.widget import Widget

from matomo_tui.api.errors import MatomoError
from matomo_tui.reports.catalogue import Pane, Report
from matomo_tui.reports.table import ReportTable
from matomo_tui.ui.reports.report_context import ReportContext
from matomo_tui.ui.reports.report_list import Closed

PARENT_REPORTS: dict[str, tuple[str, str]] = {
    "": ("VisitsSummary.get", "nb_visits"),
    "Actions": ("Actions.get", "nb_pageviews"),
    "Goals": ("Goals.get", "nb_conversions"),
}
"""For each of Matomo's modules the single row that its reports are parts of, and the metric of it."""


@dataclass(frozen=True, slots=True)
class Section:
    """One of the report screens: ``name`` in the registry of actions, ``title`` in the crumbs, ``pane`` the built-in
    one whose reports it has (``None``: all reports)."""

    name: str
    title: str
    pane: Pane | None


SECTIONS: tuple[Section, ...] = (
    Section("visits", "Visits", "visits"),
    Section("pages", "Pages", "pages"),
    Section("referrers", "Referrers", "referrers"),
    Section("goals", "Goals", "goals"),
    Section("events", "Events", "events"),
    Section("all", "All reports", None),
    Section("changed", "What changed", None),
    Section("sites", "All sites", None),
    Section("log", "Visit log", None),
)
BY_NAME = {section.name: section for section in SECTIONS}


class SectionContent(Protocol):
    """What every pane that a section is about can do."""

    @property
    def table(self) -> Widget:
        """What takes the focus."""
        ...

    @property
    def data(self) -> ReportTable | None:
        """What an export writes."""
        ...

    def ask_began(self) -> None: ...

    def fail(self, error: MatomoError) -> None: ...


def disabled_reason(section: Section, desk: ReportContext, reports: Sequence[Report]) -> Closed | None:
    """Site search, where the desk's site has it switched off: Matomo does not list its reports then."""
    site, access = desk.query.site, desk.access
    if section.pane != "pages" or site.sitesearch or any("SiteSearch" in report.action for report in reports):
        return None
    may = access.may_edit_site(site.id) and not desk.session.client.read_only
    how = "9, Sites switches it on." if may else "Users with admin access can switch it on."
    return Closed("Site search is off", f"Site search is off for this site. {how}")
