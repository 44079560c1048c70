"""Why a report has no rows."""

from __future__ import annotations

from enum import Enum

from matomo_tui.api.reports import ReportRow
from matomo_tui.reports.pages import ReportPage


class Emptiness(Enum):
    """Why a report has no rows; the value is a sentence."""

    NO_VISITS = "No visits in this period."
    NOT_ARCHIVED = "There are visits, but Matomo has not built this report yet. Try again in a few minutes."
    NONE_OF_THIS = "There are visits, but none with data for this report."
    NOT_YET = "No data so far; Matomo may be a few minutes behind."
    NOT_FOUND = "Nothing here matches the search."
    UNKNOWN = "No data for this report."


def emptiness(page: ReportPage, live_visits: int = 0) -> Emptiness | None:
    """Why ``page`` has no rows; ``None`` if it has some. ``live_visits`` is the site's number of visits by the live
    counters: if there are any, an empty report of today is not built yet."""
    if page.offset or any(_has_content(row) for row in page.rows):
        return None
    query = page.request.query
    if live_visits and page.growing and not page.visits and not query.segment and not page.request.pattern:
        return Emptiness.NOT_ARCHIVED
    if page.request.pattern:
        return Emptiness.NOT_FOUND
    if page.visits is None:
        return Emptiness.UNKNOWN if not page.single else Emptiness.NO_VISITS
    if page.visits == 0:
        return Emptiness.NO_VISITS
    if page.request.report.filled_when_visited and not page.request.path:
        return Emptiness.NOT_ARCHIVED
    return Emptiness.NOT_YET if page.growing else Emptiness.NONE_OF_THIS


def _has_content(row: ReportRow) -> bool:
    """Returns True for a row with a label or with any figure other than 0."""
    return bool(row.label) or any(value for value in row.values.values())
