"""A role that was taken away between looking and writing: the server refuses, nothing changes, the screens follow."""

from __future__ import annotations

from dataclasses import replace

import pytest

from matomo_tui.admin.audit import AuditLog
from matomo_tui.ui.admin.admin_screen import AdminScreen
from tests.ui.admin import steps
from tests.ui.admin.administering import office, quiet
from tests.ui.admin.steps import Write

SUPERUSER = "needs a superuser's token: this token is write at most"


@pytest.mark.parametrize(
    ("write", "closed"),
    [
        (steps.add_site("Too late"), f"Adding a site {SUPERUSER}"),
        (steps.change_site("Field Notes", "Too late"), "Changing the settings needs the admin role on Lumen & Oak"),
        (steps.invite_user("too.late"), "Adding a user needs the admin role on at least one site"),
        (steps.superuser("mara.lind", has=True), f"Giving and taking superuser access {SUPERUSER}"),
        (steps.set_access("carol", 2, "admin"), "Seeing users needs the admin role on at least one site"),
    ],
    ids=lambda value: value.name.replace(" ", "-") if isinstance(value, Write) else "",
)
async def test_what_is_refused_changes_nothing_and_the_screens_follow(write: Write, closed: str, log: AuditLog) -> None:
    demo = quiet()
    async with office(demo=demo, live=True) as on:
        await write.show(on)
        demo.world.put_user(replace(demo.world.users["root"], superuser=False, access={1: "view", 5: "write"}))
        before = dict(demo.world.sites), dict(demo.world.users)
        await write.confirmed(on)
        await on.sees("This token's role changed: it now has view here.")
        (entry,) = log.read()[0]
        assert entry.outcome == "refused"
        assert (demo.world.sites, demo.world.users) == before
        while not isinstance(on.app.screen, AdminScreen):
            await on.press("escape")
        await on.press(write.key)
        await on.sees(closed)
        assert isinstance(on.app.screen, AdminScreen)
        await on.press("1")
        await on.until(lambda: "view" in on.lines[0])
