"""The figures of sites as rows and as cards, together with what is going on at the sites in view."""

from __future__ import annotations

from collections.abc import Sequence

from matomo_tui.api.errors import MatomoError
from matomo_tui.api.reports import ReportRow
from matomo_tui.reports.loader import ReportLoader
from matomo_tui.reports.query import Query
from matomo_tui.ui.drawing.glyphs import Glyphs
from matomo_tui.ui.reports.site_activity import SiteActivity
from matomo_tui.ui.reports.site_cards import SiteSummary, site_card
from matomo_tui.ui.reports.site_rows import SiteKey, figure, site_of, site_row
from matomo_tui.ui.widgets.table.rows import Row


class SiteFigures:
    """Makes rows and cards of sites under a query."""

    def __init__(self, loader: ReportLoader, activity: SiteActivity | None) -> None:
        self.query: Query | None = None
        self.most_visits = 0.0
        """The visits of the largest site or group loaded, which has the longest bar."""
        self._loader = loader
        self._activity = activity

    def row(self, row: ReportRow, glyphs: Glyphs, *, grouped: bool) -> Row[SiteKey]:
        """The row of a site or a group."""
        share = (figure(row, "nb_visits") or 0.0) / self.most_visits if self.most_visits else 0.0
        now, course = self._activity_of(row)
        return site_row(
            row,
            self._here,
            glyphs,
            grouped=grouped,
            changes=not self._has_just_begun,
            share=min(1.0, share),
            visits_now=now,
            course=course,
        )

    def card(self, row: ReportRow, glyphs: Glyphs) -> SiteSummary:
        """The card of a site."""
        now, course = self._activity_of(row)
        changes = not self._has_just_begun
        return site_card(row, self._here, glyphs, changes=changes, visits_now=now, course=course)

    @property
    def compared_with(self) -> str:
        """``, vs`` the period that the changes are against; ``""`` if there are none."""
        if self.query is None or self._has_just_begun:
            return ""
        return f", vs {self.query.period.previous().label()}"

    async def load_activity(self, sites: Sequence[int], query: Query) -> bool:
        """Load what is unknown or old of the activity of ``sites``. Returns True if anything is new."""
        if self._activity is None:
            return False
        until = min(query.period.last, self._loader.today(query))
        try:
            return await self._activity.load(sites, until, query.segment)
        except MatomoError:
            return False  # the columns stay empty; the figures of the sites are there

    @property
    def _here(self) -> int:
        return self.query.site.id if self.query is not None else 0

    def _activity_of(self, row: ReportRow) -> tuple[int | None, tuple[float | None, ...]]:
        site, activity = site_of(row), self._activity
        if activity is None or site is None:
            return None, ()
        return activity.visits_now.get(site), activity.courses.get(site, ())

    @property
    def _has_just_begun(self) -> bool:
        """Returns True for a day that is not over: Matomo compares it with the same part of the day before, which is
        next to nothing at first."""
        query = self.query
        return query is not None and query.period.kind == "day" and query.period.last >= self._loader.today(query)
