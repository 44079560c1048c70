"""A transport that records the answers of another one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matomo_tui.api.errors import MatomoError, NotAllowed
from matomo_tui.api.transport import Bounding, Response, Tracker, Transport
from matomo_tui.recording.recorder import Recorder


class RecordingTransport:
    """Passes requests to ``inner`` and its answers and errors to ``recorder``, as a connection to ``address``.

    Hits to the tracker are passed on without a record.
    """

    whole_visits = True
    """A replay begins at any instant: the parts of a visit may be in answers that it does not have."""

    def __init__(self, inner: Transport, recorder: Recorder, address: str) -> None:
        self._inner = inner
        self._recorder = recorder
        self._session = recorder.session(address)

    def __repr__(self) -> str:
        return f"RecordingTransport({self._inner!r})"

    @property
    def auth(self) -> Any:
        """How the transport below sends the token."""
        return getattr(self._inner, "auth", "post")

    @property
    def renews(self) -> bool:
        """True if the transport below renews its token."""
        return bool(getattr(self._inner, "renews", False))

    async def post(self, fields: Sequence[tuple[str, str]], *, timeout: float | None = None) -> Response:
        """See ``Transport.post``."""
        return await self._recorded(fields, None, timeout)

    async def post_bounded(
        self, fields: Sequence[tuple[str, str]], most: int, *, timeout: float | None = None
    ) -> Response:
        """See ``Bounding.post_bounded``."""
        return await self._recorded(fields, most, timeout)

    async def _recorded(self, fields: Sequence[tuple[str, str]], most: int | None, timeout: float | None) -> Response:
        inner = self._inner
        try:
            if most is not None and isinstance(inner, Bounding):
                response = await inner.post_bounded(fields, most, timeout=timeout)
            else:
                response = await inner.post(fields, timeout=timeout)
        except MatomoError as error:
            self._recorder.failed(self._session, fields, error)
            raise
        self._recorder.answered(self._session, fields, response)
        return response

    async def track(
        self,
        hits: Sequence[Mapping[str, str]],
        *,
        batch: bool = False,
        authenticated: bool = False,
        timeout: float | None = None,
    ) -> Response:
        """See ``Tracker.track``."""
        if not isinstance(self._inner, Tracker):
            raise NotAllowed("This connection cannot send hits.")
        return await self._inner.track(hits, batch=batch, authenticated=authenticated, timeout=timeout)

    async def aclose(self) -> None:
        """Close the transport below. The recorder stays open for further connections."""
        await self._inner.aclose()
