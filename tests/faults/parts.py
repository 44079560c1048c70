"""The parts of the matrix: the program in one place, and what it is to be tried with."""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
import tempfile
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import chdir
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from matomo_tui.demo.options import V5_0
from tests.faults.agents import READING, TOOLS, tool_fields, try_tool
from tests.faults.answers import good_answers
from tests.faults.commands import COMMANDS, at_home, try_command
from tests.faults.connecting import connecting, try_connecting
from tests.faults.fields import changes, field_faults, model_faults, wrong_answers
from tests.faults.live import try_live
from tests.faults.logins import login_faults, serving_logins, try_login
from tests.faults.meters import LoopMeter, undisturbed
from tests.faults.places import PLACES, Place
from tests.faults.program import Program, new_clock, program, serving
from tests.faults.replays import damages, field_damages, record, try_replay
from tests.faults.screens import ScreenOutcome, try_fields, try_screen
from tests.faults.table import FAULTS, Fault
from tests.faults.tls import context, made, tls_faults
from tests.faults.upgrade import try_upgrade
from tests.faults.watches import WATCHES, try_watch, watching
from tests.faults.writes import WRITES, Write, Writer, write_faults
from tests.ui import idle

Chosen = Callable[[Iterable[Fault]], list[Fault]]
"""Those of the faults that are wanted."""

FIGURES = ("figures", "every value", "clocks")
"""Groups of answers without an error: what a report says is then true, so nothing can be expected of its words."""
OF_THIS_COMPUTER = "own clock"
_ALL_ALIKE = frozenset(str(status) for status in range(405, 1000) if status not in (429, 500, 502, 503))
"""Statuses that differ in their sentence only: they are tried on the live screen, with some commands, and in the middle
of a write from before it on."""
ALL_STATUSES = ("check", "get", "watch")


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


async def live(
    faults: Sequence[Fault], tls: ssl.SSLContext | None = None, bundle: str = "", *, kiosk: bool = False
) -> None:
    """The live screen, or the kiosk; after a fault that needs a new token the program is started again."""
    pending = list(faults)
    while pending:
        clock = new_clock()
        with serving(clock, tls) as server:
            async with program(server, clock, ca_bundle=bundle, kiosk=kiosk) as on:
                while pending:
                    outcome = await undisturbed(partial(try_live, on, pending.pop(0)))
                    print_line("kiosk" if kiosk else "live", outcome)
                    if not outcome.recovered or outcome.recovered == "new token":
                        break


async def place(one: Place, faults: Sequence[Fault]) -> None:
    """One place; after a finding and a rejected token the program is started again. What it exports it writes to a
    folder of its own."""
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        await _at_place(one, list(faults))


def unfinished() -> list[str]:
    """What an export has left behind in the current folder: it is written as a whole, or not at all."""
    left = [path.name for path in Path().iterdir() if path.suffix != ".csv" or not path.read_bytes().endswith(b"\n")]
    return [f"left behind: {left}"] if left else []


async def _at_place(one: Place, pending: list[Fault]) -> None:
    while pending:
        clock = new_clock()
        with serving(clock) as server, serving(clock) as other:
            async with program(server, clock, other=other if one.matomos > 1 else None) as on:
                await one.enter(on)
                sent = len(on.server.sent)
                await one.ask_again(on)
                answers = good_answers(on.server, on.server.sent[sent:]).values()
                pending = [fault for fault in pending if changes(fault, answers)]
                while pending:
                    outcome = await undisturbed(partial(try_screen, on, one, pending.pop(0)))
                    outcome.problems += unfinished()
                    print_line(one.name, outcome)
                    if outcome.problems or outcome.fault.state == "stopped":
                        break


async def place_fields(one: Place) -> None:
    """Every field of every answer at one place, which exports into a folder of its own too."""
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        await _fields_at_place(one)


async def _fields_at_place(one: Place) -> None:
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
    """A server is upgraded while one looks at a place, which exports into a folder of its own."""
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        await _upgrades(places)


async def _upgrades(places: Iterable[Place]) -> None:
    for one in places:
        clock = new_clock()
        with serving(clock, version=V5_0) as server, serving(clock, version=V5_0) as other:
            async with program(server, clock, other=other if one.matomos > 1 else None) as on:
                await one.enter(on)
                print_line("upgrade", await try_upgrade(on, one))


async def own_clock(faults: Iterable[Fault]) -> None:
    """The program is started with a wrong clock, and every place is opened, one after the other."""
    for fault in faults:
        pending = list(PLACES)
        while pending:
            clock = new_clock()
            clock.error = (fault.own_clock or 0.0) - clock.true
            with serving(clock) as server, serving(clock) as other:
                async with program(server, clock, other=other) as on:
                    while pending and on.app._exception is None:
                        print_line("own clock", await _opened_at(on, pending.pop(0), fault))


async def _opened_at(on: Program, one: Place, fault: Fault) -> ScreenOutcome:
    """Open a place from wherever the program is."""
    outcome = ScreenOutcome(one.name, Fault(OF_THIS_COMPUTER, f"{one.name} {fault.name}", None, ""))
    told = len(on.said)
    await on.press(*["escape"] * 4, "1")
    await one.enter(on)
    said = [each.sentence for each in on.said[told:]]
    outcome.sentence = said[-1] if said else ""
    outcome.problems = [f"it says “{outcome.sentence}”"] if said else []
    if on.app._exception is not None:
        outcome.problems.append(f"the program crashed: {on.app._exception!r}")
    return outcome


