"""Finds the third name of an event from two. Matomo's event reports have two levels; the third name is on the second
level of the inner name's report."""

from __future__ import annotations

from collections.abc import Sequence

from matomo_tui.reports.catalogue import Catalogue
from matomo_tui.reports.event_names import DEFAULT_SECOND, FIRST, METHODS, NAMES, SECOND
from matomo_tui.reports.query import ReportRequest


def has_third(request: ReportRequest, path: Sequence[str]) -> bool:
    """Returns True if the row at ``path`` (labels from the top level down) is the second name of an event."""
    return request.report.method in FIRST and not request.flat and len(path) == 2 and all(path)


def third(catalogue: Catalogue, request: ReportRequest, path: Sequence[str]) -> ReportRequest | None:
    """The report whose row ``path[-1]``, once opened (``loader.find_level``), has the third names; ``None`` if there
    is no such report. The figures are the server's own, of all events with the inner name."""
    if not has_third(request, path):
        return None
    outer = FIRST[request.report.method]
    inner = dict(request.extra).get(SECOND) or DEFAULT_SECOND[request.report.method]
    method = METHODS.get(inner, "")
    report = catalogue.find(method)
    if report is None:
        return None
    (name,) = set(NAMES) - {outer, inner}
    extra = () if DEFAULT_SECOND[method] == name else ((SECOND, name),)
    return ReportRequest(request.query, report, extra=extra)
