"""Back-fill of counter history from visits that predate start-up."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from matomo_tui.live.visit_rows import ACTIVE, TrackedVisit

STEP = 30
"""Seconds between two samples; a divisor of ``ACTIVE``."""


class PastCount(Struct, frozen=True):
    """Visits, actions and visitors of the 3 minutes before an instant."""

    at: int
    """Epoch on the server's clock."""
    visits: int
    actions: int
    visitors: int


def past_counts(seen: Iterable[TrackedVisit], *, since: int, now: float) -> list[PastCount]:
    """Return samples every 30 s from ``since`` + 3 minutes until before ``now`` (server's epochs), oldest first.

    As in ``Live.getCounters``, a visit counts at an instant if it did something in the 3 minutes before, be it a
    conversion, which is no action. The result is exact if ``seen`` has all visits with an action after ``since``.
    """
    width = ACTIVE // STEP
    last = int(now) // STEP
    first = -(-since // STEP) + width
    visits: dict[int, set[int]] = {}
    visitors: dict[int, set[str]] = {}
    actions: dict[int, int] = {}
    for visit in seen:
        for at in visit.action_times:
            actions[at // STEP] = actions.get(at // STEP, 0) + 1
        converted = (one.at for one in visit.happenings)
        for slot in {at // STEP for at in (*visit.action_times, *converted)}:
            visits.setdefault(slot, set()).add(visit.row.id_visit)
            visitors.setdefault(slot, set()).add(visit.visitor)
    counts = []
    for end in range(first, last):
        slots = range(end - width, end)
        counts.append(
            PastCount(
                at=end * STEP,
                visits=len(set[int]().union(*(visits.get(slot, ()) for slot in slots))),
                actions=sum(actions.get(slot, 0) for slot in slots),
                visitors=len(set[str]().union(*(visitors.get(slot, ()) for slot in slots))),
            )
        )
    return counts
