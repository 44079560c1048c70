"""Damaged recordings: printed as lines and on the screen, up to the end, or refused with a sentence."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from click.testing import CliRunner
from textual.pilot import Pilot

from matomo_tui.api.secret import Secret
from matomo_tui.cli.main import cli
from matomo_tui.config.settings import Settings
from matomo_tui.live.timezones import zone
from matomo_tui.recording import frames
from matomo_tui.recording.frames import Frame, FrameKind
from matomo_tui.recording.player import Player
from matomo_tui.recording.recording import read_recording
from matomo_tui.recording.replay_transport import ReplayTransport
from matomo_tui.recording.rotation import RecordingError
from matomo_tui.session import Session, open_replay
from matomo_tui.ui.app import MatomoApp
from tests.faults.answers import Spoiling, fields_of
from tests.faults.fields import WRONG
from tests.faults.meters import LONGEST_STEP, REPEATED, LoopMeter, MemoryMeter, judge_cost
from tests.faults.screens import UNREADABLE
from tests.faults.table import Fault
from tests.recording.studio import Hand, recording_of_the_demo
from tests.ui import idle, painting, parsing

POLLS = 6
PATIENCE = 30.0
_KEYS = ("p", "greater_than_sign", "less_than_sign", "tab", "end", "home", "plus", "r", "question_mark", "escape")
Damage = Callable[[bytes], bytes]


@dataclass
class ReplayOutcome:
    """What became of a damaged recording: ``code`` of ``--info``, of the lines, and what the screen said."""

    replay: str
    fault: Fault
    codes: tuple[int, int] = (0, 0)
    sentence: str = ""
    lines: int = 0
    seconds: float = 0.0
    held: float = 0.0
    grown: float = 0.0
    problems: list[str] = field(default_factory=list)


async def record(file: Path) -> None:
    """Record a session of the demo with an outage in it."""
    async with recording_of_the_demo(file, personal=True) as studio:
        await studio.polls(POLLS)
        studio.cable.out = True
        await studio.polls(2)
        studio.cable.out = False
        await studio.polls(POLLS)


def damages(good: bytes) -> Iterator[tuple[str, str, Damage]]:
    """Group, name and what is done to the bytes of a good recording."""
    members = [frame.offset for frame in frames.walk(memoryview(good))]
    yield "files", "empty", lambda _: b""
    yield "files", "text", lambda _: b"Not a recording.\n" * 100
    yield "files", "NUL", lambda data: bytes(len(data))
    yield "files", "another gzip file", lambda _: b"\x1f\x8b\x08\x00" + bytes(200)
    yield "files", "twice", lambda data: data * 2
    yield "files", "members reversed", lambda data: b"".join(_members(data)[::-1])
    yield "files", "without its first member", lambda data: data[members[1] :]
    yield "files", "every second member", lambda data: b"".join(_members(data)[::2])
    yield "files", "of a later version", lambda data: _changed(data, lambda frame, line: line | {"format": 99})
    for part in (1, 2, 5, 10, 25, 50, 75, 90, 99):
        yield "cut off", f"after {part} %", lambda data, part=part: data[: len(data) * part // 100]  # type: ignore[misc]
    for seed in range(12):
        yield "flipped bits", f"seed {seed}", lambda data, seed=seed: _flipped(data, seed)  # type: ignore[misc]
    for seed in range(4):
        yield "holes", f"4 kB of NUL, seed {seed}", lambda data, seed=seed: _hole(data, seed)  # type: ignore[misc]
    for name, at in (("long ago", -1e11), ("far away", 1e11), ("at zero", 0.0), ("as one", 1.8e9)):
        yield "instants", f"all {name}", lambda data, at=at: _redated(data, lambda _: at)  # type: ignore[misc]
    yield "instants", "backwards", lambda data: _redated(data, lambda at: 3.6e9 - at)
    yield "instants", "a year between two", lambda data: _redated(data, lambda at: 1.8e9 + (at % 1000) * 31_536_000.0)
    for name, content in (
        ("no JSON", b"{nothing"),
        ("another type", b"[1,2]"),
        ("empty", b""),
        ("bomb", b" " * 97 * 2**20),
    ):
        yield "contents", name, lambda data, content=content: _refilled(data, content)  # type: ignore[misc]
    yield "contents", "deep nesting", lambda data: _refilled(data, b"[" * 100_000 + b"]" * 100_000)


def field_damages(good: bytes) -> Iterator[tuple[str, str, Damage]]:
    """Every field of every answer of a good recording, each occurrence with another wrong value."""
    names: set[str] = set()
    for member, frame in zip(_members(good), frames.walk(memoryview(good)), strict=True):
        names |= fields_of(json.loads(frames.content(member, frame))).keys()
    for number, name in enumerate(sorted(names)):
        spoiling = Spoiling("", frozenset((name,)), number % len(WRONG))
        yield "wrong fields", name, lambda data, spoiling=spoiling: _changed(data, lambda _, line: spoiling.apply(line))  # type: ignore[misc]


def _members(data: bytes) -> list[bytes]:
    return [data[frame.offset : frame.offset + frame.size] for frame in frames.walk(memoryview(data))]


def _rebuilt(data: bytes, remake: Callable[[Frame, bytes], tuple[float, bytes]]) -> bytes:
    made = []
    for frame in frames.walk(memoryview(data)):
        content = frames.content(data[frame.offset : frame.offset + frame.size], frame)
        at, content = remake(frame, content)
        made.append(frames.encode(frame.kind, at, frame.session, frame.keys, content))
    return b"".join(made)


def _changed(data: bytes, change: Callable[[Frame, dict[str, object]], object]) -> bytes:
    def remake(frame: Frame, content: bytes) -> tuple[float, bytes]:
        return frame.at, json.dumps(change(frame, json.loads(content))).encode() + b"\n"

    return _rebuilt(data, remake)


def _redated(data: bytes, change: Callable[[float], float]) -> bytes:
    return _rebuilt(data, lambda frame, content: (change(frame.at), content))


def _refilled(data: bytes, content: bytes) -> bytes:
    """The members have their sessions, and all answers this content."""
    return _rebuilt(data, lambda frame, old: (frame.at, old if frame.kind is FrameKind.SESSION else content))


def _flipped(data: bytes, seed: int) -> bytes:
    places, made = random.Random(seed), bytearray(data)
    for _ in range(20):
        made[places.randrange(len(made))] ^= 1 << places.randrange(8)
    return bytes(made)


def _hole(data: bytes, seed: int) -> bytes:
    begin = random.Random(seed).randrange(max(1, len(data) - 4096))
    return data[:begin] + bytes(4096) + data[begin + 4096 :]


def try_replay(folder: Path, good: bytes, group: str, name: str, damage: Damage) -> ReplayOutcome:
    """Print the damaged recording, and play it on the screen."""
    outcome, started = ReplayOutcome("replay", Fault(group, name, None, "")), time.monotonic()
    file = folder / "session.mtr"
    file.write_bytes(damage(good))
    memory = MemoryMeter()
    outcome.codes = (_printed(outcome, file, "--info"), _printed(outcome, file, "--plain"))
    outcome.grown = memory.grown
    for _ in range(1 + REPEATED):
        with suppress(RecordingError):
            asyncio.run(_play(outcome, file))
        if outcome.held <= LONGEST_STEP:
            break
    outcome.problems += judge_cost(outcome)
    outcome.seconds = time.monotonic() - started
    return outcome


def _printed(outcome: ReplayOutcome, file: Path, how: str) -> int:
    begun = time.monotonic()
    # A recording of years would be printed for years.
    words = ["replay", str(file), how, "--speed", "64", *(["--from", "23:59:59"] if how == "--info" else [])]
    if how == "--plain" and not _is_short(file):
        return 0
    result = CliRunner().invoke(cli, words, prog_name="matomo-tui")
    said = (result.stderr.strip() or result.output.strip()).splitlines()
    outcome.sentence = said[-1] if said else ""
    outcome.lines = len(result.stdout.splitlines())
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        outcome.problems.append(f"{how} crashed: {result.exception!r}")
    if "Traceback" in result.output:
        outcome.problems.append(f"{how}: a traceback")
    if not said:
        outcome.problems.append(f"{how}: not a word")
    if leak := UNREADABLE.search(result.output.replace("\n", "")):
        outcome.problems.append(f"{how}: {leak.group()!r} is printed")
    if time.monotonic() - begun > PATIENCE:
        outcome.problems.append(f"{how} took {time.monotonic() - begun:.0f} s")
    return result.exit_code


def _is_short(file: Path) -> bool:
    try:
        recording = read_recording(file)
    except RecordingError:
        return True
    length = recording.end - recording.begin
    recording.close()
    return length < 600


async def _play(outcome: ReplayOutcome, file: Path) -> None:
    for module in (idle, parsing, painting):
        module.install()
    LoopMeter.install()
    recording, hand = read_recording(file), Hand()
    player = Player(recording, real=hand)

    async def connect(settings: Settings, _token: Secret | None) -> Session:
        transport = ReplayTransport(recording, player, zone)
        return await open_replay(settings, transport, recording.address, now=player.now)

    settings = Settings(url=recording.address, read_only=True)
    app = MatomoApp(None, settings, connect, player=player)
    with suppress(Exception):  # a finding below
        async with app.run_test(size=(120, 40), notifications=True) as pilot:
            await _quiet(app, pilot)
            LoopMeter.reset()
            for key in _KEYS:
                hand.at += 3.0
                await pilot.press(key)
                await _quiet(app, pilot)
            outcome.held = LoopMeter.longest
            strips = app.screen._compositor.render_strips()
            text = "".join(segment.text for strip in strips for segment in strip)
            if leak := UNREADABLE.search(text):
                outcome.problems.append(f"{leak.group()!r} is on the screen")
    if app._exception is not None:
        outcome.problems.append(f"the program crashed: {app._exception!r}")
    recording.close()


async def _quiet(app: MatomoApp, pilot: Pilot[int]) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        await idle.wait_for_more(pilot)
        poll = app.live.snapshot.poll
        if app._exception is not None or (not poll.in_flight and (app.poller is not None or poll.error is not None)):
            return
