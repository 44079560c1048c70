"""The parts of the matrix: the program in one place, and what it is to be tried with."""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
import tempfile
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from matomo_tui.demo.options import V5_0
from tests.faults.agents import READING, TOOLS, tool_fields, try_tool
from tests.faults.commands import COMMANDS, at_home, try_command
from tests.faults.fields import field_faults, model_faults, wrong_answers
from tests.faults.live import try_live
from tests.faults.meters import LoopMeter
from tests.faults.places import PLACES, Place
from tests.faults.program import new_clock, program, serving
from tests.faults.screens import ScreenOutcome, try_fields, try_screen
from tests.faults.table import FAULTS, Fault
from tests.faults.tls import context, made, tls_faults
from tests.faults.upgrade import try_upgrade
from tests.faults.watches import WATCHES, try_watch, watching
from tests.faults.writes import Writer, write_faults
from tests.ui import idle

Chosen = Callable[[Iterable[Fault]], list[Fault]]
"""Those of the faults that are wanted."""

FIGURES = ("figures", "every value", "clocks")
"""Groups of answers without an error: what a report says is then true, so nothing can be expected of its words."""
OF_THIS_COMPUTER = "own clock"
_ALL_ALIKE = frozenset(str(status) for status in range(405, 1000) if status not in (429, 500, 502, 503))
"""Statuses that differ in their sentence only: in the middle of a write they are tried from before it on."""


class Outcome(Protocol):
    """What every part finds out."""

    fault: Fault
    problems: list[str]


def print_line(where: str, outcome: Outcome) -> None:
    """One JSON line for an outcome."""
    fault = outcome.fault
    line: dict[str, Any] = {"line": f"{where}: {fault.group}: {fault.name}", "where": where}
    line |= {name: value for name, value in vars(outcome).items() if name != "fault"}
    line |= {"group": fault.group, "fault": fault.name, "kept": not outcome.problems}
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


async def live(faults: Sequence[Fault], tls: ssl.SSLContext | None = None, bundle: str = "") -> None:
    """The live screen; after a fault that needs a new token the program is started again."""
    pending = list(faults)
    while pending:
        clock = new_clock()
        with serving(clock, tls) as server:
            async with program(server, clock, ca_bundle=bundle) as on:
                while pending:
                    outcome = await try_live(on, pending.pop(0))
                    print_line("live", outcome)
                    if not outcome.recovered or outcome.recovered == "new token":
                        break


async def place(one: Place, faults: Sequence[Fault]) -> None:
    """One place; after a finding and a rejected token the program is started again."""
    pending = list(faults)
    while pending:
        clock = new_clock()
        with serving(clock) as server, serving(clock) as other:
            async with program(server, clock, other=other if one.matomos > 1 else None) as on:
                await one.enter(on)
                while pending:
                    outcome = await try_screen(on, one, pending.pop(0))
                    print_line(one.name, outcome)
                    if outcome.problems or outcome.fault.state == "stopped":
                        break


async def place_fields(one: Place) -> None:
    """Every field of every answer at one place."""
    skipped, finding = 0, True
    while finding:
        clock, finding = new_clock(), False
        with serving(clock) as server, serving(clock) as other:
            async with program(server, clock, other=other if one.matomos > 1 else None) as on:
                await one.enter(on)
                async for outcome in try_fields(on, one, skipped):
                    print_line(one.name, outcome)
                    skipped += 1
                    finding = on.app._exception is not None
                    if finding:
                        break


async def upgrades(places: Iterable[Place]) -> None:
    """A server is upgraded while one looks at a place."""
    for one in places:
        clock = new_clock()
        with serving(clock, version=V5_0) as server, serving(clock, version=V5_0) as other:
            async with program(server, clock, other=other if one.matomos > 1 else None) as on:
                await one.enter(on)
                print_line("upgrade", await try_upgrade(on, one))


async def own_clock(faults: Iterable[Fault]) -> None:
    """The program is started with a wrong clock, and every place is opened."""
    for fault in faults:
        for one in PLACES:
            clock = new_clock()
            clock.error = (fault.own_clock or 0.0) - clock.true
            with serving(clock) as server, serving(clock) as other:
                async with program(server, clock, other=other if one.matomos > 1 else None) as on:
                    await one.enter(on)
                    outcome = ScreenOutcome(one.name, Fault(OF_THIS_COMPUTER, f"{one.name} {fault.name}", None, ""))
                    said = [each.sentence for each in on.said]
                    outcome.sentence = said[-1] if said else ""
                    outcome.problems = [f"it says “{outcome.sentence}”"] if said else []
                    if on.app._exception is not None:
                        outcome.problems.append(f"the program crashed: {on.app._exception!r}")
                    print_line("own clock", outcome)


