"""A visit opened: its timeline, its visitor's profile, and the way to other visitors."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from msgspec.structs import replace
from textual.pilot import Pilot

from matomo_tui.api.client import Client
from matomo_tui.api.errors import MatomoError, TimedOut
from matomo_tui.api.transport import Response
from matomo_tui.live.snapshot import Kind, Presence, TimelineEntry, VisitRow
from matomo_tui.ui.drawing.glyphs import ASCII, UNICODE, Glyphs
from matomo_tui.ui.live.timeline import TimelinePane, ordinal
from matomo_tui.ui.live.visit_screen import VisitScreen
from matomo_tui.ui.live.visitor_profile import ProfilePane
from matomo_tui.ui.widgets.pane import PaneState
from tests import recorded
from tests.live.visits import read
from tests.ui import snapshots
from tests.ui.host import Host

SIZES = [(80, 24), (120, 40), (200, 60)]
RETURNING = "0000000000000009"
"""A recorded visitor with eight visits; the three last ones came with the profile."""

ENTRIES = (
    TimelineEntry(1795525257, Kind.PAGE, "/products", "Products", spent=31),
    TimelineEntry(1795525288, Kind.SEARCH, "lamp", "12 results"),
    TimelineEntry(1795525290, Kind.EVENT, "Video › play", "intro"),
    TimelineEntry(1795525300, Kind.ORDER, "Order A-1", "Lamp", revenue=59.9),
    TimelineEntry(1795525301, Kind.OTHER, "Signed up", type_name="pluginThing"),
    TimelineEntry(1795525329, Kind.PAGE, "/checkout/thanks", "Thank you"),
)
VISIT = replace(
    snapshots.busy().feed.visits[0],
    id_visit=2644,
    visitor_id=RETURNING,
    visitor_type="returning",
    returning=True,
    visit_count=8,
    place="Berlin, Germany",
    ip="95.202.0.0",
    user_id="alice@example.org",
    source="Google",
    keyword="warm lamp",
    referrer_url="https://www.google.com/",
    device="Desktop",
    browser="Firefox 125",
    operating_system="Windows 10",
    duration=72,
    actions=4,
    revenue=59.9,
    first_action_at=1795525257,
    presence=Presence.ACTIVE,
    timeline=ENTRIES,
)


def profiles() -> dict[str, dict[str, Any]]:
    """The recorded profiles by visitor."""
    exchanges = [*recorded.load("live"), *recorded.load("live_action_types")]
    answers = [exchange.json for exchange in exchanges if exchange.method == "Live.getVisitorProfile"]
    return {answer["visitorId"]: answer for answer in answers if answer}


def neighbour(visitor: str, name: str, **changes: Any) -> dict[str, Any]:
    """The recorded profile as another visitor's, whose newest visit was on page ``/name``."""
    answer: dict[str, Any] = {**profiles()[RETURNING], "visitorId": visitor, **changes}
    newest = {**answer["lastVisits"][0], "visitorId": visitor, "idVisit": 77}
    newest["actionDetails"] = [{**newest["actionDetails"][0], "url": f"https://shop.example/{name}"}]
    answer["lastVisits"] = [newest]
    return answer


class Gate:
    """A transport that answers only when it is let: each request waits for its own turn."""

    def __init__(self, answer: Callable[[Mapping[str, str]], Any]) -> None:
        self.answer = answer
        self.waiting: list[tuple[dict[str, str], asyncio.Future[None]]] = []
        self.cancelled = 0

    async def post(self, fields: recorded.Fields, *, timeout: float | None = None) -> Response:
        if "visitorId" not in dict(fields):  # the fields of the visit, with its first frame
            return recorded.json_response([[], []])
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.append((dict(fields), turn))
        try:
            await turn
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return recorded.json_response(self.answer(dict(fields)))

    async def aclose(self) -> None:
        """Nothing to close."""


class Opened:
    def __init__(self, app: Host, pilot: Pilot[None], screen: VisitScreen, transport: recorded.FakeTransport) -> None:
        self.app, self.pilot, self.screen, self.transport = app, pilot, screen, transport

    @property
    def profile(self) -> ProfilePane:
        return self.screen.query_one(ProfilePane)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()
        await self.pilot.pause()

    def asked(self) -> list[str]:
        """The visitors whose profiles were requested."""
        sent = (dict(fields) for fields in self.transport.sent)
        return [fields["visitorId"] for fields in sent if "visitorId" in fields]


