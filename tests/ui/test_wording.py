"""The same thing is said the same way at every size, and nothing twice."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

import matomo_tui.ui
from matomo_tui.api.errors import ServerError, Unreachable
from matomo_tui.live.snapshot import Count, PartErrors, Phase
from matomo_tui.ui.actions import ACTIONS
from tests.ui import snapshots
from tests.ui.conftest import stage, until

SIZES = [(80, 24), (120, 40), (200, 60)]


@pytest.mark.parametrize("size", SIZES)
async def test_visitors_now_and_actions_are_two_figures(size: tuple[int, int]) -> None:
    async with stage(snapshots.busy(), size) as on:
        labels = on.lines[1].lower()
        assert "active" in labels
        assert "actions 3 m" in labels.replace(",", "")
        assert "visits 30 m" in labels.replace(",", "")
        assert "visits, 3 min" not in labels


@pytest.mark.parametrize("size", SIZES)
async def test_an_arrow_is_the_sign_of_a_change(size: tuple[int, int]) -> None:
    busy = snapshots.busy()
    counters = replace(busy.counters, today=Count(880.0, 1000.0))
    async with stage(replace(busy, counters=counters), size) as on:
        top = "\n".join(on.lines[:8])
        assert ("▼12%" if size[1] == 24 else "12 % vs yesterday") in top
        assert "-12" not in top


async def test_every_ranking_says_how_many_there_are_at_120_columns() -> None:
    busy = snapshots.busy()
    async with stage(busy, (120, 40)) as on:
        for name, ranking in (("Sources", busy.sources), ("Countries", busy.countries), ("Devices", busy.devices)):
            titles = [line for line in on.lines if f"{name} " in line and "here" in line]
            assert f"{name} {ranking.total} " in titles[0].replace(" now", "")


@pytest.mark.parametrize("size", SIZES)
async def test_the_two_columns_of_a_ranking_are_named_alike_in_all(size: tuple[int, int]) -> None:
    async with stage(snapshots.busy(), size) as on:
        heads = [line for line in on.lines if "here" in line]
        assert heads
        assert all("30 m " in line + " " and "30m" not in line and "30 min" not in line for line in heads)


def named_actions() -> Iterator[tuple[str, str]]:
    """Where the interface names an action by its id for its key, and the id."""
    for file in sorted(Path(matomo_tui.ui.__path__[0]).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield from ((file.name, found) for found in re.findall(r"\{([a-z_]+\.[a-z_.]+)\}", node.value))
            elif (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", "") in ("bound_key", "bound_keys")
                and isinstance(node.args[1], ast.Constant)
            ):
                yield file.name, str(node.args[1].value)


def test_every_key_that_a_sentence_names_is_that_of_an_action() -> None:
    ids = {action.id for action in ACTIONS}
    named = list(named_actions())
    assert len(named) > 40
    assert [(file, action) for file, action in named if action not in ids] == []


@pytest.mark.parametrize("size", SIZES)
async def test_sentences_name_the_keys_of_the_configuration(size: tuple[int, int]) -> None:
    keys = {"live.resume": "f7", "live.retry": "f8", "app.quit": "f9", "live.pause": "f7"}
    paused = replace(snapshots.starting(), poll=replace(snapshots.starting().poll, phase=Phase.PAUSED))
    async with stage(paused, size, keymap=keys) as on:
        assert "Paused before the first figures came. f7 resumes." in on.text
        await on.pilot.press("q")
        await until(on.pilot, lambda: "f9 quits." in on.text)
        await on.publish(snapshots.SAMPLES["stopped"]())
        await on.pilot.press("f7")
        await until(on.pilot, lambda: "Polling has stopped; f8 tries again." in on.text)


PHASES = [
    (Phase.LIVE, None, "f7 tries again.", ["poll_now"]),
    (Phase.STALE, Unreachable("No route."), "f8 tries again.", ["poll_now"]),
    (Phase.STARTING, Unreachable("No route."), "f8 tries again.", ["resume"]),
    (Phase.PAUSED, None, "f9 tries again.", ["resume"]),
    (Phase.STARTING, None, "", []),
]


@pytest.mark.parametrize(("phase", "error", "said", "wishes"), PHASES, ids=[str(one[:2]) for one in PHASES])
async def test_panes_without_an_answer_name_the_key_that_asks_again_in_this_phase(
    phase: Phase, error: Unreachable | None, said: str, wishes: list[str]
) -> None:
    keys = {"live.poll_now": "f7", "live.retry": "f8", "live.resume": "f9"}
    whole = snapshots.log_disabled()
    poll = replace(whole.poll, phase=phase, error=error)
    partly = replace(whole, parts=PartErrors(visits=ServerError("Out of memory.")), poll=poll)
    async with stage(partly, (120, 40), keymap=keys) as on:
        assert "Out of memory." in on.text
        assert re.findall(r"\S+ tries again\.", on.text)[:1] == ([said] if said else [])
        assert len(set(re.findall(r"\S+ tries again\.", on.text))) <= 1
        if said:
            await on.pilot.press(said.split()[0])
        assert [wish for wish, _ in on.poller.wishes] == wishes


async def test_the_feed_names_the_key_of_the_visit_log_as_it_is_bound() -> None:
    async with stage(snapshots.busy(), (120, 40), keymap={"app.section.log": "f6"}) as on:
        await on.pilot.press("slash", *"nobody")
        await until(on.pilot, lambda: "enter, then f6 searches the visit log" in on.text)
