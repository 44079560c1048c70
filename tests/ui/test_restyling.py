"""What is not styled again looks as if it were."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from textual.screen import Screen

from matomo_tui.ui.widgets.key_footer import KeyFooter
from tests.ui import snapshots
from tests.ui.conftest import stage
from tests.ui.reports.sectioning import Reports, reports


def styles(screen: Screen[object]) -> list[object]:
    """The styles of everything on a screen, those of parts that are drawn by lines included."""
    nodes = screen.walk_children(with_self=True)
    return [
        (
            repr(node),
            node.styles.base.get_rules(),
            {name: part.get_rules() for name, part in node._component_styles.items()},
        )
        for node in nodes
    ]


def assert_styled(on: Reports) -> None:
    """Styling all of the screen at the top changes nothing."""
    before = styles(on.app.screen)
    on.app.stylesheet.update(on.app.screen)
    assert styles(on.app.screen) == before


async def test_screens_are_styled_as_they_are_made_and_after_the_theme_changed_behind_them() -> None:
    async with reports(section="", live=True) as on:
        assert_styled(on)
        for key in ("3", "2", "s", "escape", "question_mark", "escape", "d", "escape", "9"):
            await on.press(key)
            assert_styled(on)
        await on.press("1")
        first = on.app.theme
        await on.press("t")
        await on.press("2")
        assert on.app.theme != first
        assert_styled(on)
        for key in ("3", "2", "1"):
            await on.press(key)
            assert_styled(on)


async def test_a_component_is_styled_when_it_is_asked_for_and_follows_the_theme() -> None:
    async with stage(snapshots.quiet()) as on:
        footer = on.app.screen.query_one(KeyFooter)
        on.app.stylesheet.apply(footer)
        drawn = footer.get_component_styles("keybar--key").color
        with pytest.raises(KeyError):
            footer.get_component_styles("no-such-part")
        await on.pilot.press("t", "2")
        assert footer.get_component_styles("keybar--key").color != drawn


async def test_a_part_that_looks_different_is_drawn_again() -> None:
    async with stage(snapshots.quiet()) as on:
        footer = on.app.screen.query_one(KeyFooter)
        drawn = []
        with patch.object(footer, "refresh", lambda *_, **__: drawn.append(True)):
            footer.get_component_styles("keybar--key")
            on.app.stylesheet.apply(footer)
            assert not drawn
            on.app.stylesheet.add_source("KeyFooter > .keybar--key { color: #123456; }", is_default_css=False)
            on.app.stylesheet.parse()
            on.app.stylesheet.apply(footer)
            assert drawn
