"""The visit feed: what it shows at which width, that it holds still, its filter, its keys and its states."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from textual.message import Message
from textual.pilot import Pilot

from matomo_tui.api.errors import FeatureDisabled, NoAccess, ServerError
from matomo_tui.live.snapshot import Badge, Feed, Kind, LiveSnapshot, PartErrors, Phase, Presence, VisitRow
from matomo_tui.ui.glyphs import ASCII, UNICODE, Glyphs
from matomo_tui.ui.panes.feed import FeedPane
from matomo_tui.ui.panes.pane import PaneState
from matomo_tui.ui.screens.narrow import NarrowMenu
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
    return replace(plain, **changes)  # type: ignore[arg-type]


def only(*visits: VisitRow) -> LiveSnapshot:
    return replace(snapshots.busy(), feed=Feed(visits=visits, bound=500, ready=True))


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
    page_url="https://shop.example/products/lamp?color=red&size=1",
    ip="95.202.0.0",
    user_id="alice@example.org",
    visitor_id="98ba55954ff5536c",
    badges=(Badge(Kind.ORDER, "Order A-1", 59.9), Badge(Kind.SEARCH, "lamp")),
)


# What is shown


@pytest.mark.parametrize(
    ("width", "there", "absent"),
    [
        (80, ["DE", "Google", "3", "1:12", "/products/lamp", "$ € 59.90"], ["phone", "↻8", "Lamp", "95.202"]),
        (120, ["DE", "↻8", "phone", "Google warm", "/products/lamp", "Lamp", "$ € 59.90"], ["Berlin"]),
        (220, ["↻8", "Google warm light", "phone", "Lamp", "alice@example.org", "Berlin, Germany", "⌕ lamp"], []),
    ],
)
async def test_each_width_shows_what_matters_most_first(width: int, there: list[str], absent: list[str]) -> None:
    async with feed(only(LAMP), (width, 24)) as stage:
        line = next(line for line in stage.app.lines if "14:02:09" in line)
        assert [words for words in there if words not in line] == []
        assert [words for words in absent if words in line] == []


async def test_the_time_is_the_sites_own() -> None:
    async with feed(replace(only(LAMP), site=snapshots.BLOG)) as stage:
        assert "08:02:09" in stage.app.text


async def test_figures_stand_under_each_other_whatever_their_length() -> None:
    long = replace(LAMP, id_visit=9002, actions=1234, duration=4_000)
    async with feed(only(LAMP, long)) as stage:
        first, second = (line for line in stage.app.lines if "14:02:09" in line)
        assert first.index("1:12") + len("1:12") == second.index("1:06:40") + len("1:06:40")
        assert " 1234 " in second


@pytest.mark.parametrize(("actions", "shown"), [(9_999, "9999"), (10_000, "10k"), (123_456, "123k"), (10**9, "999k")])
async def test_a_figure_is_never_cut(actions: int, shown: str) -> None:
    async with feed(only(replace(LAMP, actions=actions, visit_count=actions, keyword="")), (120, 24)) as stage:
        (line,) = (line for line in stage.app.lines if "14:02:09" in line)
        assert f" {shown} " in line
        assert "…" not in line.split("1:12")[0]


async def test_presence_is_a_sign_and_not_only_a_colour() -> None:
    people = [replace(LAMP, id_visit=n, presence=presence) for n, presence in enumerate(Presence)]
    async with feed(only(*people)) as stage:
        signs = [line.split("14:02:09 ")[1][0] for line in stage.app.lines if "14:02:09" in line]
        assert signs == [UNICODE.active, UNICODE.idle, UNICODE.gone]


async def test_ascii_is_ascii() -> None:
    plain = replace(LAMP, badges=(Badge(Kind.GOAL, "Newsletter"),))
    async with feed(only(plain), (120, 30), glyphs=ASCII) as stage:
        assert stage.app.text.isascii()


async def test_the_title_counts_the_visits_of_half_an_hour_and_owns_up_to_gaps() -> None:
    async with feed(snapshots.busy()) as stage:
        assert "143 in 30 min" in stage.app.lines[0]
        await stage.show(snapshots.crowded())
        assert "500+ in 30 min" in stage.app.lines[0]
        assert "gap" in stage.app.lines[0]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60), (30, 6)])
async def test_hostile_text_is_shown_as_text_and_keeps_its_place(size: tuple[int, int]) -> None:
    async with feed(snapshots.hostile(), size) as stage:
        assert all(character.isprintable() for line in stage.app.lines for character in line)
        table = stage.app.query_one("#feed VirtualTable")
        widths = {table.render_line(y).cell_length for y in range(table.size.height)}
        assert len(widths) == 1


# Holding still


async def test_just_come_and_gone_on_are_marked_until_the_next_poll() -> None:
    mark = UNICODE.bars[2]
    async with feed(snapshots.busy()) as stage:
        assert not [line for line in stage.app.lines if line.startswith(mark)], "nothing is new at the start"
        await stage.pilot.press("down", "up")
        await stage.poll(replace(LAMP, id_visit=9100), replace(LAMP, id_visit=9101), gone_on=4)
        marked = [line for line in stage.app.lines if line.startswith(mark)]
        assert len(marked) == 2, "of three the first has the cursor"
        await stage.poll()
        assert not [line for line in stage.app.lines if line.startswith(mark)]


async def test_reading_is_not_disturbed_and_the_title_counts_what_came() -> None:
    async with feed(snapshots.busy()) as stage:
        await stage.pilot.press("down", "down", "down")
        reading = stage.pane.highlighted
        line = stage.line_of_cursor()
        for number in range(12):
            await stage.poll(replace(LAMP, id_visit=9100 + number), gone_on=20)
        assert stage.line_of_cursor() == line
        assert stage.pane.highlighted is reading
        assert "▲ 12 new" in stage.app.lines[0]
        await stage.pilot.press("home")
        await stage.pilot.pause()
        assert "new" not in stage.app.lines[0]
        assert stage.pane.highlighted is stage.visits[0]


async def test_at_the_top_the_newest_is_highlighted_and_told() -> None:
    async with feed(snapshots.busy()) as stage:
        stage.app.heard.clear()
        await stage.poll(LAMP)
        told = [event.visit for event in stage.heard(FeedPane.Highlighted) if isinstance(event, FeedPane.Highlighted)]
        assert told == [LAMP]


async def test_the_highlighted_visit_going_on_is_told_with_its_news() -> None:
    async with feed(snapshots.busy()) as stage:
        await stage.pilot.press("down", "down")
        before = stage.pane.highlighted
        stage.app.heard.clear()
        await stage.poll(gone_on=2)
        assert before is not None
        (event,) = stage.heard(FeedPane.Highlighted)
        assert isinstance(event, FeedPane.Highlighted)
        assert event.visit is not None
        assert (event.visit.id_visit, event.visit.actions) == (before.id_visit, before.actions + 1)


async def test_another_site_starts_at_its_top() -> None:
    async with feed(snapshots.busy()) as stage:
        await stage.pilot.press("end")
        await stage.show(snapshots.quiet())
        assert stage.pane.highlighted is stage.visits[0]
        assert "4 in 30 min" in stage.app.lines[0]


# The filter


FOUND_BY = [
    ("95.202", "IP"),
    ("germ", "country"),
    ("berlin", "city"),
    ("/products/LAMP", "page"),
    ("color=red", "address"),
    ("google", "source"),
    ("warm", "keyword"),
    ("alice", "user id"),
    ("smartphone", "device"),
    ("lamp berlin google", "several words"),
]


@pytest.mark.parametrize(("words", "by"), FOUND_BY, ids=[by for _, by in FOUND_BY])
async def test_a_visit_is_found_by(words: str, by: str) -> None:
    nobody = visit(
        id_visit=1,
        country="Japan",
        country_code="jp",
        place="",
        page="/x",
        page_url="",
        page_title="",
        device="Desktop",
        ip="1.1.1.1",
        browser="",
        operating_system="",
    )
    async with feed(only(nobody, LAMP)) as stage:
        await stage.pilot.press("slash", *(key_of(character) for character in words))
        await stage.pilot.pause()
        assert [line[2:10] for line in stage.app.lines if "/products/lamp" in line]
        assert "1 of 2" in stage.app.lines[0]
        assert "1 of 2" in stage.app.lines[-1]
        assert stage.pane.highlighted is LAMP


def key_of(character: str) -> str:
    names = {" ": "space", ".": "full_stop", "/": "slash", "=": "equals_sign", "@": "at"}
    return names.get(character, character)


async def test_nothing_found_says_so_and_esc_brings_everything_back() -> None:
    async with feed(snapshots.busy()) as stage:
        await stage.pilot.press("slash", *"zzz")
        await stage.pilot.pause()
        assert 'No visit matches "zzz"; esc clears the filter' in stage.app.text
        await stage.pilot.press("escape")
        await stage.pilot.pause()
        assert "143 in 30 min" in stage.app.lines[0]
        assert stage.pane.query_one("FilterLine").display
        await stage.pilot.press("escape")
        await stage.pilot.pause()
        assert not stage.pane.query_one("FilterLine").display
        await stage.pilot.press("down")
        assert stage.pane.highlighted is stage.visits[1], "the list has the focus again"


async def test_enter_keeps_the_filter_for_what_comes_and_esc_drops_it() -> None:
    async with feed(only(LAMP)) as stage:
        await stage.pilot.press("slash", *"google", "enter")
        await stage.poll(visit(id_visit=1, page="/other"), replace(LAMP, id_visit=9005))
        assert "2 of 3" in stage.app.lines[0]
        assert "/other" not in stage.app.text
        await stage.pilot.press("escape")
        await stage.pilot.pause()
        assert "/other" in stage.app.text


async def test_letters_typed_into_the_filter_are_letters() -> None:
    async with feed(snapshots.busy()) as stage:
        await stage.pilot.press("slash", "y", "f", "slash")
        await stage.pilot.pause()
        assert not isinstance(stage.app.screen, NarrowMenu)
        assert stage.app.clipboard == ""
        assert 'with "yf/"' in stage.app.lines[0]


# Keys


async def test_enter_and_a_double_click_open_the_visit() -> None:
    async with feed(snapshots.busy()) as stage:
        await stage.pilot.press("down", "enter")
        await stage.pilot.click("#feed VirtualTable", offset=(10, 4), times=2)
        opened = [event.visit for event in stage.heard(FeedPane.Opened) if isinstance(event, FeedPane.Opened)]
        assert opened == [stage.visits[1], stage.visits[4]]


NARROWED = [
    ("1", "page /products/lamp", "pageUrl==https%253A%252F%252Fshop.example%252Fproducts%252Flamp"),
    ("2", "country Germany", "countryCode==de"),
    ("3", "source Google", "referrerType==search;referrerName==Google"),
    ("4", "device Smartphone", "deviceType==smartphone"),
    ("5", "user id alice@example.org", "userId==alice%2540example.org"),
    ("6", "visitor 98ba55954ff5536c", "visitorId==98ba55954ff5536c"),
]


@pytest.mark.parametrize(("key", "label", "segment"), NARROWED, ids=[label for _, label, _ in NARROWED])
async def test_narrowing_offers_the_traits_of_the_visit(key: str, label: str, segment: str) -> None:
    async with feed(only(LAMP)) as stage:
        await stage.pilot.press("f")
        await stage.pilot.pause()
        assert "Only this" in stage.app.text
        await stage.pilot.press(key)
        await stage.pilot.pause()
        (event,) = stage.heard(FeedPane.Narrow)
        assert isinstance(event, FeedPane.Narrow)
        assert event.label == label
        assert event.segment.split(",")[0] == segment


async def test_narrowing_by_the_arrow_keys_or_not_at_all() -> None:
    async with feed(only(LAMP)) as stage:
        await stage.pilot.press("f", "escape")
        await stage.pilot.pause()
        assert not stage.heard(FeedPane.Narrow)
        await stage.pilot.press("f", "down", "enter")
        await stage.pilot.pause()
        (event,) = stage.heard(FeedPane.Narrow)
        assert isinstance(event, FeedPane.Narrow)
        assert event.label == "country Germany"


async def test_what_is_unknown_of_a_visit_is_not_offered() -> None:
    cookieless = replace(LAMP, visitor_id="", user_id="", device="Unknown", country_code="", country="Unknown")
    async with feed(only(cookieless)) as stage:
        await stage.pilot.press("f")
        await stage.pilot.pause()
        assert "visitor" not in stage.app.text
        assert "country" not in stage.app.text
        assert "source" in stage.app.text


async def test_copying_gives_one_clean_line() -> None:
    nasty = replace(LAMP, page_url="https://shop.example/\x1b[2Jx\ty\nz")
    async with feed(only(nasty)) as stage:
        await stage.pilot.press("y")
        await stage.pilot.pause()
        copied = stage.app.clipboard
        assert copied.isprintable()
        assert copied.startswith("2026-11-24 14:02:09 CET | Berlin, Germany | 95.202.0.0 | alice@example.org")


# States


def failing(error: Exception, snapshot: LiveSnapshot) -> LiveSnapshot:
    return replace(snapshot, parts=PartErrors(visits=error))  # type: ignore[arg-type]


STATES: list[tuple[str, Callable[[], LiveSnapshot], PaneState, str]] = [
    ("starting", snapshots.starting, PaneState.LOADING, ""),
    ("nobody", snapshots.empty, PaneState.EMPTY, "Nobody in the last 30 minutes"),
    (
        "nobody in the segment",
        lambda: replace(snapshots.empty(), segment="countryCode==de"),
        PaneState.EMPTY,
        "F shows everybody",
    ),
    (
        "visitor log off",
        lambda: failing(FeatureDisabled("The visitor log is switched off."), snapshots.busy()),
        PaneState.REFUSED,
        "The visitor log is switched off.",
    ),
    (
        "no access",
        lambda: failing(NoAccess("Needs 'view' on site 1.", "view", 1), snapshots.starting()),
        PaneState.REFUSED,
        "Needs 'view' on site 1.",
    ),
    (
        "broken before anything came",
        lambda: failing(ServerError("Out of memory."), snapshots.starting()),
        PaneState.BROKEN,
        "Out of memory.",
    ),
    (
        "broken after visits came",
        lambda: failing(ServerError("Out of memory."), snapshots.busy()),
        PaneState.STALE,
        "14:02:09",
    ),
    ("stale", snapshots.stale, PaneState.STALE, "14:02:09"),
    ("stopped", snapshots.stopped, PaneState.STALE, "14:02:09"),
]


@pytest.mark.parametrize(("name", "make", "state", "said"), STATES, ids=[state[0] for state in STATES])
async def test_each_state_says_what_is_the_matter(
    name: str, make: Callable[[], LiveSnapshot], state: PaneState, said: str
) -> None:
    async with feed(make()) as stage:
        assert stage.pane.state is state
        assert said in " ".join(line.strip() for line in stage.app.lines)


async def test_visits_come_back_after_an_error_and_keys_work_at_once() -> None:
    async with feed(failing(FeatureDisabled("Off."), snapshots.busy())) as stage:
        assert "14:02:09" not in stage.app.text
        await stage.show(snapshots.busy())
        assert stage.pane.state is PaneState.CONTENT
        assert "14:02:09" in stage.app.text


async def test_nobody_there_keeps_the_focus_for_when_somebody_comes() -> None:
    async with feed(snapshots.empty()) as stage:
        assert stage.app.focused is stage.app.query_one("#feed VirtualTable")
        await stage.show(snapshots.busy())
        await stage.pilot.press("down", "enter")
        await stage.pilot.pause()
        assert stage.heard(FeedPane.Opened)


async def test_a_snapshot_without_news_for_the_feed_draws_nothing() -> None:
    async with feed(snapshots.busy()) as stage:
        drawn: list[object] = []
        table = stage.app.query_one("#feed VirtualTable")
        original = table.refresh
        table.refresh = lambda *regions, **options: drawn.append(regions) or original(*regions, **options)  # type: ignore
        later = replace(stage.snapshot, poll=replace(stage.snapshot.poll, in_flight=True, phase=Phase.LIVE))
        await stage.show(later)
        assert drawn == []
