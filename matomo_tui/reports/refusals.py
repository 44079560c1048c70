"""Error sentences for reports refused because of their segment."""

from __future__ import annotations

from matomo_tui.api.errors import BadRequest, MatomoError, NotMatomo
from matomo_tui.reports.query import Query

DROP_SEGMENT = "F drops the segment."


def explained(error: MatomoError, query: Query) -> MatomoError:
    """The ``error`` of a report of ``query``, with a hint if the segment may have caused it."""
    if not query.segment:
        return error
    if isinstance(error, NotMatomo) and error.may_mean_the_request:
        return error.reworded(f"{error} {DROP_SEGMENT}")
    if type(error) is BadRequest and error.is_about_segment:
        return error.reworded(f"{_once(str(error))} {DROP_SEGMENT}")
    return error


def _once(text: str) -> str:
    """``text`` without repeated or cut-off sentences: Matomo sends some twice."""
    kept: list[str] = []
    for sentence in text.split(". "):
        bare = sentence.strip().removesuffix("…").rstrip(".")
        if bare and not any(other.startswith(bare) for other in kept):
            kept.append(bare)
    return ". ".join(kept) + "."
