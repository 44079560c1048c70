"""The application's command palette: its entries, and going to the one chosen."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.screen import ModalScreen, Screen

from matomo_tui.api.site import Site
from matomo_tui.sanitize import sanitize
from matomo_tui.ui import available_actions, refused_keys
from matomo_tui.ui.drawing.formatting import format_interval
from matomo_tui.ui.drawing.glyphs import ASCII, UNICODE, Glyphs
from matomo_tui.ui.live.polled_screen import INTERVALS
from matomo_tui.ui.palette_items import PaletteItem, remember
from matomo_tui.ui.tabs import TabsMixin
from matomo_tui.ui.terminal.mouse import set_mouse, uses_mouse
from matomo_tui.ui.theming import ThemeMixin

if TYPE_CHECKING:
    from matomo_tui.reports.catalogue import Report
    from matomo_tui.ui.navigation import SectionNavigator

MOST_SITES = 50
"""Sites listed before the server is searched."""
_TOPIC = "palette"


class PaletteMixin(TabsMixin, ThemeMixin):
    """``ctrl+p`` and ``:``."""

    glyphs: Glyphs

    @abstractmethod
    def open_navigator(self) -> SectionNavigator | None:
        """The report screens, created if needed; ``None`` without a connection."""

    @abstractmethod
    def switch_to(self, site: Site) -> None:
        """Show another site on every screen."""

    def action_command_palette(self) -> None:
        """Open the palette, and do what is chosen."""
        from matomo_tui.ui.palette_dialog import PaletteDialog

        if isinstance(self.screen, ModalScreen):
            return
        recent, below = self.recent_commands, self.screen

        def chosen(item: PaletteItem | None) -> None:
            if item is not None:
                self.remembered.put(_TOPIC, self.settings.profile, remember(recent, item.id))
                below.call_later(item.run)  # After the screen below has noticed that it is on top again.

        self.push_screen(PaletteDialog(_Entries(self, below), recent), chosen)

    @property
    def recent_commands(self) -> list[str]:
        """Ids of the entries chosen last with this profile, the newest first."""
        entry = self.remembered.get(_TOPIC, self.settings.profile)
        return [id for id in entry if isinstance(id, str)] if isinstance(entry, list) else []

    # Settings that can be changed while the program runs

    def settings_at_hand(self) -> list[PaletteItem]:
        """The settings as entries, without those that are in force."""
        items = []
        if self.poller is not None:
            now = self.live.snapshot.poll.interval
            items = [
                PaletteItem(
                    f"setting:interval.{seconds:g}",
                    f"Poll every {format_interval(seconds)}",
                    partial(self.live.set_interval_to, seconds),
                    more="interval refresh",
                )
                for seconds in INTERVALS
                if seconds != now
            ]
        ascii, mouse = self.glyphs.ascii, uses_mouse(self)
        name = "Draw with box and block characters" if ascii else "Draw with ASCII only"
        items.append(PaletteItem("setting:ascii", name, partial(self.set_ascii, not ascii), more="ascii unicode"))
        name = "Leave the mouse to the terminal" if mouse else "Use the mouse"
        items.append(PaletteItem("setting:mouse", name, partial(set_mouse, self, not mouse), more="select copy click"))
        return items

    def set_ascii(self, on: bool) -> None:
        """Draw with ASCII, or with boxes and blocks, until the program ends."""
        self.glyphs = ASCII if on else UNICODE
        self.refresh_css(animate=False)

    # What is loaded

    async def site_items(self) -> list[PaletteItem]:
        """The first ``MOST_SITES`` sites. Raises ``MatomoError``."""
        from matomo_tui.api import sites

        if self.session is None:
            return []
        found = await self.session.client.call(sites.get_sites_with_at_least_view_access(limit=MOST_SITES))
        return [self.site_item(site) for site in found]

    def site_item(self, site: Site) -> PaletteItem:
        """A site as an entry."""
        more = sanitize(f"{site.id} {site.main_url} {site.group}")
        name = sanitize(site.name) or f"Site {site.id}"
        return PaletteItem(f"site:{site.id}", name, partial(self.switch_to, site), more=more)

    async def segment_items(self) -> list[PaletteItem]:
        """The saved segments of the site. Raises ``MatomoError``."""
        from matomo_tui.api import segment_editor

        if self.session is None:
            return []
        found = await self.session.client.call(segment_editor.get_all(self.live.snapshot.site.id))
        return [
            PaletteItem(
                f"segment:{segment.id}",
                sanitize(segment.name),
                partial(self.live.set_segment, segment.definition, sanitize(segment.name)),
                more=sanitize(segment.definition),
            )
            for segment in found
        ]

    async def report_items(self) -> list[PaletteItem]:
        """The reports of the site, from the catalogue. Raises ``MatomoError``."""
        navigator = self.open_navigator()
        if navigator is None:
            return []
        catalogue = await navigator.context.catalogue(navigator.context.query.site.id)
        names = [report.name for report in catalogue]
        return [self._report_item(report, twice=names.count(report.name) > 1) for report in catalogue]

    def _report_item(self, report: Report, *, twice: bool) -> PaletteItem:
        name = f"{report.name}, {report.subcategory or report.category}" if twice else report.name
        columns = " ".join(column.name for column in report.columns)
        more = f"{report.category} {report.subcategory} {report.dimension} {report.method} {columns}"
        return PaletteItem(f"report:{report.id}", name, partial(self._open_report, report), more=more)

    def _open_report(self, report: Report) -> None:
        navigator = self.open_navigator()
        if navigator is not None:
            navigator.open_report(report)

    async def profile_items(self) -> list[PaletteItem]:
        """The saved profiles without the one in use: to connect with instead, and in a tab. One that is open is only
        shown: a second connection would count and deliver its alerts twice."""
        if self.profiles is None:
            return []
        from asyncio import to_thread

        from matomo_tui.config.validation import ConfigError

        try:
            profiles = await to_thread(self.profiles.read)
        except ConfigError:
            return []  # The connect screen reports it.
        items = []
        for name, values in profiles.by_name.items():
            if name != self.settings.profile:
                shown, address = sanitize(name), sanitize(str(values.get("url", "")))
                switch, tab = partial(self.switch_profile, name), partial(self.open_profile, name)
                is_open = self.connection_of(name) is not None
                what = f"Go to the tab {shown}" if is_open else f"{shown} in a tab of its own"
                if not is_open:
                    items.append(PaletteItem(f"profile:{name}", shown, switch, more=f"connect {address}"))
                items.append(PaletteItem(f"tab:{name}", what, tab, more=f"connect open profile matomo {address}"))
        return items


class _Entries:
    """The entries for one opening of the palette above ``screen``, whose actions are offered."""

    def __init__(self, app: PaletteMixin, screen: Screen[Any]) -> None:
        self.app, self.screen = app, screen
        self._sites: list[PaletteItem] | None = None
        """The sites as they are now: an opening later they may have other settings."""
        self.loaders: Sequence[Callable[[], Awaitable[Sequence[PaletteItem]]]] = (
            app.report_items,
            self._site_items,
            app.segment_items,
            app.profile_items,
        )

    def at_hand(self) -> list[PaletteItem]:
        """Actions of the screen below, themes and settings."""
        app = self.app
        themes = [
            PaletteItem(f"theme:{name}", name, partial(app.choose_theme, name), more="color colour")
            for name in app.theme_list.names
            if name != app.theme_name
        ]
        return [*available_actions.items(app, self.screen), *themes, *app.settings_at_hand()]

    async def _site_items(self) -> list[PaletteItem]:
        if self._sites is None:
            self._sites = await self.app.site_items()
        return self._sites

    def elsewhere(self, text: str) -> str:
        """The key of the first action of other screens that ``text`` names, with its place."""
        return refused_keys.named_elsewhere(self.screen, text)

    async def search(self, text: str) -> list[PaletteItem]:
        """The sites that the server finds, where there are more than the list has."""
        from matomo_tui.api import sites

        session = self.app.session
        if session is None or len(await self._site_items()) < MOST_SITES:
            return []
        found = await session.client.call(sites.get_pattern_match_sites(text, limit=MOST_SITES))
        return [self.app.site_item(site) for site in found]
