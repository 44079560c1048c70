"""Matomo's API module: metadata of reports and segments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from matomo_tui.api import json_decoding
from matomo_tui.api.calls import Call, PeriodKind

_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")


def _names(value: Any) -> Mapping[str, str] | None:
    """Read a map of texts; PHP sends an empty map as ``[]``."""
    if type(value) is not dict:
        return None
    return {key: text for key, inner in value.items() if (text := json_decoding.text(inner)) is not None}


def _identifier(value: Any) -> str | None:
    """Read the name of a plug-in or a method: anything else must not become part of a request."""
    return value if type(value) is str and _IDENTIFIER.fullmatch(value) else None


class ReportMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """One report of ``API.getReportMetadata``; texts are unsanitized and in the requested language."""

    module: Annotated[str, _identifier]
    action: Annotated[str, _identifier]
    """The API method is ``module.action``."""
    category: str = ""
    subcategory: str = ""
    name: str = ""
    unique_id: str = msgspec.field(name="uniqueId", default="")
    dimension: str = ""
    """Name of the labels' dimension; ``""`` for a report of a single row."""
    dimensions: Annotated[Mapping[str, str], _names] = {}
    parameters: Annotated[Mapping[str, str], _names] = {}
    """Fixed parameters of the report, such as ``idGoal``."""
    metrics: Annotated[Mapping[str, str], _names] = {}
    """Display names by column."""
    processed_metrics: Annotated[Mapping[str, str], _names] = msgspec.field(name="processedMetrics", default={})
    """Display names of computed columns."""
    metric_types: Annotated[Mapping[str, str], _names] = msgspec.field(name="metricTypes", default={})
    """By column: ``number``, ``percent``, ``money``, ``duration_s``, ``duration_ms``, ``byte``, …"""
    metrics_goal: Annotated[Mapping[str, str], _names] = msgspec.field(name="metricsGoal", default={})
    processed_metrics_goal: Annotated[Mapping[str, str], _names] = msgspec.field(
        name="processedMetricsGoal", default={}
    )
    metric_types_goal: Annotated[Mapping[str, str], _names] = msgspec.field(name="metricTypesGoal", default={})
    documentation: str = ""
    metrics_documentation: Annotated[Mapping[str, str], _names] = msgspec.field(name="metricsDocumentation", default={})
    sub_table_action: Annotated[str, _identifier] = msgspec.field(name="actionToLoadSubTables", default="")
    """Action of the same module that returns the rows below a row; ``""`` if rows have none."""
    is_subtable_report: bool = msgspec.field(name="isSubtableReport", default=False)
    constant_rows_count: bool = msgspec.field(name="constantRowsCount", default=False)


class SegmentDimension(msgspec.Struct, frozen=True, kw_only=True):
    """A dimension or metric that segments can use."""

    segment: str
    """Name in a segment expression, such as ``countryCode``."""
    name: str = ""
    category: str = ""
    type: str = "dimension"
    """``dimension`` or ``metric``."""
    accepted_values: str = msgspec.field(name="acceptedValues", default="")
    """Description of the accepted values."""


def get_report_metadata(
    site_id: int, *, period: PeriodKind = "day", date: str = "today", language: str = "en"
) -> Call[tuple[ReportMetadata, ...]]:
    """``API.getReportMetadata``: all reports of the site, plug-ins' included, in Matomo's order (about 150 kB)."""
    return Call(
        "API.getReportMetadata",
        {"idSite": site_id, "period": period, "date": date, "language": language},
        json_decoding.records(ReportMetadata),
    )


def get_segments_metadata(site_id: int, *, language: str = "en") -> Call[tuple[SegmentDimension, ...]]:
    """``API.getSegmentsMetadata``: the dimensions and metrics that a segment of the site may use."""
    return Call(
        "API.getSegmentsMetadata", {"idSites": site_id, "language": language}, json_decoding.records(SegmentDimension)
    )


def get_suggested_values_for_segment(site_id: int, segment_name: str) -> Call[tuple[str, ...]]:
    """``API.getSuggestedValuesForSegment``: recent values of a dimension, most frequent first."""
    return Call(
        "API.getSuggestedValuesForSegment",
        {"segmentName": segment_name, "idSite": site_id},
        json_decoding.list_of(json_decoding.text),
    )
