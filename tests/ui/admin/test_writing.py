"""Writing with care: the lock, the gates, the difference shown first, drafts, conflicts, and answers that were lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs

from matomo_tui.admin import goals as planning
from matomo_tui.admin.audit import AuditLog
from matomo_tui.admin.goals import GoalDraft
from matomo_tui.api.goals import update_goal
from matomo_tui.api.users import set_user_access
from matomo_tui.config.settings import Settings
from matomo_tui.demo.app import DemoMatomo
from matomo_tui.demo.http import Answer, Request
from matomo_tui.live.clock import SystemClock
from matomo_tui.ui.admin.admin_screen import AdminScreen
from matomo_tui.ui.admin.form_screen import FormScreen
from matomo_tui.ui.admin.review_dialog import ReviewDialog
from matomo_tui.ui.live.live_screen import LiveScreen
from tests.ui.admin import steps
from tests.ui.admin.administering import Office, office, quiet
from tests.ui.cases import SIZES, case
from tests.ui.conftest import StandingClock


async def review(on: Office, name: str = "Rare", pattern: str = "/lamps") -> None:
    """A new goal, up to the difference."""
    await steps.add_goal(name, pattern).show(on)


async def edit_revenue(on: Office, revenue: str) -> None:
    """The first goal with another revenue, up to the difference."""
    await on.sees("Newsletter sign")
    await on.press("ctrl+e", "enter")
    await on.until(lambda: isinstance(on.app.screen, FormScreen))
    assert isinstance(on.app.screen, FormScreen)
    on.app.screen.form.focus_field("revenue")
    await on.retype(revenue)
    await on.press("ctrl+o")
    await on.until(lambda: isinstance(on.app.screen, ReviewDialog))


async def somebody_else(on: Office, **changes: object) -> None:
    """Change the first goal behind the screen's back."""
    goal = next(goal for goal in (await on.goals()).values() if goal.id == 1)
    draft = replace(GoalDraft.of(goal), **changes)  # type: ignore[arg-type]
    await on.superuser.call(update_goal(1, 1, **dict(draft.state())))  # type: ignore[arg-type]


# The lock


async def test_a_key_leaned_on_changes_nothing_and_says_what_would(log: AuditLog) -> None:
    async with office() as on:
        await on.sees("Newsletter sign")
        for key in ("a", "enter", "X", "delete"):
            with case(key):
                on.app.clear_notifications()
                assert "locked" in on.lines[0]
                await on.press(key, key, "y")
                assert isinstance(on.app.screen, AdminScreen)
                assert "Editing is locked. ^e unlocks it." in on.said
                await on.press("enter", "y", "enter")
                assert isinstance(on.app.screen, AdminScreen)
                assert len(await on.goals()) == 4
    assert log.read() == ([], 0)


async def test_editing_locks_itself_after_ten_idle_minutes_and_nothing_is_sent_after() -> None:
    clock = StandingClock()
    async with office(clock=clock) as on:
        await review(on)
        assert on.context.lock.remaining == 600
        clock.at += 599
        assert on.context.lock.is_open
        clock.at += 2
        await on.press("y")
        await on.sees("Editing is locked")
        assert isinstance(on.app.screen, ReviewDialog)
        assert len(await on.goals()) == 4
        await on.press("ctrl+e", "y")
        await on.until(lambda: isinstance(on.app.screen, AdminScreen))
        assert "Rare" in await on.goals()


async def test_leaving_for_another_connection_locks() -> None:
    async with office() as on:
        await on.press("ctrl+e")
        context = on.context
        assert context.lock.is_open
        on.app.connection.close_screens()
        assert not context.lock.is_open
        assert isinstance(on.app.screen, LiveScreen)
        await on.press("9")
        await on.until(lambda: isinstance(on.app.screen, AdminScreen))
        assert not on.context.lock.is_open


async def test_the_header_of_live_says_that_editing_is_unlocked() -> None:
    async with office(live=True) as on:
        await on.press("ctrl+e", "1")
        await on.sees("editing")
        await on.press("9", "ctrl+e", "1")
        await on.until(lambda: "editing" not in on.lines[0])


# The gates


