"""Counts actions of one kind in a feed: pages, events, searches, error pages, searches without results."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from matomo_tui.live.snapshot import Feed, Kind, TimelineEntry, VisitRow

_ERROR_TITLE = re.compile(
    r"\A\s*404/URL\b"  # as Matomo's documentation has error pages tracked
    r"|\A\W*(?:4(?:04|10)|50[0234])\W*\Z"
    r"|\A\W*(?:4(?:04|10)|50[0234])\s*[-–—:|]"
    r"|\b(?:error|fehler|erreur)\s*[:#]?\s*(?:4(?:04|10)|50[0234])\b"
    r"|\b(?:4(?:04|10)|50[0234])\s*(?:error|fehler)\b"
    r"|\b(?:page|site|seite|file|document)\s+(?:was\s+|could\s+)?(?:not\s+(?:be\s+)?found|nicht\s+gefunden)\b"
    r"|\A\W*not\s+found\W*\Z"
    r"|\b(?:404|410)\b.*\bnot\s+found\b"
    r"|\binternal\s+server\s+error\b|\bservice\s+unavailable\b|\bbad\s+gateway\b",
    re.IGNORECASE,
)


def _is(*kinds: Kind) -> Callable[[TimelineEntry], bool]:
    return lambda entry: entry.kind in kinds


def _is_error_page(entry: TimelineEntry) -> bool:
    return entry.kind is Kind.PAGE and bool(_ERROR_TITLE.search(entry.title))


def _is_empty_search(entry: TimelineEntry) -> bool:
    return entry.kind is Kind.SEARCH and entry.results == 0


KINDS: Mapping[str, Callable[[TimelineEntry], bool]] = {
    "page": _is(Kind.PAGE),
    "event": _is(Kind.EVENT),
    "search": _is(Kind.SEARCH),
    "download": _is(Kind.DOWNLOAD),
    "outlink": _is(Kind.OUTLINK),
    "goal": _is(Kind.GOAL),
    "order": _is(Kind.ORDER),
    "cart": _is(Kind.CART),
    "conversion": _is(Kind.GOAL, Kind.ORDER),
    "error_page": _is_error_page,
    "empty_search": _is_empty_search,
}
"""Kinds of actions by their name in a rule. Error pages are recognised by their title."""


@dataclass(frozen=True, slots=True)
class ActionCount:
    """The actions of one kind within some minutes."""

    count: int = 0
    visitors: int = 0
    revenue: float = 0.0
    newest: TimelineEntry | None = None
    partial: bool = False
    """True if the feed does not reach back to the beginning: the figures are lower bounds."""


def count_actions(feed: Feed, kind: str, matching: str, *, since: float, until: float) -> ActionCount:
    """Count the actions of a ``kind`` after ``since`` up to ``until`` (server's epochs).

    ``matching`` is a text in their label, title or address, in any case. For error pages it takes the place of the
    titles that error pages usually have.
    """
    is_wanted = _is(Kind.PAGE) if kind == "error_page" and matching else KINDS[kind]
    text = matching.casefold()
    found = [
        (visit, entry)
        for visit, entry in _entries(feed, since, until)
        if is_wanted(entry) and (not text or any(text in part.casefold() for part in _texts(entry)))
    ]
    return ActionCount(
        len(found),
        len({visit.visitor_id or str(visit.id_visit) for visit, _ in found}),
        math.fsum(entry.revenue or 0.0 for _, entry in found),
        max((entry for _, entry in found), key=lambda entry: entry.at, default=None),
        feed.truncated or is_full(feed, since),
    )


def is_full(feed: Feed, since: float) -> bool:
    """Return True if as many visits are kept as may be, and others after ``since`` (server's epoch) may be missing."""
    return len(feed.visits) >= feed.bound > 0 and feed.visits[-1].last_action_at > since


def _entries(feed: Feed, since: float, until: float) -> Iterator[tuple[VisitRow, TimelineEntry]]:
    for visit in feed.visits:
        if visit.last_action_at <= since:
            break  # visits are sorted, the newest action first
        for entry in visit.timeline:
            if since < entry.at <= until:
                yield visit, entry


def _texts(entry: TimelineEntry) -> tuple[str, ...]:
    return entry.label, entry.title, entry.url
