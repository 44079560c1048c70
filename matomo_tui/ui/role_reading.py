"""Reads the token's roles again where they were too low: a role may be granted while the program runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from matomo_tui.admin.policy import what_changed
from matomo_tui.api.errors import MatomoError, TokenRejected

if TYPE_CHECKING:
    from matomo_tui.ui.connection import Connection


async def read_role(connection: Connection, granted: Callable[[], None]) -> None:
    """Ask once for the token's roles. Where they have changed, apply and say it; ``granted`` is called if they now open
    the administration. A token that Matomo rejects is not sent again."""
    session = connection.session
    if session is None or isinstance(connection.snapshot.poll.error, TokenRejected):
        return
    try:
        access = (await session.client.server_info()).access
    except MatomoError:
        return  # what is known stays, and the reason was said
    now = connection.session
    if now is None or now.client is not session.client or access == now.access:
        return
    if connection.administration is not None:
        connection.administration.role_read(access)
    else:
        site = connection.live.snapshot.site
        sentence = what_changed(now.access, access, site.id, lambda _id: "")
        connection.access_changed(access)
        connection.host.notify(sentence, severity="warning", markup=False)
    if access.somewhere("write"):
        granted()
