"""Dialogs: every one in the same frame, its own keys on its last line and on the terminal's."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

import pytest
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Input

import matomo_tui.ui
from matomo_tui.ui.drawing.glyphs import ASCII, UNICODE, Glyphs
from matomo_tui.ui.widgets.choice_dialog import ChoiceDialog, ConfirmationDialog
from matomo_tui.ui.widgets.dialog import NEXT_FIELD, Dialog
from matomo_tui.ui.widgets.key_footer import KeyFooter
from tests.ui.host import Host


class Asking(Dialog[str | None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+o", "use", "use", priority=True),
        NEXT_FIELD,
        Binding("x", "remove", "remove"),
    ]

    def __init__(self) -> None:
        super().__init__("A question", "Some advice.")
        self.field = Input(compact=True)
        self.second = Input(compact=True)

    def compose_body(self) -> ComposeResult:
        yield self.field
        yield self.second

    def action_use(self) -> None:
        self.dismiss(self.field.value)


def key_lines(host: Host) -> tuple[str, str]:
    """The last line in the frame, without the frame, and the last line of the terminal."""
    bottom = next(number for number, line in enumerate(host.lines) if line.lstrip().startswith(("╰", "+--")))
    return host.lines[bottom - 1].strip(" │|"), host.lines[-1].strip()


def test_every_modal_screen_is_a_dialog() -> None:
    folder = Path(matomo_tui.ui.__file__).parent
    for file in folder.rglob("*.py"):
        name = ".".join(file.relative_to(folder).with_suffix("").parts)
        import_module(f"matomo_tui.ui.{name}" if name != "__init__" else "matomo_tui.ui")

    def subclasses(kind: type[Any]) -> set[type[Any]]:
        return {kind}.union(*(subclasses(one) for one in kind.__subclasses__()))

    ours = {kind for kind in subclasses(ModalScreen) if kind.__module__.startswith("matomo_tui.ui")}
    others = {kind.__name__ for kind in ours - subclasses(Dialog)}
    assert others == {"ModalScreen"}


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_last_lines_of_frame_and_terminal_name_the_same_keys(size: tuple[int, int], glyphs: Glyphs) -> None:
    host = Host(over=Asking(), glyphs=glyphs)
    async with host.run_test(size=size) as pilot:
        await pilot.pause()
        within, below = key_lines(host)
        assert within == below
        assert [word for word in ("use", "next field", "close") if word in within] == ["use", "next field", "close"]


async def test_a_key_that_would_be_typed_is_not_named() -> None:
    asking = Asking()
    host = Host(over=asking)
    async with host.run_test() as pilot:
        await pilot.pause()
        assert "remove" not in host.text
        asking.set_focus(None)
        await pilot.pause()
        assert "remove" in key_lines(host)[0]


async def test_a_click_on_a_key_presses_it() -> None:
    asking = Asking()
    host = Host(over=asking)
    async with host.run_test() as pilot:
        asking.field.value = "answer"
        await pilot.pause()
        footer = asking.box.query_one(KeyFooter)
        await pilot.click(footer, offset=(2, 0))
        await pilot.pause()
        assert host.answers == ["answer"]


async def test_tab_goes_to_the_next_field_and_escape_closes() -> None:
    asking = Asking()
    host = Host(over=asking)
    async with host.run_test() as pilot:
        await pilot.press("tab")
        assert asking.second.has_focus
        await pilot.press("escape")
        assert host.answers == [None]


async def test_an_error_replaces_the_advice_and_goes_with_the_next_sentence() -> None:
    asking = Asking()
    host = Host(over=asking)
    async with host.run_test() as pilot:
        await pilot.pause()
        assert "Some advice." in host.text
        asking.set_status("[b]That[/b] is wrong.", error=True)
        await pilot.pause()
        assert asking.has_error
        assert "[b]That[/b] is wrong." in host.text
        assert "Some advice." not in host.text
        asking.set_status("")
        await pilot.pause()
        assert not asking.has_error


@pytest.mark.parametrize(("keys", "answer"), [(["2"], "b"), (["enter"], "b"), (["down", "enter"], "c"), (["9"], None)])
async def test_a_choice_by_cursor_or_by_number(keys: list[str], answer: str | None) -> None:
    host = Host(over=ChoiceDialog("Which?", [("a", "First"), ("b", "Second"), ("c", "Third")], "b"))
    async with host.run_test() as pilot:
        await pilot.press(*keys)
        assert host.answers == ([answer] if answer else [])


async def test_a_late_answer_closes_no_other_dialog() -> None:
    first, second = Asking(), Asking()
    host = Host(over=first)
    async with host.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        host.push_screen(second, host.answers.append)
        await pilot.pause()
        first.dismiss("late")
        await pilot.pause()
        assert host.screen is second
        assert host.answers == []
        second.dismiss("once")
        second.dismiss("twice")
        await pilot.pause()
        assert host.screen is first
        assert host.answers == ["once"]


async def test_a_digit_confirms_nothing() -> None:
    host = Host(over=ConfirmationDialog("Delete?", [("keep", "Keep it"), ("delete", "Delete it")], "keep"))
    async with host.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("2")
        assert host.answers == []
        await pilot.press("down", "enter")
        await pilot.pause()
        assert host.answers == ["delete"]
