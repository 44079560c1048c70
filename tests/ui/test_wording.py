"""The same thing is said the same way at every size, and nothing twice."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from matomo_tui.live.snapshot import Count
from tests.ui import snapshots
from tests.ui.conftest import stage

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
