"""Debounced calls: one call after the last event, none after a cancellation."""

from __future__ import annotations

from textual.widget import Widget

from matomo_tui.ui.widgets.debouncer import Debouncer
from tests.ui.host import Host


async def test_of_several_restarts_the_last_one_calls() -> None:
    widget, calls = Widget(), list[str]()
    async with Host(widget).run_test() as pilot:
        debouncer = Debouncer(widget, 0.01, calls.append)
        for text in ("a", "ab", "abc"):
            debouncer.restart(text)
        assert debouncer.is_pending
        while debouncer.is_pending:
            await pilot.pause()
        assert calls == ["abc"]


async def test_a_pending_start_is_kept() -> None:
    widget, calls = Widget(), list[str]()
    async with Host(widget).run_test() as pilot:
        debouncer = Debouncer(widget, 0.01, calls.append)
        debouncer.start("first")
        debouncer.start("second")
        while debouncer.is_pending:
            await pilot.pause()
        debouncer.start("third")
        while debouncer.is_pending:
            await pilot.pause()
        assert calls == ["first", "third"]


async def test_a_cancelled_call_is_not_made_even_if_its_timer_has_rung() -> None:
    widget, calls = Widget(), list[str]()
    async with Host(widget).run_test() as pilot:
        debouncer = Debouncer(widget, 0.0, calls.append)
        debouncer.restart("dropped")
        debouncer.cancel()
        assert not debouncer.is_pending
        last = Debouncer(widget, 0.01, calls.append)
        last.restart("last")
        while last.is_pending:
            await pilot.pause()
        assert calls == ["last"]


async def test_a_widget_that_is_not_mounted_waits_for_nothing() -> None:
    calls: list[str] = []
    debouncer = Debouncer(Widget(), 0.0, calls.append)
    debouncer.restart("never")
    assert not debouncer.is_pending
