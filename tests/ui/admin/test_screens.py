"""The administration's screens: what they show at each size, the goal form with its trial, the audit log."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from matomo_tui.admin.audit import AuditEntry, AuditLog
from matomo_tui.admin.tracking_test import TrackingTest
from matomo_tui.api.calls import Call
from matomo_tui.api.errors import NotAllowed, ServerError, Unreachable
from matomo_tui.api.sites import get_site_from_id
from matomo_tui.api.tracking import page_view
from matomo_tui.config import paths
from matomo_tui.config.settings import Settings
from matomo_tui.demo.app import DemoMatomo
from matomo_tui.demo.world import StoredGoal, StoredSite
from matomo_tui.live.clock import SystemClock
from matomo_tui.ui.admin.admin_screen import AdminScreen
from matomo_tui.ui.admin.form_screen import FormScreen
from matomo_tui.ui.admin.pattern_preview import PatternPreviewPane
from matomo_tui.ui.admin.tracking import TrackingPane
from matomo_tui.ui.widgets.form import Form
from tests.ui.admin import steps
from tests.ui.admin.administering import Office, office, quiet
from tests.ui.cases import SIZES, case
from tests.ui.conftest import StandingClock


async def open_part(on: Office, *keys: str) -> None:
    await on.sees("Administration")
    await on.press("l", *keys, "enter")


async def add_goal(on: Office) -> Form:
    await on.sees("Goals")
    await on.press("ctrl+e", "a")
    await on.until(lambda: isinstance(on.app.screen, FormScreen) and bool(on.app.screen.query(Form)))
    await on.pilot.pause()
    return on.app.screen.query_one(Form)


async def test_each_size_shows_the_goals_and_keeps_within_its_width() -> None:
    async with office() as on:
        for size in SIZES:
            with case(size):
                await on.pilot.resize_terminal(*size)
                await on.sees("Newsletter sign")
                assert all(cell_len(line) <= size[0] for line in on.lines)
                assert ("Audit log" in on.text) == (size[0] >= 100)
                number = "" if size[0] >= 120 else "9 "
                assert on.lines[0].startswith(f" Lumen & Oak › {number}Administration › Goals · locked")
                assert on.lines[-1].startswith(" ⏎ edit  a add  X delete  ^e unlock")


async def test_a_hostile_goal_is_shown_harmless_and_edited_raw() -> None:
    demo = quiet()
    name = "\u202e[/]<b>\u200f& 🎉"
    demo.world.sites[1] = _with_goal(demo, StoredGoal(9, name, "url", "\u202e/x", "contains"))
    async with office(demo=demo) as on:
        await on.press("ctrl+e")
        await on.sees("[/]<b>& 🎉")
        assert "\u202e" not in on.text
        await on.press("end", "enter")
        await on.until(lambda: isinstance(on.app.screen, FormScreen))
        values = on.app.screen.query_one(Form).values
        assert (values["name"], values["pattern"]) == (name, "\u202e/x")
        await on.press("ctrl+o")
        await on.sees("Nothing would change.")


async def test_what_the_server_stores_without_a_word_is_not_changed_silently() -> None:
    demo = quiet()
    demo.world.sites[1] = _with_goal(demo, StoredGoal(9, "Odd", "shoe_size", "4", "contains"))
    async with office(demo=demo) as on:
        await on.press("ctrl+e")
        await on.sees("shoe_size contains 4")
        await on.press("end", "enter")
        await on.until(lambda: isinstance(on.app.screen, FormScreen))
        await on.sees("shoe_size (unknown to Matomo)")
        await on.press("ctrl+o")
        await on.sees("Matomo has no trigger called “shoe_size”, though it would store it.")


async def test_the_form_has_the_fields_that_its_attribute_needs() -> None:
    async with office(size=(80, 30)) as on:
        form = await add_goal(on)
        assert "Event value as revenue" not in on.text
        await on.press("enter", "enter")
        seen = {}
        for _ in range(11):
            await on.press("right")
            seen[form.values["match_attribute"]] = on.text
        assert len(seen) == 11
        assert all(("Event value as revenue" in text) == str(key).startswith("event_") for key, text in seen.items())
        assert all(
            ("Case sensitive" in text) == (not str(key).startswith(("visit_", "man"))) for key, text in seen.items()
        )
        assert "is greater than" in seen["visit_duration"]
        assert "Pattern" not in seen["manually"]
        assert "matches the expression" not in seen["visit_total_actions"]


async def test_what_is_wrong_is_said_below_its_field() -> None:
    async with office(size=(80, 30)) as on:
        await add_goal(on)
        await on.press("tab", "tab", "right", "left")  # nobody is told of a field before they came to it
        assert "A goal needs a name." not in on.text
        assert "Without a pattern" not in on.text
        await on.press("ctrl+o")
        await on.sees("A goal needs a name.")
        assert "Without a pattern" in on.text
        await on.type("Named")
        await on.press("enter", "enter", "enter", "left", "enter")
        await on.type("(")
        await on.sees("The expression does not compile")
        await on.retype("\\d{2}")
        await on.until(lambda: "does not compile" not in on.text)
        await on.press("ctrl+o")
        await on.sees("Add the goal “Named” to site 1")


async def test_a_pattern_is_tried_on_what_really_happened_while_one_types() -> None:
    demo = DemoMatomo()
    demo.store.born = int(time.time()) - 86_400  # what happened in a day is enough
    async with office(size=(120, 40), demo=demo, settings=Settings(url="http://127.0.0.1/")) as on:
        form = await add_goal(on)
        trial = on.app.screen.query_one(PatternPreviewPane)
        await on.press("x", "y", "backspace", "backspace")  # typing while the samples are on their way
        await on.until(lambda: trial.trial is not None and trial.trial.rows, 60)
        assert on.context.client.requests_sent <= 4  # the role, the goals, their conversions, the samples
        asked = on.context.client.requests_sent
        await on.press("enter", "enter", "enter", "enter")
        await on.type("/checkout/")
        await on.until(lambda: trial.trial is not None and trial.trial.matched > 0)
        assert trial.trial is not None
        assert all("/checkout/" in row.text for row in trial.trial.rows if row.matches)
        assert f"Would have matched {trial.trial.matched} of {len(trial.trial.rows)}, " in on.text
        await on.type("nowhere")
        await on.sees("Nothing in the last 7 days matches.")
        assert form.values["pattern"] == "/checkout/nowhere"
        await on.pilot.resize_terminal(80, 24)
        await on.pilot.pause()
        title = next(y for y, line in enumerate(on.lines) if "Would have matched" in line)
        assert "Revenue" in on.lines[title - 1], "what it would match has all the room below the fields"
        assert on.context.client.requests_sent == asked  # the samples are asked for once
        await on.press("shift+tab", "shift+tab", "right")  # page titles
        await on.until(lambda: trial.trial is not None and any("Lumen" in row.text for row in trial.trial.rows))


async def test_without_any_answer_a_pattern_is_tried_when_the_goal_is_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    async with office(size=(120, 40)) as on:
        real = on.context.client.bulk

        async def bulk(calls: Sequence[Call[Any]]) -> list[Any]:
            if calls[0].method == "Actions.getPageUrls":
                raise Unreachable("Nobody is there.")
            return list(await real(calls))

        with monkeypatch.context() as gone:
            gone.setattr(on.context.client, "bulk", bulk)
            await add_goal(on)
            await on.sees("Nobody is there. The next change of the goal tries")
        await on.type("x")
        await on.until(lambda: on.app.screen.query_one(PatternPreviewPane).trial is not None)


async def test_what_a_pattern_is_tried_on_is_asked_for_again_after_a_failure_and_after_minutes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, asked, fails = StandingClock(), 0, True
    async with office(size=(120, 40), clock=clock) as on:
        real = on.context.client.bulk

        async def bulk(calls: Sequence[Call[Any]]) -> list[Any]:
            nonlocal asked
            answers = list(await real(calls))
            if calls[0].method == "Actions.getPageUrls":
                asked += 1
                answers[0] = ServerError("Matomo answered 500.") if fails else answers[0]
            return answers

        monkeypatch.setattr(on.context.client, "bulk", bulk)
        await add_goal(on)
        await on.sees("Matomo answered 500.")
        await on.type("x")  # not again for each key
        await on.until(lambda: on.app.screen.query_one(PatternPreviewPane).trial is not None)
        assert asked == 1
        fails = False
        for later, wanted in ((0.0, 2), (0.0, 2), (600.0, 3)):
            await on.press("escape")
            await steps.in_list(on)
            clock.at += later
            await steps.unlock(on)
            await on.press("a")
            await steps.form(on)
            await on.sees("No such action in the last 7 days.")
            assert asked == wanted


async def test_the_tracking_test_sends_what_it_shows(log: AuditLog) -> None:
    async with office(clock=SystemClock(), settings=Settings(url="http://127.0.0.1/")) as on:
        await open_part(on, "end", "up")
        await on.sees("idsite=1&rec=1")
        assert "token_auth" not in on.text
        await on.press("ctrl+o")
        await on.sees("Editing is locked. ^e unlocks it.")
        await on.press("ctrl+e", "right", "right", "right")
        await on.sees("idgoal=1")
        await on.press("tab")
        await on.retype("nonsense")
        await on.sees("The page must be a whole URL")
        await on.press("ctrl+o")
        assert log.read() == ([], 0)
        await on.retype("https://lumen-oak.example/a?b=c")

        async def forever(_seconds: float) -> None:
            await asyncio.Event().wait()

        on.context.tracking = TrackingTest(on.context.client, log, sleep=forever)
        await on.press("ctrl+o")
        await on.sees("The tracker answered 204")
        await on.sees("Waiting for it to appear in Live, at most 60 s: esc stops waiting.")
        entries, _ = log.read()
        assert entries[0].what == "Tracking test: goal, 1 hit"
        mark = entries[0].after["_id"]
        await on.until(lambda: any(mark in line for line in on.lines))  # the request shown is the one that was sent
        await on.press("escape")
        await on.sees("Stopped waiting: it may still arrive.")
        assert any(mark in line for line in on.lines)
        await on.press("shift+tab", "left")
        await on.until(lambda: "Stopped waiting" not in on.text)  # that was another kind of hit
        assert not any(mark in line for line in on.lines)


async def test_a_hit_with_its_own_time_and_address_takes_the_token_along_unseen(log: AuditLog) -> None:
    demo, clock = quiet(), SystemClock()
    async with office("write", demo=demo, clock=clock, settings=Settings(url="http://127.0.0.1/")) as on:
        await open_part(on, "end", "up")
        await on.press("ctrl+e", "tab", "tab", "tab")
        await on.type("198.51.100.7")
        await on.press("tab")
        await on.type("yesterday")
        await on.sees("The time must be UTC, such as")
        await on.retype(datetime.fromtimestamp(clock.now() - 90, UTC).strftime("%Y-%m-%d %H:%M:%S"))
        await on.sees("cip=198.51.100.7")
        await on.sees("token_auth=***")
        await on.press("ctrl+o")
        await on.sees("Arrived in Live")
        (visit,) = demo.store.tracked.visits(1)
        assert abs(visit.last - (clock.now() - 90)) < 30
    (entry,) = log.read()[0]
    assert (entry.outcome, entry.after["cip"]) == ("done", "198.51.100.7")
    assert demo.tokens["write"] not in log.file.read_text(encoding="utf-8")


async def test_a_hit_that_the_tracker_refuses_is_said_in_words_and_the_role_looked_at() -> None:
    demo = quiet()
    demo.world.grant("bob", "write", (2,))  # bob stays with an administration
    async with office("write", demo=demo, settings=Settings(url="http://127.0.0.1/")) as on:
        await open_part(on, "end", "up")
        await on.press("ctrl+e", "tab", "tab", "tab")
        await on.type("198.51.100.7")
        await on.sees("token_auth=***")
        demo.world.grant("bob", "view", (1,))
        await on.press("ctrl+o")
        await on.sees("The tracker refused the hits (400): You need to authenticate with a token that has write access")
        await on.sees("Sending a hit with its own time or IP address needs the write role on Lumen & Oak")
        assert "IP address  " not in on.text
        assert not list(demo.store.tracked.visits(1))


async def test_read_only_refuses_a_hit_in_the_client_itself() -> None:
    async with office(settings=Settings(url="http://127.0.0.1/", read_only=True)) as on:
        with pytest.raises(NotAllowed):
            await on.context.client.track([page_view(1, "https://lumen-oak.example/", "x")])


async def test_the_audit_log_is_listed_filtered_and_opened(log: AuditLog) -> None:
    for number in range(30):
        log.write(
            AuditEntry(
                when=f"2026-11-24T08:{number:02d}:00Z",
                method="Goals.addGoal" if number % 3 else "SitesManager.deleteSite",
                what=f"Write number {number}",
                outcome="done" if number % 2 else "refused",
                id=f"id{number}",
                site=1,
                before={"name": "old"},
                after={"name": "new"},
                detail="In Matomo's words.",
            )
        )
    async with office(size=(80, 24)) as on:
        await open_part(on, "end")
        await on.sees("Audit log 30")
        assert "▸ 2026-11-24 08:29" in on.text  # the newest first
        await on.press("slash")
        await on.type("deletesite")
        await on.sees("10 of 30")
        await on.press("enter", "enter")
        await on.sees("name: old → new")
        await on.sees("done: In Matomo's words.")
        await on.press("escape", "escape")
        await on.sees("Audit log 30")


async def test_why_a_long_entry_was_refused_is_in_sight_and_the_rest_is_scrolled_to(log: AuditLog) -> None:
    fields = {f"field {number}": f"value {number}" for number in range(30)}
    log.write(
        AuditEntry(
            when="2026-11-24T08:00:00Z",
            method="SitesManager.updateSite",
            what="Change the site",
            outcome="refused",
            id="id",
            site=1,
            before=dict.fromkeys(fields, "old"),
            after=fields,
            detail="Matomo refused: in a long sentence. " * 3 + "And no more.",
        )
    )
    async with office(size=(80, 24)) as on:
        await open_part(on, "end")
        await on.sees("Audit log 1")
        await on.press("enter")
        await on.sees("refused: Matomo refused:")
        await on.sees("And no more.")
        assert "value 29 was requested" not in on.text
        await on.press("tab", "end")
        await on.sees("value 29 was requested")
        await on.press("escape")
        await on.until(lambda: "value 29" not in on.text)
        await on.press("enter")
        await on.sees("refused: Matomo refused:")


async def test_a_log_that_cannot_be_read_says_so() -> None:
    file = paths.audit_file(paths.state_dir())
    file.mkdir(parents=True)
    async with office() as on:
        await open_part(on, "end")
        await on.sees("cannot be read")


async def test_too_small_a_terminal_says_what_it_needs() -> None:
    async with office(size=(71, 24)) as on:
        await on.sees("The administration needs 72×20; this is 71×24. 1 shows Live.")
        await steps.unlock(on)
        await on.press("a", "enter", "X")
        assert isinstance(on.app.screen, AdminScreen), "there is nothing to be seen that the keys could be about"
        assert "a add" not in on.lines[-1]
        await on.pilot.resize_terminal(72, 24)
        await on.until(lambda: on.app.focused is not None)
        await on.press("a")
        await steps.form(on)


def _with_goal(demo: DemoMatomo, goal: StoredGoal) -> StoredSite:
    site = demo.world.sites[1]
    return replace(site, goals=(*site.goals, goal))


async def test_a_test_that_is_under_way_says_nothing_in_the_pane_of_another_site(log: AuditLog) -> None:
    async with office(clock=SystemClock(), settings=Settings(url="http://127.0.0.1/")) as on:
        await open_part(on, "end", "up")
        await on.sees("idsite=1&rec=1")

        async def forever(_seconds: float) -> None:
            await asyncio.Event().wait()

        on.context.tracking = TrackingTest(on.context.client, log, sleep=forever)
        await on.press("ctrl+e", "ctrl+o")
        await on.sees("Waiting for it to appear in Live")
        other = await on.superuser.call(get_site_from_id(2))
        assert on.app.administration is not None
        on.app.administration.set_site(other)
        await on.sees("idsite=2&rec=1")
        await on.pilot.pause()
        assert "Waiting for it" not in on.text
        assert "The tracker answered" not in on.text
        assert "Stopped waiting" not in on.text
        await on.press("ctrl+o")  # the next test need not wait for the first
        await on.sees("Waiting for it to appear in Live")
        entries, _ = log.read()
        assert {entry.site for entry in entries} == {1, 2}


async def test_refused_hits_that_come_late_are_not_shown_with_another_site(monkeypatch: pytest.MonkeyPatch) -> None:
    async with office(settings=Settings(url="http://127.0.0.1/")) as on:
        pane = await steps.open_part(on, "tracking")
        assert isinstance(pane, TrackingPane)
        other = await on.superuser.call(get_site_from_id(2))
        asked, answered = asyncio.Event(), asyncio.Event()

        async def slow(_site_id: int) -> tuple[tuple[()], str]:
            asked.set()
            await answered.wait()
            return (), "Refused on the first site."

        monkeypatch.setattr(pane, "_ask", slow)
        loading = asyncio.create_task(pane.load())
        await asked.wait()
        on.context.set_site(other)
        answered.set()
        await loading
        await on.pilot.pause()
        assert "Refused on the first site." not in str(pane._refused.render())
