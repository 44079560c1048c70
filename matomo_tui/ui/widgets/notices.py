"""A list of short messages, each with a symbol."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct
from textual.containers import Horizontal, Vertical
from textual.widget import AwaitMount
from textual.widgets import Static

from matomo_tui.ui.drawing.glyphs import glyphs_of

Tone = Literal["good", "warning", "bad", "quiet"]

_SIGNS: dict[Tone, tuple[str, str]] = {
    "good": ("✓", "+"),
    "warning": ("!", "!"),
    "bad": ("✗", "x"),
    "quiet": ("·", "."),
}


class Notice(Struct, frozen=True):
    """One clean sentence of plain text, with its tone."""

    tone: Tone
    text: str


class Remarks(Vertical):
    """Shows notices, one below the other."""

    DEFAULT_CSS = """
    Remarks {
        height: auto;
        & > Horizontal { height: auto; }
        & .sign { width: 2; text-style: bold; }
        & .text { width: 1fr; height: auto; }
        & .-good > .sign { color: $text-success; }
        & .-warning > Static { color: $text-warning; }
        & .-bad > Static { color: $text-error; }
        & .-quiet > Static { color: $text-muted; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.remarks: tuple[Notice, ...] = ()

    def say(self, remarks: Sequence[Notice]) -> AwaitMount:
        """Replace the notices, which are there when the returned object has been awaited."""
        self.remarks = tuple(remarks)
        ascii_only = glyphs_of(self).ascii
        self.remove_children()
        return self.mount_all(
            Horizontal(
                Static(_SIGNS[remark.tone][ascii_only], classes="sign", markup=False),
                Static(remark.text, classes="text", markup=False),
                classes=f"-{remark.tone}",
            )
            for remark in self.remarks
        )
