"""Row labels for display, copying and export."""

from __future__ import annotations

from matomo_tui.page_url import mask_tokens
from matomo_tui.sanitize import sanitize


def shown(text: str, limit: int = 512) -> str:
    """``text`` clean, and without the tokens that addresses of pages may hold: Matomo kept them before 5.13."""
    return mask_tokens(sanitize(text, limit))
