"""The list of report sections, their overview panes, and sections a site may lack."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct
from textual.widget import Widget

from matomo_tui.api.errors import MatomoError
from matomo_tui.reports.catalogue import Pane, Report
from matomo_tui.reports.table import TableModel
from matomo_tui.ui.reports.report_context import ReportContext
from matomo_tui.ui.reports.report_list import DisabledReports, SectionLink

PARENT_REPORTS: dict[str, tuple[str, str]] = {
    "": ("VisitsSummary.get", "nb_visits"),
    "Actions": ("Actions.get", "nb_pageviews"),
    "Goals": ("Goals.get", "nb_conversions"),
}
"""For a module of Matomo the single-row report with the totals of its reports, and the metric to chart; ``""`` is the
default."""


class Section(Struct, frozen=True):
    """One of the report screens."""

    name: str
    """Its name in the registry of actions."""
    title: str
    """Its name in the breadcrumbs."""
    pane: Pane | None
    """The group of reports it has; ``None``: all reports."""
    links: tuple[SectionLink, ...] = ()
    """Other sections in its list of reports."""


SECTIONS: tuple[Section, ...] = (
    Section("visits", "Visits", "visits", (SectionLink("log", "Visit log"),)),
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
    """The interface of the panes that can be a section's main content."""

    @property
    def table(self) -> Widget:
        """The widget that takes the focus."""
        ...

    @property
    def data(self) -> TableModel | None:
        """The table to export; ``None`` if there is none."""
        ...

    def begin_request(self) -> None: ...

    def fail(self, error: MatomoError) -> None: ...

    def set_title(self, detail: str | tuple[str, ...] = "", title: str | None = None, headings: str = "") -> None: ...


def disabled_reason(section: Section, context: ReportContext, reports: Sequence[Report]) -> DisabledReports | None:
    """The entry for site search if the site has it switched off: Matomo does not list its reports then."""
    site, access = context.query.site, context.access
    if section.pane != "pages" or site.sitesearch or any("SiteSearch" in report.action for report in reports):
        return None
    may = access.may_edit_site(site.id) and not context.session.client.read_only
    how = "9, Sites switches it on." if may else "Users with admin access can switch it on."
    return DisabledReports("Site search is off", f"Site search is off for this site. {how}")
