"""The application: connecting, quitting, looks, copying, and what never reaches the screen."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from rich.color import Color as RichColor
from rich.color import ColorType
from rich.segment import Segment
from textual.drivers.headless_driver import HeadlessDriver

from matomo_tui.api.errors import TimedOut, TokenRejected
from matomo_tui.api.secret import Secret
from matomo_tui.config.remembered import Remembered
from matomo_tui.config.secrets import SecretError
from matomo_tui.config.settings import Settings
from matomo_tui.session import Session
from matomo_tui.ui.app import MatomoApp
from matomo_tui.ui.connect.connect_screen import ConnectScreen
from matomo_tui.ui.live.live_screen import LiveScreen
from matomo_tui.ui.terminal.screenshot import write_screenshot
from matomo_tui.ui.theme_dialog import ThemeDialog
from tests.ui import snapshots
from tests.ui.conftest import HandPoller, Stage, StandingClock, screen_lines, session_for, stage, until

TOKEN = "5a1f" * 8


class Door:
    """A connector that a test opens: with a session, or with errors first."""

    def __init__(self, *outcomes: BaseException | None) -> None:
        self.outcomes = list(outcomes)
        self.asked: list[tuple[Settings, Secret | None]] = []
        self.open = asyncio.Event()

    async def __call__(self, settings: Settings, token: Secret | None) -> Session:
        self.asked.append((settings, token))
        await self.open.wait()
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if outcome is not None:
            raise outcome
        return session_for(snapshots.busy(), settings)


def connecting(door: Door, token: Callable[[], Secret] | None, settings: Settings | None = None) -> MatomoApp:
    def poller_for(session: Session, clock: object) -> HandPoller:
        return HandPoller(session.client, snapshots.busy(), StandingClock())

    return MatomoApp(
        None,
        settings or Settings(url="matomo.example"),
        door,
        clock=StandingClock(),
        token=token,
        poller_for=poller_for,
    )


async def test_it_shows_itself_first_and_connects_then() -> None:
    door = Door()
    app = connecting(door, lambda: Secret(TOKEN))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: bool(door.asked))
        assert door.asked == [(app.settings, Secret(TOKEN))]
        assert "◌ connecting" in screen_lines(app)[0]
        door.open.set()
        await until(pilot, lambda: "● live" in screen_lines(app)[0])
        assert "Shop" in screen_lines(app)[0]


async def test_the_demo_needs_no_token() -> None:
    door = Door()
    door.open.set()
    app = connecting(door, None, Settings(demo=True))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "● live" in screen_lines(app)[0])
        assert door.asked == [(Settings(demo=True), None)]
        assert "DEMO" in screen_lines(app)[0]


async def test_without_a_profile_the_connect_screen_opens() -> None:
    app = connecting(Door(), None)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, ConnectScreen) and bool(app.screen.query("#token")))


async def test_a_connection_that_failed_says_why_and_r_tries_again() -> None:
    door = Door(TimedOut("No answer from matomo.example within 20 s."))
    door.open.set()
    app = connecting(door, lambda: Secret(TOKEN))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "No answer from matomo.example" in " ".join(screen_lines(app)))
        await until(pilot, lambda: screen_lines(app)[-1].startswith(" r try again  C connect"))
        await pilot.press("r")
        await until(pilot, lambda: "● live" in screen_lines(app)[0])
        assert len(door.asked) == 2


async def test_a_connection_that_failed_for_want_of_a_network_is_tried_again_by_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("matomo_tui.ui.connection.RETRY_CONNECTING", 0.05)
    door = Door(TimedOut("No answer."), TimedOut("No answer."))
    door.open.set()
    app = connecting(door, lambda: Secret(TOKEN))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "● live" in screen_lines(app)[0])
        assert len(door.asked) == 3


async def test_a_rejected_token_is_not_sent_again_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matomo_tui.ui.connection.RETRY_CONNECTING", 0.01)
    door = Door(TokenRejected("Matomo does not accept the token."))
    door.open.set()
    app = connecting(door, lambda: Secret(TOKEN))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Press C" in " ".join(screen_lines(app)))
        await pilot.pause(0.1)
        assert len(door.asked) == 1


async def test_a_token_that_cannot_be_had_says_what_mends_it() -> None:
    def no_token() -> Secret:
        raise SecretError("The token file can be read by others. Make it private: chmod 600 token")

    app = connecting(Door(), no_token)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "chmod 600 token" in " ".join(screen_lines(app)))


async def test_another_connection_closes_the_first_one() -> None:
    async with stage(snapshots.busy()) as on:
        first = on.app.session
        assert first is not None
        await on.pilot.press("C")
        await on.pilot.pause()
        second = session_for(snapshots.quiet(), on.app.settings)
        on.app.screen.dismiss(second)
        await until(on.pilot, lambda: on.app.session is second)
        await until(on.pilot, lambda: getattr(first.client.transport, "closed", False))


@pytest.mark.parametrize(
    ("above", "key"),
    [((), "ctrl+q"), ((), "ctrl+c"), (("question_mark",), "ctrl+c"), (("c",), "ctrl+q"), (("s",), "ctrl+q")],
)
async def test_quitting_from_anywhere_is_exit_code_0(above: Sequence[str], key: str) -> None:
    async with stage(snapshots.busy()) as on:
        await on.pilot.press(*above)
        await on.pilot.pause()
        await on.pilot.press(key)
        await on.pilot.pause()
        assert on.app.return_code == 0
        assert not on.app._exit_renderables


@pytest.mark.parametrize(
    ("above", "settings", "stops"),
    [
        ((), Settings(), True),
        (("s",), Settings(), True),
        (("question_mark",), Settings(), True),
        (("colon",), Settings(), True),
        ((), Settings(kiosk=True), False),
    ],
)
async def test_ctrl_z_suspends_from_anywhere_but_the_kiosk(
    above: Sequence[str], settings: Settings, stops: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    signals: list[int] = []
    monkeypatch.setattr(os, "kill", lambda _process, number: signals.append(number))
    monkeypatch.setattr(HeadlessDriver, "can_suspend", True)
    async with stage(snapshots.busy(), settings=settings) as on:
        await on.pilot.press(*above)
        await on.pilot.pause()
        await on.pilot.press("ctrl+z")
        await on.pilot.pause()
        assert signals == ([signal.SIGTSTP] if stops else [])


async def test_leaving_closes_the_connection() -> None:
    async with stage(snapshots.busy()) as on:
        session = on.app.session
        assert session is not None
        await on.pilot.press("ctrl+q")
    assert getattr(session.client.transport, "closed", False)


async def test_t_shows_each_theme_and_keeps_the_one_chosen() -> None:
    async with stage(snapshots.busy(), (120, 40)) as on:
        await on.pilot.press("t")
        seen = [on.app.theme_name]
        for _ in range(4):
            await on.pilot.press("down")
            await on.pilot.pause()
            seen.append(on.app.theme_name)
        assert tuple(seen) == tuple(on.app.theme_list.names[:5])
        await on.pilot.press("2")
        await on.pilot.pause()
        assert on.app.theme_name == "light"
        assert on.app.screen is on.app.live


async def test_escape_brings_the_theme_back_that_was_there() -> None:
    async with stage(snapshots.busy(), (120, 40)) as on:
        before = on.app.theme_name
        await on.pilot.press("t", "down", "down")
        await on.pilot.pause()
        assert on.app.theme_name != before
        await on.pilot.press("escape")
        await on.pilot.pause()
        assert on.app.theme_name == before
        assert on.app.remembered.get("theme", "") is None


async def test_a_theme_changes_what_was_drawn_before() -> None:
    async with stage(snapshots.busy(), (120, 40)) as on:
        before = colors(on.app)
        await on.pilot.press("t", "2")
        await on.pilot.pause()
        assert not before & colors(on.app)


async def test_the_theme_of_the_settings_is_taken() -> None:
    async with stage(snapshots.busy(), settings=Settings(theme="light")) as on:
        assert on.app.theme_name == "light"


async def test_the_theme_chosen_is_there_at_the_next_start_until_the_configuration_changes() -> None:
    remembered = Remembered(None)
    async with stage(snapshots.busy(), settings=Settings(theme="light"), remembered=remembered) as on:
        await on.pilot.press("t", "4")
        await on.pilot.pause()
        chosen = on.app.theme_name
        assert chosen not in ("light", "dark")
    async with stage(snapshots.busy(), settings=Settings(theme="light"), remembered=remembered) as on:
        assert on.app.theme_name == chosen
    async with stage(snapshots.busy(), settings=Settings(theme="dark"), remembered=remembered) as on:
        assert on.app.theme_name == "dark"


async def test_a_theme_that_does_not_exist_is_named() -> None:
    async with stage(snapshots.busy(), (120, 40), Settings(theme="solarised")) as on:
        await until(on.pilot, lambda: "There is no theme called 'solarised'" in on.text)
        assert on.app.theme_name == "dark"


async def test_theme_files_are_in_the_list_and_broken_ones_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MATOMO_TUI_CONFIG_DIR", str(tmp_path))
    (tmp_path / "themes").mkdir()
    colors = 'background = "#000000"\nforeground = "#ffffff"\naccent = "#ff8800"\n'
    (tmp_path / "themes" / "mine.toml").write_text(colors)
    (tmp_path / "themes" / "broken.toml").write_text("background = 3\n")
    (tmp_path / "themes" / "dark.toml").write_text(colors)
    async with stage(snapshots.busy(), (120, 40), settings=Settings(theme="mine")) as on:
        assert on.app.theme_name == "mine"
        assert on.app.theme_list.names.count("dark") == 1
        broken, taken = on.app.theme_problems
        assert "broken.toml, line 1: background must be a colour" in broken
        assert "dark.toml: this name belongs to the program" in taken
        await until(on.pilot, lambda: "broken.toml" in on.text)


async def test_256_colours_are_those_and_no_other() -> None:
    async with stage(snapshots.busy(), (120, 40), settings=Settings(color="256")) as on:
        drawn = {color.type for color in colors(on.app) if isinstance(color, RichColor)}
        assert drawn == {ColorType.EIGHT_BIT}


async def test_keys_of_the_configuration_replace_the_default_ones() -> None:
    async with stage(snapshots.busy(), (120, 40), keymap={"app.choose_theme": "f9"}) as on:
        await on.pilot.press("t")
        await on.pilot.pause()
        assert on.app.screen is on.app.live
        await on.pilot.press("f9")
        await on.pilot.pause()
        assert isinstance(on.app.screen, ThemeDialog)


def files(folder: Path, pattern: str) -> list[Path]:
    return list(folder.glob(pattern))


def pieces(app: MatomoApp) -> list[Segment]:
    return [segment for strip in app.screen._compositor.render_strips() for segment in strip]


def colors(app: MatomoApp) -> set[object]:
    """Every colour on the screen but the terminal's own."""
    styles = [segment.style for segment in pieces(app) if segment.style is not None]
    found = {color for style in styles for color in (style.color, style.bgcolor) if color is not None}
    return {color for color in found if not color.is_default}


