"""The snapshot of a connection that does not poll yet."""

from __future__ import annotations

from matomo_tui.api.errors import MatomoError
from matomo_tui.api.sites import Site
from matomo_tui.config.settings import Settings
from matomo_tui.live.snapshot import LiveSnapshot, Phase, PollState
from matomo_tui.sanitize import sanitize


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
