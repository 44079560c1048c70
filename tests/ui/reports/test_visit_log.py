"""The visit log: any period, searched by the server, page by page, opened as a live visit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from matomo_tui.api.errors import ServerError
from matomo_tui.api.transport import Response
from matomo_tui.ui.live.visit_screen import VisitScreen
from tests.recorded import Fields, refusal
from tests.reports.matomo import NOW, ReportMatomo
from tests.ui.cases import SIZES, case
from tests.ui.conftest import until
from tests.ui.reports.holding import HoldingMatomo, other_period, other_site
from tests.ui.reports.sectioning import Reports, matomo, page_row, reports

LOG = "Live.getLastVisitsDetails"
DAY_BEFORE = int(NOW) - 86_400


def visit(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "idVisit": 5_000 - number,
        "visitorId": f"{number:016x}",
        "visitIp": f"95.202.{number}.7",
        "userId": "",
        "firstActionTimestamp": DAY_BEFORE - 60 * number - 30,
        "lastActionTimestamp": DAY_BEFORE - 60 * number,
        "visitDuration": 30,
        "actions": 1,
        "countryCode": "de",
        "referrerType": "direct",
        "actionDetails": [{"type": "action", "url": f"https://shop.example/p{number}", "timestamp": DAY_BEFORE}],
        **changes,
    }


ANN = visit(3, userId="ann@example.org")


def served(count: int = 4, **answers: Any) -> ReportMatomo:
    """A log of ``count`` visits, which searches for Ann."""

    def log(call: dict[str, str]) -> Any:
        found = [ANN] if "ann" in call.get("segment", "") else [visit(n) for n in range(count)]
        if "nobody" in call.get("segment", ""):
            found = []
        offset = int(call.get("filter_offset", 0))
        return found[offset : offset + int(call["filter_limit"])]

    transport = matomo()
    transport.answers |= {LOG: log, "Live.getVisitorProfile": []}
    transport.answers |= {name.replace("__", "."): answer for name, answer in answers.items()}
    return transport


async def typed(stage: Reports, words: str) -> None:
    names = {"@": "at", ".": "full_stop"}
    await stage.pilot.press(*(names.get(character, character) for character in words))


async def test_the_visits_of_the_period_newest_first() -> None:
    async with reports(served(), section="3") as stage:
        await stage.press("V")
        for size in SIZES:
            with case(size):
                await stage.resize(*size)
                assert "Visit log · Sun 22 Nov 2026" in stage.lines[0]
                assert "Visit log 4" in stage.lines[1]
                assert "95.202.0.7" in stage.lines[3]
                (call,) = stage.asked(LOG)
                assert (call["period"], call["date"]) == ("range", "2026-11-22,2026-11-22")
                assert int(call["filter_limit"]) > 0
                assert "idVisit" in call["showColumns"]


async def test_from_the_live_screen_it_is_of_seven_days_and_a_visitor_is_four_keys_away() -> None:
    async with reports(served(), section="", size=(100, 30), live=True) as stage:
        await stage.press("V")
        assert stage.asked(LOG)[-1]["date"] == "2026-11-17,2026-11-23"
        await stage.pilot.press("slash")
        await typed(stage, "ann")
        await stage.pilot.press("enter", "enter")
        await stage.settle()
        assert isinstance(stage.app.screen, VisitScreen)
        assert stage.app.screen.visit.user_id == "ann@example.org"
        assert "userId=@ann" in [call.get("segment") for call in stage.asked(LOG)]
        await stage.press("escape")
        assert "with “ann”" in stage.lines[1]
        await stage.press("escape")
        assert "Visit log 4" in stage.lines[1]


async def test_a_search_without_a_hit_says_where_to_look_next() -> None:
    async with reports(served(), section="V", size=(100, 30)) as stage:
        await stage.press("slash")
        await typed(stage, "nobody")
        await stage.press("enter")
        assert "No visit with “nobody”: 17–23 Nov 2026. M looks in the month" in stage.text
        await stage.press("M")
        assert stage.asked(LOG)[-1]["date"].startswith("2026-11-01,")
        assert stage.asked(LOG)[-1]["segment"] == "userId=@nobody"


async def test_what_leads_on_from_no_hit_is_named_by_the_keys_of_the_configuration() -> None:
    async with reports(served(), section="V", size=(120, 30)) as stage:
        stage.app.key_map = {"section.kind.month": "f6", "section.kind.year": "f7", "section.explain": "f8"}
        stage.app.set_keymap(stage.app.key_map)
        await stage.press("slash")
        await typed(stage, "nobody")
        await stage.press("enter")
        assert "f6 looks in the month, f7 in the year." in stage.text
        await stage.press("f8")
        await until(stage.pilot, lambda: "f8 explains the columns of a report" in " ".join(stage.text.split()))


async def test_the_feed_without_a_hit_leads_to_the_log() -> None:
    async with reports(served(), section="", size=(100, 30), live=True) as stage:
        await stage.pilot.press("slash")
        await typed(stage, "ann@example.org")
        await stage.pilot.pause()
        assert "enter, then V searches the visit log" in stage.text
        await stage.press("enter", "V")
        assert stage.asked(LOG)[-1]["segment"] == "userId=@ann%2540example.org"
        assert "Visit log 1, with “ann@example.org”" in stage.lines[1]


async def test_more_visits_are_loaded_when_they_come_into_view() -> None:
    async with reports(served(120), section="V", size=(100, 30)) as stage:
        assert "Visit log 50 and more" in stage.lines[1]
        assert len(stage.asked(LOG)) == 1
        await stage.press("end")
        assert "Visit log 100 and more" in stage.lines[1]
        await stage.press("end", "end")
        assert "Visit log 120" in stage.lines[1]
        assert "and more" not in stage.lines[1]


async def test_a_log_that_is_switched_off_says_so() -> None:
    off = refusal("Visits log is deactivated in website settings.")
    async with reports(served(Live__getLastVisitsDetails=off), section="V", size=(100, 30)) as stage:
        assert "Visits log is deactivated in website settings." in stage.text


async def test_the_segment_narrows_the_log() -> None:
    async with reports(served(), section="3", size=(100, 30)) as stage:
        await stage.press("S")
        await stage.press("tab", "tab")
        await typed(stage, "city")
        await stage.pilot.press("equals_sign", "equals_sign", "U", "l", "m", "enter")
        await stage.settle()
        await stage.press("V")
        assert stage.asked(LOG)[-1]["segment"] == "city==Ulm"


class Guarded(ReportMatomo):
    """A Matomo behind a firewall that takes a search for Ann for an attack."""

    async def post(self, fields: Fields, *, timeout: float | None = None) -> Response:
        answer = await super().post(fields, timeout=timeout)
        if any("ann" in call.get("segment", "") for call in self.requests[-1]):
            return Response(403, b"<html><title>403 Forbidden</title></html>", {"content-type": "text/html"})
        return answer


@pytest.mark.parametrize("segment", ["", "city==Ulm"])
async def test_a_search_that_a_firewall_refuses_names_the_keys_that_drop_what_is_set(segment: str) -> None:
    plain = served()
    guarded = Guarded(plain.tables)
    guarded.answers = plain.answers
    async with reports(guarded, section="V", size=(120, 40)) as stage:
        if segment:
            stage.section.context.add_segment(segment)
            await stage.settle()
        await stage.press("slash")
        await typed(stage, "ann")
        await stage.press("enter")
        said = " ".join(stage.text.split())
        assert "refused (403)" in said
        assert "esc clears the search." in said
        assert ("F drops the segment." in said) is bool(segment), "without one, F does nothing"
        await stage.press("escape")
        assert "95.202.0.7" in stage.text


async def test_the_live_screen_has_the_segment_dialog_too() -> None:
    async with reports(served(), section="", size=(100, 30), live=True) as stage:
        await stage.press("S")
        assert "Segment: which visits count" in stage.text
        await stage.press("tab", "tab")
        await typed(stage, "city")
        await stage.pilot.press("equals_sign", "equals_sign", "U", "l", "m", "enter")
        await stage.settle()
        assert ("switch", (None, "city==Ulm")) in stage.poller.wishes
        assert stage.app.live.segment == "city==Ulm"


async def test_the_list_of_visit_reports_leads_to_the_log() -> None:
    async with reports(served(), section="2", size=(120, 40)) as stage:
        await stage.press("l", "slash")
        await typed(stage, "log")
        await stage.press("enter", "enter")
        assert "Visits › Visit log · Sun 22 Nov 2026" in stage.lines[0]


async def test_w_shows_the_visits_of_a_row_in_the_period_and_esc_leads_back_to_its_report() -> None:
    async with reports(served(), section="3", size=(120, 30)) as stage:
        await stage.press("W", "right", "down", "w")
        call = stage.asked(LOG)[-1]
        assert (call["date"], call["segment"]) == ("2026-11-16,2026-11-22", "pageUrl==page0")
        assert "Visit log 4, only “/in0-0”" in stage.text
        assert stage.poller.wishes == [], "the other screens stay as they are"
        await stage.press("left_square_bracket", "slash")
        await typed(stage, "ann")
        await stage.press("enter")
        call = stage.asked(LOG)[-1]
        assert call["date"] == "2026-11-09,2026-11-15"
        assert call["segment"] == "pageUrl==page0;userId=@ann"
        await stage.press("escape", "escape")
        assert "Page URLs" in stage.lines[0]
        await stage.press("V")
        assert "segment" not in stage.asked(LOG)[-1]
        assert "only “" not in stage.text


async def test_w_says_so_where_a_row_has_no_segment() -> None:
    transport = served()
    transport.tables["Actions.getPageUrls"] = [page_row(1, "/lamp", segment="")]
    async with reports(transport, section="3") as stage:
        await stage.press("w")
        assert "Matomo has no segment for this row" in stage.text
        assert not stage.asked(LOG)


async def test_all_who_did_the_same_as_a_visit_that_was_searched_for_are_listed() -> None:
    async with reports(served(), section="3", size=(120, 30), live=True) as stage:
        await stage.press("V", "slash")
        await typed(stage, "ann")
        await stage.press("enter", "enter")
        assert isinstance(stage.app.screen, VisitScreen)
        await stage.press("f")
        call = stage.asked(LOG)[-1]
        assert "userId" not in call["segment"]
        assert "pageUrl" in call["segment"]
        assert "with “ann”" not in stage.text


@pytest.mark.parametrize("seconds", [0.5, 2.0])
async def test_the_first_hit_is_opened_once_it_is_found(seconds: float) -> None:
    transport = HoldingMatomo(served())
    async with reports(transport, section="V", size=(120, 30), live=True) as stage:
        transport.hold_all()
        await stage.pilot.press("slash")
        await typed(stage, "ann")
        await stage.pilot.pause(seconds)
        await stage.pilot.press("enter", "enter")
        await stage.pilot.pause(1)
        transport.let_go()
        await stage.settle()
        assert isinstance(stage.app.screen, VisitScreen)
        assert stage.app.screen.visit.user_id == "ann@example.org"


async def other_search(stage: Reports) -> None:
    await stage.pilot.press("slash")
    await typed(stage, "ann")
    await stage.pilot.press("enter")


@pytest.mark.parametrize("choose", [other_site, other_period, other_search])
async def test_visits_of_another_choice_do_not_stay_while_those_of_the_new_one_load(
    choose: Callable[[Reports], Awaitable[None]],
) -> None:
    transport = HoldingMatomo(served())
    async with reports(transport, section="V", size=(120, 30), live=True) as stage:
        transport.holds = lambda call: call["method"] == LOG
        await choose(stage)
        await stage.pilot.pause(1)
        assert "95.202" not in stage.text
        assert "Visit log ─" in stage.lines[1], "no count of the visits before"
        assert "━━━━━━" in stage.lines[1]
        transport.let_go()
        await stage.settle()
        assert "95.202" in stage.text or "ann@example.org" in stage.text


@pytest.mark.parametrize("seconds", [0.05, 1.0])
@pytest.mark.parametrize("choose", [other_site, other_period])
async def test_no_visit_of_another_site_or_period_is_opened_before_it_is_seen(
    choose: Callable[[Reports], Awaitable[None]], seconds: float
) -> None:
    transport = HoldingMatomo(served())
    async with reports(transport, section="V", size=(120, 30), live=True) as stage:
        transport.holds = lambda call: call["method"] == LOG
        await choose(stage)
        await stage.pilot.pause(seconds)
        await stage.pilot.press("down", "enter")
        await stage.pilot.pause()
        assert "The visits are still loading." in stage.text
        transport.let_go()
        await stage.settle()
        assert "Visit log 4" in stage.lines[1]


async def test_a_log_that_is_loaded_again_opens_the_visit_under_the_cursor() -> None:
    transport = HoldingMatomo(served(20))
    async with reports(transport, section="V", size=(120, 30), live=True) as stage:
        await stage.press("down", "down", "down", "down")
        transport.holds = lambda call: call["method"] == LOG
        await stage.pilot.press("r")
        await stage.pilot.pause(1)
        assert "▸ 22 Nov" in stage.line("95.202.4.7")
        await stage.pilot.press("enter")
        transport.let_go()
        await stage.settle()
        assert isinstance(stage.app.screen, VisitScreen)
        assert stage.app.screen.visit.ip == "95.202.4.7"


@pytest.mark.parametrize("line", [4, 120])
async def test_a_log_that_is_loaded_again_stays_at_its_visit(line: int) -> None:
    transport = served(150)
    log = transport.answers[LOG]
    async with reports(transport, section="V", size=(120, 30), live=True) as stage:
        if line > 50:
            await stage.press("end", "end", "end")
        await stage.press(*["up"] * (149 - line) if line > 50 else ["down"] * line)
        assert "▸ 2" in stage.line(f"95.202.{line}.7")
        asked = len(stage.asked(LOG))
        newer = visit(200, lastActionTimestamp=DAY_BEFORE + 60)

        def grown(call: dict[str, str]) -> Any:
            first = int(call.get("filter_offset", 0))
            rows = [newer, *log({**call, "filter_offset": "0", "filter_limit": "1000"})]
            return rows[first : first + int(call["filter_limit"])]

        transport.answers[LOG] = grown
        await stage.press("r")
        assert "▸ 2" in stage.line(f"95.202.{line}.7")
        assert len(stage.asked(LOG)) - asked == (1 if line < 50 else 3), "no more pages than lead to the visit"
        await stage.press("home")
        assert "▸ 2" in stage.line("95.202.200.7")


async def test_a_log_that_is_loaded_again_twice_in_vain_keeps_its_visits() -> None:
    transport = HoldingMatomo(served(20))
    async with reports(transport, section="V", size=(120, 30), live=True) as stage:
        await stage.press("down", "down", "down", "down")
        transport.holds = lambda call: call["method"] == LOG
        await stage.pilot.press("r")
        await stage.pilot.pause(0.2)
        await stage.pilot.press("r")
        await stage.pilot.pause(0.5)
        transport.fail(ServerError("The server failed (503)."))
        await stage.settle()
        assert "refresh failed: The server failed (503)" in stage.lines[1]
        assert "▸ 22 Nov" in stage.line("95.202.4.7")
        await stage.press("enter")
        assert isinstance(stage.app.screen, VisitScreen)
        assert stage.app.screen.visit.ip == "95.202.4.7"


@pytest.mark.parametrize("keys", [("end", "r"), ("r", "end")])
@pytest.mark.parametrize("recovers", [True, False])
async def test_a_page_that_a_failed_reload_has_stopped_is_asked_for_once_more(
    keys: tuple[str, str], recovers: bool
) -> None:
    transport = HoldingMatomo(served(80))
    log = transport.answers[LOG]
    async with reports(transport, section="V", size=(120, 30), live=True) as stage:
        transport.holds = lambda call: call["method"] == LOG
        for key in keys:
            await stage.pilot.press(key)
            await until(stage.pilot, lambda: bool(transport.held))
        answers = iter([refusal("The log is off."), log if recovers else refusal("Still off.")])

        def answer(call: dict[str, str]) -> Any:
            one = next(answers, log)
            return one(call) if callable(one) else one

        transport.answers[LOG] = answer
        asked = len(stage.asked(LOG))
        transport.let_go()
        await stage.settle()
        assert len(stage.asked(LOG)) - asked == 2, "the reload, and the page once"
        await stage.press("end")
        assert len(stage.asked(LOG)) - asked == 2, "nothing is asked for again and again"
        assert ("95.202.79.7" in stage.text) is recovers
        assert "Still off." in stage.text or recovers
        assert not any(line.split()[:1] == ["…"] for line in stage.lines), "no row that nothing loads"
