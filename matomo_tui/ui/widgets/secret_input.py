"""A field for a secret: its text is shown as dots and cannot be copied out of it."""

from __future__ import annotations

from textual.widgets import Input

from matomo_tui.ui.terminal.clipboard import NOT_COPIED


class SecretInput(Input):
    """A line whose text is masked. As in browsers nothing is cut or copied: the clipboard would have it in clear."""

    def __init__(self, value: str = "", *, placeholder: str = "", select_on_focus: bool = True, id: str | None = None):
        super().__init__(
            value, placeholder=placeholder, password=True, select_on_focus=select_on_focus, compact=True, id=id
        )

    def action_cut(self) -> None:
        """Say that a masked text is not copied, and leave it."""
        self.action_copy()

    def action_copy(self) -> None:
        """Say that a masked text is not copied."""
        if self.selected_text:
            self.notify(NOT_COPIED, markup=False, timeout=4)
