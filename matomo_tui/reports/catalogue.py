"""The catalogue of reports, built from the server's metadata, plug-ins included."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from matomo_tui.api.metadata import ReportMetadata
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
"""The methods of each built-in pane, in the order in which it shows them."""

_CATEGORIES: Mapping[Pane, frozenset[str]] = {
    "pages": frozenset({"Actions", "Behaviour", "Behavior"}),
    "referrers": frozenset({"Referrers", "Acquisition"}),
    "goals": frozenset({"Goals", "Ecommerce"}),
    "events": frozenset({"Events"}),
}
"""What Matomo calls what a pane is about: before and since 5.7, in English. In other languages the categories of the
pane's own reports tell."""

_MODULES: Mapping[Pane, str] = {"pages": "Actions", "referrers": "Referrers", "goals": "Goals", "events": "Events"}
"""The module that has a pane's own reports."""
_GOAL_METRICS = ("nb_conversions", "revenue")
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
_TAG = re.compile(r"<[^>]{0,1000}>")

_KEY = re.compile(r"customdimension\d+")
"""What Matomo sends as the sub-category of a custom dimension: a key of its own menu, not a name."""


@dataclass(frozen=True, slots=True)
class ReportColumn:
    """A metric: ``key`` in the rows' values, ``name`` for people (clean), ``type``. ``goal`` is the id of the goal
    whose metric it is, ``""`` for those of all visits."""

    key: str
    name: str
    type: ColumnType
    goal: str = ""

    @property
    def better(self) -> int:
        """1 where more is better, -1 where less is, 0 where neither."""
        return better(self.key.removeprefix(f"goal_{self.goal}_") if self.goal else self.key)


@dataclass(frozen=True, slots=True)
class Report:
    """One report; texts are clean. ``parameters`` are sent with every request. ``dimension`` is what its rows are,
    ``""`` where it is a single row of metrics. ``sub_action`` opens a row, where the server says so."""

    id: str
    module: str
    action: str
    name: str
    category: str = ""
    subcategory: str = ""
    dimension: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    columns: tuple[ReportColumn, ...] = ()
    goal_columns: tuple[ReportColumn, ...] = ()
    sub_action: str = ""
    sub_dimension: str = ""
    constant_rows: bool = False
    documentation: str = ""

    @property
    def method(self) -> str:
        """What its first level is asked by: ``Actions.getPageUrls``."""
        return f"{self.module}.{self.action}"

    @property
    def sub_method(self) -> str:
        """What a row is opened by, at any depth, with the row's ``idSubtable``."""
        return f"{self.module}.{self.sub_action or self.action}"

    @property
    def is_single(self) -> bool:
        """A single row of metrics."""
        return not self.dimension

    @property
    def has_levels(self) -> bool:
        """Rows open, so that a flat view makes sense too."""
        return bool(self.sub_action)

    @property
    def recursive(self) -> bool:
        """A hierarchy of one kind, such as folders of pages, in which a search goes through every level."""
        return bool(self.sub_action) and self.sub_action == self.action

    @property
    def filled_when_visited(self) -> bool:
        """It has rows whenever there are visits: empty, it is not archived yet."""
        return self.module in _ALWAYS_FILLED or (self.module, self.action) in _FILLED

    def column(self, key: str) -> ReportColumn | None:
        """The column of that key, goals' ones included."""
        return next((column for column in (*self.columns, *self.goal_columns) if column.key == key), None)

    @property
    def main_column(self) -> ReportColumn | None:
        """What rows are sorted and shared by at first: Matomo's first metric."""
        return next((column for column in self.columns if column.type in ("number", "money")), None)

    @property
    def goal_id(self) -> str:
        """The goal that the whole report is about, ``""`` for none."""
        return dict(self.parameters).get("idGoal", "")


_FILLED = frozenset({("Actions", action) for action in _ALWAYS_FILLED_ACTIONS} | {("Referrers", "getReferrerType")})


