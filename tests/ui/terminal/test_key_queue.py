"""Keys that come at once act one after another, each on what the one before it has opened."""

from __future__ import annotations

import asyncio

import pytest
from textual.app import ComposeResult
from textual.events import Key, Paste
from textual.screen import ModalScreen
from textual.widgets import Input

from matomo_tui.ui.live.live_screen import LiveScreen
from matomo_tui.ui.live.site_switcher import SiteSwitcher
from matomo_tui.ui.terminal import key_queue
from matomo_tui.ui.widgets.filter_input import FilterLine
from tests.ui import snapshots
from tests.ui.conftest import Stage, stage, until

NAMES = {"/": "slash", "?": "question_mark", "<": "escape", "\n": "enter"}


def at_once(on: Stage, keys: str) -> None:
    """All keys into the application's queue before it sees the first."""
    for sign in keys:
        name = NAMES.get(sign, sign)
        on.app.post_message(Key(name, sign if name in (sign, "slash", "question_mark") else None))


@pytest.mark.parametrize("typed", ["scp", "x", "tttt"])
async def test_what_is_typed_behind_the_slash_is_the_filter(typed: str) -> None:
    async with stage(snapshots.busy()) as on:
        line, theme = on.app.live.query_one(FilterLine), on.app.theme
        at_once(on, "/" + typed)
        await until(on.pilot, lambda: line.text == typed)
        assert on.app.screen is on.app.live
        assert on.app.theme == theme
        assert not on.poller.wishes


async def test_escape_behind_it_empties_and_leaves_it() -> None:
    async with stage(snapshots.busy()) as on:
        line = on.app.live.query_one(FilterLine)
        at_once(on, "/x<<p")
        await until(on.pilot, lambda: bool(on.poller.wishes))
        assert line.text == ""
        assert not line.is_open


async def test_a_screen_that_a_key_opens_takes_the_keys_behind_it() -> None:
    async with stage(snapshots.busy()) as on:
        at_once(on, "sblog")
        await until(on.pilot, lambda: isinstance(on.app.screen, SiteSwitcher) and on.app.screen.is_mounted)
        await until(on.pilot, lambda: on.app.screen.query_one(Input).value == "blog")
        at_once(on, "<")
        await until(on.pilot, lambda: isinstance(on.app.screen, LiveScreen))


@pytest.mark.parametrize("opens", ["s", "f", "?"])
async def test_a_key_that_closes_a_dialog_does_not_hold_the_others_up(
    opens: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The widget that it went to is gone before it could say that the key is done."""
    monkeypatch.setattr(key_queue, "PATIENCE", 1000.0)
    async with stage(snapshots.busy()) as on:
        at_once(on, f"{opens}<p")
        await until(on.pilot, lambda: bool(on.poller.wishes))
        assert on.app.screen is on.app.live


class Slow(ModalScreen[None]):
    """A dialog that an answer opens, and that is not made at once."""

    def __init__(self) -> None:
        super().__init__()
        self.field = Input()

    def compose(self) -> ComposeResult:
        yield self.field

    async def on_mount(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)
        self.field.focus()


async def test_a_screen_that_an_answer_opens_takes_what_is_typed_and_pasted_while_it_is_made() -> None:
    async with stage(snapshots.busy()) as on:
        slow = Slow()
        on.app.push_screen(slow)
        at_once(on, "p")
        on.app.post_message(Paste("blog"))
        at_once(on, "s")
        await until(on.pilot, lambda: slow.field.value == "pblogs")
        assert not on.poller.wishes


@pytest.mark.parametrize("pasted", ["\nblog", "blog\r\n", "\r\n \n\tblog\n"])
async def test_line_breaks_around_a_pasted_line_are_left_out(pasted: str) -> None:
    async with stage(snapshots.busy()) as on:
        await on.pilot.press("slash")
        on.app.post_message(Paste(pasted))
        await until(on.pilot, lambda: on.app.live.query_one(FilterLine).text.strip() == "blog")
        assert not on.app._notifications


async def test_a_field_of_one_line_says_that_it_takes_the_first_of_several() -> None:
    async with stage(snapshots.busy()) as on:
        await on.pilot.press("slash")
        on.app.post_message(Paste("\nblog\n\nshop\n"))
        await until(on.pilot, lambda: on.app.live.query_one(FilterLine).text == "blog")
        assert [note.message for note in on.app._notifications] == ["Only the first of 2 lines was pasted."]
