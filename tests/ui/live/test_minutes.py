"""The last hour's chart, as it reads on the screen."""

from __future__ import annotations

import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest
from msgspec.structs import replace
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from matomo_tui.api.site import Site
from matomo_tui.live.snapshot import LiveSnapshot, Minutes
from matomo_tui.ui.drawing import plotting
from matomo_tui.ui.drawing.glyphs import ASCII, UNICODE, Glyphs
from matomo_tui.ui.live.minutes import MinutesPane
from matomo_tui.ui.live.minutes_chart import MinutesChart, MinuteSeries
from tests.ui import snapshots

LAST = int(snapshots.NOW) // 60 * 60  # 14:02 in Berlin
BRAILLE = re.compile("[\u2801-\u28ff]")


def at(actions: list[int], *, visits: list[int] | None = None, known_from: int = 0) -> LiveSnapshot:
    """The busy shop with these minutes."""
    course = Minutes(
        last_minute_at=LAST,
        actions=tuple(actions),
        visits=tuple(visits or [count // 3 for count in actions]),
        known_from=known_from,
    )
    return replace(snapshots.busy(), minutes=course)


class MinutesApp(App[None]):
    """Only the pane; without the line of its title where ``bare``."""

    CSS = "MinutesPane.bare { padding: 0; }"

    def __init__(self, glyphs: Glyphs, *, bare: bool) -> None:
        super().__init__()
        self.glyphs = glyphs
        self.pane = MinutesPane(classes="bare" if bare else None)

    def compose(self) -> ComposeResult:
        yield self.pane


class Stage:
    def __init__(self, app: MinutesApp, pilot: Pilot[None]) -> None:
        self.pane, self.app, self.pilot = app.pane, app, pilot

    async def show(self, snapshot: LiveSnapshot) -> list[str]:
        """Hand ``snapshot`` to the pane; the screen's lines, once plotext is there."""
        self.pane.show(snapshot)
        await self.pilot.pause()
        await self.app.workers.wait_for_complete()
        await self.pilot.pause()
        return self.lines

    @property
    def lines(self) -> list[str]:
        strips = self.app.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip) for strip in strips]


@asynccontextmanager
async def stage(
    size: tuple[int, int] = (100, 14), glyphs: Glyphs = UNICODE, *, bare: bool = False
) -> AsyncIterator[Stage]:
    app = MinutesApp(glyphs, bare=bare)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield Stage(app, pilot)


RAMP = [*range(1, 60), 7]


async def test_the_title_has_the_last_whole_minute_and_the_peak_with_its_time() -> None:
    counts = [10] * 60
    counts[45], counts[58], counts[59] = 63, 41, 3
    async with stage() as on:
        lines = await on.show(at(counts))
    assert "Actions a minute 41/min, peak 63 13:48" in lines[0]


async def test_the_time_is_the_site_s() -> None:
    counts = [10] * 60
    counts[45] = 63
    async with stage() as on:
        shown = at(counts)
        berlin = await on.show(shown)
        tokyo = await on.show(replace(shown, site=replace_zone(shown, "Asia/Tokyo")))
    assert "13:48" in berlin[0]
    assert "21:48" in tokyo[0]
    assert "13:30" in times(berlin)
    assert "21:30" in times(tokyo)


def times(lines: list[str]) -> str:
    """The line of the times: the axis between actions and visits."""
    return next(line for line in lines[1:] if re.search(r"\d\d:\d\d", line))


def replace_zone(snapshot: LiveSnapshot, zone: str) -> Site:
    return Site(id=snapshot.site.id, name=snapshot.site.name, timezone=zone)


async def test_a_chart_has_round_scale_round_times_and_the_curve_between() -> None:
    async with stage() as on:
        lines = await on.show(at(RAMP))
    assert lines[1].startswith("   60 ")
    axis = lines.index(times(lines))
    assert re.findall(r"\d\d:\d\d", lines[axis]) == ["13:10", "13:20", "13:30", "13:40", "13:50", "14:00"]
    assert not BRAILLE.search(lines[1][:60])
    assert BRAILLE.search(lines[1][80:])
    above, below = lines[1:axis], lines[axis + 1 :]
    assert all(len(BRAILLE.findall(line)) < len(BRAILLE.findall(lower)) for line, lower in pairwise(above))
    assert below[-1].startswith("   20 "), "visits have a scale of their own, and hang from the axis"
    assert all(len(BRAILLE.findall(line)) > len(BRAILLE.findall(lower)) for line, lower in pairwise(below))


async def test_minutes_that_were_not_watched_are_unknown_and_not_zero() -> None:
    async with stage() as on:
        lines = await on.show(at([20] * 60, known_from=LAST - 7 * 60 - 10))
    lowest = lines.index(times(lines)) - 1
    assert re.match(r"·{40,}", lines[lowest][6:])
    assert not any(line[6:40].strip() for n, line in enumerate(lines[1:], 1) if n not in (lowest, lowest + 1))
    assert BRAILLE.search(lines[lowest][60:])


@pytest.mark.parametrize(("observed", "drawn"), [(15, 15), (29, 15), (30, 30), (44, 30), (45, 45), (60, 60)])
async def test_half_an_hour_that_was_observed_fills_the_chart(observed: int, drawn: int) -> None:
    async with stage() as on:
        lines = await on.show(at([20] * 60, known_from=LAST - (observed - 1) * 60))
    assert "·" not in "".join(lines[1:])
    assert BRAILLE.match(lines[lines.index(times(lines)) - 1][6])
    assert len(MinuteSeries.of(at([20] * 60, known_from=LAST - (observed - 1) * 60).minutes).actions) == drawn


