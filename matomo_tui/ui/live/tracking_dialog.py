"""The dialog that answers if a site's tracking works."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from matomo_tui.api.client import Client
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.live import Counters
from matomo_tui.api.site import Site
from matomo_tui.instants import apart
from matomo_tui.live.clock import Clock
from matomo_tui.live.tracking_state import TrackingState, read_tracking_state
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.drawing import formatting
from matomo_tui.ui.widgets.dialog import Dialog

RECENT = 1800
"""Seconds since the last hit within which tracking is said to work."""
MAY_TEST = ("write", "admin", "superuser")
MAY_READ_REFUSED = ("admin", "superuser")


class TrackingDialog(Dialog[bool]):
    """The last hit, recent counts and refused hits of a site. Dismisses with True to send a test hit."""

    DEFAULT_CSS = "TrackingDialog .tracking-state { height: auto; padding: 1 2; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "test", "test hit", tooltip="Send a test hit and wait for it: needs write access"),
        Binding("r", "read", "again", tooltip="Ask the server again"),
        Binding("escape", "close", "close", priority=True, tooltip="Close"),
    ]

    def __init__(self, client: Client, site: Site, role: str, clock: Clock) -> None:
        super().__init__(f"Is tracking working? {sanitize(site.name) or f'Site {site.id}'}")
        self._client, self._site, self._role, self._clock = client, site, role, clock
        self._text = Static("Asking the server", classes="tracking-state", markup=False)

    def compose_body(self) -> ComposeResult:
        yield self._text

    def on_mount(self) -> None:
        self.action_read()

    def action_read(self) -> None:
        """Ask the server again."""
        self.run_worker(self._read(), exclusive=True)

    def action_test(self) -> None:
        """Go to the tracking test."""
        self.dismiss(True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Sending a hit needs write access."""
        return action != "test" or self._role in MAY_TEST

    def refusal(self, action: str) -> str | None:
        """Return the reason why ``action`` is not possible."""
        return f"A test hit needs write access to the site; this token has {self._role}." if action == "test" else None

    async def _read(self) -> None:
        try:
            state = await read_tracking_state(self._client, self._site, with_refused=self._role in MAY_READ_REFUSED)
        except MatomoError as error:
            self._text.update(Content.styled(f"The server did not answer: {error}", "$text-error"))
            return
        now = self._clock.now() + self._client.server_offset
        self._text.update(Content("\n").join(state_lines(state, self._site, self._role, now)))


def state_lines(state: TrackingState, site: Site, role: str, now: float) -> Iterator[Content]:
    """Yield the dialog's text; ``now`` is the server's epoch."""
    yield _verdict(state, now)
    yield Content("")
    yield _fact("Last hit", _last_hit(state, site, now))
    if state.page:
        yield _fact("on page", state.page)
    yield _fact("30 minutes", _counts(state.half_hour))
    yield _fact("24 hours", _counts(state.day))
    if isinstance(state.refused, MatomoError):
        yield _fact("Refused", str(state.refused))
    elif state.refused is not None:
        lately = formatting.plural(state.refused, "hit") if state.refused else "no hits"
        yield _fact("Refused", f"{lately} lately")
    yield Content("")
    test = (
        "t sends a test hit and waits until Matomo has it."
        if role in MAY_TEST
        else (f"A test hit needs write access; this token has {role}.")
    )
    yield Content.styled(test, "$text-muted")


def _verdict(state: TrackingState, now: float) -> Content:
    if isinstance(state.last_at, MatomoError):
        if state.hits_today is None:
            return Content.styled("Unknown: the server refuses to say.", "$text-warning bold")
        if state.hits_today:
            return Content.styled("Yes: there were hits in the last 24 hours.", "$text-success bold")
        return Content.styled("No hit in the last 24 hours.", "$text-warning bold")
    if state.last_at is None:
        return Content.styled("No: Matomo has no visit of this site.", "$text-error bold")
    age = now - state.last_at
    if age <= RECENT:
        return Content.styled("Yes: hits arrive.", "$text-success bold")
    return Content.styled(f"No hit for {apart(age)}.", "$text-warning bold")


def _last_hit(state: TrackingState, site: Site, now: float) -> str:
    if isinstance(state.last_at, MatomoError):
        return str(state.last_at)
    if state.last_at is None:
        return "none: is the tracking code on the pages, and the site's id in it?"
    when = f"{formatting.day(state.last_at, site.timezone)} {formatting.clock_time(state.last_at, site.timezone)}"
    age = formatting.format_age(now - state.last_at)
    return f"{age} ago, {when}"


def _counts(counters: Counters | MatomoError | None) -> str:
    if isinstance(counters, Counters) and counters.visits is not None and counters.actions is not None:
        return f"{formatting.plural(counters.visits, 'visit')}, {formatting.plural(counters.actions, 'action')}"
    return str(counters) if isinstance(counters, MatomoError) else "unknown"


def _fact(name: str, text: str) -> Content:
    return Content.assemble((f"{name:<12}", "$text-muted"), text)
