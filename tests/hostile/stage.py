"""The program on a hostile Matomo, with a terminal that keeps what is written to it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from unittest.mock import patch

from msgspec.structs import replace
from rich.segment import Segment
from textual.app import App
from textual.color import Color
from textual.drivers.headless_driver import HeadlessDriver
from textual.filter import LineFilter
from textual.pilot import Pilot
from textual.widget import Widget

from matomo_tui.api.address import Address
from matomo_tui.api.client import Client
from matomo_tui.api.http import HttpTransport
from matomo_tui.api.secret import Secret
from matomo_tui.api.sites import get_site_from_id
from matomo_tui.config.settings import Settings
from matomo_tui.demo.app import DemoMatomo
from matomo_tui.live.clock import SystemClock
from matomo_tui.session import Session
from matomo_tui.ui import app as app_module
from matomo_tui.ui.app import MatomoApp
from matomo_tui.ui.terminal import signals
from matomo_tui.ui.terminal.sanitizer import SANITIZER
from tests.hostile.hostile_matomo import Aside, HostileMatomo, Poison
from tests.hostile.scanner import Scan
from tests.live.fake_clock import START
from tests.ui import idle, parsing

URL = "http://127.0.0.1/"
PATIENCE = 60.0


class RunningClock(SystemClock):
    """A clock that runs from the same moment in each test."""

    def __init__(self) -> None:
        self._skipped = 0.0
        self._begun = self.monotonic()

    def now(self) -> float:
        return START + self.monotonic() - self._begun

    def monotonic(self) -> float:
        return super().monotonic() + self._skipped

    def skip(self, seconds: float) -> None:
        """Go on by so many seconds at once."""
        self._skipped += seconds


class KeepingDriver(HeadlessDriver):
    """A terminal that keeps everything written to it."""

    sent: list[str]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.sent = []

    @property
    def is_headless(self) -> bool:
        return False

    def write(self, data: str) -> None:
        self.sent.append(data)


class WatchingFilter(LineFilter):
    """In the place of the last sanitizer: it notes what the sanitizer would have to stop, and has it stopped."""

    def __init__(self) -> None:
        self.caught: list[str] = []
        self.markup: list[str] = []

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        kept = SANITIZER.apply(segments, background)
        if kept is not segments:
            self.caught += [ascii(old.text[:60]) for old, new in zip(segments, kept, strict=True) if old is not new]
        for text, style, _ in segments:
            if style is not None and style.meta and "@click" in style.meta and "app.quit" in str(style.meta["@click"]):
                self.markup.append(text)
        return kept


class HostileStage:
    """The running application. ``seen`` has the classes of all widgets and screens that were drawn."""

    def __init__(
        self, app: MatomoApp, pilot: Pilot[int], watching: WatchingFilter, size: tuple[int, int], clock: RunningClock
    ) -> None:
        self.app, self.pilot, self.watching, self.size, self.clock = app, pilot, watching, size, clock
        self.seen: set[type] = set()
        self.times: list[tuple[float, str]] = []
        """Each key, with the seconds that it took of the processor in the thread of the event loop."""

    @property
    def sent(self) -> str:
        """Everything written to the terminal."""
        driver = self.app._driver
        return "".join(driver.sent) if isinstance(driver, KeepingDriver) else ""

    def start(self) -> None:
        """Forget what was written and seen so far."""
        driver = self.app._driver
        assert isinstance(driver, KeepingDriver)
        driver.sent.clear()
        self.watching.caught.clear()
        self.watching.markup.clear()
        self.seen.clear()
        self.look()

    def problems(self) -> list[str]:
        """What is wrong with everything written so far."""
        found = list(Scan(*self.size).problems(self.sent))
        return found + [f"markup obeyed: {text!a}" for text in self.watching.markup]

    @property
    def text(self) -> str:
        """The screen."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)

    async def first_data(self) -> None:
        """Wait for the first figures."""
        end = time.monotonic() + PATIENCE
        while self.app.poller is None or self.app.poller.snapshot.poll.last_success_at is None:
            if time.monotonic() > end:
                raise TimeoutError(f"no data:\n{self.text}")
            await idle.wait_for_more(self.pilot)
        await self.settle()
        self.look()

    async def settle(self) -> None:
        """Wait until nothing is asked for any more."""
        end = time.monotonic() + PATIENCE
        await self.pilot.pause()
        while self._asks():
            if time.monotonic() > end:
                raise TimeoutError(f"it still asks:\n{self.text}")
            await idle.wait_for_more(self.pilot)
        await self.pilot.pause()

    def _asks(self) -> bool:
        polls = self.app.poller is not None and self.app.poller.snapshot.poll.in_flight
        return polls or any(worker.node is not self.app and worker.is_running for worker in self.app.workers)

    async def press(self, *keys: str) -> None:
        """Press keys, and wait for what they bring."""
        for key in keys:
            begun = time.thread_time()
            await self.pilot.press(key)
            await self.settle()
            self.times.append((time.thread_time() - begun, key))
            self.look()

    def look(self) -> None:
        """Note the widgets that are on the screen."""
        if not self.app.screen_stack:
            return
        self.seen.add(type(self.app.screen))
        for widget in self.app.screen.walk_children(Widget):
            if widget.size and widget.display:
                self.seen.add(type(widget))


@asynccontextmanager
async def hostile_app(
    poison: Callable[[Any], Any] | None = None,
    *,
    size: tuple[int, int] = (80, 24),
    settings: Settings | None = None,
    tabs: int = 0,
) -> AsyncIterator[HostileStage]:
    """The application, connected as superuser to a Matomo that is hostile by ``poison``, and to it again in ``tabs``
    more tabs."""
    clock = RunningClock()
    demo = DemoMatomo(now=clock.now)
    settings = settings or Settings(url=URL, interval=3600.0)
    watching = WatchingFilter()
    token = Secret(demo.tokens["superuser"])

    async def connect(wanted: Settings, _token: Secret | None) -> Session:
        hostile = Aside(HostileMatomo(demo, poison or Poison()))
        transport = HttpTransport(Address.parse(URL), token, timeout=30.0, app=hostile)
        client = Client(transport, read_only=wanted.read_only, allow=wanted.allow, now=clock.now)
        info = await client.server_info()
        site = await client.call(get_site_from_id(1))
        return Session(client, wanted, site, info.access, info.version, URL, token=token)

    more = [(replace(settings, profile=f"\x1b[2Jtab {number}"), lambda: token) for number in range(tabs)]
    with keeping(watching):
        app = MatomoApp(await connect(settings, None), settings, connect, clock=clock, more=more)
        async with app.run_test(headless=False, size=size, notifications=True) as pilot:
            on = HostileStage(app, pilot, watching, size, clock)
            await on.first_data()
            yield on


@contextmanager
def keeping(watching: WatchingFilter) -> Iterator[None]:
    """Applications that are created in this block write to a :class:`KeepingDriver`."""
    idle.install()
    parsing.install()
    with (
        patch.object(app_module, "SANITIZER", watching),
        patch.object(App, "get_driver_class", lambda _self: KeepingDriver),
        patch.object(signals, "install_signal_handlers"),
    ):
        yield
