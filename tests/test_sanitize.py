"""Sanitizing text: nothing that a terminal interprets remains, and readable text is kept."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matomo_tui.sanitize import drop_unprintable, sanitize
from tests.recorded import load, session_polls

ANYTHING = st.text(st.characters())  # lone surrogates included


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("Home", "Home"),
        ("", ""),
        ("\x1b[2J\x1b]0;pwned\x07title", "[2J]0;pwnedtitle"),
        ("\x9b31mred\x9c", "31mred"),
        ("a\r\nb\tc\x0bd", "a b c d"),
        ("one\u2028two\u2029three\x85four", "one two three four"),
        ("\u202egnp.exe\u202c", "gnp.exe"),
        ("pay\u200bpal\ufeff", "paypal"),
        ("nul\x00del\x7f", "nuldel"),
        ("half \ud800 pair", "half  pair"),
        ("👨\u200d👩\u200d👧", "👨👩👧"),
        ("👍🏽 ✌️", "👍 ✌"),
        ("\U000e0041\U000e0042tag", "tag"),
        ("e\u0301", "e\u0301"),
        ("z\u0300\u0301\u0302\u0303\u0304\u0305algo", "z\u0300\u0301\u0302algo"),
        ("日本語 — größe", "日本語 — größe"),
        ("[b]markup[/b] [/]", "[b]markup[/b] [/]"),
        ("100% {x} \\n", "100% {x} \\n"),
    ],
)
def test_clean(sent: str, shown: str) -> None:
    assert sanitize(sent) == shown


def test_no_control_or_format_character_of_unicode_comes_through() -> None:
    forbidden = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    every = [chr(point) for point in range(sys.maxunicode + 1) if unicodedata.category(chr(point)) in forbidden]
    assert len(every) > 2000
    for text in every:
        assert drop_unprintable(f"a{text}b") == "ab"
        assert sanitize(f"a{text}b") in ("ab", "a b")


def test_letters_and_signs_of_every_script_stay() -> None:
    kept = {"Lu", "Ll", "Lt", "Lm", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "So", "Zs"}
    invisible = {"\u115f", "\u1160", "\u3164", "\uffa0"}
    for point in range(sys.maxunicode + 1):
        text = chr(point)
        if unicodedata.category(text) in kept and text not in invisible:
            assert drop_unprintable(text) == text, hex(point)


@given(ANYTHING)
def test_what_comes_out_is_one_harmless_line_and_stays_as_it_is(sent: str) -> None:
    shown = sanitize(sent)
    assert sanitize(shown) == shown
    assert len(shown) <= 512
    assert shown.splitlines() in ([], [shown])
    assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in shown)
    assert shown.encode("utf-8").decode() == shown


@given(ANYTHING, st.integers(1, 40))
def test_what_is_cut_off_is_marked(sent: str, limit: int) -> None:
    shown = sanitize(sent, limit)
    assert len(shown) <= limit
    assert sanitize(shown, limit) == shown
    if len(sanitize(sent, 10_000)) > limit:
        assert shown.endswith("…")


def test_a_flood_is_cut_off_before_it_is_looked_at() -> None:
    assert len(sanitize("x" * 10_000_000)) == 512
    assert sanitize("\x1b" * 10_000_000) == "…"


def test_every_recorded_title_is_harmless_when_it_comes_out() -> None:
    titles = [
        str(action.get(key) or "")
        for rows in [*(x.json for x in load("live") if x.method == "Live.getLastVisitsDetails")]
        + [poll.visits for poll in session_polls()]
        for visit in rows
        for action in visit["actionDetails"]
        for key in ("title", "pageTitle", "subtitle", "url")
    ]
    assert any("\x1b" in title for title in titles), "the recording has a hostile visitor"
    assert all(sanitize(title).isprintable() for title in titles)


def test_marks_at_the_beginning_would_stand_on_what_is_drawn_before() -> None:
    assert sanitize("\u0301\u0301first") == "first"
    assert sanitize("\n\u0301first") == " \u0301first"


@pytest.mark.parametrize("mark", ["\u0301", "\u20dd", "\u0e47", "\u064b", "\u05b0", "\u0941", "\u3099"])
def test_a_flood_of_marks_is_dropped_from_every_text(mark: str) -> None:
    assert drop_unprintable("a" + mark * 5_000) == "a" + mark * 3


def test_what_unicode_calls_no_character_is_dropped() -> None:
    assert sanitize("a\ufdd0\ufdef\ufffe\U0001fffe\U0010ffffb") == "ab"
