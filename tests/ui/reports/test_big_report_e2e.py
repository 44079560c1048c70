"""A site with 6,000 pages over HTTP, walked through as a person does, while the live poll goes on: opened, scrolled to
its end, sorted, searched, opened level by level, written to files. (More pages would only take longer to write: what
is asked for and drawn is the same for 200,000.)"""

from __future__ import annotations

import asyncio
import csv
import os
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from textual import events
from textual.pilot import Pilot

from matomo_tui.api.secret import Secret
from matomo_tui.config.settings import Settings
from matomo_tui.demo.app import DemoMatomo
from matomo_tui.demo.options import DemoOptions
from matomo_tui.session import open_session
from matomo_tui.ui.app import MatomoApp
from matomo_tui.ui.reports.report_pane import ReportPane
from matomo_tui.ui.reports.section_screen import SectionScreen
from tests.recorded import calls_sent
from tests.serving import Message, served
from tests.ui import idle
from tests.ui.conftest import screen_lines

pytest.importorskip("uvicorn")

ROWS = 6_000
ARCHIVE = "6"
PAGES = "Actions.getPageUrls"


class Watched:
    """The demo Matomo, and what was asked of it: the methods of each request, and how many requests were answered at
    the same time at most. While ``go_on`` is cleared, one more request for rows of pages is answered."""

    def __init__(self) -> None:
        self.demo = DemoMatomo(options=DemoOptions(pages=ROWS))
        self.asked: list[list[str]] = []
        self.go_on = threading.Event()
        self.go_on.set()
        self._held = 0
        self.most_at_once = self._at_once = 0

    @property
    def polls(self) -> int:
        """How many requests of the live poll there were."""
        return sum("Live.getCounters" in methods for methods in self.asked)

    @property
    def reports(self) -> int:
        """How many requests for rows of pages."""
        return sum(PAGES in methods for methods in self.asked)

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        body = b""

        async def read() -> Message:
            nonlocal body
            message: Message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                fields = parse_qsl(body.decode(), keep_blank_values=True)
                methods = [call.get("method", "") for call in calls_sent(fields)]
                self.asked.append(methods)
                if PAGES in methods and not self.go_on.is_set():
                    self._held += 1
                    if self._held > 1:
                        await asyncio.to_thread(self.go_on.wait, 30)
            return message

        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            await self.demo(scope, read, send)
        finally:
            self._at_once -= 1


class Archive:
    """The application on the archive's pages."""

    def __init__(self, app: MatomoApp, pilot: Pilot[int]) -> None:
        self.app, self.pilot = app, pilot

    @property
    def pane(self) -> ReportPane:
        assert isinstance(self.app.screen, SectionScreen)
        return self.app.screen.report_pane

    @property
    def text(self) -> str:
        return "\n".join(screen_lines(self.app))

    @property
    def row(self) -> str:
        """The label under the cursor."""
        line = self.pane.highlighted
        return line.label if line is not None else "…"

    @property
    def labels(self) -> list[str]:
        """Those of all rows that are loaded, whole."""
        return [line.label for line in self.pane.data.loaded_lines()] if self.pane.data is not None else []

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def type(self, text: str) -> None:
        self.app.post_message(events.Paste(text))
        await self.pilot.pause()

    async def sees(self, *words: str, seconds: float = 20.0) -> None:
        """Wait until the screen, or a toast, has these words."""
        await self.until(lambda: all(word in self.text or word in self._said for word in words), seconds)

    async def until(self, true: Callable[[], bool], seconds: float = 30.0) -> None:
        deadline = time.process_time() + seconds
        while not true():
            assert time.process_time() < deadline, f"it did not come about; the screen:\n{self.text}\n{self._said}"
            await idle.wait_for_more(self.pilot)

    @property
    def _said(self) -> str:
        return " ".join(str(note.message) for note in self.app._notifications)


@pytest.fixture(scope="module")
def matomo() -> Iterator[tuple[Watched, str]]:
    watched = Watched()
    with served(watched) as address:
        yield watched, address


