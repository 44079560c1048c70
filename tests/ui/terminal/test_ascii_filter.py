"""``--ascii``: no picture and no drawn sign of a server's text, no letter lost, and no column moved."""

from __future__ import annotations

import pytest
from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color

from matomo_tui.ui.terminal.ascii_filter import ASCII_FILTER, to_ascii


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("🪵 wood", "?? wood"),
        ("👩\u200d💻x", "??x"),
        ("👍🏽 ok", "?? ok"),
        ("🇩🇪 a", "?? a"),
        ("⭐ ☃", "?? *"),
        ("a → b … ´", "a > b ~ ?"),
        ("▁█ ─┼", "## -+"),
        ("日本語 über ไทย กำ 한글", "日本語 über ไทย กำ 한글"),
        ("क्ष\u200dक € 5", "क्ष\u200dक € 5"),
    ],
)
def test_pictures_and_signs_have_stand_ins_as_wide_as_they_are(text: str, plain: str) -> None:
    assert to_ascii(text) == plain
    assert cell_len(plain) == cell_len(text)


def test_every_symbol_keeps_its_width() -> None:
    for code in (*range(0xA0, 0x3000), *range(0x1F000, 0x1FB00)):
        assert cell_len(to_ascii(chr(code))) == cell_len(chr(code)), hex(code)


def test_the_filter_of_the_application_is_this_one() -> None:
    (segment,) = ASCII_FILTER.apply([Segment("/🪵/ümlaut")], Color(0, 0, 0))
    assert segment.text == "/??/ümlaut"
