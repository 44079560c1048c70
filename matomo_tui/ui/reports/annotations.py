"""Reads and writes a site's annotations, and tells which token may write them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct

from matomo_tui.api.access import Access
from matomo_tui.api.annotations import Annotation, get_all
from matomo_tui.api.client import Client
from matomo_tui.api.site import Site
from matomo_tui.reports.loader import ReportLoader
from matomo_tui.reports.periods import Period
from matomo_tui.reports.query import Query

if TYPE_CHECKING:
    from matomo_tui.admin.annotations import Annotator


class AnnotationService(Struct, frozen=True):
    """The annotations of the sites that the token can see."""

    client: Client
    annotator: Callable[[], Annotator]
    """Called before each write."""
    loader: ReportLoader
    access: Access

    def refusal(self, site: Site) -> str:
        """Why the token cannot annotate ``site``, as a sentence; ``""`` if it can."""
        if self.client.read_only:
            return "Read-only: annotations cannot be written."
        role = self.access.role(site.id)
        if role not in ("write", "admin", "superuser"):
            return f"An annotation needs write access to {site.name or 'the site'}; this token has {role}."
        return ""

    async def read(self, query: Query, periods: Sequence[Period], *, reload: bool = False) -> tuple[Annotation, ...]:
        """The annotations from the first day of ``periods`` to the last, oldest first (``Annotations.getAll``). Raises
        ``MatomoError``."""
        if not periods:
            return ()
        span = f"{periods[0].first},{periods[-1].last}"
        call = get_all(query.site.id, period="range", date=span)
        found = await self.loader.request(call, query, reload=reload)
        return tuple(sorted(found, key=lambda note: (note.date, note.id)))

    async def write(self, site: Site, day: date, note: str) -> Annotation:
        """Write an annotation (``Annotations.add``), and log it. It is sent once and never repeated. Raises
        ``NotWritten``, and ``ValueError`` for an empty note."""
        return await self.annotator().write(site, day, note)


def day_of(note: Annotation) -> date | None:
    """The day of a note; ``None`` if the server sent no valid one."""
    try:
        return date.fromisoformat(note.date[:10])
    except ValueError:
        return None


def annotated_periods(notes: Sequence[Annotation], periods: Sequence[Period]) -> frozenset[int]:
    """The indexes of the periods that have a note."""
    days = {day for note in notes if (day := day_of(note)) is not None}
    return frozenset(index for index, period in enumerate(periods) if any(period.contains(day) for day in days))
