"""Figures as text: steady widths, no cell too many."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from matomo_tui import instants
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.drawing import formatting
from matomo_tui.ui.widgets.table.columns import fit


@given(st.text(max_size=60).map(sanitize), st.integers(0, 40), st.booleans())
def test_fit_is_exactly_as_wide_as_asked(text: str, width: int, right: bool) -> None:
    assert cell_len(formatting.pad_or_truncate(text, width, right=right)) == width


def test_fit_cuts_with_an_ellipsis_and_never_a_wide_character_in_half() -> None:
    assert formatting.pad_or_truncate("/products/lamp", 8) == "/produc…"
    assert formatting.pad_or_truncate("日本語", 4) == "日 …"
    assert formatting.pad_or_truncate("7", 3, right=True) == "  7"


@given(st.text(st.sampled_from("aé界\u0301\u20dd…ไ한 ")), st.integers(1, 12))
def test_a_text_is_cut_alike_whatever_is_behind_what_is_shown(text: str, width: int) -> None:
    text = sanitize(text)
    whole = cell_len(text) <= width
    start = formatting.start_of(text, width)
    assert text.startswith(start)
    assert start == text if whole else cell_len(start) > width
    assert len(start) <= 4 * (width + 1)
    for longer in ("x" * 600, "界" * 600, "e\u0301" * 600):
        if not whole:
            assert formatting.pad_or_truncate(text + longer, width) == formatting.pad_or_truncate(text + "x", width)
            assert fit(text + longer, width, "left", "…") == fit(text + "x", width, "left", "…")


def test_of_a_long_text_only_what_may_be_shown_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    measured = []

    def measure(text: str) -> int:
        measured.append(len(text))
        return cell_len(text)

    monkeypatch.setattr(formatting, "cell_len", measure)
    for text in ("界" * 512, "L" * 511 + "…", "e\u0301\u0301\u0301" * 128):
        formatting.pad_or_truncate(text, 20)
        formatting.cut_middle(text, 20)
    assert max(measured) <= 84


@pytest.mark.parametrize(
    ("text", "cells", "parts"),
    [
        ("lamp", 2, ("la", "mp")),
        ("lamp", 0, ("", "lamp")),
        ("lamp", 9, ("lamp", "")),
        ("ランプ", 2, ("ラ", "ンプ")),
        ("ランプ", 3, ("ラン", "プ")),
        ("ランプ", 1, ("ラ", "ンプ")),
        ("cafe\u0301s", 4, ("cafe\u0301", "s")),
    ],
)
def test_a_text_is_split_between_its_characters(text: str, cells: int, parts: tuple[str, str]) -> None:
    assert formatting.split_at(text, cells) == parts


@pytest.mark.parametrize(
    ("value", "before", "relative", "wanted"),
    [
        (18, 14, False, (1, "+4")),
        (131, 143, False, (-1, "-12")),
        (5, 5, False, (0, "0")),
        (12_480, 11_020, False, (1, "+1.5k")),
        (2_318, 2_146, True, (1, "+8 %")),
        (50, 100, True, (-1, "-50 %")),
        (100.2, 100, True, (0, "0 %")),
        (50, 1, True, (1, "+>999 %")),
        (50, 0, True, (0, "")),
        (None, 4, False, (0, "")),
        (4, None, False, (0, "")),
    ],
)
def test_change(value: float | None, before: float | None, relative: bool, wanted: tuple[int, str]) -> None:
    assert formatting.change(value, before, relative=relative) == wanted


@given(st.floats(-1e12, 1e12), st.floats(-1e12, 1e12), st.booleans())
def test_a_change_is_short_and_its_sign_is_its_direction(value: float, before: float, relative: bool) -> None:
    direction, text = formatting.change(value, before, relative=relative)
    assert len(text) <= 8
    assert {1: "+", -1: "-"}.get(direction, "") == (text[:1] if text[:1] in "+-" else "")


@given(st.floats(0, 1e15))
def test_short_numbers_are_at_most_five_characters(value: float) -> None:
    assert len(formatting.short_number(value)) <= 5


@pytest.mark.parametrize(
    ("value", "wanted"),
    [(9_999, "9,999"), (9_999.5, "10.0k"), (99_949, "99.9k"), (99_950, "100k"), (999_499, "999k"), (999_500, "1.00M")],
)
def test_short_numbers_at_their_edges(value: float, wanted: str) -> None:
    assert formatting.short_number(value) == wanted


def test_money_is_short_from_ten_thousand_up() -> None:
    assert formatting.money_short(1204, "EUR") == "€ 1,204"
    assert formatting.money_short(20.5, "EUR") == "€ 20.50"
    assert formatting.money_short(2_345_678.9, "EUR") == "€ 2.35M"
    assert formatting.money_short(None, "EUR") == "–"


def test_money_in_ascii_has_the_code() -> None:
    assert formatting.ascii_money("€ 1,204") == "EUR 1,204"
    assert formatting.ascii_money("CHF 12") == "CHF 12"


@pytest.mark.parametrize(
    ("seconds", "wanted"),
    [(2, "2 s"), (25.4, "25 s"), (60, "1 min"), (90, "90 s"), (300, "5 min"), (900, "15 min"), (3600, "1 h")],
)
def test_intervals_as_people_say_them(seconds: float, wanted: str) -> None:
    assert formatting.format_interval(seconds) == wanted


@given(st.floats(0, 1e8))
def test_an_age_is_at_most_four_characters(seconds: float) -> None:
    assert len(formatting.format_age(seconds)) <= 6
    assert formatting.format_age(seconds).split()[1] in {"s", "m", "h", "d"}


@pytest.mark.parametrize(
    ("value", "currency", "text"),
    [
        (0.00412345, "BTC", "BTC 0.00412345"),
        (1234.5, "BTC", "BTC 1,234.5"),
        (2.0, "BTC", "BTC 2"),
        (0.00000001, "XBT", "XBT 0.00000001"),
        (-5.5, "EUR", "€ -5.50"),
        (129.9, "USD", "$ 129.90"),
    ],
)
def test_money_keeps_the_digits_of_its_currency(value: float, currency: str, text: str) -> None:
    assert formatting.money(value, currency) == text


HUGE = [1.7e308, 1e306, float("inf"), float("nan")]


@pytest.mark.parametrize("size", HUGE)
@pytest.mark.parametrize("sign", [1, -1])
def test_figures_at_the_end_of_what_a_number_holds_are_drawn(size: float, sign: int) -> None:
    value = size * sign
    assert formatting.signed_percent(value) in ("+>999 %", "->999 %", "+0.0 %", "-0.0 %")
    for relative in (True, False):
        assert len(formatting.change(value, 1e-5, relative=relative)[1]) <= 8
        assert len(formatting.change(1e-5, value, relative=relative)[1]) <= 8
        assert len(formatting.change(value, -value, relative=relative)[1]) <= 8
    assert len(formatting.short_number(value)) <= 6
    assert len(formatting.money_short(value, "EUR")) <= 9
    for write in (formatting.number, formatting.percent, formatting.duration):
        assert write(value)
    assert formatting.money(value, "EUR")
    assert formatting.money_brief(value, "EUR")


def test_a_ratio_beyond_every_number_is_very_much() -> None:
    assert formatting.signed_percent(1e306) == formatting.signed_percent(float("inf")) == "+>999 %"
    assert formatting.change(1e308, 1e-5, relative=True) == (1, "+>999 %")
    assert formatting.change(-1e308, 1e308, relative=False) == (-1, "->999T")


@pytest.mark.parametrize(
    ("value", "brief", "whole"),
    [
        (2.5, "€ 2.50", "€ 2.50"),
        (1.49, "€ 1.49", "€ 1.49"),
        (9.0, "€ 9", "€ 9"),
        (10.5, "€ 11", "€ 10.50"),
        (12.5, "€ 13", "€ 12.50"),
        (-12.5, "€ -13", "€ -12.50"),
        (1_204.5, "€ 1,205", "€ 1,205"),
    ],
)
def test_halves_of_an_amount_are_rounded_up_and_small_ones_keep_their_cents(
    value: float, brief: str, whole: str
) -> None:
    assert formatting.money_brief(value, "EUR") == brief
    assert formatting.money(value, "EUR") == whole


def test_a_brief_amount_is_never_nothing() -> None:
    assert formatting.money_brief(59.9, "EUR") == "€ 60"
    assert formatting.money_brief(0.4, "EUR") == "€ 0.40"
    assert formatting.money_brief(0.0041, "BTC") == "BTC 0.0041"


@pytest.mark.parametrize("epoch", [253_402_300_799.0, 1e300, float("inf"), float("nan"), -1e300])
def test_an_instant_that_no_calendar_reaches_is_shown_all_the_same(epoch: float) -> None:
    assert len(formatting.clock_time(epoch, "Pacific/Auckland")) == 8
    assert formatting.day(epoch, "Europe/Berlin")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(61, "61 s"), (-600, "10 min"), (597, "10 min"), (7300, "2 h"), (200_000, "2 d"), (2.5e11, "7,922 years")],
)
def test_how_far_clocks_are_apart(seconds: float, words: str) -> None:
    assert instants.apart(seconds) == words


@pytest.mark.parametrize(("after", "before"), [(1385, 1000), (138.46, 100), (277, 200)])
def test_a_change_is_rounded_the_same_wherever_it_stands(after: float, before: float) -> None:
    ratio = (after - before) / before
    assert formatting.signed_percent(ratio) == "+39 %"  # Matomo sends 38.5 % for each
    assert formatting.change(after, before, relative=True) == (1, "+39 %")
    assert formatting.signed_percent(-ratio) == "-39 %"


@pytest.mark.parametrize(
    ("cells", "left", "right"),
    [(0, "", "日本go"), (1, "日", "本go"), (2, "日", "本go"), (3, "日本", "go"), (5, "日本g", "o"), (9, "日本go", "")],
)
def test_a_bound_within_a_wide_character_leaves_it_whole(cells: int, left: str, right: str) -> None:
    assert formatting.split_at("日本go", cells) == (left, right)


@given(st.text(), st.integers(0, 40))
def test_nothing_is_lost_where_a_text_is_split(text: str, cells: int) -> None:
    text = sanitize(text)
    left, right = formatting.split_at(text, cells)
    assert left + right == text
    assert cell_len(left) <= cells + 1
