"""Segment expressions for the rows of a ranking.

Matomo decodes the whole expression once and then each value once more, so a value is encoded twice: this way
``;``, ``,``, ``+`` and ``%`` in a page address or a name stay part of it.
"""

from __future__ import annotations

from urllib.parse import quote

from matomo_tui.page_url import before_token, split_page_url

Clause = tuple[str, str, str]
"""Dimension, operator, value; the value as it is, not encoded."""


def clause(dimension: str, operator: str, value: str) -> str:
    """One condition: ``countryCode==de``."""
    once = quote(value.encode("utf-8", "replace"), safe="-._~")
    return f"{dimension}{operator}{quote(once, safe='-._~')}"


def equals(dimension: str, value: str) -> str:
    """``dimension`` is exactly ``value``."""
    return clause(dimension, "==", value)


def both(*clauses: str) -> str:
    """All of these."""
    return ";".join(clauses)


def either(*clauses: str) -> str:
    """Any of these; in Matomo 'or' binds tighter than 'and', so it can stand among others."""
    return ",".join(clauses)


def page(url: str) -> str:
    """The page at ``url``, exactly as Matomo keeps it: with its query and, where the site keeps those, its fragment.

    Of an address with somebody's token in it, all that begin as it does before the token, which is so sent nowhere.
    """
    beginning = before_token(url)
    return equals("pageUrl", url) if beginning is None else clause("pageUrl", "=^", beginning)


def path(url: str) -> str:
    """The page at ``url``, with whatever query or fragment it was called; of a path with somebody's token in it, as
    :func:`page`."""
    parts = split_page_url(url)
    bare = f"{parts.scheme}://{parts.host}{parts.path}"
    if before_token(bare) is not None:
        return page(bare)
    return either(equals("pageUrl", bare), clause("pageUrl", "=^", f"{bare}?"), clause("pageUrl", "=^", f"{bare}#"))
