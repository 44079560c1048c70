"""Rankings of current pages, sources, countries, devices, events and goals, computed from the feed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct, field

from matomo_tui.live.feed import VisitFeed
from matomo_tui.live.snapshot import Kind, Ranked, Ranking
from matomo_tui.live.timeline import Facet
from matomo_tui.live.visit_rows import ACTIVE, IDLE, TrackedVisit

ROWS = 50
"""The most rows of a ranking."""
_BEFORE: Mapping[Kind | None, int] = {
    kind: place for place, kind in enumerate((Kind.ORDER, Kind.GOAL, Kind.CART, Kind.SEARCH, Kind.EVENT))
}
"""The order of kinds among goals and events: money first. Others follow."""


class _Row(Struct):
    facet: Facet
    here: int = 0
    recent: int = 0
    last: int = 0
    kind: Kind | None = None
    revenue: float | None = None
    currency: str = ""
    visitors: set[str] = field(default_factory=set)
    variants: set[str] = field(default_factory=set)


class Rankings(Struct, frozen=True):
    """All rankings at one instant."""

    pages: Ranking = field(default_factory=Ranking)
    paths: Ranking = field(default_factory=Ranking)
    """The pages with those of one path as one row."""
    sources: Ranking = field(default_factory=Ranking)
    countries: Ranking = field(default_factory=Ranking)
    devices: Ranking = field(default_factory=Ranking)
    happenings: Ranking = field(default_factory=Ranking)


class LiveRankings:
    """Ranks the visitors of a feed.

    ``here`` counts each visitor whose last action is at most 3 minutes old once, at the last page of the newest visit.
    So a ranking adds up to the counter of active visitors. ``recent`` counts the last 30 minutes: views of a page,
    visitors from a source, conversions and events of a kind.
    """

    def __init__(self) -> None:
        self._last = Rankings()

    def rank(self, feed: VisitFeed, now: float, back_to: int = 0) -> Rankings:
        """Return the rankings at ``now`` (server's epoch); each is the same object as before if it is equal. Visits
        with a last action before ``back_to`` are still to be fetched."""
        visits = list(feed.newest_first(now - IDLE))
        newest = _newest_visits(visits)
        of_newest = len(feed) if feed.partial_since(now - IDLE) else None
        if back_to > now - IDLE:
            of_newest = sum(1 for _ in feed.newest_first(back_to))
        last, pages = self._last, list(_pages(visits, newest, now))
        self._last = Rankings(
            pages=_kept(last.pages, pages, of_newest),
            paths=_kept(last.paths, _folded(pages), of_newest),
            sources=_kept(last.sources, _visitors(newest, lambda seen: seen.source, now), of_newest),
            countries=_kept(last.countries, _visitors(newest, lambda seen: seen.country, now), of_newest),
            devices=_kept(last.devices, _visitors(newest, lambda seen: seen.device, now), of_newest),
            happenings=_kept(last.happenings, _happenings(visits, now), of_newest),
        )
        return self._last

    @staticmethod
    def active(feed: VisitFeed, now: float) -> int:
        """Return the number of visitors whose last action is at most 3 minutes old."""
        return feed.active(now - ACTIVE)


def _newest_visits(visits: Iterable[TrackedVisit]) -> list[TrackedVisit]:
    """Return the newest visit of each visitor; ``visits`` are sorted, newest first."""
    newest: dict[str, TrackedVisit] = {}
    for visit in visits:
        newest.setdefault(visit.visitor, visit)
    return list(newest.values())


def _pages(visits: Iterable[TrackedVisit], newest: Iterable[TrackedVisit], now: float) -> Iterable[_Row]:
    rows: dict[str, _Row] = {}
    since = now - IDLE
    for visit in visits:
        for at, facet in reversed(visit.views):
            if at < since:
                break
            row = rows.get(facet.key)
            if row is None:
                row = rows[facet.key] = _Row(facet)
            row.recent += 1
            if at > row.last:
                row.last = at
    for visit in newest:
        if visit.page is not None and visit.row.last_action_at >= now - ACTIVE:
            row = rows.setdefault(visit.page.key, _Row(visit.page))
            row.here += 1
            row.last = max(row.last, visit.row.last_action_at)
    return rows.values()


def _folded(pages: Iterable[_Row]) -> Iterable[_Row]:
    """Return the rows of ``pages`` with those of one path merged."""
    rows: dict[str, _Row] = {}
    for page in pages:
        facet = page.facet.folded or page.facet
        row = rows.setdefault(facet.key, _Row(facet))
        row.here += page.here
        row.recent += page.recent
        row.last = max(row.last, page.last)
        row.variants.add(page.facet.key)
    return rows.values()


def _visitors(newest: Iterable[TrackedVisit], facet_of: Callable[[TrackedVisit], Facet], now: float) -> Iterable[_Row]:
    rows: dict[str, _Row] = {}
    for visit in newest:
        facet = facet_of(visit)
        row = rows.get(facet.key)
        if row is None:
            row = rows[facet.key] = _Row(facet, last=visit.row.last_action_at)
        row.recent += 1
        row.here += visit.row.last_action_at >= now - ACTIVE
    return rows.values()


def _happenings(visits: Iterable[TrackedVisit], now: float) -> Iterable[_Row]:
    rows: dict[str, _Row] = {}
    for visit in visits:
        is_here = visit.row.last_action_at >= now - ACTIVE
        for one in visit.happenings:
            if one.at < now - IDLE:
                continue
            row = rows.get(one.facet.key)
            if row is None:
                row = rows[one.facet.key] = _Row(one.facet, kind=one.kind, currency=one.currency)
            row.recent += 1
            if one.at > row.last:
                row.last = one.at
            if one.revenue is not None:
                row.revenue = (row.revenue or 0.0) + one.revenue
            if is_here:
                row.visitors.add(visit.visitor)
    for row in rows.values():
        row.here = len(row.visitors)
    return rows.values()


def _kept(last: Ranking, rows: Iterable[_Row], of_newest: int | None) -> Ranking:
    """Return the ranking of ``rows``, highest first, of goals and events by kind; ``last`` itself if it is equal. Equal
    rows are those of ``last``: an hour of snapshots shares them."""

    def place(row: _Row) -> tuple[int, int, int, int, str]:
        return _BEFORE.get(row.kind, len(_BEFORE)), -row.here, -row.recent, -row.last, row.facet.key

    ordered = sorted(rows, key=place)
    ranked = tuple(
        Ranked(
            key=row.facet.key,
            label=row.facet.label,
            here=row.here,
            recent=row.recent,
            segment=row.facet.segment,
            detail=row.facet.detail,
            kind=row.kind,
            revenue=row.revenue,
            variant=f" ({len(row.variants)})" if len(row.variants) > 1 else row.facet.variant,
            currency=row.currency,
        )
        for row in ordered[:ROWS]
    )
    before = {row.key: row for row in last.rows}
    ranked = tuple(before[row.key] if before.get(row.key) == row else row for row in ranked)
    new = Ranking(ranked, len(ordered), of_newest, ACTIVE // 60, IDLE // 60)
    return last if new == last else new
