"""The sites that the kiosk's rotation leaves out, in a line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.cells import cell_len

from matomo_tui.api.errors import MatomoError, SeveralMatch
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.drawing.formatting import pad_or_truncate
from matomo_tui.ui.live.live_header import Banner

if TYPE_CHECKING:
    from matomo_tui.session import FoundSites

_LONGEST_NAME = 40
_TALL = 30
"""Rows from which on a single sentence may take more than a line: on fewer that is taken from the figures."""


def missing_line(problems: Mapping[str, MatomoError], room: int) -> str:
    """Name as many of the keys of ``problems`` as ``room`` columns hold, and count the others. A name that matches
    several sites was found, but not which of them."""
    ambiguous = {name for name, error in problems.items() if isinstance(error, SeveralMatch)}
    names = [f"{sanitize(name, _LONGEST_NAME)}{' (matches several)' if name in ambiguous else ''}" for name in problems]
    for shown in range(len(names), 0, -1):
        rest = len(names) - shown
        what = "Left out" if ambiguous else "Not found"
        line = f"{what}: {', '.join(names[:shown])}{f' and {rest} more' if rest else ''}"
        if cell_len(line) <= room:
            return line
    return f"Sites {'left out' if ambiguous else 'not found'}: {len(names)}"


class KioskMissing(Banner):
    """Why a site was not found where there is room for that, else the names of all that were not; or that only the
    first sites take turns."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._found: FoundSites | None = None

    def set_found(self, found: FoundSites) -> None:
        """Say which sites are left out; none hides the line."""
        self._found = found
        self.lay_out()

    def lay_out(self) -> None:
        """Say it in the size that the terminal has now."""
        if self._found is None:
            self.set_text("", "warn")
            return
        width, height = self.app.size.width - 2, self.app.size.height
        problems = self._found.problems
        sentences = [str(problem) for problem in problems.values()]
        if not self._found.is_all:
            sentences.append(f"Only the first {len(self._found.sites):,} sites take turns.")
        text = sentences[0] if len(sentences) == 1 else ""
        if sentences and (not text or (height < _TALL and cell_len(text) > width)):
            text = missing_line(problems, width) if problems else pad_or_truncate(text, width).rstrip()
        self.set_text(text, "warn")
