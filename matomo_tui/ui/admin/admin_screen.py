"""The administration screen: the list of parts and the open part."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from msgspec import Struct
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Horizontal
from textual.geometry import Size

from matomo_tui.api.errors import TokenRejected
from matomo_tui.live.snapshot import LiveSnapshot, PollState
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.admin.admin_context import AdminContext
from matomo_tui.ui.admin.admin_header import TITLE, lock_crumb
from matomo_tui.ui.admin.admin_pane import AdminPane
from matomo_tui.ui.messages import Reconnect, SwitchSite
from matomo_tui.ui.widgets.breadcrumbs import BreadcrumbHeader, path_crumbs
from matomo_tui.ui.widgets.key_footer import KeyFooter
from matomo_tui.ui.widgets.pane import Pane
from matomo_tui.ui.widgets.retries import Retries, RetryingScreen
from matomo_tui.ui.widgets.screens import NEEDS, TINY, Breakpoints, ResponsiveScreen
from matomo_tui.ui.widgets.section_tabs import SectionTabs, numbered, too_small
from matomo_tui.ui.widgets.table.columns import Column
from matomo_tui.ui.widgets.table.rows import ListRows, Row
from matomo_tui.ui.widgets.table.table_places import TablePlaces, resume_tables, table_places
from matomo_tui.ui.widgets.table.virtual_table import VirtualTable

WIDTHS: Breakpoints = [(0, TINY), (NEEDS.width, "-narrow"), (100, "-wide")]
"""Wide: the list of parts is beside the open part."""
HEIGHTS: Breakpoints = [(0, TINY), (NEEDS.height, "-high")]


class AdminPart(Struct, frozen=True):
    """One entry of the list. ``make`` imports the pane only when it is opened."""

    name: str
    title: str
    make: Callable[[AdminContext], AdminPane]


def _goals(context: AdminContext) -> AdminPane:
    from matomo_tui.ui.admin.goals import GoalsPane

    return GoalsPane(context)


def _tracking(context: AdminContext) -> AdminPane:
    from matomo_tui.ui.admin.tracking import TrackingPane

    return TrackingPane(context)


def _sites(context: AdminContext) -> AdminPane:
    from matomo_tui.ui.admin.sites import SitesPane

    return SitesPane(context)


def _users(context: AdminContext) -> AdminPane:
    from matomo_tui.ui.admin.users import UsersPane

    return UsersPane(context)


def _access(context: AdminContext) -> AdminPane:
    from matomo_tui.ui.admin.access import AccessPane

    return AccessPane(context)


def _audit(context: AdminContext) -> AdminPane:
    from matomo_tui.ui.admin.audit import AuditPane

    return AuditPane(context)


PARTS: tuple[AdminPart, ...] = (
    AdminPart("goals", "Goals", _goals),
    AdminPart("sites", "Sites", _sites),
    AdminPart("users", "Users", _users),
    AdminPart("access", "Access", _access),
    AdminPart("tracking", "Tracking test", _tracking),
    AdminPart("audit", "Audit log", _audit),
)


class PartList(Pane):
    """The list of all parts. A part that the token may not see gives the reason when it is opened."""

    TITLE = TITLE

    def __init__(self) -> None:
        super().__init__(id="parts")
        self.table: VirtualTable[str] = VirtualTable((Column("title", "", 12, flex=1),))
        self.table.one_click = True

    def compose_content(self) -> ComposeResult:
        yield self.table

    def on_mount(self) -> None:
        """Fill the list."""
        super().on_mount()
        self.table.set_rows(ListRows([Row(part.name, (part.title,)) for part in PARTS]))


class AdminScreen(ResponsiveScreen[None], RetryingScreen):
    """The administration. It makes no requests while it is hidden."""

    CSS_PATH = "admin.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings("admin")
    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS
    AUTO_FOCUS = ""
    CONTENT = "#admin"

    def __init__(self, context: AdminContext) -> None:
        super().__init__()
        self.context = context
        self.snapshot: LiveSnapshot | None = None
        self.list_pane = PartList()
        self._panes: dict[str, AdminPane] = {}
        self._open = PARTS[0].name
        self._resumed: dict[str, TablePlaces] = {}
        """The cursors of the parts of an earlier screen, by part."""
        self.retries = Retries(
            lambda: (self._open, self.context.site.id) if self.pane is not None and self.pane.has_failed else None,
            lambda: self.pane is not None and self.pane.is_loading,
            self._retry,
            context.clock.monotonic,
        )

    def compose(self) -> ComposeResult:
        yield BreadcrumbHeader(id="crumbs")
        with Horizontal(id="admin"):
            yield self.list_pane
            yield Container(id="part")
        yield SectionTabs("admin")
        yield KeyFooter(id="keys")

    async def on_mount(self) -> None:
        """Open the first part."""
        await self.open(self._open)

    def _retry(self) -> None:
        if self.pane is not None:
            self.pane.retry()

    @property
    def is_working(self) -> bool:
        """Returns True while a part waits for Matomo or writes."""
        return any(worker.is_running and worker.node in self.walk_children() for worker in self.workers)

    def resume(self, old: AdminScreen) -> None:
        """Begin at the part that is open in ``old``, with the cursors of its parts. Drafts belong to the program."""
        self._open = old._open
        self._resumed = {**old._resumed, **{name: table_places(pane) for name, pane in old._panes.items()}}

    # The parts

    @property
    def pane(self) -> AdminPane | None:
        """The open part."""
        return self._panes.get(self._open)

    async def open(self, name: str) -> None:
        """Show a part."""
        part = next(part for part in PARTS if part.name == name)
        self._drop_request()
        self._open = name
        pane = self._panes.get(name)
        if pane is None:
            pane = self._panes[name] = part.make(self.context)
            await self.query_one("#part").mount(pane)
            resume_tables(pane, self._resumed.pop(name, {}))
        for one in self._panes.values():
            one.display = one is pane
        self.remove_class("-list")
        index = next(at for at, one in enumerate(PARTS) if one.name == name)
        self.list_pane.table.move_cursor(index)
        if self.is_current:
            pane.shown()
        self._draw_crumbs()
        self.call_after_refresh(self._focus_part)

    def _focus_part(self) -> None:
        target = self.pane.focus_target() if self.pane is not None else None
        if not self.is_current:
            return
        if target is not None and target.focusable:
            self.set_focus(target, scroll_visible=False)
        elif self.list_pane.table.focusable:
            self.set_focus(self.list_pane.table, scroll_visible=False)
        else:
            self.set_focus(None)

    def on_virtual_table_selected(self, event: VirtualTable.Selected[str]) -> None:
        """Open the part that was clicked."""
        if event.table is self.list_pane.table:
            event.stop()
            self.call_later(self.open, event.key)

    # Changes from outside

    def on_screen_resume(self) -> None:
        """Load what became outdated meanwhile."""
        if self.pane is not None:
            self.pane.shown()
        self._draw_crumbs()
        if self.focused is None:
            self.call_after_refresh(self._focus_part)

    def on_screen_suspend(self) -> None:
        """Leave what a key asked for here: its answer would open over another screen."""
        self._drop_request()

    def _drop_request(self) -> bool:
        return self.pane is not None and self.pane.drop_request()

    def site_changed(self, *, is_other: bool) -> None:
        """Update after a switch to another site, or after the site was deleted or got other settings."""
        for pane in self._panes.values():
            if pane.BY_SITE and is_other:
                pane.forget()
            elif pane.BY_SITE:
                pane.mark_outdated()
        if self.is_current and self.pane is not None:
            self.pane.shown()
        self._draw_crumbs()

    def access_changed(self) -> None:
        """Update after the token's role changed."""
        for pane in self._panes.values():
            pane.mark_outdated()
        if self.is_current and self.pane is not None:
            self.pane.shown()
        self._draw_crumbs()
        self.refresh_bindings()

    def lock_changed(self) -> None:
        """Update after editing was unlocked or locked."""
        if self.pane is not None:
            self.pane.draw()
        self._draw_crumbs()
        self.refresh_bindings()

    def show_live(self, snapshot: LiveSnapshot) -> None:
        """Show the state of the live connection in the header."""
        drawn = self.snapshot is not None and self.snapshot.poll.phase is snapshot.poll.phase
        self.snapshot = snapshot
        if not drawn:
            self._draw_crumbs()
            if isinstance(snapshot.poll.error, TokenRejected):
                self.on_admin_pane_rejected()
        self.follow_phase(snapshot.poll.phase)

    def on_admin_pane_moved(self, message: AdminPane.Moved) -> None:
        """Update the breadcrumbs."""
        message.stop()
        self._draw_crumbs()

    def on_admin_pane_rejected(self) -> None:
        """Offer the key that connects with another token, first in the footer."""
        self.context.token_rejected = True
        for keys in self.query(KeyFooter):
            keys.first = ("reconnect",)
        self.refresh_bindings()

    def _draw_crumbs(self) -> None:
        if not self.is_mounted:
            return
        pane = self.pane
        title = next(part.title for part in PARTS if part.name == self._open)
        names = [numbered(self, "admin", TITLE), title, *(pane.crumbs() if pane is not None else ())]
        if pane is not None and pane.BY_SITE:
            names.insert(0, sanitize(self.context.site.name) or f"site {self.context.site.id}")
        poll = self.snapshot.poll if self.snapshot is not None else PollState()
        actions = ["show_list", "show_list"]
        if pane is not None and pane.BY_SITE:
            actions.insert(0, "switch_site")
        crumbs = [*path_crumbs(names, actions), lock_crumb(self.context)]
        for header in self.query(BreadcrumbHeader):  # gone already while the program ends
            header.show(crumbs, poll, demo=self.context.session.settings.demo)

    # Layout

    def draw_notice(self, size: Size) -> None:
        """Name the administration, and the way to the live screen."""
        self.size_notice.update(too_small(self, f"The {TITLE.lower()}", size))

    def resized(self) -> None:
        """Keep the focus on something displayed."""
        self._draw_crumbs()
        if self.focused is None:
            self.call_after_refresh(self._focus_part)

    # Keys

    def go_back(self) -> bool:
        """Leave the list, or what a key asked for, or go back within the part. Returns False if there is no step
        back."""
        if self.has_class("-list"):
            self.remove_class("-list")
            self.call_after_refresh(self._focus_part)
            return True
        if self.list_pane.table.has_focus and self.pane is not None:
            self._focus_part()
            return not self.list_pane.table.has_focus
        return self._drop_request() or (self.pane is not None and self.pane.go_back())

    def action_show_list(self) -> None:
        """Move the focus to the list of parts; ``esc`` leads back."""
        self._drop_request()
        table = self.list_pane.table
        if not self.has_class("-wide"):
            self.add_class("-list")
            self.call_after_refresh(lambda: self.set_focus(table))
        else:
            self.set_focus(table)

    def action_open_part(self) -> None:
        """Open the part under the list's cursor."""
        key = self.list_pane.table.cursor_key
        if key is not None:
            self.call_later(self.open, key)

    def action_reload(self) -> None:
        """Reload from Matomo."""
        if self.pane is not None:
            self.pane.mark_outdated()
            self.pane.shown()

    def action_reconnect(self) -> None:
        """Connect with another token."""
        self.post_message(Reconnect())

    def action_switch_site(self) -> None:
        """Choose another site."""
        self.post_message(SwitchSite())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        if action == "reconnect":
            return self.context.token_rejected
        return self.list_pane.table.has_focus if action == "open_part" else True

    def refusal(self, action: str) -> str | None:
        """Why the action is not possible now; ``None`` if there is no particular reason."""
        return "This token is accepted; the palette changes the profile." if action == "reconnect" else None
