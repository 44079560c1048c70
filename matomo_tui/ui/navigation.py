"""Opens the report screens of one connection on first use, caches them, and closes them with the connection."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from textual.screen import Screen

from matomo_tui.api.site import Site
from matomo_tui.live.snapshot import LiveSnapshot, Phase
from matomo_tui.reports.catalogue import Report
from matomo_tui.reports.periods import Period
from matomo_tui.reports.query import ReportRequest
from matomo_tui.session import Session
from matomo_tui.ui.reports.report_context import Location, ReportContext
from matomo_tui.ui.reports.section_place import SectionPlace
from matomo_tui.ui.reports.section_screen import BY_NAME, SECTIONS, Section, SectionScreen
from matomo_tui.ui.shell import UNSEEN_FOR, Shell

if TYPE_CHECKING:
    from matomo_tui.ui.live.live_screen import LiveScreen

Make = Callable[[Section, ReportContext], SectionScreen]

_WEEK = timedelta(days=6)
"""From the first to the last of seven days."""


class SectionNavigator:
    """Navigates between sections, and keeps them and the live screen at the same site and segment."""

    def __init__(self, app: Shell, session: Session, live: LiveScreen) -> None:
        self._app = app
        self._live = live
        self._was_stopped = False
        """Polling has stopped, and not gone on since."""
        self.context = ReportContext(
            session,
            live.snapshot.site,
            app.clock,
            segment=live.segment,
            name=live.segment_label if live.segment else "",
        )
        self.context.on_change = self._changed
        self.context.on_go_live = self._go_live
        self.context.on_show_visits = self._show_visits
        self._screens: dict[str, SectionScreen] = {}
        self._seen_at: dict[str, float] = {}
        """When each of ``_screens`` was shown last, by the monotonic clock."""
        self._places: dict[str, SectionPlace] = {}
        """Where the sections are that gave back their screen."""

    @property
    def current(self) -> SectionScreen | None:
        """The section on top, below any dialog."""
        shown = [screen for screen in self._app.screen_stack if isinstance(screen, SectionScreen)]
        return shown[-1] if shown else None

    def choose(self, name: str) -> None:
        """Show a section, as its key does: at the place where it was left, and what it begins with if it is shown
        already."""
        self.context.entrance = None
        screen = self._screens.get(name)
        if screen is not None and self._app.screen is screen:
            screen.show_start()
        else:
            self.go(name)

    def go(self, name: str) -> SectionScreen:
        """Show a section, and close the screens above the sections."""
        screen = self._screens.get(name)
        if screen is None:
            screen = self._screens[name] = _screen_of(name)(BY_NAME[name], self.context)
            if (place := self._places.pop(name, None)) is not None:
                screen.resume(place)
            self._app.install_screen(screen, f"section-{name} {id(screen)}")
        self._seen_at[name] = self._app.clock.monotonic()
        if screen in self._app.screen_stack:
            self._app.uncover(screen)
            return screen
        self._app.uncover(self._live)
        screen.show_live(self._live.snapshot)
        self._app.push_screen(screen)
        return screen

    def open_report(self, report: Report) -> None:
        """Show a report in the section that lists it, under the current query."""
        query = self.context.query
        catalogue = self.context.catalogues.held(query.site.id)
        listing = (one.name for one in SECTIONS if one.pane and catalogue and report in catalogue.pane(one.pane))
        name = next(listing, "all")
        self.context.open_request(name, ReportRequest(query, report))
        if self.current is None or self.current.section.name != name:
            self.go(name)

    def open_visit_log(self, search: str | None = None) -> None:
        """Show the visit log; with ``search``, which may be empty, of the last seven days, searched for that text."""
        if search is not None:
            query = self.context.query
            today = self.context.today(query.site)
            self.context.set_query(query.at(Period.days_between(today - _WEEK, today)))
        from matomo_tui.ui.reports.visit_log_screen import VisitLogScreen

        screen = self.go("log")
        if isinstance(screen, VisitLogScreen):
            screen.show_row("", "")
            if search is not None:
                screen.search(search)

    def widen_visit_log(self) -> None:
        """Show all visits of the query in the visit log: another segment is to find others than those searched for."""
        self._places.pop("log", None)
        screen = self._screens.get("log")
        if screen is None:
            return
        from matomo_tui.ui.reports.visit_log_screen import VisitLogScreen

        if isinstance(screen, VisitLogScreen):
            screen.search("")
            screen.show_row("", "")

    def choose_segment(self) -> None:
        """Open the segment dialog; what it returns narrows the live screen and the reports."""
        from matomo_tui.ui.reports.dialogs.segment_dialog import SegmentDialog

        def chosen(segment: tuple[str, str] | None) -> None:
            if segment is not None:
                self.context.set_query(self.context.query.segmented(*segment))

        self._app.push_screen(SegmentDialog(self.context), chosen)

    def explain_counters(self) -> None:
        """Say what the counters of the live screen mean."""
        from matomo_tui.ui.live.counters_dialog import CountersDialog

        self._app.push_screen(CountersDialog(lambda: self.context.catalogue(self._live.site.id)))

    def go_back(self) -> bool:
        """Go one step back within the current section. Returns False if there is none."""
        screen = self._app.screen
        return isinstance(screen, SectionScreen) and screen.go_back()

    def set_location(self, site: Site, segment: str, label: str) -> None:
        """Move the reports to the site and segment of the live screen."""
        self.context.follow_live(site, segment, label)

    def update_site(self, site: Site) -> None:
        """Replace the site's settings by those of ``site``."""
        self.context.update_site(site)

    def make_due(self, site_id: int) -> None:
        """Reload the site's list of reports when it is next needed."""
        self.context.catalogues.make_due(site_id)

    def show_live(self, snapshot: LiveSnapshot) -> None:
        """Follow the live connection: once polling goes on after it had stopped, as after a lockout, the sections ask
        again too."""
        phase = snapshot.poll.phase
        if phase is Phase.LIVE and self._was_stopped:
            self.context.loader.resume(accepted=True)
        self._was_stopped = phase is Phase.STOPPED or (self._was_stopped and phase is not Phase.LIVE)

    def token_replaced(self) -> None:
        """Let requests go on, which stopped when the token before was rejected."""
        self.context.loader.resume(accepted=True)
        for screen in self._screens.values():
            screen.token_replaced()

    def name_of(self, screen: Screen[Any]) -> str:
        """The section that ``screen`` shows; ``""`` if it is no screen of this navigator."""
        return next((name for name, one in self._screens.items() if one is screen), "")

    def release_unseen(self, stack: Sequence[Screen[Any]], *, is_shown: bool) -> None:
        """Remove the screens that were not shown for ten minutes; they are built again at the same place. When none is
        left, drop the cached answers too. The screens in ``stack``, which is on the screen or not, stay."""
        now = self._app.clock.monotonic()
        for name, screen in list(self._screens.items()):
            if screen in stack:
                self._seen_at[name] = now if is_shown else self._seen_at[name]
            elif now - self._seen_at[name] >= UNSEEN_FOR and screen.is_mounted:
                self._places[name] = screen.place
                del self._screens[name]
                self._app.uninstall_screen(screen)
                screen.remove()
                if not self._screens:
                    self.context.loader.forget()

    def close(self) -> None:
        """Close all report screens."""
        if self.current is not None:
            self._app.uncover(self._live)
        self.context.on_change = _nobody
        for screen in self._screens.values():
            self._app.uninstall_screen(screen)
            if screen.is_running:
                screen.remove()
        self._screens.clear()
        self._places.clear()

    def _go_live(self, find: str) -> None:
        self._app.uncover(self._live)
        if find:
            self._live.find(find)

    def _show_visits(self, segment: str, label: str) -> None:
        """Show the visits of a report's row in the visit log."""
        from matomo_tui.ui.reports.visit_log_screen import VisitLogScreen

        screen = self.go("log")
        if isinstance(screen, VisitLogScreen):
            screen.search("")
            screen.show_row(segment, label)

    def _changed(self, place: Location) -> None:
        """Show the new location in its section, and move the live screen to the same site and segment."""
        query = place.query
        if query.site.id != self._live.site.id:
            self._live.switch_site(query.site, self.context.access.role(query.site.id))
        self._live.set_segment(query.segment, self.context.segment_text())
        current = self.current
        if place.section and current is not None and current.section.name != place.section:
            self.go(place.section)  # the screen reads the location when it resumes
        elif current is not None:
            current.show_location(place)


def _screen_of(section: str) -> Make:
    """The class of a section's screen. Each is imported when its section is opened first."""
    if section == "visits":
        from matomo_tui.ui.reports.visits_screen import VisitsScreen

        return VisitsScreen
    if section == "goals":
        from matomo_tui.ui.reports.goals_screen import GoalsScreen

        return GoalsScreen
    if section == "changed":
        from matomo_tui.ui.reports.movers_screen import ChangedScreen

        return ChangedScreen
    if section == "sites":
        from matomo_tui.ui.reports.sites.all_sites_screen import AllSitesScreen

        return AllSitesScreen
    if section == "log":
        from matomo_tui.ui.reports.visit_log_screen import VisitLogScreen

        return VisitLogScreen
    return SectionScreen


def _nobody(_place: Location) -> Any:
    return None
