"""Tooltips with the whole of what is cut."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget


def show_tooltip(widget: Widget, text: str) -> None:
    """Show ``text``, which must be clean, while the pointer rests on ``widget``; ``""`` shows nothing."""
    before = widget.tooltip
    if (before.plain if isinstance(before, Content) else "") != text:
        widget.tooltip = Content(text) if text else None
