"""Matomo's API module: metadata of reports, columns and segments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from matomo_tui.api import json_decoding
from matomo_tui.api.calls import Call, PeriodKind


def _names(value: Any) -> Mapping[str, str] | None:
    """A map of texts; PHP sends an empty one as ``[]``."""
    if type(value) is not dict:
        return None
    return {key: text for key, inner in value.items() if (text := json_decoding.text(inner)) is not None}


class ReportMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """One report as ``API.getReportMetadata`` describes it; texts as sent, in the language asked for.

    ``parameters`` fix it beside its method (``idGoal``); without ``dimension`` it is a single row. ``metrics`` and
    ``processed_metrics`` give columns their names, ``metric_types`` their types (``number``, ``percent``, ``money``,
    ``duration_s``, ``duration_ms``, ``byte``, …); the ``…_goal`` ones are of conversions. ``sub_table_action`` is the
    action of the same module that opens a row (``""``: rows do not open).
    """

    module: str
    action: str
    category: str = ""
    subcategory: str = ""
    name: str = ""
    unique_id: str = msgspec.field(name="uniqueId", default="")
    dimension: str = ""
    dimensions: Annotated[Mapping[str, str], _names] = {}
    parameters: Annotated[Mapping[str, str], _names] = {}
    metrics: Annotated[Mapping[str, str], _names] = {}
    processed_metrics: Annotated[Mapping[str, str], _names] = msgspec.field(name="processedMetrics", default={})
    metric_types: Annotated[Mapping[str, str], _names] = msgspec.field(name="metricTypes", default={})
    metrics_goal: Annotated[Mapping[str, str], _names] = msgspec.field(name="metricsGoal", default={})
    processed_metrics_goal: Annotated[Mapping[str, str], _names] = msgspec.field(
        name="processedMetricsGoal", default={}
    )
    metric_types_goal: Annotated[Mapping[str, str], _names] = msgspec.field(name="metricTypesGoal", default={})
    documentation: str = ""
    metrics_documentation: Annotated[Mapping[str, str], _names] = msgspec.field(name="metricsDocumentation", default={})
    sub_table_action: str = msgspec.field(name="actionToLoadSubTables", default="")
    is_subtable_report: bool = msgspec.field(name="isSubtableReport", default=False)
    constant_rows_count: bool = msgspec.field(name="constantRowsCount", default=False)


class SegmentDimension(msgspec.Struct, frozen=True, kw_only=True):
    """What a segment can ask for: ``segment`` is its name in an expression (``countryCode``), ``type`` ``dimension``
    or ``metric``, ``accepted_values`` a hint in words."""

    segment: str
    name: str = ""
    category: str = ""
    type: str = "dimension"
    accepted_values: str = msgspec.field(name="acceptedValues", default="")


def get_report_metadata(
    site_id: int, *, period: PeriodKind = "day", date: str = "today", language: str = "en"
) -> Call[tuple[ReportMetadata, ...]]:
    """``API.getReportMetadata``: every report of the site, plug-ins' included, in Matomo's order. About 150 kB."""
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
    """``API.getSuggestedValuesForSegment``: values seen lately, the most frequent first."""
    return Call(
        "API.getSuggestedValuesForSegment",
        {"segmentName": segment_name, "idSite": site_id},
        json_decoding.list_of(json_decoding.text),
    )
