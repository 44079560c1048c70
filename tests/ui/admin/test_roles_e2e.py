"""Each write over real HTTP as each of the five roles: done, closed with a reason, or not offered at all."""

from __future__ import annotations

import time
from typing import Any

import pytest

from matomo_tui.admin.audit import AuditLog
from matomo_tui.api.goals import get_goals
from matomo_tui.api.live import get_last_visits_details
from matomo_tui.api.sites import get_sites_with_admin_access
from matomo_tui.api.users import get_users, get_users_access_from_site
from matomo_tui.ui.admin.admin_screen import AdminScreen
from matomo_tui.ui.admin.tracking import TrackingPane
from matomo_tui.ui.live.live_screen import LiveScreen
from tests.ui.admin import steps
from tests.ui.admin.administering import Office, served
from tests.ui.admin.conftest import Server
from tests.ui.admin.steps import LOGINS, SHOP, Write, in_list, open_part

NAME = "5%+ “ä” & <i>[x] 🎉\u200fש'\""

DONE = "done"
NOT_OFFERED = "not offered"
"""The key does nothing. Any other outcome is what is said instead."""

SUPERUSER = "needs a superuser's token: this token is"
ADMIN_SOMEWHERE = "needs the admin role on at least one site: this token has write at most"

WRITES = {
    *("add a goal", "change a goal", "delete a goal"),
    *("add a site", "change a site", "delete a site"),
    *("add a user", "invite a user", "invite a user again", "set access"),
    *("change an address", "change one's own address", "change a password", "delete a user"),
    *("make a superuser", "take superuser access"),
}
HITS = ("page view", "event", "site search", "goal", "batch")


def of_superuser() -> list[tuple[Write, str]]:
    """All of them, on what the ones before have made."""
    goal, site = f"{NAME} s", f"{NAME} site"
    return [
        (steps.add_goal(goal), DONE),
        (steps.change_goal(goal, NAME), DONE),
        (steps.delete_goal(goal), DONE),
        (steps.add_site(site), DONE),
        (steps.change_site(site, f"{NAME} changed"), DONE),
        (steps.delete_site(f"{NAME} changed"), DONE),
        (steps.add_user("zoe.super"), DONE),
        (steps.invite_user("ivy.super"), DONE),
        (steps.invite_again("ivy.super"), DONE),
        (steps.set_access("zoe.super", 2, "admin"), DONE),
        (steps.change_email("zoe.super", "zoe@elsewhere.example"), DONE),
        (steps.change_password("zoe.super", "another-password-1"), DONE),
        (steps.change_email("root", "root@elsewhere.example", "change one's own address"), DONE),
        (steps.superuser("zoe.super", has=True), DONE),
        (steps.superuser("zoe.super", has=False), DONE),
        (steps.delete_user("zoe.super"), DONE),
    ]


def of_admin() -> list[tuple[Write, str]]:
    """Whoever administers some sites."""
    goal = f"{NAME} a"
    return [
        (steps.add_goal(goal), DONE),
        (steps.change_goal(goal, NAME), DONE),
        (steps.delete_goal(goal), DONE),
        (steps.add_site(f"{NAME} site"), f"Adding a site {SUPERUSER} admin at most"),
        (steps.change_site("Field Notes", f"{NAME} notes"), DONE),
        (steps.delete_site(SHOP), f"Deleting a site {SUPERUSER} admin at most"),
        (steps.add_user("zoe.admin"), DONE),
        (steps.invite_user("ivy.admin"), DONE),
        (steps.invite_again("ivy.admin"), DONE),
        (steps.set_access("zoe.admin", 2, "write"), DONE),
        (
            steps.change_email("zoe.admin", "zoe@elsewhere.example"),
            f"Changing another user's address or password {SUPERUSER} admin at most",
        ),
        (
            steps.change_password("zoe.admin", "another-password-1"),
            f"Changing another user's address or password {SUPERUSER} admin at most",
        ),
        (steps.change_email("alice", "alice@elsewhere.example", "change one's own address"), DONE),
        (
            steps.superuser("zoe.admin", has=True),
            f"Giving and taking superuser access {SUPERUSER} admin at most",
        ),
        (
            steps.superuser("zoe.admin", has=False),
            f"Giving and taking superuser access {SUPERUSER} admin at most",
        ),
        (steps.delete_user("zoe.admin"), f"Deleting a user {SUPERUSER} admin at most"),
    ]