async def agents(tool: str, faults: Sequence[Fault]) -> None:
    """One tool of AI agents."""
    idle.install()
    LoopMeter.install()
    clock = new_clock()
    with serving(clock) as server:
        for fault in faults:
            print_line(f"mcp {tool}", await undisturbed(partial(try_tool, server, clock, tool, fault)))


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
                    outcome = await undisturbed(partial(try_watch, watch, name, pending.pop(0)))
                    print_line(f"{name} for days", outcome)
                    if outcome.state == "stopped" or outcome.problems:
                        break


async def writes(write: Write, faults: Sequence[Fault]) -> None:
    """A write; the program is started again after a rejected token and a finding."""
    pending = [one for fault in faults for one in write_faults(fault)]
    pending = [one for one in pending if one.name.partition(",")[0] not in _ALL_ALIKE or "before" in one.name]
    while pending:
        clock = new_clock()
        with serving(clock) as server:
            async with program(server, clock) as on:
                writer = Writer(on, write)
                await writer.begin()
                while pending:
                    outcome = await undisturbed(partial(writer.try_write, pending.pop(0)))
                    print_line(write.name, outcome)
                    if outcome.problems or outcome.fault.state == "stopped":
                        break


async def connects(faults: Sequence[Fault], tls: ssl.SSLContext | None = None, bundle: str = "") -> None:
    """The connect screen; the program is started again after a rejected token and a finding."""
    pending = list(faults)
    while pending:
        with serving(new_clock(), tls) as server:
            async with connecting(server, bundle) as on:
                while pending:
                    outcome = await undisturbed(partial(try_connecting, on, pending.pop(0)))
                    print_line("connect screen", outcome)
                    if outcome.fault.state == "stopped" or outcome.problems:
                        break


def logins(faults: Sequence[Fault]) -> None:
    """The login with OAuth 2.0."""
    with serving_logins() as server:
        for fault in faults:
            print_line("login", try_login(server, fault))


def replays(chosen: Chosen, *, fields: bool) -> None:
    """Damaged recordings, or with ``fields`` those with wrong values in every field."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        asyncio.run(record(folder / "good.mtr"))
        good = (folder / "good.mtr").read_bytes()
        for each in field_damages(good) if fields else damages(good):
            if chosen([Fault(each[0], each[1], None)]):
                print_line("replay", try_replay(folder, good, *each))


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
    differing = [fault for fault in errors if fault.name not in _ALL_ALIKE]
    from_server_once = [fault for fault in from_server if fault.name not in _ALL_ALIKE]
    tried = [*plain, *wrong_answers(), *model_faults()]
    tried_once = [fault for fault in tried if fault.name not in _ALL_ALIKE]
    found: dict[str, Part] = {"live": _live}
    for one in PLACES:
        here = from_server_once if one.unlocked else differing
        found[one.name] = _tried(place, [*here, *(model_faults() if one.whole_catalogue else ())], one)
        found[f"{one.name}, fields"] = _whole(place_fields, "wrong fields", one)
    found["upgrade"] = _whole(upgrades, "upgrade", PLACES)
    found["own clock"] = _tried(own_clock, [fault for fault in FAULTS if fault.group == OF_THIS_COMPUTER])
    found |= {name: _tried(writes, from_server, write) for name, write in WRITES.items()}
    found["kiosk"] = _kiosk
    found["connect screen"] = _connects
    found["login"] = lambda chosen: logins(chosen(one for fault in from_server_once for one in login_faults(fault)))
    found["replay"] = partial(replays, fields=False)
    found["replay, fields"] = partial(replays, fields=True)
    found |= {f"{name} for days": _tried(watches, differing, name) for name in WATCHES}
    found |= {f"mcp {tool}": _tried(agents, from_server_once, tool) for tool in TOOLS}
    found |= {f"mcp {tool}, fields": _whole(agent_fields, "wrong fields", tool) for tool in READING}
    found |= {f"matomo-tui {name}": _command(name, tried if name in ALL_STATUSES else tried_once) for name in COMMANDS}
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


def _kiosk(chosen: Chosen) -> None:
    differing = [fault for fault in FAULTS if fault.name not in _ALL_ALIKE]
    asyncio.run(live(chosen([*differing, *wrong_answers()]), kiosk=True))


def _connects(chosen: Chosen) -> None:
    plain = [fault for fault in FAULTS if fault.group != OF_THIS_COMPUTER and fault.name not in _ALL_ALIKE]
    asyncio.run(connects(chosen([*plain, *wrong_answers(), *model_faults()])))
    with tempfile.TemporaryDirectory() as folder:
        certificates = made(Path(folder))
        asyncio.run(connects(chosen(tls_faults(certificates)), context(), str(certificates.bundle)))


def _live(chosen: Chosen) -> None:
    asyncio.run(live(chosen([*FAULTS, *wrong_answers(), *field_faults()])))
    with tempfile.TemporaryDirectory() as folder:
        certificates = made(Path(folder))
        asyncio.run(live(chosen(tls_faults(certificates)), context(), str(certificates.bundle)))
