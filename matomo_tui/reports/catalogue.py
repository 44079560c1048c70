"""The catalogue of reports, built from the server's metadata, plug-ins included."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from msgspec import Struct

from matomo_tui.api.metadata import ReportMetadata
from matomo_tui.reports.metadata_texts import goal_names, meanings_of, plain_text, rate_name
from matomo_tui.reports.values import ColumnType, better, column_type
from matomo_tui.sanitize import sanitize

Pane = Literal["visits", "pages", "referrers", "goals", "events"]

PANES: Mapping[Pane, tuple[str, ...]] = {
    "visits": (
        "VisitsSummary.get",
        "VisitFrequency.get",
        "VisitTime.getVisitInformationPerServerTime",
        "VisitTime.getVisitInformationPerLocalTime",
        "VisitTime.getByDayOfWeek",
        "PagePerformance.get",
    ),
    "pages": (
        "Actions.getPageUrls",
        "Actions.getPageTitles",
        "Actions.getEntryPageUrls",
        "Actions.getEntryPageTitles",
        "Actions.getExitPageUrls",
        "Actions.getExitPageTitles",
        "Actions.getDownloads",
        "Actions.getOutlinks",
        "Actions.getSiteSearchKeywords",
        "Actions.getSiteSearchNoResultKeywords",
        "Actions.getSiteSearchCategories",
    ),
    "referrers": (
        "Referrers.getReferrerType",
        "Referrers.getAll",
        "Referrers.getSearchEngines",
        "Referrers.getKeywords",
        "Referrers.getWebsites",
        "Referrers.getSocials",
        "Referrers.getCampaigns",
    ),
    "goals": (
        "Goals.get",
        "Goals.getDaysToConversion",
        "Goals.getVisitsUntilConversion",
        "Goals.getItemsName",
        "Goals.getItemsSku",
        "Goals.getItemsCategory",
    ),
    "events": ("Events.getCategory", "Events.getAction", "Events.getName"),
}
"""The API methods of each built-in pane, in the order shown."""

_CATEGORIES: Mapping[Pane, frozenset[str]] = {
    "pages": frozenset({"Actions", "Behaviour", "Behavior"}),
    "referrers": frozenset({"Referrers", "Acquisition"}),
    "goals": frozenset({"Goals", "Ecommerce"}),
    "events": frozenset({"Events"}),
}
"""The names of Matomo's categories for each pane, in English, before and since 5.7. In other languages the categories
of the pane's own reports are used."""

_MODULES: Mapping[Pane, str] = {"pages": "Actions", "referrers": "Referrers", "goals": "Goals", "events": "Events"}
"""The module of each pane's own reports."""
_VISIT_GOAL_METRICS = ("nb_conversions", "conversion_rate", "revenue", "revenue_per_visit")
_PAGE_GOAL_METRICS = (
    "nb_conversions_attrib",
    "nb_conversions_page_rate",
    "revenue_attrib",
    "nb_conversions_entry",
    "nb_conversions_entry_rate",
    "revenue_entry",
    "revenue_per_entry",
)
"""Reports of pages credit a goal to pages seen before it, or to the page that the visit began with."""
_UNSUMMED = frozenset({"nb_conversions_page_rate", "nb_conversions_entry_rate"})
"""Shares that cannot be added up over goals."""
_CART = "ecommerceAbandonedCart"
_ALWAYS_FILLED = frozenset(
    {"VisitTime", "UserCountry", "UserLanguage", "DevicesDetection", "Resolution", "VisitorInterest", "VisitsSummary"}
)
_ALWAYS_FILLED_ACTIONS = frozenset(
    {
        "getPageUrls",
        "getPageTitles",
        "getEntryPageUrls",
        "getEntryPageTitles",
        "getExitPageUrls",
        "getExitPageTitles",
    }
)

_KEY = re.compile(r"customdimension\d+")
"""Matomo sends the key of a menu entry as the sub-category of a custom dimension, and not a name."""