def of_writer() -> list[tuple[Write, str]]:
    """Whoever may write on a site sees just their own user."""
    goal = f"{NAME} w"
    closed = "Giving and taking superuser access"
    return [
        (steps.add_goal(goal), DONE),
        (steps.change_goal(goal, NAME), DONE),
        (steps.delete_goal(goal), DONE),
        (steps.add_site(f"{NAME} site"), f"Adding a site {SUPERUSER} write at most"),
        (
            steps.change_site(SHOP, "Taken over"),
            "Changing the settings needs the admin role on Lumen & Oak (site 1): this token has only write there",
        ),
        (steps.delete_site(SHOP), f"Deleting a site {SUPERUSER} write at most"),
        (steps.add_user("zoe.writer"), f"Adding a user {ADMIN_SOMEWHERE}"),
        (steps.invite_user("ivy.writer"), f"Adding a user {ADMIN_SOMEWHERE}"),
        (steps.invite_again("bob"), NOT_OFFERED),
        (steps.set_access("carol", 1, "admin"), "Seeing users needs the admin role on at least one site"),
        (steps.change_email("carol", "x@elsewhere.example"), NOT_OFFERED),
        (steps.change_password("carol", "another-password-1"), NOT_OFFERED),
        (steps.change_email("bob", "bob@elsewhere.example", "change one's own address"), DONE),
        (steps.superuser("bob", has=True), f"{closed} {SUPERUSER} write at most"),
        (steps.superuser("bob", has=False), f"{closed} {SUPERUSER} write at most"),
        (steps.delete_user("bob"), f"Deleting a user {SUPERUSER} write at most"),
    ]


OF = {"superuser": of_superuser, "admin": of_admin, "write": of_writer}


async def everything(on: Office) -> list[Any]:
    """What the server keeps that could be written."""
    client = on.superuser
    goals, sites, users = get_goals(1), get_sites_with_admin_access(), get_users()
    return [
        *[await client.call(call) for call in (goals, sites, users)],
        await client.call(get_users_access_from_site(1)),
    ]


@pytest.mark.parametrize("role", OF)
async def test_what_is_done_and_what_is_closed(server: Server, role: str, log: AuditLog) -> None:
    planned = OF[role]()
    assert {write.name for write, _ in planned} == WRITES
    async with served(server.address, server.tokens[role], server.tokens["superuser"], size=(80, 24)) as on:
        for write, outcome in planned:
            if outcome == DONE:
                await write.show(on)
                assert await write.stored(on.superuser) != write.wanted, write.name
                await write.confirmed(on, LOGINS[role])
                await in_list(on)
                assert await write.stored(on.superuser) == write.wanted, write.name
                continue
            before = await everything(on)
            if outcome == NOT_OFFERED:
                pane = await open_part(on, write.part)
                assert steps.table_of(pane).rows.index_of("carol") is None
                await on.press(write.key if write.key != "enter" else "down")
            else:
                await write.begin(on)
                await on.sees(outcome)
            assert isinstance(on.app.screen, AdminScreen), write.name
            assert await everything(on) == before, write.name
    done = [write for write, outcome in planned if outcome == DONE]
    entries, unreadable = log.read()
    assert ([entry.outcome for entry in entries], unreadable) == (["done"] * len(done), 0)
    text = log.file.read_text(encoding="utf-8")
    secrets = [server.tokens[role], server.tokens["superuser"], f"{LOGINS[role]}-password", "another-password-1"]
    assert [secret for secret in secrets if secret in text] == []


@pytest.mark.parametrize("role", OF)
async def test_every_kind_of_hit_is_sent_and_seen_to_arrive(server: Server, role: str, log: AuditLog) -> None:
    async with served(server.address, server.tokens[role], server.tokens["superuser"], size=(80, 24)) as on:
        pane = await open_part(on, "tracking")
        assert isinstance(pane, TrackingPane)
        await steps.unlock(on)
        for place, kind in enumerate(HITS):
            if place:
                await on.press("right")
            assert pane.draft.kind == kind
            await on.press("ctrl+o")
            await on.until(lambda: any(one.stage == "arrived" for one in pane.progress) and not pane._sending)
            entry = log.read()[0][-1]
            assert (entry.method, entry.outcome) == ("matomo.php", "done")
            since = int(time.time()) - 600
            segment = f"visitorId=={entry.after['_id']}"
            (visit,) = await on.superuser.call(
                get_last_visits_details(1, segment=segment, min_timestamp=since, limit=5)
            )
            assert len(visit.action_details) == (3 if kind == "batch" else 1)
        assert server.tokens[role] not in log.file.read_text(encoding="utf-8")


@pytest.mark.parametrize("role", ["view", "noaccess"])
async def test_whoever_only_looks_is_offered_none_of_it(server: Server, role: str, log: AuditLog) -> None:
    async with served(server.address, server.tokens[role], server.tokens["superuser"], size=(80, 24)) as on:
        await on.until(lambda: on.app.session is not None or on.app.live.snapshot.poll.error is not None)
        before = await everything(on)
        await on.press("9", "ctrl+e", "a", "X")
        assert isinstance(on.app.screen, LiveScreen)
        assert on.app.administration is None
        assert "administration" not in on.text.lower()
        await on.press("question_mark")
        assert "administration" not in on.text.lower()
        assert await everything(on) == before
    assert log.read() == ([], 0)
