"""The focus on a report screen: which pane has it, while panes come, go and fold."""

from __future__ import annotations

from textual.widget import Widget

from matomo_tui.ui.reports.report_context import ReportContext
from matomo_tui.ui.reports.section_layout import FOLDING
from matomo_tui.ui.reports.section_panes import SectionPanes
from matomo_tui.ui.reports.sections import Section
from matomo_tui.ui.widgets.async_pane import AsyncPane


class SectionFocus(SectionPanes):
    """Keeps the focus in the main content, or in the list of reports while that is open."""

    def __init__(self, section: Section, context: ReportContext) -> None:
        super().__init__(section, context)
        self._wants_focus = True
        """The focus is to move to the report at the next opportunity."""
        self._list_leads_back = False
        """``esc`` leads from the list of reports to the report that it was opened from, also where the section begins
        with the list."""

    def on_async_pane_state_changed(self, message: AsyncPane.StateChanged) -> None:
        """Keep the focus in the main content. Textual moves it to the next widget when a pane hides its own."""
        message.stop()
        self._wants_focus = self._wants_focus or message.had_focus
        self.call_after_refresh(self.keep_focus)

    def on_descendant_focus(self) -> None:
        """Fold the list of reports once the focus has left it."""
        if self.has_class(FOLDING) and self.has_class("-list") and not self.list_pane.has_focus_within:
            self.remove_class("-list")

    def focus_report(self) -> None:
        """Leave the list of reports for the open report, as soon as it is drawn."""
        self.remove_class("-list")
        self._wants_focus, self._list_leads_back = True, False
        self.call_after_refresh(self.keep_focus)

    def keep_focus(self) -> None:
        """Focus the main content if nothing has the focus, or if it was requested."""
        if not self.is_current or (self.focused is not None and not self._wants_focus):
            return
        for table in self._focusable():
            if table.focusable:
                self._wants_focus = False
                self.set_focus(table, scroll_visible=False)
                return

    def _focusable(self) -> list[Widget]:
        tables: list[Widget] = [self.shown_pane.table, self.list_pane.table]
        return tables if not self.has_class("-list") else tables[::-1]
