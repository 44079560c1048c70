"""A feed on the screen with snapshots to show in it, for the tests of the feed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from msgspec.structs import replace
from textual.message import Message
from textual.pilot import Pilot

from matomo_tui.live import visit_segments
from matomo_tui.live.snapshot import Badge, Feed, Kind, LiveSnapshot, Presence, VisitRow
from matomo_tui.ui.drawing.glyphs import UNICODE, Glyphs
from matomo_tui.ui.live.feed import FeedPane
from tests.ui import snapshots
from tests.ui.host import Host


class Feeding:
    """A feed on the screen, and snapshots to show in it."""

    def __init__(self, app: Host, pilot: Pilot[None], pane: FeedPane, snapshot: LiveSnapshot) -> None:
        self.app, self.pilot, self.pane, self.snapshot = app, pilot, pane, snapshot

    async def show(self, snapshot: LiveSnapshot) -> None:
        self.snapshot = snapshot
        self.pane.show(snapshot)
        await self.pilot.pause()

    async def poll(self, *new: VisitRow, gone_on: int | None = None) -> None:
        """As after a poll that brought ``new``, and another action of the visit at place ``gone_on``."""
        old = list(self.snapshot.feed.visits)
        moved = []
        if gone_on is not None:
            visit = old.pop(gone_on)
            later = replace(visit, actions=visit.actions + 1, last_action_at=int(self.snapshot.taken_at) + 4)
            moved = [later]
        await self.show(
            replace(
                self.snapshot,
                taken_at=self.snapshot.taken_at + 5,
                feed=replace(self.snapshot.feed, visits=(*new, *moved, *old)),
                poll=replace(self.snapshot.poll, polls=self.snapshot.poll.polls + 1),
            )
        )

    @property
    def visits(self) -> tuple[VisitRow, ...]:
        return self.snapshot.feed.visits

    def heard(self, kind: type[Message]) -> list[Message]:
        return [event for event in self.app.heard if isinstance(event, kind)]

    def line_of_cursor(self) -> int:
        return next(n for n, line in enumerate(self.app.lines) if line.startswith(self.app.glyphs.cursor))


@asynccontextmanager
async def feed(
    snapshot: LiveSnapshot, size: tuple[int, int] = (80, 24), glyphs: Glyphs = UNICODE
) -> AsyncIterator[Feeding]:
    pane = FeedPane(id="feed")
    app = Host(pane, glyphs=glyphs)
    async with app.run_test(size=size) as pilot:
        stage = Feeding(app, pilot, pane, snapshot)
        await stage.show(snapshot)
        app.query_one("#feed VirtualTable").focus()
        await pilot.pause()
        yield stage


def visit(**changes: object) -> VisitRow:
    """A visit that says little, with ``changes``."""
    plain = replace(
        snapshots.busy().feed.visits[0],
        source="Direct",
        source_type="direct",
        keyword="",
        badges=(),
        user_id="",
        revenue=0.0,
    )
    return replace(plain, **changes)


def only(*visits: VisitRow) -> LiveSnapshot:
    return replace(snapshots.busy(), feed=Feed(visits=visits, bound=500, ready=True))


_LAMP = "https://shop.example/products/lamp?color=red&size=1"
LAMP = visit(
    id_visit=9001,
    last_action_at=int(snapshots.NOW) - 2,
    presence=Presence.ACTIVE,
    country="Germany",
    country_code="de",
    place="Berlin, Germany",
    returning=True,
    visitor_type="returning",
    visit_count=8,
    source="Google",
    source_type="search",
    keyword="warm light",
    device="Smartphone",
    actions=3,
    duration=72,
    page="/products/lamp",
    page_title="Lamp",
    page_url=_LAMP,
    page_segment=visit_segments.page(_LAMP),
    path_segment=visit_segments.path(_LAMP),
    ip="95.202.0.0",
    user_id="alice@example.org",
    visitor_id="98ba55954ff5536c",
    badges=(Badge(Kind.ORDER, "Order A-1", 59.9), Badge(Kind.SEARCH, "lamp")),
)
