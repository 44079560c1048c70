"""The saved segments of a connection and the values that segments are made of, for the segment dialogs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from matomo_tui.api import metadata, reports, segment_editor
from matomo_tui.api.access import Access
from matomo_tui.api.errors import MatomoError
from matomo_tui.api.secret import ANONYMOUS
from matomo_tui.api.segment_editor import SavedSegment
from matomo_tui.api.site import Site
from matomo_tui.reports.loader import ReportLoader
from matomo_tui.reports.query import Query
from matomo_tui.reports.segment_values import FoundValue, SegmentValues
from matomo_tui.session import Session

if TYPE_CHECKING:
    from matomo_tui.admin.identity import Identity
    from matomo_tui.admin.saved_segments import SegmentDraft, SegmentWriter


class SegmentService:
    """Reads and writes saved segments, and finds values."""

    def __init__(self, session: Session, loader: ReportLoader, writer: Callable[[], SegmentWriter]) -> None:
        """``writer`` is called before each write."""
        self._session = session
        self._loader = loader
        self._writer = writer
        self._values = SegmentValues(loader)
        self._identity: Identity | None = None

    @property
    def _signed_in(self) -> bool:
        token = self._session.token
        return token is not None and token.reveal() != ANONYMOUS

    def refusal(self, site: Site, access: Access) -> str:
        """Why no segment can be saved for ``site``, as a sentence; ``""`` if one can."""
        from matomo_tui.admin.saved_segments import save_refusal

        return save_refusal(self._session.client, access, site, signed_in=self._signed_in)

    async def change_refusal(self, site: Site, saved: SavedSegment, access: Access) -> str:
        """Why ``saved`` cannot be changed or deleted, as a sentence; ``""`` if it can, as far as is known."""
        from matomo_tui.admin.identity import identify
        from matomo_tui.admin.saved_segments import change_refusal

        refusal = self.refusal(site, access)
        if not refusal and self._identity is None and not access.superuser:
            with suppress(MatomoError):  # the server refuses what is not allowed
                self._identity = await identify(self._session.client, access, site.id)
        return refusal or change_refusal(saved, access, self._identity)

    async def read(self, query: Query) -> tuple[SavedSegment, ...]:
        """The saved segments of the query's site, as they are now. Raises ``MatomoError``."""
        return await self._loader.request(segment_editor.get_all(query.site.id), query, reload=True)

    async def add(self, site: Site, draft: SegmentDraft) -> SavedSegment:
        """Save a new segment. Raises ``NotSaved``, and ``ValueError`` for an empty name."""
        return await self._writer().add(site, draft)

    async def update(self, site: Site, saved: SavedSegment, draft: SegmentDraft) -> SavedSegment:
        """Change a segment. Raises ``NotSaved``, and ``ValueError`` for an empty name."""
        return await self._writer().update(site, saved, draft)

    async def delete(self, site: Site, saved: SavedSegment) -> None:
        """Delete a segment. Raises ``NotSaved``."""
        await self._writer().delete(site, saved)

    async def test(self, query: Query, expression: str, day: str) -> None:
        """Let the server test an expression by the cheapest report: the visits of ``day``. Raises ``MatomoError``."""
        call = reports.table(
            "VisitsSummary.get",
            site_id=query.site.id,
            period="day",
            date=day,
            segment=expression,
            columns=("nb_visits",),
        )
        await self._loader.request(call)

    def kept_values(self, query: Query, text: str) -> tuple[FoundValue, ...]:
        """What ``text`` finds without a request."""
        return self._values.kept(query, text)

    async def find_values(self, query: Query, text: str) -> tuple[FoundValue, ...]:
        """What ``text`` finds across the dimensions, best first. Raises ``MatomoError``."""
        return await self._values.find(query, text)

    async def suggested_values(self, query: Query, dimension: str) -> Mapping[str, str]:
        """The values of a dimension, the most frequent first, each with its label (``de``: ``Germany``, ``/``: ``/``).

        Raises ``MatomoError`` if the server has no suggestions.
        """
        labels: Mapping[str, str] = {}
        if self._values.has_labels(dimension):
            with suppress(MatomoError):
                labels = await self._values.labels(query, dimension)
        call = metadata.get_suggested_values_for_segment(query.site.id, dimension)
        suggested: Sequence[str] = await self._loader.request(call, query)
        return {value: labels.get(value, value) for value in dict.fromkeys((*suggested, *labels))}
