"""Styles of the virtual table, blended in the theme's colours."""

from __future__ import annotations

from collections.abc import Iterable

from rich.style import Style
from textual.widget import Widget


def resolve(widget: Widget, component_classes: Iterable[str]) -> Style:
    """Return the widget's colours with the styles of the component classes applied one after another.

    Textual's own method resolves one component class against the widget. A translucent text colour on the cursor would
    be blended with the wrong background.
    """
    _, _, background, color = widget.colors
    text_style = widget.text_style
    for name in component_classes:
        styles = widget.get_component_styles(name)
        if styles.has_rule("background"):
            background += styles.background
        if styles.has_rule("color"):
            color = background.get_contrast_text(styles.color.a) if styles.auto_color else styles.color
        text_style += styles.text_style
    return Style.from_color((background + color).rich_color, background.rich_color) + text_style
