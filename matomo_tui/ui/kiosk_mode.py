"""The application as a kiosk: takes no key but quit, dims at night, and comes back by itself after any outage."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from textual.filter import LineFilter

from matomo_tui.api.errors import BadRequest, LockedOut, MatomoError, NoAccess, TokenRejected
from matomo_tui.live.snapshot import LiveSnapshot, Phase
from matomo_tui.ui.connection import Connection
from matomo_tui.ui.tabs import TabsMixin
from matomo_tui.ui.widgets.workers import deferred

if TYPE_CHECKING:
    from matomo_tui.session import FoundSites, Session
    from matomo_tui.ui.live.kiosk_screen import KioskScreen

ALLOWED_IN_KIOSK = frozenset({"quit", "interrupt"})
"""Actions of the application that have an effect."""
AFTER_LOCKOUT = 3600.0
"""Seconds until a Matomo that locked this address out is asked again: that is how long it does so."""
AFTER_REFUSAL = 900.0
"""Seconds until a token is tried again that was rejected or had no access, and until the sites are looked up again that
were looked up for a refusal in vain. A token that was rejected twice is not sent again, but a command or a file may
have another one by then."""
AFTER_OTHERS = 60.0
SITES_EVERY = 3600.0
"""Seconds after which the sites of the rotation are looked up again."""
NO_SITES = "None of the sites that the kiosk is to show was found."


class KioskMixin(TabsMixin):
    """What differs in the application if ``settings.kiosk`` is set."""

    kiosk: KioskScreen | None = None
    _stopped_since: float | None = None
    _is_night: bool = False
    _sites_due: float = 0.0
    """Monotonic seconds at which the sites of the rotation are looked up."""
    _sites_rest: float = float("-inf")
    """Monotonic seconds until which they are not looked up for a refusal."""
    _refusals: frozenset[tuple[int, type[MatomoError]]] = frozenset()
    """The refusals, by site id, for which they were looked up since the rotation changed. Not by the error itself: a
    site that is listed but refused has another one at each of its turns."""
    _no_sites: MatomoError | None = None
    """Set while none of the sites of the rotation was found: another one must not be taken for one of them."""

    def start_kiosk(self) -> None:
        """Cover the live screen by the kiosk."""
        if self.settings.kiosk:
            from matomo_tui.ui.live.kiosk_screen import KioskScreen

            self.kiosk = KioskScreen(self.live.snapshot, self.clock, self.settings.rotate)
            self.push_screen(self.kiosk)
            self._tick_kiosk()
            self.set_interval(1.0, self._tick_kiosk)

    def session_opened(self, connection: Connection, session: Session) -> None:
        """Look up the sites of the rotation."""
        super().session_opened(connection, session)
        self._sites_due = self.clock.monotonic()
        self._refusals = frozenset()
        if self._no_sites is not None and self.poller is not None:
            self.poller.set_unseen(True)
        self._look_for_sites()

    def _look_for_sites(self) -> None:
        """Look up the sites of the rotation if that is due: an hour later there may be others, or other names, and one
        that is refused may have been deleted."""
        kiosk, session, now = self.kiosk, self.session, self.clock.monotonic()
        if kiosk is None or session is None or not self.settings.kiosk_sites:
            return
        snapshot = self.poller.snapshot if self.poller is not None else None
        refusal = _refusal(snapshot)
        if refusal is not None and refusal not in self._refusals:
            self._refusals |= {refusal}
            self._sites_due = min(self._sites_due, max(now, self._sites_rest))
        if now < self._sites_due:
            return
        is_away = snapshot is not None and snapshot.poll.error is not None and refusal is None
        is_live = snapshot is not None and snapshot.poll.phase is Phase.LIVE
        if refusal is not None or is_live or not (kiosk.sites or is_away):
            self._sites_rest = self._sites_due = now + (AFTER_OTHERS if refusal is None else AFTER_REFUSAL)
            self.run_worker(
                deferred(self._find_sites, session, kiosk), group="kiosk", exclusive=True, exit_on_error=False
            )

    async def _find_sites(self, session: Session, kiosk: KioskScreen) -> None:
        from matomo_tui.session import find_sites

        found: FoundSites | None = None
        with suppress(MatomoError):
            found = await find_sites(session, self.settings.kiosk_sites)
        poller = self.poller
        if poller is None or found is None or not (found.sites or found.problems):
            return
        kiosk.set_found(found)
        sites = found.sites
        if not sites:
            if poller.snapshot.site.id not in {site.id for site in kiosk.sites}:
                self._no_sites = BadRequest(NO_SITES)
                poller.set_unseen(True)
                self.show_in_kiosk(poller.snapshot)
            return
        if self._no_sites is not None:
            self._no_sites = None
            poller.set_unseen(False)
        now = self.clock.monotonic()
        self._sites_due = now + SITES_EVERY
        if tuple(sites) != tuple(kiosk.sites):
            self._sites_rest, self._refusals = now + AFTER_OTHERS, frozenset()
        shown = poller.snapshot.site.id if kiosk.sites else sites[0].id
        site = next((site for site in sites if site.id == shown), sites[0])
        kiosk.set_sites(sites, shown=site.id)
        if poller.snapshot.site.id != site.id:
            poller.switch(site=site, segment="")
        elif poller.snapshot.site != site:
            poller.update_site(site)
        else:
            self.show_in_kiosk(poller.snapshot)

    def _show_mark(self) -> None:
        """Show the alerts in the kiosk too."""
        super()._show_mark()
        if self.kiosk is not None:
            followed = self._followed.values()
            self.kiosk.set_alerts([alert for one in followed for alert in one.monitor.lasting])

    def show_in_kiosk(self, snapshot: LiveSnapshot) -> None:
        """Draw a snapshot of the live screen in the kiosk; without any of its sites, why there is none."""
        if self.kiosk is None:
            return
        if self._no_sites is not None:
            from matomo_tui.ui.live.before_polling import snapshot_before

            error = snapshot.poll.error or self._no_sites
            snapshot = snapshot_before(self.settings, self.clock.now(), error, self.retry_after(error))
        self.kiosk.show(snapshot)

    def on_kiosk_screen_site_wanted(self, message: KioskScreen.SiteWanted) -> None:
        """Poll the next site."""
        if self.poller is not None:
            self.poller.switch(site=message.site, segment="")

    def kiosk_filters(self, filters: Sequence[LineFilter]) -> list[LineFilter]:
        """``filters``, and the one for the night, which comes first since it needs all colours."""
        if not self._is_night:
            return list(filters)
        from matomo_tui.ui.drawing.night import NIGHT

        return [NIGHT, *filters]

    def notify(self, message: str, **given: Any) -> None:
        """Show no notification in the kiosk, where nobody closes it."""
        if not self.settings.kiosk:
            super().notify(message, **given)

    def retry_after(self, error: MatomoError) -> float | None:
        """Seconds until a failed attempt to connect is repeated: in the kiosk always."""
        found = super().retry_after(error)
        return _wait(error) if found is None and self.settings.kiosk else found

    def _tick_kiosk(self) -> None:
        from matomo_tui.ui.drawing.night import is_night

        now = self.clock.now()
        night = is_night(self.settings.night, now)
        if night != self._is_night:
            self._is_night = night
            for widget in (self.screen, *self.screen.query("*")):
                widget.refresh()
        self._go_on(now)
        self._look_for_sites()

    def _go_on(self, now: float) -> None:
        """Poll again some time after polling has stopped."""
        poller = self.poller
        poll = poller.snapshot.poll if poller is not None else None
        if poller is None or poll is None or poll.phase is not Phase.STOPPED or poll.error is None:
            self._stopped_since = None
        elif self._stopped_since is None:
            self._stopped_since = now
        elif not 0 <= now - self._stopped_since < _wait(poll.error):
            self._stopped_since = now
            if isinstance(poll.error, TokenRejected):
                self.connection.connect()
            else:
                poller.resume()


def _refusal(snapshot: LiveSnapshot | None) -> tuple[int, type[MatomoError]] | None:
    """The id of the site that Matomo refuses, and as what; ``None`` if it does not."""
    if snapshot is None or not isinstance(snapshot.poll.error, NoAccess | BadRequest):
        return None
    return snapshot.site.id, type(snapshot.poll.error)


def _wait(error: MatomoError) -> float:
    if isinstance(error, LockedOut):
        return AFTER_LOCKOUT
    return AFTER_REFUSAL if isinstance(error, TokenRejected | NoAccess) else AFTER_OTHERS
