"""One or several rows of a report over time (``API.getRowEvolution``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from matomo_tui.api import json_decoding
from matomo_tui.api.calls import BARE, Call, PeriodKind, with_segment
from matomo_tui.api.reports import ReportRow, Value, read_table, read_value


class EvolutionMetric(msgspec.Struct, frozen=True, kw_only=True):
    """Summary of one metric over the requested periods."""

    name: str = ""
    min: float | None = None
    max: float | None = None
    change: str = ""
    """Change from the first period to the last, formatted by the server (``+540%``)."""


class RowEvolution(msgspec.Struct, frozen=True, kw_only=True):
    """Answer of ``API.getRowEvolution``."""

    label: str = ""
    labels: tuple[str, ...] = ()
    """The server's labels of the requested rows."""
    dimension: str = ""
    points: Mapping[str, Mapping[str, Value]] = {}
    """Values by Matomo's date key, in chronological order; ``{}`` for periods without the row."""
    metrics: Mapping[str, EvolutionMetric] = {}
    """By column; with several rows, the server's key of the second row's visits is ``nb_visits_1``."""


def get_row_evolution(
    module: str,
    action: str,
    labels: Sequence[str | Sequence[str]],
    *,
    site_id: int,
    period: PeriodKind,
    date: str,
    segment: str = "",
    column: str = "",
    params: Mapping[str, str | int] | None = None,
    flat: bool = False,
    goal: str = "",
) -> Call[RowEvolution]:
    """``API.getRowEvolution`` for one or several rows of the report ``module.action``; ``date`` is a multi-date.

    Each of ``labels`` is a row's label or the path of labels from the top level to the row. ``column`` is the metric
    to compare several rows by. ``params`` are fixed parameters of the report. Set ``flat`` for labels of a flat
    report. ``goal`` requests the metrics of a goal in place of the row's own: its id, ``ecommerceOrder``,
    ``ecommerceAbandonedCart``, or ``0`` for those of each goal and of orders. Raises ``ValueError`` without ``labels``.
    """
    if not labels:
        raise ValueError("A row evolution needs a row.")
    asked: dict[str, str | int] = {"idSite": site_id, "period": period, "date": date, **BARE}
    asked |= {"apiModule": module, "apiAction": action, **(params or {})}
    # Each part of a path is encoded separately, so that " > " or a comma within a label is not taken for a separator.
    asked["label"] = ",".join(_label(label) for label in labels)
    if flat:
        asked["flat"] = 1
    if column:
        asked["column"] = column
    if goal:
        asked["showGoalMetricsForGoal"] = goal
    return Call("API.getRowEvolution", with_segment(asked, segment), _decode)


def label_path(labels: Sequence[str]) -> str:
    """Join labels from the top level down in the format of Matomo's label filter."""
    return " > ".join(quote(label, safe="") for label in labels)


def _label(label: str | Sequence[str]) -> str:
    return label_path((label,)) if isinstance(label, str) else label_path(label)


def _decode(body: bytes) -> RowEvolution:
    value = json_decoding.parse(body)
    if type(value) is not dict or "reportData" not in value:
        raise ValueError("not a row evolution")
    data, described = value["reportData"], value.get("metadata")
    described = described if type(described) is dict else {}
    metrics = described.get("metrics")
    labels = value.get("labels")
    return RowEvolution(
        label=json_decoding.text(value.get("label")) or "",
        labels=tuple(
            text for entry in json_decoding.entries(labels) if (text := json_decoding.text(entry)) is not None
        ),
        dimension=json_decoding.text(described.get("dimension")) or "",
        points={key: _point(inner) for key, inner in sorted(data.items())} if type(data) is dict else {},
        metrics={key: _metric(inner) for key, inner in metrics.items()} if type(metrics) is dict else {},
    )


def _point(value: Any) -> Mapping[str, Value]:
    if type(value) is dict:
        return {key: read_value(inner) for key, inner in value.items()}
    try:
        rows: tuple[ReportRow, ...] = read_table(value).rows
    except ValueError:
        return {}
    return rows[0].values if rows else {}


def _metric(value: Any) -> EvolutionMetric:
    return json_decoding.build(EvolutionMetric, value) if type(value) is dict else EvolutionMetric()
