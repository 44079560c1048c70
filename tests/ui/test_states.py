"""Loading, empty, refused, stale, stopped and broken: each looks different, and says what to do."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from rich.style import Style
from textual.widget import Widget

from matomo_tui.api.errors import FeatureDisabled, LockedOut, MatomoError, NoAccess, ServerError, TimedOut
from matomo_tui.live.snapshot import LiveSnapshot, PartErrors, Phase, PollState
from matomo_tui.ui.live.rankings import RankingPane
from matomo_tui.ui.widgets.pane import Pane, PaneState, state_for
from tests.ui import snapshots
from tests.ui.conftest import Stage, stage, until


def broken() -> LiveSnapshot:
    """The first poll failed, and the second is awaited."""
    error = ServerError("The server failed (500).")
    poll = PollState(phase=Phase.STALE, error=error, failures=1, next_poll_at=snapshots.NOW + 10)
    return replace(snapshots.starting(), poll=poll)


LOOKS = {
    PaneState.CONTENT: snapshots.busy,
    PaneState.LOADING: snapshots.starting,
    PaneState.EMPTY: snapshots.empty,
    PaneState.REFUSED: snapshots.log_disabled,
    PaneState.STALE: snapshots.stale,
    PaneState.STOPPED: lambda: replace(snapshots.starting(), poll=snapshots.stopped().poll),
    PaneState.BROKEN: broken,
}


def style_at(on: Stage, text: str) -> Style:
    """The style of the first piece of the screen that contains ``text``."""
    for strip in on.app.screen._compositor.render_strips():
        for segment in strip:
            if text in segment.text and segment.style is not None:
                return segment.style
    raise AssertionError(f"{text!r} is not on the screen")


async def test_every_pane_takes_its_state_and_each_state_looks_different() -> None:
    seen: dict[str, set[str]] = {}
    for state, sample in LOOKS.items():
        async with stage(sample(), (120, 40)) as on:
            panes = [pane for pane in on.app.live.query(Pane) if pane.display]
            assert {pane.state for pane in panes} == {state}
            if sample is snapshots.starting:
                await until(on.pilot, lambda: "━" in on.text)
            for pane in panes:
                seen.setdefault(pane.id or "", set()).add(look_of(on, pane))
    assert {name: len(looks) for name, looks in seen.items()} == dict.fromkeys(seen, len(LOOKS))


def look_of(on: Stage, pane: Pane) -> str:
    """Text and colours of a pane on the screen."""
    region = pane.region
    lines = on.app.screen._compositor.render_strips()[region.y : region.bottom]
    return "\n".join(str([(s.text, s.style) for s in line.crop(region.x, region.right)]) for line in lines)


async def test_loading_shows_nothing_at_first_and_then_a_line_that_moves() -> None:
    async with stage(snapshots.busy(), (120, 40)) as on:
        await on.publish(snapshots.starting())
        assert "━" not in on.text
        await until(on.pilot, lambda: "━━━" in on.text)
        first = on.text
        await until(on.pilot, lambda: on.text != first)
        await on.publish(snapshots.busy())
        assert "━" not in on.text


async def test_stale_figures_stay_dimmed_with_the_reason_and_a_growing_age() -> None:
    async with stage(snapshots.busy()) as on:
        bright = style_at(on, "/blog/2026/launch").color
        labels = on.lines[1]
        await on.publish(snapshots.stale())
        await on.pilot.pause()
        assert "◌ stale" in on.lines[0]
        assert "the connection was refused" in on.lines[3]
        assert on.lines[1] == labels, "what comes and goes moves nothing"
        assert style_at(on, "/blog/2026/launch").color != bright
        assert "95 s ago, next in 38 s" in on.lines[0]
        on.clock.at += 10
        on.app.live._tick()
        await on.pilot.pause()
        assert "1 m ago, next in 28 s" in on.lines[0]
        await on.publish(snapshots.busy())
        await on.pilot.pause()
        assert style_at(on, "/blog/2026/launch").color == bright
        assert "refused" not in on.text


async def test_stopped_says_why_and_which_key() -> None:
    async with stage(snapshots.stopped()) as on:
        whole = " ".join(line.strip() for line in on.lines)
        assert "■ stopped" in on.lines[0]
        assert "does not accept the token" in whole
        assert "Press C to use another token." in whole
        assert on.lines[-1].startswith(" C connect")
        assert "next in" not in on.lines[0]
        assert "p pause" not in on.lines[-1]


@pytest.mark.parametrize(
    ("error", "key"),
    [
        (LockedOut("Matomo has locked out this IP address."), "Press r"),
        (NoAccess("The token has no access to site 2.", "view", 2), "Press s"),
        (TimedOut("No answer within 20 s."), "Press r"),
    ],
)
async def test_each_end_names_the_key_that_goes_on(error: MatomoError, key: str) -> None:
    sample = replace(snapshots.busy(), poll=PollState(phase=Phase.STOPPED, error=error))
    async with stage(sample) as on:
        assert key in " ".join(on.lines)


async def test_a_part_that_fails_leaves_the_others_alone() -> None:
    async with stage(snapshots.log_disabled(), (120, 40)) as on:
        assert "Visits log is deactivated" in on.text
        assert "● live" in on.lines[0]
        assert "▀▀█" in "\n".join(on.lines[1:5])
        assert "refused" in on.lines[5]


async def test_counters_are_never_zero_when_they_are_not_known() -> None:
    async with stage(snapshots.starting()) as on:
        figures = on.lines[2].split()
        assert figures == ["waiting"] * 6
    async with stage(snapshots.starting(), (120, 40)) as on:
        assert on.lines[5].split() == ["waiting"] * 6


async def test_an_error_of_todays_figures_is_said_at_the_counter() -> None:
    error = FeatureDisabled("Disabled.")
    sample = replace(snapshots.starting(), parts=PartErrors(today=error), poll=PollState(phase=Phase.LIVE))
    async with stage(sample, (120, 40)) as on:
        assert on.lines[5].split() == ["waiting"] * 3 + ["refused"] * 3


def test_a_part_that_failed_after_it_had_figures_is_stale() -> None:
    assert state_for(Widget(), snapshots.busy(), ServerError("No."), ready=True)[0] is PaneState.STALE


async def test_an_empty_ranking_says_of_which_time() -> None:
    async with stage(snapshots.empty(), (120, 40)) as on:
        assert "in the last 30 minutes" in on.text
        title = on.app.live.query_one("#pages", RankingPane).title_bar
        assert (title.text, title.details) == ("Pages now", ())


async def test_a_bounded_ranking_says_of_how_many() -> None:
    async with stage(snapshots.crowded(), (200, 60)) as on:
        assert "of the newest 500 visits" in on.text
    async with stage(snapshots.crowded(), (80, 24)) as on:
        assert "newest 500" in on.text


async def test_warnings_of_the_connection_stay_on_the_screen() -> None:
    async with stage(snapshots.busy()) as on:
        on.app.live.attach(on.poller, on.app.live.context, ("The certificate is not verified.",))
        await on.pilot.pause()
        assert "The certificate is not verified." in on.lines[1]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_advice_of_a_stale_sentence_is_read_to_its_end(size: tuple[int, int]) -> None:
    said = (
        "Bot protection (Cloudflare) in front of the Matomo requires a browser (challenge, 403) with a page called "
        "“Just a moment...”: ask its administrator to let this computer's requests to index.php?module=API come "
        "through."
    )
    snapshot = replace(snapshots.stale(), poll=replace(snapshots.stale().poll, error=ServerError(said)))
    async with stage(snapshots.busy(), size) as on:
        await on.publish(snapshot)
        assert " ".join(on.text.split()).count("index.php?module=API come through.") == 1