async def test_no_color_is_no_colour_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with stage(snapshots.busy(), (120, 40)) as on:
        for sample in ("stopped", "log_disabled"):
            assert colors(on.app) == set()
            await on.publish(snapshots.SAMPLES[sample]())
        await on.pilot.press("t")
        assert colors(on.app) == set()
        await on.pilot.press("question_mark")
        assert colors(on.app) == set()


async def test_sixteen_colours_are_sixteen_colours() -> None:
    async with stage(snapshots.busy(), (120, 40), Settings(color="16")) as on:
        for number in "21":
            assert all(getattr(color, "number", 99) < 16 for color in colors(on.app))
            await on.pilot.press("t", number)
            await on.pilot.pause()


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60), (60, 20)])
async def test_ascii_draws_nothing_outside_ascii(size: tuple[int, int]) -> None:
    async with stage(snapshots.busy(), size, Settings(ascii=True)) as on:
        for sample in ("busy", "starting", "stopped", "empty", "crowded", "paused"):
            await on.publish(snapshots.SAMPLES[sample]())
            assert drawn(on) == set()
        await on.pilot.press("question_mark")
        assert drawn(on) == set()


def drawn(on: Stage) -> set[str]:
    """What is neither ASCII nor a letter or a currency's sign, which a server may have sent."""
    return {c for line in on.lines for c in line if not c.isascii() and not c.isalnum() and c != "€"}


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_hostile_text_is_shown_as_text(size: tuple[int, int]) -> None:
    async with stage(snapshots.hostile(), size) as on:
        assert "[@click" in on.text
        assert on.app.is_running
        for segment in pieces(on.app):
            assert not re.search(r"[\x00-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069]", segment.text)
            assert segment.style is None or not segment.style.meta.get("@click")


