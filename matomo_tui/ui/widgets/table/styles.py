"""Styles of the virtual table, blended in the theme's colours."""

from __future__ import annotations

from collections.abc import Iterable

from rich.style import Style
from textual.widget import Widget


def resolve(widget: Widget, component_classes: Iterable[str]) -> Style:
    """The widget's own colours with each component class laid over the ones before it.

    Textual's own look-up resolves one component against the widget, so that a translucent text colour on the cursor's
    background would be blended with the wrong background.
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
