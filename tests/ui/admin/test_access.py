"""The access sheet: cells set by keys, written as one batch, each line with an outcome of its own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from matomo_tui.admin.access_matrix import AccessMatrix
from matomo_tui.admin.audit import AuditLog
from matomo_tui.api.secret import Secret
from matomo_tui.api.users import delete_user, get_users_access_from_site, set_super_user_access, set_user_access
from matomo_tui.config.settings import Settings
from matomo_tui.demo.options import WriteFailure
from matomo_tui.ui.admin.access import AccessPane
from matomo_tui.ui.admin.admin_screen import AdminScreen
from matomo_tui.ui.widgets.choice_dialog import ChoiceDialog
from matomo_tui.ui.widgets.search_select_dialog import SearchDialog
from tests.ui.admin.administering import Office, office, quiet
from tests.ui.admin.steps import in_list, open_part, plan, table_of, to_cell, unlock


async def roles(on: Office, login: str) -> list[str]:
    """What the server gives the user on the first three sites."""
    found = [await on.superuser.call(get_users_access_from_site(site_id)) for site_id in (1, 2, 3)]
    return [access.get(login, "noaccess") for access in found]


async def test_cells_are_set_and_written_as_one_batch_each_with_its_outcome() -> None:
    async with office(size=(100, 30)) as on:
        before = await roles(on, "carol")
        assert before == ["view", "noaccess", "noaccess"]
        pane = await to_cell(on, "carol", 1)
        await on.press("a")
        await on.sees("Editing is locked")
        assert not pane.matrix.pending
        await on.press("ctrl+e", "w")
        await on.sees("[*write")
        await to_cell(on, "carol", 2)
        await on.press("a")
        await to_cell(on, "carol", 3)
        await on.press("v", "X")
        await on.sees("2 changes pending")
        assert await roles(on, "carol") == before
        await on.superuser.call(set_user_access("carol", "view", (2,)))  # somebody else, meanwhile
        await on.press("enter")
        await plan(on)
        await on.sees("Change access: 2 lines")
        await on.press("y")
        await on.sees("1 of 2 are done; 1 conflict")
        assert await roles(on, "carol") == ["write", "view", "noaccess"]
        await on.press("escape")
        await on.sees("1 change pending")
        assert [(change.site_id, change.old, change.new) for change in pane.matrix.pending] == [(2, "view", "admin")]
        await on.press("enter")
        await plan(on)
        await on.press("y")
        await in_list(on)
        assert not pane.matrix.pending
        assert await roles(on, "carol") == ["write", "admin", "noaccess"]


async def test_what_a_batch_wrote_is_not_said_to_be_dropped_where_the_role_changed_meanwhile() -> None:
    demo = quiet()
    alice = demo.world.users["alice"]
    async with office("admin", demo=demo, size=(100, 30)) as on:
        await to_cell(on, "bob", 1)
        await unlock(on)
        await on.press("v")
        pane = await to_cell(on, "bob", 2)
        await on.press("a")
        await on.sees("2 changes pending")
        demo.world.put_user(replace(alice, access={**alice.access, 2: "view"}))
        await on.press("enter")
        await plan(on)
        on.app.clear_notifications()
        await on.press("y")
        await on.sees("1 of 2 are done; 1 refused.")
        await on.sees("This token's role changed on Field Notes: it now has view there.")
        await on.press("escape")
        await in_list(on)
        await on.until(lambda: not pane.is_loading and not pane._due)
        assert "dropped" not in on.said
        assert [(change.site_id, change.new) for change in pane.matrix.pending] == [(2, "admin")]


@pytest.mark.parametrize(
    ("failure", "sentence", "stored", "outcomes"),
    [
        ("error-before", "2 of 3 are done; 1 not done.", ["noaccess", "admin", "write"], ["not done", "done", "done"]),
        ("timeout-after", "1 of 3 are done; 2 skipped.", ["write", "noaccess", "noaccess"], ["done"]),
    ],
    ids=["one-of-them", "all-after-it"],
)
async def test_half_a_batch_says_which_half(
    failure: WriteFailure,
    sentence: str,
    stored: list[str],
    outcomes: list[str],
    log: AuditLog,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("matomo_tui.admin.read_back.READ_BACK_PAUSES", (0.0,))
    demo = quiet()
    settings = Settings(url="http://127.0.0.1/", timeout=20.0)
    async with office(demo=demo, size=(100, 40), settings=settings) as on:
        for site_id, key in ((1, "w"), (2, "a"), (3, "w")):
            pane = await to_cell(on, "dave", site_id)
            await unlock(on)
            await on.press(key)
        await on.press("enter")
        await plan(on)
        demo.options.fail_writes, demo.options.fail_times = failure, 1
        await on.press("y")
        await on.sees(sentence)
        assert await roles(on, "dave") == stored
        assert [entry.outcome for entry in log.read()[0]] == outcomes
        await on.press("escape")
        await in_list(on)
        left = [wanted for wanted, has in zip(("write", "admin", "write"), stored, strict=True) if wanted != has]
        assert [change.new for change in pane.matrix.pending] == left


async def test_pending_changes_survive_another_section_and_a_superusers_row_is_closed() -> None:
    async with office(size=(80, 24)) as on:
        await to_cell(on, "root", 1)
        await on.press("ctrl+e", "X")
        await on.sees("root is a superuser and may do everything on every site")
        pane = await to_cell(on, "bob", 1)
        await on.press("space")
        await on.sees("1 change pending")
        await on.press("1", "9")
        await on.until(lambda: isinstance(on.app.screen, AdminScreen))
        await on.sees("1 change pending")
        await on.press("u")
        await on.until(lambda: not pane.matrix.pending)


async def test_changes_that_somebody_else_made_or_made_impossible_are_dropped() -> None:
    async with office(size=(120, 30)) as on:
        for login, site_id, key in (("bob", 2, "a"), ("carol", 2, "w"), ("dave", 2, "v"), ("alice", 3, "v")):
            pane = await to_cell(on, login, site_id)
            await unlock(on)
            await on.press(key)
        await on.sees("4 changes pending")
        await on.superuser.call(set_user_access("carol", "write", (2,)))
        password = Secret("root-password")
        await on.superuser.call(set_super_user_access("dave", True, password_confirmation=password))
        await on.superuser.call(delete_user("bob"))
        await on.press("r")
        await on.sees("3 changes were dropped: they are stored already, or can no longer be made.")
        assert [change.login for change in pane.matrix.pending] == ["alice"]
        await on.sees("1 change pending")
        await on.superuser.call(set_user_access("alice", "view", (3,)))
        await on.press("r")
        await on.sees("1 change was dropped: it is stored already, or can no longer be made.")
        assert on.context.drafts.get(pane._draft_key, AccessMatrix) is None


async def test_an_admin_gives_somebody_access_whom_they_do_not_see() -> None:
    async with office("admin") as on:
        pane = await open_part(on, "users")
        await on.sees("alice")
        assert "yuki.sato" not in on.text
        await unlock(on)
        await on.press("e")
        await on.until(lambda: isinstance(on.app.screen, SearchDialog))
        dialog = on.app.screen
        assert isinstance(dialog, SearchDialog)
        await on.type("yuki")
        await on.sees("No user has exactly the login or e-mail “yuki”.")
        await on.type("@kumo.example")
        await on.sees("yuki.sato (yuki@kumo.example)")
        await on.press("enter")
        await on.until(lambda: isinstance(on.app.screen, ChoiceDialog))
        await on.press("2")
        await plan(on)
        await on.sees("no access → write")
        await on.press("y")
        await in_list(on)
        assert (await roles(on, "yuki.sato"))[0] == "write"
        await on.until(lambda: table_of(pane).cursor_key == "yuki.sato")


async def test_a_role_for_somebody_existing_is_warned_of_as_in_the_sheet() -> None:
    async with office(size=(120, 30)) as on:
        await to_cell(on, "carol", 2)
        await unlock(on)
        for login, says in (
            ("anonymous", "Anyone without a token can then see the reports of the sites opened to anonymous."),
            ("root", "root is a superuser and may do everything on every site."),
        ):
            await on.press("e")
            await on.until(lambda: isinstance(on.app.screen, SearchDialog))
            dialog = on.app.screen
            assert isinstance(dialog, SearchDialog)
            await on.type(login)
            await on.until(lambda dialog=dialog: not dialog.is_stale)  # type: ignore[misc]
            await on.press("enter")
            await on.until(lambda: isinstance(on.app.screen, ChoiceDialog))
            await on.press("1")
            review = await plan(on)
            await on.sees(says)
            assert review.plan.can_apply == (login == "anonymous")
            await on.press("escape")
            await in_list(on)


async def test_an_admin_sets_access_where_they_administer_but_does_not_lock_themselves_out() -> None:
    async with office("admin") as on:
        pane = await to_cell(on, "alice", 1)
        assert pane.columns == [1, 2]
        await on.press("ctrl+e", "v", "enter")
        await plan(on)
        await on.sees("it would lock you out of Lumen & Oak")
        await on.press("y")
        assert (await roles(on, "alice"))[0] == "admin"
        await on.press("escape")
        await in_list(on)
        await on.press("u")
        await to_cell(on, "bob", 2)
        await on.press("v", "enter")
        await plan(on)
        await on.press("y")
        await in_list(on)
        assert (await roles(on, "bob"))[1] == "view"


async def test_a_writer_is_told_what_it_needs() -> None:
    async with office("write") as on:
        pane = await open_part(on, "access")
        await on.sees("needs the admin role on at least one site")
        await on.press("ctrl+e", "a", "enter")
        await in_list(on)
        assert isinstance(pane, AccessPane)
        assert not pane.matrix.pending


async def test_the_sites_of_one_user_are_the_only_columns_until_one_goes_back() -> None:
    demo = quiet(extra_sites=40)
    demo.world.grant("dave", "write", (2, *range(110, 124)))
    async with office(demo=demo, size=(120, 30)) as on:
        pane = await to_cell(on, "dave", 1)
        await on.until(lambda: len(pane._shown) > 3)
        assert pane.columns[:5] == [1, 2, 3, 4, 5]
        await on.press("o")
        await on.sees("Access › sites of dave")
        await on.until(lambda: len(pane.columns) == 12)
        await on.press(*["right"] * 11)
        await on.until(lambda: len(pane.columns) == 15)
        assert sorted(pane.columns) == [2, *range(110, 124)]
        await on.press("ctrl+e", "X")
        await on.sees("1 change pending")
        await on.press("escape")
        await on.until(lambda: pane.columns[:3] == [1, 2, 3])
        await on.sees("1 change pending")
        await to_cell(on, "bob", 1)
        demo.world.put_user(replace(demo.world.users["bob"], access={}))
        await on.press("o")
        await on.sees("bob has no access to any site that this token administers.")
        assert pane.columns[:3] == [1, 2, 3]
        await to_cell(on, "root", 1)
        await on.press("o")
        await on.sees("root is a superuser and may do everything on every site.")


async def test_a_site_gone_to_leaves_none_of_the_others_out() -> None:
    async with office(demo=quiet(extra_sites=40), size=(120, 30)) as on:
        pane = await to_cell(on, "dave", 1)
        assert len(pane.columns) == 12
        await on.press("g")
        await on.until(lambda: isinstance(on.app.screen, SearchDialog))
        dialog = on.app.screen
        assert isinstance(dialog, SearchDialog)
        await on.type("140")
        await on.until(lambda: not dialog.is_stale and len(dialog.table.rows) == 1)
        await on.press("enter")
        await on.until(lambda: pane.columns[0] == 140)
        await on.press(*["right"] * 13)
        await on.until(lambda: len(pane.columns) > 13)
        assert pane.columns == [140, 1, 2, 3, 4, 5, *range(101, 120)]


async def test_no_more_sites_are_asked_for_once_all_are_there() -> None:
    demo = quiet()
    async with office(demo=demo) as on:
        pane = await to_cell(on, "carol", 1)

        def is_loading() -> bool:
            return any(worker.node is pane and worker.is_running for worker in on.app.workers)

        await on.until(lambda: not is_loading())
        before = demo.requests
        await on.press(*["right"] * len(pane.columns))
        await on.until(lambda: not is_loading())
        assert pane.column == len(pane.columns) - 1
        assert demo.requests == before
