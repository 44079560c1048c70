"""A role that was taken away between looking and writing: the server refuses, nothing changes, the screens follow."""

from __future__ import annotations

from dataclasses import replace

import pytest

from matomo_tui.admin.audit import AuditLog
from matomo_tui.api.errors import Role
from matomo_tui.ui.admin.admin_screen import AdminScreen
from matomo_tui.ui.role_reading import ASK_EVERY
from tests.ui.admin import steps
from tests.ui.admin.administering import Office, held, office, quiet
from tests.ui.admin.steps import Write
from tests.ui.conftest import StandingClock

SUPERUSER = "needs a superuser's token: this token is write at most"


async def role_read(on: Office) -> None:
    """No question about the token's role is under way."""
    await on.until(lambda: not any(one.group.startswith("role ") and not one.is_finished for one in on.app.workers))


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


@pytest.mark.parametrize(
    "write", [steps.change_email("dave", "dave@new.example"), steps.delete_user("dave")], ids=["change", "delete"]
)
async def test_a_user_who_is_no_longer_seen_is_not_said_to_be_deleted(write: Write, log: AuditLog) -> None:
    demo = quiet()
    async with office(demo=demo, live=True) as on:
        await write.show(on)
        demo.world.put_user(replace(demo.world.users["root"], superuser=False, access={1: "admin"}))
        before = dict(demo.world.users)
        await write.confirmed(on)
        await on.sees("This token's role changed: it now has admin here.")
        await on.sees("✗ Not sent: The user has to be either a Super User or the user 'dave' itself.")
        (entry,) = log.read()[0]
        assert entry.outcome == "refused"
        assert demo.world.users == before
        await on.press("escape")
        if write.key == "enter":
            await steps.form(on)
            await on.sees("Your input is kept.")
            await on.press("escape")
            await on.sees("Your input is kept until the program ends.")
            assert on.app.drafts._drafts
        await steps.in_list(on)


async def test_a_role_that_was_granted_meanwhile_opens_the_administration() -> None:
    demo, clock = quiet(), StandingClock()
    async with office("view", demo=demo, clock=clock) as on:
        await on.sees("this token has view.")
        assert on.app.screen is on.app.live
        found: list[tuple[dict[int, Role], str]] = [
            ({1: "view", 2: "view"}, ""),
            ({1: "admin", 2: "view"}, "This token's role changed: it now has admin here."),
        ]
        for access, sentence in found:
            demo.world.put_user(replace(demo.world.users["carol"], access=access))
            clock.at += ASK_EVERY
            on.app.clear_notifications()
            await on.press("9")
            await on.sees("this token has view.")
            if sentence:
                await on.until(lambda: isinstance(on.app.screen, AdminScreen))
                assert sentence in on.said
        await steps.unlock(on)
        assert on.context.access.at_least("admin", 1)


async def test_the_role_is_not_asked_for_at_every_press_of_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    demo, clock = quiet(), StandingClock()
    async with office("view", demo=demo, clock=clock) as on:
        await on.sees("this token has view.")
        assert on.app.session is not None
        client = on.app.session.client
        await role_read(on)
        clock.at += ASK_EVERY
        asked = client.requests_sent
        answers = held(monkeypatch)
        await on.press(*["9"] * 10)
        answers.set()
        await role_read(on)
        assert client.requests_sent - asked == 1, "while it is asked for"
        clock.at += ASK_EVERY - 1
        await on.press(*["9"] * 10)
        await role_read(on)
        assert client.requests_sent - asked == 1, "just after the answer"
        clock.at += 1
        await on.press("9")
        await role_read(on)
        assert client.requests_sent - asked == 2


async def test_a_write_that_a_lost_role_refuses_gets_its_verdict_and_editing_is_locked() -> None:
    demo = quiet()
    write = steps.add_goal("Kept")
    async with office(demo=demo, live=True) as on:
        await write.show(on)
        demo.world.put_user(replace(demo.world.users["root"], superuser=False, access={1: "view", 5: "view"}))
        await write.confirmed(on)
        await on.sees("This token's role changed: it now has view here. Your input is kept.")
        await on.sees("Matomo refused: ")
        await on.until(lambda: on.app.screen is on.app.live)
        assert not on.context.lock.is_open
        assert "editing" not in on.lines[0]
        assert await write.stored(on.superuser) is None


@pytest.mark.parametrize(
    ("access", "sentence"),
    [
        ({1: "admin", 2: "view", 3: "write"}, "This token's role changed on Field Notes: it now has view there."),
        ({1: "admin", 3: "write"}, "This token's role changed on Field Notes: it now has no access there."),
        ({1: "admin", 3: "view"}, "This token's role changed on 2 other sites; here it still has admin."),
    ],
)
async def test_a_role_that_changed_elsewhere_is_not_said_to_have_changed_here(
    access: dict[int, Role], sentence: str
) -> None:
    demo = quiet()
    root = replace(demo.world.users["root"], superuser=False, access={1: "admin", 2: "admin", 3: "write"})
    demo.world.put_user(root)
    write = steps.change_site("Field Notes", "Too late")
    async with office(demo=demo) as on:
        await write.show(on)
        demo.world.put_user(replace(root, access=access))
        await write.confirmed(on)
        await on.sees(sentence)
