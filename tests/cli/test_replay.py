"""``matomo-tui replay`` and the options of a recording and of the kiosk, as far as they need no terminal."""

from __future__ import annotations

import asyncio
import random
import re
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from matomo_tui.cli.replay import instant_of
from matomo_tui.headless.plain_lines import PlainScreen
from matomo_tui.live.snapshot import LiveSnapshot
from matomo_tui.recording.player import Player
from matomo_tui.session import Session, open_replay
from tests.cli.conftest import Invoke
from tests.recording.studio import START, recording_of_the_demo


async def test_what_a_recording_contains(invoke: Invoke, tmp_path: Path) -> None:
    file = tmp_path / "a.rec"
    async with recording_of_the_demo(file) as studio:
        await studio.polls(3)
    done = invoke("replay", "--info", str(file))
    assert done.exit_code == 0
    assert "https://shop.example" in done.output
    assert "from     2026-11-23 12:31:04 UTC" in done.output
    refused = invoke("replay", "--info", "--address", "blog", str(file))
    assert refused.exit_code == 2
    assert "Addresses in it: https://shop.example" in refused.output


@pytest.mark.parametrize("arguments", [(["--plain", "replay"], []), (["replay"], ["--plain"])])
def test_a_recording_is_printed_as_lines(
    invoke: Invoke, tmp_path: Path, arguments: tuple[list[str], list[str]]
) -> None:
    file = tmp_path / "a.rec"

    async def record() -> None:
        async with recording_of_the_demo(file) as studio:
            await studio.polls(4)

    asyncio.run(record())
    before, behind = arguments
    done = invoke(*before, str(file), "--speed", "64", *behind)
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[0] == "Lumen & Oak. Times are those of Europe/Berlin."
    assert re.fullmatch(r"13:31 Now: \d+ visitors active; .*", lines[1])
    assert lines[-1].startswith("13:31:")


@pytest.mark.parametrize("speed", ["16", "64"])
@pytest.mark.parametrize("early", [True, False])
def test_a_replay_prints_all_that_happened_up_to_its_last_recorded_poll(
    invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, speed: str, early: bool
) -> None:
    monkeypatch.setattr(random.SystemRandom, "uniform", lambda _, a, b: a if early else b)
    file = tmp_path / "a.rec"
    first: list[LiveSnapshot] = []
    last: list[LiveSnapshot] = []

    async def record() -> None:
        async with recording_of_the_demo(file) as studio:
            await studio.polls(8)
            first.extend(one for one in studio.seen if one.poll.polls == 1 and not one.poll.in_flight)
            last.append(studio.snapshot)

    asyncio.run(record())
    done = invoke("replay", str(file), "--plain", "--speed", speed)
    assert done.exit_code == 0, done.output
    screen = PlainScreen()
    at_first = list(screen.lines(first[-1]))
    happened = [line for line in screen.lines(last[-1]) if re.match(r"\d\d:\d\d:\d\d ", line)]
    assert happened
    # The number of a visit is masked in the recording, and by it those of the same second are in order.
    printed, expected = (
        sorted(line.partition(" (visit")[0] for line in lines)
        for lines in (done.stdout.splitlines()[len(at_first) :], happened)
    )
    assert printed == expected


