"""The access pane: users by sites, edited by cells and written as one batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from textual.binding import BindingType

from matomo_tui.admin.access_matrix import AccessEntity, AccessMatrix, as_site_role
from matomo_tui.admin.outcome import Outcome, Result
from matomo_tui.admin.policy import Permission
from matomo_tui.api import sites, users
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.users import SITE_ROLES, User
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.admin.admin_context import AdminContext
from matomo_tui.ui.admin.existing_user import add_existing_user
from matomo_tui.ui.admin.paged_pane import PagedPane
from matomo_tui.ui.admin.review_dialog import ReviewDialog
from matomo_tui.ui.available_actions import bound_key, with_keys
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.widgets.pane import PaneState
from matomo_tui.ui.widgets.search_select_dialog import Option, SearchDialog
from matomo_tui.ui.widgets.table.columns import Cell, Column, StyleName
from matomo_tui.ui.widgets.table.rows import Row

SITES_PAGE = 12
"""The number of sites whose roles are requested in one bulk request."""
RELOADED = 48
"""The same, when all loaded columns are requested again."""
_CELL = 12
_LOGIN = Column("login", "User", 14, flex=1, most=30)
_FOUND = 50
_NO_CHANGE = (
    "No change yet: {access.set_role.view}, {access.set_role.write}, {access.set_role.admin} and "
    "{access.set_role.noaccess} set the cell."
)


@dataclass
class ColumnScope:
    """The sites across."""

    whose: str = ""
    """Only sites to which this login has access; ``""`` for all sites."""
    columns: list[int] = field(default_factory=list)
    """The ids of the loaded sites."""
    asked: int = 0
    """The number of sites that the server has returned."""
    is_all: bool = False
    """True if the server has no more sites."""
    is_loading: bool = False
    """True while the next sites are being loaded."""
    column: int = 0
    """The column of the cursor."""
    first: int = 0
    """The first visible column."""


class AccessPane(PagedPane[str, User]):
    """The sites that the token administers. More are requested when the cursor reaches the right edge."""

    TITLE = "Access"
    FIND = "part of a login or an address"
    NOTHING = "No users to show."
    COLUMNS = (_LOGIN,)
    DEFAULT_CSS = """
    AccessPane > .paged--closed.-legend { color: $text-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings("access")

    def __init__(self, context: AdminContext) -> None:
        super().__init__(context)
        self._draft_key = context.draft_key("access")
        self.matrix = context.drafts.get(self._draft_key, AccessMatrix) or AccessMatrix()
        self._scope = ColumnScope()
        self._shown = range(0)
        """The places of the columns that the table has: at another width, until the next ``_update_columns``."""

    def permission(self) -> Permission:
        return self.context.permissions.list_users()

    @property
    def columns(self) -> list[int]:
        """The ids of the loaded sites."""
        return self._scope.columns

    @property
    def column(self) -> int:
        """The column of the cursor."""
        return self._scope.column

    # Loading

    async def load(self) -> None:
        """Load the sites with the roles of all users on them, also those added meanwhile, then a page of users."""
        scope = self._scope
        await self.matrix.drop_closed(self.context.client)
        loaded = list(dict.fromkeys((*scope.columns, *(change.site_id for change in self.matrix.pending))))
        for start in range(0, len(loaded), RELOADED):
            ids = loaded[start : start + RELOADED]
            await self.matrix.load_sites(self.context.client, {site_id: self.matrix.sites[site_id] for site_id in ids})
        await self._load_sites(scope, 0, max(SITES_PAGE, scope.asked))
        await super().load()
        self._update_columns()
        self.call_after_refresh(self._update_columns)  # its width is known once it is shown

    async def _load_sites(self, scope: ColumnScope, offset: int, limit: int = SITES_PAGE) -> None:
        """Load the sites from ``offset`` on: of all that the token administers, or of those that one user has access
        to. ``scope`` changes only once their roles are there: what failed or was replaced is loaded again."""
        client, whose = self.context.client, scope.whose
        if whose:
            call = users.get_sites_access_for_user(whose, limit=limit, offset=offset, access="some")
            page = (await client.call(call)).sites
            self.matrix.add_sites_of(whose, page)
            names = {access.site_id: access.site_name for access in page}
        else:
            found = await client.call(sites.get_sites_with_admin_access(limit=limit, offset=offset))
            names = {site.id: site.name for site in found}
        new = {site_id: name for site_id, name in names.items() if site_id not in scope.columns}
        if new:
            await self.matrix.load_sites(client, new)
            self.context.add_site_names(new)
            scope.columns.extend(site_id for site_id in new if site_id not in scope.columns)
        scope.asked = offset + len(names)
        scope.is_all = len(names) < limit

    async def _more_sites(self) -> None:
        scope = self._scope
        scope.is_loading = True
        try:
            await self._load_sites(scope, scope.asked)
        except MatomoError as error:
            await self.failed(error)
        else:
            self._update_columns()
        finally:
            scope.is_loading = False

    async def fetch(self, pattern: str, offset: int, limit: int) -> tuple[Sequence[User], int | None]:
        site_id = self.columns[0] if self.columns else self.context.site.id
        page = await self.context.client.call(
            users.get_users_plus_role(site_id, limit=limit, offset=offset, search=pattern)
        )
        self.matrix.add_users(page.users, site_id)
        self._tell_dropped()
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
            word, look = f"*{word}", "warn"
        elif site_id in self.matrix.unreadable:
            word, look = "?", "bad"
        return (("[" if here else " ", "strong"), (word, look), ("]" if here else " ", "strong"))

    def title_details(self) -> tuple[str, ...]:
        """The number of users, and which of the sites are visible if not all are. How many there are that have not been
        loaded yet is not known."""
        details, count, shown = super().title_details(), len(self.columns), self._shown
        if not details or (len(shown) == count and self._scope.is_all):
            return details
        place = f"{shown[0] + 1}-{shown[-1] + 1}" if len(shown) > 1 else f"{shown[0] + 1}" if shown else "0"
        return (*details, f"sites {place} of {count}{'' if self._scope.is_all else '+'}")

    def _update_columns(self) -> None:
        """Show the columns around the cursor, and draw their cells again."""
        room = max(1, (self.table.size.width - _LOGIN.width - 3) // (_CELL + 1))
        scope, count = self._scope, len(self.columns)
        scope.column = max(0, min(scope.column, count - 1))
        scope.first = max(min(scope.first, scope.column), scope.column - room + 1)
        scope.first = max(0, min(scope.first, count - room))
        self._shown = range(scope.first, min(scope.first + room, count))
        self._tell_dropped()
        names = [sanitize(self.matrix.sites[self.columns[place]], 60) for place in self._shown]
        heads = [
            Column(str(self.columns[place]), f" {name or self.columns[place]}", _CELL)
            for place, name in zip(self._shown, names, strict=True)
        ]
        self.table.set_columns((_LOGIN, *heads))
        self.set_title(self.title_details())
        if self.rows.count:
            self.redraw()
        self.draw()
        self.post_message(self.Moved())
        self.refresh_bindings()

    def on_resize(self) -> None:
        """Show as many sites as there is room for."""
        if self._loaded:
            self.call_after_refresh(self._update_columns)

    def crumbs(self) -> Sequence[str]:
        found = [f"sites of {sanitize(self._scope.whose, 60)}"] if self._scope.whose else []
        if self.site_id is not None:
            found.append(f"{sanitize(self.matrix.sites[self.site_id], 60)} (site {self.site_id})".strip())
        return found

    def closed_reason(self) -> str:
        """The number of pending changes, or the reason why the cell cannot be changed, else what the sign without a
        role means: with no sentence at all, the first change would move all rows down a line."""
        count = len(self.matrix.pending)
        if count:
            what, it = ("1 change", "it") if count == 1 else (f"{count} changes", "them")
            return f"{what} pending, marked *: {bound_key(self, 'access.review')} reviews {it}."
        reason = self.context.permissions.set_access(self.site_id).reason if self.site_id is not None else ""
        return reason or self._legend

    @property
    def _legend(self) -> str:
        return f"{glyphs_of(self).dash} is no access to the site."

    def draw(self) -> None:
        """Show the sentence above the matrix, quietly if it is no warning."""
        super().draw()
        self._notice.set_class(self.closed_reason() == self._legend, "-legend")

    @property
    def site_id(self) -> int | None:
        """The site of the cell under the cursor."""
        return self.columns[self.column] if self.columns else None

    def on_virtual_table_highlighted(self, event: Any) -> None:
        """Draw the brackets around the cell under the cursor."""
        event.stop()
        self.redraw()

    def on_virtual_table_selected(self, event: Any) -> None:
        """Change the cell that was double-clicked."""
        event.stop()
        self.action_turn()

    # Keys

    def action_across(self, by: int) -> None:
        """Move the cursor to another site."""
        self._scope.column = max(0, min(self.column + by, len(self.columns) - 1))
        if self.column >= len(self.columns) - 2 and not self._scope.is_all and not self._scope.is_loading:
            self.work("more", self._more_sites)
        self._update_columns()

    def _change(self, role: str | None) -> None:
        user, site_id = self.under_cursor, self.site_id
        if user is None or site_id is None or not self.may(self.context.permissions.set_access(site_id)):
            return
        if role is None:
            reason = self.matrix.cycle_role(user.login, site_id)
        else:
            reason = self.matrix.set(user.login, site_id, as_site_role(role))
        if reason:
            self.notify(reason, severity="warning", markup=False)
        self._changed()

    def _changed(self) -> None:
        self._keep_draft()
        self._update_columns()

    def _keep_draft(self) -> None:
        if self.matrix.pending:
            self.context.drafts.keep(self._draft_key, self.matrix)
        else:
            self.context.drafts.discard(self._draft_key)

    def _tell_dropped(self) -> None:
        """Say that what was loaded has dropped pending changes, if it has."""
        count = self.matrix.take_dropped()
        if count:
            self._keep_draft()
            what, it = ("1 change was", "it is") if count == 1 else (f"{count} changes were", "they are")
            self.notify(f"{what} dropped: {it} stored already, or can no longer be made.", markup=False)
            self.draw()

    def action_set_role(self, role: str) -> None:
        """Set the cell under the cursor."""
        if role in SITE_ROLES:
            self._change(role)

    def action_turn(self) -> None:
        """Set the cell under the cursor to its next role."""
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
        """Give an existing user a role on the site of the column."""
        site_id = self.site_id
        if site_id is not None and self.may(self.context.permissions.set_access(site_id)):
            add_existing_user(self, site_id, self.matrix.sites[site_id], self._existing_added)

    def _existing_added(self, result: Result | None) -> None:
        if result is not None:
            self.reload()

    def action_go_to_site(self) -> None:
        """Go to the column of a site, found by searching on the server."""
        names: dict[int, str] = {}

        async def find(text: str) -> Sequence[Option]:
            found = await self.context.client.call(sites.get_sites_with_admin_access(text, limit=_FOUND))
            names.update({site.id: site.name for site in found})
            return [(str(site.id), sanitize(site.name, 80) or f"site {site.id}") for site in found]

        def chosen(value: str | None) -> None:
            if value is not None:
                self.work("sites", self._go_to, int(value), names[int(value)])

        self.app.push_screen(SearchDialog("Go to a site", find), chosen)

    async def _go_to(self, site_id: int, name: str) -> None:
        if site_id not in self.columns:
            try:
                await self.matrix.load_sites(self.context.client, {site_id: name})
            except MatomoError as error:
                await self.failed(error)
                return
            if site_id not in self.columns:  # the next sites may have come meanwhile
                self.columns.insert(self.column, site_id)
        self._scope.column = self.columns.index(site_id)
        self._update_columns()

    def action_whose(self) -> None:
        """Show only the sites of the user under the cursor, or all again."""
        user = self.under_cursor
        if self._scope.whose:
            self.work("sites", self._show_sites_of, "")
        elif user is not None and user.login in self.matrix.superusers:
            self.notify(self.matrix.why_closed(user.login, 0), markup=False)
        elif user is not None:
            self.work("sites", self._show_sites_of, user.login)

    async def _show_sites_of(self, login: str) -> None:
        scope = ColumnScope(login)
        try:
            await self._load_sites(scope, 0)
        except MatomoError as error:
            await self.failed(error)
            return
        if login and not scope.columns:
            sentence = f"{sanitize(login, 60)} has no access to any site that this token administers."
            self.notify(sentence, markup=False)
            return
        self._scope = scope  # only now: what is drawn meanwhile needs its sites
        self._update_columns()

    def go_back(self) -> bool:
        """Leave the search, then one user's sites."""
        if super().go_back():
            return True
        if self._scope.whose:
            self.action_whose()
            return True
        return False

    # Writing

    def action_review(self) -> None:
        """Show all changes as one batch."""
        if self.matrix.pending:
            self.request(self._review)
        else:
            self.notify(with_keys(self, _NO_CHANGE), markup=False)

    async def _review(self) -> None:
        identity = await self.context.identity()
        dialog = ReviewDialog(self.context, self.matrix.plan(identity), on_outcome=self._written)
        self.open_screen(dialog, lambda _reviewed: self._changed())

    def _written(self, outcome: Outcome) -> None:
        """Update the matrix with a stored role, also one that somebody else changed, before anything loads again."""
        subject, stored = outcome.step.entity, outcome.stored
        if isinstance(subject, AccessEntity) and stored is not None:
            role = as_site_role(str(stored["role"]))
            update = self.matrix.mark_applied if outcome.ok else self.matrix.set_loaded_role
            update(subject.login, subject.site_id, role)
            self._keep_draft()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Only what is possible in the current state."""
        if self.state not in (PaneState.CONTENT, PaneState.STALE):
            return action not in _ACTIONS
        if action in ("review", "undo_all"):
            return bool(self.matrix.pending)
        if action == "undo":
            user, site_id = self.under_cursor, self.site_id
            return user is not None and site_id is not None and self.matrix.is_changed(user.login, site_id)
        return True


_ACTIONS = ("set_role", "turn", "review", "undo", "undo_all", "across", "find", "go_to_site", "whose", "existing")
