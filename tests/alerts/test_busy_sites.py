"""Sites with more visits than are kept: their figures are lower bounds."""

from __future__ import annotations

from typing import Any

import pytest

from tests.alerts.watch import watching
from tests.live.matomo import LiveMatomo, visit

NOW: dict[str, Any] = {"name": "Now", "metric": "visitors_now"}
HERE: dict[str, Any] = {"name": "Here", "ranking": "pages", "row": "/"}
RECENT: dict[str, Any] = {"name": "Recent", "ranking": "pages", "row": "/", "metric": "recent"}
PAGES: dict[str, Any] = {"name": "Pages", "feed": "page"}


@pytest.mark.parametrize(
    ("rule", "seconds"), [(NOW, 0.15), (HERE, 0.15), (RECENT, 1.0), (PAGES, 1.0)], ids=["now", "here", "recent", "feed"]
)
@pytest.mark.parametrize(("condition", "fires"), [("below", False), ("above", True)])
async def test_a_lower_bound_is_above_but_never_below(
    matomo: LiveMatomo, rule: dict[str, Any], seconds: float, condition: str, fires: bool
) -> None:
    """Of 1,000 visits the newest 500 are fetched, of the last ``seconds`` for each."""
    matomo.visits[1] = [visit(n + 10, int(matomo.clock.true - 5 - n * seconds)) for n in range(1000)]
    async with watching(matomo, {**rule, condition: 800 if condition == "below" else 400}) as watch:
        await watch.clock.advance(20)
        assert bool(watch.events) is fires


async def test_pages_now_are_exact_if_only_earlier_visits_are_missing(matomo: LiveMatomo) -> None:
    matomo.visits[1] = [visit(n + 10, int(matomo.clock.true - 5 - n)) for n in range(1000)]
    async with watching(matomo, {**HERE, "below": 800}, {**NOW, "below": 800}) as watch:
        await watch.clock.advance(20)
        assert len(watch.events) == 2
