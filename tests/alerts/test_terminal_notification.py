"""Escape sequences for desktop notifications: chosen by the terminal, and safe against any text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_tui.alerts.terminal_notification import notification_code, notification_sequence

_FRAMES = {
    "9": re.compile(r"\x1b\]9;[^\x00-\x1f\x7f-\x9f;]*\x07"),
    "99": re.compile(
        r"\x1b\]99;i=matomo-tui:d=0:p=title;[^\x00-\x1f\x7f-\x9f;]*\x1b\\"
        r"\x1b\]99;i=matomo-tui:d=1:p=body;[^\x00-\x1f\x7f-\x9f;]*\x1b\\"
    ),
    "777": re.compile(r"\x1b\]777;notify;[^\x00-\x1f\x7f-\x9f;]*;[^\x00-\x1f\x7f-\x9f;]*\x07"),
}


@pytest.mark.parametrize(
    ("environ", "code"),
    [
        ({"TERM_PROGRAM": "iTerm.app", "TERM": "xterm-256color"}, "9"),
        ({"LC_TERMINAL": "iTerm2", "TERM": "xterm-256color"}, "9"),
        ({"TERM_PROGRAM": "WezTerm"}, "9"),
        ({"TERM_PROGRAM": "ghostty"}, "9"),
        ({"TERM": "xterm-kitty"}, "99"),
        ({"TERM": "tmux-256color", "KITTY_WINDOW_ID": "3"}, "99"),
        ({"TERM": "foot"}, "777"),
        ({"TERM": "rxvt-unicode-256color"}, "777"),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7600"}, "777"),
        ({"TERM": "xterm-256color"}, ""),
        ({"TERM": "linux"}, ""),
        ({}, ""),
    ],
)
def test_a_terminal_gets_the_sequence_that_it_knows(environ: dict[str, str], code: str) -> None:
    assert notification_code(environ) == code


def test_an_unknown_terminal_gets_nothing() -> None:
    assert notification_sequence("", "a", "b") == ""


@pytest.mark.parametrize("code", ["9", "99", "777"])
@given(title=st.text(max_size=300), body=st.text(max_size=600))
def test_no_text_ends_the_sequence_or_adds_a_field(code: str, title: str, body: str) -> None:
    sequence = notification_sequence(code, title, body)
    assert _FRAMES[code].fullmatch(sequence)
    assert len(sequence) < 450


@pytest.mark.parametrize("body", ["4;1;50", "9;4;3", "\x1b]0;x\x07", "a\x9cb", "a\x1b\\b"])
def test_hostile_texts_are_harmless(body: str) -> None:
    sequence = notification_sequence("9", "title", body)
    assert _FRAMES["9"].fullmatch(sequence)
    assert not re.match(r"\x1b\]9;\d+;", sequence)


def test_within_tmux_the_sequence_is_passed_on() -> None:
    assert notification_sequence("9", "t", "b", through_tmux=True) == "\x1bPtmux;\x1b\x1b]9;b\x07\x1b\\"
    whole = notification_sequence("99", "t", "b", through_tmux=True)
    assert whole.startswith("\x1bPtmux;\x1b\x1b]99;")
    assert whole.endswith("\x1b\x1b\\\x1b\\")
