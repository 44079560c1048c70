"""Error sentences for reports refused because of their segment."""

from __future__ import annotations

from matomo_tui.api.errors import BadRequest, MatomoError, NotMatomo
from matomo_tui.reports.query import Query

EVERYBODY = "F drops the segment."


def explained(error: MatomoError, query: Query) -> MatomoError:
    """``error``, which came in answer to a report of ``query``; one that the segment may have brought about says so."""
    if not query.segment:
        return error
    if isinstance(error, NotMatomo) and error.may_mean_the_request:
        return error.reworded(f"{error} {EVERYBODY}")
    if type(error) is BadRequest and "segment" in str(error).casefold():
        return error.reworded(f"{_once(str(error))} {EVERYBODY}")
    return error


def _once(text: str) -> str:
    """``text`` without sentences that it has already, or has the beginning of: Matomo says some twice."""
    kept: list[str] = []
    for sentence in text.split(". "):
        bare = sentence.strip().removesuffix("…").rstrip(".")
        if bare and not any(other.startswith(bare) for other in kept):
            kept.append(bare)
    return ". ".join(kept) + "."