async def test_read_only_closes_every_write_for_everybody() -> None:
    settings = Settings(url="http://127.0.0.1/", read_only=True)
    async with office(settings=settings) as on:
        await on.sees("Newsletter sign")
        await on.sees("Editing goals is off: this run is read-only")
        assert "^e unlock" not in on.text
        await on.press("ctrl+e", "a")
        assert not on.context.lock.is_open
        assert isinstance(on.app.screen, AdminScreen)
        await on.press("l", "end", "up", "enter")
        await on.sees("Sending a hit is off: this run is read-only")


async def test_an_allow_list_closes_what_it_does_not_name() -> None:
    settings = Settings(url="http://127.0.0.1/", allow=("read", "sites"))
    async with office(settings=settings) as on:
        await on.sees("Editing goals is off: the profile's allow list names read, sites, and not goals.")
        await on.press("ctrl+e", "a")
        assert isinstance(on.app.screen, AdminScreen)


async def test_a_site_where_the_token_has_only_view_says_which_role_would_open_it() -> None:
    demo = quiet()
    demo.world.grant("bob", "view", (1,))
    demo.world.grant("bob", "write", (2,))
    async with office("write", demo=demo, clock=SystemClock()) as on:
        await on.sees("Newsletter sign")
        await on.sees("Editing goals needs the write role on Lumen & Oak (site 1): this token has only view there.")
        await on.press("ctrl+e", "enter")
        assert isinstance(on.app.screen, AdminScreen)
        await on.press("l", "end", "up", "enter")
        await on.sees("Sending a hit with its own time or IP address needs the write role on Lumen & Oak")
        assert "IP address   " not in on.text
        await on.press("ctrl+o")
        await on.sees("Arrived in Live")


async def test_a_role_given_meanwhile_opens_what_was_closed() -> None:
    demo = quiet()
    demo.world.grant("bob", "view", (1,))
    demo.world.grant("bob", "write", (2,))
    async with office("write", demo=demo) as on:
        await on.sees("Editing goals needs the write role")
        demo.world.grant("bob", "admin", (1,))
        assert await on.context.refresh_access()
        await on.until(lambda: "Editing goals needs" not in on.text)
        await review(on)
        await on.press("y")
        await on.until(lambda: isinstance(on.app.screen, AdminScreen))
        assert "Rare" in await on.goals()


# What is shown first


async def test_the_difference_and_the_request_are_shown_before_anything_is_sent(log: AuditLog) -> None:
    async with office() as on:
        await edit_revenue(on, "7")
        for size in SIZES:
            with case(size):
                await on.pilot.resize_terminal(*size)
                text = on.words
                assert "Change the goal “Newsletter sign-up” (1) of site 1" in text
                assert "Revenue 2.5 → 7" in text
                assert "POST index.php method=Goals.updateGoal idSite=1 idGoal=1 name=Newsletter sign-up" in text
                assert "token" not in text
        await on.press("escape")
        await on.until(lambda: isinstance(on.app.screen, FormScreen))
    assert log.read() == ([], 0)


async def test_what_would_change_nothing_is_said_to() -> None:
    async with office() as on:
        await on.sees("Newsletter sign")
        await on.press("ctrl+e", "enter")
        await on.until(lambda: isinstance(on.app.screen, FormScreen))
        await on.press("ctrl+o")
        await on.sees("Nothing would change.")


# Drafts


async def test_throwing_away_and_quitting_over_a_typed_form_are_asked_for_once() -> None:
    async with office() as on:
        await review(on, name="Half a goal")
        await on.press("escape")
        await on.until(lambda: isinstance(on.app.screen, FormScreen))
        await on.press("ctrl+q")
        await on.sees("^q again quits and discards your input.")
        assert on.app.is_running
        await on.press("x", "ctrl+r")  # something else was typed: it is asked for again
        await on.sees("^r again discards your input.")
        assert "Half a goal" in on.text
        await on.press("ctrl+r")
        await on.until(lambda: "Half a goal" not in on.text)
        await on.press("ctrl+q")  # nothing is typed any more
        assert on.app.return_code == 0


async def test_what_was_typed_survives_closing_going_elsewhere_and_a_resize() -> None:
    async with office() as on:
        await review(on, name="Kept & <b>")
        await on.press("escape")
        await on.pilot.resize_terminal(80, 24)
        await on.press("escape")
        await on.until(lambda: isinstance(on.app.screen, AdminScreen))
        await on.press("1", "9", "a")
        await on.until(lambda: isinstance(on.app.screen, FormScreen))
        await on.sees("Your earlier input is still here.")
        assert "Kept & <b>" in on.text
        assert "/lamps" in on.text
        await on.press("ctrl+r", "ctrl+r")
        await on.until(lambda: "Kept & <b>" not in on.text)
        await on.press("escape", "a")
        await on.until(lambda: isinstance(on.app.screen, FormScreen))
        assert "is still here" not in on.text


