"""The kiosk: a screen on a wall, which nobody operates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.widget import Widget

from matomo_tui.api.site import Site
from matomo_tui.live.clock import Clock
from matomo_tui.live.poll_plan import is_refusal
from matomo_tui.live.snapshot import LiveSnapshot, Phase
from matomo_tui.ui.live.feed import FeedPane
from matomo_tui.ui.live.kiosk_alerts import KioskAlerts
from matomo_tui.ui.live.kiosk_band import KioskBand, band_height
from matomo_tui.ui.live.kiosk_figures import KioskFigures, figures_height
from matomo_tui.ui.live.kiosk_missing import KioskMissing
from matomo_tui.ui.live.minutes import MinutesPane
from matomo_tui.ui.live.rankings import SUBJECTS, RankingPane
from matomo_tui.ui.messages import FieldMessage
from matomo_tui.ui.widgets.screens import CachedStyleScreen

if TYPE_CHECKING:
    from matomo_tui.alerts.monitor import LastingAlert
    from matomo_tui.session import FoundSites

_SKIPPED_IF_EMPTY = ("sources", "countries", "happenings")


class KioskScreen(CachedStyleScreen[None]):
    """The state of the data, large figures, and one pane after the other, of one site after the other.

    ``rotate`` is the number of seconds of one pane; 0 shows only the first one. Instants come from ``clock``.
    """

    BINDINGS: ClassVar[list[BindingType]] = []
    AUTO_FOCUS = ""
    DEFAULT_CSS = """
    KioskScreen { layout: vertical; overflow: hidden hidden; }
    KioskScreen #kiosk-body { height: 1fr; padding: 0 1; }
    KioskScreen #kiosk-body > Pane { display: none; }
    KioskScreen #kiosk-body > .-turn { display: block; }
    """

    class SiteWanted(FieldMessage):
        """Request to poll the next site of the rotation."""

        site: Site

    def __init__(self, snapshot: LiveSnapshot, clock: Clock, rotate: float) -> None:
        super().__init__()
        self._snapshot = snapshot
        self._clock = clock
        self._rotate = rotate
        self._sites: Sequence[Site] = ()
        self._turned_at = clock.now()
        self._turn = 0
        self._site_turn = 0

    def compose(self) -> ComposeResult:
        yield KioskBand()
        yield KioskMissing(id="kiosk-problems")
        yield KioskAlerts()
        yield KioskFigures()
        with Container(id="kiosk-body"):
            yield MinutesPane(id="kiosk-minutes")
            for subject in SUBJECTS:
                yield RankingPane(subject.part, id=f"kiosk-{subject.part}")
            yield FeedPane(id="kiosk-feed")

    def on_mount(self) -> None:
        for widget in self.query("*"):
            widget.can_focus = False
        self._lay_out()
        self._show_turn()
        self.set_interval(1.0, self.tick)

    def on_resize(self, event: events.Resize) -> None:  # noqa: ARG002
        self._lay_out()

    def _lay_out(self) -> None:
        size = (self.app.size.width, self.app.size.height)
        band = self.query_one(KioskBand)
        band.styles.height = band_height(size, band.state.alarm)
        figures = self.query_one(KioskFigures)
        figures.styles.height = figures_height(size)
        figures.styles.margin = (0 if size[1] < 30 else 1, 0)
        self.query_one(KioskMissing).lay_out()
        self.call_after_refresh(self._draw)

    @property
    def sites(self) -> Sequence[Site]:
        """The sites of the rotation."""
        return self._sites

    def set_sites(self, sites: Sequence[Site], *, shown: int = 0) -> None:
        """Rotate through ``sites`` from now on, from the one with the id ``shown`` or the first one."""
        self._sites = tuple(sites)
        self._site_turn = next((turn for turn, site in enumerate(sites) if site.id == shown), 0)

    def set_found(self, found: FoundSites) -> None:
        """Say which sites of the rotation were not found, or that they are not all."""
        for line in self.query(KioskMissing):
            line.set_found(found)

    def set_alerts(self, alerts: Sequence[LastingAlert]) -> None:
        """Show the alerts that last."""
        for lines in self.query(KioskAlerts):
            lines.set_alerts(alerts, self._clock.now())

    def show(self, snapshot: LiveSnapshot) -> None:
        """Draw ``snapshot``."""
        self._snapshot = snapshot
        if self.is_mounted:
            self._draw()

    def tick(self) -> None:
        """Draw the time, and turn to the next pane when it is due."""
        now = self._clock.now()
        if self._rotate and not 0 <= now - self._turned_at < self._rotate:
            self._turned_at = now
            self._next_turn()
        self._draw_band()
        self.query_one(KioskAlerts).tick(now)

    @property
    def _panes(self) -> list[Widget]:
        """The panes of a round; rankings without rows are left out."""
        empty = {f"kiosk-{part}" for part in _SKIPPED_IF_EMPTY if not getattr(self._snapshot, part).rows}
        return [pane for pane in self.query_one("#kiosk-body").children if pane.id not in empty]

    def _next_turn(self) -> None:
        self._turn += 1
        if self._turn >= len(self._panes):
            self._turn = 0
            self._next_site()
        self._show_turn()

    def _next_site(self) -> None:
        """Go on to the next site. During an outage the figures on the screen are kept, however old, and no other site
        is asked for: only what was refused may be answered there. A site may be deleted while it is shown."""
        poll = self._snapshot.poll
        is_refused = poll.error is not None and is_refusal(poll.error)
        is_slow = poll.error is None and poll.last_success_at is None
        if len(self._sites) > 1 and (poll.phase is Phase.LIVE or is_refused or is_slow):
            self._site_turn = (self._site_turn + 1) % len(self._sites)
            self.post_message(self.SiteWanted(self._sites[self._site_turn]))

    def _show_turn(self) -> None:
        panes = self._panes
        for pane in self.query_one("#kiosk-body").children:
            pane.set_class(pane is panes[self._turn % len(panes)], "-turn")

    def _draw(self) -> None:
        if not self.query(KioskBand):
            return
        snapshot = self._snapshot
        self._draw_band()
        self.query_one(MinutesPane).show(snapshot)
        for ranking in self.query(RankingPane):
            ranking.show(snapshot)
        self.query_one(FeedPane).show(snapshot)

    def _draw_band(self) -> None:
        band, now = self.query_one(KioskBand), self._clock.now()
        place = f"{self._site_turn + 1}/{len(self._sites)}" if len(self._sites) > 1 else ""
        before = band.state.alarm
        band.show(self._snapshot, now, place)
        if band.state.alarm != before:
            band.styles.height = band_height((self.app.size.width, self.app.size.height), band.state.alarm)
        self.query_one(KioskFigures).show(self._snapshot, now, old=band.state.alarm in ("stale", "stopped"))
