"""State shared by the report screens of one connection: query, loader, catalogues and history."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from matomo_tui.admin.annotations import Annotator
from matomo_tui.admin.audit import AuditLog
from matomo_tui.admin.saved_segments import SegmentWriter
from matomo_tui.api import metadata
from matomo_tui.api.access import Access
from matomo_tui.api.calls import PeriodKind
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.metadata import SegmentDimension
from matomo_tui.api.sites import Site
from matomo_tui.config import paths
from matomo_tui.live.clock import Clock
from matomo_tui.live.timezones import zone
from matomo_tui.reports import periods, segments
from matomo_tui.reports.catalogue import Catalogue
from matomo_tui.reports.catalogue_cache import Catalogues
from matomo_tui.reports.history import History
from matomo_tui.reports.loader import ReportLoader
from matomo_tui.reports.periods import Period
from matomo_tui.reports.query import Comparison, Query, ReportRequest
from matomo_tui.sanitize import sanitize
from matomo_tui.session import Session
from matomo_tui.ui.reports.annotations import AnnotationService
from matomo_tui.ui.reports.saved_segments import SegmentService

COMPARISONS = (Comparison.NONE, Comparison.PREVIOUS, Comparison.YEAR)


@dataclass(frozen=True, slots=True)
class Location:
    """Where one has been: a ``section`` with the report that was open in it (``None`` before there was one)."""

    section: str
    query: Query
    request: ReportRequest | None = None

    def under(self, query: Query) -> Location:
        """The same place under another query."""
        return Location(self.section, query, self.request)


class ReportContext:
    """Made on the first use of a section, dropped with its connection.

    ``changed`` is called with the query after each change of it and with the place to show: the visible section draws
    it, the live screen takes its site and segment, the hidden sections look when they are seen again. ``go_live`` is
    called to show the live screen, with a filter for its visits (``""``: as it is there).
    """

    def __init__(self, session: Session, site: Site, clock: Clock, *, segment: str = "", name: str = "") -> None:
        self.session = session
        self.access: Access = session.access
        self.clock = clock
        self.loader = ReportLoader(session.client, self.today, now=clock.now)
        self.catalogues = Catalogues(self.loader.ask, language=session.settings.language, now=clock.now)
        profile, server = sanitize(session.settings.profile), sanitize(session.address)
        log = AuditLog(paths.audit_file(paths.state_dir()))
        annotator = Annotator(session.client, log, profile, server, clock.now)
        self.notebook = AnnotationService(session.client, annotator, self.loader, session.access)
        writer = SegmentWriter(session.client, log, profile, server, clock.now)
        self.saved_segments = SegmentService(session, self.loader, writer)
        self.changed: Callable[[Location], None] = lambda _place: None
        self.go_live: Callable[[str], None] = lambda _find: None
        yesterday = Period.containing("day", self.today(site)).previous()
        query = Query(site=site, period=yesterday, segment=segment, segment_name=name)
        self._history: History[Location] = History(Location("", query))
        self._dimensions: dict[int, tuple[SegmentDimension, ...]] = {}

    # What is asked

    @property
    def place(self) -> Location:
        """What is shown, or was shown last."""
        return self._history.here

    @property
    def query(self) -> Query:
        """Which visits everything shown is about."""
        return self._history.here.query

    def today(self, site: Site) -> date:
        """The day that it is at the site."""
        return periods.today(zone(site.timezone), self.clock.now())

    @property
    def may_go_back(self) -> bool:
        return self._history.may_go_back

    @property
    def may_go_forward(self) -> bool:
        return self._history.may_go_forward

    def visit(self, section: str, request: ReportRequest | None) -> None:
        """A person went somewhere: another section, another report, into a row. Tells nobody: it is shown already."""
        query = request.query if request is not None else self.query
        place = Location(section, query, request)
        if not self.place.section or (self.place.section, self.place.request) == (section, None):
            self._history.replace(place)  # before there was a report there was nothing to come back to
        else:
            self._history.go(place)

    def open(self, section: str, request: ReportRequest) -> None:
        """A report in another section."""
        self.changed(self._history.go(Location(section, request.query, request)))

    def adjust(self, request: ReportRequest) -> None:
        """The same place seen otherwise: sorted, searched, flat."""
        self._history.replace(replace(self.place, query=request.query, request=request))

    def back(self) -> None:
        """To where one was before."""
        if self.may_go_back:
            self.changed(self._history.back())

    def forward(self) -> None:
        """To where one went back from."""
        if self.may_go_forward:
            self.changed(self._history.forward())

    def ask(self, query: Query) -> None:
        """The same place under another query."""
        if query != self.query:
            self.changed(self._history.go(self.place.under(query)))

    def step(self, steps: int) -> bool:
        """Periods forwards, or backwards where negative; whether there was one."""
        before = self.query.period
        self.ask(self.query.at(before.step(steps, self.today(self.query.site))))
        return self.query.period != before

    def as_kind(self, kind: PeriodKind) -> None:
        """The day, week, month or year around what is shown."""
        self.ask(self.query.at(self.query.period.as_kind(kind, self.today(self.query.site))))

    def next_comparison(self) -> Comparison:
        """Nothing, the previous period, the year before, in turn; which it is now."""
        place = COMPARISONS.index(self.query.comparison)
        wanted = COMPARISONS[(place + 1) % len(COMPARISONS)]
        self.ask(self.query.compared(wanted))
        return wanted

    def narrow(self, segment: str) -> None:
        """Only those that a row's ``segment`` has too; somebody's token in it is sent nowhere."""
        self.ask(self.query.narrowed(segments.without_tokens(segment)))

    def follow(self, site: Site, segment: str, label: str) -> None:
        """The live screen went to another site or segment: everything goes with it."""
        query = self.query
        if site.id != query.site.id:
            query = query.of(site)
            query = query.at(query.period.until(self.today(site)))  # today here may be tomorrow there
        if segment != query.segment:
            query = query.segmented(segment, label)
        self.ask(query)

    def describe(self, site: Site) -> None:
        """A site has other settings, a name say: wherever one was is shown with those. Tells nobody: what is seen
        looks when it is seen again."""

        def described(place: Location) -> Location:
            if place.query.site.id != site.id:
                return place
            query = replace(place.query, site=site)
            return replace(place, query=query, request=place.request and replace(place.request, query=query))

        self._history.change(described)

    # What the server has

    async def catalogue(self, site_id: int) -> Catalogue:
        """The site's reports. Raises ``MatomoError``."""
        return await self.catalogues.get(site_id)

    def names(self) -> Mapping[str, str]:
        """The names of dimensions, as far as they are known already."""
        return {one.segment: sanitize(one.name) for one in self._dimensions.get(self.query.site.id, ())}

    async def dimensions(self) -> tuple[SegmentDimension, ...]:
        """What a segment of the site can ask for. Raises ``MatomoError``."""
        site_id = self.query.site.id
        if site_id not in self._dimensions:
            asked = metadata.get_segments_metadata(site_id, language=self.session.settings.language)
            self._dimensions[site_id] = await self.loader.ask(asked)
        return self._dimensions[site_id]

    async def learn_names(self) -> bool:
        """Have the names of dimensions ready where a segment is to be said in words; whether they are new."""
        if not self.query.segment or self.query.site.id in self._dimensions:
            return False
        try:
            await self.dimensions()
        except MatomoError:
            return False  # the segment is shown in Matomo's own names then
        return True

    def segment_words(self) -> str:
        """The segment as a person reads it; ``""`` for everybody."""
        query = self.query
        if not query.segment:
            return ""
        return sanitize(query.segment_name) or segments.describe(query.segment, self.names())