async def test_unknown_minutes_are_dots_in_a_row_of_blocks_too() -> None:
    async with stage((60, 1), bare=True) as on:
        (line,) = await on.show(at([20] * 60, known_from=LAST - 9 * 60))
    assert re.match("·+█", line)


async def test_the_current_minute_looks_different_for_it_is_not_over() -> None:
    async with stage() as on:
        await on.show(at([20] * 60))
        strip = on.app.screen._compositor.render_strips()[5]
    styles = [segment.style for segment in strip if BRAILLE.search(segment.text)]
    first, last = styles[0], styles[-1]
    assert first is not None
    assert last is not None
    assert first.color != last.color


async def test_visits_hang_below_the_actions_with_a_legend_where_there_is_room() -> None:
    async with stage((100, 14)) as on:
        tall = await on.show(at([20] * 60, visits=[5] * 60))
        axis = tall.index(times(tall))
        above, below = (
            {
                str(segment.style.color)
                for strip in on.app.screen._compositor.render_strips()[part]
                for segment in strip
                if segment.style and BRAILLE.search(segment.text) and segment.text.strip()
            }
            for part in (slice(1, axis), slice(axis + 1, None))
        )
    async with stage((100, 8)) as on:
        low = await on.show(at([20] * 60, visits=[5] * 60))
    assert "▲ actions  ▼ visits" in tall[0]
    assert len(above) > 3, "the fill of the actions fades"
    assert len(below - above) == 1
    assert "visits" not in low[0]
    assert BRAILLE.search(low[-2])


async def test_a_low_pane_draws_blocks_without_plotext() -> None:
    async with stage((80, 3)) as on:
        lines = await on.show(at(RAMP))
        assert not on.app.workers
    assert set("".join(lines[1:])) <= set(" ▁▂▃▄▅▆▇█")
    assert not lines[1][:38].strip()
    assert lines[1][77] == "█"
    assert lines[2][:38].strip()
    assert lines[2][79] == "▂"


async def test_a_single_row_without_a_title_has_the_summary_beside_it() -> None:
    async with stage((80, 1), bare=True) as on:
        (line,) = await on.show(at([3] * 45 + [63] + [3] * 12 + [41, 1]))
    assert line.endswith("  41/min, peak 63 13:48")
    assert set(line[:56]) <= set("▁▂▃▄▅▆▇█")
    assert line[:56].count("█") == 1


@pytest.mark.parametrize("size", [(100, 14), (80, 3), (80, 8)], ids=str)
async def test_ascii_has_no_other_character(size: tuple[int, int]) -> None:
    async with stage(size, ASCII) as on:
        lines = await on.show(at(RAMP, known_from=LAST - 29 * 60))
    assert "".join(lines).isascii()
    assert "#" in "".join(lines)


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (10, 20), (24, 7), (25, 7), (61, 6), (300, 100)], ids=str)
async def test_every_sample_on_every_size(size: tuple[int, int]) -> None:
    async with stage(size) as on:
        for sample in snapshots.SAMPLES.values():
            lines = await on.show(sample())
            assert [len(line) for line in lines] == [size[0]] * size[1]


async def test_nobody_is_a_sentence_and_not_a_flat_line() -> None:
    async with stage() as on:
        hour = await on.show(at([0] * 60))
        since = await on.show(at([0] * 60, known_from=LAST - 600))
        after = await on.show(at(RAMP))
    assert "No actions in the last 60 minutes" in "\n".join(hour)
    assert "No actions in the last 11 minutes" in "\n".join(since)
    assert "No actions" not in "\n".join(after)
    assert BRAILLE.search("\n".join(after))


async def test_waiting_refused_and_old_look_different() -> None:
    async with stage() as on:
        texts = {name: "\n".join(await on.show(snapshots.SAMPLES[name]())) for name in ("starting", "refused", "stale")}
    assert not BRAILLE.search(texts["starting"])
    assert "refused" in texts["refused"]
    assert "no access" in texts["refused"]
    assert BRAILLE.search(texts["stale"])


async def test_only_what_changed_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage() as on:
        first = at([20] * 60)
        await on.show(first)
        drawn: list[tuple[object, ...]] = []
        refresh = MinutesChart.refresh

        def counting(self: MinutesChart, *regions: object, **options: object) -> MinutesChart:
            drawn.append(regions)
            return refresh(self, *regions, **options)  # type: ignore[arg-type]

        monkeypatch.setattr(MinutesChart, "refresh", counting)
        on.pane.show(first)
        on.pane.show(replace(first, counters=snapshots.quiet().counters, minutes=replace(first.minutes)))
        assert drawn == []
        on.pane.show(at([20] * 59 + [12]))
    assert drawn
    assert all(regions and regions[0].width < 10 for regions in drawn)  # type: ignore[attr-defined]


async def test_without_plotext_the_blocks_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "plotext", None)
    monkeypatch.setattr(plotting, "_is_loaded", False)
    async with stage() as on:
        on.pane.show(at(RAMP))
        await on.pilot.pause(0.1)
        lines = on.lines
    assert "█" in lines[-2]
    assert not BRAILLE.search("\n".join(lines))


async def test_another_size_is_drawn_anew() -> None:
    async with stage((100, 14)) as on:
        await on.show(at(RAMP))
        await on.pilot.resize_terminal(60, 3)
        await on.pilot.pause()
        low = on.lines
        await on.pilot.resize_terminal(120, 20)
        await on.pilot.pause()
        tall = on.lines
    assert "█" in low[-1]
    assert BRAILLE.search(tall[-2])
    assert "actions" in tall[0]