async def test_what_is_copied_cannot_press_enter() -> None:
    async with stage(snapshots.busy()) as on:
        on.app.copy("rm -rf /\n\x1b[2J\u202e x")
        assert on.app.clipboard == "rm -rf / [2J x"
        on.app.copy_to_clipboard("a\tb\x1b[2J\r\nc\u202e\n")  # as an input line does with its raw value
        assert on.app.clipboard == "a\tb[2J\nc"
        on.app.copy_to_clipboard("x" * 1_000_000)
        assert len(on.app.clipboard) < 100_000


async def test_lines_selected_with_the_mouse_are_copied_as_lines() -> None:
    async with stage(snapshots.busy(), (120, 40)) as on:
        await on.pilot.press("question_mark")
        await on.pilot.pause()
        first, last = (next(n for n, line in enumerate(on.lines) if words in line) for words in ("One row", "Last row"))
        begin = (on.lines[first].index("One row"), first)
        await on.pilot.mouse_down(offset=begin)
        await on.pilot.hover(offset=(begin[0] + len("Last row"), last))
        await on.pilot.mouse_up(offset=(begin[0] + len("Last row"), last))
        await on.pilot.press("ctrl+c")
        copied = on.app.clipboard.split("\n")
        assert len(copied) == last - first + 1
        assert copied[0].startswith("One row up")
        assert copied[-1].strip().endswith("Last row")
        assert on.app.return_code is None


