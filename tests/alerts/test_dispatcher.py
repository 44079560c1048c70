"""The queue of deliveries: further attempts, bounds, and nothing that holds anybody up."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace

import pytest

from matomo_tui.alerts import dispatcher
from matomo_tui.alerts.delivery_error import DeliveryError
from matomo_tui.alerts.dispatcher import MOST_WAITING, Dispatcher, alert_values
from matomo_tui.alerts.evaluation import AlertChange, AlertEvent
from matomo_tui.alerts.observations import Measure
from matomo_tui.api.site import Site
from tests.alerts.rules_of import rule_of
from tests.live.fake_clock import FakeClock

RULE = rule_of(name="Rush", metric="visits_60", rises_by="50%", command=["tell", "{rule}", "{message} ({state})"])
EVENT = AlertEvent(0.0, AlertChange.FIRED, RULE, Site(id=1, name="Shop"), Measure(1234.0, 600.4), 0.0, deliver=True)


@dataclass
class Commands:
    """Takes the place of the commands that are run."""

    outcomes: list[DeliveryError | None] = field(default_factory=list)
    ran: list[list[str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    async def run(self, words: list[str], values: dict[str, str]) -> None:
        self.ran.append(words)
        await asyncio.sleep(0)
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if outcome is not None:
            raise outcome

    def failed(self, _event: AlertEvent, problem: str) -> None:
        self.problems.append(problem)


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> Commands:
    found = Commands()
    monkeypatch.setattr(dispatcher, "run_command", found.run)
    return found


async def test_placeholders_are_filled(commands: Commands) -> None:
    queue = Dispatcher(commands.failed, clock=FakeClock())
    queue.deliver(EVENT, "Rush: Shop: many")
    await queue.drain(5)
    assert commands.ran == [["tell", "Rush", "Rush: Shop: many (fired)"]]
    assert alert_values(EVENT, "m") == {
        "message": "m", "rule": "Rush", "site": "Shop", "state": "fired", "value": "1,234", "usual": "600",
    }  # fmt: skip


async def test_a_failure_is_tried_again_twice_and_then_reported(commands: Commands) -> None:
    clock = FakeClock()
    queue = Dispatcher(commands.failed, clock=clock)
    commands.outcomes = [DeliveryError("it failed")] * 3
    queue.deliver(EVENT, "m")
    await clock.advance(9)
    assert len(commands.ran) == 1
    await clock.advance(2)
    assert len(commands.ran) == 2
    await clock.advance(60)
    assert len(commands.ran) == 3
    assert commands.problems == ["it failed"]
    await clock.advance(600)
    assert len(commands.ran) == 3


def states(commands: Commands) -> list[str]:
    return [words[2].split("(")[1].rstrip(")") for words in commands.ran]


async def test_an_alert_that_ends_before_it_was_delivered_is_not_delivered_after_its_end(commands: Commands) -> None:
    clock = FakeClock()
    queue = Dispatcher(commands.failed, clock=clock)
    commands.outcomes = [DeliveryError("it failed")]
    queue.deliver(EVENT, "m")
    await clock.advance(5)
    queue.deliver(replace(EVENT, change=AlertChange.ENDED, at=5.0), "m")
    await clock.advance(600)
    assert states(commands) == ["fired", "ended"]
    assert commands.problems == ["it failed"]


async def test_what_follows_waits_for_what_is_under_way_at_its_place_only(commands: Commands) -> None:
    clock = FakeClock()
    queue = Dispatcher(commands.failed, clock=clock)
    gate = asyncio.Event()
    run = commands.run

    async def slow(words: list[str], values: dict[str, str]) -> None:
        if values["site"] == "Shop":
            await gate.wait()
        await run(words, values)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dispatcher, "run_command", slow)
        queue.deliver(EVENT, "m")
        queue.deliver(replace(EVENT, change=AlertChange.ENDED), "m")
        queue.deliver(replace(EVENT, change=AlertChange.ENDED, site=Site(id=2, name="Blog")), "m")
        await clock.advance(5)
        assert states(commands) == ["ended"]
        gate.set()
        await queue.drain(5)
    assert states(commands) == ["ended", "fired", "ended"]


async def test_what_can_only_fail_again_is_not_tried_again(commands: Commands) -> None:
    clock = FakeClock()
    queue = Dispatcher(commands.failed, clock=clock)
    commands.outcomes = [DeliveryError("no such command", final=True)]
    queue.deliver(EVENT, "m")
    await clock.advance(600)
    assert (len(commands.ran), commands.problems) == (1, ["no such command"])


async def test_the_queue_is_bounded(commands: Commands) -> None:
    queue = Dispatcher(commands.failed, clock=FakeClock())
    for _ in range(MOST_WAITING + 3):
        queue.deliver(EVENT, "m")
    assert len(commands.problems) == 3
    await queue.drain(5)
    assert len(commands.ran) == MOST_WAITING


async def test_closing_cancels_what_waits(commands: Commands) -> None:
    clock = FakeClock()
    queue = Dispatcher(commands.failed, clock=clock)
    commands.outcomes = [DeliveryError("it failed")]
    queue.deliver(EVENT, "m")
    await clock.advance(1)
    queue.close()
    await clock.advance(100)
    assert (len(commands.ran), commands.problems) == (1, [])
