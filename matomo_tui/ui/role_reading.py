"""Reads the token's roles again where they were too low: a role may be granted while the program runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from matomo_tui.admin.policy import refresh, what_changed
from matomo_tui.api.errors import MatomoError, TokenRejected
from matomo_tui.live.snapshot import LiveSnapshot
from matomo_tui.ui.shell import Shell
from matomo_tui.ui.widgets.workers import deferred

if TYPE_CHECKING:
    from matomo_tui.api.access import Access
    from matomo_tui.session import Session
    from matomo_tui.ui.admin_navigation import AdminNavigator

ASK_EVERY = 10.0
"""Seconds after an answer within which the same token's roles are not asked for again."""


class RoleUser(Protocol):
    """The part of a connection whose token's roles are read."""

    session: Session | None
    administration: AdminNavigator | None
    role_reading: RoleReading | None

    @property
    def snapshot(self) -> LiveSnapshot:
        """The latest snapshot."""

    def access_changed(self, access: Access) -> None:
        """Apply what the token may do after that has changed."""

    def work(self, work: Any, kind: str) -> None:
        """Do ``work`` in the background."""


def read_role(app: Shell, user: RoleUser, granted: Callable[[], None]) -> None:
    """Ask for the token's roles in the background, unless that is under way or was done just now. Where they have
    changed, apply and say it; ``granted`` is called if they now open the administration."""
    if user.role_reading is None:
        user.role_reading = RoleReading(app, user)
    user.role_reading.ask(granted)


class RoleReading:
    """Asks for the roles of a connection's token: once at a time, and not at each of several key presses."""

    def __init__(self, app: Shell, user: RoleUser) -> None:
        self._app = app
        self._user = user
        self._granted: Callable[[], None] | None = None
        self._asks = False
        self._asked: Session | None = None
        """The session that was asked last."""
        self._ended_at = 0.0
        """When that was answered, or had failed."""

    def ask(self, granted: Callable[[], None]) -> None:
        """Ask, unless it is too early. ``granted`` takes the place of that of a question under way: what was on the
        screen then may not be there any more. A token that Matomo rejects is not sent again."""
        session = self._user.session
        self._granted = granted
        if session is None or self._asks or isinstance(self._user.snapshot.poll.error, TokenRejected):
            return
        is_same = self._asked is not None and self._asked.client is session.client
        if is_same and self._app.clock.monotonic() - self._ended_at < ASK_EVERY:
            return
        self._asks, self._asked = True, session
        self._user.work(deferred(self._ask, session), "role")

    async def _ask(self, session: Session) -> None:
        try:
            access = await refresh(session.client)
        except MatomoError:
            return  # what is known stays, and the reason was said
        finally:
            self._asks, self._ended_at = False, self._app.clock.monotonic()
        now = self._user.session
        if now is not None and now.client is session.client and access != now.access:
            self._apply(now.access, access)

    def _apply(self, before: Access, access: Access) -> None:
        if (administration := self._user.administration) is not None:
            administration.role_read(access)
        else:
            sentence = what_changed(before, access, self._user.snapshot.site.id, lambda _id: "")
            self._user.access_changed(access)
            self._app.notify(sentence, severity="warning", markup=False)
        if self._granted is not None and access.somewhere("write"):
            self._granted()
