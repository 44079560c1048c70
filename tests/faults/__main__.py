"""Try the table of faults: a JSON line for each outcome. ``--write`` makes ``tests/FAULTS.md`` of such lines."""

from __future__ import annotations

import argparse
import asyncio
import json
import ssl
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.faults.commands import COMMANDS, CommandOutcome, at_home, try_command
from tests.faults.fields import field_faults, model_faults, wrong_answers
from tests.faults.live import Outcome, try_live
from tests.faults.places import PLACES, Place
from tests.faults.program import new_clock, program, serving
from tests.faults.report import write
from tests.faults.screens import ScreenOutcome, try_fields, try_screen
from tests.faults.table import FAULTS, Fault
from tests.faults.tls import context, made, tls_faults

FIGURES = ("figures", "every value", "clocks")
"""Groups of answers without an error: what a report says is then true, so nothing can be expected of its words."""


async def live_outcomes(faults: Sequence[Fault], tls: ssl.SSLContext | None = None, bundle: str = "") -> list[Outcome]:
    """The table on the live screen; after a fault that needs a new token the program is started again."""
    outcomes, pending = [], list(faults)
    while pending:
        clock = new_clock()
        with serving(clock, tls) as server:
            async with program(server, clock, ca_bundle=bundle) as on:
                while pending:
                    outcome = await try_live(on, pending.pop(0))
                    outcomes.append(outcome)
                    print_line("live", outcome)
                    if not outcome.recovered or outcome.recovered == "new token":
                        break
    return outcomes


async def place_outcomes(place: Place, faults: Sequence[Fault]) -> list[ScreenOutcome]:
    """The table at one place; after a finding and a rejected token the program is started again."""
    outcomes, pending = [], list(faults)
    while pending:
        clock = new_clock()
        with serving(clock) as server:
            async with program(server, clock) as on:
                await place.enter(on)
                while pending:
                    outcome = await try_screen(on, place, pending.pop(0))
                    outcomes.append(outcome)
                    print_line(place.name, outcome)
                    if outcome.problems or outcome.fault.state == "stopped":
                        break
    return outcomes


async def field_outcomes(place: Place) -> list[ScreenOutcome]:
    """Every field of every answer at one place."""
    outcomes, clock = [], new_clock()
    with serving(clock) as server:
        async with program(server, clock) as on:
            await place.enter(on)
            async for outcome in try_fields(on, place):
                outcomes.append(outcome)
                print_line(place.name, outcome)
    return outcomes


def command_outcomes(faults: Sequence[Fault], home: str) -> list[CommandOutcome]:
    """The table under every command."""
    outcomes = []
    with serving(new_clock()) as server, at_home(server, home):
        for command in COMMANDS:
            for fault in faults:
                outcome = try_command(server, command, fault)
                outcomes.append(outcome)
                print_line(command, outcome)
    return outcomes


def print_line(where: str, outcome: Outcome | ScreenOutcome | CommandOutcome) -> None:
    """One JSON line for an outcome."""
    fault = outcome.fault
    line: dict[str, Any] = {"line": f"{where}: {fault.group}: {fault.name}", "where": where}
    line |= {name: value for name, value in vars(outcome).items() if name != "fault"}
    line |= {"group": fault.group, "fault": fault.name, "kept": not outcome.problems}
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--only", default="", help="faults whose group or name contains this word")
    parser.add_argument("--part", action="append", help="live, commands, or the name of a screen; all without it")
    parser.add_argument("--write", nargs="+", metavar="FILE", help="write tests/FAULTS.md from lines printed before")
    args = parser.parse_args()
    if args.write:
        lines = [json.loads(line) for file in args.write for line in Path(file).read_text("utf-8").splitlines()]
        write(lines)
        return
    wanted = args.part or ["live", "commands", *(place.name for place in PLACES)]

    def chosen(*faults: Fault) -> list[Fault]:
        return [fault for fault in faults if args.only in f"{fault.group}: {fault.name}"]

    with tempfile.TemporaryDirectory() as folder:
        if "live" in wanted:
            certificates = made(Path(folder))
            asyncio.run(live_outcomes(chosen(*FAULTS, *wrong_answers(), *field_faults())))
            secure = chosen(*tls_faults(certificates))
            asyncio.run(live_outcomes(secure, context(), str(certificates.bundle)))
        if "commands" in wanted:
            command_outcomes(chosen(*FAULTS, *wrong_answers(), *model_faults()), folder)
        for place in PLACES:
            if place.name in wanted:
                found = chosen(*(fault for fault in FAULTS if fault.group not in FIGURES), *model_faults())
                asyncio.run(place_outcomes(place, found))
                if "wrong fields".startswith(args.only):
                    asyncio.run(field_outcomes(place))


if __name__ == "__main__":
    main()
