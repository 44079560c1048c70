"""A section with a single pane and no list of reports."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from msgspec.structs import replace
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Container
from textual.widget import Widget

from matomo_tui.ui.reports.report_context import Location
from matomo_tui.ui.reports.section_layout import KEPT_KEYS
from matomo_tui.ui.reports.section_place import SectionPlace
from matomo_tui.ui.reports.section_screen import SectionScreen
from matomo_tui.ui.reports.single_pane import SinglePane
from matomo_tui.ui.widgets.breadcrumbs import BreadcrumbHeader
from matomo_tui.ui.widgets.key_footer import KeyFooter
from matomo_tui.ui.widgets.section_tabs import SectionTabs


class SinglePaneScreen(SectionScreen):
    """Subclasses set ``PANE`` and handle its messages."""

    PANE: ClassVar[type[SinglePane]]

    def compose(self) -> ComposeResult:
        yield BreadcrumbHeader(id="crumbs")
        with Container(id="section"):
            yield self.make_pane()
            yield from self.compose_below()
        yield SectionTabs(self.section.name)
        yield KeyFooter(keep=KEPT_KEYS, id="keys")

    def compose_below(self) -> ComposeResult:
        """The widgets below the pane; by default none."""
        yield from ()

    @abstractmethod
    def make_pane(self) -> SinglePane:
        """Create the pane."""

    @property
    def shown_pane(self) -> SinglePane:
        """The only pane."""
        return self.query_one(self.PANE)

    def prepare(self) -> None:
        """A single pane hides nothing."""

    @property
    def place(self) -> SectionPlace:
        return replace(super().place, pane=self.shown_pane.choices)

    def resume_widgets(self, place: SectionPlace) -> None:
        super().resume_widgets(place)
        for pane in self.query(self.PANE):
            pane.resume(place.pane)

    def show_location(self, location: Location) -> None:
        """Show the pane under the context's query."""
        if location.section != self.section.name:
            self.context.record(self.section.name, None)
        self._draw_crumbs()
        self.shown_pane.show_query(self.context.query)
        self.refresh_bindings()
        self.call_after_refresh(self.keep_focus)

    @on(events.ScreenSuspend)
    def _drop_request(self) -> bool:
        return any(pane.drop_request() for pane in self.query(self.PANE))

    def _focusable(self) -> list[Widget]:
        return [self.shown_pane.table]

    def go_back(self) -> bool:
        """``esc``: drop what a key asked for. Returns False if there is nothing to leave but the section."""
        return self._drop_request()

    def update_shown_age(self) -> None:
        """Update the age of the pane."""
        self.shown_pane.update_age()

    def retry_failed(self) -> None:
        """Load again what failed. There is no list of reports to wait for."""
        for pane in self.failed_panes:
            pane.retry()

    def action_reload(self) -> None:
        """Load the pane again from Matomo."""
        self.context.loader.resume()
        self.shown_pane.reload()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable the keys that only single reports use."""
        if action in ("show_list", "export", "compare", "explain", "whole_pane"):
            return False
        return super().check_action(action, parameters)

    def refusal(self, action: str) -> str | None:
        """Why the action is not possible here; ``None`` if there is no particular reason."""
        reasons = {
            "show_list": "This section has no list.",
            "compare": "This section has its own comparison.",
            "export": "There is no table to export.",
            "explain": "{section.explain} explains the columns of a report; this section has none.",
            "whole_pane": "This section has no panes to choose from.",
        }
        return reasons.get(action) or super().refusal(action)
