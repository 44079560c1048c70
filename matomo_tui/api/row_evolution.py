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
    """A metric's name, its bounds over the time asked for, and its change from the first date to the last as the
    server writes it (``+540%``)."""

    name: str = ""
    min: float | None = None
    max: float | None = None
    change: str = ""


class RowEvolution(msgspec.Struct, frozen=True, kw_only=True):
    """``points``: by date key, in order of time, the row's values; ``{}`` where it has no row on that date.

    ``labels`` are of the rows asked for, as the server calls them; with several, a metric of the second row is the
    key ``nb_visits_1``, as the server names it."""

    label: str = ""
    labels: tuple[str, ...] = ()
    dimension: str = ""
    points: Mapping[str, Mapping[str, Value]] = {}
    metrics: Mapping[str, EvolutionMetric] = {}


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
) -> Call[RowEvolution]:
    """``API.getRowEvolution`` for one row or several; ``date`` is a multi-date.

    A label is the row's own, or the labels from the top level down to it. ``column`` is the one metric to compare
    several rows by. ``params`` are the report's fixed ones. ``flat`` for the labels of a flat report.
    """
    if not labels:
        raise ValueError("A row evolution needs a row.")
    asked: dict[str, str | int] = {"idSite": site_id, "period": period, "date": date, **BARE}
    asked |= {"apiModule": module, "apiAction": action, **(params or {})}
    # Each part is encoded once for itself, so that " > " within a label does not look like a step down, and a comma
    # not like the next label.
    asked["label"] = ",".join(_label(label) for label in labels)
    if flat:
        asked["flat"] = 1
    if column:
        asked["column"] = column
    return Call("API.getRowEvolution", with_segment(asked, segment), _decode)


def label_path(labels: Sequence[str]) -> str:
    """The labels from the top level down as Matomo's label filter wants them."""
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