@dataclass(frozen=True, slots=True)
class ReportColumn:
    """A metric of a report."""

    key: str
    """Its key in ``ReportRow.values``."""
    name: str
    """Its name, sanitized."""
    type: ColumnType
    goal: str = ""
    """The id of the goal it belongs to, ``all`` for the sum of goals; ``""`` for a metric that rows have themselves."""
    short_name: str = ""
    """The name without the goal's, for columns of one goal only."""
    sortable: bool = True
    """False if the server cannot sort by it."""
    documentation: str = field(default="", compare=False)
    """What it means, by the server; ``""`` if the server does not say."""

    @property
    def better(self) -> int:
        """1 if more is better, -1 if less is, 0 if neither."""
        return better(self.key.removeprefix(f"goal_{self.goal}_") if self.goal else self.key)


class Report(Struct, frozen=True):
    """One report of a site, from the metadata. All texts are sanitized."""

    id: str
    """Matomo's unique id: ``Actions_getPageUrls``."""
    module: str
    action: str
    name: str
    category: str = ""
    subcategory: str = ""
    dimension: str = ""
    """What the rows are; ``""`` for a single row of metrics."""
    parameters: tuple[tuple[str, str], ...] = ()
    """Parameters sent with every request, such as ``idGoal``, sorted by name."""
    goal_name: str = ""
    """The name of the goal that the report is about; ``""`` if there is none, or it is not known."""
    columns: tuple[ReportColumn, ...] = ()
    goal_columns: tuple[ReportColumn, ...] = ()
    """The metrics of conversions: of all goals, then of each."""
    sub_action: str = ""
    """The API action that opens a row; ``""`` if rows do not open."""
    sub_dimension: str = ""
    """The dimension of the level below."""
    constant_rows: bool = False
    """The rows are fixed, such as hours, and keep their order."""
    documentation: str = ""

    @property
    def method(self) -> str:
        """The API method of the first level: ``Actions.getPageUrls``."""
        return f"{self.module}.{self.action}"

    @property
    def sub_method(self) -> str:
        """The API method that opens a row at any depth, with the row's ``idSubtable``."""
        return f"{self.module}.{self.sub_action or self.action}"

    @property
    def is_single(self) -> bool:
        """Returns True for a single row of metrics."""
        return not self.dimension

    @property
    def has_levels(self) -> bool:
        """Returns True if rows open, and a flat view is possible."""
        return bool(self.sub_action)

    @property
    def recursive(self) -> bool:
        """Returns True for a hierarchy of one dimension, such as folders of pages: a search covers all its levels."""
        return bool(self.sub_action) and self.sub_action == self.action

    @property
    def filled_when_visited(self) -> bool:
        """Returns True if the report has rows whenever there are visits: if it is empty, Matomo has not built it
        yet."""
        return self.module in _ALWAYS_FILLED or (self.module, self.action) in _FILLED

    def column(self, key: str) -> ReportColumn | None:
        """The column with this key, goal columns included; ``None`` if there is none."""
        return next((column for column in (*self.columns, *self.goal_columns) if column.key == key), None)

    @property
    def main_column(self) -> ReportColumn | None:
        """The default column for the order and the share bar: the first quantity."""
        return next((column for column in self.columns if column.type in ("number", "money")), None)

    @property
    def goal_id(self) -> str:
        """The id of the goal that the report is about; ``""`` for none."""
        return dict(self.parameters).get("idGoal", "")


_FILLED = frozenset({("Actions", action) for action in _ALWAYS_FILLED_ACTIONS} | {("Referrers", "getReferrerType")})


