"""Sites over real HTTP, each write as each of the five roles: done, closed with a reason, or not offered."""

from __future__ import annotations

import pytest

from matomo_tui.admin.audit import AuditLog
from matomo_tui.api.sites import SiteDetails, get_site_details, get_site_urls_from_id, get_sites_with_admin_access
from matomo_tui.config import paths
from matomo_tui.ui.admin.sites import SitesPane
from matomo_tui.ui.screens.admin import AdminScreen
from matomo_tui.ui.screens.edit import EditScreen
from matomo_tui.ui.screens.live import LiveScreen
from matomo_tui.ui.screens.plan import PlanDialog
from matomo_tui.ui.screens.search import SearchDialog
from matomo_tui.ui.widgets.picker import Picker
from tests.ui.admin.conftest import Server
from tests.ui.administering import Office, served

NAME = "Tom's “Täst” & <b>[x] 🎉 שלום\""


async def go_to_sites(on: Office) -> SitesPane:
    """To the list, with its first page."""
    await on.until(lambda: on.app.session is not None)
    await on.press("9")
    await on.until(lambda: isinstance(on.app.screen, AdminScreen) and on.app.screen.pane is not None)
    screen = on.app.screen
    assert isinstance(screen, AdminScreen)
    await screen.open("sites")
    await on.sees("Field Notes")
    await on.until(lambda: isinstance(on.app.focused, type(screen.list_pane.table)))
    pane = screen.pane
    assert isinstance(pane, SitesPane)
    pane.table.focus()
    await on.pilot.pause()
    return pane


async def sites(on: Office) -> dict[str, SiteDetails]:
    """What the server has, by name."""
    return {site.name: site for site in await on.superuser.call(get_sites_with_admin_access(limit=500))}


async def form(on: Office) -> None:
    await on.until(lambda: isinstance(on.app.screen, EditScreen) and on.app.focused is not None)


async def review(on: Office) -> None:
    await on.press("ctrl+o")
    await on.until(lambda: isinstance(on.app.screen, PlanDialog))


async def back_in_list(on: Office) -> None:
    await on.until(lambda: isinstance(on.app.screen, AdminScreen))


async def test_a_superuser_adds_changes_and_deletes_a_site(server: Server) -> None:
    address, tokens = server.address, server.tokens
    async with served(address, tokens["superuser"], tokens["superuser"]) as on:
        pane = await go_to_sites(on)
        await on.press("ctrl+e", "a")
        await form(on)
        await on.type(NAME)
        await on.press("tab")
        await on.press(*"https://täst.example", "enter", *"https://www.test.example/x")
        await on.press("tab")
        assert isinstance(on.app.focused, Picker)
        await on.press("a")
        await on.until(lambda: isinstance(on.app.screen, SearchDialog))
        await on.type("uckland")
        await on.sees("Pacific/Auckland")
        await on.until(lambda: not on.app.screen._stale)  # type: ignore[attr-defined]
        await on.press("enter")
        await form(on)
        zone = on.app.focused
        await on.press("enter")
        await on.until(lambda: isinstance(on.app.focused, Picker) and on.app.focused is not zone)
        await on.press("j")
        await on.until(lambda: isinstance(on.app.screen, SearchDialog))
        await on.type("apanese")
        await on.sees("JPY")
        await on.until(lambda: not on.app.screen._stale)  # type: ignore[attr-defined]
        await on.press("enter")
        await form(on)
        await review(on)
        assert NAME not in await sites(on)
        await on.press("y")
        await back_in_list(on)
        stored = (await sites(on))[NAME]
        assert (stored.timezone, stored.currency) == ("Pacific/Auckland", "JPY")
        urls = await on.superuser.call(get_site_urls_from_id(stored.id))
        assert urls == ("https://täst.example", "https://www.test.example/x")
        await on.until(lambda: pane.table.cursor_key == stored.id)

        await on.press("enter")
        await form(on)
        await on.retype("Renamed")
        await review(on)
        await on.press("y")
        await back_in_list(on)
        assert (await on.superuser.call(get_site_details(stored.id))).name == "Renamed"

        await on.until(lambda: pane.under_cursor is not None and pane.under_cursor.name == "Renamed")
        await on.press("X")
        await on.until(lambda: isinstance(on.app.screen, PlanDialog))
        await on.type("Renamer")
        await on.press("enter")
        await on.sees("nothing was sent")
        assert "Renamed" in await sites(on)
        await on.retype("Renamed")
        await on.press("enter")
        await back_in_list(on)
        assert "Renamed" not in await sites(on)
        await on.until(lambda: pane.index_of(stored.id) is None)
    entries, _ = AuditLog(paths.audit_file(paths.state_dir())).read()
    assert [(entry.method, entry.outcome) for entry in entries] == [
        ("SitesManager.addSite", "done"),
        ("SitesManager.updateSite", "done"),
        ("SitesManager.deleteSite", "done"),
    ]


async def test_an_admin_changes_the_sites_they_administer_and_is_told_what_else_needs(
    server: Server,
) -> None:
    address, tokens = server.address, server.tokens
    async with served(address, tokens["admin"], tokens["superuser"], size=(120, 30)) as on:
        pane = await go_to_sites(on)
        before = await on.superuser.call(get_site_details(2))
        await on.press("ctrl+e", "a")
        await on.sees("Adding a site needs a superuser's token")
        await on.press("X")
        await on.sees("Deleting a site needs a superuser's token")
        place = pane.index_of(2)
        assert place is not None
        pane.table.move_cursor(place)
        await on.press("enter")
        await form(on)
        assert "Group" not in on.text
        await on.retype("Field Notes, changed")
        await review(on)
        await on.press("y")
        await back_in_list(on)
        changed = await on.superuser.call(get_site_details(2))
        assert changed.name == "Field Notes, changed"
        assert (changed.timezone, changed.group, changed.excluded_ips, changed.excluded_parameters) == (
            before.timezone,
            before.group,
            before.excluded_ips,
            before.excluded_parameters,
        )


async def test_a_writer_sees_the_sites_and_why_they_are_closed(server: Server) -> None:
    address, tokens = server.address, server.tokens
    async with served(address, tokens["write"], tokens["superuser"]) as on:
        await on.until(lambda: on.app.session is not None)
        await on.press("9")
        await on.until(lambda: isinstance(on.app.screen, AdminScreen) and on.app.screen.pane is not None)
        screen = on.app.screen
        assert isinstance(screen, AdminScreen)
        await screen.open("sites")
        await on.sees("Changing the settings needs the admin role on Lumen & Oak (site 1)")
        assert isinstance(screen.pane, SitesPane)
        screen.pane.table.focus()
        before = await sites(on)
        await on.press("ctrl+e", "enter")
        await on.sees("this token has only write there")
        await on.press("a", "X")
        assert isinstance(on.app.screen, AdminScreen)
        assert await sites(on) == before


@pytest.mark.parametrize("role", ["view", "noaccess"])
async def test_whoever_only_looks_is_not_offered_any_of_it(server: Server, role: str) -> None:
    address, tokens = server.address, server.tokens
    async with served(address, tokens[role], tokens["superuser"]) as on:
        await on.until(lambda: on.app.session is not None or on.app.live.snapshot.poll.error is not None)
        await on.press("9")
        assert isinstance(on.app.screen, LiveScreen)
        assert on.app.administration is None