class Catalogue:
    """The reports of one site, as Matomo orders them. Immutable."""

    def __init__(self, reports: Iterable[Report]) -> None:
        self.reports: tuple[Report, ...] = tuple(reports)
        self._by_id = {report.id: report for report in reversed(self.reports)}

    def __iter__(self) -> Iterator[Report]:
        return iter(self.reports)

    def __len__(self) -> int:
        return len(self.reports)

    @classmethod
    def of(cls, metadata: Iterable[ReportMetadata]) -> Catalogue:
        """From ``API.getReportMetadata``. Reports that only open rows of others, or of single visits, are no reports
        of their own."""
        listed = [entry for entry in metadata if not entry.is_subtable_report and entry.module and entry.action]
        goals = _goal_names(listed)
        return cls(_report(entry, goals) for entry in listed)

    def get(self, report_id: str) -> Report | None:
        """By Matomo's unique id (``Actions_getPageUrls``, ``Goals_get_idGoal--1``)."""
        return self._by_id.get(report_id)

    def find(self, method: str, **parameters: str) -> Report | None:
        """By method (``Goals.get``) and exactly these fixed parameters."""
        wanted = tuple(sorted(parameters.items()))
        return next((one for one in self.reports if one.method == method and one.parameters == wanted), None)

    def pane(self, pane: Pane) -> tuple[Report, ...]:
        """The reports of a built-in pane that this server has, in the pane's order: for goals all of one goal (or of
        all of them, of orders, of carts) together. Behind them the others of the same categories, plug-ins' included,
        in Matomo's order."""
        return (*self._own(pane), *self._others(pane))

    def _others(self, pane: Pane) -> tuple[Report, ...]:
        """The reports of the pane's categories that it does not know by name."""
        own = PANES[pane]
        names = set(_CATEGORIES.get(pane, frozenset()))
        elsewhere = set(PANES["events"]) - set(own)
        if pane == "events":  # they are a part of the category that pages have
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
        """The reports in whose name, category, dimension, columns or method every word of ``text`` is found, those
        with it in the name first."""
        words = text.casefold().split()
        if not words:
            return self.reports
        scored = [(_score(report, words), report) for report in self.reports]
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
    """All goals together, the overview, each goal, orders, abandoned carts."""
    if goal in ("", "0"):
        return 0, len(goal), ""
    if goal.isdecimal():
        return 1, int(goal), ""
    return (2 if goal == "ecommerceOrder" else 3), 0, goal


def _goal_names(metadata: Iterable[ReportMetadata]) -> dict[str, str]:
    """The names of the site's goals and orders, from the reports that are about one of them."""
    names: dict[str, str] = {}
    for entry in metadata:
        goal = entry.parameters.get("idGoal", "")
        if (entry.module, entry.action) == ("Goals", "get") and goal not in ("", "0"):
            names[goal] = sanitize(entry.name)
    return names


def _report(entry: ReportMetadata, goals: Mapping[str, str]) -> Report:
    types = entry.metric_types
    # Reports of users list the label among their metrics; what rows are called is no figure.
    columns = {key: name for key, name in {**entry.metrics, **entry.processed_metrics}.items() if key != "label"}
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
        columns=tuple(
            ReportColumn(key, sanitize(name or key), column_type(types.get(key, ""), key))
            for key, name in columns.items()
        ),
        goal_columns=_goal_columns(entry, goals) if entry.dimension else (),
        sub_action=sanitize(entry.sub_table_action),
        sub_dimension=sanitize(dimensions[1]) if len(dimensions) > 1 else "",
        constant_rows=entry.constant_rows_count,
        documentation=sanitize(" ".join(html.unescape(_TAG.sub(" ", entry.documentation[:4000])).split()), 600),
    )


def _goal_columns(entry: ReportMetadata, goals: Mapping[str, str]) -> tuple[ReportColumn, ...]:
    """For each goal its conversions and revenue, under the keys that the rows of ``api.reports`` have them."""
    types = entry.metric_types_goal
    named = [(key, entry.metrics_goal[key]) for key in _GOAL_METRICS if key in entry.metrics_goal]
    return tuple(
        ReportColumn(f"goal_{goal}_{key}", f"{goal_name}: {sanitize(name)}", column_type(types.get(key, ""), key), goal)
        for goal, goal_name in goals.items()
        for key, name in named
    )
