"""Which entries of the palette match, and in which order."""

from __future__ import annotations

from matomo_tui.ui.palette_items import RECENT, PaletteItem, matching, remember


def item(id: str, name: str, more: str = "") -> PaletteItem:
    return PaletteItem(id, name, lambda: None, more=more)


ITEMS = (
    item("theme:nord", "nord"),
    item("site:1", "Page hunters", "https://hunters.example"),
    item("report:titles", "Titles", "Actions Page Title"),
    item("report:urls", "Page URLs", "Actions Page URL"),
    item("report:exit", "Exit pages"),
    item("report:one", "Homepage"),
)


def found(text: str, *recent: str) -> list[str]:
    return [one.id for one in matching(ITEMS, text, recent)]


def test_the_best_come_first() -> None:
    assert found("page") == ["report:urls", "site:1", "report:exit", "report:one", "report:titles"]


def test_every_word_must_match_in_any_order_and_anywhere() -> None:
    assert found("url PAGE") == ["report:urls"]
    assert found("hunters.ex page") == ["site:1"]
    assert found("page nord") == []


def test_the_kind_is_a_word_too() -> None:
    assert found("theme") == ["theme:nord"]


def test_recent_ones_are_on_top_without_a_text_and_first_among_equals() -> None:
    assert found("", "theme:nord", "report:urls")[:2] == ["theme:nord", "report:urls"]
    assert found("page", "site:1", "report:titles")[:2] == ["site:1", "report:urls"]


def test_the_newest_is_remembered_first_and_once() -> None:
    assert remember(["a", "b"], "b") == ["b", "a"]
    assert len(remember([str(number) for number in range(RECENT)], "new")) == RECENT
