"""How many rows a level has: Matomo does not say, so its end is looked for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from matomo_tui.api.errors import NotMatomo

WHOLE = 500
"""Rows that are counted at once, by having the labels of all of them: most levels have no more, as Matomo cuts them."""

_AT_ONCE = 8
_STRIDE = 4
_NO_END = 100_000_000

Span = tuple[int, int]
"""From which row on, and how many rows at most."""

Look = Callable[[Sequence[Span]], Awaitable[Sequence[int]]]
"""How many rows there are in each of these spans; one HTTP request, in which each span costs the server a report."""


async def count_rows(look: Look, known: int = 0, guess: int | None = None) -> int:
    """How many rows there are. ``known`` of them are certain; ``guess`` is how many there were a while ago.

    Raises ``NotMatomo`` where there are rows wherever one looks.
    """
    if guess is not None and guess > known:
        (found,) = await look([(guess - 1, WHOLE)])
        if 0 < found < WHOLE:
            return guess - 1 + found
        known = max(known, guess - 1 + found if found else 0)
    (found,) = await look([(known, WHOLE)])
    known += found
    return known if found < WHOLE else await _beyond(look, known)


async def _beyond(look: Look, known: int) -> int:
    """There may be any number of rows more: row ``known - 1`` is there, row ``end`` is not."""
    end: int | None = None
    while end is None or end - known > WHOLE:
        if end is None:
            step = max(WHOLE, known // 2)
            offsets = [known + step * _STRIDE**power for power in range(_AT_ONCE)]
        else:
            offsets = [known + (end - known) * part // (_AT_ONCE + 1) for part in range(1, _AT_ONCE + 1)]
        for offset, there in zip(offsets, await look([(offset, 1) for offset in offsets]), strict=True):
            if there:
                known = max(known, offset + 1)
            else:
                end = offset if end is None else min(end, offset)
        if known > _NO_END:
            raise NotMatomo("This report does not end: there are rows wherever one looks for them.")
    if end <= known:
        return known
    (found,) = await look([(known, end - known)])
    return known + found
