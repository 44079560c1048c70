"""Picking a period: on the calendar, by kind, as a range, in words; never after today."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date

import pytest

from matomo_tui.api.calls import PeriodKind
from matomo_tui.reports.periods import Period
from matomo_tui.ui.drawing.glyphs import ASCII
from matomo_tui.ui.reports.dialogs.period_dialog import PeriodDialog
from matomo_tui.ui.widgets.month_calendar import MonthView
from tests.reports.matomo import TODAY
from tests.ui.cases import SIZES, case
from tests.ui.reports.reporting import Look, look

DAY = Period.containing("day", date(2026, 11, 18))


@asynccontextmanager
async def picking(current: Period = DAY, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Look]:
    async with look(over=PeriodDialog(current, TODAY), size=size) as found:
        yield found


async def again(found: Look, current: Period = DAY) -> None:
    """Pick another one, in the same application."""
    if isinstance(found.app.screen, PeriodDialog):
        await found.press("escape")
    found.app.answers.clear()
    found.app.push_screen(PeriodDialog(current, TODAY), found.app.answers.append)
    await found.settle()


def answer(found: Look) -> Period | None:
    (given,) = found.app.answers
    assert given is None or isinstance(given, Period)
    return given


async def test_the_month_stands_there_with_its_weeks() -> None:
    async with picking() as found:
        for size in SIZES:
            with case(size):
                await found.resize(*size)
                assert "November 2026" in found.text
                assert found.line("Mo  Tu").split()[1:3] == ["wk", "Mo"]
                assert found.line(" 47 ").split()[1:9] == ["47", "16", "17", "18", "19", "20", "21", "22"]
                assert "Wed 18 Nov 2026" in found.text
                assert "Mon 23 Nov 2026 in the site's time zone" in found.text


KEYS: list[tuple[list[str], Period | None]] = [
    (["enter"], DAY),
    (["left", "up", "enter"], Period.containing("day", date(2026, 11, 10))),
    (["right", "down", "enter"], Period.containing("day", TODAY)),
    (["pageup", "enter"], Period.containing("day", date(2026, 10, 18))),
    (["pageup", "pagedown", "pagedown", "enter"], Period.containing("day", TODAY)),
    (["{", "enter"], Period.containing("day", date(2025, 11, 18))),
    (["t", "enter"], Period.containing("day", TODAY)),
    (["w", "enter"], Period.containing("week", date(2026, 11, 18))),
    (["m", "pageup", "enter"], Period.containing("month", date(2026, 10, 1))),
    (["y", "enter"], Period.containing("year", date(2026, 1, 1))),
    (["space", "up", "enter"], Period.days_between(date(2026, 11, 11), date(2026, 11, 18))),
    (["space", "up", "space", "left", "enter"], Period.days_between(date(2026, 11, 11), date(2026, 11, 18))),
    (
        ["space", "up", "space", "up", "space", "left", "enter"],
        Period.days_between(date(2026, 11, 3), date(2026, 11, 4)),
    ),
    (["r", "up", "space", "up", "enter"], Period.days_between(date(2026, 11, 11), date(2026, 11, 18))),
    (["w", "r", "enter"], Period.days_between(date(2026, 11, 16), date(2026, 11, 18))),
    (["escape"], None),
]


async def test_keys_pick_a_period() -> None:
    async with picking() as found:
        for keys, wanted in KEYS:
            with case(keys):
                await again(found)
                await found.press(*keys)
                assert answer(found) == wanted


WORDS = [
    ("today", Period.containing("day", TODAY)),
    ("yesterday", Period.containing("day", date(2026, 11, 22))),
    ("last30", Period.days_between(date(2026, 10, 25), TODAY)),
    ("2026-11", Period.containing("month", date(2026, 11, 1))),
    ("2026-11-01,2026-11-10", Period.days_between(date(2026, 11, 1), date(2026, 11, 10))),
]


async def test_words_do_too() -> None:
    async with picking() as found:
        for words, wanted in WORDS:
            with case(words):
                await again(found)
                await found.press("tab")
                await found.type(words)
                await found.press("enter")
                assert answer(found) == wanted


@pytest.mark.parametrize(
    ("words", "sentence"),
    [("2027", "2027 is after today, 23 Nov 2026 in the site's time zone."), ("soon", "'soon' is not a date")],
)
async def test_wrong_words_get_a_sentence_in_place(words: str, sentence: str) -> None:
    async with picking() as found:
        await found.press("tab")
        await found.type(words)
        await found.press("enter")
        assert sentence in " ".join(found.text.replace("│", "").split())
        assert not found.app.answers
        await found.press("backspace")
        assert sentence not in found.text
        await found.press("escape")
        assert answer(found) is None


async def test_nothing_after_today_is_reached() -> None:
    kinds: list[PeriodKind] = ["day", "week", "month", "year", "range"]
    async with picking() as found:
        for kind in kinds:
            with case(kind):
                await again(found, Period.containing(kind, TODAY))
                await found.press("right", "down", "pagedown", "}")
                assert found.app.screen.query_one(MonthView).day == TODAY


async def test_a_month_s_last_day_is_kept_within_shorter_months() -> None:
    async with picking(Period.containing("day", date(2026, 3, 31))) as found:
        await found.press("pageup", "enter")
        assert answer(found) == Period.containing("day", date(2026, 2, 28))


async def test_the_range_of_now_can_be_changed_at_its_end() -> None:
    async with picking(Period.days_between(date(2026, 11, 1), date(2026, 11, 10))) as found:
        assert "1–10 Nov 2026" in found.text
        await found.press("down", "enter")
        assert answer(found) == Period.days_between(date(2026, 11, 1), date(2026, 11, 17))


async def test_a_click_is_a_day_and_a_double_click_picks_it() -> None:
    async with picking() as found:
        await found.pilot.click(MonthView, offset=(6, 3))
        await found.settle()
        assert found.app.screen.query_one(MonthView).day == date(2026, 11, 2)
        await found.pilot.click(MonthView, offset=(30, 7))
        assert found.app.screen.query_one(MonthView).day == date(2026, 11, 2), "no day there"
        await found.pilot.click(MonthView, offset=(6, 3), times=2)
        await found.settle()
        assert answer(found) == Period.containing("day", date(2026, 11, 2))


async def test_the_first_day_of_all_is_the_web_s() -> None:
    async with look(over=PeriodDialog(Period.containing("day", date(1991, 8, 6)), TODAY), glyphs=ASCII) as found:
        await found.press("left", "pageup", "{", "enter")
        assert answer(found) == Period.containing("day", date(1991, 8, 6))