async def test_a_draft_kept_while_somebody_else_saved_still_meets_what_they_did() -> None:
    async with office() as on:
        await edit_revenue(on, "7")
        await on.press("escape", "escape")
        await on.until(lambda: isinstance(on.app.screen, AdminScreen))
        await somebody_else(on, description="theirs")
        await on.press("r")
        await on.press("enter")
        await on.until(lambda: isinstance(on.app.screen, FormScreen))
        await on.press("ctrl+o")
        await on.until(lambda: isinstance(on.app.screen, ReviewDialog))
        await on.press("y")
        await on.sees("someone else changed it since you opened it")


# Somebody else


async def test_a_conflict_shows_three_columns_and_both_can_be_kept() -> None:
    async with office() as on:
        await edit_revenue(on, "7")
        await somebody_else(on, description="theirs")
        await on.press("y")
        await on.sees("as opened theirs yours")
        assert (await on.goals())["Newsletter sign-up"].revenue == 2.5
        await on.press("b")
        await on.sees("2.5 → 7")
        assert "subscribed" not in on.words.split("Revenue 2.5")[1]
        await on.press("y")
        await on.until(lambda: isinstance(on.app.screen, AdminScreen))
        goal = (await on.goals())["Newsletter sign-up"]
        assert (goal.description, goal.revenue) == ("theirs", 7)


async def test_mine_over_theirs_is_shown_as_a_difference_to_theirs() -> None:
    async with office() as on:
        await edit_revenue(on, "7")
        await somebody_else(on, revenue="9")
        await on.press("y")
        await on.sees("Choose:")
        await on.press("b")  # both changed the same field: there is no both
        assert "9 → 7" not in on.text
        await on.press("m")
        await on.sees("9 → 7")
        await on.press("y")
        await on.until(lambda: isinstance(on.app.screen, AdminScreen))
        assert (await on.goals())["Newsletter sign-up"].revenue == 7


async def test_theirs_is_what_the_form_goes_on_with() -> None:
    async with office() as on:
        await edit_revenue(on, "7")
        await somebody_else(on, revenue="9", description="theirs")
        await on.press("y")
        await on.sees("Choose:")
        await on.press("t")
        await on.until(lambda: isinstance(on.app.screen, FormScreen))
        await on.until(lambda: "theirs" in on.text)
        await on.press("ctrl+o")
        await on.sees("Nothing would change.")
        assert (await on.goals())["Newsletter sign-up"].revenue == 9


async def test_something_that_is_gone_meanwhile_is_said_to_be() -> None:
    async with office() as on:
        await edit_revenue(on, "7")
        await on.superuser.call(planning.plan_delete((await on.goals())["Newsletter sign-up"]).steps[0].call)
        await on.press("y")
        await on.sees("someone else deleted it in the meantime")
        await on.press("m")
        assert isinstance(on.app.screen, ReviewDialog)
        await on.press("escape", "escape")
        await on.until(lambda: isinstance(on.app.screen, AdminScreen))
        await on.press("r")
        await on.until(lambda: "Newsletter sign-up" not in on.text)


# What was really stored


class Rounding(DemoMatomo):
    """A Matomo that makes something else of a goal's revenue."""

    async def responded(self, request: Request) -> Answer:
        answer = await super().responded(request)
        if request.fields.get("method") == "Goals.updateGoal":
            site = self.world.sites[1]
            goals = tuple(structs.replace(goal, revenue=float(int(goal.revenue))) for goal in site.goals)
            self.world.put_site(structs.replace(site, goals=goals))
        return answer


async def test_what_is_stored_otherwise_than_wanted_is_said(log: AuditLog) -> None:
    demo = Rounding()
    demo.world.sites[1] = structs.replace(demo.world.sites[1], traffic="")
    async with office(demo=demo) as on:
        await edit_revenue(on, "7.5")
        await on.press("y")
        await on.sees("Done, but Matomo stored something else: Revenue is 7 instead of 7.5.")
        await on.sees("Revenue wanted 7.5, stored 7")
        await on.press("escape", "escape")
        await on.until(lambda: isinstance(on.app.screen, AdminScreen))
        await on.sees("€ 7")
    assert [entry.outcome for entry in log.read()[0]] == ["differs"]