class Catalogue:
    """The reports of one site in Matomo's order. Immutable.

    ``english`` has them in English, where their names are to be found in that language too.
    """

    def __init__(self, reports: Iterable[Report], english: Catalogue | None = None) -> None:
        self.reports: tuple[Report, ...] = tuple(reports)
        self.english = english or self
        """The same reports with the names that they have in English; the catalogue itself if those were not loaded."""
        self._by_id = {report.id: report for report in reversed(self.reports)}

    def __iter__(self) -> Iterator[Report]:
        return iter(self.reports)

    def __len__(self) -> int:
        return len(self.reports)

    @classmethod
    def of(cls, metadata: Iterable[ReportMetadata], english: Catalogue | None = None) -> Catalogue:
        """The catalogue from the metadata (``API.getReportMetadata``), without reports that only open the rows of
        others; with that in ``english``."""
        listed = [entry for entry in metadata if not entry.is_subtable_report and entry.module and entry.action]
        goals, rate, meanings = goal_names(listed), rate_name(listed), meanings_of(listed)
        return cls((_report(entry, goals, rate, meanings) for entry in listed), english)

    @property
    def languages(self) -> tuple[Catalogue, ...]:
        """The catalogues in which a name is looked up: first that in English, so that a name means the same report in
        every language, then this one."""
        return (self,) if self.english is self else (self.english, self)

    def in_english(self, report: Report) -> Report:
        """``report`` with its names in English; itself if those were not loaded."""
        return self.english.get(report.id) or report

    def get(self, report_id: str) -> Report | None:
        """The report with Matomo's unique id (``Actions_getPageUrls``, ``Goals_get_idGoal--1``), if there is one."""
        return self._by_id.get(report_id)

    def find(self, method: str, **parameters: str) -> Report | None:
        """The report with this method (``Goals.get``) and exactly these parameters, if there is one."""
        wanted = tuple(sorted(parameters.items()))
        return next((one for one in self.reports if one.method == method and one.parameters == wanted), None)

    def pane(self, pane: Pane) -> tuple[Report, ...]:
        """The reports of a built-in pane: first those it knows by name, in its order (grouped by goal for goals), then
        all others of the same categories, plug-ins included, in Matomo's order."""
        return (*self._own(pane), *self._others(pane))

    def _others(self, pane: Pane) -> tuple[Report, ...]:
        """The reports of the pane's categories that the pane does not know by name."""
        own = PANES[pane]
        names = set(_CATEGORIES.get(pane, frozenset()))
        elsewhere = set(PANES["events"]) - set(own)
        if pane == "events":  # events are in the category of pages
            groups = {(one.category, one.subcategory) for one in self.reports if one.method in own}
            return tuple(
                one
                for one in self.reports
                if one.method not in own
                and (one.module == "Events" or one.category in names or (one.category, one.subcategory) in groups)
            )
        if pane not in _CATEGORIES:
            return ()
        module = _MODULES[pane]
        names |= {one.category for one in self.reports if one.method in own and one.module == module}
        events = {(one.category, one.subcategory) for one in self.reports if one.method in elsewhere}
        return tuple(
            one
            for one in self.reports
            if one.category in names
            and one.method not in own
            and one.module != "Events"
            and (one.category, one.subcategory) not in events
        )

    def _own(self, pane: Pane) -> tuple[Report, ...]:
        methods = PANES[pane]
        found = [report for report in self.reports if report.method in methods]
        if pane != "goals":
            return tuple(sorted(found, key=lambda report: methods.index(report.method)))
        seen = list(dict.fromkeys(report.goal_id for report in found))
        items = [report for report in found if report.module == "Goals" and report.action.startswith("getItems")]
        rest = [report for report in found if report not in items]
        order = sorted(seen, key=_goal_order)
        rest.sort(key=lambda report: (order.index(report.goal_id), methods.index(report.method)))
        return (*rest, *items)

    def search(self, text: str) -> tuple[Report, ...]:
        """The reports whose name, category, dimension, columns or method contain every word of ``text``, in either
        language; matches in the name come first."""
        words = text.casefold().split()
        if not words:
            return self.reports
        scored = [
            (min(_score(names.get(report.id) or report, words) for names in self.languages), report)
            for report in self.reports
        ]
        return tuple(report for score, report in sorted(scored, key=lambda pair: pair[0]) if score < _NOT_FOUND)


_NOT_FOUND = 9


