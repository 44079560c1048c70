"""The columns chosen for a report, kept for the next start."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from textual.app import App

from matomo_tui.config.remembered import Remembered
from matomo_tui.reports.catalogue import Report
from matomo_tui.reports.query import Query, ReportRequest

_TOPIC = "columns"


def remembered_columns(app: App[Any], request: ReportRequest) -> tuple[str, ...]:
    """The columns chosen last for the report of ``request``; ``()`` if there are none, or if the site lacks one of
    them, such as a goal of another site."""
    remembered = remembered_of(app)
    keys = remembered.get(_TOPIC, request.report.id) if remembered is not None else None
    if not isinstance(keys, list) or not all(isinstance(key, str) and request.column(key) for key in keys):
        return ()
    return tuple(keys)


def request_at(app: App[Any], wanted: ReportRequest, query: Query, report: Report) -> ReportRequest:
    """``wanted`` under ``query``, as ``report`` of its site. At another site that lacks one of the columns, such as a
    goal, these are the ones chosen last, if it has those, or all; and so is an order by a column that it lacks."""
    request = replace(wanted.asked_by(query), report=report)
    if wanted.query.site.id == query.site.id:
        return request
    sort = request.sort
    if sort is not None and sort.column != "label" and request.column(sort.column) is None:
        request = replace(request, sort=None)
    if request.columns and all(request.column(key) for key in request.columns):
        return request
    return replace(request, columns=remembered_columns(app, request))


def remember_columns(app: App[Any], report: Report, columns: tuple[str, ...]) -> None:
    """Keep ``columns`` for ``report``; ``()`` forgets them."""
    remembered = remembered_of(app)
    if remembered is not None:
        remembered.put(_TOPIC, report.id, list(columns) or None)


def remembered_of(app: App[Any]) -> Remembered | None:
    """What ``app`` remembers between two runs; ``None`` in an app without it."""
    found = getattr(app, "remembered", None)
    return found if isinstance(found, Remembered) else None
