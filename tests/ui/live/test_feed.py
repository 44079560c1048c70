"""The visit feed: what it shows at which width, that it holds still, and its states."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from matomo_tui.api.errors import FeatureDisabled, NoAccess, ServerError
from matomo_tui.live.snapshot import Badge, Kind, LiveSnapshot, PartErrors, Phase, Presence
from matomo_tui.ui.drawing.glyphs import ASCII, UNICODE
from matomo_tui.ui.live.feed import FeedPane
from matomo_tui.ui.widgets.pane import PaneState
from matomo_tui.ui.widgets.table.columns import fit
from matomo_tui.ui.widgets.visit_cells import BadgesCell, badge_text
from tests.ui import snapshots
from tests.ui.live.feeding import LAMP, feed, only, visit

# What is shown


@pytest.mark.parametrize(
    ("width", "there", "absent"),
    [
        (80, ["DE", "Google", "3", "1:12", "/products/lamp", "◈ € 59.90"], ["↻8", "Lamp", "95.202"]),
        (120, ["DE", "↻8", "▯", "Google warm", "/products/lamp", "Lamp", "◈ € 59.90"], ["Berlin"]),
        (220, ["↻8", "Google warm light", "▯", "Lamp", "alice@example.org", "Berlin, Germany", "⌕ lamp"], []),
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


@pytest.mark.parametrize("width", range(104, 202, 6))
async def test_a_wider_feed_never_cuts_the_source_for_another_column(width: int) -> None:
    async with feed(only(replace(LAMP, source="vergleich.example", keyword="")), (width, 24)) as stage:
        assert "vergleich.example" in stage.app.text


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
        assert "143 listed in 30 min" in stage.app.lines[0]
        await stage.show(snapshots.crowded())
        assert "500+ listed in 30 min" in stage.app.lines[0]
        assert "gap" in stage.app.lines[0]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60), (30, 6)])
async def test_hostile_text_is_shown_as_text_and_keeps_its_place(size: tuple[int, int]) -> None:
    async with feed(snapshots.hostile(), size) as stage:
        assert all(character.isprintable() for line in stage.app.lines for character in line)
        table = stage.app.query_one("#feed VirtualTable")
        widths = {table.render_line(y).cell_length for y in range(table.size.height)}
        assert len(widths) == 1


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (40, "◈ € 132.50  ★ Newsletter  ⌕ warm lamp"),
        (27, "◈ € 132.50  ★ Newsletter +1"),
        (24, "◈ € 133  ★ Newsletter +1"),
        (13, "◈ € 132.50 +2"),
        (10, "◈ € 133 +2"),
        (7, "◈ € 133"),
        (6, "◈"),
    ],
)
def test_badges_show_amounts_whole_or_not_at_all(width: int, shown: str) -> None:
    badges = (Badge(Kind.ORDER, "A-1", 132.5), Badge(Kind.GOAL, "Newsletter"), Badge(Kind.SEARCH, "warm lamp"))
    cell = BadgesCell(badges, "EUR", UNICODE)
    assert "".join(words for words, _ in fit(cell, width, "left", "…")).rstrip() == shown


def test_a_badge_without_an_amount_is_cut_like_any_text() -> None:
    cell = BadgesCell((Badge(Kind.SEARCH, "warm lamp"),), "EUR", UNICODE)
    assert "".join(words for words, _ in fit(cell, 8, "left", "…")) == "⌕ warm …"


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


async def test_the_place_stays_when_the_visit_under_the_cursor_goes_on() -> None:
    async with feed(snapshots.busy()) as stage:
        await stage.pilot.press("end", "up", "up")
        await stage.pilot.pause()
        rows, line, reading = stage.app.lines[2:], stage.line_of_cursor(), stage.pane.highlighted
        assert reading is not None
        await stage.poll(gone_on=stage.visits.index(reading))
        assert stage.visits[0].id_visit == reading.id_visit
        assert stage.line_of_cursor() == line
        assert stage.pane.highlighted is not stage.visits[0]
        assert rows[1][10:] in [row[10:] for row in stage.app.lines[2:]], "the rows around it are still there"


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
        assert "4 listed in 30 min" in stage.app.lines[0]


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
        "F drops it",
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


async def test_the_pages_of_the_first_poll_are_not_news() -> None:
    busy = snapshots.busy()
    starting = replace(busy.poll, polls=0, last_success_at=None, phase=Phase.STARTING)
    part = replace(busy.feed, visits=busy.feed.visits[:3], pending=True)
    async with feed(replace(busy, feed=part, poll=starting)) as stage:
        await stage.show(replace(busy, poll=starting))
        await stage.show(replace(busy, poll=replace(busy.poll, polls=1)))
        assert not stage.pane._fresh
        await stage.poll(visit(id_visit=7))
        assert stage.pane._fresh == {7}


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


def test_plain_terminals_get_the_currency_by_its_code() -> None:
    badge = Badge(Kind.ORDER, "order 7", 59.9)
    assert badge_text(badge, "EUR", ASCII).endswith(" EUR 59.90")
    assert badge_text(badge, "EUR", UNICODE).endswith(" € 59.90")


async def test_one_action_is_a_one_no_time_a_dot_and_a_device_a_sign() -> None:
    devices = ("Desktop", "Smartphone", "Tablet", "Tv", "Console", "Unknown")
    visits = [visit(id_visit=n, actions=1, duration=0, device=name, page_title="") for n, name in enumerate(devices)]
    async with feed(only(*visits, LAMP), (120, 24)) as stage:
        lines = [line for line in stage.app.lines if line[2:10].count(":") == 2]
        assert [len(line.split("·")) - 1 for line in lines] == [1] * len(devices) + [0]
        assert all("     1 " in line for line in lines[:-1])
        assert not any("0:00" in line for line in lines)
        assert [sign for line in lines for sign in "▭▯▢▱◦" if sign in line] == ["▭", "▯", "▢", "▱", "◦", "▯"]
    async with feed(only(*visits), (120, 24), glyphs=ASCII) as stage:
        assert stage.app.text.isascii()