def _score(report: Report, words: list[str]) -> int:
    name = report.name.casefold()
    if all(word in name for word in words):
        return 0 if name.startswith(words[0]) else 1
    around = f"{name} {report.category} {report.subcategory} {report.dimension}".casefold()
    if all(word in around for word in words):
        return 2
    everything = f"{around} {report.method} {' '.join(column.name for column in report.columns)}".casefold()
    return 3 if all(word in everything for word in words) else _NOT_FOUND


def _goal_order(goal: str) -> tuple[int, int, str]:
    """The sort key of a goal id: all goals, the overview, each goal, orders, abandoned carts."""
    if goal in ("", "0"):
        return 0, len(goal), ""
    if goal.isdecimal():
        return 1, int(goal), ""
    return (2 if goal == "ecommerceOrder" else 3), 0, goal


_GONE = "_time_generation"
"""Metrics that Matomo has not measured since version 4, but still describes: the time to generate a page."""


def _report(entry: ReportMetadata, goals: Mapping[str, str], rate: str, meanings: Mapping[str, str]) -> Report:
    types = entry.metric_types
    # Reports of users list the label among their metrics.
    described = {**entry.metrics, **entry.processed_metrics}.items()
    columns = {key: name for key, name in described if key != "label" and not key.endswith(_GONE)}
    dimensions = list(entry.dimensions.values())
    return Report(
        id=sanitize(entry.unique_id or f"{entry.module}_{entry.action}", 200),
        module=sanitize(entry.module),
        action=sanitize(entry.action),
        name=sanitize(entry.name or entry.action),
        category=sanitize(entry.category),
        subcategory="Custom Dimensions" if _KEY.fullmatch(entry.subcategory) else sanitize(entry.subcategory),
        dimension=sanitize(entry.dimension),
        parameters=tuple(sorted(entry.parameters.items())),
        goal_name=goals.get(entry.parameters.get("idGoal", ""), ""),
        columns=tuple(
            ReportColumn(
                key,
                sanitize(name or key),
                column_type(types.get(key, ""), key),
                documentation=plain_text(entry.metrics_documentation.get(key, "")) or meanings.get(key, ""),
            )
            for key, name in columns.items()
        ),
        goal_columns=_goal_columns(entry, goals, rate, meanings) if entry.dimension else (),
        sub_action=sanitize(entry.sub_table_action),
        sub_dimension=sanitize(dimensions[1]) if len(dimensions) > 1 else "",
        constant_rows=entry.constant_rows_count,
        documentation=plain_text(entry.documentation),
    )


def _goal_columns(
    entry: ReportMetadata, goals: Mapping[str, str], rate: str, meanings: Mapping[str, str]
) -> tuple[ReportColumn, ...]:
    """Conversions and revenue of all goals and of each, with their keys in the rows of ``api.reports``."""
    names = {"conversion_rate": rate, **entry.processed_metrics_goal, **entry.metrics_goal}
    of_visits = "revenue" in entry.metrics_goal
    kinds = _VISIT_GOAL_METRICS if of_visits else _PAGE_GOAL_METRICS
    if not entry.metrics_goal or entry.module == "Goals":
        return ()
    metrics = [
        ReportColumn(
            key,
            sanitize(names[key]),
            column_type(entry.metric_types_goal.get(key, ""), key),
            sortable=of_visits,
            documentation=meanings.get(key, ""),
        )
        for key in kinds
        if key in names
    ]
    own = {*entry.metrics, *entry.processed_metrics}
    if of_visits:
        found = [metric for metric in metrics if metric.key not in own]
    else:
        found = [_of_goal(metric, "all", "All goals") for metric in metrics if metric.key not in _UNSUMMED]
    for goal, goal_name in goals.items():
        if of_visits or goal != _CART:  # nothing is credited with an abandoned cart
            found += [_of_goal(metric, goal, goal_name) for metric in metrics]
    return tuple(found)


def _of_goal(metric: ReportColumn, goal: str, goal_name: str) -> ReportColumn:
    key, name = f"goal_{goal}_{metric.key}", f"{goal_name}: {metric.name}"
    return replace(metric, key=key, name=name, goal=goal, short_name=metric.name)
