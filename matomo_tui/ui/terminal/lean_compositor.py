"""Renders only the lines that are drawn.

For a change in one line Textual renders every line of every widget on the screen: from caches, but a clock that ticks
costs as much as a whole screen.
"""

from __future__ import annotations

from collections.abc import Container, Iterable

from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.strip import Strip

from matomo_tui.ui.terminal.strip_caches import without_caches

_NOT_CUT = [0]
"""The end of a line without parts."""


class LeanCompositor(Compositor):
    """Renders of each widget the lines from the first to the last that a change is in, and nothing that is behind
    another widget. Lines keep no caches of their parts."""

    _updated: tuple[Region, ...] = ()
    _updated_lines: Container[int] = ()

    def render_partial_update(self) -> ChopsUpdate | None:
        """Textual's, for the regions that changed."""
        self._updated = tuple(self._dirty_regions)
        self._updated_lines = {y for region in self._updated for y in region.line_range}
        try:
            return super().render_partial_update()
        finally:
            self._updated = ()

    @property
    def cuts(self) -> list[list[int]]:
        """Textual's places at which lines are cut; none for lines that are not drawn."""
        cuts = super().cuts
        if not self._updated:
            return cuts
        return [cut if y in self._updated_lines else _NOT_CUT for y, cut in enumerate(cuts)]

    def _get_renders(self, crop: Region | None = None) -> Iterable[tuple[Region, Region, list[Strip]]]:
        if not self._updated:
            for region, lines, strips in super()._get_renders(crop):
                yield region, lines, [without_caches(strip) for strip in strips]
            return
        screen = self.size.region
        undrawn = [region for region in (updated.intersection(screen) for updated in self._updated) if region]
        for widget, (region, clip) in self.visible_widgets.items():  # from the front to the back
            visible = region.intersection(clip)
            inside = [updated for updated in undrawn if visible.overlaps(updated)]
            if not inside:
                continue
            top = max(visible.y, min(updated.y for updated in inside))
            bottom = min(visible.bottom, max(updated.bottom for updated in inside))
            lines = Region(visible.x, top, visible.width, bottom - top)
            strips = widget.render_lines(lines.translate(-region.offset))
            yield region, lines, [without_caches(strip) for strip in strips]
            undrawn = [updated for updated in undrawn if not visible.contains_region(updated)]
            if not undrawn:
                return
