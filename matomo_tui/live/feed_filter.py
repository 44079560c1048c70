"""The feed's filter: several words that must all occur in a visit's data, or the URL or title of the visit's current
page."""

from __future__ import annotations

from collections.abc import Sequence

from matomo_tui.live.snapshot import VisitRow
from matomo_tui.live.timeline import bare
from matomo_tui.page_url import mask_tokens, split_page_url

PAGE, TITLE = "page:", "title:"
"""What a filter begins with that is about the page where a visit is now: all that follows is its address or title."""


def words_of(text: str) -> tuple[str, ...]:
    """The words of a filter as they are compared."""
    if text.strip().startswith(PAGE):
        return (text.strip(),)  # an address as it is: pages differ by its letters' case
    words = tuple(text.casefold().split())
    return (" ".join(words),) if words and words[0].startswith(TITLE) else words


def matches(visit: VisitRow, words: Sequence[str]) -> bool:
    """Whether every word is part of the visit's IP, place, page, source, user, device or badges; for a page, whether
    the visit is there now."""
    if words and words[0].startswith(PAGE):
        return _bare(visit.page_url) == _bare(words[0].removeprefix(PAGE))
    if words and words[0].startswith(TITLE):
        return " ".join(visit.page_title.casefold().split()) == words[0].removeprefix(TITLE).strip()
    known = "\n".join(
        (
            visit.ip,
            visit.country,
            visit.country_code,
            visit.place,
            visit.page,
            visit.page_url,
            visit.page_title,
            visit.site_name,
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


def _bare(url: str) -> str:
    """An address as Matomo tells pages apart: without scheme and ``www.``, with query and fragment."""
    parts = split_page_url(mask_tokens(url.strip()))
    return f"{bare(parts.host.lower())}{parts.path or '/'}{parts.variant}"