@asynccontextmanager
async def archive(matomo: tuple[Watched, str]) -> AsyncIterator[Archive]:
    """The application as a person with a view token starts it, polling as often as it may."""
    watched, address = matomo
    settings = Settings(url=address, site=ARCHIVE, interval=2.0)
    app = MatomoApp(None, settings, open_session, token=lambda: Secret(watched.demo.tokens["view"]))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        stage = Archive(app, pilot)
        await stage.sees("Nobody in the last 30 minutes")
        await stage.press("3")
        await stage.sees("Page URLs 2 rows")
        await stage.press("x")
        await stage.sees("100 of 6,000 rows")
        yield stage


async def test_it_is_walked_through_while_the_live_poll_goes_on(matomo: tuple[Watched, str]) -> None:
    watched, _ = matomo
    async with archive(matomo) as stage:
        polls, reports = watched.polls, watched.reports
        top = stage.row
        await stage.press("end")
        await stage.sees("200 of 6,000 rows")
        assert stage.pane.table.cursor == ROWS - 1
        assert stage.row.startswith("/178")
        await stage.press("home")
        for _ in range(30):
            await stage.press("pagedown")
        await stage.until(lambda: stage.row != "…")

        await stage.press("O")
        await stage.sees("▲ Pageviews", "100 of 6,000 rows")
        assert stage.row != top
        await stage.press("o", "1")
        await stage.sees("▲ Page URL", "100 of 6,000 rows")
        assert stage.row.startswith("/1780/letters-00/sheet-000000-")

        await stage.press("slash")
        await stage.type("sheet-005476")
        await stage.sees('1 row with "sheet-005476"')
        await stage.press("escape")
        await stage.sees("100 of 6,000 rows")
        await stage.press("x")
        await stage.sees("Page URLs 2 rows")
        await stage.press("slash")
        await stage.type("sheet-005476")
        await stage.press("enter")
        await stage.sees('1 row with "sheet-005476"', "▸ 1781")
        await stage.press("enter")
        await stage.sees("▸ songs-04")
        await stage.press("down", "enter")
        await stage.until(lambda: stage.labels[2:] == ["/sheet-005476-sketch-letter"])
        await stage.press("z", "r")
        await stage.until(lambda: stage.labels == ["/sheet-005476-sketch-letter"])

        # As few requests as there were things to see, one at a time beside the poll, which went on meanwhile. Who pages
        # more slowly than the server answers (a busy machine does) sees what lies between.
        assert watched.reports - reports <= 16 + 9
        await _polled(stage, watched, polls + 1)
        assert watched.most_at_once <= 2


async def test_all_rows_are_written_or_none(matomo: tuple[Watched, str], tmp_path: Path) -> None:
    watched, _ = matomo
    async with archive(matomo) as stage:
        polls = watched.polls
        watched.go_on.clear()
        await _export(stage, tmp_path / "cut.csv")
        await stage.sees("of 6,000 rows, esc cancels", "━")
        await stage.press("escape")
        watched.go_on.set()
        await stage.sees("Cancelled: nothing was written.")
        assert os.listdir(tmp_path) == []
        await stage.press("escape")

        await _export(stage, tmp_path / "all.csv")
        await stage.sees("6,000 rows, ", "written to")
        assert os.listdir(tmp_path) == ["all.csv"]
        with (tmp_path / "all.csv").open(encoding="utf-8", newline="") as file:
            heading, *rows = csv.reader(file)
        assert heading[:2] == ["Page URL", "Pageviews"]
        assert len({row[0] for row in rows}) == len(rows) == ROWS
        hits = [int(row[1]) for row in rows]
        assert hits == sorted(hits, reverse=True)
        await _polled(stage, watched, polls + 1)
        assert watched.most_at_once <= 2


async def _export(stage: Archive, path: Path) -> None:
    """Begin to write all rows."""
    await stage.press("e", "right", "tab", "tab", "end", "ctrl+u")
    await stage.type(str(path))
    await stage.press("enter")


async def _polled(stage: Archive, watched: Watched, polls: int) -> None:
    """Wait until the live poll asked so often."""
    await stage.until(lambda: watched.polls >= polls)
