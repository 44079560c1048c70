"""The sites of the kiosk's rotation that were not found, in a line."""

from __future__ import annotations

from collections.abc import Mapping

from rich.cells import cell_len

from matomo_tui.api.errors import MatomoError
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.drawing.formatting import pad_or_truncate
from matomo_tui.ui.live.live_header import Banner

LONGEST_NAME = 40
TALL = 30
"""Rows from which on a single sentence may take more than a line: on fewer that is taken from the figures."""


def missing_line(problems: Mapping[str, MatomoError], room: int) -> str:
    """Name as many of the keys of ``problems`` as ``room`` columns hold, and count the others. A name that matches
    several sites was found, but not which of them. What concerns no name is cut."""
    if (remark := problems.get("")) is not None:
        return pad_or_truncate(str(remark), room).rstrip()
    names = [
        f"{sanitize(name, LONGEST_NAME)}{'' if error.method else ' (matches several)'}"
        for name, error in problems.items()
    ]
    several = not all(error.method for error in problems.values())
    for shown in range(len(names), 0, -1):
        rest = len(names) - shown
        what = "Left out" if several else "Not found"
        line = f"{what}: {', '.join(names[:shown])}{f' and {rest} more' if rest else ''}"
        if cell_len(line) <= room:
            return line
    return f"Sites {'left out' if several else 'not found'}: {len(names)}"


class KioskMissing(Banner):
    """Why a site was not found where there is room for that, else the names of all that were not."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._problems: Mapping[str, MatomoError] = {}

    def set_problems(self, problems: Mapping[str, MatomoError]) -> None:
        """Name the keys of ``problems``; none hides the line."""
        self._problems = problems
        self.lay_out()

    def lay_out(self) -> None:
        """Say it in the size that the terminal has now."""
        width, height = self.app.size.width - 2, self.app.size.height
        sentences = [str(problem) for problem in self._problems.values()]
        text = sentences[0] if len(sentences) == 1 else ""
        if sentences and (not text or (height < TALL and cell_len(text) > width)):
            text = missing_line(self._problems, width)
        self.set_text(text, "warn")
