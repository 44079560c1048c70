"""Decodes HTML's character references, which Matomo writes into messages and names."""

from __future__ import annotations


def unescape(text: str) -> str:
    """Return ``text`` with ``&amp;``, ``&#39;`` and the like as the characters that they stand for."""
    if "&" not in text:
        return text
    import html  # imported here only: its table of names takes 0.4 MB

    return html.unescape(text)
