"""What is not styled again looks as if it were."""

from __future__ import annotations

from textual.screen import Screen

from matomo_tui.ui.kept_stylesheet import ComponentStyles
from tests.ui.reports.sectioning import Reports, reports


def styles(screen: Screen[object]) -> list[object]:
    """The styles of everything on a screen, those of parts that are drawn by lines included."""
    nodes = screen.walk_children(with_self=True)
    return [
        (
            repr(node),
            node.styles.base.get_rules(),
            parts.used if isinstance(parts := node._component_styles, ComponentStyles) else None,
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
