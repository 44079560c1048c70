"""Hostile texts through every road of the program: screens, commands, tools for agents, and keys under floods."""

from __future__ import annotations

import asyncio
import gc
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.endurance.lines import Lines
from tests.endurance.text_elsewhere import elsewhere
from tests.hostile import commands, corpus, walk
from tests.hostile.hostile_matomo import Poison
from tests.hostile.tools import CALLS, hostile_tools

FLOODS = tuple(name for name in corpus.TEXTS if name not in corpus.SHORT)
HARMLESS = ("empty",)
ADDED_BY_FLOODS = 0.05
"""Seconds of the processor that a key may take longer with floods in every answer: the goal for a key that waits."""
SHOWN = 12
"""Findings that a line names."""


def all_roads(lines: Lines, turns: int) -> None:
    """Each text stands in another place in each of ``turns`` turns; in every second one, numbers are replaced too."""
    for turn in range(turns):
        numbers = 3 if turn % 2 else 0
        asyncio.run(_screens(lines, turn, numbers))
        elsewhere(lines, turn)
        _commands(lines, turn, numbers)
        asyncio.run(_tools(lines, turn, numbers))
    asyncio.run(_keys(lines))


async def _screens(lines: Lines, turn: int, numbers: int) -> None:
    shown: set[str] = set()
    used: set[str] = set()
    for scene in walk.SCENES:
        found: list[str] = []
        poison = Poison(turn=turn, numbers=numbers)
        async with walk.playing(scene, poison) as on:
            for step in scene.steps:
                found += await walk.take(on, step)
                shown |= {base.__name__ for each in on.seen for base in each.__mro__}
        used |= poison.used
        details = {"turn": turn, "steps": len(scene.steps), "found": found[:SHOWN]}
        lines.equal(f"what a terminal would obey on the screens, {scene.name}", len(found), 0, **details)
    promised = {name for scene in walk.SCENES for step in scene.steps for name in step.shows}
    if not numbers:  # a screen without a figure may be another one
        lines.equal("widgets that their steps do not show", sorted(promised - shown), [], turn=turn)
    lines.equal("texts of the corpus that no screen got", sorted(corpus.TEXTS.keys() - used), [], turn=turn)


def _commands(lines: Lines, turn: int, numbers: int) -> None:
    known = dict(commands.commands())
    found: list[str] = []
    tried = 0
    with (
        TemporaryDirectory() as folder,
        commands.hostile_home(Path(folder, "home"), Poison(turn=turn, numbers=numbers)) as home,
    ):
        for name, roads in {**commands.ROADS, "": (commands.PLAIN,)}.items():
            for road in roads:
                for variant in commands.variants(road, known.get(name)):
                    for terminal in (False, True):
                        found += commands.problems(home, variant, terminal=terminal, any_code=bool(numbers))
                        tried += 1
    lines.equal("what is wrong in the output of commands", len(found), 0, turn=turn, tried=tried, found=found[:SHOWN])


async def _tools(lines: Lines, turn: int, numbers: int) -> None:
    found: list[str] = []
    with TemporaryDirectory() as folder:
        async with hostile_tools(Path(folder), Poison(turn=turn, numbers=numbers)) as tools:
            for name in CALLS:
                found += await tools.problems(name)
            answered = len(tools.answered)
    details = {"turn": turn, "tools": len(CALLS), "answered": answered, "found": found[:SHOWN]}
    lines.equal("what is wrong in the answers of tools for agents", len(found), 0, **details)


async def _keys(lines: Lines) -> None:
    """The same keys with harmless answers and with floods in them, alternately; the least of each, as both are
    disturbed by other programs only to be slower."""
    least: dict[str, dict[tuple[int, str], float]] = {"harmless": {}, "floods": {}}
    for _ in range(2):
        for kind, names in (("harmless", HARMLESS), ("floods", FLOODS)):
            poison = Poison(names, floods=12)
            async with walk.playing(walk.Scene(kind, walk.STEPS, (120, 40)), poison) as on:
                # The collector is not to scan what earlier applications left, nor this one's start: as in the program.
                gc.collect()
                gc.freeze()
                for step in walk.STEPS:
                    if step.name in walk.QUICK:
                        await walk.take(on, step)
                gc.unfreeze()
                for place, (seconds, key) in enumerate(on.times):
                    least[kind][place, key] = min(seconds, least[kind].get((place, key), seconds))
    added = {place: seconds - least["harmless"].get(place, 0.0) for place, seconds in least["floods"].items()}
    worst = max(added, key=lambda place: added[place])
    lines.at_most(
        "processor time that floods add to a key, s", added[worst], ADDED_BY_FLOODS, key=worst[1], keys=len(added)
    )
