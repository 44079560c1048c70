"""Entries of the command palette, and how well they match a search."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

KINDS = ("action", "report", "site", "segment", "profile", "tab", "theme", "setting")
"""The kinds of entries, in the order of equally good matches."""
RECENT = 8
"""Entries remembered as recent."""


class PaletteItem(Struct, frozen=True):
    """One entry. Its texts are clean."""

    id: str
    """Names it among all, also in the next run: ``report:Actions.getPageUrls``."""
    name: str
    run: Callable[[], object]
    """Goes there."""
    keys: str = ""
    more: str = ""
    """Words that find it and are not shown."""

    @property
    def kind(self) -> str:
        """One of ``KINDS``."""
        return self.id.partition(":")[0]


def matching(items: Iterable[PaletteItem], text: str, recent: Sequence[str] = ()) -> list[PaletteItem]:
    """The items that have every word of ``text``, the best first.

    Best are names that begin with the text, then names with words that begin with all words of the text, then names
    that contain them, then items that have them elsewhere. Equally good ones stand in the order of ``recent``, which
    has ids with the newest first, then of ``KINDS``, then as given. Without a text the recent ones come first.
    """
    words = text.casefold().split()
    place = {id: at for at, id in enumerate(recent)}
    found = []
    for item in {item.id: item for item in items}.values():
        score = _score(item, words)
        if score is not None:
            found.append((score, place.get(item.id, len(place)), KINDS.index(item.kind), item))
    return [item for *_, item in sorted(found, key=lambda one: one[:3])]


def _score(item: PaletteItem, words: Sequence[str]) -> int | None:
    """How well an item matches, 0 best; ``None`` if it does not have all words."""
    name = item.name.casefold()
    if name.startswith(" ".join(words)):
        return 0
    starts = name.replace("-", " ").replace("/", " ").split()
    if all(any(start.startswith(word) for start in starts) for word in words):
        return 1
    if all(word in name for word in words):
        return 2
    everything = f"{name} {item.kind} {item.more.casefold()}"
    return 3 if all(word in everything for word in words) else None


def remember(recent: Sequence[str], id: str) -> list[str]:
    """``recent`` with ``id`` as the newest."""
    return [id, *(one for one in recent if one != id)][:RECENT]
