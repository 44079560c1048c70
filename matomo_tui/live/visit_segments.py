"""Segment expressions for the rows of a ranking.

Matomo decodes the whole expression once and then each value once more, so a value is encoded twice: this way
``;``, ``,``, ``+`` and ``%`` in a page address or a name stay part of it.
"""

from __future__ import annotations

from urllib.parse import quote

from matomo_tui.page_url import before_token, split_page_url

Clause = tuple[str, str, str]
"""Dimension, operator, value (not encoded)."""


def clause(dimension: str, operator: str, value: str) -> str:
    """Return one condition: ``countryCode==de``."""
    once = quote(value.encode("utf-8", "replace"), safe="-._~")
    return f"{dimension}{operator}{quote(once, safe='-._~')}"


def equals(dimension: str, value: str) -> str:
    """Return the condition that ``dimension`` equals ``value``."""
    return clause(dimension, "==", value)


def both(*clauses: str) -> str:
    """Return the segment of visits that meet all of ``clauses``."""
    return ";".join(clauses)


def either(*clauses: str) -> str:
    """Return the condition that any of ``clauses`` is met. In Matomo, 'or' binds tighter than 'and'."""
    return ",".join(clauses)


def page(url: str) -> str:
    """Return the condition for the page at ``url`` as Matomo stores it: with its query and, on some sites, fragment.

    If the URL contains an access token, the condition is for all pages that begin with the part before the token, so
    that the token is not sent.
    """
    beginning = before_token(url)
    return equals("pageUrl", url) if beginning is None else clause("pageUrl", "=^", beginning)


def path(url: str) -> str:
    """Return the condition for the page at ``url`` with any query or fragment; if the path contains an access token,
    as :func:`page`."""
    parts = split_page_url(url)
    bare = f"{parts.scheme}://{parts.host}{parts.path}"
    if before_token(bare) is not None:
        return page(bare)
    return either(equals("pageUrl", bare), clause("pageUrl", "=^", f"{bare}?"), clause("pageUrl", "=^", f"{bare}#"))
