"""The site switcher: searches on the server while typing, for installations with thousands of sites."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType

from matomo_tui.api import sites
from matomo_tui.api.client import Client
from matomo_tui.api.site import Site
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.drawing.formatting import zone_label
from matomo_tui.ui.drawing.glyphs import Glyphs, glyphs_of
from matomo_tui.ui.widgets.search_dialog import RemoteSearchDialog, SearchResult
from matomo_tui.ui.widgets.table.columns import Column
from matomo_tui.ui.widgets.table.rows import Row

LIMIT = 50
"""Sites in one answer. Typing another letter finds the others."""


class SiteSwitcher(RemoteSearchDialog[int, Site]):
    """Dismisses with the chosen site. Matomo searches name, address and id."""

    COLUMNS = (
        Column("name", "Site", 16, flex=3),
        Column("id", "Id", 6, align="right"),
        Column("url", "Address", 18, flex=3, hides=2),
        Column("zone", "Zone", 12, hides=1),
    )
    PLACEHOLDER = "Name, address or id of a site"
    DEFAULT_CSS = """
    SiteSwitcher { align: center top; }
    SiteSwitcher > .dialog--box { width: 84; }
    SiteSwitcher Input { margin: 0 1 1 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings("sites")

    def __init__(self, client: Client, current: Site, why: str = "") -> None:
        super().__init__("Switch to a site", why=why)
        self._client = client
        self._current = current

    async def find(self, text: str) -> Sequence[SearchResult[int, Site]]:
        call = (
            sites.get_pattern_match_sites(text, limit=LIMIT)
            if text
            else sites.get_sites_with_at_least_view_access(limit=LIMIT)
        )
        found = await self._client.call(call)
        # A number is first of all the id of a site.
        ordered = sorted(found, key=lambda site: str(site.id) != text)
        glyphs = glyphs_of(self)
        return [SearchResult(_row(site, self._current, glyphs), site, site.id == self._current.id) for site in ordered]

    def counted(self, count: int, text: str) -> str:
        if not count:
            return f'No site matches "{sanitize(text, 60)}"' if text else "This token sees no site"
        if count >= LIMIT:
            return f"The first {LIMIT}; type more to find others"
        return "1 site" if count == 1 else f"{count} sites"


def _row(site: Site, current: Site, glyphs: Glyphs) -> Row[int]:
    here = site.id == current.id
    return Row(
        site.id,
        (
            ((sanitize(site.name), "strong" if here else ""), (" (current)" if here else "", "muted")),
            ((str(site.id), "muted"),),
            ((sanitize(site.main_url).removeprefix("https://"), "muted"),),
            ((zone_label(sanitize(site.timezone)), "muted"),),
        ),
        mark=(glyphs.live, "good") if here else ("", ""),
    )
