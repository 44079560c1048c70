"""A slice of the table on the live screen; ``python -m tests.faults`` runs all of it on every screen."""

from __future__ import annotations

import os
from itertools import cycle
from pathlib import Path

import pytest

from tests.demo.asking import fewer_visits
from tests.faults import report
from tests.faults.agents import try_tool
from tests.faults.commands import COMMANDS, at_home, try_command
from tests.faults.live import try_live
from tests.faults.meters import LoopMeter
from tests.faults.places import PLACES
from tests.faults.program import new_clock, program, serving
from tests.faults.screens import try_screen
from tests.faults.table import FAULTS, Fault, each_figure, restated
from tests.faults.watches import WATCHES, try_watch, watching
from tests.faults.writes import Writer, write_faults

SLICE = (
    "network: connection refused",
    "network: reset in the middle",
    "network: slow body",
    "network: endless headers",
    "network: endless body",
    "network: folded header",
    "lengths: negative",
    "encodings: br",
    "redirects: to javascript:",
    "contents: login wall",
    "contents: truncated",
    "contents: deep nesting",
    "statuses: 429, Retry-After: 120",
    "statuses: 503, Retry-After: Fri, 31 Dec 1999 23:59:59 GMT",
    "statuses: token rejected",
    "figures: huge",
    "clocks: Date of the year 9999",
    "bulk: one too few",
)


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _no_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """How long the event loop was held says as much about the machine, which other tests share: ``python -m
    tests.faults`` measures it."""
    monkeypatch.setattr(LoopMeter, "install", lambda: None)


@pytest.fixture(autouse=True)
def _fewer_visits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault is the same whatever the figures are that it spoils."""
    fewer_visits(monkeypatch, lambda site: 0.2)


async def test_the_live_screen_survives_a_slice_of_the_faults() -> None:
    """Each has its state and its sentence, keeps the visits, asks when it should, and recovers."""
    faults = {f"{fault.group}: {fault.name}": fault for fault in FAULTS}
    assert len(faults) == len(FAULTS)
    clock = new_clock()
    with serving(clock) as server:
        async with program(server, clock) as on:
            for name in SLICE:
                outcome = await try_live(on, faults[name])
                assert not outcome.problems, f"{name}: {outcome}"


async def test_a_failed_reload_keeps_what_is_on_the_screen_and_says_why() -> None:
    fault = next(fault for fault in FAULTS if fault.name == "reset in the middle")
    places = {place.name: place for place in PLACES}
    clock = new_clock()
    with serving(clock) as server:
        async with program(server, clock) as on:
            for name in ("what changed", "visit log", "around a page", "segments", "visit"):
                await on.press("1")
                await places[name].enter(on)
                outcome = await try_screen(on, places[name], fault)
                assert not outcome.problems, outcome
                await places[name].leave_dialog(on)


def test_the_commands_end_with_a_sentence(tmp_path: Path) -> None:
    faults = [fault for fault in FAULTS if fault.name in ("reset in the middle", "truncated")]
    with serving(new_clock()) as server, at_home(server, str(tmp_path)):
        for command in COMMANDS:
            for fault in faults:
                outcome = try_command(server, command, fault)
                assert not outcome.problems, outcome


async def test_figures_beyond_any_count_do_not_end_the_program() -> None:
    """A share of the largest float by the smallest one is infinite."""
    place = next(place for place in PLACES if place.name == "visits")
    values = cycle((1e308, -1e308, 5e-324, "1e308", "0.5"))
    fault = Fault("figures", "huge and tiny", restated(each_figure(lambda: next(values))), "")
    clock = new_clock()
    with serving(clock) as server:
        async with program(server, clock) as on:
            await place.enter(on)
            outcome = await try_screen(on, place, fault)
            assert not outcome.problems, outcome


async def test_a_write_is_sent_once_and_what_is_said_of_it_is_true() -> None:
    fault = next(fault for fault in FAULTS if fault.name == "reset before the answer")
    clock = new_clock()
    with serving(clock) as server:
        async with program(server, clock) as on:
            writer = Writer(on)
            await writer.begin()
            for one in write_faults(fault):
                outcome = await writer.try_write(one)
                assert not outcome.problems, outcome


async def test_a_watch_goes_on_after_an_outage() -> None:
    fault = next(fault for fault in FAULTS if fault.name == "503, Retry-After: 300")
    clock = new_clock()
    with serving(clock) as server:
        async with watching(server, clock, WATCHES["watch counters"]) as watch:
            outcome = await try_watch(watch, "watch counters", fault)
            assert not outcome.problems, outcome
            assert 300 <= outcome.next_in < 320


async def test_an_agent_is_told_why_a_tool_has_no_answer() -> None:
    fault = next(fault for fault in FAULTS if fault.name == "truncated")
    clock = new_clock()
    with serving(clock) as server:
        for tool in ("counters", "add_goal"):
            outcome = await try_tool(server, clock, tool, fault)
            assert not outcome.problems, outcome


def test_the_page_of_two_runs_is_the_same_although_their_ports_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = []
    for port in (37_323, 4_100):
        monkeypatch.setattr(report, "PATH", tmp_path / f"{port}.md")
        said = f"Port {port} of localhost is closed; http://127.0.0.1:{port}/ and http://localhost:{port}/ too"
        live = {"state": "stale", "sentence": said, "next_in": 10.0, "tokens": 1, "recovered": "by itself"}
        report.write([{"where": "live", "group": "network", "fault": "closed", "problems": [said], **live}])
        pages.append(report.PATH.read_text())
    assert pages[0] == pages[1]
    assert "Port … of localhost" in pages[0]
