"""The feed's filter: words that must all occur in a visit's data, or the URL or title of its current page."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from matomo_tui.live.snapshot import Presence, VisitRow
from matomo_tui.live.timeline import bare
from matomo_tui.page_url import mask_tokens, split_page_url

PAGE, TITLE = "page:", "title:"
"""Prefixes of a filter by the current page of a visit: its URL or its title follows."""


class RowFilter(Struct, frozen=True):
    """A filter by a row of a ranking."""

    key: str
    """``Ranked.key``."""
    label: str
    """The filter in words, to follow a number of visits: ``on /checkout now``, ``from Google``."""
    viewed: bool = False
    """True to match the visits that viewed the page, not only those whose last page it is."""
    here: bool = False
    """True to match only the visitors who acted in the last minutes, as the ranking's column of that name."""

    def matches(self, visit: VisitRow) -> bool:
        """Return True if ``visit`` belongs to the row."""
        if self.here and visit.presence is not Presence.ACTIVE:
            return False
        return self.key in (visit.viewed if self.viewed else visit.traits)


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a filter in the form that :func:`matches` compares."""
    if text.strip().startswith(PAGE):
        return (text.strip(),)  # unchanged: the case of letters tells pages apart
    words = tuple(text.casefold().split())
    return (" ".join(words),) if words and words[0].startswith(TITLE) else words


def matches(visit: VisitRow, words: Sequence[str]) -> bool:
    """Return True if every word occurs in the visit's IP, place, page, source, user, device or badges.

    A filter by page matches the visits whose current page it is.
    """
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
    """Return the URL as Matomo distinguishes pages: without scheme and ``www.``, with query and fragment."""
    parts = split_page_url(mask_tokens(url.strip()))
    return f"{bare(parts.host.lower())}{parts.path or '/'}{parts.variant}"
