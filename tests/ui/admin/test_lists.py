"""Long lists of the administration: pages as they come into view, searches on the server, drafts and gates."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from matomo_tui.api.sites import get_javascript_tag
from matomo_tui.config.settings import Settings
from matomo_tui.demo.world import StoredGoal
from matomo_tui.ui.admin.admin_screen import AdminScreen
from matomo_tui.ui.admin.form_screen import FormScreen
from matomo_tui.ui.admin.goals import GoalsPane
from matomo_tui.ui.admin.site_details import TrackingCodeDialog
from matomo_tui.ui.admin.sites import SitesPane
from matomo_tui.ui.widgets.search_select_dialog import SearchDialog
from matomo_tui.ui.widgets.table.paging import PAGE
from tests.ui.admin.administering import Office, office, quiet
from tests.ui.cases import SIZES


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
    async with office("superuser", demo=quiet(extra_sites=5_000)) as on:
        pane = await open_sites(on)
        await on.sees("Sites 5,005")
        assert len(pane.rows.items) == PAGE
        await on.press("end")
        await on.until(lambda: pane.under_cursor is not None)
        assert pane.under_cursor is not None
        assert pane.table.cursor == 5_004
        assert len(pane.rows.items) <= 3 * PAGE
        name = pane.under_cursor.name
        await on.press("slash")
        await on.type(name)
        await on.until(lambda: pane._asked == name)
        assert [site.name for site in pane.rows.items.values()] == [name]
        await on.press("enter", "escape")
        await on.sees("Sites 5,005")


async def test_what_was_typed_is_there_when_the_form_is_opened_again() -> None:
    async with office("superuser", size=(80, 24)) as on:
        await open_sites(on)
        await on.press("ctrl+e", "a")
        await on.until(lambda: isinstance(on.app.screen, FormScreen) and on.app.focused is not None)
        await on.type("Half a site")
        await on.press("escape")
        await on.until(lambda: isinstance(on.app.screen, AdminScreen))
        await on.press("a")
        await on.until(lambda: isinstance(on.app.screen, FormScreen) and on.app.focused is not None)
        await on.sees("Half a site")
        await on.press("ctrl+r", "ctrl+r")
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
        await on.press("T")
        await on.sees("<!-- Matomo -->")
        await on.press("y")
        await on.until(lambda: "setSiteId" in on.app.clipboard)
        assert "\n" in on.app.clipboard


@pytest.mark.parametrize(("urls", "is_copied"), [(120, True), (2_000, False)])
async def test_the_tracking_code_is_copied_whole_or_not_at_all(urls: int, is_copied: bool) -> None:
    demo = quiet()
    aliases = tuple(f"https://shop-of-the-town-number-{number:04}.example" for number in range(urls))
    for site_id, site in demo.world.sites.items():
        demo.world.sites[site_id] = replace(site, aliases=aliases)
    async with office("admin", size=(100, 34), demo=demo) as on:
        pane = await open_sites(on)
        assert pane.under_cursor is not None
        await on.press("T")
        await on.sees("<!-- Matomo -->")
        await on.press("tab", "tab", "right")  # across domains
        dialog = on.app.screen
        assert isinstance(dialog, TrackingCodeDialog)
        await on.until(lambda: "enableCrossDomainLinking" in dialog.code)
        call = get_javascript_tag(pane.under_cursor.id, cross_domain=True, address="127.0.0.1")
        sent = await on.superuser.call(call)
        on.app.copy_to_clipboard("nothing")
        await on.press("y")
        assert on.app.clipboard == (sent.rstrip("\n") if is_copied else "nothing")
        await on.sees("Copied:" if is_copied else "The code is too long to be copied:")


async def test_the_code_of_the_options_before_is_not_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    async with office("admin", size=(100, 34)) as on:
        await open_sites(on)
        await on.press("T")
        await on.sees("<!-- Matomo -->")
        real, answers = on.context.client.call, asyncio.Event()

        async def slow(*args: Any, **kwargs: Any) -> Any:
            await answers.wait()
            return await real(*args, **kwargs)

        monkeypatch.setattr(on.context.client, "call", slow)
        on.app.copy_to_clipboard("nothing")
        await on.press(*["tab"] * 5, "right")  # without cookies
        assert "<!-- Matomo -->" not in on.text
        await on.press("y")
        await on.sees("There is no code to copy yet.")
        assert on.app.clipboard == "nothing"
        answers.set()
        await on.sees("disableCookies")
        await on.press("y")
        await on.until(lambda: "disableCookies" in on.app.clipboard)


async def choose_group(on: Office, typed: str, found: int) -> None:
    """The first of the groups that have ``typed`` in them."""
    await on.press("f")
    await on.until(lambda: isinstance(on.app.screen, SearchDialog))
    dialog = on.app.screen
    assert isinstance(dialog, SearchDialog)
    await on.type(typed)
    await on.until(lambda: not dialog.is_stale and len(dialog.table.rows) == found)
    await on.press("enter")


async def test_the_sites_of_a_group_are_just_those_and_a_search_is_of_all_again() -> None:
    demo = quiet(extra_sites=250)
    group = "A (b) & “c”"
    demo.world.put_site(replace(demo.world.sites[2], group=group, traffic=""))
    demo.world.put_site(replace(demo.world.sites[3], group=f"{group} too", traffic=""))
    async with office("superuser", demo=demo, size=(110, 30)) as on:
        pane = await open_sites(on)
        await choose_group(on, "(b)", 2)
        await on.sees(f"Sites › {group}")
        await on.until(lambda: [site.id for site in pane.rows.items.values()] == [2])
        await on.press("escape")
        await on.sees("Sites 255")
        await choose_group(on, "clients", 1)
        await on.sees("Sites › Clients")
        await on.sees("100 and more")
        await on.press("end")
        await on.until(lambda: len(pane.rows) == 201)
        await on.press("slash")
        await on.type("radio")
        await on.sees("Harbour Radio")
        await on.until(lambda: "› Clients" not in on.lines[0])


async def test_only_a_superuser_is_told_of_groups() -> None:
    async with office("admin") as on:
        await open_sites(on)
        assert "f only" not in on.lines[-1]
        await on.press("f")
        assert isinstance(on.app.screen, AdminScreen)


async def test_goals_beyond_the_first_page_have_figures_too_also_after_they_are_loaded_again() -> None:
    demo = quiet()
    goals = tuple(StoredGoal(number, f"Goal {number}", "url", f"/{number}", "contains") for number in range(1, 141))
    demo.world.sites[1] = replace(demo.world.sites[1], goals=goals)
    async with office("admin", demo=demo, size=(120, 34)) as on:
        pane = await open_goals(on)
        await on.until(lambda: "0.0 %" in on.text)
        await on.press("end")
        await on.until(lambda: any("Goal 140" in line and "0.0 %" in line for line in on.lines))
        await on.press("r")
        await on.until(lambda: not pane.is_loading)
        await on.press("home")
        await on.until(lambda: any("Goal 2 " in line and "0.0 %" in line for line in on.lines))


async def open_goals(on: Office) -> GoalsPane:
    screen = on.app.screen
    assert isinstance(screen, AdminScreen)
    await screen.open("goals")
    assert isinstance(screen.pane, GoalsPane)
    await on.sees("Goal 2")
    screen.pane.table.focus()
    await on.pilot.pause()
    return screen.pane


@pytest.mark.parametrize("size", SIZES)
async def test_figures_of_goals_that_matomo_refuses_are_said_to_be_missing(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("matomo_tui.ui.admin.goals.COUNTED", ("eon", "last30"))
    demo = quiet()
    goals = tuple(StoredGoal(number, f"Goal {number}", "url", f"/{number}", "contains") for number in (1, 2))
    demo.world.sites[1] = replace(demo.world.sites[1], goals=goals)
    async with office("admin", demo=demo, size=size) as on:
        await open_goals(on)
        await on.until(lambda: "Figures of 30 days are missing" in on.text)
        assert "The period 'eon' is not supported." in " ".join(on.text.split())
        (line,) = [line for line in on.lines if "Goal 2" in line]
        assert line.count("–") >= 2
        monkeypatch.undo()
        await on.press("r")
        await on.until(lambda: "%" in on.text)
        assert "missing" not in on.text
