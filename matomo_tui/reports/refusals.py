"""Sentences of reports that are refused because of their segment."""

from __future__ import annotations

from matomo_tui.api.errors import BadRequest, MatomoError


def explained(error: MatomoError) -> MatomoError:
    """``error`` with each sentence once: Matomo sends some about a segment twice."""
    if type(error) is BadRequest and error.is_about_segment:
        return error.reworded(_once(str(error)))
    return error


def _once(text: str) -> str:
    """``text`` without repeated or cut-off sentences."""
    kept: list[str] = []
    for sentence in text.split(". "):
        bare = sentence.strip().removesuffix("…").rstrip(".")
        if bare and not any(other.startswith(bare) for other in kept):
            kept.append(bare)
    return ". ".join(kept) + "."
