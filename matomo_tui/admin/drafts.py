"""Unsaved form input, kept until the program ends."""

from __future__ import annotations

from typing import TypeVar

D = TypeVar("D")


class DraftStore:
    """Drafts by what they are about (such as ``("goal", 3, 7)``, or ``("goal", 3, None)`` for a new one)."""

    def __init__(self) -> None:
        self._drafts: dict[tuple[object, ...], object] = {}

    def keep(self, about: tuple[object, ...], draft: object) -> None:
        """Remember a draft, in place of an earlier one."""
        self._drafts[about] = draft

    def get(self, about: tuple[object, ...], kind: type[D]) -> D | None:
        """The draft about this, if there is one of that kind."""
        draft = self._drafts.get(about)
        return draft if isinstance(draft, kind) else None

    def discard(self, about: tuple[object, ...]) -> None:
        """Forget a draft: it was saved, or thrown away on purpose."""
        self._drafts.pop(about, None)

    def __contains__(self, about: object) -> bool:
        return about in self._drafts

    def __len__(self) -> int:
        return len(self._drafts)
