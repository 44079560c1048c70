"""A server is upgraded from 5.0 to 5.8 while one looks: maintenance, then the new version, at every place."""

from __future__ import annotations

import time

from matomo_tui.demo.app import DemoMatomo
from tests.faults.places import Place
from tests.faults.program import Program, StillAsking, happening
from tests.faults.screens import GROWN, WAITS, ScreenOutcome, is_said
from tests.faults.table import FAULTS, Fault


async def try_upgrade(on: Program, place: Place) -> ScreenOutcome:
    """Ask again during the maintenance, and twice after it, when the reports are those of the new version."""
    outcome = ScreenOutcome(place.name, Fault("upgrade", place.name, None, "live"))
    maintenance = next(fault for fault in FAULTS if fault.name == "maintenance")
    before, started, server = set(on.text.split()), time.monotonic(), on.server
    try:
        with happening(server, maintenance):
            await on.poll()
            told = len(on.said)
            await place.ask_again(on)
            outcome.sentence = on.said[-1].sentence if on.said else ""
            # A dialog that shows what was loaded before asks for nothing, and has nothing to say.
            failed = bool(on.said[told:])
            if failed and maintenance.says not in on.text and not is_said(outcome.sentence, on.text):
                outcome.problems.append(f"no word of “{maintenance.says}”")
        server.demo = DemoMatomo(now=server.demo.store.now)
        on.app.clear_notifications()
        told = len(on.said)
        for _ in range(2):
            await on.poll()
            await place.ask_again(on)
        outcome.stays = len(before & set(on.text.split())) / len(before)
        if on.said[told:]:
            outcome.problems.append(f"it says “{on.said[-1].sentence}”")
        if outcome.stays < GROWN or WAITS.search(on.text):
            outcome.problems.append(f"{outcome.stays:.0%} of the words come back")
        if on.snapshot.poll.failing:
            outcome.problems.append("the live screen still fails")
    except StillAsking:
        outcome.problems.append("it asks without end")
    if on.app._exception is not None:
        outcome.problems.append(f"the program crashed: {on.app._exception!r}")
    outcome.seconds = time.monotonic() - started
    return outcome
