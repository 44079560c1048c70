"""Compares the cells of the live screen with visits that a second client fetched before and after the poll."""

from __future__ import annotations

from collections.abc import Iterator

from matomo_tui.api import sites
from matomo_tui.api.access import Access
from matomo_tui.api.secret import Secret
from matomo_tui.config.settings import Settings
from matomo_tui.live.poller import Poller
from matomo_tui.session import Session
from matomo_tui.ui.app import MatomoApp
from tests.endurance import truth_count, truth_screen
from tests.endurance.truth_count import Ledger, Wrong
from tests.real import counting
from tests.real.live import ATTEMPTS, poll
from tests.real.stage import Stage

CLOCKS = (0.0, -1.0, 1.0)
"""Seconds by which the poll may have been at another time than estimated: a server's date has whole seconds."""


async def check(stage: Stage) -> None:
    """Draw a poll at 200×60 and compare every figure until it agrees or the attempts are used up."""
    raw, site_id, client = stage.raw(), await stage.choose_site(), stage.new_client()
    row = await raw.value("SitesManager.getSiteFromId", idSite=site_id)
    place, currency = counting.place_of(row), str(row["currency"])
    site = await client.call(sites.get_site_from_id(site_id))
    access = Access(sites={site_id: "view"})
    session = Session(client=client, settings=Settings(), site=site, access=access, version="", address=stage.url)
    poller = Poller(client, site, interval=0, clock=stage.clock)

    async def connector(_settings: Settings, _token: Secret | None) -> Session:
        return session

    app = MatomoApp(session, session.settings, connector, clock=stage.clock, poller_for=lambda *_: poller)
    settled: dict[str, Wrong | None] = {}
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.pause()
        await poll(stage, poller)
        for _ in range(ATTEMPTS):
            ledgers = [Ledger(raw, site_id, place, currency, days=False) for _ in range(2)]
            await ledgers[0].fetch(stage.clock.now() + client.server_offset)
            await poll(stage, poller)
            await pilot.pause()
            figures, at = truth_screen.read(app), poller.snapshot.taken_at + client.server_offset
            await ledgers[1].fetch(at)
            found = _compared(figures, ledgers, at, poller.snapshot.pages.of_newest)
            settled |= {name: wrong for name, wrong in found if settled.get(name, ("", 0, 0)) is not None}
            if not any(settled.values()):
                break
    for name, wrong in settled.items():
        if wrong is None:
            stage.judge.ok(f"screen: {name}")
        else:
            stage.judge.differs(f"screen: {name}", wrong[1], wrong[2])


def _compared(
    figures: truth_screen.LiveFigures, ledgers: list[Ledger], at: float, bound: int | None
) -> Iterator[tuple[str, Wrong | None]]:
    """Each figure, with what differs, or ``None`` if it is right for one of the ledgers and clocks."""
    results: dict[str, Wrong | None] = {}
    for ledger in ledgers:
        for off in CLOCKS:
            for name, right, wrong in truth_count.compare(figures, ledger, at + off, bound=bound, steady=False):
                if right:
                    results[name] = None
                else:
                    results.setdefault(name, wrong)
    yield from results.items()