@asynccontextmanager
async def opened(
    answer: Any,
    visit: VisitRow = VISIT,
    size: tuple[int, int] = (120, 40),
    glyphs: Glyphs = UNICODE,
) -> AsyncIterator[Opened]:
    transport = recorded.fake_matomo({"Live.getVisitorProfile": answer})
    screen = VisitScreen(visit, Client(transport), snapshots.SHOP)
    app = Host(over=screen, glyphs=glyphs)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        await pilot.pause()
        yield Opened(app, pilot, screen, transport)


def recorded_profile(call: dict[str, str]) -> Any:
    return profiles().get(call["visitorId"], [])


# The timeline


@pytest.mark.parametrize("size", SIZES)
async def test_the_head_says_who_it_is_and_the_timeline_what_they_did(size: tuple[int, int]) -> None:
    async with opened(recorded_profile, size=size) as stage:
        text = stage.app.text
        for words in (
            "2644 ● returning, 8th visit",
            "Berlin, Germany · 95.202.0.0 · user alice@example.org",
            'Google "warm lamp" → https://www.google.com/',
            "Desktop · Firefox 125 · Windows 10",
            "1:12 since 14:00:57, 4 actions, € 59.90",
        ):
            assert words in text
        timeline = [line for line in stage.app.lines if line.lstrip(" ▸")[:5] in ("14:00", "14:01", "14:02")]
        kinds = [line.lstrip(" ▸").split()[1] for line in timeline]
        assert kinds == ["▸", "⌕", "◆", "◈", "?", "▸"]
        assert "0:31" in timeline[0]
        assert "€ 59.90" in timeline[3]
        assert "pluginThing: Signed up" in timeline[4]
        assert "now" in timeline[5]


async def test_a_live_visit_going_on_keeps_its_newest_action_in_view_until_one_reads_above() -> None:
    long = replace(VISIT, timeline=tuple(TimelineEntry(1795525000 + n, Kind.PAGE, f"/page-{n:02}") for n in range(40)))
    async with opened(recorded_profile, long, (80, 24)) as stage:
        assert "/page-39" in stage.app.text
        more = replace(long, timeline=(*long.timeline, TimelineEntry(1795525100, Kind.PAGE, "/page-40")))
        stage.screen.follow_visit([more])
        await stage.pilot.pause()
        assert "/page-40" in stage.app.text
        await stage.press("home", "down")
        before = [line for line in stage.app.lines if "/page-" in line]
        stage.screen.follow_visit([replace(more, timeline=(*more.timeline, ENTRIES[0]))])
        await stage.pilot.pause()
        assert [line for line in stage.app.lines if "/page-" in line] == before


async def test_a_visit_that_is_over_opens_at_its_start() -> None:
    entries = tuple(TimelineEntry(1795525000 + n, Kind.PAGE, f"/page-{n:02}") for n in range(40))
    async with opened(recorded_profile, replace(VISIT, timeline=entries, presence=Presence.GONE), (80, 24)) as stage:
        assert "/page-00" in stage.app.text
        assert "now" not in stage.app.text.replace("Know", "")


async def test_a_bounded_timeline_begins_with_the_number_of_earlier_actions() -> None:
    entries = tuple(
        TimelineEntry(1795525000 + n, Kind.PAGE, f"/page-{n:02}", segment=f"pageUrl=={n}") for n in range(40)
    )
    visit = replace(VISIT, timeline=entries, presence=Presence.GONE, earlier=102)
    async with opened(recorded_profile, visit, (80, 24)) as stage:
        lines = stage.app.lines
        place = next(n for n, line in enumerate(lines) if "102 earlier actions" in line)
        assert "/page-00" in lines[place + 1]
        timeline = stage.screen.query_one(TimelinePane)
        await stage.press("home")
        assert timeline.current is None
        await stage.press("down")
        assert timeline.current is entries[0]
        # One more action moves the oldest out: the cursor stays on its own.
        await stage.press("down")
        later = replace(visit, timeline=(*entries[1:], replace(entries[0], label="/new")), earlier=103)
        stage.screen.follow_visit([later])
        await stage.pilot.pause()
        assert timeline.current is entries[1]
        assert "103 earlier actions" in timeline.text()


async def test_what_matomo_leaves_out_of_a_visit_is_told_at_its_end() -> None:
    entries = tuple(TimelineEntry(1795525000 + n, Kind.PAGE, f"/page-{n:02}", segment="a==b") for n in range(9))
    visit = replace(VISIT, timeline=entries, presence=Presence.ACTIVE, later=1007)
    async with opened(recorded_profile, visit, (120, 40)) as stage:
        timeline = stage.screen.query_one(TimelinePane)
        lines = stage.app.lines
        place = next(n for n, line in enumerate(lines) if "1,007 later actions" in line)
        assert "not sent by Mat" in lines[place]
        assert "/page-08" in lines[place - 1]
        assert " now" not in lines[place - 1], "the visitor is on a page that is not known"
        await stage.press("end")
        assert timeline.current is None
        await stage.press("up")
        assert timeline.current is entries[-1]
        assert timeline.text().index("/page-08") < timeline.text().index("1,007 later actions, not sent by Matomo")


