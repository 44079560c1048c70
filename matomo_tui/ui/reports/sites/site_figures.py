"""The figures of sites as rows and as cards, together with what is going on at the sites in view."""

from __future__ import annotations

from collections.abc import Callable, Collection

from matomo_tui.api.reports import ReportRow
from matomo_tui.live.site_activity import Focus, SiteNow
from matomo_tui.live.sites_poller import SitesSnapshot
from matomo_tui.live.snapshot import Phase
from matomo_tui.reports.query import Query
from matomo_tui.ui.drawing.glyphs import Glyphs
from matomo_tui.ui.reports.sites.site_cards import SiteSummary, site_card
from matomo_tui.ui.reports.sites.site_rows import SiteKey, SiteLook, figure, site_of, site_row
from matomo_tui.ui.widgets.table.rows import Row


class SiteFigures:
    """Makes rows and cards of sites under a query. ``now`` returns our time as an epoch."""

    def __init__(self, now: Callable[[], float], marked: Collection[int]) -> None:
        self.query: Query | None = None
        self.most_visits = 0.0
        """The visits of the largest site or group loaded, which has the longest bar."""
        self.was_growing = False
        """Whether the period was not over when the figures were asked for."""
        self.live = SitesSnapshot()
        """What is going on at the sites."""
        self.folded: set[str] = set()
        """The groups whose sites are hidden."""
        self._now = now
        self._marked = marked

    def row(self, row: ReportRow, glyphs: Glyphs, *, grouped: bool) -> Row[SiteKey]:
        """The row of a site or a group."""
        return site_row(row, self._look(row, grouped=grouped), glyphs)

    def card(self, row: ReportRow, glyphs: Glyphs) -> SiteSummary:
        """The card of a site."""
        return site_card(row, self._look(row), glyphs)

    @property
    def _unknown(self) -> SiteNow:
        """The figures of a site without any: they are awaited, unless polling has failed."""
        failed = self.live.poll.phase in (Phase.STALE, Phase.STOPPED)
        return SiteNow(asked_at=0.0) if failed else SiteNow()

    def _look(self, row: ReportRow, *, grouped: bool = False) -> SiteLook:
        site = site_of(row)
        share = (figure(row, "nb_visits") or 0.0) / self.most_visits if self.most_visits else 0.0
        return SiteLook(
            here=self.query.site.id if self.query is not None else 0,
            grouped=grouped,
            changes=not self._has_just_begun,
            share=min(1.0, share),
            folded=site is None and row.label in self.folded,
            marked=site in self._marked,
            now=SiteNow() if site is None else self.live.sites.get(site, self._unknown),
            hit_age=None if site is None else self.live.hit_age(site, self._now()),
            is_old=site is not None and self.live.is_old(site),
        )

    @property
    def compared_with(self) -> str:
        """``, vs`` the period that the changes are against; ``""`` if there are none."""
        if self.query is None or self._has_just_begun:
            return ""
        return f", vs {self.query.period.previous().label()}"

    def focus(self, sites: tuple[int, ...], query: Query) -> Focus:
        """What to poll while ``sites`` are in view."""
        return Focus(sites, until=query.period.last, segment=query.segment)

    @property
    def _has_just_begun(self) -> bool:
        """Returns True for the figures of a day that was not over: Matomo compares it with the same part of the day
        before, which is next to nothing at first."""
        return self.query is not None and self.query.period.kind == "day" and self.was_growing
