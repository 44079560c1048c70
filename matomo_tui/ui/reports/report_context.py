"""State shared by the report screens of one connection: query, loader, catalogues and history."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from matomo_tui.api import metadata
from matomo_tui.api.access import Access
from matomo_tui.api.calls import PeriodKind
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.metadata import SegmentDimension
from matomo_tui.api.site import Site
from matomo_tui.config import paths
from matomo_tui.live.clock import Clock
from matomo_tui.live.timezones import zone
from matomo_tui.reports import periods, segments
from matomo_tui.reports.catalogue import Catalogue
from matomo_tui.reports.catalogue_cache import Catalogues
from matomo_tui.reports.history import NavigationHistory
from matomo_tui.reports.loader import ReportLoader
from matomo_tui.reports.periods import Period
from matomo_tui.reports.query import Query, ReportRequest
from matomo_tui.sanitize import sanitize
from matomo_tui.session import Session
from matomo_tui.ui.reports.annotations import AnnotationService
from matomo_tui.ui.reports.saved_segments import SegmentService

if TYPE_CHECKING:
    from matomo_tui.admin.annotations import Annotator
    from matomo_tui.admin.audit import AuditLog
    from matomo_tui.admin.saved_segments import SegmentWriter
    from matomo_tui.api.client import Client


class Location(Struct, frozen=True):
    """An entry of the history: a section under a query."""

    section: str
    """The section's name; empty before the first section was shown."""
    query: Query
    request: ReportRequest | None = None
    """The report open in the section; ``None`` if it has none."""

    def under(self, query: Query) -> Location:
        """The same section and report under another query."""
        return Location(self.section, query, self.request)


