"""The help screen: keys of the focused pane, the screen and the program, and the load on the server."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from matomo_tui import __version__
from matomo_tui.live.snapshot import Kind
from matomo_tui.sizes import format_size
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.available_actions import KeyGroup
from matomo_tui.ui.drawing.glyphs import OLDER, Glyphs, glyphs_of
from matomo_tui.ui.widgets.dialog import Dialog

if TYPE_CHECKING:
    from matomo_tui.session import Session

WIDTH = 76
"""The width of the help in cells, as in its style sheet."""
FRAME = 8
"""Cells that border, padding and a scrollbar take of it."""


def _hanging(text: str, indent: int, width: int) -> str:
    """``text`` in lines of ``width`` cells, all but the first indented by ``indent``."""
    return f"\n{' ' * indent}".join(textwrap.wrap(text, width))


def cost(session: Session | None) -> str:
    """The requests and bytes of this connection so far, as a sentence."""
    if session is None:
        return "Not connected: no request has been sent."
    client = session.client
    asked = f"{client.requests_sent:,} request" + ("" if client.requests_sent == 1 else "s")
    version = f"Matomo {session.version}" if session.version else "Matomo"
    return f"{version} at {session.address}: {asked}, {format_size(client.bytes_received)} received since the start."


def signs(glyphs: Glyphs) -> list[tuple[str, str]]:
    """Each symbol with its meaning: those of visitors, then those of actions and devices."""
    visitors = [
        (glyphs.active, "acted within 3 min"),
        (glyphs.idle, "acted within 30 min"),
        (glyphs.gone, "gone" if glyphs.gone != glyphs.between else "gone; in figures 0"),
        (glyphs.bars[min(2, len(glyphs.bars) - 1)], "just changed"),
        (glyphs.new, "new visitor"),
        (glyphs.returning, "returning visitor"),
        *([(glyphs.between, "in figures 0")] if glyphs.gone != glyphs.between else []),
        (OLDER, "older than the rest"),
    ]
    actions = [(sign, "another action" if kind is Kind.OTHER else kind.value) for kind, sign in glyphs.kinds.items()]
    devices = [
        (glyphs.device(name), words)
        for name, words in (
            ("desktop", "on a desktop"),
            ("smartphone", "on a phone"),
            ("tablet", "on a tablet"),
            ("tv", "on a TV or display"),
            ("console", "on another device"),
        )
    ]
    return [*visitors, *actions, *devices]


class HelpScreen(Dialog[None]):
    """Three groups of keys, which scroll if they do not fit."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("dialog")
    CSS_PATH = "help.tcss"

    def __init__(self, groups: tuple[KeyGroup, ...], session: Session | None) -> None:
        super().__init__("Keys")
        self._groups = groups
        self._session = session

    def compose_body(self) -> ComposeResult:
        with VerticalScroll(id="help"):
            for group in self._groups:
                yield Static(Content(group.title), classes="help--title")
                width = max(len(line.keys) for line in group.lines) + 2
                room = max(20, min(WIDTH, self.app.size.width) - FRAME - width)
                rows = [
                    Content.assemble((f"{line.keys:<{width}}", "bold $accent"), _hanging(line.help, width, room))
                    for line in group.lines
                ]
                yield Static(Content("\n").join(rows), classes="help--keys")
            yield Static(Content("Signs"), classes="help--title")
            yield Static(Content("\n").join(self._signs()), classes="help--keys", id="signs")
            yield Static(Content(cost(self._session)), classes="help--cost")
            yield Static(Content(f"matomo-tui {__version__}"), classes="help--cost")

    def _signs(self) -> list[Content]:
        """The lines that explain the symbols, three to a line."""
        found = signs(glyphs_of(self))
        lines = [found[n : n + 3] for n in range(0, len(found), 3)]
        return [
            Content("").join(Content.assemble((f"{sign:<2}", "bold $accent"), f"{words:<22}") for sign, words in line)
            for line in lines
        ]

    def on_mount(self) -> None:
        self.query_one("#help").focus()
