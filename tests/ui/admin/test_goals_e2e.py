"""Goals and the tracking test over real HTTP, each as each of the five roles: done, refused, or not offered."""

from __future__ import annotations

import pytest

from matomo_tui.admin.audit import AuditLog
from matomo_tui.api.users import set_user_access
from matomo_tui.config import paths
from matomo_tui.ui.screens.admin import AdminScreen
from matomo_tui.ui.screens.edit import EditScreen
from matomo_tui.ui.screens.live import LiveScreen
from matomo_tui.ui.screens.plan import PlanDialog
from tests.ui.admin.conftest import Server
from tests.ui.administering import Office, served

NAME = "5%+ “ä” & <i>[x] 🎉\u200fש'\""
OTHER = "1 > 0 & [/] \u202eabc"


async def go_to_goals(on: Office) -> None:
    await on.until(lambda: on.app.session is not None)
    await on.press("9")
    await on.until(lambda: isinstance(on.app.screen, AdminScreen))
    await on.sees("Newsletter sign-up")


async def fill_in(on: Office, name: str, pattern: str) -> None:
    """A name, and down to the pattern."""
    await on.until(lambda: isinstance(on.app.screen, EditScreen))
    await on.type(name)
    await on.press("enter", "enter", "enter", "enter")
    await on.type(pattern)


@pytest.mark.parametrize("role", ["superuser", "admin", "write"])
async def test_a_goal_from_its_first_to_its_last_day(server: Server, role: str) -> None:
    name = f"{NAME} {role[0]}"
    async with served(server.address, server.tokens[role], server.tokens["superuser"]) as on:
        await go_to_goals(on)
        await on.press("ctrl+e", "a")
        await fill_in(on, name, "/products/")
        await on.press("ctrl+o")
        await on.until(lambda: isinstance(on.app.screen, PlanDialog))
        assert name not in await on.goals()
        await on.press("y")
        await on.until(lambda: isinstance(on.app.screen, AdminScreen))
        stored = (await on.goals())[name]
        assert (stored.match_attribute, stored.pattern_type, stored.pattern) == ("url", "contains", "/products/")
        pane = on.app.screen.query_one("GoalsPane VirtualTable")
        await on.until(lambda: pane.cursor_key == stored.id)  # type: ignore[attr-defined]

        await on.press("enter")
        await on.until(lambda: isinstance(on.app.screen, EditScreen))
        await on.retype(OTHER + role)
        await on.press("ctrl+o")
        await on.until(lambda: isinstance(on.app.screen, PlanDialog))
        await on.press("y")
        await on.until(lambda: isinstance(on.app.screen, AdminScreen))
        changed = (await on.goals())[OTHER + role]
        assert (changed.id, changed.pattern) == (stored.id, "/products/")

        await on.press("X")
        await on.until(lambda: isinstance(on.app.screen, PlanDialog))
        await on.type("something else")
        await on.press("enter")
        await on.sees("nothing was sent")
        assert OTHER + role in await on.goals()
        await on.retype(f"goal {stored.id}")
        await on.press("enter")
        await on.until(lambda: isinstance(on.app.screen, AdminScreen))
        assert OTHER + role not in await on.goals()
    entries, unreadable = AuditLog(paths.audit_file(paths.state_dir())).read()
    assert unreadable == 0
    assert [(entry.method, entry.outcome) for entry in entries] == [
        ("Goals.addGoal", "done"),
        ("Goals.updateGoal", "done"),
        ("Goals.deleteGoal", "done"),
    ]
    assert server.tokens[role] not in paths.audit_file(paths.state_dir()).read_text(encoding="utf-8")


async def test_a_view_token_sees_no_administration(server: Server) -> None:
    async with served(server.address, server.tokens["view"], server.tokens["superuser"]) as on:
        await on.until(lambda: on.app.session is not None)
        await on.press("9")
        assert isinstance(on.app.screen, LiveScreen)
        assert "administration" not in on.text
        assert on.app.administration is None


async def test_a_token_without_access_gets_nowhere(server: Server) -> None:
    async with served(server.address, server.tokens["noaccess"], server.tokens["superuser"]) as on:
        await on.until(lambda: on.app.live.snapshot.poll.error is not None)
        await on.press("9")
        assert isinstance(on.app.screen, LiveScreen)
        assert on.app.administration is None


async def test_a_role_taken_away_meanwhile_is_refused_and_the_screens_follow(server: Server) -> None:
    async with served(server.address, server.tokens["write"], server.tokens["superuser"]) as on:
        await go_to_goals(on)
        await on.press("ctrl+e", "a")
        await fill_in(on, "Too late", "/late")
        await on.press("ctrl+o")
        await on.until(lambda: isinstance(on.app.screen, PlanDialog))
        await on.superuser.call(set_user_access("bob", "view", (1,)))
        try:
            await on.press("y")
            await on.until(lambda: isinstance(on.app.screen, LiveScreen))
            await on.sees("What this token may do has changed")
            assert "Too late" not in await on.goals()
            await on.press("9")
            assert isinstance(on.app.screen, LiveScreen)
        finally:
            await on.superuser.call(set_user_access("bob", "write", (1,)))


@pytest.mark.parametrize("role", ["superuser", "admin", "write"])
async def test_a_hit_is_sent_and_seen_to_arrive(server: Server, role: str) -> None:
    async with served(server.address, server.tokens[role], server.tokens["superuser"]) as on:
        await go_to_goals(on)
        await on.press("ctrl+e", "l", "end", "up", "enter")
        await on.sees("Page URL")
        await on.press("ctrl+o")
        await on.sees("The tracker answered 204")
        await on.sees("Arrived in Live")
        await on.press("right", "ctrl+o")  # an event
        await on.sees("e_c=Tracking+test")
        await on.sees("Arrived in Live")
