"""The administration on the screen, over a demo Matomo: its keys pressed, its texts typed, its server looked at."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from msgspec.structs import replace
from textual import events
from textual.pilot import Pilot

from matomo_tui.api.address import Address
from matomo_tui.api.client import Client
from matomo_tui.api.goals import Goal, get_goals
from matomo_tui.api.http import HttpTransport
from matomo_tui.api.secret import Secret
from matomo_tui.api.site import Site
from matomo_tui.config.settings import Settings
from matomo_tui.demo.app import DemoMatomo
from matomo_tui.live.clock import Clock
from matomo_tui.live.snapshot import LiveSnapshot
from matomo_tui.session import Session, open_session
from matomo_tui.ui.admin.admin_context import AdminContext
from matomo_tui.ui.admin.admin_screen import AdminScreen
from matomo_tui.ui.app import MatomoApp
from tests.ui import bare_live, idle
from tests.ui.conftest import HandPoller, StandingClock, screen_lines

SHOP = Site(id=1, name="Lumen & Oak", main_url="https://lumen-oak.example", timezone="Europe/Berlin", currency="EUR")


class Office:
    """The running application, with a client of the superuser's to look at the server with."""

    def __init__(self, app: MatomoApp, pilot: Pilot[int], superuser: Client) -> None:
        self.app, self.pilot, self.superuser = app, pilot, superuser

    @property
    def context(self) -> AdminContext:
        assert self.app.administration is not None
        return self.app.administration.context

    @property
    def lines(self) -> list[str]:
        return screen_lines(self.app)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def words(self) -> str:
        """What the screen says, on one line; of a dialog, what stands within its frame."""
        framed = [line.split("│")[1] if line.count("│") > 1 else line for line in self.lines]
        return " ".join(" ".join(framed).split())

    @property
    def said(self) -> str:
        """The toasts that are up."""
        return " ".join(str(note.message) for note in self.app._notifications)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        """Paste a text: all at once, whatever its characters."""
        self.app.post_message(events.Paste(text))
        await self.pilot.pause()

    async def retype(self, text: str) -> None:
        """Another text in the field with the focus."""
        await self.press("end", "ctrl+u")
        await self.type(text)

    async def until(self, true: Callable[[], object], seconds: float = 30.0) -> None:
        deadline = time.process_time() + seconds
        while not true():
            assert time.process_time() < deadline, f"it did not come about; the screen:\n{self.text}\n{self.said}"
            await idle.wait_for_more(self.pilot)

    async def sees(self, words: str) -> None:
        """Wait until the screen, or a toast, has these words."""
        await self.until(lambda: words in self.said or words in self.words)

    async def goals(self, site_id: int = 1) -> dict[str, Goal]:
        """The goals that the server has, by name."""
        return {goal.name: goal for goal in await self.superuser.call(get_goals(site_id))}


def quiet(extra_sites: int = 0) -> DemoMatomo:
    """A demo on whose first site nobody comes: there is nothing to be counted."""
    demo = DemoMatomo(extra_sites=extra_sites)
    demo.world.sites[1] = replace(demo.world.sites[1], traffic="")
    return demo


def held(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """From now on Matomo answers when the event is set."""
    real, answers = HttpTransport.post, asyncio.Event()

    async def post(self: HttpTransport, *args: Any, **kwargs: Any) -> Any:
        await answers.wait()
        return await real(self, *args, **kwargs)

    monkeypatch.setattr(HttpTransport, "post", post)
    return answers


async def client_of(demo: DemoMatomo, role: str, settings: Settings) -> Client:
    """A client in the same process as its server."""
    transport = HttpTransport(
        Address.parse("http://127.0.0.1/"), Secret(demo.tokens[role]), app=demo, timeout=settings.timeout
    )
    return Client(transport, read_only=settings.read_only, allow=settings.allow)


@asynccontextmanager
async def office(
    role: str = "superuser",
    *,
    size: tuple[int, int] = (90, 30),
    settings: Settings | None = None,
    demo: DemoMatomo | None = None,
    clock: Clock | None = None,
    live: bool = False,
) -> AsyncIterator[Office]:
    """The application with a token of ``role``, at the administration where there is one. Live does not poll, and has
    its panes where ``live`` is set."""
    settings = settings or Settings(url="http://127.0.0.1/")
    demo = demo or quiet()
    client = await client_of(demo, role, settings)
    info = await client.server_info()
    session = Session(client, settings, SHOP, info.access, info.version, "http://127.0.0.1/")
    snapshot = LiveSnapshot(site=SHOP, taken_at=time.time())

    async def connector(_settings: Settings, _token: Secret | None) -> Session:
        return session

    def poller_for(of: Session, at: Clock) -> HandPoller:
        return HandPoller(of.client, snapshot, at)

    app = MatomoApp(session, settings, connector, clock=clock or StandingClock(), poller_for=poller_for)
    if not live:
        bare_live.strip(app)
    superuser = await client_of(demo, "superuser", Settings())
    async with app.run_test(size=size, notifications=True) as pilot:
        found = Office(app, pilot, superuser)
        await found.until(lambda: app.session is not None and app.poller is not None)
        await found.press("9")
        if info.access.highest not in ("noaccess", "view"):
            await found.until(lambda: isinstance(app.screen, AdminScreen))
        yield found
    await superuser.aclose()


@asynccontextmanager
async def served(address: str, token: str, superuser: str, size: tuple[int, int] = (100, 30)) -> AsyncIterator[Office]:
    """The whole application over HTTP, as a person starts it."""
    settings = Settings(url=address, interval=3600.0)
    app = MatomoApp(None, settings, open_session, token=lambda: Secret(token))
    looking = Client(HttpTransport(Address.parse(address), Secret(superuser)))
    try:
        async with app.run_test(size=size, notifications=True) as pilot:
            yield Office(app, pilot, looking)
    finally:
        await looking.aclose()
