"""A screen that can show one of its panes alone."""

from __future__ import annotations

from textual.screen import ScreenResultType

from matomo_tui.ui.widgets.pane import Pane
from matomo_tui.ui.widgets.screens import ResponsiveScreen

ALONE = "-alone"
"""The class of the pane that is shown alone."""


class WholePaneScreen(ResponsiveScreen[ScreenResultType]):
    """Shows the pane with the focus alone, and all panes again.

    Subclasses bind ``whole_pane``, and set the classes of their layout by ``whole`` in ``layout_classes``.
    """

    def __init__(self) -> None:
        super().__init__()
        self.whole: Pane | None = None
        """The pane that is shown alone."""

    def action_whole_pane(self) -> None:
        """Show only the pane with the focus, or all panes again."""
        focused = self.focused
        within = [] if focused is None else [node for node in focused.ancestors if isinstance(node, Pane)]
        self.show_whole(None if self.whole is not None or not within else within[0])

    def show_whole(self, pane: Pane | None) -> None:
        """Show only ``pane``, or all panes."""
        if pane is not self.whole:
            for one, shown in ((self.whole, False), (pane, True)):
                if one is not None:
                    one.set_class(shown, ALONE)
            self.whole = pane
            self.update_classes(self.layout_classes(self.app.size), animate=False)
            self.resized()
