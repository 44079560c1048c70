"""A dialog of terms with their explanations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from msgspec import Struct
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from matomo_tui.ui.actions import bindings
from matomo_tui.ui.widgets.dialog import Dialog


class Term(Struct, frozen=True):
    """A term and its explanation; all texts are clean."""

    name: str
    text: str = ""
    """The explanation."""
    remark: str = ""
    """A muted line below it."""


class GlossaryDialog(Dialog[None]):
    """Terms below each other; the text scrolls."""

    DEFAULT_CSS = """
    GlossaryDialog > .dialog--box { width: 80; }
    GlossaryDialog VerticalScroll { padding: 0 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings("dialog")

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self._text = Static("", markup=False)

    def compose_body(self) -> ComposeResult:
        with VerticalScroll():
            yield self._text

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def show(self, introduction: str, terms: Iterable[Term]) -> None:
        """Replace the text."""
        parts = [Content(introduction)] if introduction else []
        for term in terms:
            if parts:
                parts.append(Content(""))
            parts.append(Content.styled(term.name, "bold $accent"))
            if term.text:
                parts.append(Content(term.text))
            if term.remark:
                parts.append(Content.styled(term.remark, "$text-muted"))
        self._text.update(Content("\n").join(parts))
