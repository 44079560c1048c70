"""From two names of an event on to the third. Matomo's reports of events have two levels; what the third name of those
with both was is told by the report of that name, narrowed to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matomo_tui.reports import segments
from matomo_tui.reports.catalogue import Catalogue
from matomo_tui.reports.query import ReportRequest


@dataclass(frozen=True, slots=True)
class _Names:
    """The dimensions of a report's two levels, and the method of the report of the third one."""

    outer: str
    inner: str
    third: str


_REPORTS = {
    "Events.getCategory": _Names("eventCategory", "eventAction", "Events.getName"),
    "Events.getAction": _Names("eventAction", "eventName", "Events.getCategory"),
    "Events.getName": _Names("eventName", "eventAction", "Events.getCategory"),
}


def has_third(request: ReportRequest, path: Sequence[str]) -> bool:
    """Whether the row that ``path`` leads to (labels from the top level down) stands for two names of an event."""
    return request.report.method in _REPORTS and not request.flat and len(path) == 2 and all(path)


def third(catalogue: Catalogue, request: ReportRequest, path: Sequence[str]) -> ReportRequest | None:
    """The third names of the events with the two of ``path``; ``None`` where there is no such report."""
    if not has_third(request, path):
        return None
    names = _REPORTS[request.report.method]
    report = catalogue.find(names.third)
    if report is None:
        return None
    outer, inner = path
    both = segments.combine(segments.equals(names.outer, outer), segments.equals(names.inner, inner))
    return ReportRequest(request.query.narrowed(both), report)
