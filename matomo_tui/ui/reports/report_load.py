"""The state of loading one report request: pages that are wanted, failed or running, and errors."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, field

from matomo_tui.api.errors import MatomoError
from matomo_tui.reports.pages import ReportPage
from matomo_tui.reports.query import ReportRequest
from matomo_tui.reports.table import MissingPage


class ReportLoad(Struct, eq=False):
    """Everything that a report pane knows about the loading of one request.

    A pane loads a report with three workers, each in a group of its own:

    - ``first``: the first page. A reload of the report that is shown also brings its open rows and the rows in view.
    - ``pages``: the other pages, one at a time. After each answer the next page is chosen from what is in view *then*,
      so scrolling through 200,000 rows costs the server one page at a time and not one per key.
    - ``count``: the number of rows, which Matomo does not send: the end of the level is searched for.

    Each request, a reload of the same one included, gets a new ``ReportLoad``; the workers of the one before are
    cancelled first. A cancelled worker does not continue after its ``await``. An answer can therefore never reach a
    table that it was not requested for, and no flag of an earlier request is left set.
    """

    request: ReportRequest
    opened: list[MissingPage] = field(default_factory=list)
    """Levels below rows that were opened and are not loaded yet. They are loaded before the rows in view."""
    failed: dict[MissingPage, MatomoError] = field(default_factory=dict)
    """Pages that failed, oldest first. Scrolling does not request them again; a reload, or closing and opening the row
    above them, does."""
    retried: dict[MissingPage, MatomoError] = field(default_factory=dict)
    """The failures of pages that are loaded again by themselves, which is not told again if they fail again."""
    is_filling: bool = False
    """The ``pages`` worker is running, so scrolling does not start another."""
    going_to_end_from: int = 0
    """The line from which the user went to the last row before the number of rows was known; 0 otherwise. When the
    number is known the cursor follows, unless it was moved up meanwhile."""
    is_interrupted: bool = False
    """The user left the screen while ``pages`` or ``count`` was running. Both resume when the report is shown again."""
    is_discarded: bool = False
    """Nothing is loaded: the rows of the request are forgotten, and another site is awaited."""
    renewal_error: MatomoError | None = None
    """Why the last reload failed, while the rows of an earlier answer are shown."""
    comparison_error: MatomoError | None = None
    """Why the comparison period is missing."""

    def for_reload(self) -> ReportLoad:
        """The state for a reload of the same request. It keeps the errors: they describe the rows that stay visible
        until the answer comes."""
        return ReportLoad(
            self.request,
            renewal_error=self.renewal_error,
            comparison_error=self.comparison_error,
        )

    def next_page(self, missing: Iterable[MissingPage]) -> MissingPage | None:
        """The page to request next, where ``missing`` are those in view."""
        return next((page for page in (*self.opened, *missing) if page not in self.failed), None)

    def mark_loaded(self, page: MissingPage) -> None:
        """``page`` is loaded and no longer wanted."""
        self.opened = [other for other in self.opened if other != page]

    def retry_below(self, path: tuple[str, ...]) -> None:
        """Forget the failures of the row at ``path`` (labels from the top level down) and of all rows below it."""
        depth = len(path)
        self.failed = {
            page: error
            for page, error in self.failed.items()
            if tuple(step.label for step in page.request.path)[:depth] != path
        }


def version(page: ReportPage) -> tuple[float, bool, MatomoError | None]:
    """Distinguishes two answers to the same request."""
    return page.asked_at, page.before is None, page.before_error


def shows_same_rows(before: ReportRequest, after: ReportRequest) -> bool:
    """Returns True if the row under the cursor is to be found in both: same report, level and search."""
    return (before.report.id, before.path, before.pattern) == (after.report.id, after.path, after.pattern)
