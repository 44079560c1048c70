"""Another token for a connection whose token was rejected, from the profile's command or login."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from matomo_tui.api.errors import MatomoError, TokenRejected
from matomo_tui.config.secrets import SecretError
from matomo_tui.instants import apart
from matomo_tui.live.snapshot import LiveSnapshot
from matomo_tui.sanitize import sanitize
from matomo_tui.ui.shell import Shell
from matomo_tui.ui.widgets.debouncer import Debouncer

if TYPE_CHECKING:
    from matomo_tui.live.poller import Poller
    from matomo_tui.session import Connector, Session


class TokenUser(Protocol):
    """The part of a connection whose token is renewed."""

    session: Session | None
    poller: Poller | None

    def work(self, work: Any, kind: str) -> None:
        """Do ``work`` in the background."""

    async def renewed(self, before: Session, fresh: Session, poller: Poller) -> None:
        """Go on with the token of ``fresh``."""


class TokenRenewal:
    """Renews the token of ``user`` once for each rejection. What fails in the network is tried again.

    ``connector`` opens sessions. ``retry_after`` returns the seconds until a failed attempt is repeated, or ``None``.
    """

    def __init__(
        self,
        app: Shell,
        user: TokenUser,
        connector: Connector,
        retry_after: Callable[[MatomoError], float | None],
    ) -> None:
        self._app = app
        self._user = user
        self._connector = connector
        self._retry_after = retry_after
        self._rejection: TokenRejected | None = None
        self._retry = Debouncer(app, 0.0, self._begin)

    def look_at(self, snapshot: LiveSnapshot) -> None:
        """Begin if the token was rejected in the poll of ``snapshot``."""
        error = snapshot.poll.error
        if isinstance(error, TokenRejected) and error is not self._rejection:
            self._rejection = error
            self._begin()

    def stop(self) -> None:
        """Do not try again."""
        self._retry.cancel()

    def _begin(self) -> None:
        self.stop()
        # Apart from "connect": the user may be switching to another profile, which must not be cancelled.
        self._user.work(self._renew(), "renew")

    async def _renew(self) -> None:
        before, poller = self._user.session, self._user.poller
        if before is None or poller is None:
            return
        from matomo_tui.session import renew

        try:
            fresh = await renew(before, self._connector)
        except MatomoError as error:
            self._failed(error, poller)
            return
        except SecretError:
            return
        if fresh is None:
            return
        if poller is not self._user.poller:  # another session is followed meanwhile
            await fresh.client.aclose()
            return
        await self._user.renewed(before, fresh, poller)

    def _failed(self, error: MatomoError, poller: Poller) -> None:
        """Try again later, unless waiting does not help or another session is followed meanwhile."""
        again = None if error.stops_polling else self._retry_after(error)
        if again is None or poller is not self._user.poller:
            return
        self._retry.delay = again
        self._retry.restart()
        sentence = f"Another token could not be used yet: {error} It is tried again in {apart(again)}."
        self._app.notify(sanitize(sentence), severity="warning", markup=False)
