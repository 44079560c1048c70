"""The access pane: users by sites, edited by cells and written as one batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from textual.binding import BindingType

from matomo_tui.admin.access_matrix import AccessEntity, AccessMatrix, as_site_role
from matomo_tui.admin.outcome import Result
from matomo_tui.admin.policy import Permission
from matomo_tui.api import sites, users
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.users import SITE_ROLES, User
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.admin.admin_context import AdminContext
from matomo_tui.ui.admin.existing_user import add_existing_user
from matomo_tui.ui.admin.paged_pane import PagedPane
from matomo_tui.ui.admin.review_dialog import ReviewDialog, Reviewed
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.widgets.pane import PaneState
from matomo_tui.ui.widgets.search_select_dialog import Option, SearchDialog
from matomo_tui.ui.widgets.table.columns import Cell, Column, StyleName
from matomo_tui.ui.widgets.table.rows import Row

SITES_PAGE = 12
"""Sites whose roles are asked for in one request."""
RELOADED = 48
"""The same, when all that were looked at are asked for again."""
_CELL = 12
_LOGIN = Column("login", "User", 14, flex=1, most=30)
_FOUND = 50


@dataclass
class ColumnScope:
    """Which sites the columns are of: all, or those where the user ``whose`` may do anything. ``asked`` of them came
    from the server so far, ``is_all`` when there are no more; ``column`` is the cursor's, ``first`` the first one
    shown."""

    whose: str = ""
    columns: list[int] = field(default_factory=list)
    asked: int = 0
    is_all: bool = False
    column: int = 0
    first: int = 0


class AccessPane(PagedPane[str, User]):
    """Only sites that the token administers. More of them are asked for as the cursor comes to the right edge."""

    TITLE = "Access"
    FIND = "part of a login or an address"
    NOTHING = "No users to show."
    COLUMNS = (_LOGIN,)
    BINDINGS: ClassVar[list[BindingType]] = bindings("access")

    def __init__(self, desk: AdminContext) -> None:
        super().__init__(desk)
        self._about = desk.about("access")
        self.matrix = desk.drafts.get(self._about, AccessMatrix) or AccessMatrix()
        self._reach = ColumnScope()

    def gate(self) -> Permission:
        return self.desk.gates.list_users()

    @property
    def columns(self) -> list[int]:
        """The sites across, by their ids."""
        return self._reach.columns

    @property
    def column(self) -> int:
        """The cursor's place among them."""
        return self._reach.column

    # Loading

    async def load(self) -> None:
        """The sites in reach with everybody's role on them, then a page of users."""
        for start in range(0, len(self.columns), RELOADED):
            again = self.columns[start : start + RELOADED]
            await self.matrix.load_sites(self.desk.client, {site_id: self.matrix.sites[site_id] for site_id in again})
        if not self.columns:
            await self._load_sites()
        await super().load()
        self._lay()
        self.call_after_refresh(self._lay)  # how wide it is, is known once it is shown

    async def _load_sites(self) -> None:
        """The next sites: of all that the token administers, or of those where one user may do anything."""
        client, reach = self.desk.client, self._reach
        whose, offset = reach.whose, reach.asked
        if whose:
            call = users.get_sites_access_for_user(whose, limit=SITES_PAGE, offset=offset, access="some")
            page = (await client.call(call)).sites
            self.matrix.add_sites_of(whose, page)
            names = {access.site_id: access.site_name for access in page}
        else:
            found = await client.call(sites.get_sites_with_admin_access(limit=SITES_PAGE, offset=offset))
            names = {site.id: site.name for site in found}
        reach.is_all = len(names) < SITES_PAGE
        reach.asked += len(names)
        await self._add(names)

    async def _add(self, names: dict[int, str]) -> None:
        new = {site_id: name for site_id, name in names.items() if site_id not in self.columns}
        if new:
            await self.matrix.load_sites(self.desk.client, new)
            self.desk.know(new)
            self.columns.extend(new)

    async def _more_sites(self) -> None:
        try:
            await self._load_sites()
        except MatomoError as error:
            await self.failed(error)
        else:
            self._lay()

    async def fetch(self, pattern: str, offset: int, limit: int) -> tuple[Sequence[User], int | None]:
        site_id = self.columns[0] if self.columns else self.desk.site.id
        page = await self.desk.client.call(
            users.get_users_plus_role(site_id, limit=limit, offset=offset, search=pattern)
        )
        self.matrix.add_users(page.users)
        return page.users, page.total

    # Showing

    def key_of(self, item: User) -> str:
        return item.login

    def row_of(self, item: User) -> Row[str]:
        here = item.login == self.table.cursor_key
        cells = (
            self._cell(item.login, self.columns[place], here=here and place == self.column) for place in self._shown
        )
        return Row(item.login, (((sanitize(item.login, 100), "strong"),), *cells))

    def _cell(self, login: str, site_id: int, *, here: bool) -> Cell:
        role, changed = self.matrix.role(login, site_id), self.matrix.is_changed(login, site_id)
        look: StyleName = "muted" if role == "noaccess" else "accent" if role == "superuser" else ""
        word = glyphs_of(self).dash if role == "noaccess" else role
        if changed:
            word, look = f"*{'none' if role == 'noaccess' else role}", "warn"
        elif site_id in self.matrix.unreadable:
            word, look = "?", "bad"
        return (("[" if here else " ", "strong"), (word, look), ("]" if here else " ", "strong"))

    @property
    def _shown(self) -> range:
        room = max(1, (self.table.size.width - _LOGIN.width - 3) // (_CELL + 1))
        return range(self._reach.first, min(self._reach.first + room, len(self.columns)))

    def _lay(self) -> None:
        """The columns around the cursor, and everything in them drawn anew."""
        room = max(1, len(self._shown)) if self.columns else 1
        self._reach.column = max(0, min(self.column, len(self.columns) - 1))
        if self.column < self._reach.first:
            self._reach.first = self.column
        while self.column not in self._shown and self._reach.first < self.column:
            self._reach.first += 1
        self._reach.first = max(0, min(self._reach.first, len(self.columns) - room))
        names = [sanitize(self.matrix.sites[self.columns[place]], 60) for place in self._shown]
        heads = [
            Column(str(self.columns[place]), f" {name or self.columns[place]}", _CELL)
            for place, name in zip(self._shown, names, strict=True)
        ]
        self.table.set_columns((_LOGIN, *heads))
        if self.rows.count:
            self.redraw()
        self.draw()
        self.post_message(self.Moved())
        self.refresh_bindings()

    def on_resize(self) -> None:
        """As many sites as there is room for."""
        if self._loaded:
            self.call_after_refresh(self._lay)

    def crumbs(self) -> Sequence[str]:
        found = [f"sites of {sanitize(self._reach.whose, 60)}"] if self._reach.whose else []
        if self.site_id is not None:
            found.append(f"{sanitize(self.matrix.sites[self.site_id], 60)} (site {self.site_id})".strip())
        return found

    def closed_reason(self) -> str:
        """What waits to be written."""
        count = len(self.matrix.pending)
        if count:
            return f"{count} {'change' if count == 1 else 'changes'} pending, marked *: enter reviews them."
        return self.desk.gates.set_access(self.site_id).reason if self.site_id is not None else ""

    @property
    def site_id(self) -> int | None:
        """The site of the cell under the cursor."""
        return self.columns[self.column] if self.columns else None

    def on_virtual_table_highlighted(self, event: Any) -> None:
        """The brackets go with the cursor."""
        event.stop()
        self.redraw()

    def on_virtual_table_selected(self, event: Any) -> None:
        """A double click."""
        event.stop()
        self.action_turn()

    # Keys

    def action_across(self, by: int) -> None:
        """Another site."""
        self._reach.column = max(0, min(self.column + by, len(self.columns) - 1))
        if self.column >= len(self.columns) - 2 and not self._reach.is_all:
            self.work("sites", self._more_sites)
        self._lay()

    def _change(self, role: str | None) -> None:
        user, site_id = self.under_cursor, self.site_id
        if user is None or site_id is None or not self.may(self.desk.gates.set_access(site_id)):
            return
        if role is None:
            reason = self.matrix.turn(user.login, site_id)
        else:
            reason = self.matrix.set(user.login, site_id, as_site_role(role))
        if reason:
            self.notify(reason, severity="warning", markup=False)
        self._changed()

    def _changed(self) -> None:
        if self.matrix.pending:
            self.desk.drafts.keep(self._about, self.matrix)
        else:
            self.desk.drafts.discard(self._about)
        self._lay()

    def action_set_role(self, role: str) -> None:
        """Set the cell under the cursor."""
        if role in SITE_ROLES:
            self._change(role)

    def action_turn(self) -> None:
        """The next role of the cell under the cursor."""
        self._change(None)

    def action_undo(self) -> None:
        """Undo the change of the cell."""
        user, site_id = self.under_cursor, self.site_id
        if user is not None and site_id is not None:
            self.matrix.undo(user.login, site_id)
            self._changed()

    def action_undo_all(self) -> None:
        """Undo all changes."""
        self.matrix.undo_all()
        self._changed()

    def action_existing(self) -> None:
        """Give somebody who has a login already a role on the site of the column."""
        site_id = self.site_id
        if site_id is not None and self.may(self.desk.gates.set_access(site_id)):
            add_existing_user(self, site_id, self.matrix.sites[site_id], self._existing_added)

    def _existing_added(self, result: Result | None) -> None:
        if result is not None:
            self.reload()

    def action_go_to_site(self) -> None:
        """Go to the column of a site, found by searching on the server."""
        names: dict[int, str] = {}

        async def find(text: str) -> Sequence[Option]:
            found = await self.desk.client.call(sites.get_sites_with_admin_access(text, limit=_FOUND))
            names.update({site.id: site.name for site in found})
            return [(str(site.id), sanitize(site.name, 80) or f"site {site.id}") for site in found]

        def chosen(value: str | None) -> None:
            if value is not None:
                self.work("sites", self._go_to, int(value), names[int(value)])

        self.app.push_screen(SearchDialog("Go to a site", find), chosen)

    async def _go_to(self, site_id: int, name: str) -> None:
        if site_id not in self.columns:
            try:
                await self.matrix.load_sites(self.desk.client, {site_id: name})
            except MatomoError as error:
                await self.failed(error)
                return
            self.columns.insert(self.column, site_id)
        self._reach.column = self.columns.index(site_id)
        self._lay()

    def action_whose(self) -> None:
        """Only the sites where the user under the cursor may do anything, or all again."""
        user = self.under_cursor
        if self._reach.whose:
            self.work("sites", self._show_sites_of, "")
        elif user is not None and user.login in self.matrix.superusers:
            self.notify(self.matrix.why_closed(user.login, 0), markup=False)
        elif user is not None:
            self.work("sites", self._show_sites_of, user.login)

    async def _show_sites_of(self, login: str) -> None:
        before = self._reach
        self._reach = ColumnScope(login)
        try:
            await self._load_sites()
        except MatomoError as error:
            self._reach = before
            await self.failed(error)
        if login and not self.columns:
            self._reach = before
            said = f"{sanitize(login, 60)} has no access to any site that this token administers."
            self.notify(said, markup=False)
        self._lay()

    def go_back(self) -> bool:
        """Out of the search, then out of one user's sites."""
        if super().go_back():
            return True
        if self._reach.whose:
            self.action_whose()
            return True
        return False

    # Writing

    def action_review(self) -> None:
        """Show all changes as one batch."""
        if self.matrix.pending:
            self.work("open", self._review)
        else:
            self.notify("No change yet: v, w, a and n set the cell.", markup=False)

    async def _review(self) -> None:
        try:
            identity = await self.desk.identity()
        except MatomoError as error:
            await self.failed(error)
            return
        self.app.push_screen(ReviewDialog(self.desk, self.matrix.plan(identity)), self._reviewed)

    def _reviewed(self, reviewed: Reviewed | None) -> None:
        """What was written is no longer pending; what somebody else changed is shown as it is now."""
        for outcome in reviewed.result.outcomes if reviewed is not None else ():
            subject, stored = outcome.step.entity, outcome.stored
            if isinstance(subject, AccessEntity) and stored is not None:
                role = as_site_role(str(stored["role"]))
                taken = self.matrix.applied if outcome.ok else self.matrix.theirs
                taken(subject.login, subject.site_id, role)
        self._changed()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Nothing to set in a sheet that is empty; nothing to review or undo where nothing is changed."""
        if self.state not in (PaneState.CONTENT, PaneState.STALE):
            return action not in _ACTIONS
        if action in ("review", "undo_all"):
            return bool(self.matrix.pending)
        if action == "undo":
            user, site_id = self.under_cursor, self.site_id
            return user is not None and site_id is not None and self.matrix.is_changed(user.login, site_id)
        return True


_ACTIONS = ("set_role", "turn", "review", "undo", "undo_all", "across", "find", "go_to_site", "whose", "existing")
