"""Unsaved form input, kept until the program ends."""

from __future__ import annotations

from typing import TypeVar

D = TypeVar("D")


class DraftStore:
    """Drafts by a key such as ``("goal", 3, 7)``, or ``("goal", 3, None)`` for a new goal."""

    def __init__(self) -> None:
        self._drafts: dict[tuple[object, ...], object] = {}
        self._expendable: set[tuple[object, ...]] = set()
        self.edition = 0
        """Changes with each draft that is kept or removed."""

    def keep(self, key: tuple[object, ...], draft: object, *, expendable: bool = False) -> None:
        """Keep a draft; it replaces an earlier one with the same key. An ``expendable`` one is no loss."""
        self._drafts[key] = draft
        if expendable:
            self._expendable.add(key)
        self.edition += 1

    def get(self, key: tuple[object, ...], kind: type[D]) -> D | None:
        """The draft with this key, None if there is none of type ``kind``."""
        draft = self._drafts.get(key)
        return draft if isinstance(draft, kind) else None

    def discard(self, key: tuple[object, ...]) -> None:
        """Remove a draft that was saved or discarded."""
        if self._drafts.pop(key, None) is not None:
            self.edition += 1

    @property
    def has_input(self) -> bool:
        """True if a draft would be a loss."""
        return any(key not in self._expendable for key in self._drafts)

    def __contains__(self, key: object) -> bool:
        return key in self._drafts

    def __len__(self) -> int:
        return len(self._drafts)