async def test_another_visits_news_is_not_taken_for_this_ones() -> None:
    async with opened(recorded_profile) as stage:
        stage.screen.follow_visit([replace(VISIT, id_visit=1, ip="1.2.3.4")])
        await stage.pilot.pause()
        assert "1.2.3.4" not in stage.app.text
        stage.screen.follow_visit([replace(VISIT, actions=5)])
        await stage.pilot.pause()
        assert "5 actions" in stage.app.text


async def test_the_pane_without_a_visit_says_so_and_another_site_is_shown_in_its_own_time() -> None:
    pane = TimelinePane()
    app = Host(pane)
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.pause()
        assert "No visit under the cursor" in app.text
        pane.show_visit(VISIT, snapshots.SHOP)
        await pilot.pause()
        assert "14:02:09" in app.text
        pane.show_visit(VISIT, snapshots.BLOG)
        await pilot.pause()
        assert "08:02:09" in app.text
        pane.show_visit(None, snapshots.BLOG)
        await pilot.pause()
        assert "No visit under the cursor" in app.text


@pytest.mark.parametrize("size", SIZES)
async def test_hostile_visits_and_profiles_are_harmless_text(size: tuple[int, int]) -> None:
    hostile = snapshots.hostile().feed.visits[0]
    answer = neighbour("x", "\x1b]0;pwned\x07\x9b31m‮", userId="\x1b[2J\u202eevil")
    async with opened(answer, replace(hostile, visitor_id="x"), size) as stage:
        assert all(character.isprintable() for line in stage.app.lines for character in line)
        assert "evil" in stage.app.text
        await stage.press("y")
        assert all(line.isprintable() for line in stage.app.clipboard.splitlines())


async def test_copying_gives_the_head_and_a_line_an_action() -> None:
    async with opened(recorded_profile) as stage:
        await stage.press("y")
        lines = stage.app.clipboard.splitlines()
        assert lines[0] == "Visit 2644 ● returning, 8th visit"
        assert [line.split("  ")[1] for line in lines[-6:]] == ["page", "search", "event", "order", "other", "page"]
        assert "\t" not in stage.app.clipboard


async def test_ascii_is_ascii() -> None:
    plain = replace(VISIT, timeline=(ENTRIES[0], ENTRIES[-1]), revenue=0.0)
    async with opened([], plain, glyphs=ASCII) as stage:
        assert stage.app.text.isascii()


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (112, "112th"), (1021, "1,021st")],
)
def test_ordinals(number: int, words: str) -> None:
    assert ordinal(number) == words


# The profile


@pytest.mark.parametrize("size", SIZES)
async def test_the_profile_tells_the_visitor_from_the_recorded_answer(size: tuple[int, int]) -> None:
    async with opened(recorded_profile, size=size) as stage:
        assert stage.asked() == [RETURNING]
        text = stage.app.text
        for words in ("8 visits, 17 actions in 11:29", "1 conversion", "first 29 Oct 2026, 24 days ago", "23 Nov 2026"):
            assert words in text
        await stage.press("tab", "end")
        assert "Countries" in stage.app.text


async def test_a_profile_says_which_part_of_the_visits_and_pages_it_has() -> None:
    pages = [{"url": f"https://shop.example/p/{n}", "count": 100 - n} for n in range(40)]
    answer = {**profiles()[RETURNING], "totalVisits": 28, "visitedPages": pages}
    async with opened(answer, size=(120, 60)) as stage:
        text = stage.app.text
        assert "the last" not in text.partition("Visits, the last")[0]
        assert f"Visits, the last {len(answer['lastVisits'])} " in text
        assert "Pages, 30 of 40 " in text
    many = {**answer, "totalVisits": 100, "hasMoreVisits": True, "visitedPages": pages * 3}
    async with opened(many, size=(120, 60)) as stage:
        assert "the last 100 visits, 17 actions" in stage.app.text
        assert "Pages, 30 of 120+ " in stage.app.text
    whole = {**profiles()[RETURNING], "totalVisits": len(answer["lastVisits"])}
    async with opened(whole, size=(120, 60)) as stage:
        assert "the last" not in stage.app.text


