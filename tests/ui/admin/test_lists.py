"""Long lists of the administration: pages as they come into view, searches on the server, drafts and gates."""

from __future__ import annotations

from matomo_tui.config.settings import Settings
from matomo_tui.demo.app import DemoMatomo
from matomo_tui.ui.admin.paging import PAGE
from matomo_tui.ui.admin.sites import SitesPane
from matomo_tui.ui.screens.admin import AdminScreen
from matomo_tui.ui.screens.edit import EditScreen
from tests.ui.administering import Office, office


async def open_sites(on: Office) -> SitesPane:
    screen = on.app.screen
    assert isinstance(screen, AdminScreen)
    await screen.open("sites")
    await on.sees("Field Notes")
    assert isinstance(screen.pane, SitesPane)
    screen.pane.table.focus()
    await on.pilot.pause()
    return screen.pane


async def test_five_thousand_sites_are_asked_for_page_by_page() -> None:
    async with office("superuser", demo=DemoMatomo(extra_sites=5_000)) as on:
        pane = await open_sites(on)
        await on.sees("Sites 5,005")
        assert len(pane._items) == PAGE
        await on.press("end")
        await on.until(lambda: pane.under_cursor is not None)
        assert pane.under_cursor is not None
        assert pane.table.cursor == 5_004
        assert len(pane._items) <= 3 * PAGE
        name = pane.under_cursor.name
        await on.press("slash")
        await on.type(name)
        await on.until(lambda: pane._asked == name)
        assert [site.name for site in pane._items.values()] == [name]
        await on.press("enter", "escape")
        await on.sees("Sites 5,005")


async def test_what_was_typed_is_there_when_the_form_is_opened_again() -> None:
    async with office("superuser", size=(80, 24)) as on:
        await open_sites(on)
        await on.press("ctrl+e", "a")
        await on.until(lambda: isinstance(on.app.screen, EditScreen) and on.app.focused is not None)
        await on.type("Half a site")
        await on.press("escape")
        await on.until(lambda: isinstance(on.app.screen, AdminScreen))
        await on.press("a")
        await on.until(lambda: isinstance(on.app.screen, EditScreen) and on.app.focused is not None)
        await on.sees("Half a site")
        await on.press("ctrl+r")
        await on.until(lambda: "Half a site" not in on.text)


async def test_a_read_only_run_says_so_for_every_write() -> None:
    async with office("superuser", settings=Settings(url="http://127.0.0.1/", read_only=True)) as on:
        await open_sites(on)
        for key, what in (("a", "Adding a site"), ("enter", "Changing the settings"), ("X", "Deleting a site")):
            await on.press(key)
            await on.sees(f"{what} is off: this run is read-only")
            assert isinstance(on.app.screen, AdminScreen)


async def test_details_and_the_tracking_code_are_there_to_look_at() -> None:
    async with office("admin", size=(80, 24)) as on:
        pane = await open_sites(on)
        await on.press("v")
        await on.sees("Europe/Berlin")
        await on.press("escape")
        await on.until(lambda: isinstance(on.app.screen, AdminScreen))
        assert pane.under_cursor is not None
        await on.press("c")
        await on.sees("<!-- Matomo -->")
        await on.press("y")
        await on.until(lambda: "setSiteId" in on.app.clipboard)
        assert "\n" in on.app.clipboard
