"""All non-ASCII characters drawn by the program, with their ``--ascii`` replacements."""

from __future__ import annotations

from msgspec import Struct
from textual.widget import Widget

from matomo_tui.live.snapshot import Kind, Presence

OLDER = "~"
"""Before a figure that is older than those beside it."""


class Glyphs(Struct, frozen=True):
    """One set of symbols; each is one cell wide unless its name says otherwise."""

    ascii: bool
    live: str
    paused: str
    stale: str
    stopped: str
    up: str
    down: str
    same: str
    cursor: str
    times: str
    dash: str
    ellipsis: str
    arrow: str
    returning: str
    new: str
    active: str
    idle: str
    gone: str
    sparks: str
    bars: str
    rule: str
    rule_heavy: str
    broken_axis: str
    between: str
    crumb: str
    opened: str
    closed: str
    chosen: str
    note: str
    kinds: dict[Kind, str]
    devices: dict[str, str]
    """By Matomo's English name of the device type in lower case; ``""`` for any other."""

    def presence(self, presence: Presence) -> str:
        """The symbol of a visitor's presence."""
        return {Presence.ACTIVE: self.active, Presence.IDLE: self.idle, Presence.GONE: self.gone}[presence]

    def device(self, name: str) -> str:
        """The symbol of a device type, by Matomo's name of it."""
        return self.devices.get(name.lower(), self.devices[""])


def _devices(*, desktop: str, phone: str, tablet: str, tv: str, other: str) -> dict[str, str]:
    return {
        "desktop": desktop,
        "smartphone": phone,
        "feature phone": phone,
        "phablet": phone,
        "tablet": tablet,
        "tv": tv,
        "smart display": tv,
        "unknown": " ",
        "": other,
    }


UNICODE = Glyphs(
    ascii=False,
    live="●",
    paused="‖",
    stale="◌",
    stopped="■",
    up="▲",
    down="▼",
    same="=",
    cursor="▸",
    times="×",
    dash="–",
    ellipsis="…",
    arrow="→",
    returning="↻",
    new="+",
    active="●",
    idle="○",
    gone="·",
    sparks="▁▂▃▄▅▆▇█",
    bars=" ▏▎▍▌▋▊▉█",
    rule="─",
    rule_heavy="━",
    broken_axis="≈",
    between="·",
    crumb="›",
    opened="▾",
    closed="▸",
    chosen="✓",
    note="◆",
    kinds={
        Kind.PAGE: "▸",
        Kind.EVENT: "◆",
        Kind.SEARCH: "⌕",
        Kind.DOWNLOAD: "↓",
        Kind.OUTLINK: "↗",
        Kind.GOAL: "★",
        Kind.ORDER: "◈",
        Kind.CART: "◇",
        Kind.CONTENT: "▫",
        Kind.OTHER: "?",
    },
    devices=_devices(desktop="▭", phone="▯", tablet="▢", tv="▱", other="◦"),
)

ASCII = Glyphs(
    ascii=True,
    live="*",
    paused="=",
    stale="~",
    stopped="#",
    up="^",
    down="v",
    same="=",
    cursor=">",
    times="x",
    dash="-",
    ellipsis="~",
    arrow=">",
    returning="r",
    new="n",
    active="*",
    idle="o",
    gone=".",
    sparks="_.-:=+*#",
    bars=" .:#",
    rule="-",
    rule_heavy="=",
    broken_axis="~",
    between="-",
    crumb=">",
    opened="-",
    closed="+",
    chosen="x",
    note="!",
    kinds={
        Kind.PAGE: ">",
        Kind.EVENT: "e",
        Kind.SEARCH: "?",
        Kind.DOWNLOAD: "d",
        Kind.OUTLINK: "o",
        Kind.GOAL: "G",
        Kind.ORDER: "$",
        Kind.CART: "c",
        Kind.CONTENT: "i",
        Kind.OTHER: "_",
    },
    devices=_devices(desktop="D", phone="P", tablet="T", tv="V", other="O"),
)


def glyphs_of(widget: Widget) -> Glyphs:
    """The glyphs of the widget's application."""
    glyphs = getattr(widget.app, "glyphs", UNICODE)
    return glyphs if isinstance(glyphs, Glyphs) else UNICODE
