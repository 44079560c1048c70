"""The snapshot of a connection that does not poll yet, and the poller that it gets."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from matomo_tui.api.errors import MatomoError
from matomo_tui.api.site import Site
from matomo_tui.config.settings import Settings
from matomo_tui.live.snapshot import LiveSnapshot, Phase, PollState
from matomo_tui.sanitize import sanitize

DRAWING = 0.1
"""Seconds in which the first figures are drawn."""

if TYPE_CHECKING:
    from matomo_tui.live.clock import Clock
    from matomo_tui.live.poller import Poller
    from matomo_tui.session import Session


def snapshot_before(
    settings: Settings, now: float, error: MatomoError | None, again: float | None = None
) -> LiveSnapshot:
    """The snapshot to draw without a poller at ``now`` (UTC epoch in seconds): connecting, or the ``error`` and the
    seconds until it is tried ``again``."""
    phase = Phase.STARTING if error is None else Phase.STOPPED if again is None else Phase.STALE
    poll = PollState(
        phase=phase,
        error=error,
        in_flight=error is None,
        interval=settings.interval,
        next_poll_at=None if again is None else now + again,
    )
    name = "" if settings.site.isdigit() else sanitize(settings.site)
    return LiveSnapshot(site=Site(id=0, name=name), taken_at=now, poll=poll)


def new_poller(session: Session, clock: Clock) -> Poller:
    """The poller for a connection. Imported here, as the first frame does not need it."""
    from matomo_tui.live.poller import Poller

    poller = Poller(session.client, session.site, interval=session.settings.interval, clock=clock)
    poller.drawn = _drawn
    return poller


async def _drawn() -> None:
    """Leave the processor to the drawing: the demo answers in this process, and a Matomo may run on this machine."""
    await asyncio.sleep(DRAWING)
