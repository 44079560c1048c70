"""The sites pane: the token's sites and roles; add, change and delete."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import ClassVar

from textual.binding import BindingType

from matomo_tui.admin import policy
from matomo_tui.admin import sites as planning
from matomo_tui.admin.entity import Entity
from matomo_tui.admin.policy import Permission
from matomo_tui.admin.sites import SiteEntity
from matomo_tui.admin.state import State
from matomo_tui.api import sites
from matomo_tui.api.access import Access
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.sites import SiteDetails
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.admin.admin_context import AdminContext
from matomo_tui.ui.admin.crud_pane import CrudPane
from matomo_tui.ui.admin.site_form import OpenedSite, SiteForm, SiteLists, load_lists, load_site
from matomo_tui.ui.drawing.formatting import zone_label
from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.widgets.search_select_dialog import Option, SearchDialog
from matomo_tui.ui.widgets.table.columns import Column
from matomo_tui.ui.widgets.table.rows import Row

_EVERY = "\0"
"""The choice of all groups; no group in Matomo has this name."""


class SitesPane(CrudPane[int, SiteDetails]):
    """Superusers see all sites, other users the sites that they may view, each with their role."""

    TITLE = "Sites"
    FIND = "part of a name, an address or a group"
    NOTHING = "This token sees no site."
    COLUMNS = (
        Column("id", "Id", 6, align="right", hides=1),
        Column("name", "Site", 14, flex=3),
        Column("url", "Address", 18, flex=3, hides=3),
        Column("zone", "Zone", 12, hides=4),
        Column("currency", "Money", 5, hides=5),
        Column("group", "Group", 10, hides=6),
        Column("role", "Your role", 9, hides=2),
    )
    NEED_ROWS = ("edit", "delete", "details", "code", "find")
    BINDINGS: ClassVar[list[BindingType]] = bindings("site list")

    def __init__(self, context: AdminContext) -> None:
        super().__init__(context)
        self._lists: SiteLists | None = None
        self._group = ""
        self._access_is_due = False

    def mark_outdated(self) -> None:
        """Also read the token's access again: it lists the sites, which may have been added or deleted elsewhere."""
        super().mark_outdated()
        self._access_is_due = self._loaded

    async def load(self) -> None:
        if self._access_is_due:
            self._access_is_due = False
            with suppress(MatomoError):  # loading the list reports the error
                self._set_access(await policy.refresh(self.context.client))
        await super().load()

    def is_narrowed(self) -> bool:
        return bool(self._group)

    def crumbs(self) -> Sequence[str]:
        return (sanitize(self._group, 60),) if self._group else ()

    async def fetch(self, pattern: str, offset: int, limit: int) -> tuple[Sequence[SiteDetails], int | None]:
        access = self.context.access
        if pattern:
            self._leave_group()
        if self._group:
            call = sites.get_sites_from_group(self._group, limit=limit, offset=offset)
        elif access.superuser:
            call = sites.get_sites_with_admin_access(pattern, limit=limit, offset=offset)
        else:
            call = sites.get_visible_sites(pattern, limit=limit, offset=offset)
        found = await self.context.client.call(call)
        self.context.add_site_names({site.id: site.name for site in found})
        return found, None if pattern or self._group else len(access.sites) or None

    def key_of(self, item: SiteDetails) -> int:
        return item.id

    def row_of(self, item: SiteDetails) -> Row[int]:
        here = item.id == self.context.site.id
        role = self.context.access.role(item.id)
        return Row(
            item.id,
            (
                ((str(item.id), "muted"),),
                ((sanitize(item.name, 100), "strong"),),
                sanitize(item.main_url, 200).removeprefix("https://"),
                ((zone_label(sanitize(item.timezone, 60)), "muted"),),
                ((sanitize(item.currency, 8), "muted"),),
                ((sanitize(item.group, 60), "muted"),),
                ((role, "" if self.context.permissions.edit_site(item.id).is_open else "muted"),),
            ),
            mark=(glyphs_of(self).live, "good") if here else ("", ""),
        )

    def closed_reason(self) -> str:
        """The reason if no site can be changed."""
        permissions = self.context.permissions
        if permissions.edit_some_site().is_open or permissions.add_site().is_open:
            return ""
        return permissions.edit_site(self.context.site.id).reason

    def _leave_group(self) -> None:
        """Show all groups, because a search covers all sites."""
        if self._group:
            self._group = ""
            self.post_message(self.Moved())

    def go_back(self) -> bool:
        """Leave the search, then the group."""
        if super().go_back():
            return True
        left = bool(self._group)
        if left:
            self._narrow("")
        return left

    # Keys

    def action_group(self) -> None:
        """Choose a group to show."""
        self.request(self._open_groups)

    async def _open_groups(self) -> None:
        names = [name for name in await self.context.client.call(sites.get_sites_groups()) if name]
        options = [(_EVERY, "All sites"), *((name, sanitize(name, 80)) for name in names)]

        async def find(text: str) -> Sequence[Option]:
            return [option for option in options if text.casefold() in option[1].casefold()]

        def chosen(value: str | None) -> None:
            if value is not None:
                self._narrow("" if value == _EVERY else value)

        self.open_screen(SearchDialog("Only the sites of a group", find, self._group), chosen)

    def _narrow(self, group: str) -> None:
        if group != self._group or self.filter.text:
            self._group = group
            self.filter.clear()
            self.table.move_cursor(0)
            self.post_message(self.Moved())
            self.reload()

    def permission_to_add(self) -> Permission:
        return self.context.permissions.add_site()

    def permission_to_edit(self, item: SiteDetails) -> Permission:
        return self.context.permissions.edit_site(item.id)

    def permission_to_delete(self, item: SiteDetails) -> Permission:
        del item
        return self.context.permissions.delete_site()

    def open_form(self, item: SiteDetails | None) -> None:
        self.request(self._load_form, None if item is None else item.id)

    def open_deletion(self, item: SiteDetails) -> None:
        self.request(self._load_deletion, item.id)

    def action_details(self) -> None:
        """Show all settings of the site under the cursor."""
        site = self.under_cursor
        if site is not None:
            self.request(self._load_card, site.id)

    def action_code(self) -> None:
        """Show the tracking code of the site under the cursor."""
        from matomo_tui.ui.admin.site_details import TrackingCodeDialog

        site = self.under_cursor
        if site is not None:
            name = sanitize(site.name, 60) or f"site {site.id}"
            self.app.push_screen(TrackingCodeDialog(self.context.client, site.id, name, self.context.session.address))

    async def _load_form(self, site_id: int | None) -> None:
        opened = await load_site(self.context.client, site_id) if site_id is not None else None
        if self._lists is None:
            self._lists = await load_lists(self.context.client)
        self.push_form(SiteForm(self.context, opened, self._lists))

    async def _load_deletion(self, site_id: int) -> None:
        total = len(self.context.access.sites) or None
        self.review_item(
            await load_site(self.context.client, site_id),
            lambda site: planning.plan_delete(site.details, site.urls, sites_total=total),
            OpenedSite.with_state,
        )

    async def _load_card(self, site_id: int) -> None:
        from matomo_tui.ui.admin.site_details import SiteCard

        opened: OpenedSite = await load_site(self.context.client, site_id)
        self.open_screen(SiteCard(opened, self.context.access.role(site_id)))

    # After a write

    def update_row(self, entity: Entity, stored: State | None) -> None:
        """Also tells the other screens about the site that they watch."""
        super().update_row(entity, stored)
        if isinstance(entity, SiteEntity) and entity.id is not None:
            self.context.site_written(entity.id, stored)

    def changed_item(self, item: SiteDetails, stored: State) -> SiteDetails:
        return OpenedSite(item, ()).with_state(stored).details

    def keys(self) -> set[int]:
        return set(self.context.access.sites)

    async def load_after_write(self) -> None:
        with suppress(MatomoError):  # loading the list reports the error
            self._set_access(await policy.refresh(self.context.client))
        await self._load()

    def index_of(self, key: int) -> int | None:
        """The newest site is the last one, if the list is not narrowed."""
        index = self.rows.index_of(key)
        if index is None and not self.filter.text and key == max(self.context.access.sites, default=0):
            return self.rows.count - 1
        return index

    def _set_access(self, access: Access) -> None:
        """Set the token's access, which lists its sites."""
        self.context.access = access
        self.context.access_read(access)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only superusers may list the groups."""
        if action == "group":
            return self.context.access.superuser and self.has_rows
        return super().check_action(action, parameters)
