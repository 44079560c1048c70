"""Walks through calls that answer a page at a time (``limit`` and ``offset``), one request after the other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Protocol, TypeVar

from matomo_tui.api.calls import Call
from matomo_tui.api.client import Client

T_co = TypeVar("T_co", covariant=True)


class Page(Protocol[T_co]):
    """What such a call answers: a tuple, or a model that counts and yields its entries."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[T_co]: ...


P = TypeVar("P", bound=Page[object])


async def pages(client: Client, call_at: Callable[[int], Call[P]]) -> AsyncIterator[P]:
    """The answers of ``call_at(0)``, ``call_at(limit)``, … up to the last page, which is shorter than its limit.

    A page is asked for when the loop comes to it: ``break`` saves the server the others. An empty page is not yielded,
    and a server that answers the same page again, whatever the offset, ends it. Raises a ``MatomoError``.
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
    """Entries that a full page of ``call`` has; -1: all there are. Where Matomo cuts the answer out of what a method
    read, the method's own limit reaches to the end of the page, and ``filter_limit`` is the page's."""
    value = call.params.get("filter_limit", call.params.get("limit", -1))
    return int(str(value))
