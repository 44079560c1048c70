"""No dead key: what cannot be done says why, and keys of other layouts act by their place."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from matomo_tui.ui.actions import ACTIONS
from matomo_tui.ui.live.feed import FeedPane
from matomo_tui.ui.live.visit_screen import VisitScreen
from matomo_tui.ui.refused_keys import latin_key
from tests.ui import snapshots
from tests.ui.conftest import stage, until
from tests.ui.reports.sectioning import matomo, reports


@pytest.mark.parametrize(
    ("key", "latin"),
    [("ф", "a"), ("Ф", "A"), ("ctrl+й", "ctrl+q"), ("х", "left_square_bracket"), ("σ", "s"), ("a", None), ("é", None)],
)
def test_the_place_of_a_key(key: str, latin: str | None) -> None:
    assert latin_key(key) == latin


@pytest.mark.parametrize("key", ["з", "π"])
async def test_p_pauses_on_a_cyrillic_and_on_a_greek_keyboard(key: str) -> None:
    async with stage(snapshots.busy(), (120, 40)) as on:
        await on.pilot.press(key)
        assert on.poller.wishes == [("pause", None)]


async def test_a_letter_of_such_a_keyboard_is_typed_into_the_filter() -> None:
    async with stage(snapshots.busy(), (120, 40)) as on:
        await on.pilot.press("slash", "з")
        await on.pilot.pause()
        assert on.poller.wishes == []
        assert "з" in on.text


@pytest.mark.parametrize("action", ["app.suspend_process", "app.quit", "app.interrupt"])
@pytest.mark.parametrize(("key", "pressed"), [("Q", "Q"), ("é", "é"), ("comma", ","), ("q", "й")])
async def test_a_letter_that_quits_or_suspends_is_typed_into_the_filter(
    action: str, key: str, pressed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stage(snapshots.busy(), (120, 40), keymap={action: key}) as on:
        stops: list[str] = []
        monkeypatch.setattr(on.app, "action_suspend_process", lambda: stops.append("suspended"))
        await on.pilot.press("slash", "a", pressed, "e")
        await on.pilot.pause()
        assert isinstance(on.app.focused, Input)
        assert on.app.focused.value == f"a{pressed}e"
        assert on.app.return_code is None
        assert not stops
        await on.pilot.press("enter", pressed)
        await on.pilot.pause()
        assert stops or on.app.return_code == 0, "elsewhere it acts"


async def test_q_says_how_to_quit() -> None:
    async with stage(snapshots.busy(), (120, 40)) as on:
        await on.pilot.press("q")
        await until(on.pilot, lambda: "^q quits." in on.text)
        assert on.app.is_running


async def test_colon_opens_the_palette() -> None:
    async with stage(snapshots.busy(), (120, 40)) as on:
        await on.pilot.press("colon")
        await until(on.pilot, lambda: on.app.screen is not on.app.live)


async def test_a_section_that_the_token_may_not_open_says_why() -> None:
    async with stage(snapshots.busy(), (120, 40)) as on:
        assert on.app.session is not None
        on.app.access_changed(on.app.session.access.__class__(sites={1: "view"}))
        await on.pilot.press("9")
        await until(on.pilot, lambda: "token has view" in on.text)
        await on.pilot.press("8")
        await until(on.pilot, lambda: "This token sees one site only." in on.text)


async def test_a_key_that_does_nothing_now_says_so() -> None:
    async with stage(snapshots.empty(), (120, 40)) as on:
        await on.pilot.press("f")
        await until(on.pilot, lambda: "There is no visit here." in on.text)
        assert on.poller.wishes == []


async def test_a_row_says_why_a_key_does_nothing_for_it() -> None:
    async with reports(matomo(2), size=(120, 40)) as on:
        await on.press("down", "n")
        await until(on.pilot, lambda: "Only pages and page titles have" in on.text or "here now" in on.text)
        await on.press("backspace")
        await until(on.pilot, lambda: "This is the top level." in on.text)
        await on.press("less_than_sign")
        await until(on.pilot, lambda: "This is the first report that was opened." in on.text)
        await on.press("F")
        await until(on.pilot, lambda: "No segment is set" in on.text)


async def test_without_a_visit_the_feed_says_so() -> None:
    async with stage(snapshots.empty(), (120, 40)) as on:
        await on.pilot.press("y")
        await until(on.pilot, lambda: "There is no visit here." in on.text)


async def test_l_always_goes_to_the_list() -> None:
    async with reports(matomo(), size=(120, 40)) as on:
        await on.press("l", "l")
        assert on.section.list_pane.table.has_focus
        await on.press("escape")
        assert on.section.report_pane.has_focus_within


async def test_esc_leaves_no_empty_field() -> None:
    async with stage(snapshots.busy(), (120, 40)) as on:
        await on.pilot.press("slash", *"lamp", "escape")
        await on.pilot.pause()
        assert on.app.live.query_one(FeedPane).has_focus_within
        assert not on.app.live.query_one("#feed FilterLine").display


def test_letters_that_meant_two_things_mean_one() -> None:
    for key, names in {"n": {"transitions"}, "z": {"zoom"}, "c": {"compare"}}.items():
        assert {action.name for action in ACTIONS if key in action.keys.split(",")} == names


async def test_a_key_of_another_screen_says_where_it_belongs() -> None:
    async with stage(snapshots.busy(), (120, 40)) as on:
        await on.pilot.press("d")
        await until(on.pilot, lambda: "d does nothing here. In reports: Pick a day" in on.text)
    async with reports(matomo(2), size=(120, 40)) as on:
        await on.press("p")
        await until(on.pilot, lambda: "On the live screen: Pause polling" in on.text)


async def test_a_key_that_belongs_nowhere_and_a_key_in_a_dialog_say_nothing() -> None:
    async with stage(snapshots.busy(), (120, 40)) as on:
        await on.pilot.press("é", "question_mark", "d")
        await on.pilot.pause()
        assert not on.app._notifications


async def test_enter_on_the_open_visit_says_that_it_is_open() -> None:
    async with stage(snapshots.busy(), (120, 40)) as on:
        await on.pilot.press("enter")
        await until(on.pilot, lambda: isinstance(on.app.screen, VisitScreen))
        await on.pilot.pause()
        await on.pilot.press("enter")
        await until(on.pilot, lambda: "This visit is already open." in on.text)
