"""The metadata of one report, and the parser of the table of reports."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from matomo_tui.demo.api_request import Json
from matomo_tui.demo.reports.metadata.described_columns import (
    COLUMN_SETS,
    DOCUMENTATION,
    GOAL_COLUMNS,
    NAMES,
    DescribedColumns,
    type_of,
)


@dataclass(frozen=True, slots=True)
class GroupingLevel:
    """Grouping and labels of the visits on one level of a report."""

    column: str
    channel: str
    """Restricts the level to visits through this channel; ``""`` for all."""
    attributes: tuple[str, ...]
    """The attributes of the column's value that form the row key."""
    label: str
    metadata: Mapping[str, str]
    """Templates of the label and of the row's metadata."""


@dataclass(frozen=True, slots=True)
class ReportEntry:
    category: str
    subcategory: str
    name: str
    module: str
    action: str
    about: str
    dimension: str
    columns: DescribedColumns
    opens: str = ""
    """The action that returns the subtables."""
    constant: bool = False
    guide: bool = False
    since_5_8: bool = False
    is_subtable: bool = False
    parameters: Mapping[str, Json] = field(default_factory=dict)
    levels: Mapping[str, str] = field(default_factory=dict)
    """The dimension of each level, with its name."""
    related: tuple[tuple[str, str], ...] = ()
    """Names and actions of related reports of the module."""
    groupings: tuple[GroupingLevel, ...] = ()

    @property
    def method(self) -> str:
        """``Actions.getPageUrls``."""
        return f"{self.module}.{self.action}"

    @property
    def unique_id(self) -> str:
        """``Actions_getPageUrls``, ``Goals_get_idGoal--1``."""
        return f"{self.module}_{self.action}" + "".join(f"_{name}--{value}" for name, value in self.parameters.items())

    def names_of(self, columns: Iterable[str]) -> dict[str, str]:
        """The names of the columns."""
        return {column: self.columns.names.get(column) or NAMES[column] for column in columns}

    def as_json(self, site_id: int, period: str, date: str) -> dict[str, Json]:
        """The report's entry in ``API.getReportMetadata``."""
        metrics, processed, goals, _ = self.columns
        described: dict[str, Json] = {"category": self.category}
        described |= {"subcategory": self.subcategory} if self.subcategory else {}
        described |= {"name": self.name, "module": self.module, "action": self.action}
        described |= {"parameters": dict(self.parameters)} if self.parameters else {}
        described |= {"dimension": self.dimension} if self.dimension else {}
        described |= {"documentation": self.about}
        described |= {"onlineGuideUrl": "https://matomo.org/guides/"} if self.guide else {}
        described["metrics"] = self.names_of(metrics)
        described["metricsDocumentation"] = {
            column: DOCUMENTATION[column] for column in (*metrics, *processed) if column in DOCUMENTATION
        }
        described |= {"processedMetrics": self.names_of(processed)} if processed else {}
        more = ("conversion_rate",) if goals == "visit" and processed else ()
        described["metricTypes"] = {name: type_of(name) for name in (*metrics, *processed, *more) if name != "label"}
        described |= {"actionToLoadSubTables": self.opens} if self.opens else {}
        described |= {"dimensions": dict(self.levels)} if self.levels else {}
        if self.related:
            described["relatedReports"] = [
                {"name": name, "module": self.module, "action": action} for name, action in self.related
            ]
        if goals:
            reached, averaged, *_ = GOAL_COLUMNS[goals]
            described["metricsGoal"] = self.names_of(reached)
            described["processedMetricsGoal"] = self.names_of(averaged)
            described["metricTypesGoal"] = {name: type_of(name) for name in (*averaged, *reached, "conversion_rate")}
        described |= {"constantRowsCount": True} if self.constant else {}
        described |= {"isSubtableReport": True} if self.is_subtable else {}
        graph = f"index.php?module=API&method=ImageGraph.get&idSite={site_id}"
        graph += f"&apiModule={self.module}&apiAction={self.action}"
        graph += "".join(f"&{name}={value}" for name, value in self.parameters.items())
        described["imageGraphUrl"] = f"{graph}&period={period}&date={date}"
        if not self.constant or self.action == "getReferrerType":
            described["imageGraphEvolutionUrl"] = f"{graph}&period={period}&date={date}"
        return described | {"uniqueId": self.unique_id}


def parse(table: str) -> Iterator[ReportEntry]:
    """Parse a table of reports; the module ``catalogue`` documents the format."""
    names = {method.partition(".")[2]: name for method, name in re.findall(r"^(\S+\.\S+) \| ([^|]*?) \|", table, re.M)}
    category = subcategory = ""
    for block in re.split(r"\n(?=\S)", table.strip()):
        head, *lines = block.splitlines()
        if head.startswith("# "):
            category, _, subcategory = head[2:].partition(" > ")
        else:
            yield _entry(category, subcategory, head, [line.strip() for line in lines], names)


def _entry(category: str, subcategory: str, head: str, lines: list[str], names: Mapping[str, str]) -> ReportEntry:
    method, name, dimension, columns, options = (part.strip() for part in head.split("|"))
    module, _, action = method.partition(".")
    flags = {flag: value for flag, _, value in (option.partition(":") for option in options.split())}
    levels: dict[str, str] = {}
    groupings = []
    for line in lines[1:]:
        kind, _, rest = line.partition(" ")
        if kind == "levels":
            pairs = [level.split("=") for level in rest.split(" | ")]
            levels = {code if "_" in code else f"{module}_{code}": text for code, text in pairs}
        else:
            groupings.append(_level(rest))
    opens = flags.get("opens", "")
    return ReportEntry(
        category,
        subcategory,
        name,
        module,
        action,
        about=lines[0],
        dimension=name if dimension == "=" else dimension,
        columns=COLUMN_SETS[columns],
        opens=action if opens == "=" else opens,
        constant="constant" in flags,
        guide="guide" in flags,
        since_5_8="5.8" in flags,
        parameters={"idGoal": flags["goal"]} if "goal" in flags else {},
        levels=levels,
        related=tuple((names[other], other) for other in flags.get("related", "").split(",") if other),
        groupings=tuple(groupings),
    )


def _level(text: str) -> GroupingLevel:
    grouping, label, *metadata = text.split(" | ")
    place, _, attributes = grouping.partition(": ")
    column, _, channel = place.partition(" ")
    templates = {name: template for name, _, template in (each.partition(": ") for each in metadata)}
    return GroupingLevel(column, channel, tuple(attributes.split()), label, templates)
