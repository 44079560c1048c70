"""The second door: whatever a widget draws, nothing that a terminal obeys is encoded, and no line changes its width."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.control import Control
from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.color import Color
from textual.content import Content
from textual.filter import LineFilter
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import DataTable, Input, Label, Log, Markdown, OptionList, Static

from matomo_tui.ui.terminal.sanitizer import SANITIZER

BLACK = Color(0, 0, 0)
ATTACKS = (
    "\x1b[2J",
    "\x1b]0;pwned\x07",
    "\x1b]52;c;cHduZWQ=\x1b\\",
    "\x1b]8;;http://evil\x1b\\",
    "\x9b2J",
    "\x90q\x9c",
    "\u202egnp.exe",
    "\u2066x\u2069",
    "a\u200bb\ufeffc",
    "\x00\x0e\x7f",
    "\u2028\x85",
    "\U000e0041\U000e007f",
    "\ud800",
    "👨\u200d👩\u200d👧",
    "👍🏽",
)
HOSTILE = "".join(ATTACKS)
OBEYED = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\U000e0000-\U000e0fff]"
)


def guarded(*segments: Segment) -> list[Segment]:
    return SANITIZER.apply(list(segments), BLACK)


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_that_a_terminal_obeys_passes_and_the_width_stays(attack: str) -> None:
    text = f"before {attack} after"
    (segment,) = guarded(Segment(text))
    assert not OBEYED.search(segment.text)
    assert segment.text.startswith("before ")
    assert segment.cell_length == cell_len(text)


@settings(deadline=None)
@given(st.lists(st.text(st.characters(codec=None) | st.sampled_from(HOSTILE), max_size=40), max_size=5))
def test_any_text_is_harmless_and_keeps_its_width(texts: list[str]) -> None:
    segments = [Segment(text, Style(bold=True)) for text in texts]
    before = [segment.cell_length for segment in segments]
    after = SANITIZER.apply(segments, BLACK)
    assert not any(OBEYED.search(segment.text) for segment in after)
    assert [segment.cell_length for segment in after] == before
    assert SANITIZER.apply(after, BLACK) == after


def test_a_harmless_line_is_not_copied() -> None:
    line = [
        Segment("plain", Style(bold=True)),
        Segment("äöü 日本 ⣿", None),
        Segment("x", Style(link="https://a.example")),
    ]
    assert SANITIZER.apply(line, BLACK) is line


@pytest.mark.parametrize(
    "link", ["http://x\x1b\\\x1b[2J", "http://x\x07", "http://x/\u202eabc", "http://ünsafe.example"]
)
def test_a_link_that_could_end_its_sequence_is_dropped_and_the_text_stays(link: str) -> None:
    (segment,) = guarded(Segment("text", Style(link=link, bold=True)))
    assert segment.text == "text"
    assert segment.style is not None
    assert segment.style.link is None
    assert segment.style.bold


def test_a_control_segment_is_dropped() -> None:
    control = Control.clear().segment
    (segment,) = guarded(control)
    assert segment.text == ""
    assert segment.control is None


class RawSegments(Widget):
    """Draws what Textual never looks at."""

    def render_line(self, y: int) -> Strip:
        return Strip([Segment(HOSTILE, Style(link=HOSTILE))])


class SinksApp(App[None]):
    """Every kind of widget with a hostile text in it."""

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), SANITIZER]

    def compose(self) -> ComposeResult:
        label = Label(HOSTILE, markup=False)
        label.border_title = Content(HOSTILE).markup
        label.styles.border = ("solid", "red")
        yield label
        yield Static(HOSTILE, markup=False)
        yield RawSegments()
        yield Input(value=HOSTILE, placeholder=HOSTILE)
        yield OptionList(HOSTILE, markup=False)
        yield Markdown(f"# {HOSTILE}\n\n[x](http://a{HOSTILE})")
        yield Log()
        yield DataTable()

    def on_mount(self) -> None:
        self.query_one(Log).write_line(HOSTILE)
        table = self.query_one(DataTable)
        table.add_column(Content(HOSTILE).plain)
        table.add_row(Content(HOSTILE))


async def test_no_widget_gets_a_control_character_to_the_terminal() -> None:
    app = SinksApp()
    async with app.run_test(size=(120, 60)) as pilot:
        await pilot.pause()
        strips = app.screen._compositor.render_strips()
        drawn = [segment for strip in strips for segment in strip]
    assert sum("gnp.exe" in segment.text for segment in drawn) >= 4
    assert not [segment for segment in drawn if OBEYED.search(segment.text)]
    links = [segment.style.link for segment in drawn if segment.style is not None and segment.style.link]
    assert not [link for link in links if OBEYED.search(link)]
