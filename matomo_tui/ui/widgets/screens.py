"""Base classes of all screens: cached styles, layouts by terminal size, dialogs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from textual import events, on
from textual.await_complete import AwaitComplete
from textual.geometry import Offset, Size
from textual.screen import ModalScreen as TextualModalScreen
from textual.screen import Screen as TextualScreen
from textual.screen import ScreenResultType
from textual.widget import Widget
from textual.widgets import Static

from matomo_tui.ui.drawing.glyphs import glyphs_of
from matomo_tui.ui.terminal.drawn_lines import forget_lines
from matomo_tui.ui.terminal.lean_compositor import LeanCompositor
from matomo_tui.ui.terminal.pacing import LOOK_AGAIN, PacedApp
from matomo_tui.ui.widgets.bare import Bare
from matomo_tui.ui.widgets.visibility import is_displayed

NEEDS = Size(72, 20)
"""The smallest terminal, in cells, that the screens are laid out for; the live screen does with less."""
Breakpoints = list[tuple[int, str]]
"""The least cells of a layout, and its class. Of several the last one reached applies."""
TINY = "-tiny"
"""The class of a screen in a smaller terminal: its ``SizeNotice`` is displayed in place of the content."""


class CachedStyleScreen(TextualScreen[ScreenResultType]):
    """Keeps its styles for as long as the theme is the one that they were computed with.

    Textual restyles every widget of a screen each time the screen comes to the top: right after each was styled on
    mounting, and at every return to a section, where this took two thirds of the time.
    """

    _styled_with = ""
    _is_held_back = False
    _was_drawn = False
    is_urgent = False
    """Draw the next change at once. Textual waits until a sixtieth of a second after the frame before, and longer if an
    answer comes meanwhile."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._late_result: tuple[ScreenResultType | None] | None = None
        self._compositor = LeanCompositor()

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Close the screen with a result; if it is covered, or in a tab that is not shown, once it is on top. Textual
        would close the screen that is on top now."""
        if self.is_active:
            return super().dismiss(result)
        self._late_result = (result,)
        return AwaitComplete()

    @on(events.ScreenResume)
    def _close_late(self) -> None:
        """Close the screen if it was to be closed while it was not on top."""
        if self._late_result is not None and self.is_active:
            self.dismiss(self._late_result[0])

    @on(events.ScreenResume)
    def _keep_styles(self, event: events.ScreenResume) -> None:
        """Runs before Textual's own handler. Only the screen itself is created before its style sheet is read."""
        if not self._styled_with:
            self.app.stylesheet.apply(self)
        if self._styled_with in ("", self.app.theme):
            event.refresh_styles = False
        self._styled_with = self.app.theme

    async def _on_idle(self, event: events.Idle) -> None:
        if self.is_urgent and (self._layout_required or self._dirty_widgets) and not self.app._batch_count:
            self.is_urgent = False
            event.prevent_default()
            self._on_timer_update()

    def _reset_focus(self, widget: Widget, avoiding: list[Widget] | None = None) -> None:
        """Leave the focus where it is while the application closes. Textual restyles the panes around it."""
        if self.app.is_running:
            super()._reset_focus(widget, avoiding)

    @on(events.ScreenSuspend)
    def _forget_lines(self) -> None:
        """Give back the drawn lines when another screen covers this one; below a dialog it is still drawn."""
        stack = self.app.screen_stack  # empty once the program has ended
        if stack and stack[-1] is not self and not stack[-1].is_modal:
            forget_lines(self)

    def _compositor_refresh(self) -> None:
        """Draw what changed, unless the terminal is behind: then it stays marked, and is tried again with all that
        changes until then.

        Textual draws the first frame in vain while a batch of updates is open, as one is when the application starts.
        It is drawn after the batch.
        """
        if not self._was_drawn and self.app._batch_count and isinstance(self.app, PacedApp):
            self.app.call_after_batch(self._draw_held_back)
            return
        if not self._was_drawn:
            self._was_drawn = True
            self._repaint_required = False  # This is the repaint that coming to the top asked for.
        if isinstance(self.app, PacedApp) and self.app.is_terminal_behind:
            self._dirty_widgets.clear()  # the compositor has their regions
            if not self._is_held_back:
                self._is_held_back = True
                self.set_timer(LOOK_AGAIN, self._draw_held_back)
        else:
            super()._compositor_refresh()

    def get_widget_and_offset_at(self, x: int, y: int) -> tuple[Widget | None, Offset | None]:
        """The widget at a cell of the screen, and the place in its text; ``None`` for one that was removed since the
        last layout, in which Textual would begin a selection."""
        widget, offset = super().get_widget_and_offset_at(x, y)
        if widget is not None and widget is not self and widget.parent is None:
            return None, None
        return widget, offset

    def _draw_held_back(self) -> None:
        self._is_held_back = False
        if self.is_current:
            self._compositor_refresh()