async def test_a_screenshot_is_written_and_says_where(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    async with stage(snapshots.busy()) as on:
        await on.pilot.press("ctrl+s")
        await until(on.pilot, lambda: "Saved" in on.text)
        (file,) = files(tmp_path, "*.svg")
        assert file.read_text(encoding="utf-8").lstrip().startswith("<svg")


def test_a_screenshot_never_replaces_another(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    paths = {write_screenshot(f"<svg>{n}</svg>") for n in range(5)}
    assert len(paths) == 5
    assert sorted(path.read_text() for path in paths) == [f"<svg>{n}</svg>" for n in range(5)]
    (tmp_path / "Pictures").mkdir()
    assert write_screenshot("<svg/>").parent == tmp_path / "Pictures"


async def test_a_failure_of_our_own_is_a_crash_and_not_a_frozen_screen(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("matomo_tui.config.crash_file.crash_folder", lambda: tmp_path)

    async def broken(_self: HandPoller) -> None:
        raise RuntimeError(f"a bug, with {TOKEN} in it")

    monkeypatch.setattr(HandPoller, "run", broken)
    with pytest.raises(RuntimeError):
        async with stage(snapshots.busy()):
            pass
    (report,) = files(tmp_path, "crash-*.txt")
    assert TOKEN not in report.read_text()


async def test_figures_that_come_as_the_program_ends_are_nobodys() -> None:
    async with stage(snapshots.busy()) as on:
        pass
    assert not on.app.screen_stack
    on.app.on_live_screen_drawn(LiveScreen.Drawn(on.app.live, snapshots.busy()))


async def test_notices_that_the_server_prints_are_said_once() -> None:
    async with stage(snapshots.busy()) as on:
        assert on.app.session is not None
        on.app.session.client.notice = "Deprecated: old() in /m/API.php on line 7"
        await on.publish(snapshots.busy())
        await on.publish(snapshots.busy())
        said = [toast.message for toast in on.app._notifications if "PHP notices" in toast.message]
        assert len(said) == 1
        assert "“Deprecated: old() in /m/API.php on line 7”" in said[0]
