"""The visit screen: timeline and visitor profile; [ and ] go to other visitors."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace
from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container

from matomo_tui.api import live, visit_fields
from matomo_tui.api.calls import Call
from matomo_tui.api.client import Client
from matomo_tui.api.errors import FeatureDisabled, MatomoError, NoAccess
from matomo_tui.api.live import VisitorProfile
from matomo_tui.api.site import Site
from matomo_tui.live import visit_segments
from matomo_tui.live.snapshot import LiveSnapshot, Phase, VisitRow
from matomo_tui.live.tracker_clock import TrackerClock
from matomo_tui.live.visit_rows import COLUMNS, RowReader
from matomo_tui.page_url import shown
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.available_actions import with_keys
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.live.live_header import Header
from matomo_tui.ui.live.timeline import TimelinePane
from matomo_tui.ui.live.user_visits_dialog import UserVisitsDialog
from matomo_tui.ui.live.visitor_profile import ProfilePane
from matomo_tui.ui.widgets.debouncer import Debouncer
from matomo_tui.ui.widgets.key_footer import BACK, KeyFooter
from matomo_tui.ui.widgets.pane import FAILED
from matomo_tui.ui.widgets.retries import Retries, RetryingScreen
from matomo_tui.ui.widgets.screens import TabbedScreen
from matomo_tui.ui.widgets.section_tabs import SectionTabs
from matomo_tui.ui.widgets.workers import deferred

if TYPE_CHECKING:
    from matomo_tui.ui.live.live_screen import LiveScreen

EARLIER_VISITS = 20
"""The number of the visitor's visits that are requested, with all their actions."""
USER_VISITS = 50
"""The number of a user's visits that are listed, over all devices."""
SIDE_BY_SIDE = 100
"""Cells from which on the profile is beside the timeline."""
BOTH_FROM = 18
"""Lines from which on panes above each other share the height."""
WITHOUT_ID = "This visit has no visitor id (tracked without cookies), so it has no profile."
HIDDEN_ID = "This Matomo hides its visitors (no visitor id, no IP), so there are no profiles."
LOADING_AFTER = 0.3
"""Seconds before a new profile that is still loading replaces the previous one on screen."""


