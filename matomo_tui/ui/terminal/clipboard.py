"""Clipboard copy and SVG screenshots."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol, runtime_checkable

from matomo_tui.sanitize import drop_unprintable, sanitize
from matomo_tui.ui.terminal.crash_report import CrashReportMixin

LONGEST = 65_536
"""Characters that are copied at most: terminals take no longer sequence."""
NOT_COPIED = "A masked text is not copied."


@runtime_checkable
class TextField(Protocol):
    """Textual's ``Input`` or ``TextArea``; importing the latter here would cost start-up time."""

    selection: Any
    """A pair of ends, one after the other as they were set; its class makes an empty one with ``cursor``."""

    @property
    def selected_text(self) -> str:
        """What is selected in the field, ``""`` if nothing is."""
        ...


class CopyAndScreenshotMixin(CrashReportMixin):
    """Copies text to the clipboard and saves screenshots."""

    async def action_interrupt(self) -> None:
        """Copy the text that is selected on the screen, or in the focused field, or quit. What was copied is not
        selected any more, so that the same key copies or quits next."""
        field = self.focused
        if selected := self.screen.get_selected_text() or "":  # first: a field selects its text when it gets the focus
            self.copy(selected, lines=True)
            self.screen.clear_selection()
        elif isinstance(field, TextField) and (selected := field.selected_text):
            if getattr(field, "password", False):
                self.notify(NOT_COPIED, timeout=4, markup=False)
            else:
                self.copy(selected, lines=True)
            field.selection = type(field.selection).cursor(field.selection.end)
        else:
            await self.action_quit()

    def copy(self, text: str, *, lines: bool = False, said: str = "") -> None:
        """Copy ``text``, sanitized: pasted into a shell it must not press enter. ``lines`` keeps the line breaks of
        code, and its lines whole; ``said`` replaces the text in the message, for secrets."""
        self.copy_to_clipboard(text if lines else sanitize(text, 4096))
        self.notify(f"Copied: {said or sanitize(text, 60)}", timeout=2, markup=False)

    def copy_to_clipboard(self, text: str) -> None:
        """Copy ``text``, whoever asks for it: input lines ask with the server's raw value. Line breaks within it and
        tabs stay; a break at its end would press enter in a shell. Nothing does not replace what the clipboard has."""
        lines = (map(drop_unprintable, line.split("\t")) for line in text[:LONGEST].splitlines())
        if copied := "\n".join("\t".join(cells) for cells in lines):
            super().copy_to_clipboard(copied)

    def action_save_screenshot(self) -> None:
        """Save the screen as an SVG file in the pictures folder, or in the current one. Never replaces a file."""
        self.run_worker(self._save_screenshot(self.export_screenshot(title="matomo-tui")), exit_on_error=False)

    async def _save_screenshot(self, svg: str) -> None:
        from matomo_tui.ui.terminal.screenshot import write_screenshot

        try:
            path = await asyncio.to_thread(write_screenshot, svg)
        except OSError as error:
            self.notify(f"The screenshot could not be saved: {error.strerror}.", severity="error", markup=False)
        else:
            self.notify(f"Saved {sanitize(str(path))}", markup=False)
