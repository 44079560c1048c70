"""The site that is watched, renamed or deleted from here: every screen follows."""

from __future__ import annotations

from matomo_tui.demo.world import StoredSite
from matomo_tui.ui.admin.admin_screen import AdminScreen
from matomo_tui.ui.live.live_screen import LiveScreen
from matomo_tui.ui.live.site_switcher import SiteSwitcher
from matomo_tui.ui.reports.goals_screen import GoalsScreen
from tests.ui.admin import steps
from tests.ui.admin.administering import office, quiet
from tests.ui.admin.steps import SHOP, form, in_list, open_part, picked, plan

NAME = "Oak's & <Lamps> 🎉"


async def test_another_name_stands_everywhere_at_once() -> None:
    async with office(size=(120, 30), live=True) as on:
        await on.press("3")
        await on.sees(f"{SHOP} › Pages")
        write = steps.change_site(SHOP, NAME)
        await write.show(on)
        await write.confirmed(on)
        await in_list(on)
        await on.sees(f"1 {NAME}")
        await open_part(on, "goals")
        assert on.lines[0].startswith(f" {NAME} › Administration › Goals")
        await on.press("1")
        await on.until(lambda: isinstance(on.app.screen, LiveScreen))
        await on.until(lambda: NAME in on.lines[0])
        assert on.app.session is not None
        assert on.app.session.site.name == NAME
        await on.press("3")
        await on.sees(f"{NAME} › Pages")
        assert SHOP not in on.lines[0]
        await on.press("s")
        await on.sees(f"{NAME} (curre")


async def test_another_currency_is_taken_by_the_goals_figures() -> None:
    async with office(size=(120, 30)) as on:
        await on.sees("€ 2.50")
        pane = await open_part(on, "sites")
        await steps.at(on, pane, 1)
        await steps.unlock(on)
        await on.press("enter")
        await form(on)
        await on.press("tab", "tab", "tab")
        await picked(on, "swiss", "CHF")
        await on.press("ctrl+o")
        await plan(on)
        await on.sees("Currency EUR → CHF")
        await on.press("y")
        await in_list(on)
        await open_part(on, "goals")
        await on.sees("CHF 2.50")


async def test_a_goal_made_here_is_in_the_reports_at_once() -> None:
    async with office(size=(120, 40)) as on:
        await on.press("5")
        await on.sees(f"{SHOP} › Goals")
        await on.sees("All goals")
        write = steps.add_goal("Rare", "rare")
        await write.show(on)
        await write.confirmed(on)
        await in_list(on)
        await on.press("5")
        await on.sees(f"{SHOP} › Goals")
        await on.press("l")
        await on.sees("Goal Rare")


async def test_when_it_is_deleted_another_one_is_offered() -> None:
    async with office() as on:
        write = steps.delete_site(SHOP)
        await write.show(on)
        await write.confirmed(on)
        await on.until(lambda: isinstance(on.app.screen, SiteSwitcher))
        await on.sees(f"{SHOP} was deleted. Choose another site.")
        await on.sees("Field Notes")
        assert await write.stored(on.superuser) is None
        await on.press("enter")
        await in_list(on)
        assert on.app.live.snapshot.site.name == "Field Notes"
        assert on.context.site.name == "Field Notes"
        await open_part(on, "goals")
        await on.sees("Letter subscribed")


async def test_when_it_is_deleted_and_no_other_one_is_chosen_its_figures_are_gone() -> None:
    async with office(size=(120, 40)) as on:
        await on.press("5")
        await on.sees("Newsletter sign-up")
        write = steps.delete_site(SHOP)
        await write.show(on)
        await write.confirmed(on)
        await on.until(lambda: isinstance(on.app.screen, SiteSwitcher))
        await on.press("escape")
        await in_list(on)
        screen = on.app.screen
        assert isinstance(screen, AdminScreen)
        await screen.open("goals")
        await on.sees("An unexpected website was found in the request")
        assert "Newsletter sign-up" not in on.text
        await on.press("5")
        await on.until(lambda: isinstance(on.app.screen, GoalsScreen))
        await on.sees("An unexpected website was found in the request")
        assert "Newsletter sign-up" not in on.text


async def test_one_that_somebody_else_deletes_is_noticed_when_it_is_to_be_changed() -> None:
    demo = quiet()
    async with office(demo=demo) as on:
        write = steps.change_site(SHOP, NAME)
        await write.show(on)
        demo.world.remove_site(1)
        await write.confirmed(on)
        await on.sees("someone else deleted it in the meantime")
        await on.press("escape")
        await form(on)
        await on.press("escape")
        await on.sees(f"{SHOP} was deleted. Choose another site.")


async def test_another_sites_deletion_changes_nothing_for_it() -> None:
    demo = quiet()
    demo.world.put_site(StoredSite(9, "Old", "https://old.example", "UTC", "EUR"))
    async with office(demo=demo) as on:
        write = steps.delete_site("Old")
        await write.show(on)
        await write.confirmed(on)
        await in_list(on)
        assert on.app.live.snapshot.site.name == SHOP