class VisitScreen(TabbedScreen[bool], RetryingScreen):
    """One visit and the profile of its visitor. Dismisses with True once it narrowed every screen.

    ``below`` is the live screen that it was opened from: its state is in the header, and its polling keys work here.
    """

    DEFAULT_CSS = """
    VisitScreen { layout: vertical; overflow: hidden; }
    VisitScreen > #visit { height: 1fr; layout: vertical; padding: 0 1; }
    VisitScreen TimelinePane, VisitScreen ProfilePane { height: 2fr; }
    VisitScreen TimelinePane:focus-within, VisitScreen ProfilePane:focus-within { height: 3fr; }
    VisitScreen.-low .timeline--head { max-height: 2; }
    VisitScreen.-low TimelinePane, VisitScreen.-low ProfilePane { height: 3; }
    VisitScreen.-low TimelinePane:focus-within, VisitScreen.-low ProfilePane:focus-within { height: 1fr; }
    VisitScreen.-wide > #visit { layout: horizontal; }
    VisitScreen.-wide TimelinePane { height: 1fr; width: 3fr; margin-right: 2; }
    VisitScreen.-wide ProfilePane { height: 1fr; width: 2fr; max-width: 72; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("visit")]
    AUTO_FOCUS = "TimelinePane VirtualTable"

    def __init__(self, visit: VisitRow, client: Client, site: Site, below: LiveScreen | None = None) -> None:
        super().__init__()
        self._below = below
        self.visit = visit
        """The visit in the timeline."""
        self._client = client
        self._site = site
        ahead = below.snapshot.poll.believed_ahead if below is not None else 0.0
        self.tracker = TrackerClock(ahead)
        self._reader = RowReader(site, self.tracker)
        self._visitor_id = visit.visitor_id
        self._profile: VisitorProfile | None = None
        self._is_stepping = False
        self._steps = 0
        """Steps to other visitors that are still to be taken once the one under way is: negative to earlier ones."""
        self.retries = Retries(self._what_failed, self._is_loading, self._retry, self._monotonic)
        self._fields_of = 0
        self._waiting = Debouncer(self, LOADING_AFTER, self._show_waiting)

    def compose(self) -> ComposeResult:
        if self._below is not None:
            yield Header(id="header")
        with Container(id="visit"):
            yield TimelinePane(id="timeline")
            yield ProfilePane(id="profile")
        yield SectionTabs("")
        yield KeyFooter(keep=BACK)

    def on_mount(self) -> None:
        """Show the visit and request the profile of its visitor."""
        self._show_visit(self.visit)
        if self._below is not None:
            self.retries.show_live(self._below.snapshot.poll.phase)
        self._request_profile(self._visitor_id, follow=False)
        self.draw_header()
        self.set_interval(1.0, self.draw_header)

    def on_resize(self, event: events.Resize) -> None:
        """Put the panes side by side, or one above the other; then the one with the focus is higher, and on low
        screens has nearly all lines."""
        is_wide = event.size.width >= SIDE_BY_SIDE
        self.set_class(is_wide, "-wide")
        self.set_class(not is_wide and event.size.height < BOTH_FROM, "-low")

    def draw_header(self) -> None:
        """Draw the header with the state of the live connection."""
        below = self._below
        if below is not None:
            # The visit is followed as it is now, also if the live screen shows the past.
            context = replace(below.header_context, section="visit", past="")
            for header in self.query(Header):  # not there yet, or gone already
                header.show(below.snapshot, context, below.clock.now())
            self.refresh_bindings()

    def follow_visit(self, visits: Sequence[VisitRow]) -> None:
        """Show the visit as it is among ``visits`` of a newer snapshot, unless the profile brought more of it."""
        self.draw_header()
        newer = next((visit for visit in visits if visit.id_visit == self.visit.id_visit), self.visit)
        if newer is not self.visit and _progress(newer) >= _progress(self.visit) and self.is_mounted:
            self._show_visit(newer)

    def _show_visit(self, visit: VisitRow) -> None:
        self.visit = visit
        self.query_one(TimelinePane).show_visit(visit, self._site)
        if visit.id_visit != self._fields_of:
            self._fields_of = visit.id_visit
            self.run_worker(deferred(self._load_fields, visit.id_visit), group="fields", exclusive=True)

    async def _load_fields(self, id_visit: int) -> None:
        """List the visit's custom dimensions, variables and plug-in fields. Without them nothing is missing: an error
        is not shown."""
        with suppress(MatomoError):
            fields, dimensions = await self._client.bulk(
                [visit_fields.get_visit_fields(self._site.id, id_visit), self._dimensions_call()]
            )
            if not isinstance(fields, MatomoError) and id_visit == self.visit.id_visit:
                known = {} if isinstance(dimensions, MatomoError) else {one.id: one.name for one in dimensions}
                self.query_one(TimelinePane).show_fields(
                    [
                        (
                            shown(known.get(field.dimension or 0, "") or field.name, 40),
                            ", ".join(shown(value, 80) for value in field.values),
                        )
                        for field in fields
                    ]
                )

    def _dimensions_call(self) -> Call[tuple[visit_fields.CustomDimension, ...]]:
        return visit_fields.get_custom_dimensions(self._site.id)

    def _request_profile(self, visitor_id: str, *, follow: bool, quietly: bool = False) -> None:
        """Request a visitor's profile and cancel earlier requests; ``follow`` then shows the visitor's newest visit.
        ``quietly`` without a notification if an earlier profile cannot be renewed."""
        self._waiting.cancel()
        self.workers.cancel_group(self, "profile")
        self._visitor_id, self._is_stepping, self._steps = visitor_id, follow, 0
        if not visitor_id:
            self._profile = None  # the keys must not lead on from the visitor before
            self.query_one(ProfilePane).show_nobody(WITHOUT_ID if self.visit.ip else HIDDEN_ID)
            self.refresh_bindings()
            return
        if self._profile is None:
            self._show_waiting()
        else:
            self._waiting.restart()
        work = deferred(self._load, visitor_id, follow=follow, quietly=quietly)
        self.run_worker(work, group="profile", exclusive=True)

    async def _load(self, visitor_id: str, *, follow: bool, quietly: bool) -> None:
        try:
            profile = await self._client.call(self._profile_call(visitor_id))
            while self._steps and (further := self._next_step(profile)):
                self._visitor_id = further
                profile = await self._client.call(self._profile_call(further))
        except MatomoError as error:
            self._waiting.cancel()
            pane = self.query_one(ProfilePane)
            known = self._profile.visitor_id if self._profile is not None else ""
            if known and known == self._visitor_id and not isinstance(error, FeatureDisabled | NoAccess):
                pane.show_old(error)
                if not quietly:
                    self.notify(str(error), severity="warning", markup=False)
            else:
                pane.show_error(error)
        else:
            self._waiting.cancel()
            self._profile = profile
            self._show_profile(profile, follow=follow)
        self._is_stepping, self._steps = False, 0
        self.refresh_bindings()

    def _profile_call(self, visitor_id: str) -> Call[VisitorProfile | None]:
        return live.get_visitor_profile(self._site.id, visitor_id, limit_visits=EARLIER_VISITS)

    def _next_step(self, profile: VisitorProfile | None) -> str | None:
        """Take one of the steps that are left from the visitor of ``profile``, and return the next visitor's id;
        ``None`` if there is none, as the reader is told."""
        direction = 1 if self._steps > 0 else -1
        self._steps -= direction
        further = _neighbour(profile, direction)
        if further is None:
            self.notify(f"Matomo has no {'later' if direction > 0 else 'earlier'} visitor.", timeout=4, markup=False)
        return further

    def _show_profile(self, profile: VisitorProfile | None, *, follow: bool) -> None:
        pane = self.query_one(ProfilePane)
        if profile is None:
            pane.show_nobody("Matomo no longer knows this visitor.")
            return
        now = self._clock_now() + self._client.server_offset
        visits = [self._reader.read(visit, now=now, updated_at=now).row for visit in profile.last_visits]
        if follow and visits:
            self._show_visit(visits[0])
        for visit in visits:
            if visit.id_visit == self.visit.id_visit and _progress(visit) > _progress(self.visit):
                self._show_visit(visit)  # while polling is paused, no snapshot has it
        pane.show_profile(profile, visits, self.visit.id_visit, self._site, as_of=now)

    def show_live(self, snapshot: LiveSnapshot) -> None:
        """Follow the live connection."""
        self.follow_phase(snapshot.poll.phase)

    def _what_failed(self) -> object:
        """The visitor whose profile did not come: not that of a step to another visitor, whose visit would take the
        place of the one that is being read."""
        is_own = self._visitor_id == self.visit.visitor_id
        return self._visitor_id if is_own and self.query_one(ProfilePane).state in FAILED else None

    def _is_loading(self) -> bool:
        return any(worker.is_running and worker.group == "profile" for worker in self.workers if worker.node is self)

    def _monotonic(self) -> float:
        return self._below.clock.monotonic() if self._below is not None else time.monotonic()

    def _show_waiting(self) -> None:
        self.query_one(ProfilePane).show_waiting()

    def on_profile_pane_chosen(self, message: ProfilePane.Chosen) -> None:
        """Show another visit of the same visitor."""
        message.stop()
        self._show_visit(message.visit)
        self.query_one(ProfilePane).mark_current(message.visit.id_visit)

    def on_key(self, event: events.Key) -> None:
        """Handle keys of the live screen: those for polling work here too, others show a hint."""
        below = self._below
        polling = {"p": "pause", "plus": "faster", "equals_sign": "faster", "minus": "slower"}
        if below is not None and event.key in polling:
            action = polling[event.key]
            if action == "pause" and below.snapshot.poll.phase is Phase.PAUSED:
                action = "resume"
            if below.check_action(action, ()):
                event.stop()
                getattr(below, f"action_{action}")()
        elif below is not None and event.key in ("s", "F", "C", "slash"):
            event.stop()
            sentence = "That key works on the live screen: {visit.back} goes back to it."
            self.notify(with_keys(self, sentence), timeout=3, markup=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Hide the keys that have no effect."""
        if action == "open":
            return self.is_mounted and self.query_one(ProfilePane).has_focus_within
        if action == "user":
            return bool(self.visit.user_id)
        if action == "retry":
            return bool(self._visitor_id)
        if action in ("previous_visitor", "next_visitor"):
            direction = -1 if action == "previous_visitor" else 1
            return self._is_stepping or _neighbour(self._profile, direction) is not None
        return True

    def refusal(self, action: str) -> str | None:
        """Why the action is not possible now; ``None`` if there is no particular reason."""
        if action == "user":
            return "This visit has no user id."
        if action == "open":
            return "This visit is already open."
        which = {"previous_visitor": "earlier", "next_visitor": "later"}.get(action)
        if which is None:
            return None
        return "The profile is not loaded." if self._profile is None else f"Matomo has no {which} visitor."

    def action_previous_visitor(self) -> None:
        """Show the visitor before this one."""
        self._step(-1)

    def action_next_visitor(self) -> None:
        """Show the visitor after this one."""
        self._step(1)

    def _step(self, direction: int) -> None:
        """Go to the next visitor in this direction. Steps while one is under way follow it: each press counts."""
        self.workers.cancel_group(self, "user")  # the visits of the user who is left
        if self._is_stepping:
            self._steps += direction
        elif (further := _neighbour(self._profile, direction)) is not None:
            self._request_profile(further, follow=True)

    def action_retry(self) -> None:
        """Reload the profile."""
        self._request_profile(self._visitor_id, follow=self._visitor_id != self.visit.visitor_id)

    def _retry(self) -> None:
        self._request_profile(self._visitor_id, follow=False, quietly=True)

    def action_open(self) -> None:
        """Show the visit under the profile's cursor."""
        self.query_one(ProfilePane).action_open()

    def on_timeline_pane_narrow(self, message: TimelinePane.Narrow) -> None:
        """Close the visit, and narrow every screen to the visits with the same action."""
        message.stop()
        if self._below is not None:
            self._below.find("")  # the filter that found this visit would hide the others
            self._below.narrow(message.segment, message.label)
            self.dismiss(True)

    def action_user(self) -> None:
        """Choose among the user's visits on all devices."""
        if self.visit.user_id:
            self.run_worker(deferred(self._load_user, self.visit.user_id), group="user", exclusive=True)

    async def _load_user(self, user: str) -> None:
        call = live.get_last_visits_details(
            self._site.id, limit=USER_VISITS + 1, segment=visit_segments.equals("userId", user), columns=COLUMNS
        )
        try:
            found = await self._client.call(call)
        except MatomoError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        if self.visit.user_id != user:
            return
        now = self._clock_now() + self._client.server_offset
        visits = {
            visit.id_visit: self._reader.read(visit, now=now, updated_at=now).row for visit in found[:USER_VISITS]
        }

        def chosen(id_visit: int | None) -> None:
            if id_visit is not None:
                self._show_visit(visits[id_visit])
                self._request_profile(visits[id_visit].visitor_id, follow=False)

        if self.is_active:
            rows = list(visits.values())
            has_more = len(found) > USER_VISITS
            dialog = UserVisitsDialog(user, rows, self.visit.id_visit, self._site, glyphs_of(self), has_more=has_more)
            self.app.push_screen(dialog, chosen)

    def _clock_now(self) -> float:
        return self._below.clock.now() if self._below is not None else time.time()

    def action_copy(self) -> None:
        """Copy the visit as text."""
        text = self.query_one(TimelinePane).text()
        if text:
            self.app.copy_to_clipboard(text)
            self.app.notify(f"Visit {self.visit.id_visit} copied", timeout=2, markup=False)


def _neighbour(profile: VisitorProfile | None, direction: int) -> str | None:
    """Return the id of the visitor after (1) or before (-1) that of ``profile``, if there is one. It is Matomo's
    *previous* or *next*, because it counts backwards from the newest."""
    if profile is None:
        return None
    return (profile.previous_visitor_id if direction > 0 else profile.next_visitor_id) or None


def _progress(visit: VisitRow) -> tuple[int, int]:
    """What grows while a visit goes on. Not its instants: they move back once the tracker's clock is known to be
    ahead."""
    return visit.earlier + len(visit.timeline), visit.duration