class ModalScreen(CachedStyleScreen[ScreenResultType], TextualModalScreen[ScreenResultType]):
    """A modal screen that keeps its styles."""

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Close the screen with a result. Does nothing unless it is on top: no key leads from it to another screen, and
        what comes late has nothing to close."""
        return super().dismiss(result) if self.is_active else AwaitComplete()


TABBED = "-tabbed"
"""The class of screens that are wide enough for the line of sections."""
TABBED_FROM = Size(120, 24)
"""The size from which on the line of sections is shown."""


class TabbedScreen(Bare, CachedStyleScreen[ScreenResultType]):
    """A screen with the class ``TABBED`` and its ``SectionTabs`` where there is room for them."""

    DEFAULT_CSS = """
    TabbedScreen.-tabbed > SectionTabs { display: block; }
    """
    _has_profile_tabs = False
    _laid_out_for: Size | None = None

    def layout_classes(self, size: Size) -> dict[str, bool]:
        """The layout classes for a terminal of ``size``."""
        return {TABBED: size.width >= TABBED_FROM.width and size.height >= TABBED_FROM.height}

    @on(events.Compose)
    def _set_first_layout(self) -> None:
        self.update_classes(self._all_layout_classes(self.app.size), update=False)

    @on(events.ScreenResume)
    def show_profile_tabs(self) -> None:
        """Show the tabs of several Matomos. A screen gets their line when there are some for the first time."""
        tabs = getattr(self.app, "profile_tabs", ())
        if not (tabs or self._has_profile_tabs):
            return
        from matomo_tui.ui.widgets.profile_tabs import ProfileTabs  # only for several: they cost start-up time

        self._has_profile_tabs = True
        shown = self.query(ProfileTabs)
        if tabs and not shown:
            self.mount(ProfileTabs())
        for line in shown:
            line.show(tabs)

    @on(events.Resize)
    def _set_layout(self, event: events.Resize) -> None:
        if event.size == self._laid_out_for:  # Textual tells a new screen its size twice
            return
        self._laid_out_for = event.size
        self.update_classes(self._all_layout_classes(event.size), animate=False)
        self.layout_set(event.size)
        self.resized()

    def layout_set(self, size: Size) -> None:
        """Called when the layout classes are those of ``size``, for the frame of the screen."""

    def _all_layout_classes(self, size: Size) -> dict[str, bool]:
        return {**self.layout_classes(size), **TabbedScreen.layout_classes(self, size)}

    def resized(self) -> None:
        """Called when the layout classes are those of the terminal's new size, before anything is laid out."""


class ResponsiveScreen(TabbedScreen[ScreenResultType]):
    """A screen with the classes of its ``HORIZONTAL_BREAKPOINTS`` and ``VERTICAL_BREAKPOINTS`` from its first frame on.

    Textual sets them after it has laid out the new size, so that one frame shows the old layout; this class sets them
    before, and on composition. Subclasses override ``resized`` instead of handling ``Resize``.
    """

    DEFAULT_CSS = """
    ResponsiveScreen.-tiny > * { display: none; }
    ResponsiveScreen.-tiny > SizeNotice { display: block; }
    """

    SMALLEST: ClassVar[Size] = NEEDS
    """The smallest terminal that the screen is laid out for."""

    def layout_classes(self, size: Size) -> dict[str, bool]:
        """The layout classes for a terminal of ``size``: by default those of the breakpoints."""
        named = ((size.width, self.HORIZONTAL_BREAKPOINTS or ()), (size.height, self.VERTICAL_BREAKPOINTS or ()))
        classes = {name: False for _, breakpoints in named for _, name in breakpoints}
        for cells, breakpoints in named:
            reached = [one for one in breakpoints if one[0] <= cells]
            if reached:
                classes[max(reached)[1]] = True
        return classes

    CONTENT: ClassVar[str] = ""
    """A selector of what has the keys of the content, which act on nothing that is not to be seen."""

    _had_focus: Widget | None = None
    """What of the content had the focus before the terminal was too small for it."""

    def layout_set(self, size: Size) -> None:
        is_tiny = self.has_class(TINY)
        for content in self.query(self.CONTENT) if self.CONTENT else ():
            if is_tiny and self.focused is not None and content in self.focused.ancestors:
                self._had_focus = self.focused
            content.disabled = is_tiny
        if is_tiny:
            self.draw_notice(size)
        elif self._had_focus is not None:
            self.call_after_refresh(self._give_focus_back)

    def _give_focus_back(self) -> None:
        """Go on with what had the focus, such as a search line: what is typed next belongs into it."""
        before, self._had_focus = self._had_focus, None
        if before is not None and self.focused is None and before.is_attached and is_displayed(before):
            self.set_focus(before, scroll_visible=False)

    def draw_notice(self, size: Size) -> None:
        """Say in place of the content that a terminal of ``size`` is too small."""
        self.size_notice.draw(size)

    @property
    def size_notice(self) -> SizeNotice:
        """The widget that says so, which is mounted when it is first needed: most terminals are large enough."""
        notice = self.query_one_optional(SizeNotice)
        if notice is None:
            notice = SizeNotice(self.SMALLEST)
            self.mount(notice, before=self.query_one_optional("#keys"))
        return notice


class SizeNotice(Static):
    """Replaces the other widgets of a ``ResponsiveScreen`` in a terminal smaller than ``NEEDS``."""

    DEFAULT_CSS = """
    SizeNotice {
        display: none; width: 1fr; height: 1fr; content-align: center middle; text-align: center;
    }
    """

    def __init__(self, needs: Size = NEEDS) -> None:
        """``needs`` is the smallest terminal that the screen is laid out for."""
        super().__init__(id="small", markup=False)
        self._needs = needs

    def draw(self, size: Size, above: Iterable[str] = (), below: Iterable[str] = ()) -> None:
        """Name the required size and ``size``, between the lines ``above`` and ``below``."""
        times = glyphs_of(self).times
        needs = f"matomo-tui needs {self._needs.width}{times}{self._needs.height}"
        self.update("\n".join([*above, needs, f"this is {size.width}{times}{size.height}", *below]))
