"""The steps before and after a page, counted by journey."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from matomo_tui.demo.catalog.sources import Source
from matomo_tui.demo.cooperative import Yielder
from matomo_tui.demo.engine import columns
from matomo_tui.demo.engine.by_visit import Grouping, RowNumbering
from matomo_tui.demo.engine.journey_stats import MOST_KEYS, JourneyStats
from matomo_tui.demo.engine.selection import Selection
from matomo_tui.demo.traffic.steps import INTERACTIONS, VisitStep

_BY_SOURCE = Grouping("sources", columns.SOURCE)

Transition = tuple[str, str, str]
"""``before`` or ``after`` with kind and name of the other step; ``page`` with the name of one of its metrics."""


def steps_around(facts: JourneyStats, of_page: Callable[[VisitStep], str], wanted: str) -> Counter[Transition]:
    """The transitions of a page in one visit; ``of_page`` names the page of a step."""

    def other(where: str, step: VisitStep) -> Transition:
        name = of_page(step) if step.kind == "action" else step.name if step.kind == "search" else step.url
        return where, step.kind, name

    found: Counter[Transition] = Counter()
    before: VisitStep | None = None
    open_page = False
    for step in facts.steps:
        here = step.kind == "action" and of_page(step) == wanted
        if here:
            found["page", "pageviews", ""] += 1
            if before is None:
                found["page", "entries", ""] += 1
            else:
                found[("page", "loops", "") if open_page else other("before", before)] += 1
        elif open_page and (step.kind in INTERACTIONS or step.kind in ("download", "outlink")):
            found[other("after", step)] += 1
        if step.kind in INTERACTIONS:
            open_page, before = here, step
    found["page", "exits", ""] += open_page
    return found


async def transitions_of(
    selection: Selection, of_page: Callable[[VisitStep], str], wanted: str, yielder: Yielder
) -> tuple[Counter[Transition], Counter[Source]]:
    """The transitions of a page over all visits, and the sources of the visits that began on it."""
    total, sources = Counter[Transition](), Counter[Source]()
    rows = RowNumbering(_BY_SOURCE, selection.generator)
    counts: Counter[int] = Counter()
    async for day in selection.days():
        for part in day.parts:
            counts.update([code * MOST_KEYS + key for code, key in zip(rows.codes(part), part.keys, strict=True)])
        await yielder.pause()
    known: dict[int, Counter[Transition]] = {}
    async for packed, times in yielder.over(counts.items(), 200):
        code, key = divmod(packed, MOST_KEYS)
        if key not in known:
            known[key] = steps_around(selection.facts(key), of_page, wanted)
        if known[key]["page", "pageviews", ""]:
            for transition, count in known[key].items():
                total[transition] += count * times
            sources[rows.key(code)] += known[key]["page", "entries", ""] * times
    return total, +sources