class ReportContext:
    """The query, history and data of the report screens. It is created with the first section and lives as long as the
    connection. A hidden section reads the location when it is shown again."""

    def __init__(self, session: Session, site: Site, clock: Clock, *, segment: str = "", name: str = "") -> None:
        self.session = session
        self.access: Access = session.access
        self.clock = clock
        self.loader = ReportLoader(session.client, self.today, now=clock.now)
        self.catalogues = Catalogues(self.loader.request, language=session.settings.language, now=clock.now)
        self.saved_segments = SegmentService(session, self.loader, self._segment_writer)
        self.annotations = AnnotationService(session.client, self._annotator, self.loader, session.access)
        self.on_change: Callable[[Location], None] = lambda _location: None
        """Called with each new location that is to be shown; it also sets the live screen's site and segment."""
        self.on_go_live: Callable[[str], None] = lambda _filter: None
        """Called to show the live screen with a filter for its visits; ``""`` leaves its filter as it is."""
        self.on_show_visits: Callable[[str, str], None] = lambda _segment, _label: None
        """Called to show the visits of a row under the query, by the row's segment and its label."""
        self.entrance: tuple[str, str, str] | None = None
        """Section and report that were opened from a row of another section, and that one's name."""
        yesterday = Period.containing("day", self.today(site)).previous()
        query = Query(site=site, period=yesterday, segment=segment, segment_name=name)
        self._asked: Location | None = None
        """The location of a report that was asked for by itself, until its section shows it."""
        self._history: NavigationHistory[Location] = NavigationHistory(Location("", query))
        self._dimensions: dict[int, tuple[SegmentDimension, ...]] = {}

    def _annotator(self) -> Annotator:
        from matomo_tui.admin.annotations import Annotator

        return Annotator(*self._writes)

    def _segment_writer(self) -> SegmentWriter:
        from matomo_tui.admin.saved_segments import SegmentWriter

        return SegmentWriter(*self._writes)

    @property
    def _writes(self) -> tuple[Client, AuditLog, str, str, Callable[[], float]]:
        """What writes and their log need. Imported with the first one: a section opens sooner without."""
        from matomo_tui.admin.audit import AuditLog

        log = AuditLog(paths.audit_file(paths.state_dir()))
        profile, server = sanitize(self.session.settings.profile), sanitize(self.session.address)
        return self.session.client, log, profile, server, self.clock.now

    # Location and query

    @property
    def location(self) -> Location:
        """The location shown now or last."""
        return self._history.here

    @property
    def query(self) -> Query:
        """The query of the location: site, period, segment and comparison."""
        return self._history.here.query

    def today(self, site: Site) -> date:
        """The date of today in the site's time zone, by the server's clock."""
        return periods.today(zone(site.timezone), self.clock.now() + self.session.client.server_offset)

    @property
    def may_go_back(self) -> bool:
        return self._history.may_go_back

    @property
    def may_go_forward(self) -> bool:
        return self._history.may_go_forward

    def record(self, section: str, request: ReportRequest | None) -> None:
        """Add a location that is shown already to the history: another section, report or level."""
        query = request.query if request is not None else self.query
        location = Location(section, query, request)
        if not self.location.section or (self.location.section, self.location.request) == (section, None):
            self._history.replace(location)  # a section without a report is nothing to come back to
        else:
            self._history.push(location)

    def open_request(self, section: str, request: ReportRequest, *, came_from: str = "") -> None:
        """Show a report in the section named ``section``. ``came_from`` is the section one of whose rows it is, if that
        is another one: one step back leads there."""
        self.entrance = (section, request.report.id, came_from) if came_from else None
        self._asked = self._history.push(Location(section, request.query, request))
        self.on_change(self._asked)

    def take_asked(self, location: Location) -> bool:
        """Returns True if ``location`` was opened with :meth:`open_request`, and is shown for the first time since."""
        is_asked, self._asked = location == self._asked, None
        return is_asked

    def replace_request(self, request: ReportRequest) -> None:
        """Replace the current location's request: the same report with another order, search or columns is no step of
        the history."""
        self._history.replace(structs.replace(self.location, query=request.query, request=request))

    def back(self) -> None:
        """Show the previous location, if there is one."""
        if self.may_go_back:
            self.on_change(self._history.back())

    def forward(self) -> None:
        """Show the next location, if there is one."""
        if self.may_go_forward:
            self.on_change(self._history.forward())

    def leave_report(self) -> bool:
        """Show the section again from which the report shown was opened. Returns False if it was opened in its own."""
        here, entrance = self.location, self.entrance
        if entrance is None or here.request is None or (here.section, here.request.report.id) != entrance[:2]:
            return False
        self.entrance = None
        self.on_change(self._history.push(Location(entrance[2], here.query)))
        return True

    def leave(self, section: str) -> None:
        """Show the last location of another section than ``section``, if there is one."""
        while self.may_go_back and self._history.back().section == section:
            pass
        self.on_change(self.location)

    def set_query(self, query: Query) -> None:
        """Show the current section and report under ``query``."""
        if query != self.query:
            self.on_change(self._history.push(self.location.under(query)))

    def step_period(self, steps: int) -> bool:
        """Move by ``steps`` periods, backwards if negative. Returns False if there is none."""
        before = self.query.period
        self.set_query(self.query.at(before.step(steps, self.today(self.query.site))))
        return self.query.period != before

    def set_period_kind(self, kind: PeriodKind) -> None:
        """Show the day, week, month or year around the current period."""
        self.set_query(self.query.at(self.query.period.as_kind(kind, self.today(self.query.site))))

    def add_segment(self, segment: str) -> None:
        """Add the condition of a row's ``segment`` to the query. Authentication tokens inside it are cut off, so they
        are never sent."""
        self.set_query(self.query.narrowed(segments.without_tokens(segment)))

    def follow_live(self, site: Site, segment: str, label: str) -> None:
        """Take over the site and segment of the live screen."""
        query = self.query
        if site.id != query.site.id:
            query = query.of(site)
            query = query.at(query.period.until(self.today(site)))  # today at one site may be tomorrow at the other
        if segment != query.segment:
            query = query.segmented(segment, label)
        self.set_query(query)

    def update_site(self, site: Site) -> None:
        """Put the changed settings of ``site``, such as its name, into every location of the history. Sections draw
        them when they are shown again."""

        def updated(location: Location) -> Location:
            if location.query.site.id != site.id:
                return location
            query = structs.replace(location.query, site=site)
            return structs.replace(
                location, query=query, request=location.request and replace(location.request, query=query)
            )

        self._history.change(updated)

    # Catalogue and dimensions

    async def catalogue(self, site_id: int) -> Catalogue:
        """The site's catalogue of reports, from the cache or the server. Raises ``MatomoError``."""
        return await self.catalogues.get(site_id)

    def dimension_names(self) -> Mapping[str, str]:
        """Names of dimensions by their segment name; empty before :meth:`dimensions` loaded them."""
        return {one.segment: sanitize(one.name) for one in self._dimensions.get(self.query.site.id, ())}

    async def dimensions(self) -> tuple[SegmentDimension, ...]:
        """The dimensions that a segment of the site can use, loaded once for each site. Raises ``MatomoError``."""
        site_id = self.query.site.id
        if site_id not in self._dimensions:
            asked = metadata.get_segments_metadata(site_id, language=self.session.settings.language)
            self._dimensions[site_id] = await self.loader.request(asked)
        return self._dimensions[site_id]

    async def load_dimension_names(self) -> bool:
        """Load the names of dimensions if a segment is to be described. Returns True if they are new."""
        if not self.query.segment or self.query.site.id in self._dimensions:
            return False
        try:
            await self.dimensions()
        except MatomoError:
            return False  # the segment is described with Matomo's own names instead
        return True

    def segment_text(self) -> str:
        """The segment in words, or its saved name; ``""`` without a segment."""
        query = self.query
        if not query.segment:
            return ""
        return sanitize(query.segment_name) or segments.describe(query.segment, self.dimension_names())