async def agents(tool: str, faults: Sequence[Fault]) -> None:
    """One tool of AI agents."""
    idle.install()
    LoopMeter.install()
    clock = new_clock()
    with serving(clock) as server:
        for fault in faults:
            print_line(f"mcp {tool}", await try_tool(server, clock, tool, fault))


async def agent_fields(tool: str) -> None:
    """Every field of every answer of one tool."""
    idle.install()
    LoopMeter.install()
    clock = new_clock()
    with serving(clock) as server:
        async for outcome in tool_fields(server, clock, tool):
            print_line(f"mcp {tool}", outcome)


async def watches(name: str, faults: Sequence[Fault]) -> None:
    """What runs without a screen; it is started again after a rejected token and a finding."""
    pending = list(faults)
    while pending:
        clock = new_clock()
        with serving(clock) as server:
            async with watching(server, clock, WATCHES[name]) as watch:
                while pending:
                    outcome = await try_watch(watch, name, pending.pop(0))
                    print_line(f"{name} for days", outcome)
                    if outcome.state == "stopped" or outcome.problems:
                        break


async def writes(faults: Sequence[Fault]) -> None:
    """The change of a goal; the program is started again after a rejected token and a finding."""
    pending = [one for fault in faults for one in write_faults(fault)]
    pending = [one for one in pending if one.name.partition(",")[0] not in _ALL_ALIKE or "before" in one.name]
    while pending:
        clock = new_clock()
        with serving(clock) as server:
            async with program(server, clock) as on:
                writer = Writer(on)
                await writer.begin()
                while pending:
                    outcome = await writer.try_write(pending.pop(0))
                    print_line("write", outcome)
                    if outcome.problems or outcome.fault.state == "stopped":
                        break


def commands(name: str, faults: Sequence[Fault]) -> None:
    """One command."""
    with tempfile.TemporaryDirectory() as folder, serving(new_clock()) as server, at_home(server, folder):
        for fault in faults:
            print_line(name, try_command(server, name, fault))


Part = Callable[[Chosen], None]


def parts() -> Mapping[str, Part]:
    """All parts by name, in the order of the table."""
    plain = [fault for fault in FAULTS if fault.group != OF_THIS_COMPUTER]
    errors = [fault for fault in FAULTS if fault.group not in FIGURES]
    from_server = [fault for fault in errors if fault.group != OF_THIS_COMPUTER]
    tried = [*plain, *wrong_answers(), *model_faults()]
    found: dict[str, Part] = {"live": _live}
    for one in PLACES:
        found[one.name] = _tried(place, [*errors, *model_faults()], one)
        found[f"{one.name}, fields"] = _whole(place_fields, "wrong fields", one)
    found["upgrade"] = _whole(upgrades, "upgrade", PLACES)
    found["own clock"] = _tried(own_clock, [fault for fault in FAULTS if fault.group == OF_THIS_COMPUTER])
    found["write"] = _tried(writes, from_server)
    found |= {f"{name} for days": _tried(watches, errors, name) for name in WATCHES}
    found |= {f"mcp {tool}": _tried(agents, from_server, tool) for tool in TOOLS}
    found |= {f"mcp {tool}, fields": _whole(agent_fields, "wrong fields", tool) for tool in READING}
    found |= {name: _command(name, tried) for name in COMMANDS}
    return found


def _tried(work: Callable[..., Coroutine[Any, Any, None]], faults: Sequence[Fault], *what: object) -> Part:
    def part(chosen: Chosen) -> None:
        asyncio.run(work(*what, chosen(faults)))

    return part


def _whole(work: Callable[..., Coroutine[Any, Any, None]], group: str, *what: object) -> Part:
    """A part that is one thing: all of it, or nothing."""

    def part(chosen: Chosen) -> None:
        if chosen([Fault(group, "", None)]):
            asyncio.run(work(*what))

    return part


def _command(name: str, faults: Sequence[Fault]) -> Part:
    return lambda chosen: commands(name, chosen(faults))


def _live(chosen: Chosen) -> None:
    asyncio.run(live(chosen([*FAULTS, *wrong_answers(), *field_faults()])))
    with tempfile.TemporaryDirectory() as folder:
        certificates = made(Path(folder))
        asyncio.run(live(chosen(tls_faults(certificates)), context(), str(certificates.bundle)))
