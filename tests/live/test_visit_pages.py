"""The sizes of the pages of one poll, where answers with long visits are too long."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from matomo_tui.live.visit_pages import VisitPages


def sizes(fits: Callable[[int], int], requests: int) -> list[int]:
    """The visits asked for by so many requests if ``fits`` returns the most that an answer from an offset may have."""
    pages = VisitPages()
    pages.start(100)
    asked = []
    for _ in range(requests):
        asked.append(pages.limit)
        if pages.limit > fits(pages.offset):
            assert pages.halve()
        else:
            pages.came()
    return asked


@pytest.mark.parametrize(
    ("fits", "asked"),
    [
        (lambda _: 12, [100, 50, 25, 12, 12, 24, 12, 12, 12, 12, 24, *[12] * 8, 24]),
        (lambda at: 12 if at < 60 else 100, [100, 50, 25, 12, 12, 24, 12, 12, 12, 12, 24, 24, 48, 48, 96, 96, 100]),
        (lambda _: 100, [100, 100, 100]),
    ],
    ids=["to the end", "at the beginning", "nowhere"],
)
def test_pages_shrink_where_visits_are_long_and_grow_where_they_are_not(
    fits: Callable[[int], int], asked: list[int]
) -> None:
    assert sizes(fits, len(asked)) == asked


def test_pages_cannot_be_smaller_than_two_visits() -> None:
    pages = VisitPages()
    pages.start(3)
    assert pages.halve()
    assert pages.limit == 2
    assert not pages.halve()