@pytest.mark.parametrize(("begin", "polls"), [((), 0), (("--from", "13:31:34"), 6)])
def test_a_fast_replay_prints_from_the_beginning_however_long_connecting_takes(
    invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begin: tuple[str, ...], polls: int
) -> None:
    file = tmp_path / "a.rec"
    seen: list[LiveSnapshot] = []

    async def record() -> None:
        async with recording_of_the_demo(file) as studio:
            await studio.polls(20)
            seen.extend(one for one in studio.seen if one.poll.polls == polls + 1 and not one.poll.in_flight)

    asyncio.run(record())
    late = 0.0

    async def slowly(*args: Any, **kwargs: Any) -> Session:
        nonlocal late
        late += 0.5
        session = await open_replay(*args, **kwargs)
        late += 0.5
        return session

    monkeypatch.setattr("matomo_tui.session.open_replay", slowly)
    monkeypatch.setitem(Player.__init__.__kwdefaults__ or {}, "real", lambda: time.monotonic() + late)
    done = invoke("replay", str(file), "--plain", "--speed", "64", *begin)
    assert done.exit_code == 0, done.output
    expected = list(PlainScreen().lines(seen[0]))
    # A summary has the figures that follow: it is compared by its time and its first one.
    assert [line[:24] for line in done.stdout.splitlines()[: len(expected)]] == [line[:24] for line in expected]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["replay", "none.rec"], "cannot be read: No such file"),
        (["replay", __file__], "is not a recording of matomo-tui"),
        (["replay", __file__, "--from", "noon"], "give a time such as 14:05"),
        (["--record-personal", "--demo"], "needs a terminal"),
        (["--plain", "--demo", "--kiosk"], "--kiosk needs the screen: it cannot be combined with --plain."),
        (["--plain", "--record-hours", "2"], "--record-hours needs the screen: it cannot be combined"),
        (["--record", "x.rec", "sites", "--demo"], "--record is for the dashboard: sites records nothing."),
        (["--record-size", "5", "replay", __file__], "--record-size is for the dashboard: replay records nothing."),
        (["replay", __file__, "--plain"], "is not a recording of matomo-tui"),
        (["--plain", "--profile", "a", "--profile", "b"], "--plain prints one Matomo: give one --profile."),
        (["report", "pages", "--profile", "a", "--profile", "b"], "This command takes one --profile"),
        (["--rotate", "2x"], "such as 30s or 2m"),
        (["--rotate", "1s"], "from 3s to 24h"),
        (["--night", "late"], "such as 22:00-06:30, or off"),
        (["--night", "25:00-06:00"], "such as 22:00-06:30, or off"),
    ],
)
def test_what_is_wrong_is_a_sentence_and_exit_code_2(invoke: Invoke, arguments: list[str], sentence: str) -> None:
    done = invoke(*arguments)
    assert done.exit_code == 2
    assert "Traceback" not in done.output
    if sentence != "needs a terminal":
        assert sentence in " ".join(done.output.split())


@pytest.mark.parametrize("text", ["13:30", "2026-11-23T13:30", "2026-11-24T14:05"])
def test_a_time_outside_of_the_recording_is_said_with_what_it_spans(invoke: Invoke, tmp_path: Path, text: str) -> None:
    file = tmp_path / "a.rec"

    async def record() -> None:
        async with recording_of_the_demo(file) as studio:
            await studio.polls(4)

    asyncio.run(record())
    done = invoke("replay", str(file), "--plain", "--speed", "64", "--from", text)
    assert done.exit_code == 0, done.output
    span = "2026-11-23 13:31:04 to 13:31:24"
    assert f"{text} is not in the recording, which is of {span}." in " ".join(done.stderr.split())
    assert done.stdout.splitlines()[1].startswith("13:31 Now:"), "from its beginning"
    inside = invoke("replay", str(file), "--plain", "--speed", "64", "--from", "13:31:10")
    assert "not in the recording" not in inside.output


def test_the_time_to_begin_is_the_sites_also_if_the_recorders_clock_was_wrong(invoke: Invoke, tmp_path: Path) -> None:
    file = tmp_path / "a.rec"

    async def record() -> None:
        async with recording_of_the_demo(file, start=START + 3 * 3600, ahead=3 * 3600) as studio:
            await studio.polls(4)

    asyncio.run(record())
    inside = invoke("replay", str(file), "--plain", "--speed", "64", "--from", "13:31:15")
    assert "not in the recording" not in inside.output
    assert inside.stdout.splitlines()[1].startswith("13:31 Now:")
    outside = invoke("replay", str(file), "--plain", "--speed", "64", "--from", "16:31:15")
    assert "16:31:15 is not in the recording, which is of 2026-11-23 13:31:0" in " ".join(outside.stderr.split())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("02:45", "2026-10-25T02:45:00+02:00"),
        ("02:10", "2026-10-25T02:10:00+01:00"),
        ("2026-10-25T02:10", "2026-10-25T02:10:00+01:00"),
        ("03:15", "2026-10-25T03:15:00+01:00"),
        ("01:15", "2026-10-26T01:15:00+01:00"),
    ],
)
def test_the_hour_that_comes_twice_may_be_the_second_one(text: str, found: str) -> None:
    begin = datetime.fromisoformat("2026-10-25T02:30:00+02:00").timestamp()
    assert instant_of(text, begin, "Europe/Berlin") == datetime.fromisoformat(found).timestamp()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("13:31:04", 0), ("13:32", 56), ("13:30", 86_336), ("2026-11-23T13:32", 56), ("2026-11-23T12:32Z", 56)],
)
def test_the_time_to_begin_is_the_sites(text: str, seconds: float) -> None:
    begin = 1_795_437_064.0
    assert instant_of(text, begin, "Europe/Berlin") == begin + seconds