async def test_r_shows_what_the_visit_has_done_since() -> None:
    answer = profiles()[RETURNING]
    newest = answer["lastVisits"][0]
    own = read(newest, site=snapshots.SHOP, now=snapshots.NOW).row
    async with opened(recorded_profile, own) as stage:
        assert stage.screen.visit is own
    at = newest["lastActionTimestamp"] + 30
    action = {**newest["actionDetails"][-1], "url": "https://shop.example/brand-new", "timestamp": at + 3600}
    later = {
        **newest,
        "lastActionTimestamp": at,
        "actions": int(newest["actions"]) + 1,
        "actionDetails": [*newest["actionDetails"], action],
    }
    answers = [answer, {**answer, "lastVisits": [later, *answer["lastVisits"][1:]]}]
    async with opened(lambda _call: answers.pop(0) if len(answers) > 1 else answers[0], own) as stage:
        assert "/brand-new" not in stage.app.text
        await stage.press("r")
        assert "/brand-new" in stage.screen.query_one(TimelinePane).text()
        assert stage.screen.visit.id_visit == own.id_visit
        stage.screen.follow_visit([own])
        assert "/brand-new" in stage.screen.query_one(TimelinePane).text(), "the snapshot is older"
        over = replace(stage.screen.visit, last_action_at=own.last_action_at - 90, presence=Presence.GONE)
        stage.screen.follow_visit([over])
        assert stage.screen.visit is over, "the tracker's clock turned out to be ahead"


async def test_each_press_of_a_bracket_counts_while_a_profile_is_on_its_way() -> None:
    chain = [RETURNING, "one", "two", "three"]
    answers = {
        visitor: neighbour(
            visitor,
            f"at-{visitor}",
            nextVisitorId=chain[place + 1] if place + 1 < len(chain) else False,
            previousVisitorId=chain[place - 1] if place else False,
        )
        for place, visitor in enumerate(chain)
    }
    gate = Gate(lambda fields: answers[fields["visitorId"]])
    app = Host(over=VisitScreen(VISIT, Client(gate), snapshots.SHOP))

    async def answer_all(pilot: Pilot[None]) -> list[str]:
        while waiting := [turn for _, turn in gate.waiting if not turn.done()]:
            waiting[0].set_result(None)
            await pilot.pause()
        return [fields["visitorId"] for fields, _ in gate.waiting]

    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await pilot.pause()
        await answer_all(pilot)
        await pilot.press("[", "[", "[")
        assert await answer_all(pilot) == chain
        assert "/at-three" in app.text
        await pilot.press("]", "]", "[")
        assert await answer_all(pilot) == [*chain, "two"]
        assert "/at-two" in app.text
        await pilot.press("[", "[", "[")
        await answer_all(pilot)
        assert "/at-three" in app.text
        assert "Matomo has no earlier visitor." in app.text


async def test_enter_on_an_earlier_visit_shows_its_timeline() -> None:
    async with opened(recorded_profile) as stage:
        await stage.press("tab", "home", "down", "down", "enter")
        assert stage.screen.visit.id_visit == 1975
        assert "1975 · returning, 7th visit" in stage.app.text
        assert "/blog/2026/launch" in stage.app.text
        assert stage.asked() == [RETURNING], "it came with the profile"


async def test_brackets_walk_to_the_visitors_before_and_after() -> None:
    answers = {
        RETURNING: neighbour(RETURNING, "now", nextVisitorId="earlier", previousVisitorId="later"),
        "earlier": neighbour("earlier", "earlier", nextVisitorId=False, previousVisitorId=RETURNING),
        "later": neighbour("later", "later", nextVisitorId=RETURNING, previousVisitorId=False),
    }
    async with opened(lambda call: answers[call["visitorId"]]) as stage:
        await stage.press("[")
        assert "/earlier" in stage.app.text
        await stage.press("[")
        assert stage.asked()[-1] == "earlier", "there is none before the first"
        await stage.press("]", "]")
        assert "/later" in stage.app.text
        assert stage.asked() == [RETURNING, "earlier", RETURNING, "later"]


async def test_a_visitor_without_cookies_is_said_and_not_asked_for() -> None:
    async with opened(recorded_profile, replace(VISIT, visitor_id="")) as stage:
        assert "without cookies" in " ".join(stage.app.text.split())
        assert stage.asked() == []
        assert "/checkout/thanks" in stage.app.text


async def test_a_visitor_whom_the_server_hides_is_not_called_one_without_cookies() -> None:
    async with opened(recorded_profile, replace(VISIT, visitor_id="", ip="", visit_count=None)) as stage:
        words = " ".join(stage.app.text.split())
        assert "without cookies" not in words
        assert "hides its visitors" in words
        assert stage.asked() == []


