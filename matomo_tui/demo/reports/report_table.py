"""The metadata of reports, from the tables ``reports.txt`` and ``columns.json``.

A heading of ``reports.txt`` names category and subcategory. An entry has a line with method, name, dimension (the name
of one in ``dimensions.txt``, a text, or ``=`` for the report's own name), columns (a set in ``columns.json``) and
options, then a line of documentation.

A report by a dimension also says how its rows are grouped: ``by browserName browserCode`` makes a row for each
different pair of these dimensions; ``by device: os_family`` groups by attributes of a column without dimensions; ``by
search: referrerKeyword`` leaves out visits of other channels. Any other word is an attribute of the same column.
Templates for the row's label and metadata follow, in which ``{1}`` is the second value; ``segment`` alone is the
segment of the first. ``to …`` is the second level, which the rows open to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from matomo_tui.demo.api_request import Json
from matomo_tui.demo.catalog import CHANNELS
from matomo_tui.demo.data import load, text
from matomo_tui.demo.engine.columns import BY_NAME, DIMENSIONS, Dimension, VisitColumn
from matomo_tui.demo.options import Version
from matomo_tui.demo.world import StoredSite

_ALWAYS = ("category", "metrics", "metricsDocumentation", "metricTypes")
NAMES: Mapping[str, str] = load("columns")["names"]

_TYPES = {"bytes_sent": "byte", "max_bytes": "byte", "avg_first_byte": "duration_ms"}
_MONEY = ("revenue", "avg_order_revenue", "avg_price", "ecommerce_revenue")
_PERCENT = ("_rate", "_percent", "_percentage", "_evolution", "ClickThroughRate")


def _type_of(column: str) -> str:
    if column.endswith(_PERCENT) or column.startswith("bounce_rate"):
        return "percent"
    if column.startswith(_MONEY) and "per_entry" not in column:
        return "money"
    if column.startswith("avg_time_") or column == "avg_page_load_time":
        return "duration_s"
    return _TYPES.get(column, "number")


class ReportColumns(NamedTuple):
    metrics: tuple[str, ...]
    processed: tuple[str, ...] = ()
    """Averages and rates, which the server computes from the metrics."""
    goals: str = ""
    names: Mapping[str, str] = {}
    latest: tuple[str, ...] = ()


def _columns(group: str, name: str) -> ReportColumns:
    row: dict[str, Any] = load("columns")[group][name]
    metrics, processed, latest = (tuple(row.get(each, "").split()) for each in ("metrics", "processed", "latest"))
    return ReportColumns(metrics, processed, row.get("goals", ""), row.get("names", {}), latest)


class GroupingLevel(NamedTuple):
    column: VisitColumn
    channel: str
    """Restricts the level to visits through this channel; ``""`` for all."""
    attributes: tuple[str, ...]
    dimension: Dimension | None
    label: str
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ReportDescription:
    """One report. ``levels``: the dimension of each level with its name; ``related``: names and actions of reports."""

    category: str
    subcategory: str
    name: str
    module: str
    action: str
    about: str
    dimension: str
    columns: ReportColumns
    opens: str = ""
    constant: bool = False
    guide: bool = False
    since_5_8: bool = False
    is_subtable: bool = False
    parameters: Mapping[str, Json] = field(default_factory=dict)
    levels: Mapping[str, str] = field(default_factory=dict)
    related: tuple[tuple[str, str], ...] = ()
    groupings: tuple[GroupingLevel, ...] = ()

    @property
    def method(self) -> str:
        return f"{self.module}.{self.action}"

    @property
    def unique_id(self) -> str:
        """``Actions_getPageUrls``, ``Goals_get_idGoal--1``."""
        return f"{self.module}_{self.action}" + "".join(f"_{name}--{value}" for name, value in self.parameters.items())

    def names_of(self, columns: Iterable[str]) -> dict[str, str]:
        return {column: self.columns.names.get(column) or NAMES[column] for column in columns}

    def as_json(self, site_id: int, period: str, date: str) -> dict[str, Json]:
        described: dict[str, Json] = {
            "category": self.category,
            "subcategory": self.subcategory,
            "name": self.name,
            "module": self.module,
            "action": self.action,
            "parameters": dict(self.parameters),
            "dimension": self.dimension,
            "documentation": self.about,
            "onlineGuideUrl": "https://matomo.org/guides/" if self.guide else "",
            **self._metrics(),
            "actionToLoadSubTables": self.opens,
            "dimensions": dict(self.levels),
            "relatedReports": [
                {"name": name, "module": self.module, "action": action} for name, action in self.related
            ],
            **self._goal_metrics(),
            "constantRowsCount": self.constant,
            "isSubtableReport": self.is_subtable,
        }
        described = {name: value for name, value in described.items() if value or name in _ALWAYS}
        graph = f"index.php?module=API&method=ImageGraph.get&idSite={site_id}"
        graph += f"&apiModule={self.module}&apiAction={self.action}"
        graph += "".join(f"&{name}={value}" for name, value in self.parameters.items())
        described["imageGraphUrl"] = f"{graph}&period={period}&date={date}"
        if not self.constant or self.action == "getReferrerType":
            described["imageGraphEvolutionUrl"] = described["imageGraphUrl"]
        return described | {"uniqueId": self.unique_id}

    def _metrics(self) -> dict[str, Json]:
        metrics, processed, goals, *_ = self.columns
        documented = load("columns")["documentation"]
        more = ("conversion_rate",) if goals == "visit" and processed else ()
        return {
            "metrics": self.names_of(metrics),
            "metricsDocumentation": {name: documented[name] for name in (*metrics, *processed) if name in documented},
            "processedMetrics": self.names_of(processed),
            "metricTypes": {name: _type_of(name) for name in (*metrics, *processed, *more) if name != "label"},
        }

    def _goal_metrics(self) -> dict[str, Json]:
        if not self.columns.goals:
            return {}
        reached, averaged, *_ = _columns("goals", self.columns.goals)
        return {
            "metricsGoal": self.names_of(reached),
            "processedMetricsGoal": self.names_of(averaged),
            "metricTypesGoal": {name: _type_of(name) for name in (*averaged, *reached, "conversion_rate")},
        }


def _parse(table: str) -> Iterator[ReportDescription]:
    names = {method.partition(".")[2]: name for method, name in re.findall(r"^(\S+\.\S+) \| ([^|]*?) \|", table, re.M)}
    category = subcategory = ""
    for block in re.split(r"\n(?=\S)", table.strip()):
        head, *lines = block.splitlines()
        if head.startswith("# "):
            category, _, subcategory = head[2:].partition(" > ")
        else:
            yield _entry(category, subcategory, head, [line.strip() for line in lines], names)


def _entry(category: str, subcategory: str, head: str, lines: list[str], names: Mapping[str, str]) -> ReportDescription:
    method, name, dimension, columns, options = (part.strip() for part in head.split("|"))
    module, _, action = method.partition(".")
    flags = {flag: value for flag, _, value in (option.partition(":") for option in options.split())}
    levels: dict[str, str] = {}
    groupings: list[GroupingLevel] = []
    for line in lines[1:]:
        kind, _, rest = line.partition(" ")
        if kind == "levels":
            pairs = [level.split("=") for level in rest.split(" | ")]
            levels = {code if "_" in code else f"{module}_{code}": title for code, title in pairs}
        else:
            groupings.append(_level(rest, groupings[0].channel if groupings else ""))
    opens, known = flags.get("opens", ""), DIMENSIONS.get(dimension)
    if not levels and opens not in ("", "="):
        levels = {f"{module}_{each.code}": each.title for level in groupings if (each := level.dimension)}
    return ReportDescription(
        category,
        subcategory,
        name,
        module,
        action,
        about=lines[0],
        dimension=known.title if known else name if dimension == "=" else dimension,
        columns=_columns("sets", columns),
        opens=action if opens == "=" else opens,
        constant="constant" in flags,
        guide="guide" in flags,
        since_5_8="5.8" in flags,
        parameters={"idGoal": flags["goal"]} if "goal" in flags else {},
        levels=levels,
        related=tuple((names[other], other) for other in flags.get("related", "").split(",") if other),
        groupings=tuple(groupings),
    )


def _level(line: str, channel: str) -> GroupingLevel:
    grouping, label, *metadata = [*line.split(" | "), ""] if " | " not in line else line.split(" | ")
    place, colon, words = grouping.rpartition(": ")
    first, *more = words.split()
    dimension = DIMENSIONS.get(first)
    own = place if place in CHANNELS else ""
    column = BY_NAME[place] if colon and not own else DIMENSIONS[first].column
    attributes = tuple(DIMENSIONS[word].attribute if word in DIMENSIONS else word for word in (first, *more))
    templates = {name: template for name, _, template in (each.partition(": ") for each in metadata)}
    if templates.get("segment") == "":
        narrowed = f"referrerType=={own or channel};" if own or channel else ""
        templates["segment"] = f"{narrowed}{first}=={{0:q}}"
    return GroupingLevel(column, own, attributes, dimension, label, templates)


TABLE: tuple[ReportDescription, ...] = tuple(_parse(text("reports.txt")))
"""All reports except ``API.get`` and those of single goals, for a shop; categories as in 5.0."""

_ONE_ROW = ["Actions", "Referrers", "Goals", "VisitsSummary", "VisitFrequency", "PagePerformance"]
_ONE_ROW += ["BotTracking", "AIAgents"]


def reports_of(site: StoredSite, version: Version) -> list[ReportDescription]:
    """The reports of a site: ecommerce only for a shop, goals only for a site with goals."""
    found: list[ReportDescription] = []
    for entry in TABLE:
        hidden = (
            (entry.category == "Ecommerce" and not site.ecommerce)
            or (entry.subcategory == "Site Search" and not site.sitesearch)
            or (entry.category == "Goals" and not site.ecommerce and not site.goals)
        )
        found += [] if hidden else [entry]
        if not hidden and entry.category == "Goals" and entry.action == "getDaysToConversion":
            found += _goal_reports(site)
    return [*_as_of(found, version), _main_metrics(version)]


def subtables_of(site: StoredSite, version: Version) -> list[ReportDescription]:
    return [
        replace(entry, name=inner, action=entry.opens, dimension=inner, opens="", is_subtable=True)
        for entry in reports_of(site, version)
        if entry.opens and entry.opens != entry.action
        for inner in ([*entry.levels.values()][1] if entry.levels else entry.dimension,)
    ]


def _goal_reports(site: StoredSite) -> list[ReportDescription]:
    """The three reports of goals: for all goals under the id 0, and for each goal of the site."""
    overview, *until = (entry for entry in TABLE if entry.category == "Goals")
    found = []
    for number, name in ((0, "Goals Overview"), *((goal.id, goal.name) for goal in site.goals)):
        about = "How often this goal was reached." if number else overview.about
        title = f"Goal {name}" if number else name
        found.append(replace(overview, name=title, about=about, parameters={"idGoal": number}))
        columns = _columns("sets", "until")
        found += [
            replace(entry, name=f"{name} - {entry.name}", columns=columns, parameters={"idGoal": number})
            for entry in until
        ]
    return found


def _as_of(entries: list[ReportDescription], version: Version) -> list[ReportDescription]:
    return [
        replace(
            _with_more(entry) if version.has_ai and not entry.since_5_8 else entry,
            category=version.categories.get(entry.category, entry.category),
        )
        for entry in entries
        if version.has_ai or not entry.since_5_8
    ]


def _with_more(entry: ReportDescription) -> ReportDescription:
    columns = entry.columns
    evolutions = tuple(f"{name}_evolution" for name in columns.latest if entry.module == "MultiSites")
    columns = columns._replace(metrics=(*columns.metrics, *columns.latest), processed=(*columns.processed, *evolutions))
    if entry.unique_id == "Referrers_getSocials":
        columns = columns._replace(processed=columns.processed[:-1], goals="visit")
    return replace(entry, columns=columns)


def _main_metrics(version: Version) -> ReportDescription:
    entries = {entry.module: entry for entry in TABLE if entry.action == "get" and not entry.parameters}
    singles = _as_of([entries[module] for module in _ONE_ROW], version)
    metrics = dict.fromkeys(name for entry in singles for name in entry.columns.metrics)
    processed = dict.fromkeys(name for entry in singles for name in entry.columns.processed)
    names = {name: title for entry in singles for name, title in entry.columns.names.items()}
    columns = ReportColumns(tuple(metrics), tuple(processed), names={**NAMES, **names})
    about = "The most important figures of all categories."
    return ReportDescription("API", "", "Main metrics", "API", "get", about, "", columns)
