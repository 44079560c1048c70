"""Arguments that select visits: a period in words, and a segment that reveals no personal data."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from urllib.parse import unquote_plus

from msgspec import Meta

from matomo_tui.agents.grants import Decision
from matomo_tui.agents.masking import PERSONAL_DIMENSIONS
from matomo_tui.agents.tool import PagedArguments, ToolContext
from matomo_tui.reports import segments
from matomo_tui.reports.period_parser import parse
from matomo_tui.reports.query import Query

_MOST_DECODINGS = 8
_PERSONAL = tuple(name.casefold() for name in PERSONAL_DIMENSIONS)


class SelectionArguments(PagedArguments, frozen=True, kw_only=True):
    """Arguments with a period and a segment."""

    period: Annotated[
        str,
        Meta(
            max_length=60,
            description="today, yesterday, 2026-11-22, 2026-W47, 2026-11, 2026, last7, last month or "
            "2026-11-01,2026-11-10.",
        ),
    ] = "today"
    segment: Annotated[
        str,
        Meta(
            max_length=4000,
            description="A Matomo segment such as countryCode==de;deviceType==smartphone (; is and, a comma is or). "
            "It needs a grant for visits.",
        ),
    ] = ""


def site_today(context: ToolContext) -> date:
    """Today in the time zone of the call's site."""
    return context.desk.today(context.site)


def query_of(context: ToolContext, arguments: SelectionArguments) -> Query:
    """The query. Raises ``ValueError`` with a sentence for a period or a segment that is none."""
    segment = arguments.segment.strip()
    segments.parse(segment)
    return Query(context.site, parse(arguments.period, site_today(context)), segment)


def decide_segment(context: ToolContext, segment: str) -> Decision | None:
    """Deny a segment that the agent may not use; None if it may.

    A segment tells visits apart, so it needs a grant for visits; one that selects single visitors would tell masked
    ids by trying, so it needs a grant for personal data.
    """
    if not segment.strip():
        return None
    decision = context.grants.decide("visits", "read", context.site.id)
    if not decision.is_allowed:
        return Decision(False, f"A segment needs a grant for visits. {decision.sentence}")
    if context.masker.reveal or not is_personal(segment):
        return None
    return Decision(
        False,
        "This segment selects single visitors (IP address, user id or visitor id), and personal data is masked: "
        f"[agents.{context.grants.agent}] has no personal_data = true.",
    )


def is_personal(segment: str) -> bool:
    """True if a segment contains a dimension of single visitors, in any encoding: Matomo decodes it more than once."""
    text = segment
    for _ in range(_MOST_DECODINGS):
        if any(name in text.casefold() for name in _PERSONAL):
            return True
        decoded = unquote_plus(text, errors="replace")
        if decoded == text:
            return False
        text = decoded
    return True
