"""What a run or a profile switches off: every write and every hit is closed with its reason, and nothing is sent."""

from __future__ import annotations

import pytest

from matomo_tui.admin.audit import AuditLog
from matomo_tui.config.settings import Settings
from matomo_tui.ui.admin.admin_screen import AdminScreen
from matomo_tui.ui.widgets.pane import PaneState
from tests.ui.admin import steps
from tests.ui.admin.administering import office, quiet
from tests.ui.admin.steps import in_list, open_part

WRITES = [
    steps.add_goal("Off"),
    steps.change_goal("Reached checkout", "off"),
    steps.delete_goal("Reached checkout"),
    steps.add_site("Off"),
    steps.change_site("Field Notes", "Off"),
    steps.delete_site("Field Notes"),
    steps.add_user("off.user"),
    steps.invite_again("old.intern"),
    steps.change_email("mara.lind", "off@example.org"),
    steps.superuser("mara.lind", has=True),
    steps.delete_user("mara.lind"),
    steps.set_access("carol", 2, "write"),
]
READ_ONLY = Settings(url="http://127.0.0.1/", read_only=True)


def allowing(*areas: str) -> Settings:
    """A profile with an ``allow`` list."""
    return Settings(url="http://127.0.0.1/", allow=areas)


@pytest.mark.parametrize(
    ("settings", "reason", "open_parts"),
    [
        (READ_ONLY, "is off: this run is read-only", ()),
        (allowing("read", "users"), "is off: the profile's allow list names read, users, and not", ("users", "access")),
    ],
    ids=["read-only", "read-users"],
)
async def test_every_key_says_why_it_does_nothing(
    settings: Settings, reason: str, open_parts: tuple[str, ...], log: AuditLog
) -> None:
    demo = quiet()
    before = dict(demo.world.sites), dict(demo.world.users)
    async with office(demo=demo, settings=settings) as on:
        assert ("^e unlock" in on.lines[-1]) == bool(open_parts)
        await on.press("ctrl+e")
        for write in WRITES:
            await open_part(on, write.part)
            if write.to_line is not None:
                await write.to_line(on)
            on.app.clear_notifications()
            await on.press(write.key)
            if write.part in open_parts:
                assert on.context.lock.is_open
                await on.until(lambda: not isinstance(on.app.screen, AdminScreen) or "change pending" in on.text)
                while not isinstance(on.app.screen, AdminScreen):
                    await on.press("escape")
                await on.press("U") if write.part == "access" else None
            else:
                await on.until(lambda: reason in on.said)
                assert isinstance(on.app.screen, AdminScreen), write.name
        pane = await open_part(on, "tracking")
        assert pane.state is PaneState.REFUSED
        await on.sees("Sending a hit is off")
        await on.press("ctrl+o")
        await in_list(on)
    assert (demo.world.sites, demo.world.users) == before
    assert log.read() == ([], 0)
    assert not list(demo.store.tracked.visits(1))
