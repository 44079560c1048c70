"""The keys of what has the focus, of the screen and of the program; and what watching costs the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from matomo_tui import __version__
from matomo_tui.ui.actions import bindings
from matomo_tui.ui.palette import KeyGroup

if TYPE_CHECKING:
    from matomo_tui.session import Session


def size(amount: int) -> str:
    """Bytes as people say them: ``812 B``, ``14 kB``, ``3.2 MB``."""
    if amount < 1000:
        return f"{amount} B"
    return f"{amount / 1e3:.0f} kB" if amount < 1e6 else f"{amount / 1e6:.1f} MB"


def cost(session: Session | None) -> str:
    """What this program has asked of the server so far."""
    if session is None:
        return "Not connected: nothing has been asked of a server."
    client = session.client
    asked = f"{client.requests_sent:,} request" + ("" if client.requests_sent == 1 else "s")
    version = f"Matomo {session.version}" if session.version else "Matomo"
    return f"{version} at {session.address}: {asked}, {size(client.bytes_received)} received since the start."


class HelpScreen(ModalScreen[None]):
    """Three groups of keys, scrolled where they do not fit; any way back closes it."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("dialog")
    CSS_PATH = "../styles/help.tcss"

    def __init__(self, groups: tuple[KeyGroup, ...], session: Session | None) -> None:
        super().__init__()
        self._groups = groups
        self._session = session

    def compose(self) -> ComposeResult:
        """One block a group."""
        with VerticalScroll(id="help"):
            for group in self._groups:
                yield Static(Content(group.title), classes="help--title")
                width = max(len(line.keys) for line in group.lines) + 2
                rows = [Content.assemble((f"{line.keys:<{width}}", "bold $accent"), line.help) for line in group.lines]
                yield Static(Content("\n").join(rows), classes="help--keys")
            yield Static(Content(cost(self._session)), classes="help--cost")
            yield Static(Content(f"matomo-tui {__version__}"), classes="help--cost")

    def on_mount(self) -> None:
        """Name the frame."""
        self.query_one("#help").border_title = "Keys"
        self.query_one("#help").border_subtitle = "esc closes"
        self.query_one("#help").focus()

    def action_close(self) -> None:
        """Close."""
        self.dismiss(None)
