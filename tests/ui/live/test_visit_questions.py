"""From an opened visit on: who did the same, the user's other devices, and the fields that the site adds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from msgspec import structs

from matomo_tui.api.client import Client
from matomo_tui.api.transport import Response
from matomo_tui.live import visit_segments
from matomo_tui.live.snapshot import Feed, VisitRow
from matomo_tui.ui.live.visit_screen import VisitScreen
from matomo_tui.ui.widgets.workers import is_working
from tests.live.matomo import visit as sent_visit
from tests.recorded import Fields, calls_sent, json_response, refusal
from tests.ui import snapshots
from tests.ui.conftest import Stage, stage, until
from tests.ui.live.test_visit_screen import neighbour

NOW = int(snapshots.NOW)
DIMENSIONS = [
    {"idcustomdimension": "1", "name": "Customer type", "scope": "visit"},
    {"idcustomdimension": "2", "name": "Page type", "scope": "action"},
]


@dataclass
class Stored:
    """A Matomo that has the visits of a user, and fields of its own in each."""

    visits: list[dict[str, Any]] = field(default_factory=list)
    refused: frozenset[str] = frozenset()
    profile: Any = field(default_factory=list)
    calls: list[Mapping[str, str]] = field(default_factory=list)
    users: asyncio.Event = field(default_factory=asyncio.Event)
    """Holds the visits of a user until it is set, if ``is_slow``."""
    is_slow: bool = False

    async def post(self, fields: Fields, *, timeout: float | None = None) -> Response:
        calls = calls_sent(fields)
        self.calls += calls
        if self.is_slow and any("userId" in call.get("segment", "") for call in calls):
            await self.users.wait()
        answers = [self._answer(call) for call in calls]
        return json_response(answers if dict(fields)["method"] == "API.getBulkRequest" else answers[0])

    async def aclose(self) -> None:
        return None

    def _answer(self, call: Mapping[str, str]) -> Any:
        if call["method"] in self.refused:
            return refusal("The plugin CustomDimensions is not enabled.")
        if call["method"] == "CustomDimensions.getConfiguredCustomDimensions":
            return DIMENSIONS
        if call["method"] == "Live.getVisitorProfile":
            return self.profile
        if call["method"] != "Live.getLastVisitsDetails":
            return []
        return [self._with_fields()] if call["segment"].startswith("visitId==") else self.visits

    @staticmethod
    def _with_fields() -> dict[str, Any]:
        row = sent_visit(1, NOW - 60, NOW)
        for action, kind in zip(row["actionDetails"], ("list", "help"), strict=True):
            action |= {"dimension2": kind, "icon": "x"}
        variables = {"1": {"customVariableName1": "Plan", "customVariableValue1": "gold"}}
        return row | {"dimension1": "business", "dimension5": None, "customVariables": variables, "loyaltyTier": 3}


@asynccontextmanager
async def opened(matomo: Stored, visit: VisitRow, size: tuple[int, int] = (120, 40)) -> AsyncIterator[Stage]:
    """``visit``, opened from the feed."""
    only = structs.replace(snapshots.busy(), feed=Feed((visit,), 500, ready=True))
    async with stage(only, size) as on:
        assert on.app.session is not None
        on.app.session = replace(on.app.session, client=Client(matomo, now=on.clock.now))
        await on.pilot.press("enter")
        await on.pilot.pause()
        assert isinstance(on.app.screen, VisitScreen)
        yield on


def a_visit(**changes: object) -> VisitRow:
    first = next(visit for visit in snapshots.busy().feed.visits if len(visit.timeline) > 2)
    return structs.replace(first, **{"user_id": "alice@example.org", **changes})


async def test_dimensions_variables_and_fields_of_plug_ins_are_listed_under_the_visit() -> None:
    matomo = Stored()
    async with opened(matomo, a_visit()) as on:
        await until(on.pilot, lambda: "Customer type" in on.text)
        for words in ("Customer type  business", "Page type  list, help", "Plan  gold", "loyaltyTier  3"):
            assert words in on.text
        assert "icon" not in on.text
        await on.pilot.press("y")
        assert "Customer type: business" in on.app.clipboard
        (asked,) = [call for call in matomo.calls if call.get("segment", "").startswith("visitId==")]
        assert asked["segment"] == f"visitId=={a_visit().id_visit}"


async def test_without_custom_dimensions_the_fields_keep_their_names() -> None:
    matomo = Stored(refused=frozenset({"CustomDimensions.getConfiguredCustomDimensions"}))
    async with opened(matomo, a_visit()) as on:
        await until(on.pilot, lambda: "dimension1  business" in on.text)


async def test_u_lists_the_user_s_visits_on_all_devices_and_opens_one() -> None:
    visits = [
        sent_visit(11, NOW - 100, userId="alice@example.org", browser="Firefox 125", path="/desk"),
        sent_visit(12, NOW - 9000, userId="alice@example.org", browser="Safari 18", path="/phone")
        | {"visitorId": "ffff000000000000", "deviceType": "Smartphone"},
    ]
    matomo = Stored(visits)
    async with opened(matomo, a_visit()) as on:
        await on.pilot.press("u")
        await until(on.pilot, lambda: "2 visits on 2 devices" in on.text)
        assert "Firefox 125" in on.text
        assert "▯" in next(line for line in on.lines if "Safari 18" in line)
        (asked,) = [call for call in matomo.calls if "userId" in call.get("segment", "")]
        assert asked["segment"] == visit_segments.equals("userId", "alice@example.org")
        await on.pilot.press("down", "enter")
        await until(on.pilot, lambda: "/phone" in on.text)
        assert isinstance(on.app.screen, VisitScreen)
        assert on.app.screen.visit.id_visit == 12


async def test_the_visits_of_a_user_who_was_left_meanwhile_do_not_open() -> None:
    visit = a_visit()
    matomo = Stored([sent_visit(11, NOW - 60)], is_slow=True)
    matomo.profile = neighbour(visit.visitor_id, "here", nextVisitorId="earlier")
    async with opened(matomo, visit) as on:
        screen = on.app.screen
        await until(on.pilot, lambda: not any(is_working(screen, group) for group in ("user", "profile")))
        matomo.profile = neighbour("earlier", "earlier")
        await on.pilot.press("u")
        await until(on.pilot, lambda: "userId" in matomo.calls[-1].get("segment", ""))
        await on.pilot.press("[")
        await until(on.pilot, lambda: "/earlier" in on.text)
        matomo.users.set()
        await until(on.pilot, lambda: not any(is_working(screen, group) for group in ("user", "profile")))
        await on.pilot.pause()
        assert on.app.screen is screen


async def test_after_a_visit_without_a_visitor_r_does_not_lead_to_another() -> None:
    own, other = sent_visit(11, NOW - 60, NOW), sent_visit(12, NOW - 7200, NOW - 7000, path="/phone")
    matomo = Stored([own, other | {"visitorId": None}], profile=neighbour(own["visitorId"], "elsewhere"))
    async with opened(matomo, a_visit()) as on:
        await on.pilot.press("u")
        await until(on.pilot, lambda: "2 visits on" in on.text)
        await on.pilot.press("down", "enter")
        await until(on.pilot, lambda: "/phone" in on.text)
        assert isinstance(on.app.screen, VisitScreen)
        await on.pilot.press("r", "left_square_bracket", "right_square_bracket")
        await on.pilot.pause()
        await on.pilot.pause()
        assert on.app.screen.visit.id_visit == 12
        assert len([call for call in matomo.calls if call["method"] == "Live.getVisitorProfile"]) == 1
        assert "r reload" not in on.lines[-1]


@pytest.mark.parametrize(("count", "words"), [(50, "50 visits on"), (55, "the newest 50 visits on")])
async def test_the_visits_of_a_user_are_said_to_be_the_newest_if_there_are_more(count: int, words: str) -> None:
    sent = [sent_visit(100 + n, NOW - 60 * n, NOW - 60 * n + 5) for n in range(count)]
    matomo = Stored(sent)
    async with opened(matomo, a_visit()) as on:
        await on.pilot.press("u")
        await until(on.pilot, lambda: f": {words} " in on.text)


async def test_without_a_user_id_the_key_says_so() -> None:
    async with opened(Stored(), a_visit(user_id="")) as on:
        await on.pilot.press("u")
        await on.pilot.pause()
        assert "This visit has no user id." in on.text


async def test_f_on_an_action_narrows_every_screen_to_those_who_did_the_same() -> None:
    visit = a_visit()
    segment = visit_segments.page("https://shop.example/lamp")
    entries = (structs.replace(visit.timeline[0], label="/lamp", segment=segment), *visit.timeline[1:])
    async with opened(Stored(), structs.replace(visit, timeline=entries)) as on:
        await on.pilot.press("home", "f")
        await on.pilot.pause()
        assert on.app.screen_stack == [on.app.live]
        assert on.poller.wishes == [("switch", (None, segment))]
        assert "only: /lamp" in on.lines[0]


async def test_an_action_without_a_segment_says_so() -> None:
    async with opened(Stored(), a_visit()) as on:
        await on.pilot.press("home", "f")
        await on.pilot.pause()
        assert "Matomo has no segment for this action." in on.text
        assert on.poller.wishes == []
