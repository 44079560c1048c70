"""Help and palette come from the registry: the focused pane's keys first, and only what can be done."""

from __future__ import annotations

import pytest
from textual.widgets import Static

from matomo_tui.config.settings import Settings
from matomo_tui.ui import available_actions
from matomo_tui.ui.actions import ACTIONS
from matomo_tui.ui.drawing.glyphs import ASCII, UNICODE, Glyphs
from matomo_tui.ui.help_screen import HelpScreen, cost
from matomo_tui.ui.live.rankings import RankingPane
from matomo_tui.ui.theme_dialog import ThemeDialog
from tests.ui import snapshots
from tests.ui.conftest import session_for, stage, until


async def test_the_keys_of_what_has_the_focus_come_first() -> None:
    async with stage(snapshots.busy(), (120, 60)) as on:
        await on.pilot.press("question_mark")
        await on.pilot.pause()
        text = on.text
        order = [
            text.index(words) for words in ("Here", "Open the visit", "This screen", "Pause polling", "Everywhere")
        ]
        assert order == sorted(order)
        assert "Next pane" in text
        assert "Quit" in text
        wrapped = next(n for n, line in enumerate(on.lines) if "Administration: goals" in line)
        column = on.lines[wrapped].index("Administration:")
        # What goes on in the next line stands below the words, not the keys.
        assert "audit" not in on.lines[wrapped]
        assert on.lines[wrapped + 1][column - 2 : column].isspace()
        assert on.lines[wrapped + 1][column].isalpha()


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
async def test_every_sign_of_the_rows_is_explained(glyphs: Glyphs) -> None:
    async with stage(snapshots.busy(), (120, 70), Settings(ascii=glyphs.ascii)) as on:
        await on.pilot.press("question_mark")
        await on.pilot.pause()
        legend = on.app.screen.query_one("#signs", Static).content
        for sign in (
            glyphs.active,
            glyphs.idle,
            glyphs.gone,
            glyphs.between,
            "~",
            glyphs.new,
            glyphs.returning,
            *glyphs.kinds.values(),
            glyphs.device("Tv"),
        ):
            assert f"{sign} " in str(legend)
        assert "returning visitor" in on.text
        assert "in figures 0" in on.text
        assert "~ older than the rest" in on.text


async def test_another_pane_another_help() -> None:
    async with stage(snapshots.busy(), (80, 24)) as on:
        on.app.live.query_one("#pages", RankingPane).table.focus()
        await on.pilot.pause()
        titles = {
            group.title: [line.help for line in group.lines]
            for group in available_actions.groups(on.app, on.app.screen)
        }
        assert any("next ranking" in line for line in titles["Here"])
        assert not any("Open the visit" in line for line in titles["Here"])


async def test_it_says_what_watching_costs_the_server() -> None:
    async with stage(snapshots.busy(), (120, 100)) as on:
        assert on.app.session is not None
        client = on.app.session.client
        client.requests_sent, client.bytes_received = 1200, 3_210_000
        await on.pilot.press("question_mark")
        await on.pilot.pause()
        assert "1,200 requests, 3.2 MB" in on.text


def test_the_cost_without_a_connection() -> None:
    assert "Not connected" in cost(None)


def test_the_cost_of_one_request() -> None:
    session = session_for(snapshots.busy(), Settings())
    session.client.requests_sent = 1
    assert "1 request," in cost(session)


async def test_any_way_out_closes_the_help() -> None:
    async with stage(snapshots.busy()) as on:
        for key in ("escape", "question_mark", "q"):
            await on.pilot.press("question_mark")
            await on.pilot.pause()
            assert any(isinstance(screen, HelpScreen) for screen in on.app.screen_stack)
            await on.pilot.press(key)
            await on.pilot.pause()
            assert on.app.screen_stack[-1] is on.app.live


async def test_the_palette_does_what_it_names() -> None:
    async with stage(snapshots.busy(), (120, 40)) as on:
        commands = {item.name: item for item in available_actions.items(on.app, on.app.screen)}
        assert "Drop the segment on every screen" not in commands
        assert "Resume polling" not in commands
        commands["Pause polling; the figures stay"].run()
        await on.pilot.pause()
        assert on.poller.wishes == [("pause", None)]
        commands["Narrow every screen to the row under the cursor"].run()
        await on.pilot.pause()
        assert on.app.is_running


async def test_the_palette_opens_and_finds_by_name() -> None:
    async with stage(snapshots.busy(), (120, 40)) as on:
        await on.pilot.press("ctrl+p")
        await on.pilot.press(*"choose a theme")
        await until(on.pilot, lambda: "Choose a theme, with" in on.text)
        await on.pilot.press("enter")
        await until(on.pilot, lambda: isinstance(on.app.screen, ThemeDialog))


def test_every_action_has_a_key_and_a_sentence() -> None:
    for action in ACTIONS:
        assert action.keys
        assert action.help
        assert action.contexts
        assert action.label == action.label.strip()


def test_no_key_means_two_things_in_one_place() -> None:
    for context in {context for action in ACTIONS for context in action.contexts}:
        keys: dict[str, list[str]] = {}
        for action in ACTIONS:
            if context in action.contexts:
                for key in action.keys.split(","):
                    keys.setdefault(key, []).append(action.name)
        # The same key may pause and go on, poll and try again: only one of the two can ever be done.
        both = {tuple(names) for names in keys.values() if len(names) > 1}
        assert both <= {
            ("pause", "resume"),
            ("poll_now", "retry"),
            ("app.unlock_editing", "app.lock_editing"),
        }, context


def test_keys_are_named_as_people_name_them() -> None:
    assert available_actions.key_name("question_mark", ascii=False) == "?"
    assert available_actions.key_name("ctrl+q", ascii=False) == "^q"
    assert available_actions.key_name("up", ascii=False) == "↑"
    assert available_actions.key_name("up", ascii=True) == "Up"
