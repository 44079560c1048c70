"""The feed's filter: several words, each of which must stand somewhere in what is known of the visit."""

from __future__ import annotations

from collections.abc import Sequence

from matomo_tui.live.snapshot import VisitRow


def words_of(text: str) -> tuple[str, ...]:
    """The words of a filter as they are compared."""
    return tuple(text.casefold().split())


def matches(visit: VisitRow, words: Sequence[str]) -> bool:
    """Whether every word is part of the visit's IP, place, page, source, user, device or badges."""
    known = "\n".join(
        (
            visit.ip,
            visit.country,
            visit.country_code,
            visit.place,
            visit.page,
            visit.page_url,
            visit.page_title,
            visit.source,
            visit.keyword,
            visit.user_id,
            visit.device,
            visit.browser,
            visit.operating_system,
            visit.visitor_type,
            visit.visitor_id,
            *(badge.text for badge in visit.badges),
        )
    ).casefold()
    return all(word in known for word in words)
