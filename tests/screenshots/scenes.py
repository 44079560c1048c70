"""Scenes outside of the administration: the keys that lead to each screen and dialog."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from msgspec.structs import replace
from textual.widgets import Input

from matomo_tui.alerts.history import AlertHistory, AlertRecord
from matomo_tui.config.alert_settings import AlertSetting
from matomo_tui.ui.reports.sites.all_sites_screen import AllSitesScreen
from matomo_tui.ui.reports.sites.site_wall import SiteWall
from tests.screenshots.stage import Theatre

Drive = Callable[[Theatre], Awaitable[None]]


def keys(*pressed: str) -> Drive:
    """Press keys on the live screen; ``=text`` is typed."""

    async def drive(on: Theatre) -> None:
        await on.live()
        for key in pressed:
            await (on.type(key[1:]) if key.startswith("=") else on.press(key))
            await on.dismiss_toasts()

    return drive


async def pages_search(on: Theatre) -> None:
    """Pages in all levels that Matomo has found."""
    await keys("3", "slash", "=lamp")(on)
    await on.until(lambda: any("in all levels" in line.text for line in on.app.screen._compositor.render_strips()))
    await on.settle()


async def connect(on: Theatre) -> None:
    """The first start with an address entered."""
    await on.until(lambda: isinstance(on.app.focused, Input))
    await on.settle()
    await on.type("stats.example.org/matomo")


async def live(on: Theatre) -> None:
    """The live screen after two minutes, when its sparklines have data."""
    await on.live(polls=60)


async def visit(on: Theatre) -> None:
    """The newest visit with an order, whose timeline has most kinds of actions."""
    await on.live()
    visits = on.app.live.snapshot.feed.visits
    ordered = next((number for number, visit in enumerate(visits) if visit.revenue > 20), 0)
    await on.pilot.press(*["down"] * ordered)
    await on.press("enter")


ALERTS = tuple(
    AlertSetting(rule)
    for rule in (
        {"name": "Rush", "metric": "visits_30", "above": 100},
        {"name": "Fewer visits", "metric": "visits_60", "falls_by": "40%"},
        {"name": "Empty searches", "seen": "empty_search"},
        {"name": "Radio silent", "site": 5, "no_hits": "15m"},
        {"name": "Down", "poll_failing": "5m"},
    )
)
"""The alert rules of the scene ``alerts``."""


async def alerts(on: Theatre) -> None:
    """The list of alerts, of which some last and one has ended."""
    history = AlertHistory(None)
    on.app._history = history
    now = on.clock.now()
    for minutes, state, rule, message in (
        (190, "fired", "Down", "Down: no answer for 5 min: 127.0.0.1 gave no answer in 20 seconds."),
        (171, "ended", "Down", "Down: over after 19 min; now Matomo answers."),
    ):
        history.add(AlertRecord(now - minutes * 60, state, "", rule, 0, "", message))
    await on.live(polls=6)
    await on.press("N")


def listed(section: str, *moves: str, then: str = "") -> Drive:
    """A report of a section, by its position in the list."""
    return keys(section, "l", "home", *moves, "enter", *filter(None, (then,)))


def report(name: str, *then: str) -> Drive:
    """A report of the list of all reports, found by name."""
    return keys("7", "slash", f"={name}", "enter", "enter", *then)


def several(*pressed: str) -> Drive:
    """Three Matomos as tabs, one of which has no address to connect to; then keys."""

    async def drive(on: Theatre) -> None:
        await on.live()
        for name in ("agency", "museum"):
            on.app.add_connection(replace(on.app.settings, profile=name), None).begin()
        away = replace(on.app.settings, profile="partner", demo=False, url="stats.partner.example")
        on.app.add_connection(away, None)
        await on.until(lambda: all(one.session for one in on.app.connections[:3]))
        await on.live(polls=3)
        for key in pressed:
            await on.press(key)
            await on.pilot.pause(2.5)  # its figures are asked for within a second of the machine's own
        await on.settle()
        await on.dismiss_toasts()

    return drive


def all_sites(*then: str) -> Drive:
    """All sites with what is going on there now; then keys."""

    async def drive(on: Theatre) -> None:
        await on.live()
        await on.press("8")
        screen = on.app.screen
        while isinstance(screen, AllSitesScreen) and not screen.poller.snapshot.sites:
            await on.clock.advance(1)
            await on.pilot.pause(0.2)
        await on.settle()
        await on.press(*then)

    return drive


async def wall(on: Theatre) -> None:
    """The wall of the demo's sites."""
    await all_sites("B")(on)
    wall = on.app.screen.query_one(SiteWall)
    while not wall.tiles or any(tile.now.today is None for tile in wall.tiles):
        await on.clock.advance(1)
        await on.pilot.pause(0.2)
    await on.settle()


SCENES: dict[str, Drive] = {
    "connect": connect,
    "live": live,
    "visit": visit,
    "sites": keys("s"),
    "help": keys("question_mark"),
    "palette": keys("ctrl+p"),
    "visits": keys("2"),
    "visits-compared": keys("2", "c", "enter"),
    "pages": keys("3", "enter"),
    "pages-compared": keys("3", "c", "enter"),
    "comparisons": keys("3", "c"),
    "goal-columns": keys("4", "m", "4"),
    "meaning": keys("3", "i"),
    "visit-log": keys("V"),
    "tracking": keys("T"),
    "themes": keys("t"),
    "pages-search": pages_search,
    "site-search": listed("3", *["down"] * 8),
    "referrers": keys("4"),
    "search-engines": listed("4", "down", "down", then="enter"),
    "goals": keys("5"),
    "products": listed("5", "end", "up", "up"),
    "events": keys("6", "enter"),
    "all-reports": keys("7"),
    "countries": report("Country"),
    "changed": keys("0"),
    "all-sites": all_sites(),
    "all-sites-table": all_sites("x", "space"),
    "all-sites-groups": all_sites("x", "G"),
    "wall": wall,
    "tabs": several(),
    "matomos": several("H"),
    "transitions": keys("3", "x", "down", "n"),
    "numbers": keys("2", "v"),
    "metrics": report("Actions - Main metrics"),
    "condition": keys("3", "S", "end", "tab", "enter"),
    "row-evolution": keys("3", "W", "space", "down", "space", "g"),
    "row-details": keys("3", "v"),
    "columns": keys("3", "m"),
    "order": keys("3", "o"),
    "calendar": keys("3", "d"),
    "segment": keys("3", "S"),
    "export": keys("3", "e"),
    "alerts": alerts,
    "notes": keys("2", "M", "tab", "a"),
}
