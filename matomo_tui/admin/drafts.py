"""Unsaved form input, kept until the program ends."""

from __future__ import annotations

from typing import TypeVar

D = TypeVar("D")


class DraftStore:
    """Drafts by a key such as ``("goal", 3, 7)``, or ``("goal", 3, None)`` for a new goal."""

    def __init__(self) -> None:
        self._drafts: dict[tuple[object, ...], object] = {}

    def keep(self, key: tuple[object, ...], draft: object) -> None:
        """Keep a draft; it replaces an earlier one with the same key."""
        self._drafts[key] = draft

    def get(self, key: tuple[object, ...], kind: type[D]) -> D | None:
        """The draft with this key, None if there is none of type ``kind``."""
        draft = self._drafts.get(key)
        return draft if isinstance(draft, kind) else None

    def discard(self, key: tuple[object, ...]) -> None:
        """Remove a draft that was saved or discarded."""
        self._drafts.pop(key, None)

    def __contains__(self, key: object) -> bool:
        return key in self._drafts

    def __len__(self) -> int:
        return len(self._drafts)
