"""Another site is chosen while the one before still loads: the one chosen last wins."""

from __future__ import annotations

import pytest

from matomo_tui.ui.widgets.async_pane import AsyncPane
from matomo_tui.ui.widgets.visibility import is_displayed
from tests.reports.matomo import SITE
from tests.ui.reports.holding import BLOG, METADATA, HoldingMatomo
from tests.ui.reports.sectioning import Reports, matomo, reports

LINE = "━━━━━━"
"""The moving line of a pane that loads."""


def waiting(stage: Reports) -> list[str | None]:
    """The displayed panes that still wait."""
    return [pane.id for pane in stage.section.query(AsyncPane) if is_displayed(pane) and pane.is_waiting]


async def go_to_blog(stage: Reports, seconds: float = 1.0) -> None:
    """Choose another site, whose list of reports is not loaded; it is not answered yet."""
    stage.app.switch_to(BLOG)
    await stage.pilot.pause(seconds)


@pytest.mark.parametrize("key", ["r", "left_square_bracket"])
@pytest.mark.parametrize("section", ["2", "3", "5"])
async def test_an_answer_of_the_site_before_is_not_awaited_any_more(section: str, key: str) -> None:
    transport = HoldingMatomo(matomo())
    async with reports(transport, section=section, size=(200, 60)) as stage:
        transport.hold_all()
        await stage.pilot.press(key)
        await stage.pilot.pause(1)
        assert {site for _, site in transport.held} == {"1"}
        await go_to_blog(stage)
        assert transport.held == [(METADATA, "2")], "Matomo is asked for the next site at once"
        assert "Blog" in stage.lines[0]
        assert LINE in stage.text
        assert "just now" not in stage.text
        transport.let_go()
        await stage.settle()
        assert not waiting(stage)
        assert {call["idSite"] for call in transport.calls if call["method"] == METADATA} == {"1", "2"}


async def test_one_comes_back_to_the_site_before_while_the_next_one_loads() -> None:
    transport = HoldingMatomo(matomo())
    async with reports(transport, size=(200, 60)) as stage:
        await stage.press("down", "down")
        shown = stage.lines[1:]
        transport.hold_all()
        await go_to_blog(stage)
        assert "page2" not in stage.text
        stage.app.switch_to(SITE)
        await stage.pilot.pause()
        assert "▸   page2" in stage.text, "from the cache, with the cursor where it was"
        transport.let_go()
        await stage.settle()
        assert stage.lines[1:] == shown
        assert not waiting(stage)
