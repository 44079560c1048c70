"""``python -m tests.screenshots``: the pictures in ``screenshots/``, SVG and PNG at three sizes, made from the demo.

The demo's clock is set to a weekday's afternoon. PNGs are drawn with the font JetBrains Mono, which has to be installed
(beside any font with Japanese letters).
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from textual.pilot import Pilot

from matomo_tui.api.secret import Secret
from matomo_tui.config.settings import Settings
from matomo_tui.live.clock import SystemClock
from matomo_tui.session import Session, open_demo
from matomo_tui.ui.app import MatomoApp

FOLDER = Path(__file__).parent.parent / "screenshots"
SIZES = ((80, 24), (120, 40), (200, 60))
FONT = "JetBrains Mono"
AFTERNOON = datetime(2026, 11, 18, 13, 32, 10, tzinfo=UTC).timestamp()

Drive = Callable[[Pilot[int], MatomoApp], Awaitable[None]]


class AfternoonClock(SystemClock):
    """Goes on from Wednesday, 18 November 2026, 14:32 in Berlin."""

    def __init__(self) -> None:
        self._started = self.monotonic()

    def now(self) -> float:
        return AFTERNOON + self.monotonic() - self._started


async def _live(pilot: Pilot[int], app: MatomoApp) -> None:
    await _until(pilot, lambda: app.live.snapshot.feed.ready and app.live.snapshot.counters.revenue.value is not None)


async def _visit(pilot: Pilot[int], app: MatomoApp) -> None:
    """The newest visit with an order: its timeline shows most kinds of action."""
    await _live(pilot, app)
    visits = app.live.snapshot.feed.visits
    ordered = next((number for number, visit in enumerate(visits) if visit.revenue > 20), 0)
    await pilot.press(*["down"] * ordered, "enter")
    await pilot.pause(1.5)


async def _sites(pilot: Pilot[int], app: MatomoApp) -> None:
    await _live(pilot, app)
    await pilot.press("s")
    await pilot.pause(1.0)


async def _help(pilot: Pilot[int], app: MatomoApp) -> None:
    await _live(pilot, app)
    await pilot.press("question_mark")
    await pilot.pause(0.5)


def _section(key: str) -> Drive:
    """A section, once its figures have come."""

    async def drive(pilot: Pilot[int], app: MatomoApp) -> None:
        await _live(pilot, app)
        await pilot.press(key)
        await pilot.pause(4.0)

    return drive


SCENES: dict[str, Drive] = {
    "live": _live,
    "visit": _visit,
    "sites": _sites,
    "help": _help,
    "visits": _section("2"),
    "pages": _section("3"),
    "goals": _section("5"),
    "all-sites": _section("8"),
    "administration": _section("9"),
}


async def _until(pilot: Pilot[int], true: Callable[[], bool]) -> None:
    for _ in range(300):
        if true():
            await pilot.pause(0.5)
            return
        await pilot.pause(0.1)
    raise SystemExit("the screen did not get as far as its picture")


async def take(scene: str, size: tuple[int, int], theme: str = "") -> str:
    """One scene as SVG."""
    clock = AfternoonClock()

    async def connect(settings: Settings, _token: Secret | None) -> Session:
        return await open_demo(settings, now=clock.now)

    app = MatomoApp(None, Settings(demo=True, interval=2, theme=theme), connect, clock=clock)
    async with app.run_test(size=size) as pilot:
        await SCENES[scene](pilot, app)
        return app.export_screenshot(title="matomo-tui")


def portable(svg: str) -> str:
    """``svg`` without fonts from elsewhere, in a font that draws box characters without gaps."""
    svg = re.sub(r"@font-face\s*\{.*?\}", "", svg, flags=re.DOTALL)
    return svg.replace("Fira Code", FONT)


def main() -> None:
    """Make the pictures of the scenes named, or of all."""
    import resvg_py

    parser = argparse.ArgumentParser(prog="python -m tests.screenshots", description=__doc__)
    parser.add_argument("scenes", nargs="*", choices=[*SCENES, []], default=[])
    parser.add_argument("--theme", default="")
    chosen = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    for scene in chosen.scenes or SCENES:
        for width, height in SIZES:
            svg = portable(asyncio.run(take(scene, (width, height), chosen.theme)))
            name = f"{scene}-{width}x{height}" + (f"-{chosen.theme}" if chosen.theme else "")
            (FOLDER / f"{name}.svg").write_text(svg, encoding="utf-8")
            (FOLDER / f"{name}.png").write_bytes(bytes(resvg_py.svg_to_bytes(svg_string=svg)))
            sys.stderr.write(f"screenshots/{name}.svg and .png\n")


if __name__ == "__main__":
    main()
