"""The choice of another session, on the connect screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matomo_tui.ui.connect.connect_screen import ConnectScreen

if TYPE_CHECKING:
    from matomo_tui.session import Session
    from matomo_tui.ui.connection import Connection


def choose_session(connection: Connection, notice: str = "") -> None:
    """Open the connect screen with ``notice``; its host gets the session that it returns."""
    host = connection.host

    def chosen(session: Session | None) -> None:
        if session is not None:
            host.session_chosen(connection, session)

    screen = ConnectScreen(
        connection.settings,
        host.connector,
        host.profiles,
        notice,
        can_go_back=connection.has_begun,
        owner=connection,
        run_token=connection.run_token,
    )
    host.push_screen(screen, chosen)