async def test_a_profiles_visits_are_dated_by_their_first_action() -> None:
    visits = [
        {"idVisit": 9, "firstActionTimestamp": 1795474500, "lastActionTimestamp": 1795476000, "actionDetails": []},
    ]
    answer = {**profiles()[RETURNING], "lastVisits": visits}
    async with opened(answer) as stage:
        assert "23 Nov 2026 23:55" in stage.app.text


async def test_a_visit_of_a_roll_up_shows_its_own_money_site_and_query() -> None:
    entries = (
        TimelineEntry(1795525257, Kind.PAGE, "/cart", "Cart", variant="?step=2"),
        TimelineEntry(1795525300, Kind.ORDER, "Order US-1", "Cup", revenue=129.9),
    )
    visit = replace(VISIT, timeline=entries, revenue=129.9, cart=20.0, currency="USD", site_name="Shop US")
    async with opened(recorded_profile, visit) as stage:
        assert "$ 129.90, cart $ 20" in stage.app.text
        assert "returning, 8th visit, on Shop US" in stage.app.text
        assert "/cart?step=2" in stage.app.text
        assert not [line for line in stage.app.lines if "€" in line.split("  ")[0]]


async def test_a_visitor_unknown_to_matomo_is_said() -> None:
    async with opened([]) as stage:
        assert stage.profile.state is PaneState.EMPTY
        assert "no longer knows this visitor" in " ".join(stage.app.text.split())


async def test_profiles_switched_off_are_refused_in_matomos_words() -> None:
    message = "Visitor profile is disabled in the website settings. Please contact your administrator."
    async with opened(recorded.refusal(message)) as stage:
        assert stage.profile.state is PaneState.REFUSED
        assert "Visitor profile is disabled" in stage.app.text
        assert "/checkout/thanks" in stage.app.text, "the timeline stands on its own"


async def test_a_failed_request_is_told_and_r_asks_again() -> None:
    answers: list[Any] = [TimedOut("No answer within 20 seconds."), *[profiles()[RETURNING]] * 2]
    async with opened(lambda _call: answers.pop(0)) as stage:
        assert "failed" in stage.app.text
        assert "No answer within 20 seconds." in stage.app.text
        await stage.press("r")
        assert stage.profile.state is PaneState.CONTENT
        assert "8 visits" in stage.app.text
        assert "as of " in stage.app.text
        await stage.press("r")
        assert len(stage.asked()) == 3, "a profile of a moment ago may be old"


async def test_a_failed_step_to_another_visitor_is_tried_again_as_that_step() -> None:
    gone: MatomoError = TimedOut("No answer.")
    first = neighbour(RETURNING, "now", nextVisitorId="earlier")
    answers: list[Any] = [first, gone, neighbour("earlier", "earlier")]
    async with opened(lambda _call: answers.pop(0)) as stage:
        await stage.press("[")
        assert stage.profile.state is PaneState.BROKEN
        await stage.press("r")
        assert "/earlier" in stage.app.text
        assert stage.asked() == [RETURNING, "earlier", "earlier"]


async def test_a_slow_profile_shows_that_it_is_on_its_way_and_leaving_drops_it() -> None:
    gate = Gate(lambda fields: profiles()[fields["visitorId"]])
    screen = VisitScreen(VISIT, Client(gate), snapshots.SHOP)
    app = Host(over=screen)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause(0.4)
        assert screen.query_one(ProfilePane).state is PaneState.LOADING
        assert "/checkout/thanks" in app.text
        app.pop_screen()
        await pilot.pause()
        assert gate.cancelled == 1


async def test_moving_on_drops_the_answer_for_the_visitor_before() -> None:
    answers = {
        RETURNING: neighbour(RETURNING, "now", nextVisitorId="earlier", previousVisitorId="later"),
        "earlier": neighbour("earlier", "earlier"),
        "later": neighbour("later", "later"),
    }
    gate = Gate(lambda fields: answers[fields["visitorId"]])
    app = Host(over=VisitScreen(VISIT, Client(gate), snapshots.SHOP))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        gate.waiting[0][1].set_result(None)
        await pilot.pause()
        await pilot.press("[")
        await pilot.pause()
        await pilot.press("r")
        await pilot.pause()
        assert gate.cancelled == 1
        gate.waiting[2][1].set_result(None)
        await pilot.pause()
        assert gate.waiting[2][0]["visitorId"] == "earlier", "r asks again for the visitor under way"
        assert "/earlier" in app.text
