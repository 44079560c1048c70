"""The steps before and after a page, counted by journey."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from matomo_tui.demo.catalog.sources import Source
from matomo_tui.demo.cooperative import Yielder
from matomo_tui.demo.engine.journey_stats import MOST_KEYS, JourneyStats, facts_of
from matomo_tui.demo.engine.selection import Selection
from matomo_tui.demo.engine.visit_generator import VisitGenerator
from matomo_tui.demo.traffic.steps import VisitStep


@dataclass(slots=True)
class Steps:
    """Around one page: its views, those that followed on themselves (``loops``), those with which visits began and
    ended, and what was right before and after by what it was."""

    views: int = 0
    loops: int = 0
    entries: int = 0
    exits: int = 0
    before: Counter[tuple[str, str]] = field(default_factory=Counter)
    after: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, other: Steps, times: int) -> None:
        """Add ``times`` visits that went like ``other``."""
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
    """One visit's views of the page."""
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
    selection: Selection, of_page: Callable[[VisitStep], str], wanted: str, pieces: Yielder
) -> tuple[Steps, Counter[Source]]:
    """Around a page in all visits, and from where those came that began with it."""
    total, sources = Steps(), Counter[Source]()
    counts: Counter[int] = Counter()
    async for day in selection.days():
        for part in day.parts:
            columns = zip(part.take(part.block.sources), part.take(part.block.keys), strict=True)
            counts.update([source * MOST_KEYS + key for source, key in columns])
        for visit in day.others:
            own = steps_around(facts_of(visit), of_page, wanted)
            total.add(own, 1)
            sources[visit.source] += own.entries
        await pieces.pause()
    generator = selection.generator
    if generator is not None:
        await _counted(counts, generator, total, sources, of_page, wanted, pieces)
    return total, +sources


async def _counted(
    counts: Counter[int],
    generator: VisitGenerator,
    total: Steps,
    sources: Counter[Source],
    of_page: Callable[[VisitStep], str],
    wanted: str,
    pieces: Yielder,
) -> None:
    known: dict[int, Steps] = {}
    for number, (packed, times) in enumerate(counts.items()):
        source, key = divmod(packed, MOST_KEYS)
        if key not in known:
            known[key] = steps_around(generator.facts[key], of_page, wanted)
        own = known[key]
        if own.views:
            total.add(own, times)
            sources[generator.sources[source]] += own.entries * times
        if not number % 200:
            await pieces.pause()
