"""Widgets that show nothing themselves, so that all their lines are one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Container, Horizontal, Vertical
from textual.geometry import Region
from textual.strip import Strip

if TYPE_CHECKING:
    from textual.widget import Widget as _Base
else:
    _Base = object  # Textual takes the styles of the first base that is a widget, and this one has none.


class Bare(_Base):
    """Mixed into a widget without a border, of which only the background is seen.

    Textual draws and keeps each of its lines, three objects of a kilobyte each, though other widgets cover them.
    """

    def render_line(self, y: int) -> Strip:  # noqa: ARG002 (all are alike)
        return Strip.blank(self.size.width, self.visual_style.rich_style)

    def render_lines(self, crop: Region) -> list[Strip]:
        return super().render_lines(Region(crop.x, 0, crop.width, 1)) * crop.height


class BareContainer(Bare, Container):
    """A ``Container`` without a border."""


class BareHorizontal(Bare, Horizontal):
    """A ``Horizontal`` without a border."""


class BareVertical(Bare, Vertical):
    """A ``Vertical`` without a border."""
