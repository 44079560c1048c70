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


@pytest.mark.parametrize("seconds", [0.05, 1.0])
@pytest.mark.parametrize("key", ["x", "O", "z", "w", "enter", "m", "escape"])
async def test_no_key_leads_back_to_the_site_before(key: str, seconds: float) -> None:
    transport = HoldingMatomo(matomo())
    async with reports(transport, size=(120, 40)) as stage:
        await stage.press("slash", "p", "a", "g", "enter")
        transport.hold_all()
        await go_to_blog(stage, seconds)
        await stage.pilot.press(key)
        await stage.pilot.pause(1)
        assert stage.lines[0].startswith(" Blog › Pages › Page URLs"), "no dialog, no other screen"
        assert transport.held == [(METADATA, "2")]
        assert LINE in stage.text
        transport.let_go()
        await stage.settle()
        assert stage.lines[0].startswith(" Blog › Pages › Page URLs")
        assert stage.app.live.site == stage.section.context.query.site == BLOG
        assert not waiting(stage)
        assert LINE not in stage.text
        assert ("pag" in stage.line("Page URLs 40")) is (key != "escape"), "the search was cleared at the site before"


async def test_keys_for_rows_are_refused_while_another_site_loads() -> None:
    transport = HoldingMatomo(matomo())
    async with reports(transport, size=(120, 40)) as stage:
        transport.hold_all()
        await go_to_blog(stage)
        assert "x flat" not in stage.lines[-1]
        await stage.pilot.press("x")
        await stage.pilot.pause()
        assert "The rows are not loaded." in stage.text
        transport.let_go()
        await stage.settle()
        assert "x flat" in stage.lines[-1]


async def test_a_level_left_and_a_report_chosen_meanwhile_are_those_of_the_site_chosen_last() -> None:
    transport = HoldingMatomo(matomo(Actions__getPageTitles=[{"label": " Home", "nb_visits": 7, "nb_hits": 9}]))
    async with reports(transport, size=(160, 40)) as stage:
        await stage.press("z")
        assert stage.lines[0].startswith(" Shop › Pages › Page URLs › page0")
        transport.hold_all()
        await go_to_blog(stage)
        await stage.pilot.press("escape")
        await stage.pilot.pause()
        assert stage.lines[0].startswith(" Blog › Pages › Page URLs · ")
        await stage.pilot.press("l", "down", "enter")
        await stage.pilot.pause(1)
        assert stage.lines[0].startswith(" Blog › Pages › Page titles")
        assert transport.held == [(METADATA, "2")]
        transport.let_go()
        await stage.settle()
        assert stage.lines[0].startswith(" Blog › Pages › Page titles")
        assert "Home" in stage.text
        assert not waiting(stage)


async def test_no_goal_of_the_site_before_is_opened() -> None:
    transport = HoldingMatomo(matomo())
    async with reports(transport, section="5", size=(120, 40)) as stage:
        await stage.press("down")
        transport.hold_all()
        await go_to_blog(stage, 0.05)
        await stage.pilot.press("down", "enter")
        await stage.pilot.pause(1)
        assert stage.lines[0].startswith(" Blog › Goals · ")
        assert transport.held == [(METADATA, "2")]
        transport.let_go()
        await stage.settle()
        assert stage.lines[0].startswith(" Blog › Goals · ")


async def test_a_search_typed_while_another_site_loads_is_for_that_site() -> None:
    transport = HoldingMatomo(matomo())
    async with reports(transport, size=(120, 40)) as stage:
        await stage.press("slash", "p", "a")
        transport.hold_all()
        await go_to_blog(stage)
        await stage.pilot.press("g")
        await stage.pilot.pause(1)
        assert transport.held == [(METADATA, "2")]
        transport.let_go()
        await stage.settle()
        assert transport.calls[-1]["idSite"] == "2"
        assert stage.asked("Actions.getPageUrls")[-1]["filter_pattern_recursive"] == "pag"


async def test_two_keys_at_once_hold_together() -> None:
    async with reports(matomo(), size=(120, 40)) as stage:
        section = stage.section
        section.report_pane.action_flat()
        section.action_step(-1)  # before the pane's message is handled
        await stage.settle()
        assert "Sat 21 Nov" in stage.lines[0]
        assert section.request is not None
        assert section.request.flat


async def test_the_title_does_not_name_a_row_of_the_site_before_while_the_next_one_loads() -> None:
    transport = HoldingMatomo(matomo())
    async with reports(transport, size=(120, 40)) as stage:
        await stage.press("z")
        assert "page0 in Page URLs" in stage.text
        transport.hold_all()
        await go_to_blog(stage)
        assert "page0 in Page URLs" not in stage.text
        assert any("─ Page URLs ─" in line for line in stage.lines)
        stage.app.switch_to(SITE)
        transport.let_go()
        await stage.settle()
