"""The steps before and after a page, counted by journey."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from matomo_tui.demo.catalog.sources import Source
from matomo_tui.demo.cooperative import Yielder
from matomo_tui.demo.engine import columns
from matomo_tui.demo.engine.by_visit import Grouping, RowNumbering
from matomo_tui.demo.engine.journey_stats import MOST_KEYS, JourneyStats
from matomo_tui.demo.engine.selection import Selection
from matomo_tui.demo.traffic.steps import VisitStep

_BY_SOURCE = Grouping("sources", columns.SOURCE)


@dataclass(slots=True)
class Steps:
    """Transitions of one page: views, reloads (``loops``), entries, exits, and the previous and next steps by kind."""

    views: int = 0
    loops: int = 0
    entries: int = 0
    exits: int = 0
    before: Counter[tuple[str, str]] = field(default_factory=Counter)
    after: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, other: Steps, times: int) -> None:
        """Add ``times`` visits with the transitions ``other``."""
        self.views += other.views * times
        self.loops += other.loops * times
        self.entries += other.entries * times
        self.exits += other.exits * times
        for mine, theirs in ((self.before, other.before), (self.after, other.after)):
            for key, count in theirs.items():
                mine[key] += count * times


def _name(step: VisitStep, of_page: Callable[[VisitStep], str]) -> tuple[str, str]:
    return step.kind, of_page(step) if step.kind == "action" else step.name if step.kind == "search" else step.url


def steps_around(facts: JourneyStats, of_page: Callable[[VisitStep], str], wanted: str) -> Steps:
    found = Steps()
    before: VisitStep | None = None
    open_page = False
    for step in facts.steps:
        if step.kind in ("download", "outlink") and open_page:
            found.after[_name(step, of_page)] += 1
        if step.kind not in ("action", "search"):
            continue
        here = step.kind == "action" and of_page(step) == wanted
        if here:
            found.views += 1
            if before is None:
                found.entries += 1
            elif open_page:
                found.loops += 1
            else:
                found.before[_name(before, of_page)] += 1
        elif open_page:
            found.after[_name(step, of_page)] += 1
        open_page, before = here, step
    found.exits += open_page
    return found


async def transitions_of(
    selection: Selection, of_page: Callable[[VisitStep], str], wanted: str, yielder: Yielder
) -> tuple[Steps, Counter[Source]]:
    """The transitions of a page over all visits, and the sources of the visits that began on it."""
    total, sources = Steps(), Counter[Source]()
    rows = RowNumbering(_BY_SOURCE, selection.generator)
    counts: Counter[int] = Counter()
    async for day in selection.days():
        for part in day.parts:
            counts.update([code * MOST_KEYS + key for code, key in zip(rows.codes(part), part.keys, strict=True)])
        await yielder.pause()
    known: dict[int, Steps] = {}
    for number, (packed, times) in enumerate(counts.items()):
        code, key = divmod(packed, MOST_KEYS)
        if key not in known:
            known[key] = steps_around(selection.facts(key), of_page, wanted)
        own, source = known[key], rows.key(code)
        if own.views and isinstance(source, Source):
            total.add(own, times)
            sources[source] += own.entries * times
        if not number % 200:
            await yielder.pause()
    return total, +sources
