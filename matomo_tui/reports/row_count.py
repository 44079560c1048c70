"""Finds the number of rows of a level by searching for its end, since Matomo does not send it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from matomo_tui.api.errors import NotMatomo

WHOLE = 500
"""Rows that are counted at once, by having the labels of all of them: most levels have no more, as Matomo cuts them."""

_STRIDE = 4
_NO_END = 100_000_000

Span = tuple[int, int]
"""From which row on, and how many rows at most."""

CountedRange = Callable[[Span], Awaitable[int]]
"""How many rows there are in a span. Each costs the server a report, so they are looked at one by one: that takes the
fewest, and whatever a person waits for comes in between."""


async def count_rows(look: CountedRange, known: int = 0, guess: int | None = None) -> int:
    """How many rows there are. ``known`` of them are certain; ``guess`` is how many there were a while ago.

    Raises ``NotMatomo`` where there are rows wherever one looks.
    """
    if guess is not None and guess > known:
        found = await look((guess - 1, WHOLE))
        if 0 < found < WHOLE:
            return guess - 1 + found
        known = max(known, guess - 1 + found if found else 0)
    found = await look((known, WHOLE))
    known += found
    return known if found < WHOLE else await _beyond(look, known)


async def _beyond(look: CountedRange, known: int) -> int:
    """There may be any number of rows more: row ``known - 1`` is there, row ``end`` is not."""
    step = max(WHOLE, known // 2)
    while await look((known + step, 1)):
        known += step + 1
        step *= _STRIDE
        if known > _NO_END:
            raise NotMatomo("The server sends rows at every offset: this report has no end.")
    end = known + step
    while end - known > WHOLE:
        middle = (known + end) // 2
        if await look((middle, 1)):
            known = middle + 1
        else:
            end = middle
    return known + await look((known, end - known)) if end > known else known
