"""The access sheet over real HTTP: cells set by keys, written as one batch, each line with an outcome of its own."""

from __future__ import annotations

from matomo_tui.api.users import get_users_access_from_site, set_user_access
from matomo_tui.ui.admin.access import AccessPane
from matomo_tui.ui.screens.admin import AdminScreen
from matomo_tui.ui.screens.plan import PlanDialog
from tests.ui.admin.conftest import Server
from tests.ui.administering import Office, served


async def open_access(on: Office) -> AccessPane:
    await on.until(lambda: on.app.session is not None)
    await on.press("9")
    await on.until(lambda: isinstance(on.app.screen, AdminScreen) and on.app.screen.pane is not None)
    screen = on.app.screen
    assert isinstance(screen, AdminScreen)
    await screen.open("access")
    await on.pilot.pause()
    assert isinstance(screen.pane, AccessPane)
    return screen.pane


async def at(on: Office, pane: AccessPane, login: str, site_id: int) -> None:
    """To a cell."""
    await on.until(lambda: pane.index_of(login) is not None and site_id in pane.columns)
    place = pane.index_of(login)
    assert place is not None
    pane.table.focus()
    pane.table.move_cursor(place)
    await on.pilot.pause()
    while pane.column != pane.columns.index(site_id):
        await on.press("right" if pane.column < pane.columns.index(site_id) else "left")


async def roles(on: Office, login: str) -> list[str]:
    """What the server gives the user on the first three sites."""
    found = [await on.superuser.call(get_users_access_from_site(site_id)) for site_id in (1, 2, 3)]
    return [access.get(login, "noaccess") for access in found]


async def test_cells_are_set_and_written_as_one_batch_each_with_its_outcome(
    server: Server,
) -> None:
    address, tokens = server.address, server.tokens
    async with served(address, tokens["superuser"], tokens["superuser"]) as on:
        pane = await open_access(on)
        before = await roles(on, "carol")
        assert before[0] == "view"
        await at(on, pane, "carol", 1)
        await on.press("a")
        await on.sees("Editing is locked")
        assert not pane.matrix.pending
        await on.press("ctrl+e", "w")
        await on.sees("[*write")
        await at(on, pane, "carol", 2)
        await on.press("a")
        await at(on, pane, "carol", 3)
        await on.press("v", "n")
        await on.sees("2 changes wait")
        assert await roles(on, "carol") == before
        await on.superuser.call(set_user_access("carol", "view", (2,)))  # somebody else, meanwhile
        await on.press("enter")
        await on.until(lambda: isinstance(on.app.screen, PlanDialog))
        await on.sees("Change access: 2 lines")
        await on.press("y")
        await on.sees("1 of 2 are done; 1 conflict")
        assert (await roles(on, "carol"))[:2] == ["write", "view"]
        await on.press("escape")
        await on.sees("1 change waits")
        assert [(change.site_id, change.old, change.new) for change in pane.matrix.pending] == [(2, "view", "admin")]
        await on.press("enter")
        await on.until(lambda: isinstance(on.app.screen, PlanDialog))
        await on.press("y")
        await on.until(lambda: isinstance(on.app.screen, AdminScreen) and not pane.matrix.pending)
        assert (await roles(on, "carol"))[:2] == ["write", "admin"]


async def test_pending_changes_survive_another_section_and_a_superusers_row_is_closed(
    server: Server,
) -> None:
    address, tokens = server.address, server.tokens
    async with served(address, tokens["superuser"], tokens["superuser"], size=(80, 24)) as on:
        pane = await open_access(on)
        await at(on, pane, "root", 1)
        await on.press("ctrl+e", "n")
        await on.sees("root is a superuser and may do everything on every site")
        await at(on, pane, "bob", 1)
        await on.press("space")
        await on.sees("1 change waits")
        await on.press("1", "9")
        await on.until(lambda: isinstance(on.app.screen, AdminScreen))
        await on.sees("1 change waits")
        await on.press("u")
        await on.until(lambda: not pane.matrix.pending)


async def test_an_admin_sets_access_where_they_administer_but_does_not_lock_themselves_out(
    server: Server,
) -> None:
    address, tokens = server.address, server.tokens
    async with served(address, tokens["admin"], tokens["superuser"]) as on:
        pane = await open_access(on)
        await at(on, pane, "alice", 1)
        assert pane.columns == [1, 2]
        await on.press("ctrl+e", "v", "enter")
        await on.until(lambda: isinstance(on.app.screen, PlanDialog))
        await on.sees("it would lock you out of Lumen & Oak")
        await on.press("y")
        assert (await roles(on, "alice"))[0] == "admin"
        await on.press("escape")
        await on.press("u")
        await at(on, pane, "bob", 2)
        await on.press("v", "enter")
        await on.until(lambda: isinstance(on.app.screen, PlanDialog))
        await on.press("y")
        await on.until(lambda: isinstance(on.app.screen, AdminScreen) and not pane.matrix.pending)
        assert (await roles(on, "bob"))[1] == "view"


async def test_a_writer_is_told_what_it_needs(server: Server) -> None:
    address, tokens = server.address, server.tokens
    async with served(address, tokens["write"], tokens["superuser"]) as on:
        pane = await open_access(on)
        await on.sees("needs the admin role on at least one site")
        await on.press("ctrl+e", "a", "enter")
        assert not pane.matrix.pending