class Worth(DemoMatomo):
    """A Matomo that makes something else of a new goal's revenue, and says that it could not write a mail."""

    async def responded(self, request: Request) -> Answer:
        answer = await super().responded(request)
        if request.fields.get("method") == "Goals.addGoal":
            site = self.world.sites[1]
            self.world.put_site(
                structs.replace(site, goals=(*site.goals[:-1], structs.replace(site.goals[-1], revenue=3.0)))
            )
        return answer


async def test_after_an_add_that_differs_one_stands_on_the_new_thing() -> None:
    demo = Worth()
    demo.world.sites[1] = structs.replace(demo.world.sites[1], traffic="")
    async with office(demo=demo) as on:
        await review(on, name="Worth")
        await on.press("y")
        await on.sees("Matomo stored something else: Revenue is 3 instead of 0.")
        await on.press("escape")
        await on.until(lambda: isinstance(on.app.screen, AdminScreen))
        await on.sees("▸ 5 Worth")
        await on.press("a")
        await on.until(lambda: isinstance(on.app.screen, FormScreen))
        assert "is still here" not in on.text


# Answers that were lost


async def test_an_answer_lost_after_the_write_took_effect_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matomo_tui.admin.read_back.READ_BACK_PAUSES", (0.0,))
    demo = quiet()
    async with office(demo=demo, settings=Settings(url="http://127.0.0.1/", timeout=20.0)) as on:
        await review(on, name="Once")
        demo.options.fail_writes, demo.options.fail_times = "timeout-after", 1
        await on.press("y")
        await on.until(lambda: isinstance(on.app.screen, AdminScreen))
        await on.sees("it took effect")
        assert list(await on.goals()).count("Once") == 1
        await on.sees("▸ 5 Once")


async def test_a_write_lost_before_it_took_effect_is_not_sent_again(
    monkeypatch: pytest.MonkeyPatch, log: AuditLog
) -> None:
    monkeypatch.setattr("matomo_tui.admin.read_back.READ_BACK_PAUSES", (0.0,))
    demo = quiet()
    async with office(demo=demo, settings=Settings(url="http://127.0.0.1/", timeout=20.0)) as on:
        await review(on, name="Never")
        demo.options.fail_writes, demo.options.fail_times = "error-before", 1
        await on.press("y")
        await on.sees("It was not sent again.")
        assert "Never" not in await on.goals()
        await on.press("escape")
        await on.until(lambda: isinstance(on.app.screen, FormScreen))
        assert "Never" in on.text
    entries, _ = log.read()
    assert [entry.outcome for entry in entries] == ["not done"]


async def test_a_refusal_is_said_and_keeps_what_was_typed() -> None:
    demo = quiet()
    demo.world.grant("bob", "write", (2,))  # bob stays with an administration
    async with office("write", demo=demo) as on:
        await review(on, name="Refused")
        demo.world.grant("bob", "view", (1,))
        await on.press("y")
        await on.sees("Matomo refused: The token has no 'write' access to site 1")
        await on.sees("This token's role changed")
        await on.press("escape")
        await on.until(lambda: isinstance(on.app.screen, FormScreen))
        await on.press("ctrl+o")
        await on.sees("Editing goals needs the write role")
        await on.press("escape")
        await on.sees("Editing goals needs the write role")
        assert "Refused" not in await on.goals()


async def test_a_role_taken_away_meanwhile_is_refused_and_closes_the_administration() -> None:
    async with office("write") as on:
        await review(on, name="Too late")
        await on.superuser.call(set_user_access("bob", "view", (1,)))
        await on.press("y")
        await on.until(lambda: isinstance(on.app.screen, LiveScreen))
        await on.sees("This token's role changed: it now has view here.")
        assert "Too late" not in await on.goals()
        await on.press("9")
        assert isinstance(on.app.screen, LiveScreen)
        assert "administration" not in on.text


async def test_nothing_is_written_that_cannot_be_logged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MATOMO_TUI_STATE_DIR", str(tmp_path / "file"))
    async with office() as on:
        await review(on, name="Unlogged")
        await on.press("y")
        await on.sees("it could not be logged")
        assert "Unlogged" not in await on.goals()
