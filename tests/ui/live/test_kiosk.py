"""The kiosk: no key but quit, a word that says what the data is, rotation, night, and no end after an outage."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from msgspec import structs
from msgspec.structs import replace

from matomo_tui.alerts.monitor import LastingAlert
from matomo_tui.api.errors import BadRequest, LockedOut, MatomoError, NoAccess, SeveralMatch, TokenRejected, Unreachable
from matomo_tui.api.secret import Secret
from matomo_tui.api.site import Site
from matomo_tui.config.settings import Settings
from matomo_tui.live.snapshot import LiveSnapshot, Phase, PollState
from matomo_tui.session import FoundSites, Session, find_sites, open_session
from matomo_tui.ui.drawing.big_text import big_height, big_rows, big_width, can_enlarge, fitting_scale
from matomo_tui.ui.drawing.night import is_night
from matomo_tui.ui.kiosk_mode import AFTER_LOCKOUT, AFTER_REFUSAL
from matomo_tui.ui.live.kiosk_band import KioskBand
from matomo_tui.ui.live.kiosk_screen import KioskScreen
from matomo_tui.ui.live.kiosk_state import kiosk_state
from tests.small_matomo import TOKENS, SmallMatomo, serving
from tests.ui import snapshots
from tests.ui.conftest import Stage, stage
from tests.ui.test_alerting import RUSH, alerted, counting

KIOSK = Settings(kiosk=True, rotate=30.0, night=None)
NOW = snapshots.NOW


def band(on: Stage) -> KioskBand:
    return on.app.screen.query_one(KioskBand)


def turn(on: Stage) -> str | None:
    (shown,) = on.app.screen.query(".-turn")
    return shown.id


async def pass_seconds(on: Stage, seconds: float) -> None:
    on.clock.at += seconds
    assert isinstance(on.app.screen, KioskScreen)
    on.app.screen.tick()
    on.app._tick_kiosk()
    await on.pilot.pause()


def after(phase: Phase, error: Exception | None = None, age: float | None = 2.0) -> PollState:
    last = None if age is None else NOW - age
    return structs.replace(snapshots.busy().poll, phase=phase, error=error, last_success_at=last)


@pytest.mark.parametrize(
    ("poll", "alarm", "word", "sentence"),
    [
        (after(Phase.LIVE), "live", "LIVE", ""),
        (after(Phase.LIVE, age=90), "stale", "STALE", "Figures are 90 s old: the answer is overdue."),
        (after(Phase.STALE, Unreachable("no route."), 700), "stale", "STALE", "Figures are 11 m old. no route."),
        (after(Phase.STOPPED, TokenRejected("not accepted.")), "stopped", "STOPPED", "not accepted."),
        (after(Phase.STALE, LockedOut("locked out.")), "stopped", "STOPPED", "locked out."),
        (after(Phase.PAUSED), "stale", "PAUSED", "The interval is 0: nothing is asked for."),
        (PollState(), "wait", "WAIT", ""),
        (PollState(error=Unreachable("no route.")), "stale", "NO DATA", "no route."),
        (
            structs.replace(after(Phase.LIVE), failing=("visits",)),
            "stale",
            "PARTLY",
            "Matomo answers with counters only.",
        ),
    ],
)
def test_the_word_says_what_the_data_is(poll: PollState, alarm: str, word: str, sentence: str) -> None:
    state = kiosk_state(structs.replace(snapshots.busy(), poll=poll), NOW)
    assert (state.alarm, state.word, state.sentence) == (alarm, word, sentence)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_live_stale_and_stopped_differ_in_more_than_colour(size: tuple[int, int]) -> None:
    async with stage(snapshots.busy(), size, KIOSK) as on:
        assert "14:02:11 Berlin" in on.text
        live = on.lines
        texts = {"live": on.text}
        for alarm, poll in (("stale", after(Phase.STALE, Unreachable("gone."))), ("stopped", after(Phase.STOPPED))):
            await on.publish(structs.replace(snapshots.busy(), poll=poll))
            texts[alarm] = on.text
            assert band(on).state.alarm == alarm
        assert "▒" not in texts["live"]
        assert "▒" in texts["stale"]
        assert "▓" in texts["stopped"]
        await on.publish(snapshots.busy())
        assert on.lines == live


async def test_the_time_is_the_sites_if_this_computers_clock_is_wrong() -> None:
    busy = snapshots.busy()
    poll = replace(busy.poll, server_offset=-3 * 3600, next_poll_at=NOW - 400)
    counters = replace(busy.counters, today_at=NOW - 400)
    async with stage(replace(busy, poll=poll, counters=counters), (120, 40), KIOSK) as on:
        assert "11:02:11 Berlin" in on.text
        assert "as of 10:55" in on.text


async def test_figures_are_large_and_there_is_no_chrome() -> None:
    async with stage(snapshots.busy(), (120, 40), KIOSK) as on:
        assert "Active now" in on.text
        assert all(words not in on.text for words in ("quit", "? help", "2 visits", "p pause"))
        figure = str(round(snapshots.busy().counters.active.value or 0))
        assert big_rows(figure, 2)[0].strip() in on.text


async def test_no_key_does_anything_but_quit() -> None:
    async with stage(snapshots.busy(), (80, 24), KIOSK) as on:
        before = on.text
        keys = (
            "1",
            "2",
            "8",
            "9",
            "p",
            "s",
            "question_mark",
            "ctrl+p",
            "t",
            "escape",
            "tab",
            "enter",
            "q",
            "less_than_sign",
        )
        for key in keys:
            await on.pilot.press(key)
            assert isinstance(on.app.screen, KioskScreen), key
        assert on.text == before
        assert on.poller.wishes == []
        assert on.app.focused is None
        await on.pilot.press("ctrl+q")
        assert not on.app.is_running


async def test_panes_take_turns_and_empty_ones_are_left_out() -> None:
    async with stage(structs.replace(snapshots.busy(), happenings=snapshots.quiet().happenings), (80, 24), KIOSK) as on:
        seen = [turn(on)]
        for _ in range(6):
            await pass_seconds(on, 31)
            seen.append(turn(on))
        assert seen == [
            f"kiosk-{name}" for name in ("minutes", "pages", "sources", "countries", "devices", "feed", "minutes")
        ]
        await pass_seconds(on, 10)
        assert turn(on) == seen[-1]


async def test_sites_take_turns_but_not_during_an_outage() -> None:
    async with stage(snapshots.busy(), (80, 24), replace(KIOSK, rotate=10.0)) as on:
        assert on.app.kiosk is not None
        on.app.kiosk.set_sites((snapshots.SHOP, snapshots.BLOG))
        await on.publish(structs.replace(snapshots.busy(), poll=after(Phase.STALE, Unreachable("gone."))))
        for _ in range(8):
            await pass_seconds(on, 10)
        assert on.poller.wishes == []
        await on.publish(snapshots.busy())
        for _ in range(8):
            await pass_seconds(on, 10)
        assert on.poller.wishes == [("switch", (snapshots.BLOG, ""))]
        assert "2/2" in on.text


async def test_the_sites_of_a_kiosk_that_runs_for_weeks_are_looked_up_each_hour(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    listed = [snapshots.SHOP, snapshots.BLOG]
    looked_up: list[str] = []

    async def find(_session: Session, wanted: Sequence[str]) -> FoundSites:
        looked_up.extend(wanted)
        if not listed:
            raise Unreachable("gone.")
        return FoundSites(tuple(listed))

    monkeypatch.setattr("matomo_tui.session.find_sites", find)
    settings = replace(KIOSK, rotate=0.0, kiosk_sites=("all",))
    async with stage(snapshots.busy(), (80, 24), settings) as on:
        await pass_seconds(on, 1)
        assert "1/2" in on.text
        listed[:] = [replace(snapshots.BLOG, name="News"), replace(snapshots.SHOP, name="Store")]
        await pass_seconds(on, 1800)
        assert len(looked_up) == 1
        await on.publish(structs.replace(snapshots.busy(), poll=after(Phase.STALE, Unreachable("gone."))))
        await pass_seconds(on, 3600)
        assert len(looked_up) == 1, "nothing is asked for in an outage"
        await on.publish(snapshots.busy())
        await pass_seconds(on, 1)
        assert len(looked_up) == 2
        assert on.poller.wishes == [("update_site", listed[1])]
        assert "2/2" in on.text
        listed[:] = [snapshots.BLOG]
        await pass_seconds(on, 3601)
        assert on.poller.wishes[1:] == [("switch", (snapshots.BLOG, ""))], "the shop was deleted"
        await on.publish(structs.replace(snapshots.busy(), site=snapshots.BLOG))
        listed.clear()
        await pass_seconds(on, 3601)
        await pass_seconds(on, 61)
        assert len(looked_up) == 5, "a list that failed is asked for again a minute later"
        assert on.app.kiosk is not None
        assert [site.id for site in on.app.kiosk.sites] == [snapshots.BLOG.id]


@pytest.mark.parametrize(
    ("poll", "goes_on"),
    [
        (after(Phase.STALE, Unreachable("gone."), age=None), False),
        (after(Phase.STOPPED, LockedOut("locked out."), age=None), False),
        (after(Phase.STOPPED, NoAccess("no access."), age=None), True),
        (after(Phase.STARTING, age=None), True),
        (after(Phase.STOPPED, NoAccess("no access.")), True),
        (after(Phase.STALE, BadRequest("An unexpected website was found in the request.")), True),
        (after(Phase.STOPPED, TokenRejected("not accepted.")), False),
    ],
    ids=["outage", "lockout", "a site without access", "a slow site", "lost access", "deleted", "rejected token"],
)
async def test_without_an_answer_the_next_site_takes_its_turn_unless_it_would_get_none_either(
    poll: PollState, goes_on: bool
) -> None:
    async with stage(snapshots.busy(), (80, 24), replace(KIOSK, rotate=10.0)) as on:
        assert on.app.kiosk is not None
        on.app.kiosk.set_sites((snapshots.SHOP, snapshots.BLOG))
        await on.publish(structs.replace(snapshots.busy(), poll=poll))
        for _ in range(8):
            await pass_seconds(on, 10)
        assert (("switch", (snapshots.BLOG, "")) in on.poller.wishes) is goes_on


async def test_a_site_that_is_refused_while_it_is_shown_is_looked_up_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = [snapshots.SHOP, snapshots.BLOG]
    looked_up: list[Sequence[str]] = []

    async def find(_session: Session, wanted: Sequence[str]) -> FoundSites:
        looked_up.append(wanted)
        return FoundSites(tuple(listed))

    monkeypatch.setattr("matomo_tui.session.find_sites", find)
    async with stage(snapshots.busy(), (80, 24), replace(KIOSK, rotate=0.0, kiosk_sites=("all",))) as on:
        await pass_seconds(on, 1)
        await pass_seconds(on, 120)
        assert len(looked_up) == 1
        listed[:] = [snapshots.BLOG]
        await on.publish(structs.replace(snapshots.busy(), poll=after(Phase.STOPPED, NoAccess("no access."))))
        await pass_seconds(on, 1)
        assert on.poller.wishes == [("switch", (snapshots.BLOG, ""))]
        for _ in range(60):
            await pass_seconds(on, 1)
        assert len(looked_up) == 2, "once for one refusal"


async def test_sites_whose_look_up_is_refused_too_are_looked_up_each_quarter_of_an_hour(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    listed = [snapshots.SHOP, snapshots.BLOG]
    looked_up: list[Sequence[str]] = []

    async def find(_session: Session, wanted: Sequence[str]) -> FoundSites:
        looked_up.append(wanted)
        if not listed:
            return FoundSites((), {"Shop": NoAccess("no access.")})
        return FoundSites(tuple(listed))

    monkeypatch.setattr("matomo_tui.session.find_sites", find)
    async with stage(snapshots.busy(), (80, 24), replace(KIOSK, rotate=0.0, kiosk_sites=("Shop", "Blog"))) as on:
        await pass_seconds(on, 61)
        listed.clear()
        await on.publish(structs.replace(snapshots.busy(), poll=after(Phase.STOPPED, NoAccess("no access."))))
        counts = []
        for _ in range(4):
            for _ in range(30):
                await pass_seconds(on, 30)
            counts.append(len(looked_up))
        assert counts == [2, 3, 4, 5]
        listed.append(snapshots.BLOG)
        await pass_seconds(on, AFTER_REFUSAL)
        assert on.poller.wishes[-1] == ("switch", (snapshots.BLOG, ""))


async def test_a_site_that_is_listed_but_refused_is_looked_up_once_and_not_at_each_of_its_turns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked_up: list[Sequence[str]] = []

    async def find(_session: Session, wanted: Sequence[str]) -> FoundSites:
        looked_up.append(wanted)
        return FoundSites((snapshots.SHOP, snapshots.BLOG))

    monkeypatch.setattr("matomo_tui.session.find_sites", find)
    async with stage(snapshots.busy(), (80, 24), replace(KIOSK, rotate=0.0, kiosk_sites=("Shop", "Blog"))) as on:
        await pass_seconds(on, 61)
        assert len(looked_up) == 1
        for _ in range(50):
            refused = structs.replace(snapshots.busy(), poll=after(Phase.STALE, BadRequest("refused.")))
            await on.publish(refused)
            await pass_seconds(on, 30)
            await on.publish(structs.replace(snapshots.busy(), site=snapshots.BLOG))
            await pass_seconds(on, 30)
        assert len(looked_up) == 2


def tokyo(wanted: str) -> BadRequest:
    return BadRequest(f"This token has access to no site with the name {wanted!r}. Did you mean 'Tokyo'?")


async def test_a_site_of_the_kiosk_that_is_not_found_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    problems: dict[str, MatomoError] = {"Tokio": tokyo("Tokio")}

    async def find(_session: Session, _wanted: Sequence[str]) -> FoundSites:
        return FoundSites((snapshots.SHOP, snapshots.BLOG), dict(problems))

    monkeypatch.setattr("matomo_tui.session.find_sites", find)
    names = ("Shop", "Blog", "Tokio")
    async with stage(snapshots.busy(), (80, 24), replace(KIOSK, rotate=0.0, kiosk_sites=names)) as on:
        await pass_seconds(on, 1)
        assert str(problems["Tokio"]) in on.text
        assert band(on).state.word == "LIVE"
        problems.clear()
        await pass_seconds(on, 3601)
        assert "Tokio" not in on.text


@pytest.mark.parametrize("size", [(50, 12), (80, 24), (120, 40), (200, 60)])
async def test_many_sites_that_are_not_found_take_one_line_and_those_without_room_are_counted(
    monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    missing = [str(number) for number in range(91, 121)]

    async def find(_session: Session, _wanted: Sequence[str]) -> FoundSites:
        return FoundSites((snapshots.SHOP,), {name: tokyo(name) for name in missing})

    async with stage(snapshots.busy(), size, replace(KIOSK, rotate=0.0)) as on:
        room = on.app.screen.query_one("#kiosk-body").size.height
    monkeypatch.setattr("matomo_tui.session.find_sites", find)
    async with stage(snapshots.busy(), size, replace(KIOSK, rotate=0.0, kiosk_sites=("Shop", *missing))) as on:
        await pass_seconds(on, 1)
        await pass_seconds(on, 1)
        (line,) = [line for line in on.lines if "Not found: 91, 92, 93" in line]
        named, _, rest = line.partition(": ")[2].partition(" and ")
        assert len(named.split(", ")) + int(rest.split()[0] if rest else 0) == len(missing)
        assert len(line.rstrip()) <= size[0] - 1
        assert on.app.screen.query_one("#kiosk-body").size.height == room - 1


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_a_kiosk_names_no_key_and_its_panes_say_why_they_are_empty(
    monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    async def find(_session: Session, wanted: Sequence[str]) -> FoundSites:
        return FoundSites((), {name: tokyo(name) for name in wanted})

    monkeypatch.setattr("matomo_tui.session.find_sites", find)
    async with stage(snapshots.busy(), size, replace(KIOSK, kiosk_sites=("Tokio",))) as on:
        for _ in range(6):
            await pass_seconds(on, 31)
            pane = "\n".join(on.lines[-on.app.screen.query_one("#kiosk-body").size.height :])
            assert "None of the sites" in pane
            assert "tries again" not in on.text
    async with stage(snapshots.empty(), size, replace(KIOSK, rotate=0.0)) as on:
        on.app.screen.query(".-turn").remove_class("-turn")
        on.app.screen.query_one("#kiosk-feed").add_class("-turn")
        await on.pilot.pause()
        assert "Nobody in the last 30 minutes" in on.text
        assert "visit log" not in on.text


async def test_a_kiosk_of_which_no_site_is_found_shows_none(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[Site] = []

    async def find(_session: Session, wanted: Sequence[str]) -> FoundSites:
        return FoundSites(tuple(found), {name: tokyo(name) for name in wanted if not found})

    monkeypatch.setattr("matomo_tui.session.find_sites", find)
    async with stage(snapshots.busy(), (80, 24), replace(KIOSK, rotate=0.0, kiosk_sites=("Tokio", "Kioto"))) as on:
        for _ in range(2):
            await pass_seconds(on, 1)
            assert band(on).state.word == "NO DATA"
            assert "matomo-tui" in on.text, "in the place of the site"
            assert "Not found: Tokio, Kioto" in on.text
            await on.publish(snapshots.busy())
        gone = structs.replace(snapshots.busy(), poll=after(Phase.STALE, Unreachable("gone.")))
        await on.publish(gone)
        assert "gone." in on.text
        assert "matomo-tui" in on.text
        await on.publish(snapshots.busy())
        found.append(snapshots.SHOP)
        await pass_seconds(on, 60)
        fresh = structs.replace(snapshots.busy().poll, last_success_at=on.clock.at)
        await on.publish(structs.replace(snapshots.busy(), poll=fresh))
        assert band(on).state.word == "LIVE"
        assert "matomo-tui" not in on.text
        assert "Tokio" not in on.text


async def test_a_kiosk_that_has_no_site_yet_looks_for_none_in_an_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Sequence[str]] = []

    async def find(_session: Session, wanted: Sequence[str]) -> FoundSites:
        asked.append(wanted)
        raise Unreachable("gone.")

    monkeypatch.setattr("matomo_tui.session.find_sites", find)
    async with stage(snapshots.empty(), (80, 24), replace(KIOSK, kiosk_sites=("Tokio",))) as on:
        await on.publish(structs.replace(snapshots.empty(), poll=after(Phase.STALE, Unreachable("gone."), age=None)))
        before = len(asked)
        for _ in range(5):
            await pass_seconds(on, 61)
        assert len(asked) == before
        await on.publish(structs.replace(snapshots.empty(), poll=after(Phase.STARTING, age=None)))
        await pass_seconds(on, 61)
        assert len(asked) == before + 1


async def test_a_name_that_matches_several_sites_is_not_called_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    async def find(_session: Session, _wanted: Sequence[str]) -> FoundSites:
        several = SeveralMatch("'S' matches several sites: A, B.")
        return FoundSites((snapshots.SHOP,), {"Tokio": tokyo("Tokio"), "S": several})

    monkeypatch.setattr("matomo_tui.session.find_sites", find)
    wanted = ("Shop", "Tokio", "S")
    async with stage(snapshots.busy(), (80, 24), replace(KIOSK, rotate=0.0, kiosk_sites=wanted)) as on:
        await pass_seconds(on, 1)
        assert "Left out: Tokio, S (matches several)" in on.text


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (NoAccess("no access."), AFTER_REFUSAL),
        (LockedOut("locked out."), AFTER_LOCKOUT),
        (Unreachable("gone."), 60.0),
    ],
)
async def test_it_goes_on_by_itself_after_polling_stopped(error: Exception, seconds: float) -> None:
    async with stage(snapshots.busy(), (80, 24), KIOSK) as on:
        await on.publish(structs.replace(snapshots.busy(), poll=after(Phase.STOPPED, error)))
        await pass_seconds(on, 1)
        await pass_seconds(on, seconds - 2)
        assert on.poller.wishes == []
        await pass_seconds(on, 5)
        assert on.poller.wishes == [("resume", None)]


async def test_every_failed_attempt_to_connect_is_repeated() -> None:
    async with stage(snapshots.busy(), (80, 24), KIOSK) as on:
        assert on.app.retry_after(TokenRejected("no.")) == AFTER_REFUSAL
        assert on.app.retry_after(LockedOut("no.")) == AFTER_LOCKOUT
        assert on.app.retry_after(Unreachable("no.")) == 30.0
    async with stage(snapshots.busy(), (80, 24)) as on:
        assert on.app.retry_after(TokenRejected("no.")) is None


def test_the_night_may_pass_midnight(monkeypatch: pytest.MonkeyPatch) -> None:
    noon = 1_795_478_400 - 1_795_478_400 % 86_400 + 43_200
    from datetime import datetime

    local = datetime.fromtimestamp(noon)
    minute = local.hour * 60 + local.minute
    assert is_night(((minute - 60) % 1440, (minute + 60) % 1440), noon)
    assert not is_night(((minute + 60) % 1440, (minute - 60) % 1440), noon)
    assert is_night(((minute - 1) % 1440, (minute + 1) % 1440), noon)
    assert not is_night(None, noon)


async def test_it_is_dimmed_at_night_and_bright_by_day() -> None:
    async with stage(snapshots.busy(), (80, 24), replace(KIOSK, night=(0, 1440))) as on:
        dark = on.app.export_screenshot()
        on.app.settings = replace(on.app.settings, night=None)
        await pass_seconds(on, 1)
        bright = on.app.export_screenshot()
        assert _light(bright) > 1.5 * _light(dark) > 0


def _light(svg: str) -> int:
    import re

    return sum(int(digits[n : n + 2], 16) for digits in re.findall(r"fill: #([0-9a-f]{6})", svg) for n in (0, 2, 4))


@pytest.mark.parametrize("scale", range(1, 7))
def test_large_letters_have_the_size_that_they_say(scale: int) -> None:
    for text in ("LIVE", "STALE", "STOPPED", "1,234", "51.6k", "7 %", "–"):
        rows = big_rows(text, scale)
        assert {len(row) for row in rows} == {big_width(text, scale)}
        assert len(rows) == big_height(scale)
        assert can_enlarge(text)
        assert fitting_scale(text, big_width(text, scale), big_height(scale)) == scale
    assert not can_enlarge("ガイド")


def test_plain_ascii_has_large_letters_too() -> None:
    assert all(row.isascii() for row in big_rows("LIVE", 2, ascii=True))
    assert fitting_scale("LIVE", 500, 8, ascii=True) == 2


async def test_without_figures_it_waits() -> None:
    async with stage(LiveSnapshot(site=snapshots.SHOP), (80, 24), KIOSK) as on:
        assert band(on).state.word == "WAIT"


def lasting(name: str, since: float, sentence: str = "no hits for 10 min.") -> LastingAlert:
    return LastingAlert(name, "Shop", since, f"{name}: Shop: {sentence}")


async def test_alerts_that_last_have_a_line_each_with_the_time_since_they_fired() -> None:
    async with stage(snapshots.busy(), (80, 24), KIOSK) as on:
        assert on.app.kiosk is not None
        long = "no answer for 25 s: the name of the server is not known to the name server of this computer."
        on.app.kiosk.set_alerts([lasting("Silent", NOW - 720), lasting("Down", NOW - 60, long)])
        await on.pilot.pause()
        first = next(number for number, line in enumerate(on.lines) if line.startswith(" ! "))
        assert on.lines[first].startswith(" ! for 60 s    Down: Shop: no answer for 25 s")
        assert on.lines[first].endswith("…")
        assert on.lines[first + 1] == " ! for 12 min  Silent: Shop: no hits for 10 min."
        await pass_seconds(on, 3600)
        assert " ! for 61 min  Down: " in on.text
        assert " ! for 72 min  Silent: " in on.text
        on.app._show_mark()
        await on.pilot.pause()
        assert "Silent" not in on.text


@pytest.mark.parametrize(("size", "shown"), [((80, 24), 2), ((120, 40), 4)])
async def test_alerts_for_which_a_kiosk_has_no_room_are_counted(size: tuple[int, int], shown: int) -> None:
    async with stage(snapshots.busy(), size, KIOSK) as on:
        assert on.app.kiosk is not None
        on.app.kiosk.set_alerts([lasting(f"Rule {number}", NOW - 60 * number) for number in range(6)])
        await on.pilot.pause()
        assert [number for number in range(6) if f"Rule {number}" in on.text] == list(range(shown))
        assert f"and {6 - shown} more" in on.text


async def test_an_alert_of_the_kiosk_says_how_long_it_has_lasted() -> None:
    async with alerted(RUSH, settings=KIOSK) as on:
        await on.publish(counting(12, 2))
        await pass_seconds(on, 720)
        assert "! for 12 min  Rush: Blog: 12 visits in the last 30 min, above 10." in on.text


@pytest.mark.parametrize(
    ("columns", "says"), [(80, "Only the first 20 sites take turns."), (30, "Only the first 20 sites tak…")]
)
async def test_more_sites_than_take_turns_are_said_on_a_narrow_line_too(
    monkeypatch: pytest.MonkeyPatch, columns: int, says: str
) -> None:
    monkeypatch.setattr("matomo_tui.session._SITES_A_PAGE", 10)
    monkeypatch.setattr("matomo_tui.session._MOST_SITES", 20)
    matomo = SmallMatomo()
    matomo.sites = {n: f"Box {n}" for n in range(1, 22)}
    matomo.tokens[TOKENS["admin"]] = dict.fromkeys(matomo.sites, "admin")
    with serving(matomo) as address:
        session = await open_session(Settings(url=address), Secret(TOKENS["admin"]))
        found = await find_sites(session, ("all",))
        await session.client.aclose()

    async def find(_session: Session, _wanted: Sequence[str]) -> FoundSites:
        return found

    monkeypatch.setattr("matomo_tui.session.find_sites", find)
    async with stage(snapshots.busy(), (columns, 24), replace(KIOSK, rotate=0.0, kiosk_sites=("all",))) as on:
        await pass_seconds(on, 1)
        assert says in on.text
