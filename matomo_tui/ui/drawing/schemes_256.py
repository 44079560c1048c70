"""The program's own themes in the 256 colours of xterm. Imported only by terminals that have no more."""

from __future__ import annotations

from matomo_tui.ui.drawing.palette import Palette
from matomo_tui.ui.drawing.xterm256 import hex_of

# Picked by hand: the cube of 256 colours has no dark blue that is not navy, so bars are grey and the cursor is blue.
DARK = Palette(
    dark=True,
    background=hex_of(234),
    surface=hex_of(235),
    panel=hex_of(236),
    border=hex_of(240),
    bar=hex_of(238),
    chart=hex_of(67),
    cursor=hex_of(25),
    stale=hex_of(247),
    muted=hex_of(247),
    text=hex_of(252),
    foreground=hex_of(255),
    accent=hex_of(75),
    success=hex_of(113),
    warning=hex_of(179),
    error=hex_of(210),
)

LIGHT = Palette(
    dark=False,
    background=hex_of(231),
    surface=hex_of(255),
    panel=hex_of(254),
    border=hex_of(250),
    bar=hex_of(189),
    chart=hex_of(110),
    cursor=hex_of(153),
    stale=hex_of(241),
    muted=hex_of(241),
    text=hex_of(236),
    foreground=hex_of(232),
    accent=hex_of(25),
    success=hex_of(22),
    warning=hex_of(58),
    error=hex_of(124),
)
