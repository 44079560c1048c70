"""Iterates over the pages of calls that have ``limit`` and ``offset``, one request after the other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Protocol, TypeVar

from matomo_tui.api.calls import Call
from matomo_tui.api.client import Client

T_co = TypeVar("T_co", covariant=True)


class Page(Protocol[T_co]):
    """Answer of a paged call: a tuple or another sized iterable of entries."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[T_co]: ...


P = TypeVar("P", bound=Page[object])


async def pages(client: Client, call_at: Callable[[int], Call[P]]) -> AsyncIterator[P]:
    """Yield the answers of ``call_at(0)``, ``call_at(limit)``, … up to the first page shorter than its limit.

    Each page is requested when the loop needs it, so ``break`` avoids further requests. Empty pages are not yielded,
    and a page equal to the one before ends the iteration: some servers ignore the offset. Raises a ``MatomoError``.
    """
    offset = 0
    last: P | None = None
    while True:
        call = call_at(offset)
        page = await client.call(call)
        if not len(page) or page == last:
            return
        yield page
        limit = _limit(call)
        if limit <= 0 or len(page) < limit:
            return
        last = page
        offset += len(page)


def _limit(call: Call[object]) -> int:
    """Number of entries on a full page, -1 for unlimited.

    ``filter_limit`` takes precedence: methods without an offset of their own are called with a ``limit`` up to the end
    of the page, and ``filter_limit`` then cuts the page out."""
    value = call.params.get("filter_limit", call.params.get("limit", -1))
    return int(str(value))
